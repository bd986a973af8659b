//! The headless node: the same [`tablon_core`] as in the tabs, with a file for a
//! store, threads for miners, WebSockets and WebRTC for links. It keeps a board alive
//! when the last tab is closed, and lets programs take part: over HTTP, or in five
//! lines of Rust:
//!
//! ```
//! # #[tokio::main] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use tablon_core::command::Command;
//! use tablon_node::{Config, Node};
//!
//! let node = Node::start(Config::default()).await?; // in memory, talks to nobody
//! let status = node.ask(Command::Status).await?;
//! println!("{status:?}");
//! node.stop().await;
//! # Ok(()) }
//! ```
//!
//! [`Config`] says where the chain is kept, whom to link to and whether to serve
//! HTTP; [`Node::watch`] tells what changes.
//!
//! Where data enters:
//!
//! ```text
//! TCP -> http (guard) -> tutorial, getwork  -> driver -> core's Node -> store's file
//!                     -> /peer -> links     -> driver
//! addresses to dial   -> links (tls)        -> driver
//! UDP -> rtc (WebRTC)                       -> driver
//! relays              -> relay (tls)        -> driver
//! ```
//!
//! The driver is one thread; all others speak to it through one bounded channel.

mod address;
mod backoff;
pub mod cli;
mod config;
mod courier;
mod driver;
mod handle;
mod http;
mod keys;
mod links;
mod miners;
mod origin;
mod reach;
mod relay;
mod rtc;
mod secret_file;
mod settings;
mod stamps;
mod store;
mod tls;
mod token;
mod transcript;
mod turns;
mod wallet;

pub use address::{AddressError, PeerAddress, RelayAddress};
pub use config::{Config, MAX_RELAYS};
pub use handle::{News, Node, StartError, Watch};
pub use ipnet::IpNet;
pub use keys::KeyError;
pub use store::StoreFileError;
pub use tls::TrustError;
pub use token::TokenError;
pub use wallet::WalletError;
