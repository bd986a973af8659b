//! The end of an identity: asked twice, and it says what is lost.

use tablon_core::view::Status;
use yew::prelude::*;

use super::super::i18n::{tell, use_words};
use super::super::refusal::refused;
use super::field::use_wallet;
use crate::threads::{WalletCommand, WalletState};

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The wallet.
    pub(crate) wallet: WalletState,
    /// The node: what the account has.
    pub(crate) status: std::rc::Rc<Status>,
    /// Called once it is forgotten, or when one thinks better of it.
    pub(crate) ondone: Callback<()>,
}

/// The two questions.
#[component]
pub(crate) fn Forget(props: &Props) -> Html {
    let words = use_words();
    let asking = use_wallet();
    let sure = use_state_eq(|| false);
    let first = {
        let sure = sure.setter();
        Callback::from(move |_| sure.set(true))
    };
    let second = {
        let (asking, ondone) = (asking.clone(), props.ondone.clone());
        Callback::from(move |_| {
            let ondone = ondone.clone();
            asking.ask(WalletCommand::Forget, move |_| ondone.emit(()));
        })
    };
    let keep = {
        let ondone = props.ondone.clone();
        Callback::from(move |_| ondone.emit(()))
    };
    let status = &props.status;
    html! {
        <div class="form">
            <p>{words.say("forget-lead")}</p>
            <ul class="losses">
                <li>{words.say("forget-signing")}</li>
                if status.balance.0 > 0 {
                    <li>{tell!(words, "forget-coins", n = status.balance.0)}</li>
                }
                if let Some(name) = &status.joined {
                    <li>{tell!(words, "forget-name", name = name.as_str())}</li>
                }
                <li>{words.say("forget-letters")}</li>
                <li>{words.say("forget-aside")}</li>
            </ul>
            <p>{ if props.wallet.backed_up { words.say("forget-backed-up") } else { words.say("forget-not-backed-up") } }</p>
            <div class="form-end">
                if *sure {
                    <p role="alert"><strong>{words.say("forget-sure")}</strong></p>
                    <button type="button" onclick={keep}>{words.say("forget-keep")}</button>
                    <button type="button" class="primary" onclick={second} disabled={asking.working()}>
                        {words.say("forget-yes")}
                    </button>
                } else {
                    <button type="button" onclick={first}>{words.say("forget")}</button>
                    <button type="button" class="quiet" onclick={keep}>{words.say("cancel")}</button>
                }
            </div>
            if let Some(refusal) = asking.refusal() {
                <p class="refused small" role="alert">{refused(&words, refusal)}</p>
            }
        </div>
    }
}
