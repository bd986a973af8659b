//! The network's time: this node's clock, corrected when neighbours say that it is
//! wrong.
//!
//! A node whose clock is off by minutes would hold back every block or have its own
//! held back. Each neighbour's hello tells its clock. Those that this node chose vote,
//! its own clock votes too, and the median counts: who comes by himself says nothing,
//! for another name is free. The clock moves by seconds each second, and by no more than
//! [`MAX_CORRECTION`]. The stamps of blocks that came in the last minutes outweigh every
//! vote: they took work (ADR 8).

use std::collections::VecDeque;

use super::Node;
use super::peer::{Direction, Peer};
use crate::hash::BlockHash;
use crate::header::Header;
use crate::rules::time_not_ahead;
use crate::units::{Millis, Timestamp};
use crate::view::ClockView;

/// Neighbours that must have said their time before a clock is corrected.
const QUORUM: usize = 2;
/// A clock is not corrected by more than this, seconds: summer time missed, or one time
/// zone taken for the next, and as much as Bitcoin's nodes took.
pub const MAX_CORRECTION: i32 = 70 * 60;
/// A clock is led away from its own time by no more than so many seconds a second: who
/// surrounds a node for a minute moves it by ten. Back to its own it goes at once.
const SLEW: u64 = 10;
/// After a correction no block is made for so long, ms: one of a wrong time would be
/// held back by all others, and this node could not leave it.
const SETTLES_MS: u64 = 10_000;
/// Smaller differences are the network's delays and every clock's own, seconds.
const TOLERANCE: u32 = 10;
/// A clock that reads so much more or less than at the last step, ms, was set, or the
/// machine slept: nobody's neighbour is silent for so long.
const LEAP_MS: u64 = 30_000;
/// What neighbours say of a clock rests a miner for no longer, ms: votes cost little.
const MAX_VETO_MS: u64 = 10 * 60_000;
/// Stamps of the last blocks that are remembered.
const MAX_STAMPS: usize = 11;
/// They must be so many at least to outweigh votes.
const MIN_STAMPS: usize = 3;
/// They count for so many spacings after they came.
const STAMPS_LAST_SPACINGS: u64 = 40;

/// What this node makes of its clock.
#[derive(Debug)]
pub(super) struct Clock {
    /// What it adds to its own, seconds.
    correction: i32,
    /// When the correction was last looked at, and moved away from the own clock.
    looked: Millis,
    moved: Option<Millis>,
    veto: Veto,
    /// The last blocks that came: when, and how far their stamps were ahead of the own
    /// clock, seconds.
    stamps: VecDeque<(Millis, i64)>,
    /// Headers that were held back until due, and how far ahead they were when they were
    /// first heard, seconds; at most [`MAX_STAMPS`].
    pub(super) held_back: VecDeque<(BlockHash, i64)>,
}

/// How long neighbours have kept a miner at rest by what they say of the time.
#[derive(Debug, Default)]
struct Veto(Option<(Millis, Millis)>);

impl Veto {
    // From its first moment on it has ten minutes; it begins anew when as long has
    // passed without it.
    fn holds(&mut self, wanted: bool, now: Millis) -> bool {
        if let Some((_, last)) = self.0
            && now.since(last) >= MAX_VETO_MS
        {
            self.0 = None;
        }
        if !wanted {
            return false;
        }
        let (since, last) = self.0.get_or_insert((now, now));
        *last = now;
        now.since(*since) < MAX_VETO_MS
    }
}

impl Clock {
    pub(super) fn new(now: Millis) -> Self {
        Self {
            correction: 0,
            looked: now,
            moved: None,
            veto: Veto::default(),
            stamps: VecDeque::new(),
            held_back: VecDeque::new(),
        }
    }

