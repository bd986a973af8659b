//! One WebSocket from challenge to close. The protocol is the one of
//! [`tablon_core::relay`]; this file reads in its order.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

use axum::extract::ws::{Message, WebSocket};
use bytes::Bytes;
use serde_json::{Map, Value};
use tablon_core::hash::{NetworkId, PeerId};
use tablon_core::keys::{PublicKey, Signature};
use tablon_core::relay::{
    ChallengeNonce, FromRelay, MAX_RELAY_FRAME, RELAY_PROTOCOL, SignedSignal, ToRelay, hello_bytes,
};
use tokio::sync::mpsc;
use tokio::time::{self, MissedTickBehavior, timeout};

use crate::Relay;
use crate::connections::Origin;
use crate::framed_socket::{FramedSocket, Heard, encode};
use crate::offers::Begun;
use crate::outbox::Queued;
use crate::refusal::{End, Refusal};
use crate::rooms::{Delivery, MemberReceivers, Membership};
use crate::tunnel::{Meter, Stopped, too_full};

/// Serve a socket until it ends, and say why it ended.
pub(crate) async fn serve(socket: WebSocket, origin: Origin, relay: Arc<Relay>) {
    let mut session = Session {
        line: FramedSocket::new(socket, &relay),
        relay: &relay,
        tunnel: Meter::new(&relay.limits, origin),
        begun: Begun::default(),
        faults: 0,
    };
    let end = tokio::select! {
        end = session.run() => end,
        () = relay.stopping.cancelled() => End::Stopping,
    };
    session.line.close(end).await;
}

/// Turn a socket away that the limiter did not let in. It is upgraded first
/// because a page can read neither the status nor the body of a failed upgrade.
pub(crate) async fn turn_away(socket: WebSocket, relay: Arc<Relay>, refusal: Refusal) {
    FramedSocket::new(socket, &relay)
        .close(refusal.into())
        .await;
}

struct Session<'a> {
    line: FramedSocket<'a>,
    relay: &'a Relay,
    tunnel: Meter,
    begun: Begun,
    /// Refused signals.
    faults: u32,
}

/// A piece for the tunnel that is held.
type Held<'a> = Pin<Box<dyn Future<Output = Result<(), Refusal>> + Send + 'a>>;

impl<'a> Session<'a> {
    async fn run(&mut self) -> End {
        let (membership, mut mail) = match self.greet().await {
            Ok(seated) => seated,
            Err(end) => return end,
        };
        tokio::select! {
            end = self.talk(&membership, &mut mail.inbox) => end,
            // Even while a send is stuck: the tab that was there may be dead.
            why = &mut mail.dismissed => why.map_or(End::Left, End::Refused),
        }
    }

    /// Challenge, hello, welcome.
    async fn greet(&mut self) -> Result<(Membership, MemberReceivers), End> {
        let limit = self.relay.limits.hello_within;
        let nonce: ChallengeNonce = PeerId(rand::random());
        self.line.say(&FromRelay::Challenge { nonce }).await?;
        let first = timeout(limit, self.line.hear())
            .await
            .map_err(|_| Refusal::HelloLate { limit })??;
        let Heard::Text(first) = first else {
            return Err(Refusal::NoHello { received: "binary" }.into());
        };
        let (membership, mail) = match decode(&first)? {
            ToRelay::Hello {
                protocol,
                network,
                key,
                signature,
            } => self.admit(nonce, protocol, network, key, &signature)?,
            ToRelay::Signal(_) => return Err(Refusal::NoHello { received: "signal" }.into()),
            ToRelay::Peers => return Err(Refusal::NoHello { received: "peers" }.into()),
        };
        self.welcome(&membership).await?;
        Ok((membership, mail))
    }

    async fn welcome(&mut self, membership: &Membership) -> Result<(), End> {
        let welcome = FromRelay::Welcome {
            peers: membership.sample(),
            ice_servers: self.relay.ice_servers(),
            tunnel: self.relay.limits.tunnel_rate,
        };
        self.line.say(&welcome).await
    }

    fn admit(
        &self,
        nonce: ChallengeNonce,
        protocol: u16,
        network: NetworkId,
        key: PublicKey,
        signature: &Signature,
    ) -> Result<(Membership, MemberReceivers), Refusal> {
        if protocol != RELAY_PROTOCOL {
            return Err(Refusal::Protocol {
                required: RELAY_PROTOCOL,
                received: protocol,
            });
        }
        let peer = key.peer_id();
        if !key.verify(&hello_bytes(nonce, network), signature) {
            return Err(Refusal::HelloForged { network, peer });
        }
        self.relay.rooms.join(network, peer)
    }

