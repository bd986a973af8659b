//! Transactions of the wallet on their way: checked, numbered, stamped by a
//! worker, signed, kept.

use std::collections::VecDeque;

use super::own::Coins;
use super::pool::NotAdmitted;
use super::{JobId, Node, Output, RequestId};
use crate::command::{Refusal, Reply};
use crate::hash::TxId;
use crate::keys::{Address, PublicKey};
use crate::ledger::Accounts;
use crate::mempool::PoolError;
use crate::rules::{RuleError, check_action};
use crate::sealed::{self, SealError};
use crate::store::{Durability, StoreError};
use crate::text::nfc;
use crate::transaction::{Action, Draft, Join, Post, Secret, Stamp};

/// Transactions that wait for their stamps, at most: a person writes one at a
/// time, a program that writes faster is told to wait.
pub const MAX_DRAFTS: usize = 64;

/// Bits that a stamp is given beyond the rule's least, at most: 256 times the work, on
/// the default network a few seconds of one thread. To ask for more for longer than a
/// block takes some 150 million hashes a second; who waits that out loses nothing,
/// since an own transaction keeps its place.
pub const MAX_EXTRA_STAMP_BITS: u32 = 8;

#[derive(Debug, Default)]
pub(super) struct Drafts {
    queue: VecDeque<(RequestId, Action)>,
    stamping: Option<Stamping>,
    jobs: u32,
}

#[derive(Debug)]
struct Stamping {
    request: RequestId,
    job: JobId,
    action: Action,
    draft: Draft,
}

impl Node {
    /// Take something to be written.
    pub(super) fn write(&mut self, request: RequestId, action: Action) -> Result<(), StoreError> {
        if self.store_failed() {
            self.reply(request, Err(self.store_refusal()));
            return Ok(());
        }
        match self.may_write(&action)? {
            Ok(()) => self.drafts.queue.push_back((request, action)),
            Err(refusal) => self.reply(request, Err(refusal)),
        }
        Ok(())
    }

    fn may_write(&self, action: &Action) -> Result<Result<(), Refusal>, StoreError> {
        let author = match self.signing_key() {
            Ok(key) => key.public(),
            Err(refusal) => return Ok(Err(refusal)),
        };
        if let Err(rule) = check_action(action) {
            return Ok(Err(refused(&rule)));
        }
        if self.drafts.queue.len() >= MAX_DRAFTS {
            return Ok(Err(Refusal {
                code: "busy".into(),
                message: format!("{MAX_DRAFTS} transactions wait for their stamps already"),
            }));
        }
        // Said before the stamp is sought; the pool looks again when it is found.
        let draft = self.draft(author, action.clone())?;
        let stands = self.would_stand(&self.chain.read()?, draft.get(), Coins::OnChain)?;
        Ok(stands.map_err(|rule| refused(&rule)))
    }

    // Its number follows the author's transactions on the chain and in the pool.
    fn draft(&self, author: PublicKey, action: Action) -> Result<Draft, StoreError> {
        let address = author.address();
        let next = self.chain.read()?.next_seq(address)?;
        let (network, time) = (self.chain.network(), self.network_time());
        let number = self.mempool.free_number(address, next);
        Ok(Draft::new(network, author, number, time, action))
    }

    /// Begin the next draft when none is being stamped.
    pub(super) fn next_draft(&mut self) -> Result<(), StoreError> {
        if self.drafts.stamping.is_some() {
            return Ok(());
        }
        let Some((request, action)) = self.drafts.queue.pop_front() else {
            return Ok(());
        };
        let author = match self.signing_key() {
            Ok(key) => key.public(),
            Err(refusal) => {
                self.reply(request, Err(refusal));
                return Ok(());
            }
        };
        let draft = self.draft(author, action.clone())?;
        let work = draft.stamp_job(|size| self.stamp_bits_for(author.address(), size));
        self.drafts.jobs = self.drafts.jobs.wrapping_add(1);
        let job = JobId(self.drafts.jobs);
        self.drafts.stamping = Some(Stamping {
            request,
            job,
            action,
            draft,
        });
        self.out.push(Output::Stamp { job, work });
        Ok(())
    }

    /// Bits that a draft of `size` bytes is given: what is asked to be mined next, as
    /// far as one thread finds it in bearable time.
    fn stamp_bits_for(&self, author: Address, size: usize) -> u32 {
        let required = self.chain.params().required_stamp_bits(size);
        let asked = (self.mempool).bits_for_next_block(author, size, required);
        asked.min(required + MAX_EXTRA_STAMP_BITS)
    }

