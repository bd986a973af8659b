//! The programs that building and testing need: which version, and how each is had.
//!
//! A program on the PATH is used when it says that it is exactly the pinned
//! version; otherwise the pinned one is taken from the cache, where it is
//! installed from its package registry when it is missing.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::steps::Step;
use crate::{install, lockfile, places, process};

/// A program that `cargo install` builds.
pub(crate) struct Tool {
    pub(crate) package: &'static str,
    /// The programs that the package brings; the first one says the version.
    pub(crate) programs: &'static [&'static str],
    pub(crate) version: String,
    /// How long it took on two cores: for whoever waits.
    pub(crate) takes: &'static str,
}

/// The npm package whose release 132.0.0 is Binaryen's `version_132`. Trunk.toml
/// pins the same one.
pub(crate) const BINARYEN_PACKAGE: &str = "132.0.0";
pub(crate) const BINARYEN: &str = "132";

/// Newer releases of Trunk want a newer rustc than the workspace does.
pub(crate) fn trunk() -> Tool {
    Tool {
        package: "trunk",
        programs: &["trunk"],
        version: "0.21.14".to_owned(),
        takes: "about 2 min",
    }
}

pub(crate) fn wasm_bindgen() -> Result<Tool> {
    Ok(Tool {
        package: "wasm-bindgen-cli",
        programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
        version: lockfile::locked("wasm-bindgen")?,
        takes: "about 1 min",
    })
}

pub(crate) fn geckodriver() -> Tool {
    Tool {
        package: "geckodriver",
        programs: &["geckodriver"],
        version: "0.37.1".to_owned(),
        takes: "1 to 2 min",
    }
}

pub(crate) fn cargo_deny() -> Tool {
    Tool {
        package: "cargo-deny",
        programs: &["cargo-deny"],
        version: "0.20.2".to_owned(),
        takes: "about 2 min",
    }
}

/// The folder that holds `tool` in its pinned version, installed when need be.
pub(crate) fn ensure(tool: &Tool, step: &mut Step) -> Result<PathBuf> {
    if let Some(folder) = on_the_path(tool.programs, &tool.version) {
        return Ok(folder);
    }
    let home = places::tools()?.join(format!("{}-{}", tool.package, tool.version));
    let folder = home.join("bin");
    if holds(&folder, tool.programs, &tool.version) {
        return Ok(folder);
    }
    step.say(format!("building, {}...", tool.takes));
    install::cargo(tool, &home, step)?;
    if !holds(&folder, tool.programs, &tool.version) {
        bail!(
            "expected {} {} in {} after `cargo install`; found none that answers to --version",
            tool.package,
            tool.version,
            folder.display()
        );
    }
    Ok(folder)
}

/// The folder that holds `wasm-opt`, or why there is none: the page can do
/// without, so nothing about it is an error.
pub(crate) fn wasm_opt(step: &mut Step) -> Result<PathBuf, String> {
    const PROGRAMS: &[&str] = &["wasm-opt"];
    if let Some(folder) = on_the_path(PROGRAMS, BINARYEN) {
        return Ok(folder);
    }
    let home = places::tools()
        .map_err(|error| format!("{error:#}"))?
        .join(format!("binaryen-{BINARYEN_PACKAGE}"));
    let folder = home.join("node_modules").join(".bin");
    if holds(&folder, PROGRAMS, BINARYEN) {
        return Ok(folder);
    }
    // The package's programs are scripts for Node, so npm alone is not enough.
    for needed in ["npm", "node"] {
        if process::find(needed).is_none() {
            return Err(format!("it needs {needed}, which is not on the PATH"));
        }
    }
    step.say("fetching from npm...");
    install::npm("binaryen", BINARYEN_PACKAGE, &home)
        .map_err(|error| process::gist(&format!("{error:#}")))?;
    if holds(&folder, PROGRAMS, BINARYEN) {
        Ok(folder)
    } else {
        Err(format!(
            "wasm-opt {BINARYEN} was installed but does not answer to --version; is Node too old?"
        ))
    }
}

/// Adds the target of the page to the toolchain in use.
pub(crate) fn wasm32_target(step: &mut Step) -> Result<()> {
    let libraries = process::output(process::command("rustc").args([
        "--print",
        "target-libdir",
        "--target",
        WASM32,
    ]))?;
    if Path::new(libraries.trim()).is_dir() {
        return Ok(());
    }
    if process::find("rustup").is_none() {
        bail!("the {WASM32} standard library is needed; found neither it nor rustup to fetch it");
    }
    step.say("fetching with rustup...");
    process::run(process::command("rustup").args(["target", "add", WASM32]))
}

pub(crate) const WASM32: &str = "wasm32-unknown-unknown";

/// What the compiler calls this machine.
pub(crate) fn host() -> Result<String> {
    let version = process::output(process::command("rustc").arg("-vV"))?;
    version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .with_context(|| format!("`rustc -vV` must name the host; found: {version}"))
}

fn on_the_path(programs: &[&str], version: &str) -> Option<PathBuf> {
    let first = process::find(programs.first()?)?;
    let folder = first.parent()?;
    holds(folder, programs, version).then(|| folder.to_owned())
}

/// Whether all `programs` are there and the first is of this version. It is
/// asked, not looked for: an install that was cut short leaves files too.
fn holds(folder: &Path, programs: &[&str], version: &str) -> bool {
    let paths: Vec<PathBuf> = programs
        .iter()
        .map(|name| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
        .collect();
    paths.iter().all(|path| path.is_file())
        && paths.first().is_some_and(|path| {
            Command::new(path)
                .arg("--version")
                .output()
                .is_ok_and(|out| says(&String::from_utf8_lossy(&out.stdout), version))
        })
}

/// Whether the first line of a `--version` has this version as a word of its own.
fn says(output: &str, version: &str) -> bool {
    output
        .lines()
        .next()
        .is_some_and(|line| line.split_whitespace().any(|word| word == version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_fits_only_as_a_whole_word() {
        for (output, version, fits) in [
            ("trunk 0.21.14\n", "0.21.14", true),
            ("trunk 0.21.1\n", "0.21.14", false),
            ("trunk 0.21.14-beta.1\n", "0.21.14", false),
            ("wasm-opt version 132 (version_132)\n", "132", true),
            ("geckodriver 0.37.1 (abc 2026-01-01)\n\n1.0", "0.37.1", true),
            ("geckodriver 0.37.1\n\nlicence 2.0", "2.0", false),
            ("", "1", false),
        ] {
            assert_eq!(says(output, version), fits, "{output:?} {version}");
        }
    }

    /// Trunk downloads a tool when its own pin is another version than the one it finds.
    #[test]
    fn trunk_pins_what_is_installed_here() {
        let text = std::fs::read_to_string(places::root().join("Trunk.toml")).unwrap();
        assert!(text.contains(&format!("wasm_opt = \"version_{BINARYEN}\"")));
        assert!(BINARYEN_PACKAGE.starts_with(&format!("{BINARYEN}.")));
        // The version in Cargo.lock must reach Trunk unhindered.
        assert!(!text.contains("wasm_bindgen ="));
    }
}
