//! Links to other tabs: one WebRTC data channel a peer, opened with signals that
//! travel through the node worker. Only the main thread has RTCPeerConnection.
//!
//! ```text
//! dial A->B     A: Offer ─▶  B: Answer ─▶  candidates both ways ─▶ channel open
//! path lost     A: Restart ─▶  B: Answer ─▶  candidates both ways, same channel
//! by people     A: Invitation ─▶  B: Acceptance ─▶  channel open
//! ```
//! Whose offer stands, and how many are under way, are rules of [`tablon_core::links`].
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
use tablon_core::links::{Attempt, Attempts, Dialled, GaveWay, MAX_DIALS, MAX_LINKS, Offered};
use tablon_core::node::{LinkEvent, LinkOrigin};
use tablon_core::relay::{ANYONE, IceServer, SignalStep};
use tablon_core::units::Millis;
use tablon_core::view::LinkKind;

use crate::random;
use crate::threads::{LinkPolicy, ToNode};
use connection::{Connection, Happening, Role};

/// Why what a person brought comes to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unlinked {
    /// No room.
    #[error(
        "at most {MAX_LINKS} links may be open and {MAX_DIALS} being opened from here, all are"
    )]
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
    report: Box<dyn Fn(ToNode)>,
    ice: RefCell<Vec<IceServer>>,
    policy: Cell<LinkPolicy>,
    last: Cell<u64>,
    /// Made for whoever takes it; a newer one ends it.
    invitation: RefCell<Option<Rc<Connection>>>,
    attempts: RefCell<Attempts<Rc<Connection>>>,
    open: RefCell<HashMap<PeerId, Rc<Connection>>>,
}

/// Where a connection is.
enum Place {
    Invitation,
    Attempt(PeerId),
    Open(PeerId),
}

