//! What people and programs see of a node: plain values with the JSON names of
//! `docs/api.md`. A view is never hashed and never sent to a peer.

use serde::{Deserialize, Serialize};

use crate::forms::two_forms;
use crate::hash::{BlockHash, MerkleRoot, NetworkId, PeerId, StateRoot, TxId};
use crate::keys::{Address, PublicKey};
use crate::units::{Amount, Height, Timestamp};

/// How the node is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Genesis' hash.
    pub network: NetworkId,
    /// The network's own name.
    pub network_name: String,
    /// All parameters of the network, base64url: what follows `#/n/` in its link.
    pub network_link: String,
    /// Target spacing, seconds.
    pub spacing: u32,
    /// Which of this browser's nodes it is, from 0.
    pub slot: u32,
    /// The node's peer id.
    pub node: PeerId,
    /// The wallet's address.
    pub address: Address,
    /// The wallet is locked: it reads and mines, and signs nothing.
    pub locked: bool,
    /// Coins of the wallet on the chain.
    pub balance: Amount,
    /// Of these, coins that waiting transfers will take.
    pub outgoing: Amount,
    /// Coins that waiting transfers will bring.
    pub incoming: Amount,
    /// The name under which the wallet is a participant; absent when it is none.
    pub joined: Option<String>,
    /// Coins that a block brings its miner.
    pub reward: Amount,
    /// All coins that there are.
    pub supply: Amount,
    /// Root of the ledger after the tip.
    pub state_root: StateRoot,
    /// Height of the tip.
    pub height: Height,
    /// Hash of the tip.
    pub tip: BlockHash,
    /// Time of the tip, seconds since 1970.
    pub tip_time: Timestamp,
    /// Leading zero bits that the next block's hash needs, whole bits.
    pub difficulty_bits: u32,
    /// Hashes that the next block takes on average.
    pub expected_hashes: u64,
    /// Connected neighbours.
    pub peers: u32,
    /// Nodes of the network that this one knows of, itself included.
    pub known_nodes: u32,
    /// What the neighbours say of this computer's clock.
    pub clock: ClockView,
    /// Transactions waiting for a block.
    pub pending: u32,
    /// What a stamp must be.
    pub stamp: StampView,
    /// The miner.
    pub mining: Mining,
    /// Where the chain is kept.
    pub storage: Storage,
    /// Whether the node is still fetching.
    pub sync: SyncProgress,
}

/// What the stamp of a transaction of at most 256 bytes must be, in leading zero bits
/// of its id; one more for each doubling of its size. Each bit is twice the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StampView {
    /// By the network's rule.
    pub required_bits: u32,
    /// To enter the pool now: more than the rule asks while the pool is full.
    pub enter_bits: u32,
    /// To be in the next block, if no better ones come: what the node works out for
    /// what its wallet writes, up to 8 bits more than the rule asks.
    pub next_block_bits: u32,
}

/// The miner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mining {
    /// Threads asked for; 0 is off.
    pub threads: u32,
    /// Hashes per second over the last few seconds.
    pub hashrate: u64,
    /// What it is doing.
    pub state: MiningState,
    /// Whether it also mines blocks without posts.
    pub empty_blocks: bool,
    /// Blocks that this node has mined since it started.
    pub found: u32,
}

/// What the miner is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MiningState {
    /// No threads asked for.
    Off,
    /// Hashing.
    On,
    /// Threads asked for, but nothing is pending and empty blocks are not wanted.
    NothingToMine,
    /// Threads asked for, but the chain is still being fetched.
    Syncing,
    /// Threads asked for, but nothing can be stored.
    StoreFailed,
}

two_forms! {
    /// Where the chain is kept.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(remote = "Self", tag = "kind", rename_all = "snake_case")]
    pub enum Storage {
        /// On disk: survives a reload.
        Durable {
            /// Size of the database, bytes.
            bytes: u64,
            /// Set when a corrupt store was put aside and a new one begun.
            recovered: bool,
        },
        /// On disk, and nothing more can be stored: the disk is full or away. What was
        /// stored is read, and storing goes on by itself when it can.
        StoreFailed {
            /// Size of the database, bytes.
            bytes: u64,
            /// The disk's word.
            reason: String,
        },
        /// In memory only: lost with the tab.
        Memory {
            /// Why, for people.
            reason: String,
        },
    }
}

/// How far the node is with fetching.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncProgress {
    /// Whether a heavier chain is known than the one held.
    pub syncing: bool,
    /// Blocks held of the best chain known.
    pub have: Height,
    /// Height of the best chain known.
    pub want: Height,
    /// Blocks taken per second over the last ten seconds, in hundredths.
    pub rate: u32,
    /// Seconds until `want` at this rate; absent when not fetching, and while
    /// nothing comes.
    pub seconds_left: Option<u32>,
}

/// What the neighbours say of this computer's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockView {
    /// Their time minus this clock's, the median, seconds; positive when this
    /// clock is behind.
    pub offset: i32,
    /// Neighbours that have said their time.
    pub samples: u32,
    /// The node goes by the neighbours' time, not by this clock.
    pub corrected: bool,
}

