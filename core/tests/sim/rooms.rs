//! Who is linked to whom: no room is closed, and no two stay apart.

use crate::agree::settle;
use crate::net::{MINUTE, World};
use crate::seeds::seeds;

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
