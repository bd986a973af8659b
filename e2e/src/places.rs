//! Where the programs are: as the environment says (`cargo xtask test` does),
//! else where they usually are.

use std::env;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}

/// `TABLON_RELAY`: the relay, of a release build where there is one.
pub fn relay() -> PathBuf {
    named("TABLON_RELAY").unwrap_or_else(|| built("tablon-relay"))
}

/// `TABLON_NODE`: the headless node, likewise.
pub fn node() -> PathBuf {
    named("TABLON_NODE").unwrap_or_else(|| built("tablon-node"))
}

fn built(name: &str) -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or(root().join("target"), PathBuf::from);
    let built = ["release", "debug"].map(|kind| target.join(kind).join(name));
    first(&built).unwrap_or_else(|| {
        panic!("no {name} in {built:?}: run `cargo build --release --package {name}`")
    })
}

/// `TABLON_DIST`: the built page.
pub fn dist() -> PathBuf {
    let dist = named("TABLON_DIST").unwrap_or_else(|| root().join("dist"));
    assert!(
        dist.join("index.html").is_file(),
        "no page in {}: run `cargo xtask build`",
        dist.display()
    );
    dist
}

/// `CHROMIUM`: Chromium or Chrome.
pub fn chromium() -> PathBuf {
    program(
        "CHROMIUM",
        &["chromium", "chromium-browser", "google-chrome"],
    )
}

/// `CHROMEDRIVER`: of the same version.
pub fn chromedriver() -> PathBuf {
    program("CHROMEDRIVER", &["chromedriver"])
}

/// `FIREFOX`: Firefox.
pub fn firefox() -> PathBuf {
    program("FIREFOX", &["firefox-esr", "firefox"])
}

/// `GECKODRIVER`: on the PATH, or where `cargo xtask` installs it.
pub fn geckodriver() -> PathBuf {
    if let Some(path) = named("GECKODRIVER").or_else(|| on_the_path("geckodriver")) {
        return path;
    }
    let installed = cache("tools")
        .and_then(|tools| std::fs::read_dir(tools).ok())
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|folder| {
            folder
                .file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.starts_with("geckodriver-"))
        })
        .map(|folder| folder.join("bin").join("geckodriver"))
        .find(|path| path.is_file());
    installed.unwrap_or_else(|| missing("GECKODRIVER", &["geckodriver"]))
}

/// A folder of Tablón's in the user's cache directory.
pub fn cache(folder: &str) -> Option<PathBuf> {
    let base = named("XDG_CACHE_HOME")
        .filter(|path| path.is_absolute())
        .or_else(|| Some(env::home_dir()?.join(".cache")))?;
    Some(base.join("tablon").join(folder))
}

/// A program of this name on the PATH.
pub fn on_the_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let places: Vec<PathBuf> = env::split_paths(&path)
        .map(|folder| folder.join(name))
        .collect();
    first(&places)
}

fn program(variable: &str, names: &[&str]) -> PathBuf {
    named(variable)
        .or_else(|| names.iter().find_map(|name| on_the_path(name)))
        .unwrap_or_else(|| missing(variable, names))
}

fn missing(variable: &str, names: &[&str]) -> ! {
    panic!(
        "the tests need one of {} on the PATH or in {variable}; `cargo xtask test` sets that up",
        names.join(", ")
    )
}

fn named(variable: &str) -> Option<PathBuf> {
    env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

fn first(paths: &[PathBuf]) -> Option<PathBuf> {
    paths.iter().find(|path| path.is_file()).cloned()
}
