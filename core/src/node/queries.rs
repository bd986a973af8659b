//! What is read of chain and ledger for people: blocks, notes, accounts, secrets.

use super::Node;
use crate::block::{Block, Coinbase};
use crate::chain::Entry;
use crate::command::{BlockAt, MAX_PAGE, Refusal, Reply};
use crate::encode::encode;
use crate::hash::{StateRoot, TxId};
use crate::keys::Address;
use crate::ledger::Accounts;
use crate::miner::leading_zero_bits;
use crate::proof::{self, Proof};
use crate::sealed;
use crate::store::{Concern, StoreError, Views};
use crate::transaction::{Action, Secret, Transaction};
use crate::units::{Amount, Height};
use crate::view::{
    AccountView, BlockView, BranchView, Kind, Membership, NoteView, ProofView, SecretView,
    Standing, TransactionView,
};

type Place = (Height, u32);

impl Node {
    pub(super) fn pending(&self) -> Result<Reply, StoreError> {
        let views = self.chain.read()?;
        let waiting = self.mempool.ranked().take(MAX_PAGE as usize);
        let list: Result<_, _> = waiting
            .map(|checked| self.transaction_view(&views, checked.id(), checked.get()))
            .collect();
        Ok(Reply::Pending(list?))
    }

    pub(super) fn blocks(&self, from: Height, limit: u32) -> Result<Vec<BlockView>, StoreError> {
        let views = self.chain.read()?;
        let end = from.0.saturating_add(limit.min(MAX_PAGE));
        (from.0..end)
            .map_while(|height| self.chain.at(Height(height)))
            .map(|entry| self.stored_view(&views, entry))
            .collect()
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
        self.block_view(views, entry, &stored_block(views, entry)?)
    }

    pub(super) fn notes(
        &self,
        before: Option<Place>,
        limit: u32,
    ) -> Result<Vec<NoteView>, StoreError> {
        let views = self.chain.read()?;
        let places = views.notes_before(before, limit.min(MAX_PAGE) as usize)?;
        self.noted(&views, &places)
    }

    pub(super) fn transfers(
        &self,
        of: Option<Address>,
        before: Option<Place>,
        limit: u32,
    ) -> Result<Vec<NoteView>, StoreError> {
        let views = self.chain.read()?;
        let (of, limit) = (of.unwrap_or(self.me()), limit.min(MAX_PAGE) as usize);
        let places = views.history_before(Concern::Transfer, of, before, limit)?;
        self.noted(&views, &places)
    }

    fn noted(&self, views: &Views, places: &[Place]) -> Result<Vec<NoteView>, StoreError> {
        let transactions = self.at_places(views, places)?;
        (places.iter().zip(&transactions))
            .map(|(&(height, place), transaction)| {
                Ok(NoteView {
                    height,
                    place,
                    post: self.transaction_view(views, transaction.id(), transaction)?,
                })
            })
            .collect()
    }

    // Each body is read once for as long as its places follow each other.
    fn at_places(&self, views: &Views, places: &[Place]) -> Result<Vec<Transaction>, StoreError> {
        let damaged = |reason: String| StoreError::Damaged {
            what: "index of transactions",
            reason,
        };
        let mut found = Vec::new();
        let mut body: Option<(Height, Block)> = None;
        for (height, place) in places {
            if body.as_ref().is_none_or(|(at, _)| at != height) {
                let entry = self.chain.at(*height);
                let entry =
                    entry.ok_or_else(|| damaged(format!("height {height} is above the tip")))?;
                body = Some((*height, views.body(entry.height, entry.header)?));
            }
            let transaction = body
                .as_ref()
                .and_then(|(_, block)| block.transactions.get(*place as usize));
            let transaction = transaction
                .ok_or_else(|| damaged(format!("block {height} has no transaction {place}")))?;
            found.push(transaction.clone());
        }
        Ok(found)
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
        let places = views.history_before(Concern::Secret, me, before, limit)?;
        let transactions = self.at_places(&views, &places)?;
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
        let header = &entry.header;
        let transactions: Result<_, _> = block
            .transactions
            .iter()
            .map(|transaction| self.transaction_view(views, transaction.id(), transaction))
            .collect();
        Ok(BlockView {
            index: entry.height,
            hash: entry.hash,
            previous_hash: header.previous,
            merkle_root: header.merkle_root,
            version: header.version,
            timestamp: header.time,
            bits: header.bits.0,
            nonce: header.nonce,
            difficulty_bits: header
                .bits
                .target()
                .expect("a header in the tree names a target")
                .zero_bits(),
            zero_bits: leading_zero_bits(&entry.hash.0),
            header: data_encoding::HEXLOWER.encode(&header.to_bytes()),
            miner: (entry.height > Height(0)).then_some(block.coinbase.miner),
            state_root: block.coinbase.state_root,
            on_best_chain: self.chain.is_active(entry),
            size: encode(block).len() as u32, // at most MAX_BLOCK
            transactions: transactions?,
        })
    }

    pub(super) fn transaction_view(
        &self,
        views: &Views,
        id: TxId,
        transaction: &Transaction,
    ) -> Result<TransactionView, StoreError> {
        let author = transaction.author.address();
        let mut view = TransactionView {
            id,
            kind: Kind::Post,
            author,
            key: transaction.author,
            name: String::new(),
            joined: false,
            topic: String::new(),
            content: String::new(),
            reply_to: None,
            tips: Amount::ZERO,
            to: None,
            amount: None,
            tip: None,
            sealed: None,
            timestamp: transaction.time,
            seq: transaction.seq,
            stamp_bits: leading_zero_bits(&id.0),
            own: author == self.me(),
        };
        match &transaction.action {
            Action::Post(post) => {
                view.name.clone_from(&post.name);
                view.topic.clone_from(&post.topic);
                view.content.clone_from(&post.body);
                view.reply_to = post.reply_to;
                view.tips = views.tips(id, author)?;
                if !post.name.is_empty() {
                    let account = views.account(author)?;
                    let known = account.participant.filter(|known| !known.left);
                    view.joined = known.is_some_and(|known| known.name == post.name);
                }
            }
            Action::Join(join) => {
                view.kind = Kind::Join;
                view.name.clone_from(&join.name);
            }
            Action::Leave => view.kind = Kind::Leave,
            Action::Transfer(transfer) => {
                view.kind = Kind::Transfer;
                view.to = Some(transfer.to);
                view.amount = Some(transfer.amount);
                view.tip = transfer.tip;
            }
            Action::Secret(secret) => {
                view.kind = Kind::Secret;
                view.to = Some(secret.to);
                view.sealed = Some(secret.sealed.len() as u32); // a rule bounds it
            }
        }
        Ok(view)
    }
}

fn stored_block(views: &Views, entry: &Entry) -> Result<Block, StoreError> {
    if entry.height == Height(0) {
        // Genesis follows from the parameters and has no body.
        return Ok(Block {
            header: entry.header,
            coinbase: Coinbase {
                height: Height(0),
                miner: Address::default(),
                state_root: StateRoot::default(),
                extra_nonce: 0,
            },
            transactions: Vec::new(),
        });
    }
    views.body(entry.height, entry.header)
}
