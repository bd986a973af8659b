//! What a node may be asked for, asked for without end, and its answers read or not.

use std::io;

use tablon_core::hash::{BlockHash, TxId};
use tablon_core::keys::SecretKey;
use tablon_core::units::Height;
use tablon_core::wire::{MAX_BLOCKS, MAX_IDS, MAX_LOCATOR, Message};

use super::attacker::{Attacker, Peer, Reads};
use super::siege::{Attack, attack, refused};
use super::socket::{BINARY, LAST, announced};

pub(super) const ATTACKS: &[Attack] = &[
    refused(
        "pings, whose pongs are read",
        |it| pings(it, Reads::All),
        &["more than 20000 units"],
    ),
    attack("pings, whose pongs are not read", |it| {
        pings(it, Reads::Nothing)
    }),
    refused(
        "all headers from genesis on, read",
        |it| headers(it, Reads::All),
        &["more than 20000 units"],
    ),
    attack("all headers from genesis on, not read", |it| {
        headers(it, Reads::Nothing)
    }),
    attack(
        "as many headers as a link may ask for, not read",
        headers_held,
    )
    .afresh(),
    refused(
        "headers after hashes that there are not",
        unknown_locators,
        &["more than 20000 units"],
    ),
    attack("full blocks, read", blocks_read),
    attack("full blocks, not read", blocks_not_read).afresh(),
    refused(
        "blocks that there are not",
        absent_blocks,
        &["more than 20000 units"],
    ),
    refused(
        "more blocks at once than wait",
        too_many_blocks,
        &["blocks wanted at once, at most 64"],
    ),
    attack("waiting posts, read", |it| waiting_posts(it, Reads::All)),
    attack("waiting posts, not read", |it| {
        waiting_posts(it, Reads::Nothing)
    }),
    refused(
        "posts that there are not",
        absent_posts,
        &["more than 20000 units"],
    ),
    refused(
        "lists longer than the protocol allows",
        long_lists,
        &[
            "hashes in a locator",
            "blocks wanted",
            "absent blocks",
            "4000 ids",
            "transactions wanted",
        ],
    ),
    attack(
        "all that fills memory at once, not read",
        everything_at_once,
    )
    .afresh(),
];

fn pings(it: &mut Attacker<'_>, reads: Reads) {
    it.flood(reads, |it| Message::Ping(it.made).to_frame());
}

fn headers(it: &mut Attacker<'_>, reads: Reads) {
    let ask = Message::GetHeaders(vec![it.forge.params.network_id()]).to_frame();
    it.flood(reads, |_| ask.clone());
}

// One more would end the link, and free what waits for it.
fn headers_held(it: &mut Attacker<'_>) {
    let ask = Message::GetHeaders(vec![it.forge.params.network_id()]);
    it.hold(4, |it| {
        let mut peer = it.linked()?;
        for _ in 0..199 {
            peer.say(&ask)?;
        }
        Ok(peer)
    });
}

fn numbered(number: u64) -> [u8; 32] {
    let mut bytes = [0xcc; 32];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    bytes
}

fn unknown_locators(it: &mut Attacker<'_>) {
    it.flood(Reads::All, |it| {
        let hash = |place| BlockHash(numbered(it.made * 100 + place));
        Message::GetHeaders((0..MAX_LOCATOR as u64).map(hash).collect()).to_frame()
    });
}

// Requests for the blocks that are nearly full.
fn full_blocks(it: &Attacker<'_>) -> Vec<Vec<u8>> {
    let heights = (1_136..1_200u32).map(Height);
    let hashes: Vec<BlockHash> = heights
        .map(|height| it.forge.chain.at(height).unwrap().hash)
        .collect();
    let asks = hashes.chunks(MAX_BLOCKS);
    asks.map(|part| Message::GetBlocks(part.to_vec()).to_frame())
        .collect()
}

// Four requests may wait of one link.
fn asking_for_blocks(it: &mut Attacker<'_>, asks: &[Vec<u8>]) -> io::Result<Peer> {
    let mut peer = it.linked()?;
    asks.iter().try_for_each(|ask| peer.send(ask))?;
    Ok(peer)
}

