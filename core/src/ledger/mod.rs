//! The ledger: an account for every address that was paid, mined or spoke.
//!
//! A block changes accounts through an [`Overlay`]: each transaction in order,
//! then the reward of the block's miner, which it can spend from the next block
//! on. [`state`] gives the root of all accounts, which the coinbase commits to.

pub mod state;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::encode::encode;
use crate::hash::StateRoot;
use crate::keys::{Address, PublicKey};
use crate::rules::{
    CheckedBlock, CheckedTransaction, RuleError, affordable, in_sequence, is_participant, may_act,
};
use crate::store::StoreError;
use crate::transaction::{Action, Transaction};
use crate::units::{Amount, Height};
use state::{Leaves, Nodes, Writes};

/// What the ledger holds of an address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Account {
    /// Coins.
    pub balance: Amount,
    /// How many transactions of its owner are on the chain: the number of the next.
    pub next_seq: u32,
    /// What its owner has published; absent until the first `Join`.
    pub participant: Option<Participant>,
}

/// What somebody has published of themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// The name last joined under: a claim.
    pub name: String,
    /// The account's key, so that secrets can be sealed to it.
    pub key: PublicKey,
    /// Block of the last `Join` or `Leave`.
    pub since: Height,
    /// Whether the last of them was a `Leave`.
    pub left: bool,
}

impl Account {
    /// Whether its owner has joined and not left.
    pub fn is_participant(&self) -> bool {
        (self.participant.as_ref()).is_some_and(|participant| !participant.left)
    }

    /// The canonical bytes; none for an account like any that nobody has used.
    pub fn bytes(&self) -> Option<Vec<u8>> {
        (*self != Self::default()).then(|| encode(self))
    }
}

/// Where accounts are read from.
pub trait Accounts {
    /// The account; the default one when nobody has used the address.
    fn account(&self, address: Address) -> Result<Account, StoreError>;
}

/// Why a block or a transaction does not fit the ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// It breaks a rule.
    #[error(transparent)]
    Rule(#[from] RuleError),
    /// The accounts could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An account before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// As it was below.
    pub before: Account,
    /// As it is now.
    pub after: Account,
}

/// What a transaction does to the account of `author`, whose it is, unless a rule
/// forbids it.
pub fn act(
    author: Address,
    account: &mut Account,
    height: Height,
    transaction: &Transaction,
) -> Result<(), RuleError> {
    let action = &transaction.action;
    may_act(author, account, action)?;
    match action {
        Action::Post(_) | Action::Secret(_) => {}
        Action::Join(join) => {
            account.participant = Some(Participant {
                name: join.name.clone(),
                key: transaction.author,
                since: height,
                left: false,
            });
        }
        Action::Leave => {
            let participant = is_participant(author, account)?;
            participant.since = height;
            participant.left = true;
        }
        Action::Transfer(transfer) => {
            account.balance = affordable(author, account.balance, transfer.amount)?;
        }
    }
    // 2^32 transactions of one author: none has time to write them.
    account.next_seq = account.next_seq.saturating_add(1);
    Ok(())
}

/// Accounts with changes that are not kept yet.
#[derive(Debug)]
pub struct Overlay<'a, A> {
    below: &'a A,
    changes: BTreeMap<Address, Change>,
}

impl<'a, A: Accounts> Overlay<'a, A> {
    /// Begin with no change.
    pub fn new(below: &'a A) -> Self {
        Self {
            below,
            changes: BTreeMap::new(),
        }
    }

    /// An account as it is now.
    pub fn account(&self, address: Address) -> Result<Account, StoreError> {
        match self.changes.get(&address) {
            Some(change) => Ok(change.after.clone()),
            None => self.below.account(address),
        }
    }

    fn set(&mut self, address: Address, after: Account) -> Result<(), StoreError> {
        if let Some(change) = self.changes.get_mut(&address) {
            change.after = after;
        } else {
            let before = self.below.account(address)?;
            self.changes.insert(address, Change { before, after });
        }
        Ok(())
    }

    /// Apply a transaction of the block at `height`. When a rule forbids it
    /// nothing has changed.
    pub fn apply(
        &mut self,
        height: Height,
        transaction: &CheckedTransaction,
    ) -> Result<(), LedgerError> {
        let address = transaction.author();
        let mut author = self.account(address)?;
        in_sequence(author.next_seq, transaction)?;
        act(address, &mut author, height, transaction.get())?;
        self.set(address, author)?;
        if let Action::Transfer(transfer) = &transaction.get().action {
            // Read after the author's is set: one may pay oneself.
            let mut payee = self.account(transfer.to)?;
            payee.balance = payee.balance.saturating_add(transfer.amount);
            self.set(transfer.to, payee)?;
        }
        Ok(())
    }

    /// Pay the miner.
    pub fn reward(&mut self, miner: Address, reward: Amount) -> Result<(), StoreError> {
        if reward == Amount::ZERO {
            return Ok(());
        }
        let mut account = self.account(miner)?;
        account.balance = account.balance.saturating_add(reward);
        self.set(miner, account)
    }

    /// Apply a whole block.
    pub fn apply_block(&mut self, reward: Amount, block: &CheckedBlock) -> Result<(), LedgerError> {
        let coinbase = block.coinbase();
        for transaction in block.transactions() {
            self.apply(coinbase.height, transaction)?;
        }
        self.reward(coinbase.miner, reward)?;
        Ok(())
    }

    /// The root of all accounts with the changes, and what to write for it.
    pub fn state_root(&self, nodes: &impl Nodes) -> Result<(StateRoot, Writes), StoreError> {
        let leaves: Leaves = (self.changes.iter())
            .map(|(address, change)| (nodes.key(*address), state::value(&change.after)))
            .collect();
        state::update(nodes, &leaves)
    }

    /// What has changed.
    pub fn changes(&self) -> &BTreeMap<Address, Change> {
        &self.changes
    }

    /// The changes, to be kept.
    pub fn into_changes(self) -> BTreeMap<Address, Change> {
        self.changes
    }
}
