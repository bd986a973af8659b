//! Running other programs, with their failures told as what was run and how it ended.

use std::env;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use anyhow::{Context, Result, bail};

use crate::places;

/// A command that runs in the repository root.
///
/// Cargo describes this program's own package in the environment of `cargo run`.
/// Build scripts that watch those variables (ring's does) would be run again each
/// time a build comes from here and not from a shell, so they are taken out.
pub(crate) fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(places::root());
    for (name, _) in env::vars_os() {
        let name_text = name.to_string_lossy();
        if name_text.starts_with("CARGO_PKG_") || name_text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs `command` with its output on the terminal.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = shown(command);
    let status = command
        .status()
        .with_context(|| format!("cannot run `{line}`"))?;
    if !status.success() {
        bail!("`{line}` ended with {status}");
    }
    Ok(())
}

/// Runs `command` and returns what it wrote to its standard output.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let line = shown(command);
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run `{line}`"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`{line}` ended with {}\n{}", output.status, tail(&said, 20));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The same, and `show` gets each line as soon as it is there.
pub(crate) fn output_by_line(command: &mut Command, mut show: impl FnMut(&str)) -> Result<String> {
    let line = shown(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run `{line}`"))?;
    let stdout = child.stdout.take().context("a pipe was asked for")?;
    let mut stderr = child.stderr.take().context("a pipe was asked for")?;
    // Read beside it: a program whose complaints nobody reads stands still.
    let complaints = thread::spawn(move || {
        let mut said = Vec::new();
        // What was read counts, also when the rest cannot be.
        let _ = stderr.read_to_end(&mut said);
        said
    });
    let mut output = String::new();
    for text in BufReader::new(stdout).lines() {
        let text = text.with_context(|| format!("cannot read what `{line}` says"))?;
        show(&text);
        output.push_str(&text);
        output.push('\n');
    }
    let status = child
        .wait()
        .with_context(|| format!("cannot wait for `{line}`"))?;
    let said = complaints.join().unwrap_or_default();
    if !status.success() {
        let said = String::from_utf8_lossy(&said);
        bail!("`{line}` ended with {status}\n{}", tail(&said, 20));
    }
    Ok(output)
}

/// The first program of this name on the PATH.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(&file))
        .find(|path| is_program(path))
}

/// The last `lines` lines of a log: where a failing program says why.
pub(crate) fn tail(log: &str, lines: usize) -> String {
    let all: Vec<&str> = log.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// The first two lines of a message: what was run, and how its complaint begins.
pub(crate) fn gist(message: &str) -> String {
    message.lines().take(2).collect::<Vec<_>>().join(": ")
}

/// A command as one would type it, for messages.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    std::iter::once(name)
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_shows_the_command_without_its_folder() {
        let mut command = Command::new("some/where/trunk");
        command.args(["build", "--offline"]);
        assert_eq!(shown(&command), "trunk build --offline");
    }

    #[test]
    fn lines_are_shown_as_they_come_and_a_failure_has_the_last_complaints() {
        let mut shown = Vec::new();
        let mut shell = |script: &str| {
            let mut command = Command::new("sh");
            output_by_line(command.args(["-c", script]), |line| {
                shown.push(line.to_owned())
            })
        };
        assert_eq!(
            shell("echo one; echo aside >&2; echo two").unwrap(),
            "one\ntwo\n"
        );
        let error = shell("echo three; echo no such thing >&2; exit 3").unwrap_err();
        assert!(error.to_string().ends_with("no such thing"), "{error}");
        assert_eq!(shown, ["one", "two", "three"]);
    }

    #[test]
    fn the_tail_of_a_short_log_is_all_of_it() {
        assert_eq!(tail("a\nb", 5), "a\nb");
        assert_eq!(tail("a\nb\nc", 2), "b\nc");
    }
}
