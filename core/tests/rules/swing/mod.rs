//! Difficulty under swings of the hash rate and under lies about the time: the real
//! rules of headers, and clock and luck that a seed drives.
//!
//! `cargo test -p tablon-core --test rules swing -- --nocapture` prints each case's worst
//! values and the seeds that gave them, what private chains come to, and orphans.

#![allow(
    clippy::print_stdout,
    reason = "the measured values are worth a look while the limits are kept"
)]

mod board;
mod orphans;
mod private;

use self::board::{Board, Miner, Seen, Stamps, honest};
use tablon_core::chain::Tree;
use tablon_core::difficulty::required_bits;
use tablon_core::hash::{BlockHash, MerkleRoot};
use tablon_core::header::Header;
use tablon_core::miner;
use tablon_core::params::{HEADER_VERSION, Params};
use tablon_core::target::CompactTarget;
use tablon_core::units::Timestamp;

/// Every case keeps its limits under each of so many seeds.
const SEEDS: u64 = 20;
/// Spacings in an hour of a board with a block every 15 s: all cases are told in
/// spacings, so that each spacing sees the same.
const HOUR: u32 = 240;
/// The usual spacing, and the extremes that a network may have, seconds.
const SPACINGS: [u32; 3] = [15, 5, 3_600];

/// The longest wait for a block while somebody mines, in spacings.
const LONGEST_GAP: f64 = 25.0;
/// Blocks in any 20 spacings, as a multiple of the ideal.
const DENSEST: f64 = 5.0;
/// How far the mean spacing may be off while the hash rate is steady.
const STEADY: f64 = 0.02;

// Run a case at each spacing.
fn check(case: &str, seeds: u64, run: impl Fn(&mut Board)) {
    for spacing in SPACINGS {
        check_at(spacing, case, seeds, &run);
    }
}

// Run a case under seeds 0 to `seeds`, print its worst values and hold each run to
// the limits of gaps and storms.
fn check_at(spacing: u32, case: &str, seeds: u64, run: impl Fn(&mut Board)) -> Vec<Board> {
    let case = &format!("{spacing} s, {case}");
    let boards: Vec<Board> = (0..seeds)
        .map(|seed| {
            let mut board = Board::new(spacing, seed);
            run(&mut board);
            board
        })
        .collect();
    let worst = |measure: fn(&Seen) -> f64, limit: f64| {
        let measured = boards.iter().map(|board| measure(&board.seen()));
        let over = measured.clone().filter(|value| *value > limit).count();
        let (seed, value) = measured
            .enumerate()
            .max_by(|(_, a), (_, b)| a.total_cmp(b))
            .expect("some seeds");
        (value, seed, over)
    };
    let (gap, gap_seed, gaps) = worst(|seen| seen.gap, LONGEST_GAP);
    let (densest, densest_seed, storms) = worst(|seen| seen.densest, DENSEST);
    println!(
        "{case:<50} gap {gap:>4.1} spacings (seed {gap_seed:>2})   \
         densest {densest:>4.2} of the ideal (seed {densest_seed:>2})"
    );
    assert!(
        gaps == 0,
        "{case}: {gaps} of {seeds} seeds wait over {LONGEST_GAP} spacings"
    );
    assert!(
        storms == 0,
        "{case}: {storms} of {seeds} seeds pass {DENSEST} times the ideal"
    );
    boards
}

// The same for a hash rate that does not change.
fn check_steady(spacing: u32, case: &str, blocks: u32, miners: &[Miner]) -> Vec<Board> {
    let boards = check_at(spacing, case, SEEDS, |board| board.run(blocks, miners));
    let case = &format!("{spacing} s, {case}");
    let errors = boards.iter().map(|board| board.seen().error);
    let (seed, error) = errors
        .enumerate()
        .max_by(|(_, a), (_, b)| a.abs().total_cmp(&b.abs()))
        .expect("some seeds");
    let percent = 100.0 * error;
    println!("{case:<50} mean spacing off by {percent:+.3} % (seed {seed})");
    assert!(
        error.abs() <= STEADY,
        "{case}, seed {seed}: {percent:+.2} %"
    );
    boards
}

// Two thirds stamp what the clock says, a third what it likes.
fn third(rate: f64, stamps: Stamps) -> [Miner; 2] {
    let cheat = Miner {
        rate: 0.33 * rate,
        stamps,
    };
    [honest(0.67 * rate), cheat]
}

const LIES: [(&str, Stamps); 3] = [
    ("a third stamps as late as allowed", Stamps::Latest),
    (
        "a third stamps late to win the easing",
        Stamps::LatestToEase,
    ),
    ("a third stamps as early as allowed", Stamps::Earliest),
];

