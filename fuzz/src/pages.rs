//! Bytes in pages that copies share until one of them is written: a store that was
//! prepared once is opened thousands of times a second.

use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use redb::StorageBackend;

const PAGE: usize = 4_096;

type Page = [u8; PAGE];

/// What a file holds. Past its end the last page is zeros.
#[derive(Debug, Clone)]
pub(crate) struct Pages {
    length: usize,
    pages: Vec<Arc<Page>>,
    zeros: Arc<Page>,
}

impl Default for Pages {
    fn default() -> Self {
        Self {
            length: 0,
            pages: Vec::new(),
            zeros: Arc::new([0; PAGE]),
        }
    }
}

impl Pages {
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Cut or extend it with zeros.
    pub(crate) fn resize(&mut self, length: usize) {
        self.pages.resize(length.div_ceil(PAGE), self.zeros.clone());
        let inside = length % PAGE;
        if length < self.length
            && inside > 0
            && let Some(last) = self.pages.last_mut()
        {
            Arc::make_mut(last)[inside..].fill(0);
        }
        self.length = length;
    }

    /// All of `out`, or an error when the file ends sooner.
    pub(crate) fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let mut at = self.start(offset, out.len())?;
        let mut out = out;
        while !out.is_empty() {
            let inside = at % PAGE;
            let (part, rest) = out.split_at_mut(out.len().min(PAGE - inside));
            part.copy_from_slice(&self.pages[at / PAGE][inside..inside + part.len()]);
            at += part.len();
            out = rest;
        }
        Ok(())
    }

    /// All of `data`, or an error when the file ends sooner.
    pub(crate) fn write(&mut self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut at = self.start(offset, data.len())?;
        let mut data = data;
        while !data.is_empty() {
            let inside = at % PAGE;
            let (part, rest) = data.split_at(data.len().min(PAGE - inside));
            let page = Arc::make_mut(&mut self.pages[at / PAGE]);
            page[inside..inside + part.len()].copy_from_slice(part);
            at += part.len();
            data = rest;
        }
        Ok(())
    }

    fn start(&self, offset: u64, size: usize) -> io::Result<usize> {
        let start = usize::try_from(offset).map_err(io::Error::other)?;
        match start.checked_add(size) {
            Some(end) if end <= self.length => Ok(start),
            _ => Err(ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// A backend of pages. A clone is the same storage.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<Written>>);

#[derive(Debug, Default)]
struct Written {
    pages: Pages,
    writes: u64,
}

impl Memory {
    pub(crate) fn of(pages: Pages) -> Self {
        Self(Arc::new(Mutex::new(Written { pages, writes: 0 })))
    }

    /// What it holds now.
    pub(crate) fn image(&self) -> Pages {
        self.inner().pages.clone()
    }

    /// How often it was written.
    pub(crate) fn writes(&self) -> u64 {
        self.inner().writes
    }

    fn inner(&self) -> MutexGuard<'_, Written> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StorageBackend for Memory {
    fn len(&self) -> io::Result<u64> {
        Ok(self.inner().pages.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.inner().pages.read(offset, out)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).map_err(io::Error::other)?;
        let mut inner = self.inner();
        inner.writes += 1;
        inner.pages.resize(length);
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut inner = self.inner();
        inner.writes += 1;
        inner.pages.write(offset, data)
    }
}
