//! Security headers, on every response: a worker's own script carries the
//! policy that the worker runs under, so the page's alone would not do.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header, uri::Authority};
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
    let host = host(request.headers());
    let mut response = next.run(request).await;
    let scripts = response.extensions_mut().remove::<ScriptHashes>();
    let policy = policy(&scripts.unwrap_or_default(), host.as_deref());
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
    ];
    response.headers_mut().extend(set);
    response
}

fn policy(ScriptHashes(scripts): &ScriptHashes, host: Option<&str>) -> HeaderValue {
    // Some browsers do not let 'self' stand for ws: and wss: of the same host.
    let sockets = host.map_or_else(String::new, |host| format!(" ws://{host} wss://{host}"));
    let policy = format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'{scripts}; style-src 'self'; \
         img-src 'self' data:; worker-src 'self'; connect-src 'self'{sockets}; \
         object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("a checked host and base64 are visible ASCII")
}

/// The host that the request names, if it can stand in a policy as it is: a
/// client that could write `; script-src *` here would write the policy. (An
/// IPv6 literal cannot stand there by the grammar of CSP; 'self' must do.)
fn host(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(header::HOST)?.to_str().ok()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:".contains(&byte);
    let host = text.len() <= MAX_HOST
        && text.bytes().all(plain)
        && text
            .parse::<Authority>()
            .is_ok_and(|it| !it.host().is_empty());
    host.then(|| text.to_owned())
}

/// A DNS name has at most 253 characters, a port five and a colon.
const MAX_HOST: usize = 253 + 6;

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

    #[test]
    fn a_host_header_cannot_write_the_policy() {
        let check = |host: &str, expected: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            assert_eq!(super::host(&headers).as_deref(), expected, "{host:?}");
        };
        check("localhost:8080", Some("localhost:8080"));
        check("board.example", Some("board.example"));
        check("127.0.0.1:1", Some("127.0.0.1:1"));
        check("", None);
        check("x; script-src *", None);
        check("x 'unsafe-inline'", None);
        check("me@x", None);
        check("*", None);
        check("[::1]:8080", None);
        check(&"a".repeat(300), None);
    }
}
