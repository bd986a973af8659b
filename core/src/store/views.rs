//! The tables of a read transaction, and how rows are read.

use std::cell::OnceCell;
use std::ops::Bound;

use redb::{AccessGuard, ReadOnlyTable, ReadTransaction, ReadableTable};

use super::guard::{GuardedRange, guarded};
use super::keys::{self, Parts};
use super::schema::{Bytes, SCHEMA, Table};
use super::{HistoryKind, StoreError, Waits};
use crate::block::{Block, Coinbase, MAX_BLOCK};
use crate::encode::decode;
use crate::hash::{BlockHash, PeerId, StateRoot, TxId};
use crate::header::Header;
use crate::keys::Address;
use crate::ledger::state::{self, Node, Nodes, Position};
use crate::ledger::{Account, Accounts};
use crate::transaction::{MAX_TRANSACTION, Transaction};
use crate::units::{Amount, Height};

/// Bytes of the peers remembered, at most: far more than two ids.
const MAX_REMEMBERED_BYTES: usize = 1024;
/// Bytes of an account, at most: numbers 10 and 5, name 48, key 32, height 5.
const MAX_ACCOUNT: usize = 128;
/// Bytes of a node of the state tree, at most: a tag and two hashes.
const MAX_NODE: usize = 1 + 64;

type Rows = ReadOnlyTable<Bytes, Bytes>;

/// All tables of a read transaction.
pub struct Views {
    transaction: ReadTransaction,
    /// Those that were looked into.
    open: [OnceCell<Rows>; Table::ALL.len()],
}

impl Views {
    pub(super) fn new(transaction: ReadTransaction) -> Self {
        Self {
            transaction,
            open: Default::default(),
        }
    }

    fn rows(&self, table: Table) -> Result<&Rows, StoreError> {
        let place = &self.open[table as usize];
        if let Some(rows) = place.get() {
            return Ok(rows);
        }
        let rows = guarded(|| self.transaction.open_table(table.definition()))?;
        Ok(place.get_or_init(|| rows))
    }

