//! What the node says, handed to the page's state, and what is asked for.

use std::cell::RefCell;
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use tablon_core::command::{Command, Reply};
use tablon_core::units::Height;
use tablon_core::view::BlockView;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::clock;
use super::reduce::Action;
use super::state::{BLOCKS_KEPT, State};
use crate::client::{Client, Event, Watch};

/// Events that come within this time are drawn together, milliseconds: a screen
/// that changes ten times a second is as live as one can read.
const TOGETHER: u32 = 100;

/// Events held back for that, at most: a hidden tab's timers are slow.
const HELD: usize = 64;

/// Blocks asked for at once: full ones are a thousand posts, which take the main
/// thread some 20 ms to read.
const BLOCKS: u32 = 16;

/// Notes asked for at once.
pub(crate) const NOTES: u32 = 100;

/// Events wait here for a moment, so that a burst is one drawing.
#[derive(Default)]
struct Inbox {
    events: Vec<Event>,
    timer: Option<Timeout>,
}

/// Hand what the node says to the state.
#[hook]
pub(crate) fn use_watch(client: &Client, dispatch: UseReducerDispatcher<State>) {
    let client = client.clone();
    use_effect_with((), move |()| {
        let inbox = Rc::new(RefCell::new(Inbox::default()));
        let flush = {
            let inbox = inbox.clone();
            Rc::new(move || {
                let events = {
                    let mut inbox = inbox.borrow_mut();
                    inbox.timer = None;
                    std::mem::take(&mut inbox.events)
                };
                let now = clock::read();
                dispatch.dispatch(Action::Events { now, events });
            })
        };
        let at_first = flush.clone();
        let watch: Watch = client.watch(move |event| {
            let full = {
                let mut inbox = inbox.borrow_mut();
                inbox.events.push(event.clone());
                if inbox.timer.is_none() {
                    let flush = flush.clone();
                    inbox.timer = Some(Timeout::new(TOGETHER, move || flush()));
                }
                inbox.events.len() >= HELD
            };
            if full {
                flush();
            }
        });
        // How things stand is told before `watch` returns: drawn at once, so that
        // another network is there as soon as one turns to it.
        at_first();
        move || drop(watch)
    });
}

/// Ask for what no event brings: at every start, and after a leap of the chain.
#[hook]
pub(crate) fn use_loading(client: &Client, state: &UseReducerHandle<State>) {
    let leap = state.missed;
    let syncing = state.sync.is_some();
    let client = client.clone();
    let dispatch = state.dispatcher();
    let height = state.height().0;
    // While thousands of blocks come in, the notes are asked for once, at the end.
    let due = (state.starts, if syncing { 0 } else { leap });
    use_effect_with(due, move |(starts, _)| {
        if *starts > 0 {
            spawn_local(async move {
                load(&client, &dispatch, height).await;
            });
        }
    });
}

async fn load(client: &Client, dispatch: &UseReducerDispatcher<State>, height: u32) {
    let first = height.saturating_sub(BLOCKS_KEPT as u32 - 1);
    let mut newest = Vec::new();
    for from in (first..=height).step_by(BLOCKS as usize) {
        let page = Command::Chain {
            from: Height(from),
            limit: BLOCKS,
        };
        if let Ok(Reply::Blocks(blocks)) = client.call(page).await {
            newest.extend(blocks);
        }
    }
    // Where the chain was reorganised between two pages, the next tip tells.
    let linked = |pair: &[BlockView]| pair[1].previous_hash == pair[0].hash;
    if !newest.is_empty() && newest.windows(2).all(linked) {
        dispatch.dispatch(Action::Chain(newest));
    }
    let notes = Command::Notes {
        before: None,
        limit: NOTES,
    };
    if let Ok(Reply::Notes(notes)) = client.call(notes).await {
        dispatch.dispatch(Action::Notes {
            notes,
            limit: NOTES,
            older: false,
        });
    }
    if let Ok(Reply::Pending(posts)) = client.call(Command::Pending).await {
        dispatch.dispatch(Action::Pending(posts));
    }
    if let Ok(Reply::Peers(peers)) = client.call(Command::Peers).await {
        dispatch.dispatch(Action::Peers(peers));
    }
}
