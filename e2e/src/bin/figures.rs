//! First figures of the page, in headless Chromium: a line each, in three
//! columns divided by tabs, for `cargo xtask bench`.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

use std::path::Path;

use serde_json::json;
use tablon_e2e::browser::Browser;
use tablon_e2e::network::easy;
use tablon_e2e::places;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::Tab;

/// How often the page is opened; the median is told.
const OPENINGS: usize = 5;

#[tokio::main]
async fn main() {
    sizes();
    let relay = Relay::start().await;
    let board = relay.board(&easy("bench"));
    let browser = Browser::chromium().await;

    let mut cold = Vec::new();
    for number in 0..OPENINGS {
        // A profile of its own each time: nothing is cached.
        let fresh = Browser::chromium().await;
        let tab = fresh.open_board(&board, &format!("cold {number}")).await;
        cold.push(ready_after(&tab).await);
        fresh.finish().await;
    }
    tell("page: open to ready, cold cache", median(cold), "ms");

    let tab = browser.open_board(&board, "warm").await;
    let mut warm = Vec::new();
    for _ in 0..OPENINGS {
        tab.reload().await;
        tab.ready().await;
        warm.push(ready_after(&tab).await);
    }
    tell("page: reload to ready", median(warm), "ms");

    browser.finish().await;
    relay.stop().await;
}

// From the beginning of the navigation, by the page's own clock.
async fn ready_after(tab: &Tab) -> u64 {
    let mark = "() => Math.round(performance.getEntriesByName('tablon ready')[0].startTime)";
    let at = tab.eval(mark, &json!(null)).await;
    at.as_u64().expect("a whole number of milliseconds")
}

fn median(mut figures: Vec<u64>) -> u64 {
    figures.sort_unstable();
    figures[figures.len() / 2]
}

/// As `cargo xtask build` packed them and the relay sends them.
fn sizes() {
    let mut all = 0;
    for (what, wanted) in [
        ("page, brotli: page and node worker", "page-"),
        ("page, brotli: miner worker", "miner"),
        ("page, brotli: the rest", ""),
    ] {
        let size = packed(&places::dist(), |name| {
            let owner = ["page-", "miner"]
                .into_iter()
                .find(|owner| name.starts_with(owner));
            owner.unwrap_or("") == wanted
        });
        tell(what, size, "bytes");
        all += size;
    }
    tell("page, brotli: everything", all, "bytes");
}

fn packed(folder: &Path, wanted: impl Fn(&str) -> bool) -> u64 {
    let files = std::fs::read_dir(folder).expect("the page was built");
    let mut bytes = 0;
    for file in files {
        let path = file.expect("a readable folder").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.ends_with(".br") || name.ends_with(".gz") || !wanted(&name) {
            continue;
        }
        // What does not shrink goes out as it is.
        let sent = path.with_file_name(format!("{name}.br"));
        let sent = if sent.exists() { sent } else { path };
        bytes += sent.metadata().expect("a readable file").len();
    }
    bytes
}

fn tell(what: &str, figure: u64, unit: &str) {
    println!("{what}\t{figure}\t{unit}");
}
