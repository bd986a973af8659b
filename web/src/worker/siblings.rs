//! Links between the tabs of one browser, over BroadcastChannels: they need no
//! relay, no network, and nobody's help to find each other.
//!
//! ```text
//! tablon/<network>                everyone   Hello, Bye
//! tablon/<network>/<peer>         one tab    Here, Ask, Withdrawn
//! tablon/<network>/<peer>/<n>     a link     Agree or Full; then Frame, Gone
//! ```
//! A link has a channel of its own, named by who asked and a random number: what
//! an older life of either tab says goes where nobody listens. When both ask at
//! once, the ask of the lower peer id stands.
//!
//! A tab is believed to be who it says: only pages of this origin are heard, which
//! can read the node keys of all its tabs anyway. Some may be of an older version,
//! so that what is not understood is passed over.

mod channel;
pub mod words;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::{Rc, Weak};

use gloo::timers::callback::Timeout;
use tablon_core::hash::{NetworkId, PeerId};
use tablon_core::links::MAX_LINKS;
use tablon_core::node::{LinkEvent, LinkOrigin};
use tablon_core::view::LinkKind;
use tablon_core::wire::MAX_FRAME;

use crate::random;
use channel::Channel;
use words::{OnLink, ToEveryone, ToOne};

/// Siblings remembered, at most: as many as a node keeps by one introducer. The
/// one heard longest ago goes first.
pub const MAX_SIBLINGS: usize = 64;

/// A sibling that has not answered in so many milliseconds is dialled otherwise.
/// The channel takes less than one; the sibling may be busy with its store.
const ANSWER_TIMEOUT_MS: u32 = 2_000;

/// What happens among siblings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SiblingEvent {
    /// This one is there.
    Heard(PeerId),
    /// Something happened to a link. Of a dial that found no room, here or there, too.
    Link(LinkEvent),
    /// The sibling that was dialled does not answer, and is forgotten.
    Silent(PeerId),
}

/// This node among the tabs of its browser.
pub struct Siblings(Rc<Inner>);

struct Inner {
    network: NetworkId,
    me: PeerId,
    report: Box<dyn Fn(SiblingEvent)>,
    room: Channel,
    inbox: Channel,
    /// Heard last at the back; at most [`MAX_SIBLINGS`].
    known: RefCell<VecDeque<PeerId>>,
    /// Open or asked for; at most [`MAX_LINKS`].
    links: RefCell<BTreeMap<PeerId, Link>>,
}

struct Link {
    session: u32,
    channel: Channel,
    /// The end of our patience, until the sibling agrees.
    asked: Option<Timeout>,
}

impl Siblings {
    /// Listen, and say to `report` what happens. Fails where the browser has no
    /// such channels.
    pub fn new(
        network: NetworkId,
        me: PeerId,
        report: impl Fn(SiblingEvent) + 'static,
    ) -> Result<Self, String> {
        let inner = Rc::new(Inner {
            network,
            me,
            report: Box::new(report),
            room: Channel::open(&words::room(network))?,
            inbox: Channel::open(&words::inbox(network, me))?,
            known: RefCell::default(),
            links: RefCell::default(),
        });
        let weak = Rc::downgrade(&inner);
        (inner.room).hear(move |word| on(&weak, |inner| inner.told_with_everyone(word)));
        let weak = Rc::downgrade(&inner);
        (inner.inbox).hear(move |word| on(&weak, |inner| inner.told(word)));
        Ok(Self(inner))
    }

    /// Say that this tab is there, and ask who else is.
    pub fn find(&self) {
        let inner = &self.0;
        tell(&inner.room, ToEveryone::Hello { from: inner.me });
    }

    /// Whether this peer is one of them.
    pub fn knows(&self, peer: PeerId) -> bool {
        self.0.known.borrow().contains(&peer)
    }

