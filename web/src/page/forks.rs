//! The last heights of the tree of blocks: the best chain, and what hangs off it.

mod layout;

use std::rc::Rc;

use tablon_core::command::{BlockAt, Command, MAX_PAGE, Reply};
use tablon_core::view::{BranchView, Standing};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::i18n::{Words, tell, use_words};
use super::route::{Place, Route, use_route};
use super::term::{Explained, Term};
use crate::client::Client;
use layout::{Branch, HEIGHTS, Placed, Tree};

/// A block's side, and how far apart blocks and rows lie.
const SIDE: u32 = 22;
const ACROSS: u32 = 34;
const DOWN: u32 = 44;
/// Left and right of the first and last column, above and below the rows.
const MARGIN: u32 = 24;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Height of the tip.
    pub(crate) tip: u32,
    /// Counts up whenever the tree may have changed.
    pub(crate) due: u32,
    /// Counts up when the node is started again; 0 before it runs.
    pub(crate) starts: u32,
}

/// The tree, or one line when it has no branches.
#[component]
pub(crate) fn Forks(props: &Props) -> Html {
    let words = use_words();
    let route = use_route();
    let known = use_branches(props);
    let Some((tip, known)) = &*known else {
        return Html::default();
    };
    let tree = layout::tree(*tip, known);
    let forked = !tree.lost.is_empty();
    html! {
        <section class="forks" id="forks" aria-labelledby="forks-title">
            <h3 id="forks-title"><Explained term={Term::Branch}>{words.say("forks-title")}</Explained></h3>
            if forked {
                <p class="small">{tell!(words, "forks-lead", n = tree.lost.len(), heights = HEIGHTS)}</p>
                // A region that scrolls must be reachable by keyboard.
                <div class="forks-scroll" tabindex="0" role="group" aria-label={words.say("forks-drawing")}>
                    {drawing(&words, &route, &tree)}
                </div>
                {legend(&words, &tree)}
                <ul class="forks-list">
                    { for tree.lost.iter().map(|lost| told(&words, &route, *tip, lost)) }
                    if tree.more > 0 { <li>{tell!(words, "forks-more", n = tree.more)}</li> }
                </ul>
            } else {
                <p class="small" id="forks-none">{tell!(words, "forks-none", n = (*tip + 1).min(HEIGHTS))}</p>
            }
        </section>
    }
}

type Known = Option<(u32, Rc<Vec<BranchView>>)>;

/// The blocks known, asked for whenever they may have changed: one question at a
/// time, and once more if something changed meanwhile.
#[hook]
fn use_branches(props: &Props) -> UseStateHandle<Known> {
    let client = use_context::<Client>().expect("the app provides its client");
    let known = use_state(|| None);
    let wanted = use_mut_ref(|| (0, 0));
    let asking = use_mut_ref(|| false);
    {
        let known = known.setter();
        wanted.replace((props.tip, props.due));
        use_effect_with(
            (props.due, props.tip, props.starts),
            move |&(.., starts)| {
                if starts == 0 || asking.replace(true) {
                    return;
                }
                spawn_local(async move {
                    loop {
                        let (tip, due) = *wanted.borrow();
                        let command = Command::Branches {
                            from: layout::first_height(tip),
                            limit: MAX_PAGE,
                        };
                        if let Ok(Reply::Branches(branches)) = client.call(command).await {
                            known.set(Some((tip, Rc::new(branches))));
                        }
                        if *wanted.borrow() == (tip, due) {
                            break;
                        }
                    }
                    asking.replace(false);
                });
            },
        );
    }
    known
}

fn place(column: u32, row: u32) -> (u32, u32) {
    (MARGIN + column * ACROSS, MARGIN + row * DOWN)
}

fn drawing(words: &Words, route: &Route, tree: &Tree) -> Html {
    let width = 2 * MARGIN + (tree.columns - 1) * ACROSS;
    let height = 2 * MARGIN + (tree.rows - 1) * DOWN;
    let line = |placed: &Placed| {
        let ((x, y), (to_x, to_y)) = (place(placed.column, placed.row), {
            let (column, row) = placed.before?;
            place(column, row)
        });
        let d = match y == to_y {
            true => format!("M{x} {y}H{to_x}"),
            // Down to its row on the last stretch, in a curve.
            false => format!("M{x} {y}C{to_x} {y} {x} {to_y} {to_x} {to_y}"),
        };
        let class = standing_key(placed.block.standing);
        let key = placed.block.hash.to_string();
        Some(html! { <path {key} class={classes!("fork-line", class)} {d} /> })
    };
    html! {
        <svg class="fork-tree" width={width.to_string()} height={height.to_string()}
             viewBox={format!("0 0 {width} {height}")}>
            { for tree.placed.iter().filter_map(line) }
            { for tree.placed.iter().map(|placed| block(words, route, placed)) }
            { for tree.placed.iter().filter(|placed| placed.row == 0 && placed.block.height.0.is_multiple_of(5)).map(|placed| {
                let (x, y) = place(placed.column, 0);
                html! { <text class="figures" x={x.to_string()} y={(y - 15).to_string()} aria-hidden="true">
                    {tell!(words, "block-index", n = placed.block.height.0)}
                </text> }
            }) }
        </svg>
    }
}

