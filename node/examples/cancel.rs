//! How soon the node's miners take up a new job: a line each, in three columns divided
//! by tabs, for `cargo xtask bench`.
//!
//! They work on a job that nothing meets. The new one is met by the first nonce that is
//! tried, so it is reported when it has been begun, and a hash later.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::collections::BTreeSet;
use std::num::NonZero;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tablon_core::node::{JobId, MiningJob};

// The node's own; they are no part of what it offers to programs.
#[path = "../src/miners.rs"]
mod miners;

use miners::Miners;

const ROUNDS: u32 = 50;
/// Slices have grown to their size by then.
const WARM: Duration = Duration::from_millis(300);
/// No miner is late by so much unless it never hears.
const PATIENCE: Duration = Duration::from_secs(60);

fn main() -> std::io::Result<()> {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    for threads in BTreeSet::from([1, cores]) {
        let mut took = measure(threads)?;
        took.sort_unstable();
        let what = format!("node: a new job taken up, threads: {threads}");
        for (which, took) in [
            ("median", took[took.len() / 2]),
            ("worst", took[took.len() - 1]),
        ] {
            println!("{what}, {which} of {ROUNDS}\t{}\tus", took.as_micros());
        }
    }
    Ok(())
}

/// From the order to the last thread's report.
fn measure(threads: usize) -> std::io::Result<Vec<Duration>> {
    let (found, finds) = mpsc::channel();
    let mut miners = Miners::new(move |job, _| {
        // Nobody listens any more once all rounds are through.
        let _ = found.send((job, Instant::now()));
    });
    let mut took = Vec::new();
    for round in 0..ROUNDS {
        miners.work(Some(hopeless(2 * round)), threads)?;
        let warm = if round == 0 { WARM } else { Duration::ZERO };
        // Never a multiple of a slice, so that orders come at any part of one.
        thread::sleep(warm + Duration::from_micros(20_000 + u64::from(round) * 370));
        assert!(miners.hashes() > 0, "the miners were at work");
        let job = any(2 * round + 1);
        let id = job.job;
        let begun = Instant::now();
        miners.work(Some(job), threads)?;
        let mut last = begun;
        for _ in 0..threads {
            let (job, at) = finds.recv_timeout(PATIENCE).expect("the new job is met");
            assert_eq!(job, id, "nothing else is met");
            last = last.max(at);
        }
        took.push(last - begun);
    }
    Ok(took)
}

/// Met by no nonce.
fn hopeless(number: u32) -> MiningJob {
    job(number, [0; 32])
}

/// Met by every nonce.
fn any(number: u32) -> MiningJob {
    job(number, [0xff; 32])
}

fn job(number: u32, target: [u8; 32]) -> MiningJob {
    MiningJob {
        job: JobId(number),
        header: vec![number as u8; 76],
        target,
        threads: 1, // for the tab's miners alone
    }
}
