//! Names that look the same to a hurried reader.

use super::name::is_invisible;

/// A look-alike key: two names with one key should not stand side by side without
/// a warning. It errs towards warning, "José" and "Jose" share a key.
///
/// `decomposed` is the name in NFKD (UAX #15), in which wide, circled and
/// mathematical letters are plain ones. Every browser decomposes by itself
/// (`String.prototype.normalize`), so that no page downloads the tables.
///
/// A hint for the page and no rule: unlike the rest of this module it uses the
/// compiler's tables for case, and its own may grow.
pub fn skeleton(decomposed: &str) -> String {
    let folded: String = decomposed
        .chars()
        .filter(|char| !is_invisible(*char) && !is_accent(*char))
        .map(capital)
        .flat_map(char::to_lowercase)
        .map(small)
        .collect();
    let spaced: Vec<&str> = folded.split_whitespace().collect();
    spaced.join(" ").replace("rn", "m").replace("vv", "w")
}

// The blocks of combining diacritical marks: over Latin, Greek and Cyrillic they
// are overlooked. Vowel signs of other scripts are not.
fn is_accent(char: char) -> bool {
    matches!(
        char,
        '\u{300}'..='\u{36f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
    )
}

// Capitals whose small letter looks like something else.
fn capital(char: char) -> char {
    match char {
        'Η' => 'h',
        'Ν' => 'n',
        'Υ' => 'y',
        other => other,
    }
}

// Small letters and digits, to the Latin letter that they look like. Where only
// the capital does (Cyrillic В, Н), its small letter follows.
fn small(char: char) -> char {
    match char {
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' | 'đ' => 'd',
        'е' | 'ε' | 'ҽ' => 'e',
        'н' | 'һ' | 'ħ' => 'h',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        '1' | 'i' | '|' | 'ı' | 'і' | 'ӏ' | 'ι' | 'ł' => 'l',
        'м' | 'μ' => 'm',
        'η' => 'n',
        '0' | 'о' | 'ο' | 'σ' | 'ø' => 'o',
        'р' | 'ρ' => 'p',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' => 's',
        'т' | 'τ' | 'ŧ' => 't',
        'υ' => 'u',
        'ѵ' | 'ν' => 'v',
        'ԝ' | 'ω' => 'w',
        'х' | 'χ' => 'x',
        'у' | 'ү' | 'γ' => 'y',
        'ζ' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    fn key(name: &str) -> String {
        skeleton(&name.nfkd().collect::<String>())
    }

    #[test]
    fn look_alikes_share_a_key() {
        for (name, other) in [
            ("admin", "Admin"),
            ("admin", "adrnin"),
            ("paypal", "раураӏ"),
            ("Paypal", "PAYPA1"),
            ("BOT", "ВОТ"),
            ("Leo", "Le0"),
            ("Nina", "ΝΙΝΑ"),
            ("Iván", "lvan"),
            ("Iván", "1ván"),
            ("Will", "VVi||"),
            ("José", "Jose"),
            ("Łukasz", "Lukasz"),
            ("Ana", "𝐀𝐧𝐚"),
            ("Ana", "𝖠𝗇𝖺"),
            ("Ana 2", "𝙰𝚗𝚊 𝟸"),
            ("Ana", "Ⓐⓝⓐ"),
            ("Ana", "Ａｎａ"),
            ("Ana María", "Ana\u{a0} María"),
            ("Ana ❤", "Ana ❤\u{fe0f}"),
            ("Ольга", "ольга"),
            ("ශ්රී", "ශ්\u{200d}රී"),
        ] {
            assert_eq!(key(name), key(other), "{name} {other}");
        }
    }

    #[test]
    fn names_that_look_different_have_keys_of_their_own() {
        for (name, other) in [
            ("Ana", "Anna"),
            ("Ana", "Eva"),
            ("Ольга", "Елена"),
            ("はし", "ばし"),
            ("김철수", "김철호"),
            ("आर्या", "आर्य"),
            ("Ana 🌵", "Ana 🌻"),
            ("李小龍", "李小竜"),
        ] {
            assert_ne!(key(name), key(other), "{name} {other}");
        }
    }

    proptest::proptest! {
        #[test]
        fn a_key_has_itself_as_key_and_nothing_hidden(name in "\\PC{0,30}") {
            let first = key(&name);
            proptest::prop_assert!(!first.chars().any(is_invisible));
            proptest::prop_assert_eq!(key(&first), first);
        }
    }
}
