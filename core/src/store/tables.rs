//! The schema: which tables there are and what stands in them.

use std::ops::Bound;

use redb::{
    ReadOnlyTable, ReadTransaction, ReadableTable, Table, TableDefinition, WriteTransaction,
};

use super::StoreError;
use super::staged::Staged;
use crate::block::{Block, Coinbase, MAX_BLOCK};
use crate::encode::{decode, encode};
use crate::hash::{BlockHash, PeerId, StateRoot, TxId};
use crate::header::{HEADER_BYTES, Header};
use crate::keys::Address;
use crate::ledger::state::{self, Node, Nodes, Position, Writes};
use crate::ledger::{Account, Accounts};
use crate::rules::{CheckedBlock, CheckedTransaction};
use crate::transaction::{Action, MAX_TRANSACTION, Transaction};
use crate::units::{Amount, Height};

type Id = &'static [u8; 32];
type Owner = &'static [u8; 20];

/// Version of this schema; another is refused as damaged and put aside.
const SCHEMA: u32 = 2;

/// `schema` and `network`.
const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
/// Every header whose body is held, by height and hash: parents come first.
const HEADERS: TableDefinition<(u32, Id), &[u8; HEADER_BYTES]> = TableDefinition::new("headers");
/// Hash -> coinbase and transactions.
const BODIES: TableDefinition<Id, &[u8]> = TableDefinition::new("bodies");
/// Height -> hash on the best chain; genesis is not in it.
const ACTIVE: TableDefinition<u32, Id> = TableDefinition::new("active");
/// Hash -> what undoes the block's effect on the ledger.
const UNDO: TableDefinition<Id, &[u8]> = TableDefinition::new("undo");
/// Address -> account.
const ACCOUNTS: TableDefinition<Owner, &[u8]> = TableDefinition::new("accounts");
/// Depth and prefix -> node of the tree whose root is the state root.
const STATE: TableDefinition<(u16, Id), &[u8]> = TableDefinition::new("state");
/// Addresses of participants.
const PARTICIPANTS: TableDefinition<Owner, ()> = TableDefinition::new("participants");
/// What concerns whom ([`Concern`]), address, height and place on the best chain.
const HISTORY: TableDefinition<(u8, Owner, u32, u32), ()> = TableDefinition::new("history");
/// Post and payee -> coins with which that post was tipped.
const TIPS: TableDefinition<(Id, Owner), u64> = TableDefinition::new("tips");
/// Transaction -> height and place on the best chain.
const PLACES: TableDefinition<Id, (u32, u32)> = TableDefinition::new("places");
/// Height and place -> post, on the best chain, for paging backwards.
const NOTES: TableDefinition<(u32, u32), Id> = TableDefinition::new("notes");
/// Transactions waiting for a block.
const PENDING: TableDefinition<Id, &[u8]> = TableDefinition::new("pending");

/// Bytes of the peers remembered, at most: far more than two ids.
const MAX_REMEMBERED_BYTES: usize = 1024;

/// All tables of a write transaction.
pub struct Tables<'t> {
    meta: Table<'t, &'static str, &'static [u8]>,
    headers: Table<'t, (u32, Id), &'static [u8; HEADER_BYTES]>,
    bodies: Table<'t, Id, &'static [u8]>,
    active: Table<'t, u32, Id>,
    undo: Table<'t, Id, &'static [u8]>,
    accounts: Table<'t, Owner, &'static [u8]>,
    state: Table<'t, (u16, Id), &'static [u8]>,
    participants: Table<'t, Owner, ()>,
    history: Table<'t, (u8, Owner, u32, u32), ()>,
    tips: Table<'t, (Id, Owner), u64>,
    places: Table<'t, Id, (u32, u32)>,
    notes: Table<'t, (u32, u32), Id>,
    pending: Table<'t, Id, &'static [u8]>,
    /// Rows of `accounts` and `participants`, and of `state`.
    staged_accounts: Staged<Address, Account>,
    staged_nodes: Staged<Position, Option<Node>>,
}

/// What a block changed in the ledger: each account touched as it was before.
pub(crate) type Undo = Vec<(Address, Account)>;

/// Why a transaction is in somebody's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Concern {
    /// Coins to or from them.
    Transfer = 0,
    /// A secret to or from them.
    Secret = 1,
}

