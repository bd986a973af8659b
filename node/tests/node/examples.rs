//! The examples run, and tell what they should.

use std::process::Command;

#[path = "../../examples/two_nodes.rs"]
#[allow(dead_code, reason = "its main is the example's")]
mod two_nodes;

#[tokio::test]
async fn of_two_nodes_one_dies_and_the_other_carries_on() {
    let told = two_nodes::tell().await.unwrap();
    assert!(told[1].contains("has mined the first's post"), "{told:?}");
    assert!(told[2].contains("carries on"), "{told:?}");
    let posts = &told[3..];
    assert_eq!(posts.len(), 2, "{told:?}");
    assert!(posts[0].ends_with(": Is anybody here?"), "{told:?}");
    assert!(posts[1].ends_with(": Still here."), "{told:?}");
}

#[test]
fn the_same_by_curl() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/two_nodes.sh");
    let out = Command::new("sh")
        .arg(script)
        .env("TABLON_NODE", env!("CARGO_BIN_EXE_tablon-node"))
        .env("TABLON_NETWORK", crate::common::quick().to_link())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{said} {out:?}");
    for line in [
        "Registration successful",
        "Block #1 is mined.",
        "Block #2 is mined.",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    let chain = said
        .lines()
        .rev()
        .find(|line| line.starts_with('{'))
        .unwrap();
    let chain: serde_json::Value = serde_json::from_str(chain).unwrap();
    assert_eq!(chain["length"], 3, "{chain}");
}
