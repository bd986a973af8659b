//! What people and programs ask: every command.

use tablon_core::command::{BlockAt, Command};
use tablon_core::hash::{BlockHash, TxId};
use tablon_core::keys::Address;
use tablon_core::transaction::Transaction;
use tablon_core::units::{Amount, Height};

use super::super::bytes::Bytes;
use super::super::keys::key;
use super::Driver;

impl Driver {
    pub(super) fn command(&self, bytes: &mut Bytes<'_>) -> Command {
        let world = self.world;
        let who = |bytes: &mut Bytes<'_>| match bytes.below(6) {
            5 => Address(bytes.array()),
            number => key(number as u8).public().address(),
        };
        let before = |bytes: &mut Bytes<'_>| match bytes.u8() {
            0 => None,
            height => Some((Height(height.into()), bytes.u8().into())),
        };
        let id = |bytes: &mut Bytes<'_>| match bytes.u8() {
            0 => TxId(bytes.array()),
            number => {
                let posts = world.branch.iter().flat_map(|block| &block.transactions);
                let posts: Vec<&Transaction> = posts.chain(&world.loose).collect();
                posts[usize::from(number) % posts.len()].id()
            }
        };
        let height = |bytes: &mut Bytes<'_>| Height(bytes.u32() >> bytes.below(32));
        let limit = |bytes: &mut Bytes<'_>| bytes.u32() >> bytes.below(32);
        match bytes.below(22) {
            0 => Command::Status,
            1 => Command::Post {
                body: bytes.text(),
                name: bytes.text(),
                topic: bytes.text(),
                reply_to: (bytes.u8() == 1).then(|| id(bytes)),
            },
            2 => Command::Join { name: bytes.text() },
            3 => Command::Leave,
            4 => Command::Transfer {
                to: who(bytes),
                amount: Amount(bytes.u64() >> bytes.below(64)),
                tip: (bytes.u8() == 1).then(|| id(bytes)),
            },
            5 => Command::Secret {
                to: who(bytes),
                text: bytes.text(),
            },
            6 => Command::Pending,
            7 => Command::Account {
                address: (bytes.u8() == 1).then(|| who(bytes)),
            },
            8 => Command::Participants {
                after: (bytes.u8() == 1).then(|| who(bytes)),
                limit: limit(bytes),
            },
            9 => Command::Transfers {
                of: (bytes.u8() == 1).then(|| who(bytes)),
                before: before(bytes),
                limit: limit(bytes),
            },
            10 => Command::Secrets {
                before: before(bytes),
                limit: limit(bytes),
            },
            11 => Command::Proof { id: id(bytes) },
            12 => Command::VerifyProof {
                proof: {
                    let length = usize::from(bytes.u8());
                    bytes.some(length).to_vec()
                },
            },
            13 => Command::Chain {
                from: height(bytes),
                limit: limit(bytes),
            },
            14 => Command::Block {
                at: match bytes.u8() {
                    0 => BlockAt::Hash(BlockHash(bytes.array())),
                    1 => BlockAt::Hash(self.block(bytes).header.hash()),
                    _ => BlockAt::Height(height(bytes)),
                },
            },
            15 => Command::Branches {
                from: height(bytes),
                limit: limit(bytes),
            },
            16 => Command::Notes {
                before: before(bytes),
                limit: limit(bytes),
            },
            17 => Command::Mine {
                threads: bytes.u8().into(),
            },
            18 => Command::MineEmpty {
                allowed: bytes.u8() & 1 == 1,
            },
            19 => Command::Peers,
            20 => Command::Paste {
                text: match bytes.u8() {
                    0 => bytes.text(),
                    _ => self.signed(bytes).to_text(),
                },
            },
            _ => Command::Resynchronise,
        }
    }
}
