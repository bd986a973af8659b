//! The schema before this one, as far as a chain is built anew from it: whatever else
//! its tables said follows from the blocks.

use redb::{
    ReadOnlyTable, ReadTransaction, ReadableTable, TableDefinition, TableError, TableHandle,
    WriteTransaction,
};

use super::schema::Table;
use super::tables::Tables;
use super::views::body_of;
use super::{Store, StoreError};
use crate::block::Block;
use crate::hash::{BlockHash, NetworkId};
use crate::header::{HEADER_BYTES, Header};
use crate::units::Height;

type Id = &'static [u8; 32];

const SCHEMA: u32 = 2;

/// `schema`, `network` and `remembered`.
const META: TableDefinition<&str, &[u8]> = TableDefinition::new("meta");
/// Height and hash -> header, of every block held.
const HEADERS: TableDefinition<(u32, Id), &[u8; HEADER_BYTES]> = TableDefinition::new("headers");
/// Hash -> coinbase and transactions.
const BODIES: TableDefinition<Id, &[u8]> = TableDefinition::new("bodies");
/// Height -> hash on the best chain; genesis is not in it.
const ACTIVE: TableDefinition<u32, Id> = TableDefinition::new("active");
/// Id -> transaction that waits for a block.
const PENDING: TableDefinition<Id, &[u8]> = TableDefinition::new("pending");

/// What a store of the former schema holds.
pub(crate) struct Former {
    transaction: ReadTransaction,
    meta: ReadOnlyTable<&'static str, &'static [u8]>,
}

impl Former {
    /// `None` where the store is new, or of this schema.
    pub(super) fn of(transaction: ReadTransaction) -> Result<Option<Self>, StoreError> {
        let meta = match transaction.open_table(META) {
            Ok(meta) => meta,
            Err(TableError::TableDoesNotExist(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let schema = meta.get("schema")?.map(|found| found.value().to_vec());
        match schema {
            // Made, and killed before anything was put into it.
            None => return Ok(None),
            Some(found) if found == SCHEMA.to_le_bytes() => {}
            Some(found) => {
                let reason = format_args!("{found:?}, this program reads {SCHEMA} and its own");
                return Err(StoreError::damaged("schema", reason));
            }
        }
        Ok(Some(Self { transaction, meta }))
    }

    /// Whose chain it is.
    pub(crate) fn network(&self) -> Result<NetworkId, StoreError> {
        let found = self.meta.get("network")?;
        match found.map(|found| found.value().try_into()) {
            Some(Ok(bytes)) => Ok(BlockHash(bytes)),
            _ => Err(StoreError::damaged("network id", "not 32 bytes")),
        }
    }

    /// Every block, parents first, and whether it is on the best chain.
    pub(crate) fn each_block<E: From<StoreError>>(
        &self,
        mut take: impl FnMut(Height, Block, bool) -> Result<(), E>,
    ) -> Result<(), E> {
        let open = || -> Result<_, StoreError> {
            let (headers, bodies) = (
                self.transaction.open_table(HEADERS)?,
                self.transaction.open_table(BODIES)?,
            );
            Ok((headers, bodies, self.transaction.open_table(ACTIVE)?))
        };
        let (headers, bodies, active) = open()?;
        for row in headers.iter().map_err(StoreError::from)? {
            let (key, header) = row.map_err(StoreError::from)?;
            let (height, hash) = key.value();
            let header = Header::from_bytes(header.value());
            let body = bodies.get(hash).map_err(StoreError::from)?;
            let body = body.ok_or_else(|| StoreError::damaged("block body", "absent"))?;
            let best = active.get(height).map_err(StoreError::from)?;
            let is_best = best.is_some_and(|best| best.value() == hash);
            take(Height(height), body_of(header, body.value())?, is_best)?;
        }
        Ok(())
    }

    /// What waits for a block, and the peers to find again.
    pub(crate) fn copy_rest(&self, tables: &mut Tables<'_>) -> Result<(), StoreError> {
        for row in self.transaction.open_table(PENDING)?.iter()? {
            let (id, bytes) = row?;
            tables.put(Table::Pending, id.value(), bytes.value())?;
        }
        match self.meta.get("remembered")? {
            Some(peers) => tables.put(Table::About, b"remembered", peers.value()),
            None => Ok(()),
        }
    }
}

impl Store {
    /// What is to be migrated, if this store is of the former schema.
    pub(crate) fn former(&self) -> Result<Option<Former>, StoreError> {
        Former::of(self.begin_read()?)
    }
}

/// Remove every table that is not of this schema.
pub(super) fn remove(transaction: &WriteTransaction) -> Result<(), StoreError> {
    let own = |name: &str| Table::ALL.iter().any(|table| table.name() == name);
    let tables: Vec<_> = transaction.list_tables()?.collect();
    for table in tables.into_iter().filter(|table| !own(table.name())) {
        transaction.delete_table(table)?;
    }
    Ok(())
}

/// A store as the former schema had it, with the blocks of a chain of today.
#[cfg(test)]
pub(crate) mod tests {
    use redb::{Builder, StorageBackend};

    use super::*;
    use crate::chain::Chain;
    use crate::encode::encode;
    use crate::hash::PeerId;

    const ACCOUNTS: TableDefinition<&[u8; 20], &[u8]> = TableDefinition::new("accounts");
    const PLACES: TableDefinition<Id, (u32, u32)> = TableDefinition::new("places");

    pub(crate) fn write(chain: &Chain, schema: u32, to: impl StorageBackend) {
        let database = Builder::new().create_with_backend(to).unwrap();
        let transaction = database.begin_write().unwrap();
        let views = chain.read().unwrap();
        {
            let mut meta = transaction.open_table(META).unwrap();
            let mut headers = transaction.open_table(HEADERS).unwrap();
            let mut bodies = transaction.open_table(BODIES).unwrap();
            let mut active = transaction.open_table(ACTIVE).unwrap();
            let mut pending = transaction.open_table(PENDING).unwrap();
            let mut put = |key, value: &[u8]| {
                meta.insert(key, value).unwrap();
            };
            put("schema", &schema.to_le_bytes());
            put("network", &chain.network().0);
            put("remembered", &encode(&[PeerId([7; 32])].as_slice()));
            for row in views.headers().unwrap() {
                let (height, hash, header) = row.unwrap();
                let block = views.body(height, header).unwrap();
                let body = encode(&(block.coinbase, block.transactions));
                headers
                    .insert((height.0, &hash.0), &header.to_bytes())
                    .unwrap();
                bodies.insert(&hash.0, body.as_slice()).unwrap();
            }
            for row in views.active().unwrap() {
                let (height, hash) = row.unwrap();
                active.insert(height.0, &hash.0).unwrap();
            }
            for transaction in views.pending().unwrap() {
                let bytes = encode(&transaction);
                (pending.insert(&transaction.id().0, bytes.as_slice())).unwrap();
            }
            // What is made anew; here it is nonsense.
            let mut accounts = transaction.open_table(ACCOUNTS).unwrap();
            accounts.insert(&[1; 20], [2; 3].as_slice()).unwrap();
            let mut places = transaction.open_table(PLACES).unwrap();
            places.insert(&[1; 32], (9, 9)).unwrap();
        }
        transaction.commit().unwrap();
    }
}
