//! One WebSocket from challenge to close. The protocol is the one of
//! [`tablon_core::relay`]; this file reads in its order.

use std::sync::Arc;

use axum::extract::ws::WebSocket;
use serde::Deserialize;
use tablon_core::hash::{NetworkId, PeerId};
use tablon_core::keys::{PublicKey, Signature};
use tablon_core::relay::{
    ChallengeNonce, FromRelay, MAX_RELAY_FRAME, RELAY_PROTOCOL, SignedSignal, ToRelay, hello_bytes,
};
use tokio::sync::mpsc;
use tokio::time::{self, MissedTickBehavior, timeout};

use crate::Relay;
use crate::line::{Line, encode};
use crate::outbox::{Full, Queued};
use crate::refusal::{End, Refusal};
use crate::rooms::{Delivery, Mail, Seat};

/// Serve a socket until it ends, and say why it ended.
pub(crate) async fn serve(socket: WebSocket, relay: Arc<Relay>) {
    let mut session = Session {
        line: Line::new(socket, &relay),
        relay: &relay,
        faults: 0,
    };
    let end = tokio::select! {
        end = session.run() => end,
        () = relay.stopping.cancelled() => End::Stopping,
    };
    session.line.close(end).await;
}

/// Turn a socket away that the door did not let in. It is upgraded first
/// because a page can read neither the status nor the body of a failed upgrade.
pub(crate) async fn turn_away(socket: WebSocket, relay: Arc<Relay>, refusal: Refusal) {
    Line::new(socket, &relay).close(refusal.into()).await;
}

struct Session<'a> {
    line: Line<'a>,
    relay: &'a Relay,
    /// Refused signals.
    faults: u32,
}

impl Session<'_> {
    async fn run(&mut self) -> End {
        let (seat, mut mail) = match self.greet().await {
            Ok(seated) => seated,
            Err(end) => return end,
        };
        tokio::select! {
            end = self.talk(&seat, &mut mail.inbox) => end,
            // Even while a send is stuck: the tab that was there may be dead.
            why = &mut mail.dismissed => why.map_or(End::Left, End::Refused),
        }
    }

    /// Challenge, hello, welcome.
    async fn greet(&mut self) -> Result<(Seat, Mail), End> {
        let limit = self.relay.limits.hello_within;
        let nonce: ChallengeNonce = PeerId(rand::random());
        self.line.say(&FromRelay::Challenge { nonce }).await?;
        let first = timeout(limit, self.line.hear())
            .await
            .map_err(|_| Refusal::HelloLate { limit })??;
        let (seat, mail) = match decode(&first)? {
            ToRelay::Hello {
                protocol,
                network,
                key,
                signature,
            } => self.seat(nonce, protocol, network, key, &signature)?,
            ToRelay::Signal(_) => return Err(Refusal::NoHello { received: "signal" }.into()),
            ToRelay::Peers => return Err(Refusal::NoHello { received: "peers" }.into()),
        };
        let welcome = FromRelay::Welcome {
            peers: seat.sample(),
            ice_servers: self.relay.ice.clone(),
        };
        self.line.say(&welcome).await?;
        Ok((seat, mail))
    }

    fn seat(
        &self,
        nonce: ChallengeNonce,
        protocol: u16,
        network: NetworkId,
        key: PublicKey,
        signature: &Signature,
    ) -> Result<(Seat, Mail), Refusal> {
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
    async fn talk(&mut self, seat: &Seat, inbox: &mut mpsc::Receiver<Queued>) -> End {
        let limits = &self.relay.limits;
        let first_ping = time::Instant::now() + limits.ping_every;
        let mut pings = time::interval_at(first_ping, limits.ping_every);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let done = tokio::select! {
                text = self.line.hear() => match text {
                    Ok(text) => self.answer(seat, &text).await,
                    Err(end) => Err(end),
                },
                Some(frame) = inbox.recv() => self.line.pass_on(&frame).await,
                _ = pings.tick() => self.line.ping().await,
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    async fn answer(&mut self, seat: &Seat, text: &str) -> Result<(), End> {
        match decode(text)? {
            ToRelay::Hello { .. } => Err(Refusal::HelloTwice.into()),
            ToRelay::Peers => {
                let peers = seat.sample();
                self.line.say(&FromRelay::Peers { peers }).await
            }
            ToRelay::Signal(signed) => {
                let to = signed.signal.to;
                match self.forward(seat, signed) {
                    Ok(Delivery::Queued) => Ok(()),
                    Ok(Delivery::Absent) => self.line.say(&FromRelay::Absent { peer: to }).await,
                    // Not the sender's fault, so it is not counted as one.
                    Ok(Delivery::Dropped(full)) => {
                        let refusal = self.too_full(full);
                        self.line.refuse(&refusal).await
                    }
                    Err(refusal) => self.fault(&refusal).await,
                }
            }
        }
    }

    fn too_full(&self, full: Full) -> Refusal {
        let limits = &self.relay.limits;
        match full {
            Full::Peer => Refusal::Crowded {
                frames: limits.queue_frames,
                bytes: limits.queue_bytes,
            },
            Full::Relay => Refusal::Busy {
                limit: limits.queue_bytes_of_all,
            },
        }
    }

    /// Cheap checks first: a signature costs 70 us, a comparison nothing.
    fn forward(&self, seat: &Seat, signed: SignedSignal) -> Result<Delivery, Refusal> {
        let signal = &signed.signal;
        if signal.network != seat.network {
            return Err(Refusal::OtherRoom {
                required: seat.network,
                received: signal.network,
            });
        }
        let sender = signal.from.peer_id();
        if sender != seat.peer {
            return Err(Refusal::NotTheSender {
                required: seat.peer,
                received: sender,
            });
        }
        if signed.verify() != Some(sender) {
            return Err(Refusal::SignalForged { sender });
        }
        let to = signal.to;
        // Written anew: fields that the signature does not cover stay behind.
        // That may add "mid":null and the like to a frame at the very bound.
        let text = encode(&FromRelay::Signal(signed));
        if text.len() > MAX_RELAY_FRAME {
            return Err(Refusal::TooLarge {
                limit: MAX_RELAY_FRAME,
                received: text.len(),
            });
        }
        let delivery = seat.deliver(to, text);
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

fn decode(text: &str) -> Result<ToRelay, Refusal> {
    /// What a hello of any version has.
    #[derive(Deserialize)]
    struct Versioned {
        protocol: u16,
    }
    serde_json::from_str(text).map_err(|error| match serde_json::from_str(text) {
        Ok(Versioned { protocol }) if protocol != RELAY_PROTOCOL => Refusal::Protocol {
            required: RELAY_PROTOCOL,
            received: protocol,
        },
        _ => Refusal::Malformed {
            detail: error.to_string(),
        },
    })
}
