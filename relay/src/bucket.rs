//! Token bucket: a burst, then a steady rate.

use std::time::{Duration, Instant};

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
        self.gain(now);
        // Exact: no frame has 2^53 bytes.
        let amount = amount as f64;
        let enough = amount <= self.tokens;
        if enough {
            self.tokens -= amount;
        }
        enough
    }

    /// Take `amount` tokens on credit, and say after what time they are earned:
    /// whoever comes next waits for those before. Nothing is taken, and the time
    /// told all the same, when it is longer than `within`.
    pub(crate) fn borrow(
        &mut self,
        amount: usize,
        within: Duration,
        now: Instant,
    ) -> Result<Duration, Duration> {
        self.gain(now);
        let left = self.tokens - amount as f64;
        // No rate so small makes this more than a few hours: a frame is bounded.
        let wait = Duration::from_secs_f64((-left).max(0.0) / self.per_second.max(1.0));
        if wait > within {
            return Err(wait);
        }
        self.tokens = left;
        Ok(wait)
    }

    /// Whether it differs in nothing from a new one.
    pub(crate) fn is_full(&mut self, now: Instant) -> bool {
        self.gain(now);
        self.tokens >= self.capacity
    }

    fn gain(&mut self, now: Instant) {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * self.per_second;
        self.tokens = (self.tokens + gained).min(self.capacity);
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn what_is_borrowed_is_earned_in_turn_and_never_beyond_the_time_given() {
        let start = Instant::now();
        let second = Duration::from_secs(1);
        let mut bucket = Bucket::new(10, 10, start);
        assert_eq!(bucket.borrow(10, 2 * second, start), Ok(Duration::ZERO));
        assert_eq!(bucket.borrow(10, 2 * second, start), Ok(second));
        assert_eq!(bucket.borrow(10, 2 * second, start), Ok(2 * second));
        assert_eq!(bucket.borrow(10, 2 * second, start), Err(3 * second));
        // What was refused is not owed.
        assert_eq!(
            bucket.borrow(10, 2 * second, start + second),
            Ok(2 * second)
        );
    }
}
