//! The tab's kernels in real browsers, beside other people's hash functions:
//! packages from npm by a pinned hash, unpacked into the cache and run as they are.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::kit::TestKit;
use crate::{places, process, test, tools};

struct Peer {
    folder: &'static str,
    archive: &'static str,
    sha256: &'static str,
}

const PEERS: &[Peer] = &[
    Peer {
        folder: "hash-wasm",
        archive: "https://registry.npmjs.org/hash-wasm/-/hash-wasm-4.12.0.tgz",
        sha256: "1db32a125fb46177932ec8ac438d3cd8214ebdfaccb5d6611b657d88eb586f92",
    },
    Peer {
        folder: "noble",
        archive: "https://registry.npmjs.org/@noble/hashes/-/hashes-2.0.1.tgz",
        sha256: "638ffb3053a7e7478c9e54a6e297f3601299ee570a41112e501af7050d086a0a",
    },
];

/// Lines of figures.
pub(super) fn figures(kit: &TestKit) -> Result<String> {
    let peers = ensure()?;
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
    process::output(test::name_programs(kit, &mut bench)?)
}

fn ensure() -> Result<PathBuf> {
    let home = places::tools()?.join("hash-peers");
    for peer in PEERS {
        let name = peer.archive.rsplit('/').next().unwrap_or_default();
        let folder = home.join(peer.folder);
        // Named after the archive, so that another release is another folder.
        let there = folder.join(format!("{name}.unpacked"));
        if there.is_file() {
            continue;
        }
        fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let archive = folder.join(name);
        let mut fetch = Command::new("curl");
        fetch.args(["-fsSL", "-m", "60", "-o"]).arg(&archive);
        process::output(fetch.arg(peer.archive))?;
        check(&archive, peer)?;
        let mut unpack = Command::new("tar");
        unpack.current_dir(&folder).arg("-xzf").arg(&archive);
        process::output(&mut unpack)?;
        fs::write(&there, "").with_context(|| format!("cannot write {}", there.display()))?;
    }
    Ok(home)
}

// One that is not what was pinned is not unpacked, let alone run.
fn check(archive: &Path, peer: &Peer) -> Result<()> {
    let said = process::output(Command::new("sha256sum").arg("--").arg(archive))?;
    let found = said.split_whitespace().next().unwrap_or_default();
    if found != peer.sha256 {
        fs::remove_file(archive).with_context(|| format!("cannot remove {}", archive.display()))?;
        let Peer {
            archive, sha256, ..
        } = peer;
        bail!("expected {archive} to have SHA-256 {sha256}, found {found}");
    }
    Ok(())
}
