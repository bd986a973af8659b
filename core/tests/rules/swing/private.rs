//! A chain mined in private and shown at last, with whatever times its miner likes.

use super::board::{Board, Miner, Stamps, honest};
use super::{DENSEST, HOUR, LONGEST_GAP};

/// The private chain is mined for so long.
const NIGHT: u32 = 8 * HOUR;
/// Work is drawn by lot: whether it is fair only shows over many runs.
const RUNS: u64 = 500;
/// How much more work than its share a chain may seem to prove on average.
const LUCK: f64 = 0.02;

// Honest first: what the others are compared with.
const STAMPS: [(&str, Stamps); 6] = [
    ("what the clock says", Stamps::Clock),
    ("parent + 1 s", Stamps::AfterParent),
    ("a spacing apart", Stamps::Apart(1)),
    ("10 spacings apart", Stamps::Apart(10)),
    ("20 spacings apart, each eased", Stamps::Apart(20)),
    ("the end at once", Stamps::Latest),
];

struct Attack {
    /// The private chain.
    private: Board,
    /// Its work, as a multiple of the hashes tried for it.
    gain: f64,
    /// Whether it is heavier than the public chain in the end.
    wins: bool,
    /// Whether it ever was after 100 spacings of waiting.
    led: bool,
}

// `share` of the hash rate leaves the public chain and mines its own.
fn attack(seed: u64, share: f64, stamps: Stamps) -> Attack {
    let mut before = Board::new(seed);
    before.run(HOUR, &[honest(1.0)]);
    let mut public = before.fork(2 * seed, 0);
    let mut private = before.fork(2 * seed + 1, NIGHT);
    public.show();
    let miner = Miner {
        rate: share,
        stamps,
    };
    let mut led = false;
    for minute in 1..=NIGHT / 60 {
        public.run(60, &[honest(1.0 - share)]);
        private.run(60, &[miner]);
        led |= minute > 25 && private.work() > public.work();
    }
    Attack {
        gain: private.work() / (share * f64::from(NIGHT)),
        wins: private.work() > public.work(),
        led,
        private,
    }
}

#[test]
fn half_the_hash_rate_in_private_gains_nothing_by_its_stamps() {
    let mut honest_wins = None;
    for (case, stamps) in STAMPS {
        let (mut gain, mut wins, mut gap, mut densest) = (0.0, 0, 0.0f64, 0.0f64);
        for seed in 0..RUNS {
            let attack = attack(seed, 0.51, stamps);
            gain += attack.gain / RUNS as f64;
            if attack.wins {
                wins += 1;
                // All go on where it ends.
                let mut board = attack.private;
                board.show();
                board.run(4 * HOUR, &[honest(1.0)]);
                gap = gap.max(board.seen().gap);
                densest = densest.max(board.seen().densest);
            }
        }
        println!(
            "51 % in private, {case:<29} proves {gain:.3} of its hashes, wins {wins:>3} of {RUNS}; \
             after it gap {gap:>4.1} spacings, densest {densest:.2} of the ideal"
        );
        assert!(gain <= 1.0 + LUCK, "{case}: {gain}");
        let honest_wins = *honest_wins.get_or_insert(wins);
        assert!(wins <= honest_wins, "{case}: {wins} of {RUNS}");
        assert!(gap <= LONGEST_GAP, "{case}: {gap} spacings");
        assert!(densest <= DENSEST, "{case}: {densest} times the ideal");
    }
}

// Whoever stamps a second a block makes its own blocks harder without end: the last
// few are always most of its work, so that luck never evens out. (Bahack 2013,
// "Theoretical Bitcoin attacks with less than half of the computational power".)
#[test]
#[ignore = "after 100 spacings 40 % lead in 150 of 500 runs (1 by the clock), 33 % in 6 (0 by the clock)"]
fn a_minority_in_private_overtakes_no_oftener_by_its_stamps() {
    let mut more = Vec::new();
    for share in [0.33, 0.4] {
        let leads = |stamps| {
            (0..RUNS)
                .filter(|seed| attack(*seed, share, stamps).led)
                .count()
        };
        let (honest, lied) = (leads(Stamps::Clock), leads(Stamps::AfterParent));
        println!(
            "{share} in private leads after 100 spacings in {lied} of {RUNS} runs by \
             parent + 1 s, in {honest} by the clock"
        );
        if lied > honest + RUNS as usize / 100 {
            more.push(share);
        }
    }
    assert!(more.is_empty(), "{more:?} of the hash rate");
}
