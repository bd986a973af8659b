//! The page: right bytes, right headers, and nothing outside its folder.

use std::fs;
use std::path::Path;

use tablon_core::hash::sha256;
use tablon_relay::{Config, Limits, Page};
use tempfile::TempDir;

use crate::common::{Relay, get, request};

const HASHED: &str = "/page-0123456789abcdef.js";
const INDEX: &str = "<!doctype html><script type=module>import '/x.js'</script><p>Tablón";

/// A folder `dist` beside a file that must never be served.
async fn relay_with_page() -> (TempDir, Relay) {
    let outer = tempfile::tempdir().unwrap();
    fs::write(outer.path().join("secret.txt"), "secret").unwrap();
    let dist = outer.path().join("dist");
    fs::create_dir_all(dist.join("snippets/a-b")).unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(dist.join(name), bytes).unwrap();
    write("index.html", INDEX.as_bytes());
    write(&HASHED[1..], "let page = 1;\n".repeat(200).as_bytes());
    write("node.js", b"let node = 1;");
    write("node_bg.wasm", b"\0asm\x01\0\0\0");
    write("style.css", b"p{}");
    write("snippets/a-b/inline0.js", b"let s = 1;");
    write(".hidden", b"secret");
    #[cfg(unix)]
    std::os::unix::fs::symlink(outer.path().join("secret.txt"), dist.join("link.txt")).unwrap();
    (outer, serve(&outer_dist(&dist)).await)
}

fn outer_dist(dist: &Path) -> Page {
    Page::Folder(dist.into())
}

async fn serve(page: &Page) -> Relay {
    Relay::start_with(Config {
        page: page.clone(),
        ..Config::default()
    })
    .await
}

