//! Worlds in which everything fails at once: what is drawn differs from seed to
//! seed, what must hold in the end does not.

mod draw;
mod eclipse;
mod weather;

use std::collections::BTreeSet;

use tablon_core::command::Command;
use tablon_core::node::MAX_NEIGHBOURS;

use crate::net::World;
use crate::node::Record;
use crate::seeds::seeds;
use draw::draw;
use weather::{Event, Weather};

/// Once all open tabs are one mesh they must have had one tip within so many spacings.
const SPACINGS: u64 = 5;
/// After the last fault they must be one mesh within so long, ms: parts of a network
/// that have all the neighbours that they want hear of each other when they ask the relay
/// again, once a minute, and link when they draw another neighbour, once a minute as well.
const ONE_MESH_WITHIN_MS: u64 = 150_000;

#[test]
fn faults_of_every_kind_at_once_delay_but_lose_nothing() {
    let name = "faults_of_every_kind_at_once_delay_but_lose_nothing";
    seeds(name, 4, |seed| {
        let mut world = World::new(seed);
        let weather = draw(&mut world);
        world.headline(format!("seed {seed} drew {weather:#?}"));
        let mut storm = Storm::begin(&mut world, weather);
        storm.blow(&mut world);
        storm.heal(&mut world);
        storm.calm(&mut world);
        check(&mut world, storm.recorded, seed);
    });
}

/// A storm under way.
struct Storm {
    weather: Weather,
    puppets: Vec<usize>,
    /// When each tab that is down opens again.
    down: Vec<Option<u64>>,
    recorded: usize,
}

impl Storm {
    fn begin(world: &mut World, weather: Weather) -> Self {
        world.latency = weather.latency;
        world.relay.stutters = weather.stutters;
        for who in 0..weather.tabs {
            assert_eq!(world.closed_tab(), who);
        }
        for (who, skew) in &weather.skewed {
            world.at_mut(*who).clock = *skew;
        }
        for who in &weather.forgetful {
            world.at_mut(*who).forgets = true;
        }
        let recorded = world.below(weather.tabs as u64) as usize;
        world.at_mut(recorded).record = Some(Record::default());
        let puppets = eclipse::puppets(world, &weather.puppets);
        let down = vec![None; weather.tabs];
        let mut storm = Self {
            weather,
            puppets,
            down,
            recorded,
        };
        for who in 0..storm.weather.tabs {
            storm.open(world, who);
        }
        if let Some(mean) = storm.weather.links_break {
            world.make_flaky(mean);
        }
        storm
    }

    fn open(&mut self, world: &mut World, who: usize) {
        self.down[who] = None;
        world.open(who);
        let rate = self.weather.rates[who];
        if rate > 0 {
            world.at_mut(who).rate = rate;
            world.request(who, Command::Mine { threads: 1 });
        }
    }

    // All that was drawn, in its order.
    fn blow(&mut self, world: &mut World) {
        let begun = world.now;
        for (at, event) in self.weather.events.clone() {
            self.pass_until(world, begun + at);
            self.happen(world, &event);
        }
        self.pass_until(world, begun + weather::LASTS);
    }

    // A second at a time: whoever is down comes back when it is time, and the
    // puppets press in.
    fn pass_until(&mut self, world: &mut World, end: u64) {
        while world.now < end {
            let step = (end - world.now).min(1_000);
            world.run(step);
            for who in 0..self.weather.tabs {
                if world.at(who).node.is_some() {
                    continue;
                }
                let back = *self.down[who].get_or_insert(world.now + weather::DOWN);
                if back <= world.now {
                    world.note(format!("tab {who} opens again"));
                    self.open(world, who);
                }
            }
            self.press_in(world);
        }
    }

    fn press_in(&mut self, world: &mut World) {
        let Some(victim) = self.weather.victim else {
            return;
        };
        for puppet in self.puppets.clone() {
            let room = world.links_of(victim).len() < MAX_NEIGHBOURS;
            let open = world.at(victim).node.is_some();
            if open && room && !world.linked(victim, puppet) && world.below(4) == 0 {
                world.link(puppet, victim);
            }
        }
    }

