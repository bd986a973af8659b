//! Tunnels through the relay, the last resort of two tabs between which no direct
//! link opens. The keys stay in this worker; the relay carries what it cannot read.
//!
//! ```text
//! dial A->B     A: Tunnel ─▶  B: Tunnelled ─▶  A: first piece ─▶  B
//! ```
//! When both ask at once (*glare*), the ask of the lower peer id stands. Who agrees
//! holds the tunnel open only when the first piece opens: a relay that repeats an
//! old signed ask neither makes a neighbour nor takes an open tunnel down. An empty
//! piece is the farewell.

mod end;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::{Rc, Weak};

use gloo::timers::callback::Timeout;
use tablon_core::hash::{NetworkId, PeerId};
use tablon_core::keys::{PublicKey, SecretKey};
use tablon_core::node::{LinkEvent, LinkOrigin};
use tablon_core::relay::SignalStep;
use tablon_core::tunnel::{Side, Tunnel};
use tablon_core::view::LinkKind;
use wasm_bindgen::JsCast;
use web_sys::WorkerGlobalScope;

use crate::random;
use end::End;

/// Tunnels at once, those being opened included: every byte costs the relay's host
/// two, and two neighbours are enough to learn of the others.
pub const MAX_TUNNELS: usize = 2;

/// Milliseconds from the ask to the answer, and from that to the first piece.
pub const ANSWER_TIMEOUT_MS: f64 = 15_000.0;

/// Bytes that wait in one tunnel, at most, as in a link of the page. A peer or
/// relay that takes them more slowly than they arise is given up.
pub const MAX_WAITING: usize = 4 * 1024 * 1024;

/// Bytes of a piece before it is sealed, at most: half of what a relay's frame
/// holds, so that pieces of two tunnels take turns.
pub const PIECE: usize = 8 * 1024;

/// What a piece counts for at least, as the relay counts; with the id before it.
const PIECE_COST: usize = 512;
const ID: usize = 32;

/// The relay saves up a second's worth; half of that is used, milliseconds.
const BURST: f64 = 500.0;

/// Bytes that the browser may hold for the relay's socket. More means that the
/// relay takes less than it said.
const MAX_HELD: usize = 128 * 1024;

/// When more is held, it is looked again after so many milliseconds.
const HELD_WAIT: f64 = 50.0;

/// What happens to tunnels, and what the driver owes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TunnelEvent {
    /// Sign this step and send it.
    Say {
        /// Addressee.
        to: PeerId,
        /// The attempt.
        session: u32,
        /// The step.
        step: SignalStep,
    },
    /// Have the relay carry a sealed piece.
    Bytes {
        /// Addressee.
        to: PeerId,
        /// At most [`PIECE`] bytes and the seal.
        bytes: Vec<u8>,
    },
    /// Something happened to a tunnel.
    Link(LinkEvent),
}

/// All tunnels of this tab.
pub struct Tunnels(Rc<Inner>);

struct Inner {
    state: RefCell<State>,
    /// Bytes that the browser still holds for the relay.
    held: Box<dyn Fn() -> usize>,
    report: Box<dyn Fn(TunnelEvent)>,
    /// Events are reported in order, however they come about.
    reporting: Cell<bool>,
    wake: RefCell<Option<Timeout>>,
}

struct State {
    network: NetworkId,
    key: SecretKey,
    me: PeerId,
    /// Bytes a second; 0: the relay carries none, or is away.
    rate: u32,
    /// What was sent is paid for by then, milliseconds.
    paid_at: f64,
    /// At most [`MAX_TUNNELS`]; none empty.
    peers: BTreeMap<PeerId, Peer>,
    /// Whose turn it was.
    last: Option<PeerId>,
    out: VecDeque<TunnelEvent>,
}

#[derive(Default)]
struct Peer {
    asked: Option<Asked>,
    /// Yet without a piece.
    agreed: Option<Agreed>,
    open: Option<End>,
}

struct Asked {
    session: u32,
    nonce: [u8; 16],
    until: f64,
}

struct Agreed {
    session: u32,
    end: End,
    until: f64,
}

