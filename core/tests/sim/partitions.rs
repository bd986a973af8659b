//! Networks that fall apart and come together again.

use tablon_core::units::Height;

use crate::agree::settle;
use crate::net::{MINUTE, World};
use crate::seeds::seeds;

#[test]
fn the_relay_dies_and_posts_and_blocks_still_flow() {
    seeds(
        "the_relay_dies_and_posts_and_blocks_still_flow",
        4,
        |seed| {
            let mut world = World::new(seed);
            let tabs: Vec<_> = (0..5).map(|_| world.tab()).collect();
            world.run(10_000);
            world.relay.up = false;
            world.mine(tabs[3], 80);
            for who in &tabs {
                world.post(*who, &format!("{who} without a relay"));
                world.run(3_000);
            }
            world.run_until(10 * MINUTE, "every post is on the chain", |world| {
                world.on_chain(4).len() == 5
            });
            settle(&mut world);
        },
    );
}

#[test]
fn partition_heals_to_heavier_side_and_loses_no_post() {
    seeds(
        "partition_heals_to_heavier_side_and_loses_no_post",
        6,
        |seed| {
            let mut world = World::new(seed);
            let tabs: Vec<_> = (0..6).map(|_| world.tab()).collect();
            world.run(10_000);
            let (left, right) = tabs.split_at(3);
            world.divide(&[left, right]);
            // Twice the hash rate on the left side; the right side stops before the
            // network is one again, so that nobody but the left mines its posts.
            world.mine(left[0], 100);
            world.mine(right[0], 50);
            for round in 0..5 {
                for who in &tabs {
                    world.post(*who, &format!("{who} says {round} in its part"));
                }
                world.run(30_000);
            }
            world.run(5 * MINUTE);
            world.mine(right[0], 0);
            let heavier = world.tip(left[0]);
            assert_ne!(world.tip(right[0]), heavier);
            assert!(world.tip(right[0]).0 > Height(5));
            world.heal();
            world.run_until(10 * MINUTE, "the sides agree", |world| world.agreed());
            assert!(world.tip(right[0]).0 >= heavier.0);
            assert_eq!(world.acknowledged.len(), 30);
            world.run_until(10 * MINUTE, "every post is on the chain", |world| {
                world.on_chain(0).len() == 30
            });
            settle(&mut world);
        },
    );
}

#[test]
fn parts_joined_by_one_link_and_mined_on_one_side_lose_no_post_of_the_other() {
    let name = "parts_joined_by_one_link_and_mined_on_one_side_lose_no_post_of_the_other";
    seeds(name, 4, |seed| {
        let mut world = World::new(seed);
        world.relay.up = false;
        let tabs: Vec<_> = (0..4).map(|_| world.tab()).collect();
        world.link(0, 1);
        world.link(2, 3);
        world.mine(0, 100);
        world.mine(3, 50);
        for who in &tabs {
            world.post(*who, &format!("{who} says"));
        }
        world.run_until(10 * MINUTE, "each side has mined its posts", |world| {
            (0..4).all(|who| world.on_chain(who).len() == 2)
        });
        world.run(5 * MINUTE);
        world.mine(3, 0);
        // What the losing side had mined waits there and nowhere else, and there
        // nobody mines.
        world.link(1, 2);
        world.run_until(5 * MINUTE, "every post is on the chain of all", |world| {
            (0..4).all(|who| world.on_chain(who).len() == 4)
        });
        settle(&mut world);
    });
}

#[test]
fn a_long_partition_heals_after_more_blocks_than_stale_ones_are_kept() {
    let name = "a_long_partition_heals_after_more_blocks_than_stale_ones_are_kept";
    seeds(name, 1, |seed| {
        let mut world = World::new(seed);
        let (a, b) = (world.tab(), world.tab());
        world.run(5_000);
        world.divide(&[&[a], &[b]]);
        world.post(a, "left");
        world.post(b, "right");
        world.mine(a, 3);
        world.mine(b, 3);
        world.run_until(4_000 * MINUTE, "1,300 blocks on both sides", |world| {
            world.status(a).height >= Height(1_300) && world.status(b).height >= Height(1_300)
        });
        world.mine(b, 0);
        world.run_until(400 * MINUTE, "one side is ahead", |world| {
            world.tip(a).0.0 >= world.tip(b).0.0 + 100
        });
        world.heal();
        world.run_until(10 * MINUTE, "the sides agree", |world| world.agreed());
        world.run_until(10 * MINUTE, "both posts are on the chain", |world| {
            world.on_chain(b).len() == 2
        });
        settle(&mut world);
    });
}

/// Before a neighbour has fetched a post that it was told of, the writer mines it
/// and loses the block to the neighbour's heavier branch. The neighbour was told,
/// but never got it.
#[test]
fn a_post_mined_before_a_neighbour_fetched_it_and_loosened_is_told_again() {
    let name = "a_post_mined_before_a_neighbour_fetched_it_and_loosened_is_told_again";
    seeds(name, 8, |seed| {
        let mut world = World::new(seed);
        // Told again while the first request still stands, or after it.
        let latency = [100, 2_000][seed as usize % 2];
        world.latency = (latency, latency + 1);
        let (a, b) = (world.tab(), world.tab());
        world.run_until(MINUTE, "the tabs find each other", |world| {
            world.linked(a, b)
        });
        world.run(MINUTE);
        world.post(a, "told, then mined");
        while world.pending(a).is_empty() {
            world.run(10);
        }
        for (who, blocks) in [(a, 1), (b, 4)] {
            let from = world.status(who).height.0;
            world.mine(who, 20_000);
            while world.status(who).height.0 < from + blocks {
                world.run(1);
            }
            world.mine(who, 0);
        }
        assert_eq!(world.pending(a), [], "it is in a block of the writer's");
        world.run_until(MINUTE, "the heavier branch has won", |world| world.agreed());
        world.run_until(MINUTE, "the post waits at both", |world| {
            [a, b].iter().all(|who| world.pending(*who).len() == 1)
        });
        world.mine(b, 100);
        world.run_until(10 * MINUTE, "the neighbour mines it", |world| {
            world.on_chain(a).len() == 1
        });
        settle(&mut world);
    });
}
