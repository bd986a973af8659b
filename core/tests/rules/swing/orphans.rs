//! Blocks found in vain while a class arrives: a hundred miners who hear of each
//! other's blocks a moment later, under the real rules of headers.

use std::collections::VecDeque;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tablon_core::difficulty::{Parent, earliest_time, next_base, required_bits};
use tablon_core::params::Params;
use tablon_core::rules::time_not_ahead;
use tablon_core::units::{Millis, Timestamp};

use super::HOUR;
use super::board::{START, USUAL, hashes};

const MINERS: usize = 100;
/// Time goes in such steps.
const STEP_S: f64 = 0.05;

struct Found {
    on: usize,
    tip: Parent,
    /// Of the chain up to it, and of a block on it.
    work: f64,
    next_work: f64,
}

struct Class {
    params: Params,
    rng: ChaCha8Rng,
    blocks: Vec<Found>,
    /// What each miner mines on, and what is left of its lot.
    tips: Vec<usize>,
    lots: Vec<f64>,
    /// Blocks on their way to all, and when they arrive.
    travels: VecDeque<(f64, usize)>,
    /// Blocks that are there and not due yet.
    early: Vec<usize>,
}

impl Class {
    fn new(seed: u64) -> Self {
        let params = Params::default_network();
        let tip = Parent {
            time: Timestamp(START),
            base: USUAL,
            solve_time: i64::from(params.spacing),
            is_genesis: false,
        };
        let first = Found {
            on: 0,
            tip,
            work: 0.0,
            next_work: hashes(next_base(&params, &tip)),
        };
        let mut class = Self {
            params,
            rng: ChaCha8Rng::seed_from_u64(seed),
            blocks: vec![first],
            tips: vec![0; MINERS],
            lots: Vec::new(),
            travels: VecDeque::new(),
            early: Vec::new(),
        };
        class.lots = (0..MINERS).map(|_| class.lot()).collect();
        class
    }

    fn lot(&mut self) -> f64 {
        let unit = (self.rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        -(1.0 - unit).ln()
    }

    // Everybody has these blocks; the heaviest chain wins, the first heard on a tie.
    fn arrive(&mut self, now: f64, clock: Millis) {
        while let Some((at, block)) = self.travels.front().copied()
            && at <= now
        {
            self.travels.pop_front();
            self.early.push(block);
        }
        let (blocks, params) = (&self.blocks, &self.params);
        let due = |block: &usize| time_not_ahead(params, clock, blocks[*block].tip.time).is_ok();
        let (due, early): (Vec<usize>, _) = self.early.iter().partition(|block| due(block));
        self.early = early;
        for block in due {
            for tip in &mut self.tips {
                if self.blocks[block].work > self.blocks[*tip].work {
                    *tip = block;
                }
            }
        }
    }

    fn mine(&mut self, miner: usize, now: f64, delay: f64, clock: Millis) {
        let on = &self.blocks[self.tips[miner]];
        let time = clock.timestamp().max(earliest_time(&self.params, &on.tip));
        if time_not_ahead(&self.params, clock, time).is_err() {
            return;
        }
        // A hundred times the usual rate: no target eases.
        let usual = hashes(USUAL) / f64::from(self.params.spacing);
        let chance = usual * STEP_S / on.next_work;
        if chance < self.lots[miner] {
            self.lots[miner] -= chance;
            return;
        }
        let bits = required_bits(&self.params, &on.tip, time);
        let tip = Parent {
            time,
            base: next_base(&self.params, &on.tip),
            solve_time: i64::from(time.0) - i64::from(on.tip.time.0),
            is_genesis: false,
        };
        let found = Found {
            on: self.tips[miner],
            work: on.work + hashes(bits),
            next_work: hashes(next_base(&self.params, &tip)),
            tip,
        };
        self.lots[miner] = self.lot();
        self.blocks.push(found);
        self.tips[miner] = self.blocks.len() - 1;
        self.travels.push_back((now + delay, self.blocks.len() - 1));
    }

    // Blocks found, and those of them on the heaviest chain.
    fn count(&self) -> (usize, usize) {
        let by_work = |a: &usize, b: &usize| self.blocks[*a].work.total_cmp(&self.blocks[*b].work);
        let mut at = (0..self.blocks.len()).max_by(by_work).expect("the first");
        let mut height = 0;
        while at != 0 {
            height += 1;
            at = self.blocks[at].on;
        }
        (self.blocks.len() - 1, height)
    }
}

#[test]
fn orphans_while_a_class_of_a_hundred_arrives() {
    for delay in [0.1, 0.3, 1.0] {
        let mut class = Class::new(1);
        let mut hours = Vec::new();
        for step in 1..=(2.0 * f64::from(HOUR * class.params.spacing) / STEP_S) as u64 {
            let now = step as f64 * STEP_S;
            let clock = Millis(u64::from(START) * 1_000 + (now * 1_000.0) as u64);
            class.arrive(now, clock);
            for miner in 0..MINERS {
                class.mine(miner, now, delay, clock);
            }
            if step % (f64::from(HOUR * class.params.spacing) / STEP_S) as u64 == 0 {
                hours.push(class.count());
            }
        }
        let [(found, kept), (all_found, all_kept)] = hours[..] else {
            panic!("two hours")
        };
        let share = |found: usize, kept: usize| 100.0 * (found - kept) as f64 / found as f64;
        let later = (all_found - found, all_kept - kept);
        println!(
            "x100 arrives, {delay} s from miner to miner: {} of {found} blocks orphaned in the \
             first hour ({:.0} %), in the second {:.0} %",
            found - kept,
            share(found, kept),
            share(later.0, later.1),
        );
        // The chain goes on all the while, and the storm ends.
        assert!(kept >= HOUR as usize, "{kept} blocks in the first hour");
        assert!(
            later.1 <= 3 * HOUR as usize / 2,
            "{} in the second",
            later.1
        );
    }
}
