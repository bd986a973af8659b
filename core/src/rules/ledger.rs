//! Rules that depend on what the chain holds already.

use super::{CheckedTransaction, RuleError};

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
