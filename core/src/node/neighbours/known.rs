//! Peers known by name, and who named them.
//!
//! Whoever names peers, be it the relay or a neighbour, has a share of what is
//! known and of those dialled, however many it names (E. Heilman et al., Eclipse
//! Attacks on Bitcoin's Peer-to-Peer Network, 2015): one that lies cannot surround
//! a node that knows another.

use std::collections::{BTreeMap, BTreeSet};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use crate::hash::PeerId;
use crate::node::Introducer;
use crate::units::Millis;

/// Peers known by name, at most.
pub const MAX_INTRODUCED: usize = 256;
/// Peers known by one introducer, at most.
pub const MAX_NAMED: usize = 64;
/// Introducers remembered of one peer, at most.
const MAX_SOURCES: usize = 4;
/// A peer that nobody has named for so long is forgotten, ms: it would be counted
/// among those who are there.
const NAMED_TIME: u64 = 5 * 60_000;
/// Dials in a row that may fail before a peer is forgotten: introducers name
/// those who are there.
const MAX_FAILURES: u8 = 3;

/// Who named a peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::node) enum Source {
    /// This node remembers it from before its last start.
    Remembered,
    /// From outside the network.
    Introducer(Introducer),
    /// A neighbour that this node chose, as a neighbour of its own.
    Neighbour(PeerId),
    /// It came by itself, or one that did so named it: all of these have one share,
    /// because another name costs nothing.
    Stranger,
}

#[derive(Debug)]
struct Facts {
    by: BTreeSet<Source>,
    named: Millis,
    failures: u8,
}

#[derive(Debug, Default)]
pub(super) struct Known(BTreeMap<PeerId, Facts>);

impl Known {
    /// Beyond a bound a random one is forgotten; of one introducer's, one that
    /// nobody else named.
    pub(super) fn introduce(
        &mut self,
        peer: PeerId,
        by: Source,
        now: Millis,
        rng: &mut ChaCha8Rng,
    ) {
        let facts = self.0.entry(peer).or_insert(Facts {
            by: BTreeSet::new(),
            named: now,
            failures: 0,
        });
        facts.named = now;
        if facts.by.len() < MAX_SOURCES {
            facts.by.insert(by);
        }
        let by_it_alone = |facts: &Facts| facts.by.len() == 1 && facts.by.contains(&by);
        let alone = self.0.values().filter(|facts| by_it_alone(facts)).count();
        let victim = if alone > MAX_NAMED {
            let named = self.0.iter().filter(|(_, facts)| by_it_alone(facts));
            pick(named.map(|(peer, _)| peer), rng)
        } else if self.0.len() > MAX_INTRODUCED {
            pick(self.0.keys(), rng)
        } else {
            None
        };
        if let Some(victim) = victim {
            self.0.remove(&victim);
        }
    }

    pub(super) fn peers(&self) -> impl Iterator<Item = PeerId> {
        self.0.keys().copied()
    }

    pub(super) fn forget(&mut self, peer: PeerId) {
        self.0.remove(&peer);
    }

    /// A dial came to nothing.
    pub(super) fn failed(&mut self, peer: PeerId) {
        if let Some(facts) = self.0.get_mut(&peer) {
            facts.failures += 1;
            if facts.failures >= MAX_FAILURES {
                self.0.remove(&peer);
            }
        }
    }

    /// A link to it is open.
    pub(super) fn reached(&mut self, peer: PeerId) {
        if let Some(facts) = self.0.get_mut(&peer) {
            facts.failures = 0;
        }
    }

    /// How often in a row dialling it has failed, however often it was named
    /// meanwhile.
    pub(super) fn failures(&self, peer: PeerId) -> u8 {
        self.0.get(&peer).map_or(0, |facts| facts.failures)
    }

    /// Forget those that nobody names any more, unless they are `there`.
    pub(super) fn expire(&mut self, now: Millis, there: impl Fn(PeerId) -> bool) {
        self.0
            .retain(|peer, facts| now.since(facts.named) < NAMED_TIME || there(*peer));
    }

