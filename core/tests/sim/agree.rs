//! Honest nodes on a network that is not always kind.

use tablon_core::command::Command;
use tablon_core::units::Height;
use tablon_core::view::MiningState;

use crate::net::{MINUTE, World};
use crate::seeds::seeds;

/// Let miners rest and the last messages arrive; then everything must be sound.
/// Two tips of equal work may stand side by side: another block decides.
pub(crate) fn settle(world: &mut World) {
    for who in world.open_tabs() {
        world.mine(who, 0);
    }
    world.run(MINUTE);
    if !world.agreed() {
        // A tab that mined by a wrong clock rests until its own blocks are due.
        let may = |who: &usize| !world.is_ahead_of_time(*who);
        let decides = world.open_tabs().into_iter().find(may);
        let decides = decides.expect("most clocks are right");
        world.mine(decides, 20);
        world.run_until(10 * MINUTE, "the tie is broken", |world| world.agreed());
        world.mine(decides, 0);
    }
    world.run_until(5 * MINUTE, "one tip with every post", |world| {
        world.agreed() && world.all_posts_everywhere()
    });
    world.run(20_000);
    world.must_be_sound();
}

#[test]
fn two_tabs_post_mine_and_agree() {
    seeds("two_tabs_post_mine_and_agree", 8, |seed| {
        let mut world = World::new(seed);
        let (a, b) = (world.tab(), world.tab());
        world.run_until(MINUTE, "the tabs find each other", |world| {
            world.linked(a, b)
        });
        world.mine(a, 50);
        for number in 0..6 {
            world.post(number % 2, &format!("post {number}"));
            let pause = world.below(8_000);
            world.run(pause);
        }
        world.mine(b, 30);
        world.run_until(10 * MINUTE, "every post is on the chain", |world| {
            world.on_chain(a).len() == 6 && world.on_chain(b).len() == 6
        });
        settle(&mut world);
        assert_eq!(world.acknowledged.len(), 6);
        assert_eq!(world.on_chain(a), world.on_chain(b));
    });
}

#[test]
fn five_nodes_agree_after_posts_from_each_while_two_mine() {
    seeds(
        "five_nodes_agree_after_posts_from_each_while_two_mine",
        8,
        |seed| {
            let mut world = World::new(seed);
            let tabs: Vec<_> = (0..5).map(|_| world.tab()).collect();
            world.run(5_000);
            world.mine(tabs[0], 60);
            world.mine(tabs[1], 60);
            for round in 0..4 {
                for who in &tabs {
                    world.post(*who, &format!("{who} says {round}"));
                    let pause = world.below(4_000);
                    world.run(pause);
                }
            }
            world.run_until(10 * MINUTE, "every post is on the chain", |world| {
                world.on_chain(0).len() == 20
            });
            settle(&mut world);
            assert_eq!(world.acknowledged.len(), 20);
        },
    );
}

#[test]
fn a_late_joiner_gets_the_whole_chain() {
    seeds("a_late_joiner_gets_the_whole_chain", 2, |seed| {
        let mut world = World::new(seed);
        let a = world.tab();
        world.mine(a, 2);
        world.run_until(4_000 * MINUTE, "2,600 blocks", |world| {
            world.status(a).height >= Height(2_600)
        });
        world.post(a, "now the other comes");
        let late = world.tab();
        world.run_until(MINUTE, "the whole chain", |world| {
            world.tip(late).0 >= Height(2_600)
        });
        settle(&mut world);
    });
}

#[test]
fn a_miner_waits_until_the_first_sync_is_done() {
    seeds("a_miner_waits_until_the_first_sync_is_done", 2, |seed| {
        let mut world = World::new(seed);
        let a = world.tab();
        world.mine(a, 20);
        world.run_until(400 * MINUTE, "300 blocks", |world| {
            world.status(a).height >= Height(300)
        });
        world.mine(a, 0);
        let late = world.closed_tab();
        world.relay.up = false;
        world.open(late);
        world.link(a, late);
        world.run_until(MINUTE, "it hears of the chain", |world| {
            world.status(late).sync.want > Height(0)
        });
        world.ask(late, Command::Mine { threads: 1 }).unwrap();
        if world.tip(late) != world.tip(a) {
            assert_eq!(world.status(late).mining.state, MiningState::Syncing);
        }
        world.run_until(MINUTE, "the whole chain", |world| world.agreed());
        assert_eq!(world.status(late).mining.state, MiningState::On);
        settle(&mut world);
    });
}

#[test]
fn a_block_found_while_two_tabs_greet_is_not_missed() {
    seeds(
        "a_block_found_while_two_tabs_greet_is_not_missed",
        4,
        |seed| {
            let mut world = World::new(seed);
            world.relay.up = false;
            let (a, b) = (world.tab(), world.tab());
            for round in 0..40 {
                world.link(a, b);
                let pause = world.below(150);
                world.run(pause);
                let before = world.tip(a);
                world.mine(a, 1_000_000);
                while world.tip(a) == before {
                    world.run(1);
                }
                world.mine(a, 0);
                world.run(2_000);
                assert!(world.agreed(), "round {round}\n{}", world.summary());
                world.cut(a, b);
                world.run(15_000);
            }
        },
    );
}

#[test]
fn links_that_break_all_the_time_delay_but_lose_nothing() {
    seeds(
        "links_that_break_all_the_time_delay_but_lose_nothing",
        4,
        |seed| {
            let mut world = World::new(seed);
            let tabs: Vec<_> = (0..6).map(|_| world.tab()).collect();
            world.run(5_000);
            world.make_flaky(3_000);
            world.mine(tabs[0], 40);
            world.mine(tabs[5], 40);
            for round in 0..30 {
                let writer = world.below(6) as usize;
                world.post(writer, &format!("round {round}"));
                let pause = world.below(10_000);
                world.run(pause);
            }
            world.make_steady();
            settle(&mut world);
            assert_eq!(world.acknowledged.len(), 30);
        },
    );
}
