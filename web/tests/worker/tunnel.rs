//! Tunnels, two of them back to back: the test is the relay between them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use gloo::timers::future::TimeoutFuture;
use tablon_core::hash::{BlockHash, NetworkId, PeerId};
use tablon_core::keys::{PublicKey, SecretKey};
use tablon_core::node::{LinkEvent, LinkOrigin};
use tablon_core::relay::SignalStep;
use tablon_core::view::LinkKind;
use tablon_core::wire::MAX_FRAME;
use tablon_web::worker::tunnel::{MAX_TUNNELS, MAX_WAITING, PIECE, TunnelEvent, Tunnels};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

const NETWORK: NetworkId = BlockHash([3; 32]);

/// So fast that no test waits for it.
const FAST: u32 = 100 * 1024 * 1024;

/// What the relay does with a piece; by its number.
type Meddle = Box<dyn Fn(usize, Vec<u8>) -> Vec<Vec<u8>>>;
type Meddler = fn(usize, Vec<u8>) -> Vec<Vec<u8>>;

/// The relay and its tabs.
#[derive(Clone)]
struct Room(Rc<Inner>);

struct Inner {
    tabs: RefCell<BTreeMap<PeerId, Tab>>,
    /// Steps that were said, whether carried or not.
    said: RefCell<Vec<(Tab, PeerId, u32, SignalStep)>>,
    deaf: Cell<bool>,
    pieces: Cell<usize>,
    bytes: Cell<usize>,
    largest: Cell<usize>,
    meddle: RefCell<Option<Meddle>>,
}

#[derive(Clone)]
struct Tab {
    id: PeerId,
    key: PublicKey,
    tunnels: Rc<Tunnels>,
    heard: Rc<RefCell<Vec<TunnelEvent>>>,
    held: Rc<Cell<usize>>,
}

impl Room {
    fn new() -> Self {
        Self(Rc::new(Inner {
            tabs: RefCell::default(),
            said: RefCell::default(),
            deaf: Cell::new(false),
            pieces: Cell::new(0),
            bytes: Cell::new(0),
            largest: Cell::new(0),
            meddle: RefCell::default(),
        }))
    }

    fn tab(&self, number: u8, rate: u32) -> Tab {
        let key = SecretKey::from_seed([number; 32]);
        let (id, public) = (key.public().peer_id(), key.public());
        let heard: Rc<RefCell<Vec<TunnelEvent>>> = Rc::default();
        let held: Rc<Cell<usize>> = Rc::default();
        let (room, events, waiting) = (self.clone(), heard.clone(), held.clone());
        let tunnels = Tunnels::new(
            NETWORK,
            key,
            move || waiting.get(),
            move |event| match event {
                TunnelEvent::Say { to, session, step } => room.say(id, to, session, step),
                TunnelEvent::Bytes { to, bytes } => room.carry(id, to, bytes),
                event => events.borrow_mut().push(event),
            },
        );
        tunnels.rate(rate);
        let tab = Tab {
            id,
            key: public,
            tunnels: Rc::new(tunnels),
            heard,
            held,
        };
        self.0.tabs.borrow_mut().insert(id, tab.clone());
        tab
    }

    /// Two tabs, the one with the lower id first.
    fn two(&self, rate: u32) -> (Tab, Tab) {
        let (one, other) = (self.tab(1, rate), self.tab(2, rate));
        if one.id < other.id {
            (one, other)
        } else {
            (other, one)
        }
    }

    fn say(&self, from: PeerId, to: PeerId, session: u32, step: SignalStep) {
        let from = self.0.tabs.borrow()[&from].clone();
        let said = (from.clone(), to, session, step.clone());
        self.0.said.borrow_mut().push(said);
        if !self.0.deaf.get() {
            self.deliver(&from, to, session, step);
        }
    }

    fn deliver(&self, from: &Tab, to: PeerId, session: u32, step: SignalStep) {
        let Some(tab) = self.0.tabs.borrow().get(&to).cloned() else {
            return;
        };
        let (from, key) = (from.id, from.key);
        spawn_local(async move { tab.tunnels.signal(from, key, session, &step) });
    }

    fn carry(&self, from: PeerId, to: PeerId, bytes: Vec<u8>) {
        let inner = &self.0;
        let number = inner.pieces.replace(inner.pieces.get() + 1);
        inner.bytes.set(inner.bytes.get() + bytes.len());
        inner.largest.set(inner.largest.get().max(bytes.len()));
        let pieces = match &*inner.meddle.borrow() {
            Some(meddle) => meddle(number, bytes),
            None => vec![bytes],
        };
        let tab = inner.tabs.borrow()[&to].clone();
        spawn_local(async move {
            for piece in pieces {
                tab.tunnels.piece(from, &piece);
            }
        });
    }

