//! Links that are opened by signals: this node offers a peer WebRTC or asks where it
//! takes WebSockets, calls there, and tells others where it takes them itself. An
//! offer is answered by all ways that there are; the best that opens is kept.

use std::collections::BTreeMap;
use std::time::Duration;

use tablon_core::hash::PeerId;
use tablon_core::node::{Input, LinkEvent};
use tablon_core::relay::SignalStep;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Driver;
use crate::PeerAddress;
use crate::links::{Call, MAX_CALLS};
use crate::rtc::{self, Order};

/// For the answer that says where the peer is. With the calls that follow, up to three of four
/// seconds, a dial ends within the 20 s that core gives it.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);

/// The dials under way, and what is told to those who dial.
#[derive(Debug)]
pub(super) struct Signals {
    addresses: Vec<String>,
    calls: mpsc::Sender<Call>,
    rtc: Option<rtc::Orders>,
    dialling: BTreeMap<PeerId, Dialling>,
}

/// A dial under way: it has failed when both ways have.
#[derive(Debug)]
struct Dialling {
    session: u32,
    call: Calling,
    /// Whether WebRTC may open yet.
    rtc: bool,
}

#[derive(Debug)]
enum Calling {
    /// Its answer must come in time.
    Asked { until: Instant },
    /// It has said where it is.
    Called,
    /// It leads nowhere.
    Failed,
}

impl Dialling {
    fn late(&self) -> Option<Instant> {
        match self.call {
            Calling::Asked { until } => Some(until),
            Calling::Called | Calling::Failed => None,
        }
    }
}

impl Signals {
    pub(super) fn new(
        addresses: &[PeerAddress],
        calls: mpsc::Sender<Call>,
        rtc: Option<rtc::Orders>,
    ) -> Self {
        Self {
            addresses: addresses.iter().map(PeerAddress::to_string).collect(),
            calls,
            rtc,
            dialling: BTreeMap::new(),
        }
    }

    /// When the next dial is late.
    pub(super) fn due(&self) -> Option<Instant> {
        self.dialling.values().filter_map(Dialling::late).min()
    }

    /// The dial is over, one way or the other; whether there was one.
    pub(super) fn over(&mut self, peer: PeerId) -> bool {
        self.dialling.remove(&peer).is_some()
    }

    /// Core is another one now, which has dialled nobody.
    pub(super) fn forget(&mut self) {
        self.dialling.clear();
    }

    // Nobody makes this node call an address unless it has just asked for one.
    fn is_asked(&self, peer: PeerId, answered: u32) -> bool {
        let dialling = self.dialling.get(&peer);
        dialling.is_some_and(|dialling| dialling.session == answered && dialling.late().is_some())
    }

    // Whether WebRTC sees to it.
    fn order(&self, order: Order) -> bool {
        self.rtc.as_ref().is_some_and(|rtc| rtc.give(order))
    }
}

impl Driver {
    /// Core wants a link to the peer.
    pub(super) fn dial(&mut self, peer: PeerId) {
        if self.links.has(peer) || self.signals.dialling.contains_key(&peer) {
            return;
        }
        if self.signals.dialling.len() >= MAX_CALLS {
            self.inbox
                .push_back(Input::Link(LinkEvent::DialFailed { peer }));
            return;
        }
        let session = rand::random();
        let until = Instant::now() + ANSWER_WITHIN;
        // An offer asks where the peer is, too.
        let rtc = self.signals.order(Order::Dial { peer, session });
        let dialling = Dialling {
            session,
            call: Calling::Asked { until },
            rtc,
        };
        self.signals.dialling.insert(peer, dialling);
        if !rtc {
            self.answer(peer, session, SignalStep::Ask);
        }
    }

    /// A verified signal of another node, by the relay or a neighbour.
    pub(super) fn signalled(&mut self, from: PeerId, session: u32, step: SignalStep) {
        match &step {
            SignalStep::Offer { .. } => {
                let answered = self.signals.order(Order::Signal {
                    from,
                    session,
                    step,
                });
                if !self.signals.addresses.is_empty() {
                    let told = self.at();
                    self.answer(from, session, told);
                } else if !answered {
                    self.answer(from, session, SignalStep::Full);
                }
            }
            SignalStep::Ask => {
                let told = self.at();
                self.answer(from, session, told);
            }
            SignalStep::Tunnel { .. } => self.answer(from, session, SignalStep::Full),
            SignalStep::At { .. } if self.signals.is_asked(from, session) => {
                self.call(from, &step);
            }
            SignalStep::At { .. } => {}
            _ => {
                if step == SignalStep::Full && self.signals.is_asked(from, session) {
                    self.call_failed(from);
                }
                self.signals.order(Order::Signal {
                    from,
                    session,
                    step,
                });
            }
        }
    }

    /// The peer is at no address that can be called.
    pub(super) fn call_failed(&mut self, peer: PeerId) {
        if let Some(dialling) = self.signals.dialling.get_mut(&peer) {
            dialling.call = Calling::Failed;
            self.judge_dial(peer);
        }
    }

    /// No WebRTC connection to the peer opens.
    pub(super) fn rtc_failed(&mut self, peer: PeerId) {
        if let Some(dialling) = self.signals.dialling.get_mut(&peer) {
            dialling.rtc = false;
            self.judge_dial(peer);
        }
    }

    /// Signals do not reach the peer. What it has answered already still counts.
    pub(super) fn unreachable(&mut self, peer: PeerId) {
        self.signals.order(Order::Unreachable { peer });
        let dialling = self.signals.dialling.get(&peer);
        if dialling.is_some_and(|dialling| dialling.late().is_some()) {
            self.call_failed(peer);
        }
    }

    fn judge_dial(&mut self, peer: PeerId) {
        let dialling = self.signals.dialling.get(&peer);
        let failed =
            |dialling: &Dialling| !dialling.rtc && matches!(dialling.call, Calling::Failed);
        if dialling.is_some_and(failed) && self.signals.over(peer) {
            self.inbox
                .push_back(Input::Link(LinkEvent::DialFailed { peer }));
        }
    }

    /// Give up the dials whose answers are late.
    pub(super) fn give_up_late_dials(&mut self) {
        let now = Instant::now();
        let late = |dialling: &Dialling| dialling.late().is_some_and(|until| until <= now);
        let dialling = self.signals.dialling.iter();
        let late: Vec<PeerId> = dialling
            .filter(|(_, dialling)| late(dialling))
            .map(|(peer, _)| *peer)
            .collect();
        for peer in late {
            self.call_failed(peer);
        }
        self.drain();
    }

    fn at(&self) -> SignalStep {
        SignalStep::At {
            addresses: self.signals.addresses.clone(),
        }
    }

    fn answer(&mut self, to: PeerId, session: u32, step: SignalStep) {
        self.inbox.push_back(Input::Signal { to, session, step });
    }

    fn call(&mut self, peer: PeerId, at: &SignalStep) {
        let addresses = at.addresses().filter_map(|text| text.parse().ok());
        let call = Call {
            peer,
            addresses: addresses.collect(),
        };
        if call.addresses.is_empty() || self.signals.calls.try_send(call).is_err() {
            return self.call_failed(peer);
        }
        if let Some(dialling) = self.signals.dialling.get_mut(&peer) {
            dialling.call = Calling::Called;
        }
    }
}
