//! What this browser remembers of the networks: which were joined, and how far
//! the chain of each was seen. A browser that forbids it forgets with the tab.
//!
//! All tabs share this memory, so it is read afresh before each change.

use std::collections::BTreeSet;

use tablon_core::hash::NetworkId;
use tablon_core::params::Params;
use web_sys::Storage;

use super::MAX_NETWORKS;
use crate::client::forget_budget;

/// A JSON array of links.
const NETWORKS: &str = "tablon.networks";

fn storage() -> Option<Storage> {
    web_sys::window()?.local_storage().ok()?
}

fn links() -> Vec<String> {
    storage()
        .and_then(|storage| storage.get_item(NETWORKS).ok()?)
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_default()
}

fn keep_links(links: &[String]) {
    if let (Some(storage), Ok(text)) = (storage(), serde_json::to_string(links)) {
        // A full storage forgets the newest network; its link still leads there.
        let _ = storage.set_item(NETWORKS, &text);
    }
}

/// The networks joined before, at most [`MAX_NETWORKS`]; what does not read, or
/// was made under other rules, is left out.
pub(super) fn networks() -> Vec<Params> {
    let mut ids = BTreeSet::new();
    links()
        .iter()
        .filter_map(|link| Params::from_link(link).ok())
        .filter(|params| ids.insert(params.network_id()))
        .take(MAX_NETWORKS)
        .collect()
}

/// Join it at the next start, too.
pub(super) fn keep(link: &str) {
    let mut links: Vec<String> = networks().iter().map(Params::to_link).collect();
    if !links.iter().any(|held| held == link) && links.len() < MAX_NETWORKS {
        links.push(link.to_owned());
    }
    keep_links(&links);
}

/// Do not join it at the next start.
pub(super) fn forget(link: &str, id: NetworkId) {
    let mut links = links();
    links.retain(|held| held != link);
    keep_links(&links);
    if let Some(storage) = storage() {
        let _ = storage.remove_item(&seen_key(id));
    }
    forget_budget(id);
}

fn seen_key(id: NetworkId) -> String {
    format!("tablon.seen.{id}")
}

/// Height up to which the chain has been seen.
pub(super) fn seen(id: NetworkId) -> u32 {
    storage()
        .and_then(|storage| storage.get_item(&seen_key(id)).ok()?)
        .and_then(|height| height.parse().ok())
        .unwrap_or(0)
}

/// The chain has been seen up to this height.
pub(super) fn keep_seen(id: NetworkId, height: u32) {
    if let Some(storage) = storage() {
        let _ = storage.set_item(&seen_key(id), &height.to_string());
    }
}
