//! A miner worker: hashes in short slices and looks for new orders in between; or
//! has the GPU hash, likewise.

mod contest;
mod duty;
pub mod gpu;
pub mod kernel;
mod pace;

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ops::Range;
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use tablon_core::miner::search_stamp;
use tablon_core::node::{JobId, MinerReport, MiningJob};
use tablon_core::transaction::StampJob;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{MessageChannel, MessageEvent, MessagePort};

use crate::last_words::{scope, send_on_panic};
use crate::messages;
use crate::threads::{FromMiner, ToMiner};
use contest::Contest;
use duty::Duty;
use gpu::{GpuMiner, Told};
use kernel::Found;
use pace::{Pace, now};

pub use duty::DUTIES;

/// Milliseconds between two reports of the hashes tried.
const REPORT: f64 = 500.0;

/// Runs in the worker's `main`.
pub fn run() {
    send_on_panic(|reason| FromMiner::Died { reason });
    let channel = MessageChannel::new().expect("a worker has message channels");
    let miner = Rc::new(Miner {
        work: RefCell::default(),
        gpu: RefCell::default(),
        wake: channel.port1(),
        waking: Cell::new(false),
        nap: RefCell::default(),
        hashes: Cell::new(0),
        reported: Cell::new(now()),
    });

    // A message to itself comes after those that already wait, and without the
    // 4 ms that `setTimeout` takes at least: new orders are heard between two
    // slices, and no time is lost.
    let turn = miner.clone();
    let port = channel.port2();
    EventListener::new(&port, "message", move |_| turn.slice()).forget();
    port.start();

    EventListener::new(&scope(), "message", move |event| {
        let data = event.unchecked_ref::<MessageEvent>().data();
        let order = messages::read(&data).expect("the page sends orders only");
        miner.obey(order);
    })
    .forget();
    messages::send(&scope(), &FromMiner::Ready);
}

struct Miner {
    work: RefCell<Work>,
    /// From the first job for it on.
    gpu: RefCell<Option<GpuMiner>>,
    wake: MessagePort,
    waking: Cell<bool>,
    /// While mining rests for its share of the time.
    nap: RefCell<Option<Timeout>>,
    hashes: Cell<u64>,
    reported: Cell<f64>,
}

#[derive(Default)]
struct Work {
    mining: Option<(MiningJob, Range<u64>)>,
    /// The kernels, from the first job on: who finds stamps alone needs none.
    contest: Option<Contest>,
    duty: Duty,
    /// Bounded by the node, which asks for a stamp per post of its own.
    stamps: VecDeque<(JobId, StampJob, u64)>,
    stamp_pace: Pace,
}

impl Miner {
    fn obey(self: &Rc<Self>, order: ToMiner) {
        let mut work = self.work.borrow_mut();
        match order {
            ToMiner::Mine { job, index } => {
                let nonces = share(index, job.threads);
                work.mining = Some((job, nonces));
            }
            ToMiner::MineOnGpu { job } => self.gpu(work.duty.percent()).mine(Some(job)),
            ToMiner::Rest => {
                work.mining = None;
                self.on_gpu(|gpu| gpu.mine(None));
            }
            ToMiner::Duty { percent } => {
                work.duty.set(percent);
                self.nap.take();
                self.on_gpu(|gpu| gpu.set_duty(percent));
            }
            ToMiner::Stamp { job, work: stamp } => work.stamps.push_back((job, stamp, 0)),
        }
        drop(work);
        self.report();
        self.go_on();
    }

    fn on_gpu(&self, act: impl FnOnce(&GpuMiner)) {
        if let Some(gpu) = &*self.gpu.borrow() {
            act(gpu);
        }
    }

    fn gpu(self: &Rc<Self>, percent: u32) -> GpuMiner {
        let made = || {
            let this = Rc::downgrade(self);
            let gpu = GpuMiner::new(move |told| {
                if let Some(this) = this.upgrade() {
                    this.gpu_told(told);
                }
            });
            gpu.set_duty(percent);
            gpu
        };
        self.gpu.borrow_mut().get_or_insert_with(made).clone()
    }

    fn gpu_told(&self, told: Told) {
        match told {
            Told::Hashed(hashes) => {
                self.hashes.set(self.hashes.get() + hashes);
                if now() - self.reported.get() >= REPORT {
                    self.report();
                }
            }
            Told::Solved(job, Found { nonce, rolled }) => {
                messages::send(
                    &scope(),
                    &FromMiner::Report(MinerReport::Solved { job, nonce, rolled }),
                );
            }
            Told::Failed(reason) => messages::send(&scope(), &FromMiner::NoGpu { reason }),
        }
    }

