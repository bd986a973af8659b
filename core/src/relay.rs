//! What a tab and the relay say to each other: one closed enum a side, as JSON
//! text frames over one WebSocket at `/signal`.
//!
//! The relay introduces tabs; it is not trusted. A signal is signed by the node
//! that sends it and names the one it is for, so a relay can drop it but can
//! neither change it nor speak for anybody.
//!
//! ```text
//! relay -> tab   Challenge
//! tab -> relay   Hello (proves the key)
//! relay -> tab   Welcome, or Refused and the socket is closed
//! tab -> relay   Signal, Peers
//! relay -> tab   Signal, Peers, Absent, Refused
//! both           binary: 32 bytes of peer id, then a sealed piece of a message
//! ```
//! The same signals travel between neighbours ([`crate::wire::Message::Signal`])
//! and, as text, from person to person ([`SignedSignal::to_text`]).
//!
//! A binary frame is the tunnel: the last resort of two tabs between which no
//! direct link opens. To the relay it names the addressee, from the relay the
//! sender; what follows is sealed ([`crate::tunnel`]).

mod fields;

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::encode::{DecodeError, decode, encode};
use crate::hash::{NetworkId, PeerId};
use crate::keys::{PublicKey, SecretKey, Signature};

/// Version of this protocol. A relay refuses another with a word.
pub const RELAY_PROTOCOL: u16 = 2;

/// Largest frame either side sends or takes, bytes. An offer with many
/// candidates is 2 to 6 KiB; the rest is room for browsers that say more.
pub const MAX_RELAY_FRAME: usize = 16 * 1024;

/// Peers named in one `Welcome` or `Peers`, at most: three times the eight
/// neighbours that a node may have, so that a few dead ones do not matter.
pub const MAX_SAMPLE: usize = 24;

/// Addresses in one [`SignalStep::At`], at most: a name, and an address of each
/// family.
pub const MAX_ADDRESSES: usize = 3;

/// Bytes of one of them, at most: a name has up to 253.
pub const MAX_ADDRESS: usize = 300;

/// From a tab to the relay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToRelay {
    /// Answers the challenge: `signature` is over [`hello_bytes`].
    Hello {
        /// [`RELAY_PROTOCOL`] of the tab.
        protocol: u16,
        /// The room asked for.
        network: NetworkId,
        /// The node's key; its hash is the peer id.
        key: PublicKey,
        /// Proof that the tab holds the key.
        signature: Signature,
    },
    /// To be forwarded to `signal.to` unread.
    Signal(SignedSignal),
    /// Ask for another random sample of the room.
    Peers,
}

/// From the relay to a tab.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", try_from = "fields::Fields")]
pub enum FromRelay {
    /// First frame on every socket: 32 random bytes to sign, as hexadecimal.
    Challenge {
        /// Never used twice.
        nonce: ChallengeNonce,
    },
    /// The tab is in the room.
    Welcome {
        /// A random sample of the others in the room, at most [`MAX_SAMPLE`].
        peers: Vec<PeerId>,
        /// Servers for ICE, as `RTCConfiguration.iceServers` takes them.
        ice_servers: Vec<IceServer>,
        /// Bytes a second that this relay carries for a tab whose direct links
        /// fail; 0 when it carries none, or does not say.
        tunnel: u32,
    },
    /// Another sample, as asked for.
    Peers {
        /// At most [`MAX_SAMPLE`].
        peers: Vec<PeerId>,
    },
    /// A signal from another tab of the room; the tab verifies it.
    Signal(SignedSignal),
    /// The signal's addressee is not in the room, or no tunnel leads to a piece's.
    Absent {
        /// The addressee.
        peer: PeerId,
    },
    /// The relay will not do it; says the rule and the values. Before `Welcome`
    /// the socket is closed next.
    Refused {
        /// For people.
        reason: String,
    },
}

/// A relay's random challenge, shown as 64 hexadecimal digits.
pub type ChallengeNonce = PeerId;

/// One entry of `RTCConfiguration.iceServers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IceServer {
    /// `stun:` and `turn:` addresses.
    pub urls: Vec<String>,
    /// TURN user, when needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// TURN password, when needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<String>,
}

