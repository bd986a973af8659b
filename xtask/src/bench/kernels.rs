//! The tab's kernels in real browsers, beside other people's hash functions:
//! packages from npm by a pinned hash, unpacked into the cache and run as they are.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::archive::Archive;
use super::run::watched;
use crate::kit::TestKit;
use crate::steps::Step;
use crate::{places, process, test, tools};

/// Packages, each with its folder.
const PEERS: &[(&str, Archive)] = &[
    (
        "hash-wasm",
        Archive {
            address: "https://registry.npmjs.org/hash-wasm/-/hash-wasm-4.12.0.tgz",
            sha256: "1db32a125fb46177932ec8ac438d3cd8214ebdfaccb5d6611b657d88eb586f92",
        },
    ),
    (
        "noble",
        Archive {
            address: "https://registry.npmjs.org/@noble/hashes/-/hashes-2.0.1.tgz",
            sha256: "638ffb3053a7e7478c9e54a6e297f3601299ee570a41112e501af7050d086a0a",
        },
    ),
];

/// Lines of figures.
pub(super) fn figures(kit: &TestKit, step: &mut Step) -> Result<String> {
    let peers = ensure()?;
    step.say("building...");
    let mut build = kit.kit.command("cargo")?;
    build.args(["build", "--quiet", "--release", "--package", "tablon-core"]);
    build.args(["--example", "naive", "--target", tools::WASM32]);
    process::output(&mut build)?;
    let built = places::target()?.join(tools::WASM32).join("release");
    let mut bench = kit.kit.command("cargo")?;
    bench.args(["run", "--quiet", "--release", "--package", "tablon-e2e"]);
    bench.args(["--bin", "kernels"]);
    bench.env("TABLON_NAIVE", built.join("examples").join("naive.wasm"));
    bench.env("TABLON_PEERS", peers);
    watched(test::name_programs(kit, &mut bench)?, step)
}

fn ensure() -> Result<PathBuf> {
    let home = places::tools()?.join("hash-peers");
    for (folder, archive) in PEERS {
        let folder = home.join(folder);
        // Named after the archive, so that another release is unpacked anew.
        let there = folder.join(format!("{}.unpacked", archive.name()));
        if !there.is_file() {
            archive.unpack(&folder)?;
            fs::write(&there, "").with_context(|| format!("cannot write {}", there.display()))?;
        }
    }
    Ok(home)
}
