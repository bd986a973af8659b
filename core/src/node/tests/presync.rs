//! Headers that are weighed before any is kept.

use super::{Fed, network};
use crate::block::Block;
use crate::chain::Point;
use crate::difficulty::required_bits;
use crate::hash::{BlockHash, MerkleRoot, PeerId};
use crate::header::Header;
use crate::miner;
use crate::node::Input;
use crate::params::{HEADER_VERSION, Params};
use crate::target::Work;
use crate::testing::block_on;
use crate::units::Timestamp;
use crate::wire::{MAX_HEADERS, Message};

const PEER: PeerId = PeerId([9; 32]);

/// Blocks of the node's own chain.
const OWN: usize = 2_100;

// A spacing apart, so that every block is worth the same.
pub(super) fn headers(params: &Params, count: usize, salt: u8) -> Vec<Header> {
    let mut at = Point::genesis(params);
    let mut headers = Vec::new();
    for _ in 0..count {
        let time = Timestamp(at.parent.time.0.max(1_700_000_000) + params.spacing);
        let mut header = Header {
            version: HEADER_VERSION,
            previous: at.hash,
            merkle_root: MerkleRoot([salt; 32]),
            time,
            bits: required_bits(params, &at.parent, time),
            nonce: 0,
        };
        let target = header.bits.target().unwrap().to_le_bytes();
        header.nonce = miner::search(&header.to_bytes()[..76], &target, 0, u32::MAX).unwrap();
        at = at.child(params, &header).unwrap();
        headers.push(header);
    }
    headers
}

// A node with a chain, and a peer that claims a heavier one and was asked for it.
fn asked() -> Fed {
    let params = network();
    let mut fed = Fed::new(&params);
    for _ in 0..OWN / 100 {
        let mut parent = fed.node.chain.tip().clone();
        let mut checked = Vec::new();
        for _ in 0..100 {
            let block: Block = block_on(&params, &parent, params.spacing, Vec::new());
            parent = fed.node.chain.insert_header(block.header).unwrap().clone();
            checked.push(fed.node.chain.check_body(block).unwrap().unwrap());
        }
        fed.node.extend(checked).unwrap();
    }
    fed.feed(Input::Tick);
    let work = fed.node.chain.tip().work;
    fed.meet(PEER, work.plus(work));
    assert!(asks(&mut fed).is_some());
    fed
}

// The locator of the last request for headers.
fn asks(fed: &mut Fed) -> Option<Vec<BlockHash>> {
    let sent = fed.sent(PEER);
    sent.into_iter().rev().find_map(|message| match message {
        Message::GetHeaders(locator) => Some(locator),
        _ => None,
    })
}

fn kept(fed: &Fed) -> usize {
    fed.node.chain.tree().missing()
}

#[test]
fn headers_of_a_light_chain_leave_nothing_behind() {
    let mut fed = asked();
    let light = headers(&network(), 1_500, 1);
    fed.hear(PEER, &Message::Headers(light[..MAX_HEADERS].to_vec()));
    assert_eq!(kept(&fed), 0);
    assert_eq!(asks(&mut fed), Some(vec![light[MAX_HEADERS - 1].hash()]));
    fed.hear(PEER, &Message::Headers(light[MAX_HEADERS..].to_vec()));
    assert_eq!(kept(&fed), 0);
    assert_eq!(asks(&mut fed), None, "what it claimed is not there");
    assert_eq!(fed.node.status(fed.now).peers, 1, "that is no fault");
    // The same, told unasked.
    for header in &light[..8] {
        fed.hear(PEER, &Message::Tip(vec![*header]));
    }
    assert_eq!(kept(&fed), 0);
}

#[test]
fn a_heavier_chain_that_begins_light_is_kept_in_a_second_pass() {
    let mut fed = asked();
    let heavy = headers(&network(), OWN + 300, 1);
    let genesis = network().network_id();
    let parts: Vec<_> = heavy.chunks(MAX_HEADERS).map(<[_]>::to_vec).collect();
    for part in &parts[..2] {
        fed.hear(PEER, &Message::Headers(part.clone()));
        assert_eq!(kept(&fed), 0);
        assert_eq!(asks(&mut fed), Some(vec![part[MAX_HEADERS - 1].hash()]));
    }
    fed.hear(PEER, &Message::Headers(parts[2].clone()));
    assert_eq!(kept(&fed), 0);
    assert_eq!(asks(&mut fed), Some(vec![genesis]), "it is heavier: again");
    for (number, part) in parts.iter().enumerate() {
        assert_eq!(kept(&fed), number * MAX_HEADERS);
        fed.hear(PEER, &Message::Headers(part.clone()));
    }
    assert_eq!(kept(&fed), heavy.len());
    let target = fed.node.target().unwrap();
    assert_eq!(target.hash, heavy.last().unwrap().hash());
}

#[test]
fn another_chain_in_the_second_pass_is_not_kept() {
    let mut fed = asked();
    let heavy = headers(&network(), OWN + 300, 1);
    for part in heavy.chunks(MAX_HEADERS) {
        fed.hear(PEER, &Message::Headers(part.to_vec()));
    }
    assert_eq!(asks(&mut fed), Some(vec![network().network_id()]));
    let other = headers(&network(), MAX_HEADERS, 2);
    fed.hear(PEER, &Message::Headers(other));
    assert_eq!(kept(&fed), 0);
    assert_eq!(asks(&mut fed), None);
}

#[test]
fn a_wrong_header_among_light_ones_is_found_though_none_is_kept() {
    let mut fed = asked();
    let mut light = headers(&network(), MAX_HEADERS, 1);
    light[500].time.0 += 1;
    fed.hear(PEER, &Message::Headers(light));
    assert_eq!(kept(&fed), 0);
    assert_eq!(fed.node.status(fed.now).peers, 0, "it is dropped");
    assert!(Work::ZERO < fed.node.chain.tip().work);
}
