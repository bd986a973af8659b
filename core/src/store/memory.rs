//! A backend in memory, for simulation and for browsers that refuse storage.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use redb::StorageBackend;

/// Bytes in memory. A clone is the same storage, so a simulation can open it
/// again after a crash.
#[derive(Debug, Clone, Default)]
pub struct MemoryBackend(Arc<Mutex<Vec<u8>>>);

impl MemoryBackend {
    /// A copy of the bytes as they are now: what a killed process leaves.
    pub fn snapshot(&self) -> Self {
        Self(Arc::new(Mutex::new(self.bytes().clone())))
    }

    /// Spoil the bytes, as a failing disk would.
    pub fn spoil(&self, spoil: impl FnOnce(&mut Vec<u8>)) {
        spoil(&mut self.bytes());
    }

    fn bytes(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn range(bytes: &[u8], offset: u64, length: usize) -> io::Result<std::ops::Range<usize>> {
    let start = usize::try_from(offset).map_err(io::Error::other)?;
    let end = start.saturating_add(length);
    if end > bytes.len() {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            format!("bytes {start} to {end} of {}", bytes.len()),
        ));
    }
    Ok(start..end)
}

impl StorageBackend for MemoryBackend {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes().len() as u64)
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let bytes = self.bytes();
        let range = range(&bytes, offset, out.len())?;
        out.copy_from_slice(&bytes[range]);
        Ok(())
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        let len = usize::try_from(len).map_err(io::Error::other)?;
        self.bytes().resize(len, 0);
        Ok(())
    }
    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut bytes = self.bytes();
        let range = range(&bytes, offset, data.len())?;
        bytes[range].copy_from_slice(data);
        Ok(())
    }
}
