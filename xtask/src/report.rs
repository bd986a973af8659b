//! What has run so far and how it went: shown, kept, and the exit code.

use std::fmt::Write as _;
use std::fs;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::beside::Beside;
use crate::outcome::Outcome;
use crate::steps::{self, Steps};
use crate::suite;
use crate::tally::Tally;
use crate::{places, process};

/// The parts of a run, each timed and counted.
pub(crate) struct Report {
    pub(crate) steps: Steps,
    begun: Instant,
    parts: Vec<Part>,
    /// What failed, with its part: repeated before the table, since thousands of
    /// lines of other parts stand between it and the end.
    failures: Vec<String>,
}

struct Part {
    name: &'static str,
    tally: Tally,
    took: Duration,
}

impl Report {
    pub(crate) fn new(steps: Steps) -> Self {
        Self {
            steps,
            begun: Instant::now(),
            parts: Vec::new(),
            failures: Vec::new(),
        }
    }

    /// Runs a test runner and counts its tests.
    pub(crate) fn suite(&mut self, name: &'static str, command: impl FnOnce() -> Result<Command>) {
        self.part(name, || command().and_then(suite::run));
    }

    /// Runs something that counts by itself what passes and fails.
    pub(crate) fn counted(&mut self, name: &'static str, work: impl FnOnce() -> Result<Outcome>) {
        self.part(name, work);
    }

    /// Runs something that passes or fails as a whole.
    pub(crate) fn check(&mut self, name: &'static str, work: impl FnOnce() -> Result<()>) {
        self.part(name, || work().map(|()| Outcome::passed()));
    }

    /// Waits for what was started beside other parts, and passes or fails as a whole.
    pub(crate) fn beside(&mut self, name: &'static str, started: Result<Beside>) {
        println!("\n== {name}");
        let (outcome, took) = match started.and_then(Beside::end) {
            Ok(took) => (Outcome::passed(), took),
            Err(error) => (failed(&error), Duration::ZERO),
        };
        self.ended(name, outcome, took);
    }

    fn part(&mut self, name: &'static str, work: impl FnOnce() -> Result<Outcome>) {
        println!("\n== {name}");
        let begun = Instant::now();
        let outcome = work().unwrap_or_else(|error| failed(&error));
        self.ended(name, outcome, begun.elapsed());
    }

    fn ended(&mut self, name: &'static str, outcome: Outcome, took: Duration) {
        let failures = outcome.failures.into_iter();
        self.failures
            .extend(failures.map(|failure| format!("{name}: {failure}")));
        let tally = outcome.tally;
        self.parts.push(Part { name, tally, took });
    }

    /// Prints the table, slowest part first, and, last, the line that adds everything
    /// up. `kept` names the file in the target folder that gets the same figures.
    pub(crate) fn finish(mut self, kept: Option<&str>) -> Result<ExitCode> {
        self.steps.finish();
        for failure in &self.failures {
            println!("\n== failed in {failure}");
        }
        self.parts.sort_by_key(|part| std::cmp::Reverse(part.took));
        let mut sum = Tally::default();
        println!();
        for Part { name, tally, took } in &self.parts {
            println!("{:>12}  {name}: {tally}", steps::shown(*took));
            sum += *tally;
        }
        let all = self.begun.elapsed();
        println!("{:>12}  in all, after set-up", steps::shown(all));
        if let Some(name) = kept {
            let file = places::target()?.join(name);
            fs::write(&file, self.json(sum, all, &commit()))
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        println!("\n{sum}");
        Ok(match sum.failed {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        })
    }

    /// Names are this program's own words, without a quote or backslash in them.
    fn json(&self, sum: Tally, all: Duration, commit: &str) -> String {
        let mut parts = String::new();
        for (at, Part { name, tally, took }) in self.parts.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let _ = write!(
                parts,
                "{comma}\n    {{\"part\": \"{name}\", \"seconds\": {:.1}, \"passed\": {}, \"failed\": {}}}",
                took.as_secs_f64(),
                tally.passed,
                tally.failed
            );
        }
        format!(
            "{{\n  \"commit\": \"{commit}\",\n  \"seconds\": {:.1},\n  \"passed\": {},\n  \"failed\": {},\n  \"parts\": [{parts}\n  ]\n}}\n",
            all.as_secs_f64(),
            sum.passed,
            sum.failed
        )
    }
}

fn failed(error: &anyhow::Error) -> Outcome {
    let why = format!("failed: {error:#}");
    println!("{why}");
    Outcome::failed(why)
}

/// What was tested; empty outside a clone.
fn commit() -> String {
    let mut git = process::command("git");
    let said = process::output(git.args(["rev-parse", "HEAD"])).unwrap_or_default();
    said.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_is_kept_with_the_name_of_its_part() {
        let mut report = Report::new(Steps::new());
        report.check("formatting", || anyhow::bail!("a line is too long"));
        report.counted("worlds", || Ok(Outcome::failed("seed 7".to_owned())));
        assert_eq!(
            report.failures,
            ["formatting: failed: a line is too long", "worlds: seed 7"]
        );
    }

    #[test]
    fn a_run_is_kept_as_json_with_its_parts() {
        let mut report = Report::new(Steps::new());
        report.parts.push(Part {
            name: "native tests",
            tally: Tally {
                passed: 3,
                failed: 1,
            },
            took: Duration::from_millis(2_540),
        });
        let sum = report.parts[0].tally;
        assert_eq!(
            report.json(sum, Duration::from_secs(3), "abc"),
            "{\n  \"commit\": \"abc\",\n  \"seconds\": 3.0,\n  \"passed\": 3,\n  \"failed\": 1,\n  \"parts\": [\n    \
             {\"part\": \"native tests\", \"seconds\": 2.5, \"passed\": 3, \"failed\": 1}\n  ]\n}\n"
        );
    }
}
