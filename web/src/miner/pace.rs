//! How many hashes make a slice of the wanted length on this machine, now.

use crate::last_words::scope;

/// Milliseconds that a slice should take: a new job waits no longer, which is to
/// stay under 20 ms, and the turns between slices cost next to nothing.
const SLICE: f64 = 12.0;

/// A first guess, under 12 ms on a slow phone.
const FIRST: u32 = 1_024;

/// Bounds that keep a wrong measure from freezing the worker.
const LEAST: u32 = 256;
const MOST: u32 = 1 << 22;
/// A GPU does in a slice what a core does in seconds.
const MOST_OF_GPU: u32 = 1 << 28;

/// Adapts the length of slices.
#[derive(Debug)]
pub(super) struct Pace {
    count: u32,
    most: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            count: FIRST,
            most: MOST,
        }
    }
}

impl Pace {
    /// Of a GPU.
    pub(super) fn of_gpu() -> Self {
        Self {
            most: MOST_OF_GPU,
            ..Self::default()
        }
    }

    /// Hashes for the next slice.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// Learn from how long the slice took, milliseconds.
    pub(super) fn learn(&mut self, took: f64) {
        // At most doubled or halved: one slice may have been disturbed.
        let factor = (SLICE / took.max(0.1)).clamp(0.5, 2.0);
        self.count = ((f64::from(self.count) * factor) as u32).clamp(LEAST, self.most);
    }
}

/// Milliseconds by the worker's steady clock.
pub(super) fn now() -> f64 {
    scope()
        .performance()
        .map_or_else(js_sys::Date::now, |performance| performance.now())
}
