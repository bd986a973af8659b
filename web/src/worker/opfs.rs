//! The store's bytes in the browser's origin-private file system: a redb
//! backend over a sync access handle, which only a dedicated worker has.
//!
//! The handle holds an exclusive lock: no other tab opens the same file.

use std::cell::RefCell;
use std::io;

use js_sys::Reflect;
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
    static HANDLES: RefCell<Vec<Option<FileSystemSyncAccessHandle>>> = const { RefCell::new(Vec::new()) };
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
            handles[index] = Some(handle);
            Self { handle: index }
        })
    }

    fn with<T>(
        &self,
        act: impl FnOnce(&FileSystemSyncAccessHandle) -> Result<T, JsValue>,
    ) -> io::Result<T> {
        let handle = HANDLES.with_borrow(|handles| handles.get(self.handle).cloned().flatten());
        let handle = handle.ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::NotFound,
                "the file is closed, or is another thread's",
            )
        })?;
        act(&handle).map_err(|error| error_of(&error))
    }

    fn close_handle(&self) {
        let handle =
            HANDLES.with_borrow_mut(|handles| handles.get_mut(self.handle).and_then(Option::take));
        if let Some(handle) = handle {
            handle.close();
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
        Ok(self.with(FileSystemSyncAccessHandle::get_size)? as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let wanted = out.len();
        let mut done = 0;
        while done < wanted {
            let options = at(offset + done as u64);
            let read = self
                .with(|handle| handle.read_with_u8_array_and_options(&mut out[done..], &options))?
                as usize;
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
        self.with(|handle| handle.truncate_with_f64(len as f64))
    }

    fn sync_data(&self) -> io::Result<()> {
        self.with(FileSystemSyncAccessHandle::flush)
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut done = 0;
        while done < data.len() {
            let options = at(offset + done as u64);
            let written = self
                .with(|handle| handle.write_with_u8_array_and_options(&data[done..], &options))?
                as usize;
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

fn at(offset: u64) -> FileSystemReadWriteOptions {
    let options = FileSystemReadWriteOptions::new();
    options.set_at(offset as f64);
    options
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
