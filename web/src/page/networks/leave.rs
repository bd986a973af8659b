//! Leaving a network, with its data or without.

use tablon_core::command::Refusal;
use tablon_core::hash::NetworkId;
use wasm_bindgen_futures::spawn_local;
use web_sys::SubmitEvent;
use yew::prelude::*;

use super::super::i18n::use_words;
use super::super::refusal::refused;
use super::super::route::{Place, Route};
use super::super::term::use_id;
use crate::networks::{Data, Networks};

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Which.
    pub(crate) id: NetworkId,
    /// Called when one thinks better of it.
    pub(crate) onkeep: Callback<()>,
}

#[derive(Debug, Clone, PartialEq)]
enum Doing {
    Asking,
    Leaving,
    Refused(Refusal),
}

/// The question.
#[component]
pub(crate) fn Leave(props: &Props) -> Html {
    let words = use_words();
    let networks = use_context::<Networks>().expect("the app provides its networks");
    let data = use_state_eq(|| Data::Keep);
    let doing = use_state(|| Doing::Asking);
    let (name, keep_id, delete_id) = (use_id("data"), use_id("keep"), use_id("delete"));
    let leaving = *doing == Doing::Leaving;
    let choose = |choice: Data| {
        let data = data.setter();
        Callback::from(move |_: Event| data.set(choice))
    };
    let onsubmit = {
        let (doing, data, id) = (doing.clone(), *data, props.id);
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if *doing == Doing::Leaving {
                return;
            }
            doing.set(Doing::Leaving);
            let (networks, doing) = (networks.clone(), doing.setter());
            spawn_local(async move {
                let shown = is_shown(&networks, id);
                match networks.leave(id, data).await {
                    // Back to this place, which the network took with it.
                    Ok(()) if shown => go_to_networks(&networks),
                    Ok(()) => {}
                    Err(refusal) => doing.set(Doing::Refused(refusal)),
                }
            });
        })
    };
    let onkeep = {
        let onkeep = props.onkeep.clone();
        Callback::from(move |_| onkeep.emit(()))
    };
    html! {
        <form class="form" {onsubmit}>
            <fieldset>
                <legend>{words.say("leave-lead")}</legend>
                <label class="choice" for={keep_id.clone()}>
                    <input id={keep_id} type="radio" name={name.clone()} checked={*data == Data::Keep}
                           onchange={choose(Data::Keep)} />
                    <span>{words.say("leave-keep")}</span>
                </label>
                <label class="choice" for={delete_id.clone()}>
                    <input id={delete_id} type="radio" {name} checked={*data == Data::Delete}
                           onchange={choose(Data::Delete)} />
                    <span>{words.say("leave-delete")}</span>
                </label>
            </fieldset>
            <div class="form-end">
                <button type="submit" class="primary" disabled={leaving}>
                    { match *data {
                        Data::Keep => words.say("leave"),
                        Data::Delete => words.say("leave-and-delete"),
                    } }
                </button>
                <button type="button" class="quiet" onclick={onkeep}>{words.say("cancel")}</button>
                <span class="small" role="status">
                    if leaving { {words.say("leaving")} }
                </span>
            </div>
            if let Doing::Refused(refusal) = &*doing {
                <p class="refused small" role="alert">{refused(&words, refusal)}</p>
            }
        </form>
    }
}

fn is_shown(networks: &Networks, id: NetworkId) -> bool {
    networks
        .list()
        .iter()
        .any(|entry| entry.current && entry.id == id)
}

fn go_to_networks(networks: &Networks) {
    let route = Route {
        network: networks
            .list()
            .into_iter()
            .find(|entry| entry.current)
            .map(|entry| entry.link),
        ..Route::default()
    };
    let _ = gloo::utils::window()
        .location()
        .replace(&route.href(Place::Networks));
}
