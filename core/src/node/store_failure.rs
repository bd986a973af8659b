//! A node whose store cannot be written: it reads, gives what it has, and tries again.

use super::{Node, fetch};
use crate::chain::Reopened;
use crate::command::Refusal;
use crate::mempool::Mempool;
use crate::node::{Output, RequestId};
use crate::store::StoreError;
use crate::units::Millis;

/// Between two attempts to write again, ms: at first, and at most. It doubles with each
/// failure; a disk that stays full costs an attempt every five seconds.
const FIRST_WAIT_MS: u64 = 250;
const LONGEST_WAIT_MS: u64 = 5_000;

/// A store that could be written for so long starts the waits anew, ms.
const SOUND_MS: u64 = 60_000;

/// How the store's writes go.
#[derive(Debug)]
pub(super) struct Writing {
    /// When to try again; `None` while the store is written.
    again: Option<Millis>,
    wait_ms: u64,
    failed: Option<Millis>,
}

impl Writing {
    pub(super) fn new() -> Self {
        Self {
            again: None,
            wait_ms: FIRST_WAIT_MS,
            failed: None,
        }
    }

    fn fails(&mut self, now: Millis) {
        if self.failed.is_some_and(|last| now.since(last) > SOUND_MS) {
            self.wait_ms = FIRST_WAIT_MS;
        }
        self.failed = Some(now);
        self.again = Some(now.plus(self.wait_ms));
        self.wait_ms = (2 * self.wait_ms).min(LONGEST_WAIT_MS);
    }
}

impl Node {
    /// Whether nothing can be stored now.
    pub(super) fn store_failed(&self) -> bool {
        self.writing.again.is_some()
    }

    /// The store was opened, and may be one that cannot be written.
    pub(super) fn look_at_the_store(&mut self) {
        if self.chain.store_failure().is_some() {
            self.writing.fails(self.now);
        }
    }

    /// What was stored comes back to memory, and from a store that has no room for what
    /// this writes as well.
    pub(super) fn bring_back_or_fall_back(&mut self) -> Result<(), StoreError> {
        let Err(error) = self.bring_back() else {
            return Ok(());
        };
        self.on_store_error(&error, None);
        if self.stopped {
            return Err(self.chain.store().explained(error));
        }
        self.mempool = Mempool::new(self.config.params.spacing);
        self.bring_back()
    }

    fn bring_back(&mut self) -> Result<(), StoreError> {
        self.load_pending()?;
        self.look_at_own()?;
        self.recall()
    }

    pub(super) fn retry_due(&self) -> Option<Millis> {
        self.writing.again
    }

    /// What a step could not store is not promised; what is stored is read on.
    pub(super) fn on_store_error(&mut self, error: &StoreError, request: Option<RequestId>) {
        let error = self.chain.store().explained(error.clone());
        if let Some(id) = request {
            self.reply(id, Err(self.store_refusal()));
        }
        match error {
            // Something that this node should not have tried.
            StoreError::Unwritable(_) => return,
            _ if error.is_corrupt() || self.store_failed() => return self.stop(&error),
            _ => {}
        }
        match self.chain.fall_back(&error) {
            Ok(Reopened::Same) => {
                self.writing.fails(self.now);
                self.fetch = fetch::Fetch::new(self.now);
                self.refuse_drafts(&self.store_refusal());
            }
            Ok(Reopened::Other) => self.stop(&error),
            Err(error) => self.stop(&error.into_store_error()),
        }
    }

    pub(super) fn store_refusal(&self) -> Refusal {
        let reason = self
            .chain
            .store_failure()
            .unwrap_or("the disk is full or away");
        Refusal {
            code: "store_failed".into(),
            message: format!("nothing can be stored now, and what was stored is read: {reason}"),
        }
    }

    /// Write again when there is room.
    pub(super) fn retry_the_store(&mut self) {
        if self.writing.again.is_none_or(|again| self.now < again) {
            return;
        }
        let resumed = match self.chain.resume() {
            Ok(Reopened::Same) if self.chain.store_failure().is_none() => self.store_pending(),
            Ok(Reopened::Same) => return self.writing.fails(self.now),
            Ok(Reopened::Other) => Err(StoreError::Unwritable(
                "the store holds another chain than this node".into(),
            )),
            Err(error) => Err(error.into_store_error()),
        };
        match resumed {
            Ok(()) => {
                self.writing.again = None;
                self.writing.failed = Some(self.now);
            }
            Err(error @ StoreError::Unwritable(_)) => self.stop(&error),
            Err(error) => {
                self.writing.again = None;
                self.on_store_error(&error, None);
            }
        }
    }

    pub(super) fn stop(&mut self, error: &StoreError) {
        self.stopped = true;
        self.out.push(Output::Stop {
            reason: error.to_string(),
            corrupt: error.is_corrupt(),
        });
    }
}