fn blocks_read(it: &mut Attacker<'_>) {
    let asks = full_blocks(it);
    it.answer_as(
        |it| asking_for_blocks(it, &asks),
        |it, message| match message {
            // One more for each.
            Message::Block(block) => {
                it.made += 1;
                let again = vec![block.header.hash()];
                vec![Message::GetBlocks(again).to_frame()]
            }
            _ => Vec::new(),
        },
    );
}

fn blocks_not_read(it: &mut Attacker<'_>) {
    let asks = full_blocks(it);
    it.hold(4, |it| asking_for_blocks(it, &asks));
}

fn too_many_blocks(it: &mut Attacker<'_>) {
    let asks = full_blocks(it);
    it.flood(Reads::All, |it| asks[it.made as usize % asks.len()].clone());
}

fn absent_blocks(it: &mut Attacker<'_>) {
    it.flood(Reads::All, |it| {
        let hash = |place| BlockHash(numbered(it.made * 100 + place));
        Message::GetBlocks((0..MAX_BLOCKS as u64).map(hash).collect()).to_frame()
    });
}

fn waiting_posts(it: &mut Attacker<'_>, reads: Reads) {
    let text = "w".repeat(4_000);
    let mut posts = Vec::new();
    for who in 0..8u8 {
        let author = SecretKey::from_seed([who; 32]);
        for seq in 0..16 {
            posts.push(it.forge.post(&author, seq, &text));
        }
    }
    let ids: Vec<TxId> = posts.iter().map(|post| post.id()).collect();
    let ask = Message::GetTransactions(ids).to_frame();
    let given: Vec<Vec<u8>> = (posts.chunks(16))
        .map(|part| Message::Transactions(part.to_vec()).to_frame())
        .collect();
    it.begins();
    let mut given = given.into_iter();
    it.flood(reads, |_| given.next().unwrap_or_else(|| ask.clone()));
}

fn absent_posts(it: &mut Attacker<'_>) {
    it.flood(Reads::All, |it| {
        let id = |place| TxId(numbered(it.made * 1_000 + place));
        Message::GetTransactions((0..MAX_IDS as u64).map(id).collect()).to_frame()
    });
}

fn long_lists(it: &mut Attacker<'_>) {
    let (hash, id) = (BlockHash([5; 32]), TxId([6; 32]));
    let lists = [
        Message::GetHeaders(vec![hash; 4_000]),
        Message::GetBlocks(vec![hash; 4_000]),
        Message::Absent(vec![hash; 4_000]),
        Message::Inventory(vec![id; 4_000]),
        Message::GetTransactions(vec![id; 4_000]),
    ];
    let frames = lists.map(|message| message.to_frame());
    it.again(|it| {
        let mut peer = it.linked()?;
        peer.send(&frames[it.made as usize % frames.len()])?;
        loop {
            peer.socket.hear(it.until())?;
        }
    });
}

// On all links full blocks that are not read and an unfinished message, on as many
// sockets beside them as may be open another one, and posts that wait.
fn everything_at_once(it: &mut Attacker<'_>) {
    let asks = full_blocks(it);
    let mut unfinished = announced(LAST | BINARY, 130_000);
    unfinished.extend(vec![1; 129_999]);
    let posts = super::transactions::many_posts(it, 0xe0);
    it.begins();
    let mut links = Vec::new();
    for part in posts.chunks(posts.len() / 4) {
        let Ok(mut peer) = asking_for_blocks(it, &asks) else {
            continue;
        };
        // It may be cut off before all is said.
        let said = part.iter().try_for_each(|frame| peer.send(frame));
        let _ = said.and_then(|()| peer.socket.write(&unfinished, it.until()));
        links.push(peer);
        it.made += 1;
    }
    it.hold(100, |it| {
        let mut socket = it.socket()?;
        socket.write(&unfinished, it.until())?;
        Ok(socket)
    });
}
