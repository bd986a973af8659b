//! Why something was refused, for people.

use tablon_core::command::Refusal;
use yew::prelude::*;

use super::i18n::{Words, tell};

/// Why not: in the reader's language where there are words for the code, and the
/// node's own sentence with the values.
pub(crate) fn refused(words: &Words, refusal: &Refusal) -> Html {
    match words.maybe(&format!("refusal-{}", refusal.code)) {
        Some(text) => html! { <>
            {text}{" "}<small lang="en">{format!("({})", refusal.message)}</small>
        </> },
        None => html! { {tell!(words, "refused", reason = refusal.message.as_str())} },
    }
}
