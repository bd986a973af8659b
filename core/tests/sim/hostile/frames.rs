//! Frames that break the protocol.

use tablon_core::hash::{BlockHash, PeerId, TxId};
use tablon_core::keys::SecretKey;
use tablon_core::params::Params;
use tablon_core::target::CompactTarget;
use tablon_core::units::Timestamp;
use tablon_core::wire::{
    MAX_ANNOUNCED, MAX_BLOCKS, MAX_FRAME, MAX_HEADERS, MAX_IDS, MAX_LOCATOR, MAX_NEIGHBOURS,
    MAX_TRANSACTIONS, Message,
};

use super::{Meeting, SECONDS, lives, meet, meet_without_hello};
use crate::faults::{only_pongs, post, seal, unsolve};

type Frames = Box<dyn Fn(&mut Meeting) -> Vec<Vec<u8>>>;

fn messages(make: impl Fn(&mut Meeting) -> Vec<Message> + 'static) -> Frames {
    Box::new(move |meeting| make(meeting).iter().map(Message::to_frame).collect())
}

/// Each costs its sender the acquaintance, for the reason told, and changes
/// nothing else.
fn must_each_be_dropped(cases: Vec<(&str, Frames)>) {
    for (place, (reason, frames)) in cases.into_iter().enumerate() {
        let mut meeting = meet(place as u64, only_pongs());
        for frame in frames(&mut meeting) {
            meeting.send(frame);
        }
        meeting.must_be_dropped(reason);
    }
}

#[test]
pub(super) fn frames_that_do_not_read() {
    must_each_be_dropped(vec![
        (
            "a frame does not read",
            Box::new(|_| vec![b"GET / HTTP/1.1".to_vec()]),
        ),
        ("a frame does not read", Box::new(|_| vec![Vec::new()])),
        ("bytes, at most", Box::new(|_| vec![vec![0; MAX_FRAME + 1]])),
        (
            "not the canonical form",
            Box::new(|_| vec![vec![1, 0x85, 0x00]]),
        ),
    ]);
}

#[test]
pub(super) fn a_second_hello() {
    must_each_be_dropped(vec![(
        "said once",
        messages(|meeting| vec![Message::Hello(meeting.forge.hello())]),
    )]);
}

#[test]
pub(super) fn answers_that_nobody_asked_for() {
    must_each_be_dropped(vec![
        (
            "was not asked for",
            messages(|meeting| {
                let block = meeting.next_block();
                vec![Message::Block(Box::new(block))]
            }),
        ),
        (
            "headers came that were not asked for",
            messages(|_| vec![Message::Headers(Vec::new()), Message::Headers(Vec::new())]),
        ),
        (
            "a pong answers no ping",
            messages(|_| vec![Message::Pong(1), Message::Pong(1)]),
        ),
    ]);
}

#[test]
pub(super) fn headers_that_break_a_rule() {
    must_each_be_dropped(vec![
        (
            "is above its target",
            messages(|meeting| {
                let mut block = meeting.next_block();
                unsolve(&mut block);
                vec![Message::Tip(vec![block.header])]
            }),
        ),
        (
            "its parent and time require",
            messages(|meeting| {
                let mut block = meeting.next_block();
                block.header.bits = CompactTarget(0x207f_fffe);
                seal(&mut block);
                vec![Message::Tip(vec![block.header])]
            }),
        ),
        (
            "is not after its parent's",
            messages(|meeting| {
                let mut block = meeting.next_block();
                block.header.time = Timestamp(SECONDS - 5);
                seal(&mut block);
                vec![Message::Tip(vec![block.header])]
            }),
        ),
        (
            "lacks 0x20000000",
            messages(|meeting| {
                let mut block = meeting.next_block();
                block.header.version = 2;
                seal(&mut block);
                vec![Message::Tip(vec![block.header])]
            }),
        ),
    ]);
}

#[test]
pub(super) fn headers_that_do_not_follow_each_other() {
    must_each_be_dropped(vec![(
        "does not follow",
        messages(|meeting| {
            let headers = meeting.blocks.iter().map(|block| block.header);
            vec![Message::Tip(headers.rev().collect())]
        }),
    )]);
}

