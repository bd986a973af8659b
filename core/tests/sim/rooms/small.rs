//! Rooms of four to twelve: nobody is linked to everybody, nobody hangs by one
//! link, and a quiet room stays as it is.

use super::is_connected;
use crate::net::{MINUTE, World};
use crate::seeds::seeds;

#[test]
fn small_rooms_are_meshes_and_come_to_rest() {
    let name = "small_rooms_are_meshes_and_come_to_rest";
    seeds(name, 2, |seed| {
        for tabs in 4..=12 {
            let mut world = World::new(seed * 100 + tabs as u64);
            for _ in 0..tabs {
                world.tab();
                let pause = world.below(3_000);
                world.run(pause);
            }
            world.run(5 * MINUTE);
            let opened = world.opened;
            world.run(5 * MINUTE);
            must_be_a_mesh(&world, tabs);
            // Each draws another neighbour once a minute, and no more.
            let opened = world.opened - opened;
            let drawn = tabs as u64 * 5;
            assert!(
                opened <= drawn,
                "{opened} links opened among {tabs} in five quiet minutes\n{}",
                world.summary()
            );
        }
    });
}

fn must_be_a_mesh(world: &World, tabs: usize) {
    assert!(is_connected(world), "{}", world.summary());
    for who in world.open_tabs() {
        let links = world.links_of(who).len();
        assert!(
            (2..=tabs - 2).contains(&links),
            "tab {who} of {tabs} has {links}\n{}",
            world.summary()
        );
    }
}

#[test]
fn a_room_that_shrinks_keeps_its_rule() {
    seeds("a_room_that_shrinks_keeps_its_rule", 2, |seed| {
        let mut world = World::new(seed);
        for _ in 0..10 {
            world.tab();
        }
        world.run(2 * MINUTE);
        for who in 6..10 {
            world.crash(who);
            world.run(20_000);
        }
        // Whoever is gone is forgotten when nobody has named it for minutes.
        world.run(8 * MINUTE);
        must_be_a_mesh(&world, 6);
    });
}
