//! The files of one slot: its store, its keys, its wallet, and what was put aside.

use std::io;

use gloo::timers::future::TimeoutFuture;
use js_sys::{Date, IteratorNext, Reflect, Uint8Array};
use redb::StorageBackend;
use tablon_core::hash::NetworkId;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    File, FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions,
};

use super::opfs::{OpfsFile, error_of, settle};
use crate::last_words::scope;
use crate::threads::Erased;

/// The board's directory in the origin's private file system.
const DIRECTORY: &str = "tablon";

/// Files put aside a slot, at most: the last two accidents.
const KEPT: u32 = 2;

/// How long a file may stay locked by a worker that is going away, milliseconds.
const LOCKED_TIMEOUT_MS: f64 = 3_000.0;

/// Copying goes in pieces, so that a large store needs no large memory.
const PIECE: usize = 256 * 1024;

/// The files of one slot of one network.
#[derive(Debug, Clone)]
pub struct Files {
    directory: FileSystemDirectoryHandle,
    prefix: String,
}

impl Files {
    /// Find the directory; fails where the browser keeps no files.
    pub async fn open(network: NetworkId, slot: u32) -> io::Result<Self> {
        let storage = scope().navigator().storage();
        // Absent in an insecure page, whatever the binding's type says.
        if JsValue::from(&storage).is_undefined()
            || !Reflect::has(&storage, &"getDirectory".into()).unwrap_or(false)
        {
            return Err(io::Error::new(
                io::ErrorKind::Unsupported,
                "this browser has no private file system for this page",
            ));
        }
        let root: FileSystemDirectoryHandle =
            settle(storage.get_directory()).await?.unchecked_into();
        let options = FileSystemGetDirectoryOptions::new();
        options.set_create(true);
        let directory = root.get_directory_handle_with_options(DIRECTORY, &options);
        Ok(Self {
            directory: settle(directory).await?.unchecked_into(),
            prefix: format!("{network}-{slot}"),
        })
    }

    /// Open one of the slot's files, waiting a little for whoever still has it.
    pub async fn file(&self, kind: &str) -> io::Result<OpfsFile> {
        let name = self.name(kind);
        patiently(async || OpfsFile::open(&self.directory, &name).await).await
    }

    /// Keep a copy of a damaged file and empty it. Of three accidents the oldest
    /// is forgotten.
    pub async fn put_aside(&self, kind: &str) -> io::Result<()> {
        let damaged = self.file(kind).await?;
        let name = self.oldest_aside(kind).await;
        let copy = OpfsFile::open(&self.directory, &name).await?;
        if let Err(error) = copy_whole(&damaged, &copy) {
            // A part of a copy takes the room that is lacking.
            drop(copy);
            let _ = settle(self.directory.remove_entry(&name)).await;
            return Err(error);
        }
        // Only when the copy is safe is the original emptied.
        damaged.set_len(0)?;
        damaged.sync_data()
    }

    /// Whether a damaged file can be kept without forgetting another.
    pub async fn has_room_aside(&self, kind: &str) -> bool {
        for number in 1..=KEPT {
            if self.modified(&self.aside_name(kind, number)).await.is_err() {
                return true;
            }
        }
        false
    }

    /// A file as it is now, also while a worker has it open; fails when it is
    /// absent or has more than `most` bytes.
    pub async fn snapshot(&self, kind: &str, most: u64) -> io::Result<Vec<u8>> {
        let file = self.stat(&self.name(kind)).await?;
        if file.size() > most as f64 {
            return Err(io::Error::new(
                io::ErrorKind::FileTooLarge,
                format!(
                    "at most {most} bytes are read, the file has {}",
                    file.size()
                ),
            ));
        }
        let buffer = settle(file.array_buffer()).await?;
        Ok(Uint8Array::new(&buffer).to_vec())
    }

    /// The slot's files, without what stands before the first dot.
    pub async fn kinds(&self) -> io::Result<Vec<String>> {
        let prefix = self.name("");
        let names = self.directory.keys();
        let mut kinds = Vec::new();
        loop {
            let next = names.next().map_err(|error| error_of(&error))?;
            let next: IteratorNext = settle(next).await?.unchecked_into();
            if next.done() {
                return Ok(kinds);
            }
            let name = next.value().as_string().unwrap_or_default();
            kinds.extend(name.strip_prefix(&prefix).map(str::to_owned));
        }
    }

    /// Delete one of the slot's files, waiting a little for whoever still has it.
    pub async fn delete(&self, kind: &str) -> io::Result<()> {
        let name = self.name(kind);
        patiently(async || settle(self.directory.remove_entry(&name)).await.map(drop)).await
    }

    /// Delete all of the slot's files, the wallet last, and say which they were.
    pub async fn erase(&self) -> io::Result<Vec<Erased>> {
        let mut kinds = self.kinds().await?;
        kinds.sort_by_key(|kind| (kind.starts_with("wallet"), kind.clone()));
        let mut erased = Vec::new();
        for file in kinds {
            let bytes = self.stat(&self.name(&file)).await?.size() as u64;
            self.delete(&file).await?;
            erased.push(Erased { file, bytes });
        }
        Ok(erased)
    }

    fn name(&self, kind: &str) -> String {
        format!("{}.{kind}", self.prefix)
    }

    async fn oldest_aside(&self, kind: &str) -> String {
        let mut oldest = (f64::INFINITY, 1);
        for number in 1..=KEPT {
            match self.modified(&self.aside_name(kind, number)).await {
                Err(_) => return self.aside_name(kind, number),
                Ok(time) if time < oldest.0 => oldest = (time, number),
                Ok(_) => {}
            }
        }
        self.aside_name(kind, oldest.1)
    }

    fn aside_name(&self, kind: &str, number: u32) -> String {
        format!("{}.corrupt-{number}", self.name(kind))
    }

    async fn modified(&self, name: &str) -> io::Result<f64> {
        Ok(self.stat(name).await?.last_modified())
    }

    async fn stat(&self, name: &str) -> io::Result<File> {
        let handle = settle(self.directory.get_file_handle(name)).await?;
        let handle: FileSystemFileHandle = handle.unchecked_into();
        Ok(settle(handle.get_file()).await?.unchecked_into())
    }
}

fn copy_whole(from: &OpfsFile, to: &OpfsFile) -> io::Result<()> {
    let length = from.len()?;
    to.set_len(0)?;
    let mut piece = vec![0; PIECE];
    let mut offset = 0;
    while offset < length {
        let size = PIECE.min(usize::try_from(length - offset).unwrap_or(PIECE));
        from.read(offset, &mut piece[..size])?;
        to.write(offset, &piece[..size])?;
        offset += size as u64;
    }
    to.sync_data()
}

/// Try again for a while when another worker has the file.
async fn patiently<T>(mut attempt: impl AsyncFnMut() -> io::Result<T>) -> io::Result<T> {
    let begun = Date::now();
    loop {
        match attempt().await {
            Err(error)
                if error.kind() == io::ErrorKind::ResourceBusy
                    && Date::now() - begun < LOCKED_TIMEOUT_MS =>
            {
                TimeoutFuture::new(50).await;
            }
            result => return result,
        }
    }
}
