//! Sound inputs of every kind, from which fuzzing starts.
//!
//! `cargo test -p tablon-core --test rules -- --ignored writes_the_seed_corpus`
//! writes them; what fuzzing has added stays.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use serde_json::Value;
use tablon_core::block::Block;
use tablon_core::encode::encode;
use tablon_core::hash::{BlockHash, PeerId};
use tablon_core::keys::{Address, SecretKey};
use tablon_core::ledger::Account;
use tablon_core::ledger::state::{AccountProof, Node};
use tablon_core::params::{Birth, Choices, Params};
use tablon_core::proof::Proof;
use tablon_core::relay::{
    ANYONE, FromRelay, IceServer, RELAY_PROTOCOL, Signal, SignalStep, SignedSignal, ToRelay,
    hello_bytes,
};
use tablon_core::transaction::Transaction;
use tablon_core::units::{Amount, Height, Millis};
use tablon_core::wallet::{self, Cost, Identity};
use tablon_core::wire::{Hello, Message, PROTOCOL};

use super::CORPUS;
use super::targets::{World, moves};

const CHAIN: &str = include_str!("../../vectors/tablon-3.json");
const KEPT: &str = include_str!("../../vectors/wallet-1.json");

/// Inputs by target and name.
#[derive(Default)]
struct Seeds(BTreeMap<(&'static str, String), Vec<u8>>);

impl Seeds {
    fn add(&mut self, target: &'static str, name: &str, bytes: impl AsRef<[u8]>) {
        let place = (target, name.to_owned());
        let before = self.0.insert(place, bytes.as_ref().to_vec());
        assert_eq!(before, None, "{target} has two inputs {name}");
    }

    // The same cut in the middle, and with something behind it.
    fn add_torn(&mut self, target: &'static str, name: &str, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        self.add(target, name, bytes);
        self.add(target, &format!("{name}-cut"), &bytes[..bytes.len() / 2]);
        self.add(target, &format!("{name}-long"), [bytes, b"A"].concat());
    }
}

impl Seeds {
    fn all() -> Self {
        let mut seeds = Self::default();
        chain(&mut seeds);
        messages(&mut seeds);
        relay(&mut seeds);
        kept(&mut seeds);
        rows(&mut seeds);
        lies(&mut seeds);
        texts(&mut seeds);
        node(&mut seeds);
        seeds
    }
}

#[test]
#[ignore = "writes the corpus that the other tests read"]
#[allow(clippy::disallowed_methods)] // files belong to tests
fn writes_the_seed_corpus() {
    for ((target, name), bytes) in Seeds::all().0 {
        let folder = std::path::Path::new(CORPUS).join(target);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(name), bytes).unwrap();
    }
}

// Sound inputs of former rules are refused at once and reach nothing.
#[test]
#[allow(clippy::disallowed_methods)] // files belong to tests
fn the_seed_corpus_is_of_todays_rules() {
    for ((target, name), bytes) in Seeds::all().0 {
        let file = std::path::Path::new(CORPUS).join(target).join(&name);
        let kept = std::fs::read(file).unwrap_or_default();
        assert!(
            kept == bytes,
            "fuzz/corpus/{target}/{name} is of other rules than today's: \
             cargo test -p tablon-core --test rules -- --ignored writes_the_seed_corpus"
        );
    }
}

fn hex(value: &Value) -> Vec<u8> {
    HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap()
}

fn largest_but(blocks: &[Block], most: usize) -> &Block {
    let fits = blocks.iter().filter(|block| encode(block).len() <= most);
    fits.max_by_key(|block| encode(block).len()).unwrap()
}

fn chain(seeds: &mut Seeds) {
    let world = World::get();
    for (number, each) in world.loose.iter().enumerate() {
        seeds.add("transaction", &format!("loose-{number}"), encode(each));
    }
    seeds.add_torn(
        "transaction",
        "post",
        encode(&world.branch[0].transactions[0]),
    );
    for (number, each) in world.branch[3].transactions.iter().enumerate() {
        seeds.add("transaction", &format!("sealed-{number}"), encode(each));
    }
    seeds.add_torn(
        "block",
        "largest",
        encode(largest_but(&world.branch, 2_000)),
    );
    seeds.add("block", "empty", encode(world.rival.last().unwrap()));
    for (number, each) in world.broken.iter().enumerate() {
        seeds.add("block", &format!("broken-{number}"), encode(each));
    }
    // A header; then spacing, first and easiest target, and its parent.
    let header = world.branch[4].header.to_bytes();
    let parent = world.branch[3].header;
    let network = [
        &9u16.to_le_bytes()[..],
        &0x207f_ffffu32.to_le_bytes(),
        &0x207f_ffffu32.to_le_bytes(),
        &parent.bits.0.to_le_bytes(),
        &parent.time.0.to_le_bytes(),
        &10u32.to_le_bytes(),
        &[0],
    ]
    .concat();
    seeds.add_torn("header", "easy", [&header[..], &network].concat());
    let real = Params::default_network();
    let network = [
        &14u16.to_le_bytes()[..],
        &real.initial.0.to_le_bytes(),
        &real.easiest.0.to_le_bytes(),
        &0x1d00_ffffu32.to_le_bytes(),
        &(parent.time.0 - 40_000).to_le_bytes(),
        &1_000_000u32.to_le_bytes(),
        &[0],
    ]
    .concat();
    seeds.add("header", "late", [&header[..], &network].concat());
    seeds.add("link", "default", real.to_link());
    seeds.add_torn("link", "fuzz", world.params.to_link());
    let birth = Birth {
        salt: [7; 16],
        born: parent.time,
    };
    for (name, board) in [("short-name", "a"), ("name-with-accents", "Escuela n.º 3")] {
        let params = Params::custom(&Choices::usual(board), birth).unwrap();
        seeds.add("link", name, params.to_link());
    }
    let block = &world.branch[2];
    let after = world.branch[3..8]
        .iter()
        .map(|block| block.header)
        .collect();
    let proof = Proof::new(&world.params, block, 1, after).to_file().proof;
    seeds.add_torn("proof", "six-blocks", &proof);
    let alone = Proof::new(&world.params, &world.branch[0], 0, Vec::new());
    let file = alone.to_file().proof;
    // What stands between magic and checksum: the target writes both anew.
    seeds.add("proof", "bare", &file[16..file.len() - 32]);
    let golden: Value = serde_json::from_str(CHAIN).unwrap();
    golden_values(seeds, &golden, "golden");
}

// Whatever the golden vectors hold as hexadecimal digits, under its target.
fn golden_values(seeds: &mut Seeds, value: &Value, name: &str) {
    match value {
        Value::Object(fields) => {
            for (field, value) in fields {
                golden_values(seeds, value, &format!("{name}-{field}"));
            }
        }
        Value::Array(values) => {
            for (number, value) in values.iter().enumerate() {
                golden_values(seeds, value, &format!("{name}-{number}"));
            }
        }
        Value::String(text) => {
            let Ok(bytes) = HEXLOWER.decode(text.as_bytes()) else {
                return;
            };
            let target = match name {
                name if name.contains("messages") => "message",
                name if name.contains("proof_file") => "proof",
                name if name.contains("transactions") && name.ends_with("bytes") => "transaction",
                name if name.contains("block") && name.ends_with("bytes") => "block",
                // Ids and keys are in the others.
                _ => return,
            };
            if bytes.len() < 8_000 {
                seeds.add(target, name, bytes);
            }
        }
        _ => {}
    }
}

fn messages(seeds: &mut Seeds) {
    let world = World::get();
    let (headers, hashes): (Vec<_>, Vec<_>) = (world.branch.iter())
        .map(|block| (block.header, block.header.hash()))
        .unzip();
    let ids = world.loose.iter().map(Transaction::id).collect::<Vec<_>>();
    let peers: Vec<PeerId> = (1..=8).map(|number| PeerId([number; 32])).collect();
    let work = headers[0].bits.target().unwrap().work();
    let hello = Hello {
        protocol: PROTOCOL,
        network: world.params.network_id(),
        height: Height(12),
        tip: hashes[11],
        work: work.times(12),
        time: Millis(1_700_000_000_000),
    };
    let block = || Box::new(largest_but(&world.branch, 2_000).clone());
    for (name, message) in [
        ("hello", Message::Hello(hello)),
        ("ping", Message::Ping(u64::MAX)),
        ("pong", Message::Pong(7)),
        ("get-headers", Message::GetHeaders(hashes.clone())),
        ("headers", Message::Headers(headers.clone())),
        ("tip", Message::Tip(headers[9..].to_vec())),
        ("get-blocks", Message::GetBlocks(hashes[..3].to_vec())),
        ("block", Message::Block(block())),
        ("absent", Message::Absent(hashes[..2].to_vec())),
        ("inventory", Message::Inventory(ids.clone())),
        ("get-transactions", Message::GetTransactions(ids)),
        ("transactions", Message::Transactions(world.loose.clone())),
        ("new-block", Message::NewBlock(block())),
        ("prune", Message::Prune),
        ("graft", Message::Graft),
        ("neighbours", Message::Neighbours(peers)),
        ("signal", Message::Signal(Box::new(signed(tunnel())))),
        ("unreachable", Message::Unreachable(ANYONE)),
    ] {
        let frame = message.to_frame();
        match frame.len() {
            1 => seeds.add("message", name, frame),
            _ => seeds.add_torn("message", name, frame),
        }
    }
}

fn signed(step: SignalStep) -> SignedSignal {
    let key = SecretKey::from_seed([9; 32]);
    let signal = Signal {
        network: World::get().params.network_id(),
        from: key.public(),
        to: PeerId([2; 32]),
        session: 3,
        step,
    };
    SignedSignal::sign(signal, &key)
}

fn tunnel() -> SignalStep {
    SignalStep::Tunnel { nonce: [4; 16] }
}

fn relay(seeds: &mut Seeds) {
    let key = SecretKey::from_seed([9; 32]);
    let sdp = || "v=0\r\na=fingerprint:sha-256 00:11\r\n".to_owned();
    let steps = [
        ("offer", SignalStep::Offer { sdp: sdp() }),
        ("answer", SignalStep::Answer { sdp: sdp() }),
        (
            "candidate",
            SignalStep::Candidate {
                candidate: "candidate:1 1 udp 2130706431 192.0.2.1 9 typ host".into(),
                mid: Some("0".into()),
                line: Some(0),
            },
        ),
        ("full", SignalStep::Full),
        ("restart", SignalStep::Restart { sdp: sdp() }),
        ("invitation", SignalStep::Invitation { sdp: sdp() }),
        ("acceptance", SignalStep::Acceptance { sdp: sdp() }),
        ("tunnel", tunnel()),
        ("tunnelled", SignalStep::Tunnelled { nonce: [5; 16] }),
        ("ask", SignalStep::Ask),
        (
            "at",
            SignalStep::At {
                addresses: vec!["wss://node.example/peer".into()],
            },
        ),
    ];
    for (name, step) in steps {
        let signed = signed(step);
        seeds.add("signal", name, signed.to_text());
        let frame = FromRelay::Signal(signed);
        seeds.add("relay_frame", name, serde_json::to_string(&frame).unwrap());
    }
    seeds.add("signal", "line-breaks", "AAAA\n AAAA\t");
    let network = World::get().params.network_id();
    let nonce = PeerId([6; 32]);
    let hello = ToRelay::Hello {
        protocol: RELAY_PROTOCOL,
        network,
        key: key.public(),
        signature: key.sign(&hello_bytes(nonce, network)),
    };
    let server = IceServer {
        urls: vec!["turn:turn.example:3478?transport=udp".into()],
        username: Some("1700000000:tablon".into()),
        credential: Some("c2VjcmV0".into()),
    };
    let welcome = FromRelay::Welcome {
        peers: vec![PeerId([1; 32]), PeerId([2; 32])],
        ice_servers: vec![server],
        tunnel: 65_536,
    };
    let refused = FromRelay::Refused {
        reason: "the room is full".into(),
    };
    for (name, text) in [
        ("hello", serde_json::to_string(&hello)),
        ("peers", serde_json::to_string(&ToRelay::Peers)),
        (
            "challenge",
            serde_json::to_string(&FromRelay::Challenge { nonce }),
        ),
        ("welcome", serde_json::to_string(&welcome)),
        (
            "absent",
            serde_json::to_string(&FromRelay::Absent { peer: nonce }),
        ),
        ("refused", serde_json::to_string(&refused)),
    ] {
        seeds.add("relay_frame", name, text.unwrap());
    }
    seeds.add("relay_frame", "deep", "[".repeat(200));
    let piece = [&key.public().0[..], b"a piece of a message"].concat();
    seeds.add_torn("tunnel", "piece", piece);
    seeds.add("tunnel", "no-point", [0xff; 64]);
}

// What people keep.
fn kept(seeds: &mut Seeds) {
    let identity = Identity::from_entropy([5; 16]);
    let cost = Cost::new(8, 1).unwrap();
    let file = wallet::seal(&identity, "a password", [1; 16], [2; 24], cost).unwrap();
    seeds.add_torn("wallet", "cheap", &file);
    // The target writes the checksum anew.
    seeds.add("wallet", "bare", &file[..file.len() - 4]);
    seeds.add("wallet", "text", wallet::to_text(&file));
    seeds.add("wallet", "words", identity.words());
    let wrong = identity.words().replace(' ', "\n ").to_uppercase();
    seeds.add("wallet", "words-of-lines", wrong);
    seeds.add(
        "wallet",
        "words-misspelt",
        "ozone drll grab fibre curtain grce pudding thnk criuse elder eihgt picnik",
    );
    let golden: Value = serde_json::from_str(KEPT).unwrap();
    for (number, each) in golden["wallets"].as_array().unwrap().iter().enumerate() {
        seeds.add("wallet", &format!("golden-{number}"), hex(&each["file"]));
    }
    for (number, each) in golden["sealed"].as_array().unwrap().iter().enumerate() {
        seeds.add("sealed", &format!("golden-{number}"), hex(&each["sealed"]));
        let reader = hex(&each["reader"]);
        let text = each["text"].as_str().unwrap().as_bytes();
        let sealing = [&reader[..], &[3; 24], &[0; 64], text].concat();
        seeds.add("sealed", &format!("seals-{number}"), sealing);
    }
    // Points of small order, and one that is none.
    for (name, point) in [("neutral", 1u8), ("order-4", 0), ("no-point", 2)] {
        let mut bytes = [0; 32];
        bytes[0] = point;
        seeds.add("sealed", name, [&bytes[..], b"nonce and text"].concat());
    }
}

fn rows(seeds: &mut Seeds) {
    let world = World::get();
    let account = Account {
        balance: Amount(750),
        next_seq: 3,
        participant: None,
    };
    let block = largest_but(&world.branch, 2_000);
    let undo = vec![
        (Address([1; 20]), account.clone()),
        (Address([2; 20]), Account::default()),
    ];
    let leaf = Node::Leaf {
        key: [1; 32],
        value: [2; 32],
    };
    for (table, name, row) in [
        (0, "body", encode(&(&block.coinbase, &block.transactions))),
        (1, "undo", encode(&undo)),
        (2, "account", encode(&account)),
        (3, "leaf", encode(&leaf)),
        (3, "inner", encode(&Node::Inner([3; 32]))),
        (4, "pending", encode(&world.loose[0])),
        (
            5,
            "remembered",
            encode(&vec![PeerId([1; 32]), PeerId([2; 32])]),
        ),
    ] {
        seeds.add_torn("store_row", name, [&[table], &row[..]].concat());
    }
    let proof = AccountProof {
        siblings: vec![[1; 32], [0; 32], [2; 32]],
        end: Some(([3; 32], [4; 32])),
    };
    let none = AccountProof {
        siblings: Vec::new(),
        end: None,
    };
    let head = [0u8; 32 + 20 + 8 + 4];
    let used = [&[1; 32][..], &[2; 20], &[9; 8], &[7; 4]].concat();
    seeds.add_torn(
        "account_proof",
        "three",
        [&used, &encode(&proof)[..]].concat(),
    );
    seeds.add(
        "account_proof",
        "none",
        [&head, &encode(&none)[..]].concat(),
    );
    let deep = AccountProof {
        siblings: vec![[1; 32]; 257],
        end: None,
    };
    seeds.add(
        "account_proof",
        "too-deep",
        [&head, &encode(&deep)[..]].concat(),
    );
}

fn texts(seeds: &mut Seeds) {
    for (name, text) in [
        ("plain", "Ana"),
        ("spaces", "Ana  de la O"),
        ("accents", "José Ñandú"),
        ("decomposed", "Jose\u{301}"),
        ("zalgo", "Z\u{300}\u{301}\u{302}\u{303}"),
        ("mixed", "p\u{430}ypal"),
        ("greek", "Αλέξανδρος"),
        ("japanese", "田中さくらアキ"),
        ("korean", "김철수"),
        ("burmese", "ကျွော်"),
        ("hindi", "क्षत्रिय"),
        ("hebrew", "שָׁלוֹם"),
        ("arabic", "محمد"),
        ("thai", "น้ำผึ้ง"),
        ("emoji", "👩‍👩‍👧 🌵"),
        ("flag", "🇪🇸"),
        ("joiner", "a\u{200d}b"),
        ("override", "a\u{202e}b"),
        ("tags", "a\u{e0041}\u{e007f}"),
        ("unassigned", "\u{378}"),
        ("private", "\u{e000}"),
        ("nothing", ""),
        ("white", " \n\t\u{a0}\u{3000}"),
        ("lines", "one\ntwo\r\nthree"),
        ("look-alikes", "rnvvⅠΗΝΥ"),
    ] {
        seeds.add("text", name, text);
    }
    seeds.add("text", "long", "b".repeat(4_097));
    let key = SecretKey::from_seed([9; 32]);
    seeds.add_torn("ids", "address", key.public().address().to_string());
    seeds.add(
        "ids",
        "capitals",
        key.public().address().to_string().to_uppercase(),
    );
    seeds.add_torn("ids", "hash", BlockHash([0xab; 32]).to_string());
    seeds.add("ids", "key", key.public().to_string());
    seeds.add("ids", "signature", "0f".repeat(64));
    for (name, command) in [
        ("status", r#"{"command":"status"}"#),
        ("post", r#"{"command":"post","body":"hola","topic":"t"}"#),
        ("block", r#"{"command":"block","at":12}"#),
        ("verify", r#"{"command":"verify_proof","proof":[1,2,255]}"#),
        ("notes", r#"{"command":"notes","before":[3,1],"limit":50}"#),
    ] {
        seeds.add("ids", name, command);
    }
}

// What is stored and moves of a driver, as `fuzz/src/node.rs` reads them.
fn node(seeds: &mut Seeds) {
    use moves::*;
    // A neighbour with a branch, by number, that says honestly what it has.
    let greet = |peer: u8, branch: u8| vec![GREET, peer, branch, 9];
    let sync = |peer, branch| {
        let mut moves = greet(peer, branch);
        for _ in 0..4 {
            moves.extend([ANSWER_ALL, branch]);
        }
        moves
    };
    let ask = |command: u8| vec![ASK, command];
    let second = [WAIT, 0xe8, 3, 0];
    let text = |text: &str| [&[text.len() as u8], text.as_bytes()].concat();
    let write = [
        &ask(1)[..],
        &text("hola"),
        &text("Ana"),
        &text("t"),
        &[0],
        &[STAMP],
    ]
    .concat();
    let mine = [&ask(17)[..], &[2], &second, &[SOLVE], &second, &[SOLVE]].concat();
    let all: Vec<u8> = (0..22)
        .flat_map(|command| [ASK, command, 0, 0, 0, 0])
        .collect();
    for (name, parts) in [
        ("sync", vec![sync(0, 0)]),
        ("reorganise", vec![sync(0, 0), sync(1, 1), second.to_vec()]),
        (
            "restart",
            vec![sync(0, 0), vec![RESTART], sync(1, 1), vec![RESTART]],
        ),
        ("mine", vec![mine.clone(), write.clone(), mine.clone()]),
        (
            "mine-on-a-branch",
            vec![sync(0, 0), write.clone(), mine.clone(), sync(1, 1)],
        ),
        (
            "gossip",
            vec![
                sync(0, 0),
                greet(1, 0),
                vec![SAY, 0, 9, 2, 0, ANSWER_ALL, 0, ANSWER_ALL, 0],
                vec![SAY, 1, 11, 0, SAY, 1, 13, SAY, 0, 14],
            ],
        ),
        (
            "every-command",
            vec![sync(0, 0), write.clone(), all.clone()],
        ),
        (
            "locked",
            vec![
                sync(0, 0),
                vec![WALLET, 0],
                all,
                vec![WALLET, 3],
                write.clone(),
            ],
        ),
        (
            "broken-blocks",
            vec![
                sync(0, 0),
                (0..5)
                    .flat_map(|peer| [GREET, peer, 0, 9, SAY, peer, 12, 2, peer, 0])
                    .collect(),
                vec![WAIT, 0, 100, 2],
            ],
        ),
        (
            "crowd",
            vec![
                (0..14).flat_map(|peer| greet(peer, peer)).collect(),
                vec![INTRODUCE, 1, 30, 0, WAIT, 0xff, 0xff, 1, DIAL_FAILED, 3],
            ],
        ),
        (
            "neighbours",
            vec![
                sync(0, 0),
                greet(1, 0),
                vec![
                    SAY, 0, 15, 3, 4, 5, 6, SIGNAL, 4, 1, 3, SIGNALLED, 2, 30, 1, 7,
                ],
                vec![
                    SAY,
                    0,
                    16,
                    0,
                    1,
                    1,
                    3,
                    SAY,
                    1,
                    17,
                    4,
                    UNREACHABLE,
                    4,
                    LINK_IS,
                    0,
                    3,
                ],
            ],
        ),
        (
            "silence",
            vec![
                sync(0, 0),
                greet(1, 1),
                [WAIT, 0, 128, 0].repeat(6),
                vec![DOWN, 0],
            ],
        ),
        (
            "clock",
            vec![
                sync(0, 0),
                vec![
                    GREET, 1, 0, 2, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, GREET, 2, 0, 2, 1,
                ],
                mine.clone(),
                vec![
                    SET_BACK, 0xff, 0xff, 8, WAIT, 0xff, 0xff, 39, WAIT, 0xff, 0xff, 39,
                ],
            ],
        ),
        // Sums that passed 2^64, and a clock 2^31 seconds from a neighbour's.
        (
            "hashes-of-a-liar",
            vec![
                [&[HASHED][..], &[0xff; 8]].concat().repeat(3),
                second.to_vec(),
            ],
        ),
        (
            "clock-of-1970",
            vec![
                vec![WAIT, 0xff, 0xff, 39],
                [&[GREET, 0, 0, 2][..], &[0; 8]].concat(),
            ],
        ),
        (
            "raw",
            vec![
                greet(0, 0),
                vec![RAW, 0, 3, 0, 1, 2, 3, SPOIL, 0, 4, 0, 0, 9, 0, 0, 1, 1],
            ],
        ),
    ] {
        // On a store that was opened once.
        seeds.add("node_step", name, [&[0], &parts.concat()[..]].concat());
    }
    // With what is stored already: a branch, its rival, its own posts.
    for (name, stored, parts) in [
        ("rival-overtakes", 1, vec![sync(1, 1), vec![RESTART]]),
        (
            "branch-comes-late",
            2,
            vec![sync(0, 0), write.clone(), mine.clone()],
        ),
        (
            "posts-are-mined",
            3,
            vec![mine.clone(), vec![RESTART], sync(1, 1)],
        ),
    ] {
        seeds.add("node_step", name, [&[stored], &parts.concat()[..]].concat());
    }
}

// The script of faults, how the file behaves when the store is made (0 by the script,
// 1 full, 2 refusing, 3 honest), then moves: 0 post, 2 mine, 3 trouble, 4 room, 5 kill,
// 6 wait, 7 read, 8 power failure.
fn lies(seeds: &mut Seeds) {
    let script: [u8; 32] = std::array::from_fn(|at| (at * 7 % 32) as u8);
    let full = [
        3, 0, 250, 2, 2, 3, 1, 0, 250, 0, 250, 0, 250, 0, 250, 2, 7, 5, 2, 4, 6, 90, 0, 9,
    ];
    let refuses = [
        3, 0, 9, 2, 3, 2, 0, 9, 2, 7, 6, 90, 5, 7, 4, 6, 90, 0, 9, 2, 5,
    ];
    let born_full = [1, 0, 9, 2, 5];
    let full_when_opened = [3, 3, 1, 5, 4, 0, 9, 2];
    let scripted = [
        3, 0, 200, 2, 3, 0, 0, 200, 2, 0, 200, 2, 6, 30, 0, 200, 2, 5, 0, 200, 2, 5, 2, 7,
    ];
    for (name, moves) in [
        ("full", &full[..]),
        ("refuses", &refuses),
        ("born-full", &born_full),
        ("full-when-opened", &full_when_opened),
        ("scripted", &scripted),
    ] {
        seeds.add("store_lies", name, [&script[..], moves].concat());
    }
    // A store that is made again and again, its so-manieth write refused.
    for at in [1, 4, 9] {
        let mut script = [9; 32];
        script[at] = 0;
        let moves = [0, 0, 9, 2, 5];
        let name = format!("born-with-write-{at}-refused");
        seeds.add("store_lies", &name, [&script[..], &moves].concat());
    }
}
