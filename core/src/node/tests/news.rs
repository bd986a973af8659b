//! News: whole along the tree, by name across it.

use super::{Fed, network};
use crate::block::Block;
use crate::hash::PeerId;
use crate::node::{Input, Introducer};
use crate::target::Work;
use crate::testing::{author, block_on, post};
use crate::transaction::Transaction;
use crate::wire::Message;

const SOONER: PeerId = PeerId([10; 32]);
const LATER: PeerId = PeerId([11; 32]);
/// Two neighbours at least send news whole.
const THIRD: PeerId = PeerId([12; 32]);

fn fed() -> Fed {
    let mut fed = Fed::new(&network());
    // Among four nodes there would be two neighbours.
    fed.feed(Input::Introduced {
        by: Introducer::Relay,
        peers: (20..30).map(|number| PeerId([number; 32])).collect(),
    });
    fed.meet(SOONER, Work::ZERO);
    fed.meet(LATER, Work::ZERO);
    fed.meet(THIRD, Work::ZERO);
    fed.owed();
    fed
}

fn news(number: u32) -> Transaction {
    post(&network(), &author(1), number, &format!("news {number}"))
}

fn whole(number: u32) -> Message {
    Message::Transactions(vec![news(number)])
}

fn name(number: u32) -> Message {
    Message::Inventory(vec![news(number).id()])
}

fn next_block(fed: &Fed) -> Block {
    block_on(&network(), fed.node.chain.tip(), 10, Vec::new())
}

#[test]
fn a_post_goes_on_whole_and_who_gives_it_again_is_asked_for_names() {
    let mut fed = fed();
    fed.hear(SOONER, &whole(0));
    assert_eq!(fed.sent(LATER), [whole(0)]);
    fed.hear(LATER, &whole(0));
    assert_eq!(fed.sent(LATER), [Message::Prune]);
    fed.hear(LATER, &whole(0));
    assert_eq!(fed.sent(LATER), [], "once is enough");
}

#[test]
fn with_two_neighbours_left_that_send_news_whole_nobody_is_asked_for_names() {
    let mut fed = fed();
    for peer in [SOONER, LATER, THIRD] {
        fed.hear(peer, &whole(0));
    }
    assert_eq!(fed.sent(LATER), [whole(0), Message::Prune]);
    fed.hear(SOONER, &whole(0));
    fed.hear(THIRD, &whole(0));
    let prunes = |fed: &mut Fed, peer| fed.sent(peer).contains(&Message::Prune);
    assert!(!prunes(&mut fed, SOONER) && !prunes(&mut fed, THIRD));
}

#[test]
fn what_begins_here_goes_whole_also_to_who_pruned() {
    let mut fed = fed();
    fed.hear(LATER, &Message::Prune);
    let own = fed.post("mine");
    assert_eq!(fed.sent(LATER), [Message::Transactions(vec![own])]);
}

#[test]
fn what_comes_by_name_is_waited_for_and_then_asked_for_with_a_graft() {
    let mut fed = fed();
    fed.hear(SOONER, &whole(0));
    fed.hear(LATER, &whole(0));
    fed.owed();
    fed.hear(LATER, &name(1));
    fed.pass(299);
    assert_eq!(fed.sent(LATER), []);
    fed.pass(1);
    let wanted = Message::GetTransactions(vec![news(1).id()]);
    assert_eq!(fed.sent(LATER), [Message::Graft, wanted]);
}

#[test]
fn what_came_whole_in_time_is_not_asked_for() {
    let mut fed = fed();
    fed.hear(SOONER, &whole(0));
    fed.hear(LATER, &whole(0));
    fed.owed();
    fed.hear(LATER, &name(1));
    fed.hear(SOONER, &whole(1));
    fed.pass(1_000);
    let asks = |message: &Message| matches!(message, Message::GetTransactions(_));
    assert!(!fed.sent(LATER).iter().any(asks));
}

#[test]
fn a_neighbour_that_prunes_gets_names_until_it_grafts() {
    let mut fed = fed();
    fed.hear(LATER, &Message::Prune);
    fed.hear(SOONER, &whole(0));
    assert_eq!(fed.sent(LATER), [name(0)]);
    fed.hear(LATER, &Message::Graft);
    fed.hear(SOONER, &whole(1));
    assert_eq!(fed.sent(LATER), [whole(1)]);
}

#[test]
fn a_small_block_goes_on_whole_and_to_who_pruned_by_its_header() {
    let mut fed = fed();
    let first = next_block(&fed);
    fed.hear(SOONER, &Message::NewBlock(Box::new(first.clone())));
    assert_eq!(fed.node.chain.tip().hash, first.header.hash());
    let told = Message::NewBlock(Box::new(first.clone()));
    assert_eq!(fed.sent(LATER), std::slice::from_ref(&told));
    fed.hear(LATER, &told);
    assert_eq!(fed.sent(LATER), [Message::Prune]);
    fed.hear(LATER, &Message::Prune);
    let second = next_block(&fed);
    fed.hear(SOONER, &Message::NewBlock(Box::new(second.clone())));
    assert_eq!(fed.sent(LATER), [Message::Tip(vec![second.header])]);
}

#[test]
fn a_block_told_by_name_is_waited_for_and_then_asked_for_with_a_graft() {
    let mut fed = fed();
    let first = next_block(&fed);
    for peer in [SOONER, LATER] {
        fed.hear(peer, &Message::NewBlock(Box::new(first.clone())));
    }
    fed.owed();
    let second = next_block(&fed);
    fed.hear(LATER, &Message::Tip(vec![second.header]));
    fed.pass(299);
    assert_eq!(fed.sent(LATER), []);
    fed.pass(1);
    let wanted = Message::GetBlocks(vec![second.header.hash()]);
    assert_eq!(fed.sent(LATER), [Message::Graft, wanted]);
}

#[test]
fn a_new_block_that_nothing_here_leads_to_is_not_kept_and_its_headers_are_asked_for() {
    let mut fed = fed();
    let first = next_block(&fed);
    let mut other = Fed::new(&network());
    other.meet(SOONER, Work::ZERO);
    other.hear(SOONER, &Message::NewBlock(Box::new(first)));
    let second = next_block(&other);
    fed.hear(SOONER, &Message::NewBlock(Box::new(second)));
    assert_eq!(fed.node.chain.tree().missing(), 0);
    assert!(matches!(&fed.sent(SOONER)[..], [Message::GetHeaders(_)]));
}
