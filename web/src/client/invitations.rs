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
const INVITATION_TIMEOUT_MS: u32 = 10_000;

type Outcome = Result<Option<String>, Refusal>;

/// For whom a text is, and of which connection attempt.
pub(super) type PendingInvitation = (PeerId, u32);

/// Who waits. Clones are the same list.
#[derive(Clone, Default)]
pub(super) struct PendingInvitations(Rc<RefCell<BTreeMap<PendingInvitation, Waiting>>>);

struct Waiting {
    sender: oneshot::Sender<Outcome>,
    _patience: Timeout,
}

impl PendingInvitations {
    /// Wait for what comes of this invitation.
    pub(super) fn begin(
        &self,
        invitation: PendingInvitation,
    ) -> Result<oneshot::Receiver<Outcome>, Refusal> {
        let count = self.0.borrow().len();
        if count >= MAX_WAITING {
            let message = format!("at most {MAX_WAITING} invitations may be made at a time");
            return Err(refusal("too_many_calls", message));
        }
        let this = self.clone();
        let patience = Timeout::new(INVITATION_TIMEOUT_MS, move || {
            let message = format!("this browser made no connection in {INVITATION_TIMEOUT_MS} ms");
            this.end(invitation, Err(refusal("not_linked", message)));
        });
        let (sender, receiver) = oneshot::channel();
        let waiting = Waiting {
            sender,
            _patience: patience,
        };
        self.0.borrow_mut().insert(invitation, waiting);
        Ok(receiver)
    }

    /// It is over: with a text to carry, with nothing left to do, or refused.
    pub(super) fn end(&self, invitation: PendingInvitation, outcome: Outcome) {
        let waiting = self.0.borrow_mut().remove(&invitation);
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
