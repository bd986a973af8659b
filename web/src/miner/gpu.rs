//! Mining on the GPU, beside the workers that mine on the processor's cores.
//!
//! It tries the nonces of one version of the header after another: versions that
//! no core turns over, so nothing is tried twice. What it finds is looked at again
//! by the core's search: a driver's fault costs time and no more.

mod device;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use gloo::timers::callback::Timeout;
use gloo::timers::future::sleep;
use tablon_core::miner::search;
use tablon_core::node::{JobId, MiningJob};
use wasm_bindgen_futures::spawn_local;

use super::duty::Duty;
use super::kernel::{Found, turned_over};
use super::pace::{Pace, now};
pub use device::{Device, Wanted};

/// Set in every version that the GPU tries, and in none that a core does: the
/// highest bit that BIP-320 leaves to miners.
const OWN_BIT: u32 = 1 << 28;

/// The lowest such bit.
const LOWEST_BIT: u32 = 13;

/// Milliseconds of rest after which the GPU is given back: between two blocks it is
/// not worth the seconds that the shader takes to be compiled.
const IDLE: u32 = 60_000;

/// What the GPU's miner tells.
#[derive(Debug)]
pub enum Told {
    /// So many hashes were tried.
    Hashed(u64),
    /// This job is done.
    Solved(JobId, Found),
    /// There is no GPU, or it failed; why, for people.
    Failed(String),
}

/// The miner. Clones are the same one.
#[derive(Clone)]
pub struct GpuMiner(Rc<Inner>);

struct Inner {
    job: RefCell<Option<MiningJob>>,
    duty: RefCell<Duty>,
    runs: Cell<bool>,
    /// Kept from one job to the next: to open it and build the shader takes long.
    device: RefCell<Option<Rc<Device>>>,
    /// Gives it back.
    idle: RefCell<Option<Timeout>>,
    tell: Box<dyn Fn(Told)>,
}

/// What comes next of a job.
#[derive(Default)]
struct Next {
    version: u32,
    nonce: u64,
}

impl GpuMiner {
    /// It opens the GPU when there is something to mine.
    pub fn new(tell: impl Fn(Told) + 'static) -> Self {
        Self(Rc::new(Inner {
            job: RefCell::default(),
            duty: RefCell::default(),
            runs: Cell::new(false),
            device: RefCell::default(),
            idle: RefCell::default(),
            tell: Box::new(tell),
        }))
    }

    /// Replace what is mined; none rests, and gives the GPU back after a while.
    pub fn mine(&self, job: Option<MiningJob>) {
        let inner = &self.0;
        let works = job.is_some();
        *inner.job.borrow_mut() = job;
        let weak = Rc::downgrade(inner);
        let idle = (!works).then(|| {
            Timeout::new(IDLE, move || {
                if let Some(inner) = weak.upgrade() {
                    inner.device.take();
                }
            })
        });
        inner.idle.replace(idle);
        if works && !inner.runs.replace(true) {
            let inner = Rc::clone(inner);
            spawn_local(async move {
                let ended = inner.run().await;
                inner.runs.set(false);
                if let Err(reason) = ended {
                    inner.job.take();
                    inner.device.take();
                    (inner.tell)(Told::Failed(reason));
                }
            });
        }
    }

    /// Work so much of the time, percent.
    pub fn set_duty(&self, percent: u32) {
        self.0.duty.borrow_mut().set(percent);
    }
}

impl Inner {
    async fn run(&self) -> Result<(), String> {
        let mut pace = Pace::of_gpu();
        loop {
            let Some(job) = self.job.borrow().clone() else {
                return Ok(());
            };
            let device = self.device().await?;
            self.work_on(&job, &device, &mut pace).await?;
        }
    }

    async fn device(&self) -> Result<Rc<Device>, String> {
        let open = self.device.borrow().clone();
        if let Some(open) = open {
            return Ok(open);
        }
        let device = Rc::new(Device::open().await?);
        *self.device.borrow_mut() = Some(Rc::clone(&device));
        Ok(device)
    }

    // Until it is done or another takes its place.
    async fn work_on(
        &self,
        job: &MiningJob,
        device: &Device,
        pace: &mut Pace,
    ) -> Result<(), String> {
        let mut next = Next::default();
        while self.is_current(job) {
            let rolled = OWN_BIT | (next.version << LOWEST_BIT);
            let header = turned_over(&job.header, rolled);
            let left = u64::from(u32::MAX) - next.nonce;
            let (first, count) = (next.nonce as u32, u64::from(pace.count()).min(left) as u32);
            let begun = now();
            let wanted = Wanted::new(&header, &job.target);
            let found = device.search(&wanted, first, count).await?;
            let took = now() - begun;
            pace.learn(took);
            let tried = found.map_or(count, |nonce| nonce.wrapping_sub(first) + 1);
            (self.tell)(Told::Hashed(tried.into()));
            if let Some(nonce) = found {
                if search(&header, &job.target, nonce, 1).is_none() {
                    return Err(format!("the GPU took nonce {nonce} for one that it is not"));
                }
                if self.is_current(job) {
                    self.job.take();
                    let found = Found { nonce, rolled };
                    (self.tell)(Told::Solved(job.job, found));
                }
                return Ok(());
            }
            next.pass(count);
            let rest = self.duty.borrow_mut().worked(took);
            if let Some(ms) = rest {
                let begun = now();
                sleep(Duration::from_millis(ms as u64)).await;
                self.duty.borrow_mut().rested(now() - begun);
            }
        }
        Ok(())
    }

    fn is_current(&self, job: &MiningJob) -> bool {
        let current = self.job.borrow();
        current
            .as_ref()
            .is_some_and(|current| current.job == job.job)
    }
}

impl Next {
    fn pass(&mut self, count: u32) {
        self.nonce += u64::from(count);
        // The last nonce of a version is left: a count of 2^32 fits no word.
        if self.nonce == u64::from(u32::MAX) {
            // After 2^15 versions they begin anew; no GPU tries 2^47 nonces before
            // the header's time moves on.
            let versions = 1 << (OWN_BIT.trailing_zeros() - LOWEST_BIT);
            self.version = (self.version + 1) % versions;
            self.nonce = 0;
        }
    }
}
