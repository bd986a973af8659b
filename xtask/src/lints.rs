//! Builds with Clippy as the compiler: lints and programs from one pass.
//!
//! `cargo clippy` checks what a build then compiles once more, dependencies
//! included. Clippy's driver is a compiler and generates code as well: named as the
//! compiler of the workspace's own crates, one build gives the lints and the tests.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::process;

/// Makes Cargo compile the workspace's own crates with Clippy's driver. Each command
/// that shall find what another built must have it.
pub(crate) fn compile_with_clippy(cargo: &mut Command) {
    // The driver is silent unless this is set; it holds further flags, and there are none.
    cargo
        .env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver")
        .env("CLIPPY_ARGS", "");
}

/// Runs a build, shows what it prints as it prints it, and fails when any crate has
/// a warning. What is fresh is not compiled again; Cargo repeats its warnings.
pub(crate) fn without_warnings(cargo: &mut Command) -> Result<()> {
    let line = process::shown(cargo);
    let mut child = cargo
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run `{line}`"))?;
    let mut warned = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        for text in BufReader::new(stderr).lines() {
            let text = text.with_context(|| format!("cannot read what `{line}` says"))?;
            writeln!(std::io::stderr(), "{text}")?;
            warned.extend(crate_with_warnings(&text));
        }
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{line}` ended with {status}");
    }
    if !warned.is_empty() {
        bail!("expected no warning; found some in {}", warned.join(", "));
    }
    Ok(())
}

/// The crate of Cargo's summary, ``warning: `tablon-core` (lib) generated 2 warnings``.
fn crate_with_warnings(line: &str) -> Option<String> {
    let (name, rest) = line.strip_prefix("warning: `")?.split_once('`')?;
    let (target, _) = rest.split_once(" generated ")?;
    Some(format!("{name}{target}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_with_warnings_is_named_by_cargos_summary() {
        for (line, found) in [
            (
                "warning: `tablon-core` (lib test) generated 2 warnings (1 duplicate)",
                Some("tablon-core (lib test)"),
            ),
            (
                "warning: `xtask` (bin \"xtask\") generated 1 warning",
                Some("xtask (bin \"xtask\")"),
            ),
            ("warning: unused import: `std::fs`", None),
            ("   Compiling tablon-core v0.1.0", None),
        ] {
            assert_eq!(crate_with_warnings(line).as_deref(), found, "{line}");
        }
    }

    #[test]
    fn a_build_that_warns_fails_and_names_the_crates() {
        let shell = |script: &str| {
            let mut command = Command::new("sh");
            without_warnings(command.args(["-c", script]))
        };
        assert!(shell("echo '   Compiling a' >&2").is_ok());
        let warns = "echo 'warning: `a` (lib) generated 1 warning' >&2";
        let error = shell(warns).unwrap_err().to_string();
        assert!(error.ends_with("found some in a (lib)"), "{error}");
        assert!(shell("exit 101").is_err());
    }
}
