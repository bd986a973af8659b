//! The pool by itself. Bounds are written as numbers: a test that took the code's own
//! constants would follow whatever they are changed to.

use std::collections::BTreeMap;
use std::convert::Infallible;

use super::*;
use crate::keys::SecretKey;
use crate::miner::search_stamp;
use crate::params::Params;
use crate::rules::check_transaction;
use crate::testing::{author, post_with_number};
use crate::transaction::{Action, Draft, Post, Transfer};
use crate::units::{Amount, Timestamp};

const NOW: Millis = Millis(1_800_000_000_000);

fn params() -> Params {
    Params {
        stamp_bits: 0,
        ..Params::default_network()
    }
}

fn checked(who: u8, number: u32, body: &str) -> CheckedTransaction {
    post_with_number(&params(), &author(who), number, body)
}

/// With a stamp of exactly so many bits, which the rule must allow: up to 256 bytes any,
/// then one more for each doubling, up to 5 for 4,000.
fn acts(who: u32, number: u32, action: Action, bits: u32) -> CheckedTransaction {
    let params = params();
    let mut seed = [0x5e; 32];
    seed[..4].copy_from_slice(&who.to_le_bytes());
    let key = SecretKey::from_seed(seed);
    let time = NOW.timestamp();
    let draft = Draft::new(params.network_id(), key.public(), number, time, action);
    let work = draft.stamp_job(|_| bits);
    let mut first = 0;
    loop {
        let stamp = search_stamp(&work, first, u64::MAX).expect("few bits");
        let transaction = draft.clone().finish(stamp, &key);
        let checked = check_transaction(&params, params.network_id(), transaction);
        let checked = checked.expect("it keeps every rule");
        if checked.stamp_bits() == bits {
            return checked;
        }
        first = u64::from_le_bytes(stamp.0) + 1;
    }
}

fn stamped(who: u32, number: u32, length: usize, bits: u32) -> CheckedTransaction {
    let post = Post {
        name: String::new(),
        topic: String::new(),
        body: "x".repeat(length),
        reply_to: None,
    };
    acts(who, number, Action::Post(post), bits)
}

fn add(pool: &mut Mempool, transaction: CheckedTransaction) -> Result<Added, PoolError> {
    pool.add(transaction, 0, Origin::Fresh, NOW)
}

fn ready(pool: &mut Mempool, transaction: CheckedTransaction) -> Vec<CheckedTransaction> {
    match add(pool, transaction) {
        Ok(Added::Ready(evicted)) => evicted,
        other => panic!("{other:?}"),
    }
}

fn chosen(pool: &Mempool, room: usize) -> Vec<TxId> {
    let chosen = pool.select::<Infallible>(room, |_| Ok(true)).unwrap();
    chosen.iter().map(|chosen| chosen.id()).collect()
}

#[test]
fn a_full_pool_keeps_what_cost_most_per_byte_and_says_why_it_refuses() {
    let one = checked(1, 0, "hola");
    let mut pool = Mempool::with_limit(one.size() as usize * 4);
    let mut refused = 0;
    for who in 0..60 {
        match add(&mut pool, checked(who, 0, "hola")) {
            Ok(_) => {}
            Err(error) => {
                assert!(error.to_string().contains("the pool is full"), "{error}");
                refused += 1;
            }
        }
        assert!(pool.bytes() <= one.size() as usize * 4);
    }
    assert_eq!(pool.len(), 4);
    assert!(refused > 0);
    let kept: Vec<u32> = pool.ranked().map(CheckedTransaction::stamp_bits).collect();
    assert!(kept.windows(2).all(|pair| pair[0] >= pair[1]), "{kept:?}");
    assert!(kept[3] >= 2, "the four best of sixty stamps: {kept:?}");
}

#[test]
fn strangers_fill_eight_mebibytes_and_no_byte_more() {
    let mut pool = Mempool::new(15);
    let mut refused = 0;
    for who in 0..72 {
        for number in 0..30 {
            refused += u32::from(add(&mut pool, stamped(who, number, 4_000, 5)).is_err());
            assert!(pool.bytes() <= 8_388_608, "{}", pool.bytes());
        }
    }
    assert!(pool.bytes() > 8_380_000, "{}", pool.bytes());
    assert!(refused > 50, "{refused}");
    // What is written here does not ask for their room, and they not for its.
    let me = stamped(999, 0, 4_000, 5);
    pool.set_own(me.author());
    let before = pool.bytes();
    assert_eq!(ready(&mut pool, me.clone()), []);
    assert_eq!(pool.bytes(), before);
    for who in 1_000..1_010 {
        ready(&mut pool, stamped(who, 0, 4_000, 9));
    }
    assert!(pool.get(me.id()).is_some());
}

