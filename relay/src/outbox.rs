//! Frames on their way to one peer, bounded three ways: how many, how many
//! bytes, and how many bytes for all peers of the relay together. What comes
//! through the tunnel has a part of it, for which its sender waits.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::ws::Message;
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

/// The sending end, held by the room and by who waits to send.
#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    frames: mpsc::Sender<Queued>,
    bytes: Arc<Semaphore>,
    tunnel: Arc<Semaphore>,
    all: Backlog,
}

/// Part of the tunnel's share of an outbox.
#[derive(Debug)]
pub(crate) struct Share {
    _permit: OwnedSemaphorePermit,
}

/// A frame that waits. It counts until it is dropped, which is after sending.
#[derive(Debug)]
pub(crate) struct Queued {
    pub(crate) message: Message,
    pub(crate) since: Instant,
    _share: Option<Share>,
    _of_peer: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

/// Bytes that a message carries.
pub(crate) fn size(message: &Message) -> usize {
    match message {
        Message::Text(text) => text.len(),
        Message::Binary(bytes) | Message::Ping(bytes) | Message::Pong(bytes) => bytes.len(),
        Message::Close(_) => 0,
    }
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
        let tunnel = Arc::new(Semaphore::new(limits.queue_tunnel as usize));
        let outbox = Self {
            frames,
            bytes,
            tunnel,
            all,
        };
        (outbox, inbox)
    }

    /// Wait until `cost` bytes of the tunnel's share are free. Senders are served
    /// in the order in which they came.
    pub(crate) async fn share(&self, cost: usize) -> Share {
        let cost = u32::try_from(cost).unwrap_or(u32::MAX);
        let permit = Arc::clone(&self.tunnel).acquire_many_owned(cost).await;
        Share {
            _permit: permit.expect("nobody closes it"),
        }
    }

    /// Queue a frame; never waits.
    pub(crate) fn push(&self, message: Message, share: Option<Share>) -> Result<(), Full> {
        let size = u32::try_from(size(&message)).map_err(|_| Full::Peer)?;
        let take = |from: &Arc<Semaphore>| Arc::clone(from).try_acquire_many_owned(size);
        let queued = Queued {
            _of_peer: take(&self.bytes).map_err(|_| Full::Peer)?,
            _of_all: take(&self.all.0).map_err(|_| Full::Relay)?,
            _share: share,
            since: Instant::now(),
            message,
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
                .filter(|_| outbox.push("ten bytes.".into(), None).is_ok())
                .count();
            assert_eq!(taken, fits);
            assert_eq!(outbox.push("ten bytes.".into(), None), Err(Full::Peer));
        }
    }

    #[test]
    fn what_waits_for_all_is_bounded_and_freed_when_a_peer_goes() {
        let limits = limits(10, 100, 25);
        let all = Backlog::new(&limits);
        let (first, first_inbox) = Outbox::new(&limits, all.clone());
        let (second, _second_inbox) = Outbox::new(&limits, all);
        assert_eq!(first.push("ten bytes.".into(), None), Ok(()));
        assert_eq!(second.push("ten bytes.".into(), None), Ok(()));
        assert_eq!(second.push("ten bytes.".into(), None), Err(Full::Relay));
        drop((first, first_inbox));
        assert_eq!(second.push("ten bytes.".into(), None), Ok(()));
    }

    #[tokio::test]
    async fn who_sends_through_the_tunnel_waits_for_its_share_and_signals_do_not() {
        let limits = Limits {
            queue_tunnel: 10,
            ..limits(10, 100, 100)
        };
        let (outbox, mut inbox) = Outbox::new(&limits, Backlog::new(&limits));
        let share = outbox.share(10).await;
        assert_eq!(outbox.push("ten bytes.".into(), Some(share)), Ok(()));
        let mut next = Box::pin(outbox.share(10));
        let waits = futures_util::poll!(&mut next);
        assert!(waits.is_pending());
        assert_eq!(outbox.push("ten bytes.".into(), None), Ok(()));
        drop(inbox.recv().await);
        next.await;
    }
}
