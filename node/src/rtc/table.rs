//! Who is dialled and who is linked, with the rules that both ends share: see
//! `web/src/links.rs`. No I/O here either.
//!
//! When both offer at once (*glare*), the offer of the lower peer id stands. An offer
//! from a peer whose link is open replaces the link only when the new channel opens:
//! a relay that repeats an old signed offer cannot take a link down.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use str0m::Input;
use str0m::net::{Protocol, Receive, Transmit};
use tablon_core::handshake::Role;
use tablon_core::hash::PeerId;
use tablon_core::node::LinkOrigin;
use tablon_core::relay::SignalStep;
use tablon_core::view::LinkKind;
use tokio::sync::oneshot;

use super::connection::{Common, Connection, Happening, Letter};
use super::{MAX_ATTEMPTS, MAX_LINKS, Order};
use crate::driver::Event;
use crate::links::{LinkId, Outbox};

/// Without a wish of any connection the time is told this often.
const IDLE: Duration = Duration::from_secs(60);

/// All connections.
#[derive(Debug)]
pub(super) struct Table {
    me: PeerId,
    common: Common,
    attempts: BTreeMap<PeerId, Attempt>,
    open: BTreeMap<PeerId, Connection>,
    /// For the driver, in order.
    pub(super) events: VecDeque<Event>,
    /// To be sent.
    pub(super) datagrams: Vec<Transmit>,
}

#[derive(Debug)]
struct Attempt {
    connection: Connection,
    /// The driver asked for it and is owed an end.
    dialled: bool,
}

impl Table {
    pub(super) fn new(me: PeerId, common: Common) -> Self {
        Self {
            me,
            common,
            attempts: BTreeMap::new(),
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
                let attempt = self.attempts.get(&peer);
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
        if let Some(attempt) = self.attempts.get_mut(&peer) {
            attempt.dialled = true;
            return;
        }
        // Of a link that is open the driver knows, or has just let go.
        if peer == self.me || self.is_full() || self.open.contains_key(&peer) {
            return self.events.push_back(Event::RtcFailed { peer });
        }
        let connection = Connection::offer(session, &self.common, now);
        self.attempt(peer, connection, true);
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
                let refused = self.attempts.get(&from).is_some_and(|attempt| {
                    attempt.connection.session == session && attempt.connection.offers
                });
                if refused {
                    self.abandon(from);
                }
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
        let mut dialled = false;
        if let Some(attempt) = self.attempts.get(&from) {
            let ours_stands = attempt.connection.offers && self.me < from;
            let repeated = attempt.connection.session == session;
            if ours_stands || repeated {
                return;
            }
            dialled = attempt.dialled;
        }
        // Glare that the other side wins, or its second try: ours ends silently.
        self.attempts.remove(&from);
        if self.is_full() && !self.open.contains_key(&from) {
            self.say(from, session, SignalStep::Full);
            if dialled {
                self.events.push_back(Event::RtcFailed { peer: from });
            }
            return;
        }
        let connection = Connection::answer(session, sdp, &self.common, now);
        self.attempt(from, connection, dialled);
    }

    fn is_full(&self) -> bool {
        self.open.len() >= MAX_LINKS || self.attempts.len() >= MAX_ATTEMPTS
    }

    fn attempt(&mut self, peer: PeerId, connection: Connection, dialled: bool) {
        let id = connection.id;
        let attempt = Attempt {
            connection,
            dialled,
        };
        self.attempts.insert(peer, attempt);
        self.settle(id);
    }

    fn abandon(&mut self, peer: PeerId) {
        let attempt = self.attempts.remove(&peer);
        if attempt.is_some_and(|attempt| attempt.dialled) {
            self.events.push_back(Event::RtcFailed { peer });
        }
    }

    fn with(&mut self, peer: PeerId, session: u32, act: impl FnOnce(&mut Connection)) {
        let attempt = self.attempts.get(&peer).map(|attempt| &attempt.connection);
        let both = attempt.into_iter().chain(self.open.get(&peer));
        let mut of_session = both.filter(|connection| connection.session == session);
        if let Some(id) = of_session.next().map(|connection| connection.id) {
            self.act(id, act);
        }
    }

    fn all(&mut self) -> impl Iterator<Item = &mut Connection> {
        let attempts = self.attempts.values_mut();
        let attempts = attempts.map(|attempt| &mut attempt.connection);
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
            let attempt = self.attempts.iter();
            let attempt = attempt.map(|(peer, attempt)| (*peer, &attempt.connection, false));
            let open = self.open.iter().map(|(peer, open)| (*peer, open, true));
            let mut place = attempt.chain(open).filter(|(_, one, _)| one.id == id);
            let Some((peer, connection, open)) = place.next() else {
                return;
            };
            match happening {
                Happening::Say(step) => {
                    let session = connection.session;
                    self.say(peer, session, step);
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

    fn say(&mut self, to: PeerId, session: u32, step: SignalStep) {
        self.events.push_back(Event::Say { to, session, step });
    }

    fn opened(&mut self, peer: PeerId) {
        if self.open.len() >= MAX_LINKS && !self.open.contains_key(&peer) {
            return self.abandon(peer);
        }
        let Some(Attempt { mut connection, .. }) = self.attempts.remove(&peer) else {
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
