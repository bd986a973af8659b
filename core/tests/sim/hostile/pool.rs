//! A pool filled by every means that one thread has. Whatever it holds, what an honest
//! person writes is mined in the block that is being made or in the next.
//!
//! On this network a stamp takes 2 bits up to 256 bytes and 7 for 4 KB. The attacker
//! fills 8 MiB by the rule's least, as one thread does in minutes.

use tablon_core::block::Block;
use tablon_core::command::{BlockAt, Command, Reply};
use tablon_core::hash::TxId;
use tablon_core::keys::SecretKey;
use tablon_core::transaction::Transaction;
use tablon_core::units::Height;
use tablon_core::view::{Delta, TransactionView};
use tablon_core::wire::Message;

use super::{SECONDS, friendly, give_chain};
use crate::faults::{Forge, only_pongs, post};
use crate::net::{MINUTE, World};

/// A miner and a writer that know each other, and an attacker linked to both.
struct Siege {
    world: World,
    miner: usize,
    writer: usize,
    attacker: usize,
}

fn besiege(seed: u64) -> Siege {
    let mut world = World::new(seed);
    let (miner, writer) = (world.tab(), world.tab());
    world.run_until(MINUTE, "the tabs find each other", |world| {
        world.linked(miner, writer)
    });
    world.relay.up = false;
    let attacker = world.puppet(only_pongs());
    let forge = Forge::new(&world.params);
    for tab in [miner, writer] {
        world.link(attacker, tab);
        world.send_as(attacker, tab, Message::Hello(forge.hello()).to_frame());
    }
    world.run(1_000);
    Siege {
        world,
        miner,
        writer,
        attacker,
    }
}

fn key(who: u32) -> SecretKey {
    let mut seed = [0xa7; 32];
    seed[..4].copy_from_slice(&who.to_le_bytes());
    SecretKey::from_seed(seed)
}

/// Posts of 4,000 bytes: of each author those numbers.
fn posts(
    world: &World,
    authors: std::ops::Range<u32>,
    numbers: std::ops::Range<u32>,
) -> Vec<Transaction> {
    let text = "x".repeat(4_000);
    let of = |who| {
        let key = key(who);
        let numbers = numbers.clone();
        numbers.map(move |seq| (key.clone(), seq))
    };
    let all = authors.flat_map(of);
    all.map(|(key, seq)| post(&world.params, &key, seq, &text))
        .collect()
}

impl Siege {
    /// As fast as the buckets of both let it.
    fn pours(&mut self, posts: &[Transaction]) {
        for part in posts.chunks(16) {
            for tab in [self.miner, self.writer] {
                let frame = Message::Transactions(part.to_vec()).to_frame();
                self.world.send_as(self.attacker, tab, frame);
            }
            self.world.run(100);
        }
        self.world.run(2_000);
        for tab in [self.miner, self.writer] {
            assert!(
                self.world.linked(tab, self.attacker),
                "{:?}",
                self.world.why_closed(tab, self.attacker)
            );
        }
    }

    /// The writer's post is in the block that is being made when it is kept, or in the
    /// next. Gives how it stands there.
    fn an_honest_post_is_mined_within_a_block(&mut self) -> TransactionView {
        let Self {
            world,
            miner,
            writer,
            ..
        } = self;
        world.mine(*miner, 100);
        let before = world.acknowledged.len();
        let written_at = world.tip(*miner).0.0;
        world.post(*writer, "an honest post");
        world.run_until(MINUTE, "it is kept", |world| {
            world.acknowledged.len() > before
        });
        let id: TxId = world.acknowledged[before].id;
        let kept_at = world.tip(*miner).0.0;
        world.run_until(30 * MINUTE, "two blocks", |world| {
            world.tip(*miner).0.0 >= kept_at + 2
        });
        world.mine(*miner, 0);
        let blocks: Vec<_> = (written_at + 1..=kept_at + 2)
            .map(|height| block(world, *miner, height))
            .collect();
        let found = blocks.into_iter().flatten().find(|one| one.id == id);
        found.unwrap_or_else(|| panic!("not in the two blocks\n{}", world.summary()))
    }
}

