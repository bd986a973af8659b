//! Peers that break the protocol, lie, stall or flood. Each is dropped for a
//! reason that is told, and the node lives and goes on.

use tablon_core::block::Block;
use tablon_core::hash::{BlockHash, TxId};
use tablon_core::keys::SecretKey;
use tablon_core::params::Params;
use tablon_core::target::CompactTarget;
use tablon_core::units::{Height, Timestamp};
use tablon_core::view::MiningState;
use tablon_core::wire::{
    MAX_ANNOUNCED, MAX_BLOCKS, MAX_FRAME, MAX_HEADERS, MAX_IDS, MAX_LOCATOR, Message,
};

use crate::faults::{Bodies, Forge, Script, boast, headers_alone, only_pongs, post, seal, unsolve};
use crate::net::{START, World};
use crate::seeds::seeds;

/// Seconds at which every world begins.
const SECONDS: u32 = (START / 1000) as u32;

/// A tab with five blocks and a puppet that has greeted it, with the same chain.
struct Meeting {
    world: World,
    tab: usize,
    puppet: usize,
    forge: Forge,
    blocks: Vec<Block>,
}

fn meet(seed: u64, script: Script) -> Meeting {
    let mut meeting = meet_without_hello(seed, script);
    let hello = meeting.forge.hello();
    meeting.say(&Message::Hello(hello));
    meeting.world.run(2_000);
    assert_eq!(meeting.why(), None, "a sound hello");
    assert!(meeting.world.linked(meeting.tab, meeting.puppet));
    meeting
}

fn meet_without_hello(seed: u64, script: Script) -> Meeting {
    let mut world = World::new(seed);
    let tab = world.tab();
    let mut forge = Forge::new(&world.params);
    let blocks = forge.grow(5, SECONDS - 5);
    give_chain(&mut world, tab, &forge, &blocks);
    let puppet = world.puppet(script);
    world.link(tab, puppet);
    world.run(1_000);
    Meeting {
        world,
        tab,
        puppet,
        forge,
        blocks,
    }
}

/// A friendly puppet brings a tab up to these blocks and goes.
fn give_chain(world: &mut World, tab: usize, forge: &Forge, blocks: &[Block]) {
    let friend = world.puppet(friendly(blocks));
    world.link(tab, friend);
    world.send_as(friend, tab, Message::Hello(forge.hello()).to_frame());
    let tip = forge.chain.tip().hash;
    world.run_until(60_000, "the tab has the chain", |world| {
        world.tip(tab).1 == tip
    });
    world.cut(tab, friend);
    world.run(3_000);
}

/// Gives what it is asked for.
fn friendly(blocks: &[Block]) -> Script {
    let blocks = blocks.to_vec();
    let mut headers = crate::faults::headers_alone(&blocks, crate::faults::Bodies::Silent);
    Box::new(move |message, answers| {
        headers(message, answers);
        if let Message::GetBlocks(hashes) = message {
            let wanted = hashes.iter().map(|hash| {
                let found = blocks.iter().find(|block| block.header.hash() == *hash);
                Message::Block(Box::new(found.expect("a block of its chain").clone()))
            });
            answers.extend(wanted);
        }
    })
}

impl Meeting {
    fn say(&mut self, message: &Message) {
        self.send(message.to_frame());
    }

    fn send(&mut self, frame: Vec<u8>) {
        self.world.send_as(self.puppet, self.tab, frame);
    }

    fn why(&self) -> Option<&str> {
        self.world.why_closed(self.tab, self.puppet)
    }

    /// A sound block on the shared tip.
    fn next_block(&mut self) -> Block {
        let tip = self.forge.chain.tip().clone();
        self.forge.block(&tip, SECONDS + 2, Vec::new())
    }

    /// The peer must be dropped for this reason, and not be taken back at once;
    /// the node must be as it was, take a post and mine a block.
    fn must_be_dropped(mut self, reason: &str) {
        let before = self.world.tip(self.tab);
        self.world.run(1_000);
        let why = self.why().unwrap_or("it was not dropped").to_owned();
        assert!(why.contains(reason), "{why:?} is not {reason:?}");
        assert_eq!(self.world.tip(self.tab), before);
        assert_eq!(self.world.pending(self.tab), []);
        assert_eq!(self.world.status(self.tab).peers, 0);
        assert!(!self.world.linked(self.tab, self.puppet));
        self.world.link(self.tab, self.puppet);
        self.world.run(500);
        let why = self.why().map(ToOwned::to_owned).unwrap_or_default();
        assert!(why.contains("misbehaved a short while ago"), "{why}");
        lives(&mut self.world, self.tab);
    }
}

