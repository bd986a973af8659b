//! Views as plain JavaScript values, with the names of `docs/api.md`.

use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use tablon_core::view::Status;
use wasm_bindgen::JsValue;

/// JavaScript's `Number.MAX_SAFE_INTEGER`.
const LARGEST: u64 = (1 << 53) - 1;

/// Objects, arrays, strings, numbers, booleans and null.
pub(super) fn plain<T: Serialize>(view: &T) -> JsValue {
    view.serialize(&Serializer::json_compatible())
        .expect("a view has string keys and no number above 2^53")
}

/// A status has numbers of 64 bits, of which one can really become large.
pub(super) fn status(status: &Status) -> JsValue {
    let mut status = status.clone();
    status.expected_hashes = status.expected_hashes.min(LARGEST);
    status.mining.hashrate = status.mining.hashrate.min(LARGEST);
    plain(&status)
}
