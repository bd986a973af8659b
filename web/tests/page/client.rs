//! The page's side of a node that starts, answers, dies and comes back. The
//! worker is the test's own; a real one runs in `e2e/`.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::future::TimeoutFuture;
use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::hash::PeerId;
use tablon_core::keys::{Address, SecretKey};
use tablon_core::node::{JobId, LinkEvent, MinerReport, MiningJob, RequestId};
use tablon_core::params::Params;
use tablon_core::relay::{ANYONE, Signal, SignalStep, SignedSignal};
use tablon_core::transaction::{Stamp, StampJob};
use tablon_core::view::Delta;
use tablon_web::client::{Client, Event, Watch};
use tablon_web::links::Links;
use tablon_web::threads::{
    Distrust, FromMiner, FromNode, Notice, RelayState, ToMiner, ToNode, WalletCommand, WalletReply,
    WalletState,
};
use tablon_web::worker::siblings::words;
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::stage::{self, js, last, miner, status, workers};

pub(crate) type Answers = Rc<RefCell<Vec<Result<Reply, Refusal>>>>;

pub(crate) struct Scene {
    pub(crate) client: Client,
    heard: Rc<RefCell<Vec<String>>>,
    _watch: Watch,
}

fn scene() -> Scene {
    stage::set();
    let client = Client::start(&network());
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
        Event::Wallet(state) if state.locked => "wallet, locked".into(),
        Event::Wallet(_) => "wallet".into(),
        Event::Relay(state) => format!("relay {state:?}"),
        Event::Notice(Notice::NodeRestarted { reason }) => format!("restarted: {reason}"),
        Event::Notice(_) => "notice".into(),
        Event::OverBudget(over) => format!("over budget: {over:?}"),
        Event::Fatal { reason, retry } => format!("fatal, retry {retry}: {reason}"),
        Event::Unsupported(names) => format!("lacks {names:?}"),
    }
}

fn network() -> Params {
    Params::default_network()
}

fn started() {
    last().says(&FromNode::Started {
        slot: 4,
        status: status(&network(), 7),
    });
}

fn wallet(locked: bool) -> WalletState {
    WalletState {
        address: Address([3; 20]),
        locked,
        has_password: locked,
        backed_up: false,
        durable: true,
    }
}

impl Scene {
    pub(crate) fn running() -> Self {
        let scene = scene();
        last().says(&FromNode::Ready);
        started();
        last().got();
        scene.heard.take();
        scene
    }

    pub(crate) async fn call(&self, command: Command) -> Answers {
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
    assert_eq!(
        last().got(),
        [],
        "nothing is said to a worker that still loads"
    );
    last().says(&FromNode::Ready);
    let start = last().got();
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
        last().got(),
        [command(1, Command::Status), command(2, Command::Peers)]
    );
    // Out of order, and an empty list that could be one of blocks.
    for (id, reply) in [
        (2, Reply::Peers(vec![])),
        (1, Reply::Status(status(&network(), 7))),
        (9, Reply::Done(())),
    ] {
        last().says(&FromNode::Reply {
            id: RequestId(id),
            result: Ok(reply),
        });
    }
    TimeoutFuture::new(0).await;
    assert_eq!(
        *status_call.borrow(),
        [Ok(Reply::Status(status(&network(), 7)))]
    );
    assert_eq!(*peers_call.borrow(), [Ok(Reply::Peers(vec![]))]);
}

