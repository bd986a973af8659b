//! Runs a test runner: what it prints is passed on, and its summaries are added up.

use std::io::{Read, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::outcome::{Outcome, Reader};
use crate::process;
use crate::tally::Tally;

/// Runs a test runner, shows what it prints as it prints it, and adds up its summaries.
pub(crate) fn run(mut command: Command) -> Result<Outcome> {
    let line = process::shown(&command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run `{line}`"))?;
    let mut outcome = match child.stdout.take() {
        Some(output) => pass_on(output, std::io::stdout())?,
        None => Outcome::default(),
    };
    let status = child.wait()?;
    // Nothing that failed to compile, crashed or timed out printed a summary.
    if !status.success() && outcome.tally.failed == 0 {
        let why = format!("failed: `{line}` ended with {status}");
        println!("{why}");
        outcome.tally += Tally::ONE_FAILED;
        outcome.failures.push(why);
    }
    Ok(outcome)
}

fn pass_on(mut output: impl Read, mut terminal: impl Write) -> Result<Outcome> {
    let mut reader = Reader::default();
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
                reader.line(&String::from_utf8_lossy(&line));
                line.clear();
            } else {
                line.push(byte);
            }
        }
    }
    reader.line(&String::from_utf8_lossy(&line));
    Ok(reader.end())
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
        let outcome = pass_on(Trickle(output.as_bytes()), &mut shown).unwrap();
        assert_eq!(shown, output.as_bytes());
        assert_eq!(
            outcome.tally,
            Tally {
                passed: 7,
                failed: 1
            }
        );
    }
}
