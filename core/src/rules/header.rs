//! Rules that a header must keep, given its parent.

use super::RuleError;
use crate::difficulty::{Parent, earliest_time, required_bits};
use crate::hash::BlockHash;
use crate::header::{Header, ROLLED_BITS};
use crate::params::{HEADER_VERSION, Params};
use crate::target::Target;
use crate::units::{Millis, Timestamp};

/// Check all that does not depend on a clock, the cheapest first.
pub fn check_header(
    params: &Params,
    parent: &Parent,
    header: &Header,
    hash: BlockHash,
) -> Result<(), RuleError> {
    version(header)?;
    time_after_parent(parent, header)?;
    shortest_spacing(params, parent, header)?;
    time_after_birth(params, header)?;
    let target = bits(params, parent, header)?;
    proof(params, target, hash)
}

fn version(header: &Header) -> Result<(), RuleError> {
    if header.version & !ROLLED_BITS != HEADER_VERSION {
        return Err(RuleError::Version {
            required: HEADER_VERSION,
            received: header.version,
        });
    }
    Ok(())
}

// A relative schedule needs it: two blocks at one time would both be "fast".
fn time_after_parent(parent: &Parent, header: &Header) -> Result<(), RuleError> {
    if header.time <= parent.time {
        return Err(RuleError::TimeNotAfterParent {
            parent: parent.time,
            received: header.time,
        });
    }
    Ok(())
}

// What bounds a storm: see `difficulty`.
fn shortest_spacing(params: &Params, parent: &Parent, header: &Header) -> Result<(), RuleError> {
    let earliest = earliest_time(params, parent);
    if header.time < earliest {
        return Err(RuleError::ShortestSpacing {
            earliest,
            received: header.time,
        });
    }
    Ok(())
}

// With the shortest spacing this bounds how many blocks there can be at any time:
// four for each spacing of the network's age.
fn time_after_birth(params: &Params, header: &Header) -> Result<(), RuleError> {
    if header.time < params.born {
        return Err(RuleError::TimeBeforeBirth {
            born: params.born,
            received: header.time,
        });
    }
    Ok(())
}

fn bits(params: &Params, parent: &Parent, header: &Header) -> Result<Target, RuleError> {
    let required = required_bits(params, parent, header.time);
    if header.bits != required {
        return Err(RuleError::Bits {
            required,
            received: header.bits,
        });
    }
    Ok(required.target()?)
}

fn proof(params: &Params, target: Target, hash: BlockHash) -> Result<(), RuleError> {
    if !params.engine.verify(hash, target) {
        return Err(RuleError::Proof {
            target: target.to_string(),
            hash,
        });
    }
    Ok(())
}

/// At most two spacings ahead of this node's clock. A header that is not due
/// yet is held back, not refused for ever: the clock may be the one that is off.
pub fn time_not_ahead(params: &Params, now: Millis, time: Timestamp) -> Result<(), RuleError> {
    let now = now.timestamp();
    let limit = Timestamp(now.0.saturating_add(2 * params.spacing));
    if time > limit {
        return Err(RuleError::TimeAhead {
            limit,
            received: time,
        });
    }
    Ok(())
}
