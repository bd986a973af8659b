//! Opening a node: which network, which slot, which keys, which wallet, which
//! store; and in memory when the browser keeps nothing, saying why.

use std::io;

use redb::StorageBackend;
use redb::backends::InMemoryBackend;
use tablon_core::hash::NetworkId;
use tablon_core::node::{Config, Node, OpenError, Output};
use tablon_core::params::Params;
use tablon_core::view::Storage;

use super::budget::{Budget, Budgeted};
use super::files::Files;
use super::keys::Keys;
use super::now;
use super::slot::Slot;
use super::wallet::Wallet;
use crate::random;
use crate::threads::{Distrust, Notice};

const STORE: &str = "redb";
const KEYS: &str = "keys";

/// What the page asks for.
#[derive(Debug, Clone)]
pub struct Start {
    /// What follows `#/n/` in the address; the default network when absent.
    pub network: Option<String>,
    /// The slot that the tab had before a reload.
    pub preferred: Option<u32>,
    /// Why the store is to be put aside unread.
    pub distrust: Option<Distrust>,
    /// Another network and the slot there, whose wallet a new slot takes.
    pub wallet_from: Option<(NetworkId, u32)>,
    /// Bytes of disk that the store may take before the person is asked.
    pub budget_bytes: u64,
}

/// A node that runs.
pub struct Opened {
    /// The node.
    pub node: Node,
    /// Its wallet.
    pub wallet: Wallet,
    /// What the opening left to do.
    pub outputs: Vec<Output>,
    /// Held for as long as the node runs.
    pub slot: Slot,
    /// What the person should know.
    pub notices: Vec<Notice>,
    /// The network.
    pub params: Params,
    /// What the store may take.
    pub budget: Budget,
}

/// Open the node, or say why there can be none.
pub async fn open(start: Start) -> Result<Opened, String> {
    let params = match &start.network {
        Some(link) => Params::from_link(link).map_err(|error| error.to_string())?,
        None => Params::default_network(),
    };
    let network = params.network_id();
    let (slot, files) = match Slot::take(network, start.preferred).await {
        Ok(slot) => {
            let files = Files::open(network, slot.number).await;
            (slot, files.map_err(|error| error.to_string()))
        }
        Err(error) => (Slot::unlocked(), Err(error.to_string())),
    };

    let mut notices = Vec::new();
    let kept = match files {
        Ok(files) => match secrets(&files, start.wallet_from, &mut notices).await {
            Ok((keys, wallet)) => Ok((files, keys, wallet)),
            Err(error) => Err(error.to_string()),
        },
        Err(reason) => Err(reason),
    };
    let (files, keys, wallet) = match kept {
        Ok((files, keys, wallet)) => (Ok(files), keys, wallet),
        Err(reason) => (Err(reason), Keys::draw(), Wallet::in_memory()),
    };
    let draft = Draft {
        params: &params,
        slot: slot.number,
        keys: &keys,
        wallet: &wallet,
        budget: Budget::of(start.budget_bytes),
    };
    let durable = match files {
        Ok(files) => draft.durable(&files, start.distrust, &mut notices).await,
        Err(reason) => Err(reason),
    };
    let (node, outputs) = match durable {
        Ok(opened) => opened,
        Err(reason) => draft.in_memory(reason)?,
    };
    let budget = draft.budget;
    Ok(Opened {
        budget,
        node,
        wallet,
        outputs,
        slot,
        notices,
        params,
    })
}

/// Keys and wallet, which lie beside the store: a store that cannot be used costs
/// nobody their name.
async fn secrets(
    files: &Files,
    wallet_from: Option<(NetworkId, u32)>,
    notices: &mut Vec<Notice>,
) -> io::Result<(Keys, Wallet)> {
    let keys = node_key(files, notices).await?;
    let wallet = Wallet::load(files, wallet_from, notices).await?;
    Ok((keys, wallet))
}

async fn node_key(files: &Files, notices: &mut Vec<Notice>) -> io::Result<Keys> {
    // The file is closed again before it may have to be put aside.
    let loaded = {
        let file = files.file(KEYS).await?;
        Keys::load(&file)
    };
    match loaded {
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            files.put_aside(KEYS).await?;
            notices.push(Notice::StoreRecovered {
                reason: error.to_string(),
            });
            Keys::load(&files.file(KEYS).await?)
        }
        result => result,
    }
}

struct Draft<'a> {
    params: &'a Params,
    slot: u32,
    keys: &'a Keys,
    wallet: &'a Wallet,
    budget: Budget,
}

impl Draft<'_> {
    fn config(&self, storage: Storage) -> Config {
        Config {
            params: self.params.clone(),
            slot: self.slot,
            wallet: self.wallet.for_node(),
            key: self.keys.node.clone(),
            seed: random::bytes(),
            storage,
        }
    }

    async fn durable(
        &self,
        files: &Files,
        distrust: Option<Distrust>,
        notices: &mut Vec<Notice>,
    ) -> Result<(Node, Vec<Output>), String> {
        let mut recovered = false;
        if let Some(Distrust { reason, damaged }) = distrust {
            // On suspicion alone nothing that was put aside is overwritten.
            if !damaged && !files.has_room_aside(STORE).await {
                return Err(format!(
                    "the node dies when it opens its store, and two stores were put aside already: {reason}"
                ));
            }
            self.recover(files, reason, notices).await?;
            recovered = true;
        }
        match self.store(files, recovered).await? {
            Ok(opened) => Ok(opened),
            // A disk that is full or away is no damage.
            Err(OpenError::Store(error)) if !error.is_corrupt() => Err(error.to_string()),
            Err(damage) => {
                self.recover(files, damage.to_string(), notices).await?;
                let second = self.store(files, true).await?;
                second.map_err(|error| error.to_string())
            }
        }
    }

    /// The outer error says that there is no storage, the inner one that what
    /// is stored cannot be used.
    async fn store(
        &self,
        files: &Files,
        recovered: bool,
    ) -> Result<Result<(Node, Vec<Output>), OpenError>, String> {
        let unusable = |error: io::Error| error.to_string();
        let file = files.file(STORE).await.map_err(unusable)?;
        let storage = Storage::Durable {
            bytes: file.len().map_err(unusable)?,
            recovered,
        };
        let file = Budgeted::new(file, self.budget.clone());
        Ok(Node::open(self.config(storage), file, now()))
    }

    async fn recover(
        &self,
        files: &Files,
        reason: String,
        notices: &mut Vec<Notice>,
    ) -> Result<(), String> {
        files
            .put_aside(STORE)
            .await
            .map_err(|error| format!("{reason}; and it could not be put aside: {error}"))?;
        notices.push(Notice::StoreRecovered { reason });
        Ok(())
    }

    fn in_memory(&self, reason: String) -> Result<(Node, Vec<Output>), String> {
        let config = self.config(Storage::Memory { reason });
        Node::open(config, InMemoryBackend::new(), now()).map_err(|error| error.to_string())
    }
}
