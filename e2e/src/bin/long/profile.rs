//! What the node worker spends a first sync on, as the browser's profiler sees it.
//! `TABLON_NAMED` holds the very code of the page, with the names of its functions.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde_json::Value;
use tablon_e2e::browser::Browser;
use tablon_e2e::places;
use tablon_e2e::relay::Relay;

use crate::chain::{Chain, Givers};
use crate::{sync, tell};

/// The crates of which everything that they do and call is work on signatures.
const SIGNATURES: &[&str] = &["ed25519_zebra", "curve25519_dalek"];
/// The file's own functions: reading, writing and flushing it.
const FILE: &[&str] = &["OpfsFile"];
/// The worker waits for the next message.
const IDLE: &str = "(idle)";

/// Shares of the time in which the worker has something to do.
pub(crate) async fn measure(chain: &Chain) {
    let Some(named) = env::var_os("TABLON_NAMED").map(PathBuf::from) else {
        return;
    };
    assert_eq!(
        code(&places::dist()),
        code(&named),
        "one code, named or not"
    );
    let givers = Givers::with(chain, Relay::serving(&named).await).await;
    let browser = Browser::chromium().await;
    let tab = browser
        .open_board(&givers.relay.board(&chain.network), "tab")
        .await;
    let tools = browser.devtools().await;
    let sampling = tools.sample(tab.context(), Some("node.js")).await;
    let sampling = sampling.unwrap_or_else(|error| panic!("{error}"));
    sync::until_synced(&tab, chain).await;
    let profile = tools.sampled(sampling).await;
    let times = Times::of(&profile.unwrap_or_else(|error| panic!("{error}")));
    browser.finish().await;
    givers.stop().await;

    let blocks = chain.length.blocks;
    let what = format!("Chromium: first sync of {blocks} blocks, profiled: the worker");
    let busy = times.all - times.idle;
    tell(&format!("{what} is busy"), busy / 1_000, "ms");
    tell(&format!("{what} waits"), times.idle / 1_000, "ms");
    let share = |part: u64| part * 100 / busy.max(1);
    tell(
        &format!("{what}, of busy: signatures"),
        share(times.signatures),
        "%",
    );
    tell(
        &format!("{what}, of busy: its file"),
        share(times.file),
        "%",
    );
}

/// Microseconds.
#[derive(Default)]
struct Times {
    all: u64,
    idle: u64,
    signatures: u64,
    file: u64,
}

impl Times {
    fn of(profile: &Value) -> Self {
        let mut names: HashMap<u64, &str> = HashMap::new();
        let mut callers: HashMap<u64, u64> = HashMap::new();
        for node in list(&profile["nodes"]) {
            let id = node["id"].as_u64().unwrap_or_default();
            let name = node["callFrame"]["functionName"].as_str();
            names.insert(id, name.unwrap_or_default());
            let called = list(&node["children"]).iter().filter_map(Value::as_u64);
            callers.extend(called.map(|called| (called, id)));
        }
        let mut times = Self::default();
        let samples = list(&profile["samples"]).iter().filter_map(Value::as_u64);
        let since = list(&profile["timeDeltas"]).iter();
        // Timers of several threads may be out by a little, backwards even.
        let since = since.map(|time| time.as_u64().unwrap_or_default());
        for (sample, time) in samples.zip(since) {
            let stack = std::iter::successors(Some(sample), |at| callers.get(at).copied());
            let stack: Vec<&str> = stack.filter_map(|at| names.get(&at).copied()).collect();
            let within = |crates: &[&str]| {
                let mut words = crates.iter();
                words.any(|word| stack.iter().any(|name| name.contains(word)))
            };
            times.all += time;
            if stack.first() == Some(&IDLE) {
                times.idle += time;
            } else if within(SIGNATURES) {
                times.signatures += time;
            } else if within(FILE) {
                times.file += time;
            }
        }
        times
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The code section of the page's wasm (WebAssembly core specification, 5.5).
fn code(page: &Path) -> Vec<u8> {
    const CODE: u8 = 10;
    let files = fs::read_dir(page).expect("the page was built");
    let paths = files.filter_map(|file| Some(file.ok()?.path()));
    let wasm = paths.into_iter().find(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("page-") && name.ends_with(".wasm")
    });
    let wasm = fs::read(wasm.expect("the page has wasm")).expect("a readable file");
    let mut rest = &wasm[8..];
    while let Some((kind, after)) = rest.split_first() {
        rest = after;
        let mut size = 0;
        for shift in (0..).step_by(7) {
            let (byte, after) = rest.split_first().expect("a size");
            rest = after;
            size |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let (section, after) = rest.split_at(size);
        if *kind == CODE {
            return section.to_vec();
        }
        rest = after;
    }
    panic!("no code in the wasm of {}", page.display())
}
