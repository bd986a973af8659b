//! What a host decides, from three places. The command line goes before the
//! environment, that before the file of `--config`, that before the defaults; a
//! list of one place replaces that of the next.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use ipnet::IpNet;
use serde::Deserialize;
use tablon_core::params::{LinkError, Params};
use zeroize::Zeroizing;

use crate::{AddressError, Config, token};

/// Where a node listens unless told otherwise.
const LISTEN: &str = "127.0.0.1:8000";

/// Bytes of a settings file, a password or a token, at most.
const MAX_FILE: usize = 64 * 1024;

/// Command line and environment.
#[derive(Debug, Args)]
pub(crate) struct Given {
    /// Settings file (TOML); its keys are the names of these options.
    #[arg(long, env = "TABLON_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(flatten)]
    settings: Settings,
}

/// The settings, each of which may be given in any place.
#[derive(Debug, Default, Args, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct Settings {
    /// Address and port for HTTP and for other nodes' links; port 0 takes a free
    /// one. [default: 127.0.0.1:8000]
    #[arg(long, env = "TABLON_LISTEN", value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,

    /// File of the chain; keys lie beside it, in FILE.key and FILE.wallet. The
    /// variable DATA_FILE is honoured, too. [default: one for each network and port
    /// in ~/.local/share/tablon]
    #[arg(long, env = "TABLON_DATA", value_name = "FILE")]
    data: Option<PathBuf>,

    /// Network: its link, or the address of a page that has it after #/n/.
    /// [default: the page's own default network]
    #[arg(long, env = "TABLON_NETWORK", value_name = "LINK")]
    network: Option<String>,

    /// A node to stay linked to; may be given more than once.
    #[arg(
        long,
        env = "TABLON_PEER",
        value_name = "ws://HOST:PORT/peer",
        value_delimiter = ','
    )]
    peer: Vec<String>,

    /// A network, such as 192.168.0.0/16, whose addresses are called when a peer says
    /// that it is there; may be given more than once. A stranger has no other machine
    /// called that only this one can reach. [default: none but where --peer leads]
    #[arg(
        long,
        env = "TABLON_PRIVATE_NETWORK",
        value_name = "ADDRESS/BITS",
        value_delimiter = ','
    )]
    private_network: Vec<IpNet>,

    /// A relay, by which tabs and other nodes find this one and it finds them; may
    /// be given more than once, at most 4.
    #[arg(
        long,
        env = "TABLON_RELAY",
        value_name = "http://HOST:PORT",
        value_delimiter = ','
    )]
    relay: Vec<String>,

    /// Where others reach this node, if that is not where it listens: behind a proxy
    /// for instance; may be given more than once, at most 3. [default: what it
    /// listens on, unless that is an address of this machine alone and a relay is
    /// elsewhere]
    #[arg(
        long,
        env = "TABLON_ADDRESS",
        value_name = "wss://HOST/peer",
        value_delimiter = ','
    )]
    address: Vec<String>,

    /// UDP address and port for WebRTC, by which tabs link to a node that they cannot
    /// call; port 0 takes a free one, `off` does without. [default: every address of
    /// this machine, of the family that it listens on, a free port each]
    #[arg(long, env = "TABLON_WEBRTC", value_name = "ADDRESS:PORT")]
    webrtc: Option<Webrtc>,

    /// File of certificates (PEM) to trust for https:// and wss://, besides the
    /// system's.
    #[arg(long, env = "TABLON_CA", value_name = "FILE")]
    ca: Option<PathBuf>,

    /// Threads that mine, at most 64. [default: 0]
    #[arg(long, env = "TABLON_MINE", value_name = "THREADS")]
    mine: Option<u32>,

    /// Wallet: a text file of twelve words, made when it is not there, or a
    /// *.tablon-id file. [default: beside the chain]
    #[arg(long, env = "TABLON_WALLET", value_name = "FILE")]
    wallet: Option<PathBuf>,

    /// File of the password that opens a *.tablon-id file; or the password itself in
    /// the variable TABLON_WALLET_PASSWORD. Without it that wallet stays locked.
    #[arg(long, env = "TABLON_WALLET_PASSWORD_FILE", value_name = "FILE")]
    wallet_password_file: Option<PathBuf>,

    /// File of a token, at least 16 characters, without which nobody may write; or
    /// the token itself in the variable TABLON_TOKEN. [default: FILE.token beside the
    /// chain, drawn once; programs on this machine may then do without it what the
    /// tutorial does, unless --host, --address or --behind-proxy is given]
    #[arg(long, env = "TABLON_TOKEN_FILE", value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// A name by which this node is called, beside localhost and its addresses;
    /// may be given more than once.
    #[arg(long, env = "TABLON_HOST", value_name = "NAME", value_delimiter = ',')]
    host: Vec<String>,

    /// Take a caller's address from the last X-Forwarded-For entry, and ask everybody
    /// for the token. Only behind a proxy that sets that header.
    #[arg(
        long,
        env = "TABLON_BEHIND_PROXY",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    behind_proxy: Option<bool>,
}

