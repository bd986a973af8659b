//! Headers without bodies, and headers from the future.

use tablon_core::view::MiningState;
use tablon_core::wire::Message;

use super::{Meeting, SECONDS, friendly, lives, meet};
use crate::faults::{Bodies, Forge, headers_alone, only_pongs};

#[test]
pub(super) fn a_block_that_is_announced_and_withheld_does_not_hide_the_honest_one() {
    let mut meeting = meet(4, only_pongs());
    let (tab, puppet) = (meeting.tab, meeting.puppet);
    let withheld = meeting.next_block();
    meeting.say(&Message::Tip(vec![withheld.header]));
    meeting.world.run(1_000);
    // It does not even hold up the miner.
    meeting.world.mine(tab, 1);
    assert_eq!(meeting.world.status(tab).mining.state, MiningState::On);
    meeting.world.mine(tab, 0);
    // Another peer has a block of as much work.
    let block = meeting.next_block();
    meeting.forge.keep(&block);
    let mut blocks = meeting.blocks.clone();
    blocks.push(block.clone());
    let world = &mut meeting.world;
    let friend = world.puppet(friendly(&blocks));
    world.link(tab, friend);
    world.send_as(
        friend,
        tab,
        Message::Hello(meeting.forge.hello()).to_frame(),
    );
    world.run_until(40_000, "the honest block is taken", |world| {
        world.tip(tab).1 == block.header.hash()
    });
    world.cut(tab, friend);
    world.run(60_000);
    let _ = puppet;
    lives(world, tab);
}

#[test]
pub(super) fn headers_and_no_bodies_from_a_peer_that_left_hold_nothing_up() {
    let mut meeting = meet(5, only_pongs());
    let (tab, puppet) = (meeting.tab, meeting.puppet);
    // A branch that would be far heavier; its maker goes before it gives a body.
    let mut rival = Forge::new(&meeting.forge.params);
    let hidden = rival.grow(300, SECONDS - 3);
    let hello = rival.hello();
    let world = &mut meeting.world;
    world.cut(tab, puppet);
    let ghost = world.puppet(headers_alone(&hidden, Bodies::Silent));
    world.link(tab, ghost);
    world.send_as(ghost, tab, Message::Hello(hello).to_frame());
    world.run(1_000);
    assert!(world.status(tab).sync.syncing);
    world.cut(tab, ghost);
    world.run(3_000);
    assert!(!world.status(tab).sync.syncing);
    lives(world, tab);
}

#[test]
pub(super) fn a_block_from_the_near_future_is_held_until_it_is_due() {
    let mut meeting = meet(6, only_pongs());
    let tip = meeting.forge.chain.tip().clone();
    let now = (meeting.world.now / 1_000) as u32;
    let block = meeting.forge.block(&tip, now + 35, Vec::new());
    meeting.say(&Message::Tip(vec![block.header]));
    let asked = |meeting: &Meeting| {
        let heard = meeting.world.heard(meeting.puppet).iter();
        heard
            .filter(|message| matches!(message, Message::GetBlocks(_)))
            .count()
    };
    meeting.world.run(14_000);
    assert_eq!(asked(&meeting), 0, "two spacings ahead are 20 s");
    meeting.world.run(3_000);
    assert_eq!(asked(&meeting), 1, "now it is due");
    meeting.say(&Message::Block(Box::new(block.clone())));
    meeting.world.run(1_000);
    assert_eq!(meeting.world.tip(meeting.tab).1, block.header.hash());
}

#[test]
pub(super) fn cheap_headers_from_the_far_future_do_not_push_out_one_that_is_nearly_due() {
    let mut meeting = meet(7, only_pongs());
    let tip = meeting.forge.chain.tip().clone();
    let now = (meeting.world.now / 1_000) as u32;
    let near = meeting.forge.block(&tip, now + 25, Vec::new());
    meeting.say(&Message::Tip(vec![near.header]));
    for number in 0..100 {
        let far = meeting
            .forge
            .block(&tip, now + 100_000 + number, Vec::new());
        meeting.say(&Message::Tip(vec![far.header]));
    }
    meeting.world.run(10_000);
    assert_eq!(
        meeting.why(),
        None,
        "the clock here may be the one that is off"
    );
    meeting.say(&Message::Block(Box::new(near.clone())));
    meeting.world.run(1_000);
    assert_eq!(meeting.world.tip(meeting.tab).1, near.header.hash());
}

#[test]
pub(super) fn headers_that_stand_on_nothing_known() {
    let mut other = Forge::new(&crate::net::easy_network());
    let strange: Vec<_> = (other.grow(3, SECONDS - 50).iter().skip(1))
        .map(|block| block.header)
        .collect();
    let mut meeting = meet(
        8,
        Box::new(move |message, answers| match message {
            Message::Ping(number) => answers.push(Message::Pong(*number)),
            Message::GetHeaders(_) => answers.push(Message::Headers(strange.clone())),
            _ => {}
        }),
    );
    // A tip on an unknown block makes it ask.
    let hidden = meeting.next_block();
    let parent = meeting.forge.keep(&hidden);
    let block = meeting.forge.block(&parent, SECONDS + 12, Vec::new());
    meeting.say(&Message::Tip(vec![block.header]));
    meeting.must_be_dropped("does not follow what was asked for");
}

#[test]
fn light_headers_from_long_ago_are_not_kept() {
    let (mut world, honest, forge, _) = super::with_chain(9, 300);
    let mut light = Forge::new(&world.params);
    let light = light.grow(100, SECONDS - 5);
    let spammer = world.puppet(headers_alone(&light, Bodies::Silent));
    world.link(honest, spammer);
    let mut hello = forge.hello();
    crate::faults::boast(&mut hello);
    world.send_as(spammer, honest, Message::Hello(hello).to_frame());
    world.run(5_000);
    let from = tablon_core::units::Height(1);
    let all = tablon_core::command::Command::Branches { from, limit: 500 };
    let Ok(tablon_core::command::Reply::Branches(kept)) = world.ask(honest, all) else {
        panic!("branches are told")
    };
    assert_eq!(kept.len(), 300, "the chain and nothing beside it");
    world.cut(honest, spammer);
    lives_longer(&mut world, honest);
}

// As `lives`, on a chain that has blocks already.
fn lives_longer(world: &mut crate::net::World, tab: usize) {
    let friend = world.tab();
    world.run_until(120_000, "another tab has the chain", |world| {
        world.linked(tab, friend) && world.agreed()
    });
}
