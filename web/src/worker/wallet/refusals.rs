//! Why the wallet says no: a stable code, and the rule's own sentence.

use std::io;

use tablon_core::command::Refusal;
use tablon_core::wallet::{self, FileError, PasswordError, WordsError};

fn refusal(code: &str, message: impl Into<String>) -> Refusal {
    Refusal {
        code: code.into(),
        message: message.into(),
    }
}

/// A file that gives no identity.
pub(super) fn unread(error: FileError) -> Refusal {
    let code = match &error {
        FileError::NotText { .. } | FileError::NotAWallet => "wallet_not_a_file",
        FileError::Damaged { .. } => "wallet_file_damaged",
        FileError::OtherVersion { .. } => "wallet_file_version",
        FileError::Cost(_) => "wallet_file_cost",
        FileError::Memory { .. } => "wallet_memory",
        FileError::WrongPassword => "wallet_wrong_password",
        FileError::OtherAddress { .. } => "wallet_file_false",
    };
    refusal(code, error.to_string())
}

/// A password that seals nothing.
pub(super) fn unfit(error: PasswordError) -> Refusal {
    let code = match &error {
        PasswordError::TooShort { .. } => "wallet_password_short",
        PasswordError::TooLong { .. } => "wallet_password_long",
        PasswordError::ControlCharacter { .. } => "wallet_password_character",
        PasswordError::Memory { .. } => "wallet_memory",
    };
    refusal(code, error.to_string())
}

/// Words that are no identity.
pub(super) fn words(error: WordsError) -> Refusal {
    let code = match &error {
        WordsError::Count { .. } => "wallet_words_count",
        WordsError::Unknown { .. } => "wallet_word_unknown",
        WordsError::Checksum => "wallet_words_checksum",
    };
    refusal(code, error.to_string())
}

/// There is nothing to lock or to unlock.
pub(super) fn no_password() -> Refusal {
    refusal(
        "wallet_no_password",
        "the wallet has no password: set one first",
    )
}

/// What was asked for is shown to those who know the password.
pub(super) fn password_needed() -> Refusal {
    refusal(
        "wallet_password_needed",
        "the wallet has a password, which is needed for this",
    )
}

/// The disk did not take it; all is as it was.
pub(super) fn not_kept(error: io::Error) -> Refusal {
    refusal(
        "wallet_not_kept",
        format!("the wallet could not be written: {error}"),
    )
}

/// A file as its bytes, also when it came as the text of a QR code.
pub(super) fn as_bytes(file: &[u8]) -> Result<Vec<u8>, Refusal> {
    // "TABLONID" in base64url; the ninth byte shares a letter with the eighth.
    const TEXT: &str = "VEFCTE9OSU";
    match std::str::from_utf8(file) {
        Ok(text) if text.trim_start().starts_with(TEXT) => wallet::from_text(text).map_err(unread),
        _ => Ok(file.to_vec()),
    }
}
