//! One WebSocket from challenge to close. The protocol is the one of
//! [`tablon_core::relay`]; this file reads in its order.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use serde::Deserialize;
use tablon_core::hash::{NetworkId, PeerId};
use tablon_core::keys::{PublicKey, Signature};
use tablon_core::relay::{
    ChallengeNonce, FromRelay, MAX_RELAY_FRAME, RELAY_PROTOCOL, SignedSignal, ToRelay, hello_bytes,
};
use tokio::sync::mpsc;
use tokio::time::{self, MissedTickBehavior, timeout};

use crate::Relay;
use crate::bucket::Bucket;
use crate::outbox::{Full, Queued};
use crate::refusal::{End, Refusal, Then, code};
use crate::rooms::{Delivery, Mail, Seat};

/// Serve a socket until it ends, and say why it ended.
pub(crate) async fn serve(socket: WebSocket, relay: Arc<Relay>) {
    let now = Instant::now();
    let limits = &relay.limits;
    let mut session = Session {
        frames: Bucket::new(limits.frame_burst, limits.frames_per_second, now),
        bytes: Bucket::new(limits.byte_burst, limits.bytes_per_second, now),
        faults: 0,
        heard: now,
        socket,
        relay: &relay,
    };
    let end = tokio::select! {
        end = session.run() => end,
        () = relay.stopping.cancelled() => End::Stopping,
    };
    session.close(end).await;
}

/// Turn a socket away that the door did not let in. It is upgraded first
/// because a page can read neither the status nor the body of a failed upgrade.
pub(crate) async fn turn_away(socket: WebSocket, relay: Arc<Relay>, refusal: Refusal) {
    let now = Instant::now();
    let session = Session {
        frames: Bucket::new(0, 0, now),
        bytes: Bucket::new(0, 0, now),
        faults: 0,
        heard: now,
        socket,
        relay: &relay,
    };
    session.close(refusal.into()).await;
}

struct Session<'a> {
    socket: WebSocket,
    relay: &'a Relay,
    frames: Bucket,
    bytes: Bucket,
    /// Refused signals.
    faults: u32,
    /// When anything last came, pongs included.
    heard: Instant,
}

