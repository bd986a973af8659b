//! One block, opened: every field of its header, and all that it holds.

mod header;

use std::rc::Rc;

use tablon_core::command::{BlockAt, Command, Refusal, Reply};
use tablon_core::units::Height;
use tablon_core::view::{BlockView, Kind};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlDialogElement;
use yew::prelude::*;

use super::entry::Entry;
use super::estimate::expected_hashes;
use super::format;
use super::hashes::{Hash, zero_bits_story};
use super::i18n::{tell, use_words};
use super::note::NoteCard;
use super::refusal::refused;
use super::route::{Place, use_route};
use super::state::{Note, Standing};
use super::term::{Explained, Term, use_id};
use super::who::Who;
use crate::client::Client;
use header::HeaderBytes;

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
    let posts = block
        .transactions
        .iter()
        .filter(|held| held.kind == Kind::Post);
    let notes = posts.count();
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
                    <dd><Who address={*miner} /> <code class="whole">{miner.to_string()}</code></dd>
                </div>
            }
            <div>
                <dt><Explained term={Term::Difficulty} /></dt>
                <dd class="figures">{tell!(words, "difficulty-value",
                    bits = block.difficulty_bits,
                    tries = format::number(expected_hashes(block.bits) as u64))}</dd>
            </div>
            <div>
                <dt><Explained term={Term::StateRoot} /></dt>
                <dd><code>{block.state_root.to_string()}</code></dd>
            </div>
            <div>
                <dt>{words.say("block-size")}</dt>
                <dd class="figures">{format::bytes(&words, block.size.into())}</dd>
            </div>
        </dl>
        <h3><Explained term={Term::Header}>{words.say("header-title")}</Explained></h3>
        <p>{words.say("header-lead")}</p>
        <HeaderBytes block={block.clone()} />
        if notes > 0 || block.transactions.is_empty() {
            <h3 class="figures">{tell!(words, "notes-in-block", n = notes)}</h3>
        }
        if block.transactions.is_empty() {
            <p>{ if genesis { words.say("block-genesis-empty") } else { words.say("block-empty") } }</p>
        }
        <div class="notes">
            { for (0..).zip(&block.transactions).filter(|(_, held)| held.kind == Kind::Post).map(|(place, post)| {
                let standing = if block.on_best_chain {
                    Standing::Pinned { height: block.index, place }
                } else {
                    Standing::Pending { arrival: 0, loosened: true }
                };
                let note = Rc::new(Note { post: post.clone(), standing });
                html! { <NoteCard key={post.id.to_string()} {note} tip={props.tip} /> }
            }) }
        </div>
        if notes < block.transactions.len() {
            <h3 class="figures">{tell!(words, "others-in-block", n = block.transactions.len() - notes)}</h3>
            <ul class="entries">
                { for block.transactions.iter().filter(|held| held.kind != Kind::Post).map(|held| html! {
                    <li key={held.id.to_string()}><Entry transaction={held.clone()} /></li>
                }) }
            </ul>
        }
    </> }
}
