//! How fast a fetch goes, for people.

use std::collections::VecDeque;

use crate::units::{Height, Millis};

/// Time over which the rate is measured, ms.
const RATE_TIME: u64 = 10_000;
/// Samples are taken this often, ms.
const SAMPLE_TIME: u64 = 500;

/// Heights of the last seconds, oldest first.
#[derive(Debug, Default)]
pub(super) struct Progress(VecDeque<(Millis, Height)>);

impl Progress {
    pub(super) fn sample(&mut self, now: Millis, height: Height) {
        if let Some((last, _)) = self.0.back()
            && now.since(*last) < SAMPLE_TIME
        {
            return;
        }
        self.0.push_back((now, height));
        while let Some((first, _)) = self.0.front()
            && now.since(*first) > RATE_TIME
        {
            self.0.pop_front();
        }
    }

    /// Nothing is fetched.
    pub(super) fn rest(&mut self) {
        self.0.clear();
    }

    /// Blocks per second, in hundredths.
    pub(super) fn rate(&self) -> u32 {
        let (Some((since, from)), Some((until, to))) = (self.0.front(), self.0.back()) else {
            return 0;
        };
        let time = until.since(*since);
        let hundredths = u64::from(to.above(*from)) * 100_000;
        u32::try_from(hundredths.checked_div(time).unwrap_or(0)).unwrap_or(u32::MAX)
    }

    /// Seconds for so many blocks at this rate; `None` while nothing comes.
    pub(super) fn seconds_for(&self, blocks: u32) -> Option<u32> {
        let seconds = (u64::from(blocks) * 100).checked_div(self.rate().into())?;
        Some(u32::try_from(seconds).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_that_of_the_last_ten_seconds() {
        let mut progress = Progress::default();
        assert_eq!((progress.rate(), progress.seconds_for(10)), (0, None));
        for second in 0..60 {
            let height = if second < 30 {
                second * 100
            } else {
                3_000 + (second - 30) * 10
            };
            progress.sample(Millis(u64::from(second) * 1_000), Height(height));
        }
        assert_eq!(progress.rate(), 1_000);
        assert_eq!(progress.seconds_for(100), Some(10));
        progress.rest();
        assert_eq!(progress.seconds_for(100), None);
    }
}
