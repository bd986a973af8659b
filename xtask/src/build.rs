//! `cargo xtask build`: the page, and the relay that carries it.

use std::ffi::OsString;
use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::kit::Kit;
use crate::steps::{Step, Steps};
use crate::{fingerprint, pack, places, process, tools};

pub(crate) fn run() -> Result<ExitCode> {
    let mut steps = Steps::new();
    let kit = Kit::for_page(&mut steps)?;
    all(&kit, &mut steps)?;
    steps.finish();
    println!("dist/ and {} are ready", places::relay()?.display());
    Ok(ExitCode::SUCCESS)
}

/// Builds `dist/`, then the relay, which embeds it.
pub(crate) fn all(kit: &Kit, steps: &mut Steps) -> Result<()> {
    steps.phase("build", 2);
    steps.step("page", |step| page(kit, step))?;
    steps.step("relay", |_| {
        process::run(kit.command("cargo")?.args([
            "build",
            "--release",
            "--package",
            "tablon-relay",
        ]))
    })
}

/// Builds the headless node.
pub(crate) fn node(kit: &Kit, steps: &mut Steps) -> Result<()> {
    steps.phase("build of the node", 1);
    steps.step("node", |_| {
        process::run(
            kit.command("cargo")?
                .args(["build", "--release", "--package", "tablon-node"]),
        )
    })
}

fn page(kit: &Kit, step: &mut Step) -> Result<()> {
    let stamp = places::target()?.join("page.fingerprint");
    let sources = fingerprint::of_sources(places::root(), &kit.versions)?;
    let dist = places::dist();
    let built = format!("{sources} {}", fingerprint::of_page(&dist)?);
    if fs::read_to_string(&stamp).is_ok_and(|last| last == built) {
        return Ok(());
    }
    // Both programs in one go: Trunk would build one after the other.
    step.say("compiling...");
    let flags = flags()?;
    process::run(kit.command("cargo")?.env(FLAGS, &flags).args([
        "build",
        "--package",
        "tablon-web",
        "--bins",
        "--target",
        tools::WASM32,
        "--profile",
        PROFILE,
    ]))?;
    step.say("bundling...");
    let mut trunk = kit.command("trunk")?;
    trunk
        // Offline, Trunk fails where it would download a tool.
        .args(["build", "--offline", "--cargo-profile", PROFILE, "--dist"])
        .arg(&dist)
        .env(FLAGS, &flags)
        // Trunk takes a flag from this variable and refuses the usual `1`.
        .env_remove("NO_COLOR");
    if kit.wasm_opt {
        // The one thing that this flag does when the profile is named: run wasm-opt.
        trunk.arg("--release");
    }
    process::run(&mut trunk)?;
    step.say("packing...");
    let weight = pack::all(&dist)?;
    step.say(format!("{weight} bytes in brotli until it is usable"));
    if kit.wasm_opt {
        pack::check(weight)?;
    }
    let built = format!("{sources} {}", fingerprint::of_page(&dist)?);
    fs::write(&stamp, built).with_context(|| format!("cannot write {}", stamp.display()))
}

const FLAGS: &str = "CARGO_ENCODED_RUSTFLAGS";

// Panics name the file that they come from: without the builder's own folders in
// them the page is smaller, and the same wherever it is built.
fn flags() -> Result<OsString> {
    let mut flags = OsString::from("--remap-path-prefix=");
    flags.push(places::crates()?);
    flags.push("=crates");
    Ok(flags)
}

/// The Cargo profile of the page, from the workspace's Cargo.toml.
const PROFILE: &str = "page";
