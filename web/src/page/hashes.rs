//! Hashes as people should see them: the leading zeros are the work.

use yew::prelude::*;

use super::format;
use super::i18n::{Words, tell};

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Hexadecimal, most significant digit first.
    pub(crate) hash: AttrValue,
    /// Only the zeros and as many digits after them.
    #[prop_or_default]
    pub(crate) short: Option<usize>,
}

/// A hash with its leading zeros set apart.
#[component]
pub(crate) fn Hash(props: &Props) -> Html {
    let hash = props.hash.as_str();
    let zeros = hash.len() - hash.trim_start_matches('0').len();
    let end = match props.short {
        // Genesis' previous hash is nothing but zeros.
        Some(_) if zeros == hash.len() => 8,
        Some(digits) => (zeros + digits).min(hash.len()),
        None => hash.len(),
    };
    let zeros = zeros.min(end);
    html! {
        <code class="hash" title={props.short.is_some().then(|| props.hash.clone())}>
            <span class="zeros">{hash[..zeros].to_owned()}</span>
            {hash[zeros..end].to_owned()}
            if end < hash.len() { {"…"} }
        </code>
    }
}

/// "19 zero bits, so about 524,288 tries": the story of a hash.
pub(crate) fn zero_bits_story(words: &Words, bits: u32) -> AttrValue {
    // Above 2^53 a number is no longer exact, and nobody reads it anyway.
    let tries = 2f64.powi(bits.min(200) as i32);
    if bits <= 50 {
        let tries = format::number(tries as u64);
        tell!(words, "story-zero-bits", bits = bits, tries = tries)
    } else {
        tell!(words, "story-many-zero-bits", bits = bits)
    }
}
