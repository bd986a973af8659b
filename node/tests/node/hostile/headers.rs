//! Headers that are light, false, early or without bodies.

use std::collections::BTreeMap;

use tablon_core::chain::Point;
use tablon_core::hash::BlockHash;
use tablon_core::header::Header;
use tablon_core::target::CompactTarget;
use tablon_core::units::{Height, Timestamp};
use tablon_core::wire::{MAX_HEADERS, Message};

use super::attacker::{Attacker, Reads};
use super::forge::now_s;
use super::links::boasting;
use super::siege::{Attack, attack, refused};

pub(super) const ATTACKS: &[Attack] = &[
    attack(
        "a chain too light to keep, given again and again",
        light_chain,
    ),
    refused(
        "headers that break a rule",
        bad_headers,
        &[
            "the header's version",
            "the header's time",
            "the header's bits are",
            "the block hash",
        ],
    ),
    refused(
        "headers that do not follow each other",
        loose_headers,
        &["does not follow what was asked for"],
    ),
    refused(
        "headers that nobody asked for",
        unasked_headers,
        &["headers came that were not asked for"],
    ),
    refused(
        "more headers than fit an answer",
        too_many_headers,
        &["1600 headers, at most 1000"],
    ),
    attack("tips on blocks that there are not", orphan_tips),
    refused(
        "tips that are known",
        known_tips,
        &["more than 20000 units"],
    ),
    attack("tips from the future", early_tips),
    attack("many light tips near the best", light_tips),
    attack("a heavier branch whose bodies never come", |it| {
        withheld(it, Bodies::Silent)
    }),
    attack("a heavier branch whose bodies it has not", |it| {
        withheld(it, Bodies::Absent)
    }),
    attack(
        "20,000 cheap headers that outweigh the chain",
        heavy_headers,
    ),
];

// Headers of a chain from genesis on, as answers to requests for them.
struct Answers {
    frames: BTreeMap<BlockHash, Vec<u8>>,
    first: Vec<u8>,
}

impl Answers {
    // Seconds apart so that the target eases to the easiest.
    fn cheap(it: &mut Attacker<'_>, count: usize) -> Self {
        let genesis = Point::genesis(&it.forge.params);
        let headers = it.forge.headers(genesis, count, 100);
        let parts: Vec<&[Header]> = headers.chunks(MAX_HEADERS).collect();
        let frame = |part: &[Header]| Message::Headers(part.to_vec()).to_frame();
        let after = parts.windows(2).map(|two| {
            let last = two[0].last().expect("chunks are not empty");
            (last.hash(), frame(two[1]))
        });
        Self {
            frames: after.collect(),
            first: frame(parts[0]),
        }
    }

    fn to(&self, message: &Message, network: BlockHash) -> Vec<Vec<u8>> {
        let Message::GetHeaders(locator) = message else {
            return Vec::new();
        };
        let known = locator.iter().find_map(|hash| self.frames.get(hash));
        let answer = match known {
            Some(frame) => frame.clone(),
            None if locator.contains(&network) => self.first.clone(),
            None => Message::Headers(Vec::new()).to_frame(),
        };
        vec![answer]
    }
}

// A tip on a block that there is not makes the node ask.
fn orphan(number: u64) -> Header {
    let mut bytes = [0x0e; 80];
    bytes[4..12].copy_from_slice(&number.to_le_bytes());
    Header::from_bytes(&bytes)
}

// 15,000 of 16 hashes each, where the chain has 1,200 of 256.
fn light_chain(it: &mut Attacker<'_>) {
    let answers = Answers::cheap(it, 15_000);
    let network = it.forge.params.network_id();
    it.begins();
    it.answer_as(boasting, |_, message| {
        let mut frames = answers.to(message, network);
        if !frames.is_empty() {
            frames.push(Message::Tip(vec![orphan(1)]).to_frame());
        }
        frames
    });
}

fn bad_headers(it: &mut Attacker<'_>) {
    let tip = it.forge.chain.tip().point();
    let good = it.forge.headers(tip, 1, 5)[0];
    let bad: [fn(&mut Header); 5] = [
        |header| header.version = 1,
        |header| header.time = Timestamp(header.time.0 - 5),
        |header| header.bits = CompactTarget(0x207f_ffff),
        |header| header.bits = CompactTarget(0xffff_ffff),
        // Its hash meets no target.
        |header| {
            while header.hash().0[31] == 0 {
                header.nonce = header.nonce.wrapping_add(1);
            }
        },
    ];
    let frames = bad.map(|spoil| {
        let mut header = good;
        spoil(&mut header);
        Message::Tip(vec![header]).to_frame()
    });
    it.again(|it| {
        let mut peer = it.linked()?;
        peer.send(&frames[it.made as usize % frames.len()])?;
        loop {
            peer.socket.hear(it.until())?;
        }
    });
}

