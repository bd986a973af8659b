//! A hostile peer over the real `/peer` of a real node: what somebody would try who has
//! read the code, has thousands of names, a few addresses and patience. While each
//! attack lasts, the node's memory and an honest neighbour's ping are measured, and
//! after it the node must take the honest neighbour's next block.
//!
//! `cargo test -p tablon-node --test node hostile -- --nocapture` shows what was
//! measured, a table for each kind of attack.

mod attacker;
mod blocks;
mod forge;
mod frames;
mod handshakes;
mod headers;
mod honest;
mod links;
mod requests;
mod siege;
mod signals;
mod socket;
mod transactions;

use siege::withstand;

#[test]
fn attacks_before_a_key_is_proven() {
    withstand(handshakes::ATTACKS);
}

#[test]
fn attacks_by_frames() {
    withstand(frames::ATTACKS);
}

#[test]
fn attacks_by_links() {
    withstand(links::ATTACKS);
}

#[test]
fn attacks_by_requests() {
    withstand(requests::ATTACKS);
}

#[test]
fn attacks_by_headers() {
    withstand(headers::ATTACKS);
}

#[test]
fn attacks_by_blocks() {
    withstand(blocks::ATTACKS);
}

#[test]
fn attacks_by_transactions() {
    withstand(transactions::ATTACKS);
}

#[test]
fn attacks_by_signals() {
    withstand(signals::ATTACKS);
}
