//! The fields of all of the relay's frames, of which a frame has some: read so
//! because the reader that serde makes for an enum with a tag keeps every field as
//! any value until it has seen the tag, and that is much code to download.

use serde::Deserialize;

use super::{ChallengeNonce, FromRelay, IceServer, Signal, SignedSignal};
use crate::hash::PeerId;
use crate::keys::Signature;

#[derive(Deserialize)]
pub(super) struct Fields {
    r#type: Frame,
    nonce: Option<ChallengeNonce>,
    peers: Option<Vec<PeerId>>,
    ice_servers: Option<Vec<IceServer>>,
    tunnel: Option<u32>,
    signal: Option<Signal>,
    signature: Option<Signature>,
    peer: Option<PeerId>,
    reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Frame {
    Challenge,
    Welcome,
    Peers,
    Signal,
    Absent,
    Refused,
}

/// A frame without a field that its type has.
#[derive(Debug, thiserror::Error)]
#[error("missing field `{0}`")]
pub(super) struct Missing(&'static str);

impl TryFrom<Fields> for FromRelay {
    type Error = Missing;

    fn try_from(fields: Fields) -> Result<Self, Missing> {
        let peers = fields.peers.ok_or(Missing("peers"));
        Ok(match fields.r#type {
            Frame::Challenge => Self::Challenge {
                nonce: fields.nonce.ok_or(Missing("nonce"))?,
            },
            Frame::Welcome => Self::Welcome {
                peers: peers?,
                ice_servers: fields.ice_servers.ok_or(Missing("ice_servers"))?,
                tunnel: fields.tunnel.unwrap_or_default(),
            },
            Frame::Peers => Self::Peers { peers: peers? },
            Frame::Signal => Self::Signal(SignedSignal {
                signal: fields.signal.ok_or(Missing("signal"))?,
                signature: fields.signature.ok_or(Missing("signature"))?,
            }),
            Frame::Absent => Self::Absent {
                peer: fields.peer.ok_or(Missing("peer"))?,
            },
            Frame::Refused => Self::Refused {
                reason: fields.reason.ok_or(Missing("reason"))?,
            },
        })
    }
}
