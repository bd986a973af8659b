//! The kinds of links: how they are drawn and what they are, in words.

use tablon_core::view::LinkKind;
use yew::prelude::*;

use super::super::i18n::{Words, use_words};

/// Whether two lines are drawn: a broad one, and a narrow one of paper on it.
pub(super) fn is_double(link: LinkKind) -> bool {
    link == LinkKind::Broadcast
}

/// For the style sheet: each kind has a line of its own.
pub(super) fn class(link: LinkKind) -> &'static str {
    match link {
        LinkKind::Broadcast => "kind-broadcast",
        LinkKind::Webrtc => "kind-webrtc",
        LinkKind::Turn => "kind-turn",
        LinkKind::Websocket => "kind-websocket",
        LinkKind::Tunnel => "kind-tunnel",
        LinkKind::Local => "kind-local",
    }
}

/// In one or two words.
pub(crate) fn name(words: &Words, link: LinkKind) -> AttrValue {
    match link {
        LinkKind::Broadcast => words.say("link-broadcast"),
        LinkKind::Webrtc => words.say("link-webrtc"),
        LinkKind::Turn => words.say("link-turn"),
        LinkKind::Websocket => words.say("link-websocket"),
        LinkKind::Tunnel => words.say("link-tunnel"),
        LinkKind::Local => words.say("link-local"),
    }
}

fn about(words: &Words, link: LinkKind) -> AttrValue {
    match link {
        LinkKind::Broadcast => words.say("link-broadcast-about"),
        LinkKind::Webrtc => words.say("link-webrtc-about"),
        LinkKind::Turn => words.say("link-turn-about"),
        LinkKind::Websocket => words.say("link-websocket-about"),
        LinkKind::Tunnel => words.say("link-tunnel-about"),
        LinkKind::Local => words.say("link-local-about"),
    }
}

/// What to explain.
#[derive(Properties, PartialEq)]
pub(super) struct Props {
    /// The kinds that are drawn, each once.
    pub(super) kinds: Vec<LinkKind>,
    /// Whether links between others are drawn.
    pub(super) told: bool,
}

/// One line for each kind that is drawn.
#[component]
pub(super) fn Legend(props: &Props) -> Html {
    let words = use_words();
    if props.kinds.is_empty() {
        return Html::default();
    }
    html! {
        <ul class="map-legend" aria-label={words.say("map-legend")}>
            { for props.kinds.iter().map(|kind| html! {
                <li key={class(*kind)} data-kind={class(*kind)}>
                    {sample(class(*kind), is_double(*kind))}
                    <span><strong>{name(&words, *kind)}</strong>{": "}{about(&words, *kind)}</span>
                </li>
            }) }
            if props.told {
                <li>{sample("told", false)}<span>{words.say("map-legend-told")}</span></li>
            }
            <li>
                <svg class="map-sample" viewBox="0 0 48 12" aria-hidden="true" focusable="false">
                    <path class="map-link" d="M2 6H46" />
                    <path class="pulse-sample" d="M18 6H30" />
                </svg>
                <span>{words.say("map-legend-pulse")}</span>
            </li>
        </ul>
    }
}

fn sample(class: &'static str, double: bool) -> Html {
    html! {
        <svg class="map-sample" viewBox="0 0 48 12" aria-hidden="true" focusable="false">
            <path class={classes!("map-link", class)} d="M2 6H46" />
            if double { <path class="map-link core" d="M2 6H46" /> }
        </svg>
    }
}
