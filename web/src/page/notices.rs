//! What the person should know, above the board: states that last, and things
//! that happened and stay until dismissed.

use tablon_core::view::{ClockView, Storage};
use yew::prelude::*;

use super::budget::Budget;
use super::clock::Ago;
use super::format;
use super::i18n::{Words, tell, use_words};
use super::reduce::Action;
use super::state::{Happening, State, What};
use super::term::{Explained, Term};
use crate::threads::{Notice, RelayState};

/// Things that happened shown at once; older ones wait behind them.
const MAX_SHOWN_NOTICES: usize = 2;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// All of it: notices come from everywhere.
    pub(crate) state: UseReducerHandle<State>,
    /// Whether the page's address names no board.
    #[prop_or_default]
    pub(crate) nowhere: bool,
}

/// What keeps the page from working as it should: above everything.
#[component]
pub(crate) fn Grave(props: &Props) -> Html {
    let words = use_words();
    let state = &*props.state;
    html! {
        <div class="notices" role="status">
            if let Some(over) = state.over_budget {
                <Budget {over} />
            } else if let Some((reason, retry)) = &state.fatal {
                <div class="banner grave">
                    <strong>{ match (props.nowhere, retry) {
                        (true, _) => words.say("no-board"),
                        (false, true) => words.say("fatal-retry"),
                        (false, false) => words.say("fatal"),
                    } }</strong>
                    {" "}<small lang="en">{format!("({reason})")}</small>
                </div>
            }
            { for state.unsupported.iter().map(|feature| html! {
                <div class="banner grave">{lacking(&words, feature)}</div>
            }) }
            if let Some(clock) = clock_off(state) {
                <div class="banner grave" id="clock-warning">{clock_words(&words, clock)}</div>
            }
        </div>
    }
}

/// What one should know but can write in spite of: under the composer, so that
/// it does not move while one writes.
#[component]
pub(crate) fn Lesser(props: &Props) -> Html {
    let words = use_words();
    let state = &*props.state;
    html! {
        <div class="notices" role="status">
            if let Some(Storage::Memory { reason }) = state.status.as_ref().map(|status| &status.storage) {
                <div class="banner">
                    {words.say("memory-banner")}{" "}<small lang="en">{format!("({reason})")}</small>
                </div>
            }
            if let Some(Storage::StoreFailed { reason, .. }) = state.status.as_ref().map(|status| &status.storage) {
                <div class="banner grave" id="store-failed">
                    {words.say("store-failed-banner")}{" "}<small lang="en">{format!("({reason})")}</small>
                </div>
            }
            if let Some(RelayState::Away { reason, .. }) = &state.relay {
                <div class="banner">
                    {relay_away(&words, state)}{" "}<small lang="en">{format!("({reason})")}</small>
                </div>
            }
            // A list of its own (see the board's): what is told once is not read out again.
            for notice in state.notices.iter().take(MAX_SHOWN_NOTICES) {
                <div class="banner" key={notice.number}>
                    {happened(&words, notice)}{" "}<Ago at={notice.at.timestamp().0} />
                    <button type="button" class="quiet" onclick={
                        let (state, number) = (props.state.dispatcher(), notice.number);
                        move |_| state.dispatch(Action::Dismiss(number))
                    }>{words.say("dismiss")}</button>
                </div>
            }
        </div>
    }
}

/// By how much, what the node does about it, and what the person can.
fn clock_words(words: &Words, clock: ClockView) -> Html {
    let seconds = clock.offset.unsigned_abs();
    let time = match seconds {
        // Half an hour matters when one compares clocks.
        90..=43_199 => tell!(words, "duration-minutes", n = (seconds + 30) / 60),
        _ => format::duration(words, seconds.into()),
    };
    let time = time.to_string();
    let way = if clock.offset > 0 { "behind" } else { "ahead" };
    html! { <>
        <strong>{tell!(words, "clock-off", time = time, way = way, n = clock.samples)}</strong>{" "}
        { if clock.corrected { words.say("clock-corrected") } else { words.say("clock-uncorrected") } }{" "}
        {words.say("clock-mend")}
    </> }
}

fn lacking(words: &Words, feature: &str) -> AttrValue {
    match feature {
        "WebRTC" => words.say("lacks-webrtc"),
        "Web Workers" => words.say("lacks-workers"),
        "OPFS" => words.say("lacks-opfs"),
        "WebAssembly SIMD" => words.say("lacks-simd"),
        other => tell!(words, "lacks", feature = other),
    }
}

fn relay_away(words: &Words, state: &State) -> AttrValue {
    let peers = state.status.as_ref().map_or(0, |status| status.peers);
    if peers == 0 {
        words.say("relay-away-alone")
    } else {
        tell!(words, "relay-away-connected", n = peers)
    }
}

fn happened(words: &Words, notice: &Happening) -> Html {
    let detail = |text: AttrValue, reason: &str| {
        html! { <>{text}{" "}<small lang="en">{format!("({reason})")}</small></> }
    };
    match &notice.what {
        What::Node(Notice::NodeRestarted { reason }) => {
            detail(words.say("notice-node-restarted"), reason)
        }
        What::Node(Notice::MinerRestarted { reason }) => {
            detail(words.say("notice-miner-restarted"), reason)
        }
        What::Node(Notice::NoMiners { reason }) => detail(words.say("notice-no-miners"), reason),
        What::Node(Notice::NoGpu { reason }) => detail(words.say("notice-no-gpu"), reason),
        What::Node(Notice::StoreRecovered { reason }) => {
            detail(words.say("notice-store-recovered"), reason)
        }
        What::Node(Notice::WalletReplaced { reason }) => {
            detail(words.say("notice-wallet-replaced"), reason)
        }
        What::Reorganised { blocks, loosened } => html! {
            <>
                <Explained term={Term::Reorganisation}>
                    {tell!(words, "notice-reorganised", n = *blocks)}
                </Explained>
                {" "}
                if *loosened > 0 { {tell!(words, "notice-loosened", n = *loosened)} }
            </>
        },
    }
}

/// A clock that is off by so much is worth a word, seconds.
const CLOCK_OFF: u32 = 30;
/// One peer alone may be the one whose clock is off.
const MIN_SAMPLES: u32 = 2;

/// What the peers say of this clock, when it is worth a word.
fn clock_off(state: &State) -> Option<ClockView> {
    let clock = state.status.as_ref()?.clock;
    is_off(clock).then_some(clock)
}

fn is_off(clock: ClockView) -> bool {
    clock.samples >= MIN_SAMPLES && clock.offset.unsigned_abs() > CLOCK_OFF
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn one_voice_is_no_evidence_and_a_small_difference_no_matter() {
        let is_off = |offset, samples| {
            is_off(ClockView {
                offset,
                samples,
                corrected: false,
            })
        };
        assert!(!is_off(7_200, 1));
        assert!(!is_off(30, 5) && !is_off(-30, 5));
        assert!(is_off(31, 2) && is_off(-31, 2));
    }
}
