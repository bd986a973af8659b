//! Workers that the test plays itself, and what a node would say of itself.

use js_sys::{Array, Function, Reflect};
use tablon_core::hash::{BlockHash, PeerId, StateRoot, TxId};
use tablon_core::keys::{Address, PublicKey};
use tablon_core::params::Params;
use tablon_core::units::{Amount, Height, Timestamp};
use tablon_core::view::{
    BlockView, ClockView, Kind, Mining, MiningState, StampView, Status, Storage, SyncProgress,
    TransactionView,
};
use tablon_web::messages::{self, Message};
use tablon_web::threads::ToNode;
use wasm_bindgen::{JsCast, JsValue};

/// An empty stage: from now on the page's workers are the test's own, and what
/// the browser remembered is gone. Networks of earlier tests hear no more of the
/// address.
pub(crate) fn set() {
    js("globalThis.workers = [];
        globalThis.miners = [];
        globalThis.Worker = class extends EventTarget {
            constructor(url, options) {
                super();
                this.name = options.name;
                this.got = [];
                this.alive = true;
                (url === 'node.js' ? workers : miners).push(this);
            }
            // What a node's worker is made of is no message to the node.
            postMessage(message) { if (!message.module) this.got.push(message); }
            terminate() { this.alive = false; }
            says(data) { this.dispatchEvent(new MessageEvent('message', { data })); }
            fails(message) {
                const event = new ErrorEvent('error', { message, cancelable: true });
                return !this.dispatchEvent(event);
            }
        };
        sessionStorage.clear();
        localStorage.clear();
        globalThis.listening ??= [];
        for (const [type, listener] of listening.splice(0)) removeEventListener(type, listener);
        if (!Object.hasOwn(window, 'addEventListener'))
            window.addEventListener = (type, listener, options) => {
                listening.push([type, listener]);
                EventTarget.prototype.addEventListener.call(window, type, listener, options);
            };
        location.hash = '';");
}

pub(crate) fn js(code: &str) -> JsValue {
    js_sys::eval(code).unwrap()
}

/// A worker as the page started it.
pub(crate) struct Actor(JsValue);

/// All node workers started so far.
pub(crate) fn workers() -> Vec<Actor> {
    let workers: Array = js("workers").unchecked_into();
    workers.iter().map(Actor).collect()
}

/// The one started last.
pub(crate) fn last() -> Actor {
    workers().pop().expect("the page started a worker")
}

/// The living miner of this name.
pub(crate) fn miner(name: &str) -> Actor {
    let all: Array = js("miners").unchecked_into();
    let mut all = all.iter().map(Actor).collect::<Vec<_>>().into_iter().rev();
    let found = all.find(|miner| miner.is_alive() && miner.name() == name);
    found.expect("the page started this miner")
}

impl Actor {
    fn call(&self, method: &str, argument: &JsValue) -> JsValue {
        let method: Function = self.get(method).unchecked_into();
        method.call1(&self.0, argument).unwrap()
    }

    fn get(&self, name: &str) -> JsValue {
        Reflect::get(&self.0, &name.into()).unwrap()
    }

    /// Have it say something to the page.
    pub(crate) fn says<T: Message>(&self, message: &T) {
        self.call("says", &messages::write(message));
    }

    /// Have it die; gives whether the page took note.
    pub(crate) fn fails(&self, reason: &str) -> bool {
        self.call("fails", &reason.into()).is_truthy()
    }

    /// What a node was told since the last time.
    pub(crate) fn got(&self) -> Vec<ToNode> {
        self.told()
    }

    /// The same of any worker.
    pub(crate) fn told<T: Message>(&self) -> Vec<T> {
        let got: Array = self.get("got").unchecked_into();
        let all = got.splice(0, got.length(), &JsValue::UNDEFINED);
        all.iter()
            .filter(|message| !message.is_undefined())
            .map(|message| messages::read(&message).unwrap())
            .collect()
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.get("alive").is_truthy()
    }

    pub(crate) fn name(&self) -> String {
        self.get("name").as_string().unwrap()
    }
}

/// How a node of this network is, on slot 4.
pub(crate) fn status(network: &Params, height: u32) -> Box<Status> {
    Box::new(Status {
        network: network.network_id(),
        network_name: network.name.clone(),
        network_link: network.to_link(),
        spacing: network.spacing,
        slot: 4,
        node: PeerId([2; 32]),
        address: Address([3; 20]),
        locked: false,
        balance: Amount(0),
        outgoing: Amount(0),
        incoming: Amount(0),
        joined: None,
        reward: network.reward(),
        supply: Amount(0),
        state_root: StateRoot([5; 32]),
        height: Height(height),
        tip: BlockHash([4; 32]),
        tip_time: Timestamp(0),
        difficulty_bits: 20,
        expected_hashes: u64::MAX,
        peers: 0,
        known_nodes: 1,
        clock: ClockView {
            offset: 0,
            samples: 0,
            corrected: false,
        },
        pending: 0,
        stamp: StampView {
            required_bits: 14,
            enter_bits: 14,
            next_block_bits: 14,
        },
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
            rate: 0,
            seconds_left: None,
        },
    })
}

/// A post of somebody else.
pub(crate) fn post(number: u8) -> TransactionView {
    TransactionView {
        id: TxId([number; 32]),
        kind: Kind::Post,
        author: Address([8; 20]),
        key: PublicKey([9; 32]),
        name: String::new(),
        joined: false,
        topic: String::new(),
        content: format!("post {number}"),
        reply_to: None,
        tips: Amount(0),
        to: None,
        amount: None,
        tip: None,
        sealed: None,
        timestamp: Timestamp(1_700_000_000),
        seq: 0,
        stamp_bits: 16,
        own: false,
    }
}

/// A block with these posts.
pub(crate) fn block(height: u32, transactions: Vec<TransactionView>) -> BlockView {
    BlockView {
        index: Height(height),
        hash: BlockHash([5; 32]),
        previous_hash: BlockHash::default(),
        merkle_root: tablon_core::hash::MerkleRoot([6; 32]),
        version: 0x2000_0000,
        timestamp: Timestamp(0),
        bits: 0x1e0f_ffff,
        nonce: u32::MAX,
        difficulty_bits: 20,
        zero_bits: 24,
        header: "00".repeat(80),
        miner: None,
        state_root: StateRoot([5; 32]),
        on_best_chain: true,
        size: 300,
        transactions,
    }
}
