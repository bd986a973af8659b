//! Who may ask what.
//!
//! A browser on this machine shows pages of anybody, and each of them can send
//! requests here. So: a request must call the node by its address, `localhost` or a
//! name that the host gave (a page whose name was rebound to this address calls it
//! by its own); whatever changes something must come from no other site, as
//! `Sec-Fetch-Site` and `Origin` say, with a content type that no form can send, and
//! with the token.
//!
//! Without it, only what the tutorial does is done, and only for what looks like a
//! program of this machine. Loopback is no credential: a proxy on this machine calls
//! from there, too. Those that say so in any way are known by it: an older HTTP
//! version, a header that no program of one's own sends. One that says nothing cannot
//! be told from `curl`, which is why nothing that spends or reveals is open.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use subtle::ConstantTimeEq;

use super::answer::Problem;
use super::held::Held;
use super::{Caller, CallerAddress, Served};
use crate::config::LocalWrites;

/// Every answer: no site may frame, embed or sniff it.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Paths whose writes neither spend nor reveal: the tutorial's operations, work for
/// miners, and the verification of a proof. Any other path that writes needs the token.
const OPEN_PATHS: [&str; 7] = [
    "/",
    "/new_transaction",
    "/mine",
    "/register_node",
    "/register_with",
    "/add_block",
    "/api/v1/proofs",
];

/// What a program on this machine sends. Any other header may be the mark of a proxy:
/// there is no list of those, each has its own (`Forwarded`, `X-Real-IP`,
/// `CF-Connecting-IP`, ...).
const OWN_HEADERS: [HeaderName; 19] = [
    header::ACCEPT,
    header::ACCEPT_ENCODING,
    header::ACCEPT_LANGUAGE,
    header::AUTHORIZATION,
    header::CACHE_CONTROL,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::CONTENT_TYPE,
    header::EXPECT,
    header::HOST,
    header::ORIGIN,
    header::PRAGMA,
    header::REFERER,
    header::TRANSFER_ENCODING,
    header::USER_AGENT,
    HeaderName::from_static("priority"),
    HeaderName::from_static("sec-fetch-dest"),
    HeaderName::from_static("sec-fetch-mode"),
    HeaderName::from_static("sec-fetch-site"),
];

/// What pooler's cpuminer and other miners send besides.
const MINERS_HEADER: &str = "x-mining-extensions";

/// What a request that writes has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Credential {
    /// The token.
    Token,
    /// That it comes from this machine, or through a proxy that says nothing.
    Loopback,
}

