//! What peers may ask of this node, by who pays for it. A peer's name is free, so a
//! bucket that were full again with each new link would be none: what a link takes
//! comes out of a bucket that outlives it. Links that this node chose have one each,
//! which no stranger empties; the others share theirs with all of the same address,
//! or of the same introducer where no address is known, and all together with one
//! another.

use std::collections::BTreeMap;

use super::peer::{BUCKET, REFILL};
use crate::address_group::AddressGroup;
use crate::hash::PeerId;
use crate::units::Millis;

/// Payers remembered, at most: one is forgotten when its buckets are full again, which
/// takes 20 s. Those beyond pay together, as those of whom nothing is known.
pub(super) const MAX_PAYERS: usize = 256;

/// KiB given to one payer at once, and each second: twice what the largest request for
/// blocks takes. What is asked beyond waits.
pub(super) const GIVEN_KIB: u32 = 4_096;
/// KiB given at once to all that came by themselves; half of it each second.
const GIVEN_TO_STRANGERS_KIB: u32 = 4 * GIVEN_KIB;

/// Units of work that new links of one payer begin with: four full buckets, and one
/// link's refill.
const OPENING: u32 = 4 * BUCKET;
/// A link begins with so many, however many there were before: a hello, a request for
/// headers and a few messages.
const LEAST_OPENING: u32 = 500;

/// Who pays for what a link takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Payer {
    /// A peer that this node chose.
    Chosen(PeerId),
    /// All that come from one address.
    Address(AddressGroup),
    /// All tabs of this browser.
    Browser,
    /// All whose signals came by a relay.
    Relay,
    /// All whose signals a neighbour carried that this node chose.
    Through(PeerId),
    /// All others.
    Unknown,
}

#[derive(Debug)]
struct Budget {
    given: Bucket,
    opening: Bucket,
}

impl Budget {
    fn new(now: Millis) -> Self {
        Self {
            given: Bucket::full(GIVEN_KIB, GIVEN_KIB, now),
            opening: Bucket::full(OPENING, REFILL, now),
        }
    }
}

/// The buckets that outlive links.
#[derive(Debug)]
pub(super) struct Budgets {
    by: BTreeMap<Payer, Budget>,
    strangers: Budget,
}

impl Budgets {
    pub(super) fn new(now: Millis) -> Self {
        let strangers = Budget {
            given: Bucket::full(GIVEN_TO_STRANGERS_KIB, GIVEN_TO_STRANGERS_KIB / 2, now),
            opening: Bucket::full(4 * OPENING, 4 * REFILL, now),
        };
        Self {
            by: BTreeMap::new(),
            strangers,
        }
    }

    /// Opens an account, or finds it; says who pays.
    pub(super) fn open(&mut self, payer: Payer, now: Millis) -> Payer {
        if !self.by.contains_key(&payer) && self.by.len() >= MAX_PAYERS {
            self.by
                .entry(Payer::Unknown)
                .or_insert_with(|| Budget::new(now));
            return Payer::Unknown;
        }
        self.by.entry(payer).or_insert_with(|| Budget::new(now));
        payer
    }

    /// Units of work that a new link begins with.
    pub(super) fn take_opening(&mut self, payer: Payer, now: Millis) -> u32 {
        let budget = self.by.entry(payer).or_insert_with(|| Budget::new(now));
        let mut units = budget.opening.take_up_to(BUCKET, now);
        if !matches!(payer, Payer::Chosen(_)) {
            units = self.strangers.opening.take_up_to(units, now);
        }
        units.max(LEAST_OPENING)
    }

    /// Whether so many KiB may be given now.
    pub(super) fn has_given(&mut self, payer: Payer, kib: u32, now: Millis) -> bool {
        let strangers = matches!(payer, Payer::Chosen(_)) || self.strangers.given.has(kib, now);
        let budget = self.by.entry(payer).or_insert_with(|| Budget::new(now));
        strangers && budget.given.has(kib, now)
    }

    /// They are given.
    pub(super) fn spend_given(&mut self, payer: Payer, kib: u32, now: Millis) {
        if !matches!(payer, Payer::Chosen(_)) {
            self.strangers.given.spend(kib, now);
        }
        if let Some(budget) = self.by.get_mut(&payer) {
            budget.given.spend(kib, now);
        }
    }

