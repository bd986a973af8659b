//! For a projector: the newest notes in large type, the strip, how to join.

use std::collections::VecDeque;
use std::rc::Rc;

use tablon_core::view::{BlockView, Status, SyncProgress};
use yew::prelude::*;

use super::clock::use_now;
use super::estimate::outlook;
use super::format;
use super::i18n::{tell, use_words};
use super::invite;
use super::note::NoteCard;
use super::qr::Qr;
use super::route::{Place, use_route};
use super::state::Notes;
use super::strip::Strip;

/// Notes on the wall; more would be too small to read from the last row.
const MAX_SHOWN_NOTES: usize = 6;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The node, once it has started.
    pub(crate) status: Option<Rc<Status>>,
    /// The posts.
    pub(crate) notes: Rc<Notes>,
    /// Newest first.
    pub(crate) blocks: Rc<VecDeque<Rc<BlockView>>>,
    /// The fetching, while it is worth a word.
    pub(crate) fetching: Option<SyncProgress>,
    /// Whether the node does not run.
    pub(crate) stopped: bool,
}

/// The wall.
#[component]
pub(crate) fn Wall(props: &Props) -> Html {
    let words = use_words();
    let route = use_route();
    let now = use_now();
    let Some(status) = &props.status else {
        return html! { <main class="wall"><p>
            { if props.stopped { words.say("node-stopped") } else { words.say("node-opening") } }
        </p></main> };
    };
    let notes = props.notes.held.newest_first();
    let outlook = outlook(props.blocks.iter().map(AsRef::as_ref), status, now);
    let link = invite::link(status);
    html! {
        <main class="wall" id="main">
            <Strip status={props.status.clone()} blocks={props.blocks.clone()} fetching={props.fetching}
                stopped={props.stopped} />
            <div class="wall-columns">
                <section class="notes" aria-label={words.say("notes")} aria-live="polite">
                    if notes.is_empty() { <p class="empty">{words.say("board-empty")}</p> }
                    // A list of its own (see the board's).
                    for note in notes.into_iter().take(MAX_SHOWN_NOTES) {
                        <NoteCard key={note.post.id.to_string()} note={note.clone()} tip={status.height.0} plain=true />
                    }
                </section>
                <aside class="join">
                    <h1>{words.say("wall-join")}</h1>
                    if invite::is_local() {
                        <p>{words.say("alone-localhost")}</p>
                    } else {
                        <Qr text={link.clone()} label={words.say("qr-label")} />
                    }
                    <p class="wall-link">{link}</p>
                    <p class="figures">{tell!(words, "wall-nodes", n = status.peers + 1)}</p>
                    if let Some(rate) = outlook.network_rate {
                        <p class="figures">{tell!(words, "wall-rate", rate = format::hash_rate(&words, rate).to_string())}</p>
                    }
                    <p><a href={route.href(Place::Board)}>{words.say("wall-leave")}</a></p>
                </aside>
            </div>
        </main>
    }
}
