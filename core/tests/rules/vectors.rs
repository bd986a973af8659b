//! Golden vectors: what was once on a chain must mean the same for ever. A test
//! that fails here has found a change of consensus; the file is not to be
//! rewritten but under a new rules version.
//!
//! `TABLON_WRITE_VECTORS=1 cargo test -p tablon-core --test rules vectors` wrote them.

use serde_json::{Value, json};
use tablon_core::block::{Block, Coinbase, merkle_root};
use tablon_core::chain::Chain;
use tablon_core::difficulty::{Parent, earliest_time, next_base, required_bits};
use tablon_core::encode::{decode, encode};
use tablon_core::hash::TxId;
use tablon_core::header::Header;
use tablon_core::keys::SecretKey;
use tablon_core::merkle;
use tablon_core::miner;
use tablon_core::params::{HEADER_VERSION, Params};
use tablon_core::proof::Proof;
use tablon_core::rules::{check_block, check_transaction};
use tablon_core::sealed;
use tablon_core::store::MemoryBackend;
use tablon_core::target::CompactTarget;
use tablon_core::transaction::{
    Action, Draft, Join, MAX_TRANSACTION, Post, Secret, Transaction, Transfer,
};
use tablon_core::units::{Amount, Height, Millis, Timestamp};
use tablon_core::wire::{Hello, Message};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/tablon-3.json");

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(bytes)
}

fn key(byte: u8) -> SecretKey {
    SecretKey::from_seed([byte; 32])
}

fn post(params: &Params, seq: u32, post: Post) -> Transaction {
    act(params, seq, Action::Post(post))
}

fn act(params: &Params, seq: u32, action: Action) -> Transaction {
    let draft = Draft::new(
        params.network_id(),
        key(7).public(),
        seq,
        Timestamp(1_700_000_000 + seq.min(60)),
        action,
    );
    let job = draft.stamp_job(|size| params.required_stamp_bits(size));
    let stamp = miner::search_stamp(&job, 0, u64::MAX).expect("a few thousand hashes");
    draft.finish(stamp, &key(7))
}

fn transactions(params: &Params) -> Vec<Transaction> {
    let first = Post {
        name: String::new(),
        topic: String::new(),
        body: "hola".into(),
        reply_to: None,
    };
    let first = post(params, 0, first);
    let second = Post {
        name: "Ana María".into(),
        topic: "ñandú".into(),
        body: "¿Qué tal?\n\nBien 👩‍👩‍👧".into(),
        reply_to: Some(first.id()),
    };
    let largest = Post {
        name: "n".repeat(48),
        topic: "t".repeat(48),
        body: "b".repeat(4_096),
        reply_to: Some(TxId([0xab; 32])),
    };
    let other = key(8).public();
    let sealed = sealed::seal(
        params.network_id(),
        &key(7),
        other,
        [0x5e; 24],
        "¿quedamos?",
    );
    let tipped = first.id();
    vec![
        first,
        post(params, 1, second),
        act(
            params,
            2,
            Action::Join(Join {
                name: "Ana María".into(),
            }),
        ),
        act(
            params,
            3,
            Action::Secret(Secret {
                to: other.address(),
                sealed: sealed.expect("an honest key"),
            }),
        ),
        act(params, 4, Action::Leave),
        act(
            params,
            5,
            Action::Transfer(Transfer {
                to: other.address(),
                amount: Amount(1 << 40),
                tip: Some(tipped),
            }),
        ),
        post(params, u32::MAX, largest),
    ]
}

fn network(params: &Params) -> Value {
    let genesis = params.genesis();
    json!({
        "link": params.to_link(),
        "params": hex(&encode(params)),
        "genesis": hex(&genesis.to_bytes()),
        "network_id": params.network_id().to_string(),
    })
}

fn transaction(params: &Params, transaction: &Transaction) -> Value {
    let bytes = encode(transaction);
    let checked = check_transaction(params, params.network_id(), transaction.clone());
    let checked = checked.expect("it keeps every rule");
    let read: Transaction = decode("a transaction", &bytes, MAX_TRANSACTION).unwrap();
    assert_eq!(&read, transaction);
    json!({
        "bytes": hex(&bytes),
        "id": checked.id().to_string(),
        "stamp": hex(&transaction.stamp.0),
        "stamp_bits": checked.stamp_bits(),
        "signature": hex(&transaction.signature.0),
    })
}

