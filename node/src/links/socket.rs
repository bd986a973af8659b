//! One WebSocket from handshake to end. Each binary message is one whole message
//! of [`tablon_core::wire`]; its liveness is core's to watch, by pings of its own.

use std::fmt;
use std::net::IpAddr;
use std::pin::Pin;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message as AxumMessage, WebSocket};
use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream, StreamExt, future};
use tablon_core::address_group::AddressGroup;
use tablon_core::handshake::{Handshake, HandshakeError, MAX_HANDSHAKE, Role};
use tablon_core::hash::PeerId;
use tablon_core::node::LinkOrigin;
use tablon_core::view::LinkKind;
use tablon_core::wire::MAX_FRAME;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame as TungsteniteClose;

use super::outbox::{Mail, Outbox};
use super::{LinkId, Linker};
use crate::driver::{Door, Event};
use crate::tls;

/// Bytes of a WebSocket message, at most. tungstenite holds an unfinished one.
pub(crate) const MAX_MESSAGE: usize = MAX_FRAME;

/// Bytes that tungstenite reads at once, a turn; its default of 128 KiB a socket is for
/// servers of few.
pub(crate) const READ_BUFFER: usize = 4 * 1024;

/// Pings and pongs of the WebSocket between two messages, at most. Nodes say none, since
/// core has its own; a proxy's come twice a minute, and core's at least six times.
const MAX_CONTROL_FRAMES: usize = 64;

/// From the upgrade to both proofs: a phone that wakes its radio needs 5 s.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);

/// For one message to leave towards its reader: 13 KiB/s for a full block.
const SEND_WITHIN: Duration = Duration::from_secs(10);

/// For a close to leave.
const CLOSE_WITHIN: Duration = Duration::from_millis(500);

/// Bytes of a close's reason, at most: a control frame has 125, two of them code.
const MAX_REASON: usize = 123;

/// Close codes of RFC 6455.
const GOING_AWAY: u16 = 1001;
const POLICY: u16 = 1008;

/// What goes over a socket, whoever made it.
#[derive(Debug)]
pub(super) enum Frame {
    Binary(Bytes),
    Close(u16, String),
    /// Pings and pongs, which the library answers.
    Other,
    /// Nobody says text here.
    Text,
}

/// Who opened a link, and by whose wish.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    role: Role,
    origin: LinkOrigin,
}

impl Wanted {
    /// This node called.
    pub(super) fn called(origin: LinkOrigin) -> Self {
        let role = Role::Caller;
        Self { role, origin }
    }

    /// Another called, from this address.
    pub(super) fn taken(from: IpAddr) -> Self {
        Self {
            role: Role::Callee,
            origin: LinkOrigin::Inbound(Some(AddressGroup::of(from))),
        }
    }
}

type Incoming = Pin<Box<dyn Stream<Item = Result<Frame, String>> + Send>>;
type Outgoing = Pin<Box<dyn Sink<Frame, Error = String> + Send>>;

/// A socket in two halves, so that one can be full while the other is read: two
/// nodes that send each other blocks would else wait for each other.
pub(super) struct Socket {
    incoming: Incoming,
    outgoing: Outgoing,
}

/// Why a link ended.
#[derive(Debug, Clone)]
pub(super) enum End {
    /// The peer is not who it should be.
    Refused(HandshakeError),
    /// It proved a key, but not the one that was called.
    Stranger { required: PeerId, received: PeerId },
    /// The node or the driver does not want it; whether another link to the same
    /// peer is there.
    Dismissed(String),
    /// The other side closed, or the connection broke.
    Lost(String),
    /// This node stops.
    Stopping,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(error) => write!(f, "{error}"),
            Self::Stranger { required, received } => {
                write!(f, "node {required} was called, {received} answers")
            }
            Self::Dismissed(reason) | Self::Lost(reason) => f.write_str(reason),
            Self::Stopping => f.write_str("this node stops"),
        }
    }
}