    /// Until the end: what the peer asks, what comes for it, and pings.
    async fn talk(&mut self, membership: &Membership, inbox: &mut mpsc::Receiver<Queued>) -> End {
        let limits = &self.relay.limits;
        let first_ping = time::Instant::now() + limits.ping_every;
        let mut pings = time::interval_at(first_ping, limits.ping_every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let again = self.relay.renewal();
        let mut renewals = time::interval_at(time::Instant::now() + again, again);
        let mut held: Option<Held<'a>> = None;
        loop {
            let done = tokio::select! {
                // Not read on while a piece is held: that slows its sender down.
                heard = self.line.hear(), if held.is_none() => match heard {
                    Ok(Heard::Text(text)) => self.answer(membership, &text).await,
                    Ok(Heard::Binary(frame)) => self.hold(membership, &frame, &mut held).await,
                    Err(end) => Err(end),
                },
                carried = carried(&mut held) => {
                    held = None;
                    match carried {
                        Ok(()) => Ok(()),
                        Err(refusal) => self.line.refuse(&refusal).await,
                    }
                }
                Some(frame) = inbox.recv() => self.line.pass_on(&frame).await,
                _ = pings.tick() => self.line.ping().await,
                _ = renewals.tick() => self.welcome(membership).await,
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    async fn hold(
        &mut self,
        membership: &Membership,
        frame: &Bytes,
        held: &mut Option<Held<'a>>,
    ) -> Result<(), End> {
        match self.tunnel.take(self.relay, membership, frame) {
            Ok(piece) => {
                *held = Some(Box::pin(piece.carry(self.relay)));
                Ok(())
            }
            Err(Stopped::Absent(peer)) => self.line.say(&FromRelay::Absent { peer }).await,
            Err(Stopped::Refused(refusal @ Refusal::NoPiece { .. })) => Err(refusal.into()),
            Err(Stopped::Refused(refusal @ Refusal::NoTunnel)) => self.fault(&refusal).await,
            // Not the sender's fault alone.
            Err(Stopped::Refused(refusal)) => self.line.refuse(&refusal).await,
        }
    }

    async fn answer(&mut self, membership: &Membership, text: &str) -> Result<(), End> {
        match decode(text)? {
            ToRelay::Hello { .. } => Err(Refusal::HelloTwice.into()),
            ToRelay::Peers => {
                let peers = membership.sample();
                self.line.say(&FromRelay::Peers { peers }).await
            }
            ToRelay::Signal(signed) => {
                let to = signed.signal.to;
                match self.forward(membership, signed) {
                    Ok(Delivery::Queued) => Ok(()),
                    Ok(Delivery::Absent) => self.line.say(&FromRelay::Absent { peer: to }).await,
                    // Not the sender's fault, so it is not counted as one.
                    Ok(Delivery::Dropped(full)) => {
                        let refusal = too_full(&self.relay.limits, full);
                        self.line.refuse(&refusal).await
                    }
                    Err(refusal) => self.fault(&refusal).await,
                }
            }
        }
    }

    /// Cheap checks first: a signature costs 70 us, a comparison nothing.
    fn forward(
        &mut self,
        membership: &Membership,
        signed: SignedSignal,
    ) -> Result<Delivery, Refusal> {
        let signal = &signed.signal;
        if signal.network != membership.network {
            return Err(Refusal::OtherRoom {
                required: membership.network,
                received: signal.network,
            });
        }
        if signal.step.is_carried_by_people() {
            return Err(Refusal::ForPeople);
        }
        let sender = signal.from.peer_id();
        if sender != membership.peer {
            return Err(Refusal::NotTheSender {
                required: membership.peer,
                received: sender,
            });
        }
        let (to, now) = (signal.to, Instant::now());
        let begins = signal.step.begins_a_link();
        if begins && !self.begun.take(to, now) {
            return Ok(Delivery::Absent);
        }
        if signed.verify() != Some(sender) {
            return Err(Refusal::SignalForged { sender });
        }
        if begins && !membership.may_begin(to, now) {
            return Ok(Delivery::Absent);
        }
        let is_about_tunnel = signal.step.is_about_tunnel();
        // Written anew: fields that the signature does not cover stay behind.
        // That may add "mid":null and the like to a frame at the very bound.
        let text = encode(&FromRelay::Signal(signed));
        if text.len() > MAX_RELAY_FRAME {
            return Err(Refusal::TooLarge {
                limit: MAX_RELAY_FRAME,
                received: text.len(),
            });
        }
        let delivery = membership.deliver(to, Message::Text(text));
        if delivery == Delivery::Queued && is_about_tunnel {
            membership.note_tunnel_partner(to);
        }
        if delivery == Delivery::Queued {
            self.relay.stats.forwarded();
        }
        Ok(delivery)
    }

    /// A refused signal: counted, and one too many ends the socket.
    async fn fault(&mut self, refusal: &Refusal) -> Result<(), End> {
        self.line.refuse(refusal).await?;
        self.faults += 1;
        let limit = self.relay.limits.faults;
        if self.faults > limit {
            return Err(Refusal::Misbehaved { limit }.into());
        }
        Ok(())
    }
}

/// The end of what is held; never, when nothing is. Nothing is lost when the future
/// is dropped while it waits.
async fn carried(held: &mut Option<Held<'_>>) -> Result<(), Refusal> {
    match held {
        Some(piece) => piece.await,
        None => std::future::pending().await,
    }
}

fn decode(text: &str) -> Result<ToRelay, Refusal> {
    serde_json::from_str(text).map_err(|error| match version(text) {
        Some(received) if received != RELAY_PROTOCOL => Refusal::Protocol {
            required: RELAY_PROTOCOL,
            received,
        },
        _ => Refusal::Malformed {
            detail: error.to_string(),
        },
    })
}

/// The version that a hello of any version tells.
fn version(text: &str) -> Option<u16> {
    let frame: Map<String, Value> = serde_json::from_str(text).ok()?;
    frame.get("protocol")?.as_u64()?.try_into().ok()
}
