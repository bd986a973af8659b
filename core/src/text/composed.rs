//! Unicode's composed form (NFC, UAX #15), of the pinned library's tables.
//!
//! The library's own iterators choose between canonical and compatibility
//! decomposition as they run, so that a page with either downloads the tables of
//! both: 75 KB for a form that no rule knows. The tests hold this against them.

use unicode_normalization::char::{canonical_combining_class, compose, decompose_canonical};
use zeroize::Zeroizing;

/// No character below decomposes to, is, or combines with what is not composed.
const FIRST_MARK: char = '\u{300}';

/// A starter and its marks, in all but odd texts: longer ones are taken as well.
const ORDINARY: usize = 32;

/// Whether a text is in NFC.
pub fn is_nfc(text: &str) -> bool {
    text.chars().all(|char| char < FIRST_MARK) || nfc(text.chars()) == text
}

/// A text in NFC.
pub fn nfc(text: impl Iterator<Item = char>) -> String {
    let mut composed = String::new();
    compose_into(text, &mut composed);
    composed
}

/// Append a text in NFC. The run of marks at hand is wiped: it may be a password's.
pub(crate) fn compose_into(text: impl Iterator<Item = char>, composed: &mut String) {
    let mut run = Zeroizing::new(Vec::with_capacity(ORDINARY));
    for char in text {
        decompose_canonical(char, |part| {
            let class = canonical_combining_class(part);
            if class > 0 {
                run.push((part, class));
                return;
            }
            settle(&mut run);
            let both = match run[..] {
                [(starter, 0)] => compose(starter, part),
                _ => None,
            };
            if both.is_none() {
                composed.extend(run.drain(..).map(|(char, _)| char));
            } else {
                run.clear();
            }
            run.push((both.unwrap_or(part), 0));
        });
    }
    settle(&mut run);
    composed.extend(run.drain(..).map(|(char, _)| char));
}

// A starter (of class 0) and its marks: these in canonical order, and what combines
// with the starter in it. A mark is blocked by one of its own class before it.
fn settle(run: &mut Vec<(char, u8)>) {
    run.sort_by_key(|(_, class)| *class);
    let Some((mut starter, 0)) = run.first().copied() else {
        return;
    };
    let mut before = 0;
    run.retain(|(mark, class)| {
        if *class > before
            && let Some(both) = compose(starter, *mark)
        {
            starter = both;
            return false;
        }
        before = *class;
        true
    });
    run[0].0 = starter;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;

    use super::*;

    fn agrees_with_the_library(text: &str) -> Result<(), TestCaseError> {
        let theirs: String = text.nfc().collect();
        prop_assert_eq!(nfc(text.chars()), theirs, "{:?}", text);
        prop_assert_eq!(
            is_nfc(text),
            unicode_normalization::is_nfc(text),
            "{:?}",
            text
        );
        Ok(())
    }

    #[test]
    fn every_character_by_itself_and_beside_marks_is_composed_as_the_library_does() {
        let marks = [
            "",
            "\u{301}",
            "\u{323}",
            "\u{323}\u{301}",
            "\u{301}\u{323}",
            "\u{1161}\u{11a8}",
        ];
        for char in '\0'..=char::MAX {
            for mark in marks {
                agrees_with_the_library(&format!("{char}{mark}")).unwrap();
                agrees_with_the_library(&format!("{mark}{char}")).unwrap();
            }
        }
    }

    // Letters, marks of many classes, Hangul's parts, what composes with a starter.
    const CROWDED: &str = "[ae\u{e9}\u{1e69}\u{300}-\u{36f}\u{5b0}-\u{5c7}\u{9c7}\u{9be}\u{9d7}\u{1100}-\u{1112}\u{1161}-\u{1175}\u{11a7}-\u{11c2}\u{ac00}\u{ac01}\u{3099}か\u{1d165}\u{1d157}]{0,12}";

    proptest! {
        #[test]
        fn texts_crowded_with_marks_are_composed_as_the_library_does(text in CROWDED) {
            agrees_with_the_library(&text)?;
        }

        #[test]
        fn any_text_is_composed_as_the_library_does(text in ".{0,30}") {
            agrees_with_the_library(&text)?;
        }
    }
}
