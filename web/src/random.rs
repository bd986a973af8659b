//! The browser's random numbers, in a page and in a worker alike.

use wasm_bindgen::JsCast;
use web_sys::WorkerGlobalScope;

/// Fill from `crypto.getRandomValues`, which every context has, secure or not.
///
/// # Panics
/// If the browser has none: nothing here may go on without it.
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // A window and a worker both have `crypto`; the cast is for its type alone.
    js_sys::global()
        .unchecked_into::<WorkerGlobalScope>()
        .crypto()
        .and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes))
        .expect("a browser has random numbers");
    bytes
}

/// A random number.
pub fn number() -> u32 {
    u32::from_le_bytes(bytes())
}
