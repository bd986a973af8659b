//! The wallet file, `*.tablon-id`: 111 bytes, small enough for a QR code.
//!
//! ```text
//! at  bytes
//!  0     8  "TABLONID"
//!  8     1  version, 1
//!  9     4  Argon2id memory in KiB, little-endian
//! 13     1  Argon2id passes
//! 14     1  Argon2id lanes, 1
//! 15    16  Argon2id salt
//! 31    24  XChaCha20 nonce
//! 55    20  address
//! 75    32  XChaCha20-Poly1305 of the 16 bytes of entropy, with its tag
//! 107    4  the first bytes of the SHA-256 of all before
//! ```
//!
//! The first 75 bytes are the cipher's associated data. Every version, also those
//! to come, begins with the same eight bytes and ends in the same checksum, so
//! that a file that got damaged is never taken for a wrong password or for the
//! file of a newer page.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use core::ops::RangeInclusive;
use data_encoding::BASE64URL_NOPAD;
use zeroize::{Zeroize, Zeroizing};

use super::Identity;
use crate::hash::sha256;
use crate::keys::Address;
use crate::text::compose_into;

/// Bytes of a wallet file.
pub const LENGTH: usize = HEADER + 16 + 16 + CHECKSUM;
/// Characters of a password, when a file is sealed.
pub const PASSWORD_LENGTHS: RangeInclusive<usize> = 8..=128;

const MAGIC: &[u8; 8] = b"TABLONID";
const VERSION: u8 = 1;
const HEADER: usize = 8 + 1 + 4 + 1 + 1 + 16 + 24 + 20;
const CHECKSUM: usize = 4;

/// What one guess of a password costs, with Argon2id (RFC 9106) in one lane:
/// a tab has one thread for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    memory: u32,
    passes: u8,
}

/// A cost out of bounds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CostError {
    /// Too little for Argon2id, or more than a tab should give to a file.
    #[error(
        "{received} KiB of memory for the password, {} to {} are taken",
        Cost::LEAST_MEMORY,
        Cost::MOST_MEMORY
    )]
    Memory {
        /// KiB received.
        received: u32,
    },
    /// None, or so many that a tab would stand still.
    #[error(
        "{received} passes for the password, 1 to {} are taken",
        Cost::MOST_PASSES
    )]
    Passes {
        /// Passes received.
        received: u8,
    },
    /// A file of another program: we only write one.
    #[error("{received} lanes for the password, 1 is taken")]
    Lanes {
        /// Lanes received.
        received: u8,
    },
}

impl Cost {
    /// 19 MiB and two passes: the least that OWASP's Password Storage Cheat Sheet
    /// recommends of Argon2id, and what a telephone's tab can bear.
    pub const STANDARD: Self = Self {
        memory: 19_456,
        passes: 2,
    };

    /// KiB of memory, at least: Argon2 needs eight blocks a lane.
    pub const LEAST_MEMORY: u32 = 8;
    /// KiB of memory, at most: 256 MiB. A file that somebody sends must not make
    /// a tab allocate gigabytes.
    pub const MOST_MEMORY: u32 = 256 * 1024;
    /// Passes, at most: with the most memory, half a minute of a slow tab.
    pub const MOST_PASSES: u8 = 16;

    /// A cost within the bounds.
    pub fn new(memory_kib: u32, passes: u8) -> Result<Self, CostError> {
        if !(Self::LEAST_MEMORY..=Self::MOST_MEMORY).contains(&memory_kib) {
            return Err(CostError::Memory {
                received: memory_kib,
            });
        }
        if !(1..=Self::MOST_PASSES).contains(&passes) {
            return Err(CostError::Passes { received: passes });
        }
        Ok(Self {
            memory: memory_kib,
            passes,
        })
    }

    // The key of a password. `None` when there is not so much memory.
    fn stretch(self, password: &str, salt: &[u8; 16]) -> Option<Zeroizing<[u8; 32]>> {
        let params = Params::new(self.memory, self.passes.into(), 1, Some(32))
            .expect("a cost within its bounds is within Argon2's");
        // Our own memory, because Argon2's ends as a copy of the key, and a tab's
        // memory is read by whatever runs in it next.
        let mut blocks: Vec<Block> = Vec::new();
        blocks.try_reserve_exact(params.block_count()).ok()?;
        blocks.resize(params.block_count(), Block::new());
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(password.as_bytes(), salt, &mut *key, &mut blocks)
            .expect("salt and key have fixed lengths, and passwords are below 4 GiB");
        for block in &mut blocks {
            block.zeroize();
        }
        Some(key)
    }
}

