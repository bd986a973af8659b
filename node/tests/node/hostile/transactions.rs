//! Posts and transfers that break a rule, or are too many.

use tablon_core::hash::{BlockHash, TxId};
use tablon_core::keys::{Address, SecretKey, Signature};
use tablon_core::transaction::{Action, Post, Stamp, Transaction, Transfer};
use tablon_core::units::Amount;
use tablon_core::wire::{MAX_IDS, Message};

use super::attacker::{Attacker, Reads};
use super::forge::now_s;
use super::siege::{Attack, attack, refused};

pub(super) const ATTACKS: &[Attack] = &[
    refused(
        "posts that nobody signed",
        unsigned,
        &["the signature of transaction"],
    ),
    refused(
        "posts without a stamp, of other networks, too large",
        bad_posts,
        &[
            "starts with",
            "is for network",
            "at most 4608 are taken",
            "is empty",
            "the control character",
            "the direction-changing character",
        ],
    ),
    attack("posts whose numbers have gaps", gaps),
    attack("posts of long ago and of years ahead", false_times),
    attack("transfers of coins that there are not", overspending),
    refused("one post without end", one_post, &["more than 20000 units"]),
    attack("two posts of one number, again and again", one_number),
    refused(
        "announcements of posts that there are not",
        false_announcements,
        &["more than 20000 units"],
    ),
    attack(
        "posts announced and given, of hundreds of names",
        announced_posts,
    ),
    attack("posts of hundreds of names, unasked", |it| {
        let posts = many_posts(it, 0xa0);
        flood_of_posts(it, &posts);
    })
    .afresh(),
    attack("small posts of hundreds of names, unasked", |it| {
        small_posts(it, 40);
    })
    .afresh(),
    attack("small posts of hundreds of names, 128 at a time", |it| {
        small_posts(it, 128);
    })
    .afresh(),
    refused(
        "small posts of hundreds of names, 500 at a time",
        |it| small_posts(it, 500),
        &["500 transactions, at most 128"],
    ),
];

// Eight posts at most of each of so many names, in frames.
fn posts_of(it: &Attacker<'_>, kind: u8, names: u32, each: u32, body: &str) -> Vec<Transaction> {
    let mut posts = Vec::new();
    for who in 0..names {
        let mut seed = [kind; 32];
        seed[..4].copy_from_slice(&who.to_le_bytes());
        let author = SecretKey::from_seed(seed);
        for seq in 0..each {
            posts.push(it.forge.post(&author, seq, body));
        }
    }
    posts
}

fn frames(posts: &[Transaction], each: usize) -> Vec<Vec<u8>> {
    let parts = posts.chunks(each);
    parts
        .map(|part| Message::Transactions(part.to_vec()).to_frame())
        .collect()
}

/// More than the pool takes: 10 MB of strangers' posts.
pub(super) fn many_posts(it: &Attacker<'_>, kind: u8) -> Vec<Vec<u8>> {
    let posts = posts_of(it, kind, 310, 8, &"p".repeat(3_900));
    frames(&posts, 30)
}

fn flood_of_posts(it: &mut Attacker<'_>, frames: &[Vec<u8>]) {
    it.begins();
    it.flood(Reads::All, |it| {
        frames[it.made as usize % frames.len()].clone()
    });
}

fn small_posts(it: &mut Attacker<'_>, each: usize) {
    let posts = posts_of(it, each as u8, 750, 16, "s");
    flood_of_posts(it, &frames(&posts, each));
}

// Each costs its sender the link.
fn tell(it: &mut Attacker<'_>, bad: &[Vec<u8>]) {
    it.again(|it| {
        let mut peer = it.linked()?;
        peer.send(&bad[it.made as usize % bad.len()])?;
        loop {
            peer.socket.hear(it.until())?;
        }
    });
}

fn unsigned(it: &mut Attacker<'_>) {
    let mut posts = posts_of(it, 0xb0, 200, 1, "not mine");
    for post in &mut posts {
        post.signature = Signature([9; 64]);
    }
    it.begins();
    tell(it, &frames(&posts, 1));
}

