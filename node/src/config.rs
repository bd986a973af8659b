//! What a node is started with.

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use tablon_core::params::Params;
use tablon_core::relay::MAX_ADDRESSES;
use zeroize::Zeroizing;

use crate::{PeerAddress, RelayAddress};

/// Relays that a node speaks to, at most: a room seldom has two.
pub const MAX_RELAYS: usize = 4;

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
    /// Networks that are not everybody's, this machine's own among them, whose
    /// addresses are called when a peer says that it is there. Others so far in are
    /// called only where one of `peers` is.
    pub private_networks: Vec<IpNet>,
    /// Relays that introduce this node and others to each other, at most
    /// [`MAX_RELAYS`].
    pub relays: Vec<RelayAddress>,
    /// Where others reach this node, at most three. When empty, `listen` itself if
    /// that says where; see [`Config::told`].
    pub addresses: Vec<PeerAddress>,
    /// Take and offer WebRTC here, so that tabs can be linked: UDP, at each of this
    /// machine's addresses when this one is unspecified; port 0 takes a free one.
    pub webrtc: Option<SocketAddr>,
    /// File of certificates (PEM) that are trusted besides those that the system
    /// trusts, when a peer or relay is called through TLS.
    pub authorities: Option<PathBuf>,
    /// Threads that mine, 0 to 64.
    pub threads: u32,
    /// Whoever has it may write from anywhere, and nobody may without it. When
    /// absent, one is drawn into a file beside `data`: see [`Config::local_writes`].
    pub token: Option<Zeroizing<String>>,
    /// Names, beside `localhost` and addresses, by which the node is called.
    pub hosts: Vec<String>,
    /// A proxy stands before it, and the last `X-Forwarded-For` entry is where a
    /// request comes from. Only behind a proxy that sets it: anybody else could claim
    /// any address and pass the bounds by address.
    pub behind_proxy: bool,
}

/// What a program on the node's machine may do without the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LocalWrites {
    /// The tutorial's operations, which neither spend nor reveal.
    Tutorial,
    /// Nothing.
    None,
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
            private_networks: Vec::new(),
            relays: Vec::new(),
            addresses: Vec::new(),
            webrtc: None,
            authorities: None,
            threads: 0,
            token: None,
            hosts: Vec::new(),
            behind_proxy: false,
        }
    }
}

impl Config {
    /// A host who names the node for others, or a proxy, has strangers call it; one who
    /// set a token wants it asked for.
    pub(crate) fn local_writes(&self) -> LocalWrites {
        let is_public = self.token.is_some()
            || self.behind_proxy
            || !self.hosts.is_empty()
            || !self.addresses.is_empty();
        match is_public {
            true => LocalWrites::None,
            false => LocalWrites::Tutorial,
        }
    }

    /// The addresses that are told to whoever wants to link to this node, when it
    /// listens at `bound`. An address of this very machine helps nobody elsewhere,
    /// and makes browsers ask people for leave to call it: it is told only when
    /// there is no relay but on this machine.
    pub(crate) fn told(&self, bound: Option<SocketAddr>) -> Vec<PeerAddress> {
        if !self.addresses.is_empty() {
            let told = self.addresses.iter().take(MAX_ADDRESSES);
            return told.cloned().collect();
        }
        let here = (self.relays.iter()).all(|relay| relay.place().is_loopback());
        let useful = |address: &SocketAddr| {
            !address.ip().is_unspecified() && (here || !address.ip().to_canonical().is_loopback())
        };
        let address = bound.filter(useful);
        let address = address.map(|address| format!("ws://{address}/peer"));
        address
            .and_then(|text| text.parse().ok())
            .into_iter()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_leads_here_from_where_it_is_heard() {
        for (bound, relays, expected) in [
            ("10.0.0.7:8000", "", "ws://10.0.0.7:8000/peer"),
            ("[fd00::1]:8000", "", "ws://[fd00::1]:8000/peer"),
            ("127.0.0.1:8000", "", "ws://127.0.0.1:8000/peer"),
            (
                "127.0.0.1:8000",
                "http://localhost:8080",
                "ws://127.0.0.1:8000/peer",
            ),
            // Who is introduced there is on another machine, perhaps.
            ("127.0.0.1:8000", "https://board.example", ""),
            ("[::1]:8000", "https://board.example", ""),
            (
                "10.0.0.7:8000",
                "https://board.example",
                "ws://10.0.0.7:8000/peer",
            ),
            ("0.0.0.0:8000", "", ""),
            ("[::]:8000", "", ""),
        ] {
            let relays = relays
                .split_whitespace()
                .map(|relay| relay.parse().unwrap());
            let config = Config {
                relays: relays.collect(),
                ..Config::default()
            };
            let told = config.told(Some(bound.parse().unwrap()));
            let told: Vec<String> = told.iter().map(PeerAddress::to_string).collect();
            assert_eq!(told.join(" "), expected, "{bound}");
        }
        assert!(Config::default().told(None).is_empty());
    }

    #[test]
    fn whoever_is_called_by_strangers_asks_everybody_for_the_token() {
        let plain = Config::default();
        assert_eq!(plain.local_writes(), LocalWrites::Tutorial);
        for config in [
            Config {
                hosts: vec!["board.example".into()],
                ..plain.clone()
            },
            Config {
                addresses: vec!["wss://board.example/peer".parse().unwrap()],
                ..plain.clone()
            },
            Config {
                behind_proxy: true,
                ..plain.clone()
            },
            Config {
                token: Some("0123456789abcdef".to_owned().into()),
                ..plain.clone()
            },
        ] {
            assert_eq!(config.local_writes(), LocalWrites::None, "{config:?}");
        }
    }

    #[test]
    fn what_the_host_says_is_told_instead() {
        let config = Config {
            addresses: vec!["wss://board.example/peer".parse().unwrap()],
            ..Config::default()
        };
        let told = config.told(Some("10.0.0.7:8000".parse().unwrap()));
        assert_eq!(told, config.addresses);
    }
}
