//! Waiting longer after each failure, with jitter, so that nodes that lost the same
//! neighbour or relay do not come back in the same instant.

use std::time::Duration;

/// At first, and at most; it doubles.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// How long to wait next.
#[derive(Debug)]
pub(crate) struct Backoff(Duration);

impl Default for Backoff {
    fn default() -> Self {
        Self(FIRST_WAIT)
    }
}

impl Backoff {
    /// After one more failure: between half of the wait and all of it.
    pub(crate) fn next(&mut self) -> Duration {
        let whole = self.0;
        self.0 = (whole * 2).min(LONGEST_WAIT);
        whole.mul_f64(rand::random_range(0.5..=1.0))
    }

    /// It worked: begin with the first wait again.
    pub(crate) fn reset(&mut self) {
        self.0 = FIRST_WAIT;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_bound_and_begin_anew_after_a_success() {
        let mut backoff = Backoff::default();
        assert!(backoff.next() <= FIRST_WAIT);
        let later = (0..20).map(|_| backoff.next()).max().unwrap();
        assert!(later > LONGEST_WAIT / 2 && later <= LONGEST_WAIT);
        assert!(backoff.next() >= LONGEST_WAIT / 2);
        backoff.reset();
        assert!(backoff.next() <= FIRST_WAIT);
    }
}
