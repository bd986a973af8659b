//! The card of a board that a link names and that this browser does not know. It
//! is all that one sees, since nothing of that board runs.

use tablon_core::command::Refusal;
use tablon_core::params::Params;
use yew::prelude::*;

use super::i18n::{Words, tell, use_words};
use super::masthead::{Brand, Controls};
use super::networks::Terms;
use super::refusal::refused;
use crate::networks::Networks;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The board.
    pub(crate) params: Params,
    /// Gets the new words when another language is chosen.
    pub(crate) onlanguage: Callback<Words>,
}

/// The card, alone on its page.
#[component]
pub(crate) fn Offer(props: &Props) -> Html {
    let words = use_words();
    let networks = use_context::<Networks>().expect("the app provides its networks");
    let refusal = use_state(|| None::<Refusal>);
    let params = &props.params;
    let title = tell!(words, "offer-page-title", name = params.name.as_str());
    use_effect_with(title, |title| gloo::utils::document().set_title(title));
    let onjoin = {
        let (networks, refusal) = (networks.clone(), refusal.setter());
        Callback::from(move |_: MouseEvent| refusal.set(networks.accept().err()))
    };
    let ondecline = Callback::from(move |_: MouseEvent| networks.decline());
    html! {
        <div class="page at-offer">
            <header class="masthead">
                <Brand />
                <Controls onlanguage={props.onlanguage.clone()} />
            </header>
            <main id="main" class="middle">
                <section class="card offer" id="offer" aria-labelledby="offer-title">
                    <h2 id="offer-title">{words.say("offer-title")}</h2>
                    <p>{words.say("offer-lead")}</p>
                    <Terms params={params.clone()} />
                    <div class="form-end">
                        <button type="button" class="primary" id="offer-join" onclick={onjoin}>{words.say("offer-join")}</button>
                        <button type="button" class="quiet" id="offer-decline" onclick={ondecline}>{words.say("offer-decline")}</button>
                    </div>
                    if let Some(refusal) = &*refusal {
                        <p class="refused small" role="alert">{refused(&words, refusal)}</p>
                    }
                </section>
            </main>
        </div>
    }
}
