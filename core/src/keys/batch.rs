//! Many signatures at once, in less than half the time that they take one by one.
//!
//! One equation stands for all (ZIP-215; `ed25519-zebra` computes it):
//!
//! ```text
//! 8 * sum z_i (s_i B - R_i - k_i A_i) = 0
//! ```
//!
//! Signature `i` alone is sound exactly when `8 (s_i B - R_i - k_i A_i) = 0`: so a
//! batch of sound ones always passes. With an unsound one among them the sum is
//! zero for one value in 2^128 of its coefficient `z_i`, provided that nobody could
//! know the coefficients when the signatures were chosen.
//!
//! The core draws no randomness. The coefficients come, as in BIP-340's batch
//! verification, from a generator that is seeded with a hash of everything in the
//! batch: whoever changes a signature to suit the coefficients gets others, and has
//! one chance in 2^128 with each try. The hash also takes in the node's own seed,
//! which no peer knows: not even such tries can be made ahead. Each of the two would
//! do alone, so a seed that is known (a simulation, a replayed log) opens nothing.

use ed25519_zebra::batch;
use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::SeedableRng;
use sha2::{Digest, Sha256};

use super::{PublicKey, Signature};

/// Signatures that are verified together.
pub struct Batch {
    verifier: batch::Verifier,
    /// Everything in the batch.
    transcript: Sha256,
}

impl Batch {
    /// An empty batch; `seed` is the node's.
    pub fn new(seed: &[u8; 32]) -> Self {
        Self {
            verifier: batch::Verifier::new(),
            transcript: Sha256::new_with_prefix(b"tablon batch 1\0").chain_update(seed),
        }
    }

    /// Put a signature in.
    pub fn add(&mut self, key: &PublicKey, message: &[u8], signature: &Signature) {
        self.transcript.update(key.0);
        self.transcript.update(signature.0);
        // With its length: where one message ends and the next key begins is fixed.
        self.transcript.update((message.len() as u64).to_le_bytes());
        self.transcript.update(message);
        let signature = ed25519_zebra::Signature::from_bytes(&signature.0);
        self.verifier.queue((key.0.into(), signature, message));
    }

