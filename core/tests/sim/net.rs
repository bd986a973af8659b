//! The world: virtual time, links with latency, a relay, partitions, miners.
//!
//! One queue of events in the order of their time; one random generator. The
//! same seed gives the same run.

mod dial;
mod driver;
mod links;
mod parties;
mod probe;
mod relay;
mod sound;
mod timeline;

use std::collections::{BTreeMap, BTreeSet};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tablon_core::hash::{PeerId, TxId};
use tablon_core::miner;
use tablon_core::node::{Input, JobId, LinkEvent, LinkOrigin, MinerReport, MiningJob};
use tablon_core::params::Params;
use tablon_core::target::CompactTarget;
use tablon_core::transaction::StampJob;
use tablon_core::units::Timestamp;
use tablon_core::view::LinkKind;
use tablon_core::wire::Message;

use self::links::pair;
pub(crate) use self::probe::{Content, Probe};
pub(crate) use self::relay::Relay;
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
        // Chains are made that are older than their world.
        born: Timestamp(0),
        spacing: 10,
        initial: CompactTarget(0x2000_ffff),
        easiest: CompactTarget(0x207f_ffff),
        stamp_bits: 2,
        ..Params::default_network()
    }
}

enum Party {
    Tab(Box<Tab>),
    Puppet(Box<Puppet>),
}

struct Link {
    epoch: u64,
    kind: LinkKind,
    latency: u64,
    /// When the last frame to the lower and to the higher party arrives.
    arrives: [u64; 2],
    /// Whether the lower and the higher party dialled it.
    dialled: [bool; 2],
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
    Dials(dial::Step),
    Relays(relay::Step),
    Beat {
        who: usize,
    },
    Thaw {
        who: usize,
        life: u32,
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
    pub(crate) relay: Relay,
    pub(crate) closed: Vec<Closed>,
    pub(crate) acknowledged: Vec<Acknowledged>,
    /// Bytes and frames sent so far.
    pub(crate) traffic: (u64, u64),
    /// Links opened so far.
    pub(crate) opened: u64,
    /// Pairs between which no direct link opens.
    pub(crate) walls: BTreeSet<(usize, usize)>,
    /// Tabs of one browser each: they find each other without anybody's help.
    pub(crate) browsers: Vec<Vec<usize>>,
    seed: u64,
    rng: ChaCha8Rng,
    queue: BTreeMap<(u64, u64), Event>,
    events: u64,
    parties: Vec<Party>,
    by_id: BTreeMap<PeerId, usize>,
    links: BTreeMap<(usize, usize), Link>,
    adjacent: BTreeMap<usize, BTreeSet<usize>>,
    /// Which part of a divided network each party is in.
    part: BTreeMap<usize, u8>,
    flaky: Option<u64>,
    /// Of a link one way, ms: at least, and below.
    pub(crate) latency: (u64, u64),
    /// Latencies as they are between people's homes instead.
    pub(crate) far_apart: bool,
    /// Watches what passes, when asked for.
    pub(crate) probe: Option<Probe>,
    timeline: timeline::Timeline,
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
            relay: Relay::default(),
            closed: Vec::new(),
            acknowledged: Vec::new(),
            traffic: (0, 0),
            opened: 0,
            walls: BTreeSet::new(),
            browsers: Vec::new(),
            seed,
            rng: ChaCha8Rng::seed_from_u64(seed),
            queue: BTreeMap::new(),
            events: 0,
            parties: Vec::new(),
            by_id: BTreeMap::new(),
            links: BTreeMap::new(),
            adjacent: BTreeMap::new(),
            part: BTreeMap::new(),
            flaky: None,
            latency: (5, 80),
            far_apart: false,
            probe: None,
            timeline: timeline::Timeline::default(),
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
                    self.feed(who, Input::Link(LinkEvent::Down { peer, reason }));
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
                    self.feed(who, Input::Miner(MinerReport::Stamped { job, stamp }));
                }
            }
            Event::Dials(step) => self.dials(step),
            Event::Relays(step) => self.relays(step),
            Event::Beat { who } => self.beat(who),
            Event::Thaw { who, life } => {
                if self.life(who) == life {
                    self.thaw(who);
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
        match &mut self.parties[who] {
            Party::Tab(_) => {
                let link = self.links[&pair(who, whom)].kind;
                let origin = match self.dialled(who, whom) {
                    true => LinkOrigin::Outbound,
                    false => LinkOrigin::Inbound(None),
                };
                self.feed(who, Input::Link(LinkEvent::Up { peer, link, origin }));
            }
            Party::Puppet(puppet) => {
                let says = puppet.greeting.as_ref();
                let greeting = says.map(|says| says(self.now)).unwrap_or_default();
                for message in greeting {
                    self.carry(who, whom, message.to_frame());
                }
            }
        }
    }

    fn deliver(&mut self, from: usize, to: usize, frame: Vec<u8>) {
        let peer = self.id(from);
        if let Some(probe) = &mut self.probe {
            probe.delivers(from, to, &frame);
        }
        match &mut self.parties[to] {
            Party::Tab(_) => self.feed(to, Input::Link(LinkEvent::Received { peer, frame })),
            Party::Puppet(puppet) => {
                let message = Message::from_frame(&frame).expect("nodes send messages");
                let mut answers = Vec::new();
                (puppet.script)(&message, &mut answers);
                if let Message::Signal(signed) = &message
                    && let Some(answer) = puppet.answers(signed)
                {
                    answers.push(Message::Signal(Box::new(answer)));
                }
                puppet.heard.push(message);
                for answer in answers {
                    self.carry(to, from, answer.to_frame());
                }
            }
        }
    }

    // A puppet acts of itself, on all its links.
    fn beat(&mut self, who: usize) {
        let now = self.now;
        let Party::Puppet(puppet) = &mut self.parties[who] else {
            return;
        };
        let Some((every, act)) = &mut puppet.beat else {
            return;
        };
        let (again, frames) = (now + *every, act(now));
        for to in self.links_of(who) {
            for frame in &frames {
                self.carry(who, to, frame.clone());
            }
        }
        self.schedule(again, Event::Beat { who });
    }
}
