//! What a message may hold, and what it costs to take.

use super::{
    MAX_ANNOUNCED, MAX_BLOCKS, MAX_HEADERS, MAX_IDS, MAX_LOCATOR, MAX_NEIGHBOURS, MAX_TRANSACTIONS,
    Message,
};

/// A list longer than the protocol allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a message has {received} {what}, at most {limit} are taken")]
pub struct TooMany {
    /// Of what.
    pub what: &'static str,
    /// Taken.
    pub limit: usize,
    /// Received.
    pub received: usize,
}

impl Message {
    /// Checks every list against its bound, before anything is done with it.
    ///
    /// # Errors
    /// When one is longer.
    pub fn check_lists(&self) -> Result<(), TooMany> {
        let (what, limit, received) = match self {
            Message::GetHeaders(list) => ("hashes in a locator", MAX_LOCATOR, list.len()),
            Message::Headers(list) => ("headers", MAX_HEADERS, list.len()),
            Message::Tip(list) => ("headers of a tip", MAX_ANNOUNCED, list.len()),
            Message::GetBlocks(list) => ("blocks wanted", MAX_BLOCKS, list.len()),
            Message::Absent(list) => ("absent blocks", MAX_BLOCKS, list.len()),
            Message::Inventory(list) => ("ids", MAX_IDS, list.len()),
            Message::GetTransactions(list) => ("transactions wanted", MAX_IDS, list.len()),
            Message::Transactions(list) => ("transactions", MAX_TRANSACTIONS, list.len()),
            Message::Neighbours(list) => ("neighbours", MAX_NEIGHBOURS, list.len()),
            Message::Hello(_)
            | Message::Ping(_)
            | Message::Pong(_)
            | Message::Block(_)
            | Message::NewBlock(_)
            | Message::Prune
            | Message::Graft
            | Message::Signal(_)
            | Message::Unreachable(_) => {
                return Ok(());
            }
        };
        match received > limit {
            true => Err(TooMany {
                what,
                limit,
                received,
            }),
            false => Ok(()),
        }
    }

    /// Units of work that it makes: what was asked for costs its sender next to nothing,
    /// what is asked costs by the disk reads and bytes it takes.
    pub fn price(&self) -> u32 {
        let count = |list: usize| u32::try_from(list).unwrap_or(u32::MAX);
        match self {
            Message::Hello(_) | Message::Ping(_) | Message::Pong(_) => 10,
            Message::Prune | Message::Graft | Message::Unreachable(_) => 10,
            Message::Neighbours(list) => 10 + count(list.len()),
            // A signature check, here and there.
            Message::Signal(_) => 40,
            // Those that are no news cost as much: see `on_new_block`.
            Message::NewBlock(_) => 20,
            Message::GetHeaders(_) => 100,
            Message::Tip(list) => 10 + count(list.len()),
            // Those that are not held cost: see `on_get_blocks`.
            Message::GetBlocks(list) => u32::from(list.is_empty()),
            Message::Inventory(list) => 1 + count(list.len()),
            Message::GetTransactions(list) => 1 + count(list.len()),
            // Those not asked for cost more: see `transactions`.
            Message::Transactions(_) => 1,
            Message::Headers(_) | Message::Absent(_) => 1,
            // Unasked it costs the link, and what is asked may come as fast as it can.
            Message::Block(_) => 0,
        }
    }
}
