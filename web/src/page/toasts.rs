//! What happened to the wallet's own business, for a moment, wherever one is.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use tablon_core::command::BlockAt;
use tablon_core::view::{Kind, TransactionView};
use yew::prelude::*;

use super::entry;
use super::i18n::{Words, tell, use_words};
use super::reduce::Action;
use super::route::{Place, use_route};
use super::state::{News, OwnTransactionEvent, OwnTransactions, State};
use super::term::{Explained, Term};
use super::who::Who;

/// How long good news stand, milliseconds; bad ones stay until dismissed.
const GOOD_NEWS_MS: u32 = 8_000;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Where the news are.
    pub(crate) own_transactions: Rc<OwnTransactions>,
    /// Where actions go.
    pub(crate) dispatch: UseReducerDispatcher<State>,
}

/// The news, in a corner; read out as they come.
#[component]
pub(crate) fn Toasts(props: &Props) -> Html {
    html! {
        <div class="toasts" role="status">
            { for props.own_transactions.news.iter().map(|news| {
                let ondone = {
                    let (dispatch, number) = (props.dispatch.clone(), news.number);
                    Callback::from(move |()| dispatch.dispatch(Action::Told(number)))
                };
                html! { <Toast key={news.number} news={news.clone()} {ondone} /> }
            }) }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct ToastProps {
    news: Rc<News>,
    ondone: Callback<()>,
}

#[component]
fn Toast(props: &ToastProps) -> Html {
    let words = use_words();
    let route = use_route();
    let News {
        transaction, what, ..
    } = &*props.news;
    let (place, name) = place_of(&words, transaction);
    let good = matches!(
        what,
        OwnTransactionEvent::Came | OwnTransactionEvent::Confirmed(_)
    );
    // Where one sees it anyway, it need not be told.
    let seen = route.place == place;
    {
        let ondone = props.ondone.clone();
        use_effect_with((good, seen), move |(good, seen)| {
            let later = match (good, seen) {
                (_, true) => {
                    ondone.emit(());
                    None
                }
                (true, false) => Some(Timeout::new(GOOD_NEWS_MS, move || ondone.emit(()))),
                (false, false) => None,
            };
            move || drop(later)
        });
    }
    if seen {
        return Html::default();
    }
    html! {
        <div class="toast">
            <p class="toast-what">{subject(&words, transaction)}</p>
            <p>
                { match what {
                    OwnTransactionEvent::Came => html! { <a href={route.href(place)}>{words.say("secret-read")}</a> },
                    OwnTransactionEvent::Confirmed(height) => html! { <>
                        <a class="figures" href={route.href(Place::Block(BlockAt::Height(*height)))}>
                            {tell!(words, "news-confirmed", n = height.0)}
                        </a>
                        {" · "}<a href={route.href(place)}>{name}</a>
                    </> },
                    OwnTransactionEvent::Reorg => html! {
                        <Explained term={Term::Reorganisation}>{words.say("news-loosened")}</Explained>
                    },
                    OwnTransactionEvent::Dropped(reason) => entry::dropped(&words, reason),
                } }
            </p>
            <button type="button" class="quiet" onclick={props.ondone.reform(|_: MouseEvent| ())}>
                {words.say("dismiss")}
            </button>
        </div>
    }
}

/// Where one sees more of it, and what that place is called.
fn place_of(words: &Words, transaction: &TransactionView) -> (Place, AttrValue) {
    let other = match transaction.to {
        Some(to) if transaction.own => to,
        _ => transaction.author,
    };
    match transaction.kind {
        Kind::Secret => (Place::Letters(Some(other)), words.say("place-letters")),
        Kind::Transfer => (Place::Transfers, words.say("place-transfers")),
        _ => (Place::People, words.say("place-people")),
    }
}

/// What it is about, as its owner would say it.
fn subject(words: &Words, transaction: &TransactionView) -> Html {
    let n = transaction.amount.map_or(0, |amount| amount.0);
    let tip = transaction.tip.is_some();
    let to = transaction.to.unwrap_or(transaction.author);
    let from = transaction.author;
    match (transaction.kind, transaction.own) {
        (Kind::Join, _) => html! {
            {tell!(words, "news-joined", name = transaction.name.as_str())}
        },
        (Kind::Leave, _) => html! { {words.say("news-left")} },
        (Kind::Secret, true) => {
            html! { <>{words.say("news-secret-to")}{" "}<Who address={to} /></> }
        }
        (Kind::Secret, false) => {
            html! { <><Who address={from} />{" "}{words.say("news-secret-from")}</> }
        }
        (_, true) if tip => {
            html! { <>{tell!(words, "news-tip-to", n = n)}{" "}<Who address={to} /></> }
        }
        (_, true) => html! { <>{tell!(words, "news-paid-to", n = n)}{" "}<Who address={to} /></> },
        (_, false) if tip => {
            html! { <><Who address={from} />{" "}{tell!(words, "news-tip-from", n = n)}</> }
        }
        (_, false) => {
            html! { <><Who address={from} />{" "}{tell!(words, "news-paid-from", n = n)}</> }
        }
    }
}
