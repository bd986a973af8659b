//! The search on the browser's GPU, which in tests is SwiftShader's, against the
//! core's own.

use std::cell::RefCell;
use std::rc::Rc;

use crate::headers::{job, meets};
use gloo::timers::future::TimeoutFuture;
use tablon_core::miner::search;
use tablon_core::node::{JobId, MiningJob};
use tablon_web::miner::gpu::{Device, GpuMiner, Told, Wanted};
use tablon_web::miner::kernel::Found;
use wasm_bindgen_test::wasm_bindgen_test;

fn wanted(job: &MiningJob) -> Wanted {
    Wanted::new(job.header.as_slice().try_into().unwrap(), &job.target)
}

#[wasm_bindgen_test]
async fn the_nonces_of_real_bitcoin_headers_are_found_on_the_gpu() {
    let device = Device::open().await.unwrap();
    for (header, nonce) in crate::headers::of_bitcoin() {
        let mut job = job(0, 32);
        job.header = header.to_vec();
        for before in [0, 1, 63, 64, 100_000] {
            let first = nonce.wrapping_sub(before);
            let found = device.search(&wanted(&job), first, 300_000).await;
            assert_eq!(found, Ok(Some(nonce)), "{before}");
        }
        let found = device.search(&wanted(&job), nonce + 1, 300_000).await;
        assert_eq!(found, Ok(None));
        let found = device.search(&wanted(&job), nonce - 100, 100).await;
        assert_eq!(found, Ok(None), "the nonce after the last");
    }
}

#[wasm_bindgen_test]
async fn the_gpu_finds_the_nearest_nonce_as_the_core_does() {
    let device = Device::open().await.unwrap();
    for seed in 0..8 {
        for (first, count, bits) in [
            (0, 1, 1),
            (7, 64, 4),
            (u32::MAX - 30, 65, 5),
            (1_000, 5_000, 11),
            (0x8000_0000, 400_000, 17),
        ] {
            let job = job(seed, bits);
            let found = device.search(&wanted(&job), first, count).await;
            let expected = search(&job.header, &job.target, first, count);
            assert_eq!(found, Ok(expected), "{seed} {first} {count}");
        }
    }
}

#[wasm_bindgen_test]
async fn the_words_after_the_first_decide_on_the_gpu_as_well() {
    let device = Device::open().await.unwrap();
    let mut job = job(3, 10);
    let nonce = search(&job.header, &job.target, 0, 100_000).unwrap();
    let hash = crate::headers::hash(&job, Found { nonce, rolled: 0 });
    // Exactly its hash, and then one less in each word.
    job.target = hash;
    assert_eq!(
        device.search(&wanted(&job), nonce, 1).await,
        Ok(Some(nonce))
    );
    for word in 0..8 {
        let mut less = u32::from_le_bytes(hash[4 * word..4 * word + 4].try_into().unwrap());
        if less == 0 {
            continue;
        }
        less -= 1;
        job.target = hash;
        job.target[4 * word..4 * word + 4].copy_from_slice(&less.to_le_bytes());
        let found = device.search(&wanted(&job), nonce, 1).await;
        assert_eq!(found, Ok(None), "word {word}");
    }
}

struct Scene {
    miner: GpuMiner,
    told: Rc<RefCell<Vec<Told>>>,
}

fn scene() -> Scene {
    let told: Rc<RefCell<Vec<Told>>> = Rc::default();
    let heard = told.clone();
    let miner = GpuMiner::new(move |what| heard.borrow_mut().push(what));
    Scene { miner, told }
}

impl Scene {
    /// Waits until it tells something but hashes, and how many of these it told.
    async fn ends(&self) -> (Told, u64) {
        let mut hashes = 0;
        loop {
            for told in self.told.take() {
                match told {
                    Told::Hashed(more) => hashes += more,
                    other => return (other, hashes),
                }
            }
            TimeoutFuture::new(20).await;
        }
    }
}

#[wasm_bindgen_test]
async fn a_job_is_solved_on_the_gpu_in_a_version_that_no_core_tries() {
    let scene = scene();
    for seed in 0..3 {
        let job = job(seed, 16);
        scene.miner.mine(Some(job.clone()));
        let (Told::Solved(done, found), hashes) = scene.ends().await else {
            panic!("the GPU failed");
        };
        assert_eq!(done, job.job);
        assert!(meets(&job, found), "{found:?}");
        assert_eq!(found.rolled & 1 << 28, 1 << 28, "{found:?}");
        assert!(hashes > 0);
    }
    scene.miner.mine(None);
}

#[wasm_bindgen_test]
async fn a_new_job_takes_the_place_of_one_that_nobody_solves() {
    let scene = scene();
    let mut hopeless = job(1, 16);
    hopeless.target = [0; 32];
    scene.miner.mine(Some(hopeless));
    TimeoutFuture::new(300).await;
    let mut next = job(2, 8);
    next.job = JobId(2);
    scene.miner.mine(Some(next));
    let (told, _) = scene.ends().await;
    assert!(matches!(told, Told::Solved(JobId(2), _)), "{told:?}");
}

#[wasm_bindgen_test]
async fn a_browser_without_webgpu_says_so_and_is_asked_again_with_the_next_job() {
    js_sys::eval(
        "Object.defineProperty(navigator, 'gpu', { value: undefined, configurable: true })",
    )
    .unwrap();
    let scene = scene();
    scene.miner.mine(Some(job(1, 8)));
    let (told, hashes) = scene.ends().await;
    assert!(
        matches!(&told, Told::Failed(reason) if reason.contains("WebGPU")),
        "{told:?}"
    );
    assert_eq!(hashes, 0);
    js_sys::eval("delete navigator.gpu").unwrap();
    scene.miner.mine(Some(job(1, 8)));
    let (told, _) = scene.ends().await;
    assert!(matches!(told, Told::Solved(..)), "{told:?}");
}
