//! Where the page's files come from, and those that have been asked for.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};
use std::{fs, io};

use bytes::Bytes;
use tokio::task::spawn_blocking;

use crate::asset::{Asset, Forms};
use crate::limits::{MAX_CACHE, MAX_FILE};

/// Where the page's files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// In the binary: those that `dist/` had when a release was built.
    Embedded,
    /// In a folder, looked at on each request.
    Folder(PathBuf),
}

impl Default for Page {
    /// Embedded in a release, the repository's `dist/` otherwise.
    fn default() -> Self {
        if cfg!(debug_assertions) {
            Self::Folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist"))
        } else {
            Self::Embedded
        }
    }
}

static EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The files that have been asked for.
#[derive(Debug)]
pub(crate) struct Files {
    page: Page,
    /// Files that exist, so a stranger cannot grow it; at most [`MAX_CACHE`].
    cache: Mutex<HashMap<String, (Stamp, Arc<Asset>)>>,
    /// One file is prepared at a time, so that a crowd does not compress the
    /// same one on every thread.
    preparing: tokio::sync::Mutex<()>,
}

/// Tools that pack or copy keep a file's time no finer than this.
const ROUNDING: Duration = Duration::from_secs(2);

/// Changes when the file does.
type Stamp = Option<(SystemTime, u64)>;

impl Files {
    pub(crate) fn new(page: Page) -> Self {
        Self {
            page,
            cache: Mutex::default(),
            preparing: tokio::sync::Mutex::default(),
        }
    }

    /// The file of a name that was checked to be plain.
    pub(crate) async fn get(self: &Arc<Self>, name: &str) -> io::Result<Arc<Asset>> {
        let stamp = self.stamp(name).await?;
        if let Some(asset) = self.cached(name, stamp) {
            return Ok(asset);
        }
        let _alone = self.preparing.lock().await;
        if let Some(asset) = self.cached(name, stamp) {
            return Ok(asset);
        }
        let (files, name) = (Arc::clone(self), name.to_owned());
        spawn_blocking(move || {
            let asset = Arc::new(Asset::new(&name, files.page.forms(&name)?));
            files.keep(name, stamp, &asset);
            Ok(asset)
        })
        .await
        .map_err(io::Error::other)?
    }

    async fn stamp(&self, name: &str) -> io::Result<Stamp> {
        let Page::Folder(folder) = &self.page else {
            return Ok(None);
        };
        let meta = tokio::fs::metadata(folder.join(name)).await?;
        Ok(Some((meta.modified()?, meta.len())))
    }

    fn cached(&self, name: &str, stamp: Stamp) -> Option<Arc<Asset>> {
        let cache = self.cache.lock().expect("no panic under this lock");
        let (kept, asset) = cache.get(name)?;
        (*kept == stamp).then(|| Arc::clone(asset))
    }

    fn keep(&self, name: String, stamp: Stamp, asset: &Arc<Asset>) {
        let mut cache = self.cache.lock().expect("no panic under this lock");
        let held: usize = cache.values().map(|(_, asset)| asset.weight()).sum();
        if held + asset.weight() > MAX_CACHE {
            cache.clear();
        }
        cache.insert(name, (stamp, Arc::clone(asset)));
    }
}

impl Page {
    /// A file with what the build packed beside it (`cargo xtask build`).
    fn forms(&self, name: &str) -> io::Result<Forms> {
        Ok(Forms {
            plain: self.read(name)?,
            brotli: self.packed(name, ".br"),
            gzip: self.packed(name, ".gz"),
        })
    }

    fn packed(&self, name: &str, ending: &str) -> Option<Bytes> {
        let packed = format!("{name}{ending}");
        if let Self::Folder(folder) = self {
            // A file edited since it was packed is served as it is now.
            let modified = |name: &str| folder.join(name).metadata().ok()?.modified().ok();
            if modified(&packed)? + ROUNDING < modified(name)? {
                return None;
            }
        }
        self.read(&packed).ok()
    }

    fn read(&self, name: &str) -> io::Result<Bytes> {
        match self {
            Self::Embedded => EMBEDDED
                .iter()
                .find(|(embedded, _)| *embedded == name)
                .map(|(_, bytes)| Bytes::from_static(bytes))
                .ok_or_else(|| io::ErrorKind::NotFound.into()),
            Self::Folder(folder) => {
                // A link inside the folder must not lead out of it either.
                let root = folder.canonicalize()?;
                let path = root.join(name).canonicalize()?;
                let meta = path.metadata()?;
                if !path.starts_with(&root) || !meta.is_file() || meta.len() > MAX_FILE {
                    return Err(io::ErrorKind::NotFound.into());
                }
                fs::read(path).map(Bytes::from)
            }
        }
    }
}
