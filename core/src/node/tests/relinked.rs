//! A link that replaces another to the same peer.

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
