//! The world: virtual time, links with latency, a relay, partitions, miners.
//!
//! One queue of events in the order of their time; one random generator. The
//! same seed gives the same run.

mod driver;
mod links;
mod parties;
mod sound;

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tablon_core::hash::{PeerId, TxId};
use tablon_core::miner;
use tablon_core::node::{Input, JobId, MAX_NEIGHBOURS, MiningJob};
use tablon_core::params::Params;
use tablon_core::relay::MAX_SAMPLE;
use tablon_core::target::CompactTarget;
use tablon_core::transaction::StampJob;
use tablon_core::view::LinkKind;
use tablon_core::wire::Message;

use self::links::pair;
use crate::faults::Puppet;
use crate::node::Tab;

/// When every world begins, ms since 1970.
pub(crate) const START: u64 = 1_700_000_000_000;
pub(crate) const MINUTE: u64 = 60_000;

/// Bytes that a link carries in a millisecond.
const BANDWIDTH: u64 = 2_000;

/// A network on which a few hundred hashes are a lot: spacing 10 s.
pub(crate) fn easy_network() -> Params {
    Params {
        name: "simulation".into(),
        spacing: 10,
        initial: CompactTarget(0x2000_ffff),
        easiest: CompactTarget(0x207f_ffff),
        stamp_bits: 2,
        ..Params::default_network()
    }
}

enum Party {
    Tab(Box<Tab>),
    Puppet(Puppet),
}

struct Link {
    epoch: u64,
    latency: u64,
    /// When the last frame to the lower and to the higher party arrives.
    arrives: [u64; 2],
}

#[derive(Debug)]
enum Event {
    Up {
        epoch: u64,
        who: usize,
        whom: usize,
    },
    Frame {
        epoch: u64,
        from: usize,
        to: usize,
        frame: Vec<u8>,
    },
    Down {
        who: usize,
        whom: usize,
        life: u32,
        reason: String,
    },
    Wake {
        who: usize,
        life: u32,
        number: u64,
    },
    Solve {
        who: usize,
        life: u32,
        number: u64,
        job: Box<MiningJob>,
    },
    Stamp {
        who: usize,
        life: u32,
        job: JobId,
        work: StampJob,
    },
    Introduce {
        who: usize,
        life: u32,
    },
    Dial {
        from: usize,
        life: u32,
        to: PeerId,
    },
    CutSomeLink,
}

/// A link closed by a node's wish.
#[derive(Debug, Clone)]
pub(crate) struct Closed {
    pub(crate) at: u64,
    pub(crate) by: usize,
    pub(crate) whom: usize,
    pub(crate) reason: String,
}

/// A post that its writer was told to be stored.
#[derive(Debug, Clone)]
pub(crate) struct Acknowledged {
    pub(crate) by: usize,
    pub(crate) id: TxId,
}

