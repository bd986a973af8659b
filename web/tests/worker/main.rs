//! What runs in a dedicated worker, in a real browser. One program, as `page` is.

mod calls;
mod lines;
mod mixed_chain;
mod opening;
mod opfs;
mod relay;
mod siblings;
mod tunnel;
mod wallet;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_dedicated_worker);
