//! Other people's programs, fetched as archives of a pinned hash.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::process;

/// A gzipped tar.
pub(super) struct Archive {
    pub(super) address: &'static str,
    pub(super) sha256: &'static str,
}

impl Archive {
    /// Its own name: of another release, another.
    pub(super) fn name(&self) -> &'static str {
        self.address.rsplit('/').next().unwrap_or(self.address)
    }

    /// Fetches it into `folder`, which is made, and unpacks it there.
    pub(super) fn unpack(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let file = folder.join(self.name());
        let mut fetch = Command::new("curl");
        fetch.args(["-fsSL", "-m", "60", "-o"]).arg(&file);
        process::output(fetch.arg(self.address))?;
        self.check(&file)?;
        let mut unpack = Command::new("tar");
        unpack.current_dir(folder).arg("-xzf").arg(&file);
        process::output(&mut unpack).map(drop)
    }

    // One that is not what was pinned is not unpacked, let alone run.
    fn check(&self, file: &Path) -> Result<()> {
        let said = process::output(Command::new("sha256sum").arg("--").arg(file))?;
        let found = said.split_whitespace().next().unwrap_or_default();
        let Self { address, sha256 } = self;
        if found != *sha256 {
            fs::remove_file(file).with_context(|| format!("cannot remove {}", file.display()))?;
            bail!("expected {address} to have SHA-256 {sha256}, found {found}");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::env;

    use super::*;

    #[test]
    fn an_archive_that_is_not_the_pinned_one_is_refused() {
        let name = format!("tablon-bench-{}", std::process::id());
        let file = env::temp_dir().join(name);
        fs::write(&file, "something else").unwrap();
        let pinned = Archive {
            address: "https://example.org/some-1.0.tgz",
            sha256: "337f04fdb32f34b85819d09d59f6d3cf62991ac2e656735c43661dd3d4c57631",
        };
        assert_eq!(pinned.name(), "some-1.0.tgz");
        let message = pinned.check(&file).unwrap_err().to_string();
        assert!(message.contains(pinned.sha256), "{message}");
        assert!(!file.exists());
    }
}
