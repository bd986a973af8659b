//! Which form of a file a client is sent (RFC 9110, section 12.5.3).

use axum::http::{HeaderMap, header};

/// How a file's bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    /// A fifth smaller than gzip on wasm.
    Brotli,
    /// What everybody takes.
    Gzip,
    /// As it is.
    Identity,
}

impl Coding {
    /// The smallest first: the order of preference among those taken alike.
    pub(crate) const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Identity];

    /// In `Accept-Encoding` and `Content-Encoding`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
            Self::Identity => "identity",
        }
    }

    /// The form most wanted of those that are there; the plain one when the
    /// request asks for nothing, or for nothing that is there. `None` when it
    /// refuses the plain one by name.
    pub(crate) fn choose(request: &HeaderMap, is_there: impl Fn(Self) -> bool) -> Option<Self> {
        let wanted = Wanted::of(request);
        let mut best = None;
        for coding in Self::ALL {
            let weight = wanted.weight(coding);
            let better = best.is_none_or(|(most, _)| weight > most);
            if weight > 0 && better && is_there(coding) {
                best = Some((weight, coding));
            }
        }
        best.map(|(_, coding)| coding)
    }
}

/// What a request says of each coding: thousandths, the finest that a weight can be.
struct Wanted {
    named: [Option<u16>; Coding::ALL.len()],
    /// What `*` says of those that are not named.
    others: Option<u16>,
}

/// Accepted though nobody asked for it: below any weight that can be written but 0.
const UNASKED: u16 = 1;

impl Wanted {
    fn of(request: &HeaderMap) -> Self {
        let mut wanted = Self {
            named: [None; Coding::ALL.len()],
            others: None,
        };
        let values = request.get_all(header::ACCEPT_ENCODING).iter();
        let items = values.filter_map(|value| value.to_str().ok());
        for item in items.flat_map(|list| list.split(',')) {
            let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
            let (name, weight) = (name.trim(), weight(parameters));
            let is = |coding: &Coding| name.eq_ignore_ascii_case(coding.name());
            if name == "*" {
                wanted.others = Some(weight);
            } else if let Some(at) = Coding::ALL.iter().position(is) {
                wanted.named[at] = Some(weight);
            }
        }
        wanted
    }

    /// 0 is a refusal. Twice the thousandths, so that [`UNASKED`] fits between.
    fn weight(&self, coding: Coding) -> u16 {
        match self.named[coding as usize].or(self.others) {
            Some(thousandths) => thousandths * 2,
            None if coding == Coding::Identity => UNASKED,
            None => 0,
        }
    }
}

/// `q=0.5` in thousandths. 1 when nothing is said of it, 0 when it is no weight:
/// the plain form can be read by everybody.
fn weight(parameters: &str) -> u16 {
    let Some(q) = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    }) else {
        return 1000;
    };
    let q: f64 = q.parse().unwrap_or(0.0);
    // NaN and what is below 0 become 0.
    (q.min(1.0) * 1000.0).round() as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(accept: &str, there: &[Coding]) -> Option<Coding> {
        let mut headers = HeaderMap::new();
        if !accept.is_empty() {
            headers.insert(header::ACCEPT_ENCODING, accept.parse().unwrap());
        }
        Coding::choose(&headers, |coding| there.contains(&coding))
    }

    #[test]
    fn the_smallest_form_goes_to_those_who_take_it() {
        use Coding::{Brotli, Gzip, Identity};
        for (accept, form) in [
            ("gzip, deflate, br, zstd", Some(Brotli)),
            ("br;q=1.0, GZIP;q=0.8", Some(Brotli)),
            ("br;q=0.2, gzip;q=0.8", Some(Gzip)),
            ("gzip, deflate", Some(Gzip)),
            ("gzip;q=0.001", Some(Gzip)),
            ("gzip;q=0, br;q=0", Some(Identity)),
            ("gzip; q=0.000", Some(Identity)),
            ("gzip;q=nonsense", Some(Identity)),
            ("x-gzip-like", Some(Identity)),
            ("br;q=0.5, identity", Some(Identity)),
            ("*", Some(Brotli)),
            ("*, br;q=0", Some(Gzip)),
            ("*;q=0, gzip", Some(Gzip)),
            ("", Some(Identity)),
            ("identity;q=0", None),
            ("deflate, *;q=0", None),
        ] {
            assert_eq!(chosen(accept, &Coding::ALL), form, "{accept}");
        }
    }

    #[test]
    fn a_form_that_is_not_there_is_not_chosen() {
        let plain = [Coding::Identity];
        assert_eq!(chosen("br, gzip", &plain), Some(Coding::Identity));
        assert_eq!(chosen("br, identity;q=0", &plain), None);
        let gzip = [Coding::Gzip, Coding::Identity];
        assert_eq!(chosen("br, gzip;q=0.5", &gzip), Some(Coding::Gzip));
    }
}
