//! By which line each neighbour is reached: a channel to another tab of this
//! browser, the page's WebRTC, a WebSocket to a node with an address, or a tunnel
//! through the relay. The node says whom to reach; there is one line a neighbour,
//! the best that opens.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use gloo::timers::callback::Timeout;
use tablon_core::hash::{NetworkId, PeerId};
use tablon_core::keys::SecretKey;
use tablon_core::links::{Announced, CallLimits, Space};
use tablon_core::node::{Input, Introducer, LinkEvent, LinkOrigin};
use tablon_core::relay::SignalStep;
use tablon_core::units::Millis;
use tablon_core::view::LinkKind;

use super::calls::address::called_host;
use super::calls::{CallEvent, Calls};
use super::dials::{ASK_TIMEOUT_MS, Dials, Next};
use super::siblings::{SiblingEvent, Siblings};
use super::tunnel::{self, Tunnels};
use crate::last_words::scope;
use crate::random;
use crate::threads::{FromNode, LinkPolicy};

/// The kinds of lines, better ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Line {
    /// A channel in this browser.
    Sibling,
    /// The page's data channel.
    Page,
    /// A WebSocket to a node that has an address.
    Socket,
    /// Through the relay.
    Tunnel,
}

/// Why a line is closed beside another.
const BETTER: &str = "a better link is open";

/// Why a socket is closed, or not opened.
const RELAY_ONLY: &str = "links go by relay alone";

/// All lines of a node.
pub struct Lines(Rc<Inner>);

struct Inner {
    this: Weak<Self>,
    /// Tells the page.
    page: Box<dyn Fn(&FromNode)>,
    /// Tells the node.
    feed: Box<dyn Fn(Input)>,
    /// None where the browser has no such channels.
    siblings: Option<Siblings>,
    calls: Calls,
    limits: RefCell<CallLimits>,
    tunnels: OnceCell<Tunnels>,
    policy: Cell<LinkPolicy>,
    dials: RefCell<Dials>,
    /// Bounded by what each kind takes.
    lines: RefCell<BTreeMap<PeerId, Line>>,
}

impl Lines {
    /// Lines of the node that has this key; `page` tells the page, which has the
    /// WebRTC links, and `feed` the node.
    pub fn new(
        network: NetworkId,
        key: SecretKey,
        page: impl Fn(&FromNode) + 'static,
        feed: impl Fn(Input) + 'static,
    ) -> Self {
        // A stranger's address leads no further in than this page comes from.
        let innermost = Space::of_host(&scope().location().hostname());
        let inner = Rc::new_cyclic(|weak: &Weak<Inner>| {
            let (me, this) = (key.public().peer_id(), weak.clone());
            let siblings = Siblings::new(network, me, move |event| {
                on(&this, |inner| inner.sibling_said(event));
            });
            let this = weak.clone();
            let calls = Calls::new(network, key, move |event| {
                on(&this, |inner| inner.call_said(event));
            });
            let siblings = siblings.inspect_err(|reason| {
                gloo::console::warn!("no links to other tabs of this browser:", reason);
            });
            Inner {
                this: weak.clone(),
                page: Box::new(page),
                feed: Box::new(feed),
                siblings: siblings.ok(),
                calls,
                limits: RefCell::new(CallLimits::new(innermost, monotonic())),
                tunnels: OnceCell::new(),
                policy: Cell::default(),
                dials: RefCell::default(),
                lines: RefCell::default(),
            }
        });
        Self(inner)
    }

    /// From now on lines go through the relay, too, where nothing better opens.
    pub fn add_tunnels(&self, tunnels: Tunnels) {
        self.0.tunnels.get_or_init(|| tunnels);
    }

    /// Open these lines alone from now on, and close the others. A socket shows this
    /// computer's address to the node that it leads to.
    pub fn restrict(&self, policy: LinkPolicy) {
        self.0.policy.set(policy);
        match policy {
            LinkPolicy::Direct => {}
            LinkPolicy::RelayOnly => self.0.close_sockets(),
        }
    }

    /// Do something with the tunnels.
    pub fn on_tunnels(&self, act: impl FnOnce(&Tunnels)) {
        self.0.on_tunnels(act);
    }

    /// Open a line through the relay.
    pub fn dial_tunnel(&self, peer: PeerId) {
        match self.0.tunnels.get() {
            Some(tunnels) => tunnels.dial(peer),
            None => self.0.failed(peer),
        }
    }

    /// Ask the other tabs who is there.
    pub fn find_peers(&self) {
        if let Some(siblings) = &self.0.siblings {
            siblings.find();
        }
    }

    /// Open a line: within the browser if that is enough.
    pub fn dial(&self, peer: PeerId) {
        let siblings = self.0.siblings.as_ref();
        match siblings.filter(|siblings| siblings.knows(peer)) {
            Some(siblings) => siblings.dial(peer),
            None => self.0.dial_beyond(peer),
        }
    }

    /// The page has this said to `to`.
    pub fn page_signals(&self, to: PeerId, session: u32, step: &SignalStep) {
        if let SignalStep::Offer { .. } = step {
            self.0.dials.borrow_mut().offered(to, session);
        }
    }

