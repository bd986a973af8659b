//! Whether the page in dist/ is the one that the sources at hand would give.

use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// What the page is made of, from the repository root.
const INPUTS: &[&str] = &[
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
    "core",
    "index.html",
    "kernel",
    "web",
];

/// Folders in there that no page is made of.
const NOT_INPUTS: &[&str] = &["benches", "dist", "fuzz", "node_modules", "target", "tests"];

/// A short text that changes with any file of the page's sources and with `versions`.
///
/// Contents and not times are compared: a branch switched there and back costs nothing.
pub(crate) fn of_sources(root: &Path, versions: &[String]) -> Result<String> {
    let inputs: Vec<PathBuf> = INPUTS.iter().map(|name| root.join(name)).collect();
    let mut hash = Fingerprint::default();
    for input in inputs.iter().filter(|path| path.exists()) {
        hash.path(root, input)?;
    }
    for version in versions {
        hash.bytes(version.as_bytes());
    }
    Ok(hash.text())
}

/// The same for what was built: `trunk serve` writes a page for development to the
/// same folder, which must not be taken for ours.
pub(crate) fn of_page(dist: &Path) -> Result<String> {
    let mut hash = Fingerprint::default();
    if dist.is_dir() {
        hash.path(dist, dist)?;
    }
    Ok(hash.text())
}

/// SipHash, which may differ between releases of the standard library: then the
/// page is built once more.
#[derive(Default)]
struct Fingerprint(DefaultHasher);

impl Fingerprint {
    fn path(&mut self, base: &Path, path: &Path) -> Result<()> {
        let cannot_read = || format!("cannot read {}", path.display());
        if path.is_dir() {
            let mut entries = fs::read_dir(path)
                .with_context(cannot_read)?
                .map(|entry| entry.map(|entry| entry.path()))
                .collect::<Result<Vec<_>, _>>()
                .with_context(cannot_read)?;
            entries.retain(|entry| !skipped(entry));
            entries.sort();
            for entry in entries {
                self.path(base, &entry)?;
            }
            return Ok(());
        }
        let name = path.strip_prefix(base).unwrap_or(path);
        self.bytes(name.as_os_str().as_encoded_bytes());
        self.bytes(&fs::read(path).with_context(cannot_read)?);
        Ok(())
    }

    /// With its length, so that bytes cannot move from one file to the next unseen.
    fn bytes(&mut self, bytes: &[u8]) {
        self.0.write_usize(bytes.len());
        self.0.write(bytes);
    }

    fn text(&self) -> String {
        format!("{:016x}", self.0.finish())
    }
}

fn skipped(path: &Path) -> bool {
    path.is_dir()
        && path
            .file_name()
            .is_some_and(|name| NOT_INPUTS.iter().any(|not| name == *not))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of this test's own, removed at its end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn write(&self, name: &str, text: &str) {
            let path = self.0.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn sources(&self) -> String {
            of_sources(&self.0, &["trunk 1".to_owned()]).unwrap()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_page_is_built_again_when_and_only_when_its_sources_change() {
        let folder = Folder::new("sources");
        folder.write("web/src/page.rs", "a");
        folder.write("core/src/lib.rs", "b");
        folder.write("relay/src/main.rs", "c");
        folder.write("web/tests/opfs.rs", "d");
        let first = folder.sources();

        folder.write("web/src/page.rs", "a");
        folder.write("relay/src/main.rs", "changed");
        folder.write("web/tests/opfs.rs", "changed");
        assert_eq!(folder.sources(), first);

        folder.write("core/src/lib.rs", "changed");
        let second = folder.sources();
        assert_ne!(second, first);

        folder.write("web/src/page.rs", "");
        folder.write("web/src/page2.rs", "a");
        assert_ne!(folder.sources(), second);
    }

    #[test]
    fn another_tool_means_another_page() {
        let folder = Folder::new("tools");
        folder.write("index.html", "x");
        assert_ne!(
            folder.sources(),
            of_sources(&folder.0, &["trunk 2".to_owned()]).unwrap()
        );
    }

    #[test]
    fn a_page_that_was_replaced_is_noticed() {
        let folder = Folder::new("dist");
        folder.write("index.html", "ours");
        let ours = of_page(&folder.0).unwrap();
        folder.write("index.html", "theirs");
        assert_ne!(of_page(&folder.0).unwrap(), ours);
        assert_ne!(of_page(&folder.0.join("missing")).unwrap(), ours);
    }
}
