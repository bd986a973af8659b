//! Opening a node: which network, which slot, which keys, which store; and in
//! memory when the browser keeps nothing, saying why.

use std::io;

use redb::StorageBackend;
use redb::backends::InMemoryBackend;
use tablon_core::node::{Config, Node, OpenError, Output};
use tablon_core::params::Params;
use tablon_core::view::Storage;

use super::files::Files;
use super::keys::Keys;
use super::now;
use super::slot::Slot;
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
}

/// A node that runs.
#[derive(Debug)]
pub struct Opened {
    /// The node.
    pub node: Node,
    /// What the opening left to do.
    pub outputs: Vec<Output>,
    /// Held for as long as the node runs.
    pub slot: Slot,
    /// What the person should know.
    pub notices: Vec<Notice>,
    /// The network.
    pub params: Params,
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
    let durable = match files {
        Ok(files) => {
            let draft = Draft {
                params: &params,
                slot: slot.number,
            };
            draft.durable(&files, start.distrust, &mut notices).await
        }
        Err(reason) => Err(reason),
    };
    let (node, outputs) = match durable {
        Ok(opened) => opened,
        Err(reason) => Draft {
            params: &params,
            slot: slot.number,
        }
        .in_memory(reason)?,
    };
    Ok(Opened {
        node,
        outputs,
        slot,
        notices,
        params,
    })
}

struct Draft<'a> {
    params: &'a Params,
    slot: u32,
}

impl Draft<'_> {
    fn config(&self, keys: &Keys, storage: Storage) -> Config {
        Config {
            params: self.params.clone(),
            slot: self.slot,
            wallet: keys.wallet.clone(),
            key: keys.node.clone(),
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
        let keys = self
            .keys(files, notices)
            .await
            .map_err(|error| error.to_string())?;
        if let Some(Distrust { reason, damaged }) = distrust {
            // On suspicion alone nothing that was put aside is overwritten.
            if !damaged && !files.has_room_aside(STORE).await {
                return Err(format!(
                    "the node dies when it opens its store, and two stores were put aside already: {reason}"
                ));
            }
            self.recover(files, reason, notices).await?;
        }
        match self.store(files, &keys, !notices.is_empty()).await? {
            Ok(opened) => Ok(opened),
            // A disk that is full or away is no damage.
            Err(OpenError::Store(error)) if !error.is_corrupt() => Err(error.to_string()),
            Err(damage) => {
                self.recover(files, damage.to_string(), notices).await?;
                let second = self.store(files, &keys, true).await?;
                second.map_err(|error| error.to_string())
            }
        }
    }

    /// The outer error says that there is no storage, the inner one that what
    /// is stored cannot be used.
    async fn store(
        &self,
        files: &Files,
        keys: &Keys,
        recovered: bool,
    ) -> Result<Result<(Node, Vec<Output>), OpenError>, String> {
        let unusable = |error: io::Error| error.to_string();
        let file = files.file(STORE).await.map_err(unusable)?;
        let storage = Storage::Durable {
            bytes: file.len().map_err(unusable)?,
            recovered,
        };
        Ok(Node::open(self.config(keys, storage), file, now()))
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

    async fn keys(&self, files: &Files, notices: &mut Vec<Notice>) -> io::Result<Keys> {
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

    fn in_memory(&self, reason: String) -> Result<(Node, Vec<Output>), String> {
        let config = self.config(&Keys::draw(), Storage::Memory { reason });
        Node::open(config, InMemoryBackend::new(), now()).map_err(|error| error.to_string())
    }
}
