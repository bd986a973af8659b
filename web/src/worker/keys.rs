//! The node's key, in a file of its own: a corrupt store does not make it a
//! stranger to its peers. It never leaves the worker.

use std::io;

use redb::StorageBackend;
use tablon_core::hash::sha256;
use tablon_core::keys::SecretKey;

use super::opfs::OpfsFile;
use crate::random;

/// First bytes of the file.
const MAGIC: &[u8; 16] = b"tablon keys 2\r\n\0";

/// Magic, seed, SHA-256 of all before.
const SIZE: usize = 16 + 32 + 32;

/// The slot's keys but the wallet's.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Signs signals.
    pub node: SecretKey,
}

impl Keys {
    /// A fresh one.
    pub fn draw() -> Self {
        Self {
            node: SecretKey::from_seed(random::bytes()),
        }
    }

    /// Read it, or draw and write it when the file is new.
    /// [`io::ErrorKind::InvalidData`] when there is something else in it.
    pub fn load(file: &OpfsFile) -> io::Result<Self> {
        if file.len()? == 0 {
            let keys = Self::draw();
            let kept = file.write(0, &keys.bytes()).and_then(|()| file.sync_data());
            if let Err(error) = kept {
                // A part of them, on a full disk, would be taken for damage.
                let _ = file.set_len(0);
                return Err(error);
            }
            return Ok(keys);
        }
        let mut bytes = [0; SIZE];
        let length = file.len()?;
        if length != SIZE as u64 {
            return Err(damaged(format!(
                "{SIZE} bytes are needed, {length} are there"
            )));
        }
        file.read(0, &mut bytes)?;
        Self::parse(&bytes).ok_or_else(|| damaged("their checksum does not match".into()))
    }

    fn bytes(&self) -> [u8; SIZE] {
        let mut bytes = [0; SIZE];
        bytes[..16].copy_from_slice(MAGIC);
        bytes[16..48].copy_from_slice(&self.node.seed());
        let sum = sha256(&[&bytes[..48]]);
        bytes[48..].copy_from_slice(&sum);
        bytes
    }

    fn parse(bytes: &[u8; SIZE]) -> Option<Self> {
        if bytes[..16] != *MAGIC || bytes[48..] != sha256(&[&bytes[..48]]) {
            return None;
        }
        Some(Self {
            node: SecretKey::from_seed(bytes[16..48].try_into().ok()?),
        })
    }
}

fn damaged(what: String) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("the keys cannot be read: {what}"),
    )
}
