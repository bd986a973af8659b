//! Where a secret is written.

use tablon_core::command::{Command, Reply};
use tablon_core::keys::Address;
use tablon_core::sealed::MAX_SECRET_TEXT;
use tablon_core::view::Membership;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use super::super::composer::room_left;
use super::super::form_request::{said, use_form_request};
use super::super::i18n::{tell, use_words};
use super::super::term::{Explained, Term, use_id};
use super::super::who::use_me;
use crate::client::Client;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(super) struct Props {
    /// The reader.
    pub(super) to: Address,
    /// Counts up whenever somebody joined or left.
    pub(super) due: u32,
}

/// The field, the bytes left, and what the stamp is doing.
#[component]
pub(super) fn Write(props: &Props) -> Html {
    let words = use_words();
    let me = use_me();
    let request = use_form_request();
    let text = use_state(String::new);
    let membership = use_membership(props.to, props.due);
    let (id, status) = (use_id("secret"), use_id("status"));
    match membership {
        None => return html! { <p class="small">{words.say("secret-asking")}</p> },
        Some(Membership::Joined) => {}
        Some(Membership::Left) => {
            return html! { <p class="why">{words.say("secret-reader-left")}</p> };
        }
        Some(Membership::Never) => {
            return html! { <p class="why">{words.say("secret-reader-unknown")}</p> };
        }
    }
    if me.locked {
        // The place itself offers to unlock.
        return html! { <p class="why">{words.say("locked-secret")}</p> };
    }
    let oninput = {
        let (text, request) = (text.clone(), request.clone());
        Callback::from(move |event: InputEvent| {
            text.set(event.target_unchecked_into::<HtmlTextAreaElement>().value());
            request.calm();
        })
    };
    let send = {
        let (text, request, to) = (text.clone(), request.clone(), props.to);
        Callback::from(move |()| {
            let command = Command::Secret {
                to,
                text: (*text).clone(),
            };
            let text = text.setter();
            request.run(command, move |_| text.set(String::new()));
        })
    };
    let onsubmit = {
        let send = send.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            send.emit(());
        })
    };
    let onkeydown = Callback::from(move |event: KeyboardEvent| {
        if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
            event.prevent_default();
            send.emit(());
        }
    });
    let working = request.is_working();
    let remaining = MAX_SECRET_TEXT as i64 - text.len() as i64;
    let line = said(&words, &request.progress, words.say("secret-sent")).unwrap_or_else(|| {
        if remaining < 0 {
            html! { <span class="refused">{tell!(words, "secret-too-long", n = -remaining)}</span> }
        } else {
            room_left(&words, remaining)
        }
    });
    html! {
        <form class="composer secret" {onsubmit} {onkeydown}>
            <div class="field">
                <label for={id.clone()}>{words.say("secret-text")}</label>
                <textarea {id} dir="auto" rows="3" readonly={working} aria-describedby={status.clone()}
                          aria-invalid={(remaining < 0).then_some("true")}
                          value={(*text).clone()} {oninput} />
            </div>
            <p class="small">
                <Explained term={Term::Secret}>{words.say("secret-seen")}</Explained>
            </p>
            <div class="compose-end">
                <p id={status} class="compose-status" role="status">{line}</p>
                <button type="submit" class="primary" disabled={working || remaining < 0}>{words.say("secret-send")}</button>
            </div>
        </form>
    }
}

/// Whether the reader has a key that one can seal to.
#[hook]
fn use_membership(address: Address, due: u32) -> Option<Membership> {
    let client = use_context::<Client>().expect("the app provides its client");
    let membership = use_state_eq(|| None);
    {
        let membership = membership.setter();
        use_effect_with((client, address, due), move |(client, address, _)| {
            let (client, address) = (client.clone(), *address);
            spawn_local(async move {
                let command = Command::Account {
                    address: Some(address),
                };
                if let Ok(Reply::Account(account)) = client.call(command).await {
                    membership.set(Some(account.membership));
                }
            });
        });
    }
    *membership
}
