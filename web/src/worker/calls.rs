//! WebSockets to nodes that have an address, called from this worker. Each binary
//! frame is one message of [`tablon_core::wire`], as between two headless nodes.
//!
//! ```text
//! call -> open -> Greeting and Proof (tablon_core::handshake) -> Up
//! ```
//! Whoever answers must prove the key of exactly the peer that was dialled: an
//! address is what that peer says of itself, and may lead anywhere.

pub mod address;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::{Rc, Weak};

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use js_sys::{ArrayBuffer, Uint8Array};
use tablon_core::handshake::{Greeted, Handshake, MAX_HANDSHAKE, Role};
use tablon_core::hash::{NetworkId, PeerId};
use tablon_core::keys::SecretKey;
use tablon_core::links::MAX_LINKS;
use tablon_core::node::LinkEvent;
use tablon_core::wire::MAX_FRAME;
use wasm_bindgen::JsCast;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use crate::random;
use crate::thrown::explain;

/// Open sockets, at most: a newcomer's, too, for which the node parts with another.
pub const MAX_OPEN: usize = MAX_LINKS;

/// Sockets being opened, at most, on top of those.
pub const MAX_CALLING: usize = MAX_LINKS;

/// Milliseconds from the call of an address to the proof: three addresses, one
/// after the other, take less than the 20 seconds that a dial has.
pub const CALL_TIMEOUT_MS: u32 = 6_000;

/// Bytes that the browser holds for one peer, at most, as in a link of the page. A
/// peer that takes them more slowly than they arise is given up.
pub const MAX_WAITING: usize = 4 * 1024 * 1024;

/// Bytes of a close's reason, at most: a control frame has 125, two of them code.
const MAX_REASON: usize = 123;

/// The close code of RFC 6455 that a page may send.
const NORMAL: u16 = 1000;

/// What happens to calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallEvent {
    /// A socket is open and the peer has proved its key.
    Up {
        /// Whose.
        peer: PeerId,
        /// Where.
        address: String,
    },
    /// No address led to the peer.
    Failed {
        /// Who.
        peer: PeerId,
        /// What was wrong with the last one, for people.
        reason: String,
    },
    /// Something happened to an open socket.
    Link(LinkEvent),
}

/// All sockets of this tab to other nodes.
pub struct Calls(Rc<Inner>);

struct Inner {
    network: NetworkId,
    key: SecretKey,
    report: Box<dyn Fn(CallEvent)>,
    last: Cell<u64>,
    /// At most [`MAX_OPEN`] and [`MAX_CALLING`].
    calls: RefCell<BTreeMap<PeerId, Call>>,
}

struct Call {
    /// Tells this socket's events from those of one before.
    id: u64,
    address: String,
    socket: Socket,
    stage: Stage,
    /// Addresses to try if this one leads nowhere.
    others: VecDeque<String>,
    /// The end of our patience, until the peer has proved its key.
    patience: Option<Timeout>,
}

#[allow(
    clippy::large_enum_variant,
    reason = "there are few, and each is large for a moment"
)]
enum Stage {
    Opening,
    Greeting(Handshake),
    Proving(Greeted),
    Open,
}

/// Dropping it closes it, with the reason if there is one.
struct Socket {
    socket: WebSocket,
    reason: RefCell<String>,
    _listeners: [EventListener; 3],
}

impl Drop for Socket {
    fn drop(&mut self) {
        let mut reason = self.reason.take();
        while reason.len() > MAX_REASON {
            reason.pop();
        }
        // Fails only for codes and reasons that a page may not send.
        let _ = self.socket.close_with_code_and_reason(NORMAL, &reason);
    }
}

impl Calls {
    /// Calls of the node that has this key; what happens to them goes to `report`.
    pub fn new(network: NetworkId, key: SecretKey, report: impl Fn(CallEvent) + 'static) -> Self {
        Self(Rc::new(Inner {
            network,
            key,
            report: Box::new(report),
            last: Cell::new(0),
            calls: RefCell::default(),
        }))
    }

    /// Call `peer` at these addresses, one after the other; reports `Up` or
    /// `Failed`, unless it is called already.
    pub fn call(&self, peer: PeerId, addresses: Vec<String>) {
        let inner = &self.0;
        if inner.calls.borrow().contains_key(&peer) {
            return;
        }
        if inner.count(|call| !call.is_open()) >= MAX_CALLING {
            let reason = format!("at most {MAX_CALLING} nodes are called at once");
            return inner.say(CallEvent::Failed { peer, reason });
        }
        let reason = "it told no address that can be called from here".into();
        inner.try_next(peer, addresses.into(), reason);
    }

