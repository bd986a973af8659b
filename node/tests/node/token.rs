//! Loopback is no credential: what spends or reveals needs the token.

use std::process::Stdio;

use serde_json::json;

use crate::common::{Answer, Program, command, curl, exchange, post, spawn, start};

const JSON: (&str, &str) = ("content-type", "application/json");

fn without_token(node: &Program, method: &str, path: &str, body: &str) -> Answer {
    exchange(node.address, method, path, &[JSON], body).unwrap()
}

fn needs_token(answer: &Answer) {
    let refused = (answer.status, answer.code());
    assert_eq!(refused, (401, "no_token".to_owned()), "{answer:?}");
}

#[test]
fn what_spends_or_signs_needs_the_token_on_this_machine_too() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(&folder.path().join("store"), &[]);
    let to = node.get("/api/v1/status").json()["address"].clone();
    for write in [
        json!({ "command": "transfer", "to": to, "amount": 1 }),
        json!({ "command": "leave" }),
        json!({ "command": "join", "name": "Eve" }),
        json!({ "command": "post", "body": "forged", "name": "", "topic": "" }),
        json!({ "command": "secret", "to": to, "text": "read this" }),
    ] {
        let path = "/api/v1/transactions";
        needs_token(&without_token(&node, "POST", path, &write.to_string()));
    }
    assert!(node.posts().is_empty());
    // With it, as the node's owner reads it from the file.
    let post = json!({ "command": "post", "body": "mine", "name": "", "topic": "" });
    let answer = node.post("/api/v1/transactions", &post.to_string());
    assert_eq!(answer.status, 201, "{answer:?}");
}

#[test]
fn the_token_is_its_owners_alone_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let node = start(&store, &[]);
    let first = node.token.clone().unwrap();
    assert_eq!(first.len(), 32);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let file = folder.path().join("store.token");
        let mode = std::fs::metadata(file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    node.terminate();
    assert_eq!(start(&store, &[]).token, Some(first));
}

#[test]
fn who_names_the_node_for_others_asks_everybody_for_the_token() {
    let folder = tempfile::tempdir().unwrap();
    for (number, option) in [
        &["--host", "board.example"][..],
        &["--address", "wss://board.example/peer"],
        &["--behind-proxy"],
    ]
    .into_iter()
    .enumerate()
    {
        let node = start(&folder.path().join(number.to_string()), option);
        let body = post("Eve", "forged");
        needs_token(&without_token(&node, "POST", "/new_transaction", &body));
        needs_token(&without_token(&node, "GET", "/mine", ""));
        let register = r#"{"node_address": "http://127.0.0.1:1"}"#;
        needs_token(&without_token(&node, "POST", "/register_node", register));
        assert_eq!(without_token(&node, "GET", "/chain", "").status, 200);
        let bearer = format!("Bearer {}", node.token.as_deref().unwrap());
        let headers = [JSON, ("authorization", bearer.as_str())];
        let answer = exchange(node.address, "POST", "/new_transaction", &headers, &body);
        assert_eq!(answer.unwrap().status, 201, "{option:?}");
    }
}

#[test]
fn the_host_is_told_where_the_token_is_and_of_the_first_write_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut starting = command(&folder.path().join("store"));
    starting
        .args(["--listen", "127.0.0.1:0", "--webrtc", "off"])
        .stderr(Stdio::from(std::fs::File::create(&log).unwrap()));
    let node = spawn(starting);
    let said = || std::fs::read_to_string(&log).unwrap();
    assert!(said().contains("store.token"), "{}", said());
    assert!(
        !said().contains(node.token.as_deref().unwrap()),
        "a log is read by others"
    );
    assert!(!said().contains("--behind-proxy"));
    for text in ["one", "two"] {
        let line = format!(
            r#"curl -X POST {}/new_transaction -H 'Content-Type: application/json' -d '{{"author": "Ana", "content": "{text}"}}'"#,
            node.url()
        );
        assert_eq!(curl(&line), "Success\n");
    }
    assert_eq!(said().matches("--behind-proxy").count(), 1, "{}", said());
}

// Whatever stands before it, the node does not call machines of its own network for
// somebody who has shown nothing.
#[test]
fn without_the_token_no_inner_machine_is_dialled() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(&folder.path().join("store"), &[]);
    for inner in [
        "10.0.0.1",
        "192.168.1.1:22",
        "169.254.169.254",
        "[fd00::1]:8000",
    ] {
        let body = json!({ "node_address": format!("http://{inner}") }).to_string();
        for path in ["/register_node", "/register_with"] {
            let refused = without_token(&node, "POST", path, &body);
            let said = (refused.status, refused.code());
            assert_eq!(said, (403, "not_public".to_owned()), "{inner} {refused:?}");
        }
    }
    assert_eq!(node.chain()["peers"], json!([]));
    // Nor is it said which ports of this one are open.
    let closed = json!({ "node_address": "http://127.0.0.1:1" }).to_string();
    let refused = without_token(&node, "POST", "/register_with", &closed);
    assert_eq!(
        (refused.status, refused.code()),
        (502, "not_linked".to_owned())
    );
    assert!(!refused.body.contains("refused"), "{refused:?}");
}

// Safari before 16.4 and Firefox before 70 say nothing of the page that asks.
#[test]
fn a_browser_too_old_to_say_its_origin_cannot_write() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(&folder.path().join("store"), &[]);
    let old = "Mozilla/5.0 (X11; Linux x86_64; rv:60.0) Gecko/20100101 Firefox/60.0";
    for (method, path) in [("GET", "/mine"), ("POST", "/new_transaction")] {
        let headers = [JSON, ("user-agent", old)];
        let body = post("Eve", "forged");
        let refused = exchange(node.address, method, path, &headers, &body).unwrap();
        let said = (refused.status, refused.code());
        assert_eq!(said, (403, "cross_site".to_owned()), "{path} {refused:?}");
    }
    let headers = [("user-agent", old)];
    let read = exchange(node.address, "GET", "/chain", &headers, "").unwrap();
    assert_eq!(read.status, 200);
}
