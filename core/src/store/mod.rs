//! The store: a redb database over a backend that the driver injects (a file,
//! an OPFS handle, memory). All that must survive a killed tab is here.
//!
//! One [`Store::write`] is one transaction: all of it is kept or nothing.

mod birth;
mod error;
mod guard;
mod keys;
mod layer;
mod memory;
mod schema;
pub(crate) mod schema_v2;
mod staged;
mod tables;
#[cfg(test)]
mod tests;
mod views;
mod waits;
mod whole;

use redb::{
    Builder, Database, ReadTransaction, ReadableDatabase, StorageBackend, WriteTransaction,
};

pub use error::StoreError;
pub use guard::panic_is_damage;
pub use memory::MemoryBackend;
pub use tables::Tables;
pub(crate) use tables::Undo;
pub use views::Views;
pub use waits::{Waits, Whose};
pub use whole::{PartialFile, Whole};

use guard::{drop_guarded, guarded};
use layer::{Base, Layer};

/// Cache of the database, bytes. redb's default is 1 GiB; a tab shows some
/// hundred blocks, which fit. A tenth of it buffers what a transaction writes: the
/// pages that the batch of a first sync touches, some 3 MB of them.
const CACHE: usize = 16 * 1024 * 1024;

/// Stores up to this size are checked whole when they are opened, bytes: redb
/// looks at no checksum when it reads, and a flipped bit in an account would make
/// this node refuse what all others accept. 128 MiB take some 30 ms natively.
const CHECKED: u64 = 128 * 1024 * 1024;

/// Whether a commit must survive at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// On disk before the call returns.
    Immediate,
    /// With the next commit that is kept at once: for what peers can send again.
    Deferred,
}

/// Why a transaction is in somebody's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum HistoryKind {
    /// Coins to or from them.
    Transfer = 0,
    /// A secret to or from them.
    Secret = 1,
}

/// The database, over a backend that may refuse to write.
#[derive(Debug)]
pub struct Store {
    /// Present but while it is replaced.
    database: Option<Database>,
    base: Base,
    mode: Mode,
}

/// What is done with what is written.
#[derive(Debug)]
enum Mode {
    Writing,
    /// The backend failed: what it holds is being opened for reading, and what that
    /// writes stays in memory.
    Opening {
        reason: String,
    },
    /// What it holds is read, and nothing is written.
    Reading {
        reason: String,
    },
}

/// Whether a store's pages are looked at when it is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Check {
    Pages,
    /// They were, when this program opened it first.
    Nothing,
}

impl Store {
    /// Open or create; every table is made, so that readers find them. A store whose
    /// backend cannot be written is opened for reading ([`Store::failure`]), unless
    /// there is nothing in it yet.
    pub fn open(backend: impl StorageBackend) -> Result<Self, StoreError> {
        let base = Base::new(backend);
        birth::begin_anew_if_cut_off(base.backend()).map_err(StoreError::from)?;
        let empty = base.backend().len().map_err(StoreError::from)? == 0;
        let mut store = Self {
            database: None,
            base,
            mode: Mode::Writing,
        };
        let Err(error) = store.open_writing(Check::Pages) else {
            return Ok(store);
        };
        if error.is_corrupt() {
            return Err(error);
        }
        if empty {
            // What was begun is no store, and the next opening must not take it for one.
            let _ = store.base.backend().set_len(0);
            return Err(error);
        }
        store.open_above(Check::Pages, &error)?;
        Ok(store)
    }

    /// The opening is over: a store that cannot be written takes nothing from now on.
    pub(crate) fn seal(&mut self) {
        if let Mode::Opening { reason } = &mut self.mode {
            let reason = std::mem::take(reason);
            self.mode = Mode::Reading { reason };
        }
    }

    fn open_writing(&mut self, check: Check) -> Result<(), StoreError> {
        let layer = self.base.through().map_err(StoreError::from)?;
        self.replace(layer, check)?;
        self.mode = Mode::Writing;
        let made = self.write(Durability::Immediate, |tables| tables.make_all());
        made.inspect_err(|_| self.drop_database())
    }

    fn open_above(&mut self, check: Check, why: &StoreError) -> Result<(), StoreError> {
        self.drop_database();
        let layer = self.base.above().map_err(StoreError::from)?;
        self.replace(layer, check)?;
        self.mode = Mode::Opening {
            reason: why.to_string(),
        };
        // A store that was cut off before its tables were made has them in memory.
        let made = self.write(Durability::Immediate, |tables| tables.make_all());
        made.inspect_err(|_| self.drop_database())
    }

