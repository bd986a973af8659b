//! A transaction in one line: who, what, to whom. Posts have a card of their own.

use tablon_core::view::{Kind, TransactionView};
use yew::prelude::*;

use super::i18n::{Words, tell, use_words};
use super::term::{Explained, Term};
use super::who::Who;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Of any kind but a post.
    pub(crate) transaction: TransactionView,
}

/// The line. A secret's says what everybody can see of it: from whom, to whom,
/// how long.
#[component]
pub(crate) fn Entry(props: &Props) -> Html {
    let words = use_words();
    let transaction = &props.transaction;
    html! {
        <p class="entry-line" data-id={transaction.id.to_string()} data-kind={key(transaction.kind)}>
            <Who address={transaction.author} nameless={transaction.kind == Kind::Join} />
            {" "}<span class="deed">{deed(&words, transaction)}</span>
            if let Some(to) = transaction.to {
                {" "}<Who address={to} />
            }
        </p>
    }
}

/// For tests and style sheets.
pub(crate) fn key(kind: Kind) -> &'static str {
    match kind {
        Kind::Post => "post",
        Kind::Join => "join",
        Kind::Leave => "leave",
        Kind::Transfer => "transfer",
        Kind::Secret => "secret",
    }
}

/// What is done, as the middle of a sentence between two people.
fn deed(words: &Words, transaction: &TransactionView) -> Html {
    let amount = transaction.amount.map_or(0, |amount| amount.0);
    match transaction.kind {
        Kind::Post => html! { {words.say("entry-post")} },
        Kind::Join => html! { <>
            <Explained term={Term::Participant}>{words.say("entry-join")}</Explained>
            {" "}<bdi class="name">{transaction.name.clone()}</bdi>
        </> },
        Kind::Leave => html! { {words.say("entry-leave")} },
        Kind::Transfer if transaction.tip.is_some() => html! {
            <Explained term={Term::Tip}>{tell!(words, "entry-tip", n = amount)}</Explained>
        },
        Kind::Transfer => html! {
            <Explained term={Term::Coin}>{tell!(words, "entry-transfer", n = amount)}</Explained>
        },
        Kind::Secret => {
            let bytes = transaction.sealed.unwrap_or(0);
            html! { <Explained term={Term::Secret}>{tell!(words, "entry-secret", n = bytes)}</Explained> }
        }
    }
}

/// That it came to nothing, and why in the node's own words.
pub(crate) fn dropped(words: &Words, reason: &str) -> Html {
    html! { <>{words.say("affair-dropped")}{" "}<small lang="en">{format!("({reason})")}</small></> }
}

/// What a block holds, for a narrow place: its notes, and how many others.
pub(crate) fn contents(words: &Words, transactions: &[TransactionView]) -> AttrValue {
    let notes = of(transactions, Kind::Post);
    let others = transactions.len() - notes;
    match (notes, others) {
        (_, 0) => tell!(words, "notes-count", n = notes),
        (0, _) => tell!(words, "transactions-count", n = others),
        _ => tell!(words, "notes-and-others", notes = notes, others = others),
    }
}

/// What a block holds, kind by kind.
pub(crate) fn contents_by_kind(words: &Words, transactions: &[TransactionView]) -> String {
    let count = |kind| of(transactions, kind);
    let notes = count(Kind::Post);
    let mut parts = Vec::new();
    if notes > 0 || transactions.is_empty() {
        parts.push(tell!(words, "notes-count", n = notes));
    }
    for (kind, said) in [
        (Kind::Transfer, transfers as fn(&Words, usize) -> AttrValue),
        (Kind::Secret, secrets),
        (Kind::Join, joins),
        (Kind::Leave, leaves),
    ] {
        let n = count(kind);
        if n > 0 {
            parts.push(said(words, n));
        }
    }
    parts.join(", ")
}

fn of(transactions: &[TransactionView], kind: Kind) -> usize {
    transactions.iter().filter(|held| held.kind == kind).count()
}

fn transfers(words: &Words, n: usize) -> AttrValue {
    tell!(words, "transfers-count", n = n)
}

fn secrets(words: &Words, n: usize) -> AttrValue {
    tell!(words, "secrets-count", n = n)
}

fn joins(words: &Words, n: usize) -> AttrValue {
    tell!(words, "joins-count", n = n)
}

fn leaves(words: &Words, n: usize) -> AttrValue {
    tell!(words, "leaves-count", n = n)
}
