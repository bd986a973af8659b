//! Why a chain, and the node on it, cannot be opened.

use crate::hash::NetworkId;
use crate::store::StoreError;

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
