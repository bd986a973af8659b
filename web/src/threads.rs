//! What the threads of a tab say to each other: page, node worker, miners.
//!
//! Each crosses as bytes ([`crate::messages`]).

mod ice;

use serde::{Deserialize, Serialize};
use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::hash::{NetworkId, PeerId};
use tablon_core::keys::Address;
use tablon_core::node::{JobId, LinkEvent, MinerReport, MiningJob, RequestId};
use tablon_core::relay::{IceServer, SignalStep};
use tablon_core::transaction::StampJob;
use tablon_core::view::{Delta, Status};

use crate::messages::Message;

/// Version of all messages. The page and its node are one program, but a miner's may be of
/// another day, when a cache is stale. A test holds it against the bytes of every message.
pub const SCHEMA: u32 = 1;

/// Page -> node worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
        /// Another network of this tab and the slot there: its wallet is taken
        /// when the slot has none yet.
        wallet_from: Option<(NetworkId, u32)>,
        /// Which links to others the node makes.
        links: LinkPolicy,
        /// Bytes of disk that the store may take before the person is asked.
        budget_bytes: u64,
    },
    /// From now on the node makes these links alone, and closes the others.
    Links(LinkPolicy),
    /// The person agrees: the store may take so many bytes of disk.
    Budget {
        /// At most.
        bytes: u64,
    },
    /// Sent instead of [`ToNode::Start`]: delete whatever this slot keeps, once
    /// nobody holds it any more. Answered by [`FromNode::Erased`].
    Erase {
        /// The network.
        network: NetworkId,
        /// The slot.
        slot: u32,
    },
    /// A request; answered by [`FromNode::Reply`].
    Command {
        /// Comes back.
        id: RequestId,
        /// What is asked.
        command: Command,
    },
    /// A request about the wallet; answered by [`FromNode::Wallet`].
    Wallet {
        /// Comes back; numbered together with the commands.
        id: RequestId,
        /// What is asked.
        command: WalletCommand,
    },
    /// The same account's wallet in another network of this tab has changed:
    /// take its password, or that it has none any more.
    WalletFrom {
        /// The network.
        network: NetworkId,
        /// The slot there.
        slot: u32,
    },
    /// Answered by [`FromNode::Pong`] as soon as the worker's thread gets to it.
    Ping,
    /// Sign this step and send it to `to`.
    Signal {
        /// Addressee.
        to: PeerId,
        /// Connection attempt.
        session: u32,
        /// The step.
        step: SignalStep,
    },
    /// Something happened to a data channel.
    Link(LinkEvent),
    /// A miner tells something.
    Miner(MinerReport),
}

/// Which links to others a tab makes. Tabs of one browser are linked in either case:
/// no network lies between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum LinkPolicy {
    /// The best that opens: who is at the other end, or was offered a link, learns
    /// this computer's addresses.
    #[default]
    Direct,
    /// By TURN servers and the relay's tunnel: others learn those alone.
    RelayOnly,
}

/// A store that would grow beyond what the person has agreed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverBudget {
    /// Bytes that it would take.
    pub wanted_bytes: u64,
    /// Bytes agreed to.
    pub budget_bytes: u64,
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
        result: Result<Reply, Refusal>,
    },
    /// Answer to [`ToNode::Wallet`].
    Wallet {
        /// The page's number.
        id: RequestId,
        /// The answer.
        result: Result<WalletReply, Refusal>,
    },
    /// The wallet as it is: once after `Started`, and whenever it changes.
    WalletState(WalletState),
    /// Answer to [`ToNode::Erase`].
    Erased {
        /// What is gone; all or nothing is the aim, not the promise: a browser
        /// deletes files one by one.
        result: Result<Vec<Erased>, Refusal>,
    },
    /// Answer to [`ToNode::Ping`].
    Pong,
    /// Something changed.
    Show(Delta),
    /// The store was kept from growing beyond its budget; what it held before the
    /// write that asked for more, it holds.
    OverBudget(OverBudget),
    /// The relay came or went.
    Relay(RelayState),
    /// Servers to use for ICE from now on.
    Ice {
        /// As the relay gave them.
        #[serde(with = "ice")]
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
    },
    /// A signed step for people to carry.
    Paste {
        /// For whom.
        to: PeerId,
        /// Connection attempt.
        session: u32,
        /// One word.
        text: String,
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

/// What a person may do with the wallet. The node worker keeps it: keys and
/// passwords at rest are nowhere else.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WalletCommand {
    /// -> [`WalletReply::State`]
    State,
    /// Seal the wallet with a password, its first or another one.
    /// -> [`WalletReply::State`]
    SetPassword {
        /// The password so far; needed when there is one.
        old: Option<String>,
        /// 8 to 128 characters.
        new: String,
    },
    /// -> [`WalletReply::State`]
    Unlock {
        /// The wallet's.
        password: String,
    },
    /// Forget the key until the next `Unlock`; refused without a password, since
    /// nothing could be unlocked then. -> [`WalletReply::State`]
    Lock,
    /// Show the 12 words. -> [`WalletReply::Words`]
    Words {
        /// Needed when the wallet has one, also while it is unlocked.
        password: Option<String>,
    },
    /// The words are written down. -> [`WalletReply::State`]
    BackedUp,
    /// The wallet as a file. -> [`WalletReply::File`]
    Export {
        /// Seals the file. The wallet's own password where it has one; else any,
        /// which becomes the file's alone.
        password: String,
    },
    /// Take the identity of a file instead of this one, which is put aside.
    /// The file's password becomes the wallet's. -> [`WalletReply::State`]
    Import {
        /// As exported, or read from a QR code.
        #[serde(with = "serde_bytes")]
        file: Vec<u8>,
        /// The file's.
        password: String,
    },
    /// Take the identity of 12 words instead of this one, which is put aside.
    /// The wallet then has no password. -> [`WalletReply::State`]
    ImportWords {
        /// BIP-39, English.
        words: String,
    },
    /// Delete this identity and every one put aside, and draw a new one.
    /// -> [`WalletReply::State`]
    Forget,
}

