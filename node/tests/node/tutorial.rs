//! The tutorial's own commands, as it prints them, and its story.

use std::process::Command;

use crate::common::{curl, post, start, wait_until};

#[test]
fn the_tutorials_commands_do_what_the_tutorial_says() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(&folder.path().join("first"), &[]);
    let url = first.url();
    assert_eq!(
        curl(&format!("curl {url}/mine")),
        "No transactions to mine\n"
    );
    let said = curl(&format!(
        r#"curl -X POST {url}/new_transaction -H 'Content-Type: application/json' -d '{{"author": "Ana", "content": "Hola"}}' -w '%{{http_code}}'"#
    ));
    assert_eq!(said, "Success\n201");
    let pending = first.get("/pending_tx").json();
    assert_eq!(
        (&pending[0]["author"], &pending[0]["content"]),
        (&"Ana".into(), &"Hola".into())
    );
    assert!(pending[0]["timestamp"].as_u64().unwrap() > 1_700_000_000);
    assert_eq!(curl(&format!("curl {url}/mine")), "Block #1 is mined.\n");
    assert_eq!(first.get("/pending_tx").body, "[]");

    let chain = first.chain();
    assert_eq!(chain["length"], 2);
    let (genesis, block) = (&chain["chain"][0], &chain["chain"][1]);
    assert_eq!(
        (&genesis["index"], &genesis["timestamp"]),
        (&0.into(), &0.into())
    );
    assert_eq!(genesis["transactions"].as_array().unwrap().len(), 0);
    assert_eq!(block["previous_hash"], genesis["hash"]);
    assert_eq!(block["transactions"][0]["content"], "Hola");
    assert!(block["hash"].as_str().unwrap().starts_with("00"));
    assert!(block["nonce"].is_u64() && chain["peers"].as_array().unwrap().is_empty());
}

#[test]
fn the_second_node_registers_with_the_first_and_carries_on_alone() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(&folder.path().join("first"), &[]);
    for text in ["one", "two"] {
        assert_eq!(
            first.post("/new_transaction", &post("Ana", text)).status,
            201
        );
        assert!(first.get("/mine").body.ends_with("is mined.\n"));
    }
    let second = start(&folder.path().join("second"), &[]);
    let said = curl(&format!(
        "curl -X POST {}/register_with -H 'Content-Type: application/json' -d '{{\"node_address\": \"{}\"}}'",
        second.url(),
        first.url()
    ));
    assert_eq!(said, "Registration successful\n");
    assert_eq!(
        (first.tip(), first.chain()["length"].clone()),
        (second.tip(), 3.into())
    );
    // Both know each other.
    assert_eq!(second.chain()["peers"][0], format!("{}/", first.url()));
    assert_eq!(first.chain()["peers"][0], format!("{}/", second.url()));

    // What is written at one waits at the other, and is mined there.
    assert_eq!(
        first
            .post("/new_transaction", &post("Luis", "three"))
            .status,
        201
    );
    wait_until(|| {
        second
            .get("/pending_tx")
            .body
            .contains("three")
            .then_some(())
    });
    assert_eq!(second.get("/mine").body, "Block #3 is mined.\n");
    wait_until(|| (first.tip() == second.tip()).then_some(()));

    first.kill();
    assert_eq!(
        second
            .post("/new_transaction", &post("Luis", "four"))
            .status,
        201
    );
    assert_eq!(second.get("/mine").body, "Block #4 is mined.\n");
    assert_eq!(second.posts(), ["one", "two", "three", "four"]);
    second.terminate();

    // And the first one comes back to the chain that went on without it.
    let first = start(&folder.path().join("first"), &[]);
    let second = start(&folder.path().join("second"), &["--peer", &first.url()]);
    wait_until(|| (first.tip() == second.tip()).then_some(()));
    assert_eq!(first.posts().len(), 4);
}

#[test]
fn a_block_goes_from_one_node_to_another_by_hand() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("first");
    let first = start(&store, &[]);
    for text in ["one", "two"] {
        assert_eq!(
            first.post("/new_transaction", &post("Ana", text)).status,
            201
        );
        assert_eq!(first.get("/mine").status, 200);
    }
    first.terminate();
    let mut export = Command::new(env!("CARGO_BIN_EXE_tablon-node"));
    export.args([
        "export",
        "--network",
        &crate::common::quick().to_link(),
        "--data",
    ]);
    let lines = export.arg(&store).output().unwrap().stdout;
    let lines = String::from_utf8(lines).unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 2);

    let second = start(&folder.path().join("second"), &[]);
    // Out of order, then in order, then again.
    let early = second.post("/add_block", lines[1]);
    assert_eq!(
        (early.status, early.code().as_str()),
        (400, "block_unknown_parent"),
        "{early:?}"
    );
    for line in &lines {
        let added = second.post("/add_block", line);
        assert_eq!(
            (added.status, added.body.as_str()),
            (201, "Block added to the chain\n")
        );
    }
    assert_eq!(second.post("/add_block", lines[0]).status, 200);
    assert_eq!(second.posts(), ["one", "two"]);

    // One digit of the last block's signature is another.
    let third = start(&folder.path().join("third"), &[]);
    assert_eq!(third.post("/add_block", lines[0]).status, 201);
    let mut forged: serde_json::Value = serde_json::from_str(lines[1]).unwrap();
    let bytes = forged["block"].as_str().unwrap().to_owned();
    let last = if bytes.ends_with('0') { "1" } else { "0" };
    forged["block"] = format!("{}{last}", &bytes[..bytes.len() - 1]).into();
    let refused = third.post("/add_block", &forged.to_string());
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (400, "block_refused"),
        "{refused:?}"
    );
    assert!(refused.body.contains("Merkle root"), "{refused:?}");
    assert_eq!(third.posts(), ["one"]);
    // A field that speaks of another block.
    forged["hash"] = "00".repeat(32).into();
    forged["block"] = bytes.into();
    let refused = third.post("/add_block", &forged.to_string());
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (400, "bad_argument"),
        "{refused:?}"
    );
}

#[test]
fn a_part_of_the_chain_is_told_when_a_part_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(&folder.path().join("store"), &["--mine", "1"]);
    let length = wait_until(|| node.chain()["length"].as_u64().filter(|length| *length > 3));
    let part = node.get("/chain?from=1&limit=2").json();
    assert!(part["length"].as_u64().unwrap() >= length);
    let indexes: Vec<_> = part["chain"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["index"])
        .collect();
    assert_eq!(indexes, [1, 2]);
    let beyond = node.get("/chain?from=1000000").json();
    assert!(beyond["chain"].as_array().unwrap().is_empty());
    for bad in ["/chain?from=-1", "/chain?limit=many", "/chain?form=1"] {
        assert_eq!(node.get(bad).status, 400, "{bad}");
    }
}
