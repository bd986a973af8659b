//! Blocks whose bodies are not what their headers promise.

use tablon_core::block::Block;
use tablon_core::keys::SecretKey;
use tablon_core::params::Params;
use tablon_core::units::Height;
use tablon_core::wire::Message;

use super::{give_chain, lives, meet};
use crate::faults::{only_pongs, post, seal};

#[test]
pub(super) fn a_body_that_is_not_the_headers_own_condemns_its_sender_and_not_the_block() {
    let mut meeting = meet(1, only_pongs());
    let block = meeting.next_block();
    meeting.say(&Message::Tip(vec![block.header]));
    meeting.world.run(1_000);
    let mut other = block.clone();
    other.coinbase.extra_nonce += 1;
    meeting.say(&Message::Block(Box::new(other)));
    meeting.world.run(1_000);
    let why = meeting.why().expect("it was dropped").to_owned();
    assert!(why.contains("the body's Merkle root is"), "{why}");
    // The block itself is as good as before: another peer brings it.
    let mut blocks = meeting.blocks.clone();
    blocks.push(block.clone());
    meeting.forge.keep(&block);
    give_chain(&mut meeting.world, meeting.tab, &meeting.forge, &blocks);
    lives(&mut meeting.world, meeting.tab);
}

#[test]
pub(super) fn a_body_of_the_header_that_breaks_a_rule_condemns_both() {
    let key = SecretKey::from_seed([0x77; 32]);
    type Spoil = Box<dyn Fn(&mut Block, &Params)>;
    let spoils: Vec<(&str, Spoil)> = vec![
        (
            "the coinbase says height 9",
            Box::new(|block, _| block.coinbase.height = Height(9)),
        ),
        (
            "is not by its author",
            Box::new(move |block, params| {
                let mut bad = post(params, &key, 0, "hola");
                bad.signature.0[0] ^= 1;
                block.transactions.push(bad);
            }),
        ),
    ];
    for (reason, spoil) in spoils {
        let mut meeting = meet(2, only_pongs());
        let mut bad = meeting.next_block();
        spoil(&mut bad, &meeting.forge.params);
        seal(&mut bad);
        let before = meeting.world.tip(meeting.tab);
        meeting.say(&Message::Tip(vec![bad.header]));
        meeting.world.run(1_000);
        meeting.say(&Message::Block(Box::new(bad.clone())));
        meeting.world.run(1_000);
        let why = meeting.why().expect("it was dropped").to_owned();
        assert!(why.contains(reason), "{why}");
        assert_eq!(meeting.world.tip(meeting.tab), before);
        // Whoever tells of it later believes in another ledger.
        let (world, tab) = (&mut meeting.world, meeting.tab);
        let second = world.puppet(only_pongs());
        world.link(tab, second);
        world.send_as(
            second,
            tab,
            Message::Hello(meeting.forge.hello()).to_frame(),
        );
        world.send_as(second, tab, Message::Tip(vec![bad.header]).to_frame());
        world.run(1_000);
        let why = world.why_closed(tab, second).expect("it was dropped");
        assert!(
            why.contains("is invalid or stands on an invalid one"),
            "{why}"
        );
        lives(world, tab);
    }
}

#[test]
pub(super) fn a_post_out_of_order_in_a_block_is_found_by_the_ledger_and_costs_its_believer() {
    let key = SecretKey::from_seed([0x77; 32]);
    let mut meeting = meet(3, only_pongs());
    let mut bad = meeting.next_block();
    bad.transactions
        .push(post(&meeting.forge.params, &key, 4, "hola"));
    seal(&mut bad);
    let before = meeting.world.tip(meeting.tab);
    meeting.say(&Message::Tip(vec![bad.header]));
    meeting.world.run(1_000);
    meeting.say(&Message::Block(Box::new(bad)));
    meeting.world.run(1_000);
    let why = meeting.why().expect("it was dropped").to_owned();
    assert!(why.contains("is invalid"), "{why}");
    assert_eq!(meeting.world.tip(meeting.tab), before);
    lives(&mut meeting.world, meeting.tab);
}

#[test]
pub(super) fn a_request_answered_with_another_block() {
    let mut meeting = meet(4, only_pongs());
    let block = meeting.next_block();
    let other = meeting.next_block();
    meeting.say(&Message::Tip(vec![block.header]));
    meeting.world.run(1_000);
    meeting.say(&Message::Block(Box::new(other)));
    meeting.must_be_dropped("was not asked for");
}

#[test]
fn a_block_with_a_post_that_the_chain_has_condemns_its_believer() {
    let key = SecretKey::from_seed([0x77; 32]);
    let mut meeting = meet(5, only_pongs());
    let once = post(&meeting.forge.params, &key, 0, "once");
    let tip = meeting.forge.chain.tip().clone();
    let first = meeting
        .forge
        .block(&tip, super::SECONDS + 2, vec![once.clone()]);
    let parent = meeting.forge.keep(&first);
    let mut again = meeting
        .forge
        .block(&parent, super::SECONDS + 12, Vec::new());
    again.transactions.push(once);
    seal(&mut again);
    for block in [&first, &again] {
        meeting.say(&Message::NewBlock(Box::new(block.clone())));
        meeting.world.run(1_000);
    }
    let why = meeting.why().expect("it was dropped").to_owned();
    assert!(why.contains("is invalid"), "{why}");
    assert_eq!(meeting.world.tip(meeting.tab).1, first.header.hash());
}
