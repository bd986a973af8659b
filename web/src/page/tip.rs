//! Tips: what a note got, and a small form that gives one.

use std::collections::BTreeSet;
use std::rc::Rc;

use tablon_core::command::{Command, Reply};
use tablon_core::hash::TxId;
use tablon_core::keys::Address;
use tablon_core::units::Amount;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

use super::form_request::{said, use_form_request};
use super::i18n::{tell, use_words};
use super::reduce::Action;
use super::state::{Standing, State};
use super::term::{Explained, Term, use_id};
use super::wallet::Unlock;
use super::who::use_me;
use crate::client::Client;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct TipsProps {
    /// All tips of the note that are confirmed.
    pub(crate) amount: Amount,
    /// Whether the note is the wallet's.
    pub(crate) own: bool,
}

/// How much a note was tipped with.
#[component]
pub(crate) fn Tips(props: &TipsProps) -> Html {
    let words = use_words();
    let n = props.amount.0;
    html! {
        <span class="tips figures"><Explained term={Term::Tip}>
            { if props.own { tell!(words, "tips-received", n = n) } else { tell!(words, "tips", n = n) } }
        </Explained></span>
    }
}

/// What is tipped.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The note.
    pub(crate) post: TxId,
    /// Its author.
    pub(crate) to: Address,
    /// The person is done with it.
    pub(crate) onclose: Callback<()>,
}

/// Amount, what there is, and one button.
#[component]
pub(crate) fn TipForm(props: &Props) -> Html {
    let words = use_words();
    let me = use_me();
    let request = use_form_request();
    let amount = use_state(|| "1".to_owned());
    let wrong = use_state_eq(|| false);
    let field = use_node_ref();
    let (id, status) = (use_id("tip"), use_id("status"));
    {
        let field = field.clone();
        use_effect_with((), move |()| {
            if let Some(field) = field.cast::<HtmlElement>() {
                let _ = field.focus();
            }
        });
    }
    let close = {
        let onclose = props.onclose.clone();
        Callback::from(move |()| onclose.emit(()))
    };
    if me.locked {
        return html! {
            <div class="tip-form">
                <Unlock why={words.say("locked-tip")} />
                <button type="button" class="quiet" onclick={close.reform(|_| ())}>{words.say("cancel")}</button>
            </div>
        };
    }
    let oninput = {
        let (amount, wrong, request) = (amount.clone(), wrong.clone(), request.clone());
        Callback::from(move |event: InputEvent| {
            amount.set(event.target_unchecked_into::<HtmlInputElement>().value());
            wrong.set(false);
            request.calm();
        })
    };
    let onsubmit = {
        let (amount, wrong, request) = (amount.clone(), wrong.clone(), request.clone());
        let (to, post) = (props.to, props.post);
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let Some(coins) = read(&amount) else {
                wrong.set(true);
                return;
            };
            let command = Command::Transfer {
                to,
                amount: coins,
                tip: Some(post),
            };
            request.run(command, |_| {});
        })
    };
    let onkeydown = {
        let close = close.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                close.emit(());
            }
        })
    };
    let line = if *wrong {
        html! { <span class="refused">{words.say("amount-wrong")}</span> }
    } else {
        said(&words, &request.progress, words.say("tip-sent")).unwrap_or_else(|| {
            html! { <span class="figures">{tell!(words, "available", n = me.available().0)}</span> }
        })
    };
    html! {
        <form class="tip-form" {onsubmit} {onkeydown} aria-label={words.say("tip-this")}>
            <div class="tip-row">
                <label for={id.clone()}><Explained term={Term::Coin}>{words.say("tip-amount")}</Explained></label>
                <input {id} ref={field} class="figures" type="text" inputmode="numeric" autocomplete="off"
                       maxlength="12" aria-describedby={status.clone()} aria-invalid={wrong.then_some("true")}
                       value={(*amount).clone()} {oninput} />
                <button type="submit" class="primary" disabled={request.is_working()}>{words.say("tip-send")}</button>
                <button type="button" class="quiet" onclick={close.reform(|_| ())}>{words.say("close")}</button>
            </div>
            <p id={status} class="small" role="status">{line}</p>
        </form>
    }
}

/// Whole coins, at least one; people write them with spaces around.
pub(crate) fn read(amount: &str) -> Option<Amount> {
    amount.trim().parse().ok().filter(|n| *n > 0).map(Amount)
}

/// Ask again for the notes whose tips have changed.
#[hook]
pub(crate) fn use_tips(client: &Client, state: &UseReducerHandle<State>) {
    let client = client.clone();
    let dispatch = state.dispatcher();
    let notes = state.notes.clone();
    use_effect_with(state.tipped.clone(), move |tipped: &Rc<BTreeSet<TxId>>| {
        let places: Vec<_> = tipped
            .iter()
            .filter_map(|id| match notes.held.by_id.get(id)?.standing {
                Standing::Pinned { height, place } => Some((height, place)),
                _ => None,
            })
            .collect();
        if tipped.is_empty() {
            return;
        }
        dispatch.dispatch(Action::Asked(tipped.iter().copied().collect()));
        spawn_local(async move {
            for (height, place) in places {
                // The newest before the place after it: the note itself.
                let command = Command::Notes {
                    before: Some((height, place.saturating_add(1))),
                    limit: 1,
                };
                if let Ok(Reply::Notes(notes)) = client.call(command).await {
                    for note in notes {
                        dispatch.dispatch(Action::Fresh(note));
                    }
                }
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_tip_is_a_whole_number_of_coins() {
        assert_eq!(read(" 3 "), Some(Amount(3)));
        for wrong in ["", "0", "-1", "1.5", "1,5", "x", "99999999999999999999999"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
