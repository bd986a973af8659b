//! Locking: now, and after a while without input.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::super::i18n::{tell, use_words};
use super::super::idle;
use super::super::refusal::refused;
use super::super::term::use_id;
use super::field::use_wallet;
use crate::networks::Networks;
use crate::threads::WalletCommand;

/// Minutes offered; 0 is never.
const CHOICES: [u32; 5] = [0, 1, 5, 15, 60];

/// Two lines, for a wallet that has a password.
#[component]
pub(crate) fn Locking() -> Html {
    let words = use_words();
    let asking = use_wallet();
    let networks = use_context::<Networks>().expect("the app provides its networks");
    let id = use_id("lock-after");
    let chosen = use_state_eq(idle::recall);
    let onclick = {
        let asking = asking.clone();
        // The other boards' wallets too: "lock" means that nothing is signed here.
        Callback::from(move |_| {
            let networks = networks.clone();
            asking.ask(WalletCommand::Lock, move |_| idle::lock_all(&networks));
        })
    };
    let onchange = {
        let chosen = chosen.setter();
        Callback::from(move |event: Event| {
            let list: HtmlSelectElement = event.target_unchecked_into();
            let minutes = list.value().parse().unwrap_or(0);
            idle::keep(minutes);
            chosen.set(minutes);
        })
    };
    html! { <>
        <div class="switch-row">
            <label for={id.clone()}>{words.say("lock-after")}</label>
            <select {id} {onchange}>
                { for CHOICES.into_iter().map(|minutes| html! {
                    <option value={minutes.to_string()} selected={minutes == *chosen}>
                        { if minutes == 0 { words.say("lock-never") } else { tell!(words, "lock-minutes", n = minutes) } }
                    </option>
                }) }
            </select>
        </div>
        <div class="switch-row">
            <span>{words.say("lock-now-lead")}</span>
            <button type="button" {onclick} disabled={asking.working()}>{words.say("lock-now")}</button>
        </div>
        if let Some(refusal) = asking.refusal() {
            <p class="refused small" role="alert">{refused(&words, refusal)}</p>
        }
    </> }
}
