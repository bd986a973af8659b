//! Connections to other machines: plain, or through TLS.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::{Error as PemError, PemObject};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::address::Place;
use crate::reach::Reach;
use crate::turns::Turns;

/// Bytes of a file of certificates, at most: a system's whole bundle has 250 KiB.
const MAX_FILE: u64 = 1024 * 1024;

/// A connection, plain or through TLS.
pub(crate) type Stream = Box<dyn Wire>;

/// What goes both ways.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// Who vouches for the names of peers and relays: the system's authorities and the
/// host's own. The system's are read when the first is called through TLS; many
/// machines have none, and need none.
pub(crate) struct Trust {
    own: Vec<CertificateDer<'static>>,
    connector: OnceLock<Result<TlsConnector, String>>,
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Trust(the system's and {} more)", self.own.len())
    }
}

/// A file of certificates that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TrustError {
    /// It is not there, or too large.
    #[error("the certificates {} cannot be read: {}", .0.display(), .1)]
    File(PathBuf, io::Error),
    /// It is no PEM.
    #[error("{} is no file of certificates (PEM): {}", .0.display(), .1)]
    Pem(PathBuf, PemError),
    /// It has none, or one that no authority has.
    #[error("{} has no certificate of an authority", .0.display())]
    Empty(PathBuf),
}

impl Trust {
    /// Trust the system's authorities and those of the file.
    pub(crate) fn read(file: Option<&Path>) -> Result<Self, TrustError> {
        let own = match file {
            Some(path) => certificates(path)?,
            None => Vec::new(),
        };
        Ok(Self {
            own,
            connector: OnceLock::new(),
        })
    }

    /// Connect; an error names the place.
    pub(crate) async fn connect(&self, place: &Place, reach: Reach) -> Result<Stream, String> {
        let authority = place.authority();
        let failed = |error: io::Error| format!("{authority} cannot be reached: {error}");
        let addresses = tokio::net::lookup_host(&authority).await.map_err(failed)?;
        // A name of anybody's can lead to any address.
        let addresses: Vec<SocketAddr> = addresses
            .filter(|address| reach.includes(address.ip()))
            .collect();
        if addresses.is_empty() {
            return Err(format!("{authority} has no public address"));
        }
        let stream = TcpStream::connect(&addresses[..]).await.map_err(failed)?;
        stream.set_nodelay(true).map_err(failed)?;
        let stream = Turns::new(stream);
        if !place.secure {
            return Ok(Box::new(stream));
        }
        let connector = self.connector.get_or_init(|| self.connector());
        let connector = connector.as_ref().map_err(Clone::clone)?;
        let name = ServerName::try_from(place.host().to_owned())
            .map_err(|_| format!("{authority}: no certificate can have this name"))?;
        let stream = connector.connect(name, stream).await;
        let stream = stream.map_err(|error| format!("{authority} is not trusted: {error}"))?;
        Ok(Box::new(stream))
    }

    fn connector(&self) -> Result<TlsConnector, String> {
        let mut roots = RootCertStore::empty();
        let system = rustls_native_certs::load_native_certs();
        for error in &system.errors {
            tracing::warn!(%error, "certificates of the system cannot be read");
        }
        // A bundle often has some that are too old to read.
        roots.add_parsable_certificates(system.certs);
        roots.add_parsable_certificates(self.own.iter().cloned());
        if roots.is_empty() {
            return Err(
                "nobody is trusted: the system has no certificates (on Debian the package \
                 ca-certificates), and none were given with --ca"
                    .into(),
            );
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("the provider has suites for TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(TlsConnector::from(Arc::new(config)))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TrustError> {
    let failed = |error| TrustError::File(path.into(), error);
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > MAX_FILE {
        let message = format!("{size} bytes, at most {MAX_FILE} are taken");
        return Err(failed(io::Error::new(io::ErrorKind::InvalidData, message)));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let read = read.map_err(|error| TrustError::Pem(path.into(), error))?;
    let (usable, _) = RootCertStore::empty().add_parsable_certificates(read.iter().cloned());
    match usable {
        0 => Err(TrustError::Empty(path.into())),
        _ => Ok(read),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("authorities.pem");
        let missing = Trust::read(Some(&path)).unwrap_err();
        assert!(matches!(missing, TrustError::File(..)), "{missing}");
        std::fs::write(&path, "no certificate").unwrap();
        let empty = Trust::read(Some(&path)).unwrap_err();
        assert!(empty.to_string().contains("authorities.pem"), "{empty}");
        let text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        std::fs::write(&path, text).unwrap();
        let unusable = Trust::read(Some(&path)).unwrap_err();
        assert!(matches!(unusable, TrustError::Empty(_)), "{unusable}");
        assert!(Trust::read(None).is_ok());
    }
}
