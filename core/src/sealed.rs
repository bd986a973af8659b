//! A message that only its author and its reader can open, on a chain that
//! everyone reads.
//!
//! Both hold Ed25519 keys, which are Curve25519 keys in another form (RFC 7748,
//! section 4.1; libsodium's `crypto_sign_ed25519_*_to_curve25519` turns them the
//! same way). X25519 between the two gives a secret that each can compute from
//! the other's public key, so both read the message again from the chain, also
//! on a new machine with nothing but twelve words.
//!
//! The secret, the network and both keys give the key of XChaCha20-Poly1305
//! through HKDF-SHA256 (RFC 5869). Sealed bytes therefore open on this network
//! only, and only as a message from this author to this reader.
//!
//! What this does not hide: who writes to whom, when, and how much. There is no
//! forward secrecy: whoever gets either key later reads everything between them.

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use hkdf::Hkdf;
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

use crate::hash::NetworkId;
use crate::keys::{PublicKey, SecretKey};

/// Bytes of UTF-8 text in a sealed message, at most.
pub const MAX_SECRET_TEXT: usize = 2048;
/// Bytes that sealing adds: a nonce of 24 and a tag of 16.
pub const OVERHEAD: usize = NONCE + 16;

const NONCE: usize = 24;
// Names this protocol and its version, so that the same two keys in another
// protocol, or in a later version of this one, give other keys.
const PROTOCOL: &[u8] = b"tablon sealed message 1";

/// A text that cannot be sealed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Too many bytes.
    #[error("the secret text is {received} bytes long, at most {limit} are taken")]
    TooLong {
        /// Bytes taken.
        limit: usize,
        /// Bytes received.
        received: usize,
    },
    /// The reader's key is none that anyone could hold.
    #[error("nothing can be sealed to the key {key}: not a valid Ed25519 public key")]
    BadKey {
        /// The reader's.
        key: PublicKey,
    },
}

/// Sealed bytes that give no text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Sealed between two others.
    #[error("the message is sealed from {author} to {reader}, not for the key {own}")]
    NotForThisKey {
        /// The key that tried.
        own: PublicKey,
        /// Who sealed it.
        author: PublicKey,
        /// To whom.
        reader: PublicKey,
    },
    /// The other's key is none that anyone could hold.
    #[error("nothing can be sealed with the key {key}: not a valid Ed25519 public key")]
    BadKey {
        /// The other's.
        key: PublicKey,
    },
    /// Changed, cut, of another network, or never sealed at all.
    #[error("the {received} sealed bytes do not open: they were changed or sealed otherwise")]
    Unreadable {
        /// Bytes received.
        received: usize,
    },
    /// Opened, but what its author sealed is no text.
    #[error("what was sealed is not UTF-8 text: byte {at} is wrong")]
    NotText {
        /// The first wrong byte.
        at: usize,
    },
}

/// Seal a text of at most 2,048 bytes: 40 bytes longer than the text. The nonce
/// is random, drawn by the driver for each message: two messages between the
/// same two under one nonce would show what they have in common. With 24 bytes
/// chance never repeats one.
pub fn seal(
    network: NetworkId,
    author: &SecretKey,
    reader: PublicKey,
    nonce: [u8; 24],
    text: &str,
) -> Result<Vec<u8>, SealError> {
    if text.len() > MAX_SECRET_TEXT {
        return Err(SealError::TooLong {
            limit: MAX_SECRET_TEXT,
            received: text.len(),
        });
    }
    let secret = shared_secret(author, reader).ok_or(SealError::BadKey { key: reader })?;
    let between = Between {
        network,
        author: author.public(),
        reader,
    };
    let mut sealed = nonce.to_vec();
    let boxed = between.cipher(&secret).encrypt(
        &nonce.into(),
        Payload {
            msg: text.as_bytes(),
            aad: &between.associated_data(),
        },
    );
    sealed.extend(boxed.expect("2,048 bytes are below the cipher's limit"));
    Ok(sealed)
}

/// Open what `author` sealed to `reader`, with the key of either. What comes out
/// is the author's word and has passed no rule: ask
/// [`check_body`](crate::text::check_body) before it is shown.
pub fn open(
    network: NetworkId,
    own: &SecretKey,
    author: PublicKey,
    reader: PublicKey,
    sealed: &[u8],
) -> Result<String, OpenError> {
    let other = match own.public() {
        key if key == reader => author,
        key if key == author => reader,
        own => {
            return Err(OpenError::NotForThisKey {
                own,
                author,
                reader,
            });
        }
    };
    let unreadable = || OpenError::Unreadable {
        received: sealed.len(),
    };
    // Longer than any honest message: refused before work is spent on it.
    if sealed.len() > MAX_SECRET_TEXT + OVERHEAD {
        return Err(unreadable());
    }
    let (nonce, boxed) = sealed.split_first_chunk::<NONCE>().ok_or_else(unreadable)?;
    let secret = shared_secret(own, other).ok_or(OpenError::BadKey { key: other })?;
    let between = Between {
        network,
        author,
        reader,
    };
    let payload = Payload {
        msg: boxed,
        aad: &between.associated_data(),
    };
    let text = between
        .cipher(&secret)
        .decrypt(nonce.into(), payload)
        .map_err(|_| unreadable())?;
    String::from_utf8(text).map_err(|error| OpenError::NotText {
        at: error.utf8_error().valid_up_to(),
    })
}