impl<'t> Tables<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            meta: transaction.open_table(META)?,
            headers: transaction.open_table(HEADERS)?,
            bodies: transaction.open_table(BODIES)?,
            active: transaction.open_table(ACTIVE)?,
            undo: transaction.open_table(UNDO)?,
            accounts: transaction.open_table(ACCOUNTS)?,
            state: transaction.open_table(STATE)?,
            participants: transaction.open_table(PARTICIPANTS)?,
            history: transaction.open_table(HISTORY)?,
            tips: transaction.open_table(TIPS)?,
            places: transaction.open_table(PLACES)?,
            notes: transaction.open_table(NOTES)?,
            pending: transaction.open_table(PENDING)?,
            staged_accounts: Staged::new(),
            staged_nodes: Staged::new(),
        })
    }

    /// Put what is staged into the tables: the last act of a transaction.
    pub(super) fn write_out(&mut self) -> Result<(), StoreError> {
        self.write_accounts()?;
        self.write_nodes()
    }

    fn write_accounts(&mut self) -> Result<(), StoreError> {
        for (address, account) in self.staged_accounts.take_changed() {
            match account.bytes() {
                Some(bytes) => self.accounts.insert(&address.0, bytes.as_slice())?,
                None => self.accounts.remove(&address.0)?,
            };
            if account.is_participant() {
                self.participants.insert(&address.0, ())?;
            } else {
                self.participants.remove(&address.0)?;
            }
        }
        Ok(())
    }

    fn write_nodes(&mut self) -> Result<(), StoreError> {
        for (at, node) in self.staged_nodes.take_changed() {
            let key = (at.depth, &at.prefix);
            match node {
                Some(node) => self.state.insert(key, encode(&node).as_slice())?,
                None => self.state.remove(key)?,
            };
        }
        Ok(())
    }

    /// Mark a new store with the schema and the network, or read the network
    /// of an old one.
    pub fn network(&mut self, network: BlockHash) -> Result<BlockHash, StoreError> {
        let schema = self.meta.get("schema")?.map(|found| found.value().to_vec());
        match schema {
            None => {
                self.meta
                    .insert("schema", SCHEMA.to_le_bytes().as_slice())?;
                self.meta.insert("network", network.0.as_slice())?;
                Ok(network)
            }
            Some(found) if found == SCHEMA.to_le_bytes() => {
                let found = self.meta.get("network")?;
                let bytes = found.map(|found| found.value().try_into());
                match bytes {
                    Some(Ok(bytes)) => Ok(BlockHash(bytes)),
                    _ => Err(StoreError::damaged("network id", "not 32 bytes")),
                }
            }
            Some(found) => Err(StoreError::damaged(
                "schema",
                format_args!("{found:?}, this program has {SCHEMA}"),
            )),
        }
    }

    /// Peers to find again after a restart.
    pub fn remember(&mut self, peers: &[PeerId]) -> Result<(), StoreError> {
        self.meta.insert("remembered", encode(&peers).as_slice())?;
        Ok(())
    }

    /// Keep a header and its body.
    pub fn put_block(&mut self, height: Height, block: &CheckedBlock) -> Result<(), StoreError> {
        let hash = block.hash();
        self.headers
            .insert((height.0, &hash.0), &block.header().to_bytes())?;
        let transactions = block.transactions().iter().map(CheckedTransaction::get);
        let body = encode(&(block.coinbase(), transactions.collect::<Vec<_>>()));
        self.bodies.insert(&hash.0, body.as_slice())?;
        Ok(())
    }

    /// Forget a block of a stale branch.
    pub fn remove_block(&mut self, height: Height, hash: BlockHash) -> Result<(), StoreError> {
        self.headers.remove((height.0, &hash.0))?;
        self.bodies.remove(&hash.0)?;
        Ok(())
    }

    /// A held block's body.
    pub fn body(&self, header: Header) -> Result<Block, StoreError> {
        read_body(&self.bodies, header)
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
        self.active.insert(height.0, &hash.0)?;
        self.undo.insert(&hash.0, encode(undo).as_slice())?;
        for (place, (id, transaction)) in (0u32..).zip(transactions) {
            self.places.insert(&id.0, (height.0, place))?;
            if let Action::Post(_) = transaction.action {
                self.notes.insert((height.0, place), &id.0)?;
            }
            for (concern, who) in concerns(transaction) {
                self.history
                    .insert((concern as u8, &who.0, height.0, place), ())?;
            }
            if let Some((post, payee, amount)) = tip(transaction) {
                let tips = self.tips(post, payee)?;
                self.set_tips(post, payee, tips.saturating_add(amount))?;
            }
        }
        Ok(())
    }

    /// Take the top block off the best chain; gives what undoes its effect.
    pub fn deactivate(
        &mut self,
        height: Height,
        hash: BlockHash,
        transactions: &[(TxId, &Transaction)],
    ) -> Result<Undo, StoreError> {
        self.active.remove(height.0)?;
        for (place, (id, transaction)) in (0u32..).zip(transactions) {
            self.places.remove(&id.0)?;
            self.notes.remove((height.0, place))?;
            for (concern, who) in concerns(transaction) {
                self.history
                    .remove((concern as u8, &who.0, height.0, place))?;
            }
            if let Some((post, payee, amount)) = tip(transaction) {
                let tips = self.tips(post, payee)?;
                self.set_tips(post, payee, tips.saturating_sub(amount))?;
            }
        }
        let undo = self.undo.remove(&hash.0)?;
        let undo = undo.ok_or_else(|| StoreError::damaged("undo record", "absent"))?;
        // Two accounts a transaction, each shorter than twice the shortest one.
        decode("an undo record", undo.value(), 4 * MAX_BLOCK)
            .map_err(|error| StoreError::undecodable("undo record", &error))
    }

    fn tips(&self, post: TxId, payee: Address) -> Result<Amount, StoreError> {
        read_tips(&self.tips, post, payee)
    }

    fn set_tips(&mut self, post: TxId, payee: Address, tips: Amount) -> Result<(), StoreError> {
        let key = (&post.0, &payee.0);
        if tips == Amount::ZERO {
            self.tips.remove(key)?;
        } else {
            self.tips.insert(key, tips.0)?;
        }
        Ok(())
    }

    /// Keep a waiting transaction.
    pub fn put_pending(&mut self, id: TxId, transaction: &Transaction) -> Result<(), StoreError> {
        self.pending.insert(&id.0, encode(transaction).as_slice())?;
        Ok(())
    }

    /// Forget a waiting transaction.
    pub fn remove_pending(&mut self, id: TxId) -> Result<(), StoreError> {
        self.pending.remove(&id.0)?;
        Ok(())
    }
}

