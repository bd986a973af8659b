//! The miner workers: started when work comes, started again when they die.
//!
//! One more of them only finds stamps, so that mining and posting do not wait
//! for each other. It is loaded at once: a post must not need the server that
//! the page came from.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use tablon_core::node::{JobId, MiningJob};
use tablon_core::transaction::{Stamp, StampJob};
use wasm_bindgen::JsCast;
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use crate::backoff::Backoff;
use crate::random;
use crate::structured::{self, explain};
use crate::threads::{FromMiner, Notice, ToMiner};

/// The miner's script, beside the node's.
const MINER_SCRIPT: &str = "miner_loader.js";

/// Miner workers, at most, whatever the node asks for.
const MAX_MINERS: u32 = 64;

/// What the miners tell the driver.
pub(super) enum MinerEvent {
    Solved { job: JobId, nonce: u32 },
    Hashed { hashes: u64 },
    Stamped { job: JobId, stamp: Stamp },
    Notice(Notice),
}

/// All miner workers of this tab.
pub(super) struct Miners(Rc<Inner>);

struct Inner {
    report: Box<dyn Fn(MinerEvent)>,
    job: RefCell<Option<MiningJob>>,
    /// Asked for and not yet found; the node bounds them.
    stamps: RefCell<BTreeMap<JobId, StampJob>>,
    places: RefCell<BTreeMap<Place, Holder>>,
}

/// What a worker is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Stamps,
    Share(u32),
}

/// A place and whoever holds it; dropping it ends the worker.
struct Holder {
    backoff: Backoff,
    state: State,
}

enum State {
    Loading(Hand),
    Working(Hand),
    Dead { _revival: Option<Timeout> },
}

struct Hand {
    worker: Worker,
    _listeners: [EventListener; 2],
}

impl Drop for Hand {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}

impl Miners {
    pub(super) fn new(report: impl Fn(MinerEvent) + 'static) -> Self {
        Self(Rc::new(Inner {
            report: Box::new(report),
            job: RefCell::default(),
            stamps: RefCell::default(),
            places: RefCell::default(),
        }))
    }

    /// Load the worker for stamps.
    pub(super) fn prepare(&self) {
        self.0.fill(Place::Stamps);
    }

    /// Replace what is mined; `None` rests.
    pub(super) fn mine(&self, job: Option<MiningJob>) {
        let inner = &self.0;
        let Some(job) = job else {
            inner.job.take();
            inner.to_miners(&ToMiner::Rest);
            return;
        };
        let threads = job.threads.min(MAX_MINERS);
        *inner.job.borrow_mut() = Some(MiningJob { threads, ..job });
        inner
            .places
            .borrow_mut()
            .retain(|place, _| !matches!(place, Place::Share(index) if *index >= threads));
        for index in 0..threads {
            inner.fill(Place::Share(index));
            inner.give_work(Place::Share(index));
        }
    }

    /// Find a stamp.
    pub(super) fn stamp(&self, job: JobId, work: StampJob) {
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
            Ok(hand) => self.set(place, State::Loading(hand)),
            Err(reason) => self.say(MinerEvent::Notice(Notice::NoMiners { reason })),
        }
    }

    fn set(&self, place: Place, state: State) {
        if let Some(holder) = self.places.borrow_mut().get_mut(&place) {
            holder.state = state;
        }
    }

    fn start_worker(self: &Rc<Self>, place: Place) -> Result<Hand, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        options.set_name(&match place {
            Place::Stamps => "tablon stamps".to_owned(),
            Place::Share(index) => format!("tablon miner {index}"),
        });
        let worker =
            Worker::new_with_options(MINER_SCRIPT, &options).map_err(|error| explain(&error))?;
        let weak = Rc::downgrade(self);
        let message = EventListener::new(&worker, "message", move |event| {
            let Some(this) = weak.upgrade() else { return };
            let data = event.unchecked_ref::<MessageEvent>().data();
            match structured::read(data) {
                Ok(message) => this.heard(place, message),
                Err(error) => this.died(place, format!("a miner said what is no message: {error}")),
            }
        });
        let weak = Rc::downgrade(self);
        let error = EventListener::new(&worker, "error", move |event| {
            event.prevent_default();
            if let Some(this) = weak.upgrade() {
                this.died(place, last_words(event));
            }
        });
        Ok(Hand {
            worker,
            _listeners: [message, error],
        })
    }

    fn heard(self: &Rc<Self>, place: Place, message: FromMiner) {
        let event = match message {
            FromMiner::Ready => return self.ready(place),
            FromMiner::Died { reason } => return self.died(place, reason),
            FromMiner::Solved { job, nonce } => MinerEvent::Solved { job, nonce },
            FromMiner::Hashed { hashes } => MinerEvent::Hashed { hashes },
            FromMiner::Stamped { job, stamp } => {
                self.stamps.borrow_mut().remove(&job);
                MinerEvent::Stamped { job, stamp }
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
                State::Loading(hand) => State::Working(hand),
                other => other,
            };
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
                if let Some(job) = self.job.borrow().clone() {
                    self.send(place, &ToMiner::Mine { job, index });
                }
            }
        }
    }

    /// To a worker that is loading nothing is sent: it asks when it is ready.
    fn send(&self, place: Place, order: &ToMiner) {
        if let Some(holder) = self.places.borrow().get(&place)
            && let State::Working(hand) = &holder.state
        {
            structured::send(&hand.worker, order);
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

fn last_words(event: &web_sys::Event) -> String {
    event
        .dyn_ref::<ErrorEvent>()
        .map(ErrorEvent::message)
        .filter(|message| !message.is_empty())
        .unwrap_or_else(|| format!("{MINER_SCRIPT} could not be loaded"))
}