    /// One of those that are `free`, at random, of the introducer who named the
    /// fewest of those `taken`.
    pub(super) fn choose(
        &self,
        free: impl Fn(PeerId) -> bool,
        taken: &[PeerId],
        rng: &mut ChaCha8Rng,
    ) -> Option<PeerId> {
        let free: Vec<(&PeerId, &Facts)> =
            (self.0.iter()).filter(|(peer, _)| free(**peer)).collect();
        let sources: BTreeSet<Source> = (free.iter())
            .flat_map(|(_, facts)| facts.by.iter().copied())
            .collect();
        let share = |source: &Source| {
            let named = |peer: &&PeerId| {
                let facts = self.0.get(*peer);
                facts.is_some_and(|facts| facts.by.contains(source))
            };
            taken.iter().filter(named).count()
        };
        let least = sources.iter().map(share).min()?;
        let fewest: Vec<Source> = (sources.into_iter())
            .filter(|source| share(source) == least)
            .collect();
        let source = fewest[(rng.next_u64() % fewest.len() as u64) as usize];
        let named = free.iter().filter(|(_, facts)| facts.by.contains(&source));
        pick(named.map(|(peer, _)| *peer), rng)
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// One of these at random.
pub(super) fn pick<'a>(
    from: impl Iterator<Item = &'a PeerId> + Clone,
    rng: &mut ChaCha8Rng,
) -> Option<PeerId> {
    let count = from.clone().count() as u64;
    // The bias of a remainder over 256 at most is below 2^-56.
    let at = rng.next_u64().checked_rem(count)?;
    from.copied().nth(at as usize)
}

#[cfg(test)]
mod tests {
    use super::super::tests::peer;
    use super::*;
    use rand_chacha::rand_core::SeedableRng;

    const RELAY: Source = Source::Introducer(Introducer::Relay);

    #[test]
    fn an_introducer_that_names_thousands_is_remembered_in_part() {
        let mut rng = ChaCha8Rng::from_seed([1; 32]);
        let mut known = Known::default();
        for number in 0..5_000 {
            known.introduce(peer(number), RELAY, Millis(0), &mut rng);
        }
        assert_eq!(known.len(), 64);
        for source in 0..20 {
            for number in 0..100 {
                let by = Source::Neighbour(peer(source));
                known.introduce(peer(source * 1_000 + number), by, Millis(0), &mut rng);
            }
        }
        assert_eq!(known.len(), 256);
    }

    #[test]
    fn who_names_many_is_chosen_no_more_often_than_who_names_one() {
        let mut rng = ChaCha8Rng::from_seed([1; 32]);
        let mut known = Known::default();
        for number in 0..60 {
            known.introduce(peer(number), RELAY, Millis(0), &mut rng);
        }
        let honest = Source::Neighbour(peer(99));
        known.introduce(peer(100), honest, Millis(0), &mut rng);
        known.introduce(peer(101), honest, Millis(0), &mut rng);
        let mut taken = Vec::new();
        for _ in 0..4 {
            let chosen = known.choose(|peer| !taken.contains(&peer), &taken, &mut rng);
            taken.push(chosen.unwrap());
        }
        let of_honest = taken.iter().filter(|taken| taken.0[0] >= 100).count();
        assert_eq!(of_honest, 2);
    }

    #[test]
    fn strangers_that_name_each_other_have_one_share_however_many_they_are() {
        let mut rng = ChaCha8Rng::from_seed([1; 32]);
        let mut known = Known::default();
        for number in 0..1_000 {
            known.introduce(peer(1_000 + number), Source::Stranger, Millis(0), &mut rng);
        }
        let honest = Source::Neighbour(peer(99));
        for number in 100..104 {
            known.introduce(peer(number), honest, Millis(0), &mut rng);
        }
        // Four of them are linked: the next are those of the neighbour that was chosen.
        let mut taken: Vec<PeerId> = known.peers().filter(|it| it.0[1] >= 3).take(4).collect();
        assert_eq!(taken.len(), 4);
        for _ in 0..4 {
            let chosen = known.choose(|peer| !taken.contains(&peer), &taken, &mut rng);
            taken.push(chosen.unwrap());
        }
        let of_honest = taken[4..].iter().filter(|it| it.0[1] == 0);
        assert_eq!(of_honest.count(), 4);
        assert_eq!(known.len(), 64 + 4);
    }

    #[test]
    fn a_peer_that_nobody_names_any_more_is_forgotten() {
        let mut rng = ChaCha8Rng::from_seed([1; 32]);
        let mut known = Known::default();
        known.introduce(peer(1), RELAY, Millis(0), &mut rng);
        known.introduce(peer(2), RELAY, Millis(0), &mut rng);
        known.introduce(peer(3), RELAY, Millis(NAMED_TIME), &mut rng);
        known.expire(Millis(NAMED_TIME + 1), |there| there == peer(2));
        assert_eq!(known.peers().collect::<Vec<_>>(), [peer(2), peer(3)]);
    }
}
