//! What time a miner's block has.

use super::Fed;
use crate::params::Params;
use crate::testing::{branch, easy_network, give};
use crate::units::Timestamp;

// The clock of a node fed by hand.
const NOW: u32 = 1_800_000_000;

#[test]
fn a_miner_close_on_others_stamps_the_earliest_time_that_the_rules_take() {
    let mut fed = Fed::new(&easy_network());
    assert_eq!(fed.node.next_time(), Timestamp(NOW));
    let genesis = fed.node.chain.tip().clone();
    let blocks = branch(&mut fed.node.chain, &genesis, NOW - 1_700_000_000, 1);
    give(&mut fed.node.chain, &blocks);
    assert_eq!(fed.node.next_time(), Timestamp(NOW + 1));
    let first = fed.node.chain.tip().clone();
    let blocks = branch(&mut fed.node.chain, &first, 1, 1);
    give(&mut fed.node.chain, &blocks);
    // Two blocks in half of 10 s.
    assert_eq!(fed.node.next_time(), Timestamp(NOW + 5));
    fed.pass(6_000);
    assert_eq!(fed.node.next_time(), Timestamp(NOW + 6));
}

#[test]
fn a_miner_whose_clock_is_before_the_networks_birth_stamps_that() {
    let params = Params {
        born: Timestamp(NOW + 7),
        ..easy_network()
    };
    let fed = Fed::new(&params);
    assert_eq!(fed.node.next_time(), Timestamp(NOW + 7));
}