    // Away from 0 slowly, towards it at once.
    fn lead_to(&mut self, wanted: i32, now: Millis) {
        let passed = now.since(self.looked);
        let same_side = i64::from(wanted) * i64::from(self.correction) >= 0;
        if !same_side {
            self.correction = 0;
        }
        if wanted.unsigned_abs() <= self.correction.unsigned_abs() {
            self.correction = wanted;
            self.looked = now;
            return;
        }
        let most = i32::try_from(passed.saturating_mul(SLEW) / 1000).unwrap_or(i32::MAX);
        if most > 0 {
            let step = wanted.abs_diff(self.correction).min(most.unsigned_abs()) as i32;
            self.correction += if wanted > 0 { step } else { -step };
            self.looked = now;
            self.moved = Some(now);
        }
    }
}

impl Node {
    /// The own clock is about to read `now`. Once it was set, what blocks and neighbours
    /// have said of it would lead a right clock as far off as it was wrong. Set forward
    /// cannot be told from sleep, so that their word is void: a machine that slept hears
    /// new hellos, for its links are gone.
    pub(super) fn note_leap(&mut self, now: Millis) {
        let back_ms = self.clock.since(now);
        if back_ms == 0 && now.since(self.clock) < LEAP_MS {
            return;
        }
        self.time.stamps.clear();
        self.time.held_back.clear();
        self.early.measure_by(now.timestamp());
        if back_ms == 0 {
            self.time = Clock::new(self.now);
        }
        // By how much a clock was set back is known, and its links are open still: what
        // neighbours said of it stays true, by so much more.
        let back_s = i32::try_from(back_ms / 1_000).unwrap_or(i32::MAX);
        for peer in self.peers.values_mut() {
            let offset = peer.clock_offset.filter(|_| back_ms > 0);
            peer.clock_offset = offset.map(|offset| offset.saturating_add(back_s));
        }
    }

    // Only of those that this node, or its host, chose.
    fn told_offsets(&self) -> impl Iterator<Item = i32> {
        let chosen = |peer: &&Peer| peer.direction != Direction::Inbound;
        let chosen = self.peers.values().filter(chosen);
        chosen.filter_map(|peer| peer.clock_offset)
    }

    /// What the neighbours say of this clock.
    pub(super) fn clock_view(&self) -> ClockView {
        let mut samples: Vec<i32> = self.told_offsets().collect();
        let heard = samples.len();
        samples.push(0);
        let offset = median(samples);
        ClockView {
            offset,
            samples: heard as u32, // at most MAX_NEIGHBOURS
            corrected: self.time.correction != 0,
        }
    }

    /// Take the neighbours' word. With too few of them the last word stands.
    pub(super) fn correct_the_clock(&mut self) {
        let view = self.clock_view();
        let wanted = match view.offset {
            _ if self.blocks_bear_out_the_clock() => 0,
            _ if (view.samples as usize) < QUORUM => self.time.correction,
            small if small.unsigned_abs() <= TOLERANCE => 0,
            offset => offset.clamp(-MAX_CORRECTION, MAX_CORRECTION),
        };
        self.time.lead_to(wanted, self.now);
    }

    /// How far a stamp is ahead of the own clock, seconds.
    pub(super) fn ahead_of_the_clock(&self, stamp: Timestamp) -> i64 {
        i64::from(stamp.0) - i64::from(self.clock.timestamp().0)
    }

    /// A header is due now that was so far ahead when it came: at its release every stamp
    /// agrees with the clock that held it back.
    pub(super) fn note_held_back(&mut self, hash: BlockHash, ahead: i64) {
        self.time.held_back.push_back((hash, ahead));
        if self.time.held_back.len() > MAX_STAMPS {
            self.time.held_back.pop_front();
        }
    }

    /// A block came that stands on what this node had: its stamp tells what time it is
    /// where the work is done.
    pub(super) fn note_stamp(&mut self, header: &Header) {
        let hash = header.hash();
        let held = (self.time.held_back.iter()).find(|(held, _)| *held == hash);
        let ahead = match held {
            Some((_, ahead)) => *ahead,
            None => self.ahead_of_the_clock(header.time),
        };
        self.time.stamps.push_back((self.now, ahead));
        if self.time.stamps.len() > MAX_STAMPS {
            self.time.stamps.pop_front();
        }
    }

