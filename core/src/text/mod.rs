//! What a text on the board may contain. The rules are consensus, so they use
//! fixed lists and a pinned Unicode version, never the compiler's tables.

mod composed;
mod name;
mod skeleton;

pub(crate) use composed::compose_into;
pub use composed::{is_nfc, nfc};
pub use name::{MAX_MARKS, MAX_SIGNS, Scripted, check_name};
pub use skeleton::skeleton;

/// Bytes of a post's body, at most.
pub const MAX_BODY: usize = 4096;
/// Bytes of a name, at most.
pub const MAX_NAME: usize = 48;
/// Bytes of a topic, at most.
pub const MAX_TOPIC: usize = 48;

/// Which text broke a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Field {
    /// A post's text.
    #[error("body")]
    Body,
    /// An author's self-claimed name.
    #[error("name")]
    Name,
    /// A topic.
    #[error("topic")]
    Topic,
}

impl Field {
    /// Bytes, at most.
    pub fn limit(self) -> usize {
        match self {
            Self::Body => MAX_BODY,
            Self::Name => MAX_NAME,
            Self::Topic => MAX_TOPIC,
        }
    }
}

/// A text that the board does not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing, or nothing but white space.
    #[error("the {0} is empty: it needs at least one visible character")]
    Empty(Field),
    /// Too many bytes.
    #[error("the {field} is {received} bytes long, at most {limit} are taken")]
    TooLong {
        /// Which text.
        field: Field,
        /// Bytes taken.
        limit: usize,
        /// Bytes received.
        received: usize,
    },
    /// A control character; line feeds are taken in a body alone.
    #[error("the {field} has the control character U+{code:04X} at byte {at}")]
    ControlCharacter {
        /// Which text.
        field: Field,
        /// The character.
        code: u32,
        /// Where.
        at: usize,
    },
    /// A character that reorders what is shown around it.
    #[error("the {field} has the direction-changing character U+{code:04X} at byte {at}")]
    DirectionChange {
        /// Which text.
        field: Field,
        /// The character.
        code: u32,
        /// Where.
        at: usize,
    },
    /// White space at an end of a name or topic: two would look alike.
    #[error("the {0} starts or ends with white space")]
    Untrimmed(Field),
    /// Not in Unicode's composed form.
    #[error("the {0} is not in Unicode normal form C")]
    NotComposed(Field),
    /// A character that shows nothing, where it has no use: two texts that differ
    /// in it alone look the same.
    #[error("the {field} has the invisible character U+{code:04X} at byte {at}")]
    Invisible {
        /// Which text.
        field: Field,
        /// The character.
        code: u32,
        /// Where.
        at: usize,
    },
    /// No character, or one of private use: all are shown as the same empty box.
    #[error("the {field} has U+{code:04X} at byte {at}, which is no character of Unicode")]
    Unassigned {
        /// Which text.
        field: Field,
        /// The code.
        code: u32,
        /// Where.
        at: usize,
    },
    /// White space that is taken for the ordinary space.
    #[error("the {field} has the special space U+{code:04X} at byte {at}: use the ordinary one")]
    SpecialSpace {
        /// Which text.
        field: Field,
        /// The character.
        code: u32,
        /// Where.
        at: usize,
    },
    /// Two spaces, which are shown as one.
    #[error("the {field} has two spaces in a row at byte {at}")]
    DoubledSpace {
        /// Which text.
        field: Field,
        /// Where.
        at: usize,
    },
    /// A combining mark without a letter: it would be drawn over what stands before.
    #[error("the {field} has the combining mark U+{code:04X} at byte {at} with no letter before")]
    LooseMark {
        /// Which text.
        field: Field,
        /// The mark.
        code: u32,
        /// Where.
        at: usize,
    },
    /// The same mark again, drawn over itself.
    #[error("the {field} has the combining mark U+{code:04X} again at byte {at}")]
    RepeatedMark {
        /// Which text.
        field: Field,
        /// The mark.
        code: u32,
        /// Where.
        at: usize,
    },
    /// A pile of marks, which covers the lines above and below.
    #[error(
        "the {field} has {received} combining marks in a row at byte {at}, at most {limit} are taken"
    )]
    TooManyMarks {
        /// Which text.
        field: Field,
        /// Marks taken.
        limit: usize,
        /// Marks received.
        received: usize,
        /// Where they begin.
        at: usize,
    },
    /// Letters of scripts that no language writes together.
    #[error("the {field} mixes scripts: {first}, but {second}")]
    MixedScripts {
        /// Which text.
        field: Field,
        /// A letter.
        first: Scripted,
        /// One that does not go with it.
        second: Scripted,
    },
}