impl Accounts for Tables<'_> {
    fn account(&self, address: Address) -> Result<Account, StoreError> {
        let read = || read_account(&self.accounts, address);
        self.staged_accounts.get(address, read)
    }
}

impl Nodes for Tables<'_> {
    fn node(&self, at: Position) -> Result<Option<Node>, StoreError> {
        self.staged_nodes.get(at, || read_node(&self.state, at))
    }
}

/// All tables of a read transaction.
pub struct Views {
    meta: ReadOnlyTable<&'static str, &'static [u8]>,
    headers: ReadOnlyTable<(u32, Id), &'static [u8; HEADER_BYTES]>,
    bodies: ReadOnlyTable<Id, &'static [u8]>,
    active: ReadOnlyTable<u32, Id>,
    accounts: ReadOnlyTable<Owner, &'static [u8]>,
    state: ReadOnlyTable<(u16, Id), &'static [u8]>,
    participants: ReadOnlyTable<Owner, ()>,
    history: ReadOnlyTable<(u8, Owner, u32, u32), ()>,
    tips: ReadOnlyTable<(Id, Owner), u64>,
    places: ReadOnlyTable<Id, (u32, u32)>,
    notes: ReadOnlyTable<(u32, u32), Id>,
    pending: ReadOnlyTable<Id, &'static [u8]>,
}

