//! Bodies of a long fetch, whose signatures are verified together.

use std::collections::{BTreeMap, VecDeque};

use super::{Fed, network};
use crate::block::Block;
use crate::chain::Tree;
use crate::hash::{BlockHash, PeerId};
use crate::node::{MAX_PER_PEER, Output};
use crate::target::Target;
use crate::testing::{author, block_on, post, seal};
use crate::units::Height;
use crate::wire::Message;

const PEERS: [PeerId; 2] = [PeerId([8; 32]), PeerId([9; 32])];

/// Blocks of the chain that is fetched.
const LENGTH: u32 = 150;

// A chain with a post in every block; that of the block at `unsound` is not its
// author's, and the block commits to it as it is.
fn chain(unsound: Option<u32>) -> Vec<Block> {
    let params = network();
    let mut tree = Tree::new(params.clone());
    let mut blocks = Vec::new();
    for number in 0..LENGTH {
        let parent = tree.heaviest().clone();
        let posts = vec![post(&params, &author(1), number, "hola")];
        let mut block = block_on(&params, &parent, params.spacing, posts);
        if unsound == Some(number + 1) {
            block.transactions[0].signature.0[40] ^= 1;
            seal(&mut block);
        }
        tree.insert(block.header).unwrap();
        blocks.push(block);
    }
    blocks
}

struct Fetched {
    fed: Fed,
    /// Who gave what.
    givers: BTreeMap<BlockHash, PeerId>,
    /// Who was disconnected for what.
    gone: Vec<(PeerId, String)>,
    /// Messages that asked for bodies.
    requests: usize,
}

// Let a node fetch them from two peers that have them all.
fn fetch(blocks: &[Block]) -> Fetched {
    let mut fed = Fed::new(&network());
    let bodies: BTreeMap<_, _> = (blocks.iter())
        .map(|block| (block.header.hash(), block))
        .collect();
    let headers: Vec<_> = blocks.iter().map(|block| block.header).collect();
    for peer in PEERS {
        fed.meet(peer, Target::with_zero_bits(60).work());
    }
    let (mut givers, mut gone, mut requests) = (BTreeMap::new(), Vec::new(), 0);
    let mut asked: VecDeque<(PeerId, BlockHash)> = VecDeque::new();
    // Until nothing has been asked for in a second.
    let mut quiet = 0;
    while quiet < 10 {
        for output in fed.owed() {
            match output {
                Output::Send { peer, frame } => match Message::from_frame(&frame).unwrap() {
                    Message::GetHeaders(_) => {
                        fed.hear(peer, &Message::Headers(headers.clone()));
                    }
                    Message::GetBlocks(hashes) => {
                        requests += 1;
                        asked.extend(hashes.into_iter().map(|hash| (peer, hash)));
                    }
                    _ => {}
                },
                Output::Disconnect { peer, reason } => gone.push((peer, reason)),
                _ => {}
            }
        }
        match asked.pop_front() {
            Some((peer, hash)) => {
                quiet = 0;
                givers.insert(hash, peer);
                fed.hear(peer, &Message::Block(Box::new(bodies[&hash].clone())));
            }
            None => {
                quiet += 1;
                fed.pass(100);
            }
        }
    }
    Fetched {
        fed,
        givers,
        gone,
        requests,
    }
}

#[test]
fn a_long_chain_is_taken_with_its_signatures_verified_together() {
    let blocks = chain(None);
    let Fetched { fed, gone, .. } = fetch(&blocks);
    assert_eq!(gone, []);
    assert_eq!(
        fed.node.chain.tip().hash,
        blocks.last().unwrap().header.hash()
    );
}

#[test]
fn bodies_of_a_long_chain_are_asked_for_several_in_a_message() {
    let blocks = chain(None);
    let requests = fetch(&blocks).requests;
    // Half a window each, but for the last ones.
    let most = blocks.len() / (MAX_PER_PEER / 2) + 2 * PEERS.len();
    assert!(requests <= most, "{requests} requests, at most {most}");
}

