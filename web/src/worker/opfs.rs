//! The store's bytes in the browser's origin-private file system: a redb
//! backend over a sync access handle, which only a dedicated worker has.
//!
//! The handle holds an exclusive lock: no other tab opens the same file.

use std::cell::RefCell;
use std::io;

use js_sys::{Reflect, Uint8Array};
use redb::StorageBackend;
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

    // As many bytes as there are, from `offset` on.
    fn read(&self, offset: u64, out: &mut [u8]) -> Result<usize, JsValue> {
        self.options.set_at(offset as f64);
        if out.len() != PAGE {
            let read = (self.handle).read_with_u8_array_and_options(out, &self.options)?;
            return Ok(read as usize);
        }
        let read = (self.handle).read_with_js_u8_array_and_options(&self.page, &self.options)?;
        if read as usize == PAGE {
            self.page.copy_to(out);
        } else {
            let part = self.page.subarray(0, read as u32);
            part.copy_to(&mut out[..read as usize]);
        }
        Ok(read as usize)
    }

    // As many bytes as it takes, from `offset` on.
    fn write(&self, offset: u64, data: &[u8]) -> Result<usize, JsValue> {
        self.options.set_at(offset as f64);
        let written = if data.len() == PAGE {
            self.page.copy_from(data);
            (self.handle).write_with_js_u8_array_and_options(&self.page, &self.options)?
        } else {
            (self.handle).write_with_u8_array_and_options(data, &self.options)?
        };
        Ok(written as usize)
    }
}

/// A file of the origin-private file system. Dropping it closes it.
#[derive(Debug)]
pub struct OpfsFile {
    handle: usize,
}

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
            Self { handle: index }
        })
    }

    fn with<T>(&self, act: impl FnOnce(&Opened) -> Result<T, JsValue>) -> io::Result<T> {
        HANDLES.with_borrow(|handles| {
            let opened = handles.get(self.handle).and_then(Option::as_ref);
            let opened = opened.ok_or_else(|| {
                io::Error::new(
                    io::ErrorKind::NotFound,
                    "the file is closed, or is another thread's",
                )
            })?;
            act(opened).map_err(|error| error_of(&error))
        })
    }

    fn close_handle(&self) {
        let opened =
            HANDLES.with_borrow_mut(|handles| handles.get_mut(self.handle).and_then(Option::take));
        if let Some(opened) = opened {
            opened.handle.close();
        }
    }
}

impl Drop for OpfsFile {
    fn drop(&mut self) {
        self.close_handle();
    }
}

impl StorageBackend for OpfsFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.with(|opened| opened.handle.get_size())? as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let wanted = out.len();
        let mut done = 0;
        while done < wanted {
            let read = self.with(|opened| opened.read(offset + done as u64, &mut out[done..]))?;
            if read == 0 {
                return Err(io::Error::new(
                    io::ErrorKind::UnexpectedEof,
                    format!("{wanted} bytes wanted at {offset}, the file gave {done}"),
                ));
            }
            done += read;
        }
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        // Growing fills with zeros, by the standard.
        self.with(|opened| opened.handle.truncate_with_f64(len as f64))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.with(|opened| opened.handle.flush())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut done = 0;
        while done < data.len() {
            let written = self.with(|opened| opened.write(offset + done as u64, &data[done..]))?;
            if written == 0 {
                return Err(io::Error::new(
                    io::ErrorKind::WriteZero,
                    format!(
                        "{} bytes to write at {offset}, the file took {done}",
                        data.len()
                    ),
                ));
            }
            done += written;
        }
        Ok(())
    }

    fn close(&self) -> io::Result<()> {
        self.close_handle();
        Ok(())
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
