//! Coins that waiting transfers move.

use std::collections::BTreeMap;

use super::Mempool;
use crate::keys::Address;
use crate::rules::CheckedTransaction;
use crate::transaction::Action;
use crate::units::Amount;

/// Coins that waiting transfers take from, and bring to, each account.
#[derive(Debug, Clone, Default)]
pub(super) struct CoinsOnTheirWay {
    outgoing: BTreeMap<Address, Amount>,
    incoming: BTreeMap<Address, Amount>,
}

impl CoinsOnTheirWay {
    pub(super) fn came(&mut self, transaction: &CheckedTransaction) {
        self.change(transaction, Amount::saturating_add);
    }

    pub(super) fn went(&mut self, transaction: &CheckedTransaction) {
        self.change(transaction, Amount::saturating_sub);
    }

    fn change(&mut self, of: &CheckedTransaction, change: fn(Amount, Amount) -> Amount) {
        let Action::Transfer(transfer) = &of.get().action else {
            return;
        };
        for (coins, who) in [
            (&mut self.outgoing, of.author()),
            (&mut self.incoming, transfer.to),
        ] {
            let amount = coins.remove(&who).unwrap_or_default();
            let amount = change(amount, transfer.amount);
            if amount > Amount::ZERO {
                coins.insert(who, amount);
            }
        }
    }
}

impl Mempool {
    /// Coins that waiting transfers take from an account.
    pub fn outgoing(&self, of: Address) -> Amount {
        self.coins.outgoing.get(&of).copied().unwrap_or_default()
    }

    /// Coins that waiting transfers bring to an account.
    pub fn incoming(&self, of: Address) -> Amount {
        self.coins.incoming.get(&of).copied().unwrap_or_default()
    }

    /// Those of them that others send.
    pub fn incoming_from_others(&self, of: Address) -> Amount {
        let own = self
            .below(of, u32::MAX)
            .filter_map(|own| match &own.get().action {
                Action::Transfer(transfer) if transfer.to == of => Some(transfer.amount),
                _ => None,
            });
        own.fold(self.incoming(of), Amount::saturating_sub)
    }
}
