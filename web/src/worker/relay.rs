//! The relay's socket: proves the node's key, asks for peers, carries signed
//! signals and the tunnel's pieces. The relay is not trusted: what it brings is
//! bounded here and verified by the node, and when it is away the node goes on with
//! the peers it has.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use js_sys::{ArrayBuffer, Uint8Array};
use tablon_core::hash::{NetworkId, PeerId};
use tablon_core::keys::SecretKey;
use tablon_core::relay::{
    FromRelay, IceServer, MAX_RELAY_FRAME, MAX_SAMPLE, RELAY_PROTOCOL, SignedSignal, ToRelay,
    hello_bytes,
};
use wasm_bindgen::JsCast;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};

use crate::backoff::Backoff;
use crate::last_words::scope;
use crate::random;
use crate::threads::RelayState;
use crate::thrown::explain;

/// Milliseconds between attempts: at first, and at most.
const FIRST_WAIT: u32 = 500;
const LONGEST_WAIT: u32 = 30_000;

/// Milliseconds from the first attempt to the welcome, and from a question to
/// its answer, at most: a socket whose other end is gone says nothing by itself.
const ANSWER: u32 = 10_000;

/// What the relay tells the driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RelayEvent {
    /// It came or went.
    State(RelayState),
    /// Servers for ICE.
    Ice(Vec<IceServer>),
    /// Bytes a second that it carries through the tunnel for this tab; 0: none.
    Tunnel(u32),
    /// Some others of the room, at most [`MAX_SAMPLE`].
    Peers(Vec<PeerId>),
    /// A signal of another tab, as the relay gave it.
    Signal(Box<SignedSignal>),
    /// The relay does not carry a signal to this peer.
    Unreachable {
        /// Who.
        peer: PeerId,
    },
    /// A sealed piece came through the tunnel.
    Piece {
        /// From whom, as the relay says: the seal proves it.
        from: PeerId,
        /// At most [`MAX_RELAY_FRAME`] bytes with the name before it.
        sealed: Vec<u8>,
    },
}

/// The client of one relay.
pub struct Relay(Rc<Inner>);

struct Inner {
    address: String,
    network: NetworkId,
    key: SecretKey,
    me: PeerId,
    report: Box<dyn Fn(RelayEvent)>,
    socket: RefCell<Option<Socket>>,
    backoff: RefCell<Backoff>,
    /// The next attempt, while there is no socket.
    retry: RefCell<Option<Timeout>>,
    /// The end of the socket unless an answer comes.
    deadline: RefCell<Option<Timeout>>,
    /// The browser says that the network is back.
    online: RefCell<Option<EventListener>>,
}

/// Dropping it closes it, silently.
struct Socket {
    socket: WebSocket,
    welcomed: Cell<bool>,
    _listeners: [EventListener; 2],
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Fails only for codes that a page may not send.
        let _ = self.socket.close();
    }
}

impl Relay {
    /// A client that says to `report` what happens; it does nothing before
    /// [`Relay::connect`].
    pub fn new(
        address: String,
        network: NetworkId,
        key: SecretKey,
        report: impl Fn(RelayEvent) + 'static,
    ) -> Self {
        Self(Rc::new(Inner {
            me: key.public().peer_id(),
            address,
            network,
            key,
            report: Box::new(report),
            socket: RefCell::default(),
            backoff: RefCell::new(Backoff::new(FIRST_WAIT, LONGEST_WAIT)),
            retry: RefCell::default(),
            deadline: RefCell::default(),
            online: RefCell::default(),
        }))
    }

    /// Connect, and stay connected.
    pub fn connect(&self) {
        let inner = &self.0;
        (inner.report)(RelayEvent::State(RelayState::Connecting));
        let weak = Rc::downgrade(inner);
        let online = EventListener::new(&scope(), "online", move |_| {
            if let Some(inner) = weak.upgrade() {
                inner.hurry();
            }
        });
        *inner.online.borrow_mut() = Some(online);
        inner.connect();
    }

