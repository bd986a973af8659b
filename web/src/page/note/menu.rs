//! What one does with a confirmed note only now and then.

use tablon_core::command::{Command, Reply};
use tablon_core::hash::TxId;
use tablon_core::keys::Address;
use yew::prelude::*;

use super::super::file;
use super::super::form_request::{said, use_form_request};
use super::super::i18n::{tell, use_words};
use super::super::route::{Place, use_route};
use super::super::term::{Explained, Term, use_id};
use super::super::who::use_people;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The note.
    pub(crate) id: TxId,
    /// Who wrote it.
    pub(crate) author: Address,
    /// Whether this wallet did.
    pub(crate) own: bool,
}

/// A button with a list that the browser opens and closes.
#[component]
pub(crate) fn Menu(props: &Props) -> Html {
    let words = use_words();
    let id = use_id("menu");
    // A full board has hundreds of menus: each is made when opened.
    let open = use_state_eq(|| false);
    let ontoggle = {
        let open = open.clone();
        Callback::from(move |event: Event| {
            let state = js_sys::Reflect::get(&event, &"newState".into());
            open.set(state.is_ok_and(|state| state == "open"));
        })
    };
    // The first render must be ready when the browser opens it.
    let onclick = {
        let open = open.clone();
        Callback::from(move |_| open.set(true))
    };
    html! { <>
        <button type="button" class="quiet icon more" popovertarget={id.clone()} {onclick}
                aria-label={words.say("more")} title={words.say("more")}>
            <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
                <circle class="fill" cx="4" cy="10" r="1.6" />
                <circle class="fill" cx="10" cy="10" r="1.6" />
                <circle class="fill" cx="16" cy="10" r="1.6" />
            </svg>
        </button>
        <div {id} popover="auto" class="meaning menu" {ontoggle}>
            if *open { <Choices id={props.id} author={props.author} own={props.own} /> }
        </div>
    </> }
}

#[component]
fn Choices(props: &Props) -> Html {
    let words = use_words();
    let route = use_route();
    let request = use_form_request();
    let people = use_people();
    let readable = !props.own && people.name(&props.author).is_some();
    let name = file_name(&props.id);
    let onclick = {
        let (request, id, name) = (request.clone(), props.id, name.clone());
        Callback::from(move |_| {
            let name = name.clone();
            request.run(Command::Proof { id }, move |reply| {
                if let Reply::Proof(file) = reply {
                    file::save(&file.proof, &name);
                }
            });
        })
    };
    let saved = tell!(words, "proof-saved", file = name);
    html! { <>
        <button type="button" {onclick} disabled={request.is_working()}>{words.say("proof-save")}</button>
        <p class="small" role="status">
            {said(&words, &request.progress, saved).unwrap_or_else(|| html! { {words.say("proof-save-about")} })}
        </p>
        <p class="small">
            <Explained term={Term::Proof} />{" · "}
            <a href={route.href(Place::Proof)}>{words.say("proof-check-one")}</a>
        </p>
        if readable {
            <a href={route.href(Place::Letters(Some(props.author)))}>{words.say("secret-write")}</a>
        }
    </> }
}

/// Short, and found again by the note's id.
fn file_name(id: &TxId) -> String {
    let id = id.to_string();
    // The first digits are the stamp's zeros, the same in every id.
    let end = &id[id.len() - 8..];
    format!("tablon-proof-{end}.tablon-proof")
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_proof_is_named_after_its_note() {
        let id: TxId = ("0".repeat(56) + "89abcdef").parse().unwrap();
        assert_eq!(file_name(&id), "tablon-proof-89abcdef.tablon-proof");
    }
}
