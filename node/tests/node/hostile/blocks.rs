//! Blocks with work and with faults.

use std::time::{Duration, Instant};

use tablon_core::block::{Block, MAX_BLOCK};
use tablon_core::encode::encode;
use tablon_core::hash::{MerkleRoot, StateRoot};
use tablon_core::keys::{SecretKey, Signature};
use tablon_core::transaction::Transaction;
use tablon_core::wire::{MAX_FRAME, Message, SMALL_BLOCK};

use super::attacker::{Attacker, Reads};
use super::forge::{now_s, seal};
use super::siege::{Attack, refused};

pub(super) const ATTACKS: &[Attack] = &[
    refused(
        "a sound header with another body",
        other_bodies,
        &["the body's Merkle root"],
    ),
    refused(
        "a state root that is not the ledger's",
        wrong_state_root,
        &["is invalid or stands on an invalid one"],
    ),
    refused(
        "a height that is not the block's",
        wrong_height,
        &["the coinbase says height"],
    ),
    refused(
        "a post in a block that nobody signed",
        forged_post,
        &["the signature of transaction"],
    ),
    refused(
        "a post in a block that is out of order",
        unordered_post,
        &["is invalid or stands on an invalid one"],
    ),
    refused(
        "a body that takes most to check, refused at its end",
        costly_body,
        &["the signature of transaction"],
    ),
    refused(
        "a body larger than a block may be",
        large_body,
        &["at most 131072 are taken"],
    ),
    refused(
        "a large block that is no small news",
        large_news,
        &["at most 16384 are sent so"],
    ),
    refused(
        "a full block that nobody asked for",
        unasked_block,
        &["was not asked for"],
    ),
    refused(
        "a block that is known, without end",
        known_block,
        &["more than 20000 units"],
    ),
    refused(
        "blocks on blocks that there are not",
        orphan_blocks,
        &["more than 20000 units"],
    ),
];

// Say each block on a link of its own: it is the last that is said there.
fn tell(it: &mut Attacker<'_>, mut spoilt: impl FnMut(&mut Attacker<'_>) -> Block) {
    it.again(|it| {
        let block = spoilt(it);
        let mut peer = it.linked()?;
        peer.say(&Message::NewBlock(Box::new(block)))?;
        loop {
            peer.socket.hear(it.until())?;
        }
    });
}

// A block of now, for which the easiest work will do.
fn block(it: &mut Attacker<'_>, transactions: Vec<Transaction>) -> Block {
    it.forge.block(now_s(), transactions)
}

fn other_bodies(it: &mut Attacker<'_>) {
    tell(it, |it| {
        let mut block = block(it, Vec::new());
        block.coinbase.extra_nonce += 1;
        block
    });
}

fn wrong_state_root(it: &mut Attacker<'_>) {
    tell(it, |it| {
        let mut block = block(it, Vec::new());
        block.coinbase.state_root = StateRoot([3; 32]);
        seal(&mut block);
        block
    });
}

fn wrong_height(it: &mut Attacker<'_>) {
    tell(it, |it| {
        let mut block = block(it, Vec::new());
        block.coinbase.height.0 += 1;
        seal(&mut block);
        block
    });
}

fn forged_post(it: &mut Attacker<'_>) {
    let author = SecretKey::from_seed([0xf0; 32]);
    let mut post = it.forge.post(&author, 0, "somebody else wrote this");
    post.signature = Signature([9; 64]);
    tell(it, |it| block(it, vec![post.clone()]));
}

fn unordered_post(it: &mut Attacker<'_>) {
    let author = SecretKey::from_seed([0xf1; 32]);
    let post = it.forge.post(&author, 7, "the eighth before the first");
    tell(it, |it| block(it, vec![post.clone()]));
}

// Announces a block and gives it when it is asked for, each on a link of its own.
fn give(it: &mut Attacker<'_>, pause: Duration, mut block: impl FnMut(&mut Attacker<'_>) -> Block) {
    it.again(|it| {
        let due = Instant::now() + pause;
        let block = block(it);
        let mut peer = it.linked()?;
        peer.say(&Message::Tip(vec![block.header]))?;
        let block = Message::Block(Box::new(block)).to_frame();
        let end = loop {
            match peer.socket.hear(it.until()) {
                Err(end) => break end,
                Ok(heard) => {
                    if let Ok(Message::GetBlocks(_)) = Message::from_frame(&heard) {
                        peer.send(&block)?;
                    }
                }
            }
        };
        std::thread::sleep(
            due.min(it.until())
                .saturating_duration_since(Instant::now()),
        );
        Err(end)
    });
}

// Each takes a block's work. This board's is next to none, so the pause stands for it:
// three a second are more than any board lets anybody make.
fn costly_body(it: &mut Attacker<'_>) {
    let mut posts = Vec::new();
    for who in 0..=u8::MAX {
        let author = SecretKey::from_seed([who; 32]);
        for seq in 0..3 {
            posts.push(it.forge.post(&author, seq, "x"));
        }
    }
    posts.last_mut().unwrap().signature = Signature([9; 64]);
    it.begins();
    give(it, Duration::from_millis(300), |it| {
        block(it, posts.clone())
    });
}

fn large_body(it: &mut Attacker<'_>) {
    let author = SecretKey::from_seed([0xf2; 32]);
    let text = "x".repeat(4_000);
    let mut posts: Vec<Transaction> = (0..31)
        .map(|seq| it.forge.post(&author, seq, &text))
        .collect();
    posts.push(it.forge.post(&author, 31, &text[..2_700]));
    let size = encode(&posts).len();
    assert!((MAX_BLOCK..MAX_FRAME - 200).contains(&size), "{size}");
    it.begins();
    give(it, Duration::ZERO, |it| block(it, posts.clone()));
}

fn large_news(it: &mut Attacker<'_>) {
    let author = SecretKey::from_seed([0xf3; 32]);
    let text = "x".repeat(4_000);
    let posts: Vec<Transaction> = (0..30)
        .map(|seq| it.forge.post(&author, seq, &text))
        .collect();
    assert!(posts.len() * 4_000 > SMALL_BLOCK);
    it.begins();
    tell(it, |it| block(it, posts.clone()));
}

fn unasked_block(it: &mut Attacker<'_>) {
    let author = SecretKey::from_seed([0xf4; 32]);
    let text = "x".repeat(4_000);
    let posts = (0..30)
        .map(|seq| it.forge.post(&author, seq, &text))
        .collect();
    let block = block(it, posts);
    let frame = Message::Block(Box::new(block)).to_frame();
    it.begins();
    it.flood(Reads::All, |_| frame.clone());
}

fn known_block(it: &mut Attacker<'_>) {
    let tip = it.forge.chain.tip();
    let (height, header) = (tip.height, tip.header);
    let views = it.forge.chain.read().unwrap();
    let block = views.body(height, header).unwrap();
    let frame = Message::NewBlock(Box::new(block)).to_frame();
    it.flood(Reads::All, |_| frame.clone());
}

fn orphan_blocks(it: &mut Attacker<'_>) {
    let mut block = block(it, Vec::new());
    it.flood(Reads::All, |it| {
        block.header.previous.0[..8].copy_from_slice(&it.made.to_le_bytes());
        block.header.merkle_root = MerkleRoot([1; 32]);
        Message::NewBlock(Box::new(block.clone())).to_frame()
    });
}
