//! A BroadcastChannel of words of one kind.

use std::cell::OnceCell;

use gloo::events::EventListener;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use web_sys::{BroadcastChannel, MessageEvent};

use super::words;
use crate::thrown::explain;

/// An open channel; dropping it closes it.
pub(super) struct Channel {
    channel: BroadcastChannel,
    listener: OnceCell<EventListener>,
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.listener.take();
        self.channel.close();
    }
}

impl Channel {
    pub(super) fn open(name: &str) -> Result<Self, String> {
        let channel = BroadcastChannel::new(name).map_err(|error| explain(&error))?;
        Ok(Self {
            channel,
            listener: OnceCell::new(),
        })
    }

    /// From now on hear the words of others that are of this version and kind.
    pub(super) fn hear<T: DeserializeOwned>(&self, hear: impl Fn(T) + 'static) {
        let listener = EventListener::new(&self.channel, "message", move |event| {
            let data = event.unchecked_ref::<MessageEvent>().data();
            if let Some(word) = words::read(&data) {
                hear(word);
            }
        });
        // A channel is given its one listener when it is made.
        let _ = self.listener.set(listener);
    }

    pub(super) fn say<T: Serialize>(&self, word: T) -> Result<(), String> {
        let posted = self.channel.post_message(&words::write(&word));
        posted.map_err(|error| explain(&error))
    }
}
