//! What a tab takes of the machine's memory.

use std::fs;
use std::time::Duration;

use tablon_e2e::browser::Browser;
use tablon_e2e::tab::Tab;

use crate::tell;

/// The browser takes back what the work before has left when it finds time.
const SETTLING: Duration = Duration::from_secs(10);

/// The private memory of the tab's process, the node worker and the browser's own
/// part in it included, and the parts that can be told apart.
pub(crate) async fn report(browser: &Browser, tab: &Tab, what: &str) {
    tokio::time::sleep(SETTLING).await;
    let tools = browser.devtools().await;
    let processes = tools.renderers().await;
    let processes = processes.unwrap_or_else(|error| panic!("{error}"));
    // Browsers keep an empty one in reserve: the tab's is the one that has most.
    let private = processes.into_iter().map(private).max().unwrap_or_default();
    tell(
        &format!("{what}: memory, the tab's process"),
        private,
        "bytes",
    );
    let script = tools.script_memory(tab.context(), "node.js").await;
    let [page, node] = script.unwrap_or_else(|error| panic!("{error}"));
    tell(
        &format!("{what}: memory, JavaScript's of the page"),
        page,
        "bytes",
    );
    tell(
        &format!("{what}: memory, JavaScript's of the node"),
        node,
        "bytes",
    );
    let wasm = tools.wasm_memory(tab.context(), "node.js").await;
    let [page, node] = wasm.unwrap_or_else(|error| panic!("{error}"));
    tell(&format!("{what}: memory, wasm of the page"), page, "bytes");
    tell(&format!("{what}: memory, wasm of the node"), node, "bytes");
}

// What it would give back if it ended.
fn private(process: u32) -> u64 {
    rollup(process, &["Private_Clean:", "Private_Dirty:"])
}

/// Bytes of the machine's memory that a process has, files that it maps included.
pub(crate) fn resident(process: u32) -> u64 {
    rollup(process, &["Rss:"])
}

// Linux' own sums.
fn rollup(process: u32, of: &[&str]) -> u64 {
    let file = format!("/proc/{process}/smaps_rollup");
    let text = fs::read_to_string(file).unwrap_or_default();
    let kilobytes = text.lines().filter_map(|line| {
        let amount = of.iter().find_map(|name| line.strip_prefix(name))?;
        amount.trim().split(' ').next()?.parse::<u64>().ok()
    });
    kilobytes.sum::<u64>() * 1024
}
