//! Rules that a transaction must keep by itself, without a ledger.

use super::RuleError;
use crate::encode::encode;
use crate::hash::{NetworkId, TxId};
use crate::miner::leading_zero_bits;
use crate::params::Params;
use crate::text::{Field, check_body, check_label};
use crate::transaction::{Action, MAX_TRANSACTION, Transaction, id_of};

/// A transaction that keeps every rule that can be checked without the ledger.
/// Only [`check_transaction`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedTransaction {
    transaction: Transaction,
    id: TxId,
    size: u32,
    stamp_bits: u32,
}

impl CheckedTransaction {
    /// The transaction.
    pub fn get(&self) -> &Transaction {
        &self.transaction
    }

    /// Its id.
    pub fn id(&self) -> TxId {
        self.id
    }

    /// Canonical bytes.
    pub fn size(&self) -> u32 {
        self.size
    }

    /// Leading zero bits of the id.
    pub fn stamp_bits(&self) -> u32 {
        self.stamp_bits
    }

    /// The transaction, no longer known to be checked.
    pub fn into_inner(self) -> Transaction {
        self.transaction
    }
}

/// Check size, network, texts, stamp and signature, the cheapest first: a flood
/// of unstamped transactions costs no signature check.
pub fn check_transaction(
    params: &Params,
    network: NetworkId,
    transaction: Transaction,
) -> Result<CheckedTransaction, RuleError> {
    let bytes = encode(&transaction);
    size(bytes.len())?;
    same_network(network, &transaction)?;
    texts(&transaction)?;
    let id = id_of(&bytes);
    let stamp_bits = stamp(params, id, bytes.len())?;
    signature(&transaction, id)?;
    Ok(CheckedTransaction {
        transaction,
        id,
        size: bytes.len() as u32, // at most MAX_TRANSACTION
        stamp_bits,
    })
}

fn size(received: usize) -> Result<(), RuleError> {
    if received > MAX_TRANSACTION {
        return Err(RuleError::TransactionTooLarge {
            limit: MAX_TRANSACTION,
            received,
        });
    }
    Ok(())
}

fn same_network(required: NetworkId, transaction: &Transaction) -> Result<(), RuleError> {
    if transaction.network != required {
        return Err(RuleError::OtherNetwork {
            required,
            received: transaction.network,
        });
    }
    Ok(())
}

fn texts(transaction: &Transaction) -> Result<(), RuleError> {
    match &transaction.action {
        Action::Post(post) => {
            check_body(&post.body)?;
            check_label(Field::Name, &post.name)?;
            check_label(Field::Topic, &post.topic)?;
        }
    }
    Ok(())
}

fn stamp(params: &Params, id: TxId, size: usize) -> Result<u32, RuleError> {
    let required = params.required_stamp_bits(size);
    let received = leading_zero_bits(&id.0);
    if received < required {
        return Err(RuleError::Stamp {
            id,
            required,
            received,
        });
    }
    Ok(received)
}

fn signature(transaction: &Transaction, id: TxId) -> Result<(), RuleError> {
    if !transaction.is_signed(id) {
        return Err(RuleError::Signature {
            id,
            author: transaction.author,
        });
    }
    Ok(())
}
