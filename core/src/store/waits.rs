//! Since when a transaction waits, as it is kept behind it.

use crate::units::Timestamp;

/// Bytes behind the transaction: the second, big-endian, and whose it is.
const WAITS_BYTES: usize = 4 + 1;

/// Since when a transaction waits, and whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waits {
    /// By this node's clock.
    pub since: Timestamp,
    /// Whose.
    pub whose: Whose,
}

/// Whose a waiting transaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Came from peers.
    Strangers,
    /// Written here, under a wallet that may be another now.
    Own,
}

impl Waits {
    pub(super) fn append(self, mut to: Vec<u8>) -> Vec<u8> {
        to.extend_from_slice(&self.since.0.to_be_bytes());
        to.push(match self.whose {
            Whose::Strangers => 0,
            Whose::Own => 1,
        });
        to
    }

    pub(super) fn split(bytes: &[u8]) -> Option<(&[u8], Self)> {
        let (transaction, [a, b, c, d, whose]) = bytes.split_last_chunk::<WAITS_BYTES>()?;
        let whose = match whose {
            0 => Whose::Strangers,
            1 => Whose::Own,
            _ => return None,
        };
        let since = Timestamp(u32::from_be_bytes([*a, *b, *c, *d]));
        Some((transaction, Self { since, whose }))
    }
}