    // Whether most of the blocks that came lately were stamped as by the own clock,
    // within what the rules allow. Who has less than half of the work cannot hide that.
    fn blocks_bear_out_the_clock(&self) -> bool {
        let spacing = u64::from(self.chain.params().spacing);
        let lately = STAMPS_LAST_SPACINGS * spacing * 1000;
        let recent = (self.time.stamps.iter()).filter(|(at, _)| self.now.since(*at) < lately);
        let (all, near) = recent.fold((0, 0), |(all, near), (_, ahead)| {
            let is_near = ahead.unsigned_abs() <= 2 * spacing;
            (all + 1, near + usize::from(is_near))
        });
        all >= MIN_STAMPS && near * 2 > all
    }

    /// Whether neighbours keep a miner at rest by what they say of the time: a clock that
    /// moves may move again (the first two neighbours may both be wrong), and a block that
    /// most would hold back is worse than none.
    pub(super) fn clock_rests_miners(&mut self, time: Timestamp) -> bool {
        let moved_lately =
            (self.time.moved).is_some_and(|moved| self.now.since(moved) < SETTLES_MS);
        let wanted =
            !self.blocks_bear_out_the_clock() && (moved_lately || self.most_would_hold_back(time));
        self.time.veto.holds(wanted, self.now)
    }

    // Whether most of the chosen neighbours, by the clocks that they have told, would hold
    // back a block of this time: they vote on this clock, but a tie leaves it.
    fn most_would_hold_back(&self, time: Timestamp) -> bool {
        let params = self.chain.params();
        let (would, samples) = self
            .told_offsets()
            .fold((0, 0), |(would, samples), offset| {
                let theirs = Millis(self.clock.0.saturating_add_signed(i64::from(offset) * 1000));
                let ahead = time_not_ahead(params, theirs, time).is_err();
                (would + usize::from(ahead), samples + 1)
            });
        samples >= QUORUM && would * 2 > samples
    }

    /// The time that blocks and posts go by.
    pub(super) fn network_clock(&self) -> Millis {
        self.corrected(self.clock)
    }

    /// The same for another reading of the own clock.
    pub(super) fn corrected(&self, clock: Millis) -> Millis {
        let shift = i64::from(self.time.correction) * 1000;
        Millis(clock.0.saturating_add_signed(shift))
    }

    /// The same in seconds.
    pub(super) fn network_time(&self) -> Timestamp {
        self.network_clock().timestamp()
    }
}

// Of an even number the middle one nearer to 0: in doubt the own clock is right.
fn median(mut samples: Vec<i32>) -> i32 {
    samples.sort_unstable();
    let upper = samples[samples.len() / 2];
    let lower = samples[(samples.len() - 1) / 2];
    if lower.unsigned_abs() <= upper.unsigned_abs() {
        lower
    } else {
        upper
    }
}

#[cfg(test)]
mod tests {
    use super::{Clock, Veto, median};
    use crate::units::Millis;

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

    #[test]
    fn a_clock_is_led_away_slowly_and_comes_back_at_once() {
        let start = Millis(1_000_000);
        let mut clock = Clock::new(start);
        clock.lead_to(3_600, start.plus(1_000));
        assert_eq!(clock.correction, 10);
        for tenth in 1..=100 {
            clock.lead_to(3_600, start.plus(1_000 + tenth * 100));
        }
        assert_eq!(clock.correction, 110);
        clock.lead_to(-3_600, start.plus(12_000));
        assert_eq!(clock.correction, -10);
        clock.lead_to(0, start.plus(12_001));
        assert_eq!(clock.correction, 0);
        clock.lead_to(0, start.plus(3_600_000));
        // An hour of agreement is no credit.
        clock.lead_to(3_600, start.plus(3_601_000));
        assert_eq!(clock.correction, 10);
    }

    #[test]
    fn a_veto_lasts_ten_minutes_however_often_it_is_dropped_and_taken_up() {
        let mut veto = Veto::default();
        let mut rested = 0;
        for second in 0..3_600_u64 {
            let wanted = second % 60 < 50;
            rested += u64::from(veto.holds(wanted, Millis(second * 1_000)));
        }
        assert!((450..=600).contains(&rested), "{rested} s");
        assert!(veto.holds(true, Millis(3 * 3_600_000)));
    }
}
