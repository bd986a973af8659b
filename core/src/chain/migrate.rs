//! A store of the former schema becomes one of this: its blocks are put on the chain
//! once more, in one transaction, so that a killed tab finds the old one or the new.

use super::{ExtendError, connect};
use crate::chain::OpenError;
use crate::params::Params;
use crate::rules::{WellFormedBlock, well_formed_block};
use crate::store::{Durability, Store, StoreError};

/// Migrate what is of the former schema; anything else is left as it is.
pub(super) fn migrate(store: &Store, params: &Params) -> Result<(), OpenError> {
    let Some(former) = store.former()? else {
        return Ok(());
    };
    let (stored, wanted) = (former.network()?, params.network_id());
    if stored != wanted {
        return Err(OpenError::OtherNetwork { stored, wanted });
    }
    store.write(Durability::Immediate, |tables| -> Result<(), StoreError> {
        tables.network(wanted)?;
        former.copy_rest(tables)?;
        former.each_block(|height, block, is_best| {
            let block = well_formed_block(params, wanted, height, block);
            // Its signatures were verified before it was kept.
            let block = block.map(WellFormedBlock::verified).map_err(damaged)?;
            tables.put_block(height, &block)?;
            if !is_best {
                return Ok(());
            }
            connect(tables, params, height, &block).map_err(|stopped| match stopped {
                ExtendError::Store(error) => error,
                ExtendError::Invalid(_, rule) => damaged(rule),
            })
        })?;
        tables.remove_former()
    })?;
    Ok(())
}

fn damaged(rule: impl ToString) -> StoreError {
    StoreError::Damaged {
        what: "block body",
        reason: rule.to_string(),
    }
}
