//! One block, opened: every field of its header, the 80 bytes that were hashed,
//! and their hash worked out again in this page.

use std::rc::Rc;

use tablon_core::command::{BlockAt, Command, Refusal, Reply};
use tablon_core::hash::{BlockHash, sha256d};
use tablon_core::units::Height;
use tablon_core::view::BlockView;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlDialogElement, HtmlInputElement};
use yew::prelude::*;

use super::composer::refused;
use super::estimate::expected_hashes;
use super::fingerprint::Fingerprint;
use super::format;
use super::hashes::{Hash, zero_bits_story};
use super::i18n::{Words, tell, use_words};
use super::intl;
use super::note::NoteCard;
use super::route::{Place, use_route};
use super::state::{Note, Standing};
use super::term::{Explained, Term, use_id};
use crate::client::Client;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Which block.
    pub(crate) at: BlockAt,
    /// Height of the tip.
    pub(crate) tip: u32,
    /// Whether the node can be asked; counts up when it is started again.
    pub(crate) starts: u32,
    /// Back to where one was.
    pub(crate) onclose: Callback<()>,
}

#[derive(Debug, Clone, PartialEq)]
enum Loaded {
    Waiting,
    Block(Rc<BlockView>),
    Refused(Refusal),
}

/// The dialog with one block.
#[component]
pub(crate) fn BlockDialog(props: &Props) -> Html {
    let words = use_words();
    let client = use_context::<Client>().expect("the app provides its client");
    let loaded = use_state(|| Loaded::Waiting);
    let dialog = use_node_ref();
    let title = use_id("block-title");

    {
        let loaded = loaded.setter();
        use_effect_with((props.at, props.starts), move |(at, starts)| {
            if *starts > 0 {
                let at = *at;
                spawn_local(async move {
                    loaded.set(match client.call(Command::Block { at }).await {
                        Ok(Reply::Block(block)) => Loaded::Block(Rc::new(*block)),
                        Ok(_) => Loaded::Waiting,
                        Err(refusal) => Loaded::Refused(refusal),
                    });
                });
            }
        });
    }
    {
        let dialog = dialog.clone();
        use_effect_with((), move |()| {
            if let Some(dialog) = dialog.cast::<HtmlDialogElement>()
                && !dialog.open()
            {
                let _ = dialog.show_modal();
            }
        });
    }

    // Yew hears events at the root of the page, so `current_target` is not the dialog.
    let is_dialog = {
        let dialog = dialog.clone();
        move |event: &Event| {
            let target = event.target_dyn_into::<web_sys::Node>();
            target.is_some() && target == dialog.cast::<web_sys::Node>()
        }
    };
    let onclose = {
        let (onclose, is_dialog) = (props.onclose.clone(), is_dialog.clone());
        // A popover inside reports its own closing the same way.
        Callback::from(move |event: Event| {
            if is_dialog(&event) {
                onclose.emit(());
            }
        })
    };
    let onclick = {
        let onclose = props.onclose.clone();
        // Outside the sheet is the dialog element itself.
        Callback::from(move |event: MouseEvent| {
            if is_dialog(&event) {
                onclose.emit(());
            }
        })
    };
    let close = {
        let onclose = props.onclose.clone();
        Callback::from(move |_| onclose.emit(()))
    };
    html! {
        <dialog ref={dialog} class="block-dialog" {onclose} {onclick} aria-labelledby={title.clone()}>
            <div class="sheet">
                <header>
                    <h2 id={title} class="figures">{ match &*loaded {
                        Loaded::Block(block) => tell!(words, "block-title", n = block.index.0),
                        _ => words.say("block"),
                    } }</h2>
                    <button type="button" class="quiet" onclick={close}>{words.say("close")}</button>
                </header>
                { match &*loaded {
                    Loaded::Waiting => html! { <p>{words.say("block-loading")}</p> },
                    Loaded::Refused(refusal) => html! {
                        <p class="refused" role="alert">{refused(&words, refusal)}</p>
                    },
                    Loaded::Block(block) => html! { <Opened block={block.clone()} tip={props.tip} /> },
                } }
            </div>
        </dialog>
    }
}

#[derive(Properties, PartialEq)]
struct OpenedProps {
    block: Rc<BlockView>,
    tip: u32,
}

#[component]
fn Opened(props: &OpenedProps) -> Html {
    let words = use_words();
    let route = use_route();
    let block = &props.block;
    let genesis = block.index.0 == 0;
    let to = |at| route.href(Place::Block(at));
    let summary = if !block.on_best_chain {
        words.say("block-lost")
    } else if genesis {
        words.say("block-is-genesis")
    } else {
        let confirmations = props.tip.saturating_sub(block.index.0) + 1;
        tell!(words, "block-confirmed", n = confirmations)
    };
    html! { <>
        <p class="summary">{summary}</p>
        <nav class="block-steps" aria-label={words.say("block-steps")}>
            if !genesis {
                <a href={to(BlockAt::Hash(block.previous_hash))}>{words.say("block-before")}</a>
            }
            if block.on_best_chain && block.index.0 < props.tip {
                <a href={to(BlockAt::Height(block.index.next()))}>{words.say("block-after")}</a>
            }
            if !genesis {
                <a href={to(BlockAt::Height(Height(0)))}>{words.say("to-genesis")}</a>
            }
        </nav>
        <dl class="facts">
            <div>
                <dt><Explained term={Term::Hash} /></dt>
                <dd><Hash hash={block.hash.to_string()} /></dd>
            </div>
            <div>
                <dt><Explained term={Term::ZeroBits} story={zero_bits_story(&words, block.zero_bits)} /></dt>
                <dd class="figures">{tell!(words, "zero-bits-value", bits = block.zero_bits, needed = block.difficulty_bits)}</dd>
            </div>
            if let Some(miner) = &block.miner {
                <div>
                    <dt><Explained term={Term::Miner} /></dt>
                    <dd class="with-picture"><Fingerprint of={miner.0.to_vec()} /><code>{miner.to_string()}</code></dd>
                </div>
            }
            <div>
                <dt><Explained term={Term::Difficulty} /></dt>
                <dd class="figures">{tell!(words, "difficulty-value",
                    bits = block.difficulty_bits,
                    tries = format::number(expected_hashes(block.bits) as u64))}</dd>
            </div>
            <div>
                <dt>{words.say("block-size")}</dt>
                <dd class="figures">{format::bytes(&words, block.size.into())}</dd>
            </div>
        </dl>
        <h3><Explained term={Term::Header}>{words.say("header-title")}</Explained></h3>
        <p>{words.say("header-lead")}</p>
        <HeaderBytes block={block.clone()} />
        <h3 class="figures">{tell!(words, "notes-in-block", n = block.transactions.len())}</h3>
        if block.transactions.is_empty() {
            <p>{ if genesis { words.say("block-genesis-empty") } else { words.say("block-empty") } }</p>
        }
        <div class="notes">
            { for block.transactions.iter().enumerate().map(|(place, post)| {
                let standing = if block.on_best_chain {
                    Standing::Pinned { height: block.index, place: place as u32 }
                } else {
                    Standing::Pending { arrival: 0, loosened: true }
                };
                let note = Rc::new(Note { post: post.clone(), standing });
                html! { <NoteCard key={post.id.to_string()} {note} tip={props.tip} /> }
            }) }
        </div>
    </> }
}

#[derive(Properties, PartialEq)]
struct HeaderProps {
    block: Rc<BlockView>,
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
fn HeaderBytes(props: &HeaderProps) -> Html {
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
