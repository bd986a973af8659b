//! How everything else speaks to the driver.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tablon_core::block::Block;
use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::handshake::Role;
use tablon_core::hash::PeerId;
use tablon_core::header::Header;
use tablon_core::node::{JobId, LinkOrigin, MiningJob, Snapshot};
use tablon_core::relay::SignalStep;
use tablon_core::transaction::Stamp;
use tablon_core::view::{Delta, LinkKind};
use tokio::sync::{broadcast, mpsc, oneshot};

use super::refusal;
use crate::Watch;
use crate::links::{LinkId, Outbox};
use crate::relay::Said;

type Answer<T> = oneshot::Sender<Result<T, Refusal>>;

/// What happens outside the driver.
#[derive(Debug)]
pub(crate) enum Event {
    /// Somebody asks.
    Ask {
        command: Command,
        answer: Answer<Reply>,
    },
    /// Somebody reads much, apart from the driver.
    Snapshot { answer: Answer<Snapshot> },
    /// Somebody came or left whose wish for a block is counted.
    Look,
    /// A foreign miner wants work.
    GetWork { answer: Answer<MiningJob> },
    /// A foreign miner brings a header; whether it is a block now.
    Submit {
        header: Box<Header>,
        answer: Answer<bool>,
    },
    /// A program brings a block; whether it is new.
    AddBlock {
        block: Box<Block>,
        answer: Answer<bool>,
    },
    /// A miner found a nonce.
    Found { job: JobId, nonce: u32 },
    /// A stamp is found.
    Stamped {
        epoch: u32,
        job: JobId,
        stamp: Stamp,
    },
    /// A peer proved its key. Whether it is linked is told to `taken`; dropping
    /// `outbox` ends the link.
    LinkUp {
        peer: PeerId,
        link: LinkId,
        kind: LinkKind,
        /// Whether it was opened here.
        role: Role,
        /// Who wanted it.
        origin: LinkOrigin,
        outbox: Outbox,
        taken: oneshot::Sender<bool>,
    },
    /// The link ended.
    LinkDown {
        peer: PeerId,
        link: LinkId,
        reason: String,
    },
    /// No WebRTC connection opened to a peer that was dialled.
    RtcFailed { peer: PeerId },
    /// A step of a WebRTC connection, to be signed and sent.
    Say {
        to: PeerId,
        session: u32,
        step: SignalStep,
    },
    /// None of the addresses that a peer named leads to it.
    CallFailed { peer: PeerId },
    /// A relay says something, or came or went.
    Relay { relay: usize, said: Said },
    /// One whole message.
    Frame {
        peer: PeerId,
        link: LinkId,
        frame: Vec<u8>,
    },
}

/// The way to the driver. It does not keep the driver alive once it is stopped.
#[derive(Debug, Clone)]
pub(crate) struct Door {
    events: mpsc::Sender<Event>,
    chosen: mpsc::Sender<Event>,
    news: broadcast::WeakSender<Arc<Delta>>,
    hurries: Arc<AtomicU32>,
}

impl Door {
    pub(crate) fn new(
        events: mpsc::Sender<Event>,
        chosen: mpsc::Sender<Event>,
        news: broadcast::WeakSender<Arc<Delta>>,
    ) -> Self {
        Self {
            events,
            chosen,
            news,
            hurries: Arc::default(),
        }
    }

    /// Tell the driver; false when it is gone. Waits for room.
    pub(crate) async fn tell(&self, event: Event) -> bool {
        self.events.send(event).await.is_ok()
    }

    /// The same for what a link brings that was opened for this origin: of those that this
    /// node chose it is heard first.
    pub(crate) async fn tell_from(&self, origin: LinkOrigin, event: Event) -> bool {
        let way = match origin {
            LinkOrigin::Host | LinkOrigin::Outbound => &self.chosen,
            LinkOrigin::Inbound(_) => &self.events,
        };
        way.send(event).await.is_ok()
    }

    /// Room for one event, waited for; none when the driver is gone.
    pub(crate) async fn room(&self) -> Option<mpsc::Permit<'_, Event>> {
        self.events.reserve().await.ok()
    }

    /// Ask the driver, and wait for its answer.
    pub(crate) async fn request<T>(
        &self,
        event: impl FnOnce(Answer<T>) -> Event,
    ) -> Result<T, Refusal> {
        let (answer, heard) = oneshot::channel();
        let stopped = || refusal("node_stopped", "the node has stopped");
        if !self.tell(event(answer)).await {
            return Err(stopped());
        }
        heard.await.map_err(|_| stopped())?
    }

    /// Hear what changes from now on.
    pub(crate) fn watch(&self) -> Watch {
        Watch(match self.news.upgrade() {
            Some(news) => news.subscribe(),
            None => broadcast::channel(1).1, // whose end has come
        })
    }

    /// Have what waits mined at once, for as long as this is held.
    pub(crate) async fn hurry(&self) -> Hurry {
        self.hurries.fetch_add(1, Ordering::Relaxed);
        let hurry = Hurry(Arc::clone(&self.hurries));
        self.tell(Event::Look).await;
        hurry
    }

    pub(super) fn hurries(&self) -> Arc<AtomicU32> {
        Arc::clone(&self.hurries)
    }
}

/// See [`Door::hurry`]. The driver notices within a second that it is gone.
#[derive(Debug)]
pub(crate) struct Hurry(Arc<AtomicU32>);

impl Drop for Hurry {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
