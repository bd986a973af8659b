//! Where things are: the repository, its build outputs, the user's cache.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The repository root: every command runs there.
pub(crate) fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// The built page. The relay embeds it in release builds.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// Cargo's target directory, wherever the user's configuration puts it: this
/// program runs from `<target>/debug`.
pub(crate) fn target() -> Result<PathBuf> {
    let program = env::current_exe().context("cannot tell where this program is")?;
    program
        .ancestors()
        .nth(2)
        .map(Path::to_owned)
        .with_context(|| {
            format!(
                "expected to run from target/debug, found {}",
                program.display()
            )
        })
}

/// The relay as `cargo build --release` leaves it.
pub(crate) fn relay() -> Result<PathBuf> {
    released("tablon-relay")
}

/// The headless node, likewise.
pub(crate) fn node() -> Result<PathBuf> {
    released("tablon-node")
}

/// The headless node as `cargo test` builds it for its tests.
pub(crate) fn tested_node() -> Result<PathBuf> {
    Ok(target()?.join("debug").join(program("tablon-node")))
}

fn released(name: &str) -> Result<PathBuf> {
    Ok(target()?.join("release").join(program(name)))
}

fn program(name: &str) -> String {
    format!("{name}{}", env::consts::EXE_SUFFIX)
}

/// Where Cargo unpacks the sources of other people's crates.
pub(crate) fn crates() -> Result<PathBuf> {
    let home = match env::var_os("CARGO_HOME") {
        Some(home) => PathBuf::from(home),
        None => env::home_dir()
            .context("Cargo's folder needs CARGO_HOME or a home directory; found neither")?
            .join(".cargo"),
    };
    Ok(home.join("registry").join("src"))
}

/// The folder for tools, one below it per tool and version, so that a second
/// clone (or a second checkout with other versions) finds its own.
pub(crate) fn tools() -> Result<PathBuf> {
    Ok(cache()?.join("tools"))
}

/// Tablón's folder in the user's cache directory.
pub(crate) fn cache() -> Result<PathBuf> {
    // The XDG specification: a relative path is invalid and must be ignored.
    let xdg = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let base = match xdg {
        Some(base) => base,
        None => env::home_dir()
            .context("the cache directory needs XDG_CACHE_HOME or a home directory; found neither")?
            .join(".cache"),
    };
    Ok(base.join("tablon"))
}
