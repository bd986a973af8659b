//! Mining until nothing that the wallet has written waits for a block any more.
//!
//! It goes on whichever network is shown. Whatever else is asked of the miner meanwhile,
//! by the person or a program, ends it: then mining is theirs to stop.

use std::cell::Cell;
use std::rc::Rc;

use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::view::Delta;
use wasm_bindgen_futures::spawn_local;

use super::{Client, Inner, answered};

/// Of one node.
#[derive(Default)]
pub(super) struct Sealing {
    under_way: Cell<Option<UnderWay>>,
    begun: Cell<u32>,
}

#[derive(Clone, Copy)]
struct UnderWay {
    /// Tells it from one that was begun later.
    number: u32,
    /// Hashes tried.
    tries: f64,
    counted_ms: f64,
}

impl Client {
    /// Mine on so many threads until nothing of the wallet's waits.
    ///
    /// # Errors
    /// When the node does not mine.
    pub async fn seal(&self, threads: u32) -> Result<(), Refusal> {
        self.call(Command::Mine { threads }).await?;
        self.0.sealing.begin();
        self.0.stop_when_sealed();
        Ok(())
    }

    /// Hashes tried since sealing began, about; none when it is not under way.
    pub fn tries_to_seal(&self) -> Option<f64> {
        self.0.sealing.under_way.get().map(|it| it.tries)
    }
}

impl Sealing {
    fn begin(&self) {
        let number = self.begun.get() + 1;
        self.begun.set(number);
        self.under_way.set(Some(UnderWay {
            number,
            tries: 0.0,
            counted_ms: js_sys::Date::now(),
        }));
    }

    /// The miner got another order.
    pub(super) fn hand_over(&self) {
        self.under_way.set(None);
    }

    fn count(&self, hashrate: u64) {
        let now_ms = js_sys::Date::now();
        let counted = self.under_way.get().map(|it| UnderWay {
            // A clock set back tries nothing back.
            tries: it.tries + hashrate as f64 * (now_ms - it.counted_ms).max(0.0) / 1_000.0,
            counted_ms: now_ms,
            ..it
        });
        self.under_way.set(counted);
    }

    fn is(&self, number: u32) -> bool {
        self.under_way.get().is_some_and(|it| it.number == number)
    }
}

impl Inner {
    /// What the node shows, before anybody else sees it.
    pub(super) fn sealing_sees(self: &Rc<Self>, delta: &Delta) {
        match delta {
            Delta::Status(status) => self.sealing.count(status.mining.hashrate),
            Delta::Tip { .. } | Delta::Dropped { .. } => self.stop_when_sealed(),
            Delta::Post { .. }
            | Delta::Branch { .. }
            | Delta::Unverified { .. }
            | Delta::Passed { .. }
            | Delta::Peer(_)
            | Delta::PeerGone { .. } => {}
        }
    }

    fn stop_when_sealed(self: &Rc<Self>) {
        let Some(UnderWay { number, .. }) = self.sealing.under_way.get() else {
            return;
        };
        let Ok(answer) = self.ask(Command::Pending) else {
            return;
        };
        // An answer that is still to come keeps no node that is left.
        let weak = Rc::downgrade(self);
        spawn_local(async move {
            let Ok(Reply::Pending(waiting)) = answered(answer).await else {
                return;
            };
            let is_sealed = !waiting.iter().any(|transaction| transaction.own);
            let inner = weak.upgrade();
            if let Some(inner) = inner.filter(|inner| is_sealed && inner.sealing.is(number)) {
                // A node that refuses mines no more either.
                drop(inner.ask(Command::Mine { threads: 0 }));
            }
        });
    }
}
