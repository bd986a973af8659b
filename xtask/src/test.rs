//! `cargo xtask test`: every test there is, browsers included, or those of a name.

use std::env;
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Result, bail};

use crate::beside::Beside;
use crate::kit::{Kit, TestKit};
use crate::report::Report;
use crate::sim::{self, Seeds};
use crate::steps::Steps;
use crate::wanted::Wanted;
use crate::{imports, lints, places, process, tools};

/// Tests with browsers that run at the same time. Much of such a test is waiting, and
/// three keep two cores busy; each has ports, profiles and relays of its own.
const LANES: &str = "--test-threads=3";
/// The module of those that need the machine for themselves.
const ALONE: &str = "alone::";
/// Random worlds in a run of all tests.
const WORLDS: Duration = Duration::from_secs(180);

/// Runs all tests; with `name` those of the part or with the name.
pub(crate) fn run(name: &str) -> Result<ExitCode> {
    let mut steps = Steps::new();
    if name.is_empty() {
        let kit = TestKit::for_tests(&mut steps)?;
        let mut report = Report::new(steps);
        all(&kit, &mut report);
        return report.finish(None);
    }
    let wanted = Wanted::named(places::root(), name)?;
    if wanted.is_nothing() {
        bail!(
            "no part and no test has `{name}` in its name; the parts are native, worlds, imports, wasm, e2e"
        );
    }
    // Most of a developer's runs are native: these need no tool but Cargo.
    if wanted.needs_no_tools() {
        let mut report = Report::new(steps);
        native_parts(&Kit::bare(), &wanted, &mut report);
        return report.finish(None);
    }
    let kit = TestKit::for_tests(&mut steps)?;
    let mut report = Report::new(steps);
    some(&kit, &wanted, &mut report);
    report.finish(None)
}

/// Runs all suites, also after one has failed: a run tells everything it can.
pub(crate) fn all(kit: &TestKit, report: &mut Report) {
    some(kit, &Wanted::everything(), report);
}

fn some(kit: &TestKit, wanted: &Wanted, report: &mut Report) {
    native_parts(&kit.kit, wanted, report);
    if wanted.imports {
        report.check("core's wasm32 build has no imports", || {
            imports::check(&kit.kit)
        });
    }
    if wanted.wasm.is_wanted() {
        report.check(build_name(&kit.kit, Build::Wasm), || {
            compile(&kit.kit, wasm(&kit.kit)?)
        });
    }
    // Linking the page keeps one core busy, and tests in a browser mostly wait.
    let page = wanted.e2e.is_wanted().then(|| Beside::start(build_page()?));
    if wanted.wasm.is_wanted() {
        report.suite("tests in headless Chromium", || in_browser(kit, wanted));
    }
    if let Some(page) = page {
        report.check(build_name(&kit.kit, Build::EndToEnd), || {
            compile_end_to_end(&kit.kit)
        });
        report.beside("page and relay build, beside the tests before", page);
        report.suite("end-to-end tests, in lanes", || {
            let mut cargo = end_to_end(kit, wanted)?;
            cargo.args([LANES, "--skip", ALONE]);
            Ok(cargo)
        });
        report.suite("end-to-end tests, alone", || {
            let mut cargo = end_to_end(kit, wanted)?;
            // Where a name is wanted, the runner would take either.
            match wanted.e2e.filter() {
                None => cargo.args(["--test-threads=1", ALONE]),
                Some(filter) => cargo.args(["--test-threads=1", &format!("{ALONE}{filter}")]),
            };
            Ok(cargo)
        });
    }
}

fn native_parts(kit: &Kit, wanted: &Wanted, report: &mut Report) {
    if wanted.native.is_wanted() {
        report.check(build_name(kit, Build::Native), || {
            compile(kit, native(kit, wanted)?)
        });
        report.suite("native tests", || {
            let mut cargo = native(kit, wanted)?;
            cargo.arg("--no-fail-fast");
            cargo.arg("--").args(wanted.native.filter());
            Ok(cargo)
        });
    }
    if wanted.worlds {
        report.counted("simulated worlds", || {
            sim::all(&sim::Plan {
                seeds: Seeds::Within(WORLDS),
                ..sim::Plan::default()
            })
        });
    }
}

