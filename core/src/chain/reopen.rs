//! The store of a chain, when its backend cannot be written: read until it can.

use super::{Chain, migrate};
use crate::chain::OpenError;
use crate::params::Params;
use crate::store::{Durability, Store, StoreError};

/// Make a store that has been opened one of this schema and network. One that cannot be
/// written is so in memory alone, and takes nothing after that.
pub(super) fn prepare(store: &mut Store, params: &Params) -> Result<(), OpenError> {
    match try_to_prepare(store, params) {
        Err(OpenError::Store(error)) if store.failure().is_none() => {
            let error = store.explained(error);
            if error.is_corrupt() {
                return Err(error.into());
            }
            store.fall_back(&error)?;
            try_to_prepare(store, params)?;
        }
        done => done?,
    }
    store.seal();
    Ok(())
}

fn try_to_prepare(store: &Store, params: &Params) -> Result<(), OpenError> {
    let network = params.network_id();
    migrate::migrate(store, params)?;
    // Most stores are of this network, and opening one more often than it is written
    // costs a flush of the disk each time.
    let stored = match store.read()?.network()? {
        Some(stored) => stored,
        None => store.write(Durability::Immediate, |tables| tables.network(network))?,
    };
    if stored == network {
        Ok(())
    } else {
        Err(OpenError::OtherNetwork {
            stored,
            wanted: network,
        })
    }
}

/// What a store says when it was opened again.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Reopened {
    /// It holds the chain that memory has.
    Same,
    /// It does not: a commit that was reported as failed is there after all.
    Other,
}

impl Chain {
    /// Why nothing can be stored, while that is so.
    pub(crate) fn store_failure(&self) -> Option<&str> {
        self.store.failure()
    }

    /// After a write failed: read what is stored, and store nothing.
    pub(crate) fn fall_back(&mut self, why: &StoreError) -> Result<Reopened, OpenError> {
        let why = self.store.explained(why.clone());
        self.store.fall_back(&why)?;
        self.reopened()
    }

    /// Try to store again; [`Chain::store_failure`] says whether that succeeded.
    pub(crate) fn resume(&mut self) -> Result<Reopened, OpenError> {
        self.store.resume()?;
        self.reopened()
    }

    fn reopened(&mut self) -> Result<Reopened, OpenError> {
        prepare(&mut self.store, &self.params)?;
        let tip = self.read()?.top()?.unwrap_or(self.network);
        Ok(if tip == self.tip().hash {
            Reopened::Same
        } else {
            Reopened::Other
        })
    }
}