    /// Ask for another sample of the room, if the relay is there.
    pub fn find_peers(&self) {
        if self.0.say(&ToRelay::Peers).is_ok() {
            self.0.await_answer();
        }
    }

    /// Do not wait for the next attempt.
    pub fn hurry(&self) {
        self.0.hurry();
    }

    /// Have a signal forwarded.
    pub fn signal(&self, signed: SignedSignal) {
        let peer = signed.signal.to;
        if self.0.say(&ToRelay::Signal(signed)).is_err() {
            (self.0.report)(RelayEvent::Unreachable { peer });
        }
    }

    /// Bytes that the browser holds and has not sent yet.
    pub fn held(&self) -> usize {
        let socket = self.0.socket.borrow();
        let held = socket
            .as_ref()
            .map(|socket| socket.socket.buffered_amount());
        held.unwrap_or(0) as usize
    }

    /// Have a sealed piece carried through the tunnel. One that is too large, or
    /// finds no relay, is lost.
    pub fn carry(&self, to: PeerId, sealed: &[u8]) {
        let frame = [&to.0, sealed].concat();
        let socket = self.0.socket.borrow();
        let socket = socket.as_ref().filter(|socket| socket.welcomed.get());
        if let Some(socket) = socket.filter(|_| frame.len() <= MAX_RELAY_FRAME) {
            // Fails only while the socket is still being opened.
            let _ = socket.socket.send_with_u8_array(&frame);
        }
    }
}

impl Inner {
    fn connect(self: &Rc<Self>) {
        self.retry.take();
        let socket = match WebSocket::new(&self.address) {
            Ok(socket) => socket,
            Err(error) => return self.away(explain(&error)),
        };
        socket.set_binary_type(BinaryType::Arraybuffer);
        let weak = Rc::downgrade(self);
        let message = EventListener::new(&socket, "message", move |event| {
            if let Some(inner) = weak.upgrade() {
                inner.received(event.unchecked_ref());
            }
        });
        // An error is always followed by a close, which says more.
        let weak = Rc::downgrade(self);
        let close = EventListener::new(&socket, "close", move |event| {
            if let Some(inner) = weak.upgrade() {
                let event: &CloseEvent = event.unchecked_ref();
                inner.away(close_reason(event));
            }
        });
        *self.socket.borrow_mut() = Some(Socket {
            socket,
            welcomed: Cell::new(false),
            _listeners: [message, close],
        });
        self.await_answer();
    }

    fn hurry(self: &Rc<Self>) {
        let waits = self.retry.take().is_some();
        if waits {
            self.connect();
        }
    }

    fn await_answer(self: &Rc<Self>) {
        let weak = Rc::downgrade(self);
        *self.deadline.borrow_mut() = Some(Timeout::new(ANSWER, move || {
            if let Some(inner) = weak.upgrade() {
                inner.away(format!("the relay did not answer in {ANSWER} ms"));
            }
        }));
    }

    /// The socket is of no use any more: close it and try again later.
    fn away(self: &Rc<Self>, reason: String) {
        self.deadline.take();
        self.socket.take();
        let wait = self.backoff.borrow_mut().next(random::number());
        let weak = Rc::downgrade(self);
        *self.retry.borrow_mut() = Some(Timeout::new(wait, move || {
            if let Some(inner) = weak.upgrade() {
                inner.connect();
            }
        }));
        (self.report)(RelayEvent::State(RelayState::Away {
            retry_ms: wait,
            reason,
        }));
    }

    fn say(&self, frame: &ToRelay) -> Result<(), String> {
        let text = serde_json::to_string(frame).expect("a frame to the relay is plain JSON");
        if text.len() > MAX_RELAY_FRAME {
            return Err(format!(
                "a signal is at most {MAX_RELAY_FRAME} bytes, this one has {}",
                text.len()
            ));
        }
        let socket = self.socket.borrow();
        let socket = socket.as_ref().ok_or("the relay is away")?;
        let greets = matches!(frame, ToRelay::Hello { .. });
        if !socket.welcomed.get() && !greets {
            return Err("the relay has not let this tab in yet".into());
        }
        socket
            .socket
            .send_with_str(&text)
            .map_err(|error| explain(&error))
    }

