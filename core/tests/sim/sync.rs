//! A newcomer and a long chain: newest posts first, progress, a reload half way.

use tablon_core::units::Height;
use tablon_core::view::{Delta, NoteView};

use crate::agree::settle;
use crate::net::{MINUTE, World};
use crate::seeds::seeds;

/// A tab with a chain of some 400 blocks and posts up to its end, and a newcomer
/// that is not open yet.
fn newcomer_at_a_long_chain(seed: u64) -> (World, usize, usize) {
    let mut world = World::new(seed);
    let old = world.tab();
    world.mine(old, 20);
    world.run_until(600 * MINUTE, "400 blocks", |world| {
        world.status(old).height >= Height(400)
    });
    for number in 0..5 {
        world.post(old, &format!("late post {number}"));
        // Three blocks: the last post is among the eight that come first.
        world.run(MINUTE / 2);
    }
    world.mine(old, 0);
    world.run(2_000);
    let late = world.closed_tab();
    world.relay.up = false;
    world.latency = (100, 120);
    (world, old, late)
}

fn unverified(world: &World, who: usize) -> Vec<Vec<NoteView>> {
    let deltas = world.at(who).deltas.iter();
    let shown = deltas.filter_map(|delta| match delta {
        Delta::Unverified { posts } => Some(posts.clone()),
        _ => None,
    });
    shown.collect()
}

#[test]
fn the_newest_posts_of_a_long_chain_are_shown_before_the_ledger_reaches_them() {
    let name = "the_newest_posts_of_a_long_chain_are_shown_before_the_ledger_reaches_them";
    seeds(name, 2, |seed| {
        let (mut world, old, late) = newcomer_at_a_long_chain(seed);
        world.open(late);
        world.link(old, late);
        let mut reached = None;
        while reached.is_none() {
            assert!(world.tip(late) != world.tip(old), "nothing was shown");
            world.run(10);
            let shown = unverified(&world, late);
            let first = shown.iter().find(|posts| !posts.is_empty());
            reached = first.map(|posts| (world.tip(late).0, posts[0].height));
        }
        let (reached, newest) = reached.expect("the loop ended");
        assert!(newest.above(reached) > 100, "{reached} {newest}");
        world.run_until(MINUTE, "the whole chain", |world| world.agreed());
        world.run(1_000);
        assert_eq!(unverified(&world, late).last(), Some(&Vec::new()));
        settle(&mut world);
    });
}

#[test]
fn a_newcomer_is_told_how_far_it_is_and_how_long_it_takes() {
    let name = "a_newcomer_is_told_how_far_it_is_and_how_long_it_takes";
    seeds(name, 2, |seed| {
        let (mut world, old, late) = newcomer_at_a_long_chain(seed);
        world.latency = (900, 901);
        world.open(late);
        world.link(old, late);
        let (mut told, want) = (0, world.tip(old).0);
        while !world.agreed() {
            world.run(100);
            let sync = world.status(late).sync;
            if let Some(seconds) = sync.seconds_left.filter(|_| sync.syncing) {
                assert_eq!(sync.want, want);
                assert!(sync.rate > 0 && seconds < 600, "{sync:?}");
                told += 1;
            }
        }
        assert!(told > 5, "told {told} times");
        world.run(1_000);
        assert_eq!(world.status(late).sync.seconds_left, None);
    });
}

#[test]
fn a_newcomer_that_is_reloaded_half_way_goes_on_where_it_was() {
    let name = "a_newcomer_that_is_reloaded_half_way_goes_on_where_it_was";
    seeds(name, 2, |seed| {
        let (mut world, old, late) = newcomer_at_a_long_chain(seed);
        world.open(late);
        world.link(old, late);
        while world.tip(late).0 < Height(150) {
            world.run(10);
        }
        let before = world.tip(late).0;
        assert!(before < Height(350), "{before}");
        world.crash(late);
        world.run(3_000);
        world.open(late);
        // The last commit may not have been durable yet.
        let kept = world.tip(late).0;
        assert!(before.above(kept) <= 64, "{before} {kept}");
        let bytes = world.traffic.0;
        world.link(old, late);
        world.run_until(MINUTE, "the whole chain", |world| world.agreed());
        let chain = u64::from(world.tip(old).0.0) * 300;
        assert!(world.traffic.0 - bytes < chain, "all of it came again");
        settle(&mut world);
    });
}
