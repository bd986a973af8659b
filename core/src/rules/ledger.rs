//! Rules that depend on what the ledger holds already.

use super::{CheckedBlock, CheckedTransaction, RuleError};
use crate::hash::StateRoot;
use crate::keys::Address;
use crate::ledger::{Account, Participant};
use crate::transaction::Action;
use crate::units::Amount;

/// An author's transactions come in order, each once: this one must have the
/// author's next number.
pub fn in_sequence(required: u32, transaction: &CheckedTransaction) -> Result<(), RuleError> {
    let received = transaction.get().seq;
    if received != required {
        return Err(RuleError::Sequence {
            id: transaction.id(),
            required,
            received,
        });
    }
    Ok(())
}

/// Whoever has left does nothing but join again.
pub fn may_act(author: Address, account: &Account, action: &Action) -> Result<(), RuleError> {
    let left = account.participant.as_ref().filter(|known| known.left);
    match (left, action) {
        (None, _) | (Some(_), Action::Join(_)) => Ok(()),
        (Some(left), _) => Err(RuleError::HasLeft {
            author,
            since: left.since,
        }),
    }
}

/// Only a participant can leave.
pub fn is_participant(
    author: Address,
    account: &mut Account,
) -> Result<&mut Participant, RuleError> {
    let participant = account.participant.as_mut();
    participant.ok_or(RuleError::NotAParticipant { author })
}

/// Nobody spends more than they have; gives what is left.
pub fn affordable(author: Address, balance: Amount, amount: Amount) -> Result<Amount, RuleError> {
    balance.checked_sub(amount).ok_or(RuleError::Overspent {
        author,
        balance,
        amount,
    })
}

/// The coinbase commits to the ledger after the block.
pub fn state_root(required: StateRoot, block: &CheckedBlock) -> Result<(), RuleError> {
    let received = block.coinbase().state_root;
    if received != required {
        return Err(RuleError::StateRoot { required, received });
    }
    Ok(())
}
