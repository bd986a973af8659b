//! The tab's kernels beside what else hashes in a browser, in one worker of
//! headless Chromium and one of Firefox: a line each, in three columns divided by
//! tabs, for `cargo xtask bench`.
//!
//! `TABLON_NAIVE` names the core's example `naive` as wasm, `TABLON_PEERS` a folder
//! with the npm packages `hash-wasm` and `noble`, each as its archive unpacks.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

mod server;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{env, fs};

use serde_json::{Value, json};
use tablon_e2e::browser::Browser;
use tablon_e2e::wait::until_within;
use tablon_kernel_generator::{Kernel, kernels};

/// A browser takes some half a minute.
const PATIENCE: Duration = Duration::from_secs(180);

const PAGE: &str = "<!doctype html><title>Kernels</title>";
const BEGIN: &str = "kernels => {
    const worker = new Worker('worker.js', { type: 'module' });
    worker.onmessage = ({ data }) => { window.told = data; };
    worker.onerror = ({ message }) => { window.told = String(message); };
    worker.postMessage(kernels);
}";

#[tokio::main]
async fn main() {
    let kernels = kernels();
    let address = server::start(files(&kernels)).await;
    let orders: Vec<Value> = kernels.iter().map(order).collect();
    for (name, browser) in [
        ("Chromium", Browser::chromium().await),
        ("Firefox", Browser::firefox().await),
    ] {
        let tab = browser.open(&format!("http://{address}/"), name).await;
        tab.eval(BEGIN, &json!(orders)).await;
        let told = until_within(PATIENCE, &[], "the worker has measured", async || {
            let told = tab.eval("() => window.told ?? null", &json!(null)).await;
            (!told.is_null()).then_some(told)
        })
        .await;
        let figures = told.as_array().unwrap_or_else(|| panic!("{name}: {told}"));
        tell(name, figures);
        browser.finish().await;
    }
}

fn tell(browser: &str, figures: &[Value]) {
    for figure in figures {
        let name = figure["name"].as_str().expect("a name");
        let rate = figure["rate"].as_f64().expect("a number");
        println!("{browser}: {name}\t{rate}\thashes/s");
    }
}

fn file(kernel: &Kernel) -> String {
    format!("{}.wasm", kernel.name.replace(' ', "-"))
}

fn order(kernel: &Kernel) -> Value {
    json!({ "name": kernel.name, "versions": kernel.versions, "file": file(kernel) })
}

fn files(kernels: &[Kernel]) -> BTreeMap<String, Vec<u8>> {
    let named = |name: &str| {
        let path = env::var_os(name).unwrap_or_else(|| panic!("{name} is not set"));
        PathBuf::from(path)
    };
    let peers = named("TABLON_PEERS");
    let mut files: BTreeMap<_, _> = kernels
        .iter()
        .map(|kernel| (file(kernel), kernel.wasm.clone()))
        .collect();
    files.insert(String::new(), PAGE.into());
    files.insert("worker.js".into(), include_str!("worker.js").into());
    files.insert("naive.wasm".into(), read(&named("TABLON_NAIVE")));
    let hash_wasm = peers.join("hash-wasm/package/dist/index.esm.min.js");
    files.insert("hash-wasm.js".into(), read(&hash_wasm));
    for name in ["sha2", "_md", "_u64", "utils"] {
        let path = peers.join(format!("noble/package/{name}.js"));
        files.insert(format!("noble/{name}.js"), read(&path));
    }
    files
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}
