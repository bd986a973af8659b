//! Cargo.lock, as far as it concerns set-up: which version of a crate is locked.

use std::fs;

use anyhow::{Context, Result};

use crate::places;

/// The version of `package` in the workspace's Cargo.lock.
///
/// `wasm-bindgen-cli` and `wasm-bindgen` refuse to work together unless they are
/// the same version, so the lock file is the pin of both.
pub(crate) fn locked(package: &str) -> Result<String> {
    let path = places::root().join("Cargo.lock");
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    version_in(&text, package)
        .map(str::to_owned)
        .with_context(|| format!("Cargo.lock must name {package}; found no such package"))
}

/// Cargo writes one `[[package]]` table a package, `version` right below `name`.
fn version_in<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let wanted = format!("name = \"{package}\"");
    let mut lines = lock.lines();
    lines.find(|line| *line == wanted)?;
    lines
        .next()?
        .strip_prefix("version = \"")?
        .strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"version = 4

[[package]]
name = "wasm-bindgen-macro"
version = "0.1.1"

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
source = "registry+https://github.com/rust-lang/crates.io-index"
dependencies = [
 "once_cell",
]
"#;

    #[test]
    fn the_version_is_that_of_the_whole_name() {
        assert_eq!(version_in(LOCK, "wasm-bindgen"), Some("0.2.130"));
        assert_eq!(version_in(LOCK, "wasm-bindgen-macro"), Some("0.1.1"));
        assert_eq!(version_in(LOCK, "wasm"), None);
        assert_eq!(version_in(LOCK, "once_cell"), None);
    }
}
