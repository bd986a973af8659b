//! Headers that were held back, over a newer link and by a clock that was set.

use super::{Fed, network};
use crate::hash::PeerId;
use crate::node::Output;
use crate::target::Work;
use crate::testing::block_on;
use crate::units::Height;
use crate::wire::Message;

const PEER: PeerId = PeerId([10; 32]);

#[test]
fn what_an_earlier_link_told_may_fall_due_before_the_newer_ones_hello() {
    let mut fed = Fed::new(&network());
    fed.meet(PEER, Work::ZERO);
    // 30 s ahead of the clock; two spacings, 20 s, may be.
    let early = block_on(&network(), fed.node.chain.tip(), 100_000_030, Vec::new());
    fed.hear(PEER, &Message::Tip(vec![early.header]));
    fed.link(PEER);
    fed.owed();
    fed.pass(11_000);
    assert!(fed.node.chain.tree().contains(early.header.hash()));
    assert_eq!(fed.sent(PEER), [], "it has not said its hello");
    fed.greet(PEER, Work::ZERO);
    let ended = |output: &Output| matches!(output, Output::Disconnect { .. });
    let outputs = fed.owed();
    assert!(!outputs.iter().any(ended), "{outputs:?}");
    fed.hear(PEER, &Message::Tip(vec![early.header]));
    let claim = fed.node.peers[&PEER].claim;
    assert_eq!(
        claim.map(|claim| claim.height),
        Some(Height(1)),
        "heard again"
    );
}

#[test]
fn what_was_held_back_by_a_wrong_clock_is_measured_by_the_one_that_was_set() {
    let mut fed = Fed::new(&network());
    fed.meet(PEER, Work::ZERO);
    let early = block_on(&network(), fed.node.chain.tip(), 100_000_060, Vec::new());
    fed.hear(PEER, &Message::Tip(vec![early.header]));
    // 60 s ahead; by the clock that is set right, 20 s: due.
    fed.pass(40_000);
    let hash = early.header.hash();
    assert!(fed.node.chain.tree().contains(hash));
    assert_eq!(fed.node.time.held_back, [(hash, 20)]);
}