impl Session<'_> {
    async fn run(&mut self) -> End {
        let (seat, mut mail) = match self.greet().await {
            Ok(seated) => seated,
            Err(end) => return end,
        };
        tokio::select! {
            end = self.talk(&seat, &mut mail.inbox) => end,
            // Even while a send is stuck: that is what a slow reader looks like.
            why = &mut mail.dismissed => why.map_or(End::Left, End::Refused),
        }
    }

    /// Challenge, hello, welcome.
    async fn greet(&mut self) -> Result<(Seat, Mail), End> {
        let limit = self.relay.limits.hello_within;
        let nonce: ChallengeNonce = PeerId(rand::random());
        self.say(&FromRelay::Challenge { nonce }).await?;
        let first = timeout(limit, self.hear())
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
        self.say(&welcome).await?;
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
                text = self.hear() => match text {
                    Ok(text) => self.answer(seat, &text).await,
                    Err(end) => Err(end),
                },
                Some(frame) = inbox.recv() => self.pass_on(&frame).await,
                _ = pings.tick() => self.ping().await,
            };
            if let Err(end) = done {
                return end;
            }
        }
    }

    async fn pass_on(&mut self, frame: &Queued) -> Result<(), End> {
        let limit = self.relay.limits.send_within;
        if frame.since.elapsed() > limit {
            return Err(Refusal::SlowReader { limit }.into());
        }
        self.send(Message::Text(frame.text.clone())).await
    }

    async fn ping(&mut self) -> Result<(), End> {
        let limit = self.relay.limits.silent_for;
        if self.heard.elapsed() >= limit {
            return Err(Refusal::Silent { limit }.into());
        }
        self.send(Message::Ping(bytes::Bytes::new())).await
    }

    async fn answer(&mut self, seat: &Seat, text: &str) -> Result<(), End> {
        match decode(text)? {
            ToRelay::Hello { .. } => Err(Refusal::HelloTwice.into()),
            ToRelay::Peers => {
                let peers = seat.sample();
                self.say(&FromRelay::Peers { peers }).await
            }
            ToRelay::Signal(signed) => {
                let to = signed.signal.to;
                match self.forward(seat, signed) {
                    Ok(Delivery::Queued) => Ok(()),
                    Ok(Delivery::Absent) => self.say(&FromRelay::Absent { peer: to }).await,
                    // Not the sender's fault, so it is not counted as one.
                    Ok(Delivery::Dropped(full)) => self.refuse(&self.too_full(full)).await,
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
        self.refuse(refusal).await?;
        self.faults += 1;
        let limit = self.relay.limits.faults;
        if self.faults > limit {
            return Err(Refusal::Misbehaved { limit }.into());
        }
        Ok(())
    }

    async fn refuse(&mut self, refusal: &Refusal) -> Result<(), End> {
        self.relay.stats.refused(refusal.rule().0);
        let reason = refusal.reason();
        self.say(&FromRelay::Refused { reason }).await
    }

    /// The next text frame. Every message is paid for, pings too. Nothing is
    /// lost when the future is dropped while it waits.
    async fn hear(&mut self) -> Result<Utf8Bytes, End> {
        loop {
            let message = match self.socket.recv().await {
                Some(message) => message?,
                None => return Err(End::Left),
            };
            self.heard = Instant::now();
            self.charge(&message)?;
            match message {
                Message::Text(text) if text.len() > MAX_RELAY_FRAME => {
                    return Err(Refusal::TooLarge {
                        limit: MAX_RELAY_FRAME,
                        received: text.len(),
                    }
                    .into());
                }
                Message::Text(text) => return Ok(text),
                Message::Binary(bytes) => {
                    return Err(Refusal::Binary {
                        received: bytes.len(),
                    }
                    .into());
                }
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Close(_) => return Err(End::Left),
            }
        }
    }

    fn charge(&mut self, message: &Message) -> Result<(), Refusal> {
        let size = match message {
            Message::Text(text) => text.len(),
            Message::Binary(bytes) | Message::Ping(bytes) | Message::Pong(bytes) => bytes.len(),
            Message::Close(_) => 0,
        };
        let limits = &self.relay.limits;
        if !self.frames.take(1, self.heard) {
            return Err(Refusal::TooManyFrames {
                burst: limits.frame_burst,
                per_second: limits.frames_per_second,
            });
        }
        if !self.bytes.take(size, self.heard) {
            return Err(Refusal::TooManyBytes {
                burst: limits.byte_burst,
                per_second: limits.bytes_per_second,
            });
        }
        Ok(())
    }

    async fn say(&mut self, frame: &FromRelay) -> Result<(), End> {
        self.send(Message::Text(encode(frame))).await
    }

    async fn send(&mut self, message: Message) -> Result<(), End> {
        let limit = self.relay.limits.send_within;
        timeout(limit, self.socket.send(message))
            .await
            .map_err(|_| Refusal::SlowReader { limit })?
            .map_err(|_| End::Left)
    }

    /// Say why, close, and wait a moment for the peer's own close: a connection
    /// that is dropped with unread bytes is reset, and the reason with it.
    async fn close(mut self, end: End) {
        let (code, rule) = match &end {
            End::Left => (None, "left"),
            End::Stopping => (Some(code::RESTART), "the relay stops"),
            End::Refused(refusal) => match refusal.rule() {
                (rule, Then::Close(code)) => (Some(code), rule),
                // A signal that does not fit when written anew.
                (rule, Then::Stay) => (Some(code::POLICY), rule),
            },
        };
        tracing::debug!(rule, "a socket ends");
        let within = self.relay.limits.close_within;
        let farewell = async {
            if let End::Refused(refusal) = &end
                && self.refuse(refusal).await.is_err()
            {
                return;
            }
            if let Some(code) = code {
                let reason = rule.into();
                let frame = Message::Close(Some(CloseFrame { code, reason }));
                if self.socket.send(frame).await.is_err() {
                    return;
                }
            }
            loop {
                match self.socket.recv().await {
                    Some(Ok(_)) => {}
                    // Too large to be read past: leave the peer time to read ours.
                    Some(Err(error)) => match End::from(error) {
                        End::Refused(_) => return time::sleep(within).await,
                        End::Left | End::Stopping => return,
                    },
                    None => return,
                }
            }
        };
        // Past this the connection is dropped, whatever the peer does.
        let _ = timeout(within, farewell).await;
    }
}

fn encode(frame: &FromRelay) -> Utf8Bytes {
    serde_json::to_string(frame)
        .expect("ids, numbers and text always have a JSON form")
        .into()
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
