//! Clocks that are wrong, and clocks that are set.

use tablon_core::units::Height;

use crate::agree::settle;
use crate::net::{MINUTE, World};
use crate::seeds::seeds;

#[test]
fn a_clock_behind_or_ahead_by_a_minute() {
    seeds("a_clock_behind_or_ahead_by_a_minute", 6, |seed| {
        let mut world = World::new(seed);
        let tabs: Vec<_> = (0..4).map(|_| world.closed_tab()).collect();
        world.at_mut(tabs[1]).clock = -60_000;
        world.at_mut(tabs[2]).clock = 60_000;
        for who in &tabs {
            world.open(*who);
        }
        world.run(5_000);
        for who in &tabs {
            world.mine(*who, 20);
            world.post(*who, &format!("{who} has its own time"));
        }
        world.run(10 * MINUTE);
        // At last one mines alone, a minute ahead of most, and then nobody: what
        // was held back must come all the same.
        for who in [tabs[0], tabs[1], tabs[3]] {
            world.mine(who, 0);
        }
        world.run(3 * MINUTE);
        world.mine(tabs[2], 0);
        world.run_until(3 * MINUTE, "one tip though nobody mines", |world| {
            world.agreed()
        });
        settle(&mut world);
    });
}

#[test]
fn a_clock_that_is_set_back_an_hour_stops_nothing() {
    seeds(
        "a_clock_that_is_set_back_an_hour_stops_nothing",
        3,
        |seed| {
            let mut world = World::new(seed);
            let (a, b) = (world.closed_tab(), world.closed_tab());
            // It was an hour ahead, so its blocks are not due anywhere else.
            world.at_mut(a).clock = 3_600_000;
            world.open(a);
            world.open(b);
            world.run(5_000);
            world.mine(b, 50);
            world.run(MINUTE);
            world.at_mut(a).clock = 0;
            world.run(5_000);
            world.mine(b, 0);
            world.mine(a, 50);
            world.post(a, "now on time");
            world.run_until(5 * MINUTE, "the post is on the chain of both", |world| {
                world.on_chain(a).len() == 1 && world.on_chain(b).len() == 1
            });
            let inputs = world.at(a).inputs;
            world.run(MINUTE);
            assert!(world.at(a).inputs - inputs > 50, "its timers go on");
            settle(&mut world);
        },
    );
}

#[test]
fn a_miner_whose_clock_is_far_behind_waits_quietly() {
    let mut world = World::new(1);
    let (a, b) = (world.closed_tab(), world.closed_tab());
    world.at_mut(b).clock = -3_600_000;
    world.open(a);
    world.open(b);
    world.mine(a, 50);
    world.run(MINUTE);
    let height = world.tip(a).0;
    assert!(height > Height(2));
    // It takes the chain when its clock is right, and not before.
    assert_eq!(world.tip(b).0, Height(0));
    world.mine(a, 0);
    world.at_mut(b).clock = 0;
    world.run(MINUTE);
    assert!(world.agreed());
    // Behind again by less than it takes to refuse its own chain, it mines not,
    // and does not spin.
    world.at_mut(b).clock = -3_600_000;
    world.mine(b, 50);
    world.post(b, "soon");
    world.run(5_000);
    let inputs = world.at(b).inputs;
    world.run(MINUTE);
    let woken = world.at(b).inputs - inputs;
    assert!(woken < 300, "{woken} inputs in a minute");
    assert_eq!(world.tip(b).0, height);
    world.at_mut(b).clock = 0;
    world.run_until(5 * MINUTE, "it mines again", |world| {
        world.tip(b).0 > height
    });
    settle(&mut world);
}

#[test]
fn a_miner_whose_first_two_neighbours_are_both_wrong_waits_for_the_others() {
    let mut world = World::new(1);
    let tabs: Vec<_> = (0..6).map(|_| world.closed_tab()).collect();
    let (miner, wrong, right) = (tabs[0], &tabs[1..3], &tabs[3..]);
    world.at_mut(wrong[0]).clock = 1_200_000;
    world.at_mut(wrong[1]).clock = 1_300_000;
    world.relay.up = false;
    for who in &tabs {
        world.open(*who);
    }
    world.mine(miner, 2_000);
    for who in wrong {
        world.link(miner, *who);
    }
    world.run(3_000);
    assert!(world.status(miner).clock.corrected);
    world.mine(miner, 50);
    for who in right {
        world.link(miner, *who);
    }
    for _ in 0..120 {
        world.run(500);
        assert!(!world.is_ahead_of_time(miner), "{}", world.summary());
    }
    // Right again by the word of most, it mines what they take.
    assert!(!world.status(miner).clock.corrected);
    let tip = world.tip(miner);
    assert!(tip.0 > Height(2), "{tip:?}");
    for who in right {
        assert_eq!(world.tip(*who), tip, "{}", world.summary());
    }
}
