//! One line a neighbour, the best that opens: tabs of one browser, with a page
//! each that the test plays.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::future::TimeoutFuture;
use tablon_core::handshake::{Handshake, Role};
use tablon_core::hash::{BlockHash, NetworkId, PeerId};
use tablon_core::keys::SecretKey;
use tablon_core::node::{Input, Introducer, LinkEvent, LinkOrigin};
use tablon_core::relay::SignalStep;
use tablon_core::view::LinkKind;
use tablon_web::threads::{FromNode, LinkPolicy};
use tablon_web::worker::lines::Lines;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

struct Tab {
    id: PeerId,
    lines: Lines,
    /// What the node hears.
    inputs: Rc<RefCell<Vec<String>>>,
    /// What the page is told.
    page: Rc<RefCell<Vec<FromNode>>>,
}

fn key(number: u8) -> SecretKey {
    SecretKey::from_seed([number; 32])
}

fn id(number: u8) -> PeerId {
    key(number).public().peer_id()
}

fn number(peer: &PeerId) -> u8 {
    (1..10).find(|number| id(*number) == *peer).unwrap_or(0)
}

fn tab(network: NetworkId, number: u8) -> Tab {
    let id = id(number);
    let inputs: Rc<RefCell<Vec<String>>> = Rc::default();
    let page: Rc<RefCell<Vec<FromNode>>> = Rc::default();
    let (heard, told) = (inputs.clone(), page.clone());
    let lines = Lines::new(
        network,
        key(number),
        move |message: &FromNode| told.borrow_mut().push(message.clone()),
        move |input| heard.borrow_mut().push(short(&input)),
    );
    Tab {
        id,
        lines,
        inputs,
        page,
    }
}

fn short(input: &Input) -> String {
    match input {
        Input::Introduced {
            by: Introducer::Siblings,
            peers,
        } => format!("heard {}", number(&peers[0])),
        Input::Link(LinkEvent::Up { peer, link, .. }) => format!("up {} {link:?}", number(peer)),
        Input::Link(LinkEvent::Down { peer, reason }) => format!("down {} {reason}", number(peer)),
        Input::Link(LinkEvent::Is { peer, link }) => format!("is {} {link:?}", number(peer)),
        Input::Link(LinkEvent::DialFailed { peer }) => format!("failed {}", number(peer)),
        Input::Introduced {
            by: Introducer::Relay,
            peers,
        } => format!("introduced {}", number(&peers[0])),
        Input::Signal {
            to,
            step: SignalStep::Ask,
            ..
        } => format!("ask {}", number(to)),
        Input::Signal {
            to,
            session,
            step: SignalStep::At { addresses },
        } => format!("tell {} {session} {addresses:?}", number(to)),
        Input::Link(LinkEvent::Received { peer, frame }) => {
            format!("got {} {frame:?}", number(peer))
        }
        other => panic!("{other:?}"),
    }
}

impl Tab {
    fn inputs(&self) -> Vec<String> {
        self.inputs.take()
    }

    fn page(&self) -> Vec<FromNode> {
        self.page.take()
    }

    /// The page offers a connection.
    fn offers(&self, peer: PeerId, session: u32) {
        let sdp = "v=0".into();
        (self.lines).page_signals(peer, session, &SignalStep::Offer { sdp });
    }

    /// The peer says where it takes WebSockets.
    fn told(&self, peer: PeerId, session: u32, addresses: &[&str]) {
        let addresses = addresses.iter().map(|&address| address.into()).collect();
        (self.lines).signal(peer, session, &SignalStep::At { addresses });
    }

    fn up(&self, peer: PeerId, link: LinkKind) {
        let origin = LinkOrigin::Inbound(None);
        self.lines.page_said(LinkEvent::Up { peer, link, origin });
    }
}

async fn a_while() {
    TimeoutFuture::new(100).await;
}

/// Two tabs that have heard of each other.
async fn siblings(network: NetworkId) -> (Tab, Tab) {
    let (a, b) = (tab(network, 1), tab(network, 2));
    a.lines.find_peers();
    a_while().await;
    assert_eq!(a.inputs(), ["heard 2"]);
    assert_eq!(b.inputs(), ["heard 1"]);
    (a, b)
}

