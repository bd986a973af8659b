//! Golden vectors of what people keep: words on paper, wallet files, messages on
//! the chain that only two can open. Written once, compatible for ever: a test
//! that fails here has found that somebody's identity no longer opens. A newer
//! file gets a newer version and vectors of its own, beside these.
//!
//! `TABLON_WRITE_VECTORS=1 cargo test -p tablon-core --test rules wallet` wrote
//! them.

use serde_json::{Value, json};
use tablon_core::hash::BlockHash;
use tablon_core::keys::SecretKey;
use tablon_core::sealed;
use tablon_core::wallet::{self, Cost, Identity};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/wallet-1.json");

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

struct Wallet {
    entropy: [u8; 16],
    password: &'static str,
    salt: [u8; 16],
    nonce: [u8; 24],
    memory_kib: u32,
    passes: u8,
}

const WALLETS: [Wallet; 4] = [
    Wallet {
        entropy: [0; 16],
        password: "12345678",
        salt: [0; 16],
        nonce: [0; 24],
        memory_kib: 8,
        passes: 1,
    },
    Wallet {
        entropy: [0xff; 16],
        password: "correct horse battery staple",
        salt: [0x11; 16],
        nonce: [0x22; 24],
        memory_kib: 19_456,
        passes: 2,
    },
    // Composed and decomposed letters, and spaces of two kinds.
    Wallet {
        entropy: *b"\x9e\x88\x5d\x95\x2a\xd3\x62\xca\xeb\x4e\xfe\x34\xa8\xe9\x1b\xd2",
        password: "ñandu\u{301}\u{a0}gris 🌵",
        salt: *b"sixteen of salt!",
        nonce: *b"twenty-four of a nonce..",
        memory_kib: 1_024,
        passes: 16,
    },
    Wallet {
        entropy: *b"\x01\x23\x45\x67\x89\xab\xcd\xef\xfe\xdc\xba\x98\x76\x54\x32\x10",
        password: "пароль на всю жизнь",
        salt: [0xfe; 16],
        nonce: [0xef; 24],
        memory_kib: 65_536,
        passes: 1,
    },
];

fn wallet(each: &Wallet) -> Value {
    let identity = Identity::from_entropy(each.entropy);
    let words = identity.words();
    let cost = Cost::new(each.memory_kib, each.passes).unwrap();
    let file = wallet::seal(&identity, each.password, each.salt, each.nonce, cost).unwrap();
    let text = wallet::to_text(&file);
    assert_eq!(wallet::from_text(&text).as_ref(), Ok(&file));
    assert_eq!(wallet::address_in(&file), Ok(identity.address()));
    let opened = wallet::open(&file, each.password).unwrap();
    let read = Identity::from_words(&words).unwrap();
    assert_eq!(opened.key().seed(), read.key().seed());
    json!({
        "entropy": hex(&each.entropy),
        "words": words,
        "key_seed": hex(&identity.key().seed()),
        "public": identity.key().public().to_string(),
        "address": identity.address().to_string(),
        "password": each.password,
        "salt": hex(&each.salt),
        "nonce": hex(&each.nonce),
        "memory_kib": each.memory_kib,
        "passes": each.passes,
        "file": hex(&file),
        "text": text,
    })
}

fn message(network: [u8; 32], author: u8, reader: u8, nonce: [u8; 24], text: &str) -> Value {
    let (author, reader) = (
        SecretKey::from_seed([author; 32]),
        SecretKey::from_seed([reader; 32]),
    );
    let (from, to) = (author.public(), reader.public());
    let network = BlockHash(network);
    let bytes = sealed::seal(network, &author, to, nonce, text).unwrap();
    for own in [&author, &reader] {
        let opened = sealed::open(network, own, from, to, &bytes);
        assert_eq!(opened.as_deref(), Ok(text));
    }
    json!({
        "network": hex(&network.0), // as it is hashed; shown it is reversed
        "author_seed": hex(&author.seed()),
        "author": from.to_string(),
        "reader_seed": hex(&reader.seed()),
        "reader": to.to_string(),
        "reader_address": to.address().to_string(),
        "nonce": hex(&nonce),
        "text": text,
        "sealed": hex(&bytes),
    })
}

fn vectors() -> Value {
    json!({
        "version": 1,
        "wallets": WALLETS.iter().map(wallet).collect::<Value>(),
        "sealed": [
            message([0; 32], 1, 2, [0; 24], ""),
            message(
                [0xab; 32],
                7,
                9,
                *b"another twenty-four byte",
                "Nos vemos a las ocho. 🌵",
            ),
            message([0xab; 32], 9, 9, [9; 24], "a note to oneself"),
        ],
    })
}

#[test]
#[allow(clippy::disallowed_methods)] // files belong to tests
fn what_people_keep_opens_for_ever() {
    let vectors = serde_json::to_string_pretty(&vectors()).unwrap() + "\n";
    if std::env::var_os("TABLON_WRITE_VECTORS").is_some() {
        assert!(!std::path::Path::new(FILE).exists(), "written once");
        std::fs::write(FILE, &vectors).unwrap();
    }
    let golden = std::fs::read_to_string(FILE).unwrap();
    for (line, (now, then)) in (1..).zip(vectors.lines().zip(golden.lines())) {
        assert_eq!(now, then, "line {line}");
    }
    assert_eq!(vectors.len(), golden.len());
}