    fn go_on(&self) {
        let work = self.work.borrow();
        let mines = work.mining.is_some() && self.nap.borrow().is_none();
        let idle = !mines && work.stamps.is_empty();
        if !idle && !self.waking.replace(true) {
            self.wake
                .post_message(&JsValue::NULL)
                .expect("null can be posted to an open port");
        }
    }

    fn slice(self: &Rc<Self>) {
        self.waking.set(false);
        let mut work = self.work.borrow_mut();
        work.stamp();
        if self.nap.borrow().is_none() {
            let begun = now();
            let hashes = work.mine();
            self.hashes.set(self.hashes.get() + hashes);
            if let Some(ms) = work.duty.worked(now() - begun) {
                self.rest(ms);
            }
        }
        drop(work);
        if now() - self.reported.get() >= REPORT {
            self.report();
        }
        self.go_on();
    }

    fn rest(self: &Rc<Self>, ms: f64) {
        let (this, begun) = (Rc::downgrade(self), now());
        let nap = Timeout::new(ms as u32, move || {
            let Some(this) = this.upgrade() else { return };
            this.work.borrow_mut().duty.rested(now() - begun);
            this.nap.take();
            this.go_on();
        });
        *self.nap.borrow_mut() = Some(nap);
    }

    fn report(&self) {
        self.reported.set(now());
        let hashes = self.hashes.take();
        if hashes > 0 {
            messages::send(&scope(), &FromMiner::Report(MinerReport::Hashed { hashes }));
        }
    }
}

impl Work {
    fn stamp(&mut self) {
        let Some((job, work, next)) = self.stamps.front_mut() else {
            return;
        };
        let (first, count) = (*next, self.stamp_pace.count());
        let begun = now();
        let found = search_stamp(work, first, u64::from(count));
        self.stamp_pace.learn(now() - begun);
        if let Some(stamp) = found {
            messages::send(
                &scope(),
                &FromMiner::Report(MinerReport::Stamped { job: *job, stamp }),
            );
            self.stamps.pop_front();
        } else {
            *next = first.wrapping_add(u64::from(count));
        }
    }

    /// How many hashes were tried.
    fn mine(&mut self) -> u64 {
        let Some((job, nonces)) = &mut self.mining else {
            return 0;
        };
        let contest = self.contest.get_or_insert_with(begin_contest);
        let (kernel, pace) = contest.next();
        let first = nonces.start;
        let end = nonces.end.min(first + u64::from(pace.count()));
        let (first_nonce, count) = (first as u32, (end - first) as u32);
        let begun = now();
        let found = kernel.search(job, first_nonce, count);
        let took = now() - begun;
        let versions = u64::from(kernel.versions());
        if let Some(Found { nonce, rolled }) = found {
            let job = job.job;
            messages::send(
                &scope(),
                &FromMiner::Report(MinerReport::Solved { job, nonce, rolled }),
            );
            self.mining = None;
            return (u64::from(nonce.wrapping_sub(first_nonce)) + 1) * versions;
        }
        pace.learn(took);
        let hashes = (end - first) * versions;
        if let Some(winner) = contest.tried(hashes, took) {
            tell_winner(winner);
        }
        nonces.start = end;
        if nonces.is_empty() {
            // All tried in vain; the node's next job has another time.
            self.mining = None;
        }
        hashes
    }
}

fn begin_contest() -> Contest {
    let contest = Contest::new(kernel::all());
    if let Some(winner) = contest.winner() {
        tell_winner(winner);
    }
    contest
}

fn tell_winner(name: &str) {
    let kernel = name.to_owned();
    messages::send(&scope(), &FromMiner::Chosen { kernel });
}

/// Share `index` of the 2^32 nonces split among `threads`.
fn share(index: u32, threads: u32) -> Range<u64> {
    let threads = u64::from(threads.max(1));
    let at = |index: u64| index.min(threads) * (1 << 32) / threads;
    at(index.into())..at(u64::from(index) + 1)
}

#[cfg(test)]
mod tests {
    use super::share;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn shares_cover_every_nonce_once_for_any_number_of_threads() {
        for threads in [1, 2, 3, 7, 64] {
            let shares: Vec<_> = (0..threads).map(|index| share(index, threads)).collect();
            assert_eq!(shares[0].start, 0);
            assert_eq!(shares[shares.len() - 1].end, 1 << 32);
            assert!(shares.windows(2).all(|pair| pair[0].end == pair[1].start));
        }
    }
}
