//! The whole page: what outlives a change of network, and the one that is shown.

use std::rc::Rc;

use gloo::events::{EventListener, EventListenerOptions};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlElement, KeyboardEvent};
use yew::prelude::*;

use super::clock::Clock;
use super::composer;
use super::i18n::Words;
use super::idle::use_idle_lock;
use super::language;
use super::network::Network;
use super::networks::Gone;
use super::offer::Offer;
use super::route::{Place, Route};
use super::theme::Theme;
use crate::client::Client;
use crate::networks::{Change, Entry, Networks};
use tablon_core::params::Params;

/// The page.
#[component]
pub(crate) fn App() -> Html {
    let words = use_state_eq(language::recall);
    let route = use_route_of_window();
    let networks = use_memo((), |()| Networks::start());
    let (shown, gone) = use_networks(&networks);
    let Shown {
        client,
        entries,
        offered,
    } = shown;
    use_effect_with((), |()| Theme::recall().apply());
    use_idle_lock(&networks);
    use_shortcuts();
    let onlanguage = {
        let words = words.setter();
        Callback::from(move |new: Words| words.set(new))
    };
    let id = entries
        .iter()
        .find(|entry| entry.current)
        .map(|entry| entry.id);
    let key = id.map_or_else(|| "none".to_owned(), |id| id.to_string());
    html! {
        <ContextProvider<Words> context={(*words).clone()}>
        <ContextProvider<Route> context={route}>
        <ContextProvider<Networks> context={(*networks).clone()}>
        <Clock>
            { match offered {
                Some(params) => html! { <Offer {params} {onlanguage} /> },
                // Another network is another component: nothing of the former one is
                // shown under its name.
                None => html! { <Network {key} {id} {client} {entries} {gone} {onlanguage} /> },
            } }
        </Clock>
        </ContextProvider<Networks>>
        </ContextProvider<Route>>
        </ContextProvider<Words>>
    }
}

/// What there is to be seen.
#[derive(Clone, PartialEq)]
struct Shown {
    /// The node of the network that is shown.
    client: Client,
    /// All networks of this tab.
    entries: Vec<Entry>,
    /// The network that waits to be joined; then nothing else is shown.
    offered: Option<Params>,
}

impl Shown {
    fn of(networks: &Networks) -> Self {
        Self {
            client: networks.current(),
            entries: networks.list(),
            offered: networks.offered(),
        }
    }
}

/// What is shown, and the last network that was left with its data.
#[hook]
fn use_networks(networks: &Rc<Networks>) -> (Shown, Option<Rc<Gone>>) {
    let gone = use_state_eq(|| None::<Rc<Gone>>);
    let shown = use_state_eq(|| Shown::of(networks));
    {
        let (networks, set, gone) = (networks.clone(), shown.setter(), gone.setter());
        use_effect_with((), move |()| {
            let now = networks.clone();
            let watch = networks.watch(move |change| match change {
                Change::Changed { .. } | Change::Current => set.set(Shown::of(&now)),
                Change::Deleted { name, files } => gone.set(Some(Rc::new(Gone {
                    name: name.clone(),
                    files: files.clone(),
                }))),
            });
            move || drop(watch)
        });
    }
    ((*shown).clone(), (*gone).clone())
}

/// Follow the part of the address after `#`.
#[hook]
fn use_route_of_window() -> Route {
    let route = use_state_eq(read_route);
    {
        let set = route.setter();
        use_effect_with((), move |()| {
            let window = gloo::utils::window();
            let listener =
                EventListener::new(&window, "hashchange", move |_| set.set(read_route()));
            move || drop(listener)
        });
    }
    (*route).clone()
}

/// An identity is taken out of the address at once, so that it is not in the
/// history, nor copied with a link to the board.
fn read_route() -> Route {
    let window = gloo::utils::window();
    let route = Route::parse(&window.location().hash().unwrap_or_default());
    if route.identity.is_some()
        && let Ok(history) = window.history()
    {
        let address = route.href(Place::Wallet);
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address));
    }
    route
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
