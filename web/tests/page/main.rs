//! What runs on a page's main thread, in a real browser. One program, since the
//! runner rewrites each for seconds and starts a browser for it.

mod client;
mod gpu;
mod headers;
mod joining;
mod kernels;
mod links;
mod miners;
mod networks;
mod parts;
mod sealing;
mod stage;
mod threads;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
