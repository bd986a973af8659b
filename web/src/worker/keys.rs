//! The slot's two keys, in a file of their own: a corrupt store costs nobody
//! their name. They never leave the worker.

use std::io;

use redb::StorageBackend;
use tablon_core::hash::sha256;
use tablon_core::keys::SecretKey;

use super::opfs::OpfsFile;
use crate::random;

/// First bytes of the file.
const MAGIC: &[u8; 16] = b"tablon keys 1\r\n\0";

/// Magic, two seeds, SHA-256 of all before.
const SIZE: usize = 16 + 32 + 32 + 32;

/// The slot's keys.
#[derive(Debug, Clone)]
pub struct Keys {
    /// Signs posts.
    pub wallet: SecretKey,
    /// Signs signals.
    pub node: SecretKey,
}

impl Keys {
    /// Fresh ones.
    pub fn draw() -> Self {
        Self {
            wallet: SecretKey::from_seed(random::bytes()),
            node: SecretKey::from_seed(random::bytes()),
        }
    }

    /// Read them, or draw and write them when the file is new.
    /// [`io::ErrorKind::InvalidData`] when there is something else in it.
    pub fn load(file: &OpfsFile) -> io::Result<Self> {
        if file.len()? == 0 {
            let keys = Self::draw();
            file.write(0, &keys.bytes())?;
            file.sync_data()?;
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
        bytes[16..48].copy_from_slice(&self.wallet.seed());
        bytes[48..80].copy_from_slice(&self.node.seed());
        let sum = sha256(&[&bytes[..80]]);
        bytes[80..].copy_from_slice(&sum);
        bytes
    }

    fn parse(bytes: &[u8; SIZE]) -> Option<Self> {
        if bytes[..16] != *MAGIC || bytes[80..] != sha256(&[&bytes[..80]]) {
            return None;
        }
        Some(Self {
            wallet: SecretKey::from_seed(bytes[16..48].try_into().ok()?),
            node: SecretKey::from_seed(bytes[48..80].try_into().ok()?),
        })
    }
}

fn damaged(what: String) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("the keys cannot be read: {what}"),
    )
}