    /// Send a wire message; dropped when there is no open socket.
    pub fn send(&self, peer: PeerId, frame: &[u8]) {
        if let Err(reason) = self.0.send(peer, frame) {
            self.0.close(peer, reason);
        }
    }

    /// Close the socket, whether it is open or not, without a report.
    pub fn disconnect(&self, peer: PeerId, reason: &str) {
        let call = self.0.calls.borrow_mut().remove(&peer);
        if let Some(call) = call {
            call.socket.reason.replace(reason.to_owned());
        }
    }
}

impl Call {
    fn is_open(&self) -> bool {
        matches!(self.stage, Stage::Open)
    }
}

impl Inner {
    fn say(&self, event: CallEvent) {
        (self.report)(event);
    }

    fn count(&self, which: impl Fn(&Call) -> bool) -> usize {
        let calls = self.calls.borrow();
        calls.values().filter(|call| which(call)).count()
    }

    /// The address before, if any, came to nothing for this reason.
    fn try_next(
        self: &Rc<Self>,
        peer: PeerId,
        mut addresses: VecDeque<String>,
        mut reason: String,
    ) {
        while let Some(address) = addresses.pop_front() {
            let id = self.last.get() + 1;
            self.last.set(id);
            match self.open(peer, id, &address) {
                Ok(socket) => {
                    let weak = Rc::downgrade(self);
                    let patience = Timeout::new(CALL_TIMEOUT_MS, move || {
                        let reason = format!("it has not proved its key in {CALL_TIMEOUT_MS} ms");
                        on(&weak, |inner| inner.ended(peer, id, reason));
                    });
                    let call = Call {
                        id,
                        address,
                        socket,
                        stage: Stage::Opening,
                        others: addresses,
                        patience: Some(patience),
                    };
                    self.calls.borrow_mut().insert(peer, call);
                    return;
                }
                Err(error) => reason = error,
            }
        }
        self.say(CallEvent::Failed { peer, reason });
    }

    fn open(self: &Rc<Self>, peer: PeerId, id: u64, address: &str) -> Result<Socket, String> {
        let socket = WebSocket::new(address).map_err(|error| explain(&error))?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let weak = Rc::downgrade(self);
        let open = EventListener::new(&socket, "open", move |_| {
            on(&weak, |inner| inner.opened(peer, id));
        });
        let weak = Rc::downgrade(self);
        let message = EventListener::new(&socket, "message", move |event| {
            on(&weak, |inner| {
                inner.received(peer, id, event.unchecked_ref());
            });
        });
        // An error is always followed by a close, which says more.
        let weak = Rc::downgrade(self);
        let close = EventListener::new(&socket, "close", move |event| {
            let reason = close_reason(event.unchecked_ref());
            on(&weak, |inner| inner.ended(peer, id, reason));
        });
        Ok(Socket {
            socket,
            reason: RefCell::default(),
            _listeners: [open, message, close],
        })
    }

    /// Do something with the socket of this number, if it is not given up yet.
    fn with<T>(&self, peer: PeerId, id: u64, act: impl FnOnce(&mut Call) -> T) -> Option<T> {
        let mut calls = self.calls.borrow_mut();
        let call = calls.get_mut(&peer).filter(|call| call.id == id);
        call.map(act)
    }

    fn opened(self: &Rc<Self>, peer: PeerId, id: u64) {
        let (key, nonce) = (self.key.clone(), random::bytes());
        let (handshake, greeting) = Handshake::begin(Role::Caller, key, self.network, nonce);
        let said = self.with(peer, id, |call| {
            call.stage = Stage::Greeting(handshake);
            call.socket.say(&greeting)
        });
        if let Some(Err(reason)) = said {
            self.ended(peer, id, reason);
        }
    }

