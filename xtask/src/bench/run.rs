//! Runs the sources and reads what they print.

use std::process::Command;

use anyhow::{Context, Result, bail};

use super::figure::{self, Figure};
use super::sources::{Program, SETS, Set, Source};
use super::{kernels, long, minerd};
use crate::kit::TestKit;
use crate::steps::{Step, Steps};
use crate::{process, sim, test};

/// All figures, and the sources that gave none, each with why.
#[derive(Default)]
pub(super) struct Measured {
    pub(super) figures: Vec<Figure>,
    pub(super) missing: Vec<(&'static str, String)>,
}

/// Every source with `wanted` in its name or its group's. One that fails leaves a gap in the table,
/// never takes the others' figures with it.
pub(super) fn all(kit: &TestKit, wanted: &str, steps: &mut Steps) -> Result<Measured> {
    let sets: Vec<(&Set, Vec<&Source>)> = (SETS.iter())
        .map(|set| {
            let sources = set.sources.iter();
            let chosen = sources.filter(|source| source.is_named(wanted));
            (set, chosen.collect())
        })
        .collect();
    let count = (sets.iter()).map(|(set, sources)| set.turns * sources.len());
    let count = count.sum();
    if count == 0 {
        let names = SETS.iter().flat_map(|set| set.sources);
        let names: Vec<&str> = names.map(|source| source.name).collect();
        bail!(
            "no source has `{wanted}` in its name or group; they are: {}",
            names.join("; ")
        );
    }
    steps.phase("bench", count);
    let mut measured = Measured::default();
    for (set, sources) in sets {
        let mut runs = Vec::new();
        for _ in 0..set.turns {
            for source in &sources {
                let what = source.name;
                steps.step(what, |step| {
                    match measure(kit, source, step) {
                        Ok(figures) => runs.push(figures),
                        Err(error) => {
                            let why = process::gist(&format!("{error:#}"));
                            step.say(&why);
                            step.ends("left out");
                            if !measured.missing.iter().any(|(name, _)| *name == what) {
                                measured.missing.push((what, why));
                            }
                        }
                    }
                    Ok(())
                })?;
            }
        }
        measured.figures.extend(figure::medians(runs));
    }
    Ok(measured)
}

fn measure(kit: &TestKit, source: &Source, step: &mut Step) -> Result<Vec<Figure>> {
    let said = match source.program {
        Program::Example(package, example, arguments) => {
            let mut cargo = release(kit, &["--package", package, "--example", example])?;
            step.say("building and measuring...");
            watched(cargo.arg("--").args(arguments), step)?
        }
        Program::Browser(bin) => {
            let mut cargo = release(kit, &["--package", "tablon-e2e", "--bin", bin])?;
            step.say("building and measuring...");
            watched(test::name_programs(kit, &mut cargo)?, step)?
        }
        Program::Simulation(name) => {
            step.say("building...");
            let mut sim = process::command(sim::build()?);
            sim.args(["--ignored", "--exact", name, "--nocapture"]);
            // On one thread the runner begins the first figure's line with the test's name.
            sim.arg("--test-threads=2");
            step.say("measuring...");
            let said = watched(&mut sim, step)?;
            // The test runner has a word, too.
            let figures = said.lines().filter(|line| line.contains('\t'));
            figures.collect::<Vec<_>>().join("\n")
        }
        Program::Python(script) => {
            process::find("python3").context("no python3 is on the PATH")?;
            watched(Command::new("python3").args(["-c", script]), step)?
        }
        Program::Minerd => {
            step.say("fetching or running...");
            minerd::figures()?
        }
        Program::Kernels => kernels::figures(kit, step)?,
        Program::Long(part) => long::figures(kit, part, step)?,
    };
    let read = |line| {
        let mut figure = figure::read(line, source.group)?;
        figure.group = source.group_of(&figure.what);
        Ok(figure)
    };
    said.lines().map(read).collect()
}

/// What a program says, and each figure told as soon as it is there.
pub(super) fn watched(command: &mut Command, step: &mut Step) -> Result<String> {
    process::output_by_line(command, |line| {
        if let [what, value, unit] = line.split('\t').collect::<Vec<_>>()[..] {
            step.say(format!("{what}: {value} {unit}"));
        }
    })
}

fn release(kit: &TestKit, arguments: &[&str]) -> Result<Command> {
    let mut cargo = kit.kit.command("cargo")?;
    cargo.args(["run", "--quiet", "--release"]).args(arguments);
    Ok(cargo)
}
