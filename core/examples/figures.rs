//! First figures of the core, natively: `cargo run --release --example figures`.
//! Prints a line a figure, in three columns divided by tabs; `cargo xtask bench`
//! shows them beside the tab's.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]
#![expect(
    clippy::disallowed_methods,
    reason = "the core has no clock, but what measures it needs one"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use tablon_core::block::{Block, Coinbase, merkle_root};
use tablon_core::chain::Chain;
use tablon_core::difficulty::required_bits;
use tablon_core::hash::sha256d;
use tablon_core::header::Header;
use tablon_core::keys::{Address, SecretKey};
use tablon_core::miner;
use tablon_core::params::{HEADER_VERSION, Params};
use tablon_core::rules::check_transaction;
use tablon_core::store::MemoryBackend;
use tablon_core::target::CompactTarget;
use tablon_core::transaction::{Action, Draft, Post, Transaction};
use tablon_core::units::Timestamp;

const START: u32 = 1_700_000_000;
const POSTS_PER_BLOCK: u32 = 10;

fn main() {
    let params = Params {
        name: "bench".into(),
        initial: CompactTarget(0x207f_ffff),
        easiest: CompactTarget(0x207f_ffff),
        stamp_bits: 0,
        ..Params::default_network()
    };
    tell(
        "native: sha2 crate, naive",
        per_second(naive_hashes),
        "hashes/s",
    );
    tell("native: miner kernel", per_second(miner_hashes), "hashes/s");
    tell(
        "native: posts checked",
        per_second(posts_checked(&params)),
        "posts/s",
    );
    let empty = blocks_per_second(&params, 2_000, 0);
    tell("native: empty blocks accepted", empty, "blocks/s");
    let full = blocks_per_second(&params, 300, POSTS_PER_BLOCK);
    tell("native: blocks of 10 posts accepted", full, "blocks/s");
}

fn tell(what: &str, figure: u64, unit: &str) {
    println!("{what}\t{figure}\t{unit}");
}

// How often `work` gets done a second: it says how much each call did.
fn per_second(mut work: impl FnMut() -> u64) -> u64 {
    work();
    let (start, mut done) = (Instant::now(), 0);
    while start.elapsed() < Duration::from_secs(2) {
        done += work();
    }
    (done as f64 / start.elapsed().as_secs_f64()) as u64
}

fn naive_hashes() -> u64 {
    let mut header = [7u8; 80];
    for nonce in 0..50_000u32 {
        header[76..].copy_from_slice(&nonce.to_le_bytes());
        black_box(sha256d(black_box(&header)));
    }
    50_000
}

fn miner_hashes() -> u64 {
    let header = [7u8; 76];
    black_box(miner::search(black_box(&header), &[0; 32], 0, 50_000));
    50_000
}

fn posts_checked(params: &Params) -> impl FnMut() -> u64 + '_ {
    let network = params.network_id();
    let key = SecretKey::from_seed([1; 32]);
    let posts: Vec<_> = (0..100).map(|seq| post(params, &key, seq)).collect();
    move || {
        for post in &posts {
            check_transaction(params, network, post.clone()).expect("sound posts");
        }
        100
    }
}

fn post(params: &Params, key: &SecretKey, seq: u32) -> Transaction {
    let action = Action::Post(Post {
        name: "Ana".into(),
        topic: String::new(),
        body: "A post of ordinary length, as people write them on a board.".into(),
        reply_to: None,
    });
    let draft = Draft::new(
        params.network_id(),
        key.public(),
        seq,
        Timestamp(START),
        action,
    );
    let job = draft.stamp_job(|size| params.required_stamp_bits(size));
    let stamp = miner::search_stamp(&job, 0, u64::MAX).expect("one bit at most");
    draft.finish(stamp, key)
}

// A chain of `count` blocks is made first; then a second chain takes them all,
// 32 in a store transaction, as a node that synchronises does.
fn blocks_per_second(params: &Params, count: u32, posts: u32) -> u64 {
    let blocks = make_blocks(params, count, posts);
    let mut chain = Chain::open(params.clone(), MemoryBackend::default()).expect("a new store");
    let start = Instant::now();
    for batch in blocks.chunks(32) {
        for block in batch {
            chain.insert_header(block.header).expect("sound headers");
        }
        let checked = batch.iter().map(|block| {
            let checked = chain.check_body(block.clone());
            checked.expect("a known header").expect("sound blocks")
        });
        let checked = checked.collect();
        chain.extend(checked).expect("memory does not fail");
    }
    assert_eq!(chain.tip().height.0, count);
    (f64::from(count) / start.elapsed().as_secs_f64()) as u64
}

fn make_blocks(params: &Params, count: u32, posts: u32) -> Vec<Block> {
    let mut chain = Chain::open(params.clone(), MemoryBackend::default()).expect("a new store");
    let key = SecretKey::from_seed([1; 32]);
    let mut blocks = Vec::new();
    for number in 0..count {
        let tip = chain.tip();
        let parent = tip.as_parent();
        let time = Timestamp(START + number * params.spacing);
        let miner = Address::default();
        let transactions: Vec<_> = (0..posts)
            .map(|place| post(params, &key, number * posts + place))
            .collect();
        let checked: Result<Vec<_>, _> = (transactions.iter())
            .map(|post| check_transaction(params, params.network_id(), post.clone()))
            .collect();
        let state_root = chain.state_root_after(miner, &checked.expect("sound posts"));
        let coinbase = Coinbase {
            height: tip.height.next(),
            miner,
            state_root: state_root.expect("sound posts"),
            extra_nonce: 0,
        };
        let mut header = Header {
            version: HEADER_VERSION,
            previous: tip.hash,
            merkle_root: merkle_root(&coinbase, &transactions),
            time,
            bits: required_bits(params, &parent, time),
            nonce: 0,
        };
        let target = header.bits.target().expect("required bits name a target");
        header.nonce = miner::search(&header.to_bytes()[..76], &target.to_le_bytes(), 0, u32::MAX)
            .expect("an easy target");
        let block = Block {
            header,
            coinbase,
            transactions,
        };
        chain.insert_header(header).expect("a sound header");
        let checked = chain.check_body(block.clone());
        let checked = checked.expect("a known header").expect("a sound block");
        chain.extend(vec![checked]).expect("memory does not fail");
        blocks.push(block);
    }
    blocks
}