    fn received(self: &Rc<Self>, peer: PeerId, id: u64, event: &MessageEvent) {
        let limit = self.with(peer, id, |call| match call.stage {
            Stage::Open => MAX_FRAME,
            _ => MAX_HANDSHAKE,
        });
        let Some(limit) = limit else { return };
        let heard = match event.data().dyn_into::<ArrayBuffer>() {
            // The browser has it whole by now; it goes no further.
            Ok(bytes) if bytes.byte_length() as usize > limit => Err(format!(
                "a frame is at most {limit} bytes, received {}",
                bytes.byte_length()
            )),
            Ok(bytes) => self.heard(peer, id, Uint8Array::new(&bytes).to_vec()),
            Err(_) => Err("expected a binary message, received text".into()),
        };
        if let Err(reason) = heard {
            self.ended(peer, id, reason);
        }
    }

    fn heard(&self, peer: PeerId, id: u64, frame: Vec<u8>) -> Result<(), String> {
        let stage = self.with(peer, id, |call| {
            std::mem::replace(&mut call.stage, Stage::Opening)
        });
        let (next, event) = match stage {
            None => return Ok(()),
            Some(Stage::Opening) => return Err("it spoke before the socket was open".into()),
            Some(Stage::Greeting(handshake)) => {
                let greeted = handshake.greeted(&frame).map_err(|error| error.to_string());
                let (greeted, proof) = greeted?;
                self.with(peer, id, |call| call.socket.say(&proof))
                    .unwrap_or(Ok(()))?;
                (Stage::Proving(greeted), None)
            }
            Some(Stage::Proving(greeted)) => {
                let proven = greeted.proven(&frame).map_err(|error| error.to_string())?;
                if proven != peer {
                    return Err(format!("the node there is {proven}, dialled was {peer}"));
                }
                if self.count(Call::is_open) >= MAX_OPEN {
                    return Err(format!("at most {MAX_OPEN} sockets may be open"));
                }
                let address = self.with(peer, id, |call| call.address.clone());
                let up = address.map(|address| CallEvent::Up { peer, address });
                (Stage::Open, up)
            }
            Some(Stage::Open) => {
                let received = LinkEvent::Received { peer, frame };
                (Stage::Open, Some(CallEvent::Link(received)))
            }
        };
        self.with(peer, id, |call| {
            if matches!(next, Stage::Open) {
                call.patience = None;
                call.others.clear();
            }
            call.stage = next;
        });
        if let Some(event) = event {
            self.say(event);
        }
        Ok(())
    }

    fn send(&self, peer: PeerId, frame: &[u8]) -> Result<(), String> {
        let calls = self.calls.borrow();
        let Some(call) = calls.get(&peer).filter(|call| call.is_open()) else {
            return Ok(());
        };
        let waiting = call.socket.socket.buffered_amount() as usize + frame.len();
        if waiting > MAX_WAITING {
            return Err(format!(
                "the peer takes data too slowly: at most {MAX_WAITING} bytes may wait for it, {waiting} do"
            ));
        }
        call.socket.say(frame)
    }

    fn close(self: &Rc<Self>, peer: PeerId, reason: String) {
        let id = self.calls.borrow().get(&peer).map(|call| call.id);
        if let Some(id) = id {
            self.ended(peer, id, reason);
        }
    }

    /// This socket is of no use any more.
    fn ended(self: &Rc<Self>, peer: PeerId, id: u64, reason: String) {
        if self.with(peer, id, |_| ()).is_none() {
            return;
        }
        let call = self.calls.borrow_mut().remove(&peer);
        let Some(call) = call else { return };
        call.socket.reason.replace(reason.clone());
        if call.is_open() {
            return self.say(CallEvent::Link(LinkEvent::Down { peer, reason }));
        }
        self.try_next(peer, call.others, reason);
    }
}

impl Socket {
    fn say(&self, frame: &[u8]) -> Result<(), String> {
        let sent = self.socket.send_with_u8_array(frame);
        sent.map_err(|error| format!("the browser does not send: {}", explain(&error)))
    }
}

fn on(weak: &Weak<Inner>, act: impl FnOnce(&Rc<Inner>)) {
    if let Some(inner) = weak.upgrade() {
        act(&inner);
    }
}

fn close_reason(event: &CloseEvent) -> String {
    match (event.code(), event.reason()) {
        // The browser tells a page no more than this.
        (1006, _) => "its address cannot be reached, or the connection broke".into(),
        (code, reason) if reason.is_empty() => format!("the peer closed the connection ({code})"),
        (_, reason) => format!("the peer closed the connection: {reason}"),
    }
}
