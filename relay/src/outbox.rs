//! Frames on their way to one peer, bounded three ways: how many, how many
//! bytes, and how many bytes for all peers of the relay together.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::ws::Utf8Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::limits::Limits;

/// The bytes that may wait for all peers together.
#[derive(Debug, Clone)]
pub(crate) struct Backlog(Arc<Semaphore>);

impl Backlog {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self(Arc::new(Semaphore::new(limits.queue_bytes_of_all as usize)))
    }
}

/// The sending end, held by the room.
#[derive(Debug)]
pub(crate) struct Outbox {
    frames: mpsc::Sender<Queued>,
    bytes: Arc<Semaphore>,
    all: Backlog,
}

/// A frame that waits. It counts until it is dropped, which is after sending.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) text: Utf8Bytes,
    pub(crate) since: Instant,
    _of_peer: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

/// Why a frame was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Full {
    /// Too much waits for this peer.
    Peer,
    /// Too much waits for all peers together.
    Relay,
}

impl Outbox {
    /// Both ends, for one socket.
    pub(crate) fn new(limits: &Limits, all: Backlog) -> (Self, mpsc::Receiver<Queued>) {
        let (frames, inbox) = mpsc::channel(limits.queue_frames);
        let bytes = Arc::new(Semaphore::new(limits.queue_bytes as usize));
        (Self { frames, bytes, all }, inbox)
    }

    /// Queue a frame; never waits.
    pub(crate) fn push(&self, text: Utf8Bytes) -> Result<(), Full> {
        let size = u32::try_from(text.len()).map_err(|_| Full::Peer)?;
        let take = |from: &Arc<Semaphore>| Arc::clone(from).try_acquire_many_owned(size);
        let queued = Queued {
            _of_peer: take(&self.bytes).map_err(|_| Full::Peer)?,
            _of_all: take(&self.all.0).map_err(|_| Full::Relay)?,
            since: Instant::now(),
            text,
        };
        self.frames.try_send(queued).map_err(|_| Full::Peer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(frames: usize, peer: u32, all: u32) -> Limits {
        Limits {
            queue_frames: frames,
            queue_bytes: peer,
            queue_bytes_of_all: all,
            ..Limits::default()
        }
    }

    #[test]
    fn a_queue_holds_so_many_frames_and_bytes_and_no_more() {
        for (limits, fits) in [(limits(3, 100, 100), 3), (limits(100, 25, 100), 2)] {
            let (outbox, _inbox) = Outbox::new(&limits, Backlog::new(&limits));
            let taken = (0..10)
                .filter(|_| outbox.push("ten bytes.".into()).is_ok())
                .count();
            assert_eq!(taken, fits);
            assert_eq!(outbox.push("ten bytes.".into()), Err(Full::Peer));
        }
    }

    #[test]
    fn what_waits_for_all_is_bounded_and_freed_when_a_peer_goes() {
        let limits = limits(10, 100, 25);
        let all = Backlog::new(&limits);
        let (first, first_inbox) = Outbox::new(&limits, all.clone());
        let (second, _second_inbox) = Outbox::new(&limits, all);
        assert_eq!(first.push("ten bytes.".into()), Ok(()));
        assert_eq!(second.push("ten bytes.".into()), Ok(()));
        assert_eq!(second.push("ten bytes.".into()), Err(Full::Relay));
        drop((first, first_inbox));
        assert_eq!(second.push("ten bytes.".into()), Ok(()));
    }
}