#[wasm_bindgen_test]
async fn a_node_that_dies_is_started_again_and_goes_on_mining() {
    let scene = Scene::running();
    scene.call(Command::Mine { threads: 2 }).await;
    let asked = scene.call(Command::Status).await;
    let prevented = last().fails("out of memory");
    assert!(prevented, "the page reports it itself");
    let later = scene.call(Command::Pending).await;
    assert_eq!(code(&asked).as_deref(), Some("node_restarted"));
    assert!(!last().is_alive());
    assert_eq!(*scene.heard.borrow(), ["fatal, retry true: out of memory"]);

    TimeoutFuture::new(700).await;
    assert_eq!(workers().len(), 2);
    last().says(&FromNode::Ready);
    let start = last().got();
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
    let told: Vec<Command> = last()
        .got()
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
    last().says(&FromNode::Fatal {
        reason: "a page does not read".into(),
        retry: true,
        damaged: true,
    });
    TimeoutFuture::new(700).await;
    last().says(&FromNode::Ready);
    let start = last().got();
    let [ToNode::Start { distrust, .. }] = &start[..] else {
        panic!("{start:?}");
    };
    let expected = Distrust {
        reason: "a page does not read".into(),
        damaged: true,
    };
    assert_eq!(distrust.as_ref(), Some(&expected));
    started();

    last().fails("something else");
    TimeoutFuture::new(1_300).await;
    last().says(&FromNode::Ready);
    let start = last().got();
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
    last().says(&FromNode::Fatal {
        reason: "the link names no network".into(),
        retry: false,
        damaged: false,
    });
    let later = scene.call(Command::Status).await;
    for answers in [&asked, &later] {
        assert_eq!(code(answers).as_deref(), Some("node_stopped"));
    }
    TimeoutFuture::new(700).await;
    assert_eq!(workers().len(), 1, "it is not started again");
    assert_eq!(
        *scene.heard.borrow(),
        ["fatal, retry false: the link names no network"]
    );
}

