//! What it takes to open a chain of some height: time and memory.

use std::fs;
use std::path::Path;

use tablon_core::keys::SecretKey;
use tablon_core::node::{Config, Node, Wallet};
use tablon_core::units::Millis;
use tablon_core::view::Storage;

use crate::board::{START, Unflushed, easy_network};
use crate::{own_time, tell};

/// A node's configuration on the easy network.
pub(crate) fn config(who: u8) -> Config {
    let key = SecretKey::from_seed([who; 32]);
    Config {
        params: easy_network(),
        slot: 0,
        wallet: Wallet::Open(key.clone()),
        key,
        seed: [who; 32],
        storage: Storage::Memory {
            reason: "a bench".into(),
        },
    }
}

/// A time after every block.
pub(crate) fn after_all() -> Millis {
    Millis(u64::from(START) * 1_000 + 100_000_000_000)
}

/// Open the chain at `path` as a node does.
pub(crate) fn measure(path: &Path) {
    let before = resident();
    let start = own_time();
    let opened = Node::open(config(1), Unflushed::open(path), after_all());
    let took = own_time() - start;
    let (node, _) = opened.expect("a sound store");
    let height = node.status(after_all()).height;
    let what = format!("native: a node at height {height} opened");
    tell(&what, took.as_millis(), "ms");
    let what = format!("native: memory that a node at height {height} takes");
    tell(&what, resident().saturating_sub(before).into(), "bytes");
    let bytes = fs::metadata(path).expect("its own file").len();
    let what = format!("native: store of a node at height {height}");
    tell(&what, bytes.into(), "bytes");
}

// Resident bytes of this process.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() * 1024
}
