//! The relay client before relays that behave and relays that do not. The
//! socket is the test's own.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::future::TimeoutFuture;
use js_sys::{Function, Reflect, Uint8Array};
use tablon_core::hash::{BlockHash, NetworkId, PeerId};
use tablon_core::keys::SecretKey;
use tablon_core::relay::{
    FromRelay, MAX_RELAY_FRAME, MAX_SAMPLE, Signal, SignalStep, SignedSignal, ToRelay, hello_bytes,
};
use tablon_web::threads::RelayState;
use tablon_web::worker::relay::{Relay, RelayEvent};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

const NETWORK: NetworkId = BlockHash([3; 32]);

struct Scene {
    relay: Relay,
    me: SecretKey,
    heard: Rc<RefCell<Vec<RelayEvent>>>,
}

/// A relay client that has just connected to the test's socket.
fn scene() -> Scene {
    js("globalThis.sockets = [];
        globalThis.WebSocket = class extends EventTarget {
            constructor(url) { super(); this.url = url; this.sent = []; sockets.push(this); }
            // Bytes lie in the caller's memory, which is its own again after the call.
            send(data) { this.sent.push(typeof data == 'string' ? data : data.slice()); }
            close() { this.closed = true; }
            says(data) { this.dispatchEvent(new MessageEvent('message', { data })); }
            ends(code, reason) { this.dispatchEvent(new CloseEvent('close', { code, reason })); }
        };
        globalThis.last = () => sockets[sockets.length - 1];");
    let me = SecretKey::from_seed([1; 32]);
    let heard: Rc<RefCell<Vec<RelayEvent>>> = Rc::default();
    let events = heard.clone();
    let relay = Relay::new(
        "ws://relay/signal".into(),
        NETWORK,
        me.clone(),
        move |event| {
            events.borrow_mut().push(event);
        },
    );
    relay.connect();
    Scene { relay, me, heard }
}

fn js(code: &str) -> JsValue {
    js_sys::eval(code).unwrap()
}

fn sockets() -> u32 {
    js("sockets.length").as_f64().unwrap() as u32
}

fn is_closed() -> bool {
    js("last().closed === true").is_truthy()
}

impl Scene {
    fn says_raw(&self, data: &JsValue) {
        let last = js("last()");
        let says: Function = Reflect::get(&last, &"says".into())
            .unwrap()
            .unchecked_into();
        says.call1(&last, data).unwrap();
    }

    fn says(&self, frame: &FromRelay) {
        self.says_raw(&serde_json::to_string(frame).unwrap().into());
    }

    fn welcomed(&self) {
        self.says(&FromRelay::Challenge {
            nonce: PeerId([9; 32]),
        });
        self.says(&FromRelay::Welcome {
            peers: vec![],
            ice_servers: vec![],
            tunnel: 0,
        });
        self.heard.borrow_mut().clear();
    }

    fn sent(&self) -> Vec<ToRelay> {
        let text = js("JSON.stringify(last().sent)").as_string().unwrap();
        let frames: Vec<String> = serde_json::from_str(&text).unwrap();
        frames
            .iter()
            .map(|frame| serde_json::from_str(frame).unwrap())
            .collect()
    }

    fn heard(&self) -> Vec<RelayEvent> {
        self.heard.take()
    }

    fn away(&self) -> String {
        let heard = self.heard();
        match &heard[..] {
            [RelayEvent::State(RelayState::Away { retry_ms, reason })] => {
                assert!((250..=500).contains(retry_ms), "{retry_ms}");
                reason.clone()
            }
            other => panic!("the relay should be away, but {other:?}"),
        }
    }
}

fn signal(from: &SecretKey, to: PeerId) -> SignedSignal {
    step(from, to, SignalStep::Full)
}

fn step(from: &SecretKey, to: PeerId, step: SignalStep) -> SignedSignal {
    let signal = Signal {
        network: NETWORK,
        from: from.public(),
        to,
        session: 7,
        step,
    };
    SignedSignal::sign(signal, from)
}

#[wasm_bindgen_test]
fn a_tab_proves_its_key_and_is_introduced() {
    let scene = scene();
    assert_eq!(
        scene.heard(),
        [RelayEvent::State(RelayState::Connecting)],
        "nothing else is known yet"
    );
    let nonce = PeerId([9; 32]);
    scene.says(&FromRelay::Challenge { nonce });
    let sent = scene.sent();
    let [
        ToRelay::Hello {
            network,
            key,
            signature,
            ..
        },
    ] = &sent[..]
    else {
        panic!("a hello should be sent, not {sent:?}");
    };
    assert_eq!((*network, *key), (NETWORK, scene.me.public()));
    assert!(key.verify(&hello_bytes(nonce, NETWORK), signature));

    let (me, other) = (scene.me.public().peer_id(), PeerId([4; 32]));
    scene.says(&FromRelay::Welcome {
        peers: vec![other, me],
        ice_servers: vec![],
        tunnel: 64_000,
    });
    assert_eq!(
        scene.heard(),
        [
            RelayEvent::Ice(vec![]),
            RelayEvent::Tunnel(64_000),
            RelayEvent::State(RelayState::Connected),
            RelayEvent::Peers(vec![other]),
        ]
    );
}

#[wasm_bindgen_test]
fn signals_and_pieces_are_passed_on_as_they_come() {
    let scene = scene();
    scene.welcomed();
    let (me, other) = (scene.me.public().peer_id(), SecretKey::from_seed([2; 32]));
    // Whether it is signed and for this tab, the node says.
    let signed = signal(&other, me);
    scene.says(&FromRelay::Signal(signed.clone()));
    let bytes = Uint8Array::from([[4; 32].as_slice(), b"sealed"].concat().as_slice());
    scene.says_raw(&bytes.buffer());
    let from = PeerId([4; 32]);
    assert_eq!(
        scene.heard(),
        [
            RelayEvent::Signal(Box::new(signed.clone())),
            RelayEvent::Piece {
                from,
                sealed: b"sealed".to_vec()
            }
        ]
    );

    let there = signal(&scene.me, from);
    scene.relay.signal(there.clone());
    scene.relay.carry(from, b"there");
    let sent = js("last().sent.pop()")
        .unchecked_into::<Uint8Array>()
        .to_vec();
    assert_eq!(sent, [[4; 32].as_slice(), b"there"].concat());
    assert_eq!(scene.sent().last(), Some(&ToRelay::Signal(there)));
    assert!(!is_closed());
}

#[wasm_bindgen_test]
async fn frames_that_break_a_rule_end_the_socket_and_another_is_tried() {
    let long = "x".repeat(MAX_RELAY_FRAME + 1);
    for (data, rule) in [
        (
            JsValue::from(long.as_str()),
            "a frame of the relay is at most 16384 bytes, received 16385",
        ),
        (JsValue::from("{\"type\":\"gossip\"}"), "what is no frame"),
        (JsValue::from("hola"), "what is no frame"),
        (JsValue::NULL, "the relay sent neither text nor bytes"),
        (
            js("new ArrayBuffer(16385)"),
            "a frame of the relay is at most 16384 bytes, received 16385",
        ),
        (
            js("new ArrayBuffer(8)"),
            "a piece of the tunnel begins with 32 bytes of peer id, received 8",
        ),
    ] {
        let scene = scene();
        scene.welcomed();
        scene.says_raw(&data);
        let reason = scene.away();
        assert!(reason.contains(rule), "{reason}");
        assert!(is_closed());
        assert_eq!(sockets(), 1);
        TimeoutFuture::new(700).await;
        assert_eq!(sockets(), 2, "it is tried again");
    }
}

#[wasm_bindgen_test]
fn a_room_larger_than_the_bound_is_cut() {
    let scene = scene();
    scene.welcomed();
    let peers = (0..100).map(|number| PeerId([number; 32])).collect();
    scene.says(&FromRelay::Peers { peers });
    let heard = scene.heard();
    assert!(
        matches!(&heard[..], [RelayEvent::Peers(peers)] if peers.len() == MAX_SAMPLE),
        "{heard:?}"
    );
}

#[wasm_bindgen_test]
async fn a_relay_that_goes_away_is_tried_again_with_longer_waits() {
    let scene = scene();
    scene.welcomed();
    js("last().ends(1006, '')");
    assert_eq!(scene.away(), "the relay cannot be reached");
    let mut longest = 500;
    for _ in 0..3 {
        let before = sockets();
        TimeoutFuture::new(longest + 100).await;
        assert_eq!(sockets(), before + 1);
        longest *= 2;
        js("last().ends(1012, 'restarting')");
        let heard = scene.heard();
        let [RelayEvent::State(RelayState::Away { retry_ms, reason })] = &heard[..] else {
            panic!("{heard:?}");
        };
        assert!((longest / 2..=longest).contains(retry_ms), "{retry_ms}");
        assert_eq!(reason, "the relay closed the connection: restarting (1012)");
    }
    // Somebody asks for peers, or the network is back: no wait.
    let before = sockets();
    scene.relay.hurry();
    assert_eq!(sockets(), before + 1);
}

#[wasm_bindgen_test]
fn a_refused_tab_is_told_why() {
    let scene = scene();
    scene.heard();
    scene.says(&FromRelay::Refused {
        reason: "at most 640 tabs from one address, 640 are here".into(),
    });
    assert_eq!(
        scene.away(),
        "the relay refused: at most 640 tabs from one address, 640 are here"
    );
    assert!(is_closed());
}

#[wasm_bindgen_test]
fn a_signal_that_cannot_be_carried_is_reported_at_once() {
    let scene = scene();
    scene.heard();
    let peer = PeerId([4; 32]);
    let unreachable = [RelayEvent::Unreachable { peer }];
    // Not let in yet.
    scene.relay.signal(signal(&scene.me, peer));
    assert_eq!(scene.heard(), unreachable);

    scene.welcomed();
    let sdp = "x".repeat(MAX_RELAY_FRAME);
    let offer = step(&scene.me, peer, SignalStep::Offer { sdp });
    scene.relay.signal(offer);
    assert_eq!(scene.heard(), unreachable, "it is too large");

    scene.says(&FromRelay::Absent { peer });
    assert_eq!(scene.heard(), unreachable);

    js("last().ends(1006, '')");
    scene.heard();
    scene.relay.signal(signal(&scene.me, peer));
    scene.relay.carry(peer, b"lost");
    assert_eq!(scene.heard(), unreachable);
}