impl Tunnels {
    /// Tunnels of the node with `key`. `held` tells how many bytes the browser
    /// still holds for the relay; what happens goes to `report`. None can be open
    /// before [`Tunnels::rate`].
    pub fn new(
        network: NetworkId,
        key: SecretKey,
        held: impl Fn() -> usize + 'static,
        report: impl Fn(TunnelEvent) + 'static,
    ) -> Self {
        Self(Rc::new(Inner {
            state: RefCell::new(State {
                me: key.public().peer_id(),
                network,
                key,
                rate: 0,
                paid_at: 0.0,
                peers: BTreeMap::new(),
                last: None,
                out: VecDeque::new(),
            }),
            held: Box::new(held),
            report: Box::new(report),
            reporting: Cell::new(false),
            wake: RefCell::default(),
        }))
    }

    /// The relay carries so many bytes a second for this tab. At 0, when it is
    /// away too, all tunnels close.
    pub fn rate(&self, rate: u32) {
        self.0.act(|state, _| state.set_rate(rate));
    }

    /// Ask for a tunnel; reports `Up` or `DialFailed`.
    pub fn dial(&self, peer: PeerId) {
        self.0.act(|state, now| state.dial(peer, now));
    }

    /// A verified step from `from`. Steps that open other links are passed over.
    pub fn signal(&self, from: PeerId, key: PublicKey, session: u32, step: &SignalStep) {
        self.0.act(|state, now| match step {
            SignalStep::Tunnel { nonce } => state.asked(from, key, session, *nonce, now),
            SignalStep::Tunnelled { nonce } => state.agreed(from, key, session, *nonce),
            SignalStep::Full => state.full(from, session),
            _ => {}
        });
    }

    /// The relay brings a sealed piece.
    pub fn piece(&self, from: PeerId, sealed: &[u8]) {
        self.0.act(|state, _| state.piece(from, sealed));
    }

    /// The peer is not at the relay, or came back without the tunnel.
    pub fn absent(&self, peer: PeerId) {
        self.0.act(|state, _| state.absent(peer));
    }

    /// Send a wire message; dropped when there is no tunnel.
    pub fn send(&self, peer: PeerId, frame: &[u8]) {
        self.0.act(|state, _| state.send(peer, frame));
    }

    /// Close the tunnel, without a report: it was the node's wish. The peer is told.
    pub fn disconnect(&self, peer: PeerId) {
        self.0.act(|state, _| {
            state.farewell(peer);
            state.peers.remove(&peer);
        });
    }

    /// Forget the tunnel without a word: both sides have a better link.
    pub fn forget(&self, peer: PeerId) {
        self.0.act(|state, _| {
            state.peers.remove(&peer);
        });
    }
}

impl Inner {
    fn act(self: &Rc<Self>, act: impl FnOnce(&mut State, f64)) {
        let now = now();
        let wait = {
            let mut state = self.state.borrow_mut();
            act(&mut state, now);
            state.expire(now);
            let wait = state.pump(now, (self.held)());
            state
                .next_wait(now)
                .into_iter()
                .chain(wait)
                .reduce(f64::min)
        };
        self.wake_in(wait);
        if self.reporting.replace(true) {
            return;
        }
        while let Some(event) = self.next_event() {
            (self.report)(event);
        }
        self.reporting.set(false);
    }

    fn wake_in(self: &Rc<Self>, wait: Option<f64>) {
        let weak: Weak<Self> = Rc::downgrade(self);
        *self.wake.borrow_mut() = wait.map(|wait| {
            Timeout::new(wait.ceil().max(1.0) as u32, move || {
                if let Some(inner) = weak.upgrade() {
                    inner.act(|_, _| {});
                }
            })
        });
    }

    fn next_event(&self) -> Option<TunnelEvent> {
        self.state.borrow_mut().out.pop_front()
    }
}

// Milliseconds of a clock that does not jump.
pub(super) fn now() -> f64 {
    // A window and a worker both have `performance`; the cast is for its type alone.
    js_sys::global()
        .unchecked_into::<WorkerGlobalScope>()
        .performance()
        .expect("a browser measures time")
        .now()
}

impl State {
    fn happened(&mut self, event: LinkEvent) {
        self.say(TunnelEvent::Link(event));
    }

    fn say(&mut self, event: TunnelEvent) {
        self.out.push_back(event);
    }

    fn set_rate(&mut self, rate: u32) {
        self.rate = rate;
        if rate == 0 {
            for peer in self.ids() {
                self.close(peer, "the relay carries nothing now");
            }
        }
    }

    fn ids(&self) -> Vec<PeerId> {
        self.peers.keys().copied().collect()
    }