fn lives(world: &mut World, tab: usize) {
    let friend = world.tab();
    world.run_until(60_000, "another tab comes", |world| {
        world.linked(tab, friend)
    });
    world.post(friend, "still here");
    world.mine(tab, 100);
    world.run_until(600_000, "the post is on the chain of both", |world| {
        let both = [tab, friend];
        both.iter().all(|who| world.on_chain(*who).len() == 1)
    });
}

type Frames = Box<dyn Fn(&mut Meeting) -> Vec<Vec<u8>>>;

fn messages(make: impl Fn(&mut Meeting) -> Vec<Message> + 'static) -> Frames {
    Box::new(move |meeting| make(meeting).iter().map(Message::to_frame).collect())
}

#[test]
fn frames_that_break_a_rule_end_the_acquaintance_and_nothing_else() {
    let hash = BlockHash([5; 32]);
    let id = TxId([6; 32]);
    let key = || SecretKey::from_seed([0x77; 32]);
    let cases: Vec<(&str, Frames)> = vec![
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
        (
            "said once and first",
            messages(|meeting| vec![Message::Hello(meeting.forge.hello())]),
        ),
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
        (
            "does not follow",
            messages(|meeting| {
                let headers = meeting.blocks.iter().map(|block| block.header);
                vec![Message::Tip(headers.rev().collect())]
            }),
        ),
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
            "513 transactions, at most 512",
            messages(move |meeting| {
                let one = post(&meeting.forge.params, &key(), 0, "a");
                vec![Message::Transactions(vec![one; MAX_IDS + 1])]
            }),
        ),
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
    ];
    for (place, (reason, frames)) in cases.into_iter().enumerate() {
        let mut meeting = meet(place as u64, only_pongs());
        for frame in frames(&mut meeting) {
            meeting.send(frame);
        }
        meeting.must_be_dropped(reason);
    }
}

#[test]
fn a_bad_hello_or_none_ends_the_acquaintance() {
    let bad = |change: fn(&mut tablon_core::wire::Hello)| {
        let mut meeting = meet_without_hello(3, only_pongs());
        let mut hello = meeting.forge.hello();
        change(&mut hello);
        meeting.say(&Message::Hello(hello));
        meeting
    };
    bad(|hello| hello.network = BlockHash([1; 32])).must_be_dropped("it is of network 0101");
    bad(|hello| hello.protocol = 2).must_be_dropped("it speaks protocol 2, this node speaks 1");

    let mut meeting = meet_without_hello(4, only_pongs());
    meeting.say(&Message::Ping(1));
    meeting.must_be_dropped("a hello is said once and first");

    let mut meeting = meet_without_hello(5, only_pongs());
    meeting.world.run(30_000);
    let why = meeting.why().unwrap();
    assert!(why.contains("did not answer within 15 s, 1 times"), "{why}");
    lives(&mut meeting.world, meeting.tab);
}

// ---- bodies -----------------------------------------------------------------

#[test]
fn a_body_that_is_not_the_headers_own_condemns_its_sender_and_not_the_block() {
    let mut meeting = meet(1, only_pongs());
    let block = meeting.next_block();
    meeting.say(&Message::Tip(vec![block.header]));
    meeting.world.run(1_000);
    let mut other = block.clone();
    other.coinbase.extra_nonce += 1;
    meeting.say(&Message::Block(Box::new(other)));
    meeting.world.run(1_000);
    let why = meeting.why().expect("it was dropped").to_owned();
    assert!(why.contains("the body's Merkle root is"), "{why}");
    // The block itself is as good as before: another peer brings it.
    let mut blocks = meeting.blocks.clone();
    blocks.push(block.clone());
    meeting.forge.keep(&block);
    give_chain(&mut meeting.world, meeting.tab, &meeting.forge, &blocks);
    lives(&mut meeting.world, meeting.tab);
}

