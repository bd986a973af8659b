//! Peers that promise and do not give.

use tablon_core::hash::{BlockHash, TxId};
use tablon_core::keys::SecretKey;
use tablon_core::units::Height;
use tablon_core::wire::{MAX_IDS, Message};

use super::{Meeting, SECONDS, friendly, lives, meet, with_chain};
use crate::faults::{Bodies, Forge, boast, headers_alone, only_pongs, post};
use crate::seeds::seeds;

#[test]
pub(super) fn a_stalling_peer_does_not_stop_the_fetch() {
    seeds("a_stalling_peer_does_not_stop_the_fetch", 3, |seed| {
        let (mut world, honest, forge, blocks) = with_chain(seed, 400);
        world.relay.up = false;
        let late = world.tab();
        let hello = forge.hello();
        let mut liar = forge.hello();
        boast(&mut liar);
        let headers = |bodies| headers_alone(&blocks, bodies);
        // One claims work beyond all and never answers, one gives the headers and
        // has no body, one gives the headers and is silent.
        for (hello, script) in [
            (&liar, only_pongs()),
            (&hello, headers(Bodies::Absent)),
            (&hello, headers(Bodies::Silent)),
        ] {
            let puppet = world.puppet(script);
            world.link(late, puppet);
            world.send_as(puppet, late, Message::Hello(hello.clone()).to_frame());
        }
        world.run(2_000);
        assert_eq!(world.tip(late).0, Height(0));
        let begun = world.now;
        world.link(honest, late);
        world.run_until(90_000, "the whole chain", |world| world.agreed());
        let took = world.now - begun;
        assert!(took < 60_000, "{took} ms with three that stall");
        // Those who never gave anything are gone in the end.
        world.run_until(120_000, "the liar is dropped", |world| {
            world.status(late).peers <= 3
        });
        world.must_be_sound();
    });
}

#[test]
pub(super) fn a_peer_that_gives_a_block_now_and_then_does_not_set_the_pace() {
    let (mut world, honest, forge, blocks) = with_chain(1, 300);
    world.relay.up = false;
    let late = world.tab();
    let slow = world.puppet(headers_alone(&blocks, Bodies::Silent));
    world.link(late, slow);
    world.send_as(slow, late, Message::Hello(forge.hello()).to_frame());
    world.run(1_000);
    world.link(honest, late);
    let begun = world.now;
    let mut given = 0;
    while !world.agreed() {
        assert!(world.now - begun < 240_000, "{}", world.summary());
        world.run(13_000);
        // The oldest that it was asked for and has not given.
        let asked: Vec<BlockHash> = (world.heard(slow).iter())
            .filter_map(|message| match message {
                Message::GetBlocks(hashes) => Some(hashes.clone()),
                _ => None,
            })
            .flatten()
            .collect();
        let next = asked.get(given).copied();
        let next = next.and_then(|hash| blocks.iter().find(|block| block.header.hash() == hash));
        if let Some(block) = next {
            given += 1;
            let frame = Message::Block(Box::new(block.clone())).to_frame();
            world.send_as(slow, late, frame);
        }
    }
    assert_eq!(world.why_closed(late, slow), None, "slow is not silent");
}

#[test]
pub(super) fn bodies_whose_first_ancestor_never_comes_give_way_to_another_chain() {
    let (mut world, honest, _, blocks) = with_chain(14, 200);
    world.relay.up = false;
    let late = world.tab();
    // Heavier, and all of it there but the first body.
    let mut rival = Forge::new(&world.params);
    let hidden = rival.grow(400, SECONDS - 3);
    let withheld = hidden[0].header.hash();
    let mut gives = friendly(&hidden);
    let puppet = world.puppet(Box::new(move |message, answers| {
        gives(message, answers);
        let first = |answer: &Message| matches!(answer, Message::Block(block) if block.header.hash() == withheld);
        answers.retain(|answer| !first(answer));
    }));
    world.link(late, puppet);
    world.send_as(puppet, late, Message::Hello(rival.hello()).to_frame());
    world.link(late, honest);
    let begun = world.now;
    let honest_tip = blocks[199].header.hash();
    world.run_until(120_000, "the honest chain is taken", |world| {
        world.tip(late).1 == honest_tip
    });
    let took = world.now - begun;
    // It is given two times 15 s.
    assert!(took < 40_000, "{took} ms");
}

#[test]
pub(super) fn a_peer_that_announces_and_gives_nothing_is_asked_little_and_holds_up_itself() {
    let mut meeting = meet(11, only_pongs());
    for part in 0..8u32 {
        let ids = (0..MAX_IDS as u32).map(|number| {
            let mut id = [0; 32];
            id[..4].copy_from_slice(&(part * 1_000 + number).to_le_bytes());
            TxId(id)
        });
        meeting.say(&Message::Inventory(ids.collect()));
    }
    let asked = |meeting: &Meeting| {
        let heard = meeting.world.heard(meeting.puppet).iter();
        let of_each = heard.map(|message| match message {
            Message::GetTransactions(ids) => ids.len(),
            _ => 0,
        });
        of_each.sum::<usize>()
    };
    meeting.world.run(1_000);
    let share = tablon_core::node::MAX_WANTED / tablon_core::node::MAX_NEIGHBOURS;
    assert_eq!(asked(&meeting), share);
    // One share at a time, and at most what was remembered of it.
    meeting.world.run(5_000);
    assert_eq!(asked(&meeting), 2 * share);
    meeting.world.run(200_000);
    assert_eq!(asked(&meeting), 2_048 + share);
    for number in 0..512u32 {
        let mut id = [1; 32];
        id[..4].copy_from_slice(&number.to_le_bytes());
        meeting.say(&Message::Inventory(vec![TxId(id)]));
    }
    lives(&mut meeting.world, meeting.tab);
}

#[test]
pub(super) fn a_post_that_one_peer_announces_and_withholds_is_asked_of_another() {
    let key = SecretKey::from_seed([0x77; 32]);
    let mut meeting = meet(12, only_pongs());
    let transaction = post(&meeting.forge.params, &key, 0, "hola");
    let id = transaction.id();
    meeting.say(&Message::Inventory(vec![id]));
    meeting.world.run(500);
    let given = transaction.clone();
    let mut pong = only_pongs();
    let (world, tab) = (&mut meeting.world, meeting.tab);
    let second = world.puppet(Box::new(move |message, answers| {
        pong(message, answers);
        if let Message::GetTransactions(ids) = message {
            assert_eq!(ids, &[id]);
            answers.push(Message::Transactions(vec![given.clone()]));
        }
    }));
    world.link(tab, second);
    world.run(100);
    world.send_as(
        second,
        tab,
        Message::Hello(meeting.forge.hello()).to_frame(),
    );
    world.send_as(second, tab, Message::Inventory(vec![id]).to_frame());
    world.run(8_000);
    assert_eq!(world.pending(tab), [id]);
}

#[test]
pub(super) fn pongs_that_stop_end_the_acquaintance_without_a_cool_off() {
    let mut left = 2;
    let mut meeting = meet(
        15,
        Box::new(move |message, answers| {
            if let Message::Ping(number) = message
                && left > 0
            {
                left -= 1;
                answers.push(Message::Pong(*number));
            }
        }),
    );
    meeting.world.run(60_000);
    let why = meeting.why().expect("it was dropped").to_owned();
    assert!(why.contains("did not answer within 15 s, 1 times"), "{why}");
    // Silence is no malice: it may come back.
    meeting.world.link(meeting.tab, meeting.puppet);
    meeting.world.run(1_000);
    assert!(meeting.world.linked(meeting.tab, meeting.puppet));
}