#[test]
pub(super) fn posts_that_break_a_rule() {
    let key = || SecretKey::from_seed([0x77; 32]);
    must_each_be_dropped(vec![
        (
            "is not by its author",
            messages(move |meeting| {
                let mut bad = post(&meeting.forge.params, &key(), 0, "hola");
                bad.signature.0[3] ^= 1;
                vec![Message::Transactions(vec![bad])]
            }),
        ),
        (
            "is for network",
            messages(move |_| {
                let other = Params {
                    name: "another".into(),
                    ..crate::net::easy_network()
                };
                vec![Message::Transactions(vec![post(&other, &key(), 0, "hola")])]
            }),
        ),
        (
            "the body is empty",
            messages(move |meeting| {
                let bad = post(&meeting.forge.params, &key(), 0, " ");
                vec![Message::Transactions(vec![bad])]
            }),
        ),
    ]);
}

#[test]
pub(super) fn lists_longer_than_allowed() {
    let hash = BlockHash([5; 32]);
    let id = TxId([6; 32]);
    let key = || SecretKey::from_seed([0x77; 32]);
    must_each_be_dropped(vec![
        (
            "49 hashes in a locator, at most 48",
            messages(move |_| vec![Message::GetHeaders(vec![hash; MAX_LOCATOR + 1])]),
        ),
        (
            "1001 headers, at most 1000",
            messages(|meeting| {
                vec![Message::Headers(vec![
                    meeting.blocks[0].header;
                    MAX_HEADERS + 1
                ])]
            }),
        ),
        (
            "9 headers of a tip, at most 8",
            messages(|meeting| {
                vec![Message::Tip(vec![
                    meeting.blocks[0].header;
                    MAX_ANNOUNCED + 1
                ])]
            }),
        ),
        (
            "9 neighbours, at most 8",
            messages(|_| {
                vec![Message::Neighbours(vec![
                    PeerId([4; 32]);
                    MAX_NEIGHBOURS + 1
                ])]
            }),
        ),
        (
            "17 blocks wanted, at most 16",
            messages(move |_| vec![Message::GetBlocks(vec![hash; MAX_BLOCKS + 1])]),
        ),
        (
            "17 absent blocks, at most 16",
            messages(move |_| vec![Message::Absent(vec![hash; MAX_BLOCKS + 1])]),
        ),
        (
            "513 ids, at most 512",
            messages(move |_| vec![Message::Inventory(vec![id; MAX_IDS + 1])]),
        ),
        (
            "513 transactions wanted, at most 512",
            messages(move |_| vec![Message::GetTransactions(vec![id; MAX_IDS + 1])]),
        ),
        (
            "129 transactions, at most 128",
            messages(move |meeting| {
                let one = post(&meeting.forge.params, &key(), 0, "a");
                vec![Message::Transactions(vec![one; MAX_TRANSACTIONS + 1])]
            }),
        ),
    ]);
}

#[test]
pub(super) fn more_requests_than_the_bucket_holds() {
    let hash = BlockHash([5; 32]);
    let id = TxId([6; 32]);
    must_each_be_dropped(vec![
        (
            "it asks for more than",
            messages(move |_| vec![Message::GetHeaders(vec![hash]); 250]),
        ),
        (
            "it asks for more than",
            messages(move |_| vec![Message::GetTransactions(vec![id; MAX_IDS]); 60]),
        ),
        (
            "it asks for more than",
            messages(|_| vec![Message::Ping(1); 2_500]),
        ),
    ]);
}

#[test]
pub(super) fn a_bad_hello_or_none_ends_the_acquaintance() {
    let bad = |change: fn(&mut tablon_core::wire::Hello)| {
        let mut meeting = meet_without_hello(3, only_pongs());
        let mut hello = meeting.forge.hello();
        change(&mut hello);
        meeting.say(&Message::Hello(hello));
        meeting
    };
    bad(|hello| hello.network = BlockHash([1; 32])).must_be_dropped("it is of network 0101");
    bad(|hello| hello.protocol = 1).must_be_dropped("it speaks protocol 1, this node speaks 2");

    // What comes before it is for an older link, and not heard.
    let mut meeting = meet_without_hello(4, only_pongs());
    meeting.say(&Message::Ping(1));
    meeting.world.run(1_000);
    let heard = meeting.world.heard(meeting.puppet);
    assert!(matches!(heard, [Message::Hello(_)]), "{heard:?}");
    meeting.world.run(30_000);
    let why = meeting.why().unwrap();
    assert!(why.contains("did not answer within 15 s, 1 times"), "{why}");
    lives(&mut meeting.world, meeting.tab);
}