// Passwords and words are in no log.
impl std::fmt::Debug for WalletCommand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::State => "State",
            Self::SetPassword { .. } => "SetPassword",
            Self::Unlock { .. } => "Unlock",
            Self::Lock => "Lock",
            Self::Words { .. } => "Words",
            Self::BackedUp => "BackedUp",
            Self::Export { .. } => "Export",
            Self::Import { .. } => "Import",
            Self::ImportWords { .. } => "ImportWords",
            Self::Forget => "Forget",
        })
    }
}

/// The answer to a [`WalletCommand`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WalletReply {
    /// How the wallet is now.
    State(WalletState),
    /// 12 words.
    Words(String),
    /// A `*.tablon-id` file.
    File(#[serde(with = "serde_bytes")] Vec<u8>),
}

impl std::fmt::Debug for WalletReply {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::State(state) => state.fmt(f),
            Self::Words(_) => f.write_str("Words"),
            Self::File(file) => write!(f, "File of {} bytes", file.len()),
        }
    }
}

/// A file that was deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// `redb` is the chain, `wallet` the identity, `keys` the node's key; what was
    /// put aside has a longer name that begins with one of these.
    pub file: String,
    /// Its size.
    pub bytes: u64,
}

/// How the wallet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalletState {
    /// The account.
    pub address: Address,
    /// It signs nothing until it is unlocked.
    pub locked: bool,
    /// It is sealed with a password.
    pub has_password: bool,
    /// Its owner has said that the words are written down.
    pub backed_up: bool,
    /// It is kept on disk: else it is lost with the tab.
    pub durable: bool,
}

/// The relay as the node worker finds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The GPU was to mine and does not.
    NoGpu {
        /// What the browser said.
        reason: String,
    },
    /// The store was corrupt; it was put aside and a new one begun.
    StoreRecovered {
        /// What was wrong.
        reason: String,
    },
    /// The wallet could not be read; it was put aside and a new one drawn.
    WalletReplaced {
        /// What was wrong.
        reason: String,
    },
}

/// Page -> miner worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ToMiner {
    /// Mine this, from share `index` of the nonces.
    Mine {
        /// The work.
        job: MiningJob,
        /// Which of `job.threads` shares.
        index: u32,
    },
    /// Mine this on the GPU, in versions of the header that no share tries.
    MineOnGpu {
        /// The work.
        job: MiningJob,
    },
    /// Stop.
    Rest,
    /// Mine so much of the time from now on.
    Duty {
        /// Of the time, 10 to 100.
        percent: u32,
    },
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
pub enum FromMiner {
    /// The wasm is loaded.
    Ready,
    /// What the node is to hear.
    Report(MinerReport),
    /// The kernel that was the fastest here.
    Chosen {
        /// Its name.
        kernel: String,
    },
    /// There is no GPU, or it failed: it does not mine.
    NoGpu {
        /// For people.
        reason: String,
    },
    /// The worker panicked; its last words.
    Died {
        /// For people.
        reason: String,
    },
}

impl Message for ToNode {
    const SCHEMA: u32 = SCHEMA;

    fn is_secret(&self) -> bool {
        matches!(self, Self::Wallet { .. })
    }
}

impl Message for FromNode {
    const SCHEMA: u32 = SCHEMA;

    fn is_secret(&self) -> bool {
        matches!(self, Self::Wallet { .. })
    }
}

impl Message for ToMiner {
    const SCHEMA: u32 = SCHEMA;
}

impl Message for FromMiner {
    const SCHEMA: u32 = SCHEMA;
}