// What a message is bound to.
struct Between {
    network: NetworkId,
    author: PublicKey,
    reader: PublicKey,
}

impl Between {
    // RFC 7748, section 6.1: both public keys go into the derivation, since the
    // shared secret alone does not tell who is who.
    fn cipher(&self, secret: &[u8; 32]) -> XChaCha20Poly1305 {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(&self.network.0), secret)
            .expand_multi_info(&[PROTOCOL, &self.author.0, &self.reader.0], &mut *key)
            .expect("32 bytes are below HKDF's limit of 8,160");
        XChaCha20Poly1305::new((&*key).into())
    }

    fn associated_data(&self) -> Vec<u8> {
        let address = self.reader.address();
        [&self.network.0[..], &self.author.0, &address.0].concat()
    }
}

// X25519 (RFC 7748) between a key and another's public key; the same from both
// sides. `None` when the other's key is none.
pub(crate) fn shared_secret(own: &SecretKey, other: PublicKey) -> Option<Zeroizing<[u8; 32]>> {
    let point = honest_point(other)?.to_montgomery();
    let seed = Zeroizing::new(own.seed());
    let hash = Zeroizing::new(<[u8; 64]>::from(Sha512::digest(*seed)));
    // The scalar of an Ed25519 key (RFC 8032, section 5.1.5) is clamped as X25519
    // clamps its own.
    let scalar = Zeroizing::new(*hash.first_chunk::<32>().expect("64 bytes have a left half"));
    let secret = Zeroizing::new(point.mul_clamped(*scalar).to_bytes());
    // RFC 7748, section 6.1, asks to refuse a secret of zeros, which anyone knows.
    // `honest_point` has already refused the keys that lead there.
    (*secret != [0; 32]).then_some(secret)
}

