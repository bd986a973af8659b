//! By which line each neighbour is reached: a channel to another tab of this
//! browser, the page's WebRTC, or a tunnel through the relay. The node says whom to
//! reach; there is one line a neighbour, the best that opens.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use tablon_core::hash::{NetworkId, PeerId};
use tablon_core::node::{Input, Introducer};
use tablon_core::view::LinkKind;

use super::siblings::{SiblingEvent, Siblings};
use super::tunnel::{TunnelEvent, Tunnels};
use crate::threads::{FromNode, ToNode};

/// The kinds of lines, better ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Line {
    /// A channel in this browser.
    Sibling,
    /// The page's data channel.
    Page,
    /// Through the relay.
    Tunnel,
}

/// All lines of a node.
pub struct Lines(Rc<Inner>);

struct Inner {
    /// Tells the page.
    page: Box<dyn Fn(&FromNode)>,
    /// Tells the node.
    feed: Box<dyn Fn(Input)>,
    /// None where the browser has no such channels.
    siblings: Option<Siblings>,
    tunnels: OnceCell<Tunnels>,
    /// Bounded by what each kind takes.
    lines: RefCell<BTreeMap<PeerId, Line>>,
}

impl Lines {
    /// Lines of the node `me`; `page` tells the page, which has the WebRTC links,
    /// and `feed` the node.
    pub fn new(
        network: NetworkId,
        me: PeerId,
        page: impl Fn(&FromNode) + 'static,
        feed: impl Fn(Input) + 'static,
    ) -> Self {
        let inner = Rc::new_cyclic(|weak: &Weak<Inner>| {
            let weak = weak.clone();
            let siblings = Siblings::new(network, me, move |event| {
                if let Some(inner) = weak.upgrade() {
                    inner.sibling_said(event);
                }
            });
            let siblings = siblings.inspect_err(|reason| {
                gloo::console::warn!("no links to other tabs of this browser:", reason);
            });
            Inner {
                page: Box::new(page),
                feed: Box::new(feed),
                siblings: siblings.ok(),
                tunnels: OnceCell::new(),
                lines: RefCell::default(),
            }
        });
        Self(inner)
    }

    /// From now on lines go through the relay, too, where nothing better opens.
    pub fn add_tunnels(&self, tunnels: Tunnels) {
        self.0.tunnels.get_or_init(|| tunnels);
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
            None => self.0.tell(FromNode::Dial { peer }),
        }
    }

    /// Send a wire message.
    pub fn send(&self, peer: PeerId, frame: Vec<u8>) {
        let bytes = frame;
        match self.0.line(peer) {
            Some(Line::Sibling) => self.0.on_siblings(|siblings| siblings.send(peer, bytes)),
            Some(Line::Page) => self.0.tell(FromNode::Frame { peer, bytes }),
            Some(Line::Tunnel) => self.0.on_tunnels(|tunnels| tunnels.send(peer, &bytes)),
            None => {}
        }
    }

    /// Close the line, and whatever is under way to another.
    pub fn disconnect(&self, peer: PeerId, reason: String) {
        self.0.lines.borrow_mut().remove(&peer);
        self.0.on_siblings(|siblings| siblings.disconnect(peer));
        self.0.on_tunnels(|tunnels| tunnels.disconnect(peer));
        self.0.tell(FromNode::Disconnect { peer, reason });
    }

    /// What happens to tunnels; what they owe the relay is nothing to the lines.
    pub fn tunnel_said(&self, event: TunnelEvent) {
        self.0.tunnel_said(event);
    }

    /// What the page says of its links; what else it says is nothing to the lines.
    pub fn page_said(&self, message: ToNode) {
        self.0.page_said(message);
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

    fn tunnel_said(&self, event: TunnelEvent) {
        match event {
            TunnelEvent::Up { peer } => self.up(peer, Line::Tunnel, LinkKind::Tunnel),
            TunnelEvent::Down { peer, reason } => self.down(peer, Line::Tunnel, reason),
            TunnelEvent::DialFailed { peer } => self.failed(peer),
            TunnelEvent::Frame { peer, bytes } => self.received(peer, Line::Tunnel, bytes),
            TunnelEvent::Say { .. } | TunnelEvent::Bytes { .. } => {}
        }
    }

    fn page_said(&self, message: ToNode) {
        match message {
            ToNode::LinkUp { peer, link } => self.up(peer, Line::Page, link),
            ToNode::LinkIs { peer, link } if self.line(peer) == Some(Line::Page) => {
                self.feed(Input::LinkIs { peer, link });
            }
            ToNode::LinkDown { peer, reason } => self.down(peer, Line::Page, reason),
            ToNode::DialFailed { peer } => self.failed(peer),
            ToNode::Frame { peer, bytes } => self.received(peer, Line::Page, bytes),
            _ => {}
        }
    }

    fn sibling_said(&self, event: SiblingEvent) {
        match event {
            SiblingEvent::Heard(peer) => self.feed(Input::Introduced {
                by: Introducer::Siblings,
                peers: vec![peer],
            }),
            SiblingEvent::Up(peer) => self.up(peer, Line::Sibling, LinkKind::Broadcast),
            SiblingEvent::Down { peer, reason } => self.down(peer, Line::Sibling, reason),
            SiblingEvent::Silent(peer) => self.tell(FromNode::Dial { peer }),
            SiblingEvent::Full(peer) => self.failed(peer),
            SiblingEvent::Received { peer, frame } => self.received(peer, Line::Sibling, frame),
        }
    }

    // Both ends see the same lines open, in whatever order: both keep the better.
    fn up(&self, peer: PeerId, line: Line, link: LinkKind) {
        let former = self.line(peer);
        if former.is_some_and(|former| former < line) {
            return self.close(peer, line);
        }
        self.lines.borrow_mut().insert(peer, line);
        if let Some(former) = former.filter(|former| *former != line) {
            self.close(peer, former);
        }
        self.feed(Input::PeerUp { peer, link });
    }

    fn close(&self, peer: PeerId, line: Line) {
        match line {
            Line::Sibling => self.on_siblings(|siblings| siblings.disconnect(peer)),
            Line::Tunnel => self.on_tunnels(|tunnels| tunnels.forget(peer)),
            Line::Page => {
                let reason = "a better link is open".into();
                self.tell(FromNode::Disconnect { peer, reason });
            }
        }
    }

    fn down(&self, peer: PeerId, line: Line, reason: String) {
        if self.line(peer) == Some(line) {
            self.lines.borrow_mut().remove(&peer);
            self.feed(Input::PeerDown { peer, reason });
        }
    }

    // A dial that is overtaken by another line has not failed.
    fn failed(&self, peer: PeerId) {
        if self.line(peer).is_none() {
            self.feed(Input::DialFailed { peer });
        }
    }

    fn received(&self, peer: PeerId, line: Line, frame: Vec<u8>) {
        if self.line(peer) == Some(line) {
            self.feed(Input::Received { peer, frame });
        }
    }
}
