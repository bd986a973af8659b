//! Threads that mine.

use std::process::{Command, Stdio};

use crate::common::{Program, network, post, spawn, start, wait_until};

fn mining(node: &Program) -> serde_json::Value {
    node.get("/api/v1/status").json()["mining"].clone()
}

#[test]
fn the_hash_rate_is_told_while_two_threads_look_in_vain() {
    let folder = tempfile::tempdir().unwrap();
    let hopeless = network("hopeless", 3_600, 60);
    let mut command = Command::new(env!("CARGO_BIN_EXE_tablon-node"));
    command
        .env_clear()
        .env("TABLON_MINE", "2")
        .env("DATA_FILE", folder.path().join("store"));
    command.args([
        "--listen",
        "127.0.0.1:0",
        "--quiet",
        "--network",
        &hopeless.to_link(),
    ]);
    command.stdin(Stdio::null());
    let node = spawn(command);
    let seen =
        wait_until(|| Some(mining(&node)).filter(|it| it["hashrate"].as_u64() > Some(1_000)));
    assert_eq!(
        (&seen["threads"], &seen["state"]),
        (&2.into(), &"on".into())
    );
    // A miner that is busy does not hold up the end.
    node.terminate();
    assert!(
        folder.path().join("store").exists(),
        "DATA_FILE is honoured"
    );
}

#[test]
fn what_is_pending_is_mined_once_and_then_miners_rest() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(&folder.path().join("store"), &[]);
    assert_eq!(
        node.post("/new_transaction", &post("Ana", "once")).status,
        201
    );
    assert_eq!(node.get("/mine").body, "Block #1 is mined.\n");
    wait_until(|| (mining(&node)["state"] == "off").then_some(()));
    assert_eq!(node.get("/mine").body, "No transactions to mine\n");
    assert_eq!(node.chain()["length"], 2);
    // Two who ask at once are answered with the same block.
    assert_eq!(
        node.post("/new_transaction", &post("Ana", "twice")).status,
        201
    );
    let said = std::thread::scope(|scope| {
        let asked = [(); 2].map(|()| scope.spawn(|| node.get("/mine").body));
        asked.map(|asked| asked.join().unwrap())
    });
    assert!(
        said.contains(&"Block #2 is mined.\n".to_owned()),
        "{said:?}"
    );
    assert_eq!(node.chain()["length"], 3);
}