impl Links {
    /// Links of the node `me`; what happens to them goes to `report`, as `Signal` and
    /// `Link`.
    pub fn new(me: PeerId, report: impl Fn(ToNode) + 'static) -> Self {
        Self(Rc::new(Inner {
            report: Box::new(report),
            ice: RefCell::default(),
            policy: Cell::default(),
            last: Cell::new(0),
            invitation: RefCell::default(),
            attempts: RefCell::new(Attempts::new(me)),
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

    /// Offer `peer` a connection; reports [`LinkEvent::Up`] or
    /// [`LinkEvent::DialFailed`].
    pub fn dial(&self, peer: PeerId) {
        let inner = &self.0;
        if inner.open.borrow().contains_key(&peer) {
            return;
        }
        let has_room = inner.has_room(peer) && inner.has_way();
        let dialled = match has_room || inner.attempts.borrow().of(peer).is_some() {
            true => inner.attempts.borrow_mut().dial(peer),
            false => Dialled::Full,
        };
        match dialled {
            Dialled::UnderWay => {}
            Dialled::Full => inner.link_said(LinkEvent::DialFailed { peer }),
            Dialled::Offer => inner.begin(peer, random::number(), true, Role::Offer),
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
                let refused = inner.attempts.borrow_mut().refused(from, session);
                inner.end(from, refused);
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
            .of(peer)
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
        self.0.attempts.borrow_mut().take(peer);
    }

    /// Peers whose links are open.
    pub fn peers(&self) -> Vec<PeerId> {
        self.0.open.borrow().keys().copied().collect()
    }
}

impl Inner {
    fn link_said(&self, event: LinkEvent) {
        self.say(ToNode::Link(event));
    }

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
        let attempts: Vec<PeerId> = self
            .attempts
            .borrow()
            .iter()
            .map(|(peer, _)| peer)
            .collect();
        for peer in attempts {
            self.abandon(peer);
        }
        let open: Vec<PeerId> = self.open.borrow().keys().copied().collect();
        for peer in open {
            self.close(peer, "links go by relay alone".into());
        }
    }

    fn has_room(&self, peer: PeerId) -> bool {
        let open = self.open.borrow();
        open.len() < MAX_LINKS || open.contains_key(&peer)
    }

    fn offered(self: &Rc<Self>, from: PeerId, session: u32, sdp: String) {
        let has_room = self.has_way() && self.has_room(from);
        let offered = (self.attempts.borrow_mut()).offered(from, session, has_room);
        match offered {
            Offered::Passed => {}
            Offered::Full { dialled, .. } => {
                self.say_full(from, session);
                if dialled {
                    self.link_said(LinkEvent::DialFailed { peer: from });
                }
            }
            Offered::Answer {
                dialled, gave_way, ..
            } => {
                self.give_way(gave_way);
                self.begin(from, session, dialled, Role::Answer(sdp));
            }
        }
    }

    fn say_full(&self, to: PeerId, session: u32) {
        let step = SignalStep::Full;
        self.say(ToNode::Signal { to, session, step });
    }

    fn give_way(&self, gave_way: Option<GaveWay<Rc<Connection>>>) {
        if let Some(gave_way) = gave_way {
            self.say_full(gave_way.peer, gave_way.session);
        }
    }

    fn begin(self: &Rc<Self>, peer: PeerId, session: u32, dialled: bool, role: Role) {
        if let Err(error) = self.attempt(peer, session, dialled, role) {
            gloo::console::warn!(error.to_string());
            if dialled {
                self.link_said(LinkEvent::DialFailed { peer });
            }
        }
    }

    fn invited(self: &Rc<Self>, from: PeerId, session: u32, sdp: String) -> Result<(), Unlinked> {
        // Answers wait for people as long as invitations: one at a time, too.
        let accepts = |connection: &Connection| connection.by_people && !connection.offers;
        let former = (self.attempts.borrow().iter())
            .find_map(|(peer, attempt)| accepts(&attempt.connection).then_some(peer));
        if let Some(former) = former.filter(|former| *former != from) {
            self.abandon(former);
        }
        if !self.has_room(from) {
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
        self.insert(from, connection, dialled);
        Ok(())
    }

    // Another one takes its place, and owes the node what it owed.
    fn forget_attempt(&self, peer: PeerId) -> bool {
        let attempt = self.attempts.borrow_mut().take(peer);
        attempt.is_some_and(|attempt| attempt.dialled)
    }

    fn attempt(
        self: &Rc<Self>,
        peer: PeerId,
        session: u32,
        dialled: bool,
        role: Role,
    ) -> Result<(), Unlinked> {
        let connection = self.connect(session, role)?;
        self.insert(peer, connection, dialled);
        Ok(())
    }

    fn insert(&self, peer: PeerId, connection: Rc<Connection>, dialled: bool) {
        let (session, offers) = (connection.session, connection.offers);
        let by_people = connection.by_people;
        let attempt = Attempt::new(connection, session, offers, now()).dialled(dialled);
        let attempt = match by_people {
            true => attempt.by_person(),
            false => attempt,
        };
        // What it replaces closes when nothing is borrowed.
        let _former = self.attempts.borrow_mut().begin(peer, attempt);
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
        let attempt = (self.attempts.borrow().of(peer)).map(|attempt| attempt.connection.clone());
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
            (Happening::Proven, Place::Attempt(peer)) => {
                let gave_way = self.attempts.borrow_mut().proven(peer, session);
                self.give_way(gave_way);
            }
            (Happening::Opened, Place::Attempt(peer)) => self.opened(peer),
            (Happening::By(link), Place::Open(peer)) => {
                self.link_said(LinkEvent::Is { peer, link })
            }
            (Happening::Received(frame), Place::Open(peer)) => {
                self.link_said(LinkEvent::Received { peer, frame });
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
            .find_map(|(peer, attempt)| Some((Place::Attempt(peer), is(&attempt.connection)?)));
        let open = || {
            (open.iter()).find_map(|(peer, connection)| Some((Place::Open(*peer), is(connection)?)))
        };
        let invitation = self.invitation.borrow();
        let invitation = || Some((Place::Invitation, is(invitation.as_ref()?)?));
        attempt.or_else(open).or_else(invitation)
    }

    fn opened(&self, peer: PeerId) {
        if !self.has_room(peer) {
            return self.abandon(peer);
        }
        let attempt = self.attempts.borrow_mut().take(peer);
        if let Some(attempt) = attempt {
            let former = self.open.borrow_mut().insert(peer, attempt.connection);
            if former.is_some() {
                let reason = "the peer connected anew".into();
                self.link_said(LinkEvent::Down { peer, reason });
            }
            let link = LinkKind::Webrtc;
            // The node knows whom it had dialled.
            let origin = LinkOrigin::Inbound(None);
            self.link_said(LinkEvent::Up { peer, link, origin });
        }
    }

    fn close(&self, peer: PeerId, reason: String) {
        let closed = self.open.borrow_mut().remove(&peer);
        if closed.is_some() {
            self.link_said(LinkEvent::Down { peer, reason });
        }
    }

    fn abandon(&self, peer: PeerId) {
        let attempt = self.attempts.borrow_mut().take(peer);
        self.end(peer, attempt);
    }

    fn end(&self, peer: PeerId, attempt: Option<Attempt<Rc<Connection>>>) {
        if attempt.is_some_and(|attempt| attempt.dialled) {
            self.link_said(LinkEvent::DialFailed { peer });
        }
    }
}

// For the order of attempts alone.
fn now() -> Millis {
    Millis(js_sys::Date::now() as u64)
}

fn is_turn(server: &IceServer) -> bool {
    let schemes = ["turn:", "turns:"];
    (server.urls.iter()).any(|url| schemes.iter().any(|scheme| url.starts_with(scheme)))
}
