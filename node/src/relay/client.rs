//! The socket to one relay: proves the node's key, then asks and hears, until it
//! ends, and again.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tablon_core::hash::{NetworkId, PeerId};
use tablon_core::keys::SecretKey;
use tablon_core::relay::{
    FromRelay, MAX_RELAY_FRAME, MAX_SAMPLE, RELAY_PROTOCOL, ToRelay, hello_bytes,
};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};
use tokio_util::sync::CancellationToken;

use super::Said;
use super::pace::Pace;
use crate::RelayAddress;
use crate::backoff::Backoff;
use crate::driver::{Door, Event};
use crate::reach::Reach;
use crate::tls::{Stream, Trust};

/// From the connection to the welcome, from a question to its answer, and for one
/// frame to leave: a socket whose other end is gone says nothing by itself. Core
/// asks for peers once a minute at least.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Read at once; frames are small.
const READ_BUFFER: usize = 4 * 1024;

/// Characters of what a relay says for people that go to the log.
const MAX_REASON: usize = 200;

/// The client of one relay.
#[derive(Debug)]
pub(crate) struct Client {
    /// By which the driver knows it.
    pub(crate) number: usize,
    pub(crate) address: RelayAddress,
    pub(crate) network: NetworkId,
    pub(crate) key: SecretKey,
    pub(crate) door: Door,
    pub(crate) trust: Arc<Trust>,
}

type Socket = WebSocketStream<Stream>;

impl Client {
    /// Stay connected until the node stops.
    pub(crate) async fn serve(
        self,
        mut orders: mpsc::Receiver<ToRelay>,
        stopping: CancellationToken,
    ) {
        tokio::select! {
            () = self.stay(&mut orders) => {}
            () = stopping.cancelled() => {}
        }
    }

    async fn stay(&self, orders: &mut mpsc::Receiver<ToRelay>) {
        let mut backoff = Backoff::default();
        let mut told = false;
        loop {
            let entered = timeout(ANSWER_WITHIN, self.enter()).await;
            let entered = entered.unwrap_or_else(|_| Err(late("let this node in")));
            let reason = match entered {
                Ok((mut socket, peers)) => {
                    backoff.reset();
                    told = false;
                    tracing::info!(relay = %self.address, "introduced");
                    if !(self.say(Said::Here).await && self.introduce(peers).await) {
                        return;
                    }
                    let reason = self.talk(&mut socket, orders).await;
                    if !self.say(Said::Away).await {
                        return;
                    }
                    // The driver sends no more once it has heard that.
                    while let Ok(order) = orders.try_recv() {
                        self.not_carried(order).await;
                    }
                    reason
                }
                Err(reason) => reason,
            };
            // Once: a relay that stays away is no news.
            if !told {
                tracing::warn!(relay = %self.address, reason, "not introduced");
                told = true;
            }
            tokio::time::sleep(backoff.next()).await;
        }
    }

    /// Challenge, hello, welcome.
    async fn enter(&self) -> Result<(Socket, Vec<PeerId>), String> {
        let stream = self
            .trust
            .connect(self.address.place(), Reach::Anywhere)
            .await?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .write_buffer_size(0)
            .max_write_buffer_size(4 * MAX_RELAY_FRAME)
            .max_message_size(Some(MAX_RELAY_FRAME))
            .max_frame_size(Some(MAX_RELAY_FRAME));
        let upgraded =
            client_async_with_config(self.address.to_string(), stream, Some(config)).await;
        let (mut socket, _) = upgraded.map_err(|error| format!("it is no relay: {error}"))?;
        let nonce = match hear(&mut socket).await? {
            FromRelay::Challenge { nonce } => nonce,
            FromRelay::Refused { reason } => return Err(refused(&reason)),
            _ => return Err("a relay begins with a challenge".into()),
        };
        let hello = ToRelay::Hello {
            protocol: RELAY_PROTOCOL,
            network: self.network,
            key: self.key.public(),
            signature: self.key.sign(&hello_bytes(nonce, self.network)),
        };
        send(&mut socket, &hello).await?;
        match hear(&mut socket).await? {
            FromRelay::Welcome { peers, .. } => Ok((socket, peers)),
            FromRelay::Refused { reason } => Err(refused(&reason)),
            _ => Err("a relay answers a hello with a welcome".into()),
        }
    }

