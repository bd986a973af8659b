//! What a node is opened with, and why opening can fail.

use crate::hash::NetworkId;
use crate::keys::{Address, SecretKey};
use crate::params::Params;
use crate::store::StoreError;
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

/// Why a node cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The store is damaged or cannot be read. The driver puts the file aside
    /// (never deletes it), opens a new one and tells the person.
    #[error("the store cannot be used: {0}")]
    Store(#[from] StoreError),
    /// The store belongs to another network.
    #[error("the store is of network {stored}, this node is of network {wanted}")]
    OtherNetwork {
        /// In the store.
        stored: NetworkId,
        /// In the configuration.
        wanted: NetworkId,
    },
}

impl OpenError {
    /// The same, when the store had been open before: then another network's is damage.
    pub(crate) fn into_store_error(self) -> StoreError {
        match self {
            Self::Store(error) => error,
            Self::OtherNetwork { stored, wanted } => StoreError::Damaged {
                what: "network id",
                reason: format!("{stored} instead of {wanted}"),
            },
        }
    }
}
