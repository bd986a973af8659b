//! A branch that the network's margin holds back.

use super::Fed;
use crate::block::Block;
use crate::node::Input;
use crate::params::Params;
use crate::testing::{branch, easy_network};

const SPACING_MS: u64 = 3_600_000;

fn give(fed: &mut Fed, blocks: &[Block]) {
    let checked = blocks.iter().map(|block| {
        let body = fed.node.chain.check_body(block.clone());
        body.expect("a known header").expect("a sound body")
    });
    let checked = checked.collect();
    fed.node.extend(checked).expect("memory");
}

#[test]
fn a_branch_held_back_by_the_margin_is_followed_a_spacing_later() {
    let params = Params {
        margin: 6,
        spacing: 3_600,
        ..easy_network()
    };
    let mut fed = Fed::new(&params);
    let genesis = fed.node.chain.tip().clone();
    let own = branch(&mut fed.node.chain, &genesis, 3_600, 30);
    let rival = branch(&mut fed.node.chain, &genesis, 3_601, 33);
    give(&mut fed, &own);
    give(&mut fed, &rival[..31]);
    let stays = fed.node.chain.tip().hash;
    assert_eq!(stays, own[29].header.hash());
    // What comes meanwhile does not begin the wait anew.
    fed.pass(SPACING_MS / 2);
    give(&mut fed, &rival[31..32]);
    fed.pass(SPACING_MS / 2 - 1);
    assert_eq!(fed.node.chain.tip().hash, stays);
    fed.pass(1);
    assert_eq!(fed.node.chain.tip().hash, rival[31].header.hash());
    // It is the chain now: its next block needs no lead.
    give(&mut fed, &rival[32..]);
    assert_eq!(fed.node.chain.tip().hash, rival[32].header.hash());
    fed.feed(Input::Tick);
}
