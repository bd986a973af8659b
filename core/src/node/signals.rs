//! Signals: signed here, carried by a neighbour, the relay or people, and
//! verified here. With the relay dead, two nodes that share a neighbour open a
//! link through it.
//!
//! A neighbour carries a signal one step: from one of its own neighbours to
//! another. Nothing is routed further, so no signal can circle.

use super::ways::Route;
use super::{Fault, Misbehaviour, Node, Output};
use crate::command::{Refusal, Reply};
use crate::encode::encode;
use crate::hash::PeerId;
use crate::relay::{ANYONE, MAX_RELAY_FRAME, Signal, SignalStep, SignedSignal};
use crate::wire::Message;

impl Node {
    /// Sign a step and send it on its way.
    pub(super) fn signal(&mut self, to: PeerId, session: u32, step: SignalStep) {
        if matches!(step, SignalStep::Restart { .. }) && self.peers.contains_key(&to) {
            self.ways.mend(to, self.now);
        }
        let by_people = step.is_carried_by_people();
        let about_tunnel = step.is_about_tunnel();
        let signal = Signal {
            network: self.chain.network(),
            from: self.config.key.public(),
            to,
            session,
            step,
        };
        let signed = Box::new(SignedSignal::sign(signal, &self.config.key));
        if by_people {
            self.out.push(Output::Paste(signed));
            return;
        }
        // The relay carries a tunnel between two that asked for it there alone.
        let route = match about_tunnel {
            true => Route::Relay,
            false => self.route(to),
        };
        self.ways.goes(to, route, self.now);
        match route {
            Route::Neighbour(via) => self.send(via, &Message::Signal(signed)),
            Route::Relay => self.out.push(Output::Relay(signed)),
        }
    }

    // The way that the peer's own signals came; else its own link, unless that is
    // what has to be mended; else the best of the neighbours that name it and the relay.
    fn route(&self, to: PeerId) -> Route {
        let mending = self.ways.is_mending(to, self.now);
        let there = |id: PeerId| {
            let peer = self.peers.get(&id);
            peer.is_some_and(|peer| peer.is_connected()) && !(mending && id == to)
        };
        match self.ways.last_of(to, self.now) {
            Some(Route::Neighbour(via)) if there(via) => return Route::Neighbour(via),
            Some(Route::Relay) => return Route::Relay,
            _ => {}
        }
        if there(to) {
            return Route::Neighbour(to);
        }
        let mut naming: Vec<_> = (self.peers.values())
            .filter(|peer| there(peer.id) && peer.linked.contains(&to))
            .collect();
        naming.sort_by_key(|peer| peer.round_trip.unwrap_or(u32::MAX));
        let naming = naming.into_iter().map(|peer| peer.id);
        self.ways.choose(to, naming, self.now)
    }

    /// By whom a peer's last signal was carried here.
    pub(super) fn came_by(&self, peer: PeerId) -> Option<Route> {
        self.ways.last_of(peer, self.now)
    }

    /// A neighbour speaks for itself to another, or carries a signal here.
    pub(super) fn signal_told(&mut self, id: PeerId, signed: SignedSignal) -> Result<(), Fault> {
        // As much as the relay carries, and before the signature is looked at.
        let received = encode(&signed).len();
        if received > MAX_RELAY_FRAME {
            return Err(Misbehaviour::LargeSignal {
                limit: MAX_RELAY_FRAME,
                received,
            }
            .into());
        }
        let Some(from) = signed.verify() else {
            return Err(Misbehaviour::UnsignedSignal.into());
        };
        let own = self.config.key.public().peer_id();
        let signal = &signed.signal;
        if signal.network != self.chain.network() {
            return Err(Misbehaviour::OtherNetwork {
                required: self.chain.network(),
                received: signal.network,
            }
            .into());
        }
        if from == own || signal.step.is_carried_by_people() {
            return Err(Misbehaviour::MisplacedSignal.into());
        }
        if signal.to == own {
            self.hear(from, Route::Neighbour(id), signed.signal);
            return Ok(());
        }
        if from != id {
            return Err(Misbehaviour::SignalOfAnother { from }.into());
        }
        let (to, now) = (signal.to, self.now);
        let addressee = self.peers.get_mut(&to);
        let passes = addressee.is_some_and(|peer| peer.is_connected() && peer.may_carry(now));
        match passes {
            true => self.send(to, &Message::Signal(Box::new(signed))),
            false => self.send(id, &Message::Unreachable(to)),
        }
        Ok(())
    }

