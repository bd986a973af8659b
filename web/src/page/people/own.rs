//! The wallet's own part in it: join, take another name, leave.

use std::rc::Rc;

use tablon_core::command::{BlockAt, Command, Reply};
use tablon_core::text::MAX_NAME;
use tablon_core::view::{AccountView, Kind, Membership};
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

use super::super::entry;
use super::super::form_request::{said, use_form_request};
use super::super::i18n::{Words, tell, use_words};
use super::super::memory::{self, Key};
use super::super::reduce::Action;
use super::super::route::{Place, use_route};
use super::super::sealing::SealNow;
use super::super::state::{Note, OwnTransactions, Standing, State};
use super::super::term::use_id;
use super::super::wallet::Unlock;
use super::super::who::{Who, use_me};
use crate::client::Client;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(super) struct Props {
    /// What is under way.
    pub(super) own_transactions: Rc<OwnTransactions>,
    /// Counts up whenever somebody joined or left.
    pub(super) due: u32,
    /// Where actions go.
    pub(super) dispatch: UseReducerDispatcher<State>,
}

/// What the person is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doing {
    Nothing,
    Naming,
    Leaving,
}

/// How the wallet stands, and how to change it.
#[component]
pub(super) fn Own(props: &Props) -> Html {
    let words = use_words();
    let route = use_route();
    let me = use_me();
    let account = use_account(props.due);
    let doing = use_state_eq(|| Doing::Nothing);
    let waiting = under_way(&props.own_transactions);
    let is_waiting = waiting
        .as_ref()
        .is_some_and(|note| matches!(note.standing, Standing::Pending { .. }));
    let Some(account) = account else {
        return Html::default();
    };
    let go = |to| {
        let doing = doing.clone();
        Callback::from(move |_: MouseEvent| doing.set(to))
    };
    let done = {
        let doing = doing.clone();
        Callback::from(move |()| doing.set(Doing::Nothing))
    };
    let block = |account: &AccountView| {
        account.since.map(|since| {
            html! {
                <a class="figures" href={route.href(Place::Block(BlockAt::Height(since)))}>
                    {tell!(words, "block-number", n = since.0)}
                </a>
            }
        })
    };
    html! {
        <div class="card own-part">
            <p class="own-line">
                <Who address={account.address} />
                { match account.membership {
                    Membership::Joined => html! { <span>{words.say("own-joined")}{" "}{block(&account)}</span> },
                    Membership::Left => html! { <span>{words.say("own-left")}{" "}{block(&account)}</span> },
                    Membership::Never => html! { <span>{words.say("own-never")}</span> },
                } }
            </p>
            if account.membership == Membership::Left {
                <p class="small">{words.say("own-left-about")}</p>
            }
            <div role="status">
                if let Some(note) = &waiting { {told(&words, note, &props.dispatch)} }
            </div>
            if is_waiting {
                <SealNow />
            } else if me.locked {
                <Unlock why={words.say("locked-join")} />
            } else if account.membership != Membership::Joined || *doing == Doing::Naming {
                <Join current={account.name.clone()} joined={account.membership == Membership::Joined}
                      ondone={done} />
            } else if *doing == Doing::Leaving {
                <Leave ondone={done} />
            } else {
                <p class="row">
                    <button type="button" onclick={go(Doing::Naming)}>{words.say("own-rename")}</button>
                    <button type="button" class="quiet" onclick={go(Doing::Leaving)}>{words.say("own-leave")}</button>
                </p>
            }
        </div>
    }
}

/// The latest join or leave that is in no block.
fn under_way(own_transactions: &OwnTransactions) -> Option<Rc<Note>> {
    let is_own = |note: &&Rc<Note>| {
        matches!(note.post.kind, Kind::Join | Kind::Leave)
            && !matches!(note.standing, Standing::Pinned { .. })
    };
    own_transactions
        .held
        .newest_first()
        .iter()
        .find(is_own)
        .cloned()
}

fn told(words: &Words, note: &Rc<Note>, dispatch: &UseReducerDispatcher<State>) -> Html {
    let name = note.post.name.as_str();
    let leaving = note.post.kind == Kind::Leave;
    match &note.standing {
        Standing::Dropped { reason, .. } => {
            let forget = {
                let (dispatch, id) = (dispatch.clone(), note.post.id);
                Callback::from(move |_| dispatch.dispatch(Action::Forget(id)))
            };
            html! {
                <p class="refused">
                    {entry::dropped(words, reason)}{" "}
                    <button type="button" class="quiet" onclick={forget}>{words.say("dismiss")}</button>
                </p>
            }
        }
        _ if leaving => html! { <p>{words.say("own-leaving")}</p> },
        _ => html! { <p>{tell!(words, "own-joining", name = name)}</p> },
    }
}