    fn has_room(&self, peer: PeerId) -> bool {
        self.rate > 0
            && peer != self.me
            && (self.peers.contains_key(&peer) || self.peers.len() < MAX_TUNNELS)
    }

    fn dial(&mut self, peer: PeerId, now: f64) {
        if !self.has_room(peer) {
            return self.happened(LinkEvent::DialFailed { peer });
        }
        let place = self.peers.entry(peer).or_default();
        if place.asked.is_some() || place.open.is_some() {
            return;
        }
        let (session, nonce) = (random::number(), random::bytes());
        place.asked = Some(Asked {
            session,
            nonce,
            until: now + ANSWER_TIMEOUT_MS,
        });
        let step = SignalStep::Tunnel { nonce };
        self.say(TunnelEvent::Say {
            to: peer,
            session,
            step,
        });
    }

    fn asked(&mut self, from: PeerId, key: PublicKey, session: u32, theirs: [u8; 16], now: f64) {
        let place = self.peers.get(&from);
        let glare = place.is_some_and(|place| place.asked.is_some());
        let repeated = place
            .and_then(|place| place.agreed.as_ref())
            .is_some_and(|agreed| agreed.session == session);
        if (glare && self.me < from) || repeated {
            return;
        }
        let own = random::bytes();
        let nonces = [theirs, own];
        let tunnel = Tunnel::new(self.network, &self.key, key, Side::Agrees, nonces);
        let (step, agreed) = match tunnel.filter(|_| self.has_room(from)) {
            Some(tunnel) => {
                let agreed = Agreed {
                    session,
                    end: End::new(tunnel),
                    until: now + ANSWER_TIMEOUT_MS,
                };
                (SignalStep::Tunnelled { nonce: own }, Some(agreed))
            }
            None => (SignalStep::Full, None),
        };
        if let Some(agreed) = agreed {
            // Whoever dialled waits on: what comes of this ask answers ours too.
            self.peers.entry(from).or_default().agreed = Some(agreed);
        }
        self.say(TunnelEvent::Say {
            to: from,
            session,
            step,
        });
    }

    fn agreed(&mut self, from: PeerId, key: PublicKey, session: u32, theirs: [u8; 16]) {
        let Some(place) = self.peers.get_mut(&from) else {
            return;
        };
        let Some(asked) = place.asked.take_if(|asked| asked.session == session) else {
            return;
        };
        let nonces = [asked.nonce, theirs];
        match Tunnel::new(self.network, &self.key, key, Side::Asks, nonces) {
            Some(tunnel) => self.open(from, End::new(tunnel)),
            None => self.close(from, "the peer's key is none"),
        }
    }

    fn open(&mut self, peer: PeerId, end: End) {
        let place = Peer {
            open: Some(end),
            ..Peer::default()
        };
        self.peers.insert(peer, place);
        let link = LinkKind::Tunnel;
        let origin = LinkOrigin::Inbound(None);
        self.happened(LinkEvent::Up { peer, link, origin });
    }

    fn full(&mut self, from: PeerId, session: u32) {
        let asked = (self.peers.get(&from))
            .and_then(|place| place.asked.as_ref())
            .is_some_and(|asked| asked.session == session);
        if asked {
            self.give_up(from);
        }
    }

    // Our ask came to nothing; what the peer asked for may still come.
    fn give_up(&mut self, peer: PeerId) {
        if let Some(place) = self.peers.get_mut(&peer) {
            place.asked = None;
            if place.agreed.is_none() && place.open.is_none() {
                self.peers.remove(&peer);
            }
            self.happened(LinkEvent::DialFailed { peer });
        }
    }

    fn expire(&mut self, now: f64) {
        for peer in self.ids() {
            let Some(place) = self.peers.get_mut(&peer) else {
                continue;
            };
            place.agreed.take_if(|agreed| agreed.until <= now);
            if (place.asked.as_ref()).is_some_and(|asked| asked.until <= now) {
                self.give_up(peer);
            } else if place.asked.is_none() && place.agreed.is_none() && place.open.is_none() {
                self.peers.remove(&peer);
            }
        }
    }

    fn next_wait(&self, now: f64) -> Option<f64> {
        let asked = self.peers.values().filter_map(|place| place.asked.as_ref());
        let agreed = (self.peers.values()).filter_map(|place| place.agreed.as_ref());
        (asked.map(|asked| asked.until))
            .chain(agreed.map(|agreed| agreed.until))
            .map(|until| until - now)
            .reduce(f64::min)
    }

