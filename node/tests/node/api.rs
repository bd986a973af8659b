//! `/api/v1`, as programs use it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::common::{PATIENCE, Program, post, start, wait_until};

const BYTES: (&str, &str) = ("content-type", "application/octet-stream");

/// A node with two blocks, a post each.
pub(crate) fn with_posts(folder: &tempfile::TempDir) -> Program {
    let node = start(&folder.path().join("store"), &[]);
    for text in ["one", "two"] {
        assert_eq!(
            node.post("/new_transaction", &post("Ana", text)).status,
            201
        );
        assert_eq!(node.get("/mine").status, 200);
    }
    node
}

#[test]
fn a_program_reads_and_writes_all_that_a_tab_does() {
    let folder = tempfile::tempdir().unwrap();
    let node = with_posts(&folder);
    let write = |command: Value| {
        let answer = node.post("/api/v1/transactions", &command.to_string());
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["id"].as_str().unwrap().to_owned()
    };
    let status = node.get("/api/v1/status").json();
    assert_eq!(
        (&status["height"], &status["balance"]),
        (&2.into(), &100.into())
    );
    let own = status["address"].as_str().unwrap();

    let joined = write(json!({ "command": "join", "name": "Ana" }));
    let waiting = node.get(&format!("/api/v1/transactions/{joined}")).json();
    assert_eq!(
        (&waiting["height"], &waiting["transaction"]["kind"]),
        (&Value::Null, &"join".into())
    );
    assert_eq!(node.get("/mine").body, "Block #3 is mined.\n");
    let found = node.get(&format!("/api/v1/transactions/{joined}")).json();
    assert_eq!(
        (&found["height"], &found["transaction"]["name"]),
        (&3.into(), &"Ana".into())
    );
    let participants = node.get("/api/v1/participants").json();
    assert_eq!(
        (&participants[0]["address"], &participants[0]["name"]),
        (&own.into(), &"Ana".into())
    );

    let notes = node.get("/api/v1/transactions?limit=1").json();
    assert_eq!(notes[0]["post"]["content"], "two");
    let next = node.get("/api/v1/transactions?before=2-0").json();
    assert_eq!(next[0]["post"]["content"], "one");
    let tipped = notes[0]["post"]["id"].clone();
    write(json!({ "command": "transfer", "to": own, "amount": 7, "tip": tipped }));
    write(json!({ "command": "secret", "to": own, "text": "under the third tile" }));
    assert_eq!(node.get("/mine").status, 200);
    let transfers = node
        .get(&format!("/api/v1/accounts/{own}/transfers"))
        .json();
    assert_eq!(transfers[0]["post"]["amount"], 7);
    let account = node.get(&format!("/api/v1/accounts/{own}")).json();
    assert_eq!(
        (&account["name"], &account["transactions"]),
        (&"Ana".into(), &5.into())
    );

    let blocks = node.get("/api/v1/blocks?from=1&limit=2").json();
    assert_eq!(
        (&blocks[0]["index"], &blocks[1]["index"]),
        (&1.into(), &2.into())
    );
    let hash = blocks[1]["hash"].as_str().unwrap();
    assert_eq!(
        node.get(&format!("/api/v1/blocks/{hash}")).json()["index"],
        2
    );

    let poor = json!({ "command": "transfer", "to": own, "amount": 1_000_000 }).to_string();
    let refused = node.post("/api/v1/transactions", &poor);
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (400, "overspent")
    );
    let order = json!({ "command": "mine", "threads": 4 }).to_string();
    assert_eq!(node.post("/api/v1/transactions", &order).status, 400);
}

#[test]
fn a_watcher_hears_of_posts_and_tips() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(&folder.path().join("store"), &[]);
    let mut stream = TcpStream::connect(node.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!(
        "GET /api/v1/events HTTP/1.0\r\nhost: {}\r\n\r\n",
        node.address
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
    // The head is there: whatever comes now is heard.
    assert!(lines.by_ref().take_while(|line| !line.is_empty()).count() > 2);
    assert_eq!(
        node.post("/new_transaction", &post("Ana", "heard")).status,
        201
    );
    assert_eq!(node.get("/mine").status, 200);
    let mut heard = Vec::new();
    while heard.len() < 2 {
        let line = lines.next().unwrap();
        if let Some(name) = line.strip_prefix("event: ") {
            let data = lines.next().unwrap();
            let value: Value = serde_json::from_str(data.strip_prefix("data: ").unwrap()).unwrap();
            heard.push((name.to_owned(), value));
        }
    }
    assert_eq!(heard[0].0, "post");
    assert_eq!(heard[0].1["post"]["content"], "heard");
    assert_eq!(
        (heard[1].0.as_str(), &heard[1].1["height"]),
        ("tip", &1.into())
    );
    assert!(heard[1].1["show"].is_null());
    // The stream ends with the node, which does not wait for it.
    node.terminate();
}

#[test]
fn a_proof_is_fetched_as_a_file_and_verified_by_another_node() {
    let folder = tempfile::tempdir().unwrap();
    let node = with_posts(&folder);
    let note = node.get("/api/v1/transactions?limit=1").json();
    let id = note[0]["post"]["id"].as_str().unwrap();
    let file = folder.path().join("file");
    crate::common::curl(&format!(
        "curl -o {} {}/api/v1/proofs/{id}",
        file.display(),
        node.url()
    ));
    let other = start(&folder.path().join("other"), &[]);
    let said = crate::common::curl(&format!(
        "curl -H 'Content-Type: application/octet-stream' --data-binary @{} {}/api/v1/proofs",
        file.display(),
        other.url()
    ));
    let said: Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["transaction"]["content"], "two");
    // The other node has not that block.
    assert_eq!(said["on_best_chain"], false);
    let bytes = "not a proof";
    let refused = other.send("POST", "/api/v1/proofs", &[BYTES], bytes);
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (400, "proof_not_a_file")
    );
}

#[test]
fn the_page_shows_posts_as_text() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(&folder.path().join("store"), &[]);
    let body = post("<b>Ana", "<script>alert(1)</script>");
    assert_eq!(node.post("/new_transaction", &body).status, 201);
    assert_eq!(node.get("/mine").status, 200);
    let page = wait_until(|| Some(node.get("/").body).filter(|page| page.contains("Block 1")));
    assert!(
        page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"),
        "{page}"
    );
    assert!(
        page.contains("&lt;b&gt;Ana") && !page.contains("<script"),
        "{page}"
    );
}
