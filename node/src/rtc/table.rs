//! Who is dialled and who is linked, by the rules of [`tablon_core::links`]. No I/O here
//! either.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use str0m::Input;
use str0m::net::{Protocol, Receive, Transmit};
use tablon_core::handshake::Role;
use tablon_core::hash::PeerId;
use tablon_core::links::{Attempt, Attempts, Dialled, GaveWay, MAX_LINKS, Offered};
use tablon_core::node::LinkOrigin;
use tablon_core::relay::SignalStep;
use tablon_core::units::Millis;
use tablon_core::view::LinkKind;
use tokio::sync::oneshot;

use super::Order;
use super::connection::{Common, Connection, Happening, Letter};
use crate::driver::Event;
use crate::links::{LinkId, Outbox};

/// Without a wish of any connection the time is told this often.
const IDLE: Duration = Duration::from_secs(60);

/// All connections.
#[derive(Debug)]
pub(super) struct Table {
    common: Common,
    attempts: Attempts<Connection>,
    open: BTreeMap<PeerId, Connection>,
    started: Option<Instant>,
    /// For the driver, in order.
    pub(super) events: VecDeque<Event>,
    /// To be sent.
    pub(super) datagrams: Vec<Transmit>,
}

impl Table {
    pub(super) fn new(me: PeerId, common: Common) -> Self {
        Self {
            common,
            attempts: Attempts::new(me),
            started: None,
            open: BTreeMap::new(),
            events: VecDeque::new(),
            datagrams: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, order: Order, now: Instant) {
        match order {
            Order::Dial { peer, session } => self.dial(peer, session, now),
            Order::Signal {
                from,
                session,
                step,
            } => self.signal(from, session, step, now),
            Order::Unreachable { peer } => {
                let attempt = self.attempts.of(peer);
                if attempt.is_some_and(|attempt| !attempt.connection.is_described()) {
                    self.abandon(peer);
                }
            }
        }
    }

    /// A datagram: for the connection that knows it, if any.
    pub(super) fn receive(&mut self, bytes: &[u8], from: SocketAddr, to: SocketAddr, now: Instant) {
        let Ok(received) = Receive::new(Protocol::Udp, from, to, bytes) else {
            return;
        };
        let input = Input::Receive(now, received);
        let Some(connection) = (self.all()).find(|connection| connection.accepts(&input)) else {
            return;
        };
        let id = connection.id;
        if let Input::Receive(_, received) = input {
            connection.receive(received, now);
        }
        self.settle(id);
    }

    /// When to call [`Self::pass`].
    pub(super) fn due(&mut self, now: Instant) -> Instant {
        self.all()
            .map(|connection| connection.due())
            .fold(now + IDLE, Instant::min)
    }

    /// Tell those the time that want to know.
    pub(super) fn pass(&mut self, now: Instant) {
        let due = self.all().filter(|connection| connection.due() <= now);
        let due: Vec<LinkId> = due.map(|connection| connection.id).collect();
        for id in due {
            self.act(id, |connection| connection.pass(now));
        }
    }

    /// The next letter for a connection that is idle.
    pub(super) fn poll_mail(&mut self, context: &mut Context<'_>) -> Poll<(LinkId, Letter)> {
        for connection in self.open.values_mut() {
            let idle = connection.is_idle();
            let Some(mail) = &mut connection.mail else {
                continue;
            };
            if Pin::new(&mut mail.end).poll(context).is_ready() {
                // Polled once: whatever follows, it is not asked again.
                connection.mail = None;
                return Poll::Ready((connection.id, Letter::End));
            }
            // None says that the driver let go of it: the end says so, too.
            if idle && let Poll::Ready(Some(queued)) = mail.frames.poll_recv(context) {
                return Poll::Ready((connection.id, Letter::Frame(queued)));
            }
        }
        Poll::Pending
    }

    pub(super) fn post(&mut self, id: LinkId, letter: Letter, now: Instant) {
        self.act(id, |connection| connection.post(letter, now));
    }

    /// Say goodbye to all.
    pub(super) fn close(&mut self) {
        let goodbyes: Vec<_> = self.all().flat_map(Connection::say_goodbye).collect();
        self.datagrams.extend(goodbyes);
    }

    fn dial(&mut self, peer: PeerId, session: u32, now: Instant) {
        // Of a link that is open the driver knows, or has just let go.
        let has_room = self.open.len() < MAX_LINKS && !self.open.contains_key(&peer);
        let dialled = match has_room || self.attempts.of(peer).is_some() {
            true => self.attempts.dial(peer),
            false => Dialled::Full,
        };
        match dialled {
            Dialled::UnderWay => {}
            Dialled::Full => self.events.push_back(Event::RtcFailed { peer }),
            Dialled::Offer => {
                let connection = Connection::offer(session, &self.common, now);
                self.begin(peer, connection, true, now);
            }
        }
    }

    fn signal(&mut self, from: PeerId, session: u32, step: SignalStep, now: Instant) {
        match step {
            SignalStep::Offer { sdp } => self.offered(from, session, &sdp, now),
            SignalStep::Answer { sdp } => self.with(from, session, |connection| {
                connection.answered(&sdp, now);
            }),
            SignalStep::Restart { sdp } => self.with(from, session, |connection| {
                connection.restarted(&sdp, now);
            }),
            SignalStep::Candidate { candidate, .. } => {
                self.with(from, session, |connection| {
                    connection.candidate(&candidate, now);
                });
            }
            SignalStep::Full => {
                let refused = self.attempts.refused(from, session);
                self.end(from, refused);
            }
            // Other ways' and people's.
            SignalStep::Invitation { .. }
            | SignalStep::Acceptance { .. }
            | SignalStep::Tunnel { .. }
            | SignalStep::Tunnelled { .. }
            | SignalStep::Ask
            | SignalStep::At { .. } => {}
        }
    }

    fn offered(&mut self, from: PeerId, session: u32, sdp: &str, now: Instant) {
        let has_room = self.open.len() < MAX_LINKS || self.open.contains_key(&from);
        match self.attempts.offered(from, session, has_room) {
            Offered::Passed => {}
            Offered::Full { dialled, .. } => {
                self.say(from, session, SignalStep::Full);
                if dialled {
                    self.events.push_back(Event::RtcFailed { peer: from });
                }
            }
            Offered::Answer {
                dialled, gave_way, ..
            } => {
                self.give_way(gave_way);
                let connection = Connection::answer(session, sdp, &self.common, now);
                self.begin(from, connection, dialled, now);
            }
        }
    }

    fn begin(&mut self, peer: PeerId, connection: Connection, dialled: bool, now: Instant) {
        let (id, session, offers) = (connection.id, connection.session, connection.offers);
        let attempt = Attempt::new(connection, session, offers, self.millis(now));
        self.attempts.begin(peer, attempt.dialled(dialled));
        self.settle(id);
    }

    fn give_way(&mut self, gave_way: Option<GaveWay<Connection>>) {
        if let Some(gave_way) = gave_way {
            self.say(gave_way.peer, gave_way.session, SignalStep::Full);
        }
    }

    // For the order of attempts alone.
    fn millis(&mut self, now: Instant) -> Millis {
        let started = *self.started.get_or_insert(now);
        Millis(now.duration_since(started).as_millis() as u64)
    }

    fn abandon(&mut self, peer: PeerId) {
        let attempt = self.attempts.take(peer);
        self.end(peer, attempt);
    }

    fn end(&mut self, peer: PeerId, attempt: Option<Attempt<Connection>>) {
        if attempt.is_some_and(|attempt| attempt.dialled) {
            self.events.push_back(Event::RtcFailed { peer });
        }
    }

    fn with(&mut self, peer: PeerId, session: u32, act: impl FnOnce(&mut Connection)) {
        let attempt = self.attempts.of(peer).map(|attempt| &attempt.connection);
        let both = attempt.into_iter().chain(self.open.get(&peer));
        let mut of_session = both.filter(|connection| connection.session == session);
        if let Some(id) = of_session.next().map(|connection| connection.id) {
            self.act(id, act);
        }
    }

    fn all(&mut self) -> impl Iterator<Item = &mut Connection> {
        let attempts = self.attempts.iter_mut();
        let attempts = attempts.map(|(_, attempt)| &mut attempt.connection);
        self.open.values_mut().chain(attempts)
    }

    fn act(&mut self, id: LinkId, act: impl FnOnce(&mut Connection)) {
        let found = self.all().find(|connection| connection.id == id);
        if let Some(connection) = found {
            act(connection);
            self.settle(id);
        }
    }

    // Do what a connection wants done.
    fn settle(&mut self, id: LinkId) {
        let Some(connection) = self.all().find(|connection| connection.id == id) else {
            return;
        };
        let mut datagrams = std::mem::take(&mut connection.out.datagrams);
        let happenings = std::mem::take(&mut connection.out.happenings);
        self.datagrams.append(&mut datagrams);
        for happening in happenings {
            let Some((peer, session, open)) = self.place(id) else {
                return;
            };
            match happening {
                Happening::Say(step) => self.say(peer, session, step),
                Happening::Proven => {
                    let gave_way = self.attempts.proven(peer, session);
                    self.give_way(gave_way);
                }
                Happening::Opened => self.opened(peer),
                Happening::Received(frame) => {
                    let link = id;
                    self.events.push_back(Event::Frame { peer, link, frame });
                }
                Happening::Closed(reason) if open => {
                    if let Some(mut closed) = self.open.remove(&peer) {
                        self.datagrams.append(&mut closed.say_goodbye());
                    }
                    let link = id;
                    self.events
                        .push_back(Event::LinkDown { peer, link, reason });
                }
                Happening::Closed(reason) => {
                    tracing::debug!(%peer, reason, "no connection");
                    self.abandon(peer);
                }
            }
        }
    }

    // Whose a connection is, its session, and whether it is open.
    fn place(&self, id: LinkId) -> Option<(PeerId, u32, bool)> {
        let attempts = self.attempts.iter();
        let attempts = attempts.map(|(peer, attempt)| (peer, &attempt.connection, false));
        let open = self.open.iter().map(|(peer, open)| (*peer, open, true));
        let found = attempts.chain(open).find(|(_, one, _)| one.id == id);
        found.map(|(peer, connection, open)| (peer, connection.session, open))
    }

    fn say(&mut self, to: PeerId, session: u32, step: SignalStep) {
        self.events.push_back(Event::Say { to, session, step });
    }

    fn opened(&mut self, peer: PeerId) {
        if self.open.len() >= MAX_LINKS && !self.open.contains_key(&peer) {
            return self.abandon(peer);
        }
        let Some(Attempt { mut connection, .. }) = self.attempts.take(peer) else {
            return;
        };
        if let Some(mut former) = self.open.remove(&peer) {
            self.datagrams.append(&mut former.say_goodbye());
            self.events.push_back(Event::LinkDown {
                peer,
                link: former.id,
                reason: "the peer connected anew".into(),
            });
        }
        let (outbox, mail) = Outbox::new();
        connection.mail = Some(mail);
        self.events.push_back(Event::LinkUp {
            peer,
            link: connection.id,
            kind: LinkKind::Webrtc,
            role: match connection.offers {
                true => Role::Caller,
                false => Role::Callee,
            },
            // Whom it had dialled, the node knows; by which address the other side comes,
            // ICE alone does, and that may change.
            origin: LinkOrigin::Inbound(None),
            outbox,
            // When it is not taken, the outbox is dropped, which ends it.
            taken: oneshot::channel().0,
        });
        self.open.insert(peer, connection);
    }
}
