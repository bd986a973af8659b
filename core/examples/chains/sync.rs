//! A first sync from two peers, in one process: what the newcomer spends its time
//! on. Its clock goes on by the time that its own steps take.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tablon_core::chain::{Chain, MAX_MISSING};
use tablon_core::hash::PeerId;
use tablon_core::node::{Input, LinkEvent, LinkOrigin, Node, Output};
use tablon_core::rules::verify;
use tablon_core::store::MemoryBackend;
use tablon_core::units::Height;
use tablon_core::view::LinkKind;
use tablon_core::wire::Message;

use crate::board::{Tallied, Unflushed, easy_network};
use crate::opening::{after_all, config};
use crate::{own_time, tell};

/// Blocks whose signatures a node checks together in a first sync.
const BATCH: usize = 96;

struct Party {
    node: Node,
    id: PeerId,
    wake: u64,
    spent: Duration,
}

/// Sync from copies of the chain at `path`.
pub(crate) fn measure(path: &Path) {
    let signatures = stages(path);
    let copies = ["first", "second"].map(|name| path.with_extension(name));
    for copy in &copies {
        std::fs::copy(path, copy).expect("a disk with room");
    }
    let mut queue: VecDeque<(usize, Input)> = VecDeque::new();
    let mut now = after_all();
    let mut parties: Vec<Party> = Vec::new();
    for who in 0..3 {
        let config = config(who + 1);
        let opened = match copies.get(usize::from(who)) {
            Some(copy) => Node::open(config, Unflushed::open(copy), now),
            None => Node::open(config, MemoryBackend::default(), now),
        };
        let (node, _) = opened.expect("a sound store");
        parties.push(Party {
            id: node.key().public().peer_id(),
            node,
            wake: now.0,
            spent: Duration::ZERO,
        });
    }
    let want = parties[0].node.status(now).height;
    for giver in 0..2 {
        let calls = [
            (2, LinkOrigin::Outbound),
            (giver, LinkOrigin::Inbound(None)),
        ];
        for (to, origin) in calls {
            let of = giver + 2 - to;
            let (peer, link) = (parties[of].id, LinkKind::Local);
            queue.push_back((to, Input::Link(LinkEvent::Up { peer, link, origin })));
        }
    }
    let mut shown = 0;
    let (mut requests, mut given) = (0, [0; 2]);
    while parties[2].node.status(now).height < want {
        let (to, input) = queue.pop_front().unwrap_or_else(|| {
            let next = (0..3).min_by_key(|who| parties[*who].wake);
            let next = next.expect("there are three");
            now.0 = now.0.max(parties[next].wake);
            (next, Input::Tick)
        });
        let party = &mut parties[to];
        let start = own_time();
        let outputs = party.node.step(now, input);
        party.spent += own_time() - start;
        if to == 2 {
            // The others run beside it.
            now.0 = after_all().0.max(now.0) + (own_time() - start).as_millis() as u64;
        }
        let from = party.id;
        for output in outputs {
            match output {
                Output::Send { peer, frame } => {
                    match Message::from_frame(&frame) {
                        Ok(Message::GetBlocks(_)) => requests += 1,
                        Ok(Message::Block(_)) => given[to] += 1,
                        _ => {}
                    }
                    let to = parties.iter().position(|party| party.id == peer);
                    let input = Input::Link(LinkEvent::Received { peer: from, frame });
                    queue.extend(to.map(|to| (to, input)));
                }
                Output::WakeAt(at) => parties[to].wake = at.0,
                Output::Disconnect { reason, .. } | Output::Stop { reason, .. } => {
                    panic!("{reason}");
                }
                Output::Show(_) if to == 2 => shown += 1,
                _ => {}
            }
        }
    }
    let what = format!("native: {want} blocks synchronised from two peers");
    tell(&what, parties[2].spent.as_millis(), "ms");
    let share = signatures.as_millis() * 100 / parties[2].spent.as_millis();
    tell("native: of it signatures", share, "%");
    tell("native: of it shown to the page", shown, "messages");
    tell("native: of it asking for bodies", requests, "messages");
    let fewer = given[0].min(given[1]) * 100 / (given[0] + given[1]);
    let what = "native: bodies that came from the peer that gave fewer";
    tell(what, fewer, "%");
    for copy in &copies {
        std::fs::remove_file(copy).expect("its own file");
    }
}

// The parts of it one by one, on the same blocks; gives the signatures' time.
fn stages(path: &Path) -> Duration {
    let giver = Chain::open(easy_network(), Unflushed::open(path)).expect("a sound store");
    let height = giver.tip().height;
    assert!(
        height.0 as usize <= MAX_MISSING,
        "a chain of {height} blocks: here all headers are checked before any body is taken, \
         and a node holds {MAX_MISSING} without one"
    );
    let views = giver.read().expect("a sound store");
    let heights = (1..=height.0).map(Height);
    let entries = heights.map(|height| giver.at(height).expect("up to the tip"));
    let entries: Vec<_> = entries.collect();
    let frames: Vec<_> = (entries.iter())
        .map(|entry| {
            views
                .body(entry.height, entry.header)
                .expect("a held block")
        })
        .map(|block| Message::Block(Box::new(block)).to_frame())
        .collect();
    let (backend, written) = Tallied::over(MemoryBackend::default());
    let mut chain = Chain::open(easy_network(), backend).expect("a new store");
    let (blocks, _): (Vec<_>, _) = timed("decoded", || {
        let read = |frame: &Vec<u8>| match Message::from_frame(frame) {
            Ok(Message::Block(block)) => *block,
            other => panic!("{other:?}"),
        };
        frames.iter().map(read).collect()
    });
    timed("their headers checked", || {
        for block in &blocks {
            chain.insert_header(block.header).expect("a sound header");
        }
    });
    timed("their bodies hashed", || {
        for block in &blocks {
            assert_eq!(block.merkle_root(), block.header.merkle_root);
        }
    });
    timed("their signatures checked one by one", || {
        for transaction in blocks.iter().flat_map(|block| &block.transactions) {
            assert!(transaction.is_signed(transaction.id()));
        }
    });
    let (well_formed, _): (Vec<_>, _) = timed("their bodies checked, but for signatures", || {
        let checked = blocks
            .into_iter()
            .map(|block| chain.well_formed_body(block));
        let checked = checked.map(|block| block.expect("a known header"));
        checked.map(|block| block.expect("a sound block")).collect()
    });
    let batches: Vec<_> = (well_formed.chunks(BATCH)).map(<[_]>::to_vec).collect();
    let (checked, signatures): (Vec<_>, _) = timed("their signatures checked in batches", || {
        let verdicts = batches.into_iter().map(|batch| verify(&[1; 32], batch));
        let checked = verdicts.map(|batch| batch.into_iter().map(|block| block.expect("sound")));
        checked.map(|batch| batch.collect::<Vec<_>>()).collect()
    });
    timed("put on the chain", || {
        for batch in checked {
            chain.extend(batch).expect("memory does not fail");
        }
    });
    assert_eq!(chain.tip().height, height);
    let written = written.load(Ordering::Relaxed);
    tell("native: blocks written", written.into(), "bytes");
    signatures
}

fn timed<T>(what: &str, work: impl FnOnce() -> T) -> (T, Duration) {
    let start = own_time();
    let done = work();
    let took = own_time() - start;
    tell(&format!("native: blocks {what}"), took.as_millis(), "ms");
    (done, took)
}
