//! Security headers, on every response: a worker's own script carries the
//! policy that the worker runs under, so the page's alone would not do.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use data_encoding::BASE64;
use tablon_core::hash::sha256;

/// What the page does not use is off. `camera` and `microphone` are left at
/// their default (the page itself): Chromium gathers no ICE candidates on a
/// machine that has only loopback unless one of them is granted.
const PERMISSIONS: HeaderValue = HeaderValue::from_static(
    "display-capture=(), geolocation=(), hid=(), midi=(), payment=(), serial=(), usb=()",
);

/// Set by whoever answers with HTML: which inline scripts may run.
#[derive(Debug, Clone, Default)]
pub(crate) struct ScriptHashes(String);

impl ScriptHashes {
    /// Of each `<script>` in `html` that has no `src`, as CSP sources. The page
    /// is the host's own build: its scripts are to run, injected ones are not.
    pub(crate) fn of(html: &str) -> Self {
        let mut sources = String::new();
        // A browser hashes what its parser gives, in which a line ends with LF.
        let html = html.replace("\r\n", "\n");
        let lower = html.to_ascii_lowercase();
        let mut at = 0;
        while let Some(tag) = lower[at..].find("<script").map(|found| at + found) {
            let Some(body) = tag_end(&html, tag) else {
                break;
            };
            let end = lower[body..]
                .find("</script")
                .map_or(html.len(), |found| body + found);
            if !has_src(&lower[tag..body]) {
                let hash = BASE64.encode(&sha256(&[&html.as_bytes()[body..end]]));
                sources.push_str(&format!(" 'sha256-{hash}'"));
            }
            at = end;
        }
        Self(sources)
    }
}

/// Where the tag that starts at `tag` is over, past its `>`.
fn tag_end(html: &str, tag: usize) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in html.bytes().enumerate().skip(tag) {
        match quote {
            Some(open) if open == byte => quote = None,
            Some(_) => {}
            None if byte == b'>' => return Some(at + 1),
            None if byte == b'"' || byte == b'\'' => quote = Some(byte),
            None => {}
        }
    }
    None
}

fn has_src(tag: &str) -> bool {
    tag.match_indices("src").any(|(at, name)| {
        tag[..at]
            .ends_with(|before: char| before.is_whitespace() || before == '"' || before == '\'')
            && tag[at + name.len()..].trim_start().starts_with('=')
    })
}

/// Middleware: add the headers.
pub(crate) async fn secure(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let scripts = response.extensions_mut().remove::<ScriptHashes>();
    let policy = policy(&scripts.unwrap_or_default());
    let set = [
        (header::CONTENT_SECURITY_POLICY, policy),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (
            header::REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
        (
            // A page of another site that opened this one keeps no handle by which it
            // could lead it from board to board.
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        ),
    ];
    response.headers_mut().extend(set);
    response
}

fn policy(ScriptHashes(scripts): &ScriptHashes) -> HeaderValue {
    // A tab calls other nodes by WebSocket: at addresses that they told it under
    // their signature, on hosts that nobody here knows, each of which must then
    // prove its key. (Some browsers do not let 'self' stand for the relay's own
    // ws: and wss: either.) What a script that got in could carry away through them
    // it could by WebRTC, which no policy bounds: the bound is on scripts.
    let policy = format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'{scripts}; style-src 'self'; \
         img-src 'self' data:; worker-src 'self'; connect-src 'self' ws: wss:; \
         object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("base64 is visible ASCII")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inline_scripts_are_allowed_by_hash_and_others_are_not() {
        let check = |html: &str, expected: &[&str]| {
            let sources: String = expected
                .iter()
                .map(|text| format!(" 'sha256-{}'", BASE64.encode(&sha256(&[text.as_bytes()]))))
                .collect();
            assert_eq!(ScriptHashes::of(html).0, sources, "{html}");
        };
        check("", &[]);
        check("<p>no script</p>", &[]);
        check("<script>run()</script>", &["run()"]);
        check(
            "<script type=module>\nimport 'x';\r\n</script>",
            &["\nimport 'x';\n"],
        );
        check("<SCRIPT>a</SCRIPT><script>b</script >", &["a", "b"]);
        check(
            "<script src=\"page.js\"></script><script>c</script>",
            &["c"],
        );
        check("<script async src = 'page.js'></script>", &[]);
        check(
            "<script data-src-of=\"x\" title=\"a > b\">d</script>",
            &["d"],
        );
        check("<script>e", &["e"]);
        check("<script", &[]);
    }
}
