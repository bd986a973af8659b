//! The wallet's file: twelve words as text, or a `*.tablon-id` file that a
//! password opens.

use std::io;
use std::path::{Path, PathBuf};

use tablon_core::node::Wallet;
use tablon_core::wallet::{self, FileError, Identity, WordsError};
use zeroize::Zeroizing;

use crate::secret_file;

/// Ending of a sealed wallet.
const SEALED: &str = "tablon-id";

/// Why there is no wallet.
#[derive(Debug, thiserror::Error)]
pub enum WalletError {
    /// The disk.
    #[error("the wallet {}: {}", .0.display(), .1)]
    Io(PathBuf, io::Error),
    /// Not twelve words.
    #[error("the wallet {}: {}", .0.display(), .1)]
    Words(PathBuf, WordsError),
    /// No wallet's file, or another password.
    #[error("the wallet {}: {}", .0.display(), .1)]
    File(PathBuf, FileError),
    /// A sealed wallet is made by a tab; it cannot be made up here.
    #[error("the wallet {} does not exist; export it from a tab, or name a file for twelve words", .0.display())]
    Missing(PathBuf),
}

/// Open the wallet of this file, or make one of twelve fresh words when there is
/// no file. A sealed file without a password is a locked wallet.
pub(crate) fn load(path: &Path, password: Option<&str>) -> Result<Wallet, WalletError> {
    let failed = |error| WalletError::Io(path.into(), error);
    let sealed = path.extension().is_some_and(|ending| ending == SEALED);
    let Some(bytes) = secret_file::read(path).map_err(failed)?.map(Zeroizing::new) else {
        if sealed {
            return Err(WalletError::Missing(path.into()));
        }
        let identity = draw();
        let words = Zeroizing::new(identity.words() + "\n");
        secret_file::create(path, words.as_bytes()).map_err(failed)?;
        tracing::warn!(
            wallet = %path.display(), address = %identity.address(),
            "a new wallet: keep a copy of its twelve words"
        );
        return Ok(Wallet::Open(identity.key()));
    };
    if sealed {
        let unusable = |error| WalletError::File(path.into(), error);
        return match password {
            Some(password) => {
                let identity = wallet::open(&bytes, password).map_err(unusable)?;
                Ok(Wallet::Open(identity.key()))
            }
            None => Ok(Wallet::Locked(
                wallet::address_in(&bytes).map_err(unusable)?,
            )),
        };
    }
    let words = String::from_utf8_lossy(&bytes);
    let identity =
        Identity::from_words(&words).map_err(|error| WalletError::Words(path.into(), error))?;
    Ok(Wallet::Open(identity.key()))
}

/// A fresh identity.
pub(crate) fn draw() -> Identity {
    Identity::from_entropy(rand::random())
}

#[cfg(test)]
mod tests {
    use tablon_core::wallet::{Cost, seal};

    use super::*;

    #[test]
    fn a_wallet_is_made_once_and_is_the_same_from_then_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("words");
        let made = load(&path, None).unwrap();
        assert_eq!(load(&path, None).unwrap().address(), made.address());
        assert!(made.key().is_some());
        let words = std::fs::read_to_string(&path).unwrap();
        assert_eq!(words.split_whitespace().count(), 12);
    }

    #[test]
    fn a_sealed_wallet_opens_with_its_password_and_is_locked_without() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ana.tablon-id");
        assert!(matches!(load(&path, None), Err(WalletError::Missing(_))));
        let identity = Identity::from_entropy([7; 16]);
        let cost = Cost::new(8, 1).unwrap();
        let file = seal(&identity, "correct horse", [1; 16], [2; 24], cost).unwrap();
        std::fs::write(&path, file).unwrap();
        let locked = load(&path, None).unwrap();
        assert_eq!(
            (locked.address(), locked.key().is_none()),
            (identity.address(), true)
        );
        assert!(load(&path, Some("correct horse")).unwrap().key().is_some());
        let error = load(&path, Some("wrong horse")).unwrap_err().to_string();
        assert!(error.contains("password"), "{error}");
    }

    #[test]
    fn a_file_of_something_else_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("words");
        std::fs::write(&path, "eleven words are too few").unwrap();
        let error = load(&path, None).unwrap_err().to_string();
        assert!(error.contains("5 words received, 12 are needed"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"eleven words are too few");
    }
}
