//! "Seal it now": mining until nothing of one's own waits for a block any more.
//!
//! Whoever has just written something wants to see it in a block, not to learn of
//! switches. The miner is switched on for that and off again, and the page says how
//! likely a block is by now: each try wins with the same chance, so that after `n` tries
//! of one in `m` it is there with a likelihood of 1 - e^(-n/m).

use tablon_core::command::Command;
use tablon_core::view::Status;
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::format;
use super::i18n::{tell, use_words};
use super::memory::{self, Key};
use super::state::{Standing, State};
use crate::client::Client;

/// How sealing stands, for all who offer it.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Sealing {
    /// Something of one's own waits, and nobody here mines.
    offered: bool,
    progress: Option<Progress>,
    start: Callback<()>,
    stop: Callback<()>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Progress {
    /// Tries that a block takes on average.
    expected_hashes: u64,
    percent: u32,
}

/// Tries so far, since when, and whether the miner has been seen to run.
#[derive(Debug, Clone, Copy, PartialEq)]
struct UnderWay {
    tries: f64,
    counted_ms: f64,
    ran: bool,
}

/// Of a network's node.
#[hook]
pub(crate) fn use_sealing(client: &Client, state: &State) -> Sealing {
    let under_way = use_state_eq(|| None::<UnderWay>);
    let status = state.status.as_deref();
    let threads = status.map_or(0, |status| status.mining.threads);
    let waits = owns_something_that_waits(state);
    let running = state.fatal.is_none() && status.is_some();
    {
        // The person may have switched the miner off meanwhile.
        let over = under_way.is_some_and(|it| !waits || (it.ran && threads == 0));
        let (client, under_way) = (client.clone(), under_way.setter());
        use_effect_with(over, move |over| {
            if *over {
                under_way.set(None);
                mine(client, 0);
            }
        });
    }
    {
        let (it, setter) = (*under_way, under_way.setter());
        use_effect_with(state.status.clone(), move |status| {
            if let (Some(it), Some(status)) = (it, status) {
                setter.set(Some(counted(it, status)));
            }
        });
    }
    let start = {
        let (client, under_way) = (client.clone(), under_way.setter());
        Callback::from(move |()| {
            under_way.set(Some(UnderWay {
                tries: 0.0,
                counted_ms: js_sys::Date::now(),
                ran: false,
            }));
            mine(client.clone(), wanted_threads());
        })
    };
    let stop = {
        let (client, under_way) = (client.clone(), under_way.setter());
        Callback::from(move |()| {
            under_way.set(None);
            mine(client.clone(), 0);
        })
    };
    let progress = under_way.zip(status).map(|(it, status)| Progress {
        expected_hashes: status.expected_hashes,
        percent: likelihood(it.tries, status.expected_hashes),
    });
    Sealing {
        offered: running && waits && threads == 0 && under_way.is_none(),
        progress,
        start,
        stop,
    }
}

fn owns_something_that_waits(state: &State) -> bool {
    let held = state.notes.held.by_id.values();
    let mut all = held.chain(state.own_transactions.held.by_id.values());
    all.any(|note| note.post.own && matches!(note.standing, Standing::Pending { .. }))
}

fn counted(it: UnderWay, status: &Status) -> UnderWay {
    let now_ms = js_sys::Date::now();
    let passed_ms = (now_ms - it.counted_ms).max(0.0);
    UnderWay {
        tries: it.tries + status.mining.hashrate as f64 * passed_ms / 1_000.0,
        counted_ms: now_ms,
        ran: it.ran || status.mining.threads > 0,
    }
}

/// Percent, never the hundredth: luck has no end.
fn likelihood(tries: f64, expected_hashes: u64) -> u32 {
    let likely = 1.0 - (-tries / (expected_hashes.max(1) as f64)).exp();
    ((likely * 100.0) as u32).min(99)
}

// As many as the person mines with, or one.
fn wanted_threads() -> u32 {
    let kept = memory::recall(Key::Threads).and_then(|threads| threads.parse().ok());
    kept.unwrap_or(1).max(1)
}

// A refusal shows in the node's own state, where the miner is.
fn mine(client: Client, threads: u32) {
    spawn_local(async move {
        let _ = client.call(Command::Mine { threads }).await;
    });
}

/// The button, or how far it is; nothing while there is nothing to seal.
#[component]
pub(crate) fn SealNow() -> Html {
    let words = use_words();
    let Sealing {
        offered,
        progress,
        start,
        stop,
    } = use_context::<Sealing>().unwrap_or_default();
    match progress {
        Some(Progress {
            expected_hashes,
            percent,
        }) => html! {
            <p class="sealing" role="status">
                <progress max="100" value={percent.to_string()} aria-hidden="true"></progress>
                <span class="figures">
                    {tell!(words, "sealing", tries = format::number(expected_hashes), percent = percent)}
                </span>
                <button type="button" class="quiet" onclick={move |_| stop.emit(())}>
                    {words.say("seal-stop")}
                </button>
            </p>
        },
        None if offered => html! {
            <p class="sealing">
                <button type="button" class="primary seal-now" onclick={move |_| start.emit(())}>
                    {words.say("seal-now")}
                </button>
                <small>{words.say("seal-now-what")}</small>
            </p>
        },
        None => Html::default(),
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_block_is_as_likely_as_the_tries_so_far_make_it() {
        for (tries, percent) in [
            (0.0, 0),
            (1_000.0, 9),
            (10_000.0, 63),
            (20_000.0, 86),
            (1e9, 99),
        ] {
            assert_eq!(likelihood(tries, 10_000), percent, "{tries}");
        }
        assert_eq!(likelihood(1.0, 0), 63);
    }
}
