//! A command that runs while others do: what it prints is shown when it is over.

use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use crate::process;

/// A command that was started.
pub(crate) struct Beside {
    line: String,
    ended: JoinHandle<io::Result<(std::process::Output, Duration)>>,
}

impl Beside {
    pub(crate) fn start(mut command: Command) -> Result<Self> {
        let line = process::shown(&command);
        let begun = Instant::now();
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run `{line}`"))?;
        let ended = thread::spawn(move || {
            let output = child.wait_with_output()?;
            Ok((output, begun.elapsed()))
        });
        Ok(Self { line, ended })
    }

    /// Waits for its end; shows what it printed, and says how long it took.
    pub(crate) fn end(self) -> Result<Duration> {
        let ended = self.ended.join();
        let ended = ended.map_err(|_| anyhow!("`{}` could not be waited for", self.line))?;
        let (output, took) = ended.with_context(|| format!("cannot run `{}`", self.line))?;
        let mut out = io::stdout().lock();
        out.write_all(&output.stderr)?;
        out.write_all(&output.stdout)?;
        if !output.status.success() {
            bail!("`{}` ended with {}", self.line, output.status);
        }
        Ok(took)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = process::command("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn how_long_it_took_is_counted_to_its_own_end() {
        let quick = Beside::start(shell("sleep 0.1")).unwrap();
        thread::sleep(Duration::from_secs(2));
        let took = quick.end().unwrap();
        assert!(took >= Duration::from_millis(100) && took < Duration::from_secs(2));
    }

    #[test]
    fn one_that_fails_is_named() {
        let failing = Beside::start(shell("exit 3")).unwrap();
        let error = failing.end().unwrap_err().to_string();
        assert!(error.contains("exit 3") && error.contains("3"), "{error}");
        assert!(Beside::start(process::command("no-such-program")).is_err());
    }
}
