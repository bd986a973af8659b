//! The world: virtual time, links with latency, a relay, partitions, miners.
//!
//! One queue of events in the order of their time; one random generator. The
//! same seed gives the same run.

use std::collections::{BTreeMap, BTreeSet};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::hash::{BlockHash, PeerId, TxId};
use tablon_core::miner;
use tablon_core::node::{Input, JobId, MAX_NEIGHBOURS, MiningJob, Node, Output, RequestId};
use tablon_core::params::Params;
use tablon_core::relay::MAX_SAMPLE;
use tablon_core::target::CompactTarget;
use tablon_core::transaction::StampJob;
use tablon_core::units::Height;
use tablon_core::view::{Delta, LinkKind, Status};
use tablon_core::wire::{MAX_FRAME, Message};

use crate::faults::{Puppet, Script};
use crate::node::Tab;

/// When every world begins, ms since 1970.
pub(crate) const START: u64 = 1_700_000_000_000;
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
    latency: (u64, u64),
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

    // ---- who is there -----------------------------------------------------

    /// Open a new tab.
    pub(crate) fn tab(&mut self) -> usize {
        let who = self.closed_tab();
        self.open(who);
        who
    }

    /// A tab that is not open yet.
    pub(crate) fn closed_tab(&mut self) -> usize {
        let who = self.parties.len();
        let tab = Tab::new(who as u8);
        self.by_id.insert(tab.id(), who);
        self.parties.push(Party::Tab(Box::new(tab)));
        who
    }

    /// Open a closed or crashed tab from its store.
    pub(crate) fn open(&mut self, who: usize) {
        let (params, seed, now) = (self.params.clone(), self.seed, self.now);
        let tab = self.at_mut(who);
        assert!(tab.node.is_none(), "tab {who} is open");
        tab.life += 1;
        tab.deltas.clear();
        let (config, time) = (tab.config(&params, seed), tab.time(now));
        let (node, outputs) = Node::open(config, tab.backend.clone(), time).expect("it opens");
        tab.node = Some(node);
        for output in outputs {
            self.owe(who, output);
        }
    }

    /// Kill a tab: what it had not committed is lost, its links break.
    pub(crate) fn crash(&mut self, who: usize) {
        let tab = self.at_mut(who);
        tab.backend = tab.backend.snapshot();
        tab.node = None;
        tab.life += 1;
        let links: Vec<_> = self.links_of(who);
        for whom in links {
            self.unlink(who, whom);
            let delay = 50 + self.below(500);
            self.tell_down(whom, who, delay, "the peer crashed");
        }
    }

    /// A peer that follows a script.
    pub(crate) fn puppet(&mut self, script: Script) -> usize {
        let who = self.parties.len();
        let puppet = Puppet::new(who as u8, script);
        self.by_id.insert(puppet.id, who);
        self.parties.push(Party::Puppet(puppet));
        who
    }

    pub(crate) fn at(&self, who: usize) -> &Tab {
        match &self.parties[who] {
            Party::Tab(tab) => tab,
            Party::Puppet(_) => panic!("{who} is a puppet"),
        }
    }

    pub(crate) fn at_mut(&mut self, who: usize) -> &mut Tab {
        match &mut self.parties[who] {
            Party::Tab(tab) => tab,
            Party::Puppet(_) => panic!("{who} is a puppet"),
        }
    }

    pub(crate) fn heard(&self, who: usize) -> &[Message] {
        match &self.parties[who] {
            Party::Puppet(puppet) => &puppet.heard,
            Party::Tab(_) => panic!("{who} is a tab"),
        }
    }

    pub(crate) fn id(&self, who: usize) -> PeerId {
        match &self.parties[who] {
            Party::Tab(tab) => tab.id(),
            Party::Puppet(puppet) => puppet.id,
        }
    }

    /// Tabs that are open.
    pub(crate) fn open_tabs(&self) -> Vec<usize> {
        (0..self.parties.len())
            .filter(|who| matches!(&self.parties[*who], Party::Tab(tab) if tab.node.is_some()))
            .collect()
    }

    fn life(&self, who: usize) -> u32 {
        match &self.parties[who] {
            Party::Tab(tab) => tab.life,
            Party::Puppet(_) => 0,
        }
    }

    // ---- links ------------------------------------------------------------

    fn links_of(&self, who: usize) -> Vec<usize> {
        self.links
            .keys()
            .filter_map(|(a, b)| match who {
                _ if *a == who => Some(*b),
                _ if *b == who => Some(*a),
                _ => None,
            })
            .collect()
    }

    pub(crate) fn linked(&self, a: usize, b: usize) -> bool {
        self.links.contains_key(&pair(a, b))
    }

    /// Open a link at once, as if dialled.
    pub(crate) fn link(&mut self, a: usize, b: usize) {
        self.events += 1;
        let epoch = self.events;
        let latency = self.latency.0 + self.below(self.latency.1 - self.latency.0);
        let mut arrives = [0; 2];
        let (low, high) = pair(a, b);
        for (slot, who, whom) in [(0, low, high), (1, high, low)] {
            arrives[slot] = self.now + self.below(30);
            self.schedule(arrives[slot], Event::Up { epoch, who, whom });
        }
        let link = Link {
            epoch,
            latency,
            arrives,
        };
        let before = self.links.insert((low, high), link);
        assert!(before.is_none(), "{a} and {b} are linked");
    }

    /// Link every two open tabs.
    pub(crate) fn link_all(&mut self) {
        let tabs = self.open_tabs();
        for (place, a) in tabs.iter().enumerate() {
            for b in &tabs[place + 1..] {
                if !self.linked(*a, *b) {
                    self.link(*a, *b);
                }
            }
        }
    }

    fn unlink(&mut self, a: usize, b: usize) {
        self.links.remove(&pair(a, b));
    }

    fn tell_down(&mut self, who: usize, whom: usize, delay: u64, reason: &str) {
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

    fn part_of(&self, who: usize) -> u8 {
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

    fn carry(&mut self, from: usize, to: usize, frame: Vec<u8>) {
        let jitter = self.below(10);
        let Some(link) = self.links.get_mut(&pair(from, to)) else {
            return;
        };
        self.traffic.0 += frame.len() as u64;
        self.traffic.1 += 1;
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

    // ---- time -------------------------------------------------------------

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

    // ---- the driver's part ------------------------------------------------

    /// Give a node an input and do what it asks for.
    pub(crate) fn feed(&mut self, who: usize, input: Input) {
        let now = self.now;
        let tab = self.at_mut(who);
        let time = tab.time(now);
        let Some(node) = &mut tab.node else { return };
        tab.inputs += 1;
        let recorded = tab.record.is_some().then(|| input.clone());
        let outputs = node.step(time, input);
        if let (Some(record), Some(input)) = (&mut tab.record, recorded) {
            record.push((time, input, outputs.clone()));
        }
        for output in outputs {
            self.owe(who, output);
        }
    }

    fn owe(&mut self, who: usize, output: Output) {
        let life = self.life(who);
        match output {
            Output::Send { peer, frame } => {
                assert!(frame.len() <= MAX_FRAME, "{} bytes", frame.len());
                let to = self.by_id[&peer];
                self.carry(who, to, frame);
            }
            Output::Disconnect { peer, reason } => {
                let whom = self.by_id[&peer];
                self.trace(|| format!("{who} closes its link to {whom}: {reason}"));
                self.closed.push(Closed {
                    at: self.now,
                    by: who,
                    whom,
                    reason,
                });
                self.unlink(who, whom);
                self.tell_down(whom, who, 20, "closed by the peer");
            }
            Output::Dial { peer } => {
                let delay = 100 + self.below(400);
                let event = Event::Dial {
                    from: who,
                    life,
                    to: peer,
                };
                self.schedule(self.now + delay, event);
            }
            Output::FindPeers => {
                if self.relay_up {
                    let delay = 20 + self.below(100);
                    self.schedule(self.now + delay, Event::Introduce { who, life });
                }
            }
            Output::Mine { job } => self.mine_job(who, life, job),
            Output::Stamp { job, work } => {
                let delay = 20 + self.below(300);
                let event = Event::Stamp {
                    who,
                    life,
                    job,
                    work,
                };
                self.schedule(self.now + delay, event);
            }
            Output::Reply { id, result } => {
                if let Ok(Reply::Posted(id)) = &result {
                    self.acknowledged.push(Acknowledged { by: who, id: *id });
                }
                self.at_mut(who).replies.insert(id, result);
            }
            Output::Show(delta) => self.at_mut(who).deltas.push(delta),
            Output::Stop { reason, .. } => panic!("tab {who} stopped: {reason}"),
            Output::WakeAt(time) => {
                let now = self.now;
                let tab = self.at_mut(who);
                assert!(time > tab.time(now), "a wake-up must lie ahead");
                tab.wake += 1;
                let number = tab.wake;
                let at = now + time.since(tab.time(now));
                self.schedule(at, Event::Wake { who, life, number });
            }
        }
    }

    fn mine_job(&mut self, who: usize, life: u32, job: Option<MiningJob>) {
        let tab = self.at_mut(who);
        tab.mining += 1;
        let (number, rate) = (tab.mining, tab.rate);
        let Some(job) = job.filter(|_| rate > 0) else {
            return;
        };
        let wait = self.exponential(expected_hashes(&job.target) * 1000.0 / rate as f64);
        let job = Box::new(job);
        self.schedule(
            self.now + wait,
            Event::Solve {
                who,
                life,
                number,
                job,
            },
        );
    }

    fn solve(&mut self, who: usize, job: &MiningJob) {
        let first = self.rng.next_u32();
        let nonce = miner::search(&job.header, &job.target, first, u32::MAX)
            .expect("targets of a simulation are easy");
        let job = job.job;
        self.feed(who, Input::Solved { job, nonce });
    }

    // ---- what people do ---------------------------------------------------

    /// Ask a node and get the answer at once.
    pub(crate) fn ask(&mut self, who: usize, command: Command) -> Result<Reply, Refusal> {
        let id = self.request(who, command);
        let replies = &mut self.at_mut(who).replies;
        replies.remove(&id).expect("answered within the step")
    }

    /// Ask a node; the answer comes later.
    pub(crate) fn request(&mut self, who: usize, command: Command) -> RequestId {
        let tab = self.at_mut(who);
        tab.requests += 1;
        let id = RequestId(tab.requests);
        self.feed(who, Input::Command { id, command });
        id
    }

    /// Write a post.
    pub(crate) fn post(&mut self, who: usize, body: &str) -> RequestId {
        let command = Command::Post {
            body: body.into(),
            name: String::new(),
            topic: String::new(),
            reply_to: None,
        };
        self.request(who, command)
    }

    /// Mine with so many hashes a second; 0 stops.
    pub(crate) fn mine(&mut self, who: usize, rate: u64) {
        self.at_mut(who).rate = rate;
        let threads = u32::from(rate > 0);
        self.ask(who, Command::Mine { threads })
            .expect("one thread");
    }

    pub(crate) fn status(&self, who: usize) -> Status {
        let tab = self.at(who);
        tab.alive().status(tab.time(self.now))
    }

    pub(crate) fn tip(&self, who: usize) -> (Height, BlockHash) {
        let status = self.status(who);
        (status.height, status.tip)
    }

    // ---- what must hold ---------------------------------------------------

    /// Whether all open tabs have one tip.
    pub(crate) fn agreed(&self) -> bool {
        let tips: BTreeSet<_> = self
            .open_tabs()
            .into_iter()
            .map(|who| self.tip(who))
            .collect();
        tips.len() <= 1
    }

    /// Ids of the posts on a node's chain, newest first.
    pub(crate) fn on_chain(&mut self, who: usize) -> Vec<TxId> {
        let mut ids = Vec::new();
        let mut before = None;
        loop {
            let page = self.ask(who, Command::Notes { before, limit: 500 });
            let Ok(Reply::Notes(notes)) = page else {
                panic!("{page:?}")
            };
            let Some(last) = notes.last() else { return ids };
            before = Some((last.height, last.place));
            ids.extend(notes.iter().map(|note| note.post.id));
        }
    }

    /// Ids of the posts that wait at a node.
    pub(crate) fn pending(&mut self, who: usize) -> Vec<TxId> {
        match self.ask(who, Command::Pending) {
            Ok(Reply::Pending(waiting)) => waiting.iter().map(|post| post.id).collect(),
            other => panic!("{other:?}"),
        }
    }

    /// Whether every acknowledged post is at every open tab.
    pub(crate) fn all_posts_everywhere(&mut self) -> bool {
        let acknowledged: Vec<TxId> = self.acknowledged.iter().map(|post| post.id).collect();
        self.open_tabs().into_iter().all(|who| {
            let mut there: BTreeSet<_> = self.on_chain(who).into_iter().collect();
            there.extend(self.pending(who));
            acknowledged.iter().all(|id| there.contains(id))
        })
    }

    /// One tip; every acknowledged post on the chain or waiting at every node,
    /// once; and no node thinks ill of an honest one.
    pub(crate) fn must_be_sound(&mut self) {
        assert!(self.agreed(), "one tip\n{}", self.summary());
        let acknowledged = self.acknowledged.clone();
        for who in self.open_tabs() {
            self.watchers_see_the_tip(who);
            let (chain, pending) = (self.on_chain(who), self.pending(who));
            let once: BTreeSet<_> = chain.iter().copied().collect();
            assert_eq!(once.len(), chain.len(), "a post stands once on the chain");
            for Acknowledged { by, id } in &acknowledged {
                let times = usize::from(once.contains(id))
                    + pending.iter().filter(|waiting| *waiting == id).count();
                assert_eq!(
                    times,
                    1,
                    "post {id} of tab {by} at tab {who}\n{}",
                    self.summary()
                );
            }
        }
        self.no_honest_tab_was_punished();
    }

    // What was shown since the tab opened adds up to what is.
    fn watchers_see_the_tip(&self, who: usize) {
        let mut height = None;
        for delta in &self.at(who).deltas {
            if let Delta::Tip {
                fork,
                disconnected,
                height: new,
                ..
            } = delta
            {
                if let Some(before) = height {
                    assert_eq!(fork.0 + disconnected.len() as u32, before);
                }
                height = Some(new.0);
            }
        }
        let shown = self
            .at(who)
            .deltas
            .iter()
            .rev()
            .find_map(|delta| match delta {
                Delta::Tip { height, hash, .. } => Some((*height, *hash)),
                _ => None,
            });
        assert!(shown.is_none_or(|shown| shown == self.tip(who)));
    }

    pub(crate) fn no_honest_tab_was_punished(&self) {
        for closed in &self.closed {
            let honest = matches!(self.parties[closed.whom], Party::Tab(_));
            let fair = ["neighbours are the most", "did not answer", "makes room"]
                .iter()
                .any(|fair| closed.reason.contains(fair));
            assert!(!honest || fair, "{closed:?}");
        }
    }

    /// Why `by` closed its link to `whom`, the last time.
    pub(crate) fn why_closed(&self, by: usize, whom: usize) -> Option<&str> {
        let mut of_them = self.closed.iter().rev();
        of_them
            .find(|closed| closed.by == by && closed.whom == whom)
            .map(|closed| closed.reason.as_str())
    }

    pub(crate) fn summary(&self) -> String {
        let mut text = format!("after {} ms:\n", self.now - START);
        for who in self.open_tabs() {
            let status = self.status(who);
            text += &format!(
                "  tab {who}: height {} tip {} pending {} peers {:?} want {} syncing {} mining {:?}\n",
                status.height,
                &status.tip.to_string()[52..],
                status.pending,
                self.links_of(who),
                status.sync.want,
                status.sync.syncing,
                status.mining.state,
            );
        }
        for closed in self.closed.iter().rev().take(8) {
            text += &format!("  {} ms: {closed:?}\n", closed.at - START);
        }
        text
    }
}

fn pair(a: usize, b: usize) -> (usize, usize) {
    (a.min(b), a.max(b))
}

fn expected_hashes(target: &[u8; 32]) -> f64 {
    let share = target
        .iter()
        .rev()
        .fold((0.0, 1.0), |(sum, scale): (f64, f64), byte| {
            let scale = scale / 256.0;
            (sum + f64::from(*byte) * scale, scale)
        })
        .0;
    1.0 / share
}