    fn received(self: &Rc<Self>, event: &MessageEvent) {
        let frame = match event.data().dyn_into::<ArrayBuffer>() {
            // Not the answer to anything.
            Ok(bytes) => return self.piece(&Uint8Array::new(&bytes)),
            Err(data) => data.as_string(),
        };
        self.deadline.take();
        match read(frame) {
            Ok(frame) => self.obey(frame),
            Err(reason) => self.away(reason),
        }
    }

    fn obey(self: &Rc<Self>, frame: FromRelay) {
        match frame {
            FromRelay::Challenge { nonce } => {
                let hello = ToRelay::Hello {
                    protocol: RELAY_PROTOCOL,
                    network: self.network,
                    key: self.key.public(),
                    signature: self.key.sign(&hello_bytes(nonce, self.network)),
                };
                match self.say(&hello) {
                    Ok(()) => self.await_answer(),
                    Err(reason) => self.away(reason),
                }
            }
            FromRelay::Welcome {
                peers,
                ice_servers,
                tunnel,
            } => {
                if let Some(socket) = self.socket.borrow().as_ref() {
                    socket.welcomed.set(true);
                }
                self.backoff.borrow_mut().reset();
                (self.report)(RelayEvent::Ice(ice_servers));
                (self.report)(RelayEvent::Tunnel(tunnel));
                (self.report)(RelayEvent::State(RelayState::Connected));
                self.introduce(peers);
            }
            FromRelay::Peers { peers } => self.introduce(peers),
            FromRelay::Signal(signed) => (self.report)(RelayEvent::Signal(Box::new(signed))),
            FromRelay::Absent { peer } => (self.report)(RelayEvent::Unreachable { peer }),
            FromRelay::Refused { reason } => {
                let welcomed = self
                    .socket
                    .borrow()
                    .as_ref()
                    .is_some_and(|socket| socket.welcomed.get());
                if welcomed {
                    gloo::console::warn!("the relay refused something:", reason);
                } else {
                    self.away(format!("the relay refused: {reason}"));
                }
            }
        }
    }

    fn piece(self: &Rc<Self>, frame: &Uint8Array) {
        if let Err(reason) = bounded(frame.length() as usize) {
            return self.away(reason);
        }
        let frame = frame.to_vec();
        match frame.split_first_chunk() {
            Some((from, sealed)) => (self.report)(RelayEvent::Piece {
                from: PeerId(*from),
                sealed: sealed.to_vec(),
            }),
            None => self.away(format!(
                "a piece of the tunnel begins with 32 bytes of peer id, received {}",
                frame.len()
            )),
        }
    }

    fn introduce(&self, mut peers: Vec<PeerId>) {
        peers.truncate(MAX_SAMPLE);
        peers.retain(|peer| *peer != self.me);
        (self.report)(RelayEvent::Peers(peers));
    }
}

fn read(frame: Option<String>) -> Result<FromRelay, String> {
    let text = frame.ok_or("the relay sent neither text nor bytes")?;
    bounded(text.len())?;
    serde_json::from_str(&text).map_err(|error| format!("the relay sent what is no frame: {error}"))
}

fn bounded(length: usize) -> Result<(), String> {
    match length <= MAX_RELAY_FRAME {
        true => Ok(()),
        false => Err(format!(
            "a frame of the relay is at most {MAX_RELAY_FRAME} bytes, received {length}"
        )),
    }
}

fn close_reason(event: &CloseEvent) -> String {
    match (event.code(), event.reason()) {
        // The browser tells a page no more than this.
        (1006, _) => "the relay cannot be reached".into(),
        (code, reason) if reason.is_empty() => format!("the relay closed the connection ({code})"),
        (code, reason) => format!("the relay closed the connection: {reason} ({code})"),
    }
}