/// One step of opening a WebRTC connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// Room in which it was said: it means nothing in another.
    pub network: NetworkId,
    /// The sender's key.
    pub from: PublicKey,
    /// The one it is for.
    pub to: PeerId,
    /// Number of the connection attempt, drawn by the offering side; answers
    /// and candidates of an older attempt are dropped.
    pub session: u32,
    /// The step.
    pub step: SignalStep,
}

/// The steps of WebRTC's offer and answer (RFC 8829, trickle ICE RFC 8838), of a
/// tunnel through the relay, and of calling a node that has an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalStep {
    /// SDP offer.
    Offer {
        /// Session description.
        sdp: String,
    },
    /// SDP answer.
    Answer {
        /// Session description.
        sdp: String,
    },
    /// One ICE candidate of the sender.
    Candidate {
        /// The candidate line.
        candidate: String,
        /// Media stream it belongs to.
        mid: Option<String>,
        /// Index of that stream.
        line: Option<u16>,
    },
    /// The addressee of an offer has no room for another neighbour.
    Full,
    /// SDP offer that restarts ICE on an open connection (RFC 8839); its answer
    /// is an `Answer`.
    Restart {
        /// Session description.
        sdp: String,
    },
    /// Complete SDP offer for whoever has it, carried by people; `to` is
    /// [`ANYONE`].
    Invitation {
        /// Session description with its candidates.
        sdp: String,
    },
    /// Complete SDP answer to an invitation, carried by people.
    Acceptance {
        /// Session description with its candidates.
        sdp: String,
    },
    /// Asks for a tunnel through the relay.
    Tunnel {
        /// Random; goes into the tunnel's keys.
        nonce: [u8; 16],
    },
    /// Agrees to the tunnel.
    Tunnelled {
        /// Random; goes into the tunnel's keys.
        nonce: [u8; 16],
    },
    /// Asks where the addressee takes WebSockets: from a node that cannot offer
    /// anything else.
    Ask,
    /// Where the speaker takes WebSockets (`ws://` or `wss://`, path included),
    /// best first; whoever calls has the speaker prove its key
    /// ([`crate::handshake`]). Answers an offer or an `Ask`; empty when nowhere.
    At {
        /// At most [`MAX_ADDRESSES`] of [`MAX_ADDRESS`] bytes.
        addresses: Vec<String>,
    },
}

impl SignalStep {
    /// Whether it asks for a tunnel through the relay or agrees to one.
    pub fn is_about_tunnel(&self) -> bool {
        matches!(self, Self::Tunnel { .. } | Self::Tunnelled { .. })
    }

    /// Whether the addressee would hold a place for it that nobody has asked for.
    pub fn begins_a_link(&self) -> bool {
        matches!(self, Self::Offer { .. } | Self::Tunnel { .. } | Self::Ask)
    }

    /// Whether people carry it, and neither relay nor neighbours.
    pub fn is_carried_by_people(&self) -> bool {
        matches!(self, Self::Invitation { .. } | Self::Acceptance { .. })
    }

    /// The addresses of an [`SignalStep::At`] that keep to the bounds: `ws://` or
    /// `wss://`, at most [`MAX_ADDRESSES`] of [`MAX_ADDRESS`] bytes; the others are
    /// dropped.
    pub fn addresses(&self) -> impl Iterator<Item = &str> {
        let told = match self {
            Self::At { addresses } => addresses.as_slice(),
            _ => &[],
        };
        let fits = |address: &&str| {
            address.len() <= MAX_ADDRESS
                && ["ws://", "wss://"]
                    .iter()
                    .any(|way| address.starts_with(way))
        };
        (told.iter().map(String::as_str))
            .filter(fits)
            .take(MAX_ADDRESSES)
    }
}

/// The addressee of an invitation.
pub const ANYONE: PeerId = PeerId([0; 32]);

/// A signal and the signature of `signal.from` over it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedSignal {
    /// What was said.
    pub signal: Signal,
    /// By `signal.from`.
    pub signature: Signature,
}

