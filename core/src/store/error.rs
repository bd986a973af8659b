//! Why a store fails: whether its content is damaged, or its disk full or away.

use crate::encode::DecodeError;

/// Why the store failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database or its backend failed.
    #[error("{reason}")]
    Failed {
        /// redb's word.
        reason: String,
        /// Whether what was read is damaged, rather than the disk full or away.
        corrupt: bool,
    },
    /// The store is read alone since its backend failed.
    #[error("nothing can be stored: {0}")]
    Unwritable(
        /// The backend's word.
        String,
    ),
    /// Something that was stored whole does not read.
    #[error("the store's {what} is damaged: {reason}")]
    Damaged {
        /// Which part.
        what: &'static str,
        /// What is wrong.
        reason: String,
    },
}

impl StoreError {
    /// Whether the store's content is damaged, so that it must be put aside.
    pub fn is_corrupt(&self) -> bool {
        match self {
            Self::Failed { corrupt, .. } => *corrupt,
            Self::Unwritable(_) => false,
            Self::Damaged { .. } => true,
        }
    }

    pub(super) fn damaged(what: &'static str, reason: impl ToString) -> Self {
        Self::Damaged {
            what,
            reason: reason.to_string(),
        }
    }

    pub(crate) fn undecodable(what: &'static str, error: &DecodeError) -> Self {
        Self::damaged(what, error)
    }
}

macro_rules! from_redb {
    ($($error:ty),*) => { $(
        impl From<$error> for StoreError {
            fn from(error: $error) -> Self {
                let error = redb::Error::from(error);
                Self::Failed {
                    corrupt: is_damage(&error),
                    reason: error.to_string(),
                }
            }
        }
    )* };
}
from_redb!(
    redb::DatabaseError,
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError,
    redb::SetDurabilityError
);

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        redb::StorageError::from(error).into()
    }
}

// Damage is what reading again cannot mend. redb tells of a file that is no
// database, or ends too soon, as of an I/O error of these kinds.
fn is_damage(error: &redb::Error) -> bool {
    use std::io::ErrorKind::{InvalidData, UnexpectedEof};
    match error {
        redb::Error::Corrupted(_)
        | redb::Error::UpgradeRequired(_)
        | redb::Error::RepairAborted
        | redb::Error::TableTypeMismatch { .. }
        | redb::Error::TypeDefinitionChanged { .. } => true,
        redb::Error::Io(error) => matches!(error.kind(), InvalidData | UnexpectedEof),
        _ => false,
    }
}
