//! How the two ends of a WebSocket at `/peer` prove their node keys to each other,
//! before the first message of [`crate::wire`].
//!
//! ```text
//! both   Greeting   protocol, network, key, fresh nonce
//! both   Proof      signature over role and both greetings
//! ```
//!
//! Each is one binary frame, and neither side waits for the other to begin. What
//! is signed has both keys, both nonces, the network and the signer's role, so a
//! proof holds on this one connection, for this one peer, in this one direction:
//! it can be neither replayed nor sent back to whoever made it.
//!
//! It proves who has the key at the other end, not that nobody stands between: on
//! a plain `ws://` whoever carries the bytes can change later ones, as it can cut
//! them off. What travels proves itself: blocks by work, posts and signals by
//! signature.
//!
//! ```
//! # use tablon_core::handshake::{Handshake, Role};
//! # use tablon_core::{keys::SecretKey, params::Params};
//! # let network = Params::default_network().network_id();
//! # let (ana, luis) = (SecretKey::from_seed([1; 32]), SecretKey::from_seed([2; 32]));
//! let (caller, hello) = Handshake::begin(Role::Caller, ana.clone(), network, [3; 32]);
//! let (callee, answer) = Handshake::begin(Role::Callee, luis.clone(), network, [4; 32]);
//! let (caller, proof) = caller.greeted(&answer)?;
//! let (callee, counterproof) = callee.greeted(&hello)?;
//! assert_eq!(caller.proven(&counterproof)?, luis.public().peer_id());
//! assert_eq!(callee.proven(&proof)?, ana.public().peer_id());
//! # Ok::<(), tablon_core::handshake::HandshakeError>(())
//! ```

use serde::{Deserialize, Serialize};

use crate::encode::{DecodeError, decode, encode};
use crate::hash::{NetworkId, PeerId};
use crate::keys::{PublicKey, SecretKey, Signature};
use crate::wire::PROTOCOL;

/// Bytes of a frame of the handshake, at most. A greeting has up to 99 (3 of
/// protocol, three times 32), a proof 64.
pub const MAX_HANDSHAKE: usize = 128;

const LABEL: &[u8] = b"tablon link 1\0";

/// Which end of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It opened the connection.
    Caller,
    /// It took it.
    Callee,
}

