//! Where other nodes take links, and where relays are.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use axum::http::Uri;
use tablon_core::relay::MAX_ADDRESS;

/// Where another headless node takes links: host, port, and whether through TLS.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PeerAddress(Place);

/// A relay: host, port, and whether through TLS.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RelayAddress(Place);

/// A text that is no such address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{wanted}, received {received:?}")]
pub struct AddressError {
    wanted: &'static str,
    /// The text, cut to 80 characters.
    pub received: String,
}

/// A host and its port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// Through TLS.
    pub(crate) secure: bool,
    /// A name, an IPv4 address, or an IPv6 one in brackets.
    host: String,
    port: u16,
}

impl Place {
    /// `HOST:PORT`, as a connection and a `Host` header name it.
    pub(crate) fn authority(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// The host, as a certificate names it.
    pub(crate) fn host(&self) -> &str {
        let bare = self.host.strip_prefix('[');
        bare.and_then(|host| host.strip_suffix(']'))
            .unwrap_or(&self.host)
    }

    /// The address, unless it is a name.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.host().parse().ok()
    }

    /// Whether it is this very machine, whoever asks.
    pub(crate) fn is_loopback(&self) -> bool {
        let address = self.host().parse::<IpAddr>();
        address.map_or(self.host.eq_ignore_ascii_case("localhost"), |address| {
            address.to_canonical().is_loopback()
        })
    }

    fn url(&self, scheme: &str, path: &str) -> String {
        let secure = if self.secure { "s" } else { "" };
        format!("{scheme}{secure}://{}{path}", self.authority())
    }

    // A path that this program does not serve is refused: whoever names an address
    // must not choose what is asked there.
    fn read(text: &str, path: &str) -> Option<Self> {
        let uri: Uri = text.trim().parse().ok()?;
        let secure = match uri.scheme_str()? {
            "ws" | "http" => false,
            "wss" | "https" => true,
            _ => return None,
        };
        let authority = uri.authority()?;
        let asked = uri.path().trim_end_matches('/');
        let fits = (asked.is_empty() || asked == path)
            && uri.query().is_none()
            && !authority.as_str().contains('@')
            && !authority.host().is_empty()
            && text.len() <= MAX_ADDRESS;
        let port = if secure { 443 } else { 80 };
        fits.then(|| Self {
            secure,
            host: authority.host().into(),
            port: authority.port_u16().unwrap_or(port),
        })
    }
}

impl PeerAddress {
    pub(crate) fn place(&self) -> &Place {
        &self.0
    }

    /// As the tutorial writes it.
    pub(crate) fn http(&self) -> String {
        self.0.url("http", "/")
    }
}

impl fmt::Display for PeerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.url("ws", "/peer"))
    }
}

impl FromStr for PeerAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let wanted = "a peer's address is ws://HOST:PORT/peer or http://HOST:PORT, \
                      through TLS wss:// or https://";
        Place::read(text, "/peer")
            .map(Self)
            .ok_or_else(|| AddressError::new(wanted, text))
    }
}

impl RelayAddress {
    pub(crate) fn place(&self) -> &Place {
        &self.0
    }
}

impl fmt::Display for RelayAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.url("ws", "/signal"))
    }
}

impl FromStr for RelayAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let wanted = "a relay's address is http://HOST:PORT or ws://HOST:PORT/signal, \
                      through TLS https:// or wss://";
        Place::read(text, "/signal")
            .map(Self)
            .ok_or_else(|| AddressError::new(wanted, text))
    }
}

impl AddressError {
    fn new(wanted: &'static str, text: &str) -> Self {
        Self {
            wanted,
            received: text.chars().take(80).collect(),
        }
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
        assert_eq!(six.place().authority(), "[::1]:8000");
        assert_eq!(six.place().host(), "::1");
        let plain: PeerAddress = "http://board.example".parse().unwrap();
        assert_eq!(plain.place().authority(), "board.example:80");
    }

    #[test]
    fn through_tls_the_usual_port_is_another() {
        let peer: PeerAddress = "https://board.example".parse().unwrap();
        assert_eq!(peer.to_string(), "wss://board.example:443/peer");
        assert_eq!(peer.http(), "https://board.example:443/");
        let relay: RelayAddress = "wss://board.example:8443/signal".parse().unwrap();
        assert_eq!(relay.to_string(), "wss://board.example:8443/signal");
        assert!(relay.place().secure);
        let relay: RelayAddress = "http://localhost:8080".parse().unwrap();
        assert_eq!(relay.to_string(), "ws://localhost:8080/signal");
    }

    #[test]
    fn what_is_this_machine_for_whoever_asks_is_known() {
        for (text, expected) in [
            ("http://127.0.0.1:8000", true),
            ("http://127.9.9.9:8000", true),
            ("http://localhost:8000", true),
            ("http://[::1]:8000", true),
            ("http://[::ffff:127.0.0.1]:8000", true),
            ("http://10.0.0.1:8000", false),
            ("http://board.example", false),
            ("http://localhost.example", false),
        ] {
            let address: PeerAddress = text.parse().unwrap();
            assert_eq!(address.place().is_loopback(), expected, "{text}");
        }
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
            "http://127.0.0.1:8000/peer/other",
            "http://127.0.0.1:8000/?x",
            "/peer",
        ] {
            let error = text.parse::<PeerAddress>().unwrap_err();
            assert!(error.to_string().contains(&format!("{text:?}")), "{error}");
            assert!(text.parse::<RelayAddress>().is_err());
        }
        assert!("ws://h/signal".parse::<PeerAddress>().is_err());
        assert!("ws://h/peer".parse::<RelayAddress>().is_err());
        let long = format!("http://{}.example", "a".repeat(MAX_ADDRESS));
        let error = long.parse::<PeerAddress>().unwrap_err();
        assert_eq!(error.received.chars().count(), 80);
    }
}
