//! What people and programs ask.

use super::drafts::{tidy, tidy_name};
use super::mining::MAX_THREADS;
use super::{Input, Node, RequestId};
use crate::command::{Command, Refusal, Reply};
use crate::store::StoreError;
use crate::transaction::{Action, Transfer};

impl Node {
    pub(super) fn command(&mut self, id: RequestId, command: Command) -> Result<(), StoreError> {
        let result = match command {
            Command::Post {
                body,
                name,
                topic,
                reply_to,
            } => return self.write(id, tidy(&body, &name, &topic, reply_to)),
            Command::Join { name } => return self.write(id, tidy_name(&name)),
            Command::Leave => return self.write(id, Action::Leave),
            Command::Transfer { to, amount, tip } => {
                return self.write(id, Action::Transfer(Transfer { to, amount, tip }));
            }
            Command::Secret { to, text } => match self.seal(to, &text)? {
                Ok(action) => return self.write(id, action),
                Err(refusal) => Err(refusal),
            },
            Command::Status => Ok(Reply::Status(Box::new(self.status_at(self.clock)))),
            Command::Pending => Ok(self.pending()?),
            Command::Account { address } => Ok(self.account(address)?),
            Command::Participants { after, limit } => {
                Ok(Reply::Accounts(self.participants(after, limit)?))
            }
            Command::Transfers { of, before, limit } => {
                Ok(Reply::Notes(self.transfers(of, before, limit)?))
            }
            Command::Secrets { before, limit } => Ok(Reply::Secrets(self.secrets(before, limit)?)),
            Command::Proof { id } => self.proof(id)?,
            Command::VerifyProof { proof } => self.verify_proof(&proof)?,
            Command::Chain { from, limit } => Ok(Reply::Blocks(self.blocks(from, limit)?)),
            Command::Block { at } => self.block_at(at)?,
            Command::Notes { before, limit } => Ok(Reply::Notes(self.notes(before, limit)?)),
            Command::Mine { threads } => self.mine(threads),
            Command::MineEmpty { allowed } => {
                self.mining.set_empty_blocks(allowed);
                Ok(Reply::Done(()))
            }
            Command::Branches { from, limit } => Ok(Reply::Branches(self.branches(from, limit))),
            Command::Paste { text } => self.pasted(&text),
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
        self.neighbours.ask_soon(self.now);
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
