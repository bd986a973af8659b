//! One network: its state, fed by its node, and the places that show it. Another
//! network is another one of these.

use std::cell::Cell;
use std::rc::Rc;

use tablon_core::command::{Command, Reply};
use tablon_core::hash::NetworkId;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::block::BlockDialog;
use super::blocks::Blocks;
use super::board::Board;
use super::clock;
use super::estimate;
use super::feed::{NOTES, use_loading, use_watch};
use super::i18n::{Words, tell, use_words};
use super::invite::{self, Alone};
use super::letters::Letters;
use super::live::Live;
use super::map::Map;
use super::masthead::{BottomBar, Masthead};
use super::my_node::MyNode;
use super::networks::{Gone, NetworksPlace, use_speed_memory};
use super::notices::{Grave, Lesser};
use super::people::{People as PeoplePlace, use_participants};
use super::proof::Proof;
use super::reduce::Action;
use super::route::{Place, Route, use_route};
use super::sealing::Sealing;
use super::state::{State, own_address};
use super::strip::{LostBranch, Strip};
use super::tip::use_tips;
use super::toasts::Toasts;
use super::transfers::Transfers;
use super::wall::Wall;
use super::wallet::{SafetyHint, Wallet};
use super::who::{Me, People};
use crate::client::Client;
use crate::networks::Entry;
use crate::threads::RelayState;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Its node.
    pub(crate) client: Client,
    /// Which it is; none when the page's address names nothing.
    pub(crate) id: Option<NetworkId>,
    /// All networks of this tab.
    pub(crate) entries: Vec<Entry>,
    /// The last network that was left with its data.
    pub(crate) gone: Option<Rc<Gone>>,
    /// Gets the new words when another language is chosen.
    pub(crate) onlanguage: Callback<Words>,
}

/// Everything that one sees while it is shown.
#[component]
pub(crate) fn Network(props: &Props) -> Html {
    let words = use_words();
    let route = use_route();
    let client = &props.client;
    let state = use_reducer_eq(State::default);
    use_watch(client, state.dispatcher());
    use_loading(client, &state);
    use_participants(client, &state, route.place == Place::People);
    use_tips(client, &state);
    use_speed_memory(state.status.as_deref(), &state.rates);
    use_title(&words, &state);
    let older = use_older(client, &state);
    let sealing = Sealing::of(client, &state);
    let under = use_under(route.place);
    use_top_of(props.id, under);
    let view = View {
        props,
        words: &words,
        route: &route,
        state: &state,
        under,
        older: &older,
    };
    let content = match under {
        Place::Wall => view.wall(),
        _ => view.framed(),
    };
    let me = use_memo(state.status.clone(), |status| {
        status.as_deref().map(Me::of).unwrap_or_default()
    });
    let people = use_memo(state.people.clone(), |people| People::of(people));
    html! {
        <ContextProvider<Client> context={client.clone()}>
        <ContextProvider<Me> context={(*me).clone()}>
        <ContextProvider<People> context={(*people).clone()}>
        <ContextProvider<Sealing> context={sealing}>
            <div class={classes!("page", under.spec().class)}>
                {content}
                if let Place::Block(at) = route.place {
                    <BlockDialog {at} tip={state.height().0} starts={state.starts}
                        onclose={view.close_block()} />
                }
                <Toasts own_transactions={state.own_transactions.clone()} dispatch={state.dispatcher()} />
                <Live heard={state.notes.heard} />
            </div>
        </ContextProvider<Sealing>>
        </ContextProvider<People>>
        </ContextProvider<Me>>
        </ContextProvider<Client>>
    }
}

/// Older notes: whether they are being fetched, and what fetches them.
struct Older {
    loading: bool,
    fetch: Callback<()>,
}

