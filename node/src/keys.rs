//! The node's key, in a file of its own: a damaged store does not make it a
//! stranger to its peers. The file is the tab's: see `web/src/worker/keys.rs`.

use std::io;
use std::path::{Path, PathBuf};

use tablon_core::hash::sha256;
use tablon_core::keys::SecretKey;

use crate::secret_file;

/// First bytes of the file.
const MAGIC: &[u8; 16] = b"tablon keys 2\r\n\0";

/// Magic, seed, SHA-256 of all before.
const SIZE: usize = 16 + 32 + 32;

/// Why the node has no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The disk.
    #[error("the node's key {}: {}", .0.display(), .1)]
    Io(PathBuf, io::Error),
    /// Something else is in the file. Move it away and the node draws another key.
    #[error(
        "{} is no node's key: {SIZE} bytes with a checksum are needed, {received} are there",
        .path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Bytes received.
        received: usize,
    },
}

/// Read the key of this file, or draw one and write it.
pub(crate) fn load(path: &Path) -> Result<SecretKey, KeyError> {
    let failed = |error| KeyError::Io(path.into(), error);
    match secret_file::read(path).map_err(failed)? {
        Some(bytes) => parse(&bytes).ok_or_else(|| KeyError::Damaged {
            path: path.into(),
            received: bytes.len(),
        }),
        None => {
            let key = draw();
            secret_file::create(path, &bytes(&key)).map_err(failed)?;
            Ok(key)
        }
    }
}

/// A fresh one.
pub(crate) fn draw() -> SecretKey {
    SecretKey::from_seed(rand::random())
}

fn bytes(key: &SecretKey) -> [u8; SIZE] {
    let mut bytes = [0; SIZE];
    bytes[..16].copy_from_slice(MAGIC);
    bytes[16..48].copy_from_slice(&key.seed());
    let sum = sha256(&[&bytes[..48]]);
    bytes[48..].copy_from_slice(&sum);
    bytes
}

fn parse(bytes: &[u8]) -> Option<SecretKey> {
    let bytes: &[u8; SIZE] = bytes.try_into().ok()?;
    if bytes[..16] != *MAGIC || bytes[48..] != sha256(&[&bytes[..48]]) {
        return None;
    }
    Some(SecretKey::from_seed(bytes[16..48].try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_and_a_torn_one_is_named_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.key");
        let key = load(&path).unwrap();
        assert_eq!(load(&path).unwrap().public(), key.public());
        std::fs::write(&path, &bytes(&key)[..40]).unwrap();
        let error = load(&path).unwrap_err().to_string();
        assert!(error.contains("40 are there"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap().len(), 40);
    }
}