    // Between two keys, both included.
    fn between(
        &self,
        table: Table,
        first: &[u8],
        last: &[u8],
    ) -> Result<GuardedRange<'_>, StoreError> {
        let rows = self.rows(table)?;
        guarded(|| rows.range(first..=last)).map(GuardedRange)
    }

    fn all(&self, table: Table) -> Result<GuardedRange<'_>, StoreError> {
        let rows = self.rows(table)?;
        guarded(|| rows.iter()).map(GuardedRange)
    }

    /// The network whose chain it holds, unless it is new.
    pub fn network(&self) -> Result<Option<BlockHash>, StoreError> {
        read_network(self)
    }

    /// Peers remembered from before the last start.
    pub fn remembered(&self) -> Result<Vec<PeerId>, StoreError> {
        match self.get(Table::About, b"remembered")? {
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
        Ok(self.all(Table::Headers)?.map(|row| {
            let (key, value) = row?;
            let (mut key, mut value) = (
                Parts::of("headers", key.value()),
                Parts::of("headers", value.value()),
            );
            let (height, hash) = (key.height()?, BlockHash(key.take()?));
            let header = Header::from_bytes(&value.take()?);
            value.whole(key.whole((height, hash, header))?)
        }))
    }

    /// The best chain above genesis, lowest first.
    pub fn active(
        &self,
    ) -> Result<impl Iterator<Item = Result<(Height, BlockHash), StoreError>>, StoreError> {
        Ok(self.all(Table::Active)?.map(|row| {
            let (key, value) = row?;
            let (mut key, mut value) = (
                Parts::of("best chain", key.value()),
                Parts::of("best chain", value.value()),
            );
            let (height, hash) = (key.height()?, BlockHash(value.take()?));
            value.whole(key.whole((height, hash))?)
        }))
    }

    /// The best chain's block at a height above genesis.
    pub fn active_at(&self, height: Height) -> Result<Option<(BlockHash, Header)>, StoreError> {
        let Some(found) = self.get(Table::Active, &keys::height(height))? else {
            return Ok(None);
        };
        let mut value = Parts::of("best chain", found.value());
        let hash = BlockHash(value.take()?);
        value.whole(())?;
        let header = self.get(Table::Headers, &keys::block(height, hash))?;
        let header =
            header.ok_or_else(|| StoreError::damaged("headers", format_args!("no {hash}")))?;
        let mut value = Parts::of("headers", header.value());
        let header = Header::from_bytes(&value.take()?);
        value.whole(Some((hash, header)))
    }

    /// The best chain's highest block; none when that is genesis.
    pub fn top(&self) -> Result<Option<BlockHash>, StoreError> {
        let Some(row) = self.all(Table::Active)?.next_back() else {
            return Ok(None);
        };
        let (_, hash) = row?;
        let mut hash = Parts::of("best chain", hash.value());
        let top = BlockHash(hash.take()?);
        hash.whole(Some(top))
    }

    /// Bytes of a held block's body as stored: all that a message with it has but tag and
    /// header.
    pub fn body_size(&self, height: Height, hash: BlockHash) -> Result<usize, StoreError> {
        let found = self.get(Table::Bodies, &keys::block(height, hash))?;
        let found = found.ok_or_else(|| StoreError::damaged("block body", "absent"))?;
        Ok(found.value().len())
    }

    /// A held block's body.
    pub fn body(&self, height: Height, header: Header) -> Result<Block, StoreError> {
        read_body(self, height, header)
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
        let after = after.map(keys::address);
        let from = (after.as_deref()).map_or(Bound::Unbounded, Bound::Excluded);
        let rows = self.rows(Table::Participants)?;
        guarded(|| rows.range::<&[u8]>((from, Bound::Unbounded)))
            .map(GuardedRange)?
            .map(|row| address_of("participants", row?.0.value()))
            .take(limit)
            .collect()
    }

    /// Every account, for checks over the whole ledger.
    pub fn accounts(
        &self,
    ) -> Result<impl Iterator<Item = Result<(Address, Account), StoreError>>, StoreError> {
        Ok(self.all(Table::Accounts)?.map(|row| {
            let (address, bytes) = row?;
            let address = address_of("accounts", address.value())?;
            Ok((address, account_of(bytes.value())?))
        }))
    }

    /// Coins with which the posts of `author` under this id were tipped.
    pub fn tips(&self, post: TxId, author: Address) -> Result<Amount, StoreError> {
        read_tips(self, post, author)
    }

    /// What concerns an address before a place, newest first.
    pub fn history_before(
        &self,
        concern: HistoryKind,
        of: Address,
        before: Option<(Height, u32)>,
        limit: usize,
    ) -> Result<Vec<(Height, u32)>, StoreError> {
        let (height, place) = before.unwrap_or((Height(u32::MAX), u32::MAX));
        let first = keys::history(concern, of, Height(0), 0);
        let end = keys::history(concern, of, height, place);
        let rows = self.rows(Table::History)?;
        guarded(|| rows.range::<&[u8]>(&*first..&*end))
            .map(GuardedRange)?
            .rev()
            .take(limit)
            .map(|row| {
                let row = row?;
                let mut key = Parts::of("history", row.0.value());
                let _: [u8; 1 + 20] = key.take()?;
                let place = (key.height()?, key.place()?);
                key.whole(place)
            })
            .collect()
    }

    /// Where a transaction stands on the best chain.
    pub fn place(&self, id: TxId) -> Result<Option<(Height, u32)>, StoreError> {
        let (first, last) = keys::places(id);
        for row in self.between(Table::Places, &first, &last)? {
            let row = row?;
            let mut key = Parts::of("index of transactions", row.0.value());
            let _: [u8; keys::PREFIX] = key.take()?;
            let (height, place) = (key.height()?, key.place()?);
            if self.id_at(height, place)? == id {
                return key.whole(Some((height, place)));
            }
        }
        Ok(None)
    }

    // The transaction that stands at a place of the best chain.
    fn id_at(&self, height: Height, place: u32) -> Result<TxId, StoreError> {
        let ids = self.get(Table::Ids, &keys::height(height))?;
        let ids = ids.as_ref().map_or(&[][..], |ids| ids.value());
        let (ids, _) = ids.as_chunks();
        let id = ids.get(place as usize).ok_or_else(|| {
            let reason = format_args!("block {height} has no transaction {place}");
            StoreError::damaged("index of transactions", reason)
        })?;
        Ok(TxId(*id))
    }

    /// Posts of the best chain before a place, newest first.
    pub fn notes_before(
        &self,
        before: Option<(Height, u32)>,
        limit: usize,
    ) -> Result<Vec<(Height, u32)>, StoreError> {
        let end = before.unwrap_or((Height(u32::MAX), u32::MAX));
        let (first, last) = (keys::height(Height(0)), keys::height(end.0));
        let mut found = Vec::new();
        for row in self.between(Table::Posts, &first, &last)?.rev() {
            let (key, places) = row?;
            let mut key = Parts::of("posts", key.value());
            let height = key.height()?;
            let (places, _) = key.whole(places.value())?.as_chunks();
            let places = places.iter().rev().map(|place| u16::from_be_bytes(*place));
            let places = places.map(|place| (height, u32::from(place)));
            found.extend(places.filter(|place| *place < end));
            if found.len() >= limit {
                break;
            }
        }
        found.truncate(limit);
        Ok(found)
    }

    /// Transactions waiting for a block.
    pub fn pending(&self) -> Result<Vec<Transaction>, StoreError> {
        let waiting = self.waiting()?.into_iter();
        Ok(waiting.map(|(transaction, _)| transaction).collect())
    }

    /// The same with since when each waits, if that was noted.
    pub fn waiting(&self) -> Result<Vec<(Transaction, Option<Waits>)>, StoreError> {
        let mut transactions = Vec::new();
        for row in self.all(Table::Pending)? {
            let (_, bytes) = row?;
            transactions.push(waiting_of(bytes.value())?);
        }
        Ok(transactions)
    }
}

