//! The files of one slot: its store, its keys, and what was put aside.

use std::io;

use gloo::timers::future::TimeoutFuture;
use js_sys::{Date, Reflect};
use redb::StorageBackend;
use tablon_core::hash::NetworkId;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetDirectoryOptions};

use super::opfs::{OpfsFile, settle};
use crate::last_words::scope;

/// The board's directory in the origin's private file system.
const DIRECTORY: &str = "tablon";

/// Files put aside a slot, at most: the last two accidents.
const KEPT: u32 = 2;

/// How long a file may stay locked by a worker that is going away, milliseconds.
const PATIENCE: f64 = 3_000.0;

/// Copying goes in pieces, so that a large store needs no large memory.
const PIECE: usize = 256 * 1024;

/// The files of one slot of one network.
#[derive(Debug)]
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
        let begun = Date::now();
        let name = self.name(kind);
        loop {
            match OpfsFile::open(&self.directory, &name).await {
                Err(error)
                    if error.kind() == io::ErrorKind::ResourceBusy
                        && Date::now() - begun < PATIENCE =>
                {
                    TimeoutFuture::new(50).await;
                }
                result => return result,
            }
        }
    }

    /// Keep a copy of a damaged file and empty it. Of three accidents the oldest
    /// is forgotten.
    pub async fn put_aside(&self, kind: &str) -> io::Result<()> {
        let damaged = self.file(kind).await?;
        let copy = OpfsFile::open(&self.directory, &self.oldest_aside(kind).await).await?;
        let length = damaged.len()?;
        copy.set_len(0)?;
        let mut piece = vec![0; PIECE];
        let mut offset = 0;
        while offset < length {
            let size = PIECE.min(usize::try_from(length - offset).unwrap_or(PIECE));
            damaged.read(offset, &mut piece[..size])?;
            copy.write(offset, &piece[..size])?;
            offset += size as u64;
        }
        // Only when the copy is safe is the original emptied.
        copy.sync_data()?;
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
        let handle = settle(self.directory.get_file_handle(name)).await?;
        let handle: FileSystemFileHandle = handle.unchecked_into();
        let file: web_sys::File = settle(handle.get_file()).await?.unchecked_into();
        Ok(file.last_modified())
    }
}