/// Middleware: let through or refuse.
pub(super) async fn check(
    State(served): State<Arc<Served>>,
    Extension(caller): Extension<Arc<Caller>>,
    mut request: Request,
    next: Next,
) -> Response {
    let serving = caller.place.serve();
    let address = served.address_of(&caller, request.headers());
    request.extensions_mut().insert(CallerAddress(address));
    let checked = if request.uri().path() == "/peer" {
        Ok(()) // proves itself by its key
    } else {
        let local = caller.address.to_canonical().is_loopback();
        admit(&served, local, &request).map(|credential| {
            if let Some(credential) = credential {
                request.extensions_mut().insert(credential);
            }
            if credential == Some(Credential::Loopback) {
                served.note_open_write();
            }
        })
    };
    let response = match checked {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    let mut response = response.map(|body| Body::new(Held::new(body, serving)));
    response.headers_mut().extend(HEADERS);
    response
}

// What the request has shown, if it needs to show anything.
fn admit(served: &Served, local: bool, request: &Request) -> Result<Option<Credential>, Problem> {
    let headers = request.headers();
    let host = called(request)?;
    known_host(&host, &served.hosts)?;
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    let path = request.uri().path();
    // The tutorial mines by GET.
    if reads && path != "/mine" {
        return Ok(None);
    }
    of_this_site(headers, &host)?;
    let open = local
        && served.local_writes == LocalWrites::Tutorial
        && OPEN_PATHS.contains(&path)
        && is_of_this_machine(request.version(), headers);
    let credential = may_write(headers, open, &served.token)?;
    // Every other method is refused as such, where the path is known.
    if *request.method() == Method::POST {
        is_json(headers)?;
    }
    Ok(Some(credential))
}

fn is_of_this_machine(version: Version, headers: &HeaderMap) -> bool {
    // HTTP/1.0 is what nginx speaks to the servers behind it unless told otherwise.
    let plain = |value: &HeaderValue| {
        [&b"close"[..], b"keep-alive"]
            .iter()
            .any(|known| value.as_bytes().eq_ignore_ascii_case(known))
    };
    version == Version::HTTP_11
        // A recipe for WebSockets upgrades every request.
        && headers.get_all(header::CONNECTION).iter().all(plain)
        && headers
            .keys()
            .all(|name| OWN_HEADERS.contains(name) || name == MINERS_HEADER)
}

fn called(request: &Request) -> Result<Authority, Problem> {
    let bad = |message: &str| Problem::bad("bad_host", message);
    if let Some(authority) = request.uri().authority() {
        return Ok(authority.clone());
    }
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let host = hosts.next().filter(|_| hosts.next().is_none());
    let host = host.ok_or_else(|| bad("one Host header is needed"))?;
    let host = host.to_str().ok().and_then(|host| host.parse().ok());
    host.ok_or_else(|| bad("the Host header is no host"))
}

fn known_host(host: &Authority, known: &[String]) -> Result<(), Problem> {
    let name = host.host().trim_end_matches('.');
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let is_known = bare.parse::<IpAddr>().is_ok()
        || name.eq_ignore_ascii_case("localhost")
        || known.iter().any(|known| known.eq_ignore_ascii_case(name));
    if is_known {
        return Ok(());
    }
    let name: String = name.chars().take(80).collect();
    Err(Problem::new(
        StatusCode::MISDIRECTED_REQUEST,
        "unknown_host",
        format!("this node is not called {name:?}; whoever hosts it can name it so with --host"),
    ))
}

fn of_this_site(headers: &HeaderMap, host: &Authority) -> Result<(), Problem> {
    let refuse = || {
        let message = "pages of other sites cannot make this node do anything";
        Problem::new(StatusCode::FORBIDDEN, "cross_site", message)
    };
    let says_its_site =
        headers.contains_key("sec-fetch-site") || headers.contains_key(header::ORIGIN);
    if !says_its_site && is_browser(headers) {
        let message = "this browser is too old to say which site a request comes from";
        return Err(Problem::new(StatusCode::FORBIDDEN, "cross_site", message));
    }
    for site in headers.get_all("sec-fetch-site") {
        if site != "same-origin" && site != "none" {
            return Err(refuse());
        }
    }
    for origin in headers.get_all(header::ORIGIN) {
        let origin = origin.to_str().unwrap_or_default();
        let own = (origin.strip_prefix("http://"))
            .or_else(|| origin.strip_prefix("https://"))
            .is_some_and(|origin| origin.eq_ignore_ascii_case(host.as_str()));
        if !own {
            return Err(refuse());
        }
    }
    Ok(())
}

// Every browser calls itself Mozilla, and those before the first Presto's end Opera. A
// request that a page makes names that page or brings cookies, unless it is told not to.
fn is_browser(headers: &HeaderMap) -> bool {
    let agent = headers.get(header::USER_AGENT);
    let agent = agent.map_or(&[][..], |agent| agent.as_bytes());
    let says_so = [&b"Mozilla/"[..], b"Opera/"]
        .iter()
        .any(|name| agent.starts_with(name));
    says_so || headers.contains_key(header::REFERER) || headers.contains_key(header::COOKIE)
}

fn may_write(headers: &HeaderMap, open: bool, token: &str) -> Result<Credential, Problem> {
    let given = headers.get(header::AUTHORIZATION).and_then(given_token);
    if given.is_some_and(|given| given.as_slice().ct_eq(token.as_bytes()).into()) {
        return Ok(Credential::Token);
    }
    if open {
        return Ok(Credential::Loopback);
    }
    let message = "writing needs the node's token, as `Authorization: Bearer TOKEN`: \
                   the node names its file when it starts";
    Err(Problem::new(StatusCode::UNAUTHORIZED, "no_token", message))
}

// Miners know HTTP's basic authentication only: the token is the password then.
fn given_token(value: &HeaderValue) -> Option<Vec<u8>> {
    let (scheme, rest) = value.to_str().ok()?.split_once(' ')?;
    let rest = rest.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.as_bytes().to_vec());
    }
    let pair = BASE64.decode(rest.as_bytes()).ok();
    let pair = pair.filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let colon = pair.iter().position(|byte| *byte == b':')?;
    Some(pair[colon + 1..].to_vec())
}

fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let stated = headers.get(header::CONTENT_TYPE);
    let stated = stated.and_then(|stated| stated.to_str().ok()).unwrap_or("");
    let kind = stated.split(';').next().unwrap_or("").trim();
    // Neither can be sent by a form.
    let known = ["application/json", "application/octet-stream"];
    if known.iter().any(|known| kind.eq_ignore_ascii_case(known)) {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "not_json",
        "the body must be said to be JSON: `Content-Type: application/json`",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, value.parse().unwrap());
        }
        headers
    }

    #[test]
    fn a_name_that_was_rebound_to_this_address_is_not_answered() {
        let known = ["board.example".to_owned()];
        for (host, expected) in [
            ("127.0.0.1:8000", true),
            ("[::1]:8000", true),
            ("localhost", true),
            ("LOCALHOST:1", true),
            ("board.example", true),
            ("rebound.example:8000", false),
            ("localhost.rebound.example", false),
            ("127.0.0.1.rebound.example", false),
        ] {
            let host: Authority = host.parse().unwrap();
            assert_eq!(known_host(&host, &known).is_ok(), expected, "{host}");
        }
    }

    #[test]
    fn another_site_cannot_write_and_a_program_can() {
        let host: Authority = "127.0.0.1:8000".parse().unwrap();
        for (lines, expected) in [
            (vec![], true),
            (vec![("origin", "http://127.0.0.1:8000")], true),
            (vec![("sec-fetch-site", "same-origin")], true),
            (vec![("sec-fetch-site", "none")], true),
            (vec![("sec-fetch-site", "cross-site")], false),
            (vec![("sec-fetch-site", "same-site")], false),
            (vec![("origin", "http://127.0.0.1:8001")], false),
            (vec![("origin", "https://evil.example")], false),
            (vec![("origin", "null")], false),
            (
                vec![("origin", "http://127.0.0.1:8000"), ("origin", "null")],
                false,
            ),
        ] {
            assert_eq!(
                of_this_site(&headers(&lines), &host).is_ok(),
                expected,
                "{lines:?}"
            );
        }
    }

    #[test]
    fn a_browser_that_does_not_say_its_site_cannot_write() {
        let host: Authority = "127.0.0.1:8000".parse().unwrap();
        let firefox_60 = "Mozilla/5.0 (X11; Linux x86_64; rv:60.0) Gecko/20100101 Firefox/60.0";
        for (lines, expected) in [
            (vec![("user-agent", firefox_60)], false),
            (vec![("user-agent", "Opera/9.80 (X11) Presto/2.12")], false),
            (vec![("referer", "http://evil.example/")], false),
            (vec![("cookie", "a=b")], false),
            (vec![("user-agent", "curl/8.5.0")], true),
            (vec![("user-agent", "cpuminer/2.5.1")], true),
            (
                vec![("user-agent", firefox_60), ("sec-fetch-site", "none")],
                true,
            ),
            (
                vec![
                    ("user-agent", firefox_60),
                    ("origin", "http://127.0.0.1:8000"),
                ],
                true,
            ),
        ] {
            let allowed = of_this_site(&headers(&lines), &host).is_ok();
            assert_eq!(allowed, expected, "{lines:?}");
        }
    }

    #[test]
    fn whoever_has_the_token_writes_and_others_where_it_is_open() {
        let token = "0123456789abcdef";
        let check = |lines: &[(&str, &str)], open, expected| {
            let credential = may_write(&headers(lines), open, token).ok();
            assert_eq!(credential, expected, "{lines:?} {open}");
        };
        let bearer = ("authorization", "Bearer 0123456789abcdef");
        check(&[], false, None);
        check(&[], true, Some(Credential::Loopback));
        check(&[bearer], true, Some(Credential::Token));
        check(&[bearer], false, Some(Credential::Token));
        let wrong = ("authorization", "Bearer 0123456789abcdee");
        check(&[wrong], false, None);
        check(&[("authorization", "Bearer")], false, None);
        let basic = format!("Basic {}", BASE64.encode(b"miner:0123456789abcdef"));
        check(&[("authorization", &basic)], false, Some(Credential::Token));
    }

    #[test]
    fn a_request_that_a_proxy_may_have_passed_on_is_not_of_this_machine() {
        let own = [
            ("host", "127.0.0.1:8000"),
            ("user-agent", "curl/8.5.0"),
            ("accept", "*/*"),
            ("content-type", "application/json"),
            ("content-length", "2"),
        ];
        let check = |version, more: Option<(&str, &str)>, expected| {
            let lines: Vec<(&str, &str)> = own.into_iter().chain(more).collect();
            let of_this_machine = is_of_this_machine(version, &headers(&lines));
            assert_eq!(of_this_machine, expected, "{version:?} {more:?}");
        };
        check(Version::HTTP_11, None, true);
        check(
            Version::HTTP_11,
            Some(("x-mining-extensions", "midstate")),
            true,
        );
        check(Version::HTTP_11, Some(("connection", "Keep-Alive")), true);
        check(Version::HTTP_11, Some(("connection", "upgrade")), false);
        check(Version::HTTP_10, None, false);
        for hop in [
            "forwarded",
            "via",
            "x-forwarded-for",
            "x-forwarded-proto",
            "x-forwarded-host",
            "x-real-ip",
            "cf-connecting-ip",
            "cf-ray",
            "cdn-loop",
            "true-client-ip",
            "x-client-ip",
            "x-cluster-client-ip",
            "fastly-client-ip",
            "fly-client-ip",
            "x-envoy-external-address",
            "x-request-id",
            "x-amzn-trace-id",
            "tailscale-user-login",
            "a-header-of-a-proxy-of-tomorrow",
        ] {
            check(Version::HTTP_11, Some((hop, "10.0.0.1")), false);
        }
    }

    #[test]
    fn what_a_form_can_send_is_not_taken_for_json() {
        for (kind, expected) in [
            ("application/json", true),
            ("application/json; charset=utf-8", true),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("text/plain; application/json", false),
        ] {
            assert_eq!(
                is_json(&headers(&[("content-type", kind)])).is_ok(),
                expected,
                "{kind}"
            );
        }
        assert!(is_json(&HeaderMap::new()).is_err());
    }
}
