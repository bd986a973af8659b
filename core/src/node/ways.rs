//! The ways by which signals come and go: a neighbour, or the relay.
//!
//! Only the way that carried a signal can say that it failed; then another is taken. A
//! neighbour that says it reaches somebody and swallows what it should carry is
//! remembered for a while and asked last.

use std::collections::BTreeMap;

use crate::hash::PeerId;
use crate::units::Millis;

/// Peers remembered by the way their signals came, at most, and as many by the way that
/// signals to them went: more than links can be opened at a time.
pub const MAX_ROUTES: usize = 64;
/// A way is remembered so long, ms: longer than any link takes to open.
const ROUTE_TIME: u64 = 60_000;
/// A link takes no longer to mend, ms: silence ends it then.
const MEND_TIME: u64 = 15_000;
/// Failures that are remembered, at most: of one way to one peer each.
const MAX_FAILURES: usize = 256;
/// A failure counts for so long, ms.
const FAILED_TIME: u64 = 10 * 60_000;

/// By whom a signal is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Route {
    Neighbour(PeerId),
    Relay,
}

#[derive(Debug, Default)]
pub(super) struct Ways {
    /// By which each peer's last signal came, to answer by the same.
    came: BTreeMap<PeerId, (Route, Millis)>,
    /// By which the last signal to each peer went, and nothing has come back since.
    went: BTreeMap<PeerId, (Route, Millis)>,
    failed: BTreeMap<(PeerId, Route), Millis>,
    /// Neighbours that swallowed a signal; one whole failure each, so they are few.
    swallowed: BTreeMap<PeerId, Millis>,
    /// Neighbours whose own link is dead until ICE has been restarted.
    mending: BTreeMap<PeerId, Millis>,
}

impl Ways {
    /// A peer's signal came.
    pub(super) fn came(&mut self, from: PeerId, route: Route, now: Millis) {
        insert(&mut self.came, from, (route, now), MAX_ROUTES, |(_, at)| {
            *at
        });
        self.went.remove(&from);
        self.failed.remove(&(from, route));
        if let Route::Neighbour(via) = route {
            self.swallowed.remove(&via);
        }
    }

    /// By which it came, if that is not long ago.
    pub(super) fn last_of(&self, peer: PeerId, now: Millis) -> Option<Route> {
        let (route, at) = self.came.get(&peer)?;
        (now.since(*at) < ROUTE_TIME).then_some(*route)
    }

    /// A signal goes.
    pub(super) fn goes(&mut self, to: PeerId, route: Route, now: Millis) {
        insert(&mut self.went, to, (route, now), MAX_ROUTES, |(_, at)| *at);
    }

    /// A way says that it does not reach a peer: true when it carried the last signal
    /// there. Anybody else's word is nothing.
    pub(super) fn fails(&mut self, to: PeerId, by: Route, now: Millis) -> bool {
        let went = self.went.get(&to);
        if went.is_none_or(|(route, at)| *route != by || now.since(*at) >= ROUTE_TIME) {
            return false;
        }
        self.give_up(to, by, now);
        true
    }

    /// A dial came to nothing: what carried its signals, and brought nothing back, has
    /// swallowed them.
    pub(super) fn dial_failed(&mut self, to: PeerId, now: Millis) {
        let went = self.went.get(&to).map(|(route, _)| *route);
        let Some(route) = went.filter(|route| self.last_of(to, now) != Some(*route)) else {
            return;
        };
        self.give_up(to, route, now);
        if let Route::Neighbour(via) = route {
            insert(&mut self.swallowed, via, now, MAX_ROUTES, |at| *at);
        }
    }

    fn give_up(&mut self, to: PeerId, route: Route, now: Millis) {
        self.went.remove(&to);
        if self.came.get(&to).is_some_and(|(came, _)| *came == route) {
            self.came.remove(&to);
        }
        insert(&mut self.failed, (to, route), now, MAX_FAILURES, |at| *at);
    }

    /// The way to take of those that neighbours, the quickest first, and the relay offer:
    /// one that has not failed, and the one that failed longest ago when all have. Who
    /// swallowed another's signal comes after the relay.
    pub(super) fn choose(
        &self,
        to: PeerId,
        neighbours: impl Iterator<Item = PeerId>,
        now: Millis,
    ) -> Route {
        let lately = |at: &&Millis| now.since(**at) < FAILED_TIME;
        let (last, first): (Vec<PeerId>, Vec<PeerId>) =
            neighbours.partition(|via| self.swallowed.get(via).filter(lately).is_some());
        let ways = (first.into_iter().map(Route::Neighbour))
            .chain([Route::Relay])
            .chain(last.into_iter().map(Route::Neighbour));
        // The first of those that are least.
        ways.min_by_key(|way| self.failed.get(&(to, *way)).filter(lately).copied())
            .unwrap_or(Route::Relay)
    }

