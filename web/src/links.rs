//! Links to other tabs: one WebRTC data channel a peer, opened with signals that
//! travel through the node worker. Only the main thread has RTCPeerConnection.
//!
//! ```text
//! dial A->B     A: Offer ─▶  B: Answer ─▶  candidates both ways ─▶ channel open
//! ```
//! When both offer at once (*glare*), the offer of the lower peer id stands: both
//! sides know which that is without another word. An offer from a peer whose
//! link is open replaces the link only when the new channel opens: a relay that
//! repeats an old signed offer cannot take a link down.

pub mod chunks;
mod connection;
mod outbox;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};

use tablon_core::hash::PeerId;
use tablon_core::relay::{IceServer, SignalStep};

use crate::random;
use crate::threads::ToNode;
use connection::{Connection, Happening, Role};

/// Open links, at most: the node wants no more than eight neighbours.
pub const MAX_LINKS: usize = 8;

/// Connections being opened, at most, on top of the links: a dial to every slot
/// of an empty neighbourhood, and as many that come in.
pub const MAX_ATTEMPTS: usize = 16;

/// All links of this tab. Clones are the same links; the last one closes them.
#[derive(Clone)]
pub struct Links(Rc<Inner>);

struct Inner {
    me: PeerId,
    report: Box<dyn Fn(ToNode)>,
    ice: RefCell<Vec<IceServer>>,
    last: Cell<u64>,
    attempts: RefCell<HashMap<PeerId, Attempt>>,
    open: RefCell<HashMap<PeerId, Rc<Connection>>>,
}

struct Attempt {
    connection: Rc<Connection>,
    /// The node asked for it and is owed `LinkUp` or `DialFailed`.
    dialled: bool,
}

impl Links {
    /// Links of the node `me`; what happens to them goes to `report`: `Signal`,
    /// `LinkUp`, `LinkDown`, `DialFailed` and `Frame`.
    pub fn new(me: PeerId, report: impl Fn(ToNode) + 'static) -> Self {
        Self(Rc::new(Inner {
            me,
            report: Box::new(report),
            ice: RefCell::default(),
            last: Cell::new(0),
            attempts: RefCell::default(),
            open: RefCell::default(),
        }))
    }

    /// Servers for the connections made from now on.
    pub fn set_ice(&self, servers: Vec<IceServer>) {
        *self.0.ice.borrow_mut() = servers;
    }

    /// Offer `peer` a connection; reports `LinkUp` or `DialFailed`.
    pub fn dial(&self, peer: PeerId) {
        let inner = &self.0;
        if inner.open.borrow().contains_key(&peer) {
            return;
        }
        if let Some(attempt) = inner.attempts.borrow_mut().get_mut(&peer) {
            attempt.dialled = true;
            return;
        }
        if peer == inner.me || inner.is_full() {
            return inner.say(ToNode::DialFailed { peer });
        }
        inner.attempt(peer, random::number(), true, Role::Offer);
    }

    /// A verified step from `from`.
    pub fn signal(&self, from: PeerId, session: u32, step: SignalStep) {
        match step {
            SignalStep::Offer { sdp } => self.0.offered(from, session, sdp),
            SignalStep::Answer { sdp } => self.0.with_attempt(from, session, |connection| {
                connection.answered(sdp);
            }),
            SignalStep::Candidate {
                candidate,
                mid,
                line,
            } => self.0.with_attempt(from, session, |connection| {
                connection.candidate(candidate, mid, line);
            }),
            SignalStep::Full => {
                if self.0.attempts.borrow().get(&from).is_some_and(|attempt| {
                    attempt.connection.session == session && attempt.connection.offers
                }) {
                    self.0.abandon(from);
                }
            }
        }
    }

    /// Signals do not reach `peer`: an attempt that waits for its answer is over.
    pub fn unreachable(&self, peer: PeerId, _reason: &str) {
        let waits = self
            .0
            .attempts
            .borrow()
            .get(&peer)
            .is_some_and(|attempt| !attempt.connection.is_described());
        if waits {
            self.0.abandon(peer);
        }
    }

    /// Send one frame; dropped when there is no link.
    pub fn send(&self, peer: PeerId, frame: &[u8]) {
        let connection = self.0.open.borrow().get(&peer).cloned();
        if let Some(connection) = connection
            && let Err(reason) = connection.send(frame)
        {
            self.0.close(peer, reason);
        }
    }

    /// Close the link or the attempt, without a report: it was the node's wish.
    pub fn disconnect(&self, peer: PeerId, _reason: &str) {
        self.0.open.borrow_mut().remove(&peer);
        self.0.attempts.borrow_mut().remove(&peer);
    }

    /// Peers whose links are open.
    pub fn peers(&self) -> Vec<PeerId> {
        self.0.open.borrow().keys().copied().collect()
    }
}

impl Inner {
    fn say(&self, message: ToNode) {
        (self.report)(message);
    }

