//! What runs in this tab: chain, miner, neighbours, storage, wallet.

use std::collections::VecDeque;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use tablon_core::command::{BlockAt, Command, Refusal};
use tablon_core::hash::PeerId;
use tablon_core::view::{PeerView, Status, Storage, SyncProgress};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::clock::Ago;
use super::copy::Copy;
use super::fingerprint::Fingerprint;
use super::format;
use super::hashes::Hash;
use super::i18n::{Words, tell, use_words};
use super::invite;
use super::mining::Miner;
use super::peers::Peers;
use super::refusal::refused;
use super::route::{Place, use_route};
use super::state::Rates;
use super::sync;
use super::term::{Explained, Term};
use crate::client::Client;
use crate::threads::RelayState;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The node, once it has started.
    pub(crate) status: Option<Rc<Status>>,
    /// Whether it has stopped.
    pub(crate) stopped: bool,
    /// The fetching, while it is worth a word.
    pub(crate) fetching: Option<SyncProgress>,
    /// Its hash rate over the last two minutes.
    pub(crate) rates: Rc<Rates>,
    /// Neighbours.
    pub(crate) peers: Rc<Vec<PeerView>>,
    /// Those who went, and why.
    pub(crate) gone: Rc<VecDeque<(PeerId, String)>>,
    /// The relay.
    pub(crate) relay: Option<RelayState>,
}

/// The panel.
#[component]
pub(crate) fn MyNode(props: &Props) -> Html {
    let words = use_words();
    let route = use_route();
    let Some(status) = &props.status else {
        return html! {
            <div class="my-node">
                <h2>{words.say("my-node")}</h2>
                <p class="card">
                    { if props.stopped { words.say("node-stopped") } else { words.say("node-opening") } }
                </p>
            </div>
        };
    };
    html! {
        <div class="my-node">
            <h2><Explained term={Term::Node}>{words.say("my-node")}</Explained></h2>
            <Miner status={status.clone()} rates={props.rates.clone()} />
            <section class="card" aria-labelledby="chain-title">
                <h3 id="chain-title">{words.say("chain-title")}</h3>
                <dl class="facts">
                    <div>
                        <dt><Explained term={Term::Height} /></dt>
                        <dd id="height" class="figures">{format::number(status.height.0)}</dd>
                    </div>
                    if let Some(sync) = &props.fetching {
                        <div id="fetching-line">
                            <dt>{words.say("sync-title")}</dt>
                            <dd class="figures">{sync::line(&words, sync)}</dd>
                        </div>
                    }
                    <div>
                        <dt>{words.say("tip")}</dt>
                        <dd><a href={route.href(Place::Block(BlockAt::Hash(status.tip)))}>
                            <Hash hash={status.tip.to_string()} short={6} /></a>
                            if status.height.0 > 0 { {" "}<Ago at={status.tip_time.0} /> }
                        </dd>
                    </div>
                    <div>
                        <dt><Explained term={Term::Pending}>{words.say("pending-title")}</Explained></dt>
                        <dd class="figures">{tell!(words, "transactions-count", n = status.pending)}</dd>
                    </div>
                    <div>
                        <dt><Explained term={Term::Storage} /></dt>
                        <dd>{storage(&words, &status.storage)}</dd>
                    </div>
                </dl>
                <Resynchronise peers={status.peers} />
                <p><a href={route.href(Place::Blocks)}>{words.say("all-blocks")}</a></p>
            </section>
            <Peers peers={props.peers.clone()} gone={props.gone.clone()} />
            <section class="card" aria-labelledby="board-title">
                <h3 id="board-title"><Explained term={Term::Network}>{words.say("board-title")}</Explained></h3>
                <dl class="facts">
                    <div><dt>{words.say("board-name")}</dt><dd><bdi>{status.network_name.clone()}</bdi></dd></div>
                    <div>
                        <dt><Explained term={Term::Genesis} /></dt>
                        <dd><a href={route.href(Place::Block(BlockAt::Hash(status.network)))}>
                            <code>{format::ends(&status.network.to_string(), 6)}</code></a></dd>
                    </div>
                    <div><dt><Explained term={Term::Relay} /></dt><dd>{relay_line(&words, props.relay.as_ref())}</dd></div>
                </dl>
                <Copy text={invite::link(status)} label={words.say("board-link")} />
            </section>
            <section class="card" aria-labelledby="wallet-title">
                <h3 id="wallet-title"><a href={route.href(Place::Wallet)}>{words.say("wallet")}</a></h3>
                <p class="wallet">
                    <Fingerprint of={status.address.0.to_vec()} large={true} />
                    <code id="address">{status.address.to_string()}</code>
                </p>
                <dl class="facts">
                    <div>
                        <dt><Explained term={Term::Coin}>{words.say("coins-title")}</Explained></dt>
                        <dd class="figures">{tell!(words, "coins", n = status.balance.0)}</dd>
                    </div>
                    <div>
                        <dt>{words.say("wallet-signing")}</dt>
                        <dd>{ if status.locked { words.say("wallet-locked") } else { words.say("wallet-open") } }</dd>
                    </div>
                </dl>
                <p class="small figures">{tell!(words, "slot", n = status.slot + 1)}</p>
            </section>
        </div>
    }
}