fn block(params: &Params) -> Value {
    let genesis = params.genesis();
    let parent = Parent {
        time: genesis.time,
        base: params.initial,
        solve_time: i64::from(params.spacing),
        is_genesis: true,
    };
    let miner = key(9).public().address();
    let transactions: Vec<_> = transactions(params).into_iter().take(5).collect();
    let checked: Vec<_> = (transactions.iter())
        .map(|transaction| check_transaction(params, params.network_id(), transaction.clone()))
        .collect::<Result<_, _>>()
        .expect("sound transactions");
    let chain = Chain::open(params.clone(), MemoryBackend::default()).unwrap();
    let coinbase = Coinbase {
        height: Height(1),
        miner,
        state_root: chain.state_root_after(miner, &checked).unwrap(),
        extra_nonce: 0x0102_0304_0506_0708,
    };
    let time = Timestamp(1_700_000_015);
    let mut header = Header {
        version: HEADER_VERSION,
        previous: genesis.hash(),
        merkle_root: merkle_root(&coinbase, &transactions),
        time,
        bits: required_bits(params, &parent, time),
        nonce: 0,
    };
    let target = header.bits.target().unwrap().to_le_bytes();
    let found = miner::search(&header.to_bytes()[..76], &target, 0, u32::MAX);
    header.nonce = found.expect("a million hashes");
    let leaves: Vec<Vec<u8>> = std::iter::once(encode(&coinbase))
        .chain(transactions.iter().map(encode))
        .collect();
    let proof = merkle::prove(leaves.iter().map(Vec::as_slice), 2).unwrap();
    assert!(proof.verify(&leaves[2], header.merkle_root));
    let block = Block {
        header,
        coinbase,
        transactions,
    };
    check_block(params, params.network_id(), Height(1), block.clone()).expect("a sound block");
    json!({
        "header": hex(&header.to_bytes()),
        "hash": header.hash().to_string(),
        "merkle_root": header.merkle_root.to_string(),
        "state_root": coinbase.state_root.to_string(),
        "bytes": hex(&encode(&block)),
        "proof_of_the_second_post": hex(&encode(&proof)),
        "proof_file": hex(&Proof::new(params, &block, 1, Vec::new()).to_file().proof),
    })
}

fn messages(params: &Params) -> Value {
    let hash = params.network_id();
    let tx = TxId([0x11; 32]);
    let all = [
        Message::Hello(Hello {
            protocol: tablon_core::wire::PROTOCOL,
            network: hash,
            height: Height(300),
            tip: hash,
            work: params.initial.target().unwrap().work(),
            time: Millis(1_700_000_000_123),
        }),
        Message::Ping(1),
        Message::Pong(u64::MAX),
        Message::GetHeaders(vec![hash]),
        Message::Headers(vec![params.genesis()]),
        Message::Tip(vec![params.genesis()]),
        Message::GetBlocks(vec![hash]),
        Message::Absent(vec![hash]),
        Message::Inventory(vec![tx]),
        Message::GetTransactions(vec![tx, tx]),
        Message::Transactions(transactions(params).into_iter().take(1).collect()),
    ];
    let frames = all.iter().map(|message| {
        let frame = message.to_frame();
        assert_eq!(Message::from_frame(&frame).as_ref(), Ok(message));
        hex(&frame)
    });
    frames.collect()
}

// What a chain of these solve times requires: the bits of each header, the base that its
// child follows from, and the earliest time of that child.
fn schedule(params: &Params) -> Value {
    let mut parent = Parent {
        time: Timestamp(1_700_000_000),
        base: params.initial,
        solve_time: i64::from(params.spacing),
        is_genesis: false,
    };
    let spacings = [
        15, 15, 1, 7, 1, 7, 8, 150, 151, 172, 173, 300, 3_000, 30_000, 15, 7, 1,
    ];
    let rows = spacings.map(|seconds| {
        let time = Timestamp(parent.time.0 + seconds);
        assert!(time >= earliest_time(params, &parent));
        let bits = required_bits(params, &parent, time);
        parent = Parent {
            time,
            base: next_base(params, &parent),
            solve_time: seconds.into(),
            is_genesis: false,
        };
        json!({
            "time": time,
            "bits": format!("{:08x}", bits.0),
            "next_base": format!("{:08x}", next_base(params, &parent).0),
            "next_earliest": earliest_time(params, &parent),
        })
    });
    rows.into_iter().collect()
}

fn vectors() -> Value {
    let params = Params::default_network();
    let other = Params {
        name: "aula 3".into(),
        salt: [0xa5; 16],
        born: Timestamp(u32::MAX),
        spacing: 3_600,
        initial: CompactTarget(0x1d00_ffff),
        easiest: CompactTarget(0x207f_ffff),
        reward: 1_000_000,
        stamp_bits: 32,
        margin: 100,
        ..params.clone()
    };
    let public = key(7).public();
    json!({
        "rules": params.rules,
        "default_network": network(&params),
        "another_network": network(&other),
        "key": {
            "seed": hex(&key(7).seed()),
            "public": public.to_string(),
            "address": public.address().to_string(),
            "peer_id": public.peer_id().to_string(),
        },
        "transactions": transactions(&params)
            .iter()
            .map(|each| transaction(&params, each))
            .collect::<Value>(),
        "block": block(&params),
        "schedule": schedule(&params),
        "messages": messages(&params),
    })
}

#[test]
#[allow(clippy::disallowed_methods)] // files belong to tests
fn consensus_bytes_are_what_they_always_were() {
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