#[test]
fn a_body_of_the_header_that_breaks_a_rule_condemns_both() {
    let key = SecretKey::from_seed([0x77; 32]);
    type Spoil = Box<dyn Fn(&mut Block, &Params)>;
    let spoils: Vec<(&str, Spoil)> = vec![
        (
            "the coinbase says height 9",
            Box::new(|block, _| block.coinbase.height = Height(9)),
        ),
        (
            "is not by its author",
            Box::new(move |block, params| {
                let mut bad = post(params, &key, 0, "hola");
                bad.signature.0[0] ^= 1;
                block.transactions.push(bad);
            }),
        ),
    ];
    for (reason, spoil) in spoils {
        let mut meeting = meet(2, only_pongs());
        let mut bad = meeting.next_block();
        spoil(&mut bad, &meeting.forge.params);
        seal(&mut bad);
        let before = meeting.world.tip(meeting.tab);
        meeting.say(&Message::Tip(vec![bad.header]));
        meeting.world.run(1_000);
        meeting.say(&Message::Block(Box::new(bad.clone())));
        meeting.world.run(1_000);
        let why = meeting.why().expect("it was dropped").to_owned();
        assert!(why.contains(reason), "{why}");
        assert_eq!(meeting.world.tip(meeting.tab), before);
        // Whoever tells of it later believes in another ledger.
        let (world, tab) = (&mut meeting.world, meeting.tab);
        let second = world.puppet(only_pongs());
        world.link(tab, second);
        world.send_as(
            second,
            tab,
            Message::Hello(meeting.forge.hello()).to_frame(),
        );
        world.send_as(second, tab, Message::Tip(vec![bad.header]).to_frame());
        world.run(1_000);
        let why = world.why_closed(tab, second).expect("it was dropped");
        assert!(
            why.contains("is invalid or stands on an invalid one"),
            "{why}"
        );
        lives(world, tab);
    }
}

#[test]
fn a_post_out_of_order_in_a_block_is_found_by_the_ledger_and_costs_its_believer() {
    let key = SecretKey::from_seed([0x77; 32]);
    let mut meeting = meet(3, only_pongs());
    let mut bad = meeting.next_block();
    bad.transactions
        .push(post(&meeting.forge.params, &key, 4, "hola"));
    seal(&mut bad);
    let before = meeting.world.tip(meeting.tab);
    meeting.say(&Message::Tip(vec![bad.header]));
    meeting.world.run(1_000);
    meeting.say(&Message::Block(Box::new(bad)));
    meeting.world.run(1_000);
    let why = meeting.why().expect("it was dropped").to_owned();
    assert!(why.contains("is invalid"), "{why}");
    assert_eq!(meeting.world.tip(meeting.tab), before);
    lives(&mut meeting.world, meeting.tab);
}

// ---- those who stall ----------------------------------------------------------

/// An honest tab with `count` blocks, and them.
fn with_chain(seed: u64, count: u32) -> (World, usize, Forge, Vec<Block>) {
    let mut world = World::new(seed);
    let honest = world.tab();
    let mut forge = Forge::new(&world.params);
    let blocks = forge.grow(count, SECONDS - 5);
    give_chain(&mut world, honest, &forge, &blocks);
    (world, honest, forge, blocks)
}

