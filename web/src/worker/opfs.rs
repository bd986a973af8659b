//! The store's bytes in the browser's origin-private file system: a redb
//! backend over a sync access handle, which only a dedicated worker has.
//!
//! The handle holds an exclusive lock: no other tab opens the same file.

use std::cell::RefCell;
use std::io;

use js_sys::{Reflect, Uint8Array};
use redb::StorageBackend;
use tablon_core::store::{PartialFile, Whole};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    FileSystemDirectoryHandle, FileSystemFileHandle, FileSystemGetFileOptions,
    FileSystemReadWriteOptions, FileSystemSyncAccessHandle,
};

use crate::thrown::explain;

thread_local! {
    // redb wants a backend that is Send and Sync, which a JavaScript object is
    // not: the backend is a number, and the object stays in its own thread.
    static HANDLES: RefCell<Vec<Option<Opened>>> = const { RefCell::new(Vec::new()) };
}

/// Bytes of redb's pages, which is what is read and written mostly.
const PAGE: usize = 4096;

/// A handle, and what it is told at each call. The browser makes objects of its own for
/// every array and every options that it sees for the first time, and collects them
/// late: those of a store of 65 MB, which is read whole when it is opened, were 4 MB.
/// So one page after the other goes through one array.
struct Opened {
    handle: FileSystemSyncAccessHandle,
    options: FileSystemReadWriteOptions,
    page: Uint8Array,
}

impl Opened {
    fn of(handle: FileSystemSyncAccessHandle) -> Self {
        Self {
            handle,
            options: FileSystemReadWriteOptions::new(),
            page: Uint8Array::new_with_length(PAGE as u32),
        }
    }

    // From `offset` on; how many bytes the browser says that it read.
    fn read(&self, offset: u64, out: &mut [u8]) -> Result<u64, JsValue> {
        self.options.set_at(offset as f64);
        if out.len() != PAGE {
            let read = (self.handle).read_with_u8_array_and_options(out, &self.options)?;
            return Ok(read as u64);
        }
        let read = (self.handle).read_with_js_u8_array_and_options(&self.page, &self.options)?;
        if read as usize == PAGE {
            self.page.copy_to(out);
        }
        Ok(read as u64)
    }

    // From `offset` on; how many bytes the browser says that it wrote.
    fn write(&self, offset: u64, data: &[u8]) -> Result<u64, JsValue> {
        self.options.set_at(offset as f64);
        let written = if data.len() == PAGE {
            self.page.copy_from(data);
            (self.handle).write_with_js_u8_array_and_options(&self.page, &self.options)?
        } else {
            (self.handle).write_with_u8_array_and_options(data, &self.options)?
        };
        Ok(written as u64)
    }
}

/// A file of the origin-private file system: all of a read or write, or an error.
/// Dropping it closes it.
#[derive(Debug)]
pub struct OpfsFile(Whole<Handle>);

/// Its place among this thread's handles.
#[derive(Debug)]
struct Handle(usize);

impl OpfsFile {
    /// Open `name` in `directory`, made when absent. Fails with
    /// [`io::ErrorKind::ResourceBusy`] while another tab has it open.
    pub async fn open(directory: &FileSystemDirectoryHandle, name: &str) -> io::Result<Self> {
        let options = FileSystemGetFileOptions::new();
        options.set_create(true);
        let file = directory.get_file_handle_with_options(name, &options);
        let file: FileSystemFileHandle = settle(file).await?.unchecked_into();
        let handle = settle(file.create_sync_access_handle()).await?;
        Ok(Self::keep(handle.unchecked_into()))
    }

    fn keep(handle: FileSystemSyncAccessHandle) -> Self {
        HANDLES.with_borrow_mut(|handles| {
            let free = handles.iter().position(Option::is_none);
            let index = free.unwrap_or_else(|| {
                handles.push(None);
                handles.len() - 1
            });
            handles[index] = Some(Opened::of(handle));
            Self(Whole(Handle(index)))
        })
    }
}

impl Handle {
    fn with<T>(&self, act: impl FnOnce(&Opened) -> Result<T, JsValue>) -> io::Result<T> {
        HANDLES.with_borrow(|handles| {
            let opened = handles.get(self.0).and_then(Option::as_ref);
            let opened = opened.ok_or_else(|| {
                io::Error::new(
                    io::ErrorKind::NotFound,
                    "the file is closed, or is another thread's",
                )
            })?;
            act(opened).map_err(|error| error_of(&error))
        })
    }
}

impl PartialFile for Handle {
    fn size(&self) -> io::Result<u64> {
        Ok(self.with(|opened| opened.handle.get_size())? as u64)
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<u64> {
        self.with(|opened| opened.read(offset, out))
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> io::Result<u64> {
        self.with(|opened| opened.write(offset, data))
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        // Growing fills with zeros, by the standard.
        self.with(|opened| opened.handle.truncate_with_f64(size as f64))
    }

    fn flush(&self) -> io::Result<()> {
        self.with(|opened| opened.handle.flush())
    }

    fn close(&self) {
        let opened =
            HANDLES.with_borrow_mut(|handles| handles.get_mut(self.0).and_then(Option::take));
        if let Some(opened) = opened {
            opened.handle.close();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        PartialFile::close(self);
    }
}

impl StorageBackend for OpfsFile {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }
    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }
    fn close(&self) -> io::Result<()> {
        self.0.close()
    }
}

/// Wait for a promise of the file system.
pub(super) async fn settle(promise: js_sys::Promise) -> io::Result<JsValue> {
    JsFuture::from(promise)
        .await
        .map_err(|error| error_of(&error))
}

/// The browser's reason, with the kind that says what may be done about it.
pub(super) fn error_of(error: &JsValue) -> io::Error {
    let name = Reflect::get(error, &"name".into())
        .ok()
        .and_then(|name| name.as_string())
        .unwrap_or_default();
    let kind = match name.as_str() {
        "NoModificationAllowedError" => io::ErrorKind::ResourceBusy,
        "QuotaExceededError" => io::ErrorKind::StorageFull,
        "NotFoundError" => io::ErrorKind::NotFound,
        "SecurityError" | "NotAllowedError" => io::ErrorKind::PermissionDenied,
        _ => io::ErrorKind::Other,
    };
    io::Error::new(kind, explain(error))
}