fn disconnect(peer: PeerId) -> FromNode {
    FromNode::Disconnect {
        peer,
        reason: "a better link is open".into(),
    }
}

#[wasm_bindgen_test]
async fn a_sibling_is_reached_in_the_browser_and_a_stranger_by_the_page() {
    let (a, b) = siblings(BlockHash([1; 32])).await;
    a.lines.dial(b.id);
    a_while().await;
    assert_eq!(a.inputs(), ["up 2 Broadcast"]);
    assert_eq!(b.inputs(), ["heard 1", "up 1 Broadcast"]);
    a.lines.send(b.id, vec![1]);
    a_while().await;
    assert_eq!(b.inputs(), ["got 1 [1]"]);
    assert_eq!((a.page(), b.page()), (vec![], vec![]));

    let peer = id(9);
    a.lines.dial(peer);
    a.up(peer, LinkKind::Webrtc);
    a.lines.page_said(LinkEvent::Is {
        peer,
        link: LinkKind::Turn,
    });
    a.lines.send(peer, vec![2]);
    let bytes = vec![3];
    a.lines
        .page_said(LinkEvent::Received { peer, frame: bytes });
    assert_eq!(a.inputs(), ["up 9 Webrtc", "is 9 Turn", "got 9 [3]"]);
    let bytes = vec![2];
    assert_eq!(
        a.page(),
        [FromNode::Dial { peer }, FromNode::Frame { peer, bytes }]
    );
}

#[wasm_bindgen_test]
async fn a_sibling_that_does_not_answer_is_dialled_by_the_page() {
    let network = BlockHash([2; 32]);
    let (a, b) = siblings(network).await;
    let peer = b.id;
    drop(b);
    a.lines.dial(peer);
    TimeoutFuture::new(2_200).await;
    assert_eq!(a.page(), [FromNode::Dial { peer }]);
    a.offers(peer, 7);
    a.lines.page_said(LinkEvent::DialFailed { peer });
    assert_eq!(a.inputs(), ["failed 2"]);
}

#[wasm_bindgen_test]
async fn of_two_lines_that_open_at_once_both_tabs_keep_the_better() {
    let (a, b) = siblings(BlockHash([3; 32])).await;
    // The page's link is there first for one, and last for the other.
    a.up(b.id, LinkKind::Webrtc);
    a.lines.dial(b.id);
    a_while().await;
    b.up(a.id, LinkKind::Webrtc);
    assert_eq!(a.inputs(), ["up 2 Webrtc", "up 2 Broadcast"]);
    assert_eq!(b.inputs(), ["heard 1", "up 1 Broadcast"]);
    assert_eq!(a.page(), [disconnect(b.id)]);
    assert_eq!(b.page(), [disconnect(a.id)]);
    // What is left of the worse one is nothing to the node.
    let (peer, reason) = (a.id, "the peer left".to_owned());
    b.lines.page_said(LinkEvent::Received {
        peer,
        frame: vec![1],
    });
    b.lines.page_said(LinkEvent::Down { peer, reason });
    b.lines.page_said(LinkEvent::DialFailed { peer });
    assert_eq!(b.inputs(), Vec::<String>::new());
    a.lines.send(b.id, vec![4]);
    a_while().await;
    assert_eq!(b.inputs(), ["got 1 [4]"]);
}

#[wasm_bindgen_test]
async fn the_node_closes_whatever_line_there_is() {
    let (a, b) = siblings(BlockHash([4; 32])).await;
    a.lines.dial(b.id);
    a_while().await;
    a.inputs();
    b.inputs();
    a.lines.disconnect(b.id, "it has had enough".into());
    a_while().await;
    assert_eq!(a.inputs(), Vec::<String>::new());
    assert_eq!(b.inputs(), ["down 1 the peer left"]);
    a.lines.send(b.id, vec![1]);
    a_while().await;
    assert_eq!(b.inputs(), Vec::<String>::new());
}

const AT: &str = "ws://node.example/peer";

