//! What was paid to the wallet and from it: waiting first, then confirmed.

use std::rc::Rc;

use tablon_core::command::{BlockAt, Command, Reply};
use tablon_core::keys::Address;
use tablon_core::view::{Kind, NoteView, TransactionView};
use yew::prelude::*;

use super::clock::Ago;
use super::entry;
use super::i18n::{Words, tell, use_words};
use super::pages::{Pages, Source, use_pages};
use super::reduce::Action;
use super::refusal::refused;
use super::route::{Place, use_route};
use super::sealing::SealNow;
use super::state::{OwnTransactions, Standing, State};
use super::term::{Explained, Term};
use super::who::{Me, Who, use_me};
use crate::client::Client;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// What of the wallet's is under way.
    pub(crate) own_transactions: Rc<OwnTransactions>,
    /// Height of the tip.
    pub(crate) tip: u32,
    /// Counts up when the node is started again; 0 before it runs.
    pub(crate) starts: u32,
    /// Where actions go.
    pub(crate) dispatch: UseReducerDispatcher<State>,
}

/// The place.
#[component]
pub(crate) fn Transfers(props: &Props) -> Html {
    let words = use_words();
    let route = use_route();
    let client = use_context::<Client>().expect("the app provides its client");
    let me = use_me();
    let due = (client.clone(), props.starts, props.tip, me.address);
    let confirmed = use_transfers(&client, due);
    let waiting = props.own_transactions.unconfirmed(Kind::Transfer);
    // What has just come loose is in both until the confirmed ones are read again.
    let is_loose = |id| waiting.iter().any(|note| note.post.id == id);
    let all = confirmed.entries.iter().flat_map(|list| list.iter());
    let listed = all.filter(|transfer| !is_loose(transfer.post.id));
    let none = waiting.is_empty()
        && confirmed
            .entries
            .as_ref()
            .is_some_and(|list| list.is_empty());
    html! {
        <section class="place" aria-labelledby="transfers-title">
            <h2 id="transfers-title">{words.say("transfers-title")}</h2>
            {balance(&words, &me)}
            <p class="small">
                {tell!(words, "transfers-lead", n = me.reward.0)}{" "}
                <a href={route.href(Place::Wallet)}>{words.say("transfers-pay")}</a>
            </p>
            if let Some(refusal) = &confirmed.refusal {
                <p class="refused" role="alert">{refused(&words, refusal)}</p>
            }
            if none {
                <p class="empty">{words.say("transfers-none")}</p>
            }
            <ul class="transfers">
                { for waiting.iter().map(|note| {
                    let forget = {
                        let (dispatch, id) = (props.dispatch.clone(), note.post.id);
                        Callback::from(move |()| dispatch.dispatch(Action::Forget(id)))
                    };
                    html! {
                        <Row key={note.post.id.to_string()} transaction={note.post.clone()}
                            standing={note.standing.clone()} tip={props.tip} onforget={forget} />
                    }
                }) }
                { for listed.map(|transfer| html! {
                    <Row key={transfer.post.id.to_string()} transaction={transfer.post.clone()}
                        standing={Standing::Pinned { height: transfer.height, place: transfer.place }}
                        tip={props.tip} />
                }) }
            </ul>
            if confirmed.entries.is_some() && !confirmed.complete {
                <button type="button" class="older" onclick={confirmed.onmore.reform(|_: MouseEvent| ())}>
                    {words.say("transfers-older")}
                </button>
            }
        </section>
    }
}

#[hook]
fn use_transfers<D: Clone + PartialEq + 'static>(client: &Client, due: D) -> Pages<Rc<NoteView>> {
    use_pages(
        client,
        due,
        Source {
            ask: |before, limit| Command::Transfers {
                of: None,
                before,
                limit,
            },
            read: |reply| match reply {
                Reply::Notes(transfers) => transfers.into_iter().map(Rc::new).collect(),
                _ => Vec::new(),
            },
            place: |transfer| Some((transfer.height, transfer.place)),
            id: |transfer| transfer.post.id,
        },
    )
}

