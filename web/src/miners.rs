//! The miner workers: started when work comes, started again when they die.
//!
//! The page starts them and passes on what they and the node say to each other:
//! a worker that starts workers of its own can hang in Firefox (ADR 5).
//!
//! One more of them only finds stamps, so that mining and posting do not wait
//! for each other. It is loaded when the page has nothing more urgent to load,
//! and before a post needs it: a post must not need the server that the page
//! came from.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use tablon_core::node::{JobId, MinerReport, MiningJob};
use tablon_core::transaction::StampJob;

use crate::backoff::Backoff;
use crate::child::{Child, Said};
use crate::miner::DUTIES;
use crate::random;
use crate::threads::{FromMiner, Notice, ToMiner};

/// The miner's script, beside the page.
const MINER_SCRIPT: &str = "miner_loader.js";

/// A worker that is not ready after so many milliseconds is taken for dead:
/// browsers tell of a script that fails, but not of one that never comes.
const LOADING: u32 = 10_000;

/// Miner workers, at most, whatever the node asks for.
const MAX_MINERS: u32 = 64;

/// What the miners tell the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MinerEvent {
    /// What the node is to hear.
    Report(MinerReport),
    /// The kernel that a miner found the fastest here.
    Chosen {
        /// Its name.
        kernel: String,
    },
    /// The GPU does not mine, and is not asked again until it is switched on anew.
    NoGpu {
        /// For people.
        reason: String,
    },
    /// Something that the person should know.
    Notice(Notice),
}

/// All miner workers of one node; the last clone ends them.
#[derive(Clone)]
pub struct Miners(Rc<Inner>);

struct Inner {
    report: Box<dyn Fn(MinerEvent)>,
    job: RefCell<Option<MiningJob>>,
    /// Percent of the time that miners work.
    duty: Cell<u32>,
    /// Miners rest whatever there is to mine.
    paused: Cell<bool>,
    /// The GPU mines beside the cores.
    gpu: Cell<bool>,
    /// Asked for and not yet found; the node bounds them.
    stamps: RefCell<BTreeMap<JobId, StampJob>>,
    places: RefCell<BTreeMap<Place, Holder>>,
}

/// What a worker is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Stamps,
    Share(u32),
    Gpu,
}

/// A place and whoever holds it; dropping it ends the worker.
struct Holder {
    backoff: Backoff,
    state: State,
}

enum State {
    Loading { child: Child, _limit: Timeout },
    Working(Child),
    Dead { _revival: Option<Timeout> },
}

impl Miners {
    /// No worker yet; what happens goes to `report`.
    pub fn new(report: impl Fn(MinerEvent) + 'static) -> Self {
        Self(Rc::new(Inner {
            report: Box::new(report),
            job: RefCell::default(),
            duty: Cell::new(*DUTIES.end()),
            paused: Cell::new(false),
            gpu: Cell::new(false),
            stamps: RefCell::default(),
            places: RefCell::default(),
        }))
    }

    /// Load the worker for stamps.
    pub fn prepare(&self) {
        self.0.fill(Place::Stamps);
    }

    /// Replace what is mined; `None` rests.
    pub fn mine(&self, job: Option<MiningJob>) {
        let inner = &self.0;
        let Some(job) = job else {
            inner.job.take();
            inner.to_miners(&ToMiner::Rest);
            return;
        };
        let threads = job.threads.min(MAX_MINERS);
        *inner.job.borrow_mut() = Some(MiningJob { threads, ..job });
        inner.share_out();
    }

    /// Have miners work so much of the time, percent. Stamps are found at once
    /// all the same.
    pub fn set_duty(&self, percent: u32) {
        let inner = &self.0;
        if inner.duty.replace(percent) != percent {
            inner.to_miners(&ToMiner::Duty { percent });
        }
    }

    /// Rest all miners, or go on with what there is to mine now.
    pub fn pause(&self, paused: bool) {
        let inner = &self.0;
        if inner.paused.replace(paused) == paused {
            return;
        }
        if paused {
            inner.to_miners(&ToMiner::Rest);
        } else {
            inner.share_out();
        }
    }

    /// Have the GPU mine as well, or no longer.
    pub fn set_gpu(&self, wanted: bool) {
        let inner = &self.0;
        inner.gpu.set(wanted);
        if wanted {
            inner.share_out();
        } else {
            inner.places.borrow_mut().remove(&Place::Gpu);
        }
    }

    /// Find a stamp.
    pub fn stamp(&self, job: JobId, work: StampJob) {
        let inner = &self.0;
        let order = ToMiner::Stamp {
            job,
            work: work.clone(),
        };
        inner.stamps.borrow_mut().insert(job, work);
        inner.fill(Place::Stamps);
        inner.send(Place::Stamps, &order);
    }
}

impl Inner {
    fn say(&self, event: MinerEvent) {
        (self.report)(event);
    }

