//! What time it is: this computer's clock, corrected by what the neighbours say.
//!
//! A clock that is hours off would hold back every block or have its own held
//! back. Each neighbour's hello tells its clock; with this node's own they vote,
//! and the median counts. One liar moves nothing. Most of the neighbours can move
//! this node's idea of time, but so they can keep it from every block (ADR 8).

use super::Node;
use crate::rules::time_not_ahead;
use crate::units::{Millis, Timestamp};
use crate::view::ClockView;

/// Neighbours that must have said their time before a clock is corrected.
const QUORUM: usize = 2;
/// A clock is not corrected by more than this, seconds: summer time missed, or a
/// time zone or two taken for another.
pub const MAX_CORRECTION: i32 = 3 * 60 * 60;
/// After a correction no block is made for so long, ms: one of a wrong time would be
/// held back by all others, and this node could not leave it.
const SETTLES: u64 = 10_000;
/// Smaller differences are the network's delays and every clock's own, seconds.
const TOLERANCE: u32 = 10;

impl Node {
    /// What the neighbours say of this clock.
    pub(super) fn clock_view(&self) -> ClockView {
        let said = self.peers.values().filter_map(|peer| peer.clock_offset);
        let mut voices: Vec<i32> = said.collect();
        let heard = voices.len();
        voices.push(0);
        let offset = median(voices);
        ClockView {
            offset,
            voices: heard as u32, // at most MAX_NEIGHBOURS
            corrected: self.correction != 0,
        }
    }

    /// Take the neighbours' word. With too few of them the last word stands.
    pub(super) fn correct_the_clock(&mut self) {
        let view = self.clock_view();
        if (view.voices as usize) < QUORUM {
            return;
        }
        let before = self.correction;
        self.correction = match view.offset {
            small if small.unsigned_abs() <= TOLERANCE => 0,
            offset => offset.clamp(-MAX_CORRECTION, MAX_CORRECTION),
        };
        if before.abs_diff(self.correction) > TOLERANCE {
            self.corrected = Some(self.now);
        }
    }

    /// Whether the clock was moved so lately that it may move again: a node's first
    /// neighbours come one after another, and the first two may both be wrong.
    pub(super) fn clock_is_fresh(&self) -> bool {
        self.corrected
            .is_some_and(|since| self.now.since(since) < SETTLES)
    }

    /// Whether most of the neighbours, by the clocks that they have told, would hold
    /// back a block of this time: they vote on this clock, but a tie leaves it.
    pub(super) fn most_would_hold_back(&self, time: Timestamp) -> bool {
        let params = self.chain.params();
        let said = self.peers.values().filter_map(|peer| peer.clock_offset);
        let (would, voices) = said.fold((0, 0), |(would, voices), offset| {
            let theirs = Millis(self.clock.0.saturating_add_signed(i64::from(offset) * 1000));
            let ahead = time_not_ahead(params, theirs, time).is_err();
            (would + usize::from(ahead), voices + 1)
        });
        voices >= QUORUM && would * 2 > voices
    }

    /// The time that blocks and posts go by.
    pub(super) fn network_clock(&self) -> Millis {
        let shift = i64::from(self.correction) * 1000;
        Millis(self.clock.0.saturating_add_signed(shift))
    }

    /// The same in seconds.
    pub(super) fn network_time(&self) -> Timestamp {
        self.network_clock().timestamp()
    }
}

// Of an even number the middle one nearer to 0: in doubt the own clock is right.
fn median(mut voices: Vec<i32>) -> i32 {
    voices.sort_unstable();
    let upper = voices[voices.len() / 2];
    let lower = voices[(voices.len() - 1) / 2];
    if lower.unsigned_abs() <= upper.unsigned_abs() {
        lower
    } else {
        upper
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn one_voice_against_the_own_clock_moves_nothing_and_two_that_agree_do() {
        assert_eq!(median(vec![0]), 0);
        assert_eq!(median(vec![0, 7_200]), 0);
        assert_eq!(median(vec![0, -7_200]), 0);
        assert_eq!(median(vec![0, 7_200, 7_199]), 7_199);
        assert_eq!(median(vec![0, 1, 7_200, 2]), 1);
        assert_eq!(median(vec![0, -7_200, 90_000]), 0);
        assert_eq!(median(vec![i32::MIN, 0]), 0);
    }
}
