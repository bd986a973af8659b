//! A tab with a long chain, and a headless node: a line each, in three columns divided
//! by tabs, for `cargo xtask bench`, which asks for one part after the other.
//!
//! `TABLON_CHAINS` names the core's example `chains`, `TABLON_KEPT` a folder in which
//! the chains that it makes are kept, `TABLON_NAMED`, for the part `profile`, a build
//! of the page whose wasm has the names of its functions.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

mod chain;
mod headless;
mod memory;
mod opening;
mod profile;
mod sync;
mod tasks;

use std::env;

use tablon_e2e::browser::Kind;

use chain::Length;

/// Posts are what counts here: 100,000 of them.
const BUSY: Length = Length {
    blocks: 10_000,
    posts: 10,
};
/// Blocks are what counts here: some 17 days of them.
const LONG: Length = Length {
    blocks: 100_000,
    posts: 1,
};

#[tokio::main]
async fn main() {
    // One part alone, for those who look for what a change does.
    let wanted = env::args().nth(1);
    let wants = |part: &str| wanted.as_deref().is_none_or(|wanted| wanted == part);
    if wants("cold") {
        opening::cold().await;
    }
    if wants("busy") {
        let chain = chain::ensure(&BUSY);
        sync::measure(Kind::Chromium, &chain).await;
    }
    if wants("busy firefox") {
        sync::measure(Kind::Firefox, &chain::ensure(&BUSY)).await;
    }
    if wants("profile") {
        profile::measure(&chain::ensure(&BUSY)).await;
    }
    if wants("long") {
        opening::warm(&chain::ensure(&LONG)).await;
    }
    if wants("node") {
        headless::opening(&chain::ensure(&LONG)).await;
    }
}

fn tell(what: &str, figure: u64, unit: &str) {
    println!("{what}\t{figure}\t{unit}");
}

fn median(mut figures: Vec<u64>) -> u64 {
    figures.sort_unstable();
    figures[figures.len() / 2]
}
