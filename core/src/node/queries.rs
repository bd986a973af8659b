//! What is read of chain and ledger for people: blocks, notes, accounts, secrets.

use super::Node;
use super::snapshot::{self, BlockPlace, Place, Snapshot};
use crate::block::Block;
use crate::chain::Entry;
use crate::command::{BlockAt, MAX_PAGE, Refusal, Reply};
use crate::hash::TxId;
use crate::keys::Address;
use crate::ledger::Accounts;
use crate::proof::{self, Proof};
use crate::sealed;
use crate::store::{HistoryKind, StoreError, Views};
use crate::transaction::{Action, Secret, Transaction};
use crate::units::{Amount, Height};
use crate::view::{
    AccountView, BlockView, BranchView, Membership, NoteView, ProofView, SecretView, Standing,
    TransactionView,
};

impl Node {
    pub(super) fn pending(&self) -> Result<Reply, StoreError> {
        let views = self.chain.read()?;
        let waiting = self.mempool.ranked().take(MAX_PAGE as usize);
        let list: Result<_, _> = waiting
            .map(|checked| self.transaction_view(&views, checked.id(), checked.get()))
            .collect();
        Ok(Reply::Pending(list?))
    }

    /// The chain as it is now, to be read apart from the node.
    pub fn snapshot(&self) -> Result<Snapshot, StoreError> {
        let genesis = self.chain.at(Height(0)).expect("genesis is always there");
        Ok(Snapshot::new(self.chain.read()?, self.me(), genesis.header))
    }

    pub(super) fn blocks(&self, from: Height, limit: u32) -> Result<Vec<BlockView>, StoreError> {
        self.snapshot()?.blocks(from, limit)
    }

    pub(super) fn branches(&self, from: Height, limit: u32) -> Vec<BranchView> {
        let mut branches: Vec<BranchView> = (self.chain.tree().from(from))
            .map(|entry| BranchView {
                hash: entry.hash,
                previous_hash: entry.header.previous,
                height: entry.height,
                timestamp: entry.header.time,
                standing: match entry.held {
                    true if self.chain.is_active(entry) => Standing::Best,
                    true => Standing::Stale,
                    false => Standing::Header,
                },
            })
            .collect();
        branches.sort_by_key(|branch| (branch.height, branch.hash));
        branches.truncate(limit.min(MAX_PAGE) as usize);
        branches
    }

    pub(super) fn block_at(&self, at: BlockAt) -> Result<Result<Reply, Refusal>, StoreError> {
        let entry = match at {
            BlockAt::Height(height) => self.chain.at(height),
            BlockAt::Hash(hash) => self.chain.tree().get(hash),
        };
        match entry.filter(|entry| entry.held) {
            Some(entry) => {
                let view = self.stored_view(&self.chain.read()?, entry)?;
                Ok(Ok(Reply::Block(Box::new(view))))
            }
            None => Ok(Err(Refusal {
                code: "no_such_block".into(),
                message: match at {
                    BlockAt::Height(height) => format!(
                        "no block has height {height}, the tip has {}",
                        self.chain.tip().height
                    ),
                    BlockAt::Hash(hash) => format!("no block here has hash {hash}"),
                },
            })),
        }
    }

    fn stored_view(&self, views: &Views, entry: &Entry) -> Result<BlockView, StoreError> {
        let block = snapshot::stored_block(views, entry.height, entry.header)?;
        self.block_view(views, entry, &block)
    }

    pub(super) fn notes(
        &self,
        before: Option<Place>,
        limit: u32,
    ) -> Result<Vec<NoteView>, StoreError> {
        self.snapshot()?.notes(before, limit)
    }

    pub(super) fn transfers(
        &self,
        of: Option<Address>,
        before: Option<Place>,
        limit: u32,
    ) -> Result<Vec<NoteView>, StoreError> {
        let of = of.unwrap_or(self.me());
        self.snapshot()?.transfers(of, before, limit)
    }

    pub(super) fn account_view(
        &self,
        views: &Views,
        address: Address,
    ) -> Result<AccountView, StoreError> {
        let account = views.account(address)?;
        let participant = account.participant.as_ref();
        Ok(AccountView {
            address,
            key: participant.map(|known| known.key),
            balance: account.balance,
            outgoing: self.mempool.outgoing(address),
            incoming: self.mempool.incoming(address),
            transactions: account.next_seq,
            membership: match participant {
                None => Membership::Never,
                Some(known) if known.left => Membership::Left,
                Some(_) => Membership::Joined,
            },
            name: participant.map_or_else(String::new, |known| known.name.clone()),
            since: participant.map(|known| known.since),
            own: address == self.me(),
        })
    }

    pub(super) fn account(&self, address: Option<Address>) -> Result<Reply, StoreError> {
        let view = self.account_view(&self.chain.read()?, address.unwrap_or(self.me()))?;
        Ok(Reply::Account(Box::new(view)))
    }

    pub(super) fn participants(
        &self,
        after: Option<Address>,
        limit: u32,
    ) -> Result<Vec<AccountView>, StoreError> {
        let views = self.chain.read()?;
        let found = views.participants(after, limit.min(MAX_PAGE) as usize)?;
        found
            .into_iter()
            .map(|address| self.account_view(&views, address))
            .collect()
    }

