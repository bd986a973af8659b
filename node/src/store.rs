//! The file of the chain: taken by one process at a time, put aside when it is
//! damaged, never deleted, and left alone when it is anything else.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use redb::backends::{FileBackend, InMemoryBackend};
use tablon_core::hash::NetworkId;
use tablon_core::node::{Config, Node, OpenError, Output};
use tablon_core::units::Millis;
use tablon_core::view::Storage;

/// First bytes of every redb file. They are written last when a file is made, so
/// one that was cut off at birth begins with zeros.
const MAGIC: [u8; 9] = *b"redb\x1a\x0a\xa9\x0d\x0a";

/// Names tried for a file that is put aside.
const MAX_ASIDE: u32 = 1_000;

/// Why the file cannot be used. It is as it was, unless the variant says more.
#[derive(Debug, thiserror::Error)]
pub enum StoreFileError {
    /// The disk.
    #[error("the chain's file {}: {}", .0.display(), .1)]
    Io(PathBuf, io::Error),
    /// Another process has it.
    #[error("the chain's file {} is in use by another process; each node needs a file of its own (--data)", .0.display())]
    InUse(PathBuf),
    /// Something else is in it.
    #[error("{} is not a chain's file, and is left as it is; name another (--data)", .0.display())]
    Foreign(PathBuf),
    /// Another board's.
    #[error(
        "the chain's file {} is of network {stored}, this node is of network {wanted}; name another file (--data) or that network (--network); a board made under rules before version 3 cannot be converted, its posts are signed for its own network",
        .path.display()
    )]
    OtherNetwork {
        /// The file.
        path: PathBuf,
        /// In the file.
        stored: NetworkId,
        /// Asked for.
        wanted: NetworkId,
    },
    /// It cannot be read or written, and is not damaged: the disk is full or away.
    #[error("the chain's file {} cannot be used: {reason}", .path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// The store's word.
        reason: String,
    },
}

/// A file that this process alone has.
#[derive(Debug)]
pub(crate) struct StoreFile {
    path: PathBuf,
    file: File,
}

impl StoreFile {
    /// Take the file, making it when it is not there.
    pub(crate) fn take(path: &Path) -> Result<Self, StoreFileError> {
        let failed = |error| StoreFileError::Io(path.into(), error);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreFileError::InUse(path.into())),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        if !looks_like_a_store(&mut file).map_err(failed)? {
            return Err(StoreFileError::Foreign(path.into()));
        }
        Ok(Self {
            path: path.into(),
            file,
        })
    }

    /// For core. The lock lasts as long as the backend.
    pub(crate) fn into_backend(self) -> Result<FileBackend, StoreFileError> {
        FileBackend::new(self.file).map_err(|error| StoreFileError::Unusable {
            path: self.path,
            reason: error.to_string(),
        })
    }

    fn bytes(&self) -> Result<u64, StoreFileError> {
        let data = self.file.metadata();
        let data = data.map_err(|error| StoreFileError::Io(self.path.clone(), error))?;
        Ok(data.len())
    }
}

// Whoever names a letter or a photograph by mistake must not find it renamed.
fn looks_like_a_store(file: &mut File) -> io::Result<bool> {
    let mut start = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(MAGIC.len() as u64).read_to_end(&mut start)?;
    Ok(MAGIC.starts_with(&start) || start.iter().all(|byte| *byte == 0))
}

/// Open core's node over a file, or in memory. A damaged file is put aside, and
/// the chain is fetched anew from peers.
pub(crate) fn open(
    path: Option<&Path>,
    config: &Config,
    now: Millis,
) -> Result<(Node, Vec<Output>), StoreFileError> {
    let Some(path) = path else {
        let storage = Storage::Memory {
            reason: "no file was named".into(),
        };
        let opened = Node::open(with(config, storage), InMemoryBackend::new(), now);
        return opened.map_err(|error| unusable(Path::new("in memory"), &error));
    };
    put_suspect_aside(path)?;
    match open_file(path, config, now, false)? {
        Ok(opened) => Ok(opened),
        Err(OpenError::OtherNetwork { stored, wanted }) => Err(StoreFileError::OtherNetwork {
            path: path.into(),
            stored,
            wanted,
        }),
        Err(OpenError::Store(error)) if !error.is_corrupt() => Err(unusable(path, &error)),
        Err(damage) => {
            put_aside(path, &damage.to_string())?;
            open_file(path, config, now, true)?.map_err(|error| unusable(path, &error))
        }
    }
}