#[wasm_bindgen_test]
fn a_late_watcher_is_told_how_things_stand() {
    let scene = Scene::running();
    last().says(&FromNode::WalletState(wallet(true)));
    last().says(&FromNode::WalletState(wallet(false)));
    last().says(&FromNode::Relay(RelayState::Connecting));
    last().says(&FromNode::Relay(RelayState::Connected));
    last().says(&FromNode::Notice(Notice::NoMiners {
        reason: "a test".into(),
    }));
    last().says(&FromNode::Show(Delta::Status(status(&network(), 12))));
    let late: Rc<RefCell<Vec<String>>> = Rc::default();
    let events = late.clone();
    let watch = scene
        .client
        .watch(move |event| events.borrow_mut().push(short(event)));
    assert_eq!(
        *late.borrow(),
        ["started 4 at 12", "wallet", "relay Connected", "notice"]
    );
    drop(watch);
    last().says(&FromNode::Show(Delta::Status(status(&network(), 13))));
    assert_eq!(late.borrow().len(), 4, "nobody watches any more");
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

#[wasm_bindgen_test]
async fn the_wallet_is_asked_in_turn_with_everything_else() {
    let scene = scene();
    let status_call = scene.call(Command::Status).await;
    let client = scene.client.clone();
    let put: Rc<RefCell<Vec<Result<WalletReply, Refusal>>>> = Rc::default();
    let answers = put.clone();
    spawn_local(async move {
        let unlock = WalletCommand::Unlock {
            password: "correct horse".into(),
        };
        let answer = client.wallet(unlock).await;
        put.borrow_mut().push(answer);
    });
    TimeoutFuture::new(0).await;
    last().says(&FromNode::Ready);
    last().got();
    started();
    let got = last().got();
    assert!(
        matches!(
            &got[..],
            [
                ToNode::Command {
                    id: RequestId(1),
                    ..
                },
                ToNode::Wallet {
                    id: RequestId(2),
                    command: WalletCommand::Unlock { .. }
                }
            ]
        ),
        "{got:?}"
    );
    assert!(!format!("{got:?}").contains("horse"), "{got:?}");
    // An answer of another kind is no answer.
    last().says(&FromNode::Wallet {
        id: RequestId(1),
        result: Ok(WalletReply::State(wallet(false))),
    });
    last().says(&FromNode::Wallet {
        id: RequestId(2),
        result: Ok(WalletReply::State(wallet(false))),
    });
    TimeoutFuture::new(0).await;
    assert_eq!(code(&status_call).as_deref(), Some("node_stopped"));
    assert_eq!(*answers.borrow(), [Ok(WalletReply::State(wallet(false)))]);
}

#[wasm_bindgen_test]
async fn a_wallet_is_locked_again_when_its_node_was_started_again() {
    let scene = Scene::running();
    last().says(&FromNode::WalletState(wallet(false)));
    let client = scene.client.clone();
    let refused: Rc<RefCell<Option<String>>> = Rc::default();
    let put = refused.clone();
    spawn_local(async move {
        let answer = client.wallet(WalletCommand::State).await;
        *put.borrow_mut() = answer.err().map(|refusal| refusal.code);
    });
    TimeoutFuture::new(0).await;
    last().fails("out of memory");
    TimeoutFuture::new(0).await;
    assert_eq!(refused.borrow().as_deref(), Some("node_restarted"));
    let late: Rc<RefCell<Vec<String>>> = Rc::default();
    let events = late.clone();
    let _watch = scene
        .client
        .watch(move |event| events.borrow_mut().push(short(event)));
    assert_eq!(
        late.take(),
        ["fatal, retry true: out of memory"],
        "nobody knows how the wallet is now"
    );

    TimeoutFuture::new(700).await;
    last().says(&FromNode::Ready);
    started();
    last().says(&FromNode::WalletState(wallet(true)));
    assert_eq!(late.borrow()[0], "started 4 at 7");
    assert!(late.borrow().contains(&"wallet, locked".into()));
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
    last().says(&FromNode::Ready);
    assert!(
        js("beat").is_undefined(),
        "a store may take long to be opened"
    );
    started();
    last().got();
    scene.heard.take();

    beat(1);
    assert_eq!(last().got(), [ToNode::Ping]);
    beat(18);
    assert_eq!(last().got(), [], "one question waits at a time");
    last().says(&FromNode::Pong);
    beat(19);
    assert_eq!(last().got(), [ToNode::Ping]);
    last().says(&FromNode::Show(Delta::Status(status(&network(), 8))));
    beat(19);
    assert_eq!(*scene.heard.borrow(), ["status at 8"], "a busy node lives");

    beat(1);
    let words = "fatal, retry true: it has not answered for 20 s";
    assert_eq!(scene.heard.borrow()[1..], [words]);
    assert!(!last().is_alive());
    TimeoutFuture::new(700).await;
    assert_eq!(workers().len(), 2);
    last().says(&FromNode::Ready);
    started();
    last().got();
    beat(1);
    assert_eq!(last().got(), [ToNode::Ping]);
    js("globalThis.setInterval = usual");
}

const STAMPS: &str = "tablon stamps";
const MINER: &str = "tablon miner 0";

#[wasm_bindgen_test]
async fn the_page_starts_the_miners_and_passes_on_what_they_and_the_node_say() {
    let scene = Scene::running();
    // Somebody begins to write.
    scene.client.prepare_stamps();
    miner(STAMPS).says(&FromMiner::Ready);
    let work = StampJob {
        prefix: vec![1],
        bits: 3,
    };
    last().says(&FromNode::Stamp {
        job: JobId(1),
        work: work.clone(),
    });
    let order = ToMiner::Stamp {
        job: JobId(1),
        work,
    };
    assert_eq!(miner(STAMPS).told::<ToMiner>(), [order]);

    let job = MiningJob {
        job: JobId(2),
        header: vec![0; 76],
        target: [0; 32],
        threads: 1,
    };
    last().says(&FromNode::Mine {
        job: Some(job.clone()),
    });
    miner(MINER).says(&FromMiner::Ready);
    assert_eq!(
        miner(MINER).told::<ToMiner>(),
        [ToMiner::Mine { job, index: 0 }]
    );
    let stamp = Stamp([5; 8]);
    let stamped = FromMiner::Report(MinerReport::Stamped {
        job: JobId(1),
        stamp,
    });
    let solved = FromMiner::Report(MinerReport::Solved {
        job: JobId(2),
        nonce: 7,
        rolled: 0x2000,
    });
    miner(STAMPS).says(&stamped);
    miner(MINER).says(&FromMiner::Report(MinerReport::Hashed { hashes: 300 }));
    miner(MINER).says(&solved);
    let found = [
        ToNode::Miner(MinerReport::Stamped {
            job: JobId(1),
            stamp,
        }),
        ToNode::Miner(MinerReport::Hashed { hashes: 300 }),
        ToNode::Miner(MinerReport::Solved {
            job: JobId(2),
            nonce: 7,
            rolled: 0x2000,
        }),
    ];
    assert_eq!(last().got(), found);
    miner(MINER).fails("out of memory");
    assert_eq!(*scene.heard.borrow(), ["notice"]);

    last().fails("struck");
    assert!(
        js("miners.every((miner) => !miner.alive)").is_truthy(),
        "they worked for the node that died"
    );
    TimeoutFuture::new(700).await;
    last().says(&FromNode::Ready);
    started();
    // Nobody writes: it is loaded once the page has come to rest.
    TimeoutFuture::new(1_700).await;
    miner(STAMPS).says(&FromMiner::Ready);
}

/// What comes of something that takes its time.
fn outcome<T: 'static>(work: impl Future<Output = T> + 'static) -> Rc<RefCell<Option<T>>> {
    let outcome: Rc<RefCell<Option<T>>> = Rc::default();
    let put = outcome.clone();
    spawn_local(async move {
        let value = work.await;
        put.replace(Some(value));
    });
    outcome
}

