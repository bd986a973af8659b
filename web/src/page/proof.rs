//! Checking a proof of publication: a file, read here, verified by the node in
//! this tab. Nobody is asked, so it works offline.

use tablon_core::command::{BlockAt, Command, Refusal, Reply};
use tablon_core::proof::MAX_PROOF;
use tablon_core::view::{Kind, ProofView};
use wasm_bindgen_futures::spawn_local;
use web_sys::{DragEvent, File, HtmlInputElement};
use yew::prelude::*;

use super::copy::Copy;
use super::entry::Entry;
use super::file::{self, Unread};
use super::fingerprint::Fingerprint;
use super::format;
use super::hashes::Hash;
use super::i18n::{Words, tell, use_words};
use super::intl;
use super::note::Text;
use super::refusal::refused;
use super::route::{Place, use_route};
use super::term::{Explained, Term, use_id};
use crate::client::Client;

#[derive(Debug, Clone, PartialEq)]
enum Found {
    Nothing,
    Reading(String),
    Unread(String, Unread),
    Refused(String, Refusal),
    Proven(String, Box<ProofView>),
}

/// The place.
#[component]
pub(crate) fn Proof() -> Html {
    let words = use_words();
    let client = use_context::<Client>().expect("the app provides its client");
    let found = use_state(|| Found::Nothing);
    let over = use_state_eq(|| false);
    let id = use_id("proof");
    let check = {
        let found = found.setter();
        Callback::from(move |file: File| {
            let (client, found) = (client.clone(), found.clone());
            let name = file.name();
            found.set(Found::Reading(name.clone()));
            spawn_local(async move {
                let proof = match file::read(&file, MAX_PROOF).await {
                    Ok(proof) => proof,
                    Err(why) => return found.set(Found::Unread(name, why)),
                };
                match client.call(Command::VerifyProof { proof }).await {
                    Ok(Reply::Verified(view)) => found.set(Found::Proven(name, view)),
                    Ok(_) => found.set(Found::Nothing),
                    Err(refusal) => found.set(Found::Refused(name, refusal)),
                }
            });
        })
    };
    let onchange = {
        let check = check.clone();
        Callback::from(move |event: Event| {
            let field: HtmlInputElement = event.target_unchecked_into();
            if let Some(file) = field.files().and_then(|files| files.get(0)) {
                check.emit(file);
            }
            // The same file again is a change again.
            field.set_value("");
        })
    };
    let hover = |on: bool| {
        let over = over.setter();
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            over.set(on);
        })
    };
    let ondrop = {
        let over = over.setter();
        Callback::from(move |event: DragEvent| {
            event.prevent_default();
            over.set(false);
            let files = event.data_transfer().and_then(|data| data.files());
            if let Some(file) = files.and_then(|files| files.get(0)) {
                check.emit(file);
            }
        })
    };
    html! {
        <section class="place" aria-labelledby="proof-title">
            <h2 id="proof-title"><Explained term={Term::Proof}>{words.say("proof-title")}</Explained></h2>
            <p class="lead">{words.say("proof-lead")}</p>
            <div class={classes!("drop", over.then_some("over"))} ondragover={hover(true)}
                 ondragleave={hover(false)} {ondrop}>
                <label for={id.clone()}>{words.say("proof-choose")}</label>
                <input {id} type="file" accept=".tablon-proof" {onchange} />
            </div>
            <div role="status" class="proof-result">
                { match &*found {
                    Found::Nothing => html! { <p class="small">{words.say("proof-where")}</p> },
                    Found::Reading(name) => html! { <p>{tell!(words, "proof-reading", file = name.as_str())}</p> },
                    Found::Unread(name, why) => html! {
                        <div class="verdict wrong">
                            <h3>{tell!(words, "proof-wrong", file = name.as_str())}</h3>
                            <p>{ match why {
                                Unread::TooLong => words.say("proof-file-too-long"),
                                Unread::Unreadable => words.say("proof-file-unreadable"),
                            } }</p>
                        </div>
                    },
                    Found::Refused(name, refusal) => html! {
                        <div class="verdict wrong" data-code={refusal.code.clone()}>
                            <h3>{tell!(words, "proof-wrong", file = name.as_str())}</h3>
                            <p>{refused(&words, refusal)}</p>
                        </div>
                    },
                    Found::Proven(name, view) => html! { <Proven name={name.clone()} view={(**view).clone()} /> },
                } }
            </div>
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct ProvenProps {
    name: String,
    view: ProofView,
}

/// What a good proof says, in words first and then in hashes.
#[component]
fn Proven(props: &ProvenProps) -> Html {
    let words = use_words();
    let route = use_route();
    let view = &props.view;
    let transaction = &view.transaction;
    let post = transaction.kind == Kind::Post;
    let here = view.on_best_chain == Some(true);
    let number = tell!(words, "block-number", n = view.height.0);
    html! { <>
        <div class="verdict holds">
            <h3>{tell!(words, "proof-holds", file = props.name.as_str())}</h3>
            <p>{in_words(&words, view)}</p>
            <p>{on_chain(&words, view)}</p>
        </div>
        if post {
            <div class="note pinned proven">
                <p class="author">
                    <Fingerprint of={transaction.author.0.to_vec()} />
                    if transaction.name.is_empty() {
                        <span class="nameless">{words.say("nameless")}</span>
                    } else {
                        <bdi class="name">{transaction.name.clone()}</bdi>
                    }
                    <code class="key">{format::short_key(&transaction.author)}</code>
                </p>
                <Text text={transaction.content.clone()} />
                if !transaction.topic.is_empty() {
                    <p><span class="topic"><bdi>{transaction.topic.clone()}</bdi></span></p>
                }
            </div>
        } else {
            <Entry transaction={transaction.clone()} />
        }
        <dl class="facts proof-facts">
            <div>
                <dt><Explained term={Term::Address}>{words.say("proof-author")}</Explained></dt>
                <dd><code>{transaction.author.to_string()}</code></dd>
            </div>
            <div>
                <dt><Explained term={Term::Network} /></dt>
                <dd>
                    <bdi>{view.network_name.clone()}</bdi>{" "}
                    <span class="small">
                        { if view.on_best_chain.is_some() { words.say("proof-this-board") } else { words.say("proof-other-board") } }
                    </span>
                </dd>
            </div>
            <div>
                <dt><Explained term={Term::Block}>{words.say("proof-in-block")}</Explained></dt>
                <dd class="figures">
                    if here {
                        <a href={route.href(Place::Block(BlockAt::Hash(view.block)))}>{number}</a>
                    } else {
                        {number}
                    }
                </dd>
            </div>
            <div>
                <dt><Explained term={Term::Time}>{words.say("proof-when")}</Explained></dt>
                <dd class="figures">{intl::date_time(view.timestamp.0)}</dd>
            </div>
            <div>
                <dt><Explained term={Term::Confirmation}>{words.say("proof-buried")}</Explained></dt>
                <dd class="figures">{tell!(words, "proof-buried-under", n = view.blocks.saturating_sub(1))}</dd>
            </div>
            <div>
                <dt><Explained term={Term::Difficulty}>{words.say("proof-work")}</Explained></dt>
                <dd class="figures">{work(&words, view.expected_hashes)}</dd>
            </div>
        </dl>
        <details>
            <summary>{words.say("proof-for-experts")}</summary>
            <dl class="facts proof-facts">
                <div><dt>{words.say("proof-transaction-id")}</dt><dd><Hash hash={transaction.id.to_string()} /></dd></div>
                <div><dt>{words.say("proof-block-hash")}</dt><dd><Hash hash={view.block.to_string()} /></dd></div>
                <div>
                    <dt class="figures">{tell!(words, "proof-named-block", n = view.named_height.0)}</dt>
                    <dd><Hash hash={view.named.to_string()} /></dd>
                </div>
                <div><dt>{words.say("proof-genesis")}</dt><dd><Hash hash={view.network.to_string()} /></dd></div>
            </dl>
            <p>{words.say("proof-checked")}</p>
        </details>
        <Copy text={view.named.to_string()} label={tell!(words, "proof-named-copy", n = view.named_height.0)} />
        <p class="small">{words.say("proof-limits")}</p>
    </> }
}

/// The proof in one sentence.
fn in_words(words: &Words, view: &ProofView) -> AttrValue {
    let time = intl::date_time(view.timestamp.0);
    let key = format::short_key(&view.transaction.author);
    let n = view.height.0;
    if view.transaction.kind == Kind::Post {
        tell!(words, "proof-says-note", key = key, n = n, time = time)
    } else {
        tell!(words, "proof-says-other", key = key, n = n, time = time)
    }
}

/// Whether one needs to believe anybody for it.
fn on_chain(words: &Words, view: &ProofView) -> AttrValue {
    let n = view.named_height.0;
    match view.on_best_chain {
        Some(true) => tell!(words, "proof-on-chain", n = n),
        Some(false) => tell!(words, "proof-off-chain", n = n),
        None => tell!(words, "proof-elsewhere", n = n),
    }
}

/// One browser thread tries about a million nonces a second.
const THREAD_RATE: u64 = 1_000_000;

/// How many tries, and how long one browser thread would need for them.
fn work(words: &Words, hashes: u64) -> AttrValue {
    let time = format::duration(words, hashes.div_ceil(THREAD_RATE)).to_string();
    tell!(
        words,
        "proof-tries",
        tries = format::number(hashes),
        time = time
    )
}
