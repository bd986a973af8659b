//! A margin must not part an honest board: twenty chains that hear of each other's blocks
//! late, and are cut in two for days, are together again as they would be without one,
//! or at most two spacings later.

#![allow(
    clippy::print_stdout,
    reason = "the measured values are worth a look while the limits are kept"
)]

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tablon_core::block::{Block, Coinbase, merkle_root};
use tablon_core::chain::Chain;
use tablon_core::difficulty::{earliest_time, required_bits};
use tablon_core::hash::BlockHash;
use tablon_core::header::Header;
use tablon_core::keys::Address;
use tablon_core::miner;
use tablon_core::params::{HEADER_VERSION, Params};
use tablon_core::store::MemoryBackend;
use tablon_core::target::CompactTarget;
use tablon_core::units::Timestamp;

const NODES: usize = 20;
/// The longest: an hour is one block of it, so that a deep fork is one of 21 blocks.
const SPACING_S: f64 = 3_600.0;
const START: u32 = 1_700_000_000;
/// From one to the next a block takes up to a third of a spacing: forks are frequent.
const SLOWEST_S: f64 = SPACING_S / 3.0;

struct Board {
    rng: ChaCha8Rng,
    params: Params,
    chains: Vec<Chain>,
    /// Since when a chain holds a heavier branch back.
    held_back: Vec<Option<f64>>,
    blocks: BTreeMap<BlockHash, Block>,
    /// Blocks on their way, by arrival.
    travels: BTreeMap<(u64, u64), (usize, BlockHash)>,
    sent: u64,
    now: f64,
    divided: bool,
    /// Since when not all chains have one tip, and the longest such time.
    apart_since: Option<f64>,
    longest_apart: f64,
    /// How often a chain gave way to what it had held back.
    gave_way: u32,
}

