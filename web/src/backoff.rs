//! Waiting longer after each failure, with jitter so that a room full of tabs
//! does not come back in the same instant.

/// Exponential back-off with jitter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backoff {
    first: u32,
    most: u32,
    failures: u32,
}

impl Backoff {
    /// Waits grow from `first` to `most` milliseconds, doubling.
    pub const fn new(first: u32, most: u32) -> Self {
        Self {
            first,
            most,
            failures: 0,
        }
    }

    /// Milliseconds to wait after one more failure: between half of the
    /// exponential wait and all of it, by `random`.
    pub fn next(&mut self, random: u32) -> u32 {
        let whole = self
            .first
            .saturating_mul(1 << self.failures.min(16))
            .min(self.most);
        self.failures = self.failures.saturating_add(1);
        let half = whole / 2;
        half + random % (whole - half + 1)
    }

    /// Failures since the last success.
    pub fn failures(&self) -> u32 {
        self.failures
    }

    /// It worked: begin with the first wait again.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}
