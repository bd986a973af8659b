//! Blocks whose miner rolled bits of the version.

use super::{Fed, network};
use crate::command::Command;
use crate::header::{Header, ROLLED_BITS};
use crate::miner;
use crate::node::{Input, MinerReport, MiningJob, Output, RequestId};
use crate::params::HEADER_VERSION;

fn mining() -> (Fed, MiningJob) {
    let mut fed = Fed::new(&network());
    let command = Command::Mine { threads: 1 };
    let id = RequestId(1);
    fed.feed(Input::Command { id, command });
    let job = fed.owed().into_iter().find_map(|output| match output {
        Output::Mine { job } => job,
        _ => None,
    });
    (fed, job.expect("a node that knows no peers mines at once"))
}

fn solve(job: &MiningJob, rolled: u32) -> Input {
    let mut header = job.header.clone();
    let version = HEADER_VERSION ^ rolled;
    header[..4].copy_from_slice(&version.to_le_bytes());
    let nonce = miner::search(&header, &job.target, 0, u32::MAX).expect("an easy target");
    Input::Miner(MinerReport::Solved {
        job: job.job,
        nonce,
        rolled,
    })
}

#[test]
fn a_nonce_found_with_rolled_bits_makes_the_header_that_was_hashed() {
    for rolled in [1 << 13, 2 << 13, ROLLED_BITS] {
        let (mut fed, job) = mining();
        fed.feed(solve(&job, rolled));
        let tip = fed.node.chain.tip().header;
        assert_eq!(tip.version, HEADER_VERSION | rolled);
        assert_eq!(Header::from_bytes(&tip.to_bytes()), tip);
    }
}

#[test]
fn bits_that_are_not_free_to_roll_make_no_block() {
    for rolled in [1, 1 << 12, 1 << 29, 1 << 31] {
        let (mut fed, job) = mining();
        let before = fed.node.chain.tip().hash;
        fed.feed(solve(&job, rolled));
        assert_eq!(fed.node.chain.tip().hash, before);
    }
}
