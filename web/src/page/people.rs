//! Who takes part: everybody who has published a key under a name.

mod own;

use std::collections::BTreeMap;
use std::rc::Rc;

use tablon_core::command::{BlockAt, Command, MAX_PAGE, Reply};
use tablon_core::view::AccountView;
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::copy::CopyBeside;
use super::fingerprint::Fingerprint;
use super::format;
use super::i18n::{tell, use_words};
use super::reduce::Action;
use super::route::{Place, use_route};
use super::state::{OwnTransactions, PEOPLE_KEPT, State};
use super::term::{Explained, Term, use_id};
use super::who::Alike;
use crate::client::Client;
use own::Own;

/// Rows shown before one asks for more.
const MAX_SHOWN_PEOPLE: usize = 100;

/// With fewer people nobody needs to search.
const WORTH_SEARCHING: usize = 8;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Participants, by address.
    pub(crate) people: Rc<Vec<AccountView>>,
    /// What of the wallet's is under way.
    pub(crate) own_transactions: Rc<OwnTransactions>,
    /// Counts up whenever somebody joined or left.
    pub(crate) due: u32,
    /// Whether the node runs.
    pub(crate) ready: bool,
    /// Where actions go.
    pub(crate) dispatch: UseReducerDispatcher<State>,
}

/// The place.
#[component]
pub(crate) fn People(props: &Props) -> Html {
    let words = use_words();
    let sought = use_state(String::new);
    let shown = use_state_eq(|| MAX_SHOWN_PEOPLE);
    let field = use_id("find");
    let sorted = use_memo(props.people.clone(), |people| by_name(people));
    let needle = sought.trim().to_lowercase();
    let found: Vec<_> = sorted
        .iter()
        .filter(|account| is_meant(account, &needle))
        .collect();
    let oninput = {
        let sought = sought.clone();
        Callback::from(move |event: InputEvent| {
            sought.set(event.target_unchecked_into::<HtmlInputElement>().value());
        })
    };
    html! {
        <section class="place" aria-labelledby="people-title">
            <h2 id="people-title"><Explained term={Term::Participant}>{words.say("people-title")}</Explained></h2>
            <p class="lead">{words.say("people-lead")}</p>
            if props.ready {
                <Own own_transactions={props.own_transactions.clone()} due={props.due} dispatch={props.dispatch.clone()} />
            }
            <h3 class="figures">{tell!(words, "people-count", n = props.people.len())}</h3>
            if props.people.len() >= WORTH_SEARCHING {
                <div class="find">
                    <label for={field.clone()}>{words.say("people-find")}</label>
                    <input id={field} type="search" autocomplete="off" value={(*sought).clone()} {oninput} />
                </div>
            }
            if !props.ready {
                <p class="empty">{words.say("node-opening")}</p>
            } else if props.people.is_empty() {
                <p class="empty">{words.say("people-none")}</p>
            } else if found.is_empty() {
                <p class="empty" role="status">{words.say("people-not-found")}</p>
            }
            <ul class="people">
                { for found.iter().take(*shown).map(|account| html! {
                    <Person key={account.address.to_string()} account={(**account).clone()} />
                }) }
            </ul>
            if found.len() > *shown {
                <button type="button" class="older" onclick={
                    let shown = shown.clone();
                    move |_| shown.set(*shown + MAX_SHOWN_PEOPLE)
                }>{words.say("people-more")}</button>
            }
        </section>
    }
}

/// As one looks for somebody: by name, capitals aside.
fn by_name(people: &[AccountView]) -> Vec<AccountView> {
    let sorted: BTreeMap<_, _> = people
        .iter()
        .map(|account| ((account.name.to_lowercase(), account.address), account))
        .collect();
    sorted.into_values().cloned().collect()
}

/// Whether somebody is looked for by this part of a name or an address.
fn is_meant(account: &AccountView, needle: &str) -> bool {
    needle.is_empty()
        || account.name.to_lowercase().contains(needle)
        || account.address.to_string().contains(needle)
}

#[derive(Properties, PartialEq)]
struct PersonProps {
    account: AccountView,
}

