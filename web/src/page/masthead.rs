//! The page's head: what it is, how it stands, where one can go.

use std::rc::Rc;

use tablon_core::view::Status;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::i18n::{Words, tell, use_words};
use super::language::LanguageSwitch;
use super::networks::Switcher;
use super::place::{Entry, NAVIGATION};
use super::route::{Place, Route, use_route};
use super::theme::ThemeSwitch;
use crate::networks;
use crate::threads::RelayState;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The node, once it has started.
    pub(crate) status: Option<Rc<Status>>,
    /// The relay.
    pub(crate) relay: Option<RelayState>,
    /// Whether the node does not run.
    pub(crate) fatal: bool,
    /// Where one is.
    pub(crate) place: Place,
    /// All networks of this tab.
    pub(crate) entries: Vec<networks::Entry>,
    /// Gets the new words when another language is chosen.
    pub(crate) onlanguage: Callback<Words>,
}

/// Name, connection, places, language, theme.
#[component]
pub(crate) fn Masthead(props: &Props) -> Html {
    let words = use_words();
    let route = use_route();
    let (tone, line) = connection(&words, props);
    // An anchor to #main would be taken for a place.
    let skip = Callback::from(|_| {
        let main = gloo::utils::document().get_element_by_id("main");
        if let Some(main) = main.and_then(|main| main.dyn_into::<HtmlElement>().ok()) {
            let _ = main.focus();
        }
    });
    html! {
        <header class="masthead">
            <button type="button" class="skip" onclick={skip}>{words.say("skip")}</button>
            <Brand />
            <Switcher entries={props.entries.clone()} {tone} line={line.clone()} />
            <nav class="places" aria-label={words.say("places")}>
                {places(&words, &route, props.place, false)}
            </nav>
            <a class={classes!("connection", tone)} href={route.href(Place::Map)}>
                <span class="dot" aria-hidden="true"></span>
                <span>{line}</span>
            </a>
            <Controls onlanguage={props.onlanguage.clone()} />
        </header>
    }
}

/// What the page is called; leads to the board.
#[component]
pub(crate) fn Brand() -> Html {
    let words = use_words();
    let route = use_route();
    html! {
        <h1><a class="brand" href={route.href(Place::Board)}>
            <svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">
                <rect x="3" y="6" width="18" height="15" rx="1.5" class="sheet-mark" />
                <circle cx="12" cy="6" r="3.2" class="pin-mark" />
                <path d="M7 13h10M7 17h6" class="line-mark" />
            </svg>
            <span class="brand-name">{words.say("brand")}</span>
        </a></h1>
    }
}

/// What to tell of another language.
#[derive(Properties, PartialEq)]
pub(crate) struct ControlsProps {
    /// Gets the new words when another language is chosen.
    pub(crate) onlanguage: Callback<Words>,
}

/// Language and theme.
#[component]
pub(crate) fn Controls(props: &ControlsProps) -> Html {
    html! {
        <span class="controls">
            <LanguageSwitch onchange={props.onlanguage.clone()} />
            <ThemeSwitch />
        </span>
    }
}

fn connection(words: &Words, props: &Props) -> (&'static str, AttrValue) {
    let Some(status) = props.status.as_ref().filter(|_| !props.fatal) else {
        return if props.fatal {
            ("is-away", words.say("connection-stopped"))
        } else {
            ("is-waiting", words.say("connection-opening"))
        };
    };
    match (&props.relay, status.peers) {
        (_, n) if n > 0 => ("is-connected", tell!(words, "connection-peers", n = n)),
        (Some(RelayState::Connected), _) => ("is-alone", words.say("connection-alone")),
        (Some(RelayState::Away { .. }), _) => ("is-away", words.say("connection-offline")),
        _ => ("is-waiting", words.say("connection-connecting")),
    }
}

fn places(words: &Words, route: &Route, here: Place, phone: bool) -> Html {
    let here = here.spec().nav[usize::from(phone)];
    let shown = |entry: &&Entry| entry.shown[usize::from(phone)];
    let link = |entry: &Entry| {
        let current = (entry.place == here).then_some("page");
        html! {
            <a href={route.href(entry.place)} aria-current={current}>{words.say(entry.name)}</a>
        }
    };
    NAVIGATION.iter().filter(shown).map(link).collect()
}

/// Where one is.
#[derive(Properties, PartialEq)]
pub(crate) struct BarProps {
    /// The place.
    pub(crate) place: Place,
}

/// The places of a phone, where the thumb is.
#[component]
pub(crate) fn BottomBar(props: &BarProps) -> Html {
    let words = use_words();
    let route = use_route();
    html! {
        <nav class="bottom-bar" aria-label={words.say("places")}>
            {places(&words, &route, props.place, true)}
        </nav>
    }
}
