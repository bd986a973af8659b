//! All secrets between the wallet and one person, newest first.

use std::rc::Rc;

use tablon_core::command::BlockAt;
use tablon_core::keys::Address;
use tablon_core::view::{Kind, SecretView};
use yew::prelude::*;

use super::super::clock::Ago;
use super::super::copy::CopyBeside;
use super::super::entry;
use super::super::format;
use super::super::i18n::{tell, use_words};
use super::super::note::Text;
use super::super::reduce::Action;
use super::super::route::{Place, use_route};
use super::super::sealing::SealNow;
use super::super::state::{Note, OwnTransactions, Standing, State};
use super::super::term::{Explained, Term};
use super::super::who::{Who, use_me, use_people};
use super::write::Write;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(super) struct Props {
    /// The other person.
    pub(super) with: Address,
    /// Newest first.
    pub(super) letters: Vec<Rc<SecretView>>,
    /// Height of the tip.
    pub(super) tip: u32,
    /// Counts up whenever somebody joined or left.
    pub(super) due: u32,
    /// What of the wallet's is under way.
    pub(super) own_transactions: Rc<OwnTransactions>,
    /// Where actions go.
    pub(super) dispatch: UseReducerDispatcher<State>,
}

/// The person, a field to write in, and the letters.
#[component]
pub(super) fn Conversation(props: &Props) -> Html {
    let words = use_words();
    let route = use_route();
    let dropped = dropped(&props.own_transactions, props.with);
    html! {
        <div class="conversation">
            <header>
                <a class="back" href={route.href(Place::Letters(None))}>{words.say("secrets-back")}</a>
                <h3><Who address={props.with} /></h3>
                <CopyBeside text={props.with.to_string()} label={words.say("copy-address")} />
            </header>
            <Write to={props.with} due={props.due} />
            { for dropped.iter().map(|note| {
                let forget = {
                    let (dispatch, id) = (props.dispatch.clone(), note.post.id);
                    Callback::from(move |_| dispatch.dispatch(Action::Forget(id)))
                };
                let reason = match &note.standing {
                    Standing::Dropped { reason, .. } => reason.as_str(),
                    _ => "",
                };
                html! {
                    <p class="refused" key={note.post.id.to_string()}>
                        {entry::dropped(&words, reason)}{" "}
                        <button type="button" class="quiet" onclick={forget}>{words.say("dismiss")}</button>
                    </p>
                }
            }) }
            if props.letters.is_empty() {
                <p class="empty">{words.say("secrets-none-with")}</p>
            }
            <ol class="letter-list">
                { for props.letters.iter().map(|letter| html! {
                    <li key={letter.transaction.id.to_string()}>
                        <Letter letter={letter.clone()} tip={props.tip} />
                    </li>
                }) }
            </ol>
        </div>
    }
}

/// Own letters to `with` that came to nothing.
fn dropped(own_transactions: &OwnTransactions, with: Address) -> Vec<Rc<Note>> {
    let mut all = own_transactions.unconfirmed(Kind::Secret);
    all.retain(|note| {
        note.post.to == Some(with) && matches!(note.standing, Standing::Dropped { .. })
    });
    all
}

#[derive(Properties, PartialEq)]
struct LetterProps {
    letter: Rc<SecretView>,
    tip: u32,
}

/// One secret: the opened text, how it stands, and what others see of it.
#[component]
fn Letter(props: &LetterProps) -> Html {
    let words = use_words();
    let route = use_route();
    let SecretView {
        height,
        transaction,
        text,
        problem,
        ..
    } = &*props.letter;
    let bytes = transaction.sealed.unwrap_or(0);
    let people = use_people();
    let locked = use_me().locked;
    let author = match people.name(&transaction.author) {
        _ if transaction.own => words.say("you"),
        Some(name) => name,
        None => format::short_key(&transaction.author).into(),
    };
    let state = if height.is_some() {
        "confirmed"
    } else {
        "pending"
    };
    html! {
        <article class={classes!("letter", transaction.own.then_some("own"), height.is_none().then_some("loose"))}
                 data-id={transaction.id.to_string()} data-state={state}>
            <header>
                <bdi>{author}</bdi>
                <Ago at={transaction.timestamp.0} />
            </header>
            if let Some(text) = text {
                <Text text={text.clone()} />
            } else if locked {
                <p class="sealed">{words.say("secret-locked")}</p>
            } else {
                <p class="sealed">
                    {words.say("secret-unopened")}
                    if let Some(problem) = problem {
                        {" "}<small lang="en">{format!("({problem})")}</small>
                    }
                </p>
            }
            <footer class="figures">
                if let Some(height) = height {
                    <a href={route.href(Place::Block(BlockAt::Height(*height)))}>
                        {tell!(words, "block-number", n = height.0)}
                    </a>
                    <Explained term={Term::Confirmation}>
                        {tell!(words, "confirmations", n = props.tip.saturating_sub(height.0) + 1)}
                    </Explained>
                } else {
                    <Explained term={Term::Pending}>{words.say("note-pending")}</Explained>
                    if transaction.own { <SealNow /> }
                }
                <Explained term={Term::Secret} story={words.say("secret-outside")}>
                    {tell!(words, "secret-size", n = bytes)}
                </Explained>
            </footer>
        </article>
    }
}