    /// A neighbour says that it does not reach a peer any more.
    pub(super) fn unreachable_told(&mut self, id: PeerId, to: PeerId) {
        self.peer(id).linked.retain(|linked| *linked != to);
        self.way_failed(to, Route::Neighbour(id));
    }

    /// The relay does not reach a peer.
    pub(super) fn unreachable(&mut self, peer: PeerId) {
        self.way_failed(peer, Route::Relay);
    }

    // A dial that went another way is not ended by it.
    fn way_failed(&mut self, to: PeerId, by: Route) {
        if self.ways.fails(to, by, self.now) {
            self.out.push(Output::Unreachable { peer: to });
        }
    }

    /// A dial came to nothing.
    pub(super) fn dial_failed(&mut self, peer: PeerId) {
        self.ways.dial_failed(peer, self.now);
        self.neighbours.failed(peer, self.now);
    }

    /// A signal came by the relay. One that is not for this node, or does not
    /// verify, goes no further: the relay that passes it on is not its author.
    pub(super) fn signalled(&mut self, signed: SignedSignal) {
        let own = self.config.key.public().peer_id();
        let ours = signed.signal.network == self.chain.network()
            && signed.signal.to == own
            && !signed.signal.step.is_carried_by_people();
        if let Some(from) = signed.verify().filter(|from| ours && *from != own) {
            self.hear(from, Route::Relay, signed.signal);
        }
    }

    /// A person pasted what another person's node said.
    pub(super) fn pasted(&mut self, text: &str) -> Result<Reply, Refusal> {
        let refuse = |code: &str, message: String| Refusal {
            code: code.into(),
            message,
        };
        let signed = SignedSignal::from_text(text)
            .map_err(|error| refuse("no_invitation", error.to_string()))?;
        let from = signed
            .verify()
            .filter(|_| signed.signal.step.is_carried_by_people())
            .ok_or_else(|| {
                let message = "this is no invitation and no answer to one".to_owned();
                refuse("no_invitation", message)
            })?;
        let (own, network) = (self.config.key.public().peer_id(), self.chain.network());
        let signal = signed.signal;
        if signal.network != network {
            let message = format!(
                "the invitation is to network {}, this is network {network}",
                signal.network
            );
            return Err(refuse("other_network", message));
        }
        if from == own {
            let message = "this is this node's own invitation: another one takes it".to_owned();
            return Err(refuse("own_invitation", message));
        }
        let to_all = matches!(signal.step, SignalStep::Invitation { .. });
        if signal.to != if to_all { ANYONE } else { own } {
            let message = format!("the answer is for node {}, this is {own}", signal.to);
            return Err(refuse("other_node", message));
        }
        if self.peers.contains_key(&from) {
            let message = format!("node {from} is a neighbour already");
            return Err(refuse("already_linked", message));
        }
        self.say_signal(from, signal);
        Ok(Reply::Done(()))
    }

    fn hear(&mut self, from: PeerId, route: Route, signal: Signal) {
        if self.neighbours.is_punished(from, self.now) {
            return;
        }
        self.ways.came(from, route, self.now);
        if matches!(signal.step, SignalStep::Restart { .. }) && self.peers.contains_key(&from) {
            self.ways.mend(from, self.now);
        }
        self.say_signal(from, signal);
    }

    fn say_signal(&mut self, from: PeerId, signal: Signal) {
        self.out.push(Output::Signal {
            from,
            key: signal.from,
            session: signal.session,
            step: signal.step,
        });
    }
}
