//! What neighbours say: messages of every kind, mostly of what there is.

use tablon_core::block::Block;
use tablon_core::hash::PeerId;
use tablon_core::hash::{BlockHash, TxId};
use tablon_core::header::Header;
use tablon_core::keys::{PublicKey, Signature};
use tablon_core::node::{Input, LinkEvent};
use tablon_core::relay::{ANYONE, Signal, SignalStep, SignedSignal};
use tablon_core::target::Work;
use tablon_core::transaction::Transaction;
use tablon_core::units::{Height, Millis};
use tablon_core::wire::{Hello, Message, PROTOCOL};

use super::super::bytes::Bytes;
use super::super::keys::key;
use super::super::world;
use super::{Driver, PEERS, peer_id, peer_key};

impl Driver {
    pub(super) fn hello(&self, bytes: &mut Bytes<'_>) -> Hello {
        let network = self.world.params.network_id();
        let blocks = self.blocks(bytes.u8());
        let tip = blocks.last().expect("a branch has blocks").header;
        let work = tip.bits.target().expect("sound bits").work();
        let honest = Hello {
            protocol: PROTOCOL,
            network,
            height: Height(blocks.len() as u32),
            tip: tip.hash(),
            work: work.times(blocks.len() as u32),
            time: self.now,
        };
        match bytes.u8() {
            0 => Hello {
                height: Height(u32::MAX),
                tip: BlockHash([1; 32]),
                work: work.times(u32::MAX),
                ..honest
            },
            1 => Hello {
                height: Height(0),
                tip: network,
                work: Work::ZERO,
                ..honest
            },
            2 => Hello {
                time: Millis(bytes.u64()),
                ..honest
            },
            3 => Hello {
                network: BlockHash([2; 32]),
                ..honest
            },
            4 => Hello {
                protocol: bytes.u16(),
                ..honest
            },
            _ => honest,
        }
    }

