//! A block that a program brings goes the way that a peer's goes, through a link
//! of the driver to its own node: the node checks it, and its rule is the answer.

use tablon_core::block::Block;
use tablon_core::encode::encode;
use tablon_core::hash::NetworkId;
use tablon_core::hash::PeerId;
use tablon_core::target::Work;
use tablon_core::units::Millis;
use tablon_core::wire::{Hello, Message, PROTOCOL, SMALL_BLOCK};

/// Plays the peer that has the block.
#[derive(Debug)]
pub(crate) struct Courier {
    /// A name drawn for this block alone.
    pub(crate) peer: PeerId,
    block: Block,
    /// Why the node ended the link, if it did.
    pub(crate) dismissed: Option<String>,
    answers: Vec<Message>,
}

impl Courier {
    pub(crate) fn new(block: Block) -> Self {
        Self {
            peer: PeerId(rand::random()),
            block,
            dismissed: None,
            answers: Vec::new(),
        }
    }

    /// What it says first.
    pub(crate) fn greeting(&self, network: NetworkId, now: Millis) -> Vec<Message> {
        let hello = Message::Hello(Hello {
            protocol: PROTOCOL,
            network,
            height: self.block.coinbase.height,
            tip: self.block.header.hash(),
            // No claim: it has nothing but this block, and is asked for no more.
            work: Work::ZERO,
            time: now,
        });
        let news = if encode(&self.block).len() <= SMALL_BLOCK {
            Message::NewBlock(Box::new(self.block.clone()))
        } else {
            Message::Tip(vec![self.block.header])
        };
        vec![hello, news]
    }

    /// The node says something to it.
    pub(crate) fn hear(&mut self, frame: &[u8]) {
        let hash = self.block.header.hash();
        match Message::from_frame(frame) {
            Ok(Message::GetBlocks(wanted)) if wanted.contains(&hash) => {
                let block = Box::new(self.block.clone());
                self.answers.push(Message::Block(block));
            }
            Ok(Message::Ping(number)) => self.answers.push(Message::Pong(number)),
            _ => {}
        }
    }

    /// What it answers.
    pub(crate) fn answers(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.answers)
    }
}
