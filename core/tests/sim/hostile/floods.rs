//! More of everything than a node can bear.

use tablon_core::hash::BlockHash;
use tablon_core::keys::SecretKey;
use tablon_core::wire::Message;

use super::{SECONDS, give_chain};
use crate::faults::{Forge, only_pongs, post};
use crate::net::World;

fn lives_with_posts(world: &mut World, tab: usize) {
    let friend = world.tab();
    world.run_until(120_000, "another tab comes and has the chain", |world| {
        world.linked(tab, friend) && world.agreed()
    });
}

#[test]
pub(super) fn requests_for_blocks_are_served_at_a_bearable_rate_and_not_without_end() {
    let key = SecretKey::from_seed([0x77; 32]);
    let mut world = World::new(8);
    let tab = world.tab();
    let mut forge = Forge::new(&world.params);
    // Thirty-two blocks of some 100 KiB.
    let mut blocks = Vec::new();
    for number in 0..32 {
        let posts = (0..25)
            .map(|seq| post(&forge.params, &key, number * 25 + seq, &"x".repeat(4_000)))
            .collect();
        let parent = forge.chain.tip().clone();
        let block = forge.block(&parent, SECONDS - 400 + number * 10, posts);
        forge.keep(&block);
        blocks.push(block);
    }
    give_chain(&mut world, tab, &forge, &blocks);
    let greedy = world.puppet(only_pongs());
    world.link(tab, greedy);
    world.send_as(greedy, tab, Message::Hello(forge.hello()).to_frame());
    world.run(500);
    let hashes: Vec<BlockHash> = blocks.iter().map(|block| block.header.hash()).collect();
    let ask = |world: &mut World| {
        let half = Message::GetBlocks(hashes[..16].to_vec());
        world.send_as(greedy, tab, half.to_frame());
    };
    // As often as it likes, but not more than four requests at once.
    let before = world.traffic.0;
    for _ in 0..4 {
        ask(&mut world);
    }
    world.run(600);
    let given = world.traffic.0 - before;
    assert!(given < 7 << 20, "{given} bytes at once");
    world.run(2_000);
    assert!(world.linked(tab, greedy));
    let given = world.traffic.0 - before;
    assert!(given > 6 << 20, "{given} bytes in the end");
    for _ in 0..10 {
        ask(&mut world);
    }
    world.run(1_000);
    let why = world.why_closed(tab, greedy).expect("it was dropped");
    assert!(why.contains("blocks wanted at once, at most 64"), "{why}");
    lives_with_posts(&mut world, tab);
}

#[test]
pub(super) fn a_flood_of_posts_fills_the_pool_to_its_bound_and_a_newcomer_is_told_of_all() {
    let mut world = World::new(9);
    let tab = world.tab();
    let forge = Forge::new(&world.params);
    let flooder = world.puppet(only_pongs());
    world.link(tab, flooder);
    world.send_as(flooder, tab, Message::Hello(forge.hello()).to_frame());
    world.run(500);
    // 3,000 posts are more than a peer is asked for at once, or remembered to know.
    let mut sent = 0;
    for who in 0..75u8 {
        let key = SecretKey::from_seed([who; 32]);
        let posts: Vec<_> = (0..40)
            .map(|seq| post(&forge.params, &key, seq, "flood"))
            .collect();
        sent += posts.len() as u32;
        let frame = Message::Transactions(posts).to_frame();
        world.send_as(flooder, tab, frame);
        world.run(100);
    }
    assert_eq!(world.status(tab).pending, sent);
    let newcomer = world.tab();
    world.run_until(30_000, "the newcomer has them all", |world| {
        world.status(newcomer).pending == sent
    });
    world.mine(tab, 100);
    world.run_until(600_000, "the flood is mined", |world| {
        world.status(newcomer).pending == 0 && world.agreed()
    });
    world.no_honest_tab_was_punished();
}

