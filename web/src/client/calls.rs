//! What was asked of the node and is not answered yet.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use futures_channel::oneshot;
use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::node::RequestId;

use super::refusal;
use crate::threads::{ToNode, WalletCommand, WalletReply};

/// Calls that wait for an answer, at most: a script in the page that posts
/// faster than the node answers is refused, not buffered without end.
const MAX_CALLS: usize = 1024;

type Sender<T> = oneshot::Sender<Result<T, Refusal>>;

/// What whoever asks waits on.
pub(super) type Answer<T> = oneshot::Receiver<Result<T, Refusal>>;

/// The calls, in the order in which they were made.
#[derive(Default)]
pub(super) struct Calls {
    /// At most [`MAX_CALLS`].
    waiting: RefCell<BTreeMap<RequestId, Call>>,
    last: Cell<u32>,
}

struct Call {
    /// Kept until the node runs; taken when sent.
    unsent: Option<ToNode>,
    asker: Asker,
}

/// Who waits, and for which kind of answer.
enum Asker {
    Command(Sender<Reply>),
    Wallet(Sender<WalletReply>),
}

impl Asker {
    fn refuse(self, refusal: Refusal) {
        // The caller may have lost interest.
        let _ = match self {
            Self::Command(sender) => sender.send(Err(refusal)).is_ok(),
            Self::Wallet(sender) => sender.send(Err(refusal)).is_ok(),
        };
    }
}

impl Calls {
    pub(super) fn command(&self, command: Command) -> Result<Answer<Reply>, Refusal> {
        self.add(|id| ToNode::Command { id, command }, Asker::Command)
    }

    pub(super) fn wallet(&self, command: WalletCommand) -> Result<Answer<WalletReply>, Refusal> {
        self.add(|id| ToNode::Wallet { id, command }, Asker::Wallet)
    }

    fn add<T>(
        &self,
        message: impl FnOnce(RequestId) -> ToNode,
        asker: impl FnOnce(Sender<T>) -> Asker,
    ) -> Result<Answer<T>, Refusal> {
        let count = self.waiting.borrow().len();
        if count >= MAX_CALLS {
            return Err(refusal(
                "too_many_calls",
                format!("at most {MAX_CALLS} calls may wait for an answer, {count} do"),
            ));
        }
        let id = RequestId(self.last.get().wrapping_add(1));
        self.last.set(id.0);
        let (sender, receiver) = oneshot::channel();
        let call = Call {
            unsent: Some(message(id)),
            asker: asker(sender),
        };
        self.waiting.borrow_mut().insert(id, call);
        Ok(receiver)
    }

    /// What has not been sent yet, in order.
    pub(super) fn take_unsent(&self) -> Vec<ToNode> {
        let mut waiting = self.waiting.borrow_mut();
        waiting
            .values_mut()
            .filter_map(|call| call.unsent.take())
            .collect()
    }

    /// The node answered a command. The caller may have lost interest.
    pub(super) fn replied(&self, id: RequestId, result: Result<Reply, Refusal>) {
        if let Some(Asker::Command(sender)) = self.take(id) {
            let _ = sender.send(result);
        }
    }

    /// The wallet answered.
    pub(super) fn wallet_replied(&self, id: RequestId, result: Result<WalletReply, Refusal>) {
        if let Some(Asker::Wallet(sender)) = self.take(id) {
            let _ = sender.send(result);
        }
    }

    fn take(&self, id: RequestId) -> Option<Asker> {
        let call = self.waiting.borrow_mut().remove(&id);
        call.map(|call| call.asker)
    }

    /// The node died: whatever it was asked will not be answered.
    pub(super) fn refuse_sent(&self, refusal: &Refusal) {
        self.refuse(refusal, |call| call.unsent.is_none());
    }

    /// There will be no node.
    pub(super) fn refuse_all(&self, refusal: &Refusal) {
        self.refuse(refusal, |_| true);
    }

    fn refuse(&self, refusal: &Refusal, which: impl Fn(&Call) -> bool) {
        let all = self.waiting.take();
        let (refused, kept) = all.into_iter().partition(|(_, call)| which(call));
        self.waiting.replace(kept);
        let refused: BTreeMap<RequestId, Call> = refused;
        for call in refused.into_values() {
            call.asker.refuse(refusal.clone());
        }
    }
}