pub(super) fn of_axum(socket: WebSocket) -> Socket {
    let (outgoing, incoming) = socket.split();
    let incoming = incoming.map(|message| match message {
        Ok(AxumMessage::Binary(bytes)) => Ok(Frame::Binary(bytes)),
        Ok(AxumMessage::Close(close)) => Ok(match close {
            Some(close) => Frame::Close(close.code, close.reason.to_string()),
            None => Frame::Close(0, String::new()),
        }),
        Ok(AxumMessage::Text(_)) => Ok(Frame::Text),
        Ok(AxumMessage::Ping(_) | AxumMessage::Pong(_)) => Ok(Frame::Other),
        Err(error) => Err(error.to_string()),
    });
    let outgoing = outgoing
        .sink_map_err(|error: axum::Error| error.to_string())
        .with(|frame| {
            future::ready(Ok::<_, String>(match frame {
                Frame::Binary(bytes) => AxumMessage::Binary(bytes),
                Frame::Close(code, reason) => AxumMessage::Close(Some(CloseFrame {
                    code,
                    reason: reason.into(),
                })),
                Frame::Other | Frame::Text => AxumMessage::Pong(Bytes::new()),
            }))
        });
    Socket {
        incoming: Box::pin(incoming),
        outgoing: Box::pin(outgoing),
    }
}

pub(super) fn of_tungstenite(socket: WebSocketStream<tls::Stream>) -> Socket {
    let (outgoing, incoming) = socket.split();
    let incoming = incoming.map(|message| match message {
        Ok(Message::Binary(bytes)) => Ok(Frame::Binary(bytes)),
        Ok(Message::Close(close)) => Ok(match close {
            Some(close) => Frame::Close(close.code.into(), close.reason.to_string()),
            None => Frame::Close(0, String::new()),
        }),
        Ok(Message::Text(_)) => Ok(Frame::Text),
        Ok(_) => Ok(Frame::Other),
        Err(error) => Err(error.to_string()),
    });
    let outgoing = outgoing
        .sink_map_err(|error| error.to_string())
        .with(|frame| {
            future::ready(Ok::<_, String>(match frame {
                Frame::Binary(bytes) => Message::Binary(bytes),
                Frame::Close(code, reason) => Message::Close(Some(TungsteniteClose {
                    code: code.into(),
                    reason: reason.into(),
                })),
                Frame::Other | Frame::Text => Message::Pong(Bytes::new()),
            }))
        });
    Socket {
        incoming: Box::pin(incoming),
        outgoing: Box::pin(outgoing),
    }
}

/// Shake hands, then carry messages until the end; `linked` runs when the node has
/// taken the peer.
pub(super) async fn serve(
    mut socket: Socket,
    wanted: Wanted,
    linker: &Linker,
    linked: impl FnOnce(PeerId),
) -> End {
    let greet_and_carry = async {
        match socket.greet(wanted.role, linker).await {
            Ok(peer) => carry(&mut socket, peer, wanted, linker, linked).await,
            Err(end) => end,
        }
    };
    let ended = tokio::select! {
        ended = greet_and_carry => ended,
        () = linker.stopping.cancelled() => End::Stopping,
    };
    socket.farewell(&ended).await;
    ended
}

/// As [`serve`], when hands have been shaken with `peer`.
pub(super) async fn serve_proven(
    mut socket: Socket,
    peer: PeerId,
    wanted: Wanted,
    linker: &Linker,
) -> End {
    let ended = tokio::select! {
        ended = carry(&mut socket, peer, wanted, linker, |_| {}) => ended,
        () = linker.stopping.cancelled() => End::Stopping,
    };
    socket.farewell(&ended).await;
    ended
}

async fn carry(
    socket: &mut Socket,
    peer: PeerId,
    wanted: Wanted,
    linker: &Linker,
    linked: impl FnOnce(PeerId),
) -> End {
    let link = LinkId::fresh();
    let (outbox, mail) = Outbox::new();
    let (taken, answer) = oneshot::channel();
    let up = Event::LinkUp {
        peer,
        link,
        kind: LinkKind::Websocket,
        role: wanted.role,
        origin: wanted.origin,
        outbox,
        taken,
    };
    if !linker.door.tell(up).await {
        return End::Stopping;
    }
    if answer.await.unwrap_or(false) {
        linked(peer);
    }
    let carrying = socket.carry(peer, link, wanted.origin, mail, &linker.door);
    let end = carrying.await;
    let down = Event::LinkDown {
        peer,
        link,
        reason: end.to_string(),
    };
    linker.door.tell(down).await;
    end
}

impl Socket {
    /// Shake hands, in time: who is at the other end.
    pub(super) async fn greet(&mut self, role: Role, linker: &Linker) -> Result<PeerId, End> {
        let shaking = timeout(HANDSHAKE_WITHIN, self.shake_hands(role, linker));
        shaking.await.unwrap_or_else(|_| {
            let seconds = HANDSHAKE_WITHIN.as_secs();
            Err(End::Dismissed(format!("no handshake within {seconds} s")))
        })
    }