    /// A verified step from `from`. Steps that open other lines are passed over.
    pub fn signal(&self, from: PeerId, session: u32, step: &SignalStep) {
        match step {
            SignalStep::At { .. } => self.0.told(from, session, step),
            SignalStep::Ask => self.0.asked(from, session),
            SignalStep::Full => self.0.refused(from, Some(session)),
            _ => {}
        }
    }

    /// Signals do not reach `peer`.
    pub fn unreachable(&self, peer: PeerId) {
        self.0.refused(peer, None);
        self.0.tell(FromNode::Unreachable { peer });
    }

    /// Send a wire message.
    pub fn send(&self, peer: PeerId, frame: Vec<u8>) {
        let bytes = frame;
        match self.0.line(peer) {
            Some(Line::Sibling) => self.0.on_siblings(|siblings| siblings.send(peer, bytes)),
            Some(Line::Page) => self.0.tell(FromNode::Frame { peer, bytes }),
            Some(Line::Socket) => self.0.calls.send(peer, &bytes),
            Some(Line::Tunnel) => self.0.on_tunnels(|tunnels| tunnels.send(peer, &bytes)),
            None => {}
        }
    }

    /// Close the line, and whatever is under way to another.
    pub fn disconnect(&self, peer: PeerId, reason: String) {
        self.0.lines.borrow_mut().remove(&peer);
        self.0.dials.borrow_mut().end(peer);
        self.0.on_siblings(|siblings| siblings.disconnect(peer));
        self.0.calls.disconnect(peer, &reason);
        self.0.on_tunnels(|tunnels| tunnels.disconnect(peer));
        self.0.tell(FromNode::Disconnect { peer, reason });
    }

    /// What happens to tunnels.
    pub fn tunnel_said(&self, event: LinkEvent) {
        self.0.happened(Line::Tunnel, event);
    }

    /// What the page says of its links.
    pub fn page_said(&self, event: LinkEvent) {
        self.0.happened(Line::Page, event);
    }
}

// The bounds on calls go by a clock that nobody sets.
fn monotonic() -> Millis {
    Millis(tunnel::now() as u64)
}

fn on(weak: &Weak<Inner>, act: impl FnOnce(&Inner)) {
    if let Some(inner) = weak.upgrade() {
        act(&inner);
    }
}

impl Inner {
    fn tell(&self, message: FromNode) {
        (self.page)(&message);
    }

    fn feed(&self, input: Input) {
        (self.feed)(input);
    }

    fn line(&self, peer: PeerId) -> Option<Line> {
        self.lines.borrow().get(&peer).copied()
    }

    fn on_siblings(&self, act: impl FnOnce(&Siblings)) {
        if let Some(siblings) = &self.siblings {
            act(siblings);
        }
    }

    fn on_tunnels(&self, act: impl FnOnce(&Tunnels)) {
        if let Some(tunnels) = self.tunnels.get() {
            act(tunnels);
        }
    }

    fn dial_beyond(&self, peer: PeerId) {
        self.dials.borrow_mut().begin(peer);
        self.tell(FromNode::Dial { peer });
    }

    // What the peer says of itself, in answer to what this node said to it.
    fn told(&self, from: PeerId, session: u32, step: &SignalStep) {
        let expected = self.dials.borrow_mut().told(from, session);
        if !expected {
            return;
        }
        match self.policy.get() {
            LinkPolicy::Direct => {}
            LinkPolicy::RelayOnly => return self.call_failed(from),
        }
        let secure = scope().location().protocol() == "https:";
        let announced = step.addresses().filter_map(|address| {
            let host = called_host(address, secure)?;
            let address = address.to_owned();
            Some(Announced {
                address,
                host,
                is_own: false,
            })
        });
        let chosen = self.limits.borrow_mut().choose(announced, monotonic());
        match chosen {
            Ok(addresses) => self.calls.call(from, addresses),
            Err(reason) => self.not_called(from, &reason.to_string()),
        }
    }

    // A tab has no address. Who asks cannot offer anything else, but may itself be
    // called: it is as good as introduced by whoever carried its signal.
    fn asked(&self, from: PeerId, session: u32) {
        self.feed(Input::Signal {
            to: from,
            session,
            step: SignalStep::At {
                addresses: Vec::new(),
            },
        });
        self.feed(Input::Introduced {
            by: Introducer::Relay,
            peers: vec![from],
        });
    }

    fn refused(&self, peer: PeerId, session: Option<u32>) {
        let next = self.dials.borrow_mut().refused(peer, session);
        self.go_on(peer, next);
    }

    fn page_failed(&self, peer: PeerId) {
        let next = self.dials.borrow_mut().page_failed(peer);
        self.go_on(peer, next);
    }

    fn call_failed(&self, peer: PeerId) {
        let next = self.dials.borrow_mut().call_failed(peer);
        self.go_on(peer, next);
    }