    /// Until the end; why it ended.
    async fn talk(&self, socket: &mut Socket, orders: &mut mpsc::Receiver<ToRelay>) -> String {
        let mut pace = Pace::new(Instant::now());
        let mut read_on = Instant::now();
        let mut answer_by: Option<Instant> = None;
        loop {
            // Read on later, not never: what is due waits with it.
            let late = answer_by.map(|by| by.max(read_on + ANSWER_WITHIN));
            tokio::select! {
                message = read(socket, read_on) => {
                    read_on = Instant::now() + pace.take(Instant::now());
                    let frame = match message.map(understand) {
                        Ok(Ok(Some(frame))) => frame,
                        Ok(Ok(None)) => continue,
                        Ok(Err(reason)) | Err(reason) => return reason,
                    };
                    answer_by = None;
                    if !self.heard(frame).await {
                        return "this node stops".into();
                    }
                }
                order = orders.recv() => {
                    let Some(order) = order else { return "this node stops".into() };
                    let asks = matches!(order, ToRelay::Peers);
                    if let Err(reason) = send(socket, &order).await {
                        self.not_carried(order).await;
                        return reason;
                    }
                    if asks && answer_by.is_none() {
                        answer_by = Some(Instant::now() + ANSWER_WITHIN);
                    }
                }
                () = until(late) => return self::late("answer"),
            }
        }
    }

    /// False when the driver is gone.
    async fn heard(&self, frame: FromRelay) -> bool {
        match frame {
            // It says so again when TURN credentials are renewed, which are for tabs.
            FromRelay::Welcome { peers, .. } | FromRelay::Peers { peers } => {
                self.introduce(peers).await
            }
            FromRelay::Signal(signed) => self.say(Said::Signal(Box::new(signed))).await,
            FromRelay::Absent { peer } => self.say(Said::Unreachable(peer)).await,
            FromRelay::Refused { reason } => {
                tracing::debug!(relay = %self.address, reason = refused(&reason));
                true
            }
            FromRelay::Challenge { .. } => true,
        }
    }

    async fn introduce(&self, mut peers: Vec<PeerId>) -> bool {
        peers.truncate(MAX_SAMPLE);
        self.say(Said::Peers(peers)).await
    }

    async fn not_carried(&self, order: ToRelay) {
        if let ToRelay::Signal(signed) = order {
            self.say(Said::Unreachable(signed.signal.to)).await;
        }
    }

    async fn say(&self, said: Said) -> bool {
        let relay = self.number;
        self.door.tell(Event::Relay { relay, said }).await
    }
}

async fn until(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

// Dropped while it waits, it has read nothing.
async fn read(socket: &mut Socket, after: Instant) -> Result<Message, String> {
    sleep_until(after).await;
    match socket.next().await {
        Some(Ok(message)) => Ok(message),
        Some(Err(error)) => Err(error.to_string()),
        None => Err("the connection ended".into()),
    }
}

/// None for what means nothing here: pings, which the library answers, and pieces of
/// the tunnel, which any tab can send.
fn understand(message: Message) -> Result<Option<FromRelay>, String> {
    match message {
        Message::Text(text) => {
            let frame = serde_json::from_str(&text);
            frame
                .map(Some)
                .map_err(|error| format!("it sent what is no frame: {error}"))
        }
        Message::Close(Some(close)) => {
            Err(format!("it closed the connection: {}", cut(&close.reason)))
        }
        Message::Close(None) => Err("it closed the connection".into()),
        _ => Ok(None),
    }
}

async fn hear(socket: &mut Socket) -> Result<FromRelay, String> {
    loop {
        let message = read(socket, Instant::now()).await?;
        if let Some(frame) = understand(message)? {
            return Ok(frame);
        }
    }
}

async fn send(socket: &mut Socket, frame: &ToRelay) -> Result<(), String> {
    let text = serde_json::to_string(frame).expect("a frame to the relay is plain JSON");
    let sending = socket.send(Message::text(text));
    match timeout(ANSWER_WITHIN, sending).await {
        Ok(sent) => sent.map_err(|error| error.to_string()),
        Err(_) => Err(late("read")),
    }
}

fn late(what: &str) -> String {
    format!("it did not {what} within {} s", ANSWER_WITHIN.as_secs())
}

fn refused(reason: &str) -> String {
    format!("it refused: {}", cut(reason))
}

// What a stranger says goes to the log in one line.
fn cut(reason: &str) -> String {
    let plain = reason.chars().filter(|letter| !letter.is_control());
    plain.take(MAX_REASON).collect()
}
