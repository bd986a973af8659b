//! Peers and relays through TLS. A proxy in this process stands before them, as one
//! does at a host.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

use crate::common::{Program, command, spawn, start, wait_until};
use crate::relay::{Relay, id, neighbours};

/// An authority of its own, and a proxy that it vouches for as `localhost`.
struct Proxy {
    address: SocketAddr,
    authority: PathBuf,
    _runtime: tokio::runtime::Runtime,
}

impl Proxy {
    fn start(folder: &Path, behind: SocketAddr) -> Self {
        let mut authority = CertificateParams::new(Vec::new()).unwrap();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().unwrap());
        let authority = authority.unwrap();
        let key = KeyPair::generate().unwrap();
        let names = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        let certificate = names.signed_by(&key, &authority).unwrap();
        let file = folder.join("authority.pem");
        std::fs::write(&file, authority.pem()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![certificate.der().clone()],
                PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // Whoever does not trust it hangs up.
                    let Ok(mut outer) = acceptor.accept(stream).await else {
                        return;
                    };
                    let mut inner = TcpStream::connect(behind).await.unwrap();
                    let _ = copy_bidirectional(&mut outer, &mut inner).await;
                });
            }
        });
        Self {
            address,
            authority: file,
            _runtime: runtime,
        }
    }

    fn url(&self, scheme: &str, name: &str) -> String {
        format!("{scheme}://{name}:{}", self.address.port())
    }
}

// With the token, since only the host is told why a link failed.
fn register(node: &Program, address: &str) -> crate::common::Answer {
    let body = serde_json::json!({ "node_address": address }).to_string();
    let bearer = format!("Bearer {}", node.token.as_deref().unwrap());
    let headers = [
        ("content-type", "application/json"),
        ("authorization", bearer.as_str()),
    ];
    node.send("POST", "/register_with", &headers, &body)
}

#[test]
fn a_peer_and_a_relay_behind_tls_are_reached() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(&folder.path().join("first"), &[]);
    let proxy = Proxy::start(folder.path(), first.address);
    let ca = proxy.authority.to_str().unwrap();
    let second = start(&folder.path().join("second"), &["--ca", ca]);
    let answer = register(&second, &proxy.url("https", "localhost"));
    assert_eq!(answer.status, 200, "{answer:?}");
    let first = id(&first);
    assert!(neighbours(&second).contains(&first));

    let relay = Relay::start();
    let relayed = Proxy::start(folder.path(), relay.address);
    let ca = relayed.authority.to_str().unwrap();
    let url = relayed.url("wss", "localhost") + "/signal";
    let third = start(&folder.path().join("third"), &["--relay", &relay.url()]);
    let fourth = start(
        &folder.path().join("fourth"),
        &["--ca", ca, "--relay", &url],
    );
    let third = id(&third);
    wait_until(|| neighbours(&fourth).contains(&third).then_some(()));
}

#[test]
fn the_system_s_file_of_authorities_is_trusted_too() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(&folder.path().join("first"), &[]);
    let proxy = Proxy::start(folder.path(), first.address);
    let mut trusting = command(&folder.path().join("second"));
    trusting
        .env("SSL_CERT_FILE", &proxy.authority)
        .args(["--quiet", "--listen", "127.0.0.1:0"]);
    let second = spawn(trusting);
    let answer = register(&second, &proxy.url("https", "localhost"));
    assert_eq!(answer.status, 200, "{answer:?}");
}

#[test]
fn whom_nobody_vouches_for_is_not_linked() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(&folder.path().join("first"), &[]);
    let proxy = Proxy::start(folder.path(), first.address);
    let ca = proxy.authority.to_str().unwrap();
    // The certificate is of another name than is called.
    let misled = start(&folder.path().join("misled"), &["--ca", ca]);
    let answer = register(&misled, &proxy.url("https", "127.0.0.1"));
    assert_eq!((answer.status, answer.code().as_str()), (502, "not_linked"));
    assert!(answer.body.contains("is not trusted"), "{answer:?}");
    // Another authority.
    let elsewhere = tempfile::tempdir().unwrap();
    let other = Proxy::start(elsewhere.path(), first.address);
    let answer = register(&misled, &other.url("https", "localhost"));
    assert!(answer.body.contains("is not trusted"), "{answer:?}");
    // No TLS where it is asked for, and TLS where it is not.
    let plain = format!("https://localhost:{}", first.address.port());
    assert_eq!(register(&misled, &plain).status, 502);
    assert_eq!(
        register(&misled, &proxy.url("http", "localhost")).status,
        502
    );
    assert!(neighbours(&misled).is_empty());
}
