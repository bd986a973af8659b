//! The relay client before relays that behave and relays that do not. The
//! socket is the test's own.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::future::TimeoutFuture;
use js_sys::{Function, Reflect};
use tablon_core::hash::{BlockHash, NetworkId, PeerId};
use tablon_core::keys::SecretKey;
use tablon_core::relay::{
    FromRelay, MAX_RELAY_FRAME, MAX_SAMPLE, Signal, SignalStep, SignedSignal, ToRelay, hello_bytes,
};
use tablon_web::threads::RelayState;
use tablon_web::worker::relay::{Relay, RelayEvent};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

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
            send(text) { this.sent.push(text); }
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

fn signal(from: &SecretKey, to: PeerId, network: NetworkId) -> SignedSignal {
    let signal = Signal {
        network,
        from: from.public(),
        to,
        session: 7,
        step: SignalStep::Full,
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
    });
    assert_eq!(
        scene.heard(),
        [
            RelayEvent::Ice(vec![]),
            RelayEvent::State(RelayState::Connected),
            RelayEvent::Peers(vec![other]),
        ]
    );
}

#[wasm_bindgen_test]
fn a_signal_is_taken_only_when_it_is_signed_and_meant_for_this_tab() {
    let scene = scene();
    scene.welcomed();
    let (me, other) = (scene.me.public().peer_id(), SecretKey::from_seed([2; 32]));
    let good = signal(&other, me, NETWORK);
    let mut forged = good.clone();
    forged.signal.step = SignalStep::Offer {
        sdp: "another's".into(),
    };
    for bad in [
        forged,
        signal(&other, PeerId([8; 32]), NETWORK),
        signal(&other, me, BlockHash([8; 32])),
        signal(&scene.me, me, NETWORK),
    ] {
        scene.says(&FromRelay::Signal(bad));
        assert_eq!(scene.heard(), []);
    }
    scene.says(&FromRelay::Signal(good));
    assert_eq!(
        scene.heard(),
        [RelayEvent::Signal {
            from: other.public().peer_id(),
            session: 7,
            step: SignalStep::Full
        }]
    );
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
        (
            js("new ArrayBuffer(8)"),
            "the relay sent bytes where text is spoken",
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
    let (peer, sdp) = (PeerId([4; 32]), "v=0".to_owned());
    scene.relay.signal(peer, 1, SignalStep::Offer { sdp });
    let unreachable = |reason: &str| RelayEvent::Unreachable {
        peer,
        reason: reason.into(),
    };
    assert_eq!(
        scene.heard(),
        [unreachable("the relay has not let this tab in yet")]
    );

    scene.welcomed();
    let sdp = "x".repeat(MAX_RELAY_FRAME);
    scene.relay.signal(peer, 1, SignalStep::Offer { sdp });
    let heard = scene.heard();
    assert!(
        matches!(&heard[..], [RelayEvent::Unreachable { reason, .. }] if reason.starts_with("a signal is at most 16384 bytes, ")),
        "{heard:?}"
    );

    scene.says(&FromRelay::Absent { peer });
    assert_eq!(scene.heard(), [unreachable("the peer has left the relay")]);

    js("last().ends(1006, '')");
    scene.heard();
    scene.relay.signal(peer, 1, SignalStep::Full);
    assert_eq!(scene.heard(), [unreachable("the relay is away")]);
}
