//! Keys, signatures and the addresses made from keys.

mod batch;

use core::fmt;
use core::str::FromStr;

use bech32::{Bech32m, Hrp};
use ed25519_zebra::{SigningKey, VerificationKey};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

pub use batch::Batch;

use crate::hash::{PeerId, sha256};

/// An Ed25519 public key, 32 bytes. Not known to be a valid point until a
/// signature has been verified with it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(pub [u8; 32]);

impl PublicKey {
    /// Verify by the ZIP-215 rules, under which one-by-one and batch
    /// verification always agree (RFC 8032 leaves that open).
    pub fn verify(&self, message: &[u8], signature: &Signature) -> bool {
        let signature = ed25519_zebra::Signature::from_bytes(&signature.0);
        VerificationKey::try_from(self.0).is_ok_and(|key| key.verify(&signature, message).is_ok())
    }

    /// Who a node with this key is to its peers.
    pub fn peer_id(&self) -> PeerId {
        PeerId(sha256(&[&self.0]))
    }

    /// The account of this key: the first 20 bytes of its SHA-256.
    pub fn address(&self) -> Address {
        let mut address = [0; 20];
        address.copy_from_slice(&sha256(&[&self.0])[..20]);
        Address(address)
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl Serialize for PublicKey {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() {
            to.collect_str(self)
        } else {
            self.0.serialize(to)
        }
    }
}

impl<'de> Deserialize<'de> for PublicKey {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() {
            hex_bytes(&String::deserialize(from)?).map(Self)
        } else {
            Ok(Self(<[u8; 32]>::deserialize(from)?))
        }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

/// An Ed25519 signature, 64 bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", data_encoding::HEXLOWER.encode(&self.0))
    }
}

// Hexadecimal for people; else two halves, because serde derives arrays up to
// 32 only (fixed width, so no length prefix).
impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() {
            return to.serialize_str(&data_encoding::HEXLOWER.encode(&self.0));
        }
        let (r, s) = self.0.split_at(32);
        let halves: (&[u8; 32], &[u8; 32]) = (
            r.try_into().expect("the first half of 64 bytes is 32"),
            s.try_into().expect("the second half of 64 bytes is 32"),
        );
        halves.serialize(to)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() {
            return hex_bytes(&String::deserialize(from)?).map(Self);
        }
        let (r, s) = <([u8; 32], [u8; 32])>::deserialize(from)?;
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&r);
        bytes[32..].copy_from_slice(&s);
        Ok(Self(bytes))
    }
}

fn hex_bytes<const N: usize, E: de::Error>(text: &str) -> Result<[u8; N], E> {
    data_encoding::HEXLOWER
        .decode(text.as_bytes())
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| E::custom(format_args!("{} hexadecimal digits are needed", 2 * N)))
}

/// A signing key. It never leaves the node: it is neither shown nor sent.
#[derive(Clone)]
pub struct SecretKey(SigningKey);

impl SecretKey {
    /// The key of 32 random bytes, which the driver draws.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from(seed))
    }

    /// The 32 bytes that give this key again.
    pub fn seed(&self) -> [u8; 32] {
        self.0.into()
    }

    /// The public half.
    pub fn public(&self) -> PublicKey {
        PublicKey(VerificationKey::from(&self.0).into())
    }

    /// Sign (deterministic, RFC 8032: no randomness is drawn).
    pub fn sign(&self, message: &[u8]) -> Signature {
        Signature(self.0.sign(message).to_bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", self.public())
    }
}

/// An account: 20 bytes, shown as bech32m (BIP-350) with the prefix `tablon`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Address(pub [u8; 20]);

const PREFIX: Hrp = Hrp::parse_unchecked("tablon");

/// A text that is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an address is bech32m with the prefix \"tablon\" and 20 bytes, received {received:?}")]
pub struct NotAnAddress {
    /// The text received, cut to 80 characters.
    pub received: String,
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        bech32::encode_lower_to_fmt::<Bech32m, _>(f, PREFIX, &self.0).map_err(|_| fmt::Error)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

impl FromStr for Address {
    type Err = NotAnAddress;
    fn from_str(text: &str) -> Result<Self, NotAnAddress> {
        let refuse = || NotAnAddress {
            received: text.chars().take(80).collect(),
        };
        let checked = bech32::primitives::decode::CheckedHrpstring::new::<Bech32m>(text)
            .map_err(|_| refuse())?;
        if checked.hrp() != PREFIX {
            return Err(refuse());
        }
        let bytes: Vec<u8> = checked.byte_iter().collect();
        bytes.try_into().map(Self).map_err(|_| refuse())
    }
}

impl Serialize for Address {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() {
            to.collect_str(self)
        } else {
            self.0.serialize(to)
        }
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        if from.is_human_readable() {
            String::deserialize(from)?
                .parse()
                .map_err(de::Error::custom)
        } else {
            Ok(Self(<[u8; 20]>::deserialize(from)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_message_and_key_alone() {
        let key = SecretKey::from_seed([7; 32]);
        let signature = key.sign(b"hola");
        assert!(key.public().verify(b"hola", &signature));
        assert!(!key.public().verify(b"holb", &signature));
        assert!(
            !SecretKey::from_seed([8; 32])
                .public()
                .verify(b"hola", &signature)
        );
    }

    #[test]
    fn an_address_reads_back_and_a_changed_letter_is_refused() {
        let address = SecretKey::from_seed([7; 32]).public().address();
        let text = address.to_string();
        assert!(text.starts_with("tablon1"), "{text}");
        assert_eq!(text.parse::<Address>(), Ok(address));
        let last = text.chars().last().unwrap();
        let other = if last == 'q' { 'p' } else { 'q' };
        let changed = format!("{}{other}", &text[..text.len() - 1]);
        assert!(changed.parse::<Address>().is_err());
    }
}
