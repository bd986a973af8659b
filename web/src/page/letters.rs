//! Secrets: messages that only their reader and their author can open, by person.

mod conversation;
mod write;

use std::collections::HashMap;
use std::rc::Rc;

use tablon_core::command::{Command, Reply};
use tablon_core::keys::Address;
use tablon_core::view::SecretView;
use yew::prelude::*;

use super::clock::Ago;
use super::i18n::use_words;
use super::pages::{Pages, Source, use_pages};
use super::refusal::refused;
use super::route::{Place, use_route};
use super::state::{OwnTransactions, State};
use super::term::{Explained, Term};
use super::wallet::Unlock;
use super::who::{Who, use_me};
use crate::client::Client;
use conversation::Conversation;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// With whom, if one has chosen.
    pub(crate) with: Option<Address>,
    /// What of the wallet's is under way.
    pub(crate) own_transactions: Rc<OwnTransactions>,
    /// Height of the tip.
    pub(crate) tip: u32,
    /// Counts up when the node is started again; 0 before it runs.
    pub(crate) starts: u32,
    /// Counts up whenever somebody joined or left.
    pub(crate) due: u32,
    /// Where actions go.
    pub(crate) dispatch: UseReducerDispatcher<State>,
}

/// The place: conversations, and the chosen one beside them.
#[component]
pub(crate) fn Letters(props: &Props) -> Html {
    let words = use_words();
    let route = use_route();
    let client = use_context::<Client>().expect("the app provides its client");
    let me = use_me();
    let due = (
        client.clone(),
        props.starts,
        props.own_transactions.changes,
        me.clone(),
    );
    let secrets = use_secrets(&client, due);
    let conversations = match &secrets.entries {
        Some(entries) => by_person(entries),
        None => Vec::new(),
    };
    let chosen = props.with.map(|with| {
        let known = conversations.iter().find(|(other, _)| *other == with);
        (
            with,
            known
                .map(|(_, letters)| letters.clone())
                .unwrap_or_default(),
        )
    });
    let class = classes!("letters", chosen.is_some().then_some("chosen"));
    html! {
        <section class={classes!("place", chosen.is_some().then_some("one-chosen"))}
                 aria-labelledby="letters-title">
            <h2 id="letters-title"><Explained term={Term::Secret}>{words.say("secrets-title")}</Explained></h2>
            <p class="lead">{words.say("secrets-lead")}</p>
            if me.locked {
                <Unlock why={words.say("locked-secrets")} />
            }
            if let Some(refusal) = &secrets.refusal {
                <p class="refused" role="alert">{refused(&words, refusal)}</p>
            }
            <div {class}>
                <nav class="correspondents" aria-label={words.say("secrets-people")}>
                    if conversations.is_empty() {
                        <p class="empty">
                            { if secrets.entries.is_some() { words.say("secrets-none") } else { words.say("secrets-loading") } }
                        </p>
                    }
                    // A list of its own (see the board's).
                    for (with, letters) in &conversations {
                        <Correspondent key={with.to_string()} with={*with} newest={letters[0].clone()}
                            current={props.with == Some(*with)} />
                    }
                    <p class="small"><a href={route.href(Place::People)}>{words.say("secrets-people-all")}</a></p>
                    if !secrets.complete {
                        <button type="button" class="quiet" onclick={secrets.onmore.reform(|_: MouseEvent| ())}>
                            {words.say("secrets-older")}
                        </button>
                    }
                </nav>
                if let Some((with, letters)) = chosen {
                    <Conversation key={with.to_string()} {with} {letters} tip={props.tip} due={props.due}
                        own_transactions={props.own_transactions.clone()} dispatch={props.dispatch.clone()} />
                } else if !conversations.is_empty() {
                    <p class="empty conversation">{words.say("secrets-choose")}</p>
                }
            </div>
        </section>
    }
}

