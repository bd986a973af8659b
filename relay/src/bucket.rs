//! Token bucket: a burst, then a steady rate.

use std::time::Instant;

/// Holds at most `capacity` tokens and gains `per_second` a second.
#[derive(Debug)]
pub(crate) struct Bucket {
    capacity: f64,
    per_second: f64,
    tokens: f64,
    at: Instant,
}

impl Bucket {
    /// A full bucket.
    pub(crate) fn new(capacity: u32, per_second: u32, now: Instant) -> Self {
        Self {
            capacity: capacity.into(),
            per_second: per_second.into(),
            tokens: capacity.into(),
            at: now,
        }
    }

    /// Take `amount` tokens if there are so many.
    pub(crate) fn take(&mut self, amount: usize, now: Instant) -> bool {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * self.per_second;
        self.tokens = (self.tokens + gained).min(self.capacity);
        self.at = now;
        // Exact: no frame has 2^53 bytes.
        let amount = amount as f64;
        let enough = amount <= self.tokens;
        if enough {
            self.tokens -= amount;
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_burst_passes_then_the_steady_rate_and_no_more() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10, 2, start);
        assert!((0..10).all(|_| bucket.take(1, start)));
        assert!(!bucket.take(1, start));
        let passed = (1..=100)
            .filter(|tenth| bucket.take(1, start + Duration::from_millis(100 * tenth)))
            .count();
        assert_eq!(passed, 20, "2 a second for 10 s");
    }

    #[test]
    fn a_long_silence_saves_up_one_burst_only() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10, 2, start);
        let later = start + Duration::from_secs(86_400);
        assert!(bucket.take(10, later));
        assert!(!bucket.take(1, later));
    }

    #[test]
    fn more_than_the_bucket_holds_never_passes() {
        let start = Instant::now();
        let mut bucket = Bucket::new(10, 2, start);
        assert!(!bucket.take(11, start));
        assert!(bucket.take(10, start));
    }
}
