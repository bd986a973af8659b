//! What a node is opened with, and why opening can fail.

use crate::keys::{Address, SecretKey};
use crate::params::Params;
use crate::view::Storage;

/// What a node is opened with. Keys are the driver's to keep, apart from the
/// store, so that a corrupt store costs nobody their name.
#[derive(Debug, Clone)]
pub struct Config {
    /// The network.
    pub params: Params,
    /// Which of this machine's or browser's nodes it is, for people.
    pub slot: u32,
    /// Signs transactions; its address earns the blocks.
    pub wallet: Wallet,
    /// Signs signals; its hash is the peer id.
    pub key: SecretKey,
    /// 32 random bytes, fresh at every start: which peers are dialled, ping
    /// numbers. Nothing that consensus sees.
    pub seed: [u8; 32],
    /// Where the store lies, to be told in the status. `bytes` is kept up to
    /// date by the node.
    pub storage: Storage,
}

/// Whose node it is.
#[allow(clippy::large_enum_variant, reason = "a node has one")]
#[derive(Debug, Clone)]
pub enum Wallet {
    /// It signs nothing until the driver gives the key ([`super::Input::Wallet`]).
    Locked(Address),
    /// It signs what a person or a program asks for.
    Open(SecretKey),
}

impl Wallet {
    /// The account.
    pub fn address(&self) -> Address {
        match self {
            Self::Locked(address) => *address,
            Self::Open(key) => key.public().address(),
        }
    }

    /// The key, while there is one.
    pub fn key(&self) -> Option<&SecretKey> {
        match self {
            Self::Locked(_) => None,
            Self::Open(key) => Some(key),
        }
    }
}
