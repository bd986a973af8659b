//! When a dead node is started again, and when that would be in vain.

use crate::backoff::Backoff;
use crate::random;
use crate::threads::Distrust;

/// Deaths in a row after which the page gives up: with waits from 0.5 to 16 s
/// that is about half a minute.
const MAX_DEATHS: u32 = 6;

/// A node that has lived so long, milliseconds, starts a new row of deaths.
const GOOD_LIFE: f64 = 60_000.0;

/// Deaths in a row while opening the store after which the store is suspected.
const SUSPECT: u32 = 3;

/// What to do after a death.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// Start another one.
    Again {
        /// After so many milliseconds.
        wait: u32,
    },
    /// It would be in vain.
    GiveUp,
}

/// How a node died.
#[derive(Debug, Clone, Default)]
pub(super) struct Death {
    /// Its last words.
    pub(super) reason: String,
    /// It was opening its store.
    pub(super) while_opening: bool,
    /// It had found its store damaged.
    pub(super) damaged: bool,
}

/// The deaths so far.
#[derive(Debug)]
pub(super) struct Restart {
    backoff: Backoff,
    deaths_opening: u32,
    damaged: bool,
    started_at: Option<f64>,
    last_words: Option<String>,
    given_up: Option<String>,
}

impl Restart {
    pub(super) fn new() -> Self {
        Self {
            backoff: Backoff::new(500, 16_000),
            deaths_opening: 0,
            damaged: false,
            started_at: None,
            last_words: None,
            given_up: None,
        }
    }

    /// The node runs; gives what its forerunner died of.
    pub(super) fn started(&mut self) -> Option<String> {
        self.deaths_opening = 0;
        self.damaged = false;
        self.started_at = Some(js_sys::Date::now());
        self.last_words.take()
    }

    pub(super) fn died(&mut self, death: &Death) -> Next {
        let lived = self
            .started_at
            .take()
            .map_or(0.0, |since| js_sys::Date::now() - since);
        if lived > GOOD_LIFE {
            self.backoff.reset();
        }
        self.deaths_opening += u32::from(death.while_opening);
        self.damaged |= death.damaged;
        self.last_words = Some(death.reason.clone());
        let wait = self.backoff.next(random::number());
        if self.backoff.failures() > MAX_DEATHS {
            Next::GiveUp
        } else {
            Next::Again { wait }
        }
    }

    /// Why the store should be put aside, if that is all that is left to try.
    pub(super) fn distrust(&self) -> Option<Distrust> {
        let reason = self.last_words.clone()?;
        (self.damaged || self.deaths_opening == SUSPECT).then_some(Distrust {
            reason,
            damaged: self.damaged,
        })
    }

    pub(super) fn give_up(&mut self, reason: String) {
        self.given_up = Some(reason);
    }

    /// Why the node will not run again.
    pub(super) fn given_up(&self) -> Option<&str> {
        self.given_up.as_deref()
    }
}