    fn not_called(&self, peer: PeerId, reason: &str) {
        gloo::console::info!(format!("node {peer} is not called: {reason}"));
        self.call_failed(peer);
    }

    fn go_on(&self, peer: PeerId, next: Next) {
        match next {
            Next::Wait => {}
            Next::Ask => match self.policy.get() {
                LinkPolicy::Direct => self.ask(peer),
                // Its answer would be an address.
                LinkPolicy::RelayOnly => self.call_failed(peer),
            },
            Next::Failed => self.failed(peer),
        }
    }

    fn ask(&self, to: PeerId) {
        let session = random::number();
        let weak = self.this.clone();
        let patience = Timeout::new(ASK_TIMEOUT_MS, move || {
            on(&weak, |inner| inner.refused(to, Some(session)));
        });
        self.dials.borrow_mut().asked(to, session, patience);
        let step = SignalStep::Ask;
        self.feed(Input::Signal { to, session, step });
    }

    fn close_sockets(&self) {
        let calling = self.dials.borrow().calling();
        for peer in calling {
            self.calls.disconnect(peer, RELAY_ONLY);
            self.call_failed(peer);
        }
        let lines = self.lines.borrow().clone();
        let sockets = lines.iter().filter(|(_, line)| **line == Line::Socket);
        for (peer, line) in sockets {
            self.calls.disconnect(*peer, RELAY_ONLY);
            self.down(*peer, *line, RELAY_ONLY.into());
        }
    }

    fn call_said(&self, event: CallEvent) {
        match event {
            CallEvent::Up { peer, address } => {
                if let Some(host) = called_host(&address, false) {
                    self.limits.borrow_mut().proved(&host);
                }
                self.up(peer, Line::Socket, LinkKind::Websocket);
            }
            CallEvent::Failed { peer, reason } => self.not_called(peer, &reason),
            CallEvent::Link(event) => self.happened(Line::Socket, event),
        }
    }

    fn sibling_said(&self, event: SiblingEvent) {
        match event {
            SiblingEvent::Heard(peer) => self.feed(Input::Introduced {
                by: Introducer::Siblings,
                peers: vec![peer],
            }),
            SiblingEvent::Silent(peer) => self.dial_beyond(peer),
            SiblingEvent::Link(event) => self.happened(Line::Sibling, event),
        }
    }

    fn happened(&self, line: Line, event: LinkEvent) {
        match event {
            LinkEvent::Up { peer, link, .. } => self.up(peer, line, link),
            LinkEvent::Down { peer, reason } => self.down(peer, line, reason),
            LinkEvent::DialFailed { peer } => match line {
                Line::Page => self.page_failed(peer),
                Line::Socket => self.call_failed(peer),
                Line::Sibling | Line::Tunnel => self.failed(peer),
            },
            LinkEvent::Is { peer, .. } | LinkEvent::Received { peer, .. } => {
                if self.line(peer) == Some(line) {
                    self.feed(Input::Link(event));
                }
            }
        }
    }

    // Both ends see the same lines open, in whatever order: both keep the better.
    fn up(&self, peer: PeerId, line: Line, link: LinkKind) {
        let former = self.line(peer);
        if former.is_some_and(|former| former < line) {
            return self.close(peer, line);
        }
        self.lines.borrow_mut().insert(peer, line);
        self.stop_dialling(peer, line);
        if let Some(former) = former.filter(|former| *former != line) {
            self.close(peer, former);
        }
        // The node knows whom it had dialled, and a page no address.
        let origin = LinkOrigin::Inbound(None);
        self.feed(Input::Link(LinkEvent::Up { peer, link, origin }));
    }

    // The other ways of the dial are not gone any further. A page that has the
    // peer's answer goes on: what it opens is better than a socket.
    fn stop_dialling(&self, peer: PeerId, opened: Line) {
        if opened == Line::Tunnel {
            return; // a dial of something better may be under way
        }
        let with_page = self.dials.borrow().is_with_page(peer);
        self.dials.borrow_mut().end(peer);
        if opened != Line::Socket {
            self.calls.disconnect(peer, BETTER);
        } else if with_page {
            self.tell(FromNode::Unreachable { peer });
        }
    }

    fn close(&self, peer: PeerId, line: Line) {
        match line {
            Line::Sibling => self.on_siblings(|siblings| siblings.disconnect(peer)),
            Line::Tunnel => self.on_tunnels(|tunnels| tunnels.forget(peer)),
            Line::Socket => self.calls.disconnect(peer, BETTER),
            Line::Page => {
                let reason = BETTER.into();
                self.tell(FromNode::Disconnect { peer, reason });
            }
        }
    }

    fn down(&self, peer: PeerId, line: Line, reason: String) {
        if self.line(peer) == Some(line) {
            self.lines.borrow_mut().remove(&peer);
            self.feed(Input::Link(LinkEvent::Down { peer, reason }));
        }
    }

    // A dial that is overtaken by another line has not failed.
    fn failed(&self, peer: PeerId) {
        if self.line(peer).is_none() {
            self.feed(Input::Link(LinkEvent::DialFailed { peer }));
        }
    }
}