    fn piece(&mut self, from: PeerId, sealed: &[u8]) {
        let Some(place) = self.peers.get_mut(&from) else {
            return;
        };
        let opened = place.open.as_mut().and_then(|end| end.open(sealed));
        let chunk = match opened {
            Some(chunk) => chunk,
            // Not of the tunnel that is open: then of the one that is to replace it.
            None => {
                let agreed = place.agreed.take();
                let opened = agreed.and_then(|mut agreed| {
                    let chunk = agreed.end.open(sealed)?;
                    Some((agreed.end, chunk))
                });
                match opened {
                    Some((end, chunk)) => {
                        self.open(from, end);
                        chunk
                    }
                    None if place.open.is_some() => {
                        let reason = "a piece that came through the relay is not the next that \
                            the peer sealed";
                        return self.close(from, reason);
                    }
                    None => return,
                }
            }
        };
        if chunk.is_empty() {
            // The peer does not have to be told.
            return self.down(from, "the peer closed the tunnel");
        }
        let end = self.peers.get_mut(&from).and_then(|at| at.open.as_mut());
        match end.map(|end| end.assemble(&chunk)) {
            Some(Ok(Some(frame))) => self.happened(LinkEvent::Received { peer: from, frame }),
            Some(Err(error)) => self.close(from, &error.to_string()),
            Some(Ok(None)) | None => {}
        }
    }

    fn send(&mut self, peer: PeerId, frame: &[u8]) {
        let end = self.peers.get_mut(&peer).and_then(|at| at.open.as_mut());
        if let Some(Err(reason)) = end.map(|end| end.push(frame)) {
            self.close(peer, &reason);
        }
    }

    fn farewell(&mut self, peer: PeerId) {
        let end = self.peers.get_mut(&peer).and_then(|at| at.open.as_mut());
        if let Some(bytes) = end.map(End::farewell) {
            self.say(TunnelEvent::Bytes { to: peer, bytes });
        }
    }

    // The relay's word may be of a piece that was on its way when the peer came back and
    // asked: what it was answered stands.
    fn absent(&mut self, peer: PeerId) {
        let agreed = (self.peers.get_mut(&peer)).and_then(|place| place.agreed.take());
        self.down(peer, "the relay carries nothing to the peer any more");
        if agreed.is_some() {
            self.peers.entry(peer).or_default().agreed = agreed;
        }
    }

    fn close(&mut self, peer: PeerId, reason: &str) {
        self.farewell(peer);
        self.down(peer, reason);
    }

    fn down(&mut self, peer: PeerId, reason: &str) {
        let Some(place) = self.peers.remove(&peer) else {
            return;
        };
        if place.asked.is_some() {
            self.happened(LinkEvent::DialFailed { peer });
        }
        if place.open.is_some() {
            let reason = reason.to_owned();
            self.happened(LinkEvent::Down { peer, reason });
        }
    }

    /// Send what the relay takes now, a piece of each tunnel in turn; gives the
    /// wait until it takes more, if there is more.
    fn pump(&mut self, now: f64, mut held: usize) -> Option<f64> {
        while let Some(peer) = self.next_to_send() {
            let wait = self.paid_at - now - BURST;
            if wait > 0.0 {
                return Some(wait);
            }
            if held > MAX_HELD {
                return Some(HELD_WAIT);
            }
            self.last = Some(peer);
            let end = self.peers.get_mut(&peer).and_then(|at| at.open.as_mut());
            let Some(bytes) = end.and_then(End::next_sealed) else {
                continue;
            };
            let cost = (ID + bytes.len()).max(PIECE_COST);
            held += cost;
            self.paid_at = self.paid_at.max(now) + 1_000.0 * cost as f64 / f64::from(self.rate);
            self.say(TunnelEvent::Bytes { to: peer, bytes });
        }
        None
    }

    fn next_to_send(&self) -> Option<PeerId> {
        let waits = |place: &Peer| place.open.as_ref().is_some_and(End::waits);
        let mut waiting = (self.peers.iter()).filter(|(_, place)| waits(place));
        let first = waiting.next().map(|(peer, _)| *peer)?;
        // The one after the last; they come in order.
        let after = |peer: &PeerId| self.last.is_some_and(|last| *peer > last);
        if after(&first) {
            return Some(first);
        }
        let next = waiting.map(|(peer, _)| *peer).find(after);
        Some(next.unwrap_or(first))
    }
}
