//! Names that pass for another's. A name is shown beside every post, so it may
//! hold nothing that is not seen and no letters borrowed from another script.
//! After Unicode Technical Standard #39, *Unicode Security Mechanisms*.

use core::fmt;

use unicode_normalization::char::{canonical_combining_class, is_combining_mark};
use unicode_script::{Script, ScriptExtension, UnicodeScript};

use super::{Field, TextError, check_label, is_white};

/// Accents and tone marks on one letter, at most: Vietnamese, Hebrew and Yoruba
/// need up to three, "zalgo" piles up dozens.
pub const MAX_MARKS: usize = 3;
/// Marks of every kind on one letter, at most: in Brahmic scripts vowels and
/// medial consonants are marks too. Burmese "ကျွော်" has five.
pub const MAX_SIGNS: usize = 6;

/// Check a name: a [label](check_label) without the tricks by which one name looks
/// like another. Empty means none.
///
/// Emoji are taken, with their joiners. Not taken, although some names are written
/// with them: the non-joiner of Persian, and Mongolian's variation selectors.
pub fn check_name(text: &str) -> Result<(), TextError> {
    check_label(Field::Name, text)?;
    nothing_hidden(Field::Name, text)?;
    marks_in_measure(Field::Name, text)?;
    one_script(Field::Name, text)
}

/// A letter and its script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scripted {
    /// The letter.
    pub letter: char,
    /// Its script's name in Unicode.
    pub script: &'static str,
}

impl Scripted {
    fn new(letter: char) -> Self {
        // Some letters belong to no script in particular, but to a few.
        let own = match letter.script() {
            Script::Common | Script::Inherited => letter.script_extension().iter().next(),
            script => Some(script),
        };
        Self {
            letter,
            script: own.unwrap_or(Script::Unknown).full_name(),
        }
    }
}

impl fmt::Display for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { letter, script } = self;
        let code = u32::from(*letter);
        write!(f, "{letter} (U+{code:04X}) is {script}")
    }
}

fn nothing_hidden(field: Field, text: &str) -> Result<(), TextError> {
    let mut before = Before::default();
    let mut rest = text.char_indices();
    while let Some((at, char)) = rest.next() {
        let next = rest.clone().next().map(|(_, char)| char);
        let code = char.into();
        if is_invisible(char) && !is_joiner_at_work(&before, char, next) {
            return Err(TextError::Invisible { field, code, at });
        }
        // UAX #24: whatever is unassigned, or assigned to private use.
        if char.script() == Script::Unknown {
            return Err(TextError::Unassigned { field, code, at });
        }
        // The wide space comes from Japanese and Chinese keyboards.
        if is_white(char) && !matches!(char, ' ' | '\u{3000}') && !is_invisible(char) {
            return Err(TextError::SpecialSpace { field, code, at });
        }
        if is_white(char) && before.last.is_some_and(is_white) {
            return Err(TextError::DoubledSpace { field, at });
        }
        before.push(char);
    }
    Ok(())
}

// The two characters before the one looked at.
#[derive(Default)]
struct Before {
    last: Option<char>,
    last_but_one: Option<char>,
}

impl Before {
    fn push(&mut self, char: char) {
        self.last_but_one = self.last.replace(char);
    }
}

// Invisible characters are taken where they change what is seen.
fn is_joiner_at_work(before: &Before, char: char, next: Option<char>) -> bool {
    let (Some(last), next) = (before.last, next.unwrap_or(' ')) else {
        return false;
    };
    match char {
        // "Show the emoji", also in a keycap such as 1️⃣.
        EMOJI_STYLE if next == '\u{20e3}' => matches!(last, '0'..='9' | '#' | '*'),
        EMOJI_STYLE => may_be_emoji(last),
        // Families, flags and professions.
        JOINER if may_be_emoji(next) => {
            may_be_emoji(last)
                || last == EMOJI_STYLE && before.last_but_one.is_some_and(may_be_emoji)
        }
        // Conjuncts after a virama, as in Sinhala "ශ්‍රී" (UAX #31, rule B).
        JOINER => {
            canonical_combining_class(last) == VIRAMA
                && !is_combining_mark(next)
                && next.script() == last.script()
        }
        _ => false,
    }
}

const JOINER: char = '\u{200d}';
const EMOJI_STYLE: char = '\u{fe0f}';
const VIRAMA: u8 = 9; // its combining class in Unicode's data

