//! How long a transaction waits.

use super::{Mempool, PoolError};
use crate::rules::CheckedTransaction;
use crate::units::{Millis, Timestamp};

/// How long a transaction waits for a block, ms: 72 hours, so that a weekend's
/// posts are there when the miners are back ...
pub const LIFETIME_MS: u64 = 72 * 60 * 60 * 1000;
/// ... and where blocks are rare at least so many spacings: 400 hours at the longest.
pub const LIFETIME_SPACINGS: u64 = 400;

/// Lifetimes that may lie between what a stranger's transaction says of when it was
/// written and now. A newcomer counts from when it came here, so a network with enough
/// newcomers would hand on for ever what is not mined; a month bounds that, and is
/// more than a part of a board stays cut off from the rest.
pub const MAX_AGE_LIFETIMES: u64 = 10;

pub(super) fn lifetime_ms(spacing: u32) -> u64 {
    LIFETIME_MS.max(LIFETIME_SPACINGS * u64::from(spacing) * 1000)
}

impl Mempool {
    /// How long a transaction waits here, ms.
    pub fn lifetime_ms(&self) -> u64 {
        self.lifetime_ms
    }

    /// Take out what has waited too long, and what of the same authors comes after it.
    pub fn expire(&mut self, now: Millis) -> Vec<CheckedTransaction> {
        let mut gone = self.apart.expire(now, &self.own, self.lifetime_ms);
        while let Some((since, (author, number))) = self.ages.first().copied()
            && now.since(since) >= self.lifetime_ms
        {
            gone.extend(self.take_from(author, number));
        }
        gone.into_iter()
            .map(|waiting| waiting.transaction)
            .collect()
    }

    /// Whether a transaction of a stranger says that it was written at a time near
    /// enough.
    pub fn check_time(
        &self,
        transaction: &CheckedTransaction,
        now: Timestamp,
    ) -> Result<(), PoolError> {
        let lifetime = u32::try_from(self.lifetime_ms / 1000).unwrap_or(u32::MAX);
        let age = lifetime.saturating_mul(MAX_AGE_LIFETIMES as u32);
        let (earliest, latest) = (
            Timestamp(now.0.saturating_sub(age)),
            Timestamp(now.0.saturating_add(lifetime)),
        );
        let received = transaction.get().time;
        if (earliest..=latest).contains(&received) {
            return Ok(());
        }
        Err(PoolError::Time {
            id: transaction.id(),
            earliest,
            latest,
            received,
        })
    }
}