    fn replace(&mut self, layer: Layer, check: Check) -> Result<(), StoreError> {
        self.drop_database();
        let small = layer.len().map_err(StoreError::from)? <= CHECKED;
        let opened = guarded(|| {
            let mut database = Builder::new()
                .set_cache_size(CACHE)
                .create_with_backend(layer)?;
            if check == Check::Pages && small {
                // False means that it was mended, which is as good.
                let _sound = database.check_integrity()?;
            }
            Ok::<_, StoreError>(database)
        });
        self.database = Some(opened.map_err(|error| self.explained(error))?);
        Ok(())
    }

    fn drop_database(&mut self) {
        if let Some(database) = self.database.take() {
            drop_guarded(database);
        }
    }

    /// Why nothing is written, while that is so.
    pub fn failure(&self) -> Option<&str> {
        match &self.mode {
            Mode::Writing => None,
            Mode::Opening { reason } | Mode::Reading { reason } => Some(reason),
        }
    }

    /// After a write failed: open what the backend holds, for reading alone once it is
    /// sealed.
    pub(crate) fn fall_back(&mut self, why: &StoreError) -> Result<(), StoreError> {
        self.open_above(Check::Nothing, why)
    }

    /// Open for writing again; when that fails, as [`Store::fall_back`] does.
    pub(crate) fn resume(&mut self) -> Result<(), StoreError> {
        match self.open_writing(Check::Nothing) {
            Err(error) if !error.is_corrupt() => self.open_above(Check::Nothing, &error),
            done => done,
        }
    }

    /// Size of the database, bytes.
    pub fn bytes(&self) -> u64 {
        self.base.bytes()
    }

    /// One transaction: kept whole when `work` succeeds, not at all otherwise.
    pub fn write<T, E: From<StoreError>>(
        &self,
        durability: Durability,
        work: impl FnOnce(&mut Tables<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        if let Mode::Reading { reason } = &self.mode {
            return Err(StoreError::Unwritable(reason.clone()).into());
        }
        let database = self.database()?;
        let begun = guarded(|| -> Result<_, StoreError> {
            let mut transaction = database.begin_write()?;
            // A tab is killed rather than closed: without this, opening would walk
            // the whole file to see which pages are free.
            transaction.set_quick_repair(durability == Durability::Immediate);
            transaction.set_durability(match durability {
                Durability::Immediate => redb::Durability::Immediate,
                Durability::Deferred => redb::Durability::None,
            })?;
            Ok(transaction)
        });
        let transaction = Begun(Some(begun.map_err(|error| self.explained(error))?));
        let mut tables = Tables::new(transaction.get());
        let done = work(&mut tables)?;
        tables.write_out().map_err(|error| self.explained(error))?;
        drop(tables);
        let committed = transaction.commit();
        committed.map_err(|error| self.explained(error))?;
        Ok(done)
    }

    fn database(&self) -> Result<&Database, StoreError> {
        let lost = || StoreError::Failed {
            reason: "the store could not be opened again".into(),
            corrupt: false,
        };
        self.database.as_ref().ok_or_else(lost)
    }

    /// Once the backend has let a write down, redb says that, or anything, of whatever
    /// follows: it is the backend's own word that counts. Whether what it holds is sound
    /// is seen when it is opened again.
    pub(crate) fn explained(&self, error: StoreError) -> StoreError {
        match self.base.failure() {
            Some(reason) => StoreError::Failed {
                reason,
                corrupt: false,
            },
            None => error,
        }
    }

    /// Every row of every table, for tests that compare.
    #[cfg(test)]
    pub(crate) fn contents(&self) -> Vec<String> {
        views::contents(&self.read().expect("memory can be read"))
    }

    /// A consistent view.
    pub fn read(&self) -> Result<Views, StoreError> {
        self.begin_read().map(Views::new)
    }

    fn begin_read(&self) -> Result<ReadTransaction, StoreError> {
        let database = self.database()?;
        let begun = guarded(|| database.begin_read());
        begun.map_err(|error| self.explained(error))
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.drop_database();
        // An error here concerns bytes of no commit.
        let _ = self.base.backend().close();
    }
}

/// A write transaction; what is not committed is taken back.
struct Begun(Option<WriteTransaction>);

impl Begun {
    fn get(&self) -> &WriteTransaction {
        self.0.as_ref().expect("it ends with its commit alone")
    }

    fn commit(mut self) -> Result<(), StoreError> {
        let transaction = self.0.take().expect("it is committed once");
        guarded(|| transaction.commit())
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        if let Some(transaction) = self.0.take() {
            drop_guarded(transaction);
        }
    }
}
