//! One line a neighbour, the best that opens: tabs of one browser, with a page
//! each that the test plays.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::future::TimeoutFuture;
use tablon_core::hash::{BlockHash, NetworkId, PeerId};
use tablon_core::node::{Input, Introducer};
use tablon_core::view::LinkKind;
use tablon_web::threads::{FromNode, ToNode};
use tablon_web::worker::lines::Lines;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

struct Tab {
    id: PeerId,
    lines: Lines,
    /// What the node hears.
    inputs: Rc<RefCell<Vec<String>>>,
    /// What the page is told.
    page: Rc<RefCell<Vec<FromNode>>>,
}

fn tab(network: NetworkId, number: u8) -> Tab {
    let id = PeerId([number; 32]);
    let inputs: Rc<RefCell<Vec<String>>> = Rc::default();
    let page: Rc<RefCell<Vec<FromNode>>> = Rc::default();
    let (heard, told) = (inputs.clone(), page.clone());
    let lines = Lines::new(
        network,
        id,
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
        } => format!("heard {}", peers[0].0[0]),
        Input::PeerUp { peer, link } => format!("up {} {link:?}", peer.0[0]),
        Input::PeerDown { peer, reason } => format!("down {} {reason}", peer.0[0]),
        Input::LinkIs { peer, link } => format!("is {} {link:?}", peer.0[0]),
        Input::DialFailed { peer } => format!("failed {}", peer.0[0]),
        Input::Received { peer, frame } => format!("got {} {frame:?}", peer.0[0]),
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

    fn up(&self, peer: PeerId, link: LinkKind) {
        self.lines.page_said(ToNode::LinkUp { peer, link });
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

    let peer = PeerId([9; 32]);
    a.lines.dial(peer);
    a.up(peer, LinkKind::Webrtc);
    a.lines.page_said(ToNode::LinkIs {
        peer,
        link: LinkKind::Turn,
    });
    a.lines.send(peer, vec![2]);
    let bytes = vec![3];
    a.lines.page_said(ToNode::Frame { peer, bytes });
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
    a.lines.page_said(ToNode::DialFailed { peer });
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
    b.lines.page_said(ToNode::Frame {
        peer,
        bytes: vec![1],
    });
    b.lines.page_said(ToNode::LinkDown { peer, reason });
    b.lines.page_said(ToNode::DialFailed { peer });
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
