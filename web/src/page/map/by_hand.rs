//! Linking two nodes that nobody introduces: two people carry an invitation and
//! its answer, by whatever way they have.

use std::collections::BTreeSet;
use std::rc::Rc;

use tablon_core::command::Refusal;
use tablon_core::hash::PeerId;
use tablon_core::view::{PeerState, PeerView};
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlTextAreaElement, SubmitEvent};
use yew::prelude::*;

use super::super::copy::Copy;
use super::super::i18n::{Words, use_words};
use super::super::refusal::refused;
use super::super::term::{Explained, Term, use_id};
use crate::client::Client;

/// Who is there already.
#[derive(Properties, PartialEq)]
pub(super) struct Props {
    /// Peers.
    pub(super) peers: Rc<Vec<PeerView>>,
}

/// How far the making of an invitation is.
#[derive(Debug, Clone, PartialEq)]
enum Invited {
    Not,
    Working,
    Made(AttrValue),
    Refused(Refusal),
}

/// How far the taking of what the other one sent is.
#[derive(Debug, Clone, PartialEq)]
enum Taken {
    Not,
    Empty,
    Working,
    /// It was an invitation: this goes back. Who was there before, to see who comes.
    Answer(AttrValue, BTreeSet<PeerId>),
    /// It was an answer: the link opens.
    Answered(BTreeSet<PeerId>),
    Refused(Refusal),
}

/// Three steps, folded until wanted.
#[component]
pub(super) fn ByHand(props: &Props) -> Html {
    let words = use_words();
    let client = use_context::<Client>().expect("the app provides its client");
    let invited = use_state(|| Invited::Not);
    let taken = use_state(|| Taken::Not);
    let field = use_node_ref();
    let (field_id, status_id) = (use_id("by-hand"), use_id("by-hand-status"));
    let connected: BTreeSet<PeerId> = connected(&props.peers);

    let oninvite = {
        let (client, invited) = (client.clone(), invited.setter());
        Callback::from(move |_: MouseEvent| {
            let (client, invited) = (client.clone(), invited.clone());
            invited.set(Invited::Working);
            spawn_local(async move {
                invited.set(match client.invite().await {
                    Ok(text) => Invited::Made(text.into()),
                    Err(refusal) => Invited::Refused(refusal),
                });
            });
        })
    };
    let onsubmit = {
        let (taken, field, connected) = (taken.setter(), field.clone(), connected.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(field) = field.cast::<HtmlTextAreaElement>() else {
                return;
            };
            let text = field.value().trim().to_owned();
            if text.is_empty() {
                taken.set(Taken::Empty);
                let _ = field.focus();
                return;
            }
            let (client, taken, connected) = (client.clone(), taken.clone(), connected.clone());
            taken.set(Taken::Working);
            spawn_local(async move {
                taken.set(match client.paste(text).await {
                    Ok(Some(answer)) => Taken::Answer(answer.into(), connected),
                    Ok(None) => Taken::Answered(connected),
                    Err(refusal) => Taken::Refused(refusal),
                });
            });
        })
    };
    let wrong = matches!(*taken, Taken::Empty | Taken::Refused(_));
    let answer = match &*taken {
        Taken::Answer(text, _) => Some(text.clone()),
        _ => None,
    };
    html! {
        <details class="card by-hand" id="by-hand">
            <summary><h3>{words.say("by-hand")}</h3></summary>
            <p>{words.say("by-hand-lead")}{" "}<Explained term={Term::Relay}>{words.say("by-hand-why")}</Explained></p>
            <ol class="steps">
                <li>
                    <h4>{words.say("by-hand-first")}</h4>
                    <p class="small">{words.say("by-hand-first-about")}</p>
                    <p><button type="button" id="by-hand-invite" onclick={oninvite}
                               disabled={*invited == Invited::Working}>{words.say("by-hand-invite")}</button></p>
                    <div role="status">{invitation(&words, &invited)}</div>
                </li>
                <li>
                    <h4>{words.say("by-hand-second")}</h4>
                    <p class="small">{words.say("by-hand-second-about")}</p>
                    <form class="by-hand-form" {onsubmit}>
                        <label for={field_id.clone()}>{words.say("by-hand-field")}</label>
                        <textarea id={field_id} class="by-hand-text" ref={field} rows="3" spellcheck="false" autocomplete="off"
                                  aria-invalid={wrong.then_some("true")} aria-describedby={status_id.clone()} />
                        <p><button type="submit" id="by-hand-take" disabled={*taken == Taken::Working}>
                            {words.say("by-hand-take")}
                        </button></p>
                    </form>
                    if let Some(text) = answer {
                        <div id="by-hand-answer"><Copy {text} label={words.say("by-hand-answer")} /></div>
                    }
                    <p id={status_id} class="by-hand-status" role="status">{progress(&words, &taken, &connected)}</p>
                </li>
                <li>
                    <h4>{words.say("by-hand-third")}</h4>
                    <p class="small">{words.say("by-hand-third-about")}</p>
                </li>
            </ol>
        </details>
    }
}

fn connected(peers: &[PeerView]) -> BTreeSet<PeerId> {
    let connected = peers
        .iter()
        .filter(|peer| peer.state == PeerState::Connected);
    connected.map(|peer| peer.id).collect()
}

fn invitation(words: &Words, invited: &Invited) -> Html {
    match invited {
        Invited::Not => Html::default(),
        Invited::Working => html! { <p class="small">{words.say("by-hand-inviting")}</p> },
        Invited::Made(text) => html! {
            <div id="by-hand-invitation"><Copy text={text.clone()} label={words.say("by-hand-invitation")} /></div>
        },
        Invited::Refused(refusal) => html! { <p class="refused">{refused(words, refusal)}</p> },
    }
}

fn progress(words: &Words, taken: &Taken, connected: &BTreeSet<PeerId>) -> Html {
    let came = |before: &BTreeSet<PeerId>| connected.difference(before).next().is_some();
    match taken {
        Taken::Not => Html::default(),
        Taken::Empty => html! { <span class="refused">{words.say("by-hand-empty")}</span> },
        Taken::Working => html! { {words.say("by-hand-taking")} },
        Taken::Answer(_, before) | Taken::Answered(before) if came(before) => {
            html! { <strong>{words.say("by-hand-linked")}</strong> }
        }
        Taken::Answer(..) => html! { {words.say("by-hand-answering")} },
        Taken::Answered(_) => html! { {words.say("by-hand-opening")} },
        Taken::Refused(refusal) => html! { <span class="refused">{refused(words, refusal)}</span> },
    }
}
