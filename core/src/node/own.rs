//! The wallet, and its account as the ledger has it.

use super::{Node, Wallet};
use crate::command::Refusal;
use crate::hash::StateRoot;
use crate::keys::{Address, SecretKey};
use crate::ledger::{Account, Accounts, act};
use crate::rules::{CheckedTransaction, RuleError};
use crate::store::{StoreError, Views};
use crate::transaction::{Action, Transaction};
use crate::units::{Amount, Height};

/// What the status tells of the ledger after the tip.
#[derive(Debug, Default)]
pub(super) struct Own {
    pub(super) account: Account,
    pub(super) state_root: StateRoot,
}

impl Node {
    /// Whose node it is.
    pub(super) fn me(&self) -> Address {
        self.config.wallet.address()
    }

    /// The tip or the wallet is another.
    pub(super) fn look_at_own(&mut self) -> Result<(), StoreError> {
        let views = self.chain.read()?;
        self.own = Own {
            account: views.account(self.me())?,
            state_root: views.state_root()?,
        };
        Ok(())
    }

    /// The driver locked, unlocked or replaced the wallet.
    pub(super) fn set_wallet(&mut self, wallet: Wallet) -> Result<(), StoreError> {
        let other = wallet.address() != self.me();
        self.config.wallet = wallet;
        if other || self.config.wallet.key().is_none() {
            self.refuse_drafts(&Refusal {
                code: "wallet_locked".into(),
                message: "the wallet was locked or replaced before this was signed".into(),
            });
        }
        if other {
            self.mempool.set_own(self.me());
            self.mining.new_content(self.now);
            self.look_at_own()?;
        }
        Ok(())
    }

    /// The key, or why nothing is signed.
    pub(super) fn signing_key(&self) -> Result<&SecretKey, Refusal> {
        self.config.wallet.key().ok_or_else(|| Refusal {
            code: "wallet_locked".into(),
            message: "the wallet is locked: unlock it with its password to sign".into(),
        })
    }

    /// Coins that all blocks up to the tip have brought: nothing else makes any.
    pub(super) fn supply(&self) -> Amount {
        let (reward, blocks) = (self.chain.params().reward(), self.chain.tip().height);
        Amount(reward.0 * u64::from(blocks.0)) // below 2^53, see `Amount`
    }

    /// Whether the ledger would take a transaction after those of its author that
    /// wait before it.
    pub(super) fn would_stand(
        &self,
        views: &Views,
        transaction: &Transaction,
        coins: Coins,
    ) -> Result<Result<(), RuleError>, StoreError> {
        let author = transaction.author.address();
        let height = self.chain.tip().height.next();
        let mut account = self.account_with(views, author, coins)?;
        let waiting = self.mempool.below(author, transaction.seq);
        for earlier in waiting.map(CheckedTransaction::get) {
            if earlier.seq >= account.next_seq {
                // One that cannot stand itself changes nothing.
                let _ = act_alone(author, &mut account, height, earlier);
            }
        }
        Ok(act_alone(author, &mut account, height, transaction))
    }

    /// An account with the coins that count.
    pub(super) fn account_with(
        &self,
        views: &Views,
        of: Address,
        coins: Coins,
    ) -> Result<Account, StoreError> {
        let mut account = views.account(of)?;
        if coins == Coins::WithIncoming {
            let incoming = self.mempool.incoming_from_others(of);
            account.balance = account.balance.saturating_add(incoming);
        }
        Ok(account)
    }
}

/// What a transaction does to its author's account when nothing of others comes between:
/// what one pays oneself is there again.
pub(super) fn act_alone(
    author: Address,
    account: &mut Account,
    height: Height,
    transaction: &Transaction,
) -> Result<(), RuleError> {
    act(author, account, height, transaction)?;
    if let Action::Transfer(transfer) = &transaction.action
        && transfer.to == author
    {
        account.balance = account.balance.saturating_add(transfer.amount);
    }
    Ok(())
}

/// Which coins count for what waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coins {
    /// Those on the chain: what is on its way cannot be spent yet.
    OnChain,
    /// With those that waiting transfers of others bring: of what was mined once and
    /// came back, one may pay for the other.
    WithIncoming,
}
