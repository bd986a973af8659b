//! The token: what spends or reveals needs it, whoever asks. Loopback is no
//! credential once a proxy may stand before the node: nginx's plain `proxy_pass` makes
//! a stranger's request look like one of this machine.

use std::io;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use crate::secret_file;

/// Characters of a token, at least.
pub(crate) const MIN_TOKEN_CHARS: usize = 16;

/// Bytes that are drawn: nobody guesses 128 bits.
const DRAWN_BYTES: usize = 16;

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file cannot be read or made.
    #[error("the token's file {}: {}", .0.display(), .1)]
    File(PathBuf, io::Error),
    /// What stands in it is none.
    #[error(
        "the token's file {}: a token has at least {MIN_TOKEN_CHARS} characters without white space, received {}",
        .0.display(), .1
    )]
    Unusable(PathBuf, usize),
}

/// The token of a file; one that does not exist is made, with a fresh token, for its
/// owner alone.
pub(crate) fn load(path: &Path) -> Result<Zeroizing<String>, TokenError> {
    let failed = |error| TokenError::File(path.into(), error);
    let Some(bytes) = secret_file::read(path).map_err(failed)? else {
        let token = draw();
        secret_file::create(path, format!("{}\n", *token).as_bytes()).map_err(failed)?;
        return Ok(token);
    };
    let text = Zeroizing::new(String::from_utf8_lossy(&bytes).into_owned());
    let token = Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned());
    match is_usable(&token) {
        true => Ok(token),
        false => Err(TokenError::Unusable(path.into(), token.chars().count())),
    }
}

/// A fresh one.
pub(crate) fn draw() -> Zeroizing<String> {
    Zeroizing::new(HEXLOWER.encode(&rand::random::<[u8; DRAWN_BYTES]>()))
}

/// Whether nobody can guess it and a header can carry it.
pub(crate) fn is_usable(token: &str) -> bool {
    token.chars().count() >= MIN_TOKEN_CHARS && !token.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_drawn_once_and_read_ever_after() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.token");
        let drawn = load(&path).unwrap();
        assert_eq!(drawn.len(), 32);
        assert_eq!(load(&path).unwrap(), drawn);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        for bad in ["", "short\n", "with white space in it"] {
            std::fs::write(&path, bad).unwrap();
            let error = load(&path).unwrap_err().to_string();
            assert!(error.contains("at least 16 characters"), "{error}");
        }
    }
}
