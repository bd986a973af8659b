//! Every kernel as this browser compiles it, against the core's own search.

use tablon_core::hash::sha256d;
use tablon_core::node::{JobId, MiningJob};
use tablon_web::miner::kernel::{self, Found, Running};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// A job that one hash in 2^`bits` solves; headers look random and are the same
/// each time.
fn job(seed: u8, bits: u32) -> MiningJob {
    let header: Vec<u8> = (0..3).flat_map(|at| sha256d(&[seed, at])).collect();
    let mut target = [0xff; 32];
    target[28..].copy_from_slice(&(u32::MAX >> bits).to_le_bytes());
    MiningJob {
        job: JobId(1),
        header: header[..76].to_vec(),
        target,
        threads: 1,
    }
}

fn hash(job: &MiningJob, found: Found) -> [u8; 32] {
    let mut header = [job.header.as_slice(), &found.nonce.to_le_bytes()].concat();
    for (byte, rolled) in header.iter_mut().zip(found.rolled.to_le_bytes()) {
        *byte ^= rolled;
    }
    sha256d(&header)
}

fn meets(job: &MiningJob, found: Found) -> bool {
    hash(job, found).iter().rev().le(job.target.iter().rev())
}

/// The version of the job with which a kernel finds what it finds first.
fn rolled(kernel: &Running) -> Vec<u32> {
    (0..kernel.versions())
        .map(|version| version << 13)
        .collect()
}

/// Whether anything in this range meets the target, looked for one by one.
fn any(kernel: &Running, job: &MiningJob, first: u32, count: u32) -> bool {
    (0..count).any(|at| {
        let nonce = first.wrapping_add(at);
        let found = |rolled| Found { nonce, rolled };
        rolled(kernel)
            .into_iter()
            .any(|rolled| meets(job, found(rolled)))
    })
}

#[wasm_bindgen_test]
fn this_browser_runs_them_all() {
    let names: Vec<_> = kernel::all().iter().map(Running::name).collect();
    assert!(
        names.contains(&"scalar") && names.contains(&"simd 4 + scalar"),
        "{names:?}"
    );
}

#[wasm_bindgen_test]
fn something_is_found_exactly_where_there_is_something() {
    for kernel in kernel::all() {
        for seed in 0..4 {
            let job = job(seed, 6);
            // The last goes past the end of the nonces.
            let start = [0, 12_345, 0x8000_0000, u32::MAX - 150][usize::from(seed)];
            for at in 0..60 {
                let first = start.wrapping_add(5 * at);
                let count = at % 23;
                let found = kernel.search(&job, first, count);
                let name = kernel.name();
                assert_eq!(
                    found.is_some(),
                    any(&kernel, &job, first, count),
                    "{name} {first} {count}"
                );
                if let Some(found) = found {
                    assert!(meets(&job, found), "{name}: {found:?}");
                    assert!(found.nonce.wrapping_sub(first) < count, "{name}: {found:?}");
                }
            }
        }
    }
}

#[wasm_bindgen_test]
fn a_nonce_that_meets_the_first_word_and_not_the_rest_is_passed_over() {
    for kernel in kernel::all() {
        let mut job = job(9, 4);
        let best = kernel
            .search(&job, 0, 1_000)
            .expect("one in sixteen meets it");
        // Exactly its hash, and then one less: the words after the first decide.
        job.target = hash(&job, best);
        assert_eq!(
            kernel.search(&job, best.nonce, 1),
            Some(best),
            "{}",
            kernel.name()
        );
        job.target[0] = job.target[0].wrapping_sub(1);
        if job.target[0] != 0xff {
            let found = kernel.search(&job, best.nonce, 1);
            assert!(
                found.is_none_or(|found| meets(&job, found)),
                "{}",
                kernel.name()
            );
            assert_ne!(found, Some(best), "{}", kernel.name());
        }
    }
}

#[wasm_bindgen_test]
fn the_nonces_of_real_bitcoin_headers_are_found() {
    // Bitcoin's blocks 0, 1 and 125,552, whose hashes have 32 zero bits and more.
    for hex in [
        "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c",
        "010000006fe28c0ab6f1b372c1a6a246ae63f74f931e8365e15a089c68d6190000000000982051fd1e4ba744bbbe680e1fee14677ba1a3c3540bf7b1cdb606e857233e0e61bc6649ffff001d01e36299",
        "0100000081cd02ab7e569e8bcd9317e2fe99f2de44d49ab2b8851ba4a308000000000000e320b6c2fffc8d750423db8b1eb942ae710e951ed797f7affc8892b0f1fc122bc7f5d74df2b9441a42a14695",
    ] {
        let bytes: Vec<u8> = (0..160)
            .step_by(2)
            .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
            .collect();
        let nonce = u32::from_le_bytes(bytes[76..].try_into().unwrap());
        let mut job = job(0, 32 - 1);
        job.header = bytes[..76].to_vec();
        job.target = [0xff; 32];
        job.target[28..].fill(0);
        for kernel in kernel::all() {
            for before in [0, 1, 7, 5_000] {
                let found = kernel.search(&job, nonce.wrapping_sub(before), 10_000);
                assert_eq!(found, Some(Found { nonce, rolled: 0 }), "{}", kernel.name());
            }
        }
    }
}
