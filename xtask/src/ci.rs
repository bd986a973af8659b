//! `cargo xtask ci`: what CI runs, neither more nor less.

use std::env;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::kit::{Kit, TestKit};
use crate::steps::Steps;
use crate::test::{self, Report};
use crate::{process, tools};

pub(crate) fn run() -> Result<ExitCode> {
    let mut steps = Steps::new();
    let all = TestKit::for_ci(&mut steps)?;
    let kit = &all.kit;
    let mut report = Report::new(steps);
    if env::var_os("CI").is_some() {
        report.check("Cargo.lock is the committed one", lock_is_committed);
    }
    report.check("formatting", || {
        process::run(kit.command("cargo")?.args(["fmt", "--all", "--check"]))
    });
    report.check("lints, native", || {
        clippy(
            kit,
            &["--workspace", "--exclude", "tablon-web", "--all-targets"],
        )
    });
    report.check("lints of the page, wasm32", || {
        clippy(
            kit,
            &[
                "--package",
                "tablon-web",
                "--all-targets",
                "--target",
                tools::WASM32,
            ],
        )
    });
    // Without its tests, some of which need what only a native target has.
    report.check("lints of the core, wasm32", || {
        clippy(
            kit,
            &["--package", "tablon-core", "--target", tools::WASM32],
        )
    });
    report.check("licences, bans and sources", || {
        process::run(kit.command("cargo-deny")?.args([
            "check",
            "--hide-inclusion-graph",
            "licenses",
            "bans",
            "sources",
        ]))
    });
    report.check("advisories", || advisories(kit));
    test::all(&all, &mut report);
    Ok(report.finish())
}

/// Starting `cargo xtask` has already mended a Cargo.lock that did not fit the
/// manifests, so `--locked` comes too late. On a developer's machine that is welcome.
fn lock_is_committed() -> Result<()> {
    let mut git = process::command("git");
    process::run(git.args([
        "--no-pager",
        "diff",
        "--exit-code",
        "--stat",
        "HEAD",
        "--",
        "Cargo.lock",
    ]))
}

fn clippy(kit: &Kit, what: &[&str]) -> Result<()> {
    let mut cargo = kit.command("cargo")?;
    cargo
        .arg("clippy")
        .args(what)
        .args(["--", "--deny", "warnings"]);
    process::run(&mut cargo)
}

/// The database of advisories is on a host that not every machine reaches; a machine
/// that does not is told so and can still pass.
fn advisories(kit: &Kit) -> Result<()> {
    let mut deny = kit.command("cargo-deny")?;
    deny.args(["check", "advisories"]);
    let output = deny.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        println!("none that concerns a dependency");
    } else if said.contains("failed to fetch advisory database") {
        println!("skipped: the advisory database cannot be reached from here");
    } else {
        bail!(
            "`{}` ended with {}\n{said}",
            process::shown(&deny),
            output.status
        );
    }
    Ok(())
}
