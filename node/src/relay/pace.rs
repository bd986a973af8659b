//! How fast a relay is heard.

use std::time::Duration;

use tokio::time::Instant;

/// Frames at once: a room of fifty that finds this node in the same second, ten
/// signals each.
const BURST: u32 = 512;

/// Frames a second after that. Each costs a signature of 70 us to check, so a relay
/// that floods takes 1 % of a core.
const PER_SECOND: u32 = 128;

/// A bucket of frames. Whoever sends more is read more slowly, which the relay feels
/// as a connection that is full.
#[derive(Debug)]
pub(super) struct Pace {
    frames: f64,
    since: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            frames: BURST.into(),
            since: now,
        }
    }

    /// A frame came; how long to wait before the next is read.
    pub(super) fn take(&mut self, now: Instant) -> Duration {
        let back = (now - self.since).as_secs_f64() * f64::from(PER_SECOND);
        self.frames = (self.frames + back).min(BURST.into()) - 1.0;
        self.since = now;
        Duration::from_secs_f64((-self.frames).max(0.0) / f64::from(PER_SECOND))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_read_at_the_pace_that_is_bearable() {
        let begin = Instant::now();
        let mut pace = Pace::new(begin);
        let mut now = begin;
        for _ in 0..BURST {
            assert_eq!(pace.take(now), Duration::ZERO);
        }
        for _ in 0..1_000 {
            now += pace.take(now);
        }
        let rate = 1_000.0 / (now - begin).as_secs_f64();
        let wanted = f64::from(PER_SECOND);
        assert!((rate - wanted).abs() < wanted / 50.0, "{rate}");
        // A quiet hour earns one burst.
        now += Duration::from_secs(3_600);
        for _ in 0..BURST {
            assert_eq!(pace.take(now), Duration::ZERO);
        }
        assert!(pace.take(now) > Duration::ZERO);
    }
}