impl Views {
    pub(super) fn open(transaction: &ReadTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            meta: transaction.open_table(META)?,
            headers: transaction.open_table(HEADERS)?,
            bodies: transaction.open_table(BODIES)?,
            active: transaction.open_table(ACTIVE)?,
            accounts: transaction.open_table(ACCOUNTS)?,
            state: transaction.open_table(STATE)?,
            participants: transaction.open_table(PARTICIPANTS)?,
            history: transaction.open_table(HISTORY)?,
            tips: transaction.open_table(TIPS)?,
            places: transaction.open_table(PLACES)?,
            notes: transaction.open_table(NOTES)?,
            pending: transaction.open_table(PENDING)?,
        })
    }

    /// Peers remembered from before the last start.
    pub fn remembered(&self) -> Result<Vec<PeerId>, StoreError> {
        match self.meta.get("remembered")? {
            Some(bytes) => decode("remembered peers", bytes.value(), MAX_REMEMBERED_BYTES)
                .map_err(|error| StoreError::undecodable("remembered peers", &error)),
            None => Ok(Vec::new()),
        }
    }

    /// Every held header with its height and stated hash, parents first.
    pub fn headers(
        &self,
    ) -> Result<impl Iterator<Item = Result<(Height, BlockHash, Header), StoreError>>, StoreError>
    {
        Ok(self.headers.iter()?.map(|row| {
            let (key, value) = row?;
            let (height, hash) = key.value();
            let header = Header::from_bytes(value.value());
            Ok((Height(height), BlockHash(*hash), header))
        }))
    }

    /// The best chain above genesis, lowest first.
    pub fn active(
        &self,
    ) -> Result<impl Iterator<Item = Result<(Height, BlockHash), StoreError>>, StoreError> {
        Ok(self.active.iter()?.map(|row| {
            let (height, hash) = row?;
            Ok((Height(height.value()), BlockHash(*hash.value())))
        }))
    }

    /// A held block's body.
    pub fn body(&self, header: Header) -> Result<Block, StoreError> {
        read_body(&self.bodies, header)
    }

    /// An author's next number; 0 for a newcomer.
    pub fn next_seq(&self, author: Address) -> Result<u32, StoreError> {
        Ok(self.account(author)?.next_seq)
    }

    /// Root of the ledger after the tip.
    pub fn state_root(&self) -> Result<StateRoot, StoreError> {
        state::root(self)
    }

    /// Participants in the order of their addresses.
    pub fn participants(
        &self,
        after: Option<Address>,
        limit: usize,
    ) -> Result<Vec<Address>, StoreError> {
        let from = (after.as_ref()).map_or(Bound::Unbounded, |after| Bound::Excluded(&after.0));
        self.participants
            .range::<&[u8; 20]>((from, Bound::Unbounded))?
            .take(limit)
            .map(|row| Ok(Address(*row?.0.value())))
            .collect()
    }

    /// Every account, for checks over the whole ledger.
    pub fn accounts(
        &self,
    ) -> Result<impl Iterator<Item = Result<(Address, Account), StoreError>>, StoreError> {
        Ok(self.accounts.iter()?.map(|row| {
            let (address, bytes) = row?;
            Ok((Address(*address.value()), account_of(bytes.value())?))
        }))
    }

    /// Coins with which the posts of `author` under this id were tipped.
    pub fn tips(&self, post: TxId, author: Address) -> Result<Amount, StoreError> {
        read_tips(&self.tips, post, author)
    }

    /// What concerns an address before a place, newest first.
    pub fn history_before(
        &self,
        concern: Concern,
        of: Address,
        before: Option<(Height, u32)>,
        limit: usize,
    ) -> Result<Vec<(Height, u32)>, StoreError> {
        let end = before.map_or((u32::MAX, u32::MAX), |(height, place)| (height.0, place));
        let kind = concern as u8;
        self.history
            .range((kind, &of.0, 0, 0)..(kind, &of.0, end.0, end.1))?
            .rev()
            .take(limit)
            .map(|row| {
                let (_, _, height, place) = row?.0.value();
                Ok((Height(height), place))
            })
            .collect()
    }

    /// Where a transaction stands on the best chain.
    pub fn place(&self, id: TxId) -> Result<Option<(Height, u32)>, StoreError> {
        let place = self.places.get(&id.0)?.map(|found| found.value());
        Ok(place.map(|(height, place)| (Height(height), place)))
    }

    /// Posts of the best chain before a place, newest first.
    pub fn notes_before(
        &self,
        before: Option<(Height, u32)>,
        limit: usize,
    ) -> Result<Vec<(Height, u32)>, StoreError> {
        let end = before.map_or((u32::MAX, u32::MAX), |(height, place)| (height.0, place));
        self.notes
            .range(..end)?
            .rev()
            .take(limit)
            .map(|row| {
                let (height, place) = row?.0.value();
                Ok((Height(height), place))
            })
            .collect()
    }

    /// Transactions waiting for a block.
    pub fn pending(&self) -> Result<Vec<Transaction>, StoreError> {
        let mut transactions = Vec::new();
        for row in self.pending.iter()? {
            let (_, bytes) = row?;
            let transaction = decode("a transaction", bytes.value(), MAX_TRANSACTION)
                .map_err(|error| StoreError::undecodable("pending transaction", &error))?;
            transactions.push(transaction);
        }
        Ok(transactions)
    }
}