fn storage(words: &Words, storage: &Storage) -> Html {
    match storage {
        Storage::Durable { bytes, recovered } => html! { <>
            <span class="figures">{tell!(words, "storage-durable", size = format::bytes(words, *bytes).to_string())}</span>
            if *recovered { <span class="small">{" "}{words.say("storage-recovered")}</span> }
        </> },
        Storage::StoreFailed { bytes, reason } => html! { <>
            <span class="figures">{tell!(words, "storage-durable", size = format::bytes(words, *bytes).to_string())}</span>
            {" "}<span>{words.say("storage-failed")}{" "}<small lang="en">{format!("({reason})")}</small></span>
        </> },
        Storage::Memory { reason } => html! {
            <span>{words.say("storage-memory")}{" "}<small lang="en">{format!("({reason})")}</small></span>
        },
    }
}

/// The relay in one line.
pub(crate) fn relay_line(words: &Words, relay: Option<&RelayState>) -> AttrValue {
    match relay {
        None | Some(RelayState::Connecting) => words.say("relay-connecting"),
        Some(RelayState::Connected) => words.say("relay-connected"),
        Some(RelayState::Away { retry_ms, .. }) => {
            let time = format::duration(words, u64::from(retry_ms.div_ceil(1000))).to_string();
            tell!(words, "relay-away", time = time)
        }
    }
}

/// How long "asked" stands, milliseconds.
const ASKED: u32 = 6_000;

#[derive(Properties, PartialEq)]
struct ResynchroniseProps {
    peers: u32,
}

#[derive(Clone, PartialEq)]
enum Asked {
    No,
    Asking,
    Yes,
    Refused(Refusal),
}

#[component]
fn Resynchronise(props: &ResynchroniseProps) -> Html {
    let words = use_words();
    let client = use_context::<Client>().expect("the app provides its client");
    let asked = use_state(|| Asked::No);
    let fade = use_mut_ref(|| None::<Timeout>);
    let onclick = {
        let asked = asked.setter();
        Callback::from(move |_| {
            let (client, asked, fade) = (client.clone(), asked.clone(), fade.clone());
            asked.set(Asked::Asking);
            spawn_local(async move {
                match client.call(Command::Resynchronise).await {
                    Ok(_) => {
                        asked.set(Asked::Yes);
                        let later = Timeout::new(ASKED, move || asked.set(Asked::No));
                        fade.replace(Some(later));
                    }
                    Err(refusal) => asked.set(Asked::Refused(refusal)),
                }
            });
        })
    };
    html! {
        <div class="resynchronise">
            <button type="button" id="resynchronise" {onclick} disabled={*asked == Asked::Asking}>
                {words.say("resynchronise")}
            </button>
            <span class="small" role="status">
                { match &*asked {
                    Asked::No => Html::default(),
                    Asked::Asking => html! { {words.say("resynchronise-asking")} },
                    Asked::Yes if props.peers == 0 => html! { {words.say("resynchronise-alone")} },
                    Asked::Yes => html! { {tell!(words, "resynchronise-asked", n = props.peers)} },
                    Asked::Refused(refusal) => html! { <span class="refused">{refused(&words, refusal)}</span> },
                } }
            </span>
        </div>
    }
}
