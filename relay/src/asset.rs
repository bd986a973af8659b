//! One file of the page, with everything that a response needs worked out once.

use std::io::Write as _;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use flate2::Compression;
use flate2::write::GzEncoder;
use tablon_core::hash::sha256;

use crate::coding::Coding;
use crate::headers::ScriptHashes;

/// A file as it is kept: plain, and packed by the build when it was.
#[derive(Debug, Default)]
pub(crate) struct Forms {
    pub(crate) plain: Bytes,
    pub(crate) brotli: Option<Bytes>,
    pub(crate) gzip: Option<Bytes>,
}

/// A file ready to be served.
#[derive(Debug)]
pub(crate) struct Asset {
    forms: Forms,
    pub(crate) mime: &'static str,
    pub(crate) cache_control: &'static str,
    digest: String,
    pub(crate) scripts: ScriptHashes,
}

impl Asset {
    pub(crate) fn new(name: &str, mut forms: Forms) -> Self {
        let mime = mime(name);
        let scripts = match std::str::from_utf8(&forms.plain) {
            Ok(html) if mime.starts_with("text/html") => ScriptHashes::of(html),
            _ => ScriptHashes::default(),
        };
        // What `trunk serve` or a person put there. Once a file, not once a
        // request: a classroom that opens the page together would cost 300
        // times 0.1 s. Brotli at its best takes seconds and is the build's.
        if forms.gzip.is_none() && compressible(mime) {
            forms.gzip = gzip(&forms.plain);
        }
        Self {
            cache_control: if is_hashed(name) {
                "public, max-age=31536000, immutable"
            } else {
                // Kept, but asked about each time: the name stays, the bytes do not.
                "no-cache"
            },
            digest: HEXLOWER.encode(&sha256(&[&forms.plain])[..16]),
            mime,
            scripts,
            forms,
        }
    }

    /// The bytes in this form, when it is there.
    pub(crate) fn form(&self, coding: Coding) -> Option<&Bytes> {
        match coding {
            Coding::Brotli => self.forms.brotli.as_ref(),
            Coding::Gzip => self.forms.gzip.as_ref(),
            Coding::Identity => Some(&self.forms.plain),
        }
    }

    /// One for each form: a cache that holds one must not take it for another
    /// (RFC 9110, section 8.8.3.3).
    pub(crate) fn etag(&self, coding: Coding) -> String {
        match coding {
            Coding::Identity => format!("\"{}\"", self.digest),
            packed => format!("\"{}-{}\"", self.digest, packed.name()),
        }
    }

    /// Bytes held.
    pub(crate) fn weight(&self) -> usize {
        let held = Coding::ALL.iter().filter_map(|coding| self.form(*coding));
        held.map(Bytes::len).sum()
    }
}

/// Closed list: a type that is not here is not guessed, and `nosniff` keeps the
/// browser from guessing.
fn mime(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "txt" | "md" | "ts" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/vnd.microsoft.icon",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

fn compressible(mime: &str) -> bool {
    let packed_already = ["image/png", "image/jpeg", "image/webp", "font/woff2"];
    !packed_already.contains(&mime)
}

/// Trunk puts 16 hexadecimal digits of the content after a hyphen:
/// `page-0123456789abcdef_bg.wasm`. A folder's name says nothing about a file.
fn is_hashed(name: &str) -> bool {
    const DIGITS: usize = 16;
    let file = name.rsplit('/').next().unwrap_or(name);
    file.match_indices('-').any(|(hyphen, _)| {
        let rest = &file[hyphen + 1..];
        let digits = rest.bytes().take_while(u8::is_ascii_hexdigit).count();
        digits == DIGITS && rest[digits..].starts_with(['.', '_'])
    })
}

fn gzip(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).ok()?;
    let packed = encoder.finish().ok()?;
    (packed.len() < bytes.len()).then(|| packed.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_with_a_content_hash_is_kept_for_good() {
        for name in [
            "page-0123456789abcdef.js",
            "page-0123456789abcdef_bg.wasm",
            "tablon-web-0123456789abcdef.css",
        ] {
            assert!(is_hashed(name), "{name}");
        }
        for name in [
            "index.html",
            "node.js",
            "node_bg.wasm",
            "page-0123.js",
            "page-0123456789abcdef0.js",
            "page-0123456789abcdeg.js",
            "snippets/tablon-web-0123456789abcdef/inline0.js",
        ] {
            assert!(!is_hashed(name), "{name}");
        }
    }

    fn packed_here(name: &str, plain: Bytes) -> bool {
        let forms = Forms {
            plain,
            ..Forms::default()
        };
        Asset::new(name, forms).form(Coding::Gzip).is_some()
    }

    #[test]
    fn text_is_packed_and_noise_is_not() {
        let text = Bytes::from("let tablon = 1;\n".repeat(100));
        assert!(packed_here("a.js", text));
        let noise: Vec<u8> = (0..1000).flat_map(|_| rand::random::<[u8; 4]>()).collect();
        assert!(!packed_here("a.wasm", noise.into()));
    }

    #[test]
    fn each_form_has_a_name_of_its_own() {
        let forms = Forms {
            plain: Bytes::from_static(b"p{}"),
            brotli: Some(Bytes::from_static(b"b")),
            gzip: Some(Bytes::from_static(b"g")),
        };
        let asset = Asset::new("a.css", forms);
        let mut etags = Coding::ALL.map(|coding| asset.etag(coding));
        etags.sort_unstable();
        assert!(etags.windows(2).all(|pair| pair[0] != pair[1]), "{etags:?}");
        assert_eq!(asset.weight(), 5);
    }
}
