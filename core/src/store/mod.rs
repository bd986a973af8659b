//! The store: a redb database over a backend that the driver injects (a file,
//! an OPFS handle, memory). All that must survive a killed tab is here.
//!
//! One [`Store::write`] is one transaction: all of it is kept or nothing.

pub(crate) mod former;
mod keys;
mod memory;
mod schema;
mod staged;
mod tables;
#[cfg(test)]
mod tests;
mod views;
mod waits;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use redb::{Builder, Database, Durability, ReadableDatabase, StorageBackend};

pub use memory::MemoryBackend;
pub use tables::Tables;
pub(crate) use tables::Undo;
pub use views::Views;
pub use waits::{Waits, Whose};

use crate::encode::DecodeError;

/// Cache of the database, bytes. redb's default is 1 GiB; a tab shows some
/// hundred blocks, which fit. A tenth of it buffers what a transaction writes: the
/// pages that the batch of a first sync touches, some 3 MB of them.
const CACHE: usize = 16 * 1024 * 1024;

/// Stores up to this size are checked whole when they are opened, bytes: redb
/// looks at no checksum when it reads, and a flipped bit in an account would make
/// this node refuse what all others accept. 128 MiB take some 30 ms natively.
const CHECKED: u64 = 128 * 1024 * 1024;

/// Why the store failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database or its backend failed.
    #[error("{reason}")]
    Failed {
        /// redb's word.
        reason: String,
        /// Whether what was read is damaged, rather than the disk full or away.
        corrupt: bool,
    },
    /// Something that was stored whole does not read.
    #[error("the store's {what} is damaged: {reason}")]
    Damaged {
        /// Which part.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
}

impl StoreError {
    /// Whether the store's content is damaged, so that it must be put aside.
    pub fn is_corrupt(&self) -> bool {
        match self {
            Self::Failed { corrupt, .. } => *corrupt,
            Self::Damaged { .. } => true,
        }
    }

    fn damaged(what: &'static str, reason: impl ToString) -> Self {
        Self::Damaged {
            what,
            reason: reason.to_string(),
        }
    }

    pub(crate) fn undecodable(what: &'static str, error: &DecodeError) -> Self {
        Self::damaged(what, error)
    }
}

macro_rules! from_redb {
    ($($error:ty),*) => { $(
        impl From<$error> for StoreError {
            fn from(error: $error) -> Self {
                let error = redb::Error::from(error);
                Self::Failed {
                    corrupt: is_damage(&error),
                    reason: error.to_string(),
                }
            }
        }
    )* };
}
from_redb!(
    redb::DatabaseError,
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError,
    redb::SetDurabilityError
);

// Damage is what reading again cannot mend. redb tells of a file that is no
// database, or ends too soon, as of an I/O error of these kinds.
fn is_damage(error: &redb::Error) -> bool {
    use std::io::ErrorKind::{InvalidData, UnexpectedEof};
    match error {
        redb::Error::Corrupted(_)
        | redb::Error::UpgradeRequired(_)
        | redb::Error::RepairAborted
        | redb::Error::TableTypeMismatch { .. }
        | redb::Error::TypeDefinitionChanged { .. } => true,
        redb::Error::Io(error) => matches!(error.kind(), InvalidData | UnexpectedEof),
        _ => false,
    }
}

/// Whether a commit must survive at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// On disk before the call returns.
    Now,
    /// With the next commit that is kept at once: for what peers can send again.
    WithNext,
}

/// Why a transaction is in somebody's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Concern {
    /// Coins to or from them.
    Transfer = 0,
    /// A secret to or from them.
    Secret = 1,
}

/// The database.
#[derive(Debug)]
pub struct Store {
    database: Database,
    bytes: Arc<AtomicU64>,
}

impl Store {
    /// Open or create; every table is made, so that readers find them.
    pub fn open(backend: impl StorageBackend) -> Result<Self, StoreError> {
        let bytes = Arc::new(AtomicU64::new(0));
        let counted = Counted {
            bytes: bytes.clone(),
            inner: backend,
        };
        counted.note_len();
        let mut database = Builder::new()
            .set_cache_size(CACHE)
            .create_with_backend(counted)?;
        if bytes.load(Ordering::Relaxed) <= CHECKED {
            // False means that it was mended, which is as good.
            let _sound = database.check_integrity()?;
        }
        let store = Self { database, bytes };
        store.write(Keep::Now, |tables| tables.make_all())?;
        Ok(store)
    }

    /// Size of the database, bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// One transaction: kept whole when `work` succeeds, not at all otherwise.
    pub fn write<T, E: From<StoreError>>(
        &self,
        keep: Keep,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut transaction = self.database.begin_write().map_err(StoreError::from)?;
        // A tab is killed rather than closed: without this, opening would walk
        // the whole file to see which pages are free.
        transaction.set_quick_repair(keep == Keep::Now);
        let durability = match keep {
            Keep::Now => Durability::Immediate,
            Keep::WithNext => Durability::None,
        };
        transaction
            .set_durability(durability)
            .map_err(StoreError::from)?;
        let mut tables = Tables::new(&transaction);
        let done = work(&mut tables)?;
        tables.write_out()?;
        drop(tables);
        transaction.commit().map_err(StoreError::from)?;
        Ok(done)
    }

    /// Every row of every table, for tests that compare.
    #[cfg(test)]
    pub(crate) fn contents(&self) -> Vec<String> {
        views::contents(&self.read().expect("memory can be read"))
    }

    /// A consistent view.
    pub fn read(&self) -> Result<Views, StoreError> {
        Ok(Views::new(self.database.begin_read()?))
    }
}

// Keeps the length where the status can read it without touching the backend.
#[derive(Debug)]
struct Counted<B> {
    bytes: Arc<AtomicU64>,
    inner: B,
}

impl<B: StorageBackend> Counted<B> {
    fn note_len(&self) {
        if let Ok(length) = self.inner.len() {
            self.bytes.store(length, Ordering::Relaxed);
        }
    }
}

impl<B: StorageBackend> StorageBackend for Counted<B> {
    fn len(&self) -> std::io::Result<u64> {
        self.inner.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        self.inner.read(offset, out)
    }
    fn set_len(&self, len: u64) -> std::io::Result<()> {
        self.inner.set_len(len)?;
        self.bytes.store(len, Ordering::Relaxed);
        Ok(())
    }
    fn sync_data(&self) -> std::io::Result<()> {
        self.inner.sync_data()
    }
    fn write(&self, offset: u64, data: &[u8]) -> std::io::Result<()> {
        self.inner.write(offset, data)
    }
    fn close(&self) -> std::io::Result<()> {
        self.inner.close()
    }
}
