//! Links between tabs, here several in one page, with the signals handed over
//! by the test.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use gloo::timers::future::TimeoutFuture;
use tablon_core::hash::PeerId;
use tablon_core::relay::SignalStep;
use tablon_core::wire::MAX_FRAME;
use tablon_web::links::{Links, MAX_LINKS};
use tablon_web::threads::ToNode;
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// From whom, to whom, attempt, step.
type Carried = (PeerId, PeerId, u32, SignalStep);

/// Tabs that can signal each other.
#[derive(Clone, Default)]
struct Room {
    tabs: Rc<RefCell<HashMap<PeerId, Tab>>>,
    /// Signals that were said, to be repeated by a hostile relay.
    said: Rc<RefCell<Vec<Carried>>>,
    deaf: Rc<Cell<bool>>,
}

#[derive(Clone)]
struct Tab {
    id: PeerId,
    links: Links,
    heard: Rc<RefCell<Vec<ToNode>>>,
}

impl Room {
    fn tab(&self, number: u8) -> Tab {
        let id = PeerId([number; 32]);
        let heard: Rc<RefCell<Vec<ToNode>>> = Rc::default();
        let room = self.clone();
        let events = heard.clone();
        let links = Links::new(id, move |message| match message {
            ToNode::Signal { to, session, step } => room.carry(id, to, session, step),
            other => events.borrow_mut().push(other),
        });
        let tab = Tab { id, links, heard };
        self.tabs.borrow_mut().insert(id, tab.clone());
        tab
    }

    fn carry(&self, from: PeerId, to: PeerId, session: u32, step: SignalStep) {
        self.said
            .borrow_mut()
            .push((from, to, session, step.clone()));
        if self.deaf.get() {
            return;
        }
        let room = self.clone();
        spawn_local(async move {
            TimeoutFuture::new(1).await;
            let tab = room.tabs.borrow().get(&to).cloned();
            if let Some(tab) = tab {
                tab.links.signal(from, session, step);
            }
        });
    }
}

impl Tab {
    /// Wait for the first event of this kind.
    async fn hears(&self, what: &str, wanted: impl Fn(&ToNode) -> bool) -> ToNode {
        for _ in 0..1_000 {
            let found = self
                .heard
                .borrow()
                .iter()
                .find(|event| wanted(event))
                .cloned();
            if let Some(found) = found {
                return found;
            }
            TimeoutFuture::new(10).await;
        }
        panic!(
            "{what} was not heard in 10 s, but {:?}",
            short(&self.heard.borrow())
        );
    }

    async fn is_up(&self, other: &Tab) {
        let peer = other.id;
        self.hears("LinkUp", |event| *event == ToNode::LinkUp { peer })
            .await;
    }

    async fn is_down(&self, other: &Tab) -> String {
        let is =
            |event: &ToNode| matches!(event, ToNode::LinkDown { peer, .. } if *peer == other.id);
        match self.hears("LinkDown", is).await {
            ToNode::LinkDown { reason, .. } => reason,
            _ => unreachable!("it was asked for a LinkDown"),
        }
    }

    async fn receives(&self, frame: &[u8]) {
        let is = |event: &ToNode| matches!(event, ToNode::Frame { bytes, .. } if bytes == frame);
        self.hears("the frame", is).await;
    }

    fn count(&self, wanted: impl Fn(&ToNode) -> bool) -> usize {
        self.heard
            .borrow()
            .iter()
            .filter(|event| wanted(event))
            .count()
    }
}

fn short(events: &[ToNode]) -> Vec<String> {
    events
        .iter()
        .map(|event| format!("{event:?}").chars().take(400).collect())
        .collect()
}

async fn linked() -> (Room, Tab, Tab) {
    let room = Room::default();
    let (a, b) = (room.tab(1), room.tab(2));
    a.links.dial(b.id);
    a.is_up(&b).await;
    b.is_up(&a).await;
    (room, a, b)
}

