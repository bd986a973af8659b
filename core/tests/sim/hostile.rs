//! Peers that break the protocol, lie, stall or flood. Each is dropped for a
//! reason that is told, and the node lives and goes on.

mod bodies;
mod claims;
mod crowd;
mod every;
mod floods;
mod frames;
mod headers;
mod names;
mod news;
mod offers;
mod pool;
mod relinking;
mod signals;
mod stalls;

use tablon_core::block::Block;
use tablon_core::wire::Message;

use crate::faults::{Forge, Script};
use crate::net::{START, World};

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

/// An honest tab with `count` blocks, and them.
fn with_chain(seed: u64, count: u32) -> (World, usize, Forge, Vec<Block>) {
    let mut world = World::new(seed);
    let honest = world.tab();
    let mut forge = Forge::new(&world.params);
    let blocks = forge.grow(count, SECONDS - 5);
    give_chain(&mut world, honest, &forge, &blocks);
    (world, honest, forge, blocks)
}