/// A block with its posts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockView {
    /// Height; genesis is 0.
    pub index: Height,
    /// SHA-256d of the header.
    pub hash: BlockHash,
    /// Hash of the block before; 64 zeros for genesis.
    pub previous_hash: BlockHash,
    /// Root over coinbase and transactions.
    pub merkle_root: MerkleRoot,
    /// Header version; miners may roll its BIP-320 bits.
    pub version: u32,
    /// Seconds since 1970; 0 for genesis.
    pub timestamp: Timestamp,
    /// Compact target, as in the header.
    pub bits: u32,
    /// The number that the miner looked for.
    pub nonce: u32,
    /// Leading zero bits that the target asks for.
    pub difficulty_bits: u32,
    /// Leading zero bits that the hash has.
    pub zero_bits: u32,
    /// The 80 bytes that were hashed, as hexadecimal.
    pub header: String,
    /// Who mined it; absent for genesis.
    pub miner: Option<Address>,
    /// Root of the ledger after it, as its coinbase says.
    pub state_root: StateRoot,
    /// Whether it stands on the best chain.
    pub on_best_chain: bool,
    /// Size of the whole block, bytes.
    pub size: u32,
    /// Its posts, in order.
    pub transactions: Vec<TransactionView>,
}

/// What a transaction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A post on the board.
    Post,
    /// Its author becomes a participant under a name.
    Join,
    /// Its author is a participant no longer.
    Leave,
    /// Coins move.
    Transfer,
    /// A sealed message.
    Secret,
}

/// A transaction. Fields that its kind does not have are empty or absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionView {
    /// SHA-256d without the signature.
    pub id: TxId,
    /// What it does.
    pub kind: Kind,
    /// Address of the author.
    pub author: Address,
    /// Key of the author.
    pub key: PublicKey,
    /// Of a post: self-claimed name; of a join: the name taken.
    pub name: String,
    /// Of a post with a name: the author is a participant under this very name.
    pub joined: bool,
    /// Of a post: topic.
    pub topic: String,
    /// Of a post: the text.
    pub content: String,
    /// Of a post: the post that this one answers.
    pub reply_to: Option<TxId>,
    /// Of a post: coins that it was tipped with, confirmed.
    pub tips: Amount,
    /// Of a transfer or a secret: to whom.
    pub to: Option<Address>,
    /// Of a transfer.
    pub amount: Option<Amount>,
    /// Of a transfer: the post that it tips.
    pub tip: Option<TxId>,
    /// Of a secret: bytes of the sealed message.
    pub sealed: Option<u32>,
    /// Author's clock, seconds since 1970.
    pub timestamp: Timestamp,
    /// How many transactions of the author came before it.
    pub seq: u32,
    /// Leading zero bits of its id: the work spent on it.
    pub stamp_bits: u32,
    /// Whether this node's wallet wrote it.
    pub own: bool,
}

/// An account of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountView {
    /// Whose.
    pub address: Address,
    /// Its key, once its owner has joined.
    pub key: Option<PublicKey>,
    /// Coins on the chain.
    pub balance: Amount,
    /// Of these, coins that waiting transfers will take.
    pub outgoing: Amount,
    /// Coins that waiting transfers will bring.
    pub incoming: Amount,
    /// Transactions of the account on the chain.
    pub transactions: u32,
    /// Whether its owner is a participant.
    pub membership: Membership,
    /// The name last joined under; empty when its owner never joined.
    pub name: String,
    /// Block in which its owner joined, left or took the name.
    pub since: Option<Height>,
    /// Whether it is this node's wallet.
    pub own: bool,
}

/// Whether an account's owner is a participant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Membership {
    /// Never joined.
    Never,
    /// Is a participant.
    Joined,
    /// Has left.
    Left,
}

/// A message sealed to or by this node's wallet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretView {
    /// Height of its block; absent while it waits for one.
    pub height: Option<Height>,
    /// Its place among the block's transactions, from 0.
    pub place: u32,
    /// The transaction.
    pub transaction: TransactionView,
    /// The text; absent while the wallet is locked, and when it cannot be opened.
    pub text: Option<String>,
    /// Why there is no text.
    pub problem: Option<String>,
}

/// What a proof of publication proves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofView {
    /// The network on which it was published.
    pub network: NetworkId,
    /// That network's name.
    pub network_name: String,
    /// What was published; `tips`, `joined` and `own` are not part of the proof.
    pub transaction: TransactionView,
    /// The block that holds it.
    pub block: BlockHash,
    /// That block's height, as its miner stated.
    pub height: Height,
    /// That block's time, as its miner stated, seconds since 1970.
    pub timestamp: Timestamp,
    /// Blocks in the file, from that one to the named one.
    pub blocks: u32,
    /// The named block: whoever knows it to be on the chain needs nothing else.
    pub named: BlockHash,
    /// The named block's height.
    pub named_height: Height,
    /// Hashes that the blocks in the file took on average.
    pub expected_hashes: u64,
    /// Whether this node has the named block on its best chain; absent when the
    /// proof is of another network.
    pub on_best_chain: Option<bool>,
}

