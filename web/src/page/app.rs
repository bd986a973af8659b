//! The whole page: feeds the state from the node, and lays out the places.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use gloo::timers::callback::Timeout;
use tablon_core::command::{Command, Reply};
use tablon_core::units::Height;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlElement, KeyboardEvent};
use yew::prelude::*;

use super::block::BlockDialog;
use super::blocks::Blocks;
use super::board::Board;
use super::clock::{self, Clock};
use super::composer;
use super::estimate;
use super::i18n::Words;
use super::invite::{self, Alone};
use super::language;
use super::live::Live;
use super::masthead::{BottomBar, Masthead};
use super::my_node::MyNode;
use super::notices::{Grave, Lesser};
use super::reduce::Action;
use super::route::{Place, Route};
use super::state::{BLOCKS_KEPT, State, own_address};
use super::strip::{LostBranch, Strip};
use super::theme::Theme;
use super::wall::Wall;
use crate::client::{Client, Event, Watch};
use crate::threads::RelayState;

/// Events that come within this time are drawn together, milliseconds: a screen
/// that changes ten times a second is as live as one can read.
const TOGETHER: u32 = 100;

/// Events held back for that, at most: a hidden tab's timers are slow.
const HELD: usize = 64;

/// Notes asked for at once.
const NOTES: u32 = 100;

/// The page.
#[component]
pub(crate) fn App() -> Html {
    let words = use_state_eq(language::recall);
    let route = use_route_of_window();
    let client = use_memo((), |()| Client::start());
    let state = use_reducer_eq(State::default);
    let loading_older = use_state_eq(|| false);
    use_effect_with((), |()| Theme::recall().apply());
    use_watch(&client, state.dispatcher());
    use_loading(&client, &state);
    use_shortcuts();
    use_title(&words, &state);

    let onolder = {
        let (client, dispatch) = (client.clone(), state.dispatcher());
        let loading = loading_older.setter();
        let before = state.notes.oldest();
        Callback::from(move |()| {
            let (client, dispatch, loading) = (client.clone(), dispatch.clone(), loading.clone());
            loading.set(true);
            spawn_local(async move {
                let command = Command::Notes {
                    before,
                    limit: NOTES,
                };
                if let Ok(Reply::Notes(notes)) = client.call(command).await {
                    dispatch.dispatch(Action::Notes {
                        notes,
                        limit: NOTES,
                        older: true,
                    });
                }
                loading.set(false);
            });
        })
    };
    let on_words = {
        let words = words.setter();
        Callback::from(move |new: Words| words.set(new))
    };

    let place = route.place;
    let tip = state.height().0;
    let ready = state.status.is_some() && state.fatal.is_none();
    // Closing a block leads back to where one opened it.
    let behind = use_mut_ref(Place::default);
    if !matches!(place, Place::Block(_)) {
        behind.replace(place);
    }
    let under = *behind.borrow();
    let close_block = {
        let route = route.clone();
        Callback::from(move |()| {
            let _ = gloo::utils::window()
                .location()
                .set_hash(&route.href(under));
        })
    };
    let class = classes!(
        "page",
        match under {
            Place::Blocks => "at-blocks",
            Place::Node => "at-node",
            Place::Wall => "at-wall",
            Place::Board | Place::Block(_) => "at-board",
        }
    );
    // On a phone "My node" is all that one sees of the two.
    let (main_role, side_role) = match under {
        Place::Node => ("region", "main"),
        _ => ("main", "complementary"),
    };
    let content = match under {
        Place::Wall => html! {
            <Wall status={state.status.clone()} notes={state.notes.clone()}
                  blocks={state.blocks.clone()} stopped={state.fatal.is_some()} />
        },
        _ => html! { <>
            <div class="top">
                <Masthead status={state.status.clone()} relay={state.relay.clone()}
                    fatal={state.fatal.is_some()} place={under} onlanguage={on_words} />
                <Strip status={state.status.clone()} blocks={state.blocks.clone()}
                    stopped={state.fatal.is_some()} />
            </div>
            if let Some(fork) = &state.fork {
                <LostBranch fork={fork.clone()} own={own_address(state.status.as_ref())} />
            }
            <div class="columns">
                <div id="main" class="middle" tabindex="-1" role={main_role}
                     aria-label={words.say("place-board")}>
                    <Grave state={state.clone()} />
                    if under == Place::Blocks {
                        <Lesser state={state.clone()} />
                        <Blocks {tip} own={own_address(state.status.as_ref())} starts={state.starts} />
                    } else {
                        <Board stopped={state.fatal.is_some()} notes={state.notes.clone()} {tip} {ready}
                            nobody_mines={nobody_mines(&state)} dispatch={state.dispatcher()}
                            {onolder} loading_older={*loading_older}>
                            <Lesser state={state.clone()} />
                            {alone(&state)}
                        </Board>
                    }
                </div>
                <div id="my-node" class="side" role={side_role} aria-label={words.say("my-node")}>
                    <MyNode stopped={state.fatal.is_some()} status={state.status.clone()} rates={state.rates.clone()}
                        peers={state.peers.clone()} gone={state.gone.clone()} relay={state.relay.clone()} />
                </div>
            </div>
            <BottomBar place={under} />
        </> },
    };
    html! {
        <ContextProvider<Words> context={(*words).clone()}>
        <ContextProvider<Route> context={route.clone()}>
        <ContextProvider<Client> context={(*client).clone()}>
        <Clock>
            <div {class}>
                {content}
                if let Place::Block(at) = place {
                    <BlockDialog {at} {tip} starts={state.starts} onclose={close_block} />
                }
                <Live heard={state.notes.heard} />
            </div>
        </Clock>
        </ContextProvider<Client>>
        </ContextProvider<Route>>
        </ContextProvider<Words>>
    }
}