/// A password that cannot seal a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too easy to guess.
    #[error("the password has {received} characters, at least {limit} are needed")]
    TooShort {
        /// Characters needed.
        limit: usize,
        /// Characters received.
        received: usize,
    },
    /// More than is ever typed again.
    #[error("the password has {received} characters, at most {limit} are taken")]
    TooLong {
        /// Characters taken.
        limit: usize,
        /// Characters received.
        received: usize,
    },
    /// A line break or a tab came along when it was pasted.
    #[error("the password has the control character U+{code:04X} at character {place}")]
    ControlCharacter {
        /// The character.
        code: u32,
        /// Which character: the first is 1.
        place: usize,
    },
    /// The machine has not the memory that the cost asks for.
    #[error("{kib} KiB of memory are needed to seal the file, and there are not so many")]
    Memory {
        /// KiB needed.
        kib: u32,
    },
}

/// A file that gives no identity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// A text that does not stand for bytes.
    #[error("the text of a wallet has letters, digits, \"-\" and \"_\"; character {at} is another")]
    NotText {
        /// Which character, white space not counted: the first is 1.
        at: usize,
    },
    /// Some other file.
    #[error("this is not a wallet file: those begin with \"TABLONID\"")]
    NotAWallet,
    /// Cut short, or a byte changed on the way.
    #[error("the wallet file is damaged: its {received} bytes do not fit their checksum")]
    Damaged {
        /// Bytes received; a file of version 1 has 111.
        received: usize,
    },
    /// Of a newer page.
    #[error("the wallet file is of version {received}, this page knows version {known}")]
    OtherVersion {
        /// The version that is read here.
        known: u8,
        /// In the file.
        received: u8,
    },
    /// Opening it would take too long.
    #[error("the wallet file asks for too much: {0}")]
    Cost(#[from] CostError),
    /// The machine has not the memory that the file asks for.
    #[error("{kib} KiB of memory are needed to open the file, and there are not so many")]
    Memory {
        /// KiB needed.
        kib: u32,
    },
    /// Not the password with which it was sealed.
    #[error("this password does not open the wallet file")]
    WrongPassword,
    /// The file wears another's address: whoever made it lies.
    #[error("the wallet file shows the address {shown}, but its key has {held}")]
    OtherAddress {
        /// On the file.
        shown: Address,
        /// Of the key inside.
        held: Address,
    },
}

/// Write a wallet file. Salt and nonce are random bytes, which the driver draws
/// anew for each file. A second or less of work at [`Cost::STANDARD`].
///
/// Passwords are compared as RFC 8265 says for "OpaqueString": every kind of
/// space is a space, and composed and decomposed letters are the same, since
/// keyboards differ in both.
pub fn seal(
    identity: &Identity,
    password: &str,
    salt: [u8; 16],
    nonce: [u8; 24],
    cost: Cost,
) -> Result<Vec<u8>, PasswordError> {
    let password = prepare(password);
    check(&password)?;
    let key = cost
        .stretch(&password, &salt)
        .ok_or(PasswordError::Memory { kib: cost.memory })?;
    let mut file = Vec::with_capacity(LENGTH);
    file.extend(MAGIC);
    file.push(VERSION);
    file.extend(cost.memory.to_le_bytes());
    file.extend([cost.passes, 1]);
    file.extend(salt);
    file.extend(nonce);
    file.extend(identity.address().0);
    let payload = Payload {
        msg: &*identity.entropy(),
        aad: &file,
    };
    let sealed = XChaCha20Poly1305::new((&*key).into())
        .encrypt(&nonce.into(), payload)
        .expect("16 bytes are below the cipher's limit");
    file.extend(sealed);
    file.extend(checksum(&file));
    Ok(file)
}

/// Whose file it is, without a password. The address is what the file says: that
/// its key fits is known once it has been [`open`]ed.
pub fn address_in(file: &[u8]) -> Result<Address, FileError> {
    Ok(Contents::read(file)?.address)
}

