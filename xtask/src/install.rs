//! Installing programs from package registries into the cache.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::steps::Step;
use crate::tools::Tool;
use crate::{places, process};

/// How often a build says how far it is where nothing can be redrawn.
const EVERY: Duration = Duration::from_secs(15);

/// Builds `tool` into `home`.
pub(crate) fn cargo(tool: &Tool, home: &Path, step: &mut Step) -> Result<()> {
    let _lock = alone(step)?;
    match cargo_install(tool, home, &["--locked"], step) {
        Ok(()) => Ok(()),
        // A published lock file can name a release that its registry has since
        // withdrawn; nothing but another choice of releases can help then.
        Err(error) if is_about_versions(&format!("{error:#}")) => {
            step.say("its own lock file names a release that is gone: choosing others");
            cargo_install(tool, home, &[], step)
        }
        Err(error) => Err(error),
    }
}

/// Puts an npm package into `home`.
pub(crate) fn npm(package: &str, version: &str, home: &Path) -> Result<()> {
    fs::create_dir_all(home).with_context(|| format!("cannot make {}", home.display()))?;
    let mut command = Command::new("npm");
    command
        .current_dir(home)
        .args(["install", "--prefix", "."])
        .args([
            "--no-save",
            "--no-package-lock",
            "--no-audit",
            "--no-fund",
            "--ignore-scripts",
        ])
        .arg(format!("{package}@{version}"));
    process::output(&mut command).map(drop)
}

/// Drops what the builds left behind, once every tool of a set-up is installed.
/// A set-up that fails keeps it, so that the next one goes on from there.
pub(crate) fn tidy() -> Result<()> {
    let cache = places::cache()?;
    let scratch = cache.join("build");
    // Whoever builds there now will tidy up itself.
    if scratch.is_dir() && lock_file(&cache)?.try_lock().is_ok() {
        fs::remove_dir_all(&scratch)
            .with_context(|| format!("cannot remove {}", scratch.display()))?;
    }
    Ok(())
}

fn cargo_install(tool: &Tool, home: &Path, extra: &[&str], step: &mut Step) -> Result<()> {
    let cache = places::cache()?;
    let mut command = process::command("cargo");
    command
        // Not in the repository, whose .cargo/config.toml is for the repository.
        .current_dir(&cache)
        .args(["install", tool.package, "--version", &tool.version])
        .args(extra)
        // A tool runs for seconds: compiling it optimised costs minutes and wins nothing.
        .args(["--debug", "--root"])
        .arg(home)
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        // The tools share many dependencies.
        .env("CARGO_TARGET_DIR", cache.join("build"))
        // Without a lock file, choose releases that the compiler at hand can build.
        .env("CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS", "fallback")
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "80")
        .env("CARGO_TERM_COLOR", "never")
        .env_remove("CARGO_BUILD_TARGET")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let line = process::shown(&command);
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot run `{line}`"))?;
    let log = match child.stderr.take() {
        Some(stderr) => follow(stderr, step)?,
        None => String::new(),
    };
    let status = child.wait()?;
    if !status.success() {
        bail!("`{line}` ended with {status}\n{}", process::tail(&log, 30));
    }
    Ok(())
}

/// Reads Cargo's messages to their end, shows its progress bar as `12/213`, keeps the rest.
fn follow(stderr: impl Read, step: &mut Step) -> Result<String> {
    let mut log = String::new();
    let mut line = Vec::new();
    let mut last = Instant::now();
    let drawn = std::io::IsTerminal::is_terminal(&std::io::stdout());
    for byte in BufReader::new(stderr).bytes() {
        let byte = byte.context("cannot read Cargo's messages")?;
        if byte != b'\r' && byte != b'\n' {
            line.push(byte);
            continue;
        }
        let text = String::from_utf8_lossy(&line).into_owned();
        line.clear();
        match progress(&text) {
            Some(count) if drawn || last.elapsed() >= EVERY => {
                step.progress(format!("{count} crates"));
                last = Instant::now();
            }
            Some(_) => {}
            None => {
                log.push_str(text.trim_end());
                log.push('\n');
            }
        }
    }
    Ok(log)
}

/// The `12/213` of Cargo's `Building [=>   ] 12/213: syn, serde`.
fn progress(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("Building [")?;
    let (_, rest) = rest.split_once("] ")?;
    rest.split([':', ' ']).next().filter(|count| {
        count
            .split_once('/')
            .is_some_and(|(done, all)| done.parse::<u32>().is_ok() && all.parse::<u32>().is_ok())
    })
}

fn is_about_versions(error: &str) -> bool {
    [
        "failed to select a version",
        "no matching package",
        "lock file",
    ]
    .iter()
    .any(|phrase| error.contains(phrase))
}

/// The right to build in the cache, which two clones may share. The lock ends
/// when the file closes.
fn alone(step: &mut Step) -> Result<File> {
    let file = lock_file(&places::cache()?)?;
    if file.try_lock().is_err() {
        step.say("waiting for another set-up on this machine...");
        file.lock().context("cannot lock the cache")?;
    }
    Ok(file)
}

fn lock_file(cache: &Path) -> Result<File> {
    fs::create_dir_all(cache).with_context(|| format!("cannot make {}", cache.display()))?;
    let path = cache.join("set-up.lock");
    File::create(&path).with_context(|| format!("cannot open {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargos_progress_bar_gives_the_count() {
        for (line, count) in [
            (
                "    Building [=====>      ] 12/213: syn, serde",
                Some("12/213"),
            ),
            ("    Building [============] 213/213", Some("213/213")),
            ("   Compiling syn v2.0.1", None),
            ("    Building [odd] here", None),
        ] {
            assert_eq!(progress(line), count, "{line}");
        }
    }

    #[test]
    fn only_a_missing_release_is_worth_a_second_try() {
        assert!(is_about_versions(
            "error: failed to select a version for the requirement `x = \"^1\"` (locked to 1.0.1)"
        ));
        assert!(!is_about_versions("error: linking with `cc` failed"));
    }
}
