//! A chain whose proofs are drawn by lot: seconds pass, miners are hash rates, and
//! the real rules say what a block takes and whether it stands.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tablon_core::difficulty::{Parent, earliest_time, next_base, required_bits};
use tablon_core::hash::{BlockHash, MerkleRoot};
use tablon_core::header::Header;
use tablon_core::params::{HEADER_VERSION, Params};
use tablon_core::rules::{check_header, time_not_ahead};
use tablon_core::target::{CompactTarget, Work};
use tablon_core::units::{Millis, Timestamp};

/// Where every board's clock starts.
pub(crate) const START: u32 = 1_700_000_000;

/// Bits that a board starts with: far from the network's easiest, so that it is the
/// schedule that is judged, and at rate 1 a block takes one spacing.
pub(crate) const USUAL: CompactTarget = CompactTarget(0x1d00_ffff);

/// So many spacings wide is the window in which blocks are counted.
const WINDOW: f64 = 20.0;

/// Part of the hash rate, and what it says of the time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Miner {
    /// 1 is what the board starts with.
    pub(crate) rate: f64,
    pub(crate) stamps: Stamps,
}

/// How a miner stamps its blocks; never before the rules take it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stamps {
    /// What the clock says, as a node does.
    Clock,
    /// As early as the rules take it, which makes each block heavier than the last.
    Earliest,
    /// As far ahead as the time rule allows.
    Latest,
    /// As far ahead as that, when it makes the target easier.
    LatestToEase,
    /// So many spacings after the parent, whatever the clock says.
    Apart(u32),
    /// As early as the rules take it until blocks are so many times as heavy as at
    /// first, then a spacing apart: as heavy for ever.
    HardUntil(f64),
    /// As early as the rules take it until blocks are so many times as heavy as at
    /// first, then by the clock: the chain that is shown looks honest at its end.
    HardThenClock(f64),
}

pub(crate) fn honest(rate: f64) -> Miner {
    Miner {
        rate,
        stamps: Stamps::Clock,
    }
}

/// What a run of a board came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    /// The longest wait for a block while somebody mined, in spacings.
    pub(crate) gap: f64,
    /// Blocks in the densest window, as a multiple of the ideal.
    pub(crate) densest: f64,
    /// The mean spacing's relative error.
    pub(crate) error: f64,
}

/// A chain, the clock of those who mine on it, and their luck.
#[derive(Debug, Clone)]
pub(crate) struct Board {
    params: Params,
    rng: ChaCha8Rng,
    /// Seconds after the board's start.
    now: f64,
    /// When the blocks are shown to others whose clocks judge them, if not at once.
    shown: Option<f64>,
    tip: Parent,
    /// What a block takes on the tip, unless the target eases.
    tip_work: f64,
    /// Seconds after which a target begins to ease.
    flat: u32,
    /// What a block took at first, when the chain or its fork began.
    first_work: f64,
    /// Hashes a second at rate 1.
    usual: f64,
    /// What is left of the lot drawn for the next block.
    lot: f64,
    /// Seconds that somebody has mined since the last block.
    waited: f64,
    gap: f64,
    /// When each block came, and by whom.
    blocks: Vec<(f64, usize)>,
    work: Work,
}

impl Board {
    /// A board at rate 1 with this spacing, all else as on the default network.
    pub(crate) fn new(spacing: u32, seed: u64) -> Self {
        let params = Params {
            spacing,
            ..Params::default_network()
        };
        let tip = Parent {
            time: Timestamp(START),
            base: USUAL,
            solve_time: i64::from(params.spacing),
            is_genesis: false,
        };
        Self::on(params, tip, seed)
    }

