//! The node's only door: what goes in, what comes out.

use serde::{Deserialize, Serialize};

use super::Wallet;
use crate::address_group::AddressGroup;
use crate::command::{Command, Refusal, Reply};
use crate::hash::PeerId;
use crate::keys::PublicKey;
use crate::relay::{SignalStep, SignedSignal};
use crate::transaction::{Stamp, StampJob};
use crate::units::Millis;
use crate::view::{Delta, LinkKind};

/// Number by which a driver knows its request again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub u32);

/// Number of a piece of work handed to a miner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub u32);

/// Who names peers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Introducer {
    /// Tabs of this browser, found without anybody's help.
    Siblings,
    /// The relay.
    Relay,
}

/// Who wanted a link, as far as the driver knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkOrigin {
    /// The host named the peer's address. Such a link is never turned away while fewer
    /// than [`super::MAX_NEIGHBOURS`] of its kind are open, and never evicted.
    Host,
    /// This side called, because of [`Output::Dial`].
    Outbound,
    /// The other side called, from this address where one is known; or nobody can say who
    /// began. A peer that the node was dialling counts as dialled all the same.
    Inbound(Option<AddressGroup>),
}

/// What happens to a link, as its holder reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkEvent {
    /// A link to `peer` is open; its holder vouches for the id. It replaces an older one
    /// to the same peer.
    Up {
        /// Who.
        peer: PeerId,
        /// By what, as far as is known yet.
        link: LinkKind,
        /// Who wanted it.
        origin: LinkOrigin,
    },
    /// The open link is of another kind than was said.
    Is {
        /// Who.
        peer: PeerId,
        /// By what.
        link: LinkKind,
    },
    /// The link is gone.
    Down {
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
    /// One whole wire message.
    Received {
        /// From whom.
        peer: PeerId,
        /// As the peer's [`Output::Send`] gave it.
        #[serde(with = "serde_bytes")]
        frame: Vec<u8>,
    },
}

/// What miners tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MinerReport {
    /// A nonce that meets the job's target.
    Solved {
        /// The job.
        job: JobId,
        /// The nonce.
        nonce: u32,
        /// Bits of the version that the miner turned over (BIP-320); 0 for none.
        rolled: u32,
    },
    /// Hashes tried since the last such report.
    Hashed {
        /// How many.
        hashes: u64,
    },
    /// The stamp asked for by [`Output::Stamp`] is found.
    Stamped {
        /// The job.
        job: JobId,
        /// The stamp.
        stamp: Stamp,
    },
}

/// What happened outside.
#[allow(
    clippy::large_enum_variant,
    reason = "each is consumed as soon as it is made"
)]
#[derive(Debug, Clone)]
pub enum Input {
    /// Something happened to a link.
    Link(LinkEvent),
    /// An introducer knows these peers.
    Introduced {
        /// Who names them.
        by: Introducer,
        /// Any number; the node takes a bounded sample.
        peers: Vec<PeerId>,
    },
    /// A step of a link that is being opened, to be signed and sent to `to`.
    Signal {
        /// Addressee.
        to: PeerId,
        /// Connection attempt.
        session: u32,
        /// The step.
        step: SignalStep,
    },
    /// A signal came by the relay or was pasted by a person.
    Signalled(Box<SignedSignal>),
    /// The relay does not reach this peer, or is away itself.
    Unreachable {
        /// Who.
        peer: PeerId,
    },
    /// A person or program asks.
    Command {
        /// Comes back in the reply.
        id: RequestId,
        /// What.
        command: Command,
    },
    /// The wallet was locked, unlocked or replaced.
    Wallet(Wallet),
    /// A miner tells something.
    Miner(MinerReport),
    /// Time has passed.
    Tick,
}

/// What the driver owes.
#[allow(
    clippy::large_enum_variant,
    reason = "each is consumed as soon as it is made"
)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send `frame` to `peer`, whole and in order; drop it if the link is gone.
    Send {
        /// To whom.
        peer: PeerId,
        /// At most [`crate::wire::MAX_FRAME`] bytes.
        frame: Vec<u8>,
    },
    /// Close the link. No [`LinkEvent::Down`] need follow.
    Disconnect {
        /// Whose.
        peer: PeerId,
        /// Why, for people.
        reason: String,
    },
    /// Try to open a link; answer with [`LinkEvent::Up`] or [`LinkEvent::DialFailed`].
    Dial {
        /// To whom.
        peer: PeerId,
        /// Whether through the relay's tunnel, because nothing better opened.
        tunnel: bool,
    },
    /// A verified step of another node, for whoever opens links.
    Signal {
        /// Who said it.
        from: PeerId,
        /// Its key, from which a tunnel's keys follow.
        key: PublicKey,
        /// Connection attempt.
        session: u32,
        /// The step.
        step: SignalStep,
    },
    /// A signal for the relay to carry; answer with `Unreachable` when it cannot.
    Relay(Box<SignedSignal>),
    /// A signal for people to carry.
    Paste(Box<SignedSignal>),
    /// Signals do not reach this peer now.
    Unreachable {
        /// Who.
        peer: PeerId,
    },
    /// Ask introducers (the relay) for more peers, when there is one to ask.
    FindPeers,
    /// Replace what the miners do; `None` rests them.
    Mine {
        /// The work.
        job: Option<MiningJob>,
    },
    /// Find a stamp in a worker; answer with `Stamped`.
    Stamp {
        /// Comes back.
        job: JobId,
        /// The work.
        work: StampJob,
    },
    /// The answer to a command. What it reports as stored is stored.
    Reply {
        /// The driver's own number.
        id: RequestId,
        /// The answer.
        result: Result<Reply, Refusal>,
    },
    /// Tell those who watch.
    Show(Delta),
    /// The store is damaged, or cannot even be read, or holds more than this node
    /// knows. Every further step would fail too: drop the node and open it anew; put
    /// the store aside first if `corrupt`. A store that cannot be written is no reason:
    /// the node says so in its status, reads on, and tries again.
    Stop {
        /// For people.
        reason: String,
        /// Whether what was read is damaged, rather than the disk full or away.
        corrupt: bool,
    },
    /// Step with [`Input::Tick`] at this time at the latest; replaces the
    /// former wish.
    WakeAt(Millis),
}

/// Work for the miners: find a nonce with which the header's hash is at most
/// the target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MiningJob {
    /// Comes back with the nonce.
    pub job: JobId,
    /// Header without the nonce: the first 76 of its 80 bytes.
    #[serde(with = "serde_bytes")]
    pub header: Vec<u8>,
    /// Target, 32 bytes, little-endian like the hash.
    pub target: [u8; 32],
    /// Threads to use; the nonces are split among them.
    pub threads: u32,
}