    /// Whether every one holds, by the same rules as [`PublicKey::verify`].
    pub fn verify(self) -> bool {
        let rng = ChaCha20Rng::from_seed(self.transcript.finalize().into());
        // In which order the signatures draw from it varies with the verifier's
        // hash map; the verdict does not.
        self.verifier.verify(rng).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use curve25519_dalek::constants::EIGHT_TORSION;

    use super::*;
    use crate::keys::SecretKey;

    // Encodings of points whose y is not reduced, as ZIP-215's test vectors have
    // them: y = p + 0 to p + 18, with either sign. Those that are no point are left
    // out by whoever decompresses them.
    fn unreduced() -> Vec<[u8; 32]> {
        let mut encodings = Vec::new();
        for above in 0..19u8 {
            let mut bytes = [0xff; 32];
            bytes[0] = 0xed + above;
            bytes[31] = 0x7f;
            encodings.push(bytes);
            bytes[31] = 0xff;
            encodings.push(bytes);
        }
        encodings
    }

    // The 14 encodings of points of small order: the 8 canonical ones and the 6 that
    // are not (zebra's `small_order` tests, after Henry de Valence, "It's 255:19AM").
    fn small_order() -> Vec<[u8; 32]> {
        let mut encodings: Vec<[u8; 32]> = (EIGHT_TORSION.iter())
            .map(|point| point.compress().to_bytes())
            .collect();
        for bytes in unreduced() {
            let point = curve25519_dalek::edwards::CompressedEdwardsY(bytes).decompress();
            if point.is_some_and(|point| point.is_small_order()) {
                encodings.push(bytes);
            }
        }
        // x = 0 with the sign bit set.
        for mut bytes in [EIGHT_TORSION[0], EIGHT_TORSION[4]].map(|p| p.compress().to_bytes()) {
            bytes[31] |= 0x80;
            encodings.push(bytes);
        }
        encodings.sort_unstable();
        encodings.dedup();
        encodings
    }

    fn alone(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
        let mut batch = Batch::new(&[1; 32]);
        batch.add(key, message, signature);
        batch.verify()
    }

    #[test]
    fn the_196_edge_cases_of_zip_215_hold_one_by_one_alone_and_in_a_batch() {
        let points = small_order();
        assert_eq!(points.len(), 14);
        let mut all = Batch::new(&[1; 32]);
        let mut cases = 0;
        for key in &points {
            for r in &points {
                // s = 0.
                let mut signature = Signature([0; 64]);
                signature.0[..32].copy_from_slice(r);
                let key = PublicKey(*key);
                assert!(key.verify(b"Zcash", &signature), "{key} {signature:?}");
                assert!(alone(&key, b"Zcash", &signature), "{key} {signature:?}");
                all.add(&key, b"Zcash", &signature);
                cases += 1;
            }
        }
        assert_eq!(cases, 196);
        assert!(all.verify());
    }

    #[test]
    fn a_batch_agrees_with_one_by_one_on_every_way_to_spoil_a_signature() {
        let key = SecretKey::from_seed([7; 32]);
        let sound = key.sign(b"hola");
        // The group's order (RFC 8032, 5.1), which is added to s.
        let order = "edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010";
        let order = data_encoding::HEXLOWER.decode(order.as_bytes()).unwrap();
        let mut cases: Vec<(PublicKey, Signature)> = vec![(key.public(), sound)];
        let mut malleable = sound;
        let mut carry = 0;
        for (byte, add) in malleable.0[32..].iter_mut().zip(&order) {
            carry += u16::from(*byte) + u16::from(*add);
            *byte = carry as u8;
            carry >>= 8;
        }
        cases.push((key.public(), malleable));
        for place in [0, 5, 31, 32, 40, 63] {
            let mut spoiled = sound;
            spoiled.0[place] ^= 1;
            cases.push((key.public(), spoiled));
            let mut other = key.public();
            other.0[place % 32] ^= 1;
            cases.push((other, sound));
        }
        for bytes in unreduced() {
            let mut signature = sound;
            signature.0[..32].copy_from_slice(&bytes);
            cases.push((key.public(), signature));
            cases.push((PublicKey(bytes), sound));
        }
        let held = cases.iter().map(|(key, signature)| {
            let held = key.verify(b"hola", signature);
            assert_eq!(alone(key, b"hola", signature), held, "{key} {signature:?}");
            let mut among = Batch::new(&[2; 32]);
            for who in 0..20 {
                let other = SecretKey::from_seed([who; 32]);
                among.add(&other.public(), b"hola", &other.sign(b"hola"));
            }
            among.add(key, b"hola", signature);
            assert_eq!(among.verify(), held, "{key} {signature:?}");
            held
        });
        assert_eq!(held.filter(|held| *held).count(), 1);
    }

    #[test]
    fn a_torsion_point_added_to_a_signature_changes_neither_verdict() {
        // R + T with 8 T = 0: refused by cofactorless rules, sound by ZIP-215. Two
        // such in a batch must not depend on how their coefficients fall.
        let key = SecretKey::from_seed([9; 32]);
        let scalar = curve25519_dalek::Scalar::from(12_345u32);
        for torsion in EIGHT_TORSION {
            let r = scalar * curve25519_dalek::constants::ED25519_BASEPOINT_POINT + torsion;
            let r = r.compress().to_bytes();
            // The key's scalar half, as RFC 8032 clamps it.
            let expanded = sha2::Sha512::digest(key.seed());
            let mut half: [u8; 32] = expanded[..32].try_into().unwrap();
            half[0] &= 248;
            half[31] = half[31] & 127 | 64;
            let a = curve25519_dalek::Scalar::from_bytes_mod_order(half);
            let k = sha2::Sha512::new()
                .chain_update(r)
                .chain_update(key.public().0)
                .chain_update(b"hola");
            let k: [u8; 64] = k.finalize().into();
            let s = scalar + curve25519_dalek::Scalar::from_bytes_mod_order_wide(&k) * a;
            let mut signature = Signature([0; 64]);
            signature.0[..32].copy_from_slice(&r);
            signature.0[32..].copy_from_slice(s.as_bytes());
            assert!(key.public().verify(b"hola", &signature));
            for seed in 0..8 {
                let mut batch = Batch::new(&[seed; 32]);
                batch.add(&key.public(), b"hola", &signature);
                batch.add(&key.public(), b"hola", &signature);
                assert!(batch.verify());
            }
        }
    }

    #[test]
    fn two_unsound_signatures_do_not_make_up_for_each_other() {
        // s + 1 and s - 1: with equal coefficients the sum would be zero.
        let keys = [1, 2].map(|who| SecretKey::from_seed([who; 32]));
        for seed in 0..16 {
            let mut batch = Batch::new(&[seed; 32]);
            for (key, add) in keys.iter().zip([1i16, -1]) {
                let mut signature = key.sign(b"hola");
                let low = i16::from(signature.0[32]) + add;
                assert!((0..256).contains(&low), "no carry for these keys");
                signature.0[32] = low as u8;
                batch.add(&key.public(), b"hola", &signature);
            }
            assert!(!batch.verify());
        }
    }
}
