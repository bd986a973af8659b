//! The neighbours: by which link, how far the acquaintance goes, how quick.

use std::collections::VecDeque;
use std::rc::Rc;

use tablon_core::hash::PeerId;
use tablon_core::view::{PeerState, PeerView};
use yew::prelude::*;

use super::fingerprint::Fingerprint;
use super::format;
use super::i18n::{tell, use_words};
use super::map::{name_of_link, state_of_peer};
use super::route::{Place, use_route};
use super::term::{Explained, Term};

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Neighbours.
    pub(crate) peers: Rc<Vec<PeerView>>,
    /// Those who went, and why.
    pub(crate) gone: Rc<VecDeque<(PeerId, String)>>,
}

/// The list.
#[component]
pub(crate) fn Peers(props: &Props) -> Html {
    let words = use_words();
    let route = use_route();
    html! {
        <section class="peers card" aria-labelledby="peers-title">
            <h3 id="peers-title">
                <Explained term={Term::Peer}>
                    <span class="figures">{tell!(words, "peers-title", n = props.peers.len())}</span>
                </Explained>
            </h3>
            if props.peers.is_empty() {
                <p class="small">{words.say("peers-none")}</p>
            } else {
                <ul class="peer-list">
                    { for props.peers.iter().map(|peer| html! {
                        <li key={peer.id.to_string()} data-state={state_key(peer.state)}>
                            <Fingerprint of={peer.id.0.to_vec()} />
                            <code class="key" title={peer.id.to_string()}>{format::ends(&peer.id.to_string(), 4)}</code>
                            <span class="peer-link">{name_of_link(&words, peer.link)}</span>
                            <span class="peer-state">{state_of_peer(&words, peer)}</span>
                            <span class="peer-time figures">
                                if let Some(ms) = peer.round_trip {
                                    <Explained term={Term::RoundTrip}>{tell!(words, "round-trip", n = ms)}</Explained>
                                }
                            </span>
                        </li>
                    }) }
                </ul>
            }
            <p><a href={route.href(Place::Map)}>{words.say("peers-map")}</a></p>
            if !props.gone.is_empty() {
                <details>
                    <summary>{words.say("peers-gone")}</summary>
                    <ul class="gone">
                        { for props.gone.iter().map(|(id, reason)| html! {
                            <li key={id.to_string()}><code class="key">{format::ends(&id.to_string(), 4)}</code>
                                {" "}<span lang="en">{reason.clone()}</span></li>
                        }) }
                    </ul>
                </details>
            }
        </section>
    }
}

fn state_key(state: PeerState) -> &'static str {
    match state {
        PeerState::Connecting => "connecting",
        PeerState::Greeting => "greeting",
        PeerState::Connected => "connected",
    }
}
