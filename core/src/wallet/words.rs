//! Twelve words, as people type them from paper.

use bip39::{Language, Mnemonic};
use zeroize::Zeroizing;

/// Words in an identity.
const COUNT: usize = 12;
/// Letters of a wrong word that are looked at: the list's longest has 8.
const LONGEST: usize = 24;
/// Wrong letters up to which a word is still suggested.
const FARTHEST: usize = 3;
/// Suggestions, at most.
const SUGGESTIONS: usize = 3;

/// A text that is not an identity's twelve words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// Too few or too many.
    #[error("{received} words received, {COUNT} are needed")]
    Count {
        /// Words received.
        received: usize,
    },
    /// A word that BIP-39's English list has not.
    #[error("word {place}, {word:?}, is not in the list{}", question(nearest))]
    Unknown {
        /// Which word: the first is 1.
        place: usize,
        /// The word as received, cut to 24 letters.
        word: String,
        /// The most similar words of the list, at most three; often none.
        nearest: Vec<&'static str>,
    },
    /// All words are in the list, but do not belong together.
    #[error(
        "the words do not fit together: one is another word of the list, or two changed places"
    )]
    Checksum,
}

fn question(nearest: &[&str]) -> String {
    if nearest.is_empty() {
        return String::new();
    }
    format!(": did you mean \"{}\"?", nearest.join("\" or \""))
}

/// The entropy of twelve words. Case and the kind of white space do not matter.
pub(super) fn parse(text: &str) -> Result<Zeroizing<[u8; 16]>, WordsError> {
    let received = text.split_whitespace().count();
    if received != COUNT {
        return Err(WordsError::Count { received });
    }
    let words = Zeroizing::new(text.to_lowercase());
    for (place, word) in (1..).zip(words.split_whitespace()) {
        if Language::English.find_word(word).is_none() {
            return Err(unknown(place, text));
        }
    }
    // Count and words are known to be right, so what is left is the checksum.
    let mnemonic = Mnemonic::parse_in_normalized(Language::English, &words)
        .map_err(|_| WordsError::Checksum)?;
    let bytes = Zeroizing::new(mnemonic.to_entropy_array().0);
    let entropy = bytes.first_chunk().expect("an array of 33 bytes");
    Ok(Zeroizing::new(*entropy))
}

fn unknown(place: usize, text: &str) -> WordsError {
    let word = text.split_whitespace().nth(place - 1).unwrap_or_default();
    let word: String = word.chars().take(LONGEST).collect();
    WordsError::Unknown {
        place,
        nearest: nearest(&word.to_lowercase()),
        word,
    }
}

// The words of the list with the fewest wrong letters. BIP-39 chose its English
// words so that the first four letters tell them apart; where those are right,
// the word is known however wrong its end is.
fn nearest(word: &str) -> Vec<&'static str> {
    let letters: Vec<char> = word.chars().collect();
    let list = Language::English.word_list();
    if let Some(start) = word.get(..4) {
        let same: Vec<_> = list.iter().filter(|each| each.starts_with(start)).collect();
        if let [only] = same[..] {
            return vec![only];
        }
    }
    // Three wrong letters of four leave no resemblance.
    let farthest = FARTHEST.min(letters.len() / 2);
    let mut found: Vec<(usize, bool, &str)> = list
        .iter()
        .map(|each| {
            let same_start = each.chars().next() == letters.first().copied();
            (distance(&letters, each), !same_start, *each)
        })
        .filter(|(wrong, ..)| *wrong <= farthest)
        .collect();
    found.sort();
    let best = found.first().map(|(wrong, ..)| *wrong);
    found
        .into_iter()
        .take_while(|(wrong, ..)| Some(*wrong) == best)
        .take(SUGGESTIONS)
        .map(|(.., each)| each)
        .collect()
}

// Letters left out, added, changed, or exchanged with the next ("optimal string
// alignment"). Only three rows of the table are ever looked at.
fn distance(from: &[char], to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut before = vec![0; to.len() + 1];
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for (i, letter) in from.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, other) in to.iter().enumerate() {
            let mut least = (row[j] + 1)
                .min(last[j + 1] + 1)
                .min(last[j] + usize::from(letter != other));
            if i > 0 && j > 0 && *letter == to[j - 1] && from[i - 1] == *other {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str =
        "ozone drill grab fiber curtain grace pudding thank cruise elder eight picnic";

    #[test]
    fn case_line_breaks_and_runs_of_white_space_do_not_matter() {
        let expected = parse(WORDS).unwrap();
        for text in [
            WORDS.to_uppercase(),
            WORDS.replace(' ', "\r\n"),
            format!("\n\t {}  \n", WORDS.replace(' ', "   ")),
            WORDS.replace(' ', "\u{a0}").replace("ozone", "Ozone"),
        ] {
            assert_eq!(parse(&text), Ok(expected.clone()), "{text:?}");
        }
    }

    #[track_caller]
    fn refused(text: &str, message: &str) {
        assert_eq!(parse(text).unwrap_err().to_string(), message);
    }

    #[test]
    fn a_wrong_number_of_words_is_named() {
        refused("", "0 words received, 12 are needed");
        refused("ozone drill", "2 words received, 12 are needed");
        refused(
            &format!("{WORDS} about"),
            "13 words received, 12 are needed",
        );
        // Numbers between the words count as words.
        let numbered: Vec<String> = (1..)
            .zip(WORDS.split(' '))
            .map(|(number, word)| format!("{number}. {word}"))
            .collect();
        refused(&numbered.join(" "), "24 words received, 12 are needed");
    }

    #[test]
    fn a_mistyped_word_is_named_with_its_place_and_the_nearest_words() {
        for (wrong, word, place, question) in [
            (
                "ozone",
                "Ozne",
                1,
                ": did you mean \"one\" or \"ozone\" or \"zone\"?",
            ),
            ("drill", "dirll", 2, ": did you mean \"drill\"?"),
            ("pudding", "puddingstone", 7, ": did you mean \"pudding\"?"),
            ("thank", "thnak", 8, ": did you mean \"thank\"?"),
            ("grab", "grob", 3, ": did you mean \"grab\" or \"grow\"?"),
            (
                "eight",
                "ight",
                11,
                ": did you mean \"eight\" or \"light\" or \"night\"?",
            ),
            ("picnic", "xqxqx", 12, ""),
            ("picnic", "7", 12, ""),
            ("picnic", "añó", 12, ""),
        ] {
            let message = format!("word {place}, {word:?}, is not in the list{question}");
            let error = parse(&WORDS.replace(wrong, word)).unwrap_err().to_string();
            assert_eq!(error, message);
        }
    }

    #[test]
    fn a_page_long_word_is_cut_in_the_error() {
        let WordsError::Unknown { word, .. } =
            parse(&WORDS.replace("drill", &"ñ".repeat(100_000))).unwrap_err()
        else {
            panic!("an unknown word");
        };
        assert_eq!(word, "ñ".repeat(24));
    }

    #[test]
    fn words_in_another_order_are_refused() {
        assert_eq!(
            parse("drill ozone grab fiber curtain grace pudding thank cruise elder eight picnic"),
            Err(WordsError::Checksum)
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_of_words_panic(text in "\\PC{0,200}") {
            let _ = parse(&text);
        }

        #[test]
        fn twelve_arbitrary_words_never_make_it_panic(words in proptest::collection::vec("\\S{1,12}", 12)) {
            let _ = parse(&words.join(" "));
        }
    }
}