fn loose_headers(it: &mut Attacker<'_>) {
    let genesis = Point::genesis(&it.forge.params);
    let mut headers = it.forge.headers(genesis, MAX_HEADERS, 100);
    // All but the last follow.
    headers[MAX_HEADERS - 1].previous.0[0] ^= 1;
    let frame = Message::Headers(headers).to_frame();
    it.answer_as(boasting, |_, message| match message {
        Message::GetHeaders(_) => vec![frame.clone()],
        _ => Vec::new(),
    });
}

fn unasked_headers(it: &mut Attacker<'_>) {
    let genesis = Point::genesis(&it.forge.params);
    let headers = it.forge.headers(genesis, MAX_HEADERS, 100);
    let frame = Message::Headers(headers).to_frame();
    it.flood(Reads::All, |_| frame.clone());
}

fn too_many_headers(it: &mut Attacker<'_>) {
    let frame = Message::Headers(vec![orphan(1); MAX_HEADERS + 600]).to_frame();
    it.answer_as(boasting, |_, message| match message {
        Message::GetHeaders(_) => vec![frame.clone()],
        _ => Vec::new(),
    });
}

fn orphan_tips(it: &mut Attacker<'_>) {
    // Each makes it ask what leads to there, which is nothing.
    it.answer_as(
        |it| {
            let mut peer = it.linked()?;
            peer.say(&Message::Tip(vec![orphan(it.made)]))?;
            Ok(peer)
        },
        |it, message| match message {
            Message::GetHeaders(_) => vec![
                Message::Headers(Vec::new()).to_frame(),
                Message::Tip(vec![orphan(it.made)]).to_frame(),
            ],
            _ => Vec::new(),
        },
    );
}

fn known_tips(it: &mut Attacker<'_>) {
    let tip = it.forge.chain.tip();
    let frame = Message::Tip(vec![tip.header]).to_frame();
    it.flood(Reads::All, |_| frame.clone());
}

fn early_tips(it: &mut Attacker<'_>) {
    let tip = it.forge.chain.tip().point();
    let ahead = now_s() - tip.parent.time.0 + 60;
    let early: Vec<Vec<u8>> = (0..500)
        .map(|number| {
            let headers = it.forge.headers(tip, 1, ahead + number);
            Message::Tip(headers).to_frame()
        })
        .collect();
    it.begins();
    it.flood(Reads::All, |it| {
        early[it.made as usize % early.len()].clone()
    });
}

// Beside the tip, so near to it in work that they are kept: each cost its maker some
// hundred hashes.
fn light_tips(it: &mut Attacker<'_>) {
    let tip = it.forge.chain.tip().height;
    let mut tips = Vec::new();
    for below in 0..4 {
        let height = Height(tip.0 - below);
        let at = it.forge.chain.at(height).unwrap().point();
        for apart in 0..250 {
            let headers = it.forge.headers(at, 1, 5 + apart % 20);
            tips.push(Message::Tip(headers).to_frame());
        }
    }
    it.begins();
    it.flood(Reads::All, |it| tips[it.made as usize % tips.len()].clone());
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bodies {
    Silent,
    Absent,
}

fn withheld(it: &mut Attacker<'_>, bodies: Bodies) {
    let tip = it.forge.chain.tip().point();
    let branch = it.forge.headers(tip, 8, 5);
    let frame = Message::Tip(branch).to_frame();
    it.answer_as(
        |it| {
            let mut peer = it.linked()?;
            peer.send(&frame)?;
            Ok(peer)
        },
        |it, message| match message {
            Message::GetBlocks(wanted) => {
                it.made += 1;
                match bodies {
                    Bodies::Silent => Vec::new(),
                    Bodies::Absent => vec![Message::Absent(wanted.clone()).to_frame()],
                }
            }
            // After `Absent` it asks what there is.
            Message::GetHeaders(_) => vec![Message::Headers(Vec::new()).to_frame()],
            _ => Vec::new(),
        },
    );
}

// All that the tree keeps without bodies, and more; they are fetched twice, since they
// are weighed first.
fn heavy_headers(it: &mut Attacker<'_>) {
    let answers = Answers::cheap(it, 22_000);
    let network = it.forge.params.network_id();
    it.begins();
    it.answer_as(boasting, |_, message| answers.to(message, network));
}
