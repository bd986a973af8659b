//! A store that fails is closed, put aside if it is damaged, and opened again.

use std::time::Duration;

use tokio::time::Instant;

use super::{Core, Driver, now, refusal};
use crate::store;

/// Before a store that failed is opened again: at first, and at most. It doubles
/// with each failure, and a disk that stays full costs an attempt every five seconds.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// A store that did not fail for so long starts the waits anew.
const SOUND: Duration = Duration::from_secs(60);

/// How often it failed of late.
#[derive(Debug)]
pub(super) struct Failures {
    last: Option<Instant>,
    wait: Duration,
}

impl Default for Failures {
    fn default() -> Self {
        Self {
            last: None,
            wait: FIRST_WAIT,
        }
    }
}

impl Failures {
    /// It failed; when to try again.
    fn again(&mut self) -> Instant {
        let now = Instant::now();
        if self.last.is_none_or(|last| now - last > SOUND) {
            self.wait = FIRST_WAIT;
        }
        let again = now + self.wait;
        self.last = Some(now);
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        again
    }
}

impl Driver {
    // What the failed step promised was not kept, and nobody was told that it was.
    pub(super) fn fail(&mut self, reason: String, corrupt: bool) {
        tracing::error!(reason, corrupt, "the store failed");
        // Dropping the core closes the file.
        let again = self.failures.again();
        self.core = Core::Failed { again };
        if corrupt
            && let Some(path) = &self.path
            && let Err(error) = store::put_aside(path, &reason)
        {
            tracing::error!(%error, "the damaged file could not be put aside");
        }
        self.epoch = self.epoch.wrapping_add(1);
        self.stamping = None;
        self.mine(None);
        self.orders.forget();
        self.links.end_all("the node's store failed");
        self.signals.forget();
        for (_, answer) in std::mem::take(&mut self.requests) {
            let _ = answer.send(Err(refusal("store_failed", reason.clone())));
        }
    }

    pub(super) fn reopen(&mut self) {
        match store::open(self.path.as_deref(), &self.config, now()) {
            Ok((node, first)) => {
                tracing::info!("the store is open again");
                self.core = Core::Open(Box::new(node));
                for output in first {
                    self.handle_output(output);
                }
                self.drain();
            }
            Err(error) => {
                tracing::warn!(%error, "the store is not open yet");
                let again = self.failures.again();
                self.core = Core::Failed { again };
            }
        }
    }
}
