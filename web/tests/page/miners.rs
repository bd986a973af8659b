//! Miner workers that die and come back. The workers are the test's own; real
//! ones mine in `e2e/`.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::future::TimeoutFuture;
use js_sys::{Array, Function, Reflect};
use tablon_core::node::{JobId, MinerReport, MiningJob};
use tablon_core::transaction::{Stamp, StampJob};
use tablon_web::messages;
use tablon_web::miners::{MinerEvent, Miners};
use tablon_web::threads::{FromMiner, Notice, ToMiner};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

struct Scene {
    miners: Miners,
    heard: Rc<RefCell<Vec<MinerEvent>>>,
}

fn scene() -> Scene {
    js(
        "globalThis.workers = [];
        globalThis.Worker = class extends EventTarget {
            constructor(url, options) { super(); this.name = options.name; this.got = []; this.alive = true; workers.push(this); }
            postMessage(message) { this.got.push(message); }
            terminate() { this.alive = false; }
            says(data) { this.dispatchEvent(new MessageEvent('message', { data })); }
            fails(message) {
                const event = new ErrorEvent('error', { message, cancelable: true });
                return !this.dispatchEvent(event);
            }
        };
        globalThis.alive = (name) => workers.filter((w) => w.alive && w.name === name);",
    );
    let heard: Rc<RefCell<Vec<MinerEvent>>> = Rc::default();
    let events = heard.clone();
    let miners = Miners::new(move |event| events.borrow_mut().push(event));
    Scene { miners, heard }
}

fn js(code: &str) -> JsValue {
    js_sys::eval(code).unwrap()
}

/// The living worker of this name.
fn worker(name: &str) -> JsValue {
    let alive: Array = js(&format!("alive('{name}')")).unchecked_into();
    assert_eq!(alive.length(), 1, "{name}");
    alive.get(0)
}

fn is_alive(name: &str) -> bool {
    js(&format!("alive('{name}').length === 1")).is_truthy()
}

fn says(name: &str, message: &FromMiner) {
    let worker = worker(name);
    let says: Function = Reflect::get(&worker, &"says".into())
        .unwrap()
        .unchecked_into();
    says.call1(&worker, &messages::write(message)).unwrap();
}

fn got(name: &str) -> Vec<ToMiner> {
    let got: Array = Reflect::get(&worker(name), &"got".into())
        .unwrap()
        .unchecked_into();
    let orders = got
        .iter()
        .map(|order| messages::read(&order).unwrap())
        .collect();
    got.set_length(0);
    orders
}

fn job(number: u32, threads: u32) -> MiningJob {
    MiningJob {
        job: JobId(number),
        header: vec![0; 76],
        target: [0; 32],
        threads,
    }
}

fn mine(number: u32, threads: u32, index: u32) -> ToMiner {
    ToMiner::Mine {
        job: job(number, threads),
        index,
    }
}

#[wasm_bindgen_test]
fn each_thread_gets_its_share_of_the_newest_job_once_it_is_ready() {
    let scene = scene();
    scene.miners.mine(Some(job(1, 2)));
    says("tablon miner 0", &FromMiner::Ready);
    assert_eq!(got("tablon miner 0"), [mine(1, 2, 0)]);
    scene.miners.mine(Some(job(2, 2)));
    assert_eq!(got("tablon miner 0"), [mine(2, 2, 0)]);
    says("tablon miner 1", &FromMiner::Ready);
    assert_eq!(got("tablon miner 1"), [mine(2, 2, 1)]);

    scene.miners.mine(None);
    assert_eq!(got("tablon miner 0"), [ToMiner::Rest]);
    scene.miners.mine(Some(job(3, 1)));
    assert!(!is_alive("tablon miner 1"), "one thread is wanted");
}

#[wasm_bindgen_test]
fn a_job_that_was_taken_back_while_the_worker_loaded_is_not_begun() {
    let scene = scene();
    scene.miners.mine(Some(job(1, 1)));
    scene.miners.mine(None);
    says("tablon miner 0", &FromMiner::Ready);
    assert_eq!(got("tablon miner 0"), []);
}

#[wasm_bindgen_test]
async fn a_miner_that_dies_is_reported_and_takes_its_job_up_again() {
    let scene = scene();
    scene.miners.mine(Some(job(1, 1)));
    says("tablon miner 0", &FromMiner::Ready);
    let stopped = js("alive('tablon miner 0')[0].fails('out of memory')").is_truthy();
    assert!(stopped, "the page reports it itself");
    assert!(!is_alive("tablon miner 0"));
    let restarted = |reason: &str| {
        MinerEvent::Notice(Notice::MinerRestarted {
            reason: reason.into(),
        })
    };
    assert_eq!(scene.heard.take(), [restarted("out of memory")]);

    TimeoutFuture::new(400).await;
    says("tablon miner 0", &FromMiner::Ready);
    assert_eq!(got("tablon miner 0"), [mine(1, 1, 0)]);

    // Its last words and the error that follows them are one death.
    let died = worker("tablon miner 0");
    says(
        "tablon miner 0",
        &FromMiner::Died {
            reason: "panicked".into(),
        },
    );
    let fails: Function = Reflect::get(&died, &"fails".into())
        .unwrap()
        .unchecked_into();
    fails.call1(&died, &"unreachable".into()).unwrap();
    assert_eq!(scene.heard.take(), [restarted("panicked")]);
}

