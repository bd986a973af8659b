//! The relay: it names peers and carries signals, or does not.

use tablon_core::hash::PeerId;
use tablon_core::node::{Input, Introducer};
use tablon_core::relay::{MAX_SAMPLE, SignedSignal};

use super::{Event, Party, World};

/// How the relay behaves.
#[derive(Debug)]
pub(crate) struct Relay {
    pub(crate) up: bool,
    /// It names these alone.
    pub(crate) names: Option<Vec<PeerId>>,
    /// It carries messages for those between whom no direct link opens.
    pub(crate) tunnels: bool,
    /// It carries every signal twice, out of order.
    pub(crate) stutters: bool,
}

impl Default for Relay {
    fn default() -> Self {
        Self {
            up: true,
            names: None,
            tunnels: true,
            stutters: false,
        }
    }
}

/// What happens at the relay and on the way from it.
#[derive(Debug)]
pub(super) enum Step {
    /// A tab asks for peers.
    Find { who: usize, life: u32 },
    /// A signal arrives.
    Carry {
        from: usize,
        life: u32,
        signed: Box<SignedSignal>,
    },
    /// A signal reaches its addressee.
    Deliver {
        to: usize,
        signed: Box<SignedSignal>,
    },
    /// The sender is told that a signal cannot be carried.
    Absent { to: usize, life: u32, peer: PeerId },
}

impl World {
    pub(super) fn relays(&mut self, step: Step) {
        match step {
            Step::Find { who, life } => {
                if self.life(who) == life && self.relay.up {
                    let peers = self.sample(who);
                    let by = Introducer::Relay;
                    self.feed(who, Input::Introduced { by, peers });
                }
            }
            Step::Carry { from, life, signed } => self.carry_signal(from, life, signed),
            Step::Deliver { to, signed } => self.deliver_signal(to, *signed),
            Step::Absent { to, life, peer } => {
                if self.life(to) == life {
                    self.feed(to, Input::Unreachable { peer });
                }
            }
        }
    }

    /// The relay is up again: tabs find it one by one, and its welcome names peers.
    pub(crate) fn relay_returns(&mut self) {
        if std::mem::replace(&mut self.relay.up, true) {
            return;
        }
        for who in self.open_tabs() {
            let (delay, life) = (self.below(5_000), self.life(who));
            self.schedule(self.now + delay, Event::Relays(Step::Find { who, life }));
        }
    }

    /// A node asks introducers for peers.
    pub(super) fn find_peers(&mut self, who: usize) {
        let mut siblings: Vec<usize> = self.open_tabs();
        siblings.retain(|other| *other != who && self.are_siblings(who, *other));
        if !siblings.is_empty() {
            let peers = siblings.iter().map(|other| self.id(*other)).collect();
            let by = Introducer::Siblings;
            self.feed(who, Input::Introduced { by, peers });
        }
        if self.relay.up {
            let (delay, life) = (20 + self.below(100), self.life(who));
            self.schedule(self.now + delay, Event::Relays(Step::Find { who, life }));
        }
    }

    /// A node hands the relay a signal.
    pub(super) fn hand_to_relay(&mut self, from: usize, signed: Box<SignedSignal>) {
        let life = self.life(from);
        let step = match self.relay.up {
            true => Step::Carry { from, life, signed },
            false => Step::Absent {
                to: from,
                life,
                peer: signed.signal.to,
            },
        };
        let delay = 10 + self.below(50);
        self.schedule(self.now + delay, Event::Relays(step));
    }

    fn carry_signal(&mut self, from: usize, life: u32, signed: Box<SignedSignal>) {
        let peer = signed.signal.to;
        let to = self.by_id.get(&peer).copied();
        let reached = to.filter(|to| {
            self.relay.up && self.is_in_room(*to) && self.part_of(from) == self.part_of(*to)
        });
        let Some(to) = reached else {
            let (to, delay) = (from, 10 + self.below(50));
            self.schedule(
                self.now + delay,
                Event::Relays(Step::Absent { to, life, peer }),
            );
            return;
        };
        for _ in 0..=u8::from(self.relay.stutters) {
            let most = if self.relay.stutters { 3_000 } else { 50 };
            let delay = 10 + self.below(most);
            let signed = signed.clone();
            self.schedule(
                self.now + delay,
                Event::Relays(Step::Deliver { to, signed }),
            );
        }
    }

    fn deliver_signal(&mut self, to: usize, signed: SignedSignal) {
        match &mut self.parties[to] {
            Party::Tab(_) => self.feed(to, Input::Signalled(Box::new(signed))),
            Party::Puppet(puppet) => {
                if let Some(answer) = puppet.answers(&signed) {
                    self.hand_to_relay(to, Box::new(answer));
                }
            }
        }
    }

    fn is_in_room(&self, who: usize) -> bool {
        match &self.parties[who] {
            Party::Tab(tab) => tab.node.is_some(),
            Party::Puppet(puppet) => puppet.accepts,
        }
    }

    fn sample(&mut self, who: usize) -> Vec<PeerId> {
        if let Some(names) = &self.relay.names {
            return names.clone();
        }
        let mut others: Vec<usize> = (0..self.parties.len())
            .filter(|other| *other != who && self.is_in_room(*other))
            .collect();
        while others.len() > MAX_SAMPLE {
            let out = self.below(others.len() as u64) as usize;
            others.swap_remove(out);
        }
        others.into_iter().map(|other| self.id(other)).collect()
    }
}
