//! What an identity is: 16 random bytes, and all that follows from them.

use core::fmt;

use bip39::{Language, Mnemonic};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha512;
use zeroize::Zeroizing;

use super::words::{WordsError, parse};
use crate::keys::{Address, SecretKey};

/// The 16 random bytes from which an owner's words and key follow. They are
/// wiped from memory when this is dropped.
pub struct Identity {
    entropy: Zeroizing<[u8; 16]>,
    // Kept because the way from entropy to address is slow on purpose (BIP-39
    // hashes 4,096 times) and pages ask for the address often.
    address: Address,
}

impl Identity {
    /// The identity of 16 random bytes, which the driver draws: 128 bits, the
    /// strength of an Ed25519 key.
    pub fn from_entropy(entropy: [u8; 16]) -> Self {
        let entropy = Zeroizing::new(entropy);
        let address = key(&entropy).public().address();
        Self { entropy, address }
    }

    /// The identity of twelve English words of BIP-39. Case, line breaks and runs
    /// of white space do not matter; numbers between the words do.
    pub fn from_words(text: &str) -> Result<Self, WordsError> {
        Ok(Self::from_entropy(*parse(text)?))
    }

    /// The 16 bytes, for the driver to hand to another of its threads.
    pub fn entropy(&self) -> Zeroizing<[u8; 16]> {
        self.entropy.clone()
    }

    /// Twelve English words of BIP-39, divided by one space each.
    pub fn words(&self) -> String {
        mnemonic(&self.entropy).to_string()
    }

    /// The key that signs: BIP-39's seed under the empty passphrase, then
    /// SLIP-0010's Ed25519 master key (path `m`). Other wallets that know both
    /// find the same key. Some milliseconds of work.
    pub fn key(&self) -> SecretKey {
        key(&self.entropy)
    }

    /// The account of the key.
    pub fn address(&self) -> Address {
        self.address
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity(of {})", self.address)
    }
}

fn mnemonic(entropy: &[u8; 16]) -> Mnemonic {
    Mnemonic::from_entropy_in(Language::English, entropy).expect("BIP-39 takes 16 bytes")
}

fn key(entropy: &[u8; 16]) -> SecretKey {
    master_key(&*seed(&mnemonic(entropy), ""))
}

// BIP-39, "From mnemonic to seed": PBKDF2-HMAC-SHA512, 2,048 rounds. English
// words and our empty passphrase are ASCII, so normalised as they are.
fn seed(mnemonic: &Mnemonic, passphrase: &str) -> Zeroizing<[u8; 64]> {
    Zeroizing::new(mnemonic.to_seed_normalized(passphrase))
}

