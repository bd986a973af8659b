//! Messages on their way to one peer, bounded in number and bytes.

use std::sync::Arc;

use tablon_core::wire::MAX_FRAME;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// Messages that may wait: 64 blocks that a peer may be owed, and news.
const MAX_MESSAGES: usize = 256;

/// Bytes that may wait: 64 full blocks, 8.1 MiB. A peer that asks as the protocol
/// does, 16 blocks at a time, keeps to a quarter.
const MAX_BYTES: usize = 64 * MAX_FRAME;

/// The sending end, which the driver holds. Dropping it ends the link.
#[derive(Debug)]
pub(crate) struct Outbox {
    frames: mpsc::Sender<Queued>,
    bytes: Arc<Semaphore>,
    end: oneshot::Sender<String>,
}

/// The receiving end, which the socket serves.
#[derive(Debug)]
pub(crate) struct Mail {
    pub(crate) frames: mpsc::Receiver<Queued>,
    /// Why the driver ends the link.
    pub(crate) end: oneshot::Receiver<String>,
}

/// A message that waits. It counts until it is dropped, which is after sending.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) frame: Vec<u8>,
    _bytes: OwnedSemaphorePermit,
}

impl Outbox {
    /// Both ends.
    pub(crate) fn new() -> (Self, Mail) {
        let (frames, received) = mpsc::channel(MAX_MESSAGES);
        let (end, ended) = oneshot::channel();
        let bytes = Arc::new(Semaphore::new(MAX_BYTES));
        let mail = Mail {
            frames: received,
            end: ended,
        };
        (Self { frames, bytes, end }, mail)
    }

    /// Queue a message; false when there is no room for it. Never waits.
    #[must_use]
    pub(crate) fn push(&self, frame: Vec<u8>) -> bool {
        let size = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        let Ok(bytes) = Arc::clone(&self.bytes).try_acquire_many_owned(size) else {
            return false;
        };
        let queued = Queued {
            frame,
            _bytes: bytes,
        };
        self.frames.try_send(queued).is_ok()
    }

    /// End the link and say why.
    pub(crate) fn end(self, reason: String) {
        // Nobody hears it when the socket is gone already.
        let _ = self.end.send(reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_that_never_reads_pins_so_much_and_no_more() {
        let (outbox, _mail) = Outbox::new();
        let small = (0..1_000).filter(|_| outbox.push(vec![0; 10])).count();
        assert_eq!(small, MAX_MESSAGES);
        let (outbox, mail) = Outbox::new();
        let full = (0..1_000)
            .filter(|_| outbox.push(vec![0; MAX_FRAME]))
            .count();
        assert_eq!(full, 64);
        drop(mail);
        assert!(!outbox.push(vec![0; 1]));
    }
}
