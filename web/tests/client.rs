//! The page's side of a node that starts, answers, dies and comes back. The
//! worker is the test's own; a real one runs in `e2e/`.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::future::TimeoutFuture;
use js_sys::{Array, Function, Reflect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::hash::{BlockHash, PeerId};
use tablon_core::keys::Address;
use tablon_core::node::{JobId, MiningJob, RequestId};
use tablon_core::transaction::{Stamp, StampJob};
use tablon_core::units::{Height, Timestamp};
use tablon_core::view::{Delta, Mining, MiningState, Status, Storage, SyncProgress};
use tablon_web::client::{Client, Event, Watch};
use tablon_web::structured;
use tablon_web::threads::{
    Answer, Distrust, FromMiner, FromNode, Notice, RelayState, ToMiner, ToNode,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

type Answers = Rc<RefCell<Vec<Result<Reply, Refusal>>>>;

struct Scene {
    client: Client,
    heard: Rc<RefCell<Vec<String>>>,
    _watch: Watch,
}

fn scene() -> Scene {
    js("globalThis.workers = [];
        globalThis.miners = [];
        globalThis.Worker = class extends EventTarget {
            constructor(url, options) {
                super(); this.name = options.name; this.got = []; this.alive = true;
                (url === 'node_loader.js' ? workers : miners).push(this);
            }
            postMessage(message) { this.got.push(message); }
            terminate() { this.alive = false; }
            says(data) { this.dispatchEvent(new MessageEvent('message', { data })); }
            fails(message) {
                const event = new ErrorEvent('error', { message, cancelable: true });
                return !this.dispatchEvent(event);
            }
        };
        globalThis.last = () => workers[workers.length - 1];
        globalThis.miner = (name) => miners.findLast((miner) => miner.alive && miner.name === name);
        sessionStorage.clear();");
    let client = Client::start();
    let heard: Rc<RefCell<Vec<String>>> = Rc::default();
    let events = heard.clone();
    let watch = client.watch(move |event| events.borrow_mut().push(short(event)));
    Scene {
        client,
        heard,
        _watch: watch,
    }
}

fn short(event: &Event) -> String {
    match event {
        Event::Started { slot, status } => format!("started {slot} at {}", status.height),
        Event::Show(Delta::Status(status)) => format!("status at {}", status.height),
        Event::Show(_) => "show".into(),
        Event::Relay(state) => format!("relay {state:?}"),
        Event::Notice(Notice::NodeRestarted { reason }) => format!("restarted: {reason}"),
        Event::Notice(_) => "notice".into(),
        Event::Fatal { reason, retry } => format!("fatal, retry {retry}: {reason}"),
        Event::Unsupported(names) => format!("lacks {names:?}"),
    }
}

fn js(code: &str) -> JsValue {
    js_sys::eval(code).unwrap()
}

fn workers() -> u32 {
    js("workers.length").as_f64().unwrap() as u32
}

fn says(message: &FromNode) {
    from("last()", message);
}

fn from<T: Serialize>(worker: &str, message: &T) {
    let worker = js(worker);
    let says: Function = Reflect::get(&worker, &"says".into())
        .unwrap()
        .unchecked_into();
    says.call1(&worker, &structured::write(message).unwrap())
        .unwrap();
}

/// What the living worker was told since the last time.
fn got() -> Vec<ToNode> {
    told("last()")
}

fn told<T: DeserializeOwned>(worker: &str) -> Vec<T> {
    let got: Array = js(&format!("{worker}.got.splice(0)")).unchecked_into();
    got.iter()
        .map(|message| structured::read(message).unwrap())
        .collect()
}

fn status(height: u32) -> Box<Status> {
    Box::new(Status {
        network: BlockHash([1; 32]),
        network_name: "test".into(),
        network_link: "abc".into(),
        spacing: 15,
        slot: 4,
        node: PeerId([2; 32]),
        address: Address([3; 20]),
        height: Height(height),
        tip: BlockHash([4; 32]),
        tip_time: Timestamp(0),
        difficulty_bits: 20,
        expected_hashes: u64::MAX,
        peers: 0,
        pending: 0,
        mining: Mining {
            threads: 0,
            hashrate: 0,
            state: MiningState::Off,
            empty_blocks: true,
            found: 0,
        },
        storage: Storage::Memory {
            reason: "a test".into(),
        },
        sync: SyncProgress {
            syncing: false,
            have: Height(height),
            want: Height(height),
        },
    })
}

fn started() {
    says(&FromNode::Started {
        slot: 4,
        status: status(7),
    });
}

impl Scene {
    fn running() -> Self {
        let scene = scene();
        says(&FromNode::Ready);
        started();
        got();
        scene.heard.take();
        scene
    }

    async fn call(&self, command: Command) -> Answers {
        let answers: Answers = Rc::default();
        let (client, put) = (self.client.clone(), answers.clone());
        spawn_local(async move {
            let answer = client.call(command).await;
            put.borrow_mut().push(answer);
        });
        TimeoutFuture::new(0).await;
        answers
    }
}

fn code(answers: &Answers) -> Option<String> {
    let answers = answers.borrow();
    answers
        .first()?
        .as_ref()
        .err()
        .map(|refusal| refusal.code.clone())
}

#[wasm_bindgen_test]
async fn a_call_waits_until_the_node_runs_and_gets_its_own_answer() {
    let scene = scene();
    let status_call = scene.call(Command::Status).await;
    let peers_call = scene.call(Command::Peers).await;
    assert_eq!(got(), [], "nothing is said to a worker that still loads");
    says(&FromNode::Ready);
    let start = got();
    assert!(
        matches!(&start[..], [ToNode::Start { slot: None, distrust: None, relay, .. }] if relay.ends_with("/signal")),
        "{start:?}"
    );
    started();
    let command = |id, command| ToNode::Command {
        id: RequestId(id),
        command,
    };
    assert_eq!(
        got(),
        [command(1, Command::Status), command(2, Command::Peers)]
    );
    // Out of order, and an empty list that could be one of blocks.
    for (id, reply) in [
        (2, Reply::Peers(vec![])),
        (1, Reply::Status(status(7))),
        (9, Reply::Done(())),
    ] {
        says(&FromNode::Reply {
            id: RequestId(id),
            result: Ok(Answer(reply)),
        });
    }
    TimeoutFuture::new(0).await;
    assert_eq!(*status_call.borrow(), [Ok(Reply::Status(status(7)))]);
    assert_eq!(*peers_call.borrow(), [Ok(Reply::Peers(vec![]))]);
}

#[wasm_bindgen_test]
async fn a_node_that_dies_is_started_again_and_goes_on_mining() {
    let scene = Scene::running();
    scene.call(Command::Mine { threads: 2 }).await;
    let asked = scene.call(Command::Status).await;
    let prevented = js("last().fails('out of memory')").is_truthy();
    assert!(prevented, "the page reports it itself");
    let later = scene.call(Command::Pending).await;
    assert_eq!(code(&asked).as_deref(), Some("node_restarted"));
    assert!(js("last().alive").is_falsy());
    assert_eq!(*scene.heard.borrow(), ["fatal, retry true: out of memory"]);

    TimeoutFuture::new(700).await;
    assert_eq!(workers(), 2);
    says(&FromNode::Ready);
    let start = got();
    assert!(
        matches!(
            &start[..],
            [ToNode::Start {
                slot: Some(4),
                distrust: None,
                ..
            }]
        ),
        "the tab wants its slot back: {start:?}"
    );
    started();
    assert_eq!(
        scene.heard.borrow()[1..],
        ["started 4 at 7", "restarted: out of memory"]
    );
    let told: Vec<Command> = got()
        .into_iter()
        .filter_map(|message| match message {
            ToNode::Command { command, .. } => Some(command),
            _ => None,
        })
        .collect();
    assert!(told.contains(&Command::Mine { threads: 2 }), "{told:?}");
    assert!(told.contains(&Command::Pending), "{told:?}");
    assert_eq!(code(&later), None, "it was never sent, so it is asked now");
}

#[wasm_bindgen_test]
async fn a_damaged_store_is_distrusted_once() {
    let scene = Scene::running();
    says(&FromNode::Fatal {
        reason: "a page does not read".into(),
        retry: true,
        damaged: true,
    });
    TimeoutFuture::new(700).await;
    says(&FromNode::Ready);
    let start = got();
    let [ToNode::Start { distrust, .. }] = &start[..] else {
        panic!("{start:?}");
    };
    let expected = Distrust {
        reason: "a page does not read".into(),
        damaged: true,
    };
    assert_eq!(distrust.as_ref(), Some(&expected));
    started();

    js("last().fails('something else')");
    TimeoutFuture::new(1_300).await;
    says(&FromNode::Ready);
    let start = got();
    assert!(
        matches!(&start[..], [ToNode::Start { distrust: None, .. }]),
        "{start:?}"
    );
    drop(scene);
}

#[wasm_bindgen_test]
async fn a_node_that_will_never_run_refuses_every_call_and_says_why() {
    let scene = Scene::running();
    let asked = scene.call(Command::Status).await;
    says(&FromNode::Fatal {
        reason: "the link names no network".into(),
        retry: false,
        damaged: false,
    });
    let later = scene.call(Command::Status).await;
    for answers in [&asked, &later] {
        assert_eq!(code(answers).as_deref(), Some("node_stopped"));
    }
    TimeoutFuture::new(700).await;
    assert_eq!(workers(), 1, "it is not started again");
    assert_eq!(
        *scene.heard.borrow(),
        ["fatal, retry false: the link names no network"]
    );
}

#[wasm_bindgen_test]
fn a_late_watcher_is_told_how_things_stand() {
    let scene = Scene::running();
    says(&FromNode::Relay(RelayState::Connecting));
    says(&FromNode::Relay(RelayState::Connected));
    says(&FromNode::Notice(Notice::NoMiners {
        reason: "a test".into(),
    }));
    says(&FromNode::Show(Delta::Status(status(12))));
    let late: Rc<RefCell<Vec<String>>> = Rc::default();
    let events = late.clone();
    let watch = scene
        .client
        .watch(move |event| events.borrow_mut().push(short(event)));
    assert_eq!(
        *late.borrow(),
        ["started 4 at 12", "relay Connected", "notice"]
    );
    drop(watch);
    says(&FromNode::Show(Delta::Status(status(13))));
    assert_eq!(late.borrow().len(), 3, "nobody watches any more");
}

#[wasm_bindgen_test]
async fn calls_without_end_are_refused_not_buffered() {
    let scene = Scene::running();
    let mut calls = Vec::new();
    for _ in 0..1_024 {
        let client = scene.client.clone();
        calls.push(Box::pin(async move { client.call(Command::Status).await }));
    }
    for call in calls {
        spawn_local(async move {
            let _ = call.await;
        });
    }
    TimeoutFuture::new(0).await;
    let refused = scene.call(Command::Status).await;
    assert_eq!(code(&refused).as_deref(), Some("too_many_calls"));
}

/// Lets the page's timer beat so many times.
fn beat(times: u32) {
    js(&format!("for (let i = 0; i < {times}; i++) beat()"));
}

#[wasm_bindgen_test]
async fn a_node_that_hangs_is_ended_and_started_again() {
    js("globalThis.beat = undefined;
        globalThis.usual = setInterval;
        globalThis.setInterval = (f) => { beat = f; return 1; };");
    let scene = scene();
    says(&FromNode::Ready);
    assert!(
        js("beat").is_undefined(),
        "a store may take long to be opened"
    );
    started();
    got();
    scene.heard.take();

    beat(1);
    assert_eq!(got(), [ToNode::Ping]);
    beat(18);
    assert_eq!(got(), [], "one question waits at a time");
    says(&FromNode::Pong);
    beat(19);
    assert_eq!(got(), [ToNode::Ping]);
    says(&FromNode::Show(Delta::Status(status(8))));
    beat(19);
    assert_eq!(*scene.heard.borrow(), ["status at 8"], "a busy node lives");

    beat(1);
    let words = "fatal, retry true: it has not answered for 20 s";
    assert_eq!(scene.heard.borrow()[1..], [words]);
    assert!(js("last().alive").is_falsy());
    TimeoutFuture::new(700).await;
    assert_eq!(workers(), 2);
    says(&FromNode::Ready);
    started();
    got();
    beat(1);
    assert_eq!(got(), [ToNode::Ping]);
    js("globalThis.setInterval = usual");
}

const STAMPS: &str = "miner('tablon stamps')";
const MINER: &str = "miner('tablon miner 0')";

#[wasm_bindgen_test]
async fn the_page_starts_the_miners_and_passes_on_what_they_and_the_node_say() {
    let scene = Scene::running();
    from(STAMPS, &FromMiner::Ready);
    let work = StampJob {
        prefix: vec![1],
        bits: 3,
    };
    says(&FromNode::Stamp {
        job: JobId(1),
        work: work.clone(),
    });
    let order = ToMiner::Stamp {
        job: JobId(1),
        work,
    };
    assert_eq!(told::<ToMiner>(STAMPS), [order]);

    let job = MiningJob {
        job: JobId(2),
        header: vec![0; 76],
        target: [0; 32],
        threads: 1,
    };
    says(&FromNode::Mine {
        job: Some(job.clone()),
    });
    from(MINER, &FromMiner::Ready);
    assert_eq!(told::<ToMiner>(MINER), [ToMiner::Mine { job, index: 0 }]);
    let stamp = Stamp([5; 8]);
    let stamped = FromMiner::Stamped {
        job: JobId(1),
        stamp,
    };
    let solved = FromMiner::Solved {
        job: JobId(2),
        nonce: 7,
    };
    from(STAMPS, &stamped);
    from(MINER, &FromMiner::Hashed { hashes: 300 });
    from(MINER, &solved);
    let found = [
        ToNode::Stamped {
            job: JobId(1),
            stamp,
        },
        ToNode::Hashed { hashes: 300 },
        ToNode::Solved {
            job: JobId(2),
            nonce: 7,
        },
    ];
    assert_eq!(got(), found);
    js("miner('tablon miner 0').fails('out of memory')");
    assert_eq!(*scene.heard.borrow(), ["notice"]);

    js("last().fails('struck')");
    assert!(
        js("miners.every((miner) => !miner.alive)").is_truthy(),
        "they worked for the node that died"
    );
    TimeoutFuture::new(700).await;
    says(&FromNode::Ready);
    started();
    from(STAMPS, &FromMiner::Ready);
}
