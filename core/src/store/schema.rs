//! The schema: which tables there are and what stands in them.
//!
//! All are of one type, bytes by bytes, because redb's B-tree is compiled once for each
//! pair of types, and a page is downloaded. What the bytes mean is said here and in
//! [`keys`](super::keys) alone.

use redb::TableDefinition;

/// Keys and values of every table.
pub(super) type Bytes = &'static [u8];

/// Version of this schema. The one before is migrated when it is opened
/// ([`former`](super::former)); any other is refused as damaged and put aside.
pub(super) const SCHEMA: u32 = 3;

/// Which table. What is appended as the chain grows has a key that begins with the
/// height, so that a commit writes one page of it and leaves full ones behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    /// `schema`, `network` and `remembered`. Its name and type are those of every
    /// schema to come.
    About,
    /// Height and hash -> header, of every block held: parents come first.
    Headers,
    /// Height and hash -> coinbase and transactions.
    Bodies,
    /// Height -> hash on the best chain; genesis is not in it.
    Active,
    /// Height -> what undoes the effect of the best chain's block on the ledger.
    Undo,
    /// Height -> ids of the transactions of the best chain's block, in its order.
    Ids,
    /// Height -> places of the posts among them, for paging backwards; no row where
    /// there is none.
    Posts,
    /// First bytes of a transaction's id, height and place on the best chain.
    Places,
    /// Address -> account.
    Accounts,
    /// Place in the tree whose root is the state root -> node.
    State,
    /// Addresses of participants.
    Participants,
    /// What concerns whom ([`HistoryKind`](super::HistoryKind)), address, height and place on
    /// the best chain.
    History,
    /// Post and payee -> coins with which that post was tipped.
    Tips,
    /// Id -> transaction that waits for a block, then since when and whose
    /// ([`Waits`](super::Waits)), or nothing when a block that had it was taken off and
    /// the node was killed before it noted that.
    Pending,
}

impl Table {
    pub(super) const ALL: [Self; 14] = [
        Self::About,
        Self::Headers,
        Self::Bodies,
        Self::Active,
        Self::Undo,
        Self::Ids,
        Self::Posts,
        Self::Places,
        Self::Accounts,
        Self::State,
        Self::Participants,
        Self::History,
        Self::Tips,
        Self::Pending,
    ];

    // With the schema's version in it: tables of two schemas stand side by side in the
    // transaction that migrates.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::About => "about",
            Self::Headers => "headers/3",
            Self::Bodies => "bodies/3",
            Self::Active => "active/3",
            Self::Undo => "undo/3",
            Self::Ids => "ids/3",
            Self::Posts => "posts/3",
            Self::Places => "places/3",
            Self::Accounts => "accounts/3",
            Self::State => "state/3",
            Self::Participants => "participants/3",
            Self::History => "history/3",
            Self::Tips => "tips/3",
            Self::Pending => "pending/3",
        }
    }

    pub(super) const fn definition(self) -> TableDefinition<'static, Bytes, Bytes> {
        TableDefinition::new(self.name())
    }
}
