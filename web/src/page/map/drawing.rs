//! The drawing: nodes, links, and what runs along them.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use tablon_core::hash::PeerId;
use tablon_core::view::{News, PeerState, PeerView};
use yew::prelude::*;

use super::super::fingerprint;
use super::super::i18n::{Words, tell, use_words};
use super::super::state::{Passed, Passing};
use super::facts;
use super::layout::{HALF, INNER_RING, OUTER_RINGS, Places, Point, Spot, bend, told};
use super::legend;

/// Passings drawn at once; more would be a flicker.
const PULSES: usize = 6;

/// Radii: this node, a peer, a peer's peer.
const OWN_RADIUS: f64 = 31.0;
const PEER_RADIUS: f64 = 24.0;
const DISTANT_RADIUS: f64 = 11.0;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(super) struct Props {
    /// This node.
    pub(super) own: PeerId,
    /// What is said of this node when one points at it.
    pub(super) about: AttrValue,
    /// Peers.
    pub(super) peers: Rc<Vec<PeerView>>,
    /// What came and went on.
    pub(super) passed: Rc<Passed>,
}

/// The drawing, and under it what is known of the node that one points at.
#[component]
pub(super) fn Drawing(props: &Props) -> Html {
    let words = use_words();
    let places = use_mut_ref(Places::default);
    let shown = use_state_eq(|| None::<PeerId>);
    // What passed before one looked is not drawn.
    let before = use_memo((), |()| props.passed.count);
    let spots = {
        let mut places = places.borrow_mut();
        places.settle(props.own, &props.peers);
        places.spots()
    };
    let view = format!("{} {} {} {}", -HALF.0, -HALF.1, 2.0 * HALF.0, 2.0 * HALF.1);
    let node = |id: PeerId, spot: Option<Spot>| {
        let set = shown.setter();
        let onpoint = Callback::from(move |()| set.set(Some(id)));
        node(&words, props, id, spot, onpoint)
    };
    html! {
        <figure class="map-figure">
            <svg id="network-map" class="map" viewBox={view} role="group" aria-label={words.say("map-drawing")}>
                {ring("peers", INNER_RING)}
                {ring("others", ((OUTER_RINGS[0].0 + OUTER_RINGS[1].0) / 2.0, (OUTER_RINGS[0].1 + OUTER_RINGS[1].1) / 2.0))}
                <g>{ for told(props.own, &props.peers).into_iter().map(|pair| told_link(pair, &spots)) }</g>
                <g>{ for props.peers.iter().map(|peer| link(peer, &spots)) }</g>
                <g aria-hidden="true">{ for pulses(&props.passed, *before, &spots) }</g>
                { for spots.iter().filter(|(_, spot)| !spot.near).map(|(id, spot)| node(*id, Some(*spot))) }
                { for spots.iter().filter(|(_, spot)| spot.near).map(|(id, spot)| node(*id, Some(*spot))) }
                {node(props.own, None)}
            </svg>
            <figcaption class="map-facts">{about(&words, props, *shown)}</figcaption>
        </figure>
    }
}

fn ring(name: &'static str, (across, down): (f64, f64)) -> Html {
    html! { <ellipse class={classes!("map-ring", name)} rx={across.to_string()} ry={down.to_string()} /> }
}

/// A link between others, as one of them tells.
fn told_link((a, b): (PeerId, PeerId), spots: &BTreeMap<PeerId, Spot>) -> Html {
    let (Some(from), Some(to)) = (spots.get(&a), spots.get(&b)) else {
        return Html::default();
    };
    let (from, to) = (from.at, to.at);
    let over = bend(from, to);
    let d = format!(
        "M{:.1} {:.1}Q{:.1} {:.1} {:.1} {:.1}",
        from.x, from.y, over.x, over.y, to.x, to.y
    );
    html! { <path key={format!("{a}{b}")} class="map-link told" {d} /> }
}

/// A link of this node.
fn link(peer: &PeerView, spots: &BTreeMap<PeerId, Spot>) -> Html {
    let Some(spot) = spots.get(&peer.id) else {
        return Html::default();
    };
    let d = spoke(spot.at);
    let open = (peer.state != PeerState::Connected).then_some("opening");
    html! {
        <g key={peer.id.to_string()} data-link={legend::class(peer.link)}>
            <path class={classes!("map-link", legend::class(peer.link), open)} d={d.clone()} />
            if legend::is_double(peer.link) { <path class="map-link core" {d} /> }
        </g>
    }
}

fn spoke(to: Point) -> String {
    format!("M0 0L{:.1} {:.1}", to.x, to.y)
}

/// What passed lately runs in on the link by which it came, and then out.
fn pulses(passed: &Passed, before: u64, spots: &BTreeMap<PeerId, Spot>) -> Vec<Html> {
    let late = passed.held.iter().rev().take(PULSES);
    let mut drawn = Vec::new();
    for passing in late.filter(|passing| passing.number > before) {
        for (id, way) in ways(passing) {
            if let Some(spot) = spots.get(&id) {
                let Point { x, y } = spot.at;
                let d = match way {
                    "in" => format!("M{x:.1} {y:.1}L0 0"),
                    _ => spoke(spot.at),
                };
                let what = match passing.what {
                    News::Block => "block",
                    News::Post => "post",
                };
                let key = format!("{}{way}{id}", passing.number);
                drawn.push(html! {
                    <path {key} class={classes!("pulse", what, way)} pathLength="100" {d} />
                });
            }
        }
    }
    drawn
}

