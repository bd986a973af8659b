//! An identity that its owner keeps: twelve words on paper, or a file that a
//! password opens. Nobody else has a copy, so both must still work in ten years:
//! the words are BIP-39's and every byte of the file is fixed by golden vectors.

mod cost;
mod file;
mod identity;
mod password;
pub mod record;
mod words;

pub use cost::{Cost, CostError};
pub use file::{FileError, LENGTH, address_in, from_text, open, seal, to_text};
pub use identity::Identity;
pub use password::{PASSWORD_LENGTHS, PasswordError};
pub use words::WordsError;
