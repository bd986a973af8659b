//! What people and programs ask.

use super::drafts::tidy;
use super::mining::MAX_THREADS;
use super::{Input, Node, RequestId};
use crate::block::{Block, Coinbase};
use crate::chain::Entry;
use crate::command::{BlockAt, Command, MAX_PAGE, Refusal, Reply};
use crate::keys::Address;
use crate::store::StoreError;
use crate::units::Height;
use crate::view::{BlockView, NoteView};

impl Node {
    pub(super) fn command(&mut self, id: RequestId, command: Command) -> Result<(), StoreError> {
        let result = match command {
            Command::Post {
                body,
                name,
                topic,
                reply_to,
            } => {
                self.write_post(id, tidy(&body, &name, &topic, reply_to));
                return Ok(());
            }
            Command::Status => Ok(Reply::Status(Box::new(self.status_at(self.clock)))),
            Command::Pending => Ok(self.pending()),
            Command::Chain { from, limit } => Ok(Reply::Blocks(self.blocks(from, limit)?)),
            Command::Block { at } => self.block_at(at)?,
            Command::Notes { before, limit } => Ok(Reply::Notes(self.notes(before, limit)?)),
            Command::Mine { threads } => self.mine(threads),
            Command::MineEmpty { allowed } => {
                self.mining.set_empty_blocks(allowed);
                Ok(Reply::Done(()))
            }
            Command::Peers => Ok(Reply::Peers(
                self.peers.values().map(super::peer::Peer::view).collect(),
            )),
            Command::Resynchronise => {
                self.resynchronise();
                Ok(Reply::Done(()))
            }
        };
        self.reply(id, result);
        Ok(())
    }

    fn pending(&self) -> Reply {
        let waiting = self.mempool.ranked().take(MAX_PAGE as usize);
        Reply::Pending(
            waiting
                .map(|checked| self.transaction_view(checked.id(), checked.get()))
                .collect(),
        )
    }

    fn mine(&mut self, threads: u32) -> Result<Reply, Refusal> {
        if threads > MAX_THREADS {
            return Err(Refusal {
                code: "too_many_threads".into(),
                message: format!(
                    "{threads} threads are asked for, at most {MAX_THREADS} are taken"
                ),
            });
        }
        self.mining.set_threads(threads);
        Ok(Reply::Done(()))
    }

    fn resynchronise(&mut self) {
        let ids: Vec<_> = self
            .peers
            .values()
            .filter(|peer| peer.is_connected())
            .map(|peer| peer.id)
            .collect();
        for id in ids {
            self.request_headers(id);
        }
        self.neighbours.ask_soon();
    }

    fn blocks(&self, from: Height, limit: u32) -> Result<Vec<BlockView>, StoreError> {
        let end = from.0.saturating_add(limit.min(MAX_PAGE));
        (from.0..end)
            .map_while(|height| self.chain.at(Height(height)))
            .map(|entry| self.stored_view(entry))
            .collect()
    }

    fn block_at(&self, at: BlockAt) -> Result<Result<Reply, Refusal>, StoreError> {
        let entry = match at {
            BlockAt::Height(height) => self.chain.at(height),
            BlockAt::Hash(hash) => self.chain.tree().get(hash),
        };
        match entry.filter(|entry| entry.held) {
            Some(entry) => Ok(Ok(Reply::Block(Box::new(self.stored_view(entry)?)))),
            None => Ok(Err(Refusal {
                code: "no_such_block".into(),
                message: match at {
                    BlockAt::Height(height) => format!(
                        "no block has height {height}, the tip has {}",
                        self.chain.tip().height
                    ),
                    BlockAt::Hash(hash) => format!("no block here has hash {hash}"),
                },
            })),
        }
    }

    fn stored_view(&self, entry: &Entry) -> Result<BlockView, StoreError> {
        Ok(self.block_view(entry, &self.stored_block(entry)?))
    }

    fn stored_block(&self, entry: &Entry) -> Result<Block, StoreError> {
        if entry.height == Height(0) {
            // Genesis follows from the parameters and has no body.
            return Ok(Block {
                header: entry.header,
                coinbase: Coinbase {
                    height: Height(0),
                    miner: Address::default(),
                    extra_nonce: 0,
                },
                transactions: Vec::new(),
            });
        }
        self.chain.read()?.body(entry.header)
    }

    fn notes(
        &self,
        before: Option<(Height, u32)>,
        limit: u32,
    ) -> Result<Vec<NoteView>, StoreError> {
        let views = self.chain.read()?;
        let mut notes = Vec::new();
        let mut body: Option<(Height, Block)> = None;
        for (height, place) in views.notes_before(before, limit.min(MAX_PAGE) as usize)? {
            if body.as_ref().is_none_or(|(at, _)| *at != height) {
                let entry = self.chain.at(height).ok_or_else(|| StoreError::Damaged {
                    what: "index of posts",
                    reason: format!("height {height} is above the tip"),
                })?;
                body = Some((height, views.body(entry.header)?));
            }
            let found = body
                .as_ref()
                .and_then(|(_, block)| block.transactions.get(place as usize));
            let transaction = found.ok_or_else(|| StoreError::Damaged {
                what: "index of posts",
                reason: format!("block {height} has no transaction {place}"),
            })?;
            notes.push(NoteView {
                height,
                place,
                post: self.transaction_view(transaction.id(), transaction),
            });
        }
        Ok(notes)
    }

    /// After the store failed nothing can be promised any more.
    pub(super) fn refuse_when_stopped(&mut self, input: Input) {
        if let Input::Command { id, .. } = input {
            let refusal = Refusal {
                code: "store_failed".into(),
                message: "the node stopped because its store failed".into(),
            };
            self.reply(id, Err(refusal));
        }
    }
}
