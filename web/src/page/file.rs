//! Files that the person saves and chooses. The page keeps none of them.

use gloo::timers::callback::Timeout;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, HtmlAnchorElement, Url};

/// The browser has begun to read a saved file by then, milliseconds.
const READ_BY: u32 = 10_000;

/// Have the browser save `bytes` as a file.
pub(crate) fn save(bytes: &[u8], name: &str) {
    let parts = Array::of1(&Uint8Array::from(bytes));
    let Ok(blob) = Blob::new_with_u8_array_sequence(&parts) else {
        return;
    };
    let Ok(url) = Url::create_object_url_with_blob(&blob) else {
        return;
    };
    let link = gloo::utils::document()
        .create_element("a")
        .ok()
        .and_then(|link| link.dyn_into::<HtmlAnchorElement>().ok());
    if let Some(link) = link {
        link.set_href(&url);
        link.set_download(name);
        link.click();
    }
    Timeout::new(READ_BY, move || {
        let _ = Url::revoke_object_url(&url);
    })
    .forget();
}

/// Why a chosen file was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unread {
    /// Longer than what is looked for can be.
    TooLong,
    /// The browser could not read it.
    Unreadable,
}

/// The bytes of a chosen file of at most `most` bytes.
pub(crate) async fn read(file: &File, most: usize) -> Result<Vec<u8>, Unread> {
    if file.size() > most as f64 {
        return Err(Unread::TooLong);
    }
    match JsFuture::from(file.array_buffer()).await {
        Ok(buffer) => Ok(Uint8Array::new(&buffer).to_vec()),
        Err(_) => Err(Unread::Unreadable),
    }
}