fn noise(length: usize, seed: u8) -> Vec<u8> {
    (0..length)
        .map(|i| (i as u8).wrapping_mul(31) ^ seed)
        .collect()
}

#[wasm_bindgen_test]
async fn two_tabs_open_a_link_and_full_frames_cross_both_ways() {
    let (_room, a, b) = linked().await;
    let (there, back) = (noise(MAX_FRAME, 1), noise(MAX_FRAME, 2));
    a.links.send(b.id, &there);
    b.links.send(a.id, &back);
    b.receives(&there).await;
    a.receives(&back).await;
    // The smallest frame, and one whose chunks end exactly.
    for length in [1, 2 * (16 * 1024 - 1)] {
        let frame = noise(length, 3);
        a.links.send(b.id, &frame);
        b.receives(&frame).await;
    }
}

#[wasm_bindgen_test]
async fn a_frame_over_the_bound_drops_the_link_and_both_sides_say_why() {
    let (_room, a, b) = linked().await;
    a.links.send(b.id, &noise(MAX_FRAME + 1, 0));
    let reason = b.is_down(&a).await;
    assert!(
        reason.contains(&format!("a frame is at most {MAX_FRAME} bytes")),
        "{reason}"
    );
    assert_eq!(a.is_down(&b).await, "the peer left");
}

#[wasm_bindgen_test]
async fn a_peer_that_takes_too_slowly_is_dropped_before_memory_grows() {
    let (_room, a, b) = linked().await;
    let frame = noise(MAX_FRAME, 0);
    for _ in 0..40 {
        a.links.send(b.id, &frame);
    }
    let reason = a.is_down(&b).await;
    assert!(
        reason.contains("at most 4194304 bytes may wait"),
        "{reason}"
    );
}

#[wasm_bindgen_test]
async fn both_dial_at_once_and_one_link_stands() {
    let room = Room::default();
    let (a, b) = (room.tab(1), room.tab(2));
    a.links.dial(b.id);
    b.links.dial(a.id);
    a.is_up(&b).await;
    b.is_up(&a).await;
    TimeoutFuture::new(300).await;
    for (tab, other) in [(&a, &b), (&b, &a)] {
        let peer = other.id;
        assert_eq!(tab.count(|event| *event == ToNode::LinkUp { peer }), 1);
        assert_eq!(
            tab.count(|event| !matches!(event, ToNode::LinkUp { .. })),
            0
        );
    }
    let answers = room
        .said
        .borrow()
        .iter()
        .filter(|(.., step)| matches!(step, SignalStep::Answer { .. }))
        .map(|(from, ..)| *from)
        .collect::<Vec<_>>();
    assert_eq!(answers, [b.id], "the offer of the lower id stands");
}

#[wasm_bindgen_test]
async fn a_relay_that_repeats_an_old_offer_takes_no_link_down() {
    let (room, a, b) = linked().await;
    let offer = room.said.borrow()[0].clone();
    assert!(matches!(offer.3, SignalStep::Offer { .. }));
    b.links.signal(offer.0, offer.2, offer.3);
    TimeoutFuture::new(500).await;
    a.links.send(b.id, b"still there");
    b.receives(b"still there").await;
    assert_eq!(b.count(|event| matches!(event, ToNode::LinkDown { .. })), 0);
}

#[wasm_bindgen_test]
async fn a_peer_that_comes_back_replaces_its_old_link() {
    let (room, a, b) = linked().await;
    // The same key in a new page, while the old page's end is not yet noticed.
    let a_again = room.tab(1);
    a_again.links.dial(b.id);
    a_again.is_up(&b).await;
    assert_eq!(b.is_down(&a).await, "the peer connected anew");
    a_again.links.send(b.id, b"new");
    b.receives(b"new").await;
    assert_eq!(a.is_down(&b).await, "the peer left");
}