    /// A neighbour's link is mended.
    pub(super) fn mend(&mut self, peer: PeerId, now: Millis) {
        // Only neighbours' links are mended, so these are few.
        self.mending
            .retain(|_, since| now.since(*since) < MEND_TIME);
        self.mending.insert(peer, now);
    }

    pub(super) fn is_mending(&self, peer: PeerId, now: Millis) -> bool {
        let since = self.mending.get(&peer);
        since.is_some_and(|since| now.since(*since) < MEND_TIME)
    }
}

// Beyond the bound the oldest is forgotten.
fn insert<K: Ord + Copy, V>(
    map: &mut BTreeMap<K, V>,
    key: K,
    value: V,
    limit: usize,
    at: impl Fn(&V) -> Millis,
) {
    map.insert(key, value);
    if map.len() > limit {
        let oldest = map.iter().min_by_key(|(_, value)| at(value));
        if let Some(oldest) = oldest.map(|(key, _)| *key) {
            map.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(number: u16) -> PeerId {
        let mut id = [0; 32];
        id[..2].copy_from_slice(&number.to_be_bytes());
        PeerId(id)
    }

    const START: Millis = Millis(1_000_000);

    #[test]
    fn only_the_way_that_carried_a_signal_can_say_that_it_failed() {
        let (to, via, other) = (
            peer(1),
            Route::Neighbour(peer(2)),
            Route::Neighbour(peer(3)),
        );
        let mut ways = Ways::default();
        assert!(!ways.fails(to, via, START), "nothing went");
        ways.goes(to, Route::Relay, START);
        assert!(!ways.fails(to, via, START) && !ways.fails(to, other, START));
        assert!(ways.fails(to, Route::Relay, START));
        assert!(!ways.fails(to, Route::Relay, START), "it was said");
        ways.goes(to, via, START);
        assert!(!ways.fails(to, via, START.plus(60_000)), "long after");
    }

    #[test]
    fn after_a_failure_each_other_way_is_taken_in_turn() {
        let (to, quick, slow) = (peer(1), peer(2), peer(3));
        let mut ways = Ways::default();
        let mut taken = Vec::new();
        for turn in 0..5 {
            let now = START.plus(turn * 1_000);
            let way = ways.choose(to, [quick, slow].into_iter(), now);
            ways.goes(to, way, now);
            assert!(ways.fails(to, way, now));
            taken.push(way);
        }
        let round = [
            Route::Neighbour(quick),
            Route::Neighbour(slow),
            Route::Relay,
        ];
        assert_eq!(taken[..3], round);
        assert_eq!(taken[3..], round[..2], "the one that failed longest ago");
    }

    #[test]
    fn who_swallows_a_signal_is_asked_after_the_relay_for_ten_minutes_or_until_it_carries_one() {
        let (liar, honest) = (peer(8), peer(9));
        let mut ways = Ways::default();
        ways.goes(peer(1), Route::Neighbour(liar), START);
        ways.dial_failed(peer(1), START);
        let way = |ways: &Ways, now| ways.choose(peer(2), [liar].into_iter(), now);
        assert_eq!(way(&ways, START.plus(599_000)), Route::Relay);
        assert_eq!(way(&ways, START.plus(600_000)), Route::Neighbour(liar));
        let both = ways.choose(peer(2), [liar, honest].into_iter(), START);
        assert_eq!(both, Route::Neighbour(honest));
        // The relay does not reach that one: better a liar than nobody.
        ways.goes(peer(2), Route::Relay, START);
        assert!(ways.fails(peer(2), Route::Relay, START));
        assert_eq!(way(&ways, START), Route::Neighbour(liar));
        ways.came(peer(3), Route::Neighbour(liar), START);
        assert_eq!(
            ways.choose(peer(4), [liar].into_iter(), START),
            Route::Neighbour(liar)
        );
    }

    #[test]
    fn a_dial_that_failed_after_an_answer_is_nobodys_fault() {
        let (to, via) = (peer(1), peer(2));
        let mut ways = Ways::default();
        ways.goes(to, Route::Neighbour(via), START);
        ways.came(to, Route::Neighbour(via), START);
        ways.dial_failed(to, START);
        ways.goes(to, Route::Neighbour(via), START);
        ways.dial_failed(to, START);
        let way = ways.choose(to, [via].into_iter(), START);
        assert_eq!(way, Route::Neighbour(via));
    }

    #[test]
    fn of_a_thousand_peers_and_ways_a_few_hundred_are_remembered() {
        let mut ways = Ways::default();
        for number in 0..1_000 {
            let (to, now) = (peer(number), START.plus(number.into()));
            let via = Route::Neighbour(peer(number + 1_000));
            ways.goes(to, via, now);
            ways.dial_failed(to, now);
            ways.goes(to, via, now);
            ways.came(peer(number + 2_000), Route::Relay, now);
        }
        assert_eq!((ways.came.len(), ways.went.len()), (64, 64));
        assert_eq!((ways.failed.len(), ways.swallowed.len()), (256, 64));
    }
}