    /// See to it that as many miners as there are shares mine the job.
    fn share_out(self: &Rc<Self>) {
        let Some(threads) = self.job.borrow().as_ref().map(|job| job.threads) else {
            return;
        };
        if self.paused.get() {
            return;
        }
        self.places
            .borrow_mut()
            .retain(|place, _| !matches!(place, Place::Share(index) if *index >= threads));
        let gpu = self.gpu.get().then_some(Place::Gpu);
        for place in (0..threads).map(Place::Share).chain(gpu) {
            self.fill(place);
            self.give_work(place);
        }
    }

    /// See to it that somebody holds the place, now or after a while.
    fn fill(self: &Rc<Self>, place: Place) {
        if !self.places.borrow().contains_key(&place) {
            let holder = Holder {
                backoff: Backoff::new(250, 30_000),
                state: State::Dead { _revival: None },
            };
            self.places.borrow_mut().insert(place, holder);
            self.load(place);
        }
    }

    fn load(self: &Rc<Self>, place: Place) {
        match self.start_worker(place) {
            Ok(child) => {
                let weak = Rc::downgrade(self);
                let _limit = Timeout::new(LOADING, move || {
                    if let Some(this) = weak.upgrade() {
                        this.died(place, format!("it was not ready after {LOADING} ms"));
                    }
                });
                self.set(place, State::Loading { child, _limit });
            }
            Err(reason) => self.say(MinerEvent::Notice(Notice::NoMiners { reason })),
        }
    }

    fn set(&self, place: Place, state: State) {
        if let Some(holder) = self.places.borrow_mut().get_mut(&place) {
            holder.state = state;
        }
    }

    fn start_worker(self: &Rc<Self>, place: Place) -> Result<Child, String> {
        let name = match place {
            Place::Stamps => "tablon stamps".to_owned(),
            Place::Share(index) => format!("tablon miner {index}"),
            Place::Gpu => "tablon miner on the GPU".to_owned(),
        };
        let weak = Rc::downgrade(self);
        Child::start(MINER_SCRIPT, &name, move |said| {
            let Some(this) = weak.upgrade() else { return };
            match said {
                Said::Message(message) => this.heard(place, message),
                Said::Death(reason) => this.died(place, reason),
            }
        })
    }

    fn heard(self: &Rc<Self>, place: Place, message: FromMiner) {
        let event = match message {
            FromMiner::Ready => return self.ready(place),
            FromMiner::Died { reason } => return self.died(place, reason),
            FromMiner::Chosen { kernel } => MinerEvent::Chosen { kernel },
            FromMiner::NoGpu { reason } => {
                self.gpu.set(false);
                self.places.borrow_mut().remove(&Place::Gpu);
                MinerEvent::NoGpu { reason }
            }
            FromMiner::Report(report) => {
                if let MinerReport::Stamped { job, .. } = &report {
                    self.stamps.borrow_mut().remove(job);
                }
                MinerEvent::Report(report)
            }
        };
        // Whoever has got some work done may die again without much ado.
        if let Some(holder) = self.places.borrow_mut().get_mut(&place) {
            holder.backoff.reset();
        }
        self.say(event);
    }

    fn ready(&self, place: Place) {
        if let Some(holder) = self.places.borrow_mut().get_mut(&place) {
            let dead = State::Dead { _revival: None };
            holder.state = match std::mem::replace(&mut holder.state, dead) {
                State::Loading { child, .. } => State::Working(child),
                other => other,
            };
        }
        let percent = self.duty.get();
        if percent != *DUTIES.end() {
            self.send(place, &ToMiner::Duty { percent });
        }
        self.give_work(place);
    }

    fn give_work(&self, place: Place) {
        match place {
            Place::Stamps => {
                for (job, work) in self.stamps.borrow().clone() {
                    self.send(place, &ToMiner::Stamp { job, work });
                }
            }
            Place::Share(index) => {
                if let Some(job) = self.to_mine() {
                    self.send(place, &ToMiner::Mine { job, index });
                }
            }
            Place::Gpu => {
                if let Some(job) = self.to_mine() {
                    self.send(place, &ToMiner::MineOnGpu { job });
                }
            }
        }
    }

    fn to_mine(&self) -> Option<MiningJob> {
        let job = self.job.borrow().clone();
        job.filter(|_| !self.paused.get())
    }

    /// To a worker that is loading nothing is sent: it asks when it is ready.
    fn send(&self, place: Place, order: &ToMiner) {
        if let Some(holder) = self.places.borrow().get(&place)
            && let State::Working(child) = &holder.state
        {
            child.send(order);
        }
    }

    fn to_miners(&self, order: &ToMiner) {
        let places: Vec<Place> = self.places.borrow().keys().copied().collect();
        for place in places {
            if place != Place::Stamps {
                self.send(place, order);
            }
        }
    }

    fn died(self: &Rc<Self>, place: Place, reason: String) {
        let weak = Rc::downgrade(self);
        if let Some(holder) = self.places.borrow_mut().get_mut(&place) {
            let wait = holder.backoff.next(random::number());
            holder.state = State::Dead {
                _revival: Some(Timeout::new(wait, move || {
                    if let Some(this) = weak.upgrade() {
                        this.load(place);
                    }
                })),
            };
        }
        self.say(MinerEvent::Notice(Notice::MinerRestarted { reason }));
    }
}
