//! The identity as a file, and as a QR code for a phone: always sealed.

use tablon_core::keys::Address;
use web_sys::SubmitEvent;
use yew::prelude::*;

use super::super::copy::Copy;
use super::super::file;
use super::super::i18n::{tell, use_words};
use super::super::invite;
use super::super::qr::Qr;
use super::super::route::use_route;
use super::field::{About, Account, End, Kind, Password, clear, said, text_of, use_wallet};
use super::password::{self, Wrong};
use crate::threads::{WalletCommand, WalletReply};

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Whose file it is.
    pub(crate) address: Address,
    /// Whether the wallet has a password, which is then the file's.
    pub(crate) has_password: bool,
}

/// The form, and then the file.
#[component]
pub(crate) fn Export(props: &Props) -> Html {
    let words = use_words();
    let asking = use_wallet();
    let file = use_state(|| None::<Vec<u8>>);
    let wrong = use_state_eq(|| None::<Wrong>);
    let (field, again) = (use_node_ref(), use_node_ref());
    if let Some(file) = &*file {
        return html! { <Made file={file.clone()} address={props.address} /> };
    }
    let onsubmit = {
        let (asking, wrong, file) = (asking.clone(), wrong.clone(), file.setter());
        let (field, again) = (field.clone(), again.clone());
        let has_password = props.has_password;
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let password = text_of(&field);
            let checked = password::check(&password, &text_of(&again));
            if let (false, Err(why)) = (has_password, checked) {
                asking.calm();
                wrong.set(Some(why));
                return;
            }
            wrong.set(None);
            let (file, field, again) = (file.clone(), field.clone(), again.clone());
            asking.ask(WalletCommand::Export { password }, move |reply| {
                clear(&field);
                clear(&again);
                if let WalletReply::File(bytes) = reply {
                    file.set(Some(bytes));
                }
            });
        })
    };
    let busy = asking.working();
    let refused = said(&words, &asking, About::Password);
    html! {
        <form class="form" {onsubmit}>
            <p>{words.say("export-lead")}</p>
            <Account />
            if props.has_password {
                <Password label={words.say("password")} kind={Kind::Current} {field} {busy} wrong={refused} />
            } else {
                <Password label={words.say("export-password")} kind={Kind::New} {field} {busy}
                    wrong={wrong.and_then(|wrong| wrong.of_new(&words)).or(refused)}
                    hint={tell!(words, "export-password-hint", n = password::LEAST)} />
                <Password label={words.say("password-again")} kind={Kind::New} field={again} {busy}
                    wrong={wrong.and_then(|wrong| wrong.of_again(&words))} />
            }
            <End label={words.say("export-make")} working={words.say("export-making")} {busy}
                wrong={said(&words, &asking, About::Form)} />
        </form>
    }
}

#[derive(Properties, PartialEq)]
struct MadeProps {
    file: Vec<u8>,
    address: Address,
}

/// The sealed file, to be saved or scanned.
#[component]
fn Made(props: &MadeProps) -> Html {
    let words = use_words();
    let route = use_route();
    let name = file_name(&props.address);
    let link = invite::page() + &route.identity_href(&tablon_core::wallet::to_text(&props.file));
    let onclick = {
        let (bytes, name) = (props.file.clone(), name.clone());
        Callback::from(move |_| file::save(&bytes, &name))
    };
    html! {
        <div class="form">
            <p role="status">{words.say("export-made")}</p>
            <div class="form-end">
                <button type="button" class="primary" {onclick}>{words.say("export-save")}</button>
                <code class="small">{name}</code>
            </div>
            if invite::is_local() {
                <p class="small">{words.say("alone-localhost")}</p>
            } else {
                <div class="beside">
                    <Qr text={link.clone()} label={words.say("export-qr")} />
                    <p>{words.say("export-phone")}</p>
                </div>
            }
            <Copy text={link} label={words.say("export-link")} />
        </div>
    }
}

/// Short enough to read, and told apart by both ends of the address.
fn file_name(address: &Address) -> String {
    let text = address.to_string();
    let payload = text.strip_prefix("tablon1").unwrap_or(&text);
    let ends = super::super::format::ends(payload, 4);
    format!("{}.tablon-id", ends.replace('…', "-"))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_file_is_named_after_both_ends_of_its_address() {
        let address = Address([7; 20]);
        let name = file_name(&address);
        let stem = name.strip_suffix(".tablon-id").unwrap();
        let (first, last) = stem.split_once('-').unwrap();
        let whole = address.to_string();
        assert!(whole.starts_with(&format!("tablon1{first}")), "{name}");
        assert!(whole.ends_with(last), "{name}");
    }
}