/// One participant, and what one can do for them.
#[component]
fn Person(props: &PersonProps) -> Html {
    let words = use_words();
    let route = use_route();
    let account = &props.account;
    let address = account.address.to_string();
    html! {
        <li class={classes!("person", account.own.then_some("own"))} data-address={address.clone()}>
            <Fingerprint of={account.address.0.to_vec()} large={true} />
            <div class="person-who">
                <p class="author">
                    <bdi class="name">{account.name.clone()}</bdi>
                    if account.own { <span class="you">{words.say("you")}</span> }
                    <Alike name={account.name.clone()} address={account.address} />
                </p>
                <p class="person-key">
                    <code class="key" title={address.clone()}>{format::short_key(&account.address)}</code>
                    <CopyBeside text={address}
                        label={tell!(words, "copy-address-of", name = account.name.as_str())} />
                </p>
            </div>
            <p class="person-facts figures">
                <span>{tell!(words, "coins", n = account.balance.0)}</span>
                if let Some(since) = account.since {
                    <a href={route.href(Place::Block(BlockAt::Height(since)))}>
                        {tell!(words, "since-block", n = since.0)}
                    </a>
                }
            </p>
            if !account.own {
                <p class="person-deeds">
                    <a href={route.href(Place::Letters(Some(account.address)))}
                       aria-label={tell!(words, "secret-write-to", name = account.name.as_str())}>
                        {words.say("secret-write")}
                    </a>
                    <a href={route.href(Place::Pay(account.address))}
                       aria-label={tell!(words, "pay-to-name", name = account.name.as_str())}>
                        {words.say("pay-link")}
                    </a>
                </p>
            }
        </li>
    }
}

/// Keep the list of participants as the ledger has it. While it is `open` also
/// their balances, which change with every block.
#[hook]
pub(crate) fn use_participants(client: &Client, state: &UseReducerHandle<State>, open: bool) {
    let height = if open { state.height().0 } else { 0 };
    let due = (client.clone(), state.starts, state.people_due, height);
    let dispatch = state.dispatcher();
    // One walk at a time; what came due meanwhile is one walk more.
    let walk = use_mut_ref(|| Walk::None);
    use_effect_with(due, move |(client, starts, ..)| {
        if *starts == 0 {
            return;
        }
        if *walk.borrow() != Walk::None {
            walk.replace(Walk::Again);
            return;
        }
        walk.replace(Walk::Once);
        let client = client.clone();
        spawn_local(async move {
            loop {
                if let Some(people) = all(&client).await {
                    dispatch.dispatch(Action::People(people));
                }
                if walk.replace(Walk::Once) != Walk::Again {
                    break;
                }
            }
            walk.replace(Walk::None);
        });
    });
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Walk {
    None,
    Once,
    Again,
}

/// Every participant, up to the bound.
async fn all(client: &Client) -> Option<Vec<AccountView>> {
    let mut people: Vec<AccountView> = Vec::new();
    loop {
        let command = Command::Participants {
            after: people.last().map(|account| account.address),
            limit: MAX_PAGE,
        };
        let Ok(Reply::Accounts(page)) = client.call(command).await else {
            return None;
        };
        let full = page.len() >= MAX_PAGE as usize;
        people.extend(page);
        if !full || people.len() >= PEOPLE_KEPT {
            return Some(people);
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use tablon_core::keys::Address;
    use tablon_core::units::Amount;
    use tablon_core::view::Membership;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn people_stand_by_name_and_are_found_by_name_or_address() {
        let account = |name: &str, byte| AccountView {
            address: Address([byte; 20]),
            key: None,
            balance: Amount::ZERO,
            outgoing: Amount::ZERO,
            incoming: Amount::ZERO,
            transactions: 1,
            membership: Membership::Joined,
            name: name.to_owned(),
            since: None,
            own: false,
        };
        let sorted = by_name(&[account("carla", 1), account("Bea", 2), account("bea", 3)]);
        let names: Vec<_> = sorted.iter().map(|account| account.name.as_str()).collect();
        assert_eq!(names, ["Bea", "bea", "carla"]);
        let address = sorted[0].address.to_string();
        assert!(is_meant(&sorted[0], ""));
        assert!(is_meant(&sorted[0], "be"));
        assert!(is_meant(&sorted[0], &address[7..12]));
        assert!(!is_meant(&sorted[0], "carla"));
    }
}
