//! What the tabs of one browser say to each other, and on which channels.

use js_sys::Uint8Array;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tablon_core::encode::append;
use tablon_core::hash::{NetworkId, PeerId};
use wasm_bindgen::{JsCast, JsValue};

use crate::messages;

/// Version of these words: those of another are not heard.
pub const VERSION: u8 = 2;

/// A word as it travels: its bytes, after one with the version.
pub fn write<T: Serialize>(word: &T) -> Uint8Array {
    Uint8Array::from(append(word, vec![VERSION]).as_slice())
}

/// What was said, if it is a word of this version.
pub fn read<T: DeserializeOwned>(said: &JsValue) -> Option<T> {
    let bytes = said.dyn_ref::<Uint8Array>()?.to_vec();
    messages::decode(bytes.strip_prefix(&[VERSION])?).ok()
}

/// The channel of all tabs of a network.
pub fn room(network: NetworkId) -> String {
    format!("tablon/{network}")
}

/// The channel that a tab listens on by itself.
pub fn inbox(network: NetworkId, peer: PeerId) -> String {
    format!("tablon/{network}/{peer}")
}

/// The channel of a link.
pub fn link(network: NetworkId, asker: PeerId, session: u32) -> String {
    format!("tablon/{network}/{asker}/{session}")
}

/// To all tabs of the network.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToEveryone {
    /// Here I am; who else is?
    Hello {
        /// Who speaks.
        from: PeerId,
    },
    /// The tab closes, or its node is to be started anew.
    Bye {
        /// Who speaks.
        from: PeerId,
    },
}

/// To one tab.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToOne {
    /// Answer to `Hello`.
    Here {
        /// Who speaks.
        from: PeerId,
    },
    /// Asks for a link; the answer comes on the link's channel.
    Ask {
        /// Who speaks.
        from: PeerId,
        /// Drawn at random.
        session: u32,
    },
    /// The ask came to nothing.
    Withdrawn {
        /// Who speaks.
        from: PeerId,
        /// Of the ask.
        session: u32,
    },
}

/// On a link.
#[derive(Debug, Serialize, Deserialize)]
pub enum OnLink {
    /// The link is open.
    Agree,
    /// There is no room for a link.
    Full,
    /// One wire message.
    Frame {
        /// The message.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
    /// The link is over.
    Gone,
}
