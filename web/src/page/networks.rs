//! All networks that this tab is part of: which is shown, what goes on in the
//! others, and how to come, to bring others, and to go.

mod create;
mod join;
mod leave;
mod share;
mod speed;
mod switcher;
mod terms;

use std::rc::Rc;

use tablon_core::view::Status;
use yew::prelude::*;

pub(crate) use speed::use_speed_memory;
pub(crate) use switcher::Switcher;
pub(crate) use terms::Terms;

use self::create::Create;
use self::join::Join;
use self::leave::Leave;
use self::share::Share;
use super::format;
use super::i18n::{Words, tell, use_words};
use super::route::{Place, Route};
use super::state::Rates;
use super::term::{Explained, Term};
use crate::networks::{Entry, NodeState};
use crate::threads::Erased;

/// A network that was left with its data.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gone {
    /// Its name.
    pub(crate) name: String,
    /// What was deleted.
    pub(crate) files: Vec<Erased>,
}

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// In the order in which they were joined.
    pub(crate) entries: Vec<Entry>,
    /// The shown one's node.
    pub(crate) status: Option<Rc<Status>>,
    /// Its hash rate over the last two minutes.
    pub(crate) rates: Rc<Rates>,
    /// The last one that was left with its data.
    pub(crate) gone: Option<Rc<Gone>>,
}

/// The place.
#[component]
pub(crate) fn NetworksPlace(props: &Props) -> Html {
    let words = use_words();
    let speed = speed::of_one_thread(props.status.as_deref(), &props.rates);
    html! {
        <div class="networks-place">
            <h2><Explained term={Term::Network}>{words.say("networks")}</Explained></h2>
            <p>{words.say("networks-lead")}</p>
            <div role="status">
                if let Some(gone) = &props.gone {
                    <p class="banner">{deleted(&words, gone)}</p>
                }
            </div>
            <ul class="networks">
                { for props.entries.iter().map(|entry| html! {
                    <Row key={entry.id.to_string()} entry={entry.clone()} />
                }) }
            </ul>
            <section class="card" id="networks-join" aria-labelledby="join-title">
                <h3 id="join-title">{words.say("join-title")}</h3>
                <Join />
            </section>
            <section class="card" id="networks-create" aria-labelledby="create-title">
                <h3 id="create-title">{words.say("create-title")}</h3>
                <Create {speed} />
            </section>
        </div>
    }
}

fn deleted(words: &Words, gone: &Gone) -> AttrValue {
    let bytes: u64 = gone.files.iter().map(|file| file.bytes).sum();
    tell!(
        words,
        "networks-deleted",
        name = gone.name.as_str(),
        n = gone.files.len(),
        size = format::bytes(words, bytes).to_string()
    )
}

/// The address of a network's board.
fn board_of(entry: &Entry) -> String {
    Route {
        network: Some(entry.link.clone()),
        ..Route::default()
    }
    .href(Place::Board)
}

/// Height and peers, or what the node is doing instead, in one line.
fn line_of(words: &Words, entry: &Entry) -> AttrValue {
    match entry.state {
        NodeState::Opening => words.say("network-opening"),
        NodeState::Stopped => words.say("network-stopped"),
        NodeState::Asking => words.say("network-asking"),
        NodeState::Running => {
            let peers = tell!(words, "connection-peers", n = entry.peers).to_string();
            tell!(words, "network-line", height = entry.height, peers = peers)
        }
    }
}

/// Posts that one has not seen.
#[derive(Properties, PartialEq)]
struct UnreadProps {
    n: u32,
}

#[component]
fn Unread(props: &UnreadProps) -> Html {
    let words = use_words();
    if props.n == 0 {
        return Html::default();
    }
    html! { <span class="unread figures">{tell!(words, "new-notes", n = props.n)}</span> }
}

/// What is open under a network's line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Nothing,
    Share,
    Leave,
}

#[derive(Properties, PartialEq)]
struct RowProps {
    entry: Entry,
}

/// One network.
#[component]
fn Row(props: &RowProps) -> Html {
    let words = use_words();
    let open = use_state_eq(|| Open::Nothing);
    let entry = &props.entry;
    let toggle = |wanted: Open| {
        let (open, now) = (open.setter(), *open);
        Callback::from(move |_: MouseEvent| {
            open.set(if now == wanted { Open::Nothing } else { wanted });
        })
    };
    let shut = {
        let open = open.setter();
        Callback::from(move |()| open.set(Open::Nothing))
    };
    let expanded = |wanted: Open| (*open == wanted).to_string();
    html! {
        <li class={classes!("card", "network", entry.current.then_some("current"))}
            aria-current={entry.current.then_some("true")} data-network={entry.id.to_string()}>
            <div class="network-head">
                <h3><bdi>{entry.name.clone()}</bdi></h3>
                if entry.current { <span class="you">{words.say("network-current")}</span> }
                <Unread n={entry.unread} />
            </div>
            <p class="small figures">{line_of(&words, entry)}</p>
            <div class="form-end">
                <a class="button" href={board_of(entry)}>
                    { if entry.current { words.say("network-to-board") } else { words.say("network-show") } }
                </a>
                <button type="button" aria-expanded={expanded(Open::Share)} onclick={toggle(Open::Share)}>
                    {words.say("network-share")}
                </button>
                <button type="button" class="quiet" aria-expanded={expanded(Open::Leave)}
                        onclick={toggle(Open::Leave)}>
                    {words.say("network-leave")}
                </button>
            </div>
            { match *open {
                Open::Nothing => Html::default(),
                Open::Share => html! { <Share link={entry.link.clone()} /> },
                Open::Leave => html! { <Leave id={entry.id} onkeep={shut} /> },
            } }
        </li>
    }
}
