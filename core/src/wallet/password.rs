//! Passwords of wallet files: which may seal one, and what is hashed of them.

use core::ops::RangeInclusive;
use zeroize::Zeroizing;

use crate::text::compose_into;

/// Characters of a password, when a file is sealed.
pub const PASSWORD_LENGTHS: RangeInclusive<usize> = 8..=128;

/// A password that cannot seal a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too easy to guess.
    #[error("the password has {received} characters, at least {limit} are needed")]
    TooShort {
        /// Characters needed.
        limit: usize,
        /// Characters received.
        received: usize,
    },
    /// More than is ever typed again.
    #[error("the password has {received} characters, at most {limit} are taken")]
    TooLong {
        /// Characters taken.
        limit: usize,
        /// Characters received.
        received: usize,
    },
    /// A line break or a tab came along when it was pasted.
    #[error("the password has the control character U+{code:04X} at character {place}")]
    ControlCharacter {
        /// The character.
        code: u32,
        /// Which character: the first is 1.
        place: usize,
    },
    /// The machine has not the memory that the cost asks for.
    #[error("{kib} KiB of memory are needed to seal the file, and there are not so many")]
    Memory {
        /// KiB needed.
        kib: u32,
    },
}

/// As it is hashed. RFC 8265, section 4.2.2: Unicode's space separators become a
/// space, then NFC. Neither depends on the Unicode version for characters that are
/// assigned.
pub(super) fn prepare(password: &str) -> Zeroizing<String> {
    let spaced = password.chars().map(|char| match char {
        '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            ' '
        }
        other => other,
    });
    // A string that grows leaves copies behind that nothing wipes; one letter
    // takes at most three times its bytes when composed (UAX #15, table 10).
    let mut prepared = Zeroizing::new(String::with_capacity(3 * password.len()));
    compose_into(spaced, &mut prepared);
    prepared
}

/// Whether a prepared one may seal a file.
pub(super) fn check(password: &str) -> Result<(), PasswordError> {
    let received = password.chars().count();
    let (least, most) = PASSWORD_LENGTHS.into_inner();
    if received < least {
        return Err(PasswordError::TooShort {
            limit: least,
            received,
        });
    }
    if received > most {
        return Err(PasswordError::TooLong {
            limit: most,
            received,
        });
    }
    let control = (1..)
        .zip(password.chars())
        .find(|(_, char)| matches!(char, '\0'..='\x1f' | '\x7f'..='\u{9f}'));
    if let Some((place, char)) = control {
        return Err(PasswordError::ControlCharacter {
            code: char.into(),
            place,
        });
    }
    Ok(())
}
