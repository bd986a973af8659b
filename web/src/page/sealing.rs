//! "Seal it now": mining until nothing of one's own waits for a block any more.
//!
//! A person who has just written something wants to see it in a block, not to learn of
//! switches. The miner is switched on for that and off again, and the page says how
//! likely a block is by now: each try wins with the same chance, so that after `n` tries
//! of one in `m` it is there with a likelihood of 1 - e^(-n/m).

use tablon_core::command::{Command, Refusal};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::format;
use super::i18n::{tell, use_words};
use super::memory::{self, Key};
use super::refusal::refused;
use super::state::{Standing, State};
use crate::client::Client;

/// How sealing stands, for all who offer it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Sealing {
    /// Something of one's own waits, and nobody here mines.
    offered: bool,
    progress: Option<Progress>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Progress {
    /// Tries that a block takes on average.
    expected_hashes: u64,
    percent: u32,
}

impl Sealing {
    /// Of a network's node; it is looked at whenever the node tells its status.
    pub(crate) fn of(client: &Client, state: &State) -> Self {
        let Some(status) = state.status.as_deref().filter(|_| state.fatal.is_none()) else {
            return Self::default();
        };
        let tries = client.tries_to_seal();
        Self {
            offered: tries.is_none()
                && status.mining.threads == 0
                && owns_something_that_waits(state),
            progress: tries.map(|tries| Progress {
                expected_hashes: status.expected_hashes,
                percent: likelihood(tries, status.expected_hashes),
            }),
        }
    }
}

fn owns_something_that_waits(state: &State) -> bool {
    let held = state.notes.held.by_id.values();
    let mut all = held.chain(state.own_transactions.held.by_id.values());
    all.any(|note| note.post.own && matches!(note.standing, Standing::Pending { .. }))
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

/// The button, or how far it is; nothing while there is nothing to seal.
#[component]
pub(crate) fn SealNow() -> Html {
    let words = use_words();
    let client = use_context::<Client>().expect("the app provides its client");
    let refusal = use_state_eq(|| None::<Refusal>);
    let Sealing { offered, progress } = use_context::<Sealing>().unwrap_or_default();
    let start = {
        let (client, refusal) = (client.clone(), refusal.setter());
        Callback::from(move |_: MouseEvent| {
            let (client, refusal) = (client.clone(), refusal.clone());
            spawn_local(async move { refusal.set(client.seal(wanted_threads()).await.err()) });
        })
    };
    let stop = Callback::from(move |_: MouseEvent| {
        let client = client.clone();
        // A node that does not answer mines no more either.
        spawn_local(async move { drop(client.call(Command::Mine { threads: 0 }).await) });
    });
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
                <button type="button" class="quiet" onclick={stop}>{words.say("seal-stop")}</button>
            </p>
        },
        None if offered => html! {
            <p class="sealing">
                <button type="button" class="primary seal-now" onclick={start}>{words.say("seal-now")}</button>
                <small>{words.say("seal-now-what")}</small>
                if let Some(refusal) = &*refusal {
                    <span class="refused" role="alert">{refused(&words, refusal)}</span>
                }
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
