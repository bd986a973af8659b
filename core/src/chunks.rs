//! Frames in pieces that every data channel takes: 16 KiB, the safe size in the
//! field; a whole frame may be larger than a data channel's `maxMessageSize`.
//!
//! The first byte of a chunk says whether more follow; the channel keeps order.

/// Largest chunk, its first byte included.
pub const CHUNK: usize = 16 * 1024;

const LAST: u8 = 0;
const MORE: u8 = 1;

/// What a peer sent that is no frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    /// No first byte.
    #[error("a chunk is at least 1 byte, received 0")]
    Empty,
    /// Neither last nor more.
    #[error("a chunk starts with 0 or 1, received {0}")]
    Kind(u8),
    /// A chunk that promises more and carries nothing: an endless frame.
    #[error("a chunk that is not the last carries at least 1 byte, received 0")]
    Idle,
    /// The frame is larger than any wire message.
    #[error("a frame is at most {limit} bytes, received {received} or more")]
    TooLarge {
        /// The bound.
        limit: usize,
        /// So far.
        received: usize,
    },
}

/// The chunks of a frame, in order.
pub fn split(frame: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    split_by(frame, CHUNK)
}

/// The same, in chunks of at most `size` bytes, which is above 1.
pub fn split_by(frame: &[u8], size: usize) -> impl Iterator<Item = Vec<u8>> {
    let count = frame.len().div_ceil(size - 1).max(1);
    (0..count).map(move |index| {
        let start = index * (size - 1);
        let end = frame.len().min(start + size - 1);
        let kind = if index + 1 == count { LAST } else { MORE };
        [&[kind], &frame[start..end]].concat()
    })
}

/// Puts chunks together again.
#[derive(Debug)]
pub struct Assembler {
    limit: usize,
    frame: Vec<u8>,
}

impl Assembler {
    /// For frames of at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            frame: Vec::new(),
        }
    }

    /// Take the next chunk; gives the frame when it was its last.
    pub fn push(&mut self, chunk: &[u8]) -> Result<Option<Vec<u8>>, ChunkError> {
        let (&kind, piece) = chunk.split_first().ok_or(ChunkError::Empty)?;
        let received = self.frame.len() + piece.len();
        if received > self.limit {
            return Err(ChunkError::TooLarge {
                limit: self.limit,
                received,
            });
        }
        match kind {
            MORE if piece.is_empty() => return Err(ChunkError::Idle),
            MORE | LAST => self.frame.extend_from_slice(piece),
            other => return Err(ChunkError::Kind(other)),
        }
        Ok((kind == LAST).then(|| std::mem::take(&mut self.frame)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(frame: &[u8], limit: usize) -> Result<Vec<u8>, ChunkError> {
        let mut assembler = Assembler::new(limit);
        let mut whole = Vec::new();
        for chunk in split(frame) {
            assert!(chunk.len() <= CHUNK);
            if let Some(frame) = assembler.push(&chunk)? {
                whole.push(frame);
            }
        }
        assert_eq!(whole.len(), 1);
        Ok(whole.remove(0))
    }

    #[test]
    fn frames_of_every_size_come_out_as_they_went_in() {
        for length in [0, 1, CHUNK - 2, CHUNK - 1, CHUNK, 2 * (CHUNK - 1), 100_000] {
            let frame: Vec<u8> = (0..length).map(|at| at as u8).collect();
            assert_eq!(through(&frame, length), Ok(frame));
        }
    }

    #[test]
    fn a_frame_that_never_ends_is_cut_at_the_bound() {
        let error = through(&vec![0; 40_000], 39_999).unwrap_err();
        assert_eq!(
            error,
            ChunkError::TooLarge {
                limit: 39_999,
                received: 40_000
            }
        );
        let mut assembler = Assembler::new(100);
        assert_eq!(assembler.push(&[]), Err(ChunkError::Empty));
        assert_eq!(assembler.push(&[MORE]), Err(ChunkError::Idle));
        assert_eq!(assembler.push(&[7, 1]), Err(ChunkError::Kind(7)));
    }
}
