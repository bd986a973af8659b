//! Pages of other sites, and whoever sends nonsense.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::common::{Program, post, start};

const JSON: (&str, &str) = ("content-type", "application/json");

fn refused(node: &Program, headers: &[(&str, &str)], status: u16, code: &str) {
    let answer = node.send("POST", "/new_transaction", headers, &post("Eve", "forged"));
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (status, code),
        "{headers:?} {answer:?}"
    );
}

#[test]
fn no_page_of_another_site_makes_the_node_write_or_mine() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(&folder.path().join("store"), &[]);
    refused(
        &node,
        &[JSON, ("origin", "https://evil.example")],
        403,
        "cross_site",
    );
    refused(&node, &[JSON, ("origin", "null")], 403, "cross_site");
    refused(
        &node,
        &[JSON, ("sec-fetch-site", "cross-site")],
        403,
        "cross_site",
    );
    // What a form sends without asking first.
    refused(&node, &[("content-type", "text/plain")], 415, "not_json");
    refused(&node, &[], 415, "not_json");
    // A name rebound to this address.
    refused(
        &node,
        &[JSON, ("host", "rebound.example")],
        421,
        "unknown_host",
    );
    // An image on any page.
    let image = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-mode", "no-cors"),
    ];
    assert_eq!(node.send("GET", "/mine", &image, "").status, 403);
    // Reading, too, is not for a rebound name.
    assert_eq!(
        node.send("GET", "/chain", &[("host", "rebound.example")], "")
            .status,
        421
    );
    assert!(node.posts().is_empty());
    // No site is allowed to ask.
    let preflight = [
        ("origin", "https://evil.example"),
        ("access-control-request-method", "POST"),
    ];
    assert_ne!(
        node.send("OPTIONS", "/new_transaction", &preflight, "")
            .status,
        200
    );
}

#[test]
fn with_a_token_nobody_writes_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "0123456789abcdef\n").unwrap();
    let token = token.to_str().unwrap();
    let node = start(&folder.path().join("store"), &["--token-file", token]);
    refused(&node, &[JSON], 401, "no_token");
    refused(
        &node,
        &[JSON, ("authorization", "Bearer wrong")],
        401,
        "no_token",
    );
    assert_eq!(node.get("/mine").status, 401);
    let headers = [JSON, ("authorization", "Bearer 0123456789abcdef")];
    let answer = node.send("POST", "/new_transaction", &headers, &post("Ana", "hello"));
    assert_eq!(answer.status, 201);
}

#[test]
fn nonsense_is_refused_with_a_reason_and_the_node_lives() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(&folder.path().join("store"), &[]);
    let bearer = format!("Bearer {}", node.token.as_deref().unwrap());
    let long = "x".repeat(5_000);
    let huge = format!(
        "{{\"author\": \"{}\", \"content\": \"x\"}}",
        "x".repeat(70_000)
    );
    for (path, body, status, code) in [
        ("/new_transaction", "{", 400, "bad_json"),
        ("/new_transaction", "", 400, "bad_json"),
        ("/new_transaction", "[]", 400, "bad_argument"),
        (
            "/new_transaction",
            r#"{"author": "Ana"}"#,
            404,
            "missing_field",
        ),
        (
            "/new_transaction",
            r#"{"author": "", "content": "x"}"#,
            404,
            "missing_field",
        ),
        (
            "/new_transaction",
            r#"{"author": 7, "content": "x"}"#,
            400,
            "bad_argument",
        ),
        (
            "/new_transaction",
            r#"{"author": "Ana", "content": ["x"]}"#,
            400,
            "bad_argument",
        ),
        (
            "/new_transaction",
            &post("Ana", &long),
            400,
            "text_too_long",
        ),
        (
            "/new_transaction",
            &post("Ana\u{202e}", "x"),
            400,
            "text_direction_change",
        ),
        ("/new_transaction", &huge, 413, "body_too_large"),
        ("/register_node", "{}", 400, "missing_field"),
        (
            "/register_node",
            r#"{"node_address": 8000}"#,
            400,
            "bad_argument",
        ),
        (
            "/register_with",
            r#"{"node_address": "nowhere"}"#,
            400,
            "bad_address",
        ),
        (
            "/register_with",
            r#"{"node_address": "http://127.0.0.1:1"}"#,
            502,
            "not_linked",
        ),
        ("/add_block", "{}", 400, "bad_argument"),
        ("/add_block", r#"{"block": "xyz"}"#, 400, "bad_argument"),
        ("/add_block", r#"{"block": "00"}"#, 400, "bad_argument"),
        ("/nothing", "{}", 404, "no_such_path"),
        ("/chain", "{}", 405, "no_such_method"),
    ] {
        let headers = [JSON, ("authorization", bearer.as_str())];
        let answer = node.send("POST", path, &headers, body);
        let shown = &body[..body.len().min(80)];
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (status, code),
            "{path} {shown}"
        );
        assert!(
            answer.json()["error"]["message"].as_str().unwrap().len() > 8,
            "{answer:?}"
        );
    }
    let with_itself = format!(r#"{{"node_address": "{}"}}"#, node.url());
    // Why, is for whoever has the token.
    let headers = [JSON, ("authorization", bearer.as_str())];
    let answer = node.send("POST", "/register_with", &headers, &with_itself);
    assert_eq!(answer.status, 502);
    assert!(answer.body.contains("this node itself"), "{answer:?}");
    assert_eq!(
        node.post("/new_transaction", &post("Ana", "alive")).status,
        201
    );
}

#[test]
fn bytes_that_are_no_http_do_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(&folder.path().join("store"), &[]);
    for bytes in [
        b"\0\0\0\0".as_slice(),
        b"GET /chain\r\n\r\n",
        b"GET /chain HTTP/1.1\r\n\r\n",
        b"POST /new_transaction HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: -1\r\n\r\n",
        b"GET /peer HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n",
        &[b'x'; 100_000],
    ] {
        let mut stream = TcpStream::connect(node.address).unwrap();
        // The node may hang up before all is written.
        let _ = stream.write_all(bytes);
        let _ = stream.shutdown(std::net::Shutdown::Write);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{answer:?}");
    }
    assert_eq!(node.get("/chain").status, 200);
}