/// What there is, and what is under way.
fn balance(words: &Words, me: &Me) -> Html {
    html! {
        <p class="balance-line figures">
            <strong id="balance"><Explained term={Term::Coin}>{tell!(words, "coins", n = me.balance.0)}</Explained></strong>
            if me.outgoing.0 > 0 {
                <span>{tell!(words, "balance-outgoing", n = me.outgoing.0)}</span>
            }
            if me.incoming.0 > 0 {
                <span>{tell!(words, "balance-incoming", n = me.incoming.0)}</span>
            }
        </p>
    }
}

/// Which way coins go, as the wallet sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    In,
    Out,
    /// To oneself.
    Around,
}

fn way(transfer: &TransactionView, me: Option<Address>) -> Way {
    match (transfer.own, transfer.to == me) {
        (true, true) => Way::Around,
        (true, false) => Way::Out,
        (false, _) => Way::In,
    }
}

#[derive(Properties, PartialEq)]
struct RowProps {
    transaction: TransactionView,
    standing: Standing,
    tip: u32,
    #[prop_or_default]
    onforget: Option<Callback<()>>,
}

/// One transfer: how much, with whom, for what, and how it stands.
#[component]
fn Row(props: &RowProps) -> Html {
    let words = use_words();
    let route = use_route();
    let me = use_me();
    let transfer = &props.transaction;
    let amount = transfer.amount.map_or(0, |amount| amount.0);
    let way = way(transfer, me.address);
    let (class, sign, other) = match way {
        Way::In => ("in", "+", transfer.author),
        Way::Out => ("out", "−", transfer.to.unwrap_or(transfer.author)),
        Way::Around => ("around", "", transfer.author),
    };
    let preposition = match (way, transfer.tip.is_some()) {
        (Way::In, true) => words.say("tip-from"),
        (Way::In, false) => words.say("transfer-from"),
        (Way::Out, true) => words.say("tip-to"),
        (Way::Out, false) => words.say("transfer-to"),
        (Way::Around, _) => words.say("transfer-around"),
    };
    let (state, loose) = match props.standing {
        Standing::Pinned { .. } => ("confirmed", None),
        Standing::Pending { loosened: true, .. } => ("loosened", Some("loose")),
        // Only posts are shown before they are checked.
        Standing::Pending { .. } | Standing::Unverified { .. } => ("pending", Some("loose")),
        Standing::Dropped { .. } => ("dropped", Some("loose dropped")),
    };
    let standing = match &props.standing {
        Standing::Pinned { height, .. } => html! { <>
            <a href={route.href(Place::Block(BlockAt::Height(*height)))}>{tell!(words, "block-number", n = height.0)}</a>
            {" "}
            <Explained term={Term::Confirmation}>
                {tell!(words, "confirmations", n = props.tip.saturating_sub(height.0) + 1)}
            </Explained>
        </> },
        Standing::Pending {
            loosened: false, ..
        } => html! { <>
            <Explained term={Term::Pending}>{words.say("note-pending")}</Explained>
            if transfer.own { <SealNow /> }
        </> },
        Standing::Pending { .. } | Standing::Unverified { .. } => html! {
            <Explained term={Term::Reorganisation}>{words.say("note-loosened-short")}</Explained>
        },
        Standing::Dropped { reason, .. } => entry::dropped(&words, reason),
    };
    html! {
        <li class={classes!("transfer", class, loose)} data-state={state} data-id={transfer.id.to_string()}>
            <span class="transfer-amount figures">{format!("{sign}{}", super::format::number(amount))}</span>
            <span class="transfer-who">
                <span class="small">{preposition}</span>{" "}<Who address={other} />
            </span>
            <Ago at={transfer.timestamp.0} />
            <span class="transfer-state figures">
                {standing}
                if let (Standing::Dropped { .. }, Some(onforget)) = (&props.standing, &props.onforget) {
                    {" "}<button type="button" class="quiet" onclick={onforget.reform(|_: MouseEvent| ())}>
                        {words.say("dismiss")}
                    </button>
                }
            </span>
        </li>
    }
}
