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
use crate::coding::Coding;

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

/// The page has one document: its places are hash routes. What the build packed
/// is a form of the file beside it, not a file.
fn file_name(path: &str) -> Option<&str> {
    let name = path.strip_prefix('/')?;
    if name.is_empty() {
        return Some(INDEX);
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let served = |part: &str| !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain);
    let packed = name.ends_with(".br") || name.ends_with(".gz");
    (name.len() <= MAX_PATH && !packed && name.split('/').all(served)).then_some(name)
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, "no such file\n").into_response()
}

fn respond(asset: &Asset, request: &HeaderMap) -> Response {
    let Some(coding) = Coding::choose(request, |coding| asset.form(coding).is_some()) else {
        let said = "this file is served as br, gzip or identity, and the request takes none that is there\n";
        let vary = [(header::VARY, "accept-encoding")];
        return (StatusCode::NOT_ACCEPTABLE, vary, said).into_response();
    };
    let etag = asset.etag(coding);
    let known = request
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .any(|value| names_etag(value, &etag));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let bytes = asset.form(coding).cloned().unwrap_or_default();
        let mut response = Body::from(bytes).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(asset.mime));
        if coding != Coding::Identity {
            let name = HeaderValue::from_static(coding.name());
            headers.insert(header::CONTENT_ENCODING, name);
        }
        response
    };
    let etag = HeaderValue::try_from(etag).expect("hexadecimal in quotes is visible ASCII");
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
            ("/page-0123456789abcdef_bg.wasm.br", None),
            ("/index.html.gz", None),
        ] {
            assert_eq!(file_name(path), name, "{path:?}");
        }
        assert_eq!(file_name(&format!("/{}", "a".repeat(MAX_PATH + 1))), None);
    }
}