#[tokio::test]
async fn every_file_has_its_type_and_its_cache_rule() {
    let (_folder, relay) = relay_with_page().await;
    for (path, mime, cache) in [
        ("/", "text/html; charset=utf-8", "no-cache"),
        ("/index.html", "text/html; charset=utf-8", "no-cache"),
        (
            HASHED,
            "text/javascript; charset=utf-8",
            "public, max-age=31536000, immutable",
        ),
        ("/node.js", "text/javascript; charset=utf-8", "no-cache"),
        ("/node_bg.wasm", "application/wasm", "no-cache"),
        ("/style.css", "text/css; charset=utf-8", "no-cache"),
        (
            "/snippets/a-b/inline0.js",
            "text/javascript; charset=utf-8",
            "no-cache",
        ),
    ] {
        let answer = get(relay.address, path).await;
        assert_eq!(answer.status, 200, "{path}");
        assert_eq!(answer.header("content-type"), mime, "{path}");
        assert_eq!(answer.header("cache-control"), cache, "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
    assert_eq!(get(relay.address, "/").await.text(), INDEX);
    assert_eq!(get(relay.address, "/?x=1").await.text(), INDEX);
    assert_eq!(get(relay.address, "/missing.js").await.status, 404);
    assert_eq!(get(relay.address, "/snippets").await.status, 404);
}

#[tokio::test]
async fn page_cannot_be_left_by_dot_dot() {
    let (_folder, relay) = relay_with_page().await;
    for path in [
        "/../secret.txt",
        "/../../../../../../etc/passwd",
        "/snippets/../../secret.txt",
        "/snippets/../node.js",
        "/./node.js",
        "//etc/passwd",
        "/%2e%2e/secret.txt",
        "/%2E%2E%2Fsecret.txt",
        "/..%2fsecret.txt",
        "/..%5csecret.txt",
        "/..\\secret.txt",
        "/%252e%252e/secret.txt",
        "/..;/secret.txt",
        "/.hidden",
        "/snippets/.%2e/.hidden",
        "/node.js%00.png",
        "/node.js/",
        "/link.txt",
        "/snippets/a-b",
    ] {
        let answer = get(relay.address, path).await;
        assert!(
            [400, 404].contains(&answer.status),
            "{path}: {}",
            answer.status
        );
        assert!(!answer.text().contains("secret"), "{path}");
    }
}

#[tokio::test]
async fn a_known_file_is_not_sent_again() {
    let (folder, relay) = relay_with_page().await;
    let first = get(relay.address, "/node.js").await;
    let etag = first.header("etag").to_owned();
    assert!(etag.starts_with('"'), "{etag}");
    let weak = format!("W/{etag}");
    let again = |condition: String| async move {
        let header = format!("If-None-Match: {condition}\r\n");
        request(relay.address, "GET", "/node.js", &header).await
    };
    for condition in [etag.clone(), weak, format!("\"other\", {etag}"), "*".into()] {
        let known = again(condition.clone()).await;
        assert_eq!(known.status, 304, "{condition}");
        assert!(known.body.is_empty());
        assert_eq!(known.header("etag"), etag);
        assert_eq!(known.header("cache-control"), "no-cache");
        assert!(
            known
                .header("content-security-policy")
                .contains("worker-src")
        );
    }
    assert_eq!(again("\"other\"".into()).await.status, 200);

    // A rebuilt page is seen without a restart.
    fs::write(folder.path().join("dist/node.js"), "let node = 22;").unwrap();
    let rebuilt = again(etag).await;
    assert_eq!(rebuilt.status, 200);
    assert_eq!(rebuilt.text(), "let node = 22;");
}

#[tokio::test]
async fn head_gives_the_headers_alone_and_other_methods_nothing() {
    let (_folder, relay) = relay_with_page().await;
    let head = request(relay.address, "HEAD", "/node.js", "").await;
    assert_eq!(head.status, 200);
    assert_eq!(head.header("content-length"), "13");
    assert!(head.body.is_empty());
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let answer = request(relay.address, method, "/", "Content-Length: 0\r\n").await;
        assert_eq!(answer.status, 405, "{method}");
        assert_eq!(answer.header("allow"), "GET, HEAD", "{method}");
    }
}

#[tokio::test]
async fn text_is_packed_for_those_who_take_it() {
    let (_folder, relay) = relay_with_page().await;
    let plain = get(relay.address, HASHED).await;
    assert_eq!(plain.header("content-encoding"), "");
    assert_eq!(plain.header("vary"), "accept-encoding");
    assert_eq!(plain.body.len(), 2_800);
    // Nothing was packed by a build here: gzip alone is made when asked for.
    let packed = taking(&relay, HASHED, "gzip, br").await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert_eq!(packed.header("vary"), "accept-encoding");
    assert_eq!(packed.header("content-type"), plain.header("content-type"));
    assert!(packed.body.len() < 200, "{}", packed.body.len());
    let mut unpacked = Vec::new();
    let mut reader = flate2::read::GzDecoder::new(&packed.body[..]);
    std::io::Read::read_to_end(&mut reader, &mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
}

async fn taking(relay: &Relay, path: &str, codings: &str) -> crate::common::Answer {
    let header = format!("Accept-Encoding: {codings}\r\n");
    request(relay.address, "GET", path, &header).await
}

#[tokio::test]
async fn what_the_build_packed_goes_out_as_it_is() {
    let (folder, relay) = relay_with_page().await;
    let dist = folder.path().join("dist");
    // Bytes that no compressor made: they must arrive unchanged.
    fs::write(
        dist.join(format!("{HASHED}.br").trim_start_matches('/')),
        b"as brotli",
    )
    .unwrap();
    fs::write(
        dist.join(format!("{HASHED}.gz").trim_start_matches('/')),
        b"as gzip",
    )
    .unwrap();
    let mut etags = Vec::new();
    for (codings, coding, body) in [
        ("gzip, deflate, br, zstd", "br", "as brotli"),
        ("gzip, br;q=0.5", "gzip", "as gzip"),
        ("br;q=0, *", "gzip", "as gzip"),
    ] {
        let answer = taking(&relay, HASHED, codings).await;
        assert_eq!(answer.status, 200, "{codings}");
        assert_eq!(answer.header("content-encoding"), coding, "{codings}");
        assert_eq!(answer.text(), body, "{codings}");
        assert_eq!(answer.header("vary"), "accept-encoding");
        assert_eq!(
            answer.header("cache-control"),
            "public, max-age=31536000, immutable"
        );
        etags.push(answer.header("etag").to_owned());
    }
    assert_eq!(etags[1], etags[2]);
    let plain = taking(&relay, HASHED, "identity").await;
    assert_eq!(plain.header("content-encoding"), "");
    assert_eq!(plain.body.len(), 2_800);
    etags.push(plain.header("etag").to_owned());
    assert_ne!(etags[0], etags[1]);
    assert_ne!(etags[0], etags[3]);

    // Known in one form is not known in another.
    let again = |etag: &str| {
        let header = format!("Accept-Encoding: br\r\nIf-None-Match: {etag}\r\n");
        async move { request(relay.address, "GET", HASHED, &header).await.status }
    };
    assert_eq!(again(&etags[0]).await, 304);
    assert_eq!(again(&etags[1]).await, 200);

    let refused = taking(&relay, HASHED, "identity;q=0, deflate").await;
    assert_eq!(refused.status, 406);
    assert_eq!(
        get(relay.address, &format!("{HASHED}.br")).await.status,
        404
    );
}

#[tokio::test]
async fn a_file_edited_since_it_was_packed_is_served_as_it_is_now() {
    let (folder, relay) = relay_with_page().await;
    let dist = folder.path().join("dist");
    let packed = dist.join("node.js.br");
    fs::write(&packed, b"long ago").unwrap();
    let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3_600);
    let file = fs::File::options().write(true).open(&packed).unwrap();
    file.set_modified(hour_ago).unwrap();
    let answer = taking(&relay, "/node.js", "br").await;
    assert_eq!(answer.header("content-encoding"), "");
    assert_eq!(answer.text(), "let node = 1;");
}

#[tokio::test]
async fn the_policy_lets_the_page_run_and_nothing_else() {
    let (_folder, relay) = relay_with_page().await;
    let answer = request(relay.address, "GET", "/", "Host: board.example:8080\r\n").await;
    let policy = answer.header("content-security-policy");
    let hash = data_encoding::BASE64.encode(&sha256(&[b"import '/x.js'"]));
    for part in [
        "default-src 'self'",
        &format!("script-src 'self' 'wasm-unsafe-eval' 'sha256-{hash}';"),
        // To the relay, and to nodes that have an address.
        "connect-src 'self' ws: wss:;",
        "worker-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ] {
        assert!(policy.contains(part), "{part} is missing in {policy}");
    }
    assert!(
        !policy.contains("unsafe-eval'; ") && !policy.contains("script-src *"),
        "{policy}"
    );
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin");
    assert!(
        answer
            .header("permissions-policy")
            .contains("geolocation=()")
    );

    // A worker runs under the policy of its own script.
    let worker = get(relay.address, "/node.js").await;
    let policy = worker.header("content-security-policy");
    assert!(policy.contains("'wasm-unsafe-eval'"), "{policy}");
    assert!(policy.contains("connect-src 'self' ws: wss:"), "{policy}");
    for path in ["/missing", "/healthz", "/stats.json"] {
        let answer = get(relay.address, path).await;
        assert!(
            !answer.header("content-security-policy").is_empty(),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_host_header_cannot_write_the_policy() {
    let (_folder, relay) = relay_with_page().await;
    for host in ["x; script-src *", "x 'unsafe-inline'", "*", "me@x", "x,y"] {
        let answer = request(relay.address, "GET", "/", &format!("Host: {host}\r\n")).await;
        let policy = answer.header("content-security-policy").to_owned();
        let refused = answer.status == 400;
        assert!(refused || !policy.contains(host), "{host}: {policy}");
        assert!(
            !policy.contains("script-src *") && !policy.contains("unsafe-inline"),
            "{policy}"
        );
    }
}

#[tokio::test]
async fn without_a_built_page_the_relay_says_how_to_build_it() {
    let relay = Relay::start(Limits::default()).await;
    let answer = get(relay.address, "/").await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    assert!(answer.text().contains("cargo xtask build"));
    assert_eq!(get(relay.address, "/healthz").await.text(), "ok");
}

#[tokio::test]
async fn the_socket_path_without_an_upgrade_is_refused() {
    let relay = Relay::start(Limits::default()).await;
    let status = get(relay.address, "/signal").await.status;
    assert!((400..500).contains(&status), "{status}");
}
