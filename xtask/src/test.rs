//! `cargo xtask test`: every test there is, browsers included.

use std::io::{Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::kit::TestKit;
use crate::sim::Plan;
use crate::steps::{self, Steps};
use crate::tally::Tally;
use crate::{build, imports, places, process, sim, tools};

pub(crate) fn run() -> Result<ExitCode> {
    let mut steps = Steps::new();
    let kit = TestKit::for_tests(&mut steps)?;
    let mut report = Report::new(steps);
    all(&kit, &mut report);
    Ok(report.finish())
}

/// Runs all suites, also after one has failed: a run tells everything it can.
pub(crate) fn all(kit: &TestKit, report: &mut Report) {
    report.suite("native tests", || native(kit));
    report.counted("simulated worlds", || sim::all(&worlds()));
    report.check("core's wasm32 build has no imports", || {
        imports::check(&kit.kit)
    });
    report.suite("tests in headless Chromium", || in_browser(kit));
    let built = build::all(&kit.kit, &mut report.steps);
    report.check("page and relay build", || built);
    report.suite("end-to-end tests", || end_to_end(kit));
}

/// Worlds full of faults, some five minutes on two cores.
fn worlds() -> Plan {
    Plan {
        seeds: 500,
        ..Plan::default()
    }
}

fn native(kit: &TestKit) -> Result<Command> {
    let mut cargo = kit.kit.command("cargo")?;
    cargo.args(["test", "--workspace", "--no-fail-fast"]);
    cargo.args(["--exclude", "tablon-web", "--exclude", "tablon-e2e"]);
    Ok(cargo)
}

fn in_browser(kit: &TestKit) -> Result<Command> {
    let mut cargo = kit.kit.command("cargo")?;
    cargo.args(["test", "--package", "tablon-web", "--no-fail-fast"]);
    cargo.args(["--target", tools::WASM32]);
    cargo
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER",
            "wasm-bindgen-test-runner",
        )
        // The runner takes the first driver it is told of, and asks for geckodriver first.
        .env_remove("GECKODRIVER")
        .env("CHROMEDRIVER", &kit.browsers.chromedriver)
        // Seconds. Its own limits, 20 and 5, are for machines that do nothing else.
        .env("WASM_BINDGEN_TEST_TIMEOUT", "180")
        .env("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60");
    Ok(cargo)
}

/// One test at a time: each starts browsers of its own, and two cores are few.
fn end_to_end(kit: &TestKit) -> Result<Command> {
    let mut cargo = kit.kit.command("cargo")?;
    cargo.args(["test", "--package", "tablon-e2e", "--no-fail-fast"]);
    cargo.args(["--", "--test-threads=1"]);
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

/// What has run so far, and how it went.
pub(crate) struct Report {
    pub(crate) steps: Steps,
    results: Vec<(&'static str, Tally, Duration)>,
}

impl Report {
    pub(crate) fn new(steps: Steps) -> Self {
        Self {
            steps,
            results: Vec::new(),
        }
    }

    /// Runs a test runner and counts its tests.
    pub(crate) fn suite(&mut self, name: &'static str, command: impl FnOnce() -> Result<Command>) {
        self.part(name, || command().and_then(run_suite));
    }

    /// Runs something that counts by itself what passes and fails.
    pub(crate) fn counted(&mut self, name: &'static str, work: impl FnOnce() -> Result<Tally>) {
        self.part(name, work);
    }

    /// Runs something that passes or fails as a whole.
    pub(crate) fn check(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) {
        self.part(name, || work().map(|()| Tally::ONE_PASSED));
    }

    fn part(&mut self, name: &'static str, work: impl FnOnce() -> Result<Tally>) {
        println!("\n== {name}");
        let begun = Instant::now();
        let tally = work().unwrap_or_else(|error| {
            println!("failed: {error:#}");
            Tally::ONE_FAILED
        });
        self.results.push((name, tally, begun.elapsed()));
    }

    /// Prints the table and, last, the line that adds everything up.
    pub(crate) fn finish(self) -> ExitCode {
        self.steps.finish();
        let mut sum = Tally::default();
        println!();
        for (name, tally, took) in self.results {
            println!("{:>9}  {name}: {tally}", steps::shown(took));
            sum += tally;
        }
        println!("\n{sum}");
        match sum.failed {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        }
    }
}

/// Runs a test runner, shows what it prints as it prints it, and adds up its summaries.
fn run_suite(mut command: Command) -> Result<Tally> {
    let line = process::shown(&command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run `{line}`"))?;
    let mut tally = match child.stdout.take() {
        Some(output) => pass_on(output, std::io::stdout())?,
        None => Tally::default(),
    };
    let status = child.wait()?;
    // Nothing that failed to compile, crashed or timed out printed a summary.
    if !status.success() && tally.failed == 0 {
        println!("failed: `{line}` ended with {status}");
        tally += Tally::ONE_FAILED;
    }
    Ok(tally)
}

fn pass_on(mut output: impl Read, mut terminal: impl Write) -> Result<Tally> {
    let mut tally = Tally::default();
    let mut line = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = output
            .read(&mut buffer)
            .context("cannot read a test's output")?;
        if read == 0 {
            break;
        }
        terminal.write_all(&buffer[..read])?;
        terminal.flush()?;
        for &byte in &buffer[..read] {
            if byte == b'\n' {
                if let Some(found) = Tally::in_line(&String::from_utf8_lossy(&line)) {
                    tally += found;
                }
                line.clear();
            } else {
                line.push(byte);
            }
        }
    }
    if let Some(found) = Tally::in_line(&String::from_utf8_lossy(&line)) {
        tally += found;
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out three bytes at a time, as a pipe may.
    struct Trickle<'a>(&'a [u8]);

    impl Read for Trickle<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let some = &mut buffer[..3.min(self.0.len())];
            self.0.read(some)
        }
    }

    #[test]
    fn output_is_passed_on_unchanged_and_its_summaries_are_added_up() {
        let output = "running 2 tests\n..\ntest result: ok. 2 passed; 0 failed; 0 ignored\n\
            test result: FAILED. 1 passed; 1 failed; 0 ignored\n\
            test result: ok. 4 passed; 0 failed;";
        let mut shown = Vec::new();
        let tally = pass_on(Trickle(output.as_bytes()), &mut shown).unwrap();
        assert_eq!(shown, output.as_bytes());
        assert_eq!(
            tally,
            Tally {
                passed: 7,
                failed: 1
            }
        );
    }
}
