//! Joining a network by its link.

use tablon_core::command::Refusal;
use tablon_core::hash::NetworkId;
use tablon_core::params::{LinkError, Params, RULES_VERSION};
use web_sys::{HtmlInputElement, SubmitEvent};
use yew::prelude::*;

use super::super::i18n::{tell, use_words};
use super::super::refusal::refused;
use super::super::term::use_id;
use super::super::wallet::Under;
use super::{Terms, board_of};
use crate::networks::Networks;

#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    None,
    Empty,
    /// Its rules version: what is known here is another.
    OtherRules(u8),
    NoLink,
    Refused(Refusal),
    Joined {
        id: NetworkId,
        new: bool,
    },
}

/// The bare link of what was pasted, to say what is wrong with it.
fn link_in(text: &str) -> &str {
    let (_, link) = text.split_once("#/n/").unwrap_or(("", text));
    link.split(['/', '?']).next().unwrap_or(link)
}

/// The form.
#[component]
pub(crate) fn Join() -> Html {
    let words = use_words();
    let networks = use_context::<Networks>().expect("the app provides its networks");
    let link = use_state(String::new);
    let outcome = use_state(|| Outcome::None);
    let (id, about) = (use_id("link"), use_id("about"));
    let oninput = {
        let (link, outcome) = (link.setter(), outcome.setter());
        Callback::from(move |event: InputEvent| {
            link.set(event.target_unchecked_into::<HtmlInputElement>().value());
            outcome.set(Outcome::None);
        })
    };
    let onsubmit = {
        let (link, outcome, networks) = (link.clone(), outcome.setter(), networks.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let text = link.trim();
            if text.is_empty() {
                outcome.set(Outcome::Empty);
                return;
            }
            let before = networks.list();
            match networks.join(text) {
                Ok(id) => {
                    link.set(String::new());
                    let new = before.iter().all(|entry| entry.id != id);
                    outcome.set(Outcome::Joined { id, new });
                }
                Err(refusal) => outcome.set(match Params::from_link(link_in(text)) {
                    Err(LinkError::OtherRules { received }) => Outcome::OtherRules(received),
                    Err(_) => Outcome::NoLink,
                    Ok(_) => Outcome::Refused(refusal),
                }),
            }
        })
    };
    let wrong = match &*outcome {
        Outcome::Empty => Some(html! { {words.say("join-empty")} }),
        Outcome::NoLink => Some(html! { {words.say("refusal-network_link")} }),
        Outcome::OtherRules(theirs) => Some(html! {
            {tell!(words, "join-other-rules", theirs = *theirs, ours = RULES_VERSION)}
        }),
        Outcome::Refused(refusal) => Some(refused(&words, refusal)),
        Outcome::None | Outcome::Joined { .. } => None,
    };
    let joined = match *outcome {
        Outcome::Joined { id, new } => networks
            .list()
            .into_iter()
            .find(|entry| entry.id == id)
            .map(|entry| (entry, new)),
        _ => None,
    };
    // What it costs is said before the button is pressed.
    let terms = Params::from_link(link_in(link.trim())).ok();
    html! {
        <form class="form" {onsubmit}>
            <div class="entry">
                <label for={id.clone()}>{words.say("join-link")}</label>
                <div class="entry-row">
                    <input {id} type="text" class="mono" autocomplete="off" autocapitalize="none" spellcheck="false"
                           aria-invalid={wrong.is_some().then_some("true")} aria-describedby={about.clone()}
                           value={(*link).clone()} {oninput} />
                    <button type="submit" class="primary">{words.say("join")}</button>
                </div>
                <Under id={about} {wrong} hint={words.say("join-hint")} />
            </div>
            if let Some(params) = terms {
                <Terms {params} />
            }
            <div role="status">
                if let Some((entry, new)) = joined {
                    <p>
                        { if new {
                            tell!(words, "join-done", name = entry.name.as_str())
                        } else {
                            tell!(words, "join-already", name = entry.name.as_str())
                        } }
                        {" "}<a href={board_of(&entry)}>{words.say("network-show")}</a>
                    </p>
                }
            </div>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_link_is_found_in_whatever_was_pasted() {
        for pasted in [
            "abc-_",
            "https://board.example/#/n/abc-_/wall",
            "#/n/abc-_?x",
        ] {
            assert_eq!(link_in(pasted), "abc-_", "{pasted}");
        }
    }
}
