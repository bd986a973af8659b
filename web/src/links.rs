//! Links to other tabs: one WebRTC data channel a peer, opened with signals that
//! travel through the node worker. Only the main thread has RTCPeerConnection.
//!
//! ```text
//! dial A->B     A: Offer ─▶  B: Answer ─▶  candidates both ways ─▶ channel open
//! path lost     A: Restart ─▶  B: Answer ─▶  candidates both ways, same channel
//! by people     A: Invitation ─▶  B: Acceptance ─▶  channel open
//! ```
//! When both offer at once (*glare*), the offer of the lower peer id stands: both
//! sides know which that is without another word. An offer from a peer whose
//! link is open replaces the link only when the new channel opens: a relay that
//! repeats an old signed offer cannot take a link down.
//!
//! What people carry is whole, candidates included, since they carry one word each
//! way. Who takes an invitation is not known before the answer comes.

mod connection;
mod outbox;
mod path;

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};

use tablon_core::hash::PeerId;
use tablon_core::node::MAX_NEIGHBOURS;
use tablon_core::relay::{ANYONE, IceServer, SignalStep};
use tablon_core::view::LinkKind;

use crate::random;
use crate::threads::{LinkPolicy, ToNode};
use connection::{Connection, Happening, Role};

/// Open links, at most: a newcomer's, too, for which the node parts with another.
pub const MAX_LINKS: usize = MAX_NEIGHBOURS + 1;

/// Connections being opened, at most, on top of the links: a dial to every slot
/// of an empty neighbourhood, and as many that come in.
pub const MAX_ATTEMPTS: usize = 16;

/// Why what a person brought comes to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unlinked {
    /// No room.
    #[error("at most {MAX_LINKS} links may be open and {MAX_ATTEMPTS} being opened, all are")]
    Full,
    /// The person wants no direct links, and there is no other way.
    #[error(
        "links go by relay alone, and the relay offers no TURN server by which one could be made"
    )]
    NoRelay,
    /// It answers an invitation that is over.
    #[error(
        "this answers no invitation that is open here: each is for 10 minutes, and a newer one ends it"
    )]
    NoInvitation,
    /// The browser's own words.
    #[error("the browser makes no connection: {0}")]
    Browser(String),
}

/// All links of this tab. Clones are the same links; the last one closes them.
#[derive(Clone)]
pub struct Links(Rc<Inner>);

struct Inner {
    me: PeerId,
    report: Box<dyn Fn(ToNode)>,
    ice: RefCell<Vec<IceServer>>,
    policy: Cell<LinkPolicy>,
    last: Cell<u64>,
    /// Made for whoever takes it; a newer one ends it.
    invitation: RefCell<Option<Rc<Connection>>>,
    attempts: RefCell<HashMap<PeerId, Attempt>>,
    open: RefCell<HashMap<PeerId, Rc<Connection>>>,
}

struct Attempt {
    connection: Rc<Connection>,
    /// The node asked for it and is owed `LinkUp` or `DialFailed`.
    dialled: bool,
}

/// Where a connection is.
enum Place {
    Invitation,
    Attempt(PeerId),
    Open(PeerId),
}

impl Links {
    /// Links of the node `me`; what happens to them goes to `report`: `Signal`,
    /// `LinkUp`, `LinkIs`, `LinkDown`, `DialFailed` and `Frame`.
    pub fn new(me: PeerId, report: impl Fn(ToNode) + 'static) -> Self {
        Self(Rc::new(Inner {
            me,
            report: Box::new(report),
            ice: RefCell::default(),
            policy: Cell::default(),
            last: Cell::new(0),
            invitation: RefCell::default(),
            attempts: RefCell::default(),
            open: RefCell::default(),
        }))
    }

    /// Servers for the connections made from now on.
    pub fn set_ice(&self, servers: Vec<IceServer>) {
        *self.0.ice.borrow_mut() = servers;
    }

    /// Make these links alone from now on, and close the others. Of those made before,
    /// one that goes by TURN may still find a direct path, so that it goes as well.
    pub fn restrict(&self, policy: LinkPolicy) {
        let former = self.0.policy.replace(policy);
        if policy == LinkPolicy::RelayOnly && former != policy {
            self.0.close_all();
        }
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
        if peer == inner.me || inner.is_full() || !inner.has_way() {
            return inner.say(ToNode::DialFailed { peer });
        }
        let dialled = true;
        if let Err(error) = inner.attempt(peer, random::number(), dialled, Role::Offer) {
            gloo::console::warn!(error.to_string());
            inner.say(ToNode::DialFailed { peer });
        }
    }

