//! `cargo xtask ci`: what CI runs, neither more nor less.

use std::env;
use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::kit::{Kit, TestKit};
use crate::report::Report;
use crate::steps::Steps;
use crate::{process, test};

/// The last run's figures, in the target folder, so that growth is seen.
const KEPT: &str = "ci.json";

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
    report.finish(Some(KEPT))
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
