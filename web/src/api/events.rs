//! `window.tablon.on(event, fn)`.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Object, Reflect};
use tablon_core::view::Delta;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

use super::{arguments, error, values};
use crate::client::Event;
use crate::networks::{Follow, Networks};

const EVENTS: &[&str] = &[
    "tip",
    "branch",
    "post",
    "unverified",
    "passed",
    "peer",
    "wallet",
];

/// The function `on`: begins a watch and returns a function that ends it. A wrong
/// argument throws at once, since there is no promise to reject.
pub(super) fn on(networks: &Networks) -> JsValue {
    let networks = networks.clone();
    let on = move |event: JsValue, callback: JsValue| -> Result<JsValue, JsValue> {
        let refuse = |bad: arguments::BadArgument| error(&bad.into());
        let event = arguments::word(&event, "event", EVENTS).map_err(refuse)?;
        let callback = arguments::function(&callback, "fn").map_err(refuse)?;
        Ok(watch(&networks, event, callback))
    };
    Closure::<dyn Fn(JsValue, JsValue) -> Result<JsValue, JsValue>>::new(on).into_js_value()
}

fn watch(networks: &Networks, wanted: &'static str, callback: Function) -> JsValue {
    let watch = networks.follow(move |event| {
        let value = match event {
            Event::Show(delta) => shown(wanted, delta),
            Event::Wallet(state) if wanted == "wallet" => Some(values::plain(state)),
            _ => None,
        };
        let Some(value) = value else { return };
        // One script's mistake is nobody else's: it is told to the console.
        if let Err(thrown) = callback.call1(&JsValue::UNDEFINED, &value) {
            gloo::console::error!("a tablon.on listener threw:", thrown);
        }
    });
    let watch: Rc<RefCell<Option<Follow>>> = Rc::new(RefCell::new(Some(watch)));
    let end = move || {
        watch.take();
    };
    Closure::<dyn Fn()>::new(end).into_js_value()
}

/// The event's value for scripts, if it is of the wanted kind.
fn shown(wanted: &str, delta: &Delta) -> Option<JsValue> {
    let value = match (wanted, delta) {
        ("tip", Delta::Tip { .. })
        | ("branch", Delta::Branch { .. })
        | ("passed", Delta::Passed { .. })
        | ("peer", Delta::PeerGone { .. }) => values::plain(delta),
        ("unverified", Delta::Unverified { posts }) => values::plain(posts),
        ("post", Delta::Post { post, loosened }) => {
            let value = values::plain(post);
            super::set(&value, "loosened", &JsValue::from_bool(*loosened));
            value
        }
        ("peer", Delta::Peer(peer)) => values::plain(peer),
        _ => return None,
    };
    if let Delta::PeerGone { .. } = delta {
        super::set(&value, "state", &JsValue::from_str("gone"));
    }
    // The tag is for the page's own threads.
    let _ = Reflect::delete_property(value.unchecked_ref::<Object>(), &JsValue::from_str("show"));
    Some(value)
}
