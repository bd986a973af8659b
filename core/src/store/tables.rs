//! The schema: which tables there are and what stands in them.

use redb::{
    ReadOnlyTable, ReadTransaction, ReadableTable, Table, TableDefinition, WriteTransaction,
};

use super::StoreError;
use crate::block::{Block, Coinbase, MAX_BLOCK};
use crate::encode::{decode, encode};
use crate::hash::{BlockHash, TxId};
use crate::header::{HEADER_BYTES, Header};
use crate::keys::PublicKey;
use crate::transaction::{MAX_TRANSACTION, Transaction};
use crate::units::Height;

type Id = &'static [u8; 32];

/// Version of this schema; another is refused as damaged and put aside.
const SCHEMA: u32 = 1;

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
/// Author -> the next number of a transaction.
const ACCOUNTS: TableDefinition<Id, u32> = TableDefinition::new("accounts");
/// Transaction -> height and place on the best chain.
const PLACES: TableDefinition<Id, (u32, u32)> = TableDefinition::new("places");
/// Height and place -> post, on the best chain, for paging backwards.
const NOTES: TableDefinition<(u32, u32), Id> = TableDefinition::new("notes");
/// Transactions waiting for a block.
const PENDING: TableDefinition<Id, &[u8]> = TableDefinition::new("pending");

/// All tables of a write transaction.
pub struct Tables<'t> {
    meta: Table<'t, &'static str, &'static [u8]>,
    headers: Table<'t, (u32, Id), &'static [u8; HEADER_BYTES]>,
    bodies: Table<'t, Id, &'static [u8]>,
    active: Table<'t, u32, Id>,
    undo: Table<'t, Id, &'static [u8]>,
    accounts: Table<'t, Id, u32>,
    places: Table<'t, Id, (u32, u32)>,
    notes: Table<'t, (u32, u32), Id>,
    pending: Table<'t, Id, &'static [u8]>,
}

/// What a block changed in the ledger: each author touched and the next number
/// that it had before.
pub(crate) type Undo = Vec<(PublicKey, u32)>;

impl<'t> Tables<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            meta: transaction.open_table(META)?,
            headers: transaction.open_table(HEADERS)?,
            bodies: transaction.open_table(BODIES)?,
            active: transaction.open_table(ACTIVE)?,
            undo: transaction.open_table(UNDO)?,
            accounts: transaction.open_table(ACCOUNTS)?,
            places: transaction.open_table(PLACES)?,
            notes: transaction.open_table(NOTES)?,
            pending: transaction.open_table(PENDING)?,
        })
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

    /// Keep a header and its body.
    pub fn put_block(&mut self, height: Height, block: &Block) -> Result<(), StoreError> {
        let hash = block.header.hash();
        self.headers
            .insert((height.0, &hash.0), &block.header.to_bytes())?;
        let body = encode(&(&block.coinbase, &block.transactions));
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

    /// An author's next number; 0 for a newcomer.
    pub fn next_seq(&self, author: PublicKey) -> Result<u32, StoreError> {
        Ok(self
            .accounts
            .get(&author.0)?
            .map_or(0, |found| found.value()))
    }

    /// Set an author's next number; 0 removes the account.
    pub fn set_next_seq(&mut self, author: PublicKey, next: u32) -> Result<(), StoreError> {
        if next == 0 {
            self.accounts.remove(&author.0)?;
        } else {
            self.accounts.insert(&author.0, next)?;
        }
        Ok(())
    }

    /// Put a block on top of the best chain, with what undoes it.
    pub fn activate(
        &mut self,
        height: Height,
        hash: BlockHash,
        posts: &[TxId],
        undo: &Undo,
    ) -> Result<(), StoreError> {
        self.active.insert(height.0, &hash.0)?;
        self.undo.insert(&hash.0, encode(undo).as_slice())?;
        for (place, id) in (0u32..).zip(posts) {
            self.places.insert(&id.0, (height.0, place))?;
            self.notes.insert((height.0, place), &id.0)?;
        }
        Ok(())
    }

    /// Take the top block off the best chain; gives what undoes its effect.
    pub fn deactivate(
        &mut self,
        height: Height,
        hash: BlockHash,
        posts: &[TxId],
    ) -> Result<Undo, StoreError> {
        self.active.remove(height.0)?;
        for (place, id) in (0u32..).zip(posts) {
            self.places.remove(&id.0)?;
            self.notes.remove((height.0, place))?;
        }
        let undo = self.undo.remove(&hash.0)?;
        let undo = undo.ok_or_else(|| StoreError::damaged("undo record", "absent"))?;
        // As long as the block that made it, and a little more per author.
        decode("an undo record", undo.value(), 2 * MAX_BLOCK)
            .map_err(|error| StoreError::undecodable("undo record", &error))
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

/// All tables of a read transaction.
pub struct Views {
    headers: ReadOnlyTable<(u32, Id), &'static [u8; HEADER_BYTES]>,
    bodies: ReadOnlyTable<Id, &'static [u8]>,
    active: ReadOnlyTable<u32, Id>,
    accounts: ReadOnlyTable<Id, u32>,
    places: ReadOnlyTable<Id, (u32, u32)>,
    notes: ReadOnlyTable<(u32, u32), Id>,
    pending: ReadOnlyTable<Id, &'static [u8]>,
}

impl Views {
    pub(super) fn open(transaction: &ReadTransaction) -> Result<Self, StoreError> {
        Ok(Self {
            headers: transaction.open_table(HEADERS)?,
            bodies: transaction.open_table(BODIES)?,
            active: transaction.open_table(ACTIVE)?,
            accounts: transaction.open_table(ACCOUNTS)?,
            places: transaction.open_table(PLACES)?,
            notes: transaction.open_table(NOTES)?,
            pending: transaction.open_table(PENDING)?,
        })
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
    pub fn next_seq(&self, author: PublicKey) -> Result<u32, StoreError> {
        Ok(self
            .accounts
            .get(&author.0)?
            .map_or(0, |found| found.value()))
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
        META, HEADERS, BODIES, ACTIVE, UNDO, ACCOUNTS, PLACES, NOTES, PENDING
    );
    rows
}
