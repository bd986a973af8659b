//! Headers to search: Bitcoin's, and any number of others.

use tablon_core::hash::sha256d;
use tablon_core::node::{JobId, MiningJob};
use tablon_web::miner::kernel::Found;

/// Bitcoin's blocks 0, 1 and 125,552, whose hashes have 32 zero bits and more: each
/// header but for its nonce, and that.
pub(crate) fn of_bitcoin() -> [([u8; 76], u32); 3] {
    [
        "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c",
        "010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000982051fd1e4ba744bbbe680e1fee14677ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299",
        "0100000081cd02ab7e569e8bcd9317e2fe99f2de44d49ab2b8851ba4a308000000000000e320b6c2fffc8d750423db8b1eb942ae710e951ed797f7affc8892b0f1fc122bc7f5d74df2b9441a42a14695",
    ]
    .map(|hex| {
        let byte = |at: usize| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap();
        let nonce = std::array::from_fn(|at| byte(76 + at));
        (std::array::from_fn(byte), u32::from_le_bytes(nonce))
    })
}

/// A job that one hash in 2^`bits` solves; headers look random and are the same
/// each time.
/// Of the header with what was found put in.
pub(crate) fn job(seed: u8, bits: u32) -> MiningJob {
    let header: Vec<u8> = (0..3).flat_map(|at| sha256d(&[seed, at])).collect();
    let mut target = [0xff; 32];
    target[28..].copy_from_slice(&u32::MAX.checked_shr(bits).unwrap_or(0).to_le_bytes());
    MiningJob {
        job: JobId(1),
        header: header[..76].to_vec(),
        target,
        threads: 1,
    }
}

pub(crate) fn hash(job: &MiningJob, found: Found) -> [u8; 32] {
    let mut header = [job.header.as_slice(), &found.nonce.to_le_bytes()].concat();
    for (byte, rolled) in header.iter_mut().zip(found.rolled.to_le_bytes()) {
        *byte ^= rolled;
    }
    sha256d(&header)
}

pub(crate) fn meets(job: &MiningJob, found: Found) -> bool {
    hash(job, found).iter().rev().le(job.target.iter().rev())
}
