//! The tables of a write transaction, and what is written into them.

use std::cell::OnceCell;

use redb::{AccessGuard, ReadableTable, WriteTransaction};

use super::guard::{drop_guarded, guarded};
use super::keys::{self, Key};
use super::schema::{Bytes, SCHEMA, Table};
use super::schema_v2;
use super::staged::Staged;
use super::views::{Read, read_account, read_body, read_network, read_node, read_tips};
use super::{HistoryKind, StoreError, Waits};
use crate::block::{Block, MAX_BLOCK};
use crate::encode::{decode, encode};
use crate::hash::{BlockHash, PeerId, TxId};
use crate::header::Header;
use crate::keys::Address;
use crate::ledger::state::{self, Node, Nodes, Position, Writes};
use crate::ledger::{Account, Accounts};
use crate::rules::{CheckedBlock, CheckedTransaction};
use crate::transaction::{Action, Transaction};
use crate::units::{Amount, Height};

type Rows<'t> = redb::Table<'t, Bytes, Bytes>;

/// All tables of a write transaction.
pub struct Tables<'t> {
    transaction: &'t WriteTransaction,
    /// Those that the transaction has touched.
    open: [OnceCell<Rows<'t>>; Table::ALL.len()],
    /// Rows of `Accounts` and `Participants`, and of `State`.
    staged_accounts: Staged<Address, Account>,
    staged_nodes: Staged<Position, Option<Node>>,
    /// Where accounts stand in the tree of the state root: a hash of each address.
    staged_keys: Staged<Address, state::Key>,
}

/// What a block changed in the ledger: each account touched as it was before.
pub(crate) type Undo = Vec<(Address, Account)>;

impl<'t> Tables<'t> {
    pub(super) fn new(transaction: &'t WriteTransaction) -> Self {
        Self {
            transaction,
            open: Default::default(),
            staged_accounts: Staged::new(),
            staged_nodes: Staged::new(),
            staged_keys: Staged::new(),
        }
    }

    /// Make every table, so that readers find them.
    pub(super) fn make_all(&self) -> Result<(), StoreError> {
        let mut all = Table::ALL.into_iter();
        all.try_for_each(|table| self.rows(table).map(|_| ()))
    }

