//! What is known of a peer, as words: beside the drawing and in the list.

use tablon_core::view::{PeerState, PeerView};
use yew::prelude::*;

use super::super::format;
use super::super::i18n::{Words, tell};
use super::super::term::{Explained, Term};
use super::legend;

/// The short form of a node's id.
pub(super) fn short(id: &tablon_core::hash::PeerId) -> String {
    format::ends(&id.to_string(), 4)
}

/// How far the acquaintance goes.
pub(crate) fn state(words: &Words, peer: &PeerView) -> AttrValue {
    match (peer.state, peer.height) {
        (PeerState::Connecting, _) => words.say("peer-connecting"),
        (PeerState::Greeting, _) => words.say("peer-greeting"),
        (PeerState::Connected, Some(height)) => tell!(words, "peer-height", n = height.0),
        (PeerState::Connected, None) => words.say("peer-connected"),
    }
}

/// All of it in one line, for who hears the drawing.
pub(super) fn line(words: &Words, peer: &PeerView) -> AttrValue {
    let mut facts = vec![
        tell!(words, "map-peer", key = short(&peer.id)),
        legend::name(words, peer.link),
        state(words, peer),
    ];
    if let Some(ms) = peer.round_trip {
        facts.push(tell!(words, "round-trip", n = ms));
    }
    let sent = format::bytes(words, peer.sent).to_string();
    let received = format::bytes(words, peer.received).to_string();
    facts.push(tell!(words, "map-bytes", sent = sent, received = received));
    facts.extend(clock(words, peer));
    facts.join(", ").into()
}

/// All of it as a list of facts.
pub(super) fn list(words: &Words, peer: &PeerView) -> Html {
    let fact = |name: Html, value: AttrValue| {
        html! { <div><dt>{name}</dt><dd class="figures">{value}</dd></div> }
    };
    let linked: Vec<_> = peer.neighbours.iter().map(short).collect();
    html! {
        <dl class="inline-facts">
            {fact(html! { {words.say("map-link")} }, legend::name(words, peer.link))}
            {fact(html! { {words.say("map-state")} }, state(words, peer))}
            if let Some(ms) = peer.round_trip {
                {fact(html! { <Explained term={Term::RoundTrip} /> }, tell!(words, "round-trip", n = ms))}
            }
            {fact(html! { {words.say("map-sent")} }, format::bytes(words, peer.sent))}
            {fact(html! { {words.say("map-received")} }, format::bytes(words, peer.received))}
            if let Some(clock) = clock(words, peer) {
                {fact(html! { {words.say("map-clock")} }, clock)}
            }
            if peer.state == PeerState::Connected {
                <div class="wide">
                    <dt>{words.say("map-linked")}</dt>
                    <dd>
                        if linked.is_empty() {
                            {words.say("map-linked-none")}
                        } else {
                            <code>{linked.join(" ")}</code>
                        }
                    </dd>
                </div>
            }
        </dl>
    }
}

/// Smaller differences are every clock's own, seconds.
const SAME: u32 = 3;

/// Its clock beside this computer's.
fn clock(words: &Words, peer: &PeerView) -> Option<AttrValue> {
    let offset = peer.clock_offset?;
    if offset.unsigned_abs() < SAME {
        return Some(words.say("map-clock-same"));
    }
    let time = format::duration(words, offset.unsigned_abs().into()).to_string();
    let way = if offset > 0 { "ahead" } else { "behind" };
    Some(tell!(words, "map-clock-off", time = time, way = way))
}
