//! No panic crosses a thread unseen: a worker's last words go to whoever
//! started it, before the wasm stops for good.

use std::panic;

use wasm_bindgen::JsCast;
use web_sys::DedicatedWorkerGlobalScope;

use crate::messages::{self, Message};

/// Characters of a panic's text that are told: people read it, and the whole of
/// it is in the console.
const LENGTH: usize = 300;

/// The scope of the worker that this runs in.
pub fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// From now on a panic posts `message(its text)` before the worker dies.
pub fn send_on_panic<T: Message>(message: impl Fn(String) -> T + Send + Sync + 'static) {
    panic::set_hook(Box::new(move |info| {
        console_error_panic_hook::hook(info);
        let words: String = info.to_string().chars().take(LENGTH).collect();
        messages::send(&scope(), &message(words));
    }));
}