#[wasm_bindgen_test]
async fn a_stamp_outlives_the_worker_that_sought_it() {
    let scene = scene();
    scene.miners.prepare();
    let work = |byte| StampJob {
        prefix: vec![byte],
        bits: 3,
    };
    scene.miners.stamp(JobId(1), work(1));
    scene.miners.stamp(JobId(2), work(2));
    let orders = [
        ToMiner::Stamp {
            job: JobId(1),
            work: work(1),
        },
        ToMiner::Stamp {
            job: JobId(2),
            work: work(2),
        },
    ];
    says("tablon stamps", &FromMiner::Ready);
    assert_eq!(got("tablon stamps"), orders);
    let found = FromMiner::Report(MinerReport::Stamped {
        job: JobId(1),
        stamp: Stamp([5; 8]),
    });
    says("tablon stamps", &found);
    js("alive('tablon stamps')[0].fails('killed')");
    TimeoutFuture::new(400).await;
    says("tablon stamps", &FromMiner::Ready);
    assert_eq!(got("tablon stamps"), orders[1..]);
    assert!(
        scene
            .heard
            .borrow()
            .contains(&MinerEvent::Report(MinerReport::Stamped {
                job: JobId(1),
                stamp: Stamp([5; 8])
            }))
    );
}

#[wasm_bindgen_test]
fn a_browser_that_starts_no_miners_says_so() {
    let scene = scene();
    js("globalThis.Worker = undefined");
    scene.miners.prepare();
    let heard = scene.heard.take();
    assert!(
        matches!(&heard[..], [MinerEvent::Notice(Notice::NoMiners { reason })] if !reason.is_empty()),
        "{heard:?}"
    );
}

#[wasm_bindgen_test]
fn miners_keep_to_the_share_of_the_time_also_those_that_come_later() {
    let scene = scene();
    scene.miners.mine(Some(job(1, 1)));
    says("tablon miner 0", &FromMiner::Ready);
    got("tablon miner 0");
    scene.miners.set_duty(30);
    let duty = ToMiner::Duty { percent: 30 };
    assert_eq!(got("tablon miner 0"), std::slice::from_ref(&duty));
    scene.miners.mine(Some(job(2, 2)));
    says("tablon miner 1", &FromMiner::Ready);
    assert_eq!(got("tablon miner 1"), [duty, mine(2, 2, 1)]);
}

const GPU: &str = "tablon miner on the GPU";

#[wasm_bindgen_test]
fn the_gpu_mines_beside_the_cores_while_it_is_wanted_and_there() {
    let scene = scene();
    scene.miners.mine(Some(job(1, 1)));
    assert!(!is_alive(GPU));
    scene.miners.set_gpu(true);
    says(GPU, &FromMiner::Ready);
    let orders = |number| {
        [ToMiner::MineOnGpu {
            job: job(number, 1),
        }]
    };
    assert_eq!(got(GPU), orders(1));
    scene.miners.mine(Some(job(2, 1)));
    assert_eq!(got(GPU), orders(2));
    scene.miners.mine(None);
    assert_eq!(got(GPU), [ToMiner::Rest]);
    scene.miners.mine(Some(job(3, 1)));
    assert_eq!(got(GPU), orders(3));
    scene.miners.set_gpu(false);
    assert!(!is_alive(GPU));

    scene.miners.set_gpu(true);
    says(GPU, &FromMiner::Ready);
    scene.heard.take();
    let reason = "none here".to_owned();
    says(
        GPU,
        &FromMiner::NoGpu {
            reason: reason.clone(),
        },
    );
    assert_eq!(scene.heard.take(), [MinerEvent::NoGpu { reason }]);
    assert!(!is_alive(GPU));
    // It is not asked again, until somebody switches it on anew.
    scene.miners.mine(Some(job(4, 1)));
    assert!(!is_alive(GPU));
    scene.miners.set_gpu(true);
    assert!(is_alive(GPU));
}

#[wasm_bindgen_test]
fn a_pause_rests_all_miners_and_ends_with_the_newest_job() {
    let scene = scene();
    scene.miners.mine(Some(job(1, 1)));
    says("tablon miner 0", &FromMiner::Ready);
    got("tablon miner 0");
    scene.miners.pause(true);
    assert_eq!(got("tablon miner 0"), [ToMiner::Rest]);
    scene.miners.mine(Some(job(2, 1)));
    assert_eq!(got("tablon miner 0"), []);
    scene.miners.pause(false);
    assert_eq!(got("tablon miner 0"), [mine(2, 1, 0)]);
}