#[wasm_bindgen_test]
async fn a_peer_without_room_says_so_and_the_dial_fails_at_once() {
    let room = Room::default();
    let hub = room.tab(100);
    let tabs: Vec<Tab> = (0..MAX_LINKS as u8)
        .map(|number| room.tab(number))
        .collect();
    for tab in &tabs {
        tab.links.dial(hub.id);
    }
    for tab in &tabs {
        tab.is_up(&hub).await;
    }
    for tab in &tabs {
        hub.is_up(tab).await;
    }
    let ninth = room.tab(50);
    ninth.links.dial(hub.id);
    let peer = hub.id;
    ninth
        .hears("DialFailed", |event| *event == ToNode::DialFailed { peer })
        .await;
    assert_eq!(hub.links.peers().len(), MAX_LINKS);
}

#[wasm_bindgen_test]
async fn a_dial_that_signals_do_not_reach_fails_at_once() {
    let room = Room::default();
    let a = room.tab(1);
    let peer = PeerId([9; 32]);
    a.links.dial(peer);
    a.links.unreachable(peer, "the peer has left the relay");
    assert_eq!(*a.heard.borrow(), [ToNode::DialFailed { peer }]);
}

#[wasm_bindgen_test]
async fn an_answer_and_candidates_of_another_attempt_change_nothing() {
    let room = Room::default();
    let (a, b) = (room.tab(1), room.tab(2));
    a.links.dial(b.id);
    for session in [0, 7] {
        let sdp = "v=0\r\nnonsense".to_owned();
        a.links.signal(b.id, session, SignalStep::Answer { sdp });
        a.links.signal(b.id, session, SignalStep::Full);
        let candidate = SignalStep::Candidate {
            candidate: "nonsense".into(),
            mid: None,
            line: None,
        };
        a.links.signal(b.id, session, candidate);
    }
    a.is_up(&b).await;
}

#[wasm_bindgen_test]
async fn an_offer_that_is_no_session_description_is_dropped() {
    let before = open_connections::count();
    let room = Room::default();
    let a = room.tab(1);
    let sdp = "no description".to_owned();
    a.links
        .signal(PeerId([2; 32]), 1, SignalStep::Offer { sdp });
    TimeoutFuture::new(200).await;
    assert_eq!(*a.heard.borrow(), []);
    assert_eq!(open_connections::count(), before);
}

#[wasm_bindgen_test]
async fn every_connection_is_closed_on_every_path() {
    open_connections::watch();
    let before = open_connections::count();
    {
        let (room, a, b) = linked().await;
        assert_eq!(open_connections::count(), before + 2);
        // The node's wish, an unanswered dial, a lost peer, a broken frame.
        a.links.disconnect(b.id, "no use");
        assert_eq!(b.is_down(&a).await, "the peer left");
        room.deaf.set(true);
        a.links.dial(PeerId([7; 32]));
        TimeoutFuture::new(50).await;
        a.links.unreachable(PeerId([7; 32]), "away");
        assert_eq!(open_connections::count(), before);

        // Attempts under way and open links end with the page's links.
        room.deaf.set(false);
        b.links.dial(a.id);
        b.links.dial(PeerId([8; 32]));
        b.heard.borrow_mut().clear();
        b.is_up(&a).await;
        room.tabs.borrow_mut().clear();
    }
    assert_eq!(open_connections::count(), before);
}

/// Counts RTCPeerConnections that were made and not closed.
mod open_connections {
    pub(super) fn watch() {
        js_sys::eval(
            "if (!globalThis.watched) {
                globalThis.watched = new Set();
                const Real = RTCPeerConnection;
                globalThis.RTCPeerConnection = class extends Real {
                    constructor(...all) { super(...all); watched.add(this); }
                    close() { watched.delete(this); super.close(); }
                };
            }",
        )
        .unwrap();
    }

    pub(super) fn count() -> usize {
        watch();
        js_sys::eval("watched.size").unwrap().as_f64().unwrap() as usize
    }
}
