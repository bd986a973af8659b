//! What the relay will not do: one variant a rule, each with the close code
//! that follows and the word under which `/stats.json` counts it.

use std::time::Duration;

use tablon_core::hash::{NetworkId, PeerId};
use tungstenite::error::{CapacityError, ProtocolError};

/// Longest `Refused` reason, bytes. Part of a reason may be text that the peer
/// sent (an unknown frame type): it is cut, not echoed at length.
const MAX_REASON: usize = 300;

/// Close codes (RFC 6455 section 7.4 and the IANA registry).
pub mod code {
    /// The frame is no frame of the protocol.
    pub const PROTOCOL: u16 = 1002;
    /// Text that is not UTF-8.
    pub const INVALID: u16 = 1007;
    /// A rule of the relay was broken.
    pub const POLICY: u16 = 1008;
    /// Above the frame bound.
    pub const TOO_BIG: u16 = 1009;
    /// The relay stops or restarts: come back after a pause.
    pub const RESTART: u16 = 1012;
    /// A bound of the relay is reached: come back after a longer pause.
    pub const TRY_LATER: u16 = 1013;
    /// A newer socket proved the same key: do not come back by yourself, or two
    /// tabs with one key replace each other for ever.
    pub const REPLACED: u16 = 4000;
}

/// A rule that was broken, with the values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("a relay takes at most {limit} sockets at once: try again later")]
    RelayFull { limit: usize },
    #[error("a relay takes at most {limit} sockets at once from one address: try again later")]
    AddressFull { limit: usize },
    #[error("a relay holds at most {limit} rooms at once: try again later")]
    RoomsFull { limit: usize },
    #[error("a room holds at most {limit} peers at once: try again later")]
    RoomFull { limit: usize },
    #[error("a hello comes within {limit:?}, received none")]
    HelloLate { limit: Duration },
    #[error("the first frame is a hello, received {received:?}")]
    NoHello { received: &'static str },
    #[error("a socket says hello once, received a second")]
    HelloTwice,
    #[error("this relay speaks protocol {required}, received {received}")]
    Protocol { required: u16, received: u16 },
    #[error(
        "a hello is signed over this socket's challenge and network {network}: peer {peer} did not"
    )]
    HelloForged { network: NetworkId, peer: PeerId },
    #[error("a frame is one JSON object of the relay protocol: {detail}")]
    Malformed { detail: String },
    #[error(
        "a binary frame is the {id} bytes of a peer id and a piece for it, received {received} bytes"
    )]
    NoPiece { id: usize, received: usize },
    #[error("this relay carries 0 bytes a second for tabs: its host switched the tunnel off")]
    NoTunnel,
    #[error(
        "the relay carries at most {per_second} bytes a second for {whom}: the frame would wait {wait:?}, at most {limit:?} is kept, and was dropped"
    )]
    TunnelBusy {
        whom: &'static str,
        per_second: u32,
        wait: Duration,
        limit: Duration,
    },
    #[error(
        "the peer takes what comes through the tunnel too slowly: {bytes} bytes waited for it over {limit:?}, and the frame was dropped"
    )]
    TunnelFull { bytes: u32, limit: Duration },
    #[error("a frame has at most {limit} bytes, received {received}")]
    TooLarge { limit: usize, received: usize },
    #[error("a text frame is UTF-8")]
    NotUtf8,
    #[error("frames follow RFC 6455: {detail}")]
    Framing { detail: String },
    #[error("a socket sends its own signals: this is peer {required}, received one of {received}")]
    NotTheSender { required: PeerId, received: PeerId },
    #[error("a signal stays in its room: this is network {required}, received one for {received}")]
    OtherRoom {
        required: NetworkId,
        received: NetworkId,
    },
    #[error("a signal is signed by its sender: the signature of {sender} does not hold")]
    SignalForged { sender: PeerId },
    #[error(
        "a signal by the relay is not one that people carry: received an invitation or acceptance"
    )]
    ForPeople,
    #[error("at most {limit} signals of a socket may be refused")]
    Misbehaved { limit: u32 },
    #[error("a socket sends at most {burst} frames at once and {per_second} a second after that")]
    TooManyFrames { burst: u32, per_second: u32 },
    #[error("a socket sends at most {burst} bytes at once and {per_second} a second after that")]
    TooManyBytes { burst: u32, per_second: u32 },
    #[error("a socket reads what it is sent: no frame waits longer than {limit:?}")]
    SlowReader { limit: Duration },
    #[error(
        "at most {frames} frames or {bytes} bytes wait for one peer: the frame was dropped, try again later"
    )]
    Crowded { frames: usize, bytes: u32 },
    #[error(
        "at most {limit} bytes wait for all peers together: the frame was dropped, try again later"
    )]
    Busy { limit: u32 },
    #[error("a socket answers pings: nothing came for {limit:?}")]
    Silent { limit: Duration },
    #[error("a newer socket proved the same key")]
    Replaced,
}