    /// Offer a connection to whoever is given the offer; reports a `Signal` to
    /// anyone, of the session that this returns.
    pub fn invite(&self) -> Result<u32, Unlinked> {
        self.0.check_way()?;
        let session = random::number();
        let connection = self.0.connect(session, Role::Invite)?;
        self.0.invitation.replace(Some(connection));
        Ok(session)
    }

    /// Look for another path to `peer`, as happens by itself when one is lost.
    pub fn mend(&self, peer: PeerId) {
        let connection = self.0.open.borrow().get(&peer).cloned();
        if let Some(connection) = connection {
            connection.mend();
        }
    }

    /// A verified step from `from`. An error is about what a person brought.
    pub fn signal(&self, from: PeerId, session: u32, step: SignalStep) -> Result<(), Unlinked> {
        let inner = &self.0;
        match step {
            SignalStep::Offer { sdp } => inner.offered(from, session, sdp),
            SignalStep::Answer { sdp } => inner.with(from, session, |connection| {
                connection.answered(sdp);
            }),
            SignalStep::Restart { sdp } => inner.with(from, session, |connection| {
                connection.restarted(sdp);
            }),
            SignalStep::Candidate {
                candidate,
                mid,
                line,
            } => inner.with(from, session, |connection| {
                connection.candidate(candidate, mid, line);
            }),
            SignalStep::Full => {
                if inner.attempts.borrow().get(&from).is_some_and(|attempt| {
                    attempt.connection.session == session && attempt.connection.offers
                }) {
                    inner.abandon(from);
                }
            }
            SignalStep::Invitation { sdp } => return inner.invited(from, session, sdp),
            SignalStep::Acceptance { sdp } => return inner.accepted(from, session, sdp),
            // The node worker's.
            SignalStep::Tunnel { .. }
            | SignalStep::Tunnelled { .. }
            | SignalStep::Ask
            | SignalStep::At { .. } => {}
        }
        Ok(())
    }