    fn meddle(&self, meddle: impl Fn(usize, Vec<u8>) -> Vec<Vec<u8>> + 'static) {
        self.0.pieces.set(0);
        *self.0.meddle.borrow_mut() = Some(Box::new(meddle));
    }
}

impl Tab {
    fn heard(&self) -> Vec<TunnelEvent> {
        self.heard.take()
    }

    async fn until(&self, what: &str, holds: impl Fn(&[TunnelEvent]) -> bool) {
        for _ in 0..1_000 {
            if holds(&self.heard.borrow()) {
                return;
            }
            TimeoutFuture::new(20).await;
        }
        panic!("{what}: {} events", self.heard.borrow().len());
    }

    async fn is_up(&self, peer: PeerId) {
        let up = up(peer);
        self.until("the tunnel is open", |heard| heard.contains(&up))
            .await;
    }

    async fn is_down(&self, words: &str) {
        self.until(words, |heard| {
            heard.iter().any(
                |event| matches!(event, TunnelEvent::Link(LinkEvent::Down { reason, .. }) if reason.contains(words)),
            )
        })
        .await;
    }

    fn frames(&self) -> Vec<Vec<u8>> {
        let frame = |event: &TunnelEvent| match event {
            TunnelEvent::Link(LinkEvent::Received { frame, .. }) => Some(frame.clone()),
            _ => None,
        };
        self.heard.borrow().iter().filter_map(frame).collect()
    }
}

fn up(peer: PeerId) -> TunnelEvent {
    TunnelEvent::Link(LinkEvent::Up {
        peer,
        link: LinkKind::Tunnel,
        origin: LinkOrigin::Inbound(None),
    })
}

/// `one` dials and both sides greet, as nodes do.
async fn joined(one: &Tab, other: &Tab) {
    one.tunnels.dial(other.id);
    one.is_up(other.id).await;
    one.tunnels.send(other.id, b"hola");
    other.is_up(one.id).await;
    other.tunnels.send(one.id, b"hola");
    one.until("the other greets", |heard| heard.len() == 2)
        .await;
    one.heard();
    other.heard();
}

async fn pause() {
    TimeoutFuture::new(100).await;
}

#[wasm_bindgen_test]
async fn frames_of_every_size_arrive_whole_both_ways() {
    let room = Room::new();
    let (ana, bob) = room.two(FAST);
    joined(&ana, &bob).await;
    let sizes = [1, 2, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, MAX_FRAME];
    let frame = |size: usize| -> Vec<u8> { (0..size).map(|at| (at * 7 + size) as u8).collect() };
    for size in sizes {
        ana.tunnels.send(bob.id, &frame(size));
        bob.tunnels.send(ana.id, &frame(size));
    }
    for tab in [&ana, &bob] {
        tab.until("all came", |heard| heard.len() == sizes.len())
            .await;
        assert!(tab.frames() == sizes.map(frame), "each whole, in order");
    }
    let largest = room.0.largest.get();
    assert_eq!(largest, PIECE + 16, "a piece and its seal");
}

#[wasm_bindgen_test]
async fn a_piece_that_is_dropped_repeated_or_changed_closes_the_tunnel() {
    let meddlers: [Meddler; 3] = [
        |number, piece| if number == 1 { vec![] } else { vec![piece] },
        |number, piece| match number {
            1 => vec![piece.clone(), piece],
            _ => vec![piece],
        },
        |number, mut piece| {
            if number == 1 {
                piece[0] ^= 1;
            }
            vec![piece]
        },
    ];
    for (number, meddle) in meddlers.into_iter().enumerate() {
        let room = Room::new();
        let (ana, bob) = room.two(FAST);
        joined(&ana, &bob).await;
        room.meddle(meddle);
        for _ in 0..3 {
            ana.tunnels.send(bob.id, b"a frame");
        }
        bob.is_down("not the next that the peer sealed").await;
        // The other side is told, by what the relay cannot make up.
        ana.is_down("the peer closed the tunnel").await;
        assert!(bob.frames().len() <= 2, "meddler {number}");
        bob.tunnels.send(ana.id, b"lost");
        pause().await;
        assert!(ana.frames().is_empty());
    }
}

