//! Values as structured clones: how everything crosses between threads.

use js_sys::{Array, Reflect, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_wasm_bindgen::{Error, Serializer};
use wasm_bindgen::{JsCast, JsValue};

/// Anything that messages are posted to.
pub trait Target {
    /// `postMessage(message, transfer)`.
    fn post(&self, message: &JsValue, transfer: &JsValue) -> Result<(), JsValue>;
}

impl Target for web_sys::Worker {
    fn post(&self, message: &JsValue, transfer: &JsValue) -> Result<(), JsValue> {
        self.post_message_with_transfer(message, transfer)
    }
}

impl Target for web_sys::DedicatedWorkerGlobalScope {
    fn post(&self, message: &JsValue, transfer: &JsValue) -> Result<(), JsValue> {
        self.post_message_with_transfer(message, transfer)
    }
}

/// Make a message. Whole numbers of 64 bits become BigInts, which are exact.
pub fn write<T: Serialize>(message: &T) -> Result<JsValue, Error> {
    message.serialize(&Serializer::new().serialize_large_number_types_as_bigints(true))
}

/// Read a message back.
pub fn read<T: DeserializeOwned>(message: JsValue) -> Result<T, Error> {
    serde_wasm_bindgen::from_value(message)
}

/// Send a message; the buffer of its field `bytes`, if it has one, is
/// transferred, not copied once more.
///
/// A failure is told to the console alone: either the other thread is gone,
/// which its owner notices, or the message cannot be written, which
/// `tests/threads.rs` rules out.
pub fn send<T: Serialize>(to: &impl Target, message: &T) {
    let sent = write(message).map_err(JsValue::from).and_then(|message| {
        let transfer = Array::new();
        if let Ok(bytes) = Reflect::get(&message, &JsValue::from_str("bytes"))
            && let Some(bytes) = bytes.dyn_ref::<Uint8Array>()
        {
            transfer.push(&bytes.buffer());
        }
        to.post(&message, &transfer)
    });
    if let Err(error) = sent {
        gloo::console::error!("a message between threads was not sent:", error);
    }
}

/// What JavaScript threw, in one line for people.
pub fn explain(error: &JsValue) -> String {
    if let Some(error) = error.dyn_ref::<js_sys::Error>() {
        return format!("{}: {}", error.name(), error.message());
    }
    // A DOMException is no Error for wasm-bindgen, yet has the same fields.
    let field = |name: &str| {
        Reflect::get(error, &JsValue::from_str(name))
            .ok()
            .and_then(|value| value.as_string())
    };
    match (field("name"), field("message")) {
        (Some(name), Some(message)) => format!("{name}: {message}"),
        (None, Some(message)) => message,
        _ => error.as_string().unwrap_or_else(|| format!("{error:?}")),
    }
}
