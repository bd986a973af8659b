//! Which parts of a post are links: http and https addresses, nothing else.

/// A stretch of a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stretch<'a> {
    /// As it was written.
    Text(&'a str),
    /// An address that starts with `http://` or `https://`.
    Link(&'a str),
}

/// Split `text`; joining the stretches gives it back.
pub(crate) fn linkify(text: &str) -> Vec<Stretch<'_>> {
    let mut stretches = Vec::new();
    let mut rest = text;
    while let Some((start, length)) = first_link(rest) {
        if start > 0 {
            stretches.push(Stretch::Text(&rest[..start]));
        }
        stretches.push(Stretch::Link(&rest[start..start + length]));
        rest = &rest[start + length..];
    }
    if !rest.is_empty() {
        stretches.push(Stretch::Text(rest));
    }
    stretches
}

fn first_link(text: &str) -> Option<(usize, usize)> {
    text.match_indices("http").find_map(|(start, _)| {
        let candidate = &text[start..];
        let scheme = ["https://", "http://"]
            .into_iter()
            .find(|scheme| candidate.starts_with(scheme))?;
        let after_word = text[..start]
            .chars()
            .next_back()
            .is_some_and(char::is_alphanumeric);
        let end = candidate
            .find(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '"' | '`'))
            .unwrap_or(candidate.len());
        let address = trim_end(&candidate[..end]);
        let host = address.get(scheme.len()..).unwrap_or("");
        let has_host = host.starts_with(|c: char| c.is_alphanumeric() || c == '[');
        (!after_word && has_host).then_some((start, address.len()))
    })
}

/// A full stop or bracket after an address belongs to the sentence.
fn trim_end(mut address: &str) -> &str {
    while let Some(last) = address.chars().next_back() {
        let drop = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '»' | '”' | '’' => true,
            ')' => address.matches(')').count() > address.matches('(').count(),
            ']' => address.matches(']').count() > address.matches('[').count(),
            _ => false,
        };
        if !drop {
            break;
        }
        address = &address[..address.len() - last.len_utf8()];
    }
    address
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn links(text: &str) -> Vec<&str> {
        let stretches = linkify(text);
        let joined: String = stretches
            .iter()
            .map(|stretch| match stretch {
                Stretch::Text(text) | Stretch::Link(text) => *text,
            })
            .collect();
        assert_eq!(joined, text);
        stretches
            .into_iter()
            .filter_map(|stretch| match stretch {
                Stretch::Link(link) => Some(link),
                Stretch::Text(_) => None,
            })
            .collect()
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn only_web_addresses_become_links() {
        for (text, expected) in [
            (
                "see https://example.org/a?b=c#d.",
                vec!["https://example.org/a?b=c#d"],
            ),
            ("(http://a.b/c_(d))", vec!["http://a.b/c_(d)"]),
            (
                "http://[::1]:8080/, http://b.c",
                vec!["http://[::1]:8080/", "http://b.c"],
            ),
            ("javascript:alert(1) data:text/html,x", vec![]),
            ("http:// https:// xhttps://a.b", vec![]),
            (
                "<https://a.b>\"https://c.d\"",
                vec!["https://a.b", "https://c.d"],
            ),
            ("", vec![]),
        ] {
            assert_eq!(links(text), expected, "{text}");
        }
    }
}