    fn rows(&self, table: Table) -> Result<&Rows<'t>, StoreError> {
        let place = &self.open[table as usize];
        if let Some(rows) = place.get() {
            return Ok(rows);
        }
        let rows = guarded(|| self.transaction.open_table(table.definition()))?;
        Ok(place.get_or_init(|| rows))
    }

    fn rows_mut(&mut self, table: Table) -> Result<&mut Rows<'t>, StoreError> {
        self.rows(table)?;
        let rows = self.open[table as usize].get_mut();
        Ok(rows.expect("it has just been opened"))
    }

    pub(super) fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let rows = self.rows_mut(table)?;
        guarded(|| rows.insert(key, value).map(drop))
    }

    fn take(
        &mut self,
        table: Table,
        key: &Key,
    ) -> Result<Option<AccessGuard<'_, Bytes>>, StoreError> {
        let rows = self.rows_mut(table)?;
        guarded(|| rows.remove(&**key))
    }

    fn remove(&mut self, table: Table, key: &Key) -> Result<(), StoreError> {
        self.take(table, key).map(|_| ())
    }

    /// Put what is staged into the tables: the last act of a transaction.
    pub(super) fn write_out(&mut self) -> Result<(), StoreError> {
        self.write_accounts()?;
        self.write_nodes()
    }

    fn write_accounts(&mut self) -> Result<(), StoreError> {
        for (address, account) in self.staged_accounts.take_changed() {
            let key = keys::address(address);
            match account.bytes() {
                Some(bytes) => self.put(Table::Accounts, &key, &bytes)?,
                None => self.remove(Table::Accounts, &key)?,
            }
            if account.is_participant() {
                self.put(Table::Participants, &key, &[])?;
            } else {
                self.remove(Table::Participants, &key)?;
            }
        }
        Ok(())
    }

    fn write_nodes(&mut self) -> Result<(), StoreError> {
        for (at, node) in self.staged_nodes.take_changed() {
            let key = keys::node(at);
            match node {
                Some(node) => self.put(Table::State, &key, &encode(&node))?,
                None => self.remove(Table::State, &key)?,
            }
        }
        Ok(())
    }

    /// Mark a new store with the schema and the network, or read the network
    /// of an old one.
    pub fn network(&mut self, network: BlockHash) -> Result<BlockHash, StoreError> {
        if let Some(stored) = read_network(self)? {
            return Ok(stored);
        }
        self.put(Table::About, b"schema", &SCHEMA.to_le_bytes())?;
        self.put(Table::About, b"network", &network.0)?;
        Ok(network)
    }

    /// Remove what a migration has left behind.
    pub(crate) fn remove_former(&self) -> Result<(), StoreError> {
        schema_v2::remove(self.transaction)
    }

    /// Peers to find again after a restart.
    pub fn remember(&mut self, peers: &[PeerId]) -> Result<(), StoreError> {
        self.put(Table::About, b"remembered", &encode(&peers))
    }

    /// Keep a header and its body.
    pub fn put_block(&mut self, height: Height, block: &CheckedBlock) -> Result<(), StoreError> {
        let key = keys::block(height, block.hash());
        let transactions = block.transactions().iter().map(CheckedTransaction::get);
        let body = encode(&(block.coinbase(), transactions.collect::<Vec<_>>()));
        self.put(Table::Headers, &key, &block.header().to_bytes())?;
        self.put(Table::Bodies, &key, &body)
    }

    /// Forget a block of a stale branch.
    pub fn remove_block(&mut self, height: Height, hash: BlockHash) -> Result<(), StoreError> {
        let key = keys::block(height, hash);
        self.remove(Table::Headers, &key)?;
        self.remove(Table::Bodies, &key)
    }

    /// A held block's body.
    pub fn body(&self, height: Height, header: Header) -> Result<Block, StoreError> {
        read_body(self, height, header)
    }

    /// Set an account; a default one is as good as none.
    pub fn set_account(&mut self, address: Address, account: Account) -> Result<(), StoreError> {
        self.staged_accounts.set(address, account);
        if self.staged_accounts.is_full() {
            self.write_accounts()?;
        }
        Ok(())
    }

    /// Change the tree of the state root.
    pub fn set_nodes(&mut self, writes: Writes) -> Result<(), StoreError> {
        for (at, node) in writes {
            self.staged_nodes.set(at, node);
        }
        if self.staged_nodes.is_full() {
            self.write_nodes()?;
        }
        Ok(())
    }

    /// Put a block on top of the best chain, with what undoes it.
    pub fn activate(
        &mut self,
        height: Height,
        hash: BlockHash,
        transactions: &[(TxId, &Transaction)],
        undo: &Undo,
    ) -> Result<(), StoreError> {
        let at = keys::height(height);
        self.put(Table::Active, &at, &hash.0)?;
        self.put(Table::Undo, &at, &encode(undo))?;
        let (mut ids, mut posts) = (Vec::new(), Vec::new());
        for (place, (id, transaction)) in (0u32..).zip(transactions) {
            ids.extend_from_slice(&id.0);
            self.put(Table::Places, &keys::place(*id, height, place), &[])?;
            if let Action::Post(_) = transaction.action {
                posts.extend_from_slice(&keys::short(place));
            }
            for (concern, who) in concerns(transaction) {
                let key = keys::history(concern, who, height, place);
                self.put(Table::History, &key, &[])?;
            }
            if let Some((post, payee, amount)) = tip(transaction) {
                let tips = self.tips(post, payee)?;
                self.set_tips(post, payee, tips.saturating_add(amount))?;
            }
        }
        self.put(Table::Ids, &at, &ids)?;
        if !posts.is_empty() {
            self.put(Table::Posts, &at, &posts)?;
        }
        Ok(())
    }

    /// Take the top block off the best chain; gives what undoes its effect.
    pub fn deactivate(
        &mut self,
        height: Height,
        transactions: &[(TxId, &Transaction)],
    ) -> Result<Undo, StoreError> {
        let at = keys::height(height);
        for table in [Table::Active, Table::Ids, Table::Posts] {
            self.remove(table, &at)?;
        }
        for (place, (id, transaction)) in (0u32..).zip(transactions) {
            self.remove(Table::Places, &keys::place(*id, height, place))?;
            for (concern, who) in concerns(transaction) {
                let key = keys::history(concern, who, height, place);
                self.remove(Table::History, &key)?;
            }
            if let Some((post, payee, amount)) = tip(transaction) {
                let tips = self.tips(post, payee)?;
                self.set_tips(post, payee, tips.saturating_sub(amount))?;
            }
        }
        let undo = self.take(Table::Undo, &at)?;
        let undo = undo.ok_or_else(|| StoreError::damaged("undo record", "absent"))?;
        // Two accounts a transaction, each shorter than twice the shortest one.
        decode("an undo record", undo.value(), 4 * MAX_BLOCK)
            .map_err(|error| StoreError::undecodable("undo record", &error))
    }

    fn tips(&self, post: TxId, payee: Address) -> Result<Amount, StoreError> {
        read_tips(self, post, payee)
    }

    fn set_tips(&mut self, post: TxId, payee: Address, tips: Amount) -> Result<(), StoreError> {
        let key = keys::tips(post, payee);
        if tips == Amount::ZERO {
            self.remove(Table::Tips, &key)
        } else {
            self.put(Table::Tips, &key, &tips.0.to_be_bytes())
        }
    }

    /// Keep a waiting transaction, and since when it waits.
    pub fn put_waiting(
        &mut self,
        id: TxId,
        transaction: &Transaction,
        waits: Waits,
    ) -> Result<(), StoreError> {
        let key = keys::transaction(id);
        self.put(Table::Pending, &key, &waits.append(encode(transaction)))
    }

    /// Keep a transaction of a block that is taken off, which waits again: the node
    /// notes since when.
    pub fn put_pending(&mut self, id: TxId, transaction: &Transaction) -> Result<(), StoreError> {
        let key = keys::transaction(id);
        self.put(Table::Pending, &key, &encode(transaction))
    }

    /// Forget a waiting transaction.
    pub fn remove_pending(&mut self, id: TxId) -> Result<(), StoreError> {
        self.remove(Table::Pending, &keys::transaction(id))
    }
}