#[hook]
fn use_older(client: &Client, state: &UseReducerHandle<State>) -> Older {
    let loading = use_state_eq(|| false);
    let (client, dispatch) = (client.clone(), state.dispatcher());
    let setter = loading.setter();
    let before = state.notes.oldest();
    let fetch = Callback::from(move |()| {
        let (client, dispatch, loading) = (client.clone(), dispatch.clone(), setter.clone());
        loading.set(true);
        spawn_local(async move {
            let command = Command::Notes {
                before,
                limit: NOTES,
            };
            if let Ok(Reply::Notes(notes)) = client.call(command).await {
                dispatch.dispatch(Action::Notes {
                    notes,
                    limit: NOTES,
                    older: true,
                });
            }
            loading.set(false);
        });
    });
    Older {
        loading: *loading,
        fetch,
    }
}

/// What lies under a block: closing it leads back to where one opened it.
#[hook]
fn use_under(place: Place) -> Place {
    let under = use_mut_ref(Place::default);
    if !matches!(place, Place::Block(_)) {
        under.replace(place);
    }
    *under.borrow()
}

/// One look at a network.
struct View<'a> {
    props: &'a Props,
    words: &'a Words,
    route: &'a Route,
    state: &'a UseReducerHandle<State>,
    under: Place,
    older: &'a Older,
}

impl View<'_> {
    fn close_block(&self) -> Callback<()> {
        let (route, under) = (self.route.clone(), self.under);
        Callback::from(move |()| {
            let _ = gloo::utils::window()
                .location()
                .set_hash(&route.href(under));
        })
    }

    fn stopped(&self) -> bool {
        self.state.fatal.is_some()
    }

    fn wall(&self) -> Html {
        let state = self.state;
        html! {
            <Wall status={state.status.clone()} notes={state.notes.clone()}
                blocks={state.blocks.clone()} fetching={state.fetching()} stopped={self.stopped()} />
        }
    }

    // Between head and bar, with "My node" beside it.
    fn framed(&self) -> Html {
        let Self {
            props,
            words,
            state,
            under,
            ..
        } = *self;
        let (stopped, nowhere) = (self.stopped(), props.id.is_none());
        // On a phone "My node" is all that one sees of the two.
        let (main_role, side_role) = match under {
            Place::Node => ("region", "main"),
            _ => ("main", "complementary"),
        };
        html! { <>
            <div class="top">
                <Masthead status={state.status.clone()} relay={state.relay.clone()} fatal={stopped}
                    place={under} entries={props.entries.clone()} onlanguage={props.onlanguage.clone()} />
                <Strip status={state.status.clone()} blocks={state.blocks.clone()} fetching={state.fetching()}
                    {stopped} />
            </div>
            if let Some(fork) = &state.fork {
                <LostBranch fork={fork.clone()} own={own_address(state.status.as_ref())} />
            }
            <div class="columns">
                <div id="main" class="middle" tabindex="-1" role={main_role}
                     aria-label={words.say(under.spec().title)}>
                    <Grave state={state.clone()} {nowhere} />
                    {self.middle()}
                </div>
                <div id="my-node" class="side" role={side_role} aria-label={words.say("my-node")}>
                    <MyNode {stopped} status={state.status.clone()} rates={state.rates.clone()} fetching={state.fetching()}
                        peers={state.peers.clone()} gone={state.gone.clone()} relay={state.relay.clone()} />
                </div>
            </div>
            <BottomBar place={under} />
        </> }
    }

    fn middle(&self) -> Html {
        let Self {
            props,
            words,
            route,
            state,
            under,
            ..
        } = *self;
        let (stopped, tip) = (self.stopped(), state.height().0);
        let ready = state.status.is_some() && !stopped;
        let needs_a_board = !matches!(under, Place::Networks | Place::Proof);
        match under {
            _ if props.id.is_none() && needs_a_board => no_board(words),
            Place::Blocks => html! { <>
                <Lesser state={state.clone()} />
                <Blocks {tip} own={own_address(state.status.as_ref())} starts={state.starts}
                    branches_due={state.branches_due} />
            </> },
            Place::Map => html! { <>
                <Lesser state={state.clone()} />
                <Map status={state.status.clone()} {stopped} peers={state.peers.clone()}
                    passed={state.passed.clone()} />
            </> },
            Place::Wallet | Place::Pay(_) => html! {
                <Wallet status={state.status.clone()} wallet={state.wallet} {stopped} people={state.people.clone()}
                    to={match under { Place::Pay(to) => Some(to), _ => None }}
                    identity={route.identity.clone()} others={props.entries.len() > 1} />
            },
            Place::People => html! {
                <PeoplePlace people={state.people.clone()} own_transactions={state.own_transactions.clone()}
                    due={state.people_due} {ready} dispatch={state.dispatcher()} />
            },
            Place::Letters(with) => html! {
                <Letters {with} own_transactions={state.own_transactions.clone()} {tip} starts={state.starts}
                    due={state.people_due} dispatch={state.dispatcher()} />
            },
            Place::Transfers => html! {
                <Transfers own_transactions={state.own_transactions.clone()} {tip} starts={state.starts}
                    dispatch={state.dispatcher()} />
            },
            Place::Proof => html! { <Proof /> },
            Place::Networks => html! {
                <NetworksPlace entries={props.entries.clone()} rates={state.rates.clone()}
                    status={state.status.clone()} gone={props.gone.clone()} />
            },
            Place::Board | Place::Node | Place::Wall | Place::Block(_) => self.board(ready),
        }
    }

    fn board(&self, ready: bool) -> Html {
        let state = self.state;
        html! {
            <Board stopped={self.stopped()} notes={state.notes.clone()} tip={state.height().0} {ready}
                fetching={state.fetching().is_some()} nobody_mines={nobody_mines(state)}
                dispatch={state.dispatcher()} onolder={self.older.fetch.clone()}
                loading_older={self.older.loading}>
                <SafetyHint wallet={state.wallet} posted={has_posted(state)} />
                <Lesser state={state.clone()} />
                {alone(state)}
            </Board>
        }
    }
}

