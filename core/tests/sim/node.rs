//! One simulated tab: a real node and what its driver remembers.

use std::collections::BTreeMap;

use tablon_core::command::{Refusal, Reply};
use tablon_core::hash::PeerId;
use tablon_core::keys::SecretKey;
use tablon_core::links::Attempts;
use tablon_core::node::{Config, Input, Node, Output, RequestId, Wallet};
use tablon_core::params::Params;
use tablon_core::units::Millis;
use tablon_core::view::{Delta, LinkKind, PeerView, Storage};

use crate::disk::Disk;

/// A link being opened.
#[derive(Debug)]
pub(crate) struct Opening {
    /// Whether the other side's description is here.
    pub(crate) answered: bool,
    pub(crate) kind: LinkKind,
}

/// What brings a node back, bit by bit: how it began and every input with what
/// came of it.
#[derive(Default)]
pub(crate) struct Record {
    pub(crate) disk: Disk,
    pub(crate) begun: Millis,
    pub(crate) opened: Vec<Output>,
    pub(crate) steps: Vec<(Millis, Input, Vec<Output>)>,
}

/// A tab, alive or crashed.
pub(crate) struct Tab {
    pub(crate) number: u32,
    pub(crate) node: Option<Node>,
    pub(crate) disk: Disk,
    /// Storage was refused: a crash loses everything but the node's key.
    pub(crate) forgets: bool,
    /// Its page gets no time until then.
    pub(crate) frozen: Option<u64>,
    /// What came meanwhile.
    pub(crate) inbox: Vec<Input>,
    /// Its clock minus the world's, ms.
    pub(crate) clock: i64,
    /// Hashes per second while it mines.
    pub(crate) rate: u64,
    /// Counts starts: what was under way for an earlier life is void.
    pub(crate) life: u32,
    /// Counts jobs: a search for an earlier one is void.
    pub(crate) mining: u64,
    /// Whether its miners have work now.
    pub(crate) has_work: bool,
    pub(crate) wake: u64,
    pub(crate) attempts: Attempts<Opening>,
    /// Counts attempts to open a link.
    pub(crate) sessions: u32,
    pub(crate) requests: u32,
    pub(crate) replies: BTreeMap<RequestId, Result<Reply, Refusal>>,
    pub(crate) deltas: Vec<Delta>,
    /// Its neighbours, as it shows them.
    pub(crate) peers: BTreeMap<PeerId, PeerView>,
    pub(crate) inputs: u64,
    /// Its last life from the beginning, when asked for.
    pub(crate) record: Option<Record>,
}

impl Tab {
    pub(crate) fn new(number: u32) -> Self {
        Self {
            number,
            node: None,
            disk: Disk::default(),
            forgets: false,
            frozen: None,
            inbox: Vec::new(),
            clock: 0,
            rate: 0,
            life: 0,
            mining: 0,
            has_work: false,
            wake: 0,
            attempts: Attempts::new(secret(0xaa, number).public().peer_id()),
            sessions: 0,
            requests: 0,
            replies: BTreeMap::new(),
            deltas: Vec::new(),
            peers: BTreeMap::new(),
            inputs: 0,
            record: None,
        }
    }

    pub(crate) fn id(&self) -> PeerId {
        self.key().public().peer_id()
    }

    fn key(&self) -> SecretKey {
        secret(0xaa, self.number)
    }

    /// The key of its wallet: what forgets has another in each life.
    pub(crate) fn wallet(&self) -> SecretKey {
        self.wallet_in(self.life)
    }

    /// The keys of all wallets that it has had.
    pub(crate) fn wallets(&self) -> impl Iterator<Item = SecretKey> {
        let lives = if self.forgets { 0..=self.life } else { 0..=0 };
        lives.map(|life| self.wallet_in(life))
    }

    fn wallet_in(&self, life: u32) -> SecretKey {
        let life = if self.forgets { life } else { 0 };
        secret(0xbb, self.number | life << 16)
    }

    /// Keep what was shown that checks look at.
    pub(crate) fn show(&mut self, delta: Delta) {
        match delta {
            Delta::Status(_) => {}
            Delta::Peer(peer) => {
                self.peers.insert(peer.id, peer);
            }
            other => {
                if let Delta::PeerGone { id, .. } = &other {
                    self.peers.remove(id);
                }
                self.deltas.push(other);
            }
        }
    }

    pub(crate) fn config(&self, params: &Params, seed: u64) -> Config {
        let mut bytes = [0; 32];
        bytes[12..16].copy_from_slice(&self.number.to_le_bytes());
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.life.to_le_bytes());
        Config {
            params: params.clone(),
            slot: 0,
            wallet: Wallet::Open(self.wallet()),
            key: self.key(),
            seed: bytes,
            storage: Storage::Memory {
                reason: "simulation".into(),
            },
        }
    }

    pub(crate) fn time(&self, world: u64) -> Millis {
        Millis(world.saturating_add_signed(self.clock))
    }

    pub(crate) fn alive(&self) -> &Node {
        self.node.as_ref().expect("the tab is open")
    }

    /// Feed the recorded inputs to a new node: its outputs must be the same.
    pub(crate) fn must_replay(&mut self, params: &Params, seed: u64) {
        let record = self.record.take().expect("it was recorded");
        let config = self.config(params, seed);
        let opened = Node::open(config, record.disk, record.begun);
        let (mut node, outputs) = opened.expect("it opened before");
        assert_eq!(outputs, record.opened);
        for (number, (time, input, outputs)) in record.steps.into_iter().enumerate() {
            let again = node.step(time, input);
            assert_eq!(again, outputs, "input {number}");
        }
        let tip = |node: &Node| node.status(Millis(0)).tip;
        assert!(
            self.node
                .as_ref()
                .is_none_or(|first| tip(first) == tip(&node))
        );
    }
}

/// The secret key of a party; `what` tells one kind from another.
pub(crate) fn secret(what: u8, number: u32) -> SecretKey {
    let mut seed = [what; 32];
    seed[..4].copy_from_slice(&number.to_le_bytes());
    SecretKey::from_seed(seed)
}