#[test]
fn a_stalling_peer_does_not_stop_the_fetch() {
    seeds("a_stalling_peer_does_not_stop_the_fetch", 3, |seed| {
        let (mut world, honest, forge, blocks) = with_chain(seed, 400);
        world.relay_up = false;
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
fn a_peer_that_gives_a_block_now_and_then_does_not_set_the_pace() {
    let (mut world, honest, forge, blocks) = with_chain(1, 300);
    world.relay_up = false;
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
fn a_block_that_is_announced_and_withheld_does_not_hide_the_honest_one() {
    let mut meeting = meet(4, only_pongs());
    let (tab, puppet) = (meeting.tab, meeting.puppet);
    let withheld = meeting.next_block();
    meeting.say(&Message::Tip(vec![withheld.header]));
    meeting.world.run(1_000);
    // It does not even hold up the miner.
    meeting.world.mine(tab, 1);
    assert_eq!(meeting.world.status(tab).mining.state, MiningState::On);
    meeting.world.mine(tab, 0);
    // Another peer has a block of as much work.
    let block = meeting.next_block();
    meeting.forge.keep(&block);
    let mut blocks = meeting.blocks.clone();
    blocks.push(block.clone());
    let world = &mut meeting.world;
    let friend = world.puppet(friendly(&blocks));
    world.link(tab, friend);
    world.send_as(
        friend,
        tab,
        Message::Hello(meeting.forge.hello()).to_frame(),
    );
    world.run_until(40_000, "the honest block is taken", |world| {
        world.tip(tab).1 == block.header.hash()
    });
    world.cut(tab, friend);
    world.run(60_000);
    let _ = puppet;
    lives(world, tab);
}

#[test]
fn headers_and_no_bodies_from_a_peer_that_left_hold_nothing_up() {
    let mut meeting = meet(5, only_pongs());
    let (tab, puppet) = (meeting.tab, meeting.puppet);
    // A branch that would be far heavier; its maker goes before it gives a body.
    let mut rival = Forge::new(&meeting.forge.params);
    let hidden = rival.grow(300, SECONDS - 3);
    let hello = rival.hello();
    let world = &mut meeting.world;
    world.cut(tab, puppet);
    let ghost = world.puppet(headers_alone(&hidden, Bodies::Silent));
    world.link(tab, ghost);
    world.send_as(ghost, tab, Message::Hello(hello).to_frame());
    world.run(1_000);
    assert!(world.status(tab).sync.syncing);
    world.cut(tab, ghost);
    world.run(3_000);
    assert!(!world.status(tab).sync.syncing);
    lives(world, tab);
}

// ---- time -----------------------------------------------------------------------

#[test]
fn a_block_from_the_near_future_is_held_until_it_is_due() {
    let mut meeting = meet(6, only_pongs());
    let tip = meeting.forge.chain.tip().clone();
    let now = (meeting.world.now / 1_000) as u32;
    let block = meeting.forge.block(&tip, now + 35, Vec::new());
    meeting.say(&Message::Tip(vec![block.header]));
    let asked = |meeting: &Meeting| {
        let heard = meeting.world.heard(meeting.puppet).iter();
        heard
            .filter(|message| matches!(message, Message::GetBlocks(_)))
            .count()
    };
    meeting.world.run(14_000);
    assert_eq!(asked(&meeting), 0, "two spacings ahead are 20 s");
    meeting.world.run(3_000);
    assert_eq!(asked(&meeting), 1, "now it is due");
    meeting.say(&Message::Block(Box::new(block.clone())));
    meeting.world.run(1_000);
    assert_eq!(meeting.world.tip(meeting.tab).1, block.header.hash());
}

#[test]
fn cheap_headers_from_the_far_future_do_not_push_out_one_that_is_nearly_due() {
    let mut meeting = meet(7, only_pongs());
    let tip = meeting.forge.chain.tip().clone();
    let now = (meeting.world.now / 1_000) as u32;
    let near = meeting.forge.block(&tip, now + 25, Vec::new());
    meeting.say(&Message::Tip(vec![near.header]));
    for number in 0..100 {
        let far = meeting
            .forge
            .block(&tip, now + 100_000 + number, Vec::new());
        meeting.say(&Message::Tip(vec![far.header]));
    }
    meeting.world.run(10_000);
    assert_eq!(
        meeting.why(),
        None,
        "the clock here may be the one that is off"
    );
    meeting.say(&Message::Block(Box::new(near.clone())));
    meeting.world.run(1_000);
    assert_eq!(meeting.world.tip(meeting.tab).1, near.header.hash());
}

// ---- floods ---------------------------------------------------------------------

#[test]
fn requests_for_blocks_are_served_at_a_bearable_rate_and_not_without_end() {
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

fn lives_with_posts(world: &mut World, tab: usize) {
    let friend = world.tab();
    world.run_until(120_000, "another tab comes and has the chain", |world| {
        world.linked(tab, friend) && world.agreed()
    });
}

#[test]
fn a_flood_of_posts_fills_the_pool_to_its_bound_and_a_newcomer_is_told_of_all() {
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
fn a_crowd_that_dials_in_gets_eight_places() {
    let mut world = World::new(10);
    world.relay_up = false;
    let tab = world.tab();
    let mut crowd = Vec::new();
    let forge = Forge::new(&world.params);
    for _ in 0..20 {
        let puppet = world.puppet(only_pongs());
        world.link(tab, puppet);
        world.send_as(puppet, tab, Message::Hello(forge.hello()).to_frame());
        crowd.push(puppet);
        world.run(100);
    }
    assert!(world.status(tab).peers <= 8);
    let turned_away = crowd.iter().filter(|puppet| {
        let why = world.why_closed(tab, **puppet).unwrap_or_default();
        why.contains("8 neighbours are the most")
    });
    assert_eq!(turned_away.count(), 12);
}

#[test]
fn a_peer_that_announces_and_gives_nothing_is_asked_little_and_holds_up_itself() {
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
fn a_post_that_one_peer_announces_and_withholds_is_asked_of_another() {
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
fn a_storm_of_posts_sets_no_honest_tabs_against_each_other() {
    let mut world = World::new(13);
    let tabs: Vec<_> = (0..4).map(|_| world.tab()).collect();
    world.run(10_000);
    world.relay_up = false;
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
fn bodies_whose_first_ancestor_never_comes_give_way_to_another_chain() {
    let (mut world, honest, _, blocks) = with_chain(14, 200);
    world.relay_up = false;
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
