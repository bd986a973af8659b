//! A chain of more headers than are taken at once, fetched from several peers.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::presync::headers;
use super::{Fed, network};
use crate::hash::{BlockHash, PeerId};
use crate::header::Header;
use crate::node::Output;
use crate::target::Target;
use crate::wire::{MAX_HEADERS, Message};

const PEERS: [PeerId; 2] = [PeerId([8; 32]), PeerId([9; 32])];

/// More than a node takes before it has fetched some of their bodies.
const LENGTH: usize = 12_000;

// Let a node take headers from both, who claim as much; gives of whom it asks bodies
// then. One may never answer.
fn asked_for_bodies(chain: &[Header], silent: Option<PeerId>) -> BTreeSet<PeerId> {
    let mut fed = Fed::new(&network());
    let places: BTreeMap<BlockHash, usize> = (chain.iter().map(Header::hash)).zip(1..).collect();
    for peer in PEERS {
        fed.meet(peer, Target::with_zero_bits(60).work());
    }
    let mut asked = BTreeSet::new();
    // No body comes, so that it ends when no more headers are wanted.
    for _ in 0..60 {
        let mut answers = VecDeque::new();
        for output in fed.owed() {
            let Output::Send { peer, frame } = output else {
                continue;
            };
            match Message::from_frame(&frame).unwrap() {
                Message::GetHeaders(locator) if silent != Some(peer) => {
                    let known = locator.iter().find_map(|hash| places.get(hash));
                    let after = chain[known.copied().unwrap_or(0)..].iter();
                    let headers = after.take(MAX_HEADERS).copied().collect();
                    answers.push_back((peer, Message::Headers(headers)));
                }
                Message::GetBlocks(_) => {
                    asked.insert(peer);
                }
                _ => {}
            }
        }
        for (peer, answer) in answers {
            fed.hear(peer, &answer);
        }
        fed.pass(100);
    }
    assert!(fed.node.target().unwrap().height.0 as usize >= LENGTH - 2 * MAX_HEADERS);
    asked
}

#[test]
fn both_that_have_a_chain_too_long_to_take_at_once_give_its_bodies() {
    let chain = headers(&network(), LENGTH, 1);
    assert_eq!(asked_for_bodies(&chain, None), BTreeSet::from(PEERS));
}

#[test]
fn one_that_claims_such_a_chain_and_is_silent_does_not_keep_the_other_from_giving_it() {
    let chain = headers(&network(), LENGTH, 1);
    let [silent, gives] = PEERS;
    assert_eq!(
        asked_for_bodies(&chain, Some(silent)),
        BTreeSet::from([gives])
    );
}
