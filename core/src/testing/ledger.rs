//! The ledger plainly, all accounts of each block at once, to compare with.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::hash::{BlockHash, StateRoot};
use crate::keys::Address;
use crate::ledger::state::{Node, Nodes, Position, leaf, update};
use crate::ledger::{Account, Accounts, Overlay};
use crate::params::Params;
use crate::rules::check_transaction;
use crate::store::StoreError;
use crate::transaction::Transaction;
use crate::units::Height;

/// Every account after a block, whichever branch it is on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ledger(pub(crate) BTreeMap<Address, Account>);

thread_local! {
    // Of the blocks that this test has made: a branch that no chain stands on
    // has a ledger, too.
    static LEDGERS: RefCell<BTreeMap<BlockHash, Ledger>> = RefCell::default();
}

impl Accounts for Ledger {
    fn account(&self, address: Address) -> Result<Account, StoreError> {
        Ok(self.0.get(&address).cloned().unwrap_or_default())
    }
}

// Plainly from nothing each time, to compare the incremental root with.
impl Nodes for Ledger {
    fn node(&self, _: Position) -> Result<Option<Node>, StoreError> {
        Ok(None)
    }
}

impl Ledger {
    /// Begin anew: a property makes many chains in one thread.
    pub(crate) fn forget_all() {
        LEDGERS.with_borrow_mut(BTreeMap::clear);
    }

    pub(crate) fn of(block: BlockHash) -> Self {
        LEDGERS.with_borrow(|ledgers| ledgers.get(&block).cloned().unwrap_or_default())
    }

    pub(crate) fn remember(self, block: BlockHash) {
        LEDGERS.with_borrow_mut(|ledgers| ledgers.insert(block, self));
    }

    /// What no rule of the ledger allows leaves no trace here.
    pub(crate) fn after(
        mut self,
        params: &Params,
        height: Height,
        miner: Address,
        transactions: &[Transaction],
    ) -> Self {
        let below = self.clone();
        let mut overlay = Overlay::new(&below);
        for transaction in transactions {
            let network = params.network_id();
            if let Ok(checked) = check_transaction(params, network, transaction.clone()) {
                let _ = overlay.apply(height, &checked);
            }
        }
        overlay.reward(miner, params.reward()).expect("memory");
        for (address, change) in overlay.changes() {
            self.0.insert(*address, change.after.clone());
        }
        self
    }

    pub(crate) fn root(&self) -> StateRoot {
        let leaves = self.0.iter().map(|(at, account)| leaf(*at, account));
        let root = update(self, &leaves.collect());
        root.expect("memory").0
    }

    pub(crate) fn supply(&self) -> u64 {
        self.0.values().map(|account| account.balance.0).sum()
    }
}
