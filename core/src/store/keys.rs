//! Keys as bytes: numbers are big-endian and all parts but the last of a fixed
//! length, so that keys sort as what they say.

use std::ops::Deref;

use super::{HistoryKind, StoreError};
use crate::block::MAX_BLOCK;
use crate::hash::{BlockHash, TxId};
use crate::keys::Address;
use crate::ledger::state::Position;
use crate::units::Height;

/// Bytes of a key, at most: a post's id and an address.
const MAX_KEY: usize = 32 + 20;

/// Bytes of an id that stand in the index of transactions. An id's stamp is worked
/// into its other end. Ids that begin alike stand side by side, and each is compared
/// whole when it is looked up, so whoever makes two (2^32 hashes), three (2^43) or
/// four (2^48) of them slows down who looks for these, and by as many look-ups.
pub(super) const PREFIX: usize = 8;

// A place among a block's transactions fits two bytes, and the highest number is no
// place: each takes more than two bytes of the block.
const _: () = assert!(MAX_BLOCK / 2 <= u16::MAX as usize + 1);

/// A key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    bytes: [u8; MAX_KEY],
    length: usize,
}

impl Key {
    fn of(parts: &[&[u8]]) -> Self {
        let mut key = Self {
            bytes: [0; MAX_KEY],
            length: 0,
        };
        for part in parts {
            let end = key.length + part.len();
            key.bytes[key.length..end].copy_from_slice(part);
            key.length = end;
        }
        key
    }
}

impl Deref for Key {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

pub(super) fn height(height: Height) -> Key {
    Key::of(&[&height.0.to_be_bytes()])
}

pub(super) fn block(height: Height, hash: BlockHash) -> Key {
    Key::of(&[&height.0.to_be_bytes(), &hash.0])
}

pub(super) fn transaction(id: TxId) -> Key {
    Key::of(&[&id.0])
}

pub(super) fn address(address: Address) -> Key {
    Key::of(&[&address.0])
}

/// A node's: the bits that lead there and how many they are. The way from the lower
/// half of the tree to an account lies together, mostly in one page.
pub(super) fn node(at: Position) -> Key {
    let bytes = usize::from(at.depth.div_ceil(8));
    Key::of(&[&at.prefix[..bytes], &at.depth.to_be_bytes()])
}

/// Of the index of transactions.
pub(super) fn place(id: TxId, height: Height, place: u32) -> Key {
    let prefix = &id.0[..PREFIX];
    Key::of(&[prefix, &height.0.to_be_bytes(), &short(place)])
}

/// Between which the places of an id stand, both included.
pub(super) fn places(id: TxId) -> (Key, Key) {
    let bound = |byte: u8| Key::of(&[&id.0[..PREFIX], &[byte; 6]]);
    (bound(0), bound(0xff))
}

pub(super) fn history(concern: HistoryKind, of: Address, height: Height, place: u32) -> Key {
    let (concern, height) = ([concern as u8], height.0.to_be_bytes());
    Key::of(&[&concern, &of.0, &height, &short(place)])
}

pub(super) fn tips(post: TxId, payee: Address) -> Key {
    Key::of(&[&post.0, &payee.0])
}

/// A place in two bytes; one above all that there are stays above them.
pub(super) fn short(place: u32) -> [u8; 2] {
    u16::try_from(place).unwrap_or(u16::MAX).to_be_bytes()
}

/// A key or value of fixed length that is taken apart.
#[derive(Debug)]
pub(super) struct Parts<'b> {
    what: &'static str,
    length: usize,
    rest: &'b [u8],
}

impl<'b> Parts<'b> {
    pub(super) fn of(what: &'static str, bytes: &'b [u8]) -> Self {
        Self {
            what,
            length: bytes.len(),
            rest: bytes,
        }
    }

    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], StoreError> {
        let (part, rest) = (self.rest.split_first_chunk()).ok_or_else(|| self.damaged())?;
        self.rest = rest;
        Ok(*part)
    }

    pub(super) fn height(&mut self) -> Result<Height, StoreError> {
        Ok(Height(u32::from_be_bytes(self.take()?)))
    }

    pub(super) fn place(&mut self) -> Result<u32, StoreError> {
        Ok(u16::from_be_bytes(self.take()?).into())
    }

    /// What was taken, when nothing is left.
    pub(super) fn whole<T>(self, taken: T) -> Result<T, StoreError> {
        match self.rest {
            [] => Ok(taken),
            _ => Err(self.damaged()),
        }
    }

    fn damaged(&self) -> StoreError {
        let what = format_args!("a row's key or value has {} bytes", self.length);
        StoreError::damaged(self.what, what)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_as_heights_and_places_do() {
        let id = TxId([7; 32]);
        let of = Address([1; 20]);
        let places = [
            (0, 0),
            (0, 255),
            (0, 256),
            (1, 0),
            (255, 9),
            (256, 3),
            (1 << 24, 0),
        ];
        for (low, high) in places.iter().zip(&places[1..]) {
            let key = |at: &(u32, u32)| place(id, Height(at.0), at.1);
            assert!(*key(low) < *key(high), "{low:?} {high:?}");
            let key = |at: &(u32, u32)| history(HistoryKind::Secret, of, Height(at.0), at.1);
            assert!(*key(low) < *key(high), "{low:?} {high:?}");
            let blocks = [low, high].map(|at| block(Height(at.0), BlockHash([9; 32])));
            assert!(*blocks[0] <= *blocks[1], "{low:?} {high:?}");
        }
        let (first, last) = super::places(id);
        for (at, place) in [(0, 0), (u32::MAX, u32::from(u16::MAX))] {
            let key = super::place(id, Height(at), place);
            assert!(*first <= *key && *key <= *last);
        }
    }

    // The way to an account whose bits are all ones or all zeros goes through places
    // whose bytes are most alike.
    #[test]
    fn no_two_places_of_the_state_tree_share_a_key() {
        let mut seen = std::collections::BTreeMap::new();
        for bits in [[0; 32], [0xff; 32], [1; 32], [8; 32], [0x80; 32]] {
            for depth in 0..=256u16 {
                let mut prefix = [0; 32];
                for bit in 0..usize::from(depth) {
                    prefix[bit / 8] |= bits[bit / 8] & (0x80 >> (bit % 8));
                }
                let at = Position { depth, prefix };
                let other = seen.insert(node(at).to_vec(), at);
                assert!(other.is_none_or(|other| other == at), "{other:?} {at:?}");
            }
        }
    }

    #[test]
    fn a_row_of_another_length_is_damage_that_is_named() {
        let short = Parts::of("tips", &[1; 7]).take::<8>().unwrap_err();
        assert!(short.is_corrupt());
        assert_eq!(
            short.to_string(),
            "the store's tips is damaged: a row's key or value has 7 bytes"
        );
        let mut long = Parts::of("headers", &[1; 5]);
        let height = long.height().unwrap();
        assert!(long.whole(height).is_err());
    }
}