#[test]
fn one_author_waits_with_sixty_four_at_most_and_with_no_more_than_a_block_holds() {
    let mut pool = Mempool::new(15);
    for number in 0..64 {
        ready(&mut pool, checked(1, number, "hola"));
    }
    let one_more = checked(1, 64, "hola");
    let error = add(&mut pool, one_more.clone()).unwrap_err();
    assert!(error.to_string().contains("at most 64"), "{error}");
    pool.add(one_more, 0, Origin::Reorg, NOW).unwrap();
    ready(&mut pool, checked(2, 0, "hola"));
    let mut bytes = 0;
    for number in 0..31 {
        let large = stamped(7, number, 4_050, 5);
        bytes += large.size();
        ready(&mut pool, large);
    }
    assert!(bytes <= 130_816, "{bytes}");
    let error = add(&mut pool, stamped(7, 31, 4_050, 5)).unwrap_err();
    assert_eq!(error.code(), "pool_too_large");
    assert!(error.to_string().contains("at most 130816"), "{error}");
}

#[test]
fn what_misses_an_earlier_number_takes_no_room_from_what_could_be_mined() {
    let mut pool = Mempool::new(15);
    for who in 0..300 {
        for number in 1..8 {
            let _ = add(&mut pool, stamped(who, number, 1, 0));
        }
    }
    assert_eq!((pool.len(), pool.bytes(), pool.apart()), (0, 0, 100));
    assert_eq!(chosen(&pool, usize::MAX), []);
    // Of one author eight, the nearest numbers.
    let mut pool = Mempool::new(15);
    for number in (1..=40).rev() {
        let _ = add(&mut pool, stamped(1, number, 1, 0));
    }
    assert_eq!(pool.apart(), 8);
    let of_author = stamped(1, 0, 1, 0).author();
    assert!((1..=8).all(|number| pool.take_apart(of_author, number).is_some()));
    // A dearer stamp finds a place among a hundred cheap ones, and an own one always.
    for who in 0..100 {
        assert_eq!(add(&mut pool, stamped(who, 1, 1, 0)), Ok(Added::Apart));
    }
    let error = add(&mut pool, stamped(200, 1, 1, 0)).unwrap_err();
    assert_eq!(error.code(), "pool_gapped");
    assert_eq!(add(&mut pool, stamped(201, 1, 1, 5)), Ok(Added::Apart));
    pool.set_own(stamped(202, 1, 1, 0).author());
    assert_eq!(add(&mut pool, stamped(202, 1, 1, 0)), Ok(Added::Apart));
    assert_eq!(pool.apart(), 101);
}

#[test]
fn everything_expires() {
    let hour = 3_600_000;
    for (spacing, lifetime) in [(5, 72 * hour), (15, 72 * hour), (3_600, 400 * hour)] {
        let mut pool = Mempool::new(spacing);
        ready(&mut pool, checked(1, 0, "a"));
        ready(&mut pool, checked(1, 1, "b"));
        pool.set_own(author(1).public().address());
        ready(&mut pool, checked(2, 0, "c"));
        assert_eq!(add(&mut pool, checked(3, 4, "d")), Ok(Added::Apart));
        assert_eq!(pool.expire(NOW.plus(20 * 60_000 - 1)), []);
        assert_eq!(
            pool.expire(NOW.plus(20 * 60_000)).len(),
            1,
            "20 minutes apart"
        );
        assert_eq!(pool.expire(NOW.plus(lifetime - 1)), []);
        assert_eq!(
            pool.expire(NOW.plus(lifetime)).len(),
            3,
            "spacing {spacing}"
        );
        assert!(pool.is_empty());
        assert_eq!(pool.bytes(), 0);
    }
}

#[test]
fn a_strangers_transaction_older_than_a_month_or_of_next_week_is_refused() {
    let pool = Mempool::new(15);
    let one = checked(1, 0, "a");
    let day = 24 * 60 * 60;
    let at = |days: i64| Timestamp((i64::from(one.get().time.0) + days * day) as u32);
    for days in [-3, 0, 30] {
        assert_eq!(pool.check_time(&one, at(days)), Ok(()), "{days}");
    }
    for days in [-4, 31] {
        let error = pool.check_time(&one, at(days)).unwrap_err();
        assert_eq!(error.code(), "pool_time");
    }
}

