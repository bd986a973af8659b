//! Clocks that are wrong, and clocks that are set.

use tablon_core::hash::PeerId;
use tablon_core::units::{Height, Millis};
use tablon_core::wire::Message;

use crate::agree::settle;
use crate::faults::{Forge, only_pongs};
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
    // Among six, one has at most four neighbours: the others hear of blocks by each other.
    world.link(right[0], right[1]);
    world.link(right[1], right[2]);
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

#[test]
fn a_clock_that_neighbours_had_corrected_and_that_is_then_set_right_is_right() {
    for wrong in [-3_000_000, 3_000_000] {
        let mut world = World::new(5);
        let tabs: Vec<_> = (0..3).map(|_| world.closed_tab()).collect();
        let (who, others) = (tabs[0], &tabs[1..]);
        world.at_mut(who).clock = wrong;
        world.relay.up = false;
        for tab in &tabs {
            world.open(*tab);
        }
        for other in others {
            world.link(who, *other);
        }
        // 3,000 s at ten seconds a second.
        world.run(6 * MINUTE);
        assert!(world.status(who).clock.corrected, "{}", world.summary());
        world.at_mut(who).clock = 0;
        world.mine(who, 50);
        for _ in 0..240 {
            world.run(500);
            assert!(!world.is_ahead_of_time(who), "{}", world.summary());
        }
        assert!(!world.status(who).clock.corrected);
        let tip = world.tip(who);
        assert!(tip.0 > Height(4), "{tip:?}");
        world.mine(who, 0);
        settle(&mut world);
        world.mine(others[0], 50);
        world.run(MINUTE);
        world.mine(others[0], 0);
        settle(&mut world);
        assert!(world.tip(who).0 > tip.0, "it takes others' blocks");
    }
}

#[test]
fn a_right_clock_that_is_set_back_by_mistake_is_corrected_over_the_same_links() {
    let mut world = World::new(7);
    let tabs: Vec<_> = (0..3).map(|_| world.closed_tab()).collect();
    let (who, others) = (tabs[0], &tabs[1..]);
    world.relay.up = false;
    for tab in &tabs {
        world.open(*tab);
    }
    for other in others {
        world.link(who, *other);
    }
    world.run(15_000);
    assert!(!world.status(who).clock.corrected);
    world.at_mut(who).clock = -1_000_000;
    // 1,000 s at ten seconds a second.
    world.run(2 * MINUTE);
    assert!(world.status(who).clock.corrected, "{}", world.summary());
    assert_eq!(world.status(who).peers, 2, "the links are the same");
    world.mine(others[0], 50);
    world.run(MINUTE);
    world.mine(others[0], 0);
    settle(&mut world);
    assert!(world.tip(who).0 > Height(2), "{}", world.summary());
}

#[test]
fn a_clock_that_is_minutes_behind_is_corrected_though_it_took_blocks_when_they_were_due() {
    let mut world = World::new(6);
    let tabs: Vec<_> = (0..3).map(|_| world.closed_tab()).collect();
    let (who, miner, other) = (tabs[0], tabs[1], tabs[2]);
    world.at_mut(who).clock = -140_000;
    world.relay.up = false;
    for tab in &tabs {
        world.open(*tab);
    }
    // One neighbour's word is none: it holds each block back until its own clock agrees.
    world.link(who, miner);
    world.mine(miner, 50);
    world.run(6 * MINUTE);
    assert!(!world.status(who).clock.corrected);
    assert!(world.tip(who).0 > Height(5), "{}", world.summary());
    assert_ne!(world.tip(who), world.tip(miner));
    world.link(who, other);
    world.link(miner, other);
    world.run(MINUTE);
    assert!(world.status(who).clock.corrected, "{}", world.summary());
    world.mine(miner, 0);
    world.run(5_000);
    assert!(world.agreed(), "{}", world.summary());
}

/// A puppet that greets with a clock so many seconds off, and names eight neighbours, so
/// that nobody takes the room for a small one.
fn with_clock(world: &mut World, seconds: i64) -> usize {
    let hello = Forge::new(&world.params).hello();
    let who = world.puppet(only_pongs());
    world.puppet_at(who).greeting = Some(Box::new(move |now| {
        let mut hello = hello.clone();
        hello.time = Millis(now.saturating_add_signed(seconds * 1_000));
        let names = (0..8).map(|number| PeerId([number + 100; 32])).collect();
        vec![Message::Hello(hello), Message::Neighbours(names)]
    }));
    who
}

