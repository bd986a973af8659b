//! A disk that fills, or does not flush.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use redb::StorageBackend;

use crate::store::MemoryBackend;

/// Memory that takes nothing while it is full, and may take what it does not flush.
#[derive(Debug, Clone)]
pub(crate) struct Disk {
    pub(crate) memory: MemoryBackend,
    /// It takes so many writes until it is full.
    pub(crate) takes: Arc<AtomicU32>,
    /// Its file grows to so many bytes.
    pub(crate) most_bytes: Arc<AtomicU64>,
    pub(crate) flushes_fail: Arc<AtomicBool>,
}

impl Default for Disk {
    fn default() -> Self {
        Self::over(MemoryBackend::default(), u32::MAX)
    }
}

impl Disk {
    pub(crate) fn over(memory: MemoryBackend, takes: u32) -> Self {
        Self {
            memory,
            takes: Arc::new(takes.into()),
            most_bytes: Arc::new(u64::MAX.into()),
            flushes_fail: Arc::default(),
        }
    }

    pub(crate) fn fill(&self, full: bool) {
        let takes = if full { 0 } else { u32::MAX };
        self.takes.store(takes, Ordering::Relaxed);
    }

    fn room(&self) -> io::Result<()> {
        let left = self.takes.load(Ordering::Relaxed);
        let left = left
            .checked_sub(1)
            .ok_or_else(|| io::Error::new(io::ErrorKind::StorageFull, "no room"))?;
        self.takes.store(left, Ordering::Relaxed);
        Ok(())
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        self.memory.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.memory.read(offset, out)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.room()?;
        if len > self.most_bytes.load(Ordering::Relaxed) {
            return Err(io::Error::new(io::ErrorKind::QuotaExceeded, "no room"));
        }
        self.memory.set_len(len)
    }
    fn sync_data(&self) -> io::Result<()> {
        match self.flushes_fail.load(Ordering::Relaxed) {
            true => Err(io::Error::other("it did not reach the disk")),
            false => self.room(),
        }
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.room()?;
        self.memory.write(offset, data)
    }
}
