//! How everything crosses between threads: as the bytes of
//! [`tablon_core::encode`]'s form, in a `Uint8Array` whose buffer is handed over.
//!
//! Such bytes do not say what they are: each begins with four that say by which
//! program's types they are to be read.

use js_sys::{Array, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tablon_core::encode::append;
use wasm_bindgen::{JsCast, JsValue};
use zeroize::Zeroize;

/// Room with which a message begins: a password and its successor, or a wallet's
/// words, are written without that the bytes move and leave a copy behind.
const ROOM: usize = 2048;

/// What is said between threads.
pub trait Message: Serialize + DeserializeOwned {
    /// Version of the bytes: another program's differs, where its types may.
    const SCHEMA: u32;

    /// It has words or a password in it: its bytes are overwritten once it is
    /// sent, and once it is read.
    fn is_secret(&self) -> bool {
        false
    }
}

/// What came is no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoMessage {
    /// Not bytes at all.
    #[error("no bytes")]
    NoBytes,
    /// Of a program with other messages.
    #[error(
        "{length} bytes that begin with {received:02x?}, not with {wanted:02x?}: \
         they are of another version of this program"
    )]
    Foreign {
        /// All of them.
        length: usize,
        /// The first four, or fewer when there are no more.
        received: Vec<u8>,
        /// Those of this program.
        wanted: [u8; 4],
    },
    /// Not a value of the type.
    #[error("{length} bytes cannot be read: {reason}")]
    Malformed {
        /// All of them.
        length: usize,
        /// Postcard's word.
        reason: String,
    },
    /// A value, and more.
    #[error("{left} of {length} bytes are left over")]
    LeftOver {
        /// All of them.
        length: usize,
        /// Those after the value.
        left: usize,
    },
}

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

/// Send a message; its buffer is handed over, not copied once more.
///
/// A failure is told to the console alone: the other thread is gone, which its
/// owner notices.
pub fn send<T: Message>(to: &impl Target, message: &T) {
    let message = write(message);
    if let Err(error) = to.post(&message, &Array::of1(&message.buffer())) {
        gloo::console::error!("a message between threads was not sent:", error);
    }
}

/// Make a message.
pub fn write<T: Message>(message: &T) -> Uint8Array {
    let mut bytes = Vec::with_capacity(ROOM);
    bytes.extend_from_slice(&T::SCHEMA.to_le_bytes());
    let mut bytes = append(message, bytes);
    let written = Uint8Array::from(bytes.as_slice());
    if message.is_secret() {
        bytes.zeroize();
    }
    written
}

/// Read a message; the bytes of a secret one are zeros afterwards.
pub fn read<T: Message>(message: &JsValue) -> Result<T, NoMessage> {
    let array: &Uint8Array = message.dyn_ref().ok_or(NoMessage::NoBytes)?;
    let mut bytes = array.to_vec();
    let wanted = T::SCHEMA.to_le_bytes();
    let Some(value) = bytes.strip_prefix(&wanted) else {
        return Err(NoMessage::Foreign {
            length: bytes.len(),
            received: bytes.iter().take(wanted.len()).copied().collect(),
            wanted,
        });
    };
    let message: T = decode(value)?;
    if message.is_secret() {
        bytes.zeroize();
        array.fill(0, 0, array.length());
    }
    Ok(message)
}

/// The value that all these bytes are.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, NoMessage> {
    let length = bytes.len();
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Ok(value),
        Ok((_, left)) => Err(NoMessage::LeftOver {
            length,
            left: left.len(),
        }),
        Err(error) => Err(NoMessage::Malformed {
            length,
            reason: error.to_string(),
        }),
    }
}
