//! What people carry between two nodes that nothing else connects: invitations and
//! the answers to them. Here wait those who asked for a text to carry.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use futures_channel::oneshot;
use gloo::timers::callback::Timeout;
use tablon_core::command::Refusal;
use tablon_core::hash::PeerId;

use super::refusal;
use crate::links::Unlinked;

/// Texts that are waited for, at most: one is open at a time, the rest is scripts
/// that do not wait.
const MAX_WAITING: usize = 16;

/// A text is there after as many milliseconds at most: candidates are gathered for
/// three seconds, the node signs in less than one.
const PATIENCE: u32 = 10_000;

type Outcome = Result<Option<String>, Refusal>;

/// For whom a text is, and of which connection attempt.
pub(super) type Errand = (PeerId, u32);

/// Who waits. Clones are the same list.
#[derive(Clone, Default)]
pub(super) struct Errands(Rc<RefCell<BTreeMap<Errand, Waiting>>>);

struct Waiting {
    sender: oneshot::Sender<Outcome>,
    _patience: Timeout,
}

impl Errands {
    /// Wait for what comes of this errand.
    pub(super) fn begin(&self, errand: Errand) -> Result<oneshot::Receiver<Outcome>, Refusal> {
        let count = self.0.borrow().len();
        if count >= MAX_WAITING {
            let message = format!("at most {MAX_WAITING} invitations may be made at a time");
            return Err(refusal("too_many_calls", message));
        }
        let this = self.clone();
        let patience = Timeout::new(PATIENCE, move || {
            let message = format!("this browser made no connection in {PATIENCE} ms");
            this.end(errand, Err(refusal("not_linked", message)));
        });
        let (sender, receiver) = oneshot::channel();
        let waiting = Waiting {
            sender,
            _patience: patience,
        };
        self.0.borrow_mut().insert(errand, waiting);
        Ok(receiver)
    }

    /// It is over: with a text to carry, with nothing left to do, or refused.
    pub(super) fn end(&self, errand: Errand, outcome: Outcome) {
        let waiting = self.0.borrow_mut().remove(&errand);
        if let Some(waiting) = waiting {
            // Whoever asked may have lost interest.
            let _ = waiting.sender.send(outcome);
        }
    }

    /// The node is gone: nothing comes of any.
    pub(super) fn end_all(&self) {
        self.0.take();
    }
}

impl From<Unlinked> for Refusal {
    fn from(unlinked: Unlinked) -> Self {
        let code = match unlinked {
            Unlinked::Full => "no_room",
            Unlinked::NoRelay => "no_relay",
            Unlinked::NoInvitation => "no_open_invitation",
            Unlinked::Browser(_) => "not_linked",
        };
        refusal(code, unlinked.to_string())
    }
}
