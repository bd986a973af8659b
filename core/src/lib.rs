//! Tablón's node library: a public message board on a proof-of-work chain, as a
//! state machine without I/O.
//!
//! A *post* is a signed and stamped [`transaction`]. Waiting posts stand in the
//! [`mempool`]; a miner seals them into a [`block`], whose 80-byte [`header`] is
//! hashed until the hash falls below the [`target`] that [`difficulty`] asks
//! for. Blocks point at their parents, so they form a tree; the [`chain`] is the
//! branch with most work. When another branch overtakes it, blocks are undone
//! down to the fork and their posts wait again. What makes a block or a post
//! valid is listed in [`rules`]. Chain and waiting posts are kept in the
//! [`store`]; [`wire`] is what nodes say to each other, [`relay`] what tabs and
//! the introducing server say.
//!
//! [`node::Node`] holds it all together. It asks no clock, draws no randomness
//! and touches neither socket nor file; a *driver* does (a browser tab, a
//! headless node, a simulation) and runs this loop:
//!
//! ```
//! # use tablon_core::{keys::SecretKey, params::Params, store::MemoryBackend, units::Millis};
//! # use tablon_core::{command::Command, view::Storage};
//! use tablon_core::node::{Config, Input, Node, Output, RequestId, Wallet};
//!
//! let config = Config {
//!     params: Params::default_network(),
//!     slot: 0,
//!     wallet: Wallet::Open(SecretKey::from_seed([1; 32])), // the driver keeps the keys
//!     key: SecretKey::from_seed([2; 32]),
//!     seed: [3; 32], // and draws the randomness
//!     storage: Storage::Memory { reason: "an example".into() },
//! };
//! let now = Millis(1_700_000_000_000); // and reads the clock
//! let (mut node, mut outputs) = Node::open(config, MemoryBackend::default(), now)?;
//! outputs.extend(node.step(
//!     now,
//!     Input::Command { id: RequestId(1), command: Command::Status },
//! ));
//! for output in outputs {
//!     match output {
//!         Output::Reply { result, .. } => println!("{result:?}"),
//!         Output::Send { .. } => { /* to a peer's link */ }
//!         Output::WakeAt(time) => assert!(time > now), // step with `Tick` then
//!         _ => {} // each variant says what the driver owes
//!     }
//! }
//! # Ok::<(), tablon_core::node::OpenError>(())
//! ```

pub mod address_group;
pub mod block;
pub mod chain;
pub mod chunks;
pub mod command;
pub mod difficulty;
pub mod encode;
pub mod engine;
mod forms;
pub mod handshake;
pub mod hash;
pub mod header;
pub mod keys;
pub mod ledger;
pub mod links;
pub mod mempool;
pub mod merkle;
pub mod miner;
pub mod node;
pub mod params;
pub mod proof;
pub mod relay;
pub mod rules;
pub mod sealed;
pub mod store;
pub mod target;
#[cfg(test)]
mod testing;
pub mod text;
pub mod transaction;
pub mod tunnel;
pub mod units;
pub mod view;
pub mod wallet;
pub mod wire;