fn bad_posts(it: &mut Attacker<'_>) {
    let author = SecretKey::from_seed([0xb1; 32]);
    let post = it.forge.post(&author, 0, "x");
    let changed = |change: &dyn Fn(&mut Transaction)| {
        let mut post = post.clone();
        change(&mut post);
        post
    };
    let body = |text: &str| it.forge.post(&author, 0, text);
    let turned = Post {
        name: String::new(),
        topic: "turned \u{202e} around".into(),
        body: "x".into(),
        reply_to: None,
    };
    let bad = [
        changed(&|post| {
            // Until its id begins with a one.
            for stamp in 0u64.. {
                post.stamp = Stamp(stamp.to_le_bytes());
                if post.id().0[31] >= 0x80 {
                    break;
                }
            }
        }),
        changed(&|post| post.network = BlockHash([9; 32])),
        body(&"x".repeat(5_000)),
        body(""),
        body("a\u{301}b\u{7}"),
        it.forge.act(&author, 0, now_s(), Action::Post(turned)),
    ];
    tell(it, &frames(&bad, 1));
}

fn gaps(it: &mut Attacker<'_>) {
    let mut posts = Vec::new();
    for who in 0..200u8 {
        let author = SecretKey::from_seed([who; 32]);
        // The first is missing.
        for seq in 1..12 {
            posts.push(it.forge.post(&author, seq, "after what never comes"));
        }
    }
    flood_of_posts(it, &frames(&posts, 40));
}

fn false_times(it: &mut Attacker<'_>) {
    let mut posts = Vec::new();
    for who in 0..200u8 {
        let author = SecretKey::from_seed([who; 32]);
        let time = match who % 3 {
            0 => 0,
            1 => u32::MAX,
            _ => now_s() + 30 * 24 * 3_600,
        };
        posts.push(it.forge.act(&author, 0, time, Action::Leave));
    }
    flood_of_posts(it, &frames(&posts, 40));
}

fn overspending(it: &mut Attacker<'_>) {
    let mut transfers = Vec::new();
    for who in 0..200u8 {
        let author = SecretKey::from_seed([who; 32]);
        let transfer = Transfer {
            to: Address([who; 20]),
            amount: Amount(u64::MAX),
            tip: None,
        };
        transfers.push(
            it.forge
                .act(&author, 0, now_s(), Action::Transfer(transfer)),
        );
    }
    flood_of_posts(it, &frames(&transfers, 40));
}

fn one_post(it: &mut Attacker<'_>) {
    let post = it.forge.post(&SecretKey::from_seed([0xb2; 32]), 0, "again");
    let frame = Message::Transactions(vec![post; 100]).to_frame();
    flood_of_posts(it, &[frame]);
}

fn one_number(it: &mut Attacker<'_>) {
    let author = SecretKey::from_seed([0xb3; 32]);
    let posts: Vec<Transaction> = (0..400)
        .map(|number| it.forge.post(&author, 0, &format!("the {number}th first")))
        .collect();
    flood_of_posts(it, &frames(&posts, 40));
}

fn false_announcements(it: &mut Attacker<'_>) {
    it.flood(Reads::All, |it| {
        let id = |place: u64| {
            let mut id = [0xab; 32];
            id[..8].copy_from_slice(&(it.made * 1_000 + place).to_le_bytes());
            TxId(id)
        };
        Message::Inventory((0..MAX_IDS as u64).map(id).collect()).to_frame()
    });
}

// What was asked for costs its sender next to nothing.
fn announced_posts(it: &mut Attacker<'_>) {
    let posts = posts_of(it, 0xa2, 400, 10, "asked for");
    let all: std::collections::BTreeMap<TxId, &Transaction> =
        posts.iter().map(|post| (post.id(), post)).collect();
    let parts: Vec<&[Transaction]> = posts.chunks(1_000).collect();
    it.begins();
    let mut next = 0;
    it.answer_as(
        |it| {
            let mut peer = it.linked()?;
            next += 1;
            for part in parts[next % parts.len()].chunks(MAX_IDS) {
                let ids = part.iter().map(Transaction::id).collect();
                peer.say(&Message::Inventory(ids))?;
            }
            Ok(peer)
        },
        |_, message| match message {
            Message::GetTransactions(wanted) => {
                let given = wanted.iter().filter_map(|id| all.get(id));
                let given: Vec<Transaction> = given.map(|post| (*post).clone()).collect();
                frames(&given, MAX_IDS)
            }
            _ => Vec::new(),
        },
    );
}