/// Read a wallet file. Memory and time are bounded by [`Cost`], whatever the file.
pub fn open(file: &[u8], password: &str) -> Result<Identity, FileError> {
    let contents = Contents::read(file)?;
    let cost = contents.cost;
    let key = cost
        .stretch(&prepare(password), &contents.salt)
        .ok_or(FileError::Memory { kib: cost.memory })?;
    let payload = Payload {
        msg: contents.sealed,
        aad: contents.header,
    };
    let entropy = XChaCha20Poly1305::new((&*key).into())
        .decrypt(&contents.nonce.into(), payload)
        .map_err(|_| FileError::WrongPassword)?;
    let entropy = Zeroizing::new(entropy);
    let entropy = entropy.first_chunk().expect("32 bytes less a tag of 16");
    let identity = Identity::from_entropy(*entropy);
    if identity.address() != contents.address {
        return Err(FileError::OtherAddress {
            shown: contents.address,
            held: identity.address(),
        });
    }
    Ok(identity)
}

/// The file as text, for a QR code or a message: base64url without padding.
pub fn to_text(file: &[u8]) -> String {
    BASE64URL_NOPAD.encode(file)
}

/// The file of such a text. White space is left out: mail programs break lines.
pub fn from_text(text: &str) -> Result<Vec<u8>, FileError> {
    let text: String = text.split_whitespace().collect();
    let foreign = |char: char| !matches!(char, 'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '_');
    if let Some((at, _)) = (1..).zip(text.chars()).find(|(_, char)| foreign(*char)) {
        return Err(FileError::NotText { at });
    }
    // What is left to go wrong is an end in the middle of a byte.
    BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|_| FileError::Damaged {
            received: text.len() * 3 / 4,
        })
}

struct Contents<'a> {
    cost: Cost,
    salt: [u8; 16],
    nonce: [u8; 24],
    address: Address,
    header: &'a [u8],
    sealed: &'a [u8],
}

impl<'a> Contents<'a> {
    fn read(file: &'a [u8]) -> Result<Self, FileError> {
        if !file.starts_with(MAGIC) {
            return Err(FileError::NotAWallet);
        }
        let damaged = FileError::Damaged {
            received: file.len(),
        };
        let Some((body, sum)) = file.split_last_chunk() else {
            return Err(damaged);
        };
        if checksum(body) != *sum {
            return Err(damaged);
        }
        // The checksum could stand right behind the magic.
        let Some(&version) = body.get(MAGIC.len()) else {
            return Err(damaged);
        };
        if version != VERSION {
            return Err(FileError::OtherVersion {
                known: VERSION,
                received: version,
            });
        }
        if file.len() != LENGTH {
            return Err(damaged);
        }
        let (header, sealed) = body.split_at(HEADER);
        let mut rest = &header[MAGIC.len() + 1..];
        let memory = u32::from_le_bytes(take(&mut rest));
        let [passes, lanes] = take(&mut rest);
        if lanes != 1 {
            return Err(CostError::Lanes { received: lanes }.into());
        }
        Ok(Self {
            cost: Cost::new(memory, passes)?,
            salt: take(&mut rest),
            nonce: take(&mut rest),
            address: Address(take(&mut rest)),
            header,
            sealed,
        })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
    let (bytes, left) = rest
        .split_first_chunk()
        .expect("the header's length was checked");
    *rest = left;
    *bytes
}

fn checksum(body: &[u8]) -> [u8; CHECKSUM] {
    let hash = sha256(&[body]);
    *hash.first_chunk().expect("a hash has 32 bytes")
}

// RFC 8265, section 4.2.2: Unicode's space separators become a space, then NFC.
// Neither depends on the Unicode version for characters that are assigned.
fn prepare(password: &str) -> Zeroizing<String> {
    let spaced = password.chars().map(|char| match char {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            ' '
        }
        other => other,
    });
    // A string that grows leaves copies behind that nothing wipes; one letter
    // takes at most three times its bytes when composed (UAX #15, table 10).
    let mut prepared = Zeroizing::new(String::with_capacity(3 * password.len()));
    compose_into(spaced, &mut prepared);
    prepared
}

