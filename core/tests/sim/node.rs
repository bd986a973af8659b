//! One simulated tab: a real node and what its driver remembers.

use std::collections::BTreeMap;

use tablon_core::command::{Refusal, Reply};
use tablon_core::hash::PeerId;
use tablon_core::keys::SecretKey;
use tablon_core::node::{Config, Input, Node, Output, RequestId, Wallet};
use tablon_core::params::Params;
use tablon_core::store::MemoryBackend;
use tablon_core::units::Millis;
use tablon_core::view::{Delta, Storage};

/// A tab, alive or crashed.
pub(crate) struct Tab {
    pub(crate) number: u8,
    pub(crate) node: Option<Node>,
    pub(crate) backend: MemoryBackend,
    /// Its clock minus the world's, ms.
    pub(crate) clock: i64,
    /// Hashes per second while it mines.
    pub(crate) rate: u64,
    /// Counts starts: what was under way for an earlier life is void.
    pub(crate) life: u32,
    /// Counts jobs: a search for an earlier one is void.
    pub(crate) mining: u64,
    pub(crate) wake: u64,
    pub(crate) requests: u32,
    pub(crate) replies: BTreeMap<RequestId, Result<Reply, Refusal>>,
    pub(crate) deltas: Vec<Delta>,
    pub(crate) inputs: u64,
    /// Every input with what came of it, when asked for.
    pub(crate) record: Option<Vec<(Millis, Input, Vec<Output>)>>,
}

impl Tab {
    pub(crate) fn new(number: u8) -> Self {
        Self {
            number,
            node: None,
            backend: MemoryBackend::default(),
            clock: 0,
            rate: 0,
            life: 0,
            mining: 0,
            wake: 0,
            requests: 0,
            replies: BTreeMap::new(),
            deltas: Vec::new(),
            inputs: 0,
            record: None,
        }
    }

    pub(crate) fn id(&self) -> PeerId {
        key(self.number).public().peer_id()
    }

    pub(crate) fn config(&self, params: &Params, seed: u64) -> Config {
        let mut bytes = [self.number; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.life.to_le_bytes());
        Config {
            params: params.clone(),
            slot: 0,
            wallet: Wallet::Open(SecretKey::from_seed([self.number; 32])),
            key: key(self.number),
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
        assert!(record.len() > 100);
        let config = self.config(params, seed);
        let opened = Millis(crate::net::START);
        let opened = Node::open(config, MemoryBackend::default(), opened);
        let (mut node, _) = opened.expect("memory opens");
        for (number, (time, input, outputs)) in record.into_iter().enumerate() {
            assert_eq!(node.step(time, input), outputs, "input {number}");
        }
    }
}

fn key(number: u8) -> SecretKey {
    let mut seed = [0xaa; 32];
    seed[0] = number;
    SecretKey::from_seed(seed)
}
