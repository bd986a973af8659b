//! Where a locked wallet is given its password: in the wallet's place, and
//! wherever something is to be signed.

use wasm_bindgen_futures::spawn_local;
use web_sys::SubmitEvent;
use yew::prelude::*;

use super::super::i18n::use_words;
use super::field::{About, Account, End, Kind, Password, clear, focus, said, text_of, use_wallet};
use crate::networks::Networks;
use crate::threads::{WalletCommand, WalletReply, WalletState};

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// What cannot be done until then; a general sentence when absent.
    #[prop_or_default]
    pub(crate) why: Option<AttrValue>,
    /// Called once it is unlocked. The wallet's state changes by itself.
    #[prop_or_default]
    pub(crate) ondone: Callback<()>,
}

/// One field and one button. It is a form: it stands beside other forms, not in one.
#[component]
pub(crate) fn Unlock(props: &Props) -> Html {
    let words = use_words();
    let asking = use_wallet();
    let networks = use_context::<Networks>().expect("the app provides its networks");
    let field = use_node_ref();
    let onsubmit = {
        let (asking, field, ondone) = (asking.clone(), field.clone(), props.ondone.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let password = text_of(&field);
            if password.is_empty() {
                focus(&field);
                return;
            }
            let (field, ondone) = (field.clone(), ondone.clone());
            let (networks, same) = (networks.clone(), password.clone());
            asking.ask(WalletCommand::Unlock { password }, move |reply| {
                clear(&field);
                if let WalletReply::State(state) = reply {
                    unlock_others(&networks, state, same);
                }
                ondone.emit(());
            });
        })
    };
    let why = props
        .why
        .clone()
        .unwrap_or_else(|| words.say("unlock-lead"));
    html! {
        <form class="unlock form" {onsubmit} aria-label={why.clone()}>
            <p>{why}</p>
            <Account />
            <Password label={words.say("password")} kind={Kind::Current} {field} busy={asking.working()}
                wrong={said(&words, &asking, About::Password)} />
            <End label={words.say("unlock")} working={words.say("unlocking")} busy={asking.working()}
                wrong={said(&words, &asking, About::Source).or_else(|| said(&words, &asking, About::Form))} />
        </form>
    }
}

/// The same identity on other boards has the same password: asked for once.
fn unlock_others(networks: &Networks, opened: WalletState, password: String) {
    for (client, wallet) in networks.wallets() {
        if wallet.locked && wallet.address == opened.address {
            let password = password.clone();
            // One whose password differs after all stays locked.
            spawn_local(async move {
                drop(client.wallet(WalletCommand::Unlock { password }).await);
            });
        }
    }
}