#[hook]
fn use_secrets<D: Clone + PartialEq + 'static>(client: &Client, due: D) -> Pages<Rc<SecretView>> {
    use_pages(
        client,
        due,
        Source {
            ask: |before, limit| Command::Secrets { before, limit },
            read: |reply| match reply {
                Reply::Secrets(secrets) => secrets.into_iter().map(Rc::new).collect(),
                _ => Vec::new(),
            },
            place: |secret| Some((secret.height?, secret.place)),
            id: |secret| secret.transaction.id,
        },
    )
}

/// Letters with one person, newest first.
type Exchange = (Address, Vec<Rc<SecretView>>);

/// By the other person; whoever wrote or was written to last comes first.
fn by_person(newest_first: &[Rc<SecretView>]) -> Vec<Exchange> {
    let mut exchanges: Vec<Exchange> = Vec::new();
    let mut places = HashMap::new();
    for secret in newest_first {
        let transaction = &secret.transaction;
        let other = match transaction.to {
            Some(to) if transaction.own => to,
            _ => transaction.author,
        };
        let place = *places.entry(other).or_insert_with(|| {
            exchanges.push((other, Vec::new()));
            exchanges.len() - 1
        });
        exchanges[place].1.push(secret.clone());
    }
    exchanges
}

#[derive(Properties, PartialEq)]
struct CorrespondentProps {
    with: Address,
    newest: Rc<SecretView>,
    current: bool,
}

/// A person, and how the last letter begins.
#[component]
fn Correspondent(props: &CorrespondentProps) -> Html {
    let words = use_words();
    let route = use_route();
    let newest = &props.newest;
    let locked = use_me().locked;
    html! {
        <a class="correspondent" href={route.href(Place::Letters(Some(props.with)))}
           aria-current={props.current.then_some("true")}>
            <Who address={props.with} />
            <Ago at={newest.transaction.timestamp.0} />
            <span class="beginning" dir="auto">
                { match &newest.text {
                    Some(text) => html! { {first_line(text)} },
                    None if locked => html! { <em>{words.say("secret-locked")}</em> },
                    None => html! { <em>{words.say("secret-unopened")}</em> },
                } }
            </span>
        </a>
    }
}

/// Enough of a letter to know it by.
fn first_line(text: &str) -> String {
    const LETTERS: usize = 80;
    let line = text.trim_start().lines().next().unwrap_or_default();
    match line.char_indices().nth(LETTERS) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use tablon_core::hash::TxId;
    use tablon_core::keys::PublicKey;
    use tablon_core::units::{Amount, Timestamp};
    use tablon_core::view::{Kind, TransactionView};

    use super::*;

    const ME: Address = Address([1; 20]);

    fn letter(from: Address, to: Address) -> Rc<SecretView> {
        Rc::new(SecretView {
            height: None,
            place: 0,
            transaction: TransactionView {
                id: TxId([0; 32]),
                kind: Kind::Secret,
                author: from,
                key: PublicKey([2; 32]),
                name: String::new(),
                joined: false,
                topic: String::new(),
                content: String::new(),
                reply_to: None,
                tips: Amount::ZERO,
                to: Some(to),
                amount: None,
                tip: None,
                sealed: Some(80),
                timestamp: Timestamp(0),
                seq: 0,
                stamp_bits: 16,
                own: from == ME,
            },
            text: None,
            problem: None,
        })
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn letters_stand_by_person_and_the_latest_person_first() {
        let (ana, bea) = (Address([2; 20]), Address([3; 20]));
        let letters = [
            letter(ana, ME),
            letter(ME, bea),
            letter(ME, ana),
            letter(ME, ME),
        ];
        let shape: Vec<_> = by_person(&letters)
            .into_iter()
            .map(|(with, letters)| (with, letters.len()))
            .collect();
        assert_eq!(shape, [(ana, 2), (bea, 1), (ME, 1)]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_letter_is_known_by_its_first_line() {
        assert_eq!(first_line("\n hola \nadiós"), "hola ");
        assert_eq!(first_line(""), "");
        let long = "ñ".repeat(200);
        assert_eq!(first_line(&long).chars().count(), 81);
    }
}