#[test]
fn a_cheap_ancestor_is_not_carried_by_its_child_and_a_child_is_never_orphaned() {
    let size = stamped(1, 0, 100, 0).size() as usize;
    let mut pool = Mempool::with_limit(size * 4);
    // Cheap, then dear: together they are worth half of the dear one per byte.
    let (cheap, dear) = (stamped(1, 0, 100, 1), stamped(1, 1, 100, 8));
    // Dear, then cheap: each by itself.
    let (first, second) = (stamped(2, 0, 100, 7), stamped(2, 1, 100, 2));
    for one in [&cheap, &dear, &first, &second] {
        ready(&mut pool, one.clone());
    }
    let order: Vec<TxId> = pool.ranked().map(CheckedTransaction::id).collect();
    // 2^8 + 2^1 on two is above 2^7 on one.
    assert_eq!(order, [cheap.id(), dear.id(), first.id(), second.id()]);
    // The last alone is cheapest, not the cheap one that the dear one pays for.
    let third = stamped(3, 0, 100, 5);
    assert_eq!(ready(&mut pool, third.clone()), [second]);
    let a = stamped(4, 0, 100, 9);
    assert_eq!(ready(&mut pool, a.clone()), [third]);
    // A block with room for one more gets no half of the pair.
    assert_eq!(chosen(&pool, size * 2), [a.id(), first.id()]);
    assert_eq!(ready(&mut pool, stamped(5, 0, 100, 9)), [first]);
    // Both of the pair go at once: nothing is left behind without what it needs.
    assert_eq!(ready(&mut pool, stamped(6, 0, 100, 9)), [cheap, dear]);
}

#[test]
fn a_number_used_or_taken_is_refused_with_its_values() {
    let mut pool = Mempool::new(15);
    let mut at =
        |number, body: &str, next| pool.add(checked(1, number, body), next, Origin::Fresh, NOW);
    let error = at(2, "a", 3).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("has number 2, its author's next is 3")
    );
    at(3, "a", 3).unwrap();
    assert_eq!(at(3, "a", 3).unwrap_err().code(), "pool_known");
    assert_eq!(at(3, "b", 3).unwrap_err().code(), "pool_taken");
    assert_eq!(at(6, "b", 3), Ok(Added::Apart));
    assert_eq!(at(6, "b", 3).unwrap_err().code(), "pool_known");
    assert_eq!(at(6, "c", 3).unwrap_err().code(), "pool_taken");
    assert_eq!(pool.free_number(author(1).public().address(), 3), 4);
    assert_eq!(pool.remove_used(author(1).public().address(), 7).len(), 2);
    assert!(pool.is_empty());
    assert_eq!(pool.bytes(), 0);
}

#[test]
fn the_stamp_that_is_asked_enters_a_full_pool_and_one_bit_less_does_not() {
    let size = stamped(1, 0, 100, 0).size() as usize;
    let mut pool = Mempool::with_limit(size * 8);
    assert_eq!(pool.bits_to_enter(size, 3), 3);
    for who in 0..8 {
        ready(&mut pool, stamped(who, 0, 100, 5 + who % 2));
    }
    assert_eq!(pool.bits_to_enter(size, 3), 6);
    let error = add(&mut pool, stamped(20, 0, 100, 5)).unwrap_err();
    assert_eq!(error.code(), "pool_full");
    assert_eq!(ready(&mut pool, stamped(21, 0, 100, 6)).len(), 1);
    assert_eq!(pool.bits_to_enter(size * 2, 3), 7);
}

#[test]
fn the_stamp_that_is_asked_is_in_the_next_block_also_behind_a_cheap_one() {
    let mut pool = Mempool::new(15);
    let me = stamped(99, 0, 100, 2);
    let size = me.size() as usize;
    assert_eq!(pool.bits_for_next_block(me.author(), size, 2), 2);
    ready(&mut pool, me.clone());
    for who in 0..40 {
        ready(&mut pool, stamped(who, 0, 4_000, 8));
    }
    // 8 bits on some 4,150 bytes are 4 bits on some 240.
    let other = stamped(98, 0, 100, 4);
    assert_eq!(pool.bits_for_next_block(other.author(), size, 2), 4);
    assert!(chosen(&pool, 130_816).len() < 40);
    let asked = pool.bits_for_next_block(me.author(), size, 2);
    assert_eq!(asked, 5, "for itself and the one before it");
    let next = stamped(99, 1, 100, asked);
    ready(&mut pool, next.clone());
    let block = chosen(&pool, 130_816);
    assert!(block.contains(&me.id()) && block.contains(&next.id()));
}

