//! The line to one tab: frames in, each one paid for; frames out, each in time;
//! and an end that says why.

use std::time::Instant;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use bytes::Bytes;
use tablon_core::relay::{FromRelay, MAX_RELAY_FRAME};
use tokio::time::{sleep, timeout};

use crate::Relay;
use crate::bucket::Bucket;
use crate::outbox::{Queued, size};
use crate::refusal::{End, Refusal, Then, code};

/// What a tab says.
#[derive(Debug)]
pub(crate) enum Heard {
    /// A frame of the protocol, yet to be read. Paid for.
    Text(Utf8Bytes),
    /// Something for the tunnel, which has a rate of its own.
    Binary(Bytes),
}

/// A WebSocket and the bounds that hold whatever is said on it.
pub(crate) struct FramedSocket<'a> {
    socket: WebSocket,
    relay: &'a Relay,
    frames: Bucket,
    bytes: Bucket,
    /// When anything last came, pongs included.
    heard: Instant,
}

impl<'a> FramedSocket<'a> {
    pub(crate) fn new(socket: WebSocket, relay: &'a Relay) -> Self {
        let now = Instant::now();
        let limits = &relay.limits;
        Self {
            frames: Bucket::new(limits.frame_burst, limits.frames_per_second, now),
            bytes: Bucket::new(limits.byte_burst, limits.bytes_per_second, now),
            heard: now,
            socket,
            relay,
        }
    }

    /// The next frame. Every message is paid for, pings too. Nothing is lost when
    /// the future is dropped while it waits.
    pub(crate) async fn hear(&mut self) -> Result<Heard, End> {
        loop {
            let message = match self.socket.recv().await {
                Some(message) => message?,
                None => return Err(End::Left),
            };
            self.heard = Instant::now();
            self.charge(&message)?;
            match message {
                Message::Text(_) | Message::Binary(_) if size(&message) > MAX_RELAY_FRAME => {
                    return Err(Refusal::TooLarge {
                        limit: MAX_RELAY_FRAME,
                        received: size(&message),
                    }
                    .into());
                }
                Message::Text(text) => return Ok(Heard::Text(text)),
                Message::Binary(bytes) => return Ok(Heard::Binary(bytes)),
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Close(_) => return Err(End::Left),
            }
        }
    }

    pub(crate) async fn say(&mut self, frame: &FromRelay) -> Result<(), End> {
        self.send(Message::Text(encode(frame))).await
    }

    /// Refuse something; whether the socket ends is another matter.
    pub(crate) async fn refuse(&mut self, refusal: &Refusal) -> Result<(), End> {
        self.relay.stats.refused(refusal.rule().0);
        let reason = refusal.reason();
        self.say(&FromRelay::Refused { reason }).await
    }

    /// Send what waited in the outbox.
    pub(crate) async fn pass_on(&mut self, frame: &Queued) -> Result<(), End> {
        let limit = self.relay.limits.send_within;
        if frame.since.elapsed() > limit {
            return Err(Refusal::SlowReader { limit }.into());
        }
        self.send(frame.message.clone()).await
    }

    /// Ask for a sign of life, unless none has come for too long.
    pub(crate) async fn ping(&mut self) -> Result<(), End> {
        let limit = self.relay.limits.silent_for;
        if self.heard.elapsed() >= limit {
            return Err(Refusal::Silent { limit }.into());
        }
        self.send(Message::Ping(Bytes::new())).await
    }

    /// Say why, close, and wait a moment for the peer's own close: a connection
    /// that is dropped with unread bytes is reset, and the reason with it.
    pub(crate) async fn close(mut self, end: End) {
        let (code, rule) = match &end {
            End::Left => (None, "left"),
            End::Stopping => (Some(code::RESTART), "the relay stops"),
            End::Refused(refusal) => match refusal.rule() {
                (rule, Then::Close(code)) => (Some(code), rule),
                // Rules that close nothing do not come here; were one to, it closes.
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
                        End::Refused(_) => return sleep(within).await,
                        End::Left | End::Stopping => return,
                    },
                    None => return,
                }
            }
        };
        // Past this the connection is dropped, whatever the peer does.
        let _ = timeout(within, farewell).await;
    }

    fn charge(&mut self, message: &Message) -> Result<(), Refusal> {
        let limits = &self.relay.limits;
        if matches!(message, Message::Binary(_)) && limits.tunnel_rate > 0 {
            return Ok(());
        }
        let size = size(message);
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

    async fn send(&mut self, message: Message) -> Result<(), End> {
        let limit = self.relay.limits.send_within;
        timeout(limit, self.socket.send(message))
            .await
            .map_err(|_| Refusal::SlowReader { limit })?
            .map_err(|_| End::Left)
    }
}

/// As it goes over the wire.
pub(crate) fn encode(frame: &FromRelay) -> Utf8Bytes {
    serde_json::to_string(frame)
        .expect("ids, numbers and text always have a JSON form")
        .into()
}
