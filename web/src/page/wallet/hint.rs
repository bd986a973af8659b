//! After the first post, a quiet word on how to keep the identity.

use yew::prelude::*;

use super::super::i18n::use_words;
use super::super::memory::{self, Key};
use super::super::route::{Place, use_route};
use crate::threads::WalletState;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The wallet, once the node has said how it is.
    pub(crate) wallet: Option<WalletState>,
    /// Whether this identity has written something.
    pub(crate) posted: bool,
}

/// One line, until dismissed or followed.
#[component]
pub(crate) fn SafetyHint(props: &Props) -> Html {
    let words = use_words();
    let route = use_route();
    let read = use_state_eq(|| memory::recall(Key::SafetyRead).is_some());
    let unsafe_yet = props
        .wallet
        .is_some_and(|wallet| !wallet.has_password && !wallet.backed_up);
    if *read || !props.posted || !unsafe_yet {
        return Html::default();
    }
    let dismiss = {
        let read = read.setter();
        Callback::from(move |_| {
            memory::keep(Key::SafetyRead, Some("1"));
            read.set(true);
        })
    };
    html! {
        <div class="banner" id="safety-hint">
            {words.say("safety-hint")}{" "}
            <a href={route.href(Place::Wallet)}>{words.say("safety-link")}</a>
            <button type="button" class="quiet" onclick={dismiss}>{words.say("dismiss")}</button>
        </div>
    }
}