// The blocks that Unicode's emoji are in. They hold other symbols too, after which
// the selector shows nothing: harmless, and the look-alike key leaves it out.
fn may_be_emoji(char: char) -> bool {
    matches!(
        char,
        '©' | '®' | '‼' | '⁉' | '™' | 'ℹ' | '\u{2194}'..='\u{21aa}' | '\u{2300}'..='\u{23ff}'
            | 'Ⓜ' | '\u{25aa}'..='\u{25fe}' | '\u{2600}'..='\u{27bf}' | '⤴' | '⤵'
            | '\u{2b05}'..='\u{2b55}' | '〰' | '〽' | '㊗' | '㊙' | '\u{1f000}'..='\u{1faff}'
    )
}

// Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt), the tag
// characters among them, and the few others that show nothing at all.
pub(super) fn is_invisible(char: char) -> bool {
    matches!(
        char,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{13430}'..='\u{1343f}' | '\u{16fe4}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d159}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

// UTS #39, section 5.4: sequences of nonspacing marks.
fn marks_in_measure(field: Field, text: &str) -> Result<(), TextError> {
    let mut before = ' ';
    let mut run = Run::default();
    for (at, char) in text.char_indices() {
        let code = char.into();
        if !is_combining_mark(char) {
            run.check(field)?;
            run = Run::default();
        } else if is_white(before) {
            return Err(TextError::LooseMark { field, code, at });
        } else if before == char {
            return Err(TextError::RepeatedMark { field, code, at });
        } else {
            run.push(at, char);
        }
        before = char;
    }
    run.check(field)
}

#[derive(Default)]
struct Run {
    from: usize,
    // Those that stack above or below, or that belong to no script.
    marks: usize,
    // All.
    signs: usize,
}

impl Run {
    fn push(&mut self, at: usize, char: char) {
        if self.signs == 0 {
            self.from = at;
        }
        let stacks = canonical_combining_class(char) != 0 || char.script() == Script::Inherited;
        self.marks += usize::from(stacks);
        self.signs += 1;
    }

    fn check(&self, field: Field) -> Result<(), TextError> {
        for (limit, received) in [(MAX_MARKS, self.marks), (MAX_SIGNS, self.signs)] {
            if received > limit {
                return Err(TextError::TooManyMarks {
                    field,
                    limit,
                    received,
                    at: self.from,
                });
            }
        }
        Ok(())
    }
}

// UTS #39, section 5.2, "highly restrictive": one script, or Latin with the
// scripts of Japanese, Chinese or Korean. A letter's script extensions (UAX #24)
// are the scripts that it may stand for; digits, signs and emoji go with all.
const TOGETHER: [&[Script]; 3] = [
    &[
        Script::Latin,
        Script::Han,
        Script::Hiragana,
        Script::Katakana,
    ],
    &[Script::Latin, Script::Han, Script::Bopomofo],
    &[Script::Latin, Script::Han, Script::Hangul],
];

fn one_script(field: Field, text: &str) -> Result<(), TextError> {
    let mut possible = Possible::all();
    for (at, char) in text.char_indices() {
        possible = possible.with(char);
        if possible.is_none() {
            let apart = |other: &char| Possible::all().with(*other).with(char).is_none();
            let has_script = |other: &char| {
                let scripts = other.script_extension();
                !scripts.is_common() && !scripts.is_inherited()
            };
            let before = text[..at].chars();
            let first = before
                .clone()
                .find(apart)
                .or(before.clone().find(has_script));
            return Err(TextError::MixedScripts {
                field,
                first: Scripted::new(first.unwrap_or(char)),
                second: Scripted::new(char),
            });
        }
    }
    Ok(())
}

// How a text may be read so far: in one of these scripts, or in one of the three
// groups of scripts.
#[derive(Clone, Copy)]
struct Possible {
    one: ScriptExtension,
    groups: [bool; 3],
}

impl Possible {
    fn all() -> Self {
        Self {
            one: ScriptExtension::default(),
            groups: [true; 3],
        }
    }

    fn with(mut self, char: char) -> Self {
        let scripts = char.script_extension();
        self.one.intersect_with(scripts);
        for (possible, group) in self.groups.iter_mut().zip(TOGETHER) {
            *possible &= group.iter().any(|script| scripts.contains_script(*script));
        }
        self
    }

    fn is_none(&self) -> bool {
        self.one.is_empty() && self.groups == [false; 3]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_many_scripts_pass() {
        for name in [
            "",
            "Ana María",
            "José",
            "Mª José",
            "Peña & Hijos",
            "Søren",
            "Łukasz",
            "Zoë Müller-Strauß",
            "Nguyễn Thị Ánh",
            "Ọláyínká Ẹ̀bùn",
            "Gal·la",
            "O’Brien",
            "d'Artagnan_77",
            "İbrahim Iğdır",
            "Ольга",
            "Володимир Зеленський",
            "Вʼячеслав",
            "Ђорђе",
            "Νίκος",
            "Ἀριστοτέλης",
            "Գոհար",
            "ნინო",
            "李小龍",
            "王ㄨㄤˊ",
            "Bruce 李小龍",
            "田中さん",
            "田中　太郎",
            "佐々木スーパー Kenji",
            "김철수",
            "金철수 Kim",
            "محمد",
            "محمد ٣",
            "فاطمه",
            "دُنْيَا",
            "דוד",
            "שָׁלוֹם",
            "आर्या",
            "कृष्ण",
            "শ্রাবণী",
            "ਗੁਰਪ੍ਰੀਤ",
            "தமிழ்",
            "ശ്രീ",
            "ශ්\u{200d}රී",
            "ไทย",
            "น้ำผึ้ง",
            "ລາວ",
            "ကျော်",
            "မြို့",
            "ကျွော်",
            "ភិរុណ",
            "བཀྲ་ཤིས",
            "ተስፋዬ",
            "ᏣᎳᎩ",
            "Ana 🌵",
            "Ольга 🌻",
            "🌵",
            "❤\u{fe0f}",
            "1\u{fe0f}\u{20e3} Ana",
            "👩\u{200d}👩\u{200d}👧",
            "👩🏽\u{200d}🚀",
            "🏳\u{fe0f}\u{200d}🌈",
            "🇪🇸",
            "…",
            "42",
        ] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
    }

    #[track_caller]
    fn refused(name: &str, message: &str) {
        let error = check_name(name).expect_err(name).to_string();
        assert_eq!(error, format!("the name {message}"), "{name}");
    }

    #[test]
    fn letters_of_another_script_are_refused_with_both_letters() {
        for (name, message) in [
            (
                "p\u{430}ypal",
                "mixes scripts: p (U+0070) is Latin, but а (U+0430) is Cyrillic",
            ),
            (
                "Αdmin",
                "mixes scripts: Α (U+0391) is Greek, but d (U+0064) is Latin",
            ),
            (
                "Ольга Olga",
                "mixes scripts: О (U+041E) is Cyrillic, but O (U+004F) is Latin",
            ),
            (
                "🌵 1 Ana ο",
                "mixes scripts: A (U+0041) is Latin, but ο (U+03BF) is Greek",
            ),
            (
                "さん김",
                "mixes scripts: さ (U+3055) is Hiragana, but 김 (U+AE40) is Hangul",
            ),
            (
                "ㄨ李さ",
                "mixes scripts: ㄨ (U+3128) is Bopomofo, but さ (U+3055) is Hiragana",
            ),
            (
                "李Ольга",
                "mixes scripts: 李 (U+674E) is Han, but О (U+041E) is Cyrillic",
            ),
            // Marks of one script on letters of another.
            (
                "а\u{5b4}",
                "mixes scripts: а (U+0430) is Cyrillic, but \u{5b4} (U+05B4) is Hebrew",
            ),
            // The katakana mark beside Cyrillic.
            (
                "Олーг",
                "mixes scripts: О (U+041E) is Cyrillic, but ー (U+30FC) is Hiragana",
            ),
        ] {
            refused(name, message);
        }
    }

    #[test]
    fn a_letter_of_few_scripts_does_not_bridge_two_others() {
        // A danda is of many Indic scripts; Devanagari and Bengali stay apart.
        refused(
            "आ।আ",
            "mixes scripts: आ (U+0906) is Devanagari, but আ (U+0986) is Bengali",
        );
        assert_eq!(check_name("আ।"), Ok(()));
    }

    #[test]
    fn what_is_not_seen_is_refused() {
        for (char, what) in [
            ('\u{ad}', "soft hyphen"),
            ('\u{34f}', "grapheme joiner"),
            ('\u{115f}', "Hangul filler"),
            ('\u{1160}', "Hangul filler"),
            ('\u{180e}', "Mongolian vowel separator"),
            ('\u{200b}', "zero width space"),
            ('\u{200c}', "non-joiner"),
            ('\u{200d}', "joiner"),
            ('\u{2060}', "word joiner"),
            ('\u{2064}', "invisible plus"),
            ('\u{3164}', "Hangul filler"),
            ('\u{fe00}', "variation selector"),
            ('\u{fe0e}', "text style"),
            ('\u{fe0f}', "emoji style"),
            ('\u{feff}', "byte order mark"),
            ('\u{ffa0}', "halfwidth Hangul filler"),
            ('\u{e0041}', "tag"),
            ('\u{e0100}', "variation selector"),
        ] {
            let code = u32::from(char);
            let message = format!("has the invisible character U+{code:04X} at byte 2");
            refused(&format!("An{char}a"), &message);
            let error = check_name(&format!("{char}Ana")).unwrap_err();
            assert!(
                matches!(
                    error,
                    TextError::Invisible { .. } | TextError::Untrimmed(Field::Name)
                ),
                "{what}: {error}"
            );
        }
        // England's flag is a black one and seven tags.
        refused(
            "🏴\u{e0067}\u{e007f}",
            "has the invisible character U+E0067 at byte 4",
        );
        refused(
            "🌵\u{200d}a",
            "has the invisible character U+200D at byte 4",
        );
        refused(
            "a\u{200d}🌵",
            "has the invisible character U+200D at byte 1",
        );
        refused(
            "❤\u{fe0f}\u{fe0f}",
            "has the invisible character U+FE0F at byte 6",
        );
        refused("1\u{fe0f}", "has the invisible character U+FE0F at byte 1");
        // Between a virama and a letter of another script it joins nothing.
        refused("ශ්\u{200d}a", "has the invisible character U+200D at byte 6");
    }

    #[test]
    fn direction_tricks_are_refused() {
        refused(
            "a\u{202e}b",
            "has the direction-changing character U+202E at byte 1",
        );
        refused(
            "a\u{2066}b",
            "has the direction-changing character U+2066 at byte 1",
        );
    }

    #[test]
    fn what_is_shown_as_an_empty_box_is_refused() {
        for (name, code) in [
            ("Ana\u{e000}", "E000"),
            ("Ana\u{378}", "0378"),
            ("Ana\u{ffff}", "FFFF"),
            ("Ana\u{10ffff}", "10FFFF"),
        ] {
            let message = format!("has U+{code} at byte 3, which is no character of Unicode");
            refused(name, &message);
        }
    }

    #[test]
    fn spaces_that_pass_for_others_are_refused() {
        refused("Ana  María", "has two spaces in a row at byte 4");
        refused("田中　 太郎", "has two spaces in a row at byte 9");
        for code in ["00A0", "2003", "2009", "202F", "205F", "2028", "2800"] {
            let char = char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap();
            let message = format!("has the special space U+{code} at byte 3: use the ordinary one");
            refused(&format!("Ana{char}María"), &message);
        }
    }

    #[test]
    fn piles_of_marks_are_refused() {
        refused(
            "x\u{300}\u{301}\u{302}\u{303}y",
            "has 4 combining marks in a row at byte 1, at most 3 are taken",
        );
        let zalgo: String = ('\u{300}'..'\u{314}').collect();
        refused(
            &format!("Zx{zalgo}"),
            "has 20 combining marks in a row at byte 2, at most 3 are taken",
        );
        // Thai vowel signs, two by two.
        refused(
            &format!("ก{}", "\u{e35}\u{e37}".repeat(4)),
            "has 8 combining marks in a row at byte 3, at most 6 are taken",
        );
        refused("ก็็", "has the combining mark U+0E47 again at byte 6");
        refused(
            "x\u{301}\u{301}",
            "has the combining mark U+0301 again at byte 3",
        );
        refused(
            "\u{301}Ana",
            "has the combining mark U+0301 at byte 0 with no letter before",
        );
        refused(
            "Ana \u{20dd}",
            "has the combining mark U+20DD at byte 4 with no letter before",
        );
    }

    #[test]
    fn the_rules_of_labels_hold_for_names() {
        assert_eq!(check_name(" Ana"), Err(TextError::Untrimmed(Field::Name)));
        assert_eq!(
            check_name("Jose\u{301}"),
            Err(TextError::NotComposed(Field::Name))
        );
    }

    #[test]
    fn each_code_without_a_script_is_no_public_character() {
        for char in '\0'..=char::MAX {
            assert_eq!(
                char.script() == Script::Unknown,
                !unicode_normalization::char::is_public_assigned(char),
                "{:04X}",
                u32::from(char)
            );
        }
    }

    // What these tables say is consensus; a new version of either crate is a new
    // rules version.
    #[test]
    fn both_tables_are_of_the_unicode_version_that_the_rules_name() {
        assert_eq!(unicode_script::UNICODE_VERSION, (18, 0, 0));
        assert_eq!(unicode_normalization::UNICODE_VERSION, (18, 0, 0));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_check_panic(text in "\\PC{0,20}") {
            let _ = check_name(&text);
        }

        #[test]
        fn letters_and_digits_of_english_always_pass(text in "[A-Za-z0-9]{1,48}") {
            proptest::prop_assert_eq!(check_name(&text), Ok(()));
        }
    }
}