#[wasm_bindgen_test]
async fn when_both_ask_at_once_one_tunnel_opens() {
    let room = Room::new();
    let (ana, bob) = room.two(FAST);
    ana.tunnels.dial(bob.id);
    bob.tunnels.dial(ana.id);
    // The ask of the lower id stands.
    ana.is_up(bob.id).await;
    ana.tunnels.send(bob.id, b"hola");
    bob.is_up(ana.id).await;
    bob.tunnels.send(ana.id, b"hola");
    pause().await;
    for (tab, other) in [(&ana, &bob), (&bob, &ana)] {
        let (peer, frame) = (other.id, b"hola".to_vec());
        let received = TunnelEvent::Link(LinkEvent::Received { peer, frame });
        assert_eq!(tab.heard(), [up(peer), received]);
    }
}

#[wasm_bindgen_test]
async fn a_third_tunnel_is_refused_at_both_ends() {
    let room = Room::new();
    let hub = room.tab(1, FAST);
    let first = room.tab(2, FAST);
    joined(&hub, &first).await;
    for number in 3..2 + MAX_TUNNELS as u8 {
        joined(&hub, &room.tab(number, FAST)).await;
    }
    let late = room.tab(9, FAST);
    let failed = |peer| TunnelEvent::Link(LinkEvent::DialFailed { peer });
    hub.tunnels.dial(late.id);
    assert_eq!(hub.heard(), [failed(late.id)]);
    late.tunnels.dial(hub.id);
    pause().await;
    assert_eq!(late.heard(), [failed(hub.id)], "told that it is full");

    // One that is closed makes room.
    hub.tunnels.disconnect(first.id);
    first.is_down("the peer closed the tunnel").await;
    assert_eq!(hub.heard(), [], "it was its own wish");
    joined(&late, &hub).await;
}

#[wasm_bindgen_test]
async fn silence_fails_the_dial_and_leaves_nothing_behind() {
    let room = Room::new();
    let (ana, bob) = room.two(FAST);
    room.0.deaf.set(true);
    ana.tunnels.dial(bob.id);
    TimeoutFuture::new(14_000).await;
    assert_eq!(ana.heard(), []);
    TimeoutFuture::new(1_500).await;
    assert_eq!(
        ana.heard(),
        [TunnelEvent::Link(LinkEvent::DialFailed { peer: bob.id })]
    );

    // An answer that comes now is too late.
    let (from, to, session, step) = room.0.said.borrow()[0].clone();
    room.0.deaf.set(false);
    room.deliver(&from, to, session, step);
    pause().await;
    assert_eq!(ana.heard(), []);
    joined(&ana, &bob).await;
}

#[wasm_bindgen_test]
async fn a_relay_that_repeats_old_steps_neither_opens_nor_closes_anything() {
    let room = Room::new();
    let (ana, bob) = room.two(FAST);
    joined(&ana, &bob).await;
    let said = room.0.said.borrow().clone();
    for (from, to, session, step) in &said {
        room.deliver(from, *to, *session, step.clone());
    }
    pause().await;
    ana.tunnels.send(bob.id, b"still here");
    bob.tunnels.send(ana.id, b"and here");
    pause().await;
    assert_eq!(bob.frames(), [b"still here"]);
    assert_eq!(ana.frames(), [b"and here"]);
    assert_eq!((ana.heard().len(), bob.heard().len()), (1, 1));
}

#[wasm_bindgen_test]
async fn a_tab_that_starts_again_replaces_its_tunnel() {
    let room = Room::new();
    let (ana, bob) = room.two(FAST);
    joined(&ana, &bob).await;
    let number = if ana.key == SecretKey::from_seed([1; 32]).public() {
        1
    } else {
        2
    };
    let again = room.tab(number, FAST);
    again.tunnels.dial(bob.id);
    again.is_up(bob.id).await;
    again.tunnels.send(bob.id, b"hola");
    bob.is_up(ana.id).await;
    bob.tunnels.send(ana.id, b"hola");
    again
        .until("the other greets", |heard| heard.len() == 2)
        .await;
    assert_eq!(ana.heard(), [], "the dead tab hears nothing");
}

#[wasm_bindgen_test]
async fn that_an_old_piece_reached_nobody_does_not_end_what_the_peer_asked_for_since() {
    let room = Room::new();
    let (ana, bob) = room.two(FAST);
    joined(&ana, &bob).await;
    let number = if bob.key == SecretKey::from_seed([1; 32]).public() {
        1
    } else {
        2
    };
    let again = room.tab(number, FAST);
    again.tunnels.dial(ana.id);
    again.is_up(ana.id).await;
    ana.tunnels.absent(bob.id);
    ana.is_down("carries nothing to the peer any more").await;
    again.tunnels.send(ana.id, b"hola");
    ana.is_up(bob.id).await;
    assert_eq!(ana.frames(), [b"hola"]);
}