    /// The stamp is found: sign, keep, spread, answer.
    pub(super) fn stamped(&mut self, job: JobId, stamp: Stamp) -> Result<(), StoreError> {
        let Some(stamping) = self.drafts.stamping.take_if(|stamping| stamping.job == job) else {
            return Ok(());
        };
        let transaction = match self.signing_key() {
            Ok(key) => stamping.draft.finish(stamp, key),
            Err(refusal) => {
                self.reply(stamping.request, Err(refusal));
                return Ok(());
            }
        };
        let result = match self.check(transaction) {
            Err(rule) => Err(refused(&rule)),
            Ok(checked) => {
                let id = checked.id();
                let admitted = self.admit(checked, Durability::Immediate, None);
                if admitted.is_err() {
                    self.reply(stamping.request, Err(self.store_refusal()));
                }
                match admitted? {
                    Ok(()) => Ok(Reply::Posted(id)),
                    // The chain moved while the stamp was sought: number it anew.
                    Err(NotAdmitted::Pool(PoolError::Used { .. } | PoolError::Taken { .. })) => {
                        let again = (stamping.request, stamping.action);
                        self.drafts.queue.push_front(again);
                        return Ok(());
                    }
                    Err(NotAdmitted::Pool(error)) => Err(Refusal {
                        code: error.code().into(),
                        message: error.to_string(),
                    }),
                    Err(NotAdmitted::Ledger(rule)) => Err(refused(&rule)),
                }
            }
        };
        self.reply(stamping.request, result);
        Ok(())
    }

    /// What waits for its stamp cannot be signed, or not be kept.
    pub(super) fn refuse_drafts(&mut self, refusal: &Refusal) {
        let stamping = self.drafts.stamping.take();
        let requests: Vec<RequestId> = (stamping.map(|stamping| stamping.request).into_iter())
            .chain(self.drafts.queue.drain(..).map(|(request, _)| request))
            .collect();
        for request in requests {
            self.reply(request, Err(refusal.clone()));
        }
    }

    /// Seal a text to a participant.
    pub(super) fn seal(
        &mut self,
        to: Address,
        text: &str,
    ) -> Result<Result<Action, Refusal>, StoreError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Err(Refusal {
                code: "text_empty".into(),
                message: "the secret is empty: it needs at least one visible character".into(),
            }));
        }
        let mut nonce = [0; 24];
        for part in nonce.chunks_mut(8) {
            part.copy_from_slice(&self.random().to_le_bytes());
        }
        let own = match self.signing_key() {
            Ok(key) => key,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let account = self.chain.read()?.account(to)?;
        let Some(reader) = account.participant.as_ref().map(|known| known.key) else {
            return Ok(Err(Refusal {
                code: "no_such_participant".into(),
                message: format!(
                    "{to} has never joined, so no key is known to which a secret could be sealed"
                ),
            }));
        };
        let sealed = sealed::seal(self.chain.network(), own, reader, nonce, text);
        Ok(sealed
            .map(|sealed| Action::Secret(Secret { to, sealed }))
            .map_err(|error| Refusal {
                code: match error {
                    SealError::TooLong { .. } => "text_too_long".into(),
                    SealError::BadKey { .. } => "secret_bad_key".into(),
                },
                message: error.to_string(),
            }))
    }

    pub(super) fn reply(&mut self, id: RequestId, result: Result<Reply, Refusal>) {
        self.out.push(Output::Reply { id, result });
    }
}

/// A person's text as it is written into a post: composed, with plain line
/// feeds, without white space at the ends.
pub(super) fn tidy(body: &str, name: &str, topic: &str, reply_to: Option<TxId>) -> Action {
    let body = compose(&body.replace("\r\n", "\n"));
    Action::Post(Post {
        name: compose(name.trim()),
        topic: compose(topic.trim()),
        body: body
            .trim_end_matches([' ', '\n'])
            .trim_start_matches('\n')
            .into(),
        reply_to,
    })
}

/// The same for a name to join under.
pub(super) fn tidy_name(name: &str) -> Action {
    Action::Join(Join {
        name: compose(name.trim()),
    })
}

fn compose(text: &str) -> String {
    nfc(text.chars())
}

pub(super) fn refused(rule: &RuleError) -> Refusal {
    Refusal {
        code: rule.code().into(),
        message: rule.to_string(),
    }
}
