//! What the page finds around it: its address, what it kept over a reload, and
//! what the browser can do.

use gloo::events::EventListener;
use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{PageTransitionEvent, Storage, Window};

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

/// What follows `#/n/` in the address, up to the next `/`.
pub(super) fn network_link() -> Option<String> {
    network_of(&window().location().hash().unwrap_or_default())
}

fn network_of(fragment: &str) -> Option<String> {
    let link = fragment.strip_prefix("#/n/")?.split(['/', '?']).next()?;
    (!link.is_empty()).then(|| link.to_owned())
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
fn slot_key() -> String {
    format!("tablon.slot.{}", network_link().unwrap_or_default())
}

// Refused in some privacy settings: then a reload takes the lowest free slot.
fn storage() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

/// The slot that this tab had before it was reloaded.
pub(super) fn former_slot() -> Option<u32> {
    storage()?.get_item(&slot_key()).ok()??.parse().ok()
}

/// Remember the slot for the next reload.
pub(super) fn keep_slot(slot: u32) {
    if let Some(storage) = storage() {
        // Without it a reload takes the lowest free slot, mostly the same one.
        let _ = storage.set_item(&slot_key(), &slot.to_string());
    }
}

/// Call `on_leave` when the page goes; load it anew when it comes back from the
/// browser's back-forward cache, or when its address names another network.
pub(super) fn listeners(on_leave: impl Fn() + 'static) -> Vec<EventListener> {
    let here = network_link();
    vec![
        EventListener::new(&window(), "pagehide", move |_| on_leave()),
        EventListener::new(&window(), "pageshow", |event| {
            if event.unchecked_ref::<PageTransitionEvent>().persisted() {
                reload();
            }
        }),
        // Only a link that names a network leads to it; `#/wall` stays here.
        EventListener::new(&window(), "hashchange", move |_| {
            if let Some(there) = network_link()
                && Some(&there) != here.as_ref()
            {
                reload();
            }
        }),
    ]
}

fn reload() {
    // Fails only in a document that is no longer shown.
    let _ = window().location().reload();
}

#[cfg(test)]
mod tests {
    use super::network_of;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn only_a_fragment_that_names_a_network_is_taken_for_one() {
        for (fragment, network) in [
            ("", None),
            ("#/wall", None),
            ("#/n/", None),
            ("#/n/abc-_", Some("abc-_")),
            ("#/n/abc/wall", Some("abc")),
        ] {
            assert_eq!(network_of(fragment).as_deref(), network, "{fragment}");
        }
    }
}
