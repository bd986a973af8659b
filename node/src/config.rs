//! What a node is started with.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use axum::http::Uri;
use tablon_core::params::Params;
use zeroize::Zeroizing;

/// What whoever starts a node decides. The default is a node of the default
/// network in memory that neither listens nor dials.
#[derive(Debug, Clone)]
pub struct Config {
    /// The network.
    pub network: Params,
    /// File of the chain; keys lie beside it. In memory when absent.
    pub data: Option<PathBuf>,
    /// File of the wallet: twelve words, or a `*.tablon-id` file. Beside `data`
    /// when absent. One that does not exist is made, with fresh words.
    pub wallet: Option<PathBuf>,
    /// Opens a `*.tablon-id` file; without it such a wallet stays locked: it reads
    /// and mines, and signs nothing.
    pub wallet_password: Option<Zeroizing<String>>,
    /// Serve HTTP and links here; port 0 takes a free one.
    pub listen: Option<SocketAddr>,
    /// Nodes to stay linked to.
    pub peers: Vec<PeerAddress>,
    /// Threads that mine, 0 to 64.
    pub threads: u32,
    /// Whoever has it may write from anywhere, and nobody may without it. When
    /// absent, whoever calls from this machine may write.
    pub token: Option<Zeroizing<String>>,
    /// Names, beside `localhost` and addresses, by which the node is called.
    pub hosts: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            network: Params::default_network(),
            data: None,
            wallet: None,
            wallet_password: None,
            listen: None,
            peers: Vec::new(),
            threads: 0,
            token: None,
            hosts: Vec::new(),
        }
    }
}

/// Where another headless node takes links: its host and port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PeerAddress {
    host: String,
    port: u16,
}

/// A text that is no such address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a peer's address is ws://HOST:PORT/peer or http://HOST:PORT, received {received:?}{hint}")]
pub struct PeerAddressError {
    /// The text, cut to 80 characters.
    pub received: String,
    /// What is wrong, if that can be said.
    hint: &'static str,
}

impl PeerAddress {
    /// `HOST:PORT`, as a connection and a `Host` header name it.
    pub(crate) fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// As the tutorial writes it.
    pub(crate) fn http(&self) -> String {
        format!("http://{}/", self.authority())
    }
}

impl fmt::Display for PeerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ws://{}/peer", self.authority())
    }
}

impl FromStr for PeerAddress {
    type Err = PeerAddressError;

    fn from_str(text: &str) -> Result<Self, PeerAddressError> {
        let refuse = |hint| PeerAddressError {
            received: text.chars().take(80).collect(),
            hint,
        };
        let uri: Uri = text.trim().parse().map_err(|_| refuse(""))?;
        match uri.scheme_str() {
            Some("ws" | "http") => {}
            Some("wss" | "https") => {
                return Err(refuse("; links through TLS are not spoken yet"));
            }
            _ => return Err(refuse("")),
        }
        let authority = uri.authority().ok_or_else(|| refuse(""))?;
        let fits = matches!(uri.path(), "" | "/" | "/peer" | "/peer/")
            && uri.query().is_none()
            && !authority.as_str().contains('@')
            && !authority.host().is_empty();
        if !fits {
            return Err(refuse(""));
        }
        Ok(Self {
            host: authority.host().into(),
            port: authority.port_u16().unwrap_or(80),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_named_as_the_tutorial_does_or_as_a_socket() {
        for text in [
            "http://127.0.0.1:8000",
            "http://127.0.0.1:8000/",
            "ws://127.0.0.1:8000/peer",
            " http://127.0.0.1:8000\n",
        ] {
            let address: PeerAddress = text.parse().unwrap();
            assert_eq!(address.to_string(), "ws://127.0.0.1:8000/peer");
            assert_eq!(address.http(), "http://127.0.0.1:8000/");
        }
        let six: PeerAddress = "http://[::1]:8000".parse().unwrap();
        assert_eq!(six.authority(), "[::1]:8000");
        let plain: PeerAddress = "http://board.example".parse().unwrap();
        assert_eq!(plain.authority(), "board.example:80");
    }

    #[test]
    fn what_leads_nowhere_is_refused_and_shown() {
        for text in [
            "",
            "127.0.0.1:8000",
            "ftp://127.0.0.1:8000",
            "http://",
            "http://user@127.0.0.1:8000",
            "http://127.0.0.1:8000/other",
            "http://127.0.0.1:8000/?x",
            "https://127.0.0.1:8000",
            "/peer",
        ] {
            let error = text.parse::<PeerAddress>().unwrap_err();
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
        }
    }
}
