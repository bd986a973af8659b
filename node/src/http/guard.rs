//! Who may ask what.
//!
//! A browser on this machine shows pages of anybody, and each of them can send
//! requests here. So: a request must call the node by its address, `localhost` or a
//! name that the host gave (a page whose name was rebound to this address calls it
//! by its own); whatever changes something must come from no other site, as
//! `Sec-Fetch-Site` and `Origin` say, with a content type that no form can send, and
//! from this machine or with the token.

use std::net::IpAddr;
use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64;
use subtle::ConstantTimeEq;

use super::answer::Problem;
use super::{Caller, Served};

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

/// Middleware: let through or refuse.
pub(super) async fn check(
    State(served): State<Arc<Served>>,
    Extension(caller): Extension<Arc<Caller>>,
    request: Request,
    next: Next,
) -> Response {
    let checked = if request.uri().path() == "/peer" {
        Ok(()) // proves itself by its key
    } else {
        let local = caller.address.ip().to_canonical().is_loopback();
        admit(&served, local, &request)
    };
    let mut response = match checked {
        Ok(()) => next.run(request).await,
        Err(problem) => problem.into_response(),
    };
    response.headers_mut().extend(HEADERS);
    response
}

fn admit(served: &Served, local: bool, request: &Request) -> Result<(), Problem> {
    let headers = request.headers();
    let host = called(request)?;
    known_host(&host, &served.hosts)?;
    let reads = matches!(*request.method(), Method::GET | Method::HEAD);
    // The tutorial mines by GET.
    if reads && request.uri().path() != "/mine" {
        return Ok(());
    }
    of_this_site(headers, &host)?;
    let token = served.token.as_deref().map(String::as_str);
    may_write(headers, local, token)?;
    // Every other method is refused as such, where the path is known.
    if *request.method() == Method::POST {
        is_json(headers)?;
    }
    Ok(())
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

fn may_write(headers: &HeaderMap, local: bool, token: Option<&str>) -> Result<(), Problem> {
    let Some(token) = token else {
        // What a proxy on this machine passes on comes from elsewhere.
        let proxied = ["forwarded", "x-forwarded-for", "via"]
            .iter()
            .any(|name| headers.contains_key(*name));
        if local && !proxied {
            return Ok(());
        }
        let message = "only programs on the node's own machine may write, unless it has a token";
        return Err(Problem::new(StatusCode::FORBIDDEN, "not_local", message));
    };
    let given = headers.get(header::AUTHORIZATION).and_then(given_token);
    if given.is_some_and(|given| given.as_slice().ct_eq(token.as_bytes()).into()) {
        return Ok(());
    }
    let message = "writing needs the node's token, as `Authorization: Bearer TOKEN`";
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
    fn without_a_token_this_machine_writes_and_with_one_whoever_has_it() {
        let check = |lines: &[(&str, &str)], local, token, expected| {
            let allowed = may_write(&headers(lines), local, token).is_ok();
            assert_eq!(allowed, expected, "{lines:?} {local} {token:?}");
        };
        let token = Some("0123456789abcdef");
        check(&[], true, None, true);
        check(&[], false, None, false);
        check(&[("x-forwarded-for", "10.0.0.1")], true, None, false);
        check(&[], true, token, false);
        let bearer = ("authorization", "Bearer 0123456789abcdef");
        check(&[bearer], false, token, true);
        check(&[bearer], true, token, true);
        check(
            &[("authorization", "Bearer 0123456789abcdee")],
            true,
            token,
            false,
        );
        check(&[("authorization", "Bearer")], true, token, false);
        let basic = format!("Basic {}", BASE64.encode(b"miner:0123456789abcdef"));
        check(&[("authorization", &basic)], false, token, true);
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
