//! The 80 bytes of a header: field by field, and their hash worked out again in
//! this page, with the miner's nonce and with any other.

use std::rc::Rc;

use tablon_core::hash::{BlockHash, sha256d};
use tablon_core::view::BlockView;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::super::format;
use super::super::hashes::Hash;
use super::super::i18n::{Words, tell, use_words};
use super::super::intl;
use super::super::term::{Explained, Term};

/// What to draw.
#[derive(Properties, PartialEq)]
pub(super) struct Props {
    /// The block.
    pub(super) block: Rc<BlockView>,
}

/// Offset and length of the header's six fields, as in Bitcoin.
const FIELDS: [(usize, usize); 6] = [(0, 4), (4, 32), (36, 32), (68, 4), (72, 4), (76, 4)];

/// The bytes of a header, if the node sent 80.
fn bytes_of(hex: &str) -> Option<[u8; 80]> {
    let mut bytes = [0; 80];
    if hex.len() != 160 || !hex.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}

fn leading_zero_bits(hash: BlockHash) -> u32 {
    // The hash is a little-endian number: its most significant byte is the last.
    let mut bits = 0;
    for byte in hash.0.iter().rev() {
        bits += byte.leading_zeros();
        if *byte != 0 {
            break;
        }
    }
    bits
}

/// The six fields with their bytes, and the hash of the whole, here and now.
#[component]
pub(super) fn HeaderBytes(props: &Props) -> Html {
    let words = use_words();
    let block = &props.block;
    let nonce = use_state_eq(|| block.nonce);
    {
        let nonce = nonce.clone();
        use_effect_with(block.hash, {
            let own = block.nonce;
            move |_| nonce.set(own)
        });
    }
    let Some(bytes) = bytes_of(&block.header) else {
        return html! { <p class="refused">{words.say("header-missing")}</p> };
    };
    let real = BlockHash(sha256d(&bytes));
    let agrees = real == block.hash;
    let mut other = bytes;
    other[76..].copy_from_slice(&nonce.to_le_bytes());
    let tried = BlockHash(sha256d(&other));

    let time = if block.index.0 == 0 {
        block.timestamp.0.to_string()
    } else {
        format!(
            "{} ({})",
            block.timestamp,
            intl::date_time(block.timestamp.0)
        )
    };
    let rows: [(Term, Html, Option<AttrValue>); 6] = [
        (
            Term::Version,
            html! { <code>{format!("0x{:08x}", block.version)}</code> },
            None,
        ),
        (
            Term::PreviousHash,
            html! { <Hash hash={block.previous_hash.to_string()} /> },
            None,
        ),
        (
            Term::MerkleRoot,
            html! { <code>{block.merkle_root.to_string()}</code> },
            None,
        ),
        (
            Term::Time,
            html! { <span class="figures">{time}</span> },
            None,
        ),
        (
            Term::Bits,
            html! { <code>{format!("0x{:08x}", block.bits)}</code> },
            Some(tell!(words, "story-bits", bits = block.difficulty_bits)),
        ),
        (
            Term::Nonce,
            html! { <span class="figures">{format::number(block.nonce)}</span> },
            None,
        ),
    ];
    html! { <>
        <dl class="header-fields">
            { for rows.into_iter().zip(FIELDS).map(|((term, value, story), (from, length))| html! {
                <div>
                    <dt>
                        <Explained {term} {story} />
                        <span class="offset figures">{tell!(words, "header-range", from = from, to = from + length - 1)}</span>
                    </dt>
                    <dd>
                        {value}
                        <code class="bytes">{spaced(&bytes[from..from + length])}</code>
                    </dd>
                </div>
            }) }
        </dl>
        <div class={classes!("recomputed", (!agrees).then_some("wrong"))}>
            <p>{words.say("header-recomputed")}</p>
            <p><Hash hash={real.to_string()} /></p>
            <p><strong>{ if agrees { words.say("header-agrees") } else { words.say("header-differs") } }</strong></p>
        </div>
        if block.index.0 > 0 {
            {toy(&words, block, &nonce, tried)}
        }
    </> }
}

/// Try another nonce: nearly every one gives a hash with too few zeros.
fn toy(words: &Words, block: &BlockView, nonce: &UseStateHandle<u32>, tried: BlockHash) -> Html {
    let step = |by: i64| {
        let nonce = nonce.clone();
        Callback::from(move |_: MouseEvent| nonce.set((i64::from(*nonce) + by) as u32))
    };
    let oninput = {
        let nonce = nonce.clone();
        Callback::from(move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            if let Ok(value) = input.value().trim().parse() {
                nonce.set(value);
            }
        })
    };
    let reset = {
        let (nonce, own) = (nonce.clone(), block.nonce);
        Callback::from(move |_: MouseEvent| nonce.set(own))
    };
    let bits = leading_zero_bits(tried);
    let verdict = if **nonce == block.nonce {
        words.say("toy-own")
    } else if bits >= block.difficulty_bits {
        tell!(
            words,
            "toy-maybe",
            bits = bits,
            needed = block.difficulty_bits
        )
    } else {
        tell!(
            words,
            "toy-short",
            bits = bits,
            needed = block.difficulty_bits
        )
    };
    html! {
        <div class="toy">
            <label for="toy-nonce">{words.say("toy-title")}</label>
            <div class="stepper wide">
                <button type="button" onclick={step(-1)} aria-label={words.say("toy-less")}>{"−"}</button>
                <input id="toy-nonce" type="text" inputmode="numeric" class="figures" autocomplete="off"
                       value={nonce.to_string()} {oninput} />
                <button type="button" onclick={step(1)} aria-label={words.say("toy-more")}>{"+"}</button>
                <button type="button" class="quiet" onclick={reset}
                        disabled={**nonce == block.nonce}>{words.say("toy-reset")}</button>
            </div>
            <p><Hash hash={tried.to_string()} /></p>
            <p role="status">{verdict}</p>
        </div>
    }
}

/// `0a1b 2c3d`: bytes in groups of four, so that a line can break.
fn spaced(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 9 / 4);
    for (at, byte) in bytes.iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            text.push(' ');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn bitcoins_genesis_header_is_hashed_and_its_zeros_counted() {
        let header = "0100000000000000000000000000000000000000000000000000000000000000\
                      000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa\
                      4b1e5e4a29ab5f49ffff001d1dac2b7c";
        let hash = BlockHash(sha256d(&bytes_of(header).unwrap()));
        assert!(hash.to_string().starts_with("000000000019d6689c08"));
        assert_eq!(leading_zero_bits(hash), 43);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_fields_cover_the_header_without_a_gap() {
        let mut next = 0;
        for (from, length) in FIELDS {
            assert_eq!(from, next);
            next = from + length;
        }
        assert_eq!(next, 80);
        assert_eq!(spaced(&[1, 2, 3, 4, 5]), "01020304 05");
        assert_eq!(bytes_of("zz"), None);
    }
}