// Anyone can publish 32 bytes as a key. A point of small order would give a secret
// that all can compute, and one with a part of small order does not come from a
// secret key at all, so that its reader could never open; libsodium refuses both.
// A point has one honest encoding, so that a key has one address.
fn honest_point(key: PublicKey) -> Option<EdwardsPoint> {
    let point = CompressedEdwardsY(key.0).decompress()?;
    let honest =
        !point.is_small_order() && point.is_torsion_free() && point.compress().to_bytes() == key.0;
    honest.then_some(point)
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};

    use super::*;
    use crate::hash::BlockHash;

    const NETWORK: NetworkId = BlockHash([5; 32]);
    const TEXT: &str = "Nos vemos a las ocho. 🌵";

    fn key(byte: u8) -> SecretKey {
        SecretKey::from_seed([byte; 32])
    }

    fn sealed() -> Vec<u8> {
        seal(NETWORK, &key(1), key(2).public(), [3; 24], TEXT).unwrap()
    }

    fn open_as(own: u8, sealed: &[u8]) -> Result<String, OpenError> {
        open(NETWORK, &key(own), key(1).public(), key(2).public(), sealed)
    }

    #[test]
    fn author_and_reader_read_it_and_a_third_does_not() {
        let sealed = sealed();
        assert_eq!(sealed.len(), TEXT.len() + OVERHEAD);
        assert_eq!(open_as(1, &sealed).as_deref(), Ok(TEXT));
        assert_eq!(open_as(2, &sealed).as_deref(), Ok(TEXT));
        assert!(matches!(
            open_as(3, &sealed),
            Err(OpenError::NotForThisKey { .. })
        ));
    }

    #[test]
    fn a_third_who_claims_to_be_its_reader_or_author_does_not_read_it() {
        let sealed = sealed();
        let unreadable = Err(OpenError::Unreadable {
            received: sealed.len(),
        });
        let (author, reader, third) = (key(1).public(), key(2).public(), key(3).public());
        assert_eq!(open(NETWORK, &key(3), author, third, &sealed), unreadable);
        assert_eq!(open(NETWORK, &key(3), third, reader, &sealed), unreadable);
        // Nor does it pass for an answer of its reader.
        assert_eq!(open(NETWORK, &key(1), reader, author, &sealed), unreadable);
        // Nor for a message from its author to another.
        assert_eq!(open(NETWORK, &key(1), author, third, &sealed), unreadable);
    }

    #[test]
    fn a_note_to_oneself_is_read() {
        let own = key(1).public();
        let sealed = seal(NETWORK, &key(1), own, [3; 24], TEXT).unwrap();
        let text = open(NETWORK, &key(1), own, own, &sealed);
        assert_eq!(text.as_deref(), Ok(TEXT));
    }

    #[test]
    fn every_changed_or_missing_byte_is_refused() {
        let sealed = sealed();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 0x10;
            assert_eq!(
                open_as(2, &changed),
                Err(OpenError::Unreadable {
                    received: sealed.len()
                }),
                "byte {at}"
            );
            assert_eq!(
                open_as(2, &sealed[..at]),
                Err(OpenError::Unreadable { received: at })
            );
        }
    }

    #[test]
    fn on_another_network_it_is_refused() {
        let sealed = sealed();
        let (author, reader) = (key(1).public(), key(2).public());
        let other = BlockHash([6; 32]);
        assert!(matches!(
            open(other, &key(2), author, reader, &sealed),
            Err(OpenError::Unreadable { .. })
        ));
    }

    #[test]
    fn the_longest_text_is_sealed_and_a_longer_one_is_not() {
        let seal = |length| {
            let text = "x".repeat(length);
            seal(NETWORK, &key(1), key(2).public(), [3; 24], &text)
        };
        let longest = seal(MAX_SECRET_TEXT).unwrap();
        assert_eq!(open_as(2, &longest).unwrap().len(), 2048);
        assert_eq!(open_as(2, &seal(0).unwrap()).as_deref(), Ok(""));
        assert_eq!(
            seal(MAX_SECRET_TEXT + 1).unwrap_err().to_string(),
            "the secret text is 2049 bytes long, at most 2048 are taken"
        );
        assert_eq!(
            open_as(2, &[&longest[..], &[0]].concat()),
            Err(OpenError::Unreadable { received: 2089 })
        );
    }

    #[test]
    fn keys_that_nobody_holds_are_refused() {
        let honest = ED25519_BASEPOINT_POINT;
        let mixed = honest + EIGHT_TORSION[1];
        let mut hostile: Vec<[u8; 32]> = EIGHT_TORSION
            .iter()
            .chain([&mixed])
            .map(|point| point.compress().to_bytes())
            .collect();
        // The neutral point with its sign set, and y = p + 1 for y = 1: encodings
        // that are read although nobody honest writes them.
        let mut signed = [0; 32];
        (signed[0], signed[31]) = (1, 0x80);
        let mut unreduced = [0xff; 32];
        (unreduced[0], unreduced[31]) = (0xee, 0x7f);
        // y = 2 is on no point of the curve.
        let mut off_the_curve = [0; 32];
        off_the_curve[0] = 2;
        hostile.extend([signed, unreduced, off_the_curve, [0xff; 32]]);
        assert!(honest_point(PublicKey(honest.compress().to_bytes())).is_some());
        for bytes in hostile {
            let key_of_none = PublicKey(bytes);
            assert_eq!(
                seal(NETWORK, &key(1), key_of_none, [3; 24], TEXT),
                Err(SealError::BadKey { key: key_of_none })
            );
            assert_eq!(
                open(NETWORK, &key(2), key_of_none, key(2).public(), &sealed()),
                Err(OpenError::BadKey { key: key_of_none })
            );
        }
    }

    #[test]
    fn sealed_bytes_that_are_no_text_are_refused() {
        let (author, reader) = (key(1), key(2).public());
        let between = Between {
            network: NETWORK,
            author: author.public(),
            reader,
        };
        let secret = shared_secret(&author, reader).unwrap();
        let payload = Payload {
            msg: b"hol\xff",
            aad: &between.associated_data(),
        };
        let nonce = [3; 24];
        let boxed = between.cipher(&secret).encrypt(&nonce.into(), payload);
        let sealed = [&nonce[..], &boxed.unwrap()].concat();
        assert_eq!(open_as(2, &sealed), Err(OpenError::NotText { at: 3 }));
    }

    // libsodium's own test of the conversion (`test/default/ed25519_convert`): the
    // Ed25519 seed, and the Curve25519 public key that its public key turns into.
    #[test]
    fn keys_turn_into_those_that_libsodium_makes() {
        let hex = |text: &str| data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap();
        let seed = hex("421151a459faeade3d247115f94aedae42318124095afabe4d1451a559faedee");
        let key = SecretKey::from_seed(seed.try_into().unwrap());
        let point = honest_point(key.public()).unwrap().to_montgomery();
        let expected = "f1814f0e8ff1043d8a44d25babff3cedcae6c22c3edaa48f857ae70de2baae50";
        assert_eq!(point.to_bytes()[..], hex(expected));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
            other in proptest::array::uniform32(proptest::num::u8::ANY),
        ) {
            proptest::prop_assert!(open_as(2, &bytes).is_err());
            let own = key(2);
            let opened = open(NETWORK, &own, PublicKey(other), own.public(), &bytes);
            proptest::prop_assert!(opened.is_err());
        }
    }
}
