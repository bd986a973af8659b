//! Calls to nodes that behave and to nodes that do not. The sockets are the test's
//! own.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::future::TimeoutFuture;
use js_sys::Uint8Array;
use tablon_core::handshake::{Handshake, Role};
use tablon_core::hash::{BlockHash, NetworkId, PeerId};
use tablon_core::keys::SecretKey;
use tablon_core::node::LinkEvent;
use tablon_core::wire::MAX_FRAME;
use tablon_web::worker::calls::address::called_host;
use tablon_web::worker::calls::{
    CALL_TIMEOUT_MS, CallEvent, Calls, MAX_CALLING, MAX_OPEN, MAX_WAITING,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

const NETWORK: NetworkId = BlockHash([3; 32]);

struct Scene {
    calls: Calls,
    heard: Rc<RefCell<Vec<CallEvent>>>,
}

fn scene() -> Scene {
    js("globalThis.sockets = [];
        globalThis.WebSocket = class extends EventTarget {
            constructor(url) {
                super();
                Object.assign(this, { url, sent: [], bufferedAmount: 0 });
                sockets.push(this);
            }
            send(bytes) { this.sent.push([...bytes]); }
            close(code, reason) { this.closed = reason; }
            opens() { this.dispatchEvent(new Event('open')); }
            says(data) { this.dispatchEvent(new MessageEvent('message', { data })); }
            ends(code, reason) { this.dispatchEvent(new CloseEvent('close', { code, reason })); }
        };");
    let heard: Rc<RefCell<Vec<CallEvent>>> = Rc::default();
    let events = heard.clone();
    let calls = Calls::new(NETWORK, key(1), move |event| {
        events.borrow_mut().push(event)
    });
    Scene { calls, heard }
}

fn js(code: &str) -> JsValue {
    js_sys::eval(code).unwrap()
}

fn key(number: u8) -> SecretKey {
    SecretKey::from_seed([number; 32])
}

fn id(number: u8) -> PeerId {
    key(number).public().peer_id()
}

/// Addresses called so far.
fn called() -> Vec<String> {
    let text = js("JSON.stringify(sockets.map(socket => socket.url))");
    serde_json::from_str(&text.as_string().unwrap()).unwrap()
}

fn says(socket: usize, bytes: &[u8]) {
    js(&format!(
        "sockets[{socket}].says(new Uint8Array({bytes:?}).buffer)"
    ));
}

fn sent(socket: usize) -> Vec<u8> {
    let bytes = js(&format!("sockets[{socket}].sent.at(-1)"));
    Uint8Array::new(bytes.unchecked_ref()).to_vec()
}

/// With what reason the tab has closed it.
fn closed(socket: usize) -> Option<String> {
    js(&format!("sockets[{socket}].closed")).as_string()
}

/// A node takes the call.
fn answers(socket: usize, number: u8) {
    js(&format!("sockets[{socket}].opens()"));
    let (callee, greeting) = Handshake::begin(Role::Callee, key(number), NETWORK, [9; 32]);
    let (_, proof) = callee.greeted(&sent(socket)).unwrap();
    says(socket, &greeting);
    says(socket, &proof);
}

fn at(number: u8) -> Vec<String> {
    vec![format!("ws://{number}.example/peer")]
}

fn up(number: u8, address: &str) -> CallEvent {
    CallEvent::Up {
        peer: id(number),
        address: address.to_owned(),
    }
}

impl Scene {
    fn heard(&self) -> Vec<CallEvent> {
        self.heard.take()
    }

    fn failed(&self, expected: &str) {
        match &self.heard()[..] {
            [CallEvent::Failed { reason, .. }] if reason.contains(expected) => {}
            other => panic!("it should have failed since {expected:?}, but {other:?}"),
        }
    }

    fn down(&self, expected: &str) {
        match &self.heard()[..] {
            [CallEvent::Link(LinkEvent::Down { reason, .. })] if reason.contains(expected) => {}
            other => panic!("it should be down since {expected:?}, but {other:?}"),
        }
    }

    fn linked(&self, number: u8) {
        let socket = called().len();
        self.calls.call(id(number), at(number));
        answers(socket, number);
        assert_eq!(self.heard(), [up(number, &at(number)[0])]);
    }
}

#[wasm_bindgen_test]
fn only_the_path_of_links_is_called_and_from_https_only_what_is_sealed_or_here() {
    for (address, plain, secure) in [
        ("wss://board.example/peer", true, true),
        ("wss://board.example/node/peer", true, true),
        ("ws://board.example:8000/peer", true, false),
        ("ws://192.0.2.1/peer", true, false),
        ("ws://127.0.0.1:8000/peer", true, true),
        ("ws://127.1:8000/peer", true, true),
        ("ws://localhost:8000/peer", true, true),
        ("ws://[::1]:8000/peer", true, true),
        ("ws://127.0.0.1.example/peer", true, false),
        ("ws://localhost.example/peer", true, false),
        ("http://board.example/peer", false, false),
        ("wss://board.example/", false, false),
        ("wss://board.example/reboot?now=/peer", false, false),
        ("wss://board.example/reboot#/peer", false, false),
        ("wss://admin@board.example/peer", false, false),
        ("wss://", false, false),
        ("/peer", false, false),
    ] {
        let is_called = |secure| called_host(address, secure).is_some();
        assert_eq!(is_called(false), plain, "{address} from http");
        assert_eq!(is_called(true), secure, "{address} from https");
    }
}

#[wasm_bindgen_test]
fn the_second_address_is_called_when_the_first_leads_nowhere_or_to_another() {
    let scene = scene();
    let addresses = ["a", "b", "c"].map(|host| format!("ws://{host}.example/peer"));
    scene.calls.call(id(2), addresses.to_vec());
    assert_eq!(called().len(), 1);
    js("sockets[0].ends(1006, '')");
    assert_eq!(called().len(), 2);
    answers(1, 3);
    let reason = closed(1).unwrap();
    assert!(reason.contains(&id(3).to_string()), "{reason}");
    assert_eq!(scene.heard(), []);
    answers(2, 2);
    assert_eq!(scene.heard(), [up(2, "ws://c.example/peer")]);
    assert_eq!(called(), addresses);
    // What the sockets before say now is nothing.
    says(1, &[1]);
    js("sockets[1].ends(1006, '')");
    assert_eq!(scene.heard(), []);
}

#[wasm_bindgen_test]
fn no_address_is_a_call_that_failed() {
    let scene = scene();
    scene.calls.call(id(2), Vec::new());
    scene.failed("no address");
    scene.calls.call(id(2), at(2));
    js("sockets[0].ends(1008, 'it is full')");
    scene.failed("it is full");
}

#[wasm_bindgen_test]
fn garbage_in_place_of_a_handshake_is_hung_up_on() {
    let scene = scene();
    for (number, frame) in [(2, vec![]), (3, vec![0; 99]), (4, vec![1; 4_096])] {
        let socket = called().len();
        scene.calls.call(id(number), at(number));
        js(&format!("sockets[{socket}].opens()"));
        says(socket, &frame);
        assert!(closed(socket).is_some());
        let heard = scene.heard();
        assert!(matches!(heard[..], [CallEvent::Failed { .. }]), "{heard:?}");
    }
    let socket = called().len();
    scene.calls.call(id(5), at(5));
    js(&format!(
        "sockets[{socket}].opens(); sockets[{socket}].says('hello')"
    ));
    scene.failed("text");
}

#[wasm_bindgen_test]
fn a_node_of_another_network_is_not_linked() {
    let scene = scene();
    scene.calls.call(id(2), at(2));
    js("sockets[0].opens()");
    let (_, greeting) = Handshake::begin(Role::Callee, key(2), BlockHash([4; 32]), [9; 32]);
    says(0, &greeting);
    scene.failed("network");
}

#[wasm_bindgen_test]
async fn a_node_that_never_greets_is_given_up() {
    let scene = scene();
    scene.calls.call(id(2), at(2));
    js("sockets[0].opens()");
    TimeoutFuture::new(CALL_TIMEOUT_MS + 200).await;
    scene.failed("has not proved its key");
    assert!(closed(0).is_some());
}

#[wasm_bindgen_test]
fn a_frame_that_is_too_large_ends_the_link() {
    let scene = scene();
    scene.linked(2);
    js(&format!("sockets[0].says(new ArrayBuffer({MAX_FRAME}))"));
    assert!(
        matches!(&scene.heard()[..], [CallEvent::Link(LinkEvent::Received { frame, .. })] if frame.len() == MAX_FRAME)
    );
    js(&format!(
        "sockets[0].says(new ArrayBuffer({MAX_FRAME} + 1))"
    ));
    scene.down("a frame is at most");
    assert!(closed(0).unwrap().contains("a frame is at most"));
}

#[wasm_bindgen_test]
fn a_peer_that_does_not_read_is_given_up() {
    let scene = scene();
    scene.linked(2);
    js(&format!("sockets[0].bufferedAmount = {MAX_WAITING} - 10"));
    scene.calls.send(id(2), &[7; 10]);
    assert_eq!(sent(0), [7; 10]);
    js(&format!("sockets[0].bufferedAmount = {MAX_WAITING}"));
    scene.calls.send(id(2), &[7; 10]);
    scene.down("too slowly");
}

#[wasm_bindgen_test]
fn so_many_sockets_are_opened_at_once_and_so_many_are_open_and_no_more() {
    let scene = scene();
    let many = MAX_CALLING as u8;
    for number in 2..2 + many {
        scene.calls.call(id(number), at(number));
    }
    assert_eq!(scene.heard(), []);
    scene.calls.call(id(100), at(100));
    scene.failed("nodes are called at once");
    for number in 2..2 + many {
        answers(usize::from(number) - 2, number);
    }
    assert_eq!(scene.heard().len(), MAX_OPEN);
    let socket = called().len();
    scene.calls.call(id(100), at(100));
    answers(socket, 100);
    scene.failed("sockets may be open");
}

#[wasm_bindgen_test]
fn what_the_node_closes_is_closed_with_its_reason_and_without_a_report() {
    let scene = scene();
    scene.linked(2);
    scene.calls.disconnect(id(2), &"á".repeat(100));
    assert_eq!(closed(0), Some("á".repeat(61)));
    assert_eq!(scene.heard(), []);
    scene.calls.call(id(3), at(3));
    scene.calls.disconnect(id(3), "enough");
    assert_eq!(closed(1).as_deref(), Some("enough"));
    assert_eq!(scene.heard(), []);
    // Its events come late.
    js("sockets[1].opens(); sockets[1].ends(1006, '')");
    assert_eq!(scene.heard(), []);
}