#[test]
pub(super) fn a_storm_of_posts_sets_no_honest_tabs_against_each_other() {
    let mut world = World::new(13);
    let tabs: Vec<_> = (0..4).map(|_| world.tab()).collect();
    world.run(10_000);
    world.relay.up = false;
    let forge = Forge::new(&world.params);
    let mut storm = Vec::new();
    for who in &tabs[..2] {
        let puppet = world.puppet(only_pongs());
        world.link(*who, puppet);
        world.send_as(puppet, *who, Message::Hello(forge.hello()).to_frame());
        storm.push((puppet, *who));
    }
    world.run(1_000);
    // As fast as their buckets allow: 20,000 units at once, 8 a post.
    let mut sent = 0;
    for (place, (puppet, tab)) in storm.into_iter().enumerate() {
        for who in 0..46u8 {
            let key = SecretKey::from_seed([100 * place as u8 + who; 32]);
            let posts: Vec<_> = (0..50)
                .map(|seq| post(&forge.params, &key, seq, "storm"))
                .collect();
            sent += posts.len() as u32;
            world.send_as(puppet, tab, Message::Transactions(posts).to_frame());
        }
    }
    world.run_until(60_000, "all tabs have all posts", |world| {
        tabs.iter().all(|who| world.status(*who).pending == sent)
    });
    world.no_honest_tab_was_punished();
}

#[test]
pub(super) fn a_crowd_that_dials_in_gets_four_places() {
    let mut world = World::new(10);
    world.relay.up = false;
    let tab = world.tab();
    let mut crowd = Vec::new();
    let forge = Forge::new(&world.params);
    for _ in 0..20 {
        let puppet = world.puppet(only_pongs());
        world.link(puppet, tab);
        world.send_as(puppet, tab, Message::Hello(forge.hello()).to_frame());
        crowd.push(puppet);
        world.run(100);
    }
    assert!(world.status(tab).peers <= 8);
    // Those that came while the room seemed small go one by one.
    world.run(60_000);
    let stay = crowd.iter().filter(|puppet| world.linked(tab, **puppet));
    assert_eq!(stay.count(), 4, "four are kept for those that it chooses");
    let turned_away = crowd.iter().filter(|puppet| {
        let why = world.why_closed(tab, **puppet).unwrap_or_default();
        why.contains("neighbours are the most")
    });
    assert!(turned_away.count() >= 10);
}

#[test]
fn posts_asked_for_again_and_again_are_given_at_a_bearable_rate() {
    let mut world = World::new(11);
    let tab = world.tab();
    let forge = Forge::new(&world.params);
    let greedy = world.puppet(only_pongs());
    world.link(tab, greedy);
    world.send_as(greedy, tab, Message::Hello(forge.hello()).to_frame());
    world.run(500);
    let mut ids = Vec::new();
    for who in 0..8u8 {
        let key = SecretKey::from_seed([who; 32]);
        let posts: Vec<_> = (0..16)
            .map(|seq| post(&forge.params, &key, seq, &"x".repeat(4_000)))
            .collect();
        ids.extend(posts.iter().map(tablon_core::transaction::Transaction::id));
        world.send_as(greedy, tab, Message::Transactions(posts).to_frame());
        world.run(100);
    }
    assert_eq!(world.status(tab).pending, 128);
    let before = world.traffic.0;
    for _ in 0..40 {
        world.send_as(
            greedy,
            tab,
            Message::GetTransactions(ids.clone()).to_frame(),
        );
    }
    world.run(900);
    let given = world.traffic.0 - before;
    assert!(
        given < 9 << 20,
        "{given} bytes in a second, of 20 MiB asked for"
    );
    assert!(world.linked(tab, greedy));
}

#[test]
fn thousands_of_false_announcements_do_not_wake_a_node_all_the_time() {
    let mut meeting = super::meet(14, only_pongs());
    let ids = |part: u32| {
        let id = |number: u32| {
            let mut id = [0; 32];
            id[..4].copy_from_slice(&(part * 512 + number).to_le_bytes());
            tablon_core::hash::TxId(id)
        };
        Message::Inventory((0..512).map(id).collect())
    };
    for part in 0..4 {
        meeting.say(&ids(part));
    }
    meeting.world.run(1_000);
    let before = meeting.world.at(meeting.tab).inputs;
    meeting.world.run(60_000);
    let woken = meeting.world.at(meeting.tab).inputs - before;
    // A tick a second, a few pings, and a share of 128 asked for every five seconds.
    assert!(woken <= 120, "{woken} inputs in a minute");
}