/// What the node is told next that is of this kind.
pub(crate) async fn told<T>(wanted: impl Fn(ToNode) -> Option<T>) -> T {
    for _ in 0..500 {
        if let Some(found) = last().got().into_iter().find_map(&wanted) {
            return found;
        }
        TimeoutFuture::new(10).await;
    }
    panic!("the node was not told in 5 s");
}

fn step(message: ToNode) -> Option<(PeerId, u32, SignalStep)> {
    match message {
        ToNode::Signal { to, session, step } => Some((to, session, step)),
        _ => None,
    }
}

pub(crate) fn asked(message: ToNode) -> Option<(RequestId, Command)> {
    match message {
        ToNode::Command { id, command } => Some((id, command)),
        _ => None,
    }
}

pub(crate) fn replies(id: RequestId, result: Result<Reply, Refusal>) {
    last().says(&FromNode::Reply { id, result });
}

/// What the node of another person says for people to carry.
fn signed(to: PeerId, session: u32, step: SignalStep) -> (PeerId, String) {
    let key = SecretKey::from_seed([9; 32]);
    let signal = Signal {
        network: network().network_id(),
        from: key.public(),
        to,
        session,
        step,
    };
    let from = key.public().peer_id();
    (from, SignedSignal::sign(signal, &key).to_text())
}

/// Another person's links, and what they say.
fn others() -> (Links, Rc<RefCell<Vec<ToNode>>>) {
    let said: Rc<RefCell<Vec<ToNode>>> = Rc::default();
    let put = said.clone();
    let (id, _) = signed(ANYONE, 0, SignalStep::Full);
    let links = Links::new(id, move |message| put.borrow_mut().push(message));
    (links, said)
}

async fn said(by: &Rc<RefCell<Vec<ToNode>>>) -> SignalStep {
    for _ in 0..500 {
        if let Some((.., step)) = by.borrow_mut().drain(..).find_map(step) {
            return step;
        }
        TimeoutFuture::new(10).await;
    }
    panic!("the other did not say anything in 5 s");
}

async fn links_up(peer: PeerId) {
    let up =
        |message| matches!(message, ToNode::Link(LinkEvent::Up { peer: is, .. }) if is == peer);
    told(|message| up(message).then_some(())).await;
}