/// The longer name is CI's, whose builds lint as well.
fn build_name(kit: &Kit, what: Build) -> &'static str {
    match (kit.lints, what) {
        (true, Build::Native) => "build and lints, native",
        (true, Build::Wasm) => "build and lints, wasm32",
        (true, Build::EndToEnd) => "build and lints, end to end",
        (false, Build::Native) => "build, native",
        (false, Build::Wasm) => "build, wasm32",
        (false, Build::EndToEnd) => "build, end to end",
    }
}

#[derive(Clone, Copy)]
enum Build {
    Native,
    Wasm,
    EndToEnd,
}

fn compile(kit: &Kit, mut cargo: Command) -> Result<()> {
    cargo.arg("--no-run");
    match kit.lints {
        true => lints::without_warnings(&mut cargo),
        false => process::run(&mut cargo),
    }
}

/// What runs natively. All builds for this machine name the same packages, or those
/// that are wanted alone, since Cargo gives dependencies the features that the named
/// ones ask for together, and would build them anew for others.
fn native(kit: &Kit, wanted: &Wanted) -> Result<Command> {
    let mut cargo = kit.cargo()?;
    cargo.arg("test");
    match wanted.packages() {
        None => whole_workspace(&mut cargo),
        Some(packages) => {
            for package in packages {
                cargo.args(["--package", package]);
            }
        }
    }
    Ok(cargo)
}

fn build_page() -> Result<Command> {
    let mut xtask = process::command(env::current_exe()?);
    xtask.arg("build");
    Ok(xtask)
}

/// All but what a browser runs.
fn whole_workspace(cargo: &mut Command) {
    cargo.args([
        "--workspace",
        "--exclude",
        "tablon-web",
        "--exclude",
        "tablon-yew",
    ]);
}

/// The tests, and with its own tests the node that they start: built as a program
/// alone it would have other features of its dependencies.
fn compile_end_to_end(kit: &Kit) -> Result<()> {
    let mut cargo = e2e_program(kit)?;
    cargo.args(["--test", "node"]);
    compile(kit, cargo)
}

fn e2e_program(kit: &Kit) -> Result<Command> {
    let mut cargo = kit.cargo()?;
    cargo.arg("test");
    whole_workspace(&mut cargo);
    cargo.args(["--test", "e2e"]);
    Ok(cargo)
}

fn wasm(kit: &Kit) -> Result<Command> {
    let mut cargo = kit.cargo()?;
    cargo.args(["test", "--package", "tablon-web", "--target", tools::WASM32]);
    Ok(cargo)
}

fn in_browser(kit: &TestKit, wanted: &Wanted) -> Result<Command> {
    let mut cargo = wasm(&kit.kit)?;
    cargo.arg("--no-fail-fast");
    cargo.arg("--").args(wanted.wasm.filter());
    cargo
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
            "wasm-bindgen-test-runner",
        )
        // The runner takes the first driver it is told of, and asks for geckodriver first.
        .env_remove("GECKODRIVER")
        .env("CHROMEDRIVER", &kit.browsers.chromedriver)
        // Seconds, for a whole program and for its driver to start. The runner's own
        // limits, 20 and 5, are for few tests on machines that do nothing else.
        .env("WASM_BINDGEN_TEST_TIMEOUT", "600")
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60");
    Ok(cargo)
}

fn end_to_end(kit: &TestKit, wanted: &Wanted) -> Result<Command> {
    let mut cargo = e2e_program(&kit.kit)?;
    cargo.arg("--");
    if let Some(filter) = wanted.e2e.filter() {
        cargo.arg(filter);
    }
    name_programs(kit, &mut cargo)?;
    // The one that the native tests have built and run.
    cargo.env("TABLON_NODE", places::tested_node()?);
    if kit.browsers.networks {
        // What can run must run: a test that skips itself fails.
        cargo.env("TABLON_NAMESPACES", "1");
    }
    Ok(cargo)
}

/// Tells a program of `e2e` where relay, node, page, browsers and drivers are.
pub(crate) fn name_programs<'c>(
    kit: &TestKit,
    command: &'c mut Command,
) -> Result<&'c mut Command> {
    Ok(command
        .env("TABLON_RELAY", places::relay()?)
        .env("TABLON_NODE", places::node()?)
        .env("TABLON_DIST", places::dist())
        .env("CHROMIUM", &kit.browsers.chromium)
        .env("CHROMEDRIVER", &kit.browsers.chromedriver)
        .env("FIREFOX", &kit.browsers.firefox)
        .env("GECKODRIVER", &kit.geckodriver))
}