    /// Ask for a link; reports `Up`, `Silent` or `Full`.
    pub fn dial(&self, peer: PeerId) {
        let inner = &self.0;
        if inner.links.borrow().contains_key(&peer) {
            return;
        }
        if inner.is_full() {
            return inner.happened(LinkEvent::DialFailed { peer });
        }
        let session = random::number();
        let Ok(channel) = inner.link_channel(peer, inner.me, session) else {
            return inner.silent(peer);
        };
        let weak = Rc::downgrade(inner);
        let asked = Timeout::new(ANSWER_TIMEOUT_MS, move || {
            on(&weak, |inner| inner.lose_patience(peer, session));
        });
        let link = Link {
            session,
            channel,
            asked: Some(asked),
        };
        inner.links.borrow_mut().insert(peer, link);
        let from = inner.me;
        inner.tell_one(peer, ToOne::Ask { from, session });
    }

    /// Send a wire message; dropped when there is no link.
    pub fn send(&self, peer: PeerId, frame: Vec<u8>) {
        let links = self.0.links.borrow();
        if let Some(link) = links.get(&peer).filter(|link| link.asked.is_none()) {
            tell(&link.channel, OnLink::Frame { bytes: frame });
        }
    }

    /// Close the link, without a report: it was the node's wish.
    pub fn disconnect(&self, peer: PeerId) {
        let inner = &self.0;
        let link = inner.links.borrow_mut().remove(&peer);
        match link {
            Some(link) if link.asked.is_none() => tell(&link.channel, OnLink::Gone),
            Some(link) => inner.withdraw(peer, link.session),
            None => {}
        }
    }
}

fn on(weak: &Weak<Inner>, act: impl FnOnce(&Rc<Inner>)) {
    if let Some(inner) = weak.upgrade() {
        act(&inner);
    }
}

// A word that cannot be said is like one that nobody heard.
fn tell<T: serde::Serialize>(channel: &Channel, word: T) {
    if let Err(reason) = channel.say(word) {
        gloo::console::warn!("a word to another tab was not said:", reason);
    }
}

impl Inner {
    fn say(&self, event: SiblingEvent) {
        (self.report)(event);
    }

    fn is_full(&self) -> bool {
        self.links.borrow().len() >= MAX_LINKS
    }

    fn tell_one(&self, peer: PeerId, word: ToOne) {
        if let Ok(channel) = Channel::open(&words::inbox(self.network, peer)) {
            tell(&channel, word);
        }
    }

    fn link_channel(
        self: &Rc<Self>,
        peer: PeerId,
        asker: PeerId,
        session: u32,
    ) -> Result<Channel, String> {
        let channel = Channel::open(&words::link(self.network, asker, session))?;
        let weak = Rc::downgrade(self);
        channel.hear(move |word| on(&weak, |inner| inner.told_on_link(peer, session, word)));
        Ok(channel)
    }

    fn told_with_everyone(&self, word: ToEveryone) {
        match word {
            ToEveryone::Hello { from } if from != self.me => {
                self.heard(from);
                self.tell_one(from, ToOne::Here { from: self.me });
            }
            ToEveryone::Bye { from } if from != self.me => {
                self.forget(from);
                self.closed(from, "the peer left");
            }
            // Of this tab's page, or of a former life of this node.
            ToEveryone::Hello { .. } | ToEveryone::Bye { .. } => {}
        }
    }

    fn told(self: &Rc<Self>, word: ToOne) {
        match word {
            ToOne::Here { from } if from != self.me => self.heard(from),
            ToOne::Ask { from, session } if from != self.me => {
                self.heard(from);
                self.asked(from, session);
            }
            ToOne::Withdrawn { from, session } if self.has(from, session) => {
                self.closed(from, "the peer dialled in vain");
            }
            ToOne::Here { .. } | ToOne::Ask { .. } | ToOne::Withdrawn { .. } => {}
        }
    }

    fn happened(&self, event: LinkEvent) {
        self.say(SiblingEvent::Link(event));
    }

    fn up(&self, peer: PeerId) {
        let link = LinkKind::Broadcast;
        let origin = LinkOrigin::Inbound(None);
        self.happened(LinkEvent::Up { peer, link, origin });
    }

