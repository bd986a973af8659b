//! A header's place in a chain, as far as what follows it depends on it.

use crate::difficulty::{self, Parent};
use crate::hash::BlockHash;
use crate::header::Header;
use crate::params::Params;
use crate::rules::{RuleError, check_header};
use crate::target::Work;
use crate::units::Height;

/// All that is needed to check a header's children: some 100 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Hash of the header.
    pub hash: BlockHash,
    /// Its height.
    pub height: Height,
    /// Work of the chain up to and with it.
    pub work: Work,
    /// What a child's difficulty follows from.
    pub parent: Parent,
}

impl Point {
    /// Genesis.
    pub fn genesis(params: &Params) -> Self {
        Self {
            hash: params.genesis().hash(),
            height: Height(0),
            work: Work::ZERO,
            parent: Parent {
                time: params.genesis().time,
                base: params.initial,
                solve_time: i64::from(params.spacing),
                is_genesis: true,
            },
        }
    }

    /// The child's place, when the child keeps every rule that does not depend
    /// on a clock.
    pub fn child(&self, params: &Params, header: &Header) -> Result<Self, RuleError> {
        let hash = header.hash();
        check_header(params, &self.parent, header, hash)?;
        let target = header
            .bits
            .target()
            .expect("the bits equal those required, which name a target");
        let own_work = params.engine.work(target);
        let solve_time = if self.parent.is_genesis {
            i64::from(params.spacing)
        } else {
            i64::from(header.time.0) - i64::from(self.parent.time.0)
        };
        Ok(Self {
            hash,
            height: self.height.next(),
            work: self.work.plus(own_work),
            parent: Parent {
                time: header.time,
                base: difficulty::next_base(params, &self.parent),
                solve_time,
                is_genesis: false,
            },
        })
    }
}
