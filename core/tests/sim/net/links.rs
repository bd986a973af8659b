//! Links between parties: latency, order, breaks and partitions.

use std::collections::BTreeSet;

use tablon_core::node::MAX_NEIGHBOURS;
use tablon_core::view::LinkKind;

use super::{BANDWIDTH, Event, Link, Party, World};

impl World {
    pub(crate) fn links_of(&self, who: usize) -> Vec<usize> {
        let adjacent = self.adjacent.get(&who).into_iter().flatten();
        adjacent.copied().collect()
    }

    pub(crate) fn linked(&self, a: usize, b: usize) -> bool {
        self.links.contains_key(&pair(a, b))
    }

    /// Open a link at once, as if `a` had dialled it.
    pub(crate) fn link(&mut self, a: usize, b: usize) {
        self.link_by(a, b, LinkKind::Local);
    }

    /// Whether `who` dialled the link to `whom`.
    pub(crate) fn dialled(&self, who: usize, whom: usize) -> bool {
        let link = self.links.get(&pair(who, whom));
        link.is_some_and(|link| link.dialled[usize::from(who > whom)])
    }

    /// The other side had dialled as well.
    pub(super) fn dialled_too(&mut self, who: usize, whom: usize) {
        if let Some(link) = self.links.get_mut(&pair(who, whom)) {
            link.dialled[usize::from(who > whom)] = true;
        }
    }

    /// Open a link that `a` dialled.
    pub(super) fn link_by(&mut self, a: usize, b: usize, kind: LinkKind) {
        self.events += 1;
        self.opened += 1;
        let epoch = self.events;
        let latency = match self.far_apart {
            true => self.far_latency(),
            false => self.latency.0 + self.below(self.latency.1 - self.latency.0),
        };
        let mut arrives = [0; 2];
        let (low, high) = pair(a, b);
        for (slot, who, whom) in [(0, low, high), (1, high, low)] {
            arrives[slot] = self.now + self.below(30);
            self.schedule(arrives[slot], Event::Up { epoch, who, whom });
        }
        let link = Link {
            epoch,
            kind,
            latency,
            arrives,
            dialled: [a < b, b < a],
        };
        self.adjacent.entry(a).or_default().insert(b);
        self.adjacent.entry(b).or_default().insert(a);
        let before = self.links.insert((low, high), link);
        assert!(before.is_none(), "{a} and {b} are linked");
    }

    /// Whether every open tab reaches every other over links.
    pub(crate) fn is_one_mesh(&self) -> bool {
        let tabs: BTreeSet<usize> = self.open_tabs().into_iter().collect();
        let mut reached = BTreeSet::new();
        let mut next: Vec<usize> = tabs.first().copied().into_iter().collect();
        while let Some(who) = next.pop() {
            if reached.insert(who) {
                next.extend(
                    self.links_of(who)
                        .into_iter()
                        .filter(|to| tabs.contains(to)),
                );
            }
        }
        reached == tabs
    }

    /// Link tabs that have room until none has.
    pub(crate) fn link_all_with_room(&mut self) {
        let tabs = self.open_tabs();
        for (place, a) in tabs.iter().enumerate() {
            for b in &tabs[place + 1..] {
                let room = |who: usize| self.links_of(who).len() < MAX_NEIGHBOURS;
                if !self.linked(*a, *b) && room(*a) && room(*b) {
                    self.link(*a, *b);
                }
            }
        }
    }

    pub(super) fn unlink(&mut self, a: usize, b: usize) {
        if self.links.remove(&pair(a, b)).is_none() {
            return;
        }
        for (who, whom) in [(a, b), (b, a)] {
            if let Some(adjacent) = self.adjacent.get_mut(&who) {
                adjacent.remove(&whom);
            }
        }
    }

    pub(super) fn tell_down(&mut self, who: usize, whom: usize, delay: u64, reason: &str) {
        if let Party::Puppet(_) = self.parties[who] {
            return;
        }
        let (life, reason) = (self.life(who), reason.into());
        let event = Event::Down {
            who,
            whom,
            life,
            reason,
        };
        self.schedule(self.now + delay, event);
    }

    /// Break a link: both sides notice.
    pub(crate) fn cut(&mut self, a: usize, b: usize) {
        if !self.linked(a, b) {
            return;
        }
        self.unlink(a, b);
        for (who, whom) in [(a, b), (b, a)] {
            let delay = self.below(2_000);
            self.tell_down(who, whom, delay, "the link broke");
        }
    }

    /// Divide the network: links between the parts break and none opens.
    pub(crate) fn divide(&mut self, parts: &[&[usize]]) {
        for (part, members) in (0..).zip(parts) {
            for who in *members {
                self.part.insert(*who, part);
            }
        }
        let across: Vec<_> = self
            .links
            .keys()
            .copied()
            .filter(|(a, b)| self.part_of(*a) != self.part_of(*b))
            .collect();
        for (a, b) in across {
            self.cut(a, b);
        }
    }

    /// Make the network one again; tabs find each other by the relay.
    pub(crate) fn heal(&mut self) {
        self.part.clear();
    }

    pub(super) fn part_of(&self, who: usize) -> u8 {
        self.part.get(&who).copied().unwrap_or(0)
    }

    /// From now on some link breaks every `mean` ms.
    pub(crate) fn make_flaky(&mut self, mean: u64) {
        self.flaky = Some(mean);
        self.schedule(self.now + mean, Event::CutSomeLink);
    }

    pub(crate) fn make_steady(&mut self) {
        self.flaky = None;
    }

    /// Send a raw frame as a puppet.
    pub(crate) fn send_as(&mut self, puppet: usize, to: usize, frame: Vec<u8>) {
        self.carry(puppet, to, frame);
    }

    pub(super) fn carry(&mut self, from: usize, to: usize, frame: Vec<u8>) {
        let jitter = match self.far_apart {
            true => self.below(10) + self.sent_again(),
            false => self.below(10),
        };
        let Some(link) = self.links.get_mut(&pair(from, to)) else {
            return;
        };
        self.traffic.0 += frame.len() as u64;
        self.traffic.1 += 1;
        if let Some(probe) = &mut self.probe {
            probe.carries(&frame);
        }
        // In order, one after another, never before the link is up there.
        let arrives = &mut link.arrives[usize::from(to > from)];
        let sent = (self.now + link.latency + jitter).max(*arrives);
        *arrives = sent + frame.len() as u64 / BANDWIDTH;
        let (at, epoch) = (*arrives, link.epoch);
        self.schedule(
            at,
            Event::Frame {
                epoch,
                from,
                to,
                frame,
            },
        );
    }
}

pub(super) fn pair(a: usize, b: usize) -> (usize, usize) {
    (a.min(b), a.max(b))
}