// A transaction's bytes say themselves where they end.
fn waiting_of(bytes: &[u8]) -> Result<(Transaction, Option<Waits>), StoreError> {
    let read = |bytes| decode("a transaction", bytes, MAX_TRANSACTION);
    if let Some((transaction, waits)) = Waits::split(bytes)
        && let Ok(transaction) = read(transaction)
    {
        return Ok((transaction, Some(waits)));
    }
    read(bytes)
        .map(|transaction| (transaction, None))
        .map_err(|error| StoreError::undecodable("pending transaction", &error))
}

/// Where rows are read: a transaction that writes, or one that does not.
pub(super) trait Read {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<AccessGuard<'_, Bytes>>, StoreError>;
}

impl Read for Views {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<AccessGuard<'_, Bytes>>, StoreError> {
        let rows = self.rows(table)?;
        guarded(|| ReadableTable::get(rows, key))
    }
}

impl Accounts for Views {
    fn account(&self, address: Address) -> Result<Account, StoreError> {
        read_account(self, address)
    }
}

impl Nodes for Views {
    fn node(&self, at: Position) -> Result<Option<Node>, StoreError> {
        read_node(self, at)
    }
}

fn address_of(what: &'static str, key: &[u8]) -> Result<Address, StoreError> {
    let mut key = Parts::of(what, key);
    let address = Address(key.take()?);
    key.whole(address)
}

fn account_of(bytes: &[u8]) -> Result<Account, StoreError> {
    decode("an account", bytes, MAX_ACCOUNT)
        .map_err(|error| StoreError::undecodable("account", &error))
}

pub(super) fn read_network(from: &impl Read) -> Result<Option<BlockHash>, StoreError> {
    let Some(schema) = from.get(Table::About, b"schema")? else {
        return Ok(None);
    };
    if schema.value() != SCHEMA.to_le_bytes() {
        let found = format!("{:?}, this program has {SCHEMA}", schema.value());
        return Err(StoreError::damaged("schema", found));
    }
    let network = from.get(Table::About, b"network")?;
    let bytes = network.and_then(|found| found.value().try_into().ok());
    let damaged = || StoreError::damaged("network id", "not 32 bytes");
    bytes.map(BlockHash).ok_or_else(damaged).map(Some)
}

pub(super) fn read_account(from: &impl Read, address: Address) -> Result<Account, StoreError> {
    match from.get(Table::Accounts, &keys::address(address))? {
        None => Ok(Account::default()),
        Some(found) => account_of(found.value()),
    }
}

pub(super) fn read_node(from: &impl Read, at: Position) -> Result<Option<Node>, StoreError> {
    let Some(found) = from.get(Table::State, &keys::node(at))? else {
        return Ok(None);
    };
    decode("a node", found.value(), MAX_NODE)
        .map(Some)
        .map_err(|error| StoreError::undecodable("state tree", &error))
}

pub(super) fn read_tips(
    from: &impl Read,
    post: TxId,
    payee: Address,
) -> Result<Amount, StoreError> {
    let Some(found) = from.get(Table::Tips, &keys::tips(post, payee))? else {
        return Ok(Amount::ZERO);
    };
    let mut value = Parts::of("tips", found.value());
    let tips = Amount(u64::from_be_bytes(value.take()?));
    value.whole(tips)
}

pub(super) fn read_body(
    from: &impl Read,
    height: Height,
    header: Header,
) -> Result<Block, StoreError> {
    let found = from.get(Table::Bodies, &keys::block(height, header.hash()))?;
    let found = found.ok_or_else(|| StoreError::damaged("block body", "absent"))?;
    body_of(header, found.value())
}

pub(super) fn body_of(header: Header, bytes: &[u8]) -> Result<Block, StoreError> {
    let (coinbase, transactions): (Coinbase, Vec<Transaction>) =
        decode("a block body", bytes, MAX_BLOCK)
            .map_err(|error| StoreError::undecodable("block body", &error))?;
    Ok(Block {
        header,
        coinbase,
        transactions,
    })
}

/// Every row of every table, for tests that compare.
#[cfg(test)]
pub(super) fn contents(views: &Views) -> Vec<String> {
    let rows = |table: Table| {
        let rows = views.all(table).expect("memory can be read");
        rows.map(move |row| {
            let (key, value) = row.expect("memory can be read");
            format!("{} {:?} {:?}", table.name(), key.value(), value.value())
        })
    };
    Table::ALL.into_iter().flat_map(rows).collect()
}
