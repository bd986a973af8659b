//! A Bitcoin CPU miner mines a board: a client that does what pooler's cpuminer
//! does, byte for byte, and knows nothing of Tablón.

use serde_json::{Value, json};
use tablon_core::hash::sha256d;

use crate::common::{Program, post, start};

fn call(node: &Program, params: &[Value]) -> Value {
    let body = json!({ "method": "getwork", "params": params, "id": 0 });
    let headers = [
        ("content-type", "application/json"),
        ("authorization", "Basic bWluZXI6eA=="),
    ];
    let answer = node.send("POST", "/", &headers, &body.to_string());
    assert_eq!(answer.status, 200, "{answer:?}");
    let answer = answer.json();
    assert_eq!((&answer["error"], &answer["id"]), (&Value::Null, &0.into()));
    answer["result"].clone()
}

fn unhex(text: &Value) -> Vec<u8> {
    let text = text.as_str().unwrap();
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// cpuminer's `work_decode`, `scanhash_sha256d` and `submit_upstream_work`: data
/// and target are words, little-endian as they come; the hash is taken over data's
/// words, big-endian; the nonce is word 19; the hash's words, little-endian, are
/// compared with the target's, the last one first.
fn mine(work: &Value) -> Vec<u8> {
    let word = |bytes: &[u8]| u32::from_le_bytes(bytes.try_into().unwrap());
    let mut data: Vec<u32> = unhex(&work["data"]).chunks(4).map(word).collect();
    let target: Vec<u32> = unhex(&work["target"]).chunks(4).map(word).collect();
    assert_eq!((data.len(), target.len()), (32, 8));
    assert_eq!((data[20], data[31]), (0x8000_0000, 640));
    for nonce in 0..u32::MAX {
        data[19] = nonce;
        let header: Vec<u8> = data[..20]
            .iter()
            .flat_map(|word| word.to_be_bytes())
            .collect();
        let hash: Vec<u32> = sha256d(&header).chunks(4).map(word).collect();
        if hash.iter().rev().le(target.iter().rev()) {
            return data.iter().flat_map(|word| word.to_le_bytes()).collect();
        }
    }
    panic!("no nonce")
}

#[test]
fn a_bitcoin_miner_mines_the_board() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(&folder.path().join("store"), &[]);
    assert_eq!(
        node.post("/new_transaction", &post("Ana", "by a foreign miner"))
            .status,
        201
    );
    let mut mined = 0;
    for _ in 0..10 {
        let solution = hex(&mine(&call(&node, &[])));
        // A template is made anew each second; one may be void by then.
        if call(&node, &[solution.clone().into()]) == true {
            mined += 1;
            assert_eq!(
                call(&node, &[solution.into()]),
                true,
                "it is a block, still"
            );
        }
        if mined == 2 {
            break;
        }
    }
    assert_eq!(mined, 2);
    assert_eq!(node.chain()["length"], 3);
    assert_eq!(node.posts(), ["by a foreign miner"]);
}

#[test]
fn a_solution_that_is_none_is_refused_and_nonsense_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(&folder.path().join("store"), &[]);
    let work = call(&node, &[]);
    // Its nonce is nobody's find: one of 256 would be, so a word is spoiled, too.
    let mut spoiled = unhex(&work["data"]);
    spoiled[40] ^= 1;
    assert_eq!(call(&node, &[hex(&spoiled).into()]), false);
    for (body, code) in [
        (json!({ "method": "getblocktemplate", "id": 1 }), -32601),
        (
            json!({ "method": "getwork", "params": ["00"], "id": 1 }),
            -8,
        ),
        (json!({ "method": "getwork", "params": [7], "id": 1 }), -8),
        (
            json!({ "method": "getwork", "params": [1, 2], "id": 1 }),
            -8,
        ),
    ] {
        let answer = node.post("/", &body.to_string()).json();
        assert_eq!(answer["error"]["code"], code, "{body}");
        assert_eq!(
            (&answer["result"], &answer["id"]),
            (&Value::Null, &1.into())
        );
    }
    assert_eq!(node.post("/", "[]").status, 400);
    assert_eq!(node.chain()["length"], 1);
}
