//! What a password costs whoever guesses it.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use zeroize::{Zeroize, Zeroizing};

/// What one guess of a password costs, with Argon2id (RFC 9106) in one lane:
/// a tab has one thread for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    memory: u32,
    passes: u8,
}

/// A cost out of bounds.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CostError {
    /// Too little for Argon2id, or more than a tab should give to a file.
    #[error(
        "{received} KiB of memory for the password, {} to {} are taken",
        Cost::LEAST_MEMORY,
        Cost::MOST_MEMORY
    )]
    Memory {
        /// KiB received.
        received: u32,
    },
    /// None, or so many that a tab would stand still.
    #[error(
        "{received} passes for the password, 1 to {} are taken",
        Cost::MOST_PASSES
    )]
    Passes {
        /// Passes received.
        received: u8,
    },
    /// A file of another program: we only write one.
    #[error("{received} lanes for the password, 1 is taken")]
    Lanes {
        /// Lanes received.
        received: u8,
    },
}

impl Cost {
    /// 19 MiB and two passes: the least that OWASP's Password Storage Cheat Sheet
    /// recommends of Argon2id, and what a telephone's tab can bear.
    pub const STANDARD: Self = Self {
        memory: 19_456,
        passes: 2,
    };

    /// KiB of memory, at least: Argon2 needs eight blocks a lane.
    pub const LEAST_MEMORY: u32 = 8;
    /// KiB of memory, at most: 256 MiB. A file that somebody sends must not make
    /// a tab allocate gigabytes.
    pub const MOST_MEMORY: u32 = 256 * 1024;
    /// Passes, at most: with the most memory, half a minute of a slow tab.
    pub const MOST_PASSES: u8 = 16;

    /// A cost within the bounds.
    pub fn new(memory_kib: u32, passes: u8) -> Result<Self, CostError> {
        if !(Self::LEAST_MEMORY..=Self::MOST_MEMORY).contains(&memory_kib) {
            return Err(CostError::Memory {
                received: memory_kib,
            });
        }
        if !(1..=Self::MOST_PASSES).contains(&passes) {
            return Err(CostError::Passes { received: passes });
        }
        Ok(Self {
            memory: memory_kib,
            passes,
        })
    }

    /// KiB of memory.
    pub(super) fn memory(self) -> u32 {
        self.memory
    }

    /// Passes over it.
    pub(super) fn passes(self) -> u8 {
        self.passes
    }

    /// The key of a password. `None` when there is not so much memory.
    pub(super) fn stretch(self, password: &str, salt: &[u8; 16]) -> Option<Zeroizing<[u8; 32]>> {
        let params = Params::new(self.memory, self.passes.into(), 1, Some(32))
            .expect("a cost within its bounds is within Argon2's");
        // Our own memory, because Argon2's ends as a copy of the key, and a tab's
        // memory is read by whatever runs in it next.
        let mut blocks: Vec<Block> = Vec::new();
        blocks.try_reserve_exact(params.block_count()).ok()?;
        blocks.resize(params.block_count(), Block::new());
        let mut key = Zeroizing::new([0; 32]);
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(password.as_bytes(), salt, &mut *key, &mut blocks)
            .expect("salt and key have fixed lengths, and passwords are below 4 GiB");
        for block in &mut blocks {
            block.zeroize();
        }
        Some(key)
    }
}