/// The wallet's account, asked for again whenever `due` is another.
#[hook]
fn use_account(due: u32) -> Option<AccountView> {
    let client = use_context::<Client>().expect("the app provides its client");
    let me = use_me();
    let account = use_state_eq(|| None::<AccountView>);
    {
        let account = account.setter();
        use_effect_with((client, due, me), move |(client, ..)| {
            let client = client.clone();
            spawn_local(async move {
                let command = Command::Account { address: None };
                if let Ok(Reply::Account(view)) = client.call(command).await {
                    account.set(Some(*view));
                }
            });
        });
    }
    (*account).clone()
}

#[derive(Properties, PartialEq)]
struct JoinProps {
    current: String,
    joined: bool,
    ondone: Callback<()>,
}

/// Under which name.
#[component]
fn Join(props: &JoinProps) -> Html {
    let words = use_words();
    let request = use_form_request();
    let name = use_state(|| {
        if props.current.is_empty() {
            memory::recall(Key::Name).unwrap_or_default()
        } else {
            props.current.clone()
        }
    });
    let (id, status) = (use_id("join"), use_id("status"));
    let oninput = {
        let (name, request) = (name.clone(), request.clone());
        Callback::from(move |event: InputEvent| {
            name.set(event.target_unchecked_into::<HtmlInputElement>().value());
            request.calm();
        })
    };
    let onsubmit = {
        let (name, request, ondone) = (name.clone(), request.clone(), props.ondone.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (chosen, ondone) = (name.trim().to_owned(), ondone.clone());
            let command = Command::Join {
                name: chosen.clone(),
            };
            request.run(command, move |_| {
                // Notes are then signed with the same name unless one writes another.
                memory::keep(Key::Name, Some(&chosen));
                ondone.emit(());
            });
        })
    };
    let line = said(&words, &request.progress, words.say("affair-sent"));
    let hint = || html! { {words.say("people-join-hint")} };
    html! {
        <form class="own-form" {onsubmit}>
            <label for={id.clone()}>{words.say("join-name")}</label>
            <div class="row">
                <input {id} type="text" autocomplete="nickname" maxlength={MAX_NAME.to_string()}
                       aria-describedby={status.clone()} value={(*name).clone()} {oninput} />
                <button type="submit" class="primary" disabled={request.is_working()}>
                    { if props.joined { words.say("join-rename") } else { words.say("people-join") } }
                </button>
                if props.joined {
                    <button type="button" class="quiet" onclick={props.ondone.reform(|_: MouseEvent| ())}>
                        {words.say("cancel")}
                    </button>
                }
            </div>
            <p id={status} class="small" role="status">{line.unwrap_or_else(hint)}</p>
        </form>
    }
}

#[derive(Properties, PartialEq)]
struct LeaveProps {
    ondone: Callback<()>,
}

/// What leaving means, before it is done.
#[component]
fn Leave(props: &LeaveProps) -> Html {
    let words = use_words();
    let request = use_form_request();
    let stay = use_node_ref();
    {
        let stay = stay.clone();
        use_effect_with((), move |()| {
            if let Some(stay) = stay.cast::<HtmlElement>() {
                let _ = stay.focus();
            }
        });
    }
    let leave = {
        let (request, ondone) = (request.clone(), props.ondone.clone());
        Callback::from(move |_| {
            let ondone = ondone.clone();
            request.run(Command::Leave, move |_| ondone.emit(()));
        })
    };
    html! {
        <div class="own-form" role="group" aria-label={words.say("own-leave")}>
            <p>{words.say("leave-about")}</p>
            <div class="row">
                <button type="button" ref={stay} onclick={props.ondone.reform(|_: MouseEvent| ())}>
                    {words.say("leave-not")}
                </button>
                <button type="button" class="primary" onclick={leave} disabled={request.is_working()}>
                    {words.say("people-leave")}
                </button>
            </div>
            <p class="small" role="status">{said(&words, &request.progress, words.say("affair-sent"))}</p>
        </div>
    }
}