impl Role {
    fn other(self) -> Self {
        match self {
            Self::Caller => Self::Callee,
            Self::Callee => Self::Caller,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Greeting {
    protocol: u16,
    network: NetworkId,
    key: PublicKey,
    nonce: [u8; 32],
}

/// Why there is no link. Each ends the connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandshakeError {
    /// A frame that is neither greeting nor proof.
    #[error("a frame of the handshake does not read: {0}")]
    Frame(#[from] DecodeError),
    /// Another protocol.
    #[error("it speaks protocol {received}, this node speaks {required}")]
    OtherProtocol {
        /// Ours.
        required: u16,
        /// The peer's.
        received: u16,
    },
    /// Another network.
    #[error("it is of network {received}, this node is of {required}")]
    OtherNetwork {
        /// Ours.
        required: NetworkId,
        /// The peer's.
        received: NetworkId,
    },
    /// Our own key: the address leads back here, or somebody mirrors us.
    #[error("it is this node itself")]
    Oneself,
    /// The signature does not hold for this connection.
    #[error("it does not prove that it has the key of {0}")]
    Unproven(PeerId),
}

/// A handshake that waits for the peer's greeting.
#[derive(Debug)]
pub struct Handshake {
    role: Role,
    key: SecretKey,
    ours: Greeting,
}

impl Handshake {
    /// Begin, and the frame to send. The driver draws the 32 random bytes anew for
    /// each connection.
    pub fn begin(
        role: Role,
        key: SecretKey,
        network: NetworkId,
        nonce: [u8; 32],
    ) -> (Self, Vec<u8>) {
        let ours = Greeting {
            protocol: PROTOCOL,
            network,
            key: key.public(),
            nonce,
        };
        (Self { role, key, ours }, encode(&ours))
    }

    /// The peer's greeting came: the frame to send next.
    pub fn greeted(self, frame: &[u8]) -> Result<(Greeted, Vec<u8>), HandshakeError> {
        let theirs: Greeting = decode("a greeting", frame, MAX_HANDSHAKE)?;
        let Self { role, key, ours } = self;
        if theirs.protocol != ours.protocol {
            return Err(HandshakeError::OtherProtocol {
                required: ours.protocol,
                received: theirs.protocol,
            });
        }
        if theirs.network != ours.network {
            return Err(HandshakeError::OtherNetwork {
                required: ours.network,
                received: theirs.network,
            });
        }
        if theirs.key == ours.key {
            return Err(HandshakeError::Oneself);
        }
        let proof = key.sign(&signed_bytes(role, &ours, &theirs));
        let expected = signed_bytes(role.other(), &theirs, &ours);
        let peer = theirs.key;
        Ok((Greeted { peer, expected }, encode(&proof)))
    }
}

/// A handshake that waits for the peer's proof.
#[derive(Debug)]
pub struct Greeted {
    peer: PublicKey,
    expected: Vec<u8>,
}

impl Greeted {
    /// The peer's proof came: who is at the other end.
    pub fn proven(self, frame: &[u8]) -> Result<PeerId, HandshakeError> {
        let proof: Signature = decode("a proof of a key", frame, MAX_HANDSHAKE)?;
        let peer = self.peer.peer_id();
        if self.peer.verify(&self.expected, &proof) {
            Ok(peer)
        } else {
            Err(HandshakeError::Unproven(peer))
        }
    }
}

// The signer's greeting first; its role tells the two directions apart even where
// both greetings were alike.
fn signed_bytes(role: Role, signer: &Greeting, hearer: &Greeting) -> Vec<u8> {
    let mut bytes = LABEL.to_vec();
    bytes.push(match role {
        Role::Caller => 0,
        Role::Callee => 1,
    });
    bytes.extend(encode(signer));
    bytes.extend(encode(hearer));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::BlockHash;

    const NETWORK: NetworkId = BlockHash([9; 32]);

    fn key(seed: u8) -> SecretKey {
        SecretKey::from_seed([seed; 32])
    }

    fn begin(role: Role, seed: u8, nonce: u8) -> (Handshake, Vec<u8>) {
        Handshake::begin(role, key(seed), NETWORK, [nonce; 32])
    }

    #[test]
    fn each_side_learns_who_the_other_is() {
        let (caller, hello) = begin(Role::Caller, 1, 1);
        let (callee, answer) = begin(Role::Callee, 2, 2);
        let (caller, proof) = caller.greeted(&answer).unwrap();
        let (callee, counterproof) = callee.greeted(&hello).unwrap();
        assert!(hello.len() <= MAX_HANDSHAKE && proof.len() <= MAX_HANDSHAKE);
        assert_eq!(callee.proven(&proof), Ok(key(1).public().peer_id()));
        assert_eq!(caller.proven(&counterproof), Ok(key(2).public().peer_id()));
    }

    #[test]
    fn a_proof_of_another_connection_proves_nothing() {
        let (callee, answer) = begin(Role::Callee, 2, 2);
        let (caller, hello) = begin(Role::Caller, 1, 1);
        let (_, overheard) = caller.greeted(&answer).unwrap();
        assert!(callee.greeted(&hello).unwrap().0.proven(&overheard).is_ok());
        // The same greeting again, to a callee that draws another nonce.
        let (again, _) = begin(Role::Callee, 2, 3);
        let (again, _) = again.greeted(&hello).unwrap();
        let stranger = key(1).public().peer_id();
        assert_eq!(
            again.proven(&overheard),
            Err(HandshakeError::Unproven(stranger))
        );
    }

    #[test]
    fn a_mirror_is_not_taken_for_a_peer() {
        let (caller, hello) = begin(Role::Caller, 1, 1);
        assert_eq!(caller.greeted(&hello).unwrap_err(), HandshakeError::Oneself);
        // A thief who has two connections to one node and joins their ends: both
        // play the same role, so the proofs do not fit.
        let (first, of_first) = begin(Role::Callee, 1, 1);
        let (second, of_second) = begin(Role::Callee, 2, 2);
        let (first, _) = first.greeted(&of_second).unwrap();
        let (_, from_second) = second.greeted(&of_first).unwrap();
        assert!(first.proven(&from_second).is_err());
    }

    #[test]
    fn a_thief_of_a_name_proves_nothing_without_its_key() {
        let (callee, answer) = begin(Role::Callee, 2, 2);
        let (thief, _) = begin(Role::Caller, 3, 1);
        let (_, stolen) = begin(Role::Caller, 1, 1);
        let (_, proof) = thief.greeted(&answer).unwrap();
        let (callee, _) = callee.greeted(&stolen).unwrap();
        assert!(callee.proven(&proof).is_err());
    }

    #[test]
    fn another_network_and_another_protocol_are_named() {
        let other = BlockHash([8; 32]);
        let (_, foreign) = Handshake::begin(Role::Callee, key(2), other, [2; 32]);
        let (caller, _) = begin(Role::Caller, 1, 1);
        assert_eq!(
            caller.greeted(&foreign).unwrap_err(),
            HandshakeError::OtherNetwork {
                required: NETWORK,
                received: other
            }
        );
        let future = encode(&Greeting {
            protocol: PROTOCOL + 1,
            network: NETWORK,
            key: key(2).public(),
            nonce: [2; 32],
        });
        let (caller, _) = begin(Role::Caller, 1, 1);
        let error = caller.greeted(&future).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "it speaks protocol {}, this node speaks {PROTOCOL}",
                PROTOCOL + 1
            )
        );
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_it_panic_or_pass(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
        ) {
            let (caller, hello) = begin(Role::Caller, 1, 1);
            proptest::prop_assert!(caller.greeted(&bytes).is_err() || bytes.len() >= 97);
            let (callee, _) = begin(Role::Callee, 2, 2);
            let (callee, _) = callee.greeted(&hello).unwrap();
            proptest::prop_assert!(callee.proven(&bytes).is_err());
        }
    }
}
