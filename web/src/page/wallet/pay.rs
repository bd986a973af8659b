//! Paying somebody.

use std::rc::Rc;

use tablon_core::command::Command;
use tablon_core::keys::Address;
use tablon_core::units::Amount;
use tablon_core::view::AccountView;
use web_sys::{HtmlInputElement, SubmitEvent};
use yew::prelude::*;

use super::super::form_request::{Progress, use_form_request};
use super::super::i18n::{tell, use_words};
use super::super::refusal::refused;
use super::super::route::{Place, use_route};
use super::super::term::{Explained, Term, use_id};
use super::super::who::{Who, use_me};
use super::field::{End, Under};

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Whom to pay, when the page's address says so.
    #[prop_or_default]
    pub(crate) to: Option<Address>,
    /// Participants, offered while one types.
    pub(crate) people: Rc<Vec<AccountView>>,
}

/// What is wrong before the node is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    NoAddress,
    NoAmount,
}

/// Read the form. Addresses come with spaces and line ends around them, and from
/// a QR code as a link that ends with one.
fn read(to: &str, amount: &str) -> Result<(Address, Amount), Wrong> {
    let to = to.trim();
    let to = to.rsplit('/').next().unwrap_or(to);
    let to = to.parse().map_err(|_| Wrong::NoAddress)?;
    let amount: u64 = amount.trim().parse().map_err(|_| Wrong::NoAmount)?;
    if amount == 0 {
        return Err(Wrong::NoAmount);
    }
    Ok((to, Amount(amount)))
}

/// The form.
#[component]
pub(crate) fn Pay(props: &Props) -> Html {
    let words = use_words();
    let route = use_route();
    let me = use_me();
    let request = use_form_request();
    let to = use_state(String::new);
    let amount = use_state(String::new);
    let wrong = use_state_eq(|| None::<Wrong>);
    // Stands until the form is touched again.
    let sent = use_state_eq(|| None::<(Address, Amount)>);
    {
        let to = to.setter();
        use_effect_with(props.to, move |payee| {
            if let Some(payee) = payee {
                to.set(payee.to_string());
            }
        });
    }
    let [to_id, amount_id, list_id] = [use_id("to"), use_id("amount"), use_id("people")];
    let [to_about, amount_about] = [use_id("about"), use_id("about")];
    let edit = |value: &UseStateHandle<String>| {
        let (value, request) = (value.setter(), request.clone());
        let (wrong, sent) = (wrong.setter(), sent.setter());
        Callback::from(move |event: InputEvent| {
            value.set(event.target_unchecked_into::<HtmlInputElement>().value());
            wrong.set(None);
            sent.set(None);
            request.calm();
        })
    };
    let (on_to, on_amount) = (edit(&to), edit(&amount));
    let onsubmit = {
        let (to, amount, request) = (to.clone(), amount.clone(), request.clone());
        let (wrong, sent) = (wrong.setter(), sent.setter());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (payee, coins) = match read(&to, &amount) {
                Ok(read) => read,
                Err(why) => {
                    request.calm();
                    wrong.set(Some(why));
                    return;
                }
            };
            let command = Command::Transfer {
                to: payee,
                amount: coins,
                tip: None,
            };
            let (to, amount, sent) = (to.setter(), amount.setter(), sent.clone());
            request.run(command, move |_| {
                to.set(String::new());
                amount.set(String::new());
                sent.set(Some((payee, coins)));
            });
        })
    };
    let payee = read(&to, "1").ok().map(|(payee, _)| payee);
    let of_to =
        (*wrong == Some(Wrong::NoAddress)).then(|| html! { {words.say("pay-not-address")} });
    let of_amount =
        (*wrong == Some(Wrong::NoAmount)).then(|| html! { {words.say("pay-not-amount")} });
    let busy = request.is_working();
    let of_form = match &*request.progress {
        Progress::Refused(refusal) => Some(refused(&words, refusal)),
        _ => None,
    };
    html! {
        <form class="form" id="pay" {onsubmit}>
            <div class="entry">
                <label for={to_id.clone()}>{words.say("pay-to")}</label>
                <input id={to_id} type="text" class="mono" list={list_id.clone()} autocomplete="off" autocapitalize="none"
                       spellcheck="false" placeholder="tablon1…" readonly={busy}
                       aria-invalid={of_to.is_some().then_some("true")} aria-describedby={to_about.clone()}
                       value={(*to).clone()} oninput={on_to} />
                <datalist id={list_id}>
                    { for props.people.iter().filter(|account| !account.own).map(|account| html! {
                        <option value={account.address.to_string()}>{account.name.clone()}</option>
                    }) }
                </datalist>
                if let (Some(payee), None) = (payee, &of_to) {
                    <p id={to_about} class="small"><Who address={payee} /></p>
                } else {
                    <Under id={to_about} wrong={of_to} hint={words.say("pay-to-hint")} />
                }
            </div>
            <div class="entry">
                <label for={amount_id.clone()}>{words.say("pay-amount")}</label>
                <input id={amount_id} type="text" class="short" inputmode="numeric" autocomplete="off" readonly={busy}
                       aria-invalid={of_amount.is_some().then_some("true")} aria-describedby={amount_about.clone()}
                       value={(*amount).clone()} oninput={on_amount} />
                <Under id={amount_about} wrong={of_amount} hint={tell!(words, "pay-left", n = me.available().0)} />
            </div>
            <End label={words.say("pay-send")} working={words.say("compose-stamping")} {busy} wrong={of_form} />
            <div role="status">
                if let Some((to, amount)) = *sent {
                    <p class="small"><Explained term={Term::Pending}>
                        {tell!(words, "pay-sent", n = amount.0)}</Explained>{" "}<Who address={to} />
                        {" · "}<a href={route.href(Place::Transfers)}>{words.say("pay-sent-link")}</a></p>
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
    fn a_payment_needs_an_address_and_whole_coins() {
        let address = Address([7; 20]);
        let to = address.to_string();
        assert_eq!(to.len(), 45, "the words for a wrong one say so");
        let link = format!("https://example.org/#/pay/{to}");
        assert_eq!(read(&format!(" {to}\n"), " 5 "), Ok((address, Amount(5))));
        assert_eq!(read(&link, "1"), Ok((address, Amount(1))));
        for amount in ["", "0", "-1", "1.5", "1,000", "coins"] {
            assert_eq!(read(&to, amount), Err(Wrong::NoAmount), "{amount}");
        }
        for to in ["", "Ana", &to[..20]] {
            assert_eq!(read(to, "1"), Err(Wrong::NoAddress), "{to}");
        }
    }
}