pub(crate) struct World {
    pub(crate) params: Params,
    pub(crate) now: u64,
    pub(crate) relay_up: bool,
    pub(crate) closed: Vec<Closed>,
    pub(crate) acknowledged: Vec<Acknowledged>,
    /// Bytes and frames sent so far.
    pub(crate) traffic: (u64, u64),
    seed: u64,
    rng: ChaCha8Rng,
    queue: BTreeMap<(u64, u64), Event>,
    events: u64,
    parties: Vec<Party>,
    by_id: BTreeMap<PeerId, usize>,
    links: BTreeMap<(usize, usize), Link>,
    /// Which part of a divided network each party is in.
    part: BTreeMap<usize, u8>,
    flaky: Option<u64>,
    pub(crate) latency: (u64, u64),
    trace: bool,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self::with(easy_network(), seed)
    }

    #[allow(clippy::disallowed_methods)] // a test's own knob
    pub(crate) fn with(params: Params, seed: u64) -> Self {
        Self {
            params,
            now: START,
            relay_up: true,
            closed: Vec::new(),
            acknowledged: Vec::new(),
            traffic: (0, 0),
            seed,
            rng: ChaCha8Rng::seed_from_u64(seed),
            queue: BTreeMap::new(),
            events: 0,
            parties: Vec::new(),
            by_id: BTreeMap::new(),
            links: BTreeMap::new(),
            part: BTreeMap::new(),
            flaky: None,
            latency: (5, 80),
            trace: std::env::var_os("TABLON_SIM_TRACE").is_some(),
        }
    }

    /// A random number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.rng.next_u64() % bound.max(1)
    }

    // Exponential with this mean: how long the next event of a Poisson process takes.
    fn exponential(&mut self, mean: f64) -> u64 {
        let uniform = (self.rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        (-mean * (1.0 - uniform).ln()).min(1e12) as u64
    }

    fn schedule(&mut self, at: u64, event: Event) {
        self.events += 1;
        self.queue.insert((at, self.events), event);
    }

    /// Let `ms` milliseconds pass.
    pub(crate) fn run(&mut self, ms: u64) {
        let end = self.now + ms;
        while self.next(end) {}
        self.now = end;
    }

    /// Let time pass until `done`, looked at twice a second; panics after `limit`.
    pub(crate) fn run_until(
        &mut self,
        limit: u64,
        what: &str,
        mut done: impl FnMut(&mut Self) -> bool,
    ) {
        let end = self.now + limit;
        while !done(self) {
            assert!(
                self.now < end,
                "not within {limit} ms: {what}\n{}",
                self.summary()
            );
            self.run(500);
        }
    }

    fn next(&mut self, end: u64) -> bool {
        let Some((&(at, number), _)) = self.queue.first_key_value() else {
            return false;
        };
        if at > end {
            return false;
        }
        self.now = self.now.max(at);
        let event = self
            .queue
            .remove(&(at, number))
            .expect("it was there a line ago");
        self.trace(|| format!("{event:.200?}"));
        self.happen(event);
        true
    }

    #[allow(clippy::print_stderr)]
    fn trace(&self, text: impl FnOnce() -> String) {
        if self.trace {
            eprintln!("{:>9} {}", self.now - START, text());
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Up { epoch, who, whom } => {
                if self.epoch(who, whom) == Some(epoch) {
                    self.up(who, whom);
                }
            }
            Event::Frame {
                epoch,
                from,
                to,
                frame,
            } => {
                if self.epoch(from, to) == Some(epoch) {
                    self.deliver(from, to, frame);
                }
            }
            Event::Down {
                who,
                whom,
                life,
                reason,
            } => {
                // A newer link may be open already: the driver replaced it.
                if self.life(who) == life && !self.linked(who, whom) {
                    let peer = self.id(whom);
                    self.feed(who, Input::PeerDown { peer, reason });
                }
            }
            Event::Wake { who, life, number } => {
                if self.life(who) == life && self.at(who).wake == number {
                    self.feed(who, Input::Tick);
                }
            }
            Event::Solve {
                who,
                life,
                number,
                job,
            } => {
                if self.life(who) == life && self.at(who).mining == number {
                    self.solve(who, &job);
                }
            }
            Event::Stamp {
                who,
                life,
                job,
                work,
            } => {
                if self.life(who) == life {
                    let stamp = miner::search_stamp(&work, 0, u64::MAX).expect("few bits");
                    self.feed(who, Input::Stamped { job, stamp });
                }
            }
            Event::Introduce { who, life } => {
                if self.life(who) == life && self.relay_up {
                    let peers = self.sample(who);
                    self.feed(who, Input::Introduced { peers });
                }
            }
            Event::Dial { from, life, to } => {
                if self.life(from) == life {
                    self.dialled(from, to);
                }
            }
            Event::CutSomeLink => {
                let Some(mean) = self.flaky else { return };
                let links: Vec<_> = self.links.keys().copied().collect();
                if !links.is_empty() {
                    let (a, b) = links[self.below(links.len() as u64) as usize];
                    self.cut(a, b);
                }
                let wait = self.exponential(mean as f64);
                self.schedule(self.now + wait, Event::CutSomeLink);
            }
        }
    }

    fn epoch(&self, a: usize, b: usize) -> Option<u64> {
        self.links.get(&pair(a, b)).map(|link| link.epoch)
    }

    fn up(&mut self, who: usize, whom: usize) {
        let peer = self.id(whom);
        if let Party::Tab(_) = self.parties[who] {
            let link = LinkKind::Local;
            self.feed(who, Input::PeerUp { peer, link });
        }
    }

    fn deliver(&mut self, from: usize, to: usize, frame: Vec<u8>) {
        let peer = self.id(from);
        match &mut self.parties[to] {
            Party::Tab(_) => self.feed(to, Input::Received { peer, frame }),
            Party::Puppet(puppet) => {
                let message = Message::from_frame(&frame).expect("nodes send messages");
                let mut answers = Vec::new();
                (puppet.script)(&message, &mut answers);
                puppet.heard.push(message);
                for answer in answers {
                    self.carry(to, from, answer.to_frame());
                }
            }
        }
    }

    fn sample(&mut self, who: usize) -> Vec<PeerId> {
        let mut others: Vec<_> = self.open_tabs();
        others.retain(|other| *other != who);
        while others.len() > MAX_SAMPLE {
            let out = self.below(others.len() as u64) as usize;
            others.swap_remove(out);
        }
        others.into_iter().map(|other| self.id(other)).collect()
    }

    // As the browser's links do it: signals travel by the relay, a full
    // addressee says so, a link that is open stays.
    fn dialled(&mut self, from: usize, peer: PeerId) {
        let to = self.by_id[&peer];
        if self.linked(from, to) {
            return;
        }
        let there = match &self.parties[to] {
            Party::Tab(tab) => tab.node.is_some(),
            Party::Puppet(_) => false,
        };
        let room = |who: usize| self.links_of(who).len() < MAX_NEIGHBOURS;
        if self.relay_up
            && there
            && self.part_of(from) == self.part_of(to)
            && room(from)
            && room(to)
        {
            self.link(from, to);
        } else {
            self.feed(from, Input::DialFailed { peer });
        }
    }
}
