//! Honest nodes on a network that is not always kind.

use tablon_core::command::Command;
use tablon_core::units::Height;
use tablon_core::view::MiningState;

use crate::net::World;
use crate::seeds::seeds;

const MINUTE: u64 = 60_000;

/// Let miners rest and the last messages arrive; then everything must be sound.
/// Two tips of equal work may stand side by side: another block decides.
fn settle(world: &mut World) {
    for who in world.open_tabs() {
        world.mine(who, 0);
    }
    world.run(MINUTE);
    if !world.agreed() {
        let decides = world.open_tabs()[0];
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
        world.relay_up = false;
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
fn the_relay_dies_and_posts_and_blocks_still_flow() {
    seeds(
        "the_relay_dies_and_posts_and_blocks_still_flow",
        4,
        |seed| {
            let mut world = World::new(seed);
            let tabs: Vec<_> = (0..5).map(|_| world.tab()).collect();
            world.run(10_000);
            world.relay_up = false;
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
        world.relay_up = false;
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
fn a_block_found_while_two_tabs_greet_is_not_missed() {
    seeds(
        "a_block_found_while_two_tabs_greet_is_not_missed",
        4,
        |seed| {
            let mut world = World::new(seed);
            world.relay_up = false;
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
fn a_room_of_thirty_finds_itself_though_tabs_come_one_by_one() {
    let name = "a_room_of_thirty_finds_itself_though_tabs_come_one_by_one";
    seeds(name, 2, |seed| {
        let mut world = World::new(seed);
        let first = world.tab();
        world.mine(first, 60);
        for _ in 1..30 {
            world.tab();
            let pause = world.below(5_000);
            world.run(pause);
        }
        world.run_until(5 * MINUTE, "everybody has a neighbour", |world| {
            (0..30).all(|who| world.status(who).peers > 0)
        });
        for who in [3, 17, 29] {
            world.post(who, &format!("hello from {who}"));
        }
        world.run(2 * MINUTE);
        settle(&mut world);
    });
}

#[test]
fn two_rooms_that_have_each_filled_up_still_find_each_other() {
    seeds(
        "two_rooms_that_have_each_filled_up_still_find_each_other",
        2,
        |seed| {
            let mut world = World::new(seed);
            let tabs: Vec<_> = (0..16).map(|_| world.closed_tab()).collect();
            let (left, right) = tabs.split_at(8);
            world.divide(&[left, right]);
            for who in &tabs {
                world.open(*who);
            }
            world.run(MINUTE);
            // Everybody has neighbours enough; nobody need dial any more.
            assert!(tabs.iter().all(|who| world.status(*who).peers >= 6));
            world.mine(left[0], 60);
            world.mine(right[0], 40);
            world.run(2 * MINUTE);
            world.heal();
            world.run_until(6 * MINUTE, "the rooms agree", |world| world.agreed());
            settle(&mut world);
        },
    );
}

#[test]
fn a_newcomer_finds_a_place_among_tabs_that_are_all_full() {
    seeds(
        "a_newcomer_finds_a_place_among_tabs_that_are_all_full",
        2,
        |seed| {
            let mut world = World::new(seed);
            for _ in 0..9 {
                world.tab();
            }
            world.link_all();
            world.run(2_000);
            assert!((0..9).all(|who| world.status(who).peers == 8));
            world.mine(4, 60);
            let newcomer = world.tab();
            world.run_until(MINUTE, "the newcomer has a neighbour", |world| {
                world.status(newcomer).peers > 0
            });
            world.run(MINUTE);
            settle(&mut world);
        },
    );
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
fn the_log_of_inputs_replays_a_node_bit_by_bit() {
    seeds("the_log_of_inputs_replays_a_node_bit_by_bit", 2, |seed| {
        let mut world = World::new(seed);
        let tabs: Vec<_> = (0..4).map(|_| world.closed_tab()).collect();
        for who in &tabs {
            world.at_mut(*who).record = Some(Vec::new());
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
            let params = world.params.clone();
            world.at_mut(who).must_replay(&params, seed);
        }
    });
}
