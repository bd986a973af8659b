//! What a person or a program may ask of a node, and what it answers. The page,
//! `window.tablon` and later the headless node's HTTP use these same commands.

use serde::{Deserialize, Serialize};

use crate::forms::two_forms;
use crate::hash::{BlockHash, PeerId, TxId};
use crate::keys::Address;
use crate::units::{Amount, Height};
use crate::view::{
    AccountView, BlockView, BranchView, NoteView, PeerView, ProofView, SecretView, Status,
    TransactionView,
};

/// Blocks, notes or transactions in one reply, at most.
pub const MAX_PAGE: u32 = 500;

two_forms! {
    /// One request. The reply carries the number that the driver gave it.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(remote = "Self", tag = "command", rename_all = "snake_case")]
    pub enum Command {
        /// -> [`Reply::Status`]
        Status,
        /// Write a post: signed with the node's wallet, stamped, kept, sent.
        /// -> [`Reply::Posted`], once it is in the store.
        Post {
            /// Text, 1 to 4,096 bytes.
            body: String,
            /// Self-claimed name of the author; empty for none.
            #[serde(default)]
            name: String,
            /// Topic; empty for none.
            #[serde(default)]
            topic: String,
            /// The post that this one answers.
            #[serde(default)]
            reply_to: Option<TxId>,
        },
        /// Publish the wallet's key under a name. -> [`Reply::Posted`]
        Join {
            /// 1 to 48 bytes.
            name: String,
        },
        /// Be a participant no longer. -> [`Reply::Posted`]
        Leave,
        /// Pay from the wallet's account. -> [`Reply::Posted`]
        Transfer {
            /// To whom.
            to: Address,
            /// Coins, at least 1.
            amount: Amount,
            /// The post that is tipped, if it is a tip.
            #[serde(default)]
            tip: Option<TxId>,
        },
        /// Send a message that only the reader, who must be a participant, and the
        /// wallet itself can open. -> [`Reply::Posted`]
        Secret {
            /// The reader.
            to: Address,
            /// 1 to 2,048 bytes.
            text: String,
        },
        /// Transactions waiting for a block. -> [`Reply::Pending`]
        Pending,
        /// One account, the wallet's when no address is given. -> [`Reply::Account`]
        Account {
            /// Whose.
            #[serde(default)]
            address: Option<Address>,
        },
        /// Participants in the order of their addresses. -> [`Reply::Accounts`]
        Participants {
            /// Only those after this one.
            #[serde(default)]
            after: Option<Address>,
            /// How many, at most [`MAX_PAGE`].
            limit: u32,
        },
        /// Confirmed transfers to and from an account, newest first. -> [`Reply::Notes`]
        Transfers {
            /// Whose; the wallet's when absent.
            #[serde(default)]
            of: Option<Address>,
            /// Only those older than this place.
            #[serde(default)]
            before: Option<(Height, u32)>,
            /// How many, at most [`MAX_PAGE`].
            limit: u32,
        },
        /// Secrets to and from the wallet, opened, newest first; those that wait for
        /// a block come first unless `before` is given. -> [`Reply::Secrets`]
        Secrets {
            /// Only those older than this place.
            #[serde(default)]
            before: Option<(Height, u32)>,
            /// How many confirmed ones, at most [`MAX_PAGE`].
            limit: u32,
        },
        /// Proof of publication of a confirmed transaction. -> [`Reply::Proof`]
        Proof {
            /// Which.
            id: TxId,
        },
        /// Verify such a proof, of any network, without asking anybody.
        /// -> [`Reply::Verified`]
        VerifyProof {
            /// The file.
            #[serde(with = "serde_bytes")]
            proof: Vec<u8>,
        },
        /// Blocks of the best chain, oldest first. -> [`Reply::Blocks`]
        Chain {
            /// First height.
            from: Height,
            /// How many, at most [`MAX_PAGE`].
            limit: u32,
        },
        /// One block, also of a stale branch. -> [`Reply::Block`]
        Block {
            /// Which.
            at: BlockAt,
        },
        /// Every block known from a height on, of all branches, lowest first.
        /// -> [`Reply::Branches`]
        Branches {
            /// First height.
            from: Height,
            /// How many, at most [`MAX_PAGE`].
            limit: u32,
        },
        /// Confirmed posts, newest first. -> [`Reply::Notes`]
        Notes {
            /// Only posts older than this one (its height and its place in the
            /// block); the newest ones when absent.
            #[serde(default)]
            before: Option<(Height, u32)>,
            /// How many, at most [`MAX_PAGE`].
            limit: u32,
        },
        /// Mine with so many threads; 0 stops. -> [`Reply::Done`]
        Mine {
            /// Miner workers wanted, at most 64.
            threads: u32,
        },
        /// Whether a block is mined when nothing is pending. -> [`Reply::Done`]
        MineEmpty {
            /// The default is true.
            allowed: bool,
        },
        /// Neighbours. -> [`Reply::Peers`]
        Peers,
        /// Take another node's invitation, or its answer to this node's invitation,
        /// as a person brought it. -> [`Reply::Done`]
        Paste {
            /// The text.
            text: String,
        },
        /// Ask every neighbour for its chain again and dial for more. -> [`Reply::Done`]
        Resynchronise,
    }
}

two_forms! {
    /// A block by hash or by height on the best chain.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(remote = "Self", untagged)]
    pub enum BlockAt {
        /// On the best chain.
        Height(Height),
        /// On any branch.
        Hash(BlockHash),
    }
}

two_forms! {
    /// The answer to a [`Command`]. Untagged: a program sees the value alone.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(remote = "Self", untagged)]
    pub enum Reply {
        /// How the node is.
        Status(Box<Status>),
        /// The post's id.
        Posted(TxId),
        /// Waiting transactions, best stamp first.
        Pending(Vec<TransactionView>),
        /// Oldest first.
        Blocks(Vec<BlockView>),
        /// The block asked for.
        Block(Box<BlockView>),
        /// Lowest first.
        Branches(Vec<BranchView>),
        /// Newest first.
        Notes(Vec<NoteView>),
        /// An account, also one that nobody has used yet.
        Account(Box<AccountView>),
        /// Participants.
        Accounts(Vec<AccountView>),
        /// Newest first.
        Secrets(Vec<SecretView>),
        /// A file to keep.
        Proof(ProofFile),
        /// What a proof proves.
        Verified(Box<ProofView>),
        /// Neighbours.
        Peers(Vec<PeerView>),
        /// Done; nothing to tell.
        Done(()),
    }
}

/// A proof of publication to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProofFile {
    /// The file, as [`Command::VerifyProof`] takes it.
    #[serde(with = "serde_bytes")]
    pub proof: Vec<u8>,
}

/// Why a command was refused: one sentence that names the rule and the values,
/// and a short code that a page can translate by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// Stable, e.g. `body_too_long`, `mempool_full`, `no_such_block`.
    pub code: String,
    /// English, lower case, with what was required and what was received.
    pub message: String,
}

/// A neighbour that came or went, for `on("peer")`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerGone {
    /// Who.
    pub id: PeerId,
    /// Why, for people.
    pub reason: String,
}
