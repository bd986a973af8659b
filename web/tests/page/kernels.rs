//! Every kernel as this browser compiles it, against the core's own search.

use crate::headers::{hash, job, meets};
use tablon_core::node::MiningJob;
use tablon_web::miner::kernel::{self, Found, Running};
use wasm_bindgen_test::wasm_bindgen_test;

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
    for (header, nonce) in crate::headers::of_bitcoin() {
        let mut job = job(0, 32);
        job.header = header.to_vec();
        for kernel in kernel::all() {
            for before in [0, 1, 7, 5_000] {
                let found = kernel.search(&job, nonce.wrapping_sub(before), 10_000);
                assert_eq!(found, Some(Found { nonce, rolled: 0 }), "{}", kernel.name());
            }
        }
    }
}
