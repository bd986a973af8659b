//! How others come to this board: its address as text and as a QR code.

use gloo::timers::callback::Timeout;
use tablon_core::view::Status;
use yew::prelude::*;

use super::copy::Copy;
use super::i18n::use_words;
use super::qr::Qr;
use super::route::{Place, use_route};
use crate::networks::Networks;
use crate::threads::LinkPolicy;

/// The page's own address, without what follows `#`.
pub(crate) fn page() -> String {
    let location = gloo::utils::window().location();
    location.origin().unwrap_or_default() + &location.pathname().unwrap_or_default()
}

/// The address that brings another tab to the board of this link.
pub(crate) fn link_of(network: &str) -> String {
    format!("{}#/n/{network}", page())
}

/// The address that brings another tab to the same board.
pub(crate) fn link(status: &Status) -> String {
    let location = gloo::utils::window().location();
    if super::route::Route::parse(&location.hash().unwrap_or_default())
        .network
        .is_some()
    {
        link_of(&status.network_link)
    } else {
        page()
    }
}

/// Whether the address means something on another computer.
pub(crate) fn is_local() -> bool {
    let host = gloo::utils::window()
        .location()
        .hostname()
        .unwrap_or_default();
    matches!(host.as_str(), "localhost" | "[::1]")
        || host.starts_with("127.")
        || host.ends_with(".localhost")
}

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The board's address.
    pub(crate) link: AttrValue,
    /// Whether the relay is there to introduce newcomers.
    pub(crate) relay: bool,
    /// Whether others are known by name.
    #[prop_or_default]
    pub(crate) others: bool,
    /// Whether it begins as one line: something else is looked at.
    #[prop_or_default]
    pub(crate) folded: bool,
}

/// So long one looks for others before one is called alone, milliseconds: an
/// introduction and a first link take about two seconds.
const LOOK: u32 = 5_000;

/// What one reads who is alone: not an error, but worth a word.
#[component]
pub(crate) fn Alone(props: &Props) -> Html {
    let words = use_words();
    let route = use_route();
    let networks = use_context::<Networks>().expect("the app provides its networks");
    let local = is_local();
    let looked = use_state_eq(|| false);
    {
        let looked = looked.setter();
        use_effect_with((), move |()| {
            let looked = Timeout::new(LOOK, move || looked.set(true));
            move || drop(looked)
        });
    }
    if !*looked && props.relay {
        return html! { <p class="seeking card" role="status">{words.say("seeking")}</p> };
    }
    let (title, lead) = match (props.others, props.relay) {
        (true, _) => (words.say("unreached-title"), words.say("unreached-lead")),
        (false, true) => (words.say("alone-title"), words.say("alone-lead")),
        (false, false) => (words.say("alone-title"), words.say("alone-offline")),
    };
    html! {
        <details class="alone card" open={!props.folded}>
            <summary><h2 id="alone-title">{title}</h2></summary>
            <div class="alone-body">
            <div>
                <p>{lead}</p>
                <Copy text={props.link.clone()} label={words.say("board-link")} />
                <p>
                    <a href={props.link.clone()} target="_blank" rel="noopener">{words.say("alone-tab")}</a>
                    if !props.relay || props.others {
                        {" · "}<a href={route.href(Place::Map)}>{words.say("by-hand")}</a>
                    }
                </p>
                if networks.link_policy() == LinkPolicy::RelayOnly {
                    <p>{words.say("alone-relay-only")}{" "}
                        <a href={route.href(Place::Map)}>{words.say("alone-relay-only-change")}</a></p>
                }
                if local {
                    <p class="small">{words.say("alone-localhost")}</p>
                }
            </div>
            if !local {
                <Qr text={props.link.clone()} label={words.say("qr-label")} />
            }
            </div>
        </details>
    }
}
