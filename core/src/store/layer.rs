//! What lies between redb and the driver's backend: it counts bytes, sees whether the
//! backend let a write down, and can keep what is written to itself, so that a store
//! that cannot be written is still read.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

use super::guard::{Writes, note};

const PAGE: usize = 4_096;

/// Pages kept above a store that cannot be written, at most: opening one writes its
/// header and the state of its allocator, 3 bytes a page of the store; 4,096 pages are
/// 16 MiB, enough for one of 20 GB.
const MAX_PAGES: usize = 4_096;

/// The driver's backend, which outlives each opening of the database over it.
#[derive(Debug, Clone)]
pub(super) struct Base(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    backend: Box<dyn StorageBackend>,
    bytes: AtomicU64,
    /// The first failure since the database was opened.
    failure: Mutex<Option<String>>,
}

impl Base {
    pub(super) fn new(backend: impl StorageBackend) -> Self {
        Self(Arc::new(Shared {
            backend: Box::new(backend),
            bytes: AtomicU64::new(0),
            failure: Mutex::new(None),
        }))
    }

    pub(super) fn backend(&self) -> &dyn StorageBackend {
        &*self.0.backend
    }

    /// Size of the file, bytes.
    pub(super) fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// Why a write failed since the database was opened.
    pub(super) fn failure(&self) -> Option<String> {
        lock(&self.0.failure).clone()
    }

    /// A layer that writes to the backend.
    pub(super) fn through(&self) -> io::Result<Layer> {
        self.begin()?;
        Ok(Layer {
            base: self.clone(),
            above: None,
        })
    }

    /// A layer whose writes stay in memory.
    pub(super) fn above(&self) -> io::Result<Layer> {
        let length = self.begin()?;
        let above = Above {
            length,
            below: length,
            pages: BTreeMap::new(),
        };
        Ok(Layer {
            base: self.clone(),
            above: Some(Mutex::new(above)),
        })
    }

    fn begin(&self) -> io::Result<u64> {
        *lock(&self.0.failure) = None;
        note(Writes::Sound);
        let length = self.len()?;
        self.0.bytes.store(length, Ordering::Relaxed);
        Ok(length)
    }

    // What ends amid a page was growing when there was no more room: redb, which knows
    // whole pages alone, would call that damage.
    fn len(&self) -> io::Result<u64> {
        let length = self.backend().len()?;
        let page = PAGE as u64;
        Ok(if length < page {
            length
        } else {
            length / page * page
        })
    }

    fn note<T>(&self, done: io::Result<T>) -> io::Result<T> {
        if let Err(error) = &done {
            note(Writes::Failed);
            lock(&self.0.failure).get_or_insert_with(|| error.to_string());
        }
        done
    }
}

/// The backend of one opening of the database.
#[derive(Debug)]
pub(super) struct Layer {
    base: Base,
    above: Option<Mutex<Above>>,
}

