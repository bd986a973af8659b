//! Links that come and go, and the messages on them.

use super::budget::Payer;
use super::neighbours::Source;
use super::peer::{BUCKET, Claim, Direction, Greeting, MAX_LATE, Peer};
use super::ways::Route;
use super::{Fault, LinkOrigin, Misbehaviour, Node, Output, PING, SILENCE, SILENCES};
use crate::hash::{BlockHash, PeerId};
use crate::store::StoreError;
use crate::units::Millis;
use crate::view::LinkKind;
use crate::wire::{Hello, Message, PROTOCOL};

impl Node {
    pub(super) fn peer_up(&mut self, id: PeerId, link: LinkKind, origin: LinkOrigin) {
        let dialled = self.neighbours.up(id);
        if id == self.config.key.public().peer_id() {
            self.disconnect(id, "it is this node itself");
            return;
        }
        if self.neighbours.is_punished(id, self.now) {
            self.disconnect(id, "it misbehaved a short while ago");
            return;
        }
        // Known from now on, also when the other side dialled.
        (self.neighbours).introduce(id, Source::Stranger, self.now, &mut self.rng);
        self.count_nodes();
        let former = self.peers.get(&id).map(|peer| peer.direction);
        // A newer link to the same peer does not make less of it.
        let direction = match (origin, dialled) {
            _ if former == Some(Direction::Kept) => Direction::Kept,
            (LinkOrigin::Host, _) => Direction::Kept,
            (LinkOrigin::Outbound, _) | (LinkOrigin::Inbound(_), true) => Direction::Outbound,
            (LinkOrigin::Inbound(_), false) => former.unwrap_or(Direction::Inbound),
        };
        if former.is_some() {
            self.peer_gone(id, "replaced by a newer link");
        } else if let Err(reason) = self.admits(direction) {
            self.disconnect(id, &reason);
            return;
        }
        let tip = self.chain.tip();
        let mut peer = Peer::new(id, link, tip.hash, self.now);
        let payer = self.payer(id, link, origin, direction);
        peer.direction = direction;
        peer.payer = self.budgets.open(payer, self.now);
        let units = self.budgets.take_opening(peer.payer, self.now);
        peer.open_with(units, self.now);
        peer.previously_timed_out = self.neighbours.was_silent(id);
        self.peers.insert(id, peer);
        let hello = Hello {
            protocol: PROTOCOL,
            network: self.chain.network(),
            height: tip.height,
            tip: tip.hash,
            work: tip.work,
            time: self.clock,
        };
        self.send(id, &Message::Hello(hello));
        self.show_peer(id);
    }

    // Who pays for a new link.
    fn payer(&self, id: PeerId, link: LinkKind, origin: LinkOrigin, direction: Direction) -> Payer {
        match (direction, origin) {
            (Direction::Kept | Direction::Outbound, _) => Payer::Chosen(id),
            (Direction::Inbound, LinkOrigin::Inbound(Some(address))) => Payer::Address(address),
            (
                Direction::Inbound,
                LinkOrigin::Host | LinkOrigin::Outbound | LinkOrigin::Inbound(None),
            ) => match link {
                LinkKind::Broadcast => Payer::Browser,
                LinkKind::Tunnel => Payer::Relay,
                LinkKind::Local | LinkKind::Websocket | LinkKind::Turn | LinkKind::Webrtc => {
                    self.payer_by_route(id)
                }
            },
        }
    }

    // What a stranger carried is as the stranger's own.
    fn payer_by_route(&self, id: PeerId) -> Payer {
        match self.came_by(id) {
            None => Payer::Unknown,
            Some(Route::Relay) => Payer::Relay,
            Some(Route::Neighbour(via)) => match self.peers.get(&via) {
                None => Payer::Unknown,
                Some(peer) if peer.direction == Direction::Inbound => peer.payer,
                Some(_) => Payer::Through(via),
            },
        }
    }

    pub(super) fn peer_down(&mut self, id: PeerId, reason: &str) {
        self.neighbours.down(id, self.now);
        self.peer_gone(id, reason);
    }

    // The peer's place in every list is given up.
    fn peer_gone(&mut self, id: PeerId, reason: &str) {
        let Some(peer) = self.peers.remove(&id) else {
            return;
        };
        self.fetch.release(peer.blocks_asked.into_keys());
        self.count_nodes();
        self.show_peer_gone(id, reason);
    }

    pub(super) fn disconnect(&mut self, peer: PeerId, reason: &str) {
        self.out.push(Output::Disconnect {
            peer,
            reason: reason.into(),
        });
        self.peer_gone(peer, reason);
    }

    pub(super) fn punish(&mut self, peer: PeerId, fault: &Misbehaviour) {
        self.neighbours.punish(peer, self.now);
        self.disconnect(peer, &fault.to_string());
    }

    pub(super) fn received(&mut self, id: PeerId, frame: &[u8]) -> Result<(), StoreError> {
        // A frame that was on its way when the link was closed.
        let Some(peer) = self.peers.get_mut(&id) else {
            return Ok(());
        };
        peer.received += frame.len() as u64;
        match self.dispatch(id, frame) {
            Ok(()) => Ok(()),
            Err(Fault::Misbehaved(fault)) => {
                self.punish(id, &fault);
                Ok(())
            }
            Err(Fault::Store(error)) => Err(error),
        }
    }

