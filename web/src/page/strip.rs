//! The chain at a glance: the block being mined at the left, then the last ones.

use std::collections::VecDeque;
use std::rc::Rc;

use tablon_core::command::BlockAt;
use tablon_core::keys::Address;
use tablon_core::view::{BlockView, MiningState, Status, SyncProgress};
use web_sys::HtmlElement;
use yew::prelude::*;

use super::clock::{Ago, use_now};
use super::entry::contents;
use super::estimate::outlook;
use super::fingerprint::Fingerprint;
use super::format;
use super::hashes::Hash;
use super::i18n::{tell, use_words};
use super::intl;
use super::route::{Place, use_route};
use super::state::{Fork, own_address};
use super::sync::Fetching;
use super::term::{Explained, Term};

/// Blocks in the strip; the list of blocks has the rest.
const MAX_SHOWN_BLOCKS: usize = 32;
/// While the chain is fetched, when all of them are others several times a second.
const SHOWN_FETCHING: usize = 4;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The node, once it has started.
    pub(crate) status: Option<Rc<Status>>,
    /// Newest first.
    pub(crate) blocks: Rc<VecDeque<Rc<BlockView>>>,
    /// The fetching, while it is worth a word.
    pub(crate) fetching: Option<SyncProgress>,
    /// Whether the node does not run.
    #[prop_or_default]
    pub(crate) stopped: bool,
}

/// The strip.
#[component]
pub(crate) fn Strip(props: &Props) -> Html {
    let words = use_words();
    let own = own_address(props.status.as_ref());
    let scroller = use_node_ref();
    // Where all of them change several times a second, nobody reads one; and to ask
    // how far one has scrolled is to have the whole page laid out.
    let newest = props.blocks.front().filter(|_| props.fetching.is_none());
    use_stay_in_place(&scroller, newest.map(|block| block.index.0));
    let route = use_route();
    let shown = match props.fetching {
        Some(_) => SHOWN_FETCHING,
        None => MAX_SHOWN_BLOCKS,
    };
    html! {
        <section class="strip" aria-label={words.say("strip")}>
            // A region that scrolls must be reachable by keyboard.
            <ol class="blocks-row" ref={scroller} tabindex="0" aria-label={words.say("strip-blocks")}>
                <li key="next">
                    if let (Some(sync), false) = (props.fetching, props.stopped) {
                        <Fetching {sync} />
                    } else {
                        <NextBlock status={props.status.clone()} blocks={props.blocks.clone()}
                            stopped={props.stopped} />
                    }
                </li>
                // A list of its own (see the board's).
                for block in props.blocks.iter().take(shown) {
                    <li key={block.hash.to_string()}>
                        <BlockCard block={block.clone()} {own} />
                    </li>
                }
                if props.blocks.len() > 1 {
                    <li key="all">
                        <a class="all-blocks" href={route.href(Place::Blocks)}>{words.say("all-blocks")}</a>
                    </li>
                }
            </ol>
        </section>
    }
}

/// A branch that lost.
#[derive(Properties, PartialEq)]
pub(crate) struct LostProps {
    /// The branch.
    pub(crate) fork: Rc<Fork>,
    /// The wallet's own address.
    pub(crate) own: Option<Address>,
}

/// A second strip, until the branch is buried.
#[component]
pub(crate) fn LostBranch(props: &LostProps) -> Html {
    let words = use_words();
    let LostProps { fork, own } = props;
    html! {
        <section class="fork" aria-label={words.say("fork-title")}>
            <p>
                <Explained term={Term::Branch}>
                    {tell!(words, "fork", n = fork.blocks.len(), height = fork.at.0)}
                </Explained>
            </p>
            <ol class="blocks-row" tabindex="0" aria-label={words.say("fork-blocks")}>
                { for fork.blocks.iter().map(|block| html! {
                    <li key={block.hash.to_string()}>
                        <BlockCard block={block.clone()} own={*own} lost={true} />
                    </li>
                }) }
            </ol>
        </section>
    }
}