#[wasm_bindgen_test]
async fn nothing_is_asked_of_a_relay_that_carries_nothing() {
    let room = Room::new();
    let (ana, bob) = room.two(0);
    ana.tunnels.dial(bob.id);
    assert_eq!(
        ana.heard(),
        [TunnelEvent::Link(LinkEvent::DialFailed { peer: bob.id })]
    );
    assert!(room.0.said.borrow().is_empty());

    // It comes, tunnels open, it goes: so do they.
    ana.tunnels.rate(FAST);
    bob.tunnels.rate(FAST);
    joined(&ana, &bob).await;
    ana.tunnels.rate(0);
    ana.is_down("the relay carries nothing").await;
    ana.heard();
    ana.tunnels.dial(bob.id);
    assert_eq!(
        ana.heard(),
        [TunnelEvent::Link(LinkEvent::DialFailed { peer: bob.id })]
    );
}

#[wasm_bindgen_test]
async fn a_peer_that_left_the_relay_is_given_up() {
    let room = Room::new();
    let (ana, bob) = room.two(FAST);
    room.0.deaf.set(true);
    ana.tunnels.dial(bob.id);
    ana.tunnels.absent(bob.id);
    assert_eq!(
        ana.heard(),
        [TunnelEvent::Link(LinkEvent::DialFailed { peer: bob.id })]
    );
    room.0.deaf.set(false);
    joined(&ana, &bob).await;
    ana.tunnels.absent(bob.id);
    ana.is_down("carries nothing to the peer any more").await;
}

#[wasm_bindgen_test]
async fn pieces_keep_to_the_rate_that_the_relay_told() {
    let rate = 64 * 1024;
    let room = Room::new();
    let (ana, bob) = room.two(rate);
    joined(&ana, &bob).await;
    let before = room.0.bytes.get();
    ana.tunnels.send(bob.id, &vec![1; MAX_FRAME]);
    TimeoutFuture::new(1_000).await;
    let carried = room.0.bytes.get() - before;
    // Half a second's worth at once, then the rate.
    let (least, most) = (rate as usize, 2 * rate as usize);
    assert!((least..most).contains(&carried), "{carried}");
    bob.until("it came whole", |heard| heard.len() == 1).await;
}

#[wasm_bindgen_test]
async fn a_relay_that_takes_less_than_it_said_is_not_fed_more() {
    let room = Room::new();
    let (ana, bob) = room.two(FAST);
    joined(&ana, &bob).await;
    ana.held.set(1024 * 1024);
    let before = room.0.bytes.get();
    ana.tunnels.send(bob.id, &vec![1; MAX_FRAME]);
    pause().await;
    assert_eq!(room.0.bytes.get(), before);
    ana.held.set(0);
    bob.until("it came whole", |heard| heard.len() == 1).await;

    // What waits is bounded.
    ana.held.set(1024 * 1024);
    for _ in 0..=MAX_WAITING / MAX_FRAME {
        ana.tunnels.send(bob.id, &vec![1; MAX_FRAME]);
    }
    ana.is_down("at most 4194304 bytes may wait").await;
}

#[wasm_bindgen_test]
async fn a_tunnel_is_forgotten_without_a_word_when_a_better_link_is_open() {
    let room = Room::new();
    let (ana, bob) = room.two(FAST);
    joined(&ana, &bob).await;
    let pieces = room.0.pieces.get();
    ana.tunnels.forget(bob.id);
    ana.tunnels.send(bob.id, b"nothing");
    // What was under way still comes, and is passed over.
    bob.tunnels.send(ana.id, b"late");
    pause().await;
    assert_eq!((ana.heard(), bob.heard()), (vec![], vec![]));
    assert_eq!(room.0.pieces.get(), pieces + 1);
}

#[wasm_bindgen_test]
async fn two_tunnels_take_turns() {
    let room = Room::new();
    let rate = 64 * 1024;
    let (ana, bob) = room.two(rate);
    let carl = room.tab(3, rate);
    joined(&ana, &bob).await;
    joined(&ana, &carl).await;
    // The first would be busy for 16 s.
    for _ in 0..8 {
        ana.tunnels.send(bob.id, &vec![1; MAX_FRAME]);
    }
    ana.tunnels.send(carl.id, b"quick");
    TimeoutFuture::new(1_500).await;
    assert_eq!(carl.frames(), [b"quick"]);
}
