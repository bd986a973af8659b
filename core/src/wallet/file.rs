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

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305};
use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use super::Identity;
use super::cost::{Cost, CostError};
use super::password::{PasswordError, check, prepare};
use crate::hash::sha256;
use crate::keys::Address;

/// Bytes of a wallet file.
pub const LENGTH: usize = HEADER + 16 + 16 + CHECKSUM;

const MAGIC: &[u8; 8] = b"TABLONID";
const VERSION: u8 = 1;
const HEADER: usize = 8 + 1 + 4 + 1 + 1 + 16 + 24 + 20;
const CHECKSUM: usize = 4;

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
        .ok_or(PasswordError::Memory { kib: cost.memory() })?;
    let mut file = Vec::with_capacity(LENGTH);
    file.extend(MAGIC);
    file.push(VERSION);
    file.extend(cost.memory().to_le_bytes());
    file.extend([cost.passes(), 1]);
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
        .ok_or(FileError::Memory { kib: cost.memory() })?;
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

#[cfg(test)]
mod tests;