// SLIP-0010, "Master key generation" for ed25519: the left half of the HMAC is
// the key; the right, the chain code of child keys, which we have not.
fn master_key(seed: &[u8]) -> SecretKey {
    let mut hmac =
        Hmac::<Sha512>::new_from_slice(b"ed25519 seed").expect("HMAC takes keys of any length");
    hmac.update(seed);
    let both = Zeroizing::new(<[u8; 64]>::from(hmac.finalize().into_bytes()));
    let left = both.first_chunk().expect("64 bytes have a left half");
    SecretKey::from_seed(*left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes<const N: usize>(hex: &str) -> [u8; N] {
        let bytes = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
        bytes.try_into().unwrap()
    }

    // The 128-bit vectors that BIP-39 publishes, github.com/trezor/python-mnemonic
    // `vectors.json`: entropy, words, seed under the passphrase "TREZOR".
    const BIP39: [(&str, &str, &str); 8] = [
        (
            "00000000000000000000000000000000",
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
            "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e53495531f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04",
        ),
        (
            "7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f7f",
            "legal winner thank year wave sausage worth useful legal winner thank yellow",
            "2e8905819b8723fe2c1d161860e5ee1830318dbf49a83bd451cfb8440c28bd6fa457fe1296106559a3c80937a1c1069be3a3a5bd381ee6260e8d9739fce1f607",
        ),
        (
            "80808080808080808080808080808080",
            "letter advice cage absurd amount doctor acoustic avoid letter advice cage above",
            "d71de856f81a8acc65e6fc851a38d4d7ec216fd0796d0a6827a3ad6ed5511a30fa280f12eb2e47ed2ac03b5c462a0358d18d69fe4f985ec81778c1b370b652a8",
        ),
        (
            "ffffffffffffffffffffffffffffffff",
            "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong",
            "ac27495480225222079d7be181583751e86f571027b0497b5b5d11218e0a8a13332572917f0f8e5a589620c6f15b11c61dee327651a14c34e18231052e48c069",
        ),
        (
            "9e885d952ad362caeb4efe34a8e91bd2",
            "ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic",
            "274ddc525802f7c828d8ef7ddbcdc5304e87ac3535913611fbbfa986d0c9e5476c91689f9c8a54fd55bd38606aa6a8595ad213d4c9c9f9aca3fb217069a41028",
        ),
        (
            "c0ba5a8e914111210f2bd131f3d5e08d",
            "scheme spot photo card baby mountain device kick cradle pact join borrow",
            "ea725895aaae8d4c1cf682c1bfd2d358d52ed9f0f0591131b559e2724bb234fca05aa9c02c57407e04ee9dc3b454aa63fbff483a8b11de949624b9f1831a9612",
        ),
        (
            "23db8160a31d3e0dca3688ed941adbf3",
            "cat swing flag economy stadium alone churn speed unique patch report train",
            "deb5f45449e615feff5640f2e49f933ff51895de3b4381832b3139941c57b59205a42480c52175b6efcffaa58a2503887c1e8b363a707256bdd2b587b46541f5",
        ),
        (
            "f30f8c1da665478f49b001d94c5fc452",
            "vessel ladder alter error federal sibling chat ability sun glass valve picture",
            "2aaa9242daafcee6aa9d7269f17d4efe271e1b9a529178d7dc139cd18747090bf9d60295d0ce74309a78852a9caadf0af48aae1c6253839624076224374bc63f",
        ),
    ];

    // SLIP-0010, "Test vector 1" and "2" for ed25519, chain m: seed, private,
    // public (there with a leading zero byte).
    const SLIP10: [(&str, &str, &str); 2] = [
        (
            "000102030405060708090a0b0c0d0e0f",
            "2b4be7f19ee27bbf30c667b642d5f4aa69fd169872f8fc3059c08ebae2eb19e7",
            "a4b2856bfec510abab89753fac1ac0e1112364e7d250545963f135f2a33188ed",
        ),
        (
            "fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a29f9c999693908d8a8784817e7b7875726f6c696663605d5a5754514e4b484542",
            "171cb88b1b3c1db25add599712e36245d75bc65a1a5c9e18d76f9f2b1eab4012",
            "8fe9693f8fa62a4305a140b9764c5ee01e455963744fe18204b4fb948249308a",
        ),
    ];

    #[test]
    fn words_and_seeds_are_those_that_bip_39_publishes() {
        for (entropy, words, expected) in BIP39 {
            let identity = Identity::from_entropy(bytes(entropy));
            assert_eq!(identity.words(), words);
            let read = Identity::from_words(words).unwrap();
            assert_eq!(*read.entropy(), bytes(entropy));
            assert_eq!(*seed(&mnemonic(&read.entropy), "TREZOR"), bytes(expected));
        }
    }

    #[test]
    fn master_keys_are_those_that_slip_0010_publishes() {
        for (seed, private, public) in SLIP10 {
            let seed = data_encoding::HEXLOWER.decode(seed.as_bytes()).unwrap();
            let key = master_key(&seed);
            assert_eq!(key.seed(), bytes(private));
            assert_eq!(key.public().0, bytes(public));
        }
    }

    #[test]
    fn a_logged_identity_shows_its_address_alone() {
        let identity = Identity::from_entropy([7; 16]);
        let address = identity.key().public().address();
        assert_eq!(identity.address(), address);
        assert_eq!(format!("{identity:?}"), format!("Identity(of {address})"));
    }
}
