//! Tablón in a tab.

pub mod api;
pub mod backoff;
pub mod child;
pub mod client;
pub mod last_words;
pub mod links;
pub mod messages;
pub mod miner;
pub mod miners;
pub mod networks;
mod own_program;
pub mod page;
pub mod random;
pub mod threads;
mod thrown;
pub mod worker;

#[cfg(test)]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
