//! Nodes fed by hand.

mod bodies;
mod full_disk;
mod held_back;
mod margin;
mod news;
mod places;
mod pool;
mod presync;

mod reorganisations;
mod rolled;
mod signals;
mod stamps;
mod turns;

use std::collections::VecDeque;

use redb::StorageBackend;

use super::{Config, Input, LinkEvent, LinkOrigin, MinerReport, Node, Output, RequestId, Wallet};
use crate::command::Command;
use crate::hash::PeerId;
use crate::keys::SecretKey;
use crate::params::Params;
use crate::target::Work;
use crate::testing::easy_network;
use crate::transaction::Transaction;
use crate::units::Millis;
use crate::view::{LinkKind, Storage};
use crate::wire::{Hello, Message, PROTOCOL};

pub(super) fn network() -> Params {
    Params {
        reward: 50,
        ..easy_network()
    }
}

pub(super) fn node(params: &Params, backend: impl StorageBackend) -> Node {
    node_at(params, backend, Millis(1_800_000_000_000)).0
}

/// The same opened at a time, and its first outputs.
pub(super) fn node_at(
    params: &Params,
    backend: impl StorageBackend,
    now: Millis,
) -> (Node, Vec<Output>) {
    let config = Config {
        params: params.clone(),
        slot: 0,
        wallet: Wallet::Open(SecretKey::from_seed([1; 32])),
        key: SecretKey::from_seed([2; 32]),
        seed: [3; 32],
        storage: Storage::Memory {
            reason: "a test".into(),
        },
    };
    Node::open(config, backend, now).expect("it opens")
}

/// A node and what it has sent and not been asked about yet.
pub(super) struct Fed {
    pub(super) node: Node,
    pub(super) now: Millis,
    outputs: VecDeque<Output>,
}

impl Fed {
    pub(super) fn new(params: &Params) -> Self {
        Self::on(params, crate::store::MemoryBackend::default())
    }

    pub(super) fn on(params: &Params, backend: impl StorageBackend) -> Self {
        Self {
            node: node(params, backend),
            now: Millis(1_800_000_000_000),
            outputs: VecDeque::new(),
        }
    }

    pub(super) fn feed(&mut self, input: Input) {
        self.outputs.extend(self.node.step(self.now, input));
    }

    pub(super) fn pass(&mut self, ms: u64) {
        self.now = self.now.plus(ms);
        self.feed(Input::Tick);
    }

    pub(super) fn hear(&mut self, peer: PeerId, message: &Message) {
        let frame = message.to_frame();
        self.feed(Input::Link(LinkEvent::Received { peer, frame }));
    }

    /// A peer that claims so much work by a tip that nobody knows.
    pub(super) fn meet(&mut self, peer: PeerId, work: Work) {
        self.link(peer);
        self.greet(peer, work);
    }

    /// A link opens; its hello is still to come.
    pub(super) fn link(&mut self, peer: PeerId) {
        let link = LinkKind::Local;
        let origin = LinkOrigin::Outbound;
        self.feed(Input::Link(LinkEvent::Up { peer, link, origin }));
    }

    /// The hello of [`Self::meet`].
    pub(super) fn greet(&mut self, peer: PeerId, work: Work) {
        let hello = Hello {
            protocol: PROTOCOL,
            network: self.node.chain.network(),
            height: crate::units::Height(1_000_000),
            tip: crate::hash::BlockHash([0xee; 32]),
            work,
            time: self.now,
        };
        self.hear(peer, &Message::Hello(hello));
    }

    /// Write a post.
    pub(super) fn post(&mut self, body: &str) -> Transaction {
        let command = Command::Post {
            body: body.into(),
            name: String::new(),
            topic: String::new(),
            reply_to: None,
        };
        let id = RequestId(1);
        self.feed(Input::Command { id, command });
        let (job, work) = (self.outputs.iter())
            .find_map(|output| match output {
                Output::Stamp { job, work } => Some((*job, work.clone())),
                _ => None,
            })
            .expect("a post takes a stamp");
        let stamp = crate::miner::search_stamp(&work, 0, u64::MAX).expect("few bits");
        self.feed(Input::Miner(MinerReport::Stamped { job, stamp }));
        let own = self.node.mempool.own().last().expect("it waits");
        own.0.get().clone()
    }

    /// What it has sent to a peer since it was last looked at.
    pub(super) fn sent(&mut self, to: PeerId) -> Vec<Message> {
        let sent = std::mem::take(&mut self.outputs);
        let messages = sent.into_iter().filter_map(|output| match output {
            Output::Send { peer, frame } if peer == to => {
                Some(Message::from_frame(&frame).expect("nodes send messages"))
            }
            _ => None,
        });
        messages.collect()
    }

    /// All that it has owed since it was last looked at.
    pub(super) fn owed(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.outputs).into()
    }
}
