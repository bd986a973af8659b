//! Views as plain JavaScript values, with the names of `docs/api.md`.

use serde::Serialize;
use serde_json::Value;
use serde_wasm_bindgen::Serializer;
use tablon_core::view::Status;
use wasm_bindgen::JsValue;

/// JavaScript's `Number.MAX_SAFE_INTEGER`.
const LARGEST: u64 = (1 << 53) - 1;

/// Objects, arrays, strings, numbers, booleans and null. Numbers above 2^53 - 1,
/// which only who lies about amounts or work can bring, are shown as that.
pub(super) fn plain<T: Serialize>(view: &T) -> JsValue {
    let serializer = Serializer::json_compatible();
    view.serialize(&serializer).unwrap_or_else(|_| {
        let mut value = serde_json::to_value(view).expect("a view is plain JSON");
        cap(&mut value);
        value
            .serialize(&serializer)
            .expect("no number is above 2^53 now")
    })
}

fn cap(value: &mut Value) {
    match value {
        Value::Number(number) if number.as_u64().is_some_and(|number| number > LARGEST) => {
            *number = LARGEST.into();
        }
        Value::Array(values) => values.iter_mut().for_each(cap),
        Value::Object(fields) => fields.values_mut().for_each(cap),
        _ => {}
    }
}

/// A status has numbers of 64 bits, of which one is always large at the start.
pub(super) fn status(status: &Status) -> JsValue {
    let mut status = status.clone();
    status.expected_hashes = status.expected_hashes.min(LARGEST);
    plain(&status)
}
