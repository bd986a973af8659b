//! `cargo xtask bench`: figures that are printed, never asserted. Only ratios
//! within one run mean anything: machines differ, and busy ones drift.

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::kit::TestKit;
use crate::steps::Steps;
use crate::{build, places, process, sim, test};

/// What was measured: what, how much, of what.
struct Figure {
    what: String,
    value: u64,
    unit: String,
}

pub(crate) fn run() -> Result<ExitCode> {
    let mut steps = Steps::new();
    let kit = TestKit::for_tests(&mut steps)?;
    build::all(&kit.kit, &mut steps)?;
    let mut figures = Vec::new();
    steps.phase("bench", 3);
    steps.step("core, natively", |_| {
        let arguments = ["--package", "tablon-core", "--example", "figures"];
        figures.extend(measured(&mut release(&kit, &arguments)?)?);
        Ok(())
    })?;
    steps.step("news among 100, 300 and 1,000 simulated nodes", |_| {
        let mut sim = process::command(sim::build()?);
        sim.args(["--ignored", "--exact", "scale::figures", "--nocapture"]);
        // The test runner has a word, too.
        let said = process::output(&mut sim)?;
        let lines = said.lines().filter(|line| line.contains('\t'));
        figures.extend(lines.map(figure).collect::<Result<Vec<_>>>()?);
        Ok(())
    })?;
    steps.step("page, in a tab", |_| {
        let mut tab = release(&kit, &["--package", "tablon-e2e", "--bin", "figures"])?;
        figures.extend(measured(test::name_programs(&kit, &mut tab)?)?);
        Ok(())
    })?;
    for figure in &figures {
        println!("{:<44} {:>14} {}", figure.what, figure.value, figure.unit);
    }
    let file = places::target()?.join("bench.json");
    fs::write(&file, json(&figures)).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(ExitCode::SUCCESS)
}

fn release(kit: &TestKit, arguments: &[&str]) -> Result<Command> {
    let mut cargo = kit.kit.command("cargo")?;
    cargo.args(["run", "--quiet", "--release"]).args(arguments);
    Ok(cargo)
}

fn measured(command: &mut Command) -> Result<Vec<Figure>> {
    process::output(command)?.lines().map(figure).collect()
}

// Three columns divided by tabs.
fn figure(line: &str) -> Result<Figure> {
    let mut columns = line.split('\t');
    let parsed = (|| {
        let what = columns.next()?.to_owned();
        let value = columns.next()?.parse().ok()?;
        let unit = columns.next()?.to_owned();
        columns
            .next()
            .is_none()
            .then_some(Figure { what, value, unit })
    })();
    parsed
        .with_context(|| format!("expected what, number and unit divided by tabs, found {line:?}"))
}

// The texts are the project's own and hold nothing that JSON must escape.
fn json(figures: &[Figure]) -> String {
    let mut json = String::from("[\n");
    for (at, figure) in figures.iter().enumerate() {
        let comma = if at + 1 < figures.len() { "," } else { "" };
        let Figure { what, value, unit } = figure;
        let _ = writeln!(
            json,
            "  {{\"what\": {what:?}, \"value\": {value}, \"unit\": {unit:?}}}{comma}"
        );
    }
    json.push_str("]\n");
    json
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_figures_reads_and_others_are_refused() {
        let read = figure("tab: miner\t3000000\thashes/s").unwrap();
        assert_eq!((read.value, read.unit.as_str()), (3_000_000, "hashes/s"));
        for line in ["", "a\tb\tc", "a\t1", "a\t1\tb\tc"] {
            assert!(figure(line).is_err(), "{line:?}");
        }
    }

    #[test]
    fn the_file_is_a_list_of_objects() {
        let figures = [figure("a\t1\tb").unwrap(), figure("c\t2\td").unwrap()];
        assert_eq!(
            json(&figures),
            "[\n  {\"what\": \"a\", \"value\": 1, \"unit\": \"b\"},\n  {\"what\": \"c\", \"value\": 2, \"unit\": \"d\"}\n]\n"
        );
    }
}