    fn dispatch(&mut self, id: PeerId, frame: &[u8]) -> Result<(), Fault> {
        let message = Message::from_frame(frame).map_err(Misbehaviour::from)?;
        message.check_lists().map_err(Misbehaviour::from)?;
        let (price, now) = (message.price(), self.now);
        if !self.peer(id).spend(price, now) {
            return Err(Misbehaviour::TooFast { limit: BUCKET }.into());
        }
        match (self.peer(id).is_connected(), &message) {
            (true, Message::Hello(_)) => return Err(Misbehaviour::Hello.into()),
            // Sent for an older link that this one replaces, before the peer knew:
            // its hello is still to come, and it will say everything again.
            (false, message) if !matches!(message, Message::Hello(_)) => return Ok(()),
            _ => {}
        }
        match message {
            Message::Hello(hello) => self.hello(id, &hello)?,
            Message::Ping(number) => self.send(id, &Message::Pong(number)),
            Message::Pong(number) => self.pong(id, number)?,
            Message::GetHeaders(locator) => self.give_headers(id, &locator),
            Message::Headers(headers) => self.on_headers(id, headers)?,
            Message::Tip(headers) => self.on_tip(id, headers)?,
            Message::GetBlocks(hashes) => self.on_get_blocks(id, hashes)?,
            Message::Block(block) => self.on_block(id, *block)?,
            Message::Absent(hashes) => self.absent(id, &hashes),
            Message::Inventory(ids) => self.inventory(id, ids),
            Message::GetTransactions(ids) => self.give_transactions(id, &ids),
            Message::Transactions(transactions) => self.transactions(id, transactions)?,
            Message::NewBlock(block) => self.on_new_block(id, *block)?,
            Message::Prune => self.peer(id).prune(),
            Message::Graft => self.peer(id).graft(),
            Message::Neighbours(linked) => self.on_neighbours(id, linked),
            Message::Signal(signed) => self.signal_told(id, *signed)?,
            Message::Unreachable(peer) => self.unreachable_told(id, peer),
        }
        Ok(())
    }

    /// The peer whose message is being handled.
    pub(super) fn peer(&mut self, id: PeerId) -> &mut Peer {
        self.peers
            .get_mut(&id)
            .expect("messages of unknown peers are dropped in `received`")
    }

    fn hello(&mut self, id: PeerId, hello: &Hello) -> Result<(), Misbehaviour> {
        if hello.protocol != PROTOCOL {
            return Err(Misbehaviour::OtherProtocol {
                required: PROTOCOL,
                received: hello.protocol,
            });
        }
        if hello.network != self.chain.network() {
            return Err(Misbehaviour::OtherNetwork {
                required: self.chain.network(),
                received: hello.network,
            });
        }
        let seconds = (i128::from(hello.time.0) - i128::from(self.clock.0)) / 1000;
        let known = self.chain.tree().contains(hello.tip);
        let now = self.now;
        let peer = self.peer(id);
        peer.clock_offset = Some(seconds.clamp(i32::MIN.into(), i32::MAX.into()) as i32);
        peer.claim = Some(Claim {
            height: hello.height,
            tip: hello.tip,
            work: hello.work,
        });
        peer.proven = known.then_some(hello.tip);
        peer.greeting = Greeting::From(None, now);
        self.ping(id);
        self.show_peer(id);
        Ok(())
    }

    fn ping(&mut self, id: PeerId) {
        let (number, now) = (self.random(), self.now);
        let peer = self.peer(id);
        peer.ping = Some((number, now));
        peer.last_ping = now;
        self.send(id, &Message::Ping(number));
    }

    fn pong(&mut self, id: PeerId, number: u64) -> Result<(), Misbehaviour> {
        let now = self.now;
        let peer = self.peer(id);
        match peer.ping.take() {
            Some((asked, at)) if asked == number => {
                peer.round_trip = Some(u32::try_from(now.since(at)).unwrap_or(u32::MAX));
                self.show_peer(id);
                Ok(())
            }
            _ => Err(Misbehaviour::UnaskedPong),
        }
    }

    // An open channel is no sign of life: only answers are.
    pub(super) fn ping_and_time_out(&mut self) {
        let now = self.now;
        let late = |since: Millis| now.since(since) > SILENCE;
        let mut silent = Vec::new();
        let mut to_ping = Vec::new();
        for peer in self.peers.values_mut() {
            if !peer.is_connected() {
                if late(peer.since) {
                    silent.push((peer.id, 1));
                }
                continue;
            }
            match peer.ping {
                Some((_, at)) if late(at) => silent.push((peer.id, 1)),
                Some(_) => {}
                None if now.since(peer.last_ping) >= PING => to_ping.push(peer.id),
                None => {}
            }
            if peer.headers_asked.is_some_and(late) {
                peer.headers_asked = None;
                peer.stalls += 1;
            }
            let overdue: Vec<BlockHash> = peer
                .blocks_asked
                .iter()
                .filter(|(_, asked)| now.since(**asked) > peer.patience())
                .map(|(hash, _)| *hash)
                .collect();
            if !overdue.is_empty() {
                peer.slow_down();
                for hash in &overdue {
                    peer.blocks_asked.remove(hash);
                    peer.is_late_with(*hash);
                }
                self.fetch.release(overdue.into_iter());
                // A slow peer that still delivers is not silent.
                if late(peer.last_block) || peer.late_requests() > MAX_LATE {
                    peer.stalls += 1;
                }
            }
            if peer.stalls >= SILENCES {
                silent.push((peer.id, peer.stalls));
            }
        }
        for id in to_ping {
            self.ping(id);
        }
        for (id, times) in silent {
            let fault = Misbehaviour::Silent {
                seconds: SILENCE / 1000,
                times,
            };
            self.neighbours.fell_silent(id, now);
            self.disconnect(id, &fault.to_string());
        }
    }
}
