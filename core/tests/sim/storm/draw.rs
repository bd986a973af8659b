//! Drawing a seed's faults.

use super::eclipse::Kind;
use super::weather::{Event, LASTS, Weather};
use crate::net::World;

/// Hashes a second of all miners: a block every 10 s on average.
const RATE: u64 = 26;
const HOUR: u64 = 3_600_000;

pub(super) fn draw(world: &mut World) -> Weather {
    let tabs = 20 + world.below(5) as usize;
    let slow = [80, 80, 200, 400][world.below(4) as usize];
    let mut weather = Weather {
        tabs,
        latency: (5, slow),
        links_break: chance(world, 2).then(|| 1_000 + world.below(9_000)),
        stutters: chance(world, 2),
        skewed: Vec::new(),
        forgetful: Vec::new(),
        rates: vec![0; tabs],
        victim: None,
        puppets: Vec::new(),
        events: Vec::new(),
    };
    for _ in 0..3 {
        let who = world.below(tabs as u64) as usize;
        weather.rates[who] = RATE / 3 + 1;
    }
    if chance(world, 2) {
        for who in some(world, tabs, tabs / 4) {
            let skew = world.below(4 * HOUR) as i64 - 2 * HOUR as i64;
            weather.skewed.push((who, skew));
        }
    }
    if chance(world, 3) {
        weather.forgetful = some(world, tabs, 3);
    }
    if chance(world, 2) {
        weather.victim = Some(world.below(tabs as u64) as usize);
        let count = 3 + world.below(5) as usize;
        weather.puppets = (0..count)
            .map(|_| Kind::ALL[world.below(Kind::ALL.len() as u64) as usize])
            .collect();
    }
    for number in 0..tabs + 10 {
        let who = world.below(tabs as u64) as usize;
        at_some_time(world, &mut weather, Event::Post { who, number });
    }
    crashes(world, &mut weather);
    network(world, &mut weather);
    weather.events.sort_by_key(|(at, _)| *at);
    weather
}

fn crashes(world: &mut World, weather: &mut Weather) {
    let tabs = weather.tabs as u64;
    for _ in 0..world.below(6) {
        let who = world.below(tabs) as usize;
        at_some_time(world, weather, Event::Kill { who });
    }
    for _ in 0..world.below(6) {
        let who = world.below(tabs) as usize;
        at_some_time(world, weather, Event::CutPower { who });
    }
    for _ in 0..world.below(8) {
        let who = world.below(tabs) as usize;
        let operations = world.below(40);
        at_some_time(world, weather, Event::FailInWrite { who, operations });
    }
    for _ in 0..world.below(4) {
        let who = world.below(tabs) as usize;
        let lasts = 10_000 + world.below(170_000);
        at_some_time(world, weather, Event::Freeze { who, lasts });
    }
}

fn network(world: &mut World, weather: &mut Weather) {
    if chance(world, 2) {
        let count = 2 + world.below(2);
        let mut parts = vec![Vec::new(); count as usize];
        for who in 0..weather.tabs {
            parts[world.below(count) as usize].push(who);
        }
        between(world, weather, Event::Divide { parts }, Event::Unite);
    }
    if chance(world, 2) {
        between(world, weather, Event::RelayDown, Event::RelayUp);
    }
}

// From some time on for a while, or until the end.
fn between(world: &mut World, weather: &mut Weather, first: Event, last: Event) {
    let from = world.below(LASTS / 2);
    let to = from + 10_000 + world.below(LASTS);
    weather.events.push((from, first));
    if to < LASTS {
        weather.events.push((to, last));
    }
}

fn at_some_time(world: &mut World, weather: &mut Weather, event: Event) {
    let at = world.below(LASTS);
    weather.events.push((at, event));
}

fn some(world: &mut World, of: usize, most: usize) -> Vec<usize> {
    let count = 1 + world.below(most as u64) as usize;
    let mut all: Vec<usize> = (0..of).collect();
    (0..count)
        .map(|_| {
            let at = world.below(all.len() as u64) as usize;
            all.swap_remove(at)
        })
        .collect()
}

// One time in `of`.
fn chance(world: &mut World, of: u64) -> bool {
    world.below(of) == 0
}