#[test]
fn coins_on_their_way_count_once_and_not_when_one_pays_oneself() {
    let mut pool = Mempool::new(15);
    let (me, other) = (stamped(1, 0, 1, 0).author(), stamped(2, 0, 1, 0).author());
    let pay = |to, amount| {
        Action::Transfer(Transfer {
            to,
            amount: Amount(amount),
            tip: None,
        })
    };
    ready(&mut pool, acts(1, 0, pay(me, 5), 0));
    ready(&mut pool, acts(2, 0, pay(me, 7), 0));
    assert_eq!(pool.incoming(me), Amount(12));
    assert_eq!(pool.incoming_from_others(me), Amount(7));
    assert_eq!(
        (pool.outgoing(me), pool.outgoing(other)),
        (Amount(5), Amount(7))
    );
    pool.remove_from(other, 0);
    assert_eq!(pool.incoming_from_others(me), Amount(0));
}

// Work per byte of the chunk that each transaction is in, by trying every prefix of
// what is left of its author's.
fn scores_slowly(pool: &Mempool) -> BTreeMap<TxId, u128> {
    let mut scores = BTreeMap::new();
    for author in pool.packages.keys() {
        let mut left: Vec<_> = pool.below(*author, u32::MAX).collect();
        while !left.is_empty() {
            let (mut work, mut bytes) = (0, 0);
            let mut best = (0, 0);
            for (place, one) in left.iter().enumerate() {
                work += 1_u128 << one.stamp_bits();
                bytes += u128::from(one.size());
                if (work << 40) / bytes > best.0 {
                    best = ((work << 40) / bytes, place + 1);
                }
            }
            for one in left.drain(..best.1) {
                scores.insert(one.id(), best.0);
            }
        }
    }
    scores
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_comes_and_goes_packages_have_no_gap_and_rank_by_their_best_prefixes(
        steps in proptest::collection::vec((0u32..6, 0u32..8, 1usize..400, 0u32..7, 0u8..12), 1..60),
        limit in 600usize..6_000,
        room in 200usize..6_000,
    ) {
        let mut pool = Mempool::with_limit(limit);
        let mut next: BTreeMap<Address, u32> = BTreeMap::new();
        for (who, number, length, bits, what) in steps {
            let one = stamped(who, number, length, 2 + bits);
            let next = next.entry(one.author()).or_default();
            match what {
                0 => {
                    *next = (*next).max(number);
                    pool.remove_used(one.author(), *next);
                }
                1 => drop(pool.remove_from(one.author(), number)),
                _ => drop(pool.add(one, *next, Origin::Fresh, NOW)),
            }
            proptest::prop_assert!(pool.bytes() <= limit);
        }
        let mut bytes = 0;
        for author in pool.packages.keys() {
            let numbers: Vec<u32> = pool.below(*author, u32::MAX).map(|one| one.get().seq).collect();
            let expected: Vec<u32> = (next[author]..).take(numbers.len()).collect();
            proptest::prop_assert_eq!(&numbers, &expected);
            bytes += pool.below(*author, u32::MAX).map(|one| one.size() as usize).sum::<usize>();
        }
        proptest::prop_assert_eq!(bytes, pool.bytes());
        let scores = scores_slowly(&pool);
        let ranked: Vec<u128> = pool.ranked().map(|one| scores[&one.id()]).collect();
        proptest::prop_assert_eq!(ranked.len(), pool.len());
        proptest::prop_assert!(ranked.is_sorted_by(|a, b| a >= b), "{:?}", ranked);
        proptest::prop_assert_eq!(chosen(&pool, usize::MAX).len(), pool.len());
        // Each of a block follows what it needs, and the block is not too large.
        let mut taken: BTreeMap<Address, u32> = next.clone();
        let mut used = 0;
        for id in chosen(&pool, room) {
            let one = pool.get(id).unwrap();
            let turn = taken.get_mut(&one.author()).unwrap();
            proptest::prop_assert_eq!(*turn, one.get().seq);
            *turn += 1;
            used += one.size() as usize;
        }
        proptest::prop_assert!(used <= room);
        // Announced author by author, from anywhere on.
        let all: Vec<_> = pool.after(None).collect();
        proptest::prop_assert_eq!(all.len(), pool.len());
        for (place, (cursor, _)) in all.iter().enumerate() {
            proptest::prop_assert!(pool.after(Some(*cursor)).eq(all[place + 1..].iter().copied()));
        }
    }
}
