//! Every block, a page at a time, down to genesis.

use std::rc::Rc;

use tablon_core::command::{BlockAt, Command, Refusal, Reply};
use tablon_core::keys::Address;
use tablon_core::units::Height;
use tablon_core::view::BlockView;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::clock::Ago;
use super::entry::contents_by_kind;
use super::fingerprint::Fingerprint;
use super::forks::Forks;
use super::format;
use super::hashes::Hash;
use super::i18n::{tell, use_words};
use super::refusal::refused;
use super::route::{Place, use_route};
use super::term::{Explained, Term};
use crate::client::Client;

/// Blocks on one page.
const PAGE: u32 = 25;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Height of the tip.
    pub(crate) tip: u32,
    /// The wallet's own address.
    pub(crate) own: Option<Address>,
    /// Counts up whenever the tree of branches may have changed.
    pub(crate) branches_due: u32,
    /// Counts up when the node is started again; 0 before it runs.
    pub(crate) starts: u32,
}

/// The list.
#[component]
pub(crate) fn Blocks(props: &Props) -> Html {
    let words = use_words();
    let route = use_route();
    let client = use_context::<Client>().expect("the app provides its client");
    // The height at the top of the page; none follows the tip.
    let top = use_state(|| None::<u32>);
    let blocks = use_state(Vec::<Rc<BlockView>>::new);
    let refusal = use_state(|| None::<Refusal>);
    let first = (*top).unwrap_or(props.tip).min(props.tip);
    let last = first.saturating_sub(PAGE - 1);

    {
        let (blocks, refusal) = (blocks.setter(), refusal.setter());
        use_effect_with(
            (first, last, props.starts),
            move |&(first, last, starts)| {
                if starts > 0 {
                    spawn_local(async move {
                        let command = Command::Chain {
                            from: Height(last),
                            limit: first - last + 1,
                        };
                        match client.call(command).await {
                            Ok(Reply::Blocks(page)) => {
                                refusal.set(None);
                                blocks.set(page.into_iter().rev().map(Rc::new).collect());
                            }
                            Ok(_) => {}
                            Err(error) => refusal.set(Some(error)),
                        }
                    });
                }
            },
        );
    }

    let go = |to: Option<u32>| {
        let top = top.setter();
        Callback::from(move |_: MouseEvent| top.set(to))
    };
    html! {
        <section class="all" aria-labelledby="blocks-title">
            <h2 id="blocks-title"><Explained term={Term::Block}>{words.say("blocks-title")}</Explained></h2>
            <p class="figures">{tell!(words, "blocks-lead", n = props.tip + 1)}</p>
            <Forks tip={props.tip} due={props.branches_due} starts={props.starts} />
            if let Some(refusal) = &*refusal {
                <p class="refused" role="alert">{refused(&words, refusal)}</p>
            }
            <div class="block-table-place">
            <table class="block-table">
                <thead><tr>
                    <th scope="col"><Explained term={Term::Height} /></th>
                    <th scope="col">{words.say("column-age")}</th>
                    <th scope="col">{words.say("column-contents")}</th>
                    <th scope="col"><Explained term={Term::Hash} /></th>
                    <th scope="col" class="miner-column"><Explained term={Term::Miner} /></th>
                </tr></thead>
                <tbody>
                    { for blocks.iter().map(|block| html! {
                        <tr key={block.hash.to_string()}>
                            <td class="figures"><a href={route.href(Place::Block(BlockAt::Hash(block.hash)))}>
                                {tell!(words, "block-index", n = block.index.0)}
                            </a></td>
                            <td class="figures">
                                if block.index.0 == 0 {
                                    <Explained term={Term::Genesis} />
                                } else {
                                    <Ago at={block.timestamp.0} />
                                }
                            </td>
                            <td class="figures">{contents_by_kind(&words, &block.transactions)}</td>
                            <td><Hash hash={block.hash.to_string()} short={5} /></td>
                            <td class="miner-column">
                                if let Some(miner) = &block.miner {
                                    <span class="miner"><Fingerprint of={miner.0.to_vec()} />
                                        { if props.own == block.miner { words.say("you") } else { format::short_key(miner).into() } }
                                    </span>
                                }
                            </td>
                        </tr>
                    }) }
                </tbody>
            </table>
            </div>
            <nav class="pages" aria-label={words.say("pages")}>
                <button type="button" onclick={go(None)} disabled={first >= props.tip}>{words.say("page-newest")}</button>
                <button type="button" onclick={go(Some(first.saturating_add(PAGE)))} disabled={first >= props.tip}>{words.say("page-newer")}</button>
                <button type="button" onclick={go(Some(last.saturating_sub(1)))} disabled={last == 0}>{words.say("page-older")}</button>
                <button type="button" onclick={go(Some(PAGE - 1))} disabled={last == 0}>{words.say("to-genesis")}</button>
            </nav>
            <p class="small"><a href={route.href(Place::Proof)}>{words.say("place-proof")}</a></p>
        </section>
    }
}
