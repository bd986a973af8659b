//! Rules that a transaction must keep by itself, without a ledger.

use super::RuleError;
use crate::encode::encode;
use crate::hash::{NetworkId, TxId};
use crate::keys::{Address, Batch};
use crate::miner::leading_zero_bits;
use crate::params::Params;
use crate::sealed;
use crate::text::{Field, TextError, check_body, check_label, check_name};
use crate::transaction::{Action, MAX_TRANSACTION, Transaction, id_of};
use crate::units::Amount;

/// A transaction that keeps every rule that can be checked without the ledger.
/// Only [`check_transaction`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedTransaction {
    transaction: Transaction,
    id: TxId,
    author: Address,
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

    /// Address of the author.
    pub fn author(&self) -> Address {
        self.author
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

/// A transaction that keeps every rule that can be checked without the ledger,
/// if its signature holds, which nobody has looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct WellFormedTransaction(CheckedTransaction);

impl WellFormedTransaction {
    /// Put the signature into a batch.
    pub(super) fn add_to(&self, batch: &mut Batch) {
        self.0.transaction.add_to(batch, self.0.id);
    }

    /// Check the signature by itself.
    pub(super) fn verify(&self) -> Result<(), RuleError> {
        signature(&self.0.transaction, self.0.id)
    }

    /// The caller has seen the signature verified, by itself or in a batch.
    pub(super) fn verified(self) -> CheckedTransaction {
        self.0
    }
}

/// Check size, network, content, stamp and signature, the cheapest first: a flood
/// of unstamped transactions costs no signature check.
pub fn check_transaction(
    params: &Params,
    network: NetworkId,
    transaction: Transaction,
) -> Result<CheckedTransaction, RuleError> {
    let bytes = encode(&transaction);
    let well_formed = well_formed(params, network, transaction, &bytes)?;
    well_formed.verify()?;
    Ok(well_formed.verified())
}

/// Check all but the signature. `bytes` are the transaction's own.
pub(super) fn well_formed(
    params: &Params,
    network: NetworkId,
    transaction: Transaction,
    bytes: &[u8],
) -> Result<WellFormedTransaction, RuleError> {
    size(bytes.len())?;
    same_network(network, &transaction)?;
    check_action(&transaction.action)?;
    let id = id_of(bytes);
    moves_something(&transaction, id)?;
    let stamp_bits = stamp(params, id, bytes.len())?;
    Ok(WellFormedTransaction(CheckedTransaction {
        author: transaction.author.address(),
        transaction,
        id,
        size: bytes.len() as u32, // at most MAX_TRANSACTION
        stamp_bits,
    }))
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

/// Rules for what is said, also before there is a stamp.
pub fn check_action(action: &Action) -> Result<(), RuleError> {
    match action {
        Action::Post(post) => {
            check_body(&post.body)?;
            check_name(&post.name)?;
            check_label(Field::Topic, &post.topic)?;
        }
        Action::Join(join) => {
            check_name(&join.name)?;
            if join.name.is_empty() {
                return Err(TextError::Empty(Field::Name).into());
            }
        }
        Action::Secret(secret) => secret_size(secret.sealed.len())?,
        Action::Leave | Action::Transfer(_) => {}
    }
    Ok(())
}

fn moves_something(transaction: &Transaction, id: TxId) -> Result<(), RuleError> {
    match &transaction.action {
        Action::Transfer(transfer) if transfer.amount == Amount::ZERO => {
            Err(RuleError::NothingTransferred { id })
        }
        _ => Ok(()),
    }
}

fn secret_size(received: usize) -> Result<(), RuleError> {
    let (least, most) = (
        sealed::OVERHEAD + 1,
        sealed::OVERHEAD + sealed::MAX_SECRET_TEXT,
    );
    if !(least..=most).contains(&received) {
        return Err(RuleError::SecretSize {
            least,
            most,
            received,
        });
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