/// A tab that has dialled a puppet with a right clock.
fn tab_in_a_large_room(world: &mut World) -> usize {
    world.relay.up = false;
    let (tab, namer) = (world.tab(), with_clock(world, 0));
    world.link(tab, namer);
    world.run(1_000);
    tab
}

#[test]
fn strangers_that_lie_about_the_time_neither_move_a_clock_nor_stop_a_miner() {
    let mut world = World::new(2);
    let miner = tab_in_a_large_room(&mut world);
    let honest = world.tab();
    world.link(miner, honest);
    world.run(15_000);
    world.mine(miner, 50);
    for _ in 0..4 {
        let liar = with_clock(&mut world, -10_800);
        world.link(liar, miner);
    }
    world.run(MINUTE);
    let before = world.tip(miner).0.0;
    world.run(5 * MINUTE);
    assert_eq!(world.status(miner).clock.samples, 2);
    assert_eq!(world.status(miner).peers, 6);
    assert!(!world.status(miner).clock.corrected);
    let mined = world.tip(miner).0.0 - before;
    assert!(
        mined >= 15,
        "{mined} blocks in five minutes of ten seconds each"
    );
    world.mine(miner, 0);
    world.run(5_000);
    assert!(world.agreed(), "{}", world.summary());
}

#[test]
fn liars_that_a_node_has_dialled_stop_no_miner_while_honest_work_comes() {
    let mut world = World::new(3);
    let miner = tab_in_a_large_room(&mut world);
    let honest = world.tab();
    world.link(miner, honest);
    world.run(15_000);
    world.mine(honest, 30);
    world.mine(miner, 20);
    world.run(2 * MINUTE);
    for _ in 0..3 {
        let liar = with_clock(&mut world, -7_200);
        world.link(miner, liar);
    }
    world.run(1_000);
    assert_eq!(world.status(miner).clock.samples, 5);
    let mut resting = 0;
    for _ in 0..600 {
        world.run(500);
        resting += u64::from(!world.at(miner).has_work);
    }
    assert!(resting <= 20, "it rests {resting} of 600 half seconds");
    assert!(!world.status(miner).clock.corrected);
    assert!(world.status(miner).height.0 > 10, "{}", world.summary());
}

#[test]
fn liars_beside_one_honest_neighbour_move_a_clock_slowly_and_by_no_more_than_its_bound() {
    let mut world = World::new(4);
    let tab = tab_in_a_large_room(&mut world);
    for _ in 0..6 {
        let liar = with_clock(&mut world, 3 * 3_600);
        world.link(tab, liar);
    }
    // What it stamps tells by how much its clock was moved.
    world.mine(tab, 20);
    let (mut in_ten_seconds, mut most) = (0, 0);
    let mut heights: Vec<u32> = Vec::new();
    for second in 0..1_800_usize {
        world.run(1_000);
        let status = world.status(tab);
        heights.push(status.height.0);
        // One that follows others closely is stamped later than its maker's clock, for two
        // blocks take five seconds by the rules: the first after ten seconds counts.
        let is_close = status.height.0 > heights[second.saturating_sub(10)] + 1;
        if !is_close {
            let stamped = i64::from(status.tip_time.0);
            most = most.max(stamped - (world.now / 1_000) as i64);
        }
        if second < 10 {
            in_ten_seconds = most;
        }
    }
    assert!(in_ten_seconds <= 110, "{in_ten_seconds} s in ten");
    assert!((4_000..=4_200).contains(&most), "{most} s");
}

#[test]
fn a_miner_that_half_of_the_clocks_bear_out_makes_no_block_that_the_others_hold_back() {
    let mut world = World::new(5);
    world.relay.up = false;
    let (miner, honest) = (world.closed_tab(), world.closed_tab());
    // As wrong as one of its three neighbours: two votes against two leave the clock.
    world.at_mut(miner).clock = 300_000;
    world.open(miner);
    world.open(honest);
    let (right, wrong) = (with_clock(&mut world, 0), with_clock(&mut world, 300));
    for who in [right, wrong, honest] {
        world.link(miner, who);
        world.run(1_000);
    }
    assert_eq!(world.status(miner).clock.samples, 3);
    world.run(2_000);
    assert!(!world.status(miner).clock.corrected);
    world.mine(miner, 100);
    for _ in 0..240 {
        world.run(500);
        assert!(!world.is_ahead_of_time(miner), "{}", world.summary());
    }
    assert_eq!(world.tip(honest).0, Height(0));
}