    pub(super) fn blocks(&self, which: u8) -> &'static [Block] {
        match which & 1 {
            0 => &self.world.branch,
            _ => &self.world.rival,
        }
    }

    // A peer answers as one that has a branch, and all that is loose.
    pub(super) fn answer(&mut self, peer: PeerId, asked: Message, from: u8) {
        let blocks = self.blocks(from);
        let held = || (self.world.branch.iter()).chain(&self.world.rival);
        let answers = match asked {
            Message::Ping(number) => vec![Message::Pong(number)],
            Message::GetHeaders(locator) => {
                let headers: Vec<Header> = blocks.iter().map(|block| block.header).collect();
                let known = headers
                    .iter()
                    .rposition(|header| locator.contains(&header.hash()));
                vec![Message::Headers(
                    headers[known.map_or(0, |place| place + 1)..].to_vec(),
                )]
            }
            Message::GetBlocks(hashes) => hashes
                .into_iter()
                .map(|hash| {
                    let found = held().find(|block| block.header.hash() == hash);
                    found.map_or(Message::Absent(vec![hash]), |block| {
                        Message::Block(Box::new(block.clone()))
                    })
                })
                .collect(),
            Message::GetTransactions(ids) => {
                let loose = self.world.loose.iter();
                let found = loose.filter(|each| ids.contains(&each.id()));
                vec![Message::Transactions(found.cloned().collect())]
            }
            _ => Vec::new(),
        };
        for answer in answers {
            let frame = answer.to_frame();
            self.step(Input::Link(LinkEvent::Received { peer, frame }));
        }
    }

    // A message of any kind, mostly of what there is.
    pub(super) fn message(&self, bytes: &mut Bytes<'_>) -> Message {
        match bytes.below(18) {
            0 => Message::Hello(self.hello(bytes)),
            1 => Message::Ping(bytes.u64()),
            2 => Message::Pong(bytes.u64()),
            3 => Message::GetHeaders(self.hashes(bytes)),
            4 => Message::Headers(self.headers(bytes)),
            5 => Message::Tip(self.headers(bytes)),
            6 => Message::GetBlocks(self.hashes(bytes)),
            7 => Message::Block(Box::new(self.block(bytes))),
            8 => Message::Absent(self.hashes(bytes)),
            9 => Message::Inventory(self.tx_ids(bytes)),
            10 => Message::GetTransactions(self.tx_ids(bytes)),
            11 => Message::Transactions(self.transactions(bytes)),
            12 => Message::NewBlock(Box::new(self.block(bytes))),
            13 => Message::Prune,
            14 => Message::Graft,
            15 => {
                let count = bytes.below(10);
                Message::Neighbours((0..count).map(|_| peer_id(bytes.below(PEERS))).collect())
            }
            16 => Message::Signal(Box::new(self.signed(bytes))),
            _ => Message::Unreachable(peer_id(bytes.below(PEERS))),
        }
    }

    pub(super) fn block(&self, bytes: &mut Bytes<'_>) -> Block {
        let world = self.world;
        let blocks = *bytes.pick(&[&world.branch[..], &world.rival, &world.broken]);
        let mut block = bytes.pick(blocks).clone();
        // Sometimes sound in itself, and on nothing that anybody knows.
        if bytes.u8() == 1 {
            block.header.previous = BlockHash(bytes.array());
            world::seal(&mut block);
        }
        block
    }

    pub(super) fn headers(&self, bytes: &mut Bytes<'_>) -> Vec<Header> {
        let mut headers: Vec<Header> = match bytes.below(3) {
            2 => (self.world.broken.iter())
                .map(|block| block.header)
                .collect(),
            which => {
                let blocks = self.blocks(which as u8);
                let from = bytes.below(blocks.len());
                let count = bytes.below(blocks.len() - from + 1);
                let part = &blocks[from..from + count];
                part.iter().map(|block| block.header).collect()
            }
        };
        match bytes.u8() {
            1 => headers.reverse(),
            2 => headers.truncate(1),
            3 => headers = headers.repeat(bytes.below(100)),
            _ => {}
        }
        headers
    }

    pub(super) fn hashes(&self, bytes: &mut Bytes<'_>) -> Vec<BlockHash> {
        match bytes.u8() {
            0 => vec![self.world.params.network_id()],
            1 => vec![BlockHash(bytes.array())],
            2 => vec![BlockHash([3; 32]); bytes.below(60)],
            _ => self.headers(bytes).iter().map(Header::hash).collect(),
        }
    }

    pub(super) fn tx_ids(&self, bytes: &mut Bytes<'_>) -> Vec<TxId> {
        match bytes.u8() {
            0 => vec![TxId(bytes.array())],
            1 => (0..3 * u16::from(bytes.u8()))
                .map(|number| TxId([number as u8; 32]))
                .collect(),
            _ => self
                .transactions(bytes)
                .iter()
                .map(Transaction::id)
                .collect(),
        }
    }

    pub(super) fn transactions(&self, bytes: &mut Bytes<'_>) -> Vec<Transaction> {
        let world = self.world;
        match bytes.u8() {
            0 => world.loose.clone(),
            1 => world.branch[bytes.below(4)].transactions.clone(),
            2 => world.rival[4].transactions.clone(),
            3 => {
                let (who, seq) = (bytes.below(4) as u8, bytes.u8().into());
                let action = world::post(&bytes.text());
                vec![world::transaction(&world.params, who, seq, action)]
            }
            _ => vec![bytes.pick(&world.loose).clone()],
        }
    }

    pub(super) fn signed(&self, bytes: &mut Bytes<'_>) -> SignedSignal {
        let from = peer_key(bytes.below(PEERS));
        let to = match bytes.u8() {
            0 => ANYONE,
            number @ 1..=20 => peer_id(usize::from(number) % PEERS),
            _ => key(99).public().peer_id(),
        };
        let signal = Signal {
            network: self.world.params.network_id(),
            from: from.public(),
            to,
            session: bytes.u8().into(),
            step: signal_step(bytes),
        };
        let mut signed = SignedSignal::sign(signal, &from);
        match bytes.u8() {
            1 => signed.signature = Signature([0; 64]),
            2 => signed.signal.network = BlockHash([2; 32]),
            3 => signed.signal.from = PublicKey(bytes.array()),
            _ => {}
        }
        signed
    }
}

pub(super) fn signal_step(bytes: &mut Bytes<'_>) -> SignalStep {
    match bytes.below(11) {
        0 => SignalStep::Offer { sdp: bytes.text() },
        1 => SignalStep::Answer { sdp: bytes.text() },
        2 => SignalStep::Candidate {
            candidate: bytes.text(),
            mid: (bytes.u8() == 1).then(|| bytes.text()),
            line: (bytes.u8() == 1).then(|| bytes.u16()),
        },
        3 => SignalStep::Full,
        4 => SignalStep::Restart { sdp: bytes.text() },
        5 => SignalStep::Invitation { sdp: bytes.text() },
        6 => SignalStep::Acceptance { sdp: bytes.text() },
        7 => SignalStep::Tunnel {
            nonce: bytes.array(),
        },
        8 => SignalStep::Tunnelled {
            nonce: bytes.array(),
        },
        9 => SignalStep::Ask,
        _ => SignalStep::At {
            addresses: (0..bytes.below(5)).map(|_| bytes.text()).collect(),
        },
    }
}