impl SignedSignal {
    /// Sign `signal`, whose `from` must be the key's public half.
    pub fn sign(signal: Signal, key: &SecretKey) -> Self {
        let signature = key.sign(&signal_bytes(&signal));
        Self { signal, signature }
    }

    /// What people paste: base64url, one word, some 2 KiB.
    pub fn to_text(&self) -> String {
        BASE64URL_NOPAD.encode(&encode(self))
    }

    /// Read what was pasted; blanks and line breaks around and in it are dropped.
    pub fn from_text(text: &str) -> Result<Self, DecodeError> {
        let word: String = text.split_whitespace().collect();
        let bytes = BASE64URL_NOPAD.decode(word.as_bytes());
        let bytes = bytes.map_err(|error| DecodeError::Malformed {
            what: "an invitation",
            length: word.len(),
            reason: error.to_string(),
        })?;
        decode("an invitation", &bytes, MAX_RELAY_FRAME)
    }

    /// The sender's id, if the signature holds.
    pub fn verify(&self) -> Option<PeerId> {
        let from = self.signal.from;
        from.verify(&signal_bytes(&self.signal), &self.signature)
            .then(|| from.peer_id())
    }
}

/// The bytes that a hello signs.
pub fn hello_bytes(nonce: ChallengeNonce, network: NetworkId) -> Vec<u8> {
    [b"tablon relay hello 1\0".as_slice(), &nonce.0, &network.0].concat()
}

fn signal_bytes(signal: &Signal) -> Vec<u8> {
    let mut bytes = b"tablon signal 1\0".to_vec();
    bytes.extend_from_slice(&signal.network.0);
    bytes.extend_from_slice(&signal.from.0);
    bytes.extend_from_slice(&signal.to.0);
    bytes.extend_from_slice(&signal.session.to_le_bytes());
    match &signal.step {
        SignalStep::Offer { sdp } => field(&mut bytes, b'o', sdp),
        SignalStep::Answer { sdp } => field(&mut bytes, b'a', sdp),
        SignalStep::Candidate {
            candidate,
            mid,
            line,
        } => {
            field(&mut bytes, b'c', candidate);
            match mid {
                Some(mid) => field(&mut bytes, b'm', mid),
                None => bytes.push(b'-'),
            }
            match line {
                Some(line) => {
                    bytes.extend_from_slice(&[b'l', line.to_le_bytes()[0], line.to_le_bytes()[1]])
                }
                None => bytes.push(b'-'),
            }
        }
        SignalStep::Full => bytes.push(b'f'),
        SignalStep::Restart { sdp } => field(&mut bytes, b'r', sdp),
        SignalStep::Invitation { sdp } => field(&mut bytes, b'i', sdp),
        SignalStep::Acceptance { sdp } => field(&mut bytes, b'p', sdp),
        SignalStep::Tunnel { nonce } => {
            bytes.push(b't');
            bytes.extend_from_slice(nonce);
        }
        SignalStep::Tunnelled { nonce } => {
            bytes.push(b'u');
            bytes.extend_from_slice(nonce);
        }
        SignalStep::Ask => bytes.push(b'k'),
        SignalStep::At { addresses } => {
            bytes.push(b'w');
            bytes.extend_from_slice(&(addresses.len() as u64).to_le_bytes());
            for address in addresses {
                field(&mut bytes, b'@', address);
            }
        }
    }
    bytes
}

