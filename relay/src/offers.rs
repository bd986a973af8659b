//! Signals that begin a link: the addressee holds a place for each, so that a crowd of
//! names must not make it hold many. One that goes beyond the bounds reaches nobody, and
//! its sender is told so at once, as of a peer that has left.

use std::collections::VecDeque;
use std::time::Instant;

use tablon_core::hash::PeerId;

use crate::bucket::Bucket;

/// Addressees of one socket that are remembered, the last; a tab knows up to 256 peers and
/// dials six.
const ADDRESSEES: usize = 64;

/// Tokens that one costs; a bucket gains one a second.
const COST: usize = 5;
/// One peer may begin with another three times at once and every 5 s after that. Nodes
/// leave 10 s between two dials.
const OF_ONE: u32 = 3 * COST as u32;
/// All may begin with one peer 48 times at once, and 8 times a second after that: a class
/// of thirty that arrives dials all at once.
const TO_ONE: u32 = 48 * COST as u32;
const TO_ONE_PER_SECOND: u32 = 8 * COST as u32;

/// What one socket has begun.
#[derive(Debug, Default)]
pub(crate) struct Begun(VecDeque<(PeerId, Bucket)>);

impl Begun {
    /// Whether it may begin with this peer now.
    pub(crate) fn take(&mut self, to: PeerId, now: Instant) -> bool {
        let known = self.0.iter().position(|(peer, _)| *peer == to);
        let entry = known.and_then(|at| self.0.remove(at));
        let (_, mut bucket) = entry.unwrap_or_else(|| (to, Bucket::new(OF_ONE, 1, now)));
        let taken = bucket.take(COST, now);
        self.0.push_back((to, bucket));
        if self.0.len() > ADDRESSEES {
            self.0.pop_front();
        }
        taken
    }
}

/// What may be begun with one peer.
#[derive(Debug)]
pub(crate) struct Addressed(Bucket);

impl Addressed {
    pub(crate) fn new(now: Instant) -> Self {
        Self(Bucket::new(TO_ONE, TO_ONE_PER_SECOND, now))
    }

    pub(crate) fn take(&mut self, now: Instant) -> bool {
        self.0.take(COST, now)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn peer(number: u8) -> PeerId {
        PeerId([number; 32])
    }

    #[test]
    fn one_peer_begins_with_another_three_times_and_then_every_five_seconds() {
        let (start, mut begun) = (Instant::now(), Begun::default());
        let tenths = 0..600;
        let taken = tenths.filter(|tenth| {
            let now = start + Duration::from_millis(100 * tenth);
            begun.take(peer(1), now)
        });
        assert_eq!(taken.count(), 3 + 11);
        assert!(begun.take(peer(2), start + Duration::from_secs(60)));
    }

    #[test]
    fn a_thousand_addressees_are_remembered_in_part() {
        let (start, mut begun) = (Instant::now(), Begun::default());
        for number in 0..1_000_u32 {
            let mut id = [0; 32];
            id[..4].copy_from_slice(&number.to_le_bytes());
            assert!(begun.take(PeerId(id), start));
        }
        assert_eq!(begun.0.len(), 64);
    }

    #[test]
    fn with_one_peer_a_class_may_begin_at_once_and_a_flood_eight_times_a_second() {
        let start = Instant::now();
        let mut addressed = Addressed::new(start);
        assert_eq!((0..1_000).filter(|_| addressed.take(start)).count(), 48);
        let later = start + Duration::from_secs(1);
        assert_eq!((0..1_000).filter(|_| addressed.take(later)).count(), 8);
    }
}
