//! What waits at a node: in the pool, apart and on disk.

use super::{Fed, network, node_at};
use crate::hash::{PeerId, TxId};
use crate::keys::SecretKey;
use crate::node::{Input, Output, Wallet};
use crate::store::MemoryBackend;
use crate::target::Work;
use crate::testing::{author, post};
use crate::transaction::Transaction;
use crate::units::Millis;
use crate::view::Delta;
use crate::wire::Message;

const START: Millis = Millis(1_800_000_000_000);
const HOUR_MS: u64 = 3_600_000;
const PEER: PeerId = PeerId([9; 32]);
/// One that has not been silent for a minute.
const LATER: PeerId = PeerId([5; 32]);

/// A node with a peer that says what it is given to say.
fn met() -> (Fed, MemoryBackend) {
    let backend = MemoryBackend::default();
    let mut fed = Fed::on(&network(), backend.clone());
    fed.meet(PEER, Work::ZERO);
    (fed, backend)
}

fn says(fed: &mut Fed, posts: Vec<Transaction>) {
    fed.hear(PEER, &Message::Transactions(posts));
}

fn dropped(fed: &mut Fed) -> Vec<TxId> {
    let shown = fed.owed().into_iter().filter_map(|output| match output {
        Output::Show(Delta::Dropped { id, .. }) => Some(id),
        _ => None,
    });
    shown.collect()
}

#[test]
fn posts_that_come_in_the_wrong_order_wait_for_the_first_and_go_on_together() {
    let (mut fed, backend) = met();
    let other = PeerId([8; 32]);
    fed.meet(other, Work::ZERO);
    let posts: Vec<_> = (0..4)
        .map(|seq| post(&network(), &author(7), seq, "in order"))
        .collect();
    for seq in [2, 1, 3] {
        says(&mut fed, vec![posts[seq].clone()]);
    }
    let announced = |messages: Vec<Message>| {
        let counts = messages.into_iter().filter_map(|message| match message {
            Message::Transactions(posts) => Some(posts.len()),
            Message::Inventory(ids) => Some(ids.len()),
            _ => None,
        });
        counts.sum::<usize>()
    };
    assert_eq!(
        announced(fed.sent(other)),
        0,
        "what cannot be mined is not passed on"
    );
    assert_eq!((fed.node.mempool.len(), fed.node.mempool.apart()), (0, 3));
    let again = node_at(&network(), backend.snapshot(), START).0;
    assert!(again.mempool.is_empty(), "nor kept on disk");
    says(&mut fed, vec![posts[0].clone()]);
    assert_eq!((fed.node.mempool.len(), fed.node.mempool.apart()), (4, 0));
    assert_eq!(announced(fed.sent(other)), 4);
}

#[test]
fn what_waits_on_disk_keeps_its_age_and_expires_there_too() {
    let (mut fed, backend) = met();
    says(
        &mut fed,
        vec![post(&network(), &author(7), 0, "a stranger's")],
    );
    let own = fed.post("an own one").id();
    // What peers gave was written with the own one's commit.
    let disk = backend.snapshot();
    drop(fed);
    let waiting = |hours: u64| {
        let at = START.plus(hours * HOUR_MS);
        let (node, outputs) = node_at(&network(), disk.snapshot(), at);
        let told = outputs
            .iter()
            .any(|output| matches!(output, Output::Show(Delta::Dropped { id, .. }) if *id == own));
        (node.mempool.len(), told)
    };
    assert_eq!(waiting(0), (2, false));
    assert_eq!(
        waiting(71),
        (2, false),
        "that it was read begins no new time"
    );
    assert_eq!(waiting(72), (0, true), "and it is shown as dropped");
}

#[test]
fn an_own_post_that_nobody_mined_in_three_days_is_shown_as_dropped() {
    let (mut fed, _) = met();
    let own = fed.post("an own one").id();
    fed.pass(72 * HOUR_MS - 1);
    assert_eq!(dropped(&mut fed), []);
    fed.pass(1);
    assert_eq!(dropped(&mut fed), [own]);
    assert!(fed.node.mempool.is_empty());
}

#[test]
fn an_own_post_is_named_to_the_neighbours_again_while_it_waits() {
    let (mut fed, _) = met();
    let own = fed.post("an own one").id();
    fed.owed();
    let named = |fed: &mut Fed| {
        let sent = fed.sent(LATER);
        sent.iter()
            .filter(|message| matches!(message, Message::Inventory(ids) if ids.contains(&own)))
            .count()
    };
    fed.pass(59_000);
    fed.meet(LATER, Work::ZERO);
    assert_eq!(named(&mut fed), 1, "as to every newcomer");
    fed.pass(1_000);
    assert_eq!(named(&mut fed), 1);
    fed.pass(1_000);
    assert_eq!(named(&mut fed), 0);
}

#[test]
fn an_own_post_keeps_its_place_when_another_wallet_is_opened_and_over_a_restart() {
    let (mut fed, backend) = met();
    let own = fed.post("an own one").id();
    let author = fed.node.me();
    fed.feed(Input::Wallet(Wallet::Open(SecretKey::from_seed([44; 32]))));
    assert!(fed.node.mempool.is_own(author));
    assert_eq!(
        fed.node.mempool.bytes(),
        0,
        "it takes none of the strangers' room"
    );
    let mut again = node_at(&network(), backend.snapshot(), START.plus(HOUR_MS)).0;
    again.step(
        START,
        Input::Wallet(Wallet::Open(SecretKey::from_seed([44; 32]))),
    );
    assert!(again.mempool.is_own(author));
    assert!(again.mempool.get(own).is_some());
}

#[test]
fn a_post_that_says_it_is_a_month_old_comes_in_from_no_peer() {
    let (mut fed, _) = met();
    fed.pass(31 * 24 * HOUR_MS);
    fed.meet(PeerId([6; 32]), Work::ZERO);
    let old = post(&network(), &author(7), 0, "handed on for ever");
    fed.hear(PeerId([6; 32]), &Message::Transactions(vec![old]));
    assert!(fed.node.mempool.is_empty());
}
