//! The tunnel: messages between two nodes that only the relay connects, sealed
//! so that it can neither read nor change them nor speak for either.
//!
//! Both sides have signed a random nonce ([`crate::relay::SignalStep::Tunnel`]
//! and `Tunnelled`). X25519 between their node keys, the network and both nonces
//! give a key each way through HKDF-SHA256 (RFC 5869); pieces are sealed with
//! ChaCha20-Poly1305 (RFC 8439) under a count, so that one that is dropped,
//! repeated or moved does not open.

use chacha20poly1305::aead::Aead;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::hash::NetworkId;
use crate::keys::{PublicKey, SecretKey};
use crate::sealed::shared_secret;

/// Bytes that sealing adds to a piece.
pub const TAG: usize = 16;

// Names this protocol and its version, so that the same keys elsewhere give others.
const PROTOCOL: &[u8] = b"tablon tunnel 1";

/// Which side of a tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// It asked.
    Asks,
    /// It agreed.
    Agrees,
}

/// One end of a tunnel.
pub struct Tunnel {
    seals: Cipher,
    opens: Cipher,
}

struct Cipher {
    key: ChaCha20Poly1305,
    count: u64,
}

impl Cipher {
    fn next(&mut self) -> [u8; 12] {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&self.count.to_le_bytes());
        self.count += 1;
        nonce
    }
}

impl core::fmt::Debug for Tunnel {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Tunnel").finish_non_exhaustive()
    }
}

impl Tunnel {
    /// The end of `own`; `nonces` are the asking side's and the agreeing side's.
    /// `None` when the other's key is none that anyone could hold.
    pub fn new(
        network: NetworkId,
        own: &SecretKey,
        other: PublicKey,
        side: Side,
        nonces: [[u8; 16]; 2],
    ) -> Option<Self> {
        let secret = shared_secret(own, other)?;
        let (asks, agrees) = match side {
            Side::Asks => (own.public(), other),
            Side::Agrees => (other, own.public()),
        };
        let expand = Hkdf::<Sha256>::new(Some(&network.0), &secret[..]);
        let cipher = |way: u8| {
            let info = [PROTOCOL, &asks.0, &agrees.0, &nonces[0], &nonces[1], &[way]].concat();
            let mut key = Zeroizing::new([0; 32]);
            expand
                .expand(&info, &mut key[..])
                .expect("32 bytes are below HKDF's limit");
            Cipher {
                key: ChaCha20Poly1305::new((&*key).into()),
                count: 0,
            }
        };
        let (there, back) = (cipher(0), cipher(1));
        let (seals, opens) = match side {
            Side::Asks => (there, back),
            Side::Agrees => (back, there),
        };
        Some(Self { seals, opens })
    }

    /// Seal the next piece: [`TAG`] bytes longer.
    pub fn seal(&mut self, piece: &[u8]) -> Vec<u8> {
        let nonce = self.seals.next();
        self.seals
            .key
            .encrypt(&nonce.into(), piece)
            .expect("a piece is below the cipher's limit of 256 GiB")
    }

    /// Open the next piece; `None` when it is not that.
    pub fn open(&mut self, sealed: &[u8]) -> Option<Vec<u8>> {
        let nonce = self.opens.next();
        self.opens.key.decrypt(&nonce.into(), sealed).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::BlockHash;

    fn ends() -> (Tunnel, Tunnel) {
        let (a, b) = (SecretKey::from_seed([1; 32]), SecretKey::from_seed([2; 32]));
        let network = BlockHash([7; 32]);
        let nonces = [[3; 16], [4; 16]];
        let ends = (
            Tunnel::new(network, &a, b.public(), Side::Asks, nonces),
            Tunnel::new(network, &b, a.public(), Side::Agrees, nonces),
        );
        (ends.0.unwrap(), ends.1.unwrap())
    }

    #[test]
    fn pieces_arrive_in_order_both_ways() {
        let (mut a, mut b) = ends();
        for number in 0..3_u8 {
            let sealed = a.seal(&[number; 100]);
            assert_eq!(sealed.len(), 100 + TAG);
            assert_eq!(b.open(&sealed), Some(vec![number; 100]));
            let back = b.seal(b"back");
            assert_eq!(a.open(&back).as_deref(), Some(b"back".as_slice()));
        }
    }

    #[test]
    fn a_relay_that_drops_repeats_turns_back_or_changes_a_piece_is_noticed() {
        let (mut a, mut b) = ends();
        let (first, second) = (a.seal(b"first"), a.seal(b"second"));
        assert_eq!(ends().1.open(&second), None, "the first was dropped");
        assert!(b.open(&first).is_some());
        assert_eq!(b.open(&first), None, "repeated");
        assert_eq!(ends().0.open(&first), None, "turned back");
        let mut changed = first;
        changed[2] ^= 1;
        assert_eq!(ends().1.open(&changed), None);
    }
}
