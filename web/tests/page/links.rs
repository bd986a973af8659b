//! Links between tabs, here several in one page, with the signals handed over
//! by the test.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use gloo::timers::future::TimeoutFuture;
use tablon_core::hash::PeerId;
use tablon_core::links::MAX_LINKS;
use tablon_core::node::{LinkEvent, LinkOrigin};
use tablon_core::relay::{ANYONE, IceServer, SignalStep};
use tablon_core::view::LinkKind;
use tablon_core::wire::MAX_FRAME;
use tablon_web::links::{Links, Unlinked};
use tablon_web::threads::{LinkPolicy, ToNode};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

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
            ToNode::Signal { to, session, step } if !step.is_carried_by_people() => {
                room.carry(id, to, session, step);
            }
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
                tab.links.signal(from, session, step).unwrap();
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
        self.hears("LinkUp", |event| *event == up(peer)).await;
    }

    async fn is_down(&self, other: &Tab) -> String {
        let is = |event: &ToNode| matches!(event, ToNode::Link(LinkEvent::Down { peer, .. }) if *peer == other.id);
        match self.hears("LinkDown", is).await {
            ToNode::Link(LinkEvent::Down { reason, .. }) => reason,
            _ => unreachable!("it was asked for a LinkDown"),
        }
    }

    async fn receives(&self, frame: &[u8]) {
        let is = |event: &ToNode| matches!(event, ToNode::Link(LinkEvent::Received { frame: bytes, .. }) if bytes == frame);
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

fn up(peer: PeerId) -> ToNode {
    let link = LinkKind::Webrtc;
    let origin = LinkOrigin::Inbound(None);
    ToNode::Link(LinkEvent::Up { peer, link, origin })
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
        assert_eq!(tab.count(|event| *event == up(peer)), 1);
        assert_eq!(
            tab.count(|event| !matches!(event, ToNode::Link(LinkEvent::Up { .. }))),
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
    b.links.signal(offer.0, offer.2, offer.3).unwrap();
    TimeoutFuture::new(500).await;
    a.links.send(b.id, b"still there");
    b.receives(b"still there").await;
    assert_eq!(
        b.count(|event| matches!(event, ToNode::Link(LinkEvent::Down { .. }))),
        0
    );
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
    // Of more at once than four that have shown nothing yet, some would be refused.
    for tab in &tabs {
        tab.links.dial(hub.id);
        tab.is_up(&hub).await;
        hub.is_up(tab).await;
    }
    let newcomer = room.tab(50);
    newcomer.links.dial(hub.id);
    let peer = hub.id;
    newcomer
        .hears("DialFailed", |event| {
            *event == ToNode::Link(LinkEvent::DialFailed { peer })
        })
        .await;
    assert_eq!(hub.links.peers().len(), MAX_LINKS);
}

#[wasm_bindgen_test]
async fn a_dial_that_signals_do_not_reach_fails_at_once() {
    let room = Room::default();
    let a = room.tab(1);
    let peer = PeerId([9; 32]);
    a.links.dial(peer);
    a.links.unreachable(peer);
    assert_eq!(
        *a.heard.borrow(),
        [ToNode::Link(LinkEvent::DialFailed { peer })]
    );
}

#[wasm_bindgen_test]
async fn an_answer_and_candidates_of_another_attempt_change_nothing() {
    let room = Room::default();
    let (a, b) = (room.tab(1), room.tab(2));
    a.links.dial(b.id);
    for session in [0, 7] {
        let sdp = "v=0\r\nnonsense".to_owned();
        let answer = SignalStep::Answer { sdp };
        a.links.signal(b.id, session, answer).unwrap();
        a.links.signal(b.id, session, SignalStep::Full).unwrap();
        let candidate = SignalStep::Candidate {
            candidate: "nonsense".into(),
            mid: None,
            line: None,
        };
        a.links.signal(b.id, session, candidate).unwrap();
    }
    a.is_up(&b).await;
}

#[wasm_bindgen_test]
async fn an_offer_that_is_no_session_description_is_dropped() {
    let before = open_connections::count();
    let room = Room::default();
    let a = room.tab(1);
    let sdp = "no description".to_owned();
    let offer = SignalStep::Offer { sdp };
    a.links.signal(PeerId([2; 32]), 1, offer).unwrap();
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
        a.links.unreachable(PeerId([7; 32]));
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

/// What a tab says for people to carry: addressee, attempt, step.
async fn carried(tab: &Tab) -> (PeerId, u32, SignalStep) {
    let is = |event: &ToNode| matches!(event, ToNode::Signal { .. });
    let ToNode::Signal { to, session, step } = tab.hears("a text to carry", is).await else {
        unreachable!("it was asked for a signal")
    };
    tab.heard.borrow_mut().clear();
    (to, session, step)
}

#[wasm_bindgen_test]
async fn people_carry_an_invitation_and_its_answer_and_a_link_opens() {
    let room = Room::default();
    room.deaf.set(true);
    let (a, b) = (room.tab(1), room.tab(2));
    let session = a.links.invite().unwrap();
    let (to, said, invitation) = carried(&a).await;
    assert_eq!((to, said), (ANYONE, session));
    let SignalStep::Invitation { sdp } = &invitation else {
        panic!("{invitation:?}");
    };
    assert!(sdp.contains("a=candidate:"), "{sdp}");
    b.links.signal(a.id, session, invitation).unwrap();
    let (to, said, acceptance) = carried(&b).await;
    assert_eq!((to, said), (a.id, session));
    // Longer than a connection that nobody carries may take.
    TimeoutFuture::new(17_000).await;
    a.links.signal(b.id, session, acceptance.clone()).unwrap();
    a.is_up(&b).await;
    b.is_up(&a).await;
    a.links.send(b.id, b"carried");
    b.receives(b"carried").await;
    assert_eq!(*room.said.borrow(), [], "nobody else had to carry anything");
    let again = a.links.signal(b.id, session, acceptance);
    assert_eq!(again, Err(Unlinked::NoInvitation));
}

#[wasm_bindgen_test]
async fn a_newer_invitation_ends_the_one_before_and_so_does_a_newer_answer() {
    let before = open_connections::count();
    let room = Room::default();
    let (a, b, c) = (room.tab(1), room.tab(2), room.tab(3));
    let first = a.links.invite().unwrap();
    let (.., invitation) = carried(&a).await;
    b.links.signal(a.id, first, invitation).unwrap();
    let (.., acceptance) = carried(&b).await;
    let second = a.links.invite().unwrap();
    let (.., invitation) = carried(&a).await;
    let late = a.links.signal(b.id, first, acceptance);
    assert_eq!(late, Err(Unlinked::NoInvitation));

    c.links.invite().unwrap();
    let (_, third, of_c) = carried(&c).await;
    b.links.signal(c.id, third, of_c).unwrap();
    carried(&b).await;
    b.links.signal(a.id, second, invitation).unwrap();
    carried(&b).await;
    // What a and c offer, and the last answer of b.
    assert_eq!(open_connections::count(), before + 3);
}

/// How often each side said `Restart`.
fn restarts(room: &Room) -> Vec<PeerId> {
    let said = room.said.borrow();
    let restarts = said
        .iter()
        .filter(|(.., step)| matches!(step, SignalStep::Restart { .. }));
    restarts.map(|(from, ..)| *from).collect()
}

fn answers(room: &Room) -> usize {
    let said = room.said.borrow();
    let answers = said
        .iter()
        .filter(|(.., step)| matches!(step, SignalStep::Answer { .. }));
    answers.count()
}

#[wasm_bindgen_test]
async fn another_path_is_found_and_the_same_channel_goes_on() {
    let (room, a, b) = linked().await;
    let first = room.said.borrow().clone();
    a.links.mend(b.id);
    for _ in 0..100 {
        TimeoutFuture::new(20).await;
        if answers(&room) == 2 {
            break;
        }
    }
    assert_eq!(restarts(&room), [a.id]);
    assert_eq!(answers(&room), 2);
    // All that was said before is said again: nothing comes of it.
    for (from, to, session, step) in first {
        let tab = room.tabs.borrow()[&to].clone();
        tab.links.signal(from, session, step).unwrap();
    }
    a.links.send(b.id, &noise(MAX_FRAME, 1));
    b.receives(&noise(MAX_FRAME, 1)).await;
    // Past the time in which a path must be found.
    TimeoutFuture::new(11_000).await;
    b.links.send(a.id, b"still there");
    a.receives(b"still there").await;
    for (tab, other) in [(&a, &b), (&b, &a)] {
        assert_eq!(
            tab.count(|event| matches!(event, ToNode::Link(LinkEvent::Down { .. }))),
            0
        );
        assert_eq!(tab.count(|event| *event == up(other.id)), 1);
    }
}

#[wasm_bindgen_test]
async fn the_side_that_offered_mends_a_lost_path_once_a_loss() {
    open_connections::watch();
    let (room, a, b) = linked().await;
    open_connections::say("disconnected");
    TimeoutFuture::new(3_500).await;
    assert_eq!(restarts(&room), [], "it may heal by itself");
    TimeoutFuture::new(1_000).await;
    open_connections::say("failed");
    TimeoutFuture::new(200).await;
    assert_eq!(restarts(&room), [a.id], "once");

    open_connections::say("connected");
    open_connections::say("failed");
    TimeoutFuture::new(200).await;
    assert_eq!(restarts(&room), [a.id, a.id], "this is another loss");
    assert_eq!(a.links.peers(), [b.id]);
    // Now nothing helps.
    let both = "the network path to the peer is gone";
    TimeoutFuture::new(10_000).await;
    let reasons = [a.is_down(&b).await, b.is_down(&a).await];
    assert!(reasons.iter().any(|reason| reason == both), "{reasons:?}");
    assert_eq!(restarts(&room).len(), 2);
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

    /// From now on all say that they are in this state.
    pub(super) fn say(state: &str) {
        js_sys::eval(&format!(
            "for (const connection of watched) {{
                Object.defineProperty(connection, 'connectionState',
                    {{ value: '{state}', configurable: true }});
                connection.dispatchEvent(new Event('connectionstatechange'));
            }}"
        ))
        .unwrap();
    }

    pub(super) fn count() -> usize {
        watch();
        js_sys::eval("watched.size").unwrap().as_f64().unwrap() as usize
    }
}

fn dial_failed(peer: PeerId) -> ToNode {
    ToNode::Link(LinkEvent::DialFailed { peer })
}

/// A TURN server at an address that is nobody's (TEST-NET-1, RFC 5737).
fn turn() -> IceServer {
    IceServer {
        urls: vec!["turn:192.0.2.1:3478".into()],
        username: Some("u".into()),
        credential: Some("p".into()),
    }
}

#[wasm_bindgen_test]
async fn who_wants_links_by_relay_alone_tells_nobody_an_address() {
    let room = Room::default();
    let (a, b) = (room.tab(1), room.tab(2));
    a.links.restrict(LinkPolicy::RelayOnly);
    // There is no server: it neither offers nor answers, so that a tunnel is tried.
    a.links.dial(b.id);
    assert_eq!(a.count(|event| *event == dial_failed(b.id)), 1);
    assert_eq!(a.links.invite(), Err(Unlinked::NoRelay));
    b.links.dial(a.id);
    let failed = |event: &ToNode| *event == dial_failed(a.id);
    b.hears("DialFailed", failed).await;
    let said = |by: &Tab| -> Vec<SignalStep> {
        let said = room.said.borrow();
        let by = said.iter().filter(|(from, ..)| *from == by.id);
        by.map(|(.., step)| step.clone()).collect()
    };
    assert_eq!(said(&a), [SignalStep::Full]);

    // With one it offers that server's addresses and none of its own.
    a.links.set_ice(vec![turn()]);
    a.links.dial(b.id);
    TimeoutFuture::new(1_500).await;
    let offers = said(&a);
    let [SignalStep::Full, SignalStep::Offer { sdp }] = &offers[..] else {
        panic!("an offer and no candidates, but {offers:?}");
    };
    assert!(!sdp.contains("a=candidate"), "{sdp}");
    assert!(sdp.contains("c=IN IP4 0.0.0.0"), "{sdp}");

    // The same tab, freed, links as ever.
    a.links.disconnect(b.id, "enough");
    b.links.disconnect(a.id, "enough");
    a.links.set_ice(Vec::new());
    a.links.restrict(LinkPolicy::Direct);
    a.links.dial(b.id);
    a.is_up(&b).await;
}

#[wasm_bindgen_test]
async fn direct_links_close_as_soon_as_links_shall_go_by_relay_alone() {
    let (_room, a, b) = linked().await;
    let c = PeerId([9; 32]);
    a.links.dial(c);
    a.links.restrict(LinkPolicy::RelayOnly);
    assert_eq!(a.is_down(&b).await, "links go by relay alone");
    assert_eq!(a.links.peers(), []);
    assert_eq!(a.count(|event| *event == dial_failed(c)), 1);
    assert_eq!(b.is_down(&a).await, "the peer left");
}
