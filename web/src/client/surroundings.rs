//! What a node's client finds around it: where it came from, what it kept over a
//! reload, and what the browser can do.

use gloo::events::EventListener;
use js_sys::Reflect;
use tablon_core::hash::NetworkId;
use wasm_bindgen::JsValue;
use web_sys::{Storage, Window};

/// The name of the one feature without which nothing runs.
pub(super) const WORKERS: &str = "Web Workers";

fn window() -> Window {
    web_sys::window().expect("the client runs in a page")
}

/// Features that are missing, by the names under which people look them up.
pub(super) fn lacking() -> Vec<String> {
    let window = window();
    let has = |name: &str| Reflect::has(&window, &JsValue::from_str(name)).unwrap_or(false);
    let mut lacking = Vec::new();
    if !has("Worker") {
        lacking.push(WORKERS.to_owned());
    }
    if !has("RTCPeerConnection") {
        lacking.push("WebRTC".to_owned());
    }
    lacking
}

/// Whether this browser lets pages compute on a GPU. There may be none all the
/// same; and not every browser that does lets workers.
pub(crate) fn offers_gpu() -> bool {
    Reflect::has(&window().navigator(), &JsValue::from_str("gpu")).unwrap_or(false)
}

/// `/signal` of the server that the page came from.
pub(super) fn relay_address() -> String {
    let location = window().location();
    let scheme = match location.protocol().as_deref() {
        Ok("https:") => "wss",
        _ => "ws",
    };
    let host = location.host().unwrap_or_default();
    format!("{scheme}://{host}/signal")
}

// A slot belongs to a network: one key each.
fn slot_key(network: NetworkId) -> String {
    format!("tablon.slot.{network}")
}

// Refused in some privacy settings: then a reload takes the lowest free slot.
fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

/// The slot that this tab had before it was reloaded.
pub(super) fn former_slot(network: NetworkId) -> Option<u32> {
    storage()?.get_item(&slot_key(network)).ok()??.parse().ok()
}

/// Remember the slot for the next reload.
pub(super) fn keep_slot(network: NetworkId, slot: u32) {
    if let Some(storage) = storage() {
        // Without it a reload takes the lowest free slot, mostly the same one.
        let _ = storage.set_item(&slot_key(network), &slot.to_string());
    }
}

/// Call `leave` when the page goes.
pub(super) fn on_leave(leave: impl Fn() + 'static) -> EventListener {
    EventListener::new(&window(), "pagehide", move |_| leave())
}
