//! Amounts as people read them: durations, sizes, rates, short keys.

use tablon_core::keys::Address;
use yew::AttrValue;

use super::i18n::{Words, tell};
use super::intl;

/// A whole number with the reader's separators.
pub(crate) fn number(value: impl Into<u64>) -> String {
    intl::number(value.into() as f64, 0)
}

/// A length of time in its largest fitting unit.
pub(crate) fn duration(words: &Words, seconds: u64) -> AttrValue {
    match seconds {
        0..=89 => tell!(words, "duration-seconds", n = seconds),
        90..=5_399 => tell!(words, "duration-minutes", n = (seconds + 30) / 60),
        5_400..=129_599 => tell!(words, "duration-hours", n = (seconds + 1_800) / 3_600),
        _ => tell!(words, "duration-days", n = (seconds + 43_200) / 86_400),
    }
}

/// How long ago, from whole seconds; a clock that runs ahead reads as "now".
pub(crate) fn ago(words: &Words, then: u32, now: u32) -> AttrValue {
    let seconds = now.saturating_sub(then);
    if seconds < 5 {
        words.say("ago-now")
    } else {
        tell!(
            words,
            "ago",
            time = duration(words, seconds.into()).to_string()
        )
    }
}

/// A size in bytes, KB, MB or GB (powers of 1,000).
pub(crate) fn bytes(words: &Words, bytes: u64) -> AttrValue {
    match bytes {
        0..=999 => tell!(words, "size-bytes", n = bytes),
        1_000..=999_999 => tell!(words, "size-kilobytes", n = rounded(bytes, 1e3)),
        1_000_000..=999_999_999 => tell!(words, "size-megabytes", n = rounded(bytes, 1e6)),
        _ => tell!(words, "size-gigabytes", n = rounded(bytes, 1e9)),
    }
}

/// Hashes a second with the prefix that fits.
pub(crate) fn hash_rate(words: &Words, rate: f64) -> AttrValue {
    match rate {
        r if r < 1e3 => tell!(words, "rate-hashes", n = intl::number(r, 0)),
        r if r < 1e6 => tell!(words, "rate-kilohashes", n = short(r / 1e3)),
        r if r < 1e9 => tell!(words, "rate-megahashes", n = short(r / 1e6)),
        r => tell!(words, "rate-gigahashes", n = short(r / 1e9)),
    }
}

fn rounded(bytes: u64, unit: f64) -> String {
    short(bytes as f64 / unit)
}

/// Three significant digits: 1.23, 12.3, 123.
fn short(value: f64) -> String {
    let digits = if value < 10.0 {
        2
    } else if value < 100.0 {
        1
    } else {
        0
    };
    intl::number(value, digits)
}

/// The key beside every name: four letters from each end of the address. The
/// last ones are its checksum, so near-copies differ there too.
pub(crate) fn short_key(address: &Address) -> String {
    let text = address.to_string();
    let payload = text.strip_prefix("tablon1").unwrap_or(&text);
    ends(payload, 4)
}

/// The first and last `n` letters of an id.
pub(crate) fn ends(id: &str, n: usize) -> String {
    match (
        id.get(..n),
        id.len().checked_sub(n).and_then(|at| id.get(at..)),
    ) {
        (Some(first), Some(last)) if id.len() > 2 * n => format!("{first}…{last}"),
        _ => id.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::super::i18n::Lang;
    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn amounts_take_the_unit_that_fits() {
        let words = Words::new(Lang::En, "en");
        let time = |seconds| duration(&words, seconds).to_string();
        assert_eq!(time(14), "14 s");
        assert_eq!(time(120), "2 min");
        assert_eq!(time(7_200), "2 h");
        assert_eq!(time(200_000), "2 days");
        assert_eq!(ago(&words, 100, 99), "just now");
        assert_eq!(ago(&words, 100, 112), "12 s ago");
        assert_eq!(bytes(&words, 512), "512 bytes");
        assert_eq!(bytes(&words, 1_234_000), "1.23 MB");
        assert_eq!(hash_rate(&words, 812_345.0), "812 kH/s");
        assert_eq!(hash_rate(&words, 4_210_000.0), "4.21 MH/s");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_short_key_shows_both_ends_of_the_address() {
        let key = short_key(&Address([7; 20]));
        let whole = Address([7; 20]).to_string();
        let (first, last) = key.split_once('…').unwrap();
        assert!(whole.starts_with(&format!("tablon1{first}")));
        assert!(whole.ends_with(last));
        assert_eq!(ends("abc", 4), "abc");
    }
}