/// A confirmed post and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteView {
    /// Height of its block.
    pub height: Height,
    /// Its place among the block's transactions, from 0.
    pub place: u32,
    /// The post.
    pub post: TransactionView,
}

/// A neighbour.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerView {
    /// Hash of its key.
    pub id: PeerId,
    /// How it is reached.
    pub link: LinkKind,
    /// How far the acquaintance goes.
    pub state: PeerState,
    /// Height of its tip, as it says.
    pub height: Option<Height>,
    /// Round trip of the last ping, milliseconds.
    pub round_trip: Option<u32>,
    /// Its clock minus ours, seconds, as it said in its hello.
    pub clock_offset: Option<i32>,
    /// Bytes of messages sent to it.
    pub sent: u64,
    /// Bytes of messages received from it.
    pub received: u64,
    /// Whom it says that it is linked to, at most 8, this node left out.
    pub neighbours: Vec<PeerId>,
}

/// A block's place in the tree of branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct BranchView {
    /// Its hash.
    pub hash: BlockHash,
    /// Hash of the block before.
    pub previous_hash: BlockHash,
    /// Its height.
    pub height: Height,
    /// Seconds since 1970.
    pub timestamp: Timestamp,
    /// Where it stands.
    pub standing: Standing,
}

/// Where a block stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// On the best chain.
    Best,
    /// Kept, on a branch with less work.
    Stale,
    /// Only its header is known.
    Header,
}

/// How a neighbour is reached; better ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// BroadcastChannel between tabs of one browser.
    Broadcast,
    /// WebRTC data channel, directly.
    Webrtc,
    /// WebRTC data channel by way of a TURN server.
    Turn,
    /// WebSocket to a headless node's public address.
    Websocket,
    /// Sealed, through the relay.
    Tunnel,
    /// In one process: simulation.
    Local,
}

/// How far the acquaintance with a neighbour goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeerState {
    /// Being dialled.
    Connecting,
    /// The link is open; its hello has not come yet.
    Greeting,
    /// Exchanging posts and blocks.
    Connected,
}

two_forms! {
    /// What has changed, for those who watch.
    #[allow(
        clippy::large_enum_variant,
        reason = "each is shown as soon as it is made"
    )]
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(remote = "Self", tag = "show", rename_all = "snake_case")]
    pub enum Delta {
        /// The node's state; at most a few a second.
        Status(Box<Status>),
        /// The best chain changed: blocks above `fork` are replaced by `connected`.
        Tip {
            /// Height of the last block that old and new chain share.
            fork: Height,
            /// Blocks taken off, newest first: empty unless reorganised.
            disconnected: Vec<BlockHash>,
            /// Blocks put on, oldest first; of more than [`MAX_SHOWN`] only the last
            /// [`LEAP_SHOWN`].
            connected: Vec<BlockView>,
            /// The new tip.
            height: Height,
            /// Its hash.
            hash: BlockHash,
        },
        /// A transaction entered the mempool: new, or loosened by a reorganisation.
        Post {
            /// The transaction.
            post: TransactionView,
            /// Whether a reorganisation took its block off.
            loosened: bool,
        },
        /// A pending post left the mempool without a block.
        Dropped {
            /// Which.
            id: TxId,
            /// Why, for people.
            reason: String,
        },
        /// A block was kept that stands beside the best chain.
        Branch {
            /// Its height.
            height: Height,
            /// Its hash.
            hash: BlockHash,
        },
        /// Newest posts of a chain that is still being fetched, newest first: sound
        /// in themselves, not yet checked against the ledger. Replaces what was
        /// shown so before; empty once the ledger has reached them.
        Unverified {
            /// At most [`MAX_UNVERIFIED`].
            posts: Vec<NoteView>,
        },
        /// A new block or post came here and went on.
        Passed {
            /// Which.
            what: News,
            /// The neighbour it came from; absent when it was made here.
            from: Option<PeerId>,
            /// Neighbours that it was sent to, whole or by name.
            to: Vec<PeerId>,
        },
        /// A neighbour came or changed.
        Peer(PeerView),
        /// A neighbour went.
        PeerGone {
            /// Who.
            id: PeerId,
            /// Why, for people.
            reason: String,
        },
    }
}

/// What passes from neighbour to neighbour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum News {
    /// A block.
    Block,
    /// A transaction.
    Post,
}

/// Blocks in one [`Delta::Tip`], at most.
pub const MAX_SHOWN: usize = 32;
/// Blocks of a [`Delta::Tip`] that has more than [`MAX_SHOWN`]: a first sync makes
/// thousands, and whoever misses some asks for what they want to see.
pub const LEAP_SHOWN: usize = 4;

/// Posts in one [`Delta::Unverified`], at most.
pub const MAX_UNVERIFIED: usize = 64;