#[test]
fn a_steady_rate_keeps_the_spacing() {
    for spacing in SPACINGS {
        check_steady(spacing, "steady", 30_000, &[honest(1.0)]);
    }
}

#[test]
fn miners_come_and_stay() {
    for (case, rate) in [("x10", 10.0), ("x100", 100.0)] {
        check(case, SEEDS, |board| {
            board.run(HOUR, &[honest(1.0)]);
            board.run(4 * HOUR, &[honest(rate)]);
        });
    }
}

#[test]
fn most_miners_leave() {
    for (case, rate) in [("/10", 0.1), ("/100", 0.01)] {
        check(case, SEEDS, |board| {
            board.run(HOUR, &[honest(1.0)]);
            board.run(4 * HOUR, &[honest(rate)]);
        });
    }
}

#[test]
fn most_miners_leave_two_thousand_times() {
    check_at(15, "/100, many seeds", 2_000, |board| {
        board.run(HOUR, &[honest(1.0)]);
        board.run(4 * HOUR, &[honest(0.01)]);
    });
}

#[test]
fn miners_come_and_go() {
    for (case, rate) in [
        ("x10 and back, four times", 10.0),
        ("x100 and back, four times", 100.0),
    ] {
        check(case, SEEDS, |board| {
            for _ in 0..4 {
                board.run(2 * HOUR, &[honest(1.0)]);
                board.run(2 * HOUR, &[honest(rate)]);
            }
            board.run(2 * HOUR, &[honest(1.0)]);
        });
    }
}

#[test]
fn nobody_mines_for_a_night() {
    for (case, rate) in [("8 h asleep", 1.0), ("8 h asleep, then x100", 100.0)] {
        check(case, SEEDS, |board| {
            board.run(HOUR, &[honest(1.0)]);
            board.run(8 * HOUR, &[]);
            board.run(4 * HOUR, &[honest(rate)]);
        });
    }
}

#[test]
fn a_third_that_lies_about_the_time_moves_nothing_and_wins_no_more_than_its_share() {
    for (spacing, (case, stamps)) in SPACINGS
        .into_iter()
        .flat_map(|spacing| LIES.map(|lie| (spacing, lie)))
    {
        let boards = check_steady(spacing, case, 20_000, &third(1.0, stamps));
        let found = boards.iter().flat_map(Board::blocks);
        let all = found.clone().count();
        let lied = found.filter(|(_, finder)| *finder == 1).count();
        let share = lied as f64 / all as f64;
        println!("{case:<50} wins {share:.4} of {all} blocks");
        assert!(share <= 0.33 + 0.005, "{case}: {share}");
    }
}

#[test]
fn a_third_lies_about_the_time_while_miners_come_and_leave() {
    for (case, stamps) in LIES {
        for (swing, rate) in [("x100", 100.0), ("/100", 0.01)] {
            check(&format!("{swing}, {case}"), SEEDS, |board| {
                board.run(HOUR, &third(1.0, stamps));
                board.run(4 * HOUR, &third(rate, stamps));
            });
        }
    }
}

// A board carries on from block to block what a node's tree of headers carries on.
#[test]
fn the_real_tree_takes_the_same_headers_and_asks_the_same_of_the_next() {
    let params = Params {
        initial: CompactTarget(0x2000_7fff), // 9 bits
        easiest: CompactTarget(0x207f_ffff),
        ..Params::default_network()
    };
    let mut tree = Tree::new(params.clone());
    let genesis = tree.heaviest();
    let (mut hash, mut parent) = (genesis.hash, genesis.as_parent());
    let mut board = None;
    let mut seen = Vec::new();
    for seconds in [
        0, 15, 1, 7, 30, 170, 1, 200, 14, 400, 7, 3, 8, 151, 90, 149, 15, 280, 2,
    ] {
        // Genesis' time is 0; its child starts the clock.
        let time = Timestamp(parent.time.0.max(1_700_000_000) + seconds);
        let mut header = Header {
            version: HEADER_VERSION,
            previous: hash,
            merkle_root: MerkleRoot::default(),
            time,
            bits: required_bits(&params, &parent, time),
            nonce: 0,
        };
        let target = header.bits.target().unwrap().to_le_bytes();
        let bytes = header.to_bytes();
        header.nonce = miner::search(&bytes[..76], &target, 0, u32::MAX).unwrap();
        let entry = tree.insert(header).unwrap();
        (hash, parent) = (entry.hash, entry.as_parent());
        let board = board.get_or_insert_with(|| Board::on(params.clone(), parent, 0));
        if board.tip().time != time {
            board.add(time);
        }
        assert_eq!(*board.tip(), parent);
        seen.push(header.bits);
    }
    seen.sort();
    seen.dedup();
    assert!(seen.len() > 10 && hash != BlockHash::default(), "{seen:?}");
}
