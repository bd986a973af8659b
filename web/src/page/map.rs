//! The network, as far as this node sees it: drawn, listed, and explained. And how
//! to link two nodes that nobody introduces.

mod addresses;
mod by_hand;
mod drawing;
mod facts;
mod layout;
mod legend;

use std::collections::BTreeSet;
use std::rc::Rc;

use tablon_core::node::{AIM, MAX_NEIGHBOURS};
use tablon_core::view::{News, PeerView, Status};
use yew::prelude::*;

use super::fingerprint::Fingerprint;
use super::format;
use super::i18n::{Words, tell, use_words};
use super::state::Passed;
use super::term::{Explained, Term};
use addresses::Addresses;
use by_hand::ByHand;
use drawing::Drawing;
pub(crate) use facts::state as state_of_peer;
use legend::Legend;
pub(crate) use legend::name as name_of_link;

/// From so many nodes on nobody is linked to all the others.
const MIN_PARTIAL_MESH: u32 = 4;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The node, once it has started.
    pub(crate) status: Option<Rc<Status>>,
    /// Whether it has stopped.
    pub(crate) stopped: bool,
    /// Peers.
    pub(crate) peers: Rc<Vec<PeerView>>,
    /// What came and went on.
    pub(crate) passed: Rc<Passed>,
}

/// The place.
#[component]
pub(crate) fn Map(props: &Props) -> Html {
    let words = use_words();
    let Some(status) = &props.status else {
        let why = match props.stopped {
            true => words.say("node-stopped"),
            false => words.say("node-opening"),
        };
        return html! { <section class="place"><h2>{words.say("place-map")}</h2><p class="lead">{why}</p></section> };
    };
    let kinds: BTreeSet<_> = props.peers.iter().map(|peer| peer.link).collect();
    let told = !layout::told(status.node, &props.peers).is_empty();
    let about = about(&words, status);
    html! {
        <section class="place map-place" aria-labelledby="map-title">
            <h2 id="map-title">{words.say("place-map")}</h2>
            <p class="lead">{words.say("map-lead")}</p>
            <p class="figures" id="map-known">{known(&words, status)}</p>
            <Drawing own={status.node} {about} peers={props.peers.clone()} passed={props.passed.clone()} />
            <p class="small figures" id="map-passed">{last(&words, &props.passed)}</p>
            <Legend kinds={kinds.into_iter().collect::<Vec<_>>()} {told} />
            <section class="map-list-place" aria-labelledby="map-list-title">
                <h3 id="map-list-title"><Explained term={Term::Peer}>{words.say("map-list")}</Explained></h3>
                if props.peers.is_empty() {
                    <p>{words.say("peers-none")}</p>
                }
                <ul class="map-list">
                    { for props.peers.iter().map(|peer| html! {
                        <li key={peer.id.to_string()} data-id={peer.id.to_string()}>
                            <p class="map-list-head">
                                <Fingerprint of={peer.id.0.to_vec()} />
                                <code title={peer.id.to_string()}>{facts::short(&peer.id)}</code>
                            </p>
                            {facts::list(&words, peer)}
                        </li>
                    }) }
                </ul>
            </section>
            <Addresses />
            <ByHand peers={props.peers.clone()} />
        </section>
    }
}

/// How many nodes it knows, how many peers it wants, and why not all.
fn known(words: &Words, status: &Status) -> AttrValue {
    let nodes = status.known_nodes;
    if nodes < MIN_PARTIAL_MESH {
        return tell!(words, "map-few", n = nodes);
    }
    let (aim, most) = room(nodes);
    tell!(
        words,
        "map-many",
        n = nodes,
        peers = status.peers,
        aim = aim,
        most = most
    )
}

/// Peers wanted and peers at most among so many nodes, as the core has it.
fn room(nodes: u32) -> (usize, usize) {
    let most = MAX_NEIGHBOURS.min(nodes.saturating_sub(2) as usize);
    (AIM.min(most.saturating_sub(1).max(2)), most)
}

fn about(words: &Words, status: &Status) -> AttrValue {
    let key = facts::short(&status.node);
    tell!(
        words,
        "map-own",
        key = key,
        height = status.height.0,
        n = status.peers
    )
}

/// What passed last, in words.
fn last(words: &Words, passed: &Passed) -> Html {
    let Some(passing) = passed.held.back() else {
        return html! { {words.say("map-passed-none")} };
    };
    let what = match passing.what {
        News::Block => "block",
        News::Post => "post",
    };
    let to = passing.to.len();
    let said = match &passing.from {
        Some(from) => tell!(
            words,
            "map-passed",
            what = what,
            key = facts::short(from),
            n = to
        ),
        None => tell!(words, "map-passed-own", what = what, n = to),
    };
    html! { <>{said}{" "}<span>{tell!(words, "map-passed-count", n = format::number(passed.count))}</span></> }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn nobody_is_linked_to_everyone() {
        for nodes in MIN_PARTIAL_MESH..20 {
            let (aim, most) = room(nodes);
            assert!(aim <= most && most <= nodes as usize - 2);
        }
        assert_eq!(room(4), (2, 2));
        assert_eq!(room(100), (6, 8));
    }
}
