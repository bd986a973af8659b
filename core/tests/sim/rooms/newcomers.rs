//! Coming in and coming back, with the relay, without it and in spite of it.

use tablon_core::view::{Delta, LinkKind, PeerState};

use super::{friendly_puppet, is_connected};
use crate::agree::settle;
use crate::net::{MINUTE, World};
use crate::seeds::seeds;

fn room(seed: u64, tabs: usize) -> World {
    let mut world = World::new(seed);
    for _ in 0..tabs {
        world.tab();
    }
    world.run(2 * MINUTE);
    world
}

#[test]
fn the_relay_is_dead_and_the_mesh_mends_itself_when_neighbours_crash() {
    let name = "the_relay_is_dead_and_the_mesh_mends_itself_when_neighbours_crash";
    seeds(name, 3, |seed| {
        let mut world = room(seed, 12);
        world.relay.up = false;
        for victim in [0, 1, 2] {
            world.crash(victim);
            world.run(30_000);
        }
        world.run(2 * MINUTE);
        assert!(is_connected(&world), "{}", world.summary());
        for who in world.open_tabs() {
            let links = world.links_of(who).len();
            assert!(links >= 3, "tab {who} has {links}\n{}", world.summary());
        }
        world.mine(5, 60);
        world.post(11, "without the relay");
        world.run(MINUTE);
        settle(&mut world);
    });
}

#[test]
fn a_newcomer_that_knows_one_node_meets_the_others_through_it() {
    let name = "a_newcomer_that_knows_one_node_meets_the_others_through_it";
    seeds(name, 3, |seed| {
        let mut world = room(seed, 10);
        world.relay.up = false;
        let newcomer = world.tab();
        world.link(newcomer, 4);
        world.run_until(2 * MINUTE, "it has neighbours enough", |world| {
            world.status(newcomer).peers >= 5
        });
        // And it goes on without the one that brought it in.
        world.crash(4);
        world.run(MINUTE);
        assert!(world.status(newcomer).peers >= 4);
        assert!(is_connected(&world));
    });
}

#[test]
fn tabs_of_one_browser_find_each_other_without_the_relay() {
    let mut world = World::new(1);
    world.relay.up = false;
    world.browsers = vec![vec![0, 1, 2]];
    for _ in 0..3 {
        world.tab();
    }
    world.run(MINUTE);
    assert!(is_connected(&world));
    world.mine(0, 60);
    world.post(2, "between tabs");
    world.run(MINUTE);
    settle(&mut world);
}

#[test]
fn two_tabs_that_only_the_relay_connects_use_its_tunnel_until_a_link_opens() {
    let mut world = World::new(2);
    world.walls.insert((0, 1));
    let (a, b) = (world.tab(), world.tab());
    world.run_until(2 * MINUTE, "the tunnel is open", |world| world.linked(a, b));
    world.run(5_000);
    assert_eq!(kind(&world, a), Some(LinkKind::Tunnel));
    world.mine(a, 60);
    world.post(b, "through the tunnel");
    world.run_until(5 * MINUTE, "the post is on the chain of both", |world| {
        [a, b].iter().all(|who| world.on_chain(*who).len() == 1)
    });
    world.walls.clear();
    world.run(3 * MINUTE);
    assert_eq!(kind(&world, a), Some(LinkKind::Webrtc));
    settle(&mut world);
}

// By what a tab's last neighbour was reached, as it shows.
fn kind(world: &World, who: usize) -> Option<LinkKind> {
    let shown = world.at(who).peers.values();
    let connected = shown.filter(|peer| peer.state == PeerState::Connected);
    connected.map(|peer| peer.link).next_back()
}

#[test]
fn who_restarts_among_puppets_comes_back_to_whom_it_knew() {
    let name = "who_restarts_among_puppets_comes_back_to_whom_it_knew";
    seeds(name, 3, |seed| {
        let mut world = room(seed, 8);
        world.run(2 * MINUTE);
        let puppets: Vec<usize> = (0..30).map(|_| friendly_puppet(&mut world)).collect();
        world.relay.names = Some(puppets.iter().map(|who| world.id(*who)).collect());
        world.crash(3);
        world.run(20_000);
        world.open(3);
        world.run(2 * MINUTE);
        let linked = world.links_of(3);
        assert!(linked.iter().any(|who| *who < 8), "{linked:?}");
        world.mine(0, 60);
        world.post(7, "before and after");
        world.run_until(10 * MINUTE, "it has the post", |world| {
            world.on_chain(3).len() == 1
        });
        let gone = |delta: &Delta| matches!(delta, Delta::PeerGone { .. });
        assert!(
            world
                .at(3)
                .deltas
                .iter()
                .filter(|delta| gone(delta))
                .count()
                < 100
        );
    });
}