fn block(world: &mut World, who: usize, height: u32) -> Vec<TransactionView> {
    let at = BlockAt::Height(Height(height));
    match world.ask(who, Command::Block { at }) {
        Ok(Reply::Block(block)) => block.transactions,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_pool_full_of_gapped_posts_takes_an_honest_one() {
    let mut siege = besiege(31);
    // The first of each author never comes.
    let gapped = posts(&siege.world, 0..36, 1..60);
    assert!(gapped.len() > 2_047, "as many as fill 8 MiB");
    siege.pours(&gapped);
    for tab in [siege.miner, siege.writer] {
        let status = siege.world.status(tab);
        assert_eq!(status.pending, 0);
        assert_eq!(
            (status.stamp.required_bits, status.stamp.enter_bits),
            (2, 2)
        );
        assert_eq!(status.stamp.next_block_bits, 2);
    }
    siege.an_honest_post_is_mined_within_a_block();
    // A newcomer hears of none.
    let newcomer = siege.world.tab();
    siege.world.link(newcomer, siege.miner);
    siege.world.run(10_000);
    assert_eq!(siege.world.status(newcomer).pending, 0);
}

#[test]
fn a_pool_full_of_cheap_posts_takes_an_honest_one_that_pays_what_is_asked() {
    // Of few authors with as many as they may have, and of many with one each.
    for (seed, authors, each) in [(32, 72, 30), (33, 2_160, 1)] {
        let mut siege = besiege(seed);
        let cheap = posts(&siege.world, 0..authors, 0..each);
        siege.pours(&cheap);
        for tab in [siege.miner, siege.writer] {
            let status = siege.world.status(tab);
            assert!(
                (2_000..2_047).contains(&status.pending),
                "{}",
                status.pending
            );
            let stamp = status.stamp;
            assert_eq!(stamp.required_bits, 2);
            assert!(stamp.enter_bits <= stamp.next_block_bits, "{stamp:?}");
            assert!((4..=10).contains(&stamp.next_block_bits), "{stamp:?}");
        }
        let asked = siege.world.status(siege.writer).stamp.next_block_bits;
        let mined = siege.an_honest_post_is_mined_within_a_block();
        // What is asked is for 256 bytes, and this has fewer.
        assert!(
            mined.stamp_bits + 1 >= asked,
            "{} of {asked}",
            mined.stamp_bits
        );
        // The 260,000 hashes that 8 MiB took are answered with at most 1,024.
        assert!(1_u64 << asked <= 1_024, "{asked}");
    }
}

#[test]
fn an_author_with_more_than_a_block_holds_takes_no_more_than_a_block() {
    let mut siege = besiege(34);
    let oversized = posts(&siege.world, 0..1, 0..64);
    siege.pours(&oversized);
    for tab in [siege.miner, siege.writer] {
        let pending = siege.world.status(tab).pending;
        // 131,072 bytes are a block; each has some 4,150.
        assert_eq!(pending, 31);
    }
    siege.an_honest_post_is_mined_within_a_block();
}

#[test]
fn what_a_reorganisation_brings_back_and_what_is_replayed_after_it_holds_up_nothing() {
    let mut world = World::new(35);
    let (miner, writer) = (world.tab(), world.tab());
    world.run_until(MINUTE, "the tabs find each other", |world| {
        world.linked(miner, writer)
    });
    world.relay.up = false;
    // Four full blocks of the attacker's, and eight empty ones beside them.
    let mut losing = Forge::new(&world.params);
    let mut winning = Forge::new(&world.params);
    let spam = posts(&world, 0..4, 0..30);
    let mut blocks: Vec<Block> = Vec::new();
    for (number, part) in (0..).zip(spam.chunks(30)) {
        let parent = losing.chain.tip().clone();
        let block = losing.block(&parent, SECONDS - 200 + number * 10, part.to_vec());
        losing.keep(&block);
        blocks.push(block);
    }
    give_chain(&mut world, miner, &losing, &blocks);
    assert_eq!(world.on_chain(miner).len(), 120);
    let better = winning.grow(8, SECONDS - 100);
    give_chain(&mut world, miner, &winning, &better);
    world.run_until(MINUTE, "both are on it", |world| world.agreed());
    assert_eq!(world.status(miner).pending, 120, "they wait again");
    let attacker = world.puppet(friendly(&better));
    for tab in [miner, writer] {
        world.link(attacker, tab);
        world.send_as(attacker, tab, Message::Hello(winning.hello()).to_frame());
    }
    world.run(1_000);
    let mut siege = Siege {
        world,
        miner,
        writer,
        attacker,
    };
    // All of them again, and again, and those that never can be mined.
    for _ in 0..2 {
        siege.pours(&spam);
    }
    let gapped = posts(&siege.world, 100..110, 1..30);
    siege.pours(&gapped);
    assert_eq!(siege.world.status(miner).pending, 120);
    siege.an_honest_post_is_mined_within_a_block();
}

#[test]
fn everything_that_waits_is_gone_after_three_days_without_a_block_also_from_disk() {
    let mut siege = besiege(36);
    let waiting = posts(&siege.world, 0..10, 0..10);
    siege.pours(&waiting);
    let Siege {
        mut world,
        writer,
        miner,
        ..
    } = siege;
    // What is acknowledged is on disk, and all that came before it.
    let own = world.post(writer, "an own one");
    world.run(5_000);
    assert!(world.at(writer).replies[&own].is_ok());
    assert_eq!(world.status(writer).pending, 101);
    world.crash(miner);
    for (hours, pending) in [(35, 101), (36, 101), (1, 0)] {
        world.crash(writer);
        world.run(hours * 60 * MINUTE);
        world.open(writer);
        assert_eq!(world.status(writer).pending, pending, "{hours} hours more");
    }
    let shown = world.at(writer).deltas.iter();
    let dropped = shown.filter(|delta| matches!(delta, Delta::Dropped { .. }));
    assert!(dropped.count() >= 1, "the writer sees it");
}
