//! One open tunnel: messages in, sealed pieces out, and back.

use std::collections::VecDeque;

use tablon_core::chunks::{Assembler, ChunkError, split_by};
use tablon_core::tunnel::Tunnel;
use tablon_core::wire::MAX_FRAME;

use super::{MAX_WAITING, PIECE};

pub(super) struct End {
    tunnel: Tunnel,
    assembler: Assembler,
    /// Chunks, not sealed yet.
    waiting: VecDeque<Vec<u8>>,
    bytes: usize,
}

impl End {
    pub(super) fn new(tunnel: Tunnel) -> Self {
        Self {
            tunnel,
            assembler: Assembler::new(MAX_FRAME),
            waiting: VecDeque::new(),
            bytes: 0,
        }
    }

    /// Queue a message; refused when too much waits.
    pub(super) fn push(&mut self, frame: &[u8]) -> Result<(), String> {
        let waiting = self.bytes + frame.len();
        if waiting > MAX_WAITING {
            return Err(format!(
                "the relay takes data too slowly: at most {MAX_WAITING} bytes may wait for it, {waiting} do"
            ));
        }
        for chunk in split_by(frame, PIECE) {
            self.bytes += chunk.len();
            self.waiting.push_back(chunk);
        }
        Ok(())
    }

    pub(super) fn waits(&self) -> bool {
        !self.waiting.is_empty()
    }

    pub(super) fn next_sealed(&mut self) -> Option<Vec<u8>> {
        let chunk = self.waiting.pop_front()?;
        self.bytes -= chunk.len();
        Some(self.tunnel.seal(&chunk))
    }

    /// The last piece, before all that waits.
    pub(super) fn farewell(&mut self) -> Vec<u8> {
        self.tunnel.seal(&[])
    }

    /// The chunk in the next piece, if this is that.
    pub(super) fn open(&mut self, sealed: &[u8]) -> Option<Vec<u8>> {
        self.tunnel.open(sealed)
    }

    /// The message, when this was its last chunk.
    pub(super) fn assemble(&mut self, chunk: &[u8]) -> Result<Option<Vec<u8>>, ChunkError> {
        self.assembler.push(chunk)
    }
}