    fn happen(&mut self, world: &mut World, event: &Event) {
        match event {
            Event::Post { who, number } => {
                if world.is_awake(*who) {
                    world.post(*who, &format!("tab {who} says {number}"));
                }
            }
            Event::Kill { who } if world.at(*who).node.is_some() => {
                world.note(format!("tab {who} is killed"));
                world.crash(*who);
            }
            Event::CutPower { who } if world.at(*who).node.is_some() => {
                world.note(format!("the power of tab {who} fails"));
                world.cut_power(*who);
            }
            Event::FailInWrite { who, operations } => {
                world.at(*who).disk.fail_after(*operations);
            }
            Event::Freeze { who, lasts } if world.is_awake(*who) => {
                world.note(format!("tab {who} freezes for {lasts} ms"));
                world.freeze(*who, *lasts);
            }
            Event::Divide { parts } => {
                world.note(format!("the network falls apart: {parts:?}"));
                let parts: Vec<&[usize]> = parts.iter().map(Vec::as_slice).collect();
                world.divide(&parts);
            }
            Event::Unite => {
                world.note("the network is one again".into());
                world.heal();
            }
            Event::RelayDown => {
                world.note("the relay goes down".into());
                world.relay.up = false;
            }
            Event::RelayUp => {
                world.note("the relay is up again".into());
                world.relay_returns();
            }
            Event::Kill { .. } | Event::CutPower { .. } | Event::Freeze { .. } => {}
        }
    }

    // No new faults; wrong clocks, slow links and puppets stay.
    fn heal(&mut self, world: &mut World) {
        world.note("no more faults".into());
        world.heal();
        world.relay_returns();
        world.make_steady();
        for who in 0..self.weather.tabs {
            world.at(who).disk.mend();
            if world.at(who).node.is_none() {
                self.open(world, who);
            } else if world.at(who).frozen.is_some() {
                world.thaw(who);
            }
        }
    }

    // One goes on mining, twice as fast: who mines the next block decides a tie.
    fn calm(&mut self, world: &mut World) {
        let healed = world.now;
        let miners: Vec<usize> = (0..self.weather.tabs)
            .filter(|who| self.weather.rates[*who] > 0)
            .collect();
        for who in &miners {
            world.mine(*who, 0);
        }
        let rate: u64 = self.weather.rates.iter().sum();
        // A tab that mined by a wrong clock rests until its own blocks are due, and one
        // that still has such a clock while most would hold its block back.
        let may = |who: &usize| !world.is_ahead_of_time(*who) && !world.is_outvoted(*who);
        let one = miners.iter().copied().find(may).unwrap_or(miners[0]);
        world.mine(one, 2 * rate);
        self.until(world, "no mesh", ONE_MESH_WITHIN_MS, |_, world| {
            world.is_one_mesh()
        });
        let limit = SPACINGS * u64::from(world.params.spacing) * 1_000;
        self.until(world, "no common tip", limit, Self::sound_clocks_agree);
        let waited = world.now - healed;
        world.note(format!("one tip after {waited} ms"));
        world.mine(one, 0);
        for who in 0..self.weather.tabs {
            if world.is_outvoted(who) {
                world.note(format!("the person at tab {who} sets the clock"));
                world.at_mut(who).clock = 0;
            }
        }
    }

    fn until(
        &mut self,
        world: &mut World,
        without: &str,
        limit: u64,
        holds: impl Fn(&Self, &World) -> bool,
    ) {
        let begun = world.now;
        while !holds(self, world) {
            let waited = world.now - begun;
            assert!(
                waited < limit,
                "{without} for {waited} ms\n{}",
                world.summary()
            );
            let next = world.now + 250;
            self.pass_until(world, next);
        }
    }

    // Whose clock and most of whose neighbours' are wrong holds right blocks back.
    fn sound_clocks_agree(&self, world: &World) -> bool {
        let sound = (0..self.weather.tabs).filter(|who| !world.is_outvoted(*who));
        let tips: BTreeSet<_> = sound.map(|who| world.tip(who)).collect();
        tips.len() <= 1
    }
}

fn check(world: &mut World, recorded: usize, seed: u64) {
    world.bounds_must_hold();
    crate::agree::settle(world);
    world.bounds_must_hold();
    world.supply_must_be_exact();
    let params = world.params.clone();
    world.at_mut(recorded).must_replay(&params, seed);
}