/// Check a body: 1 to 4,096 bytes.
pub fn check_body(text: &str) -> Result<(), TextError> {
    check(Field::Body, text)?;
    if text.chars().all(is_white) {
        return Err(TextError::Empty(Field::Body));
    }
    Ok(())
}

/// Check a name or a topic; empty means none.
pub fn check_label(field: Field, text: &str) -> Result<(), TextError> {
    check(field, text)?;
    for (at, char) in text.char_indices() {
        if char == '\n' {
            return Err(TextError::ControlCharacter {
                field,
                code: char.into(),
                at,
            });
        }
        if changes_direction(char) {
            return Err(TextError::DirectionChange {
                field,
                code: char.into(),
                at,
            });
        }
    }
    let ends = [text.chars().next(), text.chars().next_back()];
    if ends.into_iter().flatten().any(is_white) {
        return Err(TextError::Untrimmed(field));
    }
    Ok(())
}

fn check(field: Field, text: &str) -> Result<(), TextError> {
    if text.len() > field.limit() {
        return Err(TextError::TooLong {
            field,
            limit: field.limit(),
            received: text.len(),
        });
    }
    let control = |char: char| matches!(char, '\0'..='\x1f' | '\x7f'..='\u{9f}') && char != '\n';
    if let Some((at, char)) = text.char_indices().find(|(_, char)| control(*char)) {
        return Err(TextError::ControlCharacter {
            field,
            code: char.into(),
            at,
        });
    }
    if !is_nfc(text) {
        return Err(TextError::NotComposed(field));
    }
    Ok(())
}

// Unicode's White_Space and the blank fillers that people use for empty posts.
fn is_white(char: char) -> bool {
    matches!(
        char,
        '\t'..='\r' | ' ' | '\u{85}' | '\u{a0}' | '\u{ad}' | '\u{1680}' | '\u{180e}'
            | '\u{2000}'..='\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}'
            | '\u{2060}' | '\u{2800}' | '\u{3000}' | '\u{3164}' | '\u{feff}'
    )
}

// "Trojan Source" (CVE-2021-42574): embeddings, overrides, isolates and marks.
fn changes_direction(char: char) -> bool {
    matches!(
        char,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_texts_of_many_scripts_pass() {
        for text in ["hola", "¿qué tal?\n\nbien", "日本語", "مرحبا", "👩‍👩‍👧", "a"]
        {
            assert_eq!(check_body(text), Ok(()), "{text}");
        }
        assert_eq!(check_body(&"x".repeat(MAX_BODY)), Ok(()));
        assert_eq!(check_label(Field::Name, ""), Ok(()));
        assert_eq!(check_label(Field::Name, "Ana María"), Ok(()));
    }

    #[test]
    fn refused_texts_name_the_rule_and_the_values() {
        for (text, message) in [
            (
                String::new(),
                "the body is empty: it needs at least one visible character",
            ),
            (
                " \n\u{200b}".into(),
                "the body is empty: it needs at least one visible character",
            ),
            (
                "x".repeat(4097),
                "the body is 4097 bytes long, at most 4096 are taken",
            ),
            (
                "a\u{7}b".into(),
                "the body has the control character U+0007 at byte 1",
            ),
            (
                "a\r\n".into(),
                "the body has the control character U+000D at byte 1",
            ),
            (
                "e\u{301}".into(),
                "the body is not in Unicode normal form C",
            ),
        ] {
            assert_eq!(check_body(&text).unwrap_err().to_string(), message);
        }
        for (text, message) in [
            (
                "a\nb",
                "the name has the control character U+000A at byte 1",
            ),
            (
                "a\u{202e}b",
                "the name has the direction-changing character U+202E at byte 1",
            ),
            (" a", "the name starts or ends with white space"),
        ] {
            let error = check_label(Field::Name, text).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
        let long = "é".repeat(25);
        assert_eq!(
            check_label(Field::Topic, &long).unwrap_err().to_string(),
            "the topic is 50 bytes long, at most 48 are taken"
        );
    }
}