/// Another place or board begins at its top; the first one is where the browser
/// puts it.
#[hook]
fn use_top_of(network: Option<NetworkId>, place: Place) {
    use_effect_with((network, place), move |here| {
        let here = *here;
        let before = SHOWN_LAST.replace(Some(here));
        if before.is_some_and(|before| before != here) {
            gloo::utils::window().scroll_to_with_x_and_y(0.0, 0.0);
        }
    });
}

thread_local! {
    // Outlives the network that was shown.
    static SHOWN_LAST: Cell<Option<(Option<NetworkId>, Place)>> = const { Cell::new(None) };
}

/// What is there instead of a board, when the address names none.
fn no_board(words: &Words) -> Html {
    let networks = Route::default().href(Place::Networks);
    html! { <p class="empty"><a href={networks}>{words.say("networks")}</a></p> }
}

/// Whether a note would wait for long: no block for many spacings, and this
/// node does not mine either.
fn nobody_mines(state: &State) -> bool {
    state.status.as_ref().is_some_and(|status| {
        let newest = state.blocks.iter().map(AsRef::as_ref);
        let now = clock::read().timestamp().0;
        status.mining.threads == 0 && estimate::outlook(newest, status, now).expected.is_none()
    })
}

fn alone(state: &State) -> Html {
    match &state.status {
        Some(status) if status.peers == 0 && state.peers.is_empty() => {
            html! {
                <Alone link={invite::link(status)}
                    relay={!matches!(state.relay, Some(RelayState::Away { .. }))}
                    others={status.known_nodes > 1}
                    folded={!state.notes.held.by_id.is_empty()} />
            }
        }
        _ => Html::default(),
    }
}

/// Whether one of the notes held is this wallet's.
fn has_posted(state: &State) -> bool {
    state.notes.held.by_id.values().any(|note| note.post.own)
}

/// The tab's title: board and height, so that a row of tabs can be told apart.
#[hook]
fn use_title(words: &Words, state: &UseReducerHandle<State>) {
    let title = match &state.status {
        Some(status) => tell!(
            words,
            "page-title",
            board = status.network_name.as_str(),
            n = state.height().0
        ),
        None => words.say("brand"),
    };
    use_effect_with(title, |title| gloo::utils::document().set_title(title));
}
