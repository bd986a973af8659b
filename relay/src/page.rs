//! The built page: where its files come from and how they are served.
//!
//! A path is served only if it is made of plain names. Nothing is decoded or
//! normalised, so there is no spelling of `..` that could be missed, and a name
//! that begins with a dot is never served.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;
use std::{fs, io};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use bytes::Bytes;
use tokio::task::spawn_blocking;

use crate::Relay;
use crate::asset::Asset;
use crate::limits::{MAX_CACHE, MAX_FILE};

/// Longest path served, bytes. Those of the build have under 80.
const MAX_PATH: usize = 256;

const NO_PAGE: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Tablón</title>\
    <h1>The page is not built yet</h1><p>Run <code>cargo xtask build</code>, then load this again. \
    (The relay itself is up: <a href=\"/stats.json\">/stats.json</a>.)";

/// Where the page's files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Page {
    /// In the binary: those that `dist/` had when a release was built.
    Embedded,
    /// In a folder, looked at on each request.
    Folder(PathBuf),
}

impl Default for Page {
    /// Embedded in a release, the repository's `dist/` otherwise.
    fn default() -> Self {
        if cfg!(debug_assertions) {
            Self::Folder(Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist"))
        } else {
            Self::Embedded
        }
    }
}

static EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The files that have been asked for.
#[derive(Debug)]
pub(crate) struct Files {
    page: Page,
    /// Files that exist, so a stranger cannot grow it; at most [`MAX_CACHE`].
    cache: Mutex<HashMap<String, (Stamp, Arc<Asset>)>>,
    /// One file is prepared at a time, so that a crowd does not compress the
    /// same one on every thread.
    preparing: tokio::sync::Mutex<()>,
}

/// Changes when the file does.
type Stamp = Option<(SystemTime, u64)>;

impl Files {
    pub(crate) fn new(page: Page) -> Self {
        Self {
            page,
            cache: Mutex::default(),
            preparing: tokio::sync::Mutex::default(),
        }
    }

    async fn get(self: &Arc<Self>, name: &str) -> io::Result<Arc<Asset>> {
        let stamp = self.stamp(name).await?;
        if let Some(asset) = self.cached(name, stamp) {
            return Ok(asset);
        }
        let _alone = self.preparing.lock().await;
        if let Some(asset) = self.cached(name, stamp) {
            return Ok(asset);
        }
        let (files, name) = (Arc::clone(self), name.to_owned());
        spawn_blocking(move || {
            let asset = Arc::new(Asset::new(&name, files.page.read(&name)?));
            files.keep(name, stamp, &asset);
            Ok(asset)
        })
        .await
        .map_err(io::Error::other)?
    }

    async fn stamp(&self, name: &str) -> io::Result<Stamp> {
        let Page::Folder(folder) = &self.page else {
            return Ok(None);
        };
        let meta = tokio::fs::metadata(folder.join(name)).await?;
        Ok(Some((meta.modified()?, meta.len())))
    }

    fn cached(&self, name: &str, stamp: Stamp) -> Option<Arc<Asset>> {
        let cache = self.cache.lock().expect("no panic under this lock");
        let (kept, asset) = cache.get(name)?;
        (*kept == stamp).then(|| Arc::clone(asset))
    }

    fn keep(&self, name: String, stamp: Stamp, asset: &Arc<Asset>) {
        let mut cache = self.cache.lock().expect("no panic under this lock");
        let held: usize = cache.values().map(|(_, asset)| asset.weight()).sum();
        if held + asset.weight() > MAX_CACHE {
            cache.clear();
        }
        cache.insert(name, (stamp, Arc::clone(asset)));
    }
}

impl Page {
    fn read(&self, name: &str) -> io::Result<Bytes> {
        match self {
            Self::Embedded => EMBEDDED
                .iter()
                .find(|(embedded, _)| *embedded == name)
                .map(|(_, bytes)| Bytes::from_static(bytes))
                .ok_or_else(|| io::ErrorKind::NotFound.into()),
            Self::Folder(folder) => {
                // A link inside the folder must not lead out of it either.
                let root = folder.canonicalize()?;
                let path = root.join(name).canonicalize()?;
                let meta = path.metadata()?;
                if !path.starts_with(&root) || !meta.is_file() || meta.len() > MAX_FILE {
                    return Err(io::ErrorKind::NotFound.into());
                }
                fs::read(path).map(Bytes::from)
            }
        }
    }
}

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
