//! The one canonical byte form: postcard over serde types.
//!
//! Postcard writes a value in one way but reads some numbers written in several
//! (over-long varints). What does not re-encode to itself is refused, so that a
//! value has one hash.

use postcard::ser_flavors::Flavor;
use serde::{Serialize, de::DeserializeOwned};

/// Bytes that are no canonical value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Longer than the type may be; refused before anything is read.
    #[error("{received} bytes, at most {limit} are taken")]
    TooLong {
        /// Bound of the type.
        limit: usize,
        /// Bytes received.
        received: usize,
    },
    /// Not a value of the type.
    #[error("{length} bytes are not {what}: {reason}")]
    Malformed {
        /// The type.
        what: &'static str,
        /// Bytes received.
        length: usize,
        /// Postcard's word.
        reason: String,
    },
    /// A value, but written in a longer way than needed.
    #[error("{length} bytes are not the canonical form of {what}")]
    NotCanonical {
        /// The type.
        what: &'static str,
        /// Bytes received.
        length: usize,
    },
}

/// Bytes that most values take no more than: room for them is made at once.
const USUAL: usize = 256;

/// The canonical bytes.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    encode_with_room(value, USUAL)
}

fn encode_with_room<T: Serialize>(value: &T, room: usize) -> Vec<u8> {
    let written = Written(Vec::with_capacity(room));
    postcard::serialize_with_flavor(value, written)
        .expect("types of this crate have a length and no map")
}

/// Postcard's own kind of vector begins empty and moves whenever it grows.
struct Written(Vec<u8>);

impl Flavor for Written {
    type Output = Vec<u8>;

    fn try_push(&mut self, byte: u8) -> postcard::Result<()> {
        self.0.push(byte);
        Ok(())
    }

    fn try_extend(&mut self, bytes: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<Vec<u8>> {
        Ok(self.0)
    }
}

/// Read `what` from at most `limit` bytes. Nothing larger than the input is
/// allocated: serde's vectors grow as elements are read.
pub fn decode<T: Serialize + DeserializeOwned>(
    what: &'static str,
    bytes: &[u8],
    limit: usize,
) -> Result<T, DecodeError> {
    let length = bytes.len();
    if length > limit {
        return Err(DecodeError::TooLong {
            limit,
            received: length,
        });
    }
    let value: T = postcard::from_bytes(bytes).map_err(|error| DecodeError::Malformed {
        what,
        length,
        reason: error.to_string(),
    })?;
    if encode_with_room(&value, length) != bytes {
        return Err(DecodeError::NotCanonical { what, length });
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_written_too_long_is_refused() {
        assert_eq!(decode::<u32>("a number", &[5], 8), Ok(5));
        assert_eq!(
            decode::<u32>("a number", &[0x85, 0x00], 8),
            Err(DecodeError::NotCanonical {
                what: "a number",
                length: 2
            })
        );
    }

    #[test]
    fn bytes_left_over_are_refused() {
        assert!(decode::<u8>("a byte", &[1, 2], 8).is_err());
    }

    #[test]
    fn a_length_that_promises_more_than_there_is_allocates_nothing() {
        let four_billion = [0xff, 0xff, 0xff, 0xff, 0x0f, 1];
        assert!(decode::<Vec<u64>>("numbers", &four_billion, 16).is_err());
        assert!(matches!(
            decode::<Vec<u8>>("bytes", &[0; 17], 16),
            Err(DecodeError::TooLong {
                limit: 16,
                received: 17
            })
        ));
    }
}
