//! A disk in memory whose power can fail: what was written since the last sync
//! is then there, lost or cut, write by write.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;
use redb::StorageBackend;

/// What a write or a change of length replaced, and what it brought.
#[derive(Debug)]
enum Change {
    Bytes {
        offset: usize,
        before: Vec<u8>,
        after: Vec<u8>,
    },
    Length {
        cut_off: Vec<u8>,
        before: usize,
        after: usize,
    },
}

#[derive(Debug, Default)]
struct Inner {
    bytes: Vec<u8>,
    /// Since the last sync, oldest first.
    unsynced: Vec<Change>,
    /// Operations that still succeed before the power fails.
    fuse: Option<u64>,
    /// The power has failed: nothing reaches the disk any more, though the
    /// program does not know yet.
    failed: bool,
    /// What the program reads and writes after that.
    ghost: Vec<u8>,
}

/// A clone is the same disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<Inner>>);

impl Disk {
    /// Let the power fail at the so-manieth write or sync from now on.
    pub(crate) fn fail_after(&self, operations: u64) {
        self.inner().fuse = Some(operations);
    }

    /// The power holds.
    pub(crate) fn mend(&self) {
        self.inner().fuse = None;
    }

    /// Whether the power has failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.inner().failed
    }

    /// What a killed program leaves: the system writes all that it was given.
    pub(crate) fn after_kill(&self) -> Self {
        let bytes = self.inner().bytes.clone();
        Self::of(bytes)
    }

    /// What a power failure leaves: of the writes since the last sync each is
    /// there, lost, or cut.
    pub(crate) fn after_power_failure(&self, rng: &mut ChaCha8Rng) -> Self {
        let mut inner = self.inner();
        let changes = std::mem::take(&mut inner.unsynced);
        let mut bytes = inner.bytes.clone();
        for change in changes.iter().rev() {
            change.undo(&mut bytes);
        }
        // One time in four nothing since the last sync got there.
        let none = rng.next_u32().is_multiple_of(4);
        for change in changes.iter().filter(|_| !none) {
            match rng.next_u32() % 4 {
                0 => {}
                1 => change.redo_in_part(&mut bytes, rng),
                _ => change.redo(&mut bytes),
            }
        }
        Self::of(bytes)
    }

    fn of(bytes: Vec<u8>) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            bytes,
            ..Inner::default()
        })))
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Change {
    fn undo(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Bytes { offset, before, .. } => put(bytes, *offset, before),
            Self::Length {
                cut_off, before, ..
            } => {
                bytes.truncate(*before);
                bytes.extend_from_slice(cut_off);
                bytes.resize(*before, 0);
            }
        }
    }

    fn redo(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Bytes { offset, after, .. } => put(bytes, *offset, after),
            Self::Length { after, .. } => bytes.resize(*after, 0),
        }
    }

    // Disks write sectors whole.
    fn redo_in_part(&self, bytes: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
        const SECTOR: usize = 512;
        match self {
            Self::Bytes { offset, after, .. } => {
                let sectors = after.len() / SECTOR;
                let whole = (rng.next_u64() % (sectors as u64 + 1)) as usize * SECTOR;
                put(bytes, *offset, &after[..whole]);
            }
            Self::Length { .. } => self.redo(bytes),
        }
    }
}

// A write whose room was lost with the file's new length is lost, too.
fn put(bytes: &mut [u8], offset: usize, what: &[u8]) {
    let end = bytes.len().min(offset + what.len());
    if let Some(place) = bytes.get_mut(offset..end) {
        place.copy_from_slice(&what[..end - offset]);
    }
}

impl Inner {
    // One write or sync; false when it does not reach the disk.
    fn reaches(&mut self) -> bool {
        match &mut self.fuse {
            _ if self.failed => false,
            Some(0) => {
                self.failed = true;
                self.ghost = self.bytes.clone();
                false
            }
            Some(left) => {
                *left -= 1;
                true
            }
            None => true,
        }
    }

    fn seen(&mut self) -> &mut Vec<u8> {
        if self.failed {
            &mut self.ghost
        } else {
            &mut self.bytes
        }
    }
}

fn range(bytes: &[u8], offset: u64, length: usize) -> io::Result<std::ops::Range<usize>> {
    let start = usize::try_from(offset).map_err(io::Error::other)?;
    let end = start.saturating_add(length);
    if end > bytes.len() {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(start..end)
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.inner().seen().len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut inner = self.inner();
        let bytes = inner.seen();
        let range = range(bytes, offset, out.len())?;
        out.copy_from_slice(&bytes[range]);
        Ok(())
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let after = usize::try_from(length).map_err(io::Error::other)?;
        let mut inner = self.inner();
        if inner.reaches() {
            let before = inner.bytes.len();
            let cut_off = inner.bytes.get(after..).unwrap_or_default().to_vec();
            inner.unsynced.push(Change::Length {
                cut_off,
                before,
                after,
            });
        }
        inner.seen().resize(after, 0);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut inner = self.inner();
        if inner.reaches() {
            inner.unsynced.clear();
        }
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut inner = self.inner();
        let range = range(inner.seen(), offset, data.len())?;
        if inner.reaches() {
            let before = inner.bytes[range.clone()].to_vec();
            inner.unsynced.push(Change::Bytes {
                offset: range.start,
                before,
                after: data.to_vec(),
            });
        }
        inner.seen()[range].copy_from_slice(data);
        Ok(())
    }
}
