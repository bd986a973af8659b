//! The one canonical byte form: postcard over serde types.
//!
//! Postcard writes a value in one way but reads some numbers written in several
//! (over-long varints). What does not re-encode to itself is refused, so that a
//! value has one hash.

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

/// Bytes that most values take no more than: room for them is made at once, where
/// postcard's own vector begins empty and moves whenever it grows.
const USUAL: usize = 256;

/// The canonical bytes.
pub fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    append(value, Vec::with_capacity(USUAL))
}

/// The canonical bytes after those that are there, in the room that is there.
///
/// # Panics
/// For maps, and for lists that do not know their length: no type of this project has any.
pub fn append<T: Serialize>(value: &T, after: Vec<u8>) -> Vec<u8> {
    postcard::to_extend(value, after).expect("types of this project have a length and no map")
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
    if append(&value, Vec::with_capacity(length)) != bytes {
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
