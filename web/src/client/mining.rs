//! The miners of the node that runs, and how they are to work: that outlives a
//! node which is started again, and is gone with a reload.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use tablon_core::node::{JobId, MiningJob};
use tablon_core::transaction::StampJob;

use super::power::{Pause, Power};
use crate::miner::DUTIES;
use crate::miners::{MinerEvent, Miners};

/// Milliseconds from the node's start until the worker for stamps is loaded,
/// unless somebody wants to write before.
const PREPARE: u32 = 1_500;

pub(super) struct Mining {
    miners: RefCell<Option<Miners>>,
    /// Percent of the time that miners work.
    duty: Cell<u32>,
    /// The GPU mines as well.
    gpu: Cell<bool>,
    /// The miners' kernel, once one is chosen.
    kernel: RefCell<Option<String>>,
    power: RefCell<Option<Rc<Power>>>,
    /// Loads the worker for stamps when the page has nothing better to do.
    preparation: RefCell<Option<Timeout>>,
}

impl Default for Mining {
    fn default() -> Self {
        Self {
            miners: RefCell::default(),
            duty: Cell::new(*DUTIES.end()),
            gpu: Cell::new(false),
            kernel: RefCell::default(),
            power: RefCell::default(),
            preparation: RefCell::default(),
        }
    }
}

impl Mining {
    /// A node runs, which is told what its miners say.
    pub(super) fn begin(self: &Rc<Self>, tell: impl Fn(MinerEvent) + 'static) {
        let this = Rc::downgrade(self);
        let miners = Miners::new(move |event| {
            let Some(this) = this.upgrade() else { return };
            match &event {
                MinerEvent::Chosen { kernel } => {
                    this.kernel.replace(Some(kernel.clone()));
                }
                MinerEvent::NoGpu { .. } => this.gpu.set(false),
                MinerEvent::Report(_) | MinerEvent::Notice(_) => {}
            }
            tell(event);
        });
        miners.set_duty(self.duty());
        miners.set_gpu(self.gpu());
        miners.pause(self.pause().is_some());
        *self.miners.borrow_mut() = Some(miners);
    }

    /// After what the page needs to be of use; a post that comes before has the
    /// worker loaded at once.
    pub(super) fn prepare_later(self: &Rc<Self>) {
        let this = Rc::downgrade(self);
        *self.preparation.borrow_mut() = Some(Timeout::new(PREPARE, move || {
            if let Some(this) = this.upgrade() {
                this.prepare();
            }
        }));
    }

    /// The node runs no more.
    pub(super) fn end(&self) {
        self.miners.take();
    }

    /// Rest whenever the battery or a hidden tab asks for it.
    pub(super) fn watch_the_power(self: &Rc<Self>) {
        let this = Rc::downgrade(self);
        let power = Power::watch(move |pause| {
            if let Some(this) = this.upgrade() {
                this.on_miners(|miners| miners.pause(pause.is_some()));
            }
        });
        *self.power.borrow_mut() = Some(power);
    }

    pub(super) fn mine(&self, job: Option<MiningJob>) {
        self.on_miners(|miners| miners.mine(job));
    }

    pub(super) fn stamp(&self, job: JobId, work: StampJob) {
        self.on_miners(|miners| miners.stamp(job, work));
    }

    pub(super) fn prepare(&self) {
        self.on_miners(Miners::prepare);
    }

    pub(super) fn set_duty(&self, percent: u32) {
        let percent = percent.clamp(*DUTIES.start(), *DUTIES.end());
        self.duty.set(percent);
        self.on_miners(|miners| miners.set_duty(percent));
    }

    pub(super) fn duty(&self) -> u32 {
        self.duty.get()
    }

    pub(super) fn set_gpu(&self, wanted: bool) {
        self.gpu.set(wanted);
        self.on_miners(|miners| miners.set_gpu(wanted));
    }

    pub(super) fn gpu(&self) -> bool {
        self.gpu.get()
    }

    pub(super) fn kernel(&self) -> Option<String> {
        self.kernel.borrow().clone()
    }

    pub(super) fn pause(&self) -> Option<Pause> {
        self.power.borrow().as_ref().and_then(|power| power.pause())
    }

    fn on_miners(&self, act: impl FnOnce(&Miners)) {
        // Cloned, so that what the miners report may come back here.
        let miners = self.miners.borrow().clone();
        if let Some(miners) = miners {
            act(&miners);
        }
    }
}
