//! `/api/v1` and what its description says of it.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use crate::common::{Answer, PATIENCE, Program, post, start, wait_until};

const JSON: (&str, &str) = ("content-type", "application/json");
const BYTES: (&str, &str) = ("content-type", "application/octet-stream");

fn description(node: &Program) -> Value {
    node.get("/api/v1/openapi.json").json()
}

/// A node with two blocks, a post each.
fn with_posts(folder: &tempfile::TempDir) -> Program {
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
fn all_that_is_described_is_there_and_answers_as_described() {
    let folder = tempfile::tempdir().unwrap();
    let node = with_posts(&folder);
    let description = description(&node);
    let status = node.get("/api/v1/status").json();
    let address = status["address"].as_str().unwrap();
    let note = node.get("/api/v1/transactions?limit=1").json();
    let id = note[0]["post"]["id"].as_str().unwrap();
    for (path, operations) in description["paths"].as_object().unwrap() {
        let operation = &operations["get"];
        if operation.is_null() || path.ends_with("/events") {
            continue; // written and watched in the other tests
        }
        let path = path
            .replace("{at}", "1")
            .replace("{address}", address)
            .replace("{id}", id);
        if path.contains("/proofs/") {
            continue; // bytes: below
        }
        let answer = node.get(&path);
        assert_eq!(answer.status, 200, "{path} {answer:?}");
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        check(&description, schema, &answer.json(), &path);
    }
}

/// What of a schema says which fields there are.
fn check(description: &Value, schema: &Value, value: &Value, place: &str) {
    if let Some(name) = schema["$ref"].as_str() {
        let named = description.pointer(&name[1..]);
        return check(description, named.expect(name), value, place);
    }
    match schema["type"].as_str() {
        Some("array") => {
            for entry in value
                .as_array()
                .unwrap_or_else(|| panic!("{place}: {value}"))
            {
                check(description, &schema["items"], entry, place);
            }
        }
        Some("object") => {
            let fields = value
                .as_object()
                .unwrap_or_else(|| panic!("{place}: {value}"));
            for name in schema["required"].as_array().into_iter().flatten() {
                assert!(
                    fields.contains_key(name.as_str().unwrap()),
                    "{place}: no {name}"
                );
            }
            for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
                if let Some(field) = fields.get(name) {
                    check(description, schema, field, &format!("{place}/{name}"));
                }
            }
        }
        Some("string") => assert!(value.is_string(), "{place}: {value}"),
        Some("integer") => assert!(value.is_u64(), "{place}: {value}"),
        _ => {}
    }
}

#[test]
fn whatever_is_asked_the_answer_is_one_of_those_described() {
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(6);
    eprintln!("seed {seed}");
    let mut rng = StdRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let node = with_posts(&folder);
    let description = description(&node);
    let id = node.get("/api/v1/transactions?limit=1").json()[0]["post"]["id"].to_string();
    let words = [
        "0",
        "1",
        "-1",
        "4294967295",
        "4294967296",
        "1e3",
        "",
        "%00",
        "%ff",
        "%F0%9F%8C%B5",
        "null",
        "12-0",
        "12-",
        "-",
        "..",
        "%2e%2e%2f",
        "tablon1qqqq",
        "0x10",
        "NaN",
        id.trim_matches('"'),
        "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    ];
    let bodies = [
        json!({ "command": "post", "body": "x" }),
        json!({ "command": "join", "name": "Ana" }),
        json!({ "command": "transfer", "to": "nobody", "amount": 1 }),
        json!({ "command": "secret", "to": 7, "text": "x" }),
        json!({ "command": "status" }),
        json!([1, 2]),
        json!("post"),
    ];
    let mut asked = 0;
    for _ in 0..40 {
        for (path, operations) in description["paths"].as_object().unwrap() {
            for (method, operation) in operations.as_object().unwrap() {
                let mut path = path.clone();
                let mut query = Vec::new();
                for parameter in operation["parameters"].as_array().into_iter().flatten() {
                    let name = parameter["name"].as_str().unwrap();
                    let value = words.choose(&mut rng).unwrap();
                    match parameter["in"].as_str() {
                        // An empty piece is another path.
                        Some("path") => {
                            let value = if value.is_empty() { &"x" } else { value };
                            path = path.replace(&format!("{{{name}}}"), value);
                        }
                        _ if rng.random_bool(0.5) => query.push(format!("{name}={value}")),
                        _ => {}
                    }
                }
                if path.contains("..") || path.ends_with("/events") {
                    continue;
                }
                if !query.is_empty() {
                    path = format!("{path}?{}", query.join("&"));
                }
                let (kind, body) = match path.contains("proofs") {
                    true => (BYTES, "tablon".repeat(rng.random_range(0..20))),
                    false => (JSON, spoiled(&mut rng, &bodies)),
                };
                let (headers, body) = match method.as_str() {
                    "post" => (vec![kind], body),
                    _ => (vec![], String::new()),
                };
                let answer = node.try_send(&method.to_uppercase(), &path, &headers, &body);
                // A file is not text.
                let Ok(answer) = answer else { continue };
                described(operation, &answer, &path, &body);
                asked += 1;
            }
        }
    }
    assert!(asked > 400, "{asked}");
    assert_eq!(node.get("/api/v1/status").status, 200);
}

fn spoiled(rng: &mut StdRng, bodies: &[Value]) -> String {
    let mut body = bodies.choose(rng).unwrap().to_string();
    if rng.random_bool(0.5) {
        let mut at = rng.random_range(0..=body.len());
        while !body.is_char_boundary(at) {
            at -= 1;
        }
        match rng.random_bool(0.5) {
            true => body.truncate(at),
            false => body.insert_str(
                at,
                ["\"", "{", "\u{202e}", "9", ",", "\\u0000"]
                    .choose(rng)
                    .unwrap(),
            ),
        }
    }
    body
}

fn described(operation: &Value, answer: &Answer, path: &str, body: &str) {
    let status = answer.status.to_string();
    let responses = operation["responses"].as_object().unwrap();
    assert!(responses.contains_key(&status), "{path} {body}: {answer:?}");
    if answer.status >= 400 {
        assert!(!answer.code().is_empty(), "{path} {body}: {answer:?}");
    }
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