    /// Close, and say why.
    pub(super) async fn farewell(&mut self, end: &End) {
        let code = match end {
            End::Lost(_) => return,
            End::Stopping => GOING_AWAY,
            End::Refused(_) | End::Stranger { .. } | End::Dismissed(_) => POLICY,
        };
        self.close(code, end.to_string()).await;
    }

    async fn shake_hands(&mut self, role: Role, linker: &Linker) -> Result<PeerId, End> {
        let (key, nonce) = (linker.key.clone(), rand::random());
        let (handshake, greeting) = Handshake::begin(role, key, linker.network, nonce);
        self.say(greeting).await?;
        let greeting = self.hear(MAX_HANDSHAKE).await?;
        let (handshake, proof) = handshake.greeted(&greeting).map_err(End::Refused)?;
        self.say(proof).await?;
        let proof = self.hear(MAX_HANDSHAKE).await?;
        handshake.proven(&proof).map_err(End::Refused)
    }

    async fn carry(
        &mut self,
        peer: PeerId,
        link: LinkId,
        origin: LinkOrigin,
        mail: Mail,
        door: &Door,
    ) -> End {
        let Mail { mut frames, end } = mail;
        let Self { incoming, outgoing } = self;
        let read = async {
            loop {
                let frame = match hear(incoming, MAX_FRAME).await {
                    Ok(frame) => frame,
                    Err(end) => return end,
                };
                // Waits while the node is busy: that slows the peer down.
                let event = Event::Frame { peer, link, frame };
                if !door.tell_from(origin, event).await {
                    return End::Stopping;
                }
            }
        };
        let write = async {
            while let Some(queued) = frames.recv().await {
                let frame = Frame::Binary(queued.frame.into());
                match timeout(SEND_WITHIN, outgoing.send(frame)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => return End::Lost(error),
                    Err(_) => {
                        let seconds = SEND_WITHIN.as_secs();
                        return End::Dismissed(format!("it does not read within {seconds} s"));
                    }
                }
            }
            future::pending().await // why it ended comes by the other way
        };
        tokio::select! {
            end = read => end,
            end = write => end,
            reason = end => match reason {
                Ok(reason) => End::Dismissed(reason),
                Err(_) => End::Stopping,
            },
        }
    }

    async fn say(&mut self, frame: Vec<u8>) -> Result<(), End> {
        let frame = Frame::Binary(frame.into());
        self.outgoing.send(frame).await.map_err(End::Lost)
    }

    async fn hear(&mut self, limit: usize) -> Result<Vec<u8>, End> {
        hear(&mut self.incoming, limit).await
    }

    async fn close(&mut self, code: u16, reason: String) {
        let mut reason = reason;
        while reason.len() > MAX_REASON {
            reason.pop();
        }
        // Past this the connection is dropped, whatever the peer does.
        let _ = timeout(CLOSE_WITHIN, self.outgoing.send(Frame::Close(code, reason))).await;
    }
}

async fn hear(incoming: &mut Incoming, limit: usize) -> Result<Vec<u8>, End> {
    for _ in 0..MAX_CONTROL_FRAMES {
        match incoming.next().await {
            Some(Ok(Frame::Binary(bytes))) if bytes.len() > limit => {
                return Err(End::Dismissed(format!(
                    "a message of {} bytes, at most {limit} are taken",
                    bytes.len()
                )));
            }
            Some(Ok(Frame::Binary(bytes))) => return Ok(bytes.into()),
            Some(Ok(Frame::Other)) => {}
            Some(Ok(Frame::Text)) => {
                return Err(End::Dismissed("text, where bytes are spoken".into()));
            }
            Some(Ok(Frame::Close(_, reason))) if reason.is_empty() => {
                return Err(End::Lost("the other side closed the link".into()));
            }
            Some(Ok(Frame::Close(_, reason))) => {
                return Err(End::Lost(format!(
                    "the other side closed the link: {reason}"
                )));
            }
            Some(Err(error)) => return Err(End::Lost(error)),
            None => return Err(End::Lost("the connection ended".into())),
        }
    }
    Err(End::Dismissed(format!(
        "{MAX_CONTROL_FRAMES} pings of the WebSocket, and no message"
    )))
}