/// Where a process that dies of its store says so to the next one.
fn mark(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".suspect");
    name.into()
}

/// A panic in the database, where a panic ends the process, is told to the next process:
/// what this one read is damaged, and would end that one as well.
pub(crate) fn mark_when_the_database_panics(path: &Path) {
    if !cfg!(panic = "abort") {
        return;
    }
    let (mark, before) = (mark(path), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        if tablon_core::store::panic_is_damage() {
            // The process ends whether this succeeds or not.
            let _ = std::fs::write(&mark, panic.to_string());
        }
        before(panic);
    }));
}

fn put_suspect_aside(path: &Path) -> Result<(), StoreFileError> {
    let mark = mark(path);
    let failed = |error| StoreFileError::Io(mark.clone(), error);
    let reason = match std::fs::read_to_string(&mark) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        read => read.map_err(failed)?,
    };
    if path.exists() {
        // Nobody else has it.
        drop(StoreFile::take(path)?);
        put_aside(path, &reason)?;
    }
    std::fs::remove_file(&mark).map_err(failed)
}

// The outer error is the file's, the inner one what core says of its content.
fn open_file(
    path: &Path,
    config: &Config,
    now: Millis,
    recovered: bool,
) -> Result<Result<(Node, Vec<Output>), OpenError>, StoreFileError> {
    let file = StoreFile::take(path)?;
    let storage = Storage::Durable {
        bytes: file.bytes()?,
        recovered,
    };
    Ok(Node::open(with(config, storage), file.into_backend()?, now))
}

fn with(config: &Config, storage: Storage) -> Config {
    Config {
        storage,
        seed: rand::random(),
        ..config.clone()
    }
}

fn unusable(path: &Path, error: &impl ToString) -> StoreFileError {
    StoreFileError::Unusable {
        path: path.into(),
        reason: error.to_string(),
    }
}

/// Give a damaged file another name, where a person finds it.
pub(crate) fn put_aside(path: &Path, reason: &str) -> Result<(), StoreFileError> {
    let failed = |error| StoreFileError::Io(path.into(), error);
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = time.map_or(0, |time| time.as_secs());
    for number in 0..MAX_ASIDE {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".damaged-{}", seconds + u64::from(number)));
        let aside = PathBuf::from(name);
        // A link, unlike a rename, does not replace what is there.
        match std::fs::hard_link(path, &aside) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(failed(error)),
            Ok(()) => {
                std::fs::remove_file(path).map_err(failed)?;
                tracing::error!(
                    file = %path.display(), aside = %aside.display(), reason,
                    "the chain's file is damaged and was put aside; the chain is fetched anew"
                );
                return Ok(());
            }
        }
    }
    Err(failed(io::ErrorKind::AlreadyExists.into()))
}

#[cfg(test)]
mod tests {
    use tablon_core::keys::SecretKey;
    use tablon_core::node::Wallet;
    use tablon_core::params::Params;

    use super::*;

    fn config() -> Config {
        Config {
            params: Params::default_network(),
            slot: 0,
            wallet: Wallet::Open(SecretKey::from_seed([1; 32])),
            key: SecretKey::from_seed([2; 32]),
            seed: [0; 32],
            storage: Storage::Memory {
                reason: String::new(),
            },
        }
    }

    #[test]
    fn a_file_that_a_process_died_of_is_put_aside_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store");
        drop(open(Some(&path), &config(), Millis(1_790_000_000_000)).unwrap());
        let before = std::fs::read(&path).unwrap();
        std::fs::write(folder.path().join("store.suspect"), "page 7 is no page").unwrap();
        drop(open(Some(&path), &config(), Millis(1_790_000_000_000)).unwrap());
        let names = std::fs::read_dir(folder.path()).unwrap();
        let names: Vec<_> = names.map(|entry| entry.unwrap().path()).collect();
        let aside = |name: &&PathBuf| name.to_string_lossy().contains(".damaged-");
        let aside: Vec<_> = names.iter().filter(aside).collect();
        assert_eq!(aside.len(), 1, "{names:?}");
        assert_eq!(std::fs::read(aside[0]).unwrap(), before);
        assert!(!folder.path().join("store.suspect").exists());
    }
}
