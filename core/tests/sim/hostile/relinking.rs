//! Names that link anew each second: a bucket that is full again with each would be
//! none.

use tablon_core::hash::BlockHash;
use tablon_core::keys::SecretKey;
use tablon_core::wire::{Hello, Message};

use super::{SECONDS, give_chain};
use crate::faults::{Forge, only_pongs, post};
use crate::net::World;

/// A tab with sixteen blocks of some 100 KiB, its chain's hello, and their names.
fn heavy_chain(seed: u64) -> (World, usize, Hello, Vec<BlockHash>) {
    let key = SecretKey::from_seed([0x77; 32]);
    let mut world = World::new(seed);
    let tab = world.tab();
    let mut forge = Forge::new(&world.params);
    let mut blocks = Vec::new();
    for number in 0..16 {
        let posts = (0..25)
            .map(|seq| post(&forge.params, &key, number * 25 + seq, &"x".repeat(4_000)))
            .collect();
        let parent = forge.chain.tip().clone();
        let block = forge.block(&parent, SECONDS - 400 + number * 10, posts);
        forge.keep(&block);
        blocks.push(block);
    }
    give_chain(&mut world, tab, &forge, &blocks);
    let names = blocks.iter().map(|block| block.header.hash()).collect();
    (world, tab, forge.hello(), names)
}

fn ask(world: &mut World, who: usize, tab: usize, names: &[BlockHash]) {
    for _ in 0..4 {
        world.send_as(who, tab, Message::GetBlocks(names.to_vec()).to_frame());
    }
}

#[test]
fn names_that_link_anew_are_given_blocks_at_one_rate_together() {
    let (mut world, tab, hello, names) = heavy_chain(1);
    world.relay.up = false;
    let chosen = world.puppet(only_pongs());
    world.link(tab, chosen);
    world.send_as(chosen, tab, Message::Hello(hello.clone()).to_frame());
    world.run(1_000);
    let before = world.traffic.0;
    // Three strangers at a time, each for half a second.
    for _ in 0..20 {
        let strangers: Vec<usize> = (0..3).map(|_| world.puppet(only_pongs())).collect();
        for who in &strangers {
            world.link(*who, tab);
            world.send_as(*who, tab, Message::Hello(hello.clone()).to_frame());
        }
        world.run(150);
        for who in &strangers {
            ask(&mut world, *who, tab, &names);
        }
        world.run(350);
        for who in &strangers {
            world.cut(tab, *who);
        }
    }
    let given = (world.traffic.0 - before) >> 20;
    // Eight MiB at once and four each second of ten are 48.
    assert!(given <= 56, "{given} MiB in ten seconds");
    assert!(given >= 10, "{given} MiB: strangers are given something");
    // Who was chosen has a bucket of its own: it is full.
    let before = world.traffic.0;
    ask(&mut world, chosen, tab, &names);
    world.run(900);
    let given = (world.traffic.0 - before) >> 10;
    assert!(
        given >= 3_500,
        "{given} KiB for a neighbour that was chosen"
    );
}

#[test]
fn one_name_that_links_anew_has_the_bucket_that_it_left() {
    let (mut world, tab, hello, names) = heavy_chain(2);
    world.relay.up = false;
    let who = world.puppet(only_pongs());
    let before = world.traffic.0;
    for _ in 0..20 {
        world.link(tab, who);
        world.send_as(who, tab, Message::Hello(hello.clone()).to_frame());
        world.run(150);
        ask(&mut world, who, tab, &names);
        world.run(100);
        world.cut(tab, who);
        world.run(250);
    }
    let given = (world.traffic.0 - before) >> 20;
    // Four MiB at once and four each second of ten.
    assert!((20..=46).contains(&given), "{given} MiB in ten seconds");
}