/// Along which links, and when: out at once if it was made here.
fn ways(passing: &Passing) -> Vec<(PeerId, &'static str)> {
    let out = if passing.from.is_some() { "on" } else { "out" };
    let to = passing.to.iter().map(|id| (*id, out));
    passing
        .from
        .map(|id| (id, "in"))
        .into_iter()
        .chain(to)
        .collect()
}

/// A node: its picture, and where there is room the beginning of its id.
fn node(
    words: &Words,
    props: &Props,
    id: PeerId,
    spot: Option<Spot>,
    onpoint: Callback<()>,
) -> Html {
    let at = spot.map_or(Point::default(), |spot| spot.at);
    let (radius, class) = match spot {
        None => (OWN_RADIUS, "own"),
        Some(Spot { near: true, .. }) => (PEER_RADIUS, "near"),
        Some(_) => (DISTANT_RADIUS, "far"),
    };
    let peer = props.peers.iter().find(|peer| peer.id == id);
    let label = match peer {
        Some(peer) => facts::line(words, peer),
        None if spot.is_none() => props.about.clone(),
        None => tell!(words, "map-other", key = facts::short(&id)),
    };
    // Dozens of others would be dozens of stops: the list has them.
    let stop = (class != "far").then_some("0");
    let opening = peer.is_some_and(|peer| peer.state != PeerState::Connected);
    let class = classes!("map-node", class, opening.then_some("opening"));
    let picture = fingerprint::inked(&id.0);
    let grain = radius * 1.16 / 5.0;
    let tag = match spot {
        None => words.say("you"),
        Some(_) => id.to_string()[..4].to_owned().into(),
    };
    let on = |onpoint: &Callback<()>| {
        let onpoint = onpoint.clone();
        move || onpoint.emit(())
    };
    let (focus, enter, click) = (on(&onpoint), on(&onpoint), on(&onpoint));
    html! {
        <g key={id.to_string()} {class} data-id={id.to_string()} role="img" aria-label={label}
           tabindex={stop} transform={format!("translate({:.1} {:.1})", at.x, at.y)}
           onfocus={move |_| focus()} onmouseenter={move |_| enter()} onclick={move |_| click()}>
            <circle class="plate" r={radius.to_string()} />
            <path class={classes!("inked", picture.hue)} d={picture.path} shape-rendering="crispEdges"
                  transform={format!("scale({grain:.2}) translate(-2.5 -2.5)")} />
            if spot.is_none_or(|spot| spot.near) {
                // On the side away from the middle, where its link does not run.
                <text y={if at.y < -1.0 { -radius - 8.0 } else { radius + 18.0 }.to_string()}>{tag}</text>
            }
        </g>
    }
}

/// What is known of the node that one points at.
fn about(words: &Words, props: &Props, shown: Option<PeerId>) -> Html {
    let Some(id) = shown else {
        return html! { <p class="small">{words.say("map-point")}</p> };
    };
    if id == props.own {
        return html! { <p>{props.about.clone()}</p> };
    }
    if let Some(peer) = props.peers.iter().find(|peer| peer.id == id) {
        return html! { <>
            <p><strong>{tell!(words, "map-peer", key = facts::short(&id))}</strong></p>
            {facts::list(words, peer)}
        </> };
    }
    let by = props
        .peers
        .iter()
        .filter(|peer| peer.neighbours.contains(&id));
    let by: BTreeSet<_> = by.map(|peer| facts::short(&peer.id)).collect();
    if by.is_empty() {
        return html! { <p class="small">{words.say("map-gone")}</p> };
    }
    let by = by.into_iter().collect::<Vec<_>>().join(", ");
    html! { <>
        <p><strong>{tell!(words, "map-other", key = facts::short(&id))}</strong></p>
        <p>{tell!(words, "map-other-by", peers = by)}</p>
    </> }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn what_was_made_here_goes_out_at_once_and_the_rest_comes_in_first() {
        let (a, b) = (PeerId([1; 32]), PeerId([2; 32]));
        let passing = |from| Passing {
            number: 1,
            what: News::Block,
            from,
            to: vec![b],
        };
        assert_eq!(ways(&passing(None)), [(b, "out")]);
        assert_eq!(ways(&passing(Some(a))), [(a, "in"), (b, "on")]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn only_what_passes_while_one_looks_is_drawn_and_only_to_who_is_there() {
        let (a, b) = (PeerId([1; 32]), PeerId([2; 32]));
        let at = Point { x: 100.0, y: 0.0 };
        let spots = BTreeMap::from([(a, Spot { at, near: true })]);
        let mut passed = Passed::default();
        passed.note(News::Post, None, vec![a]);
        let before = passed.count;
        assert!(pulses(&passed, before, &spots).is_empty());
        passed.note(News::Post, None, vec![a, b]);
        assert_eq!(pulses(&passed, before, &spots).len(), 1);
    }
}