/// What follows a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    /// The socket is closed with this code.
    Close(u16),
    /// The socket stays open.
    Stay,
}

impl Refusal {
    /// What is shown to the peer.
    pub(crate) fn reason(&self) -> String {
        let mut reason = self.to_string();
        if reason.len() > MAX_REASON {
            let whole = |at: &usize| reason.is_char_boundary(*at);
            let end = (0..=MAX_REASON - 3).rev().find(whole).unwrap_or(0);
            reason.truncate(end);
            reason.push_str("...");
        }
        reason
    }

    /// The word in statistics and in the close frame, and what follows.
    pub(crate) fn rule(&self) -> (&'static str, Then) {
        use Then::{Close, Stay};
        match self {
            Self::RelayFull { .. } => ("relay_full", Close(code::TRY_LATER)),
            Self::AddressFull { .. } => ("address_full", Close(code::TRY_LATER)),
            Self::RoomsFull { .. } => ("rooms_full", Close(code::TRY_LATER)),
            Self::RoomFull { .. } => ("room_full", Close(code::TRY_LATER)),
            Self::HelloLate { .. } => ("hello_late", Close(code::POLICY)),
            Self::NoHello { .. } => ("no_hello", Close(code::PROTOCOL)),
            Self::HelloTwice => ("hello_twice", Close(code::PROTOCOL)),
            Self::Protocol { .. } => ("other_protocol", Close(code::PROTOCOL)),
            Self::HelloForged { .. } => ("hello_forged", Close(code::POLICY)),
            Self::Malformed { .. } => ("malformed", Close(code::PROTOCOL)),
            Self::NoPiece { .. } => ("no_piece", Close(code::PROTOCOL)),
            Self::NoTunnel => ("no_tunnel", Stay),
            Self::TunnelBusy { .. } => ("tunnel_busy", Stay),
            Self::TunnelFull { .. } => ("tunnel_full", Stay),
            Self::TooLarge { .. } => ("too_large", Close(code::TOO_BIG)),
            Self::NotUtf8 => ("not_utf8", Close(code::INVALID)),
            Self::Framing { .. } => ("framing", Close(code::PROTOCOL)),
            Self::NotTheSender { .. } => ("not_the_sender", Stay),
            Self::OtherRoom { .. } => ("other_room", Stay),
            Self::SignalForged { .. } => ("signal_forged", Stay),
            Self::ForPeople => ("for_people", Stay),
            Self::Misbehaved { .. } => ("misbehaved", Close(code::POLICY)),
            Self::TooManyFrames { .. } => ("too_many_frames", Close(code::POLICY)),
            Self::TooManyBytes { .. } => ("too_many_bytes", Close(code::POLICY)),
            Self::SlowReader { .. } => ("slow_reader", Close(code::POLICY)),
            Self::Crowded { .. } => ("crowded", Stay),
            Self::Busy { .. } => ("busy", Stay),
            Self::Silent { .. } => ("silent", Close(code::POLICY)),
            Self::Replaced => ("replaced", Close(code::REPLACED)),
        }
    }
}

/// Why a socket ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    /// The peer closed it, or the connection broke.
    Left,
    /// The relay closes it.
    Refused(Refusal),
    /// The relay stops.
    Stopping,
}

impl From<Refusal> for End {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<axum::Error> for End {
    fn from(error: axum::Error) -> Self {
        use tungstenite::Error;
        match error.into_inner().downcast_ref::<Error>() {
            Some(Error::Capacity(CapacityError::MessageTooLong { size, .. })) => {
                Refusal::TooLarge {
                    limit: tablon_core::relay::MAX_RELAY_FRAME,
                    received: *size,
                }
                .into()
            }
            Some(Error::Utf8(_)) => Refusal::NotUtf8.into(),
            // A killed tab.
            Some(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => Self::Left,
            Some(Error::Protocol(rule)) => Refusal::Framing {
                detail: rule.to_string(),
            }
            .into(),
            _ => Self::Left,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_echoes_little_of_what_the_peer_sent() {
        let refusal = Refusal::Malformed {
            detail: "ñ".repeat(10_000),
        };
        let reason = refusal.reason();
        assert!(reason.len() <= MAX_REASON, "{}", reason.len());
        assert!(reason.ends_with("..."));
    }
}
