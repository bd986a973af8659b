//! What proves a block, behind one seam: verify and weigh a header by the
//! network's engine.

use crate::hash::BlockHash;
use crate::params::Engine;
use crate::target::{Target, Work};

impl Engine {
    /// Whether a header with this hash is proven under `target`.
    pub fn verify(self, hash: BlockHash, target: Target) -> bool {
        match self {
            Self::ProofOfWork => target.is_met_by(hash),
        }
    }

    /// What a block with this target adds to its chain.
    pub fn work(self, target: Target) -> Work {
        match self {
            Self::ProofOfWork => target.work(),
        }
    }
}
