//! What the threads of a tab say to each other: page, node worker, miners.
//!
//! Values cross as structured clones made by serde-wasm-bindgen; bytes cross as
//! `Uint8Array`s whose buffers are transferred, not copied.

use serde::{Deserialize, Serialize};
use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::hash::{PeerId, TxId};
use tablon_core::node::{JobId, MiningJob, RequestId};
use tablon_core::relay::{IceServer, SignalStep};
use tablon_core::transaction::{Stamp, StampJob};
use tablon_core::view::{BlockView, Delta, NoteView, PeerView, Status, TransactionView};

/// Page -> node worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to_node", rename_all = "snake_case")]
pub enum ToNode {
    /// First message: open the store and begin.
    Start {
        /// What follows `#/n/` in the page's address; the default network when absent.
        network: Option<String>,
        /// The relay's WebSocket address.
        relay: String,
        /// The slot that this tab had before a reload.
        slot: Option<u32>,
        /// Why the store is to be put aside before anything is read from it.
        distrust: Option<Distrust>,
    },
    /// A request; answered by [`FromNode::Reply`].
    Command {
        /// Comes back.
        id: RequestId,
        /// What is asked.
        command: Command,
    },
    /// Answered by [`FromNode::Pong`] as soon as the worker's thread gets to it.
    Ping,
    /// Sign this step and send it to `to` by the relay.
    Signal {
        /// Addressee.
        to: PeerId,
        /// Connection attempt.
        session: u32,
        /// The step.
        step: SignalStep,
    },
    /// A data channel is open.
    LinkUp {
        /// Who.
        peer: PeerId,
    },
    /// A data channel is gone.
    LinkDown {
        /// Who.
        peer: PeerId,
        /// Why, for people.
        reason: String,
    },
    /// Dialling came to nothing.
    DialFailed {
        /// Who.
        peer: PeerId,
    },
    /// One wire message from a peer.
    Frame {
        /// From whom.
        peer: PeerId,
        /// The message.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// A miner found a nonce that meets the target.
    Solved {
        /// The job.
        job: JobId,
        /// The nonce.
        nonce: u32,
    },
    /// Miners tried so many hashes since the last such message.
    Hashed {
        /// How many.
        hashes: u64,
    },
    /// A miner found the stamp that was asked for.
    Stamped {
        /// The job.
        job: JobId,
        /// The stamp.
        stamp: Stamp,
    },
}

/// A store that is not to be opened again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distrust {
    /// The last words of the node that used it.
    pub reason: String,
    /// The node found damage; else it only died each time that it opened the
    /// store, and nothing that was put aside before is given up for that.
    pub damaged: bool,
}

/// Node worker -> page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from_node", rename_all = "snake_case")]
pub enum FromNode {
    /// The wasm is loaded; a message sent before this one may be lost.
    Ready,
    /// The store is open; the node runs.
    Started {
        /// Keep it for the next reload.
        slot: u32,
        /// How the node is.
        status: Box<Status>,
    },
    /// Answer to [`ToNode::Command`].
    Reply {
        /// The page's number.
        id: RequestId,
        /// The answer.
        result: Result<Answer, Refusal>,
    },
    /// Answer to [`ToNode::Ping`].
    Pong,
    /// Something changed.
    Show(Delta),
    /// The relay came or went.
    Relay(RelayState),
    /// Servers to use for ICE from now on.
    Ice {
        /// As the relay gave them.
        servers: Vec<IceServer>,
    },
    /// Offer this peer a connection.
    Dial {
        /// Who.
        peer: PeerId,
    },
    /// A verified step from a peer.
    Signal {
        /// Who said it.
        from: PeerId,
        /// Connection attempt.
        session: u32,
        /// The step.
        step: SignalStep,
    },
    /// Signals do not reach this peer now.
    Unreachable {
        /// Who.
        peer: PeerId,
        /// Why, for people.
        reason: String,
    },
    /// Send one wire message.
    Frame {
        /// To whom.
        peer: PeerId,
        /// The message.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// Close the link.
    Disconnect {
        /// Whose.
        peer: PeerId,
        /// Why, for people.
        reason: String,
    },
    /// Replace what the miners do.
    Mine {
        /// The work; none rests them.
        job: Option<MiningJob>,
    },
    /// Have a stamp found.
    Stamp {
        /// Comes back.
        job: JobId,
        /// The work.
        work: StampJob,
    },
    /// Something that the person should know.
    Notice(Notice),
    /// The node cannot run; the page says why and starts the worker again
    /// unless that would be in vain.
    Fatal {
        /// Why, for people.
        reason: String,
        /// Whether a new worker may fare better.
        retry: bool,
        /// Whether the store is damaged.
        damaged: bool,
    },
}

/// A [`Reply`] that says which it is. The reply's own form is for programs and
/// has no tag: there an empty list of peers and one of blocks look the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer(#[serde(with = "Tagged")] pub Reply);

#[derive(Serialize, Deserialize)]
#[serde(remote = "Reply", rename_all = "snake_case")]
enum Tagged {
    Status(Box<Status>),
    Posted(TxId),
    Pending(Vec<TransactionView>),
    Blocks(Vec<BlockView>),
    Block(Box<BlockView>),
    Notes(Vec<NoteView>),
    Peers(Vec<PeerView>),
    Done(()),
}

/// The relay as the node worker finds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RelayState {
    /// First attempt under way.
    Connecting,
    /// In the room.
    Connected,
    /// Away; tried again after `retry_ms` milliseconds.
    Away {
        /// Milliseconds until the next attempt.
        retry_ms: u32,
        /// Why, for people.
        reason: String,
    },
}

/// Things that happened to the node itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "notice", rename_all = "snake_case")]
pub enum Notice {
    /// The node worker died and was started again.
    NodeRestarted {
        /// Its last words.
        reason: String,
    },
    /// A miner died and was started again.
    MinerRestarted {
        /// Its last words.
        reason: String,
    },
    /// This browser starts no miner workers: no mining, no stamps.
    NoMiners {
        /// What the browser said.
        reason: String,
    },
    /// The store was corrupt; it was put aside and a new one begun.
    StoreRecovered {
        /// What was wrong.
        reason: String,
    },
}

/// Page -> miner worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to_miner", rename_all = "snake_case")]
pub enum ToMiner {
    /// Mine this, from share `index` of the nonces.
    Mine {
        /// The work.
        job: MiningJob,
        /// Which of `job.threads` shares.
        index: u32,
    },
    /// Stop.
    Rest,
    /// Find a stamp.
    Stamp {
        /// Comes back.
        job: JobId,
        /// The work.
        work: StampJob,
    },
}

/// Miner worker -> page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "from_miner", rename_all = "snake_case")]
pub enum FromMiner {
    /// The wasm is loaded.
    Ready,
    /// A nonce that meets the target.
    Solved {
        /// The job.
        job: JobId,
        /// The nonce.
        nonce: u32,
    },
    /// Hashes tried since the last such message.
    Hashed {
        /// How many.
        hashes: u64,
    },
    /// The stamp that was asked for.
    Stamped {
        /// The job.
        job: JobId,
        /// The stamp.
        stamp: Stamp,
    },
    /// The worker panicked; its last words.
    Died {
        /// For people.
        reason: String,
    },
}