    /// Signals do not reach `peer`: an attempt that waits for its answer is over.
    pub fn unreachable(&self, peer: PeerId) {
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

    /// Whether a connection could open at all. One without candidates would only
    /// wait for its end, and keep the node from trying the tunnel.
    fn has_way(&self) -> bool {
        match self.policy.get() {
            LinkPolicy::Direct => true,
            LinkPolicy::RelayOnly => self.ice.borrow().iter().any(is_turn),
        }
    }

    fn check_way(&self) -> Result<(), Unlinked> {
        match self.has_way() {
            true => Ok(()),
            false => Err(Unlinked::NoRelay),
        }
    }

    fn close_all(&self) {
        self.invitation.take();
        let attempts: Vec<PeerId> = self.attempts.borrow().keys().copied().collect();
        for peer in attempts {
            self.abandon(peer);
        }
        let open: Vec<PeerId> = self.open.borrow().keys().copied().collect();
        for peer in open {
            self.close(peer, "links go by relay alone".into());
        }
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
        if !self.has_way() || (self.is_full() && !known) {
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
        if let Err(error) = self.attempt(from, session, dialled, Role::Answer(sdp)) {
            gloo::console::warn!(error.to_string());
            if dialled {
                self.say(ToNode::DialFailed { peer: from });
            }
        }
    }

    fn invited(self: &Rc<Self>, from: PeerId, session: u32, sdp: String) -> Result<(), Unlinked> {
        // Answers wait for people as long as invitations: one at a time, too.
        let accepts = |attempt: &Attempt| {
            let connection = &attempt.connection;
            connection.by_people && !connection.offers
        };
        let former = (self.attempts.borrow().iter())
            .find_map(|(peer, attempt)| accepts(attempt).then_some(*peer));
        if let Some(former) = former.filter(|former| *former != from) {
            self.abandon(former);
        }
        if self.is_full() {
            return Err(Unlinked::Full);
        }
        self.check_way()?;
        let dialled = self.forget_attempt(from);
        self.attempt(from, session, dialled, Role::Accept(sdp))
    }

    fn accepted(&self, from: PeerId, session: u32, sdp: String) -> Result<(), Unlinked> {
        let mut invitation = self.invitation.borrow_mut();
        let taken = invitation.take_if(|connection| connection.session == session);
        drop(invitation);
        let connection = taken.ok_or(Unlinked::NoInvitation)?;
        let dialled = self.forget_attempt(from);
        connection.answered(sdp);
        let attempt = Attempt {
            connection,
            dialled,
        };
        self.attempts.borrow_mut().insert(from, attempt);
        Ok(())
    }

    // Another one takes its place, and owes the node what it owed.
    fn forget_attempt(&self, peer: PeerId) -> bool {
        let attempt = self.attempts.borrow_mut().remove(&peer);
        attempt.is_some_and(|attempt| attempt.dialled)
    }

    fn attempt(
        self: &Rc<Self>,
        peer: PeerId,
        session: u32,
        dialled: bool,
        role: Role,
    ) -> Result<(), Unlinked> {
        let attempt = Attempt {
            connection: self.connect(session, role)?,
            dialled,
        };
        self.attempts.borrow_mut().insert(peer, attempt);
        Ok(())
    }

    fn connect(self: &Rc<Self>, session: u32, role: Role) -> Result<Rc<Connection>, Unlinked> {
        let id = self.last.get() + 1;
        self.last.set(id);
        let this: Weak<Self> = Rc::downgrade(self);
        let report = move |happening| {
            if let Some(this) = this.upgrade() {
                this.happened(id, happening);
            }
        };
        let ice = self.ice.borrow();
        Connection::start(id, session, role, &ice, self.policy.get(), report)
            .map_err(Unlinked::Browser)
    }

    fn with(&self, peer: PeerId, session: u32, act: impl FnOnce(&Rc<Connection>)) {
        let attempt = (self.attempts.borrow().get(&peer)).map(|attempt| attempt.connection.clone());
        let open = self.open.borrow().get(&peer).cloned();
        let mut both = attempt.into_iter().chain(open);
        if let Some(connection) = both.find(|connection| connection.session == session) {
            act(&connection);
        }
    }

    fn happened(&self, id: u64, happening: Happening) {
        let Some((place, session)) = self.find(id) else {
            return;
        };
        match (happening, place) {
            (Happening::Say(step), place) => {
                let to = match place {
                    Place::Invitation => ANYONE,
                    Place::Attempt(peer) | Place::Open(peer) => peer,
                };
                self.say(ToNode::Signal { to, session, step });
            }
            (Happening::Opened, Place::Attempt(peer)) => self.opened(peer),
            (Happening::By(link), Place::Open(peer)) => self.say(ToNode::LinkIs { peer, link }),
            (Happening::Received(bytes), Place::Open(peer)) => {
                self.say(ToNode::Frame { peer, bytes });
            }
            (Happening::Closed(reason), Place::Open(peer)) => self.close(peer, reason),
            (Happening::Closed(_), Place::Attempt(peer)) => self.abandon(peer),
            (Happening::Closed(_), Place::Invitation) => drop(self.invitation.take()),
            _ => {}
        }
    }

    /// Where this connection is, and its session; none when it was given up.
    fn find(&self, id: u64) -> Option<(Place, u32)> {
        let is = |connection: &Connection| (connection.id == id).then_some(connection.session);
        let attempts = self.attempts.borrow();
        let open = self.open.borrow();
        let attempt = (attempts.iter())
            .find_map(|(peer, attempt)| Some((Place::Attempt(*peer), is(&attempt.connection)?)));
        let open = || {
            (open.iter()).find_map(|(peer, connection)| Some((Place::Open(*peer), is(connection)?)))
        };
        let invitation = self.invitation.borrow();
        let invitation = || Some((Place::Invitation, is(invitation.as_ref()?)?));
        attempt.or_else(open).or_else(invitation)
    }

    fn opened(&self, peer: PeerId) {
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
            let link = LinkKind::Webrtc;
            self.say(ToNode::LinkUp { peer, link });
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

fn is_turn(server: &IceServer) -> bool {
    let schemes = ["turn:", "turns:"];
    (server.urls.iter()).any(|url| schemes.iter().any(|scheme| url.starts_with(scheme)))
}
