//! How the built page is served.
//!
//! A path is served only if it is made of plain names. Nothing is decoded or
//! normalised, so there is no spelling of `..` that could be missed, and a name
//! that begins with a dot is never served.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::Relay;
use crate::asset::Asset;

/// Longest path served, bytes. Those of the build have under 80.
const MAX_PATH: usize = 256;

const NO_PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Tablón</title>\
    <h1>The page is not built yet</h1><p>Run <code>cargo xtask build</code>, then load this again. \
    (The relay itself is up: <a href=\"/stats.json\">/stats.json</a>.)";

/// Answer anything that is not one of the relay's own paths.
pub(crate) async fn serve(State(relay): State<Arc<Relay>>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (
            StatusCode::METHOD_NOT_ALLOWED,
            [(header::ALLOW, "GET, HEAD")],
        )
            .into_response();
    }
    let Some(name) = file_name(request.uri().path()) else {
        return not_found();
    };
    match relay.files.get(name).await {
        Ok(asset) => respond(&asset, request.headers()),
        Err(error) => {
            if error.kind() != io::ErrorKind::NotFound {
                tracing::warn!(%error, "a file of the page could not be read");
            }
            if name == INDEX {
                let headers = [(header::CACHE_CONTROL, "no-store")];
                (StatusCode::SERVICE_UNAVAILABLE, headers, Html(NO_PAGE)).into_response()
            } else {
                not_found()
            }
        }
    }
}

const INDEX: &str = "index.html";

/// The page has one document: its places are hash routes.
fn file_name(path: &str) -> Option<&str> {
    let name = path.strip_prefix('/')?;
    if name.is_empty() {
        return Some(INDEX);
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let served = |part: &str| !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain);
    (name.len() <= MAX_PATH && name.split('/').all(served)).then_some(name)
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "no such file\n").into_response()
}

fn respond(asset: &Asset, request: &HeaderMap) -> Response {
    let known = request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .any(|value| names_etag(value, &asset.etag));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let mime = HeaderValue::from_static(asset.mime);
        let packed = asset.gzip.as_ref().filter(|_| takes_gzip(request));
        let mut response = Body::from(packed.unwrap_or(&asset.bytes).clone()).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, mime);
        if packed.is_some() {
            let gzip = HeaderValue::from_static("gzip");
            response
                .headers_mut()
                .insert(header::CONTENT_ENCODING, gzip);
        }
        response
    };
    let etag = HeaderValue::try_from(&asset.etag).expect("hexadecimal in quotes is visible ASCII");
    let headers = response.headers_mut();
    headers.insert(header::ETAG, etag);
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(asset.cache_control),
    );
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response.extensions_mut().insert(asset.scripts.clone());
    response
}

/// Weak comparison (RFC 9110 section 13.1.2).
fn names_etag(value: &HeaderValue, etag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    value.to_str().is_ok_and(|list| {
        list.split(',')
            .any(|tag| bare(tag) == bare(etag) || tag.trim() == "*")
    })
}

fn takes_gzip(request: &HeaderMap) -> bool {
    request
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|list| list.split(','))
        .any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            let refused = weight
                .trim()
                .strip_prefix("q=")
                .is_some_and(|q| q.parse() == Ok(0.0));
            name.trim().eq_ignore_ascii_case("gzip") && !refused
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_files() {
        for (path, name) in [
            ("/", Some("index.html")),
            ("/index.html", Some("index.html")),
            (
                "/page-0123456789abcdef_bg.wasm",
                Some("page-0123456789abcdef_bg.wasm"),
            ),
            (
                "/snippets/tablon-web-0a/inline0.js",
                Some("snippets/tablon-web-0a/inline0.js"),
            ),
            ("", None),
            ("//etc/passwd", None),
            ("/..", None),
            ("/../Cargo.toml", None),
            ("/a/../../Cargo.toml", None),
            ("/%2e%2e/Cargo.toml", None),
            ("/..%2fCargo.toml", None),
            ("/..\\Cargo.toml", None),
            ("/a/./b", None),
            ("/a/", None),
            ("/.git/config", None),
            ("/a b", None),
            ("/a\0b", None),
            ("/C:/x", None),
            ("/ñ.js", None),
        ] {
            assert_eq!(file_name(path), name, "{path:?}");
        }
        assert_eq!(file_name(&format!("/{}", "a".repeat(MAX_PATH + 1))), None);
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        for (value, takes) in [
            ("gzip, deflate, br", true),
            ("br;q=1.0, GZIP;q=0.8", true),
            ("gzip;q=0", false),
            ("gzip; q=0.000", false),
            ("br", false),
            ("x-gzip-like", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, value.parse().unwrap());
            assert_eq!(takes_gzip(&headers), takes, "{value}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }
}