// Closing a table writes where it begins.
impl Drop for Tables<'_> {
    fn drop(&mut self) {
        drop_guarded(std::mem::take(&mut self.open));
    }
}

impl Read for Tables<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<AccessGuard<'_, Bytes>>, StoreError> {
        let rows = self.rows(table)?;
        guarded(|| rows.get(key))
    }
}

impl Accounts for Tables<'_> {
    fn account(&self, address: Address) -> Result<Account, StoreError> {
        let read = || read_account(self, address);
        self.staged_accounts.get(address, read)
    }
}

impl Nodes for Tables<'_> {
    fn node(&self, at: Position) -> Result<Option<Node>, StoreError> {
        self.staged_nodes.get(at, || read_node(self, at))
    }

    fn key(&self, address: Address) -> state::Key {
        let hashed = self.staged_keys.get(address, || Ok(state::key(address)));
        hashed.expect("nothing is read for it")
    }
}

// In whose histories a transaction stands; in one's own once, not twice.
fn concerns(transaction: &Transaction) -> impl Iterator<Item = (HistoryKind, Address)> {
    let concern = match &transaction.action {
        Action::Transfer(transfer) => Some((HistoryKind::Transfer, transfer.to)),
        Action::Secret(secret) => Some((HistoryKind::Secret, secret.to)),
        Action::Post(_) | Action::Join(_) | Action::Leave => None,
    };
    concern.into_iter().flat_map(|(concern, to)| {
        let author = transaction.author.address();
        let other = (to != author).then_some((concern, to));
        [Some((concern, author)), other].into_iter().flatten()
    })
}

// The post that a transaction tips, who gets it, and how much.
fn tip(transaction: &Transaction) -> Option<(TxId, Address, Amount)> {
    match &transaction.action {
        Action::Transfer(transfer) => Some((transfer.tip?, transfer.to, transfer.amount)),
        _ => None,
    }
}
