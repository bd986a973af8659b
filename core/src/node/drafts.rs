//! Posts on their way: checked, numbered, stamped by a worker, signed, kept.

use std::collections::VecDeque;

use super::{JobId, Node, Output, RequestId};
use crate::command::{Refusal, Reply};
use crate::hash::TxId;
use crate::mempool::PoolError;
use crate::rules::RuleError;
use crate::store::{Keep, StoreError};
use crate::text::{Field, TextError, check_body, check_label};
use crate::transaction::{Action, Draft, Post, Stamp};

/// Posts that wait for their stamps, at most: a person writes one at a time, a
/// program that writes faster is told to wait.
pub const MAX_DRAFTS: usize = 64;

#[derive(Debug, Default)]
pub(super) struct Drafts {
    queue: VecDeque<(RequestId, Post)>,
    stamping: Option<Stamping>,
    jobs: u32,
}

#[derive(Debug)]
struct Stamping {
    request: RequestId,
    job: JobId,
    post: Post,
    draft: Draft,
}

impl Node {
    /// Take a post to be written.
    pub(super) fn write_post(&mut self, request: RequestId, post: Post) {
        if let Err(refusal) = self.may_write(&post) {
            self.reply(request, Err(refusal));
            return;
        }
        self.drafts.queue.push_back((request, post));
    }

    fn may_write(&self, post: &Post) -> Result<(), Refusal> {
        let texts = || -> Result<(), TextError> {
            check_body(&post.body)?;
            check_label(Field::Name, &post.name)?;
            check_label(Field::Topic, &post.topic)
        };
        texts().map_err(|error| refused(&RuleError::from(error)))?;
        if self.drafts.queue.len() >= MAX_DRAFTS {
            return Err(Refusal {
                code: "busy".into(),
                message: format!("{MAX_DRAFTS} posts wait for their stamps already"),
            });
        }
        Ok(())
    }

    /// Begin the next post when none is being stamped: its number follows the
    /// author's posts on the chain and in the pool.
    pub(super) fn next_draft(&mut self) -> Result<(), StoreError> {
        if self.drafts.stamping.is_some() {
            return Ok(());
        }
        let Some((request, post)) = self.drafts.queue.pop_front() else {
            return Ok(());
        };
        let author = self.config.wallet.public();
        let next = self.chain.read()?.next_seq(author)?;
        let draft = Draft::new(
            self.chain.network(),
            author,
            self.mempool.free_number(author, next),
            self.clock.timestamp(),
            Action::Post(post.clone()),
        );
        let params = self.chain.params();
        let work = draft.stamp_job(|size| params.required_stamp_bits(size));
        self.drafts.jobs = self.drafts.jobs.wrapping_add(1);
        let job = JobId(self.drafts.jobs);
        self.drafts.stamping = Some(Stamping {
            request,
            job,
            post,
            draft,
        });
        self.out.push(Output::Stamp { job, work });
        Ok(())
    }

    /// The stamp is found: sign, keep, spread, answer.
    pub(super) fn stamped(&mut self, job: JobId, stamp: Stamp) -> Result<(), StoreError> {
        let Some(stamping) = self.drafts.stamping.take_if(|stamping| stamping.job == job) else {
            return Ok(());
        };
        let transaction = stamping.draft.finish(stamp, &self.config.wallet);
        let result = match self.check(transaction) {
            Err(rule) => Err(refused(&rule)),
            Ok(checked) => {
                let id = checked.id();
                match self.admit(checked, Keep::Now)? {
                    Ok(()) => Ok(Reply::Posted(id)),
                    // The chain moved while the stamp was sought: number it anew.
                    Err(PoolError::Used { .. } | PoolError::Taken { .. }) => {
                        let again = (stamping.request, stamping.post);
                        self.drafts.queue.push_front(again);
                        return Ok(());
                    }
                    Err(error) => Err(Refusal {
                        code: error.code().into(),
                        message: error.to_string(),
                    }),
                }
            }
        };
        self.reply(stamping.request, result);
        Ok(())
    }

    pub(super) fn reply(&mut self, id: RequestId, result: Result<Reply, Refusal>) {
        self.out.push(Output::Reply { id, result });
    }
}

/// A person's text as it is written into a post: composed, with plain line
/// feeds, without white space at the ends.
pub(super) fn tidy(body: &str, name: &str, topic: &str, reply_to: Option<TxId>) -> Post {
    use unicode_normalization::UnicodeNormalization;
    let compose = |text: &str| text.nfc().collect::<String>();
    let body = body.replace("\r\n", "\n");
    Post {
        name: compose(name.trim()),
        topic: compose(topic.trim()),
        body: compose(body.trim_end_matches([' ', '\n']).trim_start_matches('\n')),
        reply_to,
    }
}

pub(super) fn refused(rule: &RuleError) -> Refusal {
    Refusal {
        code: rule.code().into(),
        message: rule.to_string(),
    }
}