/// Whether a note would wait for long: no block for many spacings, and this
/// node does not mine either.
fn nobody_mines(state: &State) -> bool {
    state.status.as_ref().is_some_and(|status| {
        let newest = state.blocks.iter().map(AsRef::as_ref);
        let now = clock::read().timestamp().0;
        status.mining.threads == 0 && estimate::outlook(newest, status, now).expected.is_none()
    })
}

fn alone(state: &State) -> Html {
    match &state.status {
        Some(status) if status.peers == 0 && state.peers.is_empty() && state.relay.is_some() => {
            html! {
                <Alone link={invite::link(status)}
                    relay={!matches!(state.relay, Some(RelayState::Away { .. }))} />
            }
        }
        _ => Html::default(),
    }
}

/// Follow the part of the address after `#`.
#[hook]
fn use_route_of_window() -> Route {
    let read = || Route::parse(&gloo::utils::window().location().hash().unwrap_or_default());
    let route = use_state_eq(read);
    {
        let set = route.setter();
        use_effect_with((), move |()| {
            let window = gloo::utils::window();
            let listener = EventListener::new(&window, "hashchange", move |_| set.set(read()));
            move || drop(listener)
        });
    }
    (*route).clone()
}

/// Events wait here for a moment, so that a burst is one drawing.
#[derive(Default)]
struct Inbox {
    events: Vec<Event>,
    timer: Option<Timeout>,
}

/// Hand what the node says to the state.
#[hook]
fn use_watch(client: &Rc<Client>, dispatch: UseReducerDispatcher<State>) {
    let client = client.clone();
    use_effect_with((), move |()| {
        let inbox = Rc::new(RefCell::new(Inbox::default()));
        let flush = {
            let inbox = inbox.clone();
            Rc::new(move || {
                let events = {
                    let mut inbox = inbox.borrow_mut();
                    inbox.timer = None;
                    std::mem::take(&mut inbox.events)
                };
                let now = clock::read();
                dispatch.dispatch(Action::Events { now, events });
            })
        };
        let watch: Watch = client.watch(move |event| {
            let full = {
                let mut inbox = inbox.borrow_mut();
                inbox.events.push(event.clone());
                if inbox.timer.is_none() {
                    let flush = flush.clone();
                    inbox.timer = Some(Timeout::new(TOGETHER, move || flush()));
                }
                inbox.events.len() >= HELD
            };
            if full {
                flush();
            }
        });
        move || drop(watch)
    });
}

/// Ask for what no event brings: at every start, and after a leap of the chain.
#[hook]
fn use_loading(client: &Rc<Client>, state: &UseReducerHandle<State>) {
    let leap = state.missed;
    let syncing = state.sync.is_some();
    let client = client.clone();
    let dispatch = state.dispatcher();
    let height = state.height().0;
    // While thousands of blocks come in, the notes are asked for once, at the end.
    let due = (state.starts, if syncing { 0 } else { leap });
    use_effect_with(due, move |(starts, _)| {
        if *starts > 0 {
            spawn_local(async move {
                load(&client, &dispatch, height).await;
            });
        }
    });
}

async fn load(client: &Client, dispatch: &UseReducerDispatcher<State>, height: u32) {
    let kept = BLOCKS_KEPT as u32;
    let chain = Command::Chain {
        from: Height(height.saturating_sub(kept - 1)),
        limit: kept,
    };
    if let Ok(Reply::Blocks(blocks)) = client.call(chain).await {
        dispatch.dispatch(Action::Chain(blocks));
    }
    let notes = Command::Notes {
        before: None,
        limit: NOTES,
    };
    if let Ok(Reply::Notes(notes)) = client.call(notes).await {
        dispatch.dispatch(Action::Notes {
            notes,
            limit: NOTES,
            older: false,
        });
    }
    if let Ok(Reply::Pending(posts)) = client.call(Command::Pending).await {
        dispatch.dispatch(Action::Pending(posts));
    }
    if let Ok(Reply::Peers(peers)) = client.call(Command::Peers).await {
        dispatch.dispatch(Action::Peers(peers));
    }
}

/// `n` goes to the message field, from anywhere but another field.
#[hook]
fn use_shortcuts() {
    use_effect_with((), |()| {
        let document = gloo::utils::document();
        let options = EventListenerOptions::enable_prevent_default();
        let listener =
            EventListener::new_with_options(&document, "keydown", options, move |event| {
                let Some(key) = event.dyn_ref::<KeyboardEvent>() else {
                    return;
                };
                let modified = key.ctrl_key() || key.meta_key() || key.alt_key();
                if key.key() != "n" || modified || is_in_field(event) {
                    return;
                }
                let document = gloo::utils::document();
                if document
                    .query_selector("dialog[open]")
                    .ok()
                    .flatten()
                    .is_some()
                {
                    return;
                }
                if let Some(field) = document.get_element_by_id(composer::BODY)
                    && let Ok(field) = field.dyn_into::<HtmlElement>()
                {
                    event.prevent_default();
                    let _ = field.focus();
                }
            });
        move || drop(listener)
    });
}

fn is_in_field(event: &web_sys::Event) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .is_some_and(|element| {
            element
                .closest("input, textarea, select, [contenteditable]")
                .ok()
                .flatten()
                .is_some()
        })
}

/// The tab's title: board and height, so that a row of tabs can be told apart.
#[hook]
fn use_title(words: &Words, state: &UseReducerHandle<State>) {
    let title = match &state.status {
        Some(status) => super::i18n::tell!(
            words,
            "page-title",
            board = status.network_name.as_str(),
            n = state.height().0
        ),
        None => words.say("brand"),
    };
    use_effect_with(title, |title| gloo::utils::document().set_title(title));
}