    fn is_full(&self) -> bool {
        self.open.borrow().len() >= MAX_LINKS || self.attempts.borrow().len() >= MAX_ATTEMPTS
    }

    fn offered(self: &Rc<Self>, from: PeerId, session: u32, sdp: String) {
        let mut dialled = false;
        if let Some(attempt) = self.attempts.borrow_mut().get_mut(&from) {
            let ours_stands = attempt.connection.offers && self.me < from;
            let repeated = attempt.connection.session == session;
            if ours_stands || repeated {
                return;
            }
            dialled = attempt.dialled;
        }
        // Glare that the other side wins, or its second try: ours ends silently.
        self.attempts.borrow_mut().remove(&from);
        let known = self.open.borrow().contains_key(&from);
        if self.is_full() && !known {
            self.say(ToNode::Signal {
                to: from,
                session,
                step: SignalStep::Full,
            });
            if dialled {
                self.say(ToNode::DialFailed { peer: from });
            }
            return;
        }
        self.attempt(from, session, dialled, Role::Answer(sdp));
    }

    fn attempt(self: &Rc<Self>, peer: PeerId, session: u32, dialled: bool, role: Role) {
        let id = self.last.get() + 1;
        self.last.set(id);
        let this: Weak<Self> = Rc::downgrade(self);
        let report = move |happening| {
            if let Some(this) = this.upgrade() {
                this.happened(peer, id, happening);
            }
        };
        match Connection::start(id, session, role, &self.ice.borrow(), report) {
            Ok(connection) => {
                let attempt = Attempt {
                    connection,
                    dialled,
                };
                self.attempts.borrow_mut().insert(peer, attempt);
            }
            Err(reason) => {
                gloo::console::warn!("no connection can be made:", reason);
                if dialled {
                    self.say(ToNode::DialFailed { peer });
                }
            }
        }
    }

    fn with_attempt(&self, peer: PeerId, session: u32, act: impl FnOnce(&Rc<Connection>)) {
        let connection = self
            .attempts
            .borrow()
            .get(&peer)
            .map(|attempt| attempt.connection.clone())
            // Late candidates of a link that is already open still help ICE.
            .or_else(|| self.open.borrow().get(&peer).cloned());
        if let Some(connection) = connection.filter(|connection| connection.session == session) {
            act(&connection);
        }
    }

    fn happened(&self, peer: PeerId, id: u64, happening: Happening) {
        match happening {
            Happening::Say(step) => {
                if let Some(session) = self.session(peer, id) {
                    self.say(ToNode::Signal {
                        to: peer,
                        session,
                        step,
                    });
                }
            }
            Happening::Opened => self.opened(peer, id),
            Happening::Received(bytes) => {
                if self.is_open(peer, id) {
                    self.say(ToNode::Frame { peer, bytes });
                }
            }
            Happening::Closed(reason) => {
                if self.is_open(peer, id) {
                    self.close(peer, reason);
                } else if self.is_attempt(peer, id) {
                    self.abandon(peer);
                }
            }
        }
    }

    fn is_open(&self, peer: PeerId, id: u64) -> bool {
        self.open
            .borrow()
            .get(&peer)
            .is_some_and(|connection| connection.id == id)
    }

    fn is_attempt(&self, peer: PeerId, id: u64) -> bool {
        self.attempts
            .borrow()
            .get(&peer)
            .is_some_and(|attempt| attempt.connection.id == id)
    }

    fn session(&self, peer: PeerId, id: u64) -> Option<u32> {
        let attempts = self.attempts.borrow();
        let open = self.open.borrow();
        attempts
            .get(&peer)
            .map(|attempt| &attempt.connection)
            .into_iter()
            .chain(open.get(&peer))
            .find(|connection| connection.id == id)
            .map(|connection| connection.session)
    }

    fn opened(&self, peer: PeerId, id: u64) {
        if !self.is_attempt(peer, id) {
            return;
        }
        let room = self.open.borrow().len() < MAX_LINKS || self.open.borrow().contains_key(&peer);
        if !room {
            return self.abandon(peer);
        }
        let attempt = self.attempts.borrow_mut().remove(&peer);
        if let Some(attempt) = attempt {
            let former = self.open.borrow_mut().insert(peer, attempt.connection);
            if former.is_some() {
                let reason = "the peer connected anew".into();
                self.say(ToNode::LinkDown { peer, reason });
            }
            self.say(ToNode::LinkUp { peer });
        }
    }

    fn close(&self, peer: PeerId, reason: String) {
        let closed = self.open.borrow_mut().remove(&peer);
        if closed.is_some() {
            self.say(ToNode::LinkDown { peer, reason });
        }
    }

    fn abandon(&self, peer: PeerId) {
        let attempt = self.attempts.borrow_mut().remove(&peer);
        if attempt.is_some_and(|attempt| attempt.dialled) {
            self.say(ToNode::DialFailed { peer });
        }
    }
}