fn block(words: &Words, route: &Route, placed: &Placed) -> Html {
    let BranchView {
        hash,
        height,
        standing,
        ..
    } = placed.block;
    let (x, y) = place(placed.column, placed.row);
    let corner = |at: u32| (at - SIDE / 2).to_string();
    let label = match standing {
        Standing::Best => tell!(words, "forks-best", n = height.0),
        Standing::Stale => tell!(words, "forks-stale", n = height.0),
        Standing::Header => tell!(words, "forks-header", n = height.0),
    };
    let shape = html! {
        <rect x={corner(x)} y={corner(y)} width={SIDE.to_string()} height={SIDE.to_string()} rx="4" />
    };
    let class = classes!("fork-block", standing_key(standing));
    let key = hash.to_string();
    match standing {
        // There is nothing to show of it yet.
        Standing::Header => html! {
            <g {key} {class} role="img" aria-label={label.clone()}><title>{label}</title>{shape}</g>
        },
        _ => html! {
            <a {key} {class} href={route.href(Place::Block(BlockAt::Hash(hash)))} aria-label={label.clone()}>
                <title>{label}</title>{shape}
                if standing == Standing::Stale {
                    // Told apart by more than its colour.
                    <path class="cross" d={format!("M{} {}l10 10m0 -10l-10 10", x - 5, y - 5)} />
                }
            </a>
        },
    }
}

fn standing_key(standing: Standing) -> &'static str {
    match standing {
        Standing::Best => "best",
        Standing::Stale => "stale",
        Standing::Header => "header",
    }
}

fn legend(words: &Words, tree: &Tree) -> Html {
    let is_there = |standing| {
        tree.placed
            .iter()
            .any(|placed| placed.block.standing == standing)
    };
    let sample = |standing| {
        html! {
            <svg class="fork-sample" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
                <g class={classes!("fork-block", standing_key(standing))}>
                    <rect x="2" y="2" width="20" height="20" rx="4" />
                    if standing == Standing::Stale { <path class="cross" d="M7 7l10 10m0 -10l-10 10" /> }
                </g>
            </svg>
        }
    };
    html! {
        <ul class="forks-legend">
            <li>{sample(Standing::Best)}{words.say("forks-legend-best")}</li>
            <li>{sample(Standing::Stale)}{words.say("forks-legend-stale")}</li>
            if is_there(Standing::Header) {
                <li>{sample(Standing::Header)}
                    <Explained term={Term::Header}>{words.say("forks-legend-header")}</Explained></li>
            }
        </ul>
    }
}

/// A branch in one line: where it left, how long it is, and why it is not the chain.
fn told(words: &Words, route: &Route, tip: u32, lost: &Branch) -> Html {
    let Branch { from, blocks, .. } = lost;
    let (Some(oldest), Some(newest)) = (blocks.first(), blocks.last()) else {
        return Html::default();
    };
    let n = blocks.len();
    let said = match from {
        Some(from) => tell!(words, "forks-branch", n = n, height = from.0),
        None => tell!(words, "forks-branch-older", n = n, height = oldest.height.0),
    };
    let only_headers = blocks
        .iter()
        .all(|block| block.standing == Standing::Header);
    let why = match () {
        () if newest.standing == Standing::Header && newest.height.0 > tip => {
            words.say("forks-fetching")
        }
        () if only_headers => words.say("forks-less-work-unread"),
        () => words.say("forks-less-work"),
    };
    let held = blocks
        .iter()
        .rev()
        .find(|block| block.standing != Standing::Header);
    html! {
        <li key={newest.hash.to_string()} data-blocks={n.to_string()}>
            <span>{said}{" "}{why}</span>
            if let Some(held) = held {
                {" "}<a href={route.href(Place::Block(BlockAt::Hash(held.hash)))}>
                    {tell!(words, "forks-open", n = held.height.0)}
                </a>
            }
        </li>
    }
}