#[test]
fn an_unsound_signature_in_a_long_fetch_costs_its_giver_the_link_and_condemns_the_block() {
    let blocks = chain(Some(40));
    let unsound = blocks[39].header.hash();
    let Fetched {
        fed, givers, gone, ..
    } = fetch(&blocks);
    let id = blocks[39].transactions[0].id().to_string();
    let (peer, reason) = &gone[0];
    assert_eq!(*peer, givers[&unsound]);
    assert!(
        reason.contains(&id) && reason.contains("signature"),
        "{reason}"
    );
    assert!(fed.node.chain.tree().is_invalid(unsound));
    assert_eq!(fed.node.chain.tip().height, Height(39));
}

// A node that holds such a chain, and a peer that asks it so often, three times a
// millisecond, always for the next of these; gives how many came, and why it was
// disconnected.
fn ask(fed: &mut Fed, times: u32, wanted: &[BlockHash]) -> (u32, Option<String>) {
    let [peer, _] = PEERS;
    let (mut came, mut gone) = (0, None);
    for (number, hash) in (0..times).zip(wanted.iter().cycle()) {
        fed.hear(peer, &Message::GetBlocks(vec![*hash]));
        if number % 3 == 0 {
            fed.pass(1);
        }
        for output in fed.owed() {
            match output {
                Output::Send { peer: to, frame } if to == peer => {
                    match Message::from_frame(&frame).unwrap() {
                        Message::Block(_) => came += 1,
                        Message::Ping(number) => fed.hear(peer, &Message::Pong(number)),
                        _ => {}
                    }
                }
                Output::Disconnect { peer: who, reason } if who == peer => gone = Some(reason),
                _ => {}
            }
        }
        if gone.is_some() {
            break;
        }
    }
    (came, gone)
}

#[test]
fn who_takes_blocks_as_fast_as_they_are_given_does_not_ask_too_fast() {
    let blocks = chain(None);
    let mut fed = fetch(&blocks).fed;
    let held: Vec<_> = blocks.iter().map(|block| block.header.hash()).collect();
    assert_eq!(ask(&mut fed, 40_000, &held), (40_000, None));
}

#[test]
fn who_asks_without_end_for_blocks_that_are_not_there_asks_too_fast() {
    let blocks = chain(None);
    // Genesis is held, and is given to nobody.
    for absent in [BlockHash([7; 32]), network().genesis().hash()] {
        let mut fed = fetch(&blocks).fed;
        let (came, gone) = ask(&mut fed, 40_000, &[absent]);
        assert_eq!(came, 0);
        let reason = gone.expect("it is disconnected");
        assert!(reason.contains("20000 units of work"), "{reason}");
    }
}

#[test]
fn who_was_asked_three_times_may_answer_three_times_and_no_more() {
    let block = chain(None).swap_remove(0);
    let hash = block.header.hash();
    let mut fed = Fed::new(&network());
    let [peer, _] = PEERS;
    fed.meet(peer, Target::with_zero_bits(60).work());
    fed.hear(peer, &Message::Tip(vec![block.header]));
    // A tab that is frozen for a while.
    let (mut asked, mut gone) = (0, None);
    let mut look = |fed: &mut Fed, asked: &mut u32| {
        for output in fed.owed() {
            if let Output::Disconnect { reason, .. } = output {
                gone = Some(reason);
            } else if let Output::Send { frame, .. } = output {
                let message = Message::from_frame(&frame).unwrap();
                if let Message::Ping(number) = message {
                    fed.hear(peer, &Message::Pong(number));
                } else if let Message::GetBlocks(wanted) = message {
                    *asked += u32::from(wanted.contains(&hash));
                }
            }
        }
        gone.clone()
    };
    for _ in 0..600 {
        assert_eq!(look(&mut fed, &mut asked), None);
        if asked == 3 {
            break;
        }
        fed.pass(100);
    }
    assert_eq!(asked, 3);
    for _ in 0..3 {
        fed.hear(peer, &Message::Block(Box::new(block.clone())));
        assert_eq!(look(&mut fed, &mut asked), None);
    }
    fed.hear(peer, &Message::Block(Box::new(block)));
    let reason = look(&mut fed, &mut asked).expect("a fourth is an attack");
    assert!(reason.contains("was not asked for"), "{reason}");
}