fn check(password: &str) -> Result<(), PasswordError> {
    let received = password.chars().count();
    let (least, most) = PASSWORD_LENGTHS.into_inner();
    if received < least {
        return Err(PasswordError::TooShort {
            limit: least,
            received,
        });
    }
    if received > most {
        return Err(PasswordError::TooLong {
            limit: most,
            received,
        });
    }
    let control = (1..)
        .zip(password.chars())
        .find(|(_, char)| matches!(char, '\0'..='\x1f' | '\x7f'..='\u{9f}'));
    if let Some((place, char)) = control {
        return Err(PasswordError::ControlCharacter {
            code: char.into(),
            place,
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Cost = Cost {
        memory: Cost::LEAST_MEMORY,
        passes: 1,
    };
    const PASSWORD: &str = "correct horse";

    fn identity() -> Identity {
        Identity::from_entropy([7; 16])
    }

    fn file() -> Vec<u8> {
        seal(&identity(), PASSWORD, [1; 16], [2; 24], QUICK).unwrap()
    }

    // The file with some bytes changed and the checksum made anew: what a hostile
    // hand can do, and an accident cannot.
    fn forged(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut file = file();
        file.truncate(LENGTH - CHECKSUM);
        change(&mut file);
        file.extend(checksum(&file));
        file
    }

    #[test]
    fn its_password_alone_opens_a_file() {
        let file = file();
        assert_eq!(file.len(), 111);
        assert_eq!(address_in(&file), Ok(identity().address()));
        let opened = open(&file, PASSWORD).unwrap();
        assert_eq!(opened.words(), identity().words());
        for wrong in ["", "correct horsf", "Correct horse", "correct  horse"] {
            assert_eq!(open(&file, wrong).unwrap_err(), FileError::WrongPassword);
        }
    }

    #[test]
    fn another_keyboard_types_the_same_password() {
        let nonce = [2; 24];
        let composed = seal(&identity(), "ñandú\u{a0}gris", [1; 16], nonce, QUICK).unwrap();
        let decomposed = "n\u{303}andu\u{301} gris";
        assert!(open(&composed, decomposed).is_ok());
        let again = seal(&identity(), decomposed, [1; 16], nonce, QUICK).unwrap();
        assert_eq!(again, composed);
    }

    #[test]
    fn every_changed_byte_is_called_damage_and_not_a_wrong_password() {
        let file = file();
        for at in 0..file.len() {
            for bit in 0..8 {
                let mut changed = file.clone();
                changed[at] ^= 1 << bit;
                let expected = if at < MAGIC.len() {
                    FileError::NotAWallet
                } else {
                    FileError::Damaged { received: 111 }
                };
                assert_eq!(
                    open(&changed, PASSWORD).unwrap_err(),
                    expected,
                    "byte {at}, bit {bit}"
                );
            }
        }
    }

    #[test]
    fn a_file_cut_short_or_lengthened_is_damaged() {
        let file = file();
        for length in MAGIC.len()..file.len() {
            assert_eq!(
                open(&file[..length], PASSWORD).unwrap_err(),
                FileError::Damaged { received: length }
            );
        }
        let longer = forged(|file| file.push(0));
        assert_eq!(
            address_in(&longer),
            Err(FileError::Damaged { received: 112 })
        );
        let empty = forged(|file| file.truncate(MAGIC.len()));
        assert_eq!(address_in(&empty), Err(FileError::Damaged { received: 12 }));
        for other in [&b""[..], b"TABLON", b"{\"version\":3}"] {
            assert_eq!(address_in(other), Err(FileError::NotAWallet));
        }
    }

    #[test]
    fn a_newer_version_is_named_whatever_its_length() {
        for longer in [0, 40] {
            let newer = forged(|file| {
                file[8] = 2;
                file.extend(vec![0; longer]);
            });
            assert_eq!(
                open(&newer, PASSWORD).unwrap_err().to_string(),
                "the wallet file is of version 2, this page knows version 1"
            );
        }
    }

    #[test]
    fn a_hostile_cost_is_refused_before_it_is_paid() {
        for (memory, passes, lanes, message) in [
            (
                u32::MAX,
                1,
                1,
                "4294967295 KiB of memory for the password, 8 to 262144 are taken",
            ),
            (
                262_145,
                1,
                1,
                "262145 KiB of memory for the password, 8 to 262144 are taken",
            ),
            (
                7,
                1,
                1,
                "7 KiB of memory for the password, 8 to 262144 are taken",
            ),
            (8, 0, 1, "0 passes for the password, 1 to 16 are taken"),
            (8, 17, 1, "17 passes for the password, 1 to 16 are taken"),
            (8, 1, 4, "4 lanes for the password, 1 is taken"),
            (8, 1, 0, "0 lanes for the password, 1 is taken"),
        ] {
            let hostile = forged(|file| {
                file[9..13].copy_from_slice(&u32::to_le_bytes(memory));
                file[13..15].copy_from_slice(&[passes, lanes]);
            });
            assert_eq!(
                open(&hostile, PASSWORD).unwrap_err().to_string(),
                format!("the wallet file asks for too much: {message}")
            );
        }
    }

    #[test]
    fn each_forged_byte_under_a_new_checksum_opens_nothing() {
        for at in 13..LENGTH - CHECKSUM {
            let forged = forged(|file| file[at] ^= 1);
            let error = open(&forged, PASSWORD).unwrap_err();
            assert!(
                matches!(error, FileError::WrongPassword | FileError::Cost(_)),
                "byte {at}: {error}"
            );
        }
    }

    #[test]
    fn a_file_that_wears_anothers_address_is_refused() {
        // Sealed with a password that its maker gives along with it.
        let (salt, nonce) = ([1; 16], [2; 24]);
        let other = Address([9; 20]);
        let mut file = file()[..HEADER].to_vec();
        file[55..].copy_from_slice(&other.0);
        let key = QUICK.stretch(PASSWORD, &salt).unwrap();
        let payload = Payload {
            msg: &[7; 16],
            aad: &file,
        };
        let cipher = XChaCha20Poly1305::new((&*key).into());
        let sealed = cipher.encrypt(&nonce.into(), payload).unwrap();
        file.extend(sealed);
        file.extend(checksum(&file));
        assert_eq!(
            open(&file, PASSWORD).unwrap_err(),
            FileError::OtherAddress {
                shown: other,
                held: identity().address()
            }
        );
    }

    #[test]
    fn a_password_out_of_bounds_seals_nothing() {
        for (password, message) in [
            (
                "siete77".to_owned(),
                "the password has 7 characters, at least 8 are needed",
            ),
            (
                "ñ".repeat(129),
                "the password has 129 characters, at most 128 are taken",
            ),
            (
                "12345678\n".into(),
                "the password has the control character U+000A at character 9",
            ),
        ] {
            let error = seal(&identity(), &password, [1; 16], [2; 24], QUICK).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
        for password in ["ñandúes!".to_owned(), "🌵".repeat(128)] {
            assert!(seal(&identity(), &password, [1; 16], [2; 24], QUICK).is_ok());
        }
    }

    #[test]
    fn a_file_travels_as_text_and_lines_may_break() {
        let file = file();
        let text = to_text(&file);
        assert_eq!(text.len(), 148);
        assert_eq!(from_text(&text), Ok(file.clone()));
        let broken = format!("  {}\r\n{}\n", &text[..76], &text[76..]);
        assert_eq!(from_text(&broken), Ok(file));
        assert_eq!(from_text("VEFC TE+9"), Err(FileError::NotText { at: 7 }));
        assert_eq!(from_text("VEFñ"), Err(FileError::NotText { at: 4 }));
        assert_eq!(
            from_text(&text[..145]),
            Err(FileError::Damaged { received: 108 })
        );
        assert_eq!(from_text(""), Ok(vec![]));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200),
        ) {
            proptest::prop_assert!(open(&bytes, PASSWORD).is_err());
            // And once more with all that the first checks look at.
            let mut file = MAGIC.to_vec();
            file.push(VERSION);
            file.extend([8, 0, 0, 0]);
            file.extend(bytes);
            file.extend(checksum(&file));
            proptest::prop_assert!(address_in(&file).is_err() || file.len() == LENGTH);
        }

        #[test]
        fn what_is_sealed_opens_again(
            entropy in proptest::array::uniform16(proptest::num::u8::ANY),
            salt in proptest::array::uniform16(proptest::num::u8::ANY),
            nonce in proptest::array::uniform24(proptest::num::u8::ANY),
            password in "\\PC{8,60}",
        ) {
            let identity = Identity::from_entropy(entropy);
            // Composing can leave fewer than eight characters.
            if let Ok(file) = seal(&identity, &password, salt, nonce, QUICK) {
                let opened = open(&from_text(&to_text(&file)).unwrap(), &password).unwrap();
                proptest::prop_assert_eq!(*opened.entropy(), entropy);
            }
        }

        #[test]
        fn no_text_makes_the_reader_of_text_panic(text in "\\PC{0,80}") {
            let _ = from_text(&text);
        }
    }
}
