//! News pushed that are false, too large, or no news.

use tablon_core::block::Block;
use tablon_core::keys::SecretKey;
use tablon_core::wire::{MAX_TRANSACTIONS, Message, SMALL_BLOCK};

use super::{Meeting, SECONDS, give_chain, lives, meet};
use crate::faults::{only_pongs, post, seal};

fn key() -> SecretKey {
    SecretKey::from_seed([0x77; 32])
}

impl Meeting {
    fn pushes(&mut self, block: &Block) {
        self.say(&Message::NewBlock(Box::new(block.clone())));
    }

    fn heard(&self, what: impl Fn(&Message) -> bool) -> usize {
        let heard = self.world.heard(self.puppet).iter();
        heard.filter(|message| what(message)).count()
    }
}

#[test]
pub(super) fn a_large_block_pushed_unasked() {
    let mut meeting = meet(1, only_pongs());
    let posts = (0..SMALL_BLOCK as u32 / 4_000 + 1)
        .map(|seq| post(&meeting.forge.params, &key(), seq, &"x".repeat(4_000)))
        .collect();
    let tip = meeting.forge.chain.tip().clone();
    let block = meeting.forge.block(&tip, SECONDS + 2, posts);
    meeting.pushes(&block);
    meeting.must_be_dropped("came unasked, at most 16384 are sent so");
}

#[test]
pub(super) fn one_block_pushed_without_end() {
    let mut meeting = meet(2, only_pongs());
    let old = meeting.blocks[2].clone();
    for _ in 0..500 {
        meeting.pushes(&old);
    }
    meeting.world.run(2_000);
    assert_eq!(meeting.why(), None);
    let prunes = meeting.heard(|message| *message == Message::Prune);
    assert_eq!(prunes, 0, "the only neighbour is not asked for names");
    for _ in 0..1_500 {
        meeting.pushes(&old);
    }
    meeting.must_be_dropped("it asks for more than 20000 units");
}

#[test]
pub(super) fn one_post_pushed_without_end() {
    let mut meeting = meet(3, only_pongs());
    let one = post(&meeting.forge.params, &key(), 0, "hola");
    for _ in 0..24 {
        let many = Message::Transactions(vec![one.clone(); MAX_TRANSACTIONS]);
        meeting.say(&many);
    }
    meeting.world.run(1_000);
    let why = meeting.why().expect("it was dropped");
    assert!(why.contains("it asks for more than"), "{why}");
    let (world, tab) = (&mut meeting.world, meeting.tab);
    assert_eq!(world.pending(tab), [one.id()], "it waits once");
    world.mine(tab, 100);
    world.run_until(600_000, "it is mined", |world| {
        world.on_chain(tab) == [one.id()]
    });
}

#[test]
pub(super) fn prune_and_graft_without_end() {
    let mut meeting = meet(4, only_pongs());
    for _ in 0..900 {
        meeting.say(&Message::Prune);
        meeting.say(&Message::Graft);
    }
    meeting.world.run(1_000);
    assert_eq!(meeting.why(), None, "news are its own affair");
    for _ in 0..2_000 {
        meeting.say(&Message::Graft);
        meeting.say(&Message::Prune);
    }
    meeting.must_be_dropped("it asks for more than 20000 units");
}

#[test]
pub(super) fn a_block_pushed_with_another_body_condemns_its_sender_and_not_the_block() {
    let mut meeting = meet(6, only_pongs());
    let block = meeting.next_block();
    let mut other = block.clone();
    other.coinbase.extra_nonce += 1;
    meeting.pushes(&other);
    meeting.world.run(1_000);
    let why = meeting.why().expect("it was dropped").to_owned();
    assert!(why.contains("the body's Merkle root is"), "{why}");
    let mut blocks = meeting.blocks.clone();
    blocks.push(block.clone());
    meeting.forge.keep(&block);
    give_chain(&mut meeting.world, meeting.tab, &meeting.forge, &blocks);
    lives(&mut meeting.world, meeting.tab);
}

#[test]
fn a_block_pushed_with_another_ledger_is_condemned_with_its_believer() {
    let mut meeting = meet(7, only_pongs());
    let mut block = meeting.next_block();
    block.coinbase.state_root.0[0] ^= 1;
    seal(&mut block);
    meeting.pushes(&block);
    meeting.must_be_dropped("is invalid or stands on an invalid one");
}

#[test]
fn a_block_pushed_on_a_parent_that_nobody_gives_is_asked_about_and_not_kept() {
    let mut meeting = meet(8, only_pongs());
    let hidden = meeting.next_block();
    let parent = meeting.forge.keep(&hidden);
    let block = meeting.forge.block(&parent, SECONDS + 12, Vec::new());
    let before = meeting.heard(|message| matches!(message, Message::GetHeaders(_)));
    meeting.pushes(&block);
    meeting.world.run(1_000);
    let after = meeting.heard(|message| matches!(message, Message::GetHeaders(_)));
    assert_eq!(after, before + 1);
    assert_eq!(meeting.world.tip(meeting.tab).0.0, 5);
    assert_eq!(meeting.why(), None);
}

#[test]
fn a_post_written_twice_with_one_number_waits_once() {
    let mut meeting = meet(9, only_pongs());
    let first = post(&meeting.forge.params, &key(), 0, "one");
    let second = post(&meeting.forge.params, &key(), 0, "another");
    meeting.say(&Message::Transactions(vec![first.clone(), second]));
    meeting.world.run(1_000);
    assert_eq!(meeting.why(), None, "the writer may be the liar");
    assert_eq!(meeting.world.pending(meeting.tab), [first.id()]);
}

#[test]
fn a_post_of_the_chain_pushed_again_does_not_return() {
    let mut meeting = meet(10, only_pongs());
    let once = post(&meeting.forge.params, &key(), 0, "once");
    let (tab, news) = (meeting.tab, Message::Transactions(vec![once.clone()]));
    meeting.say(&news);
    meeting.world.run(1_000);
    meeting.world.mine(tab, 100);
    meeting.world.run_until(600_000, "it is mined", |world| {
        world.on_chain(tab) == [once.id()]
    });
    meeting.say(&news);
    meeting.world.run(1_000);
    assert_eq!(meeting.world.pending(tab), []);
    assert_eq!(meeting.why(), None);
}
