//! The program that runs here, for a worker that is to run it too: the page and
//! its node share one download, and the browser compiles it once.

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// Waits for [`message`] and loads what it names; then the worker is as any other.
pub(crate) const SCRIPT: &str = "node.js";

#[wasm_bindgen]
extern "C" {
    // The name of the bindings changes with their content: they know it themselves.
    #[wasm_bindgen(thread_local_v2, js_namespace = ["import", "meta"], js_name = url)]
    static BINDINGS: String;
}

/// The first message of a worker of [`SCRIPT`].
pub(crate) fn message() -> JsValue {
    let message = Object::new();
    let fields = [
        ("bindings", BINDINGS.with(|url| JsValue::from_str(url))),
        ("module", wasm_bindgen::module()),
    ];
    for (name, value) in fields {
        Reflect::set(&message, &JsValue::from_str(name), &value)
            .expect("a new object takes any field");
    }
    message.into()
}