// Tag and length first, so that no two signals have the same bytes.
fn field(to: &mut Vec<u8>, tag: u8, text: &str) {
    to.push(tag);
    to.extend_from_slice(&(text.len() as u64).to_le_bytes());
    to.extend_from_slice(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::BlockHash;

    fn signal(key: &SecretKey) -> Signal {
        Signal {
            network: BlockHash([1; 32]),
            from: key.public(),
            to: PeerId([2; 32]),
            session: 3,
            step: SignalStep::Offer { sdp: "v=0".into() },
        }
    }

    #[test]
    fn a_relay_that_swaps_the_sdp_or_the_addressee_is_noticed() {
        let key = SecretKey::from_seed([9; 32]);
        let signed = SignedSignal::sign(signal(&key), &key);
        assert_eq!(signed.verify(), Some(key.public().peer_id()));

        let mut swapped = signed.clone();
        swapped.signal.step = SignalStep::Offer { sdp: "v=1".into() };
        assert_eq!(swapped.verify(), None);
        let mut redirected = signed.clone();
        redirected.signal.to = PeerId([4; 32]);
        assert_eq!(redirected.verify(), None);
        let mut replayed = signed;
        replayed.signal.network = BlockHash([5; 32]);
        assert_eq!(replayed.verify(), None);
    }

    #[test]
    fn of_a_flood_of_addresses_a_few_that_fit_are_taken() {
        let long = format!("ws://{}", "a".repeat(MAX_ADDRESS));
        let mut addresses = vec!["http://a/peer".to_owned(), long];
        addresses.extend((0..100).map(|at| format!("wss://{at}.example/peer")));
        let step = SignalStep::At { addresses };
        let taken: Vec<&str> = step.addresses().collect();
        assert_eq!(
            taken,
            [
                "wss://0.example/peer",
                "wss://1.example/peer",
                "wss://2.example/peer"
            ]
        );
        assert_eq!(SignalStep::Ask.addresses().count(), 0);
    }

    #[test]
    fn addresses_are_signed_one_by_one() {
        let key = SecretKey::from_seed([9; 32]);
        let mut told = signal(&key);
        told.step = SignalStep::At {
            addresses: vec!["ws://a".into(), "ws://b".into()],
        };
        let mut joined = SignedSignal::sign(told, &key);
        assert!(joined.verify().is_some());
        joined.signal.step = SignalStep::At {
            addresses: vec!["ws://aws://b".into()],
        };
        assert_eq!(joined.verify(), None);
    }

    #[test]
    fn frames_are_small_json_that_reads_back() {
        let key = SecretKey::from_seed([9; 32]);
        let frame = ToRelay::Signal(SignedSignal::sign(signal(&key), &key));
        let text = serde_json::to_string(&frame).unwrap();
        assert!(text.starts_with(r#"{"type":"signal","#), "{text}");
        assert_eq!(serde_json::from_str::<ToRelay>(&text).unwrap(), frame);
    }

    #[test]
    fn every_frame_of_the_relay_reads_back() {
        let key = SecretKey::from_seed([9; 32]);
        let peers = vec![PeerId([1; 32]), PeerId([2; 32])];
        let frames = [
            FromRelay::Challenge {
                nonce: PeerId([3; 32]),
            },
            FromRelay::Welcome {
                peers: peers.clone(),
                ice_servers: vec![IceServer {
                    urls: vec!["stun:a".into()],
                    username: None,
                    credential: Some("b".into()),
                }],
                tunnel: 7,
            },
            FromRelay::Peers { peers },
            FromRelay::Signal(SignedSignal::sign(signal(&key), &key)),
            FromRelay::Absent {
                peer: PeerId([4; 32]),
            },
            FromRelay::Refused { reason: "r".into() },
        ];
        for frame in frames {
            let text = serde_json::to_string(&frame).unwrap();
            assert_eq!(serde_json::from_str::<FromRelay>(&text).unwrap(), frame);
        }
    }

    #[test]
    fn a_relay_that_says_less_or_more_is_understood_where_it_can_be() {
        let read =
            |text: &str| serde_json::from_str::<FromRelay>(text).map_err(|error| error.to_string());
        // A relay of before tunnels, and one that has more to say.
        let welcome = r#"{"new": [1], "ice_servers": [], "type": "welcome", "peers": []}"#;
        assert_eq!(
            read(welcome),
            Ok(FromRelay::Welcome {
                peers: vec![],
                ice_servers: vec![],
                tunnel: 0
            })
        );
        let missing = read(r#"{"type": "welcome", "peers": []}"#);
        assert_eq!(missing, Err("missing field `ice_servers`".into()));
        for text in ["{}", r#"{"type": "dance"}"#, r#"{"peers": []}"#, "[]"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