    pub(super) fn secrets(
        &self,
        before: Option<Place>,
        limit: u32,
    ) -> Result<Vec<SecretView>, StoreError> {
        let views = self.chain.read()?;
        let me = self.me();
        let mut secrets = Vec::new();
        if before.is_none() {
            let waiting = self.mempool.ranked().filter(|waiting| {
                matches!(&waiting.get().action, Action::Secret(secret)
                    if secret.to == me || waiting.author() == me)
            });
            for waiting in waiting.take(MAX_PAGE as usize) {
                secrets.push(self.secret_view(&views, None, 0, waiting.get())?);
            }
            secrets.sort_by_key(|secret| std::cmp::Reverse(secret.transaction.timestamp));
        }
        let limit = limit.min(MAX_PAGE) as usize;
        let places = views.history_before(HistoryKind::Secret, me, before, limit)?;
        let transactions = self.snapshot()?.at_places(&places)?;
        for ((height, place), transaction) in places.into_iter().zip(&transactions) {
            secrets.push(self.secret_view(&views, Some(height), place, transaction)?);
        }
        Ok(secrets)
    }

    fn secret_view(
        &self,
        views: &Views,
        height: Option<Height>,
        place: u32,
        transaction: &Transaction,
    ) -> Result<SecretView, StoreError> {
        let opened = match &transaction.action {
            Action::Secret(secret) => self.open_secret(views, transaction, secret)?,
            _ => Err("it is no secret".into()),
        };
        let (text, problem) = match opened {
            Ok(text) => (Some(text), None),
            Err(problem) => (None, Some(problem)),
        };
        Ok(SecretView {
            height,
            place,
            transaction: self.transaction_view(views, transaction.id(), transaction)?,
            text,
            problem,
        })
    }

    fn open_secret(
        &self,
        views: &Views,
        transaction: &Transaction,
        secret: &Secret,
    ) -> Result<Result<String, String>, StoreError> {
        let own = match self.signing_key() {
            Ok(key) => key,
            Err(refusal) => return Ok(Err(refusal.message)),
        };
        let reader = if secret.to == own.public().address() {
            Some(own.public())
        } else {
            views.account(secret.to)?.participant.map(|known| known.key)
        };
        let Some(reader) = reader else {
            return Ok(Err(format!("{} has never joined", secret.to)));
        };
        let network = self.chain.network();
        let text = sealed::open(network, own, transaction.author, reader, &secret.sealed);
        Ok(text.map_err(|error| error.to_string()))
    }

    pub(super) fn proof(&self, id: TxId) -> Result<Result<Reply, Refusal>, StoreError> {
        let views = self.chain.read()?;
        let Some((height, place)) = views.place(id)? else {
            return Ok(Err(Refusal {
                code: "no_such_transaction".into(),
                message: format!(
                    "no transaction {id} is on the chain; one that waits has no proof"
                ),
            }));
        };
        let damaged = || StoreError::Damaged {
            what: "index of transactions",
            reason: format!("height {height} is above the tip"),
        };
        let entry = self.chain.at(height).ok_or_else(damaged)?;
        let block = views.body(entry.height, entry.header)?;
        let after = (1..=proof::MAX_CONFIRMATIONS)
            .map_while(|above| self.chain.at(Height(height.0.saturating_add(above))));
        let headers = after.map(|entry| entry.header);
        let proof = Proof::new(self.chain.params(), &block, place, headers.collect());
        Ok(Ok(Reply::Proof(proof.to_file())))
    }

    pub(super) fn verify_proof(&self, file: &[u8]) -> Result<Result<Reply, Refusal>, StoreError> {
        let proven = match Proof::from_file(file).and_then(|proof| proof.verify()) {
            Ok(proven) => proven,
            Err(error) => {
                return Ok(Err(Refusal {
                    code: error.code().into(),
                    message: error.to_string(),
                }));
            }
        };
        let views = self.chain.read()?;
        let mut transaction =
            self.transaction_view(&views, proven.transaction.id(), &proven.transaction)?;
        let here = proven.network == self.chain.network();
        if !here {
            (transaction.tips, transaction.joined) = (Amount::ZERO, false);
        }
        let known = self.chain.tree().get(proven.named);
        Ok(Ok(Reply::Verified(Box::new(ProofView {
            network: proven.network,
            network_name: proven.network_name,
            transaction,
            block: proven.block,
            height: proven.height,
            timestamp: proven.time,
            blocks: proven.blocks,
            named: proven.named,
            named_height: proven.named_height,
            expected_hashes: proven.work.saturating_u64(),
            on_best_chain: here.then(|| known.is_some_and(|entry| self.chain.is_active(entry))),
        }))))
    }

    pub(super) fn block_view(
        &self,
        views: &Views,
        entry: &Entry,
        block: &Block,
    ) -> Result<BlockView, StoreError> {
        let place = BlockPlace {
            height: entry.height,
            hash: entry.hash,
            on_best_chain: self.chain.is_active(entry),
        };
        snapshot::block_view(views, self.me(), place, block)
    }

    pub(super) fn transaction_view(
        &self,
        views: &Views,
        id: TxId,
        transaction: &Transaction,
    ) -> Result<TransactionView, StoreError> {
        snapshot::transaction_view(views, self.me(), id, transaction)
    }
}