    /// Forget whose buckets are full: anew they would be the same.
    pub(super) fn expire(&mut self, now: Millis) {
        self.by
            .retain(|_, budget| !(budget.given.is_full(now) && budget.opening.is_full(now)));
    }
}

/// Empties by use and fills with time.
#[derive(Debug)]
pub(super) struct Bucket {
    units: u32,
    size: u32,
    /// Units a second.
    refill: u32,
    at: Millis,
}

impl Bucket {
    pub(super) fn full(size: u32, refill: u32, now: Millis) -> Self {
        Self {
            units: size,
            size,
            refill,
            at: now,
        }
    }

    /// One that holds so many units now.
    pub(super) fn holding(units: u32, size: u32, refill: u32, now: Millis) -> Self {
        Self {
            units: units.min(size),
            ..Self::full(size, refill, now)
        }
    }

    fn fill(&mut self, now: Millis) {
        let back = now.since(self.at).saturating_mul(self.refill.into()) / 1000;
        if back > 0 {
            self.units = u32::try_from(back.saturating_add(self.units.into()))
                .unwrap_or(self.size)
                .min(self.size);
            self.at = now;
        }
    }

    pub(super) fn has(&mut self, units: u32, now: Millis) -> bool {
        self.fill(now);
        self.units >= units
    }

    fn is_full(&mut self, now: Millis) -> bool {
        self.has(self.size, now)
    }

    /// Takes so many units; false, and takes none, when there are fewer.
    pub(super) fn spend(&mut self, units: u32, now: Millis) -> bool {
        let has = self.has(units, now);
        if has {
            self.units -= units;
        }
        has
    }

    fn take_up_to(&mut self, units: u32, now: Millis) -> u32 {
        self.fill(now);
        let taken = self.units.min(units);
        self.units -= taken;
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(number: u32) -> Payer {
        let [a, b, c, d] = number.to_be_bytes();
        Payer::Address(AddressGroup::of([a, b, c, d].into()))
    }

    const START: Millis = Millis(1_000_000);

    #[test]
    fn links_of_one_address_that_come_anew_begin_with_what_the_last_left() {
        let mut budgets = Budgets::new(START);
        let one = budgets.open(address(1), START);
        let units: u32 = (0..100).map(|_| budgets.take_opening(one, START)).sum();
        // Four buckets of 20,000 and 500 with each of the others.
        assert!(units <= 80_000 + 100 * 500, "{units}");
        let other = budgets.open(address(2), START);
        assert_eq!(budgets.take_opening(other, START), 20_000);
    }

    #[test]
    fn many_addresses_together_are_given_no_more_than_strangers_may() {
        let mut budgets = Budgets::new(START);
        let mut given_kib = 0;
        for number in 0..200 {
            let payer = budgets.open(address(number), START);
            while budgets.has_given(payer, 100, START) {
                budgets.spend_given(payer, 100, START);
                given_kib += 100;
            }
        }
        assert!(given_kib <= 16_384, "{given_kib}");
        let chosen = budgets.open(Payer::Chosen(PeerId([1; 32])), START);
        assert!(budgets.has_given(chosen, 4_096, START));
        assert!(!budgets.has_given(chosen, 4_097, START));
    }

    #[test]
    fn ten_thousand_addresses_are_remembered_in_part_and_forgotten_when_they_have_rested() {
        let mut budgets = Budgets::new(START);
        for number in 0..10_000 {
            let payer = budgets.open(address(number), START);
            budgets.take_opening(payer, START);
        }
        assert!(budgets.by.len() <= 257, "{}", budgets.by.len());
        assert_eq!(budgets.open(address(20_000), START), Payer::Unknown);
        budgets.expire(START.plus(21_000));
        assert_eq!(budgets.by.len(), 0);
    }

    #[test]
    fn a_bucket_that_is_empty_fills_with_time() {
        let mut bucket = Bucket::full(20_000, 4_000, START);
        assert!(bucket.spend(20_000, START));
        assert!(!bucket.spend(1, START));
        assert!(bucket.spend(4, START.plus(1)));
        assert!(!bucket.spend(20_000, START.plus(4_000)));
        assert!(bucket.spend(20_000, START.plus(60_000)));
    }
}