impl Board {
    fn new(seed: u64, margin: u8) -> Self {
        let params = Params {
            name: "margin".into(),
            spacing: SPACING_S as u32,
            initial: CompactTarget(0x207f_ffff),
            easiest: CompactTarget(0x207f_ffff),
            margin,
            ..Params::default_network()
        };
        let open = |_| Chain::open(params.clone(), MemoryBackend::default()).expect("memory");
        Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            chains: (0..NODES).map(open).collect(),
            held_back: vec![None; NODES],
            blocks: BTreeMap::new(),
            travels: BTreeMap::new(),
            sent: 0,
            now: 0.0,
            divided: false,
            apart_since: None,
            longest_apart: 0.0,
            gave_way: 0,
            params,
        }
    }

    fn unit(&mut self) -> f64 {
        (self.rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    // So many spacings pass; somebody finds a block each now and then.
    fn run(&mut self, spacings: f64) {
        let end = self.now + spacings * SPACING_S;
        let mut next = self.now + self.wait();
        while self.now < end {
            let arrives = self
                .travels
                .first_key_value()
                .map(|((at, _), _)| *at as f64);
            let waits = self.held_back.iter().flatten();
            let gives_way = waits.map(|since| since + SPACING_S).reduce(f64::min);
            let event = [Some(next), arrives, gives_way];
            let at = event.into_iter().flatten().fold(end, f64::min);
            self.now = self.now.max(at);
            if Some(at) == arrives {
                let (_, (to, block)) = self.travels.pop_first().expect("it arrives");
                self.take(to, block);
            } else if Some(at) == gives_way {
                self.give_way();
            } else if at == next {
                self.find();
                next = self.now + self.wait();
            }
            self.look();
        }
    }

    fn wait(&mut self) -> f64 {
        -SPACING_S * (1.0 - self.unit()).ln()
    }

    // Some node finds a block, and the others hear of it.
    fn find(&mut self) {
        let miner = (self.unit() * NODES as f64) as usize;
        let block = self.block_on_the_tip_of(miner);
        let hash = block.header.hash();
        self.blocks.insert(hash, block);
        self.take(miner, hash);
        for to in (0..NODES).filter(|to| *to != miner) {
            let slow = self.unit() * SLOWEST_S;
            if !self.divided || (to < NODES / 2) == (miner < NODES / 2) {
                self.send(to, hash, slow);
            }
        }
    }

    fn send(&mut self, to: usize, block: BlockHash, slow: f64) {
        self.sent += 1;
        let at = (self.now + slow).ceil() as u64;
        self.travels.insert((at, self.sent), (to, block));
    }

    fn block_on_the_tip_of(&mut self, who: usize) -> Block {
        let extra_nonce = self.rng.next_u64();
        let (chain, params) = (&self.chains[who], &self.params);
        let tip = chain.tip();
        let parent = tip.as_parent();
        let clock = Timestamp(START + self.now as u32);
        let time = clock.max(earliest_time(params, &parent));
        let miner = Address([who as u8; 20]);
        let coinbase = Coinbase {
            height: tip.height.next(),
            miner,
            state_root: chain.state_root_after(miner, &[]).expect("memory"),
            extra_nonce,
        };
        let mut header = Header {
            version: HEADER_VERSION,
            previous: tip.hash,
            merkle_root: merkle_root(&coinbase, &[]),
            time,
            bits: required_bits(params, &parent, time),
            nonce: 0,
        };
        let target = header.bits.target().expect("required bits");
        let bytes = header.to_bytes();
        let nonce = miner::search(&bytes[..76], &target.to_le_bytes(), 0, u32::MAX);
        header.nonce = nonce.expect("an easy target");
        Block {
            header,
            coinbase,
            transactions: Vec::new(),
        }
    }

    // A chain takes a block with those below it that it lacks.
    fn take(&mut self, who: usize, block: BlockHash) {
        let chain = &mut self.chains[who];
        let mut lacking = Vec::new();
        let mut at = block;
        while !chain.tree().contains(at) {
            let block = &self.blocks[&at];
            lacking.push(block.clone());
            at = block.header.previous;
        }
        for block in lacking.into_iter().rev() {
            chain.insert_header(block.header).expect("a sound header");
            let body = chain.check_body(block).expect("a known header");
            chain
                .extend(vec![body.expect("a sound body")])
                .expect("memory");
        }
        self.watch(who);
    }

    // As the node does, which gives way a spacing later.
    fn watch(&mut self, who: usize) {
        let since = self.held_back[who].unwrap_or(self.now);
        self.held_back[who] = self.chains[who].holds_back().then_some(since);
    }

    fn give_way(&mut self) {
        for who in 0..NODES {
            if self.held_back[who].is_some_and(|since| since + SPACING_S <= self.now) {
                let change = self.chains[who].give_way().expect("memory");
                self.gave_way += u32::from(change.moved());
                self.watch(who);
            }
        }
    }

    fn look(&mut self) {
        let mut tips = self.chains.iter().map(|chain| chain.tip().hash);
        let first = tips.next().expect("twenty");
        let together = self.divided || tips.all(|tip| tip == first);
        // It counts up to the moment at which they agree.
        if let Some(since) = self.apart_since {
            self.longest_apart = self.longest_apart.max(self.now - since);
        }
        self.apart_since = match together {
            true => None,
            false => Some(self.apart_since.unwrap_or(self.now)),
        };
    }

    fn heal(&mut self) {
        self.divided = false;
        let tips: Vec<BlockHash> = (self.chains.iter()).map(|chain| chain.tip().hash).collect();
        for to in 0..NODES {
            for tip in &tips {
                self.send(to, *tip, SLOWEST_S);
            }
        }
    }

    fn deepest_fork_of_halves(&self) -> u32 {
        let (one, other) = (self.chains[0].tip(), self.chains[NODES - 1].tip());
        one.height.0.min(other.height.0)
    }
}

/// Times apart, in spacings.
#[derive(Debug)]
struct Apart {
    /// The longest while forks come and go.
    forks: f64,
    /// The longest after the halves were cut off from each other for days.
    healing: f64,
    gave_way: u32,
}

fn apart(seed: u64, margin: u8) -> Apart {
    let mut board = Board::new(seed, margin);
    board.run(40.0);
    let forks = board.longest_apart / SPACING_S;
    assert_eq!(board.gave_way, 0, "natural forks are not deep");
    board.divided = true;
    board.apart_since = None;
    board.run(60.0);
    assert!(board.deepest_fork_of_halves() > 21);
    board.longest_apart = 0.0;
    board.heal();
    board.run(15.0);
    Apart {
        forks,
        healing: board.longest_apart / SPACING_S,
        gave_way: board.gave_way,
    }
}

#[test]
fn an_honest_board_of_twenty_is_apart_no_longer_with_a_margin_than_without_and_two_spacings() {
    let mut gave_way = 0;
    for seed in 0..6 {
        let without = apart(seed, 0);
        assert!(without.forks > 0.0, "forks came");
        for margin in [1, 6, 100] {
            let with = apart(seed, margin);
            println!("seed {seed}, margin {margin}: {with:.2?}, without {without:.2?}");
            assert!(with.forks <= without.forks + 2.0, "seed {seed}: forks");
            assert!(
                with.healing <= without.healing + 2.0,
                "seed {seed}: healing"
            );
            gave_way += with.gave_way;
        }
    }
    assert!(gave_way > 0, "no partition of these seeds tried the margin");
}