/// A reader who has scrolled sideways keeps what they look at when a block comes.
#[hook]
fn use_stay_in_place(scroller: &NodeRef, tip: Option<u32>) {
    let seen = use_mut_ref(|| tip);
    let scroller = scroller.clone();
    use_effect_with(tip, move |tip| {
        let before = seen.replace(*tip);
        if let (Some(before), Some(tip), Some(row)) = (before, *tip, scroller.cast::<HtmlElement>())
            && tip > before
            && row.scroll_left() > 8
            && let (Some(first), Some(second)) = (row.children().item(1), row.children().item(2))
        {
            let step = second.get_bounding_client_rect().x() - first.get_bounding_client_rect().x();
            row.set_scroll_left(row.scroll_left() + (step * f64::from(tip - before)) as i32);
        }
    });
}

#[derive(Properties, PartialEq)]
struct NextProps {
    status: Option<Rc<Status>>,
    blocks: Rc<VecDeque<Rc<BlockView>>>,
    stopped: bool,
}

/// The block that does not exist yet.
#[component]
fn NextBlock(props: &NextProps) -> Html {
    let words = use_words();
    let now = use_now();
    let Some(status) = &props.status else {
        return html! {
            <div class="block-card next"><strong>{words.say("next-block")}</strong>
                <span>{ if props.stopped { words.say("next-stopped") } else { words.say("next-opening") } }</span></div>
        };
    };
    let tip = props
        .blocks
        .front()
        .map_or(status.height, |block| block.index);
    let newest = props.blocks.iter().map(AsRef::as_ref);
    let outlook = outlook(newest, status, now);
    let when = match (status.mining.state, outlook.expected) {
        (MiningState::NothingToMine, None) => words.say("next-nothing"),
        (_, Some(seconds)) => tell!(
            words,
            "next-expected",
            time = format::duration(&words, seconds.round().max(1.0) as u64).to_string()
        ),
        (_, None) if status.mining.threads > 0 => words.say("next-unmeasured"),
        (_, None) => words.say("next-nobody"),
    };
    html! {
        <div class="block-card next">
            <strong class="figures">{tell!(words, "next-number", n = tip.max(status.height).next().0)}</strong>
            <span class="figures"><Explained term={Term::Pending}>
                {tell!(words, "next-pending", n = status.pending)}
            </Explained></span>
            <span class="figures">{when}</span>
            <span class="figures share">
                if outlook.share > 0.0 {
                    <Explained term={Term::Share}>
                        {tell!(words, "next-share", percent = percent(outlook.share))}
                    </Explained>
                } else if status.mining.state == MiningState::NothingToMine {
                    {words.say("next-nothing")}
                } else if status.mining.threads > 0 {
                    {words.say("next-mining")}
                } else {
                    {words.say("next-not-mining")}
                }
            </span>
        </div>
    }
}

fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let digits = usize::from(percent < 10.0 && percent > 0.0);
    intl::number(percent, digits)
}

/// A block of the strip.
#[derive(Properties, PartialEq)]
pub(crate) struct CardProps {
    /// The block.
    pub(crate) block: Rc<BlockView>,
    /// The wallet's own address.
    pub(crate) own: Option<Address>,
    /// Whether it stands on a branch that lost.
    #[prop_or_default]
    pub(crate) lost: bool,
}

/// Index, age, notes, the zeros of the hash, who mined it.
#[component]
pub(crate) fn BlockCard(props: &CardProps) -> Html {
    let words = use_words();
    let route = use_route();
    let block = &props.block;
    let own = props.own.is_some() && block.miner == props.own;
    let class = classes!(
        "block-card",
        own.then_some("own"),
        props.lost.then_some("lost")
    );
    html! {
        <a {class} href={route.href(Place::Block(BlockAt::Hash(block.hash)))}
           data-height={block.index.0.to_string()}>
            <strong class="figures">{tell!(words, "block-index", n = block.index.0)}</strong>
            <span class="figures">
                if block.index.0 == 0 {
                    {words.say("genesis")}
                } else {
                    <Ago at={block.timestamp.0} />
                }
            </span>
            <span class="figures">{contents(&words, &block.transactions)}</span>
            <Hash hash={block.hash.to_string()} short={4} />
            if let Some(miner) = &block.miner {
                <span class="miner">
                    <Fingerprint of={miner.0.to_vec()} />
                    { if own { words.say("you") } else { format::short_key(miner).into() } }
                </span>
            }
        </a>
    }
}
