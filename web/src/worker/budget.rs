//! The disk that a store may take before its person is asked: a link to a board
//! whose blocks cost nothing would fill the disk in minutes.
//!
//! redb doubles its file when that is full, so the question comes before the step
//! from 256 to 512 MB. A step that is refused fails the write that asked for it, and
//! redb keeps the state before that write.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use redb::StorageBackend;

use crate::threads::OverBudget;

/// What a store may take; clones are the same budget.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    limit_bytes: AtomicU64,
    /// What the store last asked for in vain; 0 when that has been said.
    refused_bytes: AtomicU64,
}

impl Budget {
    /// So many bytes.
    pub fn of(limit_bytes: u64) -> Self {
        Self(Arc::new(Inner {
            limit_bytes: limit_bytes.into(),
            refused_bytes: 0.into(),
        }))
    }

    /// From now on so many bytes.
    pub fn raise(&self, limit_bytes: u64) {
        self.0.limit_bytes.store(limit_bytes, Ordering::Relaxed);
    }

    /// What was refused since this was last asked.
    pub fn take_refused(&self) -> Option<OverBudget> {
        let wanted_bytes = self.0.refused_bytes.swap(0, Ordering::Relaxed);
        (wanted_bytes > 0).then(|| OverBudget {
            wanted_bytes,
            budget_bytes: self.0.limit_bytes.load(Ordering::Relaxed),
        })
    }

    fn check(&self, wanted_bytes: u64) -> io::Result<()> {
        let limit = self.0.limit_bytes.load(Ordering::Relaxed);
        if wanted_bytes <= limit {
            return Ok(());
        }
        self.0.refused_bytes.store(wanted_bytes, Ordering::Relaxed);
        Err(io::Error::new(
            io::ErrorKind::QuotaExceeded,
            format!("the store may take {limit} bytes of disk, it needs {wanted_bytes}"),
        ))
    }
}

/// A file that does not grow beyond its budget. One that is larger already, from
/// when it was allowed, is used as it is.
pub struct Budgeted<B> {
    file: B,
    budget: Budget,
}

impl<B> Budgeted<B> {
    /// This file under this budget.
    pub fn new(file: B, budget: Budget) -> Self {
        Self { file, budget }
    }
}

impl<B: fmt::Debug> fmt::Debug for Budgeted<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.file.fmt(f)
    }
}

impl<B: StorageBackend> StorageBackend for Budgeted<B> {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        if len > self.file.len()? {
            self.budget.check(len)?;
        }
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        // redb writes within the length that it has set.
        self.file.write(offset, data)
    }

    fn close(&self) -> io::Result<()> {
        self.file.close()
    }
}