/// From now on sockets are the test's own.
fn stage() {
    js("globalThis.sockets = [];
        globalThis.WebSocket = class extends EventTarget {
            constructor(url) {
                super();
                Object.assign(this, { url, sent: [], bufferedAmount: 0 });
                sockets.push(this);
            }
            send(bytes) { this.sent.push([...bytes]); }
            close() { this.closed = true; }
            opens() { this.dispatchEvent(new Event('open')); }
            says(bytes) {
                const data = new Uint8Array(bytes).buffer;
                this.dispatchEvent(new MessageEvent('message', { data }));
            }
            ends() { this.dispatchEvent(new CloseEvent('close', { code: 1006 })); }
        };
        globalThis.last = () => sockets[sockets.length - 1];");
}

fn js(code: &str) -> JsValue {
    js_sys::eval(code).unwrap()
}

fn called() -> u32 {
    js("sockets.length").as_f64().unwrap() as u32
}

fn is_closed() -> bool {
    js("last().closed === true").is_truthy()
}

fn says(frame: &[u8]) {
    js(&format!("last().says({frame:?})"));
}

/// What the tab has sent last.
fn sent() -> Vec<u8> {
    let bytes = js("last().sent.at(-1)");
    js_sys::Uint8Array::new(bytes.unchecked_ref()).to_vec()
}

/// The node with this number answers the last call.
fn answers(network: NetworkId, number: u8) {
    js("last().opens()");
    let (callee, greeting) = Handshake::begin(Role::Callee, key(number), network, [9; 32]);
    let (_, proof) = callee.greeted(&sent()).unwrap();
    says(&greeting);
    says(&proof);
}

#[wasm_bindgen_test]
fn a_node_that_tells_its_address_is_called_and_carries_frames() {
    stage();
    let network = BlockHash([5; 32]);
    let (a, peer) = (tab(network, 1), id(9));
    a.lines.dial(peer);
    a.offers(peer, 7);
    a.told(peer, 7, &[AT]);
    answers(network, 9);
    assert_eq!(a.inputs(), ["up 9 Websocket"]);
    says(&[4]);
    assert_eq!(a.inputs(), ["got 9 [4]"]);
    a.lines.send(peer, vec![5, 6]);
    assert_eq!(sent(), [5, 6]);
    // The page's offer, unanswered, is at an end, and that is no failure.
    assert_eq!(
        a.page(),
        [FromNode::Dial { peer }, FromNode::Unreachable { peer }]
    );
    a.lines.page_said(LinkEvent::DialFailed { peer });
    assert_eq!(a.inputs(), Vec::<String>::new());
    js("last().ends()");
    assert_eq!(
        a.inputs(),
        ["down 9 its address cannot be reached, or the connection broke"]
    );
    assert_eq!(called(), 1);
}

#[wasm_bindgen_test]
fn nobody_has_a_tab_call_an_address_by_telling_it_unasked() {
    stage();
    let (a, peer) = (tab(BlockHash([6; 32]), 1), id(9));
    a.told(peer, 7, &[AT]);
    a.lines.dial(peer);
    a.offers(peer, 7);
    a.told(peer, 8, &[AT]);
    a.told(id(8), 7, &[AT]);
    assert_eq!(called(), 0);
    // Once told is told: a relay may repeat it.
    a.told(peer, 7, &[AT]);
    js("last().ends()");
    a.told(peer, 7, &[AT]);
    assert_eq!(called(), 1);
    assert_eq!(a.inputs(), Vec::<String>::new());
    a.lines.page_said(LinkEvent::DialFailed { peer });
    assert_eq!(a.inputs(), ["failed 9"]);
}

#[wasm_bindgen_test]
fn a_crowd_has_a_tab_call_one_host_six_times_and_all_hosts_24() {
    stage();
    let a = tab(BlockHash([6; 32]), 1);
    let told = |number: u8, host: &str| {
        let (peer, session) = (id(number), u32::from(number));
        a.lines.dial(peer);
        a.offers(peer, session);
        let addresses = [host, "other.example"].map(|host| format!("ws://{host}/peer"));
        a.told(peer, session, &addresses.each_ref().map(String::as_str));
        js("last().ends()");
    };
    for number in 10..40 {
        told(number, "victim.example");
    }
    // Of two unknown hosts that a peer tells the other is called once the first is not.
    assert_eq!(called(), 12);
    for number in 40..100 {
        told(number, &format!("{number}.example"));
    }
    assert_eq!(called(), 24);
}

#[wasm_bindgen_test]
fn a_page_without_webrtc_leaves_it_to_an_ask() {
    stage();
    let network = BlockHash([7; 32]);
    let (a, peer) = (tab(network, 1), id(9));
    a.lines.dial(peer);
    a.lines.page_said(LinkEvent::DialFailed { peer });
    assert_eq!(a.inputs(), ["ask 9"]);
    a.lines.unreachable(peer);
    assert_eq!(a.inputs(), ["failed 9"]);

    // A tab has no address, and hears so of another.
    let b = tab(network, 2);
    b.lines.signal(a.id, 3, &SignalStep::Ask);
    assert_eq!(b.inputs(), ["tell 1 3 []", "introduced 1"]);
    assert_eq!(called(), 0);
}

#[wasm_bindgen_test]
fn whoever_answers_with_another_key_is_hung_up_on() {
    stage();
    let network = BlockHash([8; 32]);
    let (a, peer) = (tab(network, 1), id(9));
    a.lines.dial(peer);
    a.offers(peer, 7);
    a.told(peer, 7, &[AT]);
    answers(network, 8);
    assert!(is_closed());
    a.lines.page_said(LinkEvent::DialFailed { peer });
    assert_eq!(a.inputs(), ["failed 9"]);
}

#[wasm_bindgen_test]
fn a_socket_gives_way_to_the_page_and_not_the_other_way_round() {
    stage();
    let network = BlockHash([9; 32]);
    let (a, peer) = (tab(network, 1), id(9));
    let dial = || {
        a.lines.dial(peer);
        a.offers(peer, 7);
        a.told(peer, 7, &[AT]);
    };
    dial();
    answers(network, 9);
    a.up(peer, LinkKind::Webrtc);
    assert!(is_closed());
    assert_eq!(a.inputs(), ["up 9 Websocket", "up 9 Webrtc"]);
    a.lines.disconnect(peer, "enough".into());

    dial();
    a.up(peer, LinkKind::Webrtc);
    // It was under way.
    assert!(is_closed());
    assert_eq!(a.inputs(), ["up 9 Webrtc"]);
}

#[wasm_bindgen_test]
fn who_wants_links_by_relay_alone_calls_no_address() {
    stage();
    let (a, peer) = (tab(BlockHash([10; 32]), 1), id(9));
    a.lines.restrict(LinkPolicy::RelayOnly);
    a.lines.dial(peer);
    a.offers(peer, 7);
    a.told(peer, 7, &[AT]);
    assert_eq!(called(), 0);
    a.lines.page_said(LinkEvent::DialFailed { peer });
    assert_eq!(a.inputs(), ["failed 9"]);

    // Nor does it ask for one, where the page offers nothing.
    a.lines.dial(peer);
    a.lines.page_said(LinkEvent::DialFailed { peer });
    assert_eq!(
        a.inputs(),
        ["failed 9"],
        "the node may try the tunnel at once"
    );

    // As soon as it wants others again, it does.
    a.lines.restrict(LinkPolicy::Direct);
    a.lines.dial(peer);
    a.offers(peer, 8);
    a.told(peer, 8, &[AT]);
    assert_eq!(called(), 1);
}

#[wasm_bindgen_test]
fn sockets_open_and_being_opened_close_when_links_shall_go_by_relay_alone() {
    stage();
    let network = BlockHash([11; 32]);
    let (a, peer) = (tab(network, 1), id(9));
    let dial = || {
        a.lines.dial(peer);
        a.offers(peer, 7);
        a.told(peer, 7, &[AT]);
    };
    dial();
    answers(network, 9);
    assert_eq!(a.inputs(), ["up 9 Websocket"]);
    a.lines.restrict(LinkPolicy::RelayOnly);
    assert!(is_closed());
    assert_eq!(a.inputs(), ["down 9 links go by relay alone"]);
    a.lines.send(peer, vec![1]);
    assert_ne!(sent(), [1], "nothing more goes that way");

    a.lines.restrict(LinkPolicy::Direct);
    dial();
    a.lines.page_said(LinkEvent::DialFailed { peer });
    assert_eq!(a.inputs(), Vec::<String>::new(), "the call is under way");
    a.lines.restrict(LinkPolicy::RelayOnly);
    assert!(is_closed());
    assert_eq!(a.inputs(), ["failed 9"]);
    assert_eq!(called(), 2);
}
