//! What is being done, how far it is, and where the time went.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// A run that takes less is not worth a table of its steps.
const WORTH_A_TABLE: Duration = Duration::from_secs(5);

/// Numbered steps, each timed: `set-up 2/5 trunk 0.21.14: ...`.
pub(crate) struct Steps {
    phase: &'static str,
    at: usize,
    total: usize,
    begun: Instant,
    times: Vec<(String, Duration)>,
}

/// The step at work, for what it has to say meanwhile.
pub(crate) struct Step {
    label: String,
    begun: Instant,
    outcome: &'static str,
    line_is_open: bool,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self {
            phase: "",
            at: 0,
            total: 0,
            begun: Instant::now(),
            times: Vec::new(),
        }
    }

    /// Starts a phase of `total` steps and numbers them from one.
    pub(crate) fn phase(&mut self, name: &'static str, total: usize) {
        self.phase = name;
        self.at = 0;
        self.total = total;
    }

    /// Runs one step. Its failure names the step.
    pub(crate) fn step<T>(
        &mut self,
        what: impl Display,
        work: impl FnOnce(&mut Step) -> Result<T>,
    ) -> Result<T> {
        self.at += 1;
        let label = format!("{} {}/{} {what}", self.phase, self.at, self.total);
        let mut step = Step {
            label,
            begun: Instant::now(),
            outcome: "ready",
            line_is_open: false,
        };
        let result = work(&mut step);
        let took = step.begun.elapsed();
        match &result {
            Ok(_) => step.say(format!("{} ({})", step.outcome, shown(took))),
            Err(_) => step.say(format!("failed after {}", shown(took))),
        }
        self.times.push((format!("{} {what}", self.phase), took));
        result.with_context(|| step.label.clone())
    }

    /// Prints where the time went, when there is something to tell.
    pub(crate) fn finish(&self) {
        let total = self.begun.elapsed();
        if total < WORTH_A_TABLE {
            return;
        }
        println!("\ntook {}:", shown(total));
        for (what, took) in &self.times {
            println!("  {:>9}  {what}", shown(*took));
        }
        println!();
    }
}

impl Step {
    /// A line of its own.
    pub(crate) fn say(&mut self, text: impl Display) {
        self.close_line();
        println!("{}: {text}", self.label);
    }

    /// What the last line says in the place of `ready`.
    pub(crate) fn ends(&mut self, outcome: &'static str) {
        self.outcome = outcome;
    }

    /// How far it is: drawn over the last such line on a terminal, a new line elsewhere.
    pub(crate) fn progress(&mut self, text: impl Display) {
        let line = format!("{}: {text}, {}", self.label, shown(self.begun.elapsed()));
        if std::io::stdout().is_terminal() {
            print!("\r\x1b[2K{line}");
            // A progress line that cannot be drawn is no reason to fail.
            let _ = std::io::stdout().flush();
            self.line_is_open = true;
        } else {
            println!("{line}");
        }
    }

    fn close_line(&mut self) {
        if std::mem::take(&mut self.line_is_open) {
            println!();
        }
    }
}

/// A duration as people say it: `0.3 s`, `42 s`, `3 min 05 s`.
pub(crate) fn shown(duration: Duration) -> String {
    match duration.as_secs() {
        0..10 => format!("{:.1} s", duration.as_secs_f64()),
        seconds @ 10..60 => format!("{seconds} s"),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_shown_as_people_say_them() {
        for (millis, text) in [
            (30, "0.0 s"),
            (2_340, "2.3 s"),
            (42_900, "42 s"),
            (185_000, "3 min 05 s"),
        ] {
            assert_eq!(shown(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn a_failure_names_its_step() {
        let mut steps = Steps::new();
        steps.phase("set-up", 2);
        let result: Result<()> = steps.step("trunk", |_| anyhow::bail!("no network"));
        assert_eq!(
            format!("{:#}", result.unwrap_err()),
            "set-up 1/2 trunk: no network"
        );
    }
}
