//! Tabs that are killed, and logs that bring back what they did.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::agree::settle;
use crate::lies::store_lies;
use crate::net::{MINUTE, World};
use crate::node::Record;
use crate::seeds::seeds;

#[test]
fn a_crash_keeps_chain_and_waiting_posts() {
    seeds("a_crash_keeps_chain_and_waiting_posts", 6, |seed| {
        let mut world = World::new(seed);
        let (a, b) = (world.tab(), world.tab());
        world.run(5_000);
        world.mine(a, 50);
        world.post(b, "mined");
        world.run_until(10 * MINUTE, "the post is on the chain", |world| {
            world.on_chain(b).len() == 1
        });
        world.mine(a, 0);
        world.run(2_000);
        world.divide(&[&[a], &[b]]);
        world.run(5_000);
        for number in 0..5 {
            world.post(b, &format!("waits {number}"));
        }
        world.run_until(MINUTE, "five more are acknowledged", |world| {
            world.acknowledged.len() == 6
        });
        let before = (world.tip(b), world.pending(b).len());
        world.crash(b);
        world.run(3_000);
        world.open(b);
        assert_eq!((world.tip(b), world.pending(b).len()), before);
        assert_eq!(before.1, 5);
        world.heal();
        world.run_until(5 * MINUTE, "the posts spread", World::all_posts_everywhere);
        world.mine(a, 50);
        world.run_until(10 * MINUTE, "all are on the chain", |world| {
            world.on_chain(a).len() == 6
        });
        settle(&mut world);
    });
}

#[test]
fn tabs_that_crash_at_any_time_lose_nothing_acknowledged() {
    seeds(
        "tabs_that_crash_at_any_time_lose_nothing_acknowledged",
        3,
        |seed| {
            let mut world = World::new(seed);
            let tabs: Vec<_> = (0..5).map(|_| world.tab()).collect();
            world.run(5_000);
            for who in &tabs {
                world.mine(*who, 10);
            }
            for round in 0..40 {
                let writer = world.below(5) as usize;
                let victim = world.below(5) as usize;
                world.post(writer, &format!("round {round}"));
                let pause = world.below(6_000);
                world.run(pause);
                world.crash(victim);
                let pause = world.below(6_000);
                world.run(pause);
                world.open(victim);
                world.mine(victim, 10);
            }
            settle(&mut world);
        },
    );
}

#[test]
fn the_log_of_inputs_replays_a_node_bit_by_bit() {
    seeds("the_log_of_inputs_replays_a_node_bit_by_bit", 2, |seed| {
        let mut world = World::new(seed);
        let tabs: Vec<_> = (0..4).map(|_| world.closed_tab()).collect();
        for who in &tabs {
            world.at_mut(*who).record = Some(Record::default());
            world.open(*who);
        }
        world.make_flaky(5_000);
        world.mine(0, 40);
        world.mine(2, 40);
        for round in 0..12 {
            world.post(round % 4, &format!("round {round}"));
            world.run(9_000);
        }
        world.make_steady();
        settle(&mut world);
        for who in tabs {
            let steps = world
                .at(who)
                .record
                .as_ref()
                .map(|record| record.steps.len());
            assert!(steps > Some(100));
            let params = world.params.clone();
            world.at_mut(who).must_replay(&params, seed);
        }
    });
}

#[test]
fn a_disk_that_refuses_lies_or_does_not_grow_loses_nothing_acknowledged() {
    seeds(
        "a_disk_that_refuses_lies_or_does_not_grow_loses_nothing_acknowledged",
        100,
        |seed| {
            let mut bytes = [0; 128];
            ChaCha8Rng::seed_from_u64(seed).fill_bytes(&mut bytes);
            store_lies(&bytes);
        },
    );
}