#[wasm_bindgen_test]
async fn an_invitation_is_made_and_its_answer_opens_a_link() {
    let scene = Scene::running();
    let client = scene.client.clone();
    let invitation = outcome(async move { client.invite().await });
    let (id, _) = told(asked).await;
    replies(id, Ok(Reply::Status(status(&network(), 7))));
    let (to, session, offer) = told(step).await;
    assert_eq!(to, ANYONE);
    let text = "signed by the node".to_owned();
    last().says(&FromNode::Paste { to, session, text });
    TimeoutFuture::new(10).await;
    assert_eq!(invitation.take(), Some(Ok("signed by the node".into())));

    let (links, by_other) = others();
    links.signal(PeerId([2; 32]), session, offer).unwrap();
    let acceptance = said(&by_other).await;
    let (from, text) = signed(PeerId([2; 32]), session, acceptance.clone());
    let client = scene.client.clone();
    let pasted = outcome(async move { client.paste(text).await });
    let (id, _) = told(asked).await;
    last().says(&FromNode::Signal {
        from,
        session,
        step: acceptance.clone(),
    });
    replies(id, Ok(Reply::Done(())));
    links_up(from).await;
    assert_eq!(pasted.take(), Some(Ok(None)));

    // Once more: the invitation is used up.
    let (_, text) = signed(PeerId([2; 32]), session, acceptance.clone());
    let client = scene.client.clone();
    let pasted = outcome(async move { client.paste(text).await });
    let (id, _) = told(asked).await;
    last().says(&FromNode::Signal {
        from,
        session,
        step: acceptance,
    });
    replies(id, Ok(Reply::Done(())));
    TimeoutFuture::new(10).await;
    let refused = pasted.take().unwrap().unwrap_err();
    assert_eq!(refused.code, "no_open_invitation");
}

#[wasm_bindgen_test]
async fn a_pasted_invitation_gives_a_text_to_carry_back() {
    let scene = Scene::running();
    let (links, by_other) = others();
    let session = links.invite().unwrap();
    let offer = said(&by_other).await;
    let (from, text) = signed(ANYONE, session, offer.clone());
    let (client, word) = (scene.client.clone(), text.clone());
    let pasted = outcome(async move { client.paste(word).await });
    let (id, command) = told(asked).await;
    assert_eq!(command, Command::Paste { text });
    last().says(&FromNode::Signal {
        from,
        session,
        step: offer,
    });
    replies(id, Ok(Reply::Done(())));
    let (to, said, acceptance) = told(step).await;
    assert_eq!((to, said), (from, session));
    let text = "the answer".to_owned();
    last().says(&FromNode::Paste { to, session, text });
    TimeoutFuture::new(10).await;
    assert_eq!(pasted.take(), Some(Ok(Some("the answer".into()))));
    links.signal(PeerId([2; 32]), session, acceptance).unwrap();
    links_up(from).await;
}

#[wasm_bindgen_test]
async fn what_the_node_says_of_a_bad_invitation_is_passed_on() {
    let scene = Scene::running();
    let (_, foreign) = signed(ANYONE, 1, SignalStep::Invitation { sdp: "v=0".into() });
    for text in ["hola", &foreign] {
        let (client, text) = (scene.client.clone(), text.to_owned());
        let pasted = outcome(async move { client.paste(text).await });
        let (id, _) = told(asked).await;
        let refusal = Refusal {
            code: "other_network".into(),
            message: "no".into(),
        };
        replies(id, Err(refusal.clone()));
        TimeoutFuture::new(10).await;
        assert_eq!(pasted.take(), Some(Err(refusal)));
    }
}

#[wasm_bindgen_test]
async fn the_tabs_beside_this_one_hear_of_the_nodes_end() {
    let scene = Scene::running();
    let room = words::room(network().network_id());
    let room = web_sys::BroadcastChannel::new(&room).unwrap();
    let heard: Rc<RefCell<Vec<PeerId>>> = Rc::default();
    let byes = heard.clone();
    let _listener = gloo::events::EventListener::new(&room, "message", move |event| {
        let data = js_sys::Reflect::get(event, &"data".into()).unwrap();
        if let Some(words::ToEveryone::Bye { from }) = words::read(&data) {
            byes.borrow_mut().push(from);
        }
    });
    last().fails("out of memory");
    TimeoutFuture::new(100).await;
    assert_eq!(heard.take(), [PeerId([2; 32])]);
    drop(scene);
}