/// What was written and went no further.
#[derive(Debug)]
struct Above {
    length: u64,
    /// So much of the backend still shows.
    below: u64,
    pages: BTreeMap<u64, Box<[u8; PAGE]>>,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Above {
    fn read(&self, base: &dyn StorageBackend, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let end = offset.saturating_add(out.len() as u64);
        if end > self.length {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let mut at = offset;
        while at < end {
            let number = at / PAGE as u64;
            let inside = (at % PAGE as u64) as usize;
            let size = (PAGE - inside).min((end - at) as usize);
            let from = (at - offset) as usize;
            let part = &mut out[from..from + size];
            match self.pages.get(&number) {
                Some(page) => part.copy_from_slice(&page[inside..inside + size]),
                None => {
                    let shown = self.below.saturating_sub(at).min(size as u64) as usize;
                    part[shown..].fill(0);
                    if shown > 0 {
                        base.read(at, &mut part[..shown])?;
                    }
                }
            }
            at += size as u64;
        }
        Ok(())
    }

    fn write(&mut self, base: &dyn StorageBackend, offset: u64, data: &[u8]) -> io::Result<()> {
        let end = offset.saturating_add(data.len() as u64);
        if end > self.length {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let mut at = offset;
        while at < end {
            let number = at / PAGE as u64;
            let inside = (at % PAGE as u64) as usize;
            let size = (PAGE - inside).min((end - at) as usize);
            let mut page = match self.pages.remove(&number) {
                Some(page) => page,
                None if self.pages.len() >= MAX_PAGES => {
                    return Err(io::Error::new(
                        ErrorKind::StorageFull,
                        format!("at most {MAX_PAGES} pages are kept above a store"),
                    ));
                }
                None => {
                    let mut page = Box::new([0; PAGE]);
                    let first = number * PAGE as u64;
                    let there = (self.length - first).min(PAGE as u64) as usize;
                    self.read(base, first, &mut page[..there])?;
                    page
                }
            };
            let from = (at - offset) as usize;
            page[inside..inside + size].copy_from_slice(&data[from..from + size]);
            self.pages.insert(number, page);
            at += size as u64;
        }
        Ok(())
    }

    fn set_len(&mut self, length: u64) {
        self.length = length;
        self.below = self.below.min(length);
        let last = length / PAGE as u64;
        self.pages.split_off(&length.div_ceil(PAGE as u64));
        if let Some(page) = self.pages.get_mut(&last) {
            page[(length % PAGE as u64) as usize..].fill(0);
        }
    }
}

impl StorageBackend for Layer {
    fn len(&self) -> io::Result<u64> {
        match &self.above {
            Some(above) => Ok(lock(above).length),
            None => self.base.len(),
        }
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        match &self.above {
            Some(above) => lock(above).read(self.base.backend(), offset, out),
            None => self.base.backend().read(offset, out),
        }
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        if let Some(above) = &self.above {
            lock(above).set_len(length);
            return Ok(());
        }
        let done = self.base.backend().set_len(length);
        // Not every backend says that it has not grown.
        let done = done.and_then(|()| match self.base.backend().len()? {
            size if size == length => Ok(()),
            size => Err(io::Error::new(
                ErrorKind::StorageFull,
                format!("a store of {length} bytes is asked for, its file has {size}"),
            )),
        });
        self.base.note(done)?;
        self.base.0.bytes.store(length, Ordering::Relaxed);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        match &self.above {
            Some(_) => Ok(()),
            None => self.base.note(self.base.backend().sync_data()),
        }
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        match &self.above {
            Some(above) => lock(above).write(self.base.backend(), offset, data),
            None => self.base.note(self.base.backend().write(offset, data)),
        }
    }

    // The backend is closed with the store: the database may be opened over it again.
    fn close(&self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::guard::{guarded, panic_is_damage};
    use crate::store::{MemoryBackend, StoreError};

    #[test]
    fn what_is_written_above_a_store_is_read_back_and_never_reaches_it() {
        let below = MemoryBackend::default();
        below.set_len(12_288).unwrap();
        below.write(0, &[7; 12_288]).unwrap();
        let layer = Base::new(below.clone()).above().unwrap();
        layer.write(4_000, &[9; 200]).unwrap();
        layer.set_len(9_000).unwrap();
        layer.set_len(20_000).unwrap();
        layer.write(19_000, &[5; 1_000]).unwrap();
        let mut all = vec![1; 20_000];
        layer.read(0, &mut all).unwrap();
        let mut expected = vec![7; 9_000];
        expected.resize(20_000, 0);
        expected[4_000..4_200].fill(9);
        expected[19_000..].fill(5);
        assert!(all == expected);
        assert!(layer.read(19_999, &mut [0; 2]).is_err());
        let mut bytes = vec![0; 12_288];
        below.read(0, &mut bytes).unwrap();
        assert!(bytes.iter().all(|byte| *byte == 7) && below.len().unwrap() == 12_288);
    }

    #[test]
    fn a_file_that_ends_amid_a_page_shows_its_whole_pages_and_a_tiny_one_all_it_has() {
        let below = MemoryBackend::default();
        for (length, shown) in [(0, 0), (700, 700), (4_096, 4_096), (12_287, 8_192)] {
            below.set_len(length).unwrap();
            let base = Base::new(below.clone());
            assert_eq!(base.through().unwrap().len().unwrap(), shown);
            assert_eq!(base.above().unwrap().len().unwrap(), shown);
        }
    }

    #[test]
    fn no_more_is_kept_above_a_store_than_16_mib() {
        let layer = Base::new(MemoryBackend::default()).above().unwrap();
        layer.set_len(1 << 30).unwrap();
        let taken = (0..8_192u64).take_while(|page| layer.write(page * 4_096, &[1]).is_ok());
        assert_eq!(taken.count(), 4_096);
        layer.write(0, &[2]).unwrap();
    }

    #[test]
    fn a_backend_that_does_not_grow_is_out_of_room() {
        #[derive(Debug)]
        struct Stuck;
        impl StorageBackend for Stuck {
            fn len(&self) -> io::Result<u64> {
                Ok(100)
            }
            fn read(&self, _: u64, _: &mut [u8]) -> io::Result<()> {
                Ok(())
            }
            fn set_len(&self, _: u64) -> io::Result<()> {
                Ok(())
            }
            fn sync_data(&self) -> io::Result<()> {
                Ok(())
            }
            fn write(&self, _: u64, _: &[u8]) -> io::Result<()> {
                Ok(())
            }
        }
        let base = Base::new(Stuck);
        let layer = base.through().unwrap();
        let error = layer.set_len(200).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::StorageFull);
        let words = "a store of 200 bytes is asked for, its file has 100";
        assert_eq!(base.failure().as_deref(), Some(words));
        // A panic of redb's after that is no damage, until the store is opened again.
        let is_damage = || guarded(|| Ok::<_, StoreError>(panic_is_damage())).unwrap();
        assert!(!is_damage());
        base.above().unwrap();
        assert!(is_damage() && base.failure().is_none());
    }
}
