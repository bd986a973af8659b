//! A wallet's bytes on disk, where a driver keeps them in one file.
//!
//! ```text
//! at  bytes
//!  0    16  "tablon wallet 1\n"
//! 16     8  version, little-endian: Unix time in ms, always above the one before
//! 24     1  0 bare, 1 sealed
//! 25     1  1 when the owner has the words on paper
//! 26     2  length of what follows
//! 28     .  16 bytes of entropy, or a `*.tablon-id` file
//!  .    32  SHA-256 of all before
//!  .     .  zeros, so that nothing sticks out of a longer one
//! ```
//! OPFS has no rename, so the file holds this twice, [`APART`] bytes apart. A new
//! wallet goes over one copy, is on disk before the other is touched, and then
//! goes over that one too: at each moment one copy is whole, and in the end
//! nothing is left of what was there before. The whole copy with the higher
//! version counts.

use std::io;

use redb::StorageBackend;
use zeroize::Zeroizing;

use super::LENGTH;
use crate::hash::sha256;

const MAGIC: &[u8; 16] = b"tablon wallet 1\n";
const HEADER: usize = 16 + 8 + 1 + 1 + 2;
const CHECKSUM: usize = 32;

/// Bytes of one copy, at most: sealed files of later versions may be longer.
const MOST: usize = HEADER + 4 * LENGTH + CHECKSUM;

/// From one copy to the other: no block of a disk has parts of both.
pub const APART: u64 = 4_096;

/// Bytes of a whole file, at most.
pub const FILE: u64 = APART + MOST as u64;

/// What is kept of a wallet.
#[derive(Clone)]
pub struct Record {
    /// Unix time in milliseconds, always above the one before: of two records of
    /// one account the higher counts.
    pub version: u64,
    /// The owner has the words on paper.
    pub backed_up: bool,
    /// The identity.
    pub at_rest: AtRest,
}

/// An identity at rest.
#[derive(Clone)]
pub enum AtRest {
    /// Its entropy: no password has been set.
    Bare(Zeroizing<[u8; 16]>),
    /// A `*.tablon-id` file.
    Sealed(Vec<u8>),
}

/// What a wallet's file holds.
pub enum Found {
    /// A wallet, and whether both copies have it.
    Whole(Record, bool),
    /// Nothing that was ever used: a wallet is, once both copies are written.
    Nothing,
    /// Neither copy reads.
    Damaged,
}

impl Record {
    /// One copy.
    ///
    /// # Panics
    /// If a sealed identity has more than four times the bytes that it has today:
    /// nothing that opens is so long.
    pub fn bytes(&self) -> Zeroizing<Vec<u8>> {
        let (kind, payload): (u8, &[u8]) = match &self.at_rest {
            AtRest::Bare(entropy) => (0, &**entropy),
            AtRest::Sealed(file) => (1, file),
        };
        assert!(payload.len() <= 4 * LENGTH, "it would not be read again");
        // Whole from the start: a vector that grows leaves copies behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(MOST));
        bytes.extend(MAGIC);
        bytes.extend(self.version.to_le_bytes());
        bytes.extend([kind, self.backed_up.into()]);
        let length = u16::try_from(payload.len()).expect("a sealed identity has 111 bytes");
        bytes.extend(length.to_le_bytes());
        bytes.extend(payload);
        let sum = sha256(&[&bytes]);
        bytes.extend(sum);
        bytes.resize(MOST, 0);
        bytes
    }

    /// Read one copy; what stands behind it does not matter.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes.strip_prefix(MAGIC)?;
        let version = u64::from_le_bytes(take(&mut rest)?);
        let [kind, flags] = take(&mut rest)?;
        let length = usize::from(u16::from_le_bytes(take(&mut rest)?));
        let payload = rest.get(..length)?;
        let sum = rest.get(length..length + CHECKSUM)?;
        if *sum != sha256(&[&bytes[..HEADER + length]]) {
            return None;
        }
        let at_rest = match kind {
            0 => AtRest::Bare(Zeroizing::new(payload.try_into().ok()?)),
            1 => AtRest::Sealed(payload.to_vec()),
            _ => return None,
        };
        Some(Self {
            version,
            backed_up: flags & 1 == 1,
            at_rest,
        })
    }

    /// Put it on disk, over both copies. From the first `sync_data` on it is the
    /// one that is read. After an error before that the former one is, unless the disk
    /// takes neither the new one nor the former one back.
    pub fn write(&self, file: &impl StorageBackend) -> io::Result<()> {
        let bytes = self.bytes();
        let (places, former) = match copies(file)? {
            [Some(first), second] if second.as_ref().is_none_or(|s| s.version <= first.version) => {
                ([APART, 0], Some(first))
            }
            [_, second] => ([0, APART], second),
        };
        let kept = file
            .write(places[0], &bytes)
            .and_then(|()| file.sync_data());
        if let Err(error) = kept {
            // What was written may be whole all the same, and has the higher version.
            let undone =
                former.map_or_else(|| Zeroizing::new(vec![0; MOST]), |former| former.bytes());
            let _ = file
                .write(places[0], &undone)
                .and_then(|()| file.sync_data());
            return Err(error);
        }
        // It counts already. Should this fail, reading finds it out and repeats it.
        let _ = file
            .write(places[1], &bytes)
            .and_then(|()| file.sync_data());
        Ok(())
    }
}

/// Read a wallet's file.
pub fn read(file: &impl StorageBackend) -> io::Result<Found> {
    let length = file.len()?;
    Ok(match copies(file)? {
        [Some(first), Some(second)] if first.version == second.version => Found::Whole(first, true),
        [Some(first), Some(second)] if first.version > second.version => Found::Whole(first, false),
        [_, Some(second)] => Found::Whole(second, false),
        [Some(first), None] => Found::Whole(first, false),
        [None, None] if length <= APART => Found::Nothing,
        [None, None] => Found::Damaged,
    })
}

fn copies(file: &impl StorageBackend) -> io::Result<[Option<Record>; 2]> {
    let length = file.len()?;
    let copy = |at: u64| {
        let size = length.saturating_sub(at).min(MOST as u64) as usize;
        let mut bytes = Zeroizing::new(vec![0; size]);
        if size > 0 {
            file.read(at, &mut bytes)?;
        }
        Ok::<_, io::Error>(Record::parse(&bytes))
    };
    Ok([copy(0)?, copy(APART)?])
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (bytes, left) = rest.split_first_chunk()?;
    *rest = left;
    Some(*bytes)
}

#[cfg(test)]
mod tests;