impl Accounts for Views {
    fn account(&self, address: Address) -> Result<Account, StoreError> {
        read_account(&self.accounts, address)
    }
}

impl Nodes for Views {
    fn node(&self, at: Position) -> Result<Option<Node>, StoreError> {
        read_node(&self.state, at)
    }
}

/// Bytes of an account, at most: numbers 10 and 5, name 48, key 32, height 5.
const MAX_ACCOUNT: usize = 128;
/// Bytes of a node of the state tree, at most: a tag and two hashes.
const MAX_NODE: usize = 1 + 64;

fn account_of(bytes: &[u8]) -> Result<Account, StoreError> {
    decode("an account", bytes, MAX_ACCOUNT)
        .map_err(|error| StoreError::undecodable("account", &error))
}

fn read_account(
    accounts: &impl ReadableTable<Owner, &'static [u8]>,
    address: Address,
) -> Result<Account, StoreError> {
    match accounts.get(&address.0)? {
        None => Ok(Account::default()),
        Some(found) => account_of(found.value()),
    }
}

fn read_node(
    nodes: &impl ReadableTable<(u16, Id), &'static [u8]>,
    at: Position,
) -> Result<Option<Node>, StoreError> {
    let Some(found) = nodes.get((at.depth, &at.prefix))? else {
        return Ok(None);
    };
    decode("a node", found.value(), MAX_NODE)
        .map(Some)
        .map_err(|error| StoreError::undecodable("state tree", &error))
}

fn read_tips(
    tips: &impl ReadableTable<(Id, Owner), u64>,
    post: TxId,
    payee: Address,
) -> Result<Amount, StoreError> {
    let found = tips.get((&post.0, &payee.0))?;
    Ok(found.map_or(Amount::ZERO, |found| Amount(found.value())))
}

// In whose histories a transaction stands; in one's own once, not twice.
fn concerns(transaction: &Transaction) -> impl Iterator<Item = (Concern, Address)> {
    let author = transaction.author.address();
    let concern = match &transaction.action {
        Action::Transfer(transfer) => Some((Concern::Transfer, transfer.to)),
        Action::Secret(secret) => Some((Concern::Secret, secret.to)),
        Action::Post(_) | Action::Join(_) | Action::Leave => None,
    };
    concern.into_iter().flat_map(move |(concern, to)| {
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

fn read_body(
    bodies: &impl ReadableTable<Id, &'static [u8]>,
    header: Header,
) -> Result<Block, StoreError> {
    let found = bodies.get(&header.hash().0)?;
    let found = found.ok_or_else(|| StoreError::damaged("block body", "absent"))?;
    let (coinbase, transactions): (Coinbase, Vec<Transaction>) =
        decode("a block body", found.value(), MAX_BLOCK)
            .map_err(|error| StoreError::undecodable("block body", &error))?;
    Ok(Block {
        header,
        coinbase,
        transactions,
    })
}

#[cfg(test)]
pub(super) fn contents(transaction: &ReadTransaction) -> Vec<String> {
    let mut rows = Vec::new();
    macro_rules! add {
        ($($table:ident),*) => { $(
            let table = transaction.open_table($table).expect("every table is made");
            for row in table.iter().expect("memory can be read") {
                let (key, value) = row.expect("memory can be read");
                rows.push(format!("{} {:?} {:?}", stringify!($table), key.value(), value.value()));
            }
        )* };
    }
    add!(
        META,
        HEADERS,
        BODIES,
        ACTIVE,
        UNDO,
        ACCOUNTS,
        STATE,
        PARTICIPANTS,
        HISTORY,
        TIPS,
        PLACES,
        NOTES,
        PENDING
    );
    rows
}
