//! What a node's client finds around it: where it came from, what it kept over a
//! reload, and what the browser can do.

use std::cell::Cell;

use gloo::events::EventListener;
use js_sys::Reflect;
use tablon_core::hash::NetworkId;
use wasm_bindgen::JsValue;
use web_sys::{Storage, Window};

use crate::threads::LinkPolicy;

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

/// Bytes of disk that a board's store may take before its person is asked: years of
/// a room that writes a hundred notes a day, or a minute of a board whose blocks
/// cost nothing.
pub(crate) const BUDGET_BYTES: u64 = 256_000_000;

const LINKS: &str = "tablon.links";
const RELAY_ONLY: &str = "relay-only";

fn budget_key(network: NetworkId) -> String {
    format!("tablon.budget.{network}")
}

// All tabs of the browser share it; refused in some privacy settings.
fn memory() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

/// Bytes of disk that the store may take.
pub(super) fn budget(network: NetworkId) -> u64 {
    memory()
        .and_then(|memory| memory.get_item(&budget_key(network)).ok()?)
        .and_then(|bytes| bytes.parse().ok())
        .unwrap_or(BUDGET_BYTES)
}

/// The person agrees to so many.
pub(super) fn keep_budget(network: NetworkId, bytes: u64) {
    if let Some(memory) = memory() {
        // Forgotten, it is asked for once more at the next start.
        let _ = memory.set_item(&budget_key(network), &bytes.to_string());
    }
}

/// The network is left.
pub(crate) fn forget_budget(network: NetworkId) {
    if let Some(memory) = memory() {
        let _ = memory.remove_item(&budget_key(network));
    }
}

thread_local! {
    // What was chosen in this tab, where the browser remembers nothing.
    static CHOSEN: Cell<LinkPolicy> = const { Cell::new(LinkPolicy::Direct) };
}

/// Which links to others this browser's tabs make.
pub(crate) fn link_policy() -> LinkPolicy {
    let Some(memory) = memory() else {
        return CHOSEN.get();
    };
    match memory.get_item(LINKS).ok().flatten().as_deref() {
        Some(RELAY_ONLY) => LinkPolicy::RelayOnly,
        _ => CHOSEN.get(),
    }
}

/// Make these from now on, in this tab and at every start.
pub(crate) fn keep_link_policy(policy: LinkPolicy) {
    // A storage that is full keeps none of it: then the tab does.
    let kept = memory().is_some_and(|memory| match policy {
        LinkPolicy::Direct => memory.remove_item(LINKS).is_ok(),
        LinkPolicy::RelayOnly => memory.set_item(LINKS, RELAY_ONLY).is_ok(),
    });
    CHOSEN.set(if kept { LinkPolicy::Direct } else { policy });
}

/// Call `changed` when another tab of this browser chooses other links.
pub(crate) fn on_link_policy(changed: impl Fn() + 'static) -> EventListener {
    EventListener::new(&window(), "storage", move |event| {
        let key = Reflect::get(event, &"key".into());
        if key.is_ok_and(|key| key == LINKS) {
            changed();
        }
    })
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
