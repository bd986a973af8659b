//! The forms of the values that `window.tablon` gives: their fields, all of them.

use serde_json::Value;

pub(crate) const STATUS: &[&str] = &[
    "network",
    "network_name",
    "network_link",
    "spacing",
    "slot",
    "node",
    "address",
    "locked",
    "balance",
    "outgoing",
    "incoming",
    "joined",
    "reward",
    "supply",
    "state_root",
    "height",
    "tip",
    "tip_time",
    "difficulty_bits",
    "expected_hashes",
    "peers",
    "known_nodes",
    "clock",
    "pending",
    "stamp",
    "mining",
    "storage",
    "sync",
];

pub(crate) const TRANSACTION: &[&str] = &[
    "id",
    "kind",
    "author",
    "key",
    "name",
    "joined",
    "topic",
    "content",
    "reply_to",
    "tips",
    "to",
    "amount",
    "tip",
    "sealed",
    "timestamp",
    "seq",
    "stamp_bits",
    "own",
];

pub(crate) const BLOCK: &[&str] = &[
    "index",
    "hash",
    "previous_hash",
    "merkle_root",
    "state_root",
    "version",
    "timestamp",
    "bits",
    "nonce",
    "difficulty_bits",
    "zero_bits",
    "header",
    "miner",
    "on_best_chain",
    "size",
    "transactions",
];

pub(crate) const BRANCH: &[&str] = &["hash", "previous_hash", "height", "timestamp", "standing"];

pub(crate) const NOTE: &[&str] = &["height", "place", "post"];

pub(crate) const PEER: &[&str] = &[
    "id",
    "link",
    "state",
    "height",
    "round_trip",
    "clock_offset",
    "sent",
    "received",
    "neighbours",
];

pub(crate) const ACCOUNT: &[&str] = &[
    "address",
    "key",
    "balance",
    "outgoing",
    "incoming",
    "transactions",
    "membership",
    "name",
    "since",
    "own",
];

pub(crate) const SECRET: &[&str] = &["height", "place", "transaction", "text", "problem"];

pub(crate) const PROOF: &[&str] = &[
    "network",
    "network_name",
    "transaction",
    "block",
    "height",
    "timestamp",
    "blocks",
    "named",
    "named_height",
    "expected_hashes",
    "on_best_chain",
];

/// The value has exactly these fields.
pub(crate) fn assert_fields(value: &Value, fields: &[&str]) {
    let mut held: Vec<&String> = value.as_object().expect("an object").keys().collect();
    held.sort();
    let mut fields = fields.to_vec();
    fields.sort_unstable();
    assert_eq!(held, fields, "{value:#}");
}