/// Where WebRTC is taken, if at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
enum Webrtc {
    Off,
    On(SocketAddr),
}

impl Webrtc {
    fn address(self) -> Option<SocketAddr> {
        match self {
            Self::Off => None,
            Self::On(address) => Some(address),
        }
    }
}

impl FromStr for Webrtc {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let address = text.parse().map(Self::On);
        address.map_err(|_| format!("ADDRESS:PORT or off, received {text:?}"))
    }
}

impl TryFrom<String> for Webrtc {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// Why the settings make no node.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("{} cannot be read: {}", .0.display(), .1)]
    File(PathBuf, io::Error),
    #[error("{}: {}", .0.display(), .1)]
    Toml(PathBuf, Box<toml::de::Error>),
    #[error("--network: {0}")]
    Network(#[from] LinkError),
    #[error("--{0}: {1}")]
    Address(&'static str, AddressError),
    #[error("a token has at least 16 characters without white space, received {0}")]
    Token(usize),
    #[error("no folder for the chain's file: set HOME, or name a file with --data")]
    NoHome,
}

impl Given {
    /// What follows from all places together.
    pub(crate) fn config(self) -> Result<Config, SettingsError> {
        let file = match &self.config {
            Some(path) => {
                let text = read_text(path)?;
                toml::from_str(&text)
                    .map_err(|error| SettingsError::Toml(path.clone(), Box::new(error)))?
            }
            None => Settings::default(),
        };
        self.settings.or(file).config()
    }
}

impl Settings {
    fn or(self, other: Self) -> Self {
        // The tutorial's own name comes after ours, and before any file.
        let data_file = || std::env::var_os("DATA_FILE").filter(|name| !name.is_empty());
        Self {
            listen: self.listen.or(other.listen),
            data: self
                .data
                .or_else(|| data_file().map(PathBuf::from))
                .or(other.data),
            network: self.network.or(other.network),
            peer: first_list(self.peer, other.peer),
            private_network: first_list(self.private_network, other.private_network),
            relay: first_list(self.relay, other.relay),
            address: first_list(self.address, other.address),
            webrtc: self.webrtc.or(other.webrtc),
            ca: self.ca.or(other.ca),
            mine: self.mine.or(other.mine),
            wallet: self.wallet.or(other.wallet),
            wallet_password_file: self.wallet_password_file.or(other.wallet_password_file),
            token_file: self.token_file.or(other.token_file),
            host: first_list(self.host, other.host),
            behind_proxy: self.behind_proxy.or(other.behind_proxy),
        }
    }

    fn config(self) -> Result<Config, SettingsError> {
        let listen = self
            .listen
            .unwrap_or_else(|| LISTEN.parse().expect("the default is an address"));
        let network = network(self.network.as_deref())?;
        // Not `listen` itself: who listens on loopback, behind a proxy or for the
        // machine's own programs, is still to be linked from elsewhere.
        let any = || match listen {
            SocketAddr::V4(_) => Webrtc::On((Ipv4Addr::UNSPECIFIED, 0).into()),
            SocketAddr::V6(_) => Webrtc::On((Ipv6Addr::UNSPECIFIED, 0).into()),
        };
        let data = match self.data {
            Some(path) => path,
            None => default_data(&network, listen.port())?,
        };
        let token = secret("TABLON_TOKEN", self.token_file.as_deref())?;
        if let Some(token) = &token
            && !token::is_usable(token)
        {
            return Err(SettingsError::Token(token.chars().count()));
        }
        Ok(Config {
            network,
            data: Some(data),
            wallet: self.wallet,
            wallet_password: secret(
                "TABLON_WALLET_PASSWORD",
                self.wallet_password_file.as_deref(),
            )?,
            listen: Some(listen),
            peers: addresses("peer", &self.peer)?,
            private_networks: self.private_network,
            relays: addresses("relay", &self.relay)?,
            addresses: addresses("address", &self.address)?,
            webrtc: self.webrtc.unwrap_or_else(any).address(),
            authorities: self.ca,
            threads: self.mine.unwrap_or(0),
            token,
            hosts: self.host,
            behind_proxy: self.behind_proxy.unwrap_or(false),
        })
    }
}

fn first_list<T>(one: Vec<T>, two: Vec<T>) -> Vec<T> {
    if one.is_empty() { two } else { one }
}

fn addresses<T: FromStr<Err = AddressError>>(
    option: &'static str,
    texts: &[String],
) -> Result<Vec<T>, SettingsError> {
    let read = |text: &String| {
        text.parse()
            .map_err(|error| SettingsError::Address(option, error))
    };
    texts.iter().map(read).collect()
}

/// The network of a link, of an address that ends with one, or the default one.
pub(crate) fn network(link: Option<&str>) -> Result<Params, LinkError> {
    match link {
        Some(link) => Params::from_link(link.rsplit_once("#/n/").map_or(link, |(_, link)| link)),
        None => Ok(Params::default_network()),
    }
}

// A node started again finds its chain; a second one on another port has another.
fn default_data(network: &Params, port: u16) -> Result<PathBuf, SettingsError> {
    let folder = match std::env::var_os("XDG_DATA_HOME").filter(|folder| !folder.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        None => std::env::home_dir()
            .ok_or(SettingsError::NoHome)?
            .join(".local/share"),
    };
    let folder = folder.join("tablon");
    std::fs::create_dir_all(&folder).map_err(|error| SettingsError::File(folder.clone(), error))?;
    let network = network.network_id().to_string();
    // The last digits: those before are zeros, which carry the work of genesis.
    let short = &network[network.len() - 12..];
    Ok(folder.join(format!("{short}-{port}.redb")))
}

fn secret(variable: &str, file: Option<&Path>) -> Result<Option<Zeroizing<String>>, SettingsError> {
    let text = match file {
        Some(path) => Some(read_text(path)?),
        None => std::env::var(variable).ok().map(Zeroizing::new),
    };
    let text = text.map(|text| Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned()));
    Ok(text.filter(|text| !text.is_empty()))
}

fn read_text(path: &Path) -> Result<Zeroizing<String>, SettingsError> {
    let failed = |error| SettingsError::File(path.into(), error);
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(failed)?);
    if text.len() > MAX_FILE {
        let message = format!("{} bytes, at most {MAX_FILE} are taken", text.len());
        return Err(failed(io::Error::new(io::ErrorKind::InvalidData, message)));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tablon_core::params::{Birth, Choices};
    use tablon_core::units::Timestamp;

    #[test]
    fn what_is_said_nearer_replaces_what_the_file_says() {
        let file: Settings = toml::from_str(
            "listen = \"127.0.0.1:9000\"\nmine = 2\npeer = [\"http://127.0.0.1:1\"]\n\
             data = \"of-the-file\"",
        )
        .unwrap();
        let nearer = Settings {
            mine: Some(0),
            peer: vec!["http://127.0.0.1:2".into()],
            ..Settings::default()
        };
        let config = nearer.or(file).config().unwrap();
        assert_eq!(config.listen.unwrap().port(), 9000);
        assert_eq!(config.threads, 0);
        assert_eq!(config.peers.len(), 1);
        assert_eq!(config.peers[0].to_string(), "ws://127.0.0.1:2/peer");
    }

    #[test]
    fn a_word_that_no_setting_has_is_named() {
        let error = toml::from_str::<Settings>("lisen = \"127.0.0.1:9000\"").unwrap_err();
        assert!(error.to_string().contains("lisen"), "{error}");
    }

    #[test]
    fn a_network_is_taken_bare_or_from_an_address() {
        let birth = Birth {
            salt: [7; 16],
            born: Timestamp(1_800_000_000),
        };
        let params = Params::custom(&Choices::usual("workshop"), birth).unwrap();
        let link = params.to_link();
        let address = format!("https://board.example/#/n/{link}");
        for text in [link.as_str(), &address] {
            assert_eq!(network(Some(text)).unwrap(), params);
        }
        assert!(network(Some("no link")).is_err());
        assert_eq!(network(None).unwrap(), Params::default_network());
    }
}