    /// A board on any block whose target can ease.
    pub(crate) fn on(params: Params, tip: Parent, seed: u64) -> Self {
        let at = |seconds| required_bits(&params, &tip, Timestamp(tip.time.0 + seconds));
        let spacings = (1..).take_while(|spacings| at(spacings * params.spacing) == at(1));
        let flat = spacings.count() as u32 * params.spacing;
        let usual = hashes(at(1)) / f64::from(params.spacing);
        let mut board = Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            now: 0.0,
            shown: None,
            tip_work: hashes(at(1)),
            first_work: hashes(at(1)),
            tip,
            flat,
            usual,
            lot: 0.0,
            waited: 0.0,
            gap: 0.0,
            blocks: Vec::new(),
            work: Work::ZERO,
            params,
        };
        board.lot = board.draw();
        board
    }

    pub(crate) fn blocks(&self) -> &[(f64, usize)] {
        &self.blocks
    }

    /// The work of the chain, in seconds of rate 1.
    pub(crate) fn work(&self) -> f64 {
        self.work.saturating_u64() as f64 / self.usual
    }

    /// Seconds since the board's start.
    pub(crate) fn now(&self) -> f64 {
        self.now
    }

    pub(crate) fn tip(&self) -> &Parent {
        &self.tip
    }

    fn spacing(&self) -> f64 {
        f64::from(self.params.spacing)
    }

    /// The same chain from here on with other luck, everything counted anew; its
    /// blocks are shown after so many seconds.
    pub(crate) fn fork(&self, seed: u64, shown_after: u32) -> Self {
        let mut fork = Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            shown: Some(self.now + f64::from(shown_after)),
            blocks: Vec::new(),
            work: Work::ZERO,
            waited: 0.0,
            gap: 0.0,
            first_work: self.tip_work,
            ..self.clone()
        };
        fork.lot = fork.draw();
        fork
    }

    /// A fork is shown to the others; from now on gaps and blocks are counted anew.
    pub(crate) fn show(&mut self) {
        let judged = self.clock(self.now);
        time_not_ahead(&self.params, judged, self.tip.time).expect("a tip that is due");
        self.shown = None;
        self.blocks.clear();
        self.waited = 0.0;
        self.gap = 0.0;
    }

    /// So many spacings pass; nobody mines when there are no miners.
    pub(crate) fn run(&mut self, spacings: u32, miners: &[Miner]) {
        let end = self.now.floor() + f64::from(spacings) * self.spacing();
        if miners.is_empty() {
            self.now = end;
        }
        while self.step(end, miners) {}
    }

    /// Go on to the next block, at most to this time; whether time is left.
    pub(crate) fn step(&mut self, end: f64, miners: &[Miner]) -> bool {
        while self.now < end {
            let until = self.constant_until(miners).min(end);
            let rest = until - self.now;
            let chance: f64 = miners.iter().map(|miner| self.chance(miner).1).sum();
            if chance * rest <= self.lot {
                self.lot -= chance * rest;
                self.waited += rest;
                self.now = until;
                continue;
            }
            let wait = self.lot / chance;
            self.now += wait;
            self.waited += wait;
            self.find(chance, miners);
            return true;
        }
        false
    }

    // Until when each miner's chance is what it is now: to the next second, unless all
    // may mine and no target eases before.
    fn constant_until(&self, miners: &[Miner]) -> f64 {
        let next = self.now.floor() + 1.0;
        if miners.iter().any(|miner| self.chance(miner).1 == 0.0) {
            return next;
        }
        let eases = f64::from(self.tip.time.0 + self.flat) - f64::from(START);
        let latest = 2.0 * self.spacing();
        next.max((eases - latest).floor())
    }

    // One of the miners found a block.
    fn find(&mut self, chance: f64, miners: &[Miner]) {
        let mut left = self.unit() * chance;
        let mut finder = None;
        for (number, miner) in miners.iter().enumerate() {
            let (time, chance) = self.chance(miner);
            if chance > 0.0 {
                finder = Some((number, time));
                left -= chance;
                if left < 0.0 {
                    break;
                }
            }
        }
        let (number, time) = finder.expect("the lot fell on somebody");
        self.add(time);
        self.blocks.push((self.now, number));
        self.gap = self.gap.max(self.waited);
        self.waited = 0.0;
        self.lot = self.draw();
    }

    /// A block with this time, by the real rules.
    pub(crate) fn add(&mut self, time: Timestamp) {
        let header = Header {
            version: HEADER_VERSION,
            previous: BlockHash::default(),
            merkle_root: MerkleRoot::default(),
            time,
            bits: required_bits(&self.params, &self.tip, time),
            nonce: 0,
        };
        // Its hash was drawn by lot; nought is below every target.
        check_header(&self.params, &self.tip, &header, BlockHash::default()).expect("it stands");
        let target = header.bits.target().expect("it was checked");
        self.work = self.work.plus(self.params.engine.work(target));
        self.tip = Parent {
            time,
            base: next_base(&self.params, &self.tip),
            solve_time: i64::from(time.0) - i64::from(self.tip.time.0),
            is_genesis: false,
        };
        self.tip_work = hashes(required_bits(
            &self.params,
            &self.tip,
            Timestamp(time.0 + 1),
        ));
    }

    // The time that a miner stamps now, and blocks that it finds a second.
    fn chance(&self, miner: &Miner) -> (Timestamp, f64) {
        let judged = self.clock(self.shown.unwrap_or(self.now));
        let latest = judged.timestamp().0 + 2 * self.params.spacing;
        let clock = self.clock(self.now).timestamp().0;
        let stamp = match miner.stamps {
            Stamps::Clock => clock,
            Stamps::Earliest => 0,
            Stamps::Latest => latest,
            Stamps::LatestToEase
                if self.takes(Timestamp(latest)) < self.takes(Timestamp(clock)) =>
            {
                latest
            }
            Stamps::LatestToEase => clock,
            Stamps::Apart(spacings) => {
                (self.tip.time.0 + spacings * self.params.spacing).min(latest)
            }
            Stamps::HardUntil(times) | Stamps::HardThenClock(times)
                if self.tip_work < times * self.first_work =>
            {
                0
            }
            Stamps::HardUntil(_) => (self.tip.time.0 + self.params.spacing).min(latest),
            Stamps::HardThenClock(_) => clock,
        };
        let stamp = Timestamp(stamp).max(earliest_time(&self.params, &self.tip));
        if time_not_ahead(&self.params, judged, stamp).is_err() {
            return (stamp, 0.0);
        }
        (stamp, miner.rate * self.usual / self.takes(stamp))
    }

    // Hashes that a block with this time takes.
    fn takes(&self, time: Timestamp) -> f64 {
        if time.0 <= self.tip.time.0 + self.flat {
            return self.tip_work;
        }
        hashes(required_bits(&self.params, &self.tip, time))
    }

    fn clock(&self, seconds: f64) -> Millis {
        Millis(u64::from(START) * 1_000 + (seconds * 1_000.0) as u64)
    }

    // From 0 to 1, 1 excluded.
    fn unit(&mut self) -> f64 {
        (self.rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    // How many blocks should have come until the next one comes.
    fn draw(&mut self) -> f64 {
        -(1.0 - self.unit()).ln()
    }

    pub(crate) fn seen(&self) -> Seen {
        let window = WINDOW * self.spacing();
        let mut densest = 0;
        let mut first = 0;
        for (last, (at, _)) in self.blocks.iter().enumerate() {
            while self.blocks[first].0 <= at - window {
                first += 1;
            }
            densest = densest.max(last + 1 - first);
        }
        let mean = self.now / self.blocks.len() as f64;
        Seen {
            gap: self.gap.max(self.waited) / self.spacing(),
            densest: densest as f64 / WINDOW,
            error: mean / self.spacing() - 1.0,
        }
    }
}

pub(crate) fn hashes(bits: CompactTarget) -> f64 {
    let target = bits.target().expect("required bits name a target");
    target.work().saturating_u64() as f64
}