    fn heard(&self, peer: PeerId) {
        let mut known = self.known.borrow_mut();
        known.retain(|held| *held != peer);
        known.push_back(peer);
        if known.len() > MAX_SIBLINGS {
            known.pop_front();
        }
        drop(known);
        self.say(SiblingEvent::Heard(peer));
    }

    fn forget(&self, peer: PeerId) {
        self.known.borrow_mut().retain(|held| *held != peer);
    }

    fn asked(self: &Rc<Self>, from: PeerId, session: u32) {
        let ours = (self.links.borrow().get(&from))
            .map(|link| (link.session == session, link.asked.is_some()));
        match ours {
            Some((repeated, asked)) if repeated || (asked && self.me < from) => return,
            _ => {}
        }
        let Ok(channel) = self.link_channel(from, from, session) else {
            return;
        };
        if ours.is_none() && self.is_full() {
            return tell(&channel, OnLink::Full);
        }
        tell(&channel, OnLink::Agree);
        let link = Link {
            session,
            channel,
            asked: None,
        };
        self.links.borrow_mut().insert(from, link);
        self.up(from);
    }

    fn has(&self, peer: PeerId, session: u32) -> bool {
        let links = self.links.borrow();
        (links.get(&peer)).is_some_and(|link| link.session == session)
    }

    fn told_on_link(&self, peer: PeerId, session: u32, word: OnLink) {
        let waits = (self.links.borrow().get(&peer))
            .filter(|link| link.session == session)
            .map(|link| link.asked.is_some());
        match (waits, word) {
            (Some(true), OnLink::Agree) => {
                if let Some(link) = self.links.borrow_mut().get_mut(&peer) {
                    link.asked = None;
                }
                self.up(peer);
            }
            (Some(true), OnLink::Full) => {
                self.links.borrow_mut().remove(&peer);
                self.happened(LinkEvent::DialFailed { peer });
            }
            (Some(false), OnLink::Frame { bytes }) if bytes.len() > MAX_FRAME => {
                let received = bytes.len();
                let reason = format!("a frame is at most {MAX_FRAME} bytes, received {received}");
                self.hang_up(peer, &reason);
            }
            (Some(false), OnLink::Frame { bytes: frame }) => {
                self.happened(LinkEvent::Received { peer, frame });
            }
            (Some(false), OnLink::Gone) => self.closed(peer, "the peer left"),
            _ => {}
        }
    }

    fn hang_up(&self, peer: PeerId, reason: &str) {
        if let Some(link) = self.links.borrow().get(&peer) {
            tell(&link.channel, OnLink::Gone);
        }
        self.closed(peer, reason);
    }

    // An ask that ends so is answered as well: nobody is there.
    fn closed(&self, peer: PeerId, reason: &str) {
        let link = self.links.borrow_mut().remove(&peer);
        match link {
            Some(link) if link.asked.is_none() => {
                let reason = reason.into();
                self.happened(LinkEvent::Down { peer, reason });
            }
            Some(_) => self.say(SiblingEvent::Silent(peer)),
            None => {}
        }
    }

    fn withdraw(&self, peer: PeerId, session: u32) {
        let from = self.me;
        self.tell_one(peer, ToOne::Withdrawn { from, session });
    }

    fn lose_patience(&self, peer: PeerId, session: u32) {
        if self.has(peer, session) {
            self.links.borrow_mut().remove(&peer);
            self.withdraw(peer, session);
            self.silent(peer);
        }
    }

    fn silent(&self, peer: PeerId) {
        self.forget(peer);
        self.say(SiblingEvent::Silent(peer));
    }
}

/// A node that runs in this tab: when it is dropped, its siblings hear at once that
/// it is gone. The worker itself is ended without a word.
pub struct Farewell {
    network: NetworkId,
    node: PeerId,
}

impl Farewell {
    /// Of this node.
    pub fn new(network: NetworkId, node: PeerId) -> Self {
        Self { network, node }
    }
}

impl Drop for Farewell {
    fn drop(&mut self) {
        if let Ok(room) = Channel::open(&words::room(self.network)) {
            tell(&room, ToEveryone::Bye { from: self.node });
        }
    }
}
