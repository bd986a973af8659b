//! What the person should know, above the board: states that last, and things
//! that happened and stay until dismissed.

use std::rc::Rc;

use tablon_core::view::{PeerView, Status, Storage};
use yew::prelude::*;

use super::clock::Ago;
use super::format;
use super::i18n::{Words, tell, use_words};
use super::reduce::Action;
use super::state::{Happening, State, SyncTrack, What};
use super::term::{Explained, Term};
use crate::threads::{Notice, RelayState};

/// Things that happened shown at once; older ones wait behind them.
const SHOWN: usize = 2;

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
            if let Some((reason, retry)) = &state.fatal {
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
            if let Some(seconds) = clock_off(state) {
                <div class="banner grave">{clock_words(&words, seconds)}</div>
            }
            if let (Some(track), Some(status)) = (state.sync, &state.status) {
                if track.is_worth_a_word(status.sync.want) {
                    <div class="banner sync">{sync(&words, status, track)}</div>
                }
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
            if let Some(RelayState::Away { reason, .. }) = &state.relay {
                <div class="banner">
                    {relay_away(&words, state)}{" "}<small lang="en">{format!("({reason})")}</small>
                </div>
            }
            { for state.notices.iter().take(SHOWN).map(|notice| {
                let dismiss = {
                    let (state, number) = (props.state.dispatcher(), notice.number);
                    Callback::from(move |_| state.dispatch(Action::Dismiss(number)))
                };
                html! {
                    <div class="banner" key={notice.number}>
                        {happened(&words, notice)}{" "}<Ago at={notice.at.timestamp().0} />
                        <button type="button" class="quiet" onclick={dismiss}>{words.say("dismiss")}</button>
                    </div>
                }
            }) }
        </div>
    }
}

fn clock_words(words: &Words, seconds: i64) -> AttrValue {
    let time = format::duration(words, seconds.unsigned_abs()).to_string();
    let way = if seconds > 0 { "behind" } else { "ahead" };
    tell!(words, "clock-off", time = time, way = way)
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

/// The bar, the counts, the speed and what is left.
fn sync(words: &Words, status: &Status, track: SyncTrack) -> Html {
    let (have, want) = (status.sync.have, status.sync.want);
    let seconds = track.seen.since(track.since) as f64 / 1000.0;
    let rate = f64::from(have.above(track.from)) / seconds.max(0.001);
    let speed = if rate <= 0.0 {
        words.say("sync-measuring")
    } else {
        let left = (f64::from(want.above(have)) / rate).ceil() as u64;
        let rate = format::number(rate.round() as u64);
        let time = format::duration(words, left).to_string();
        tell!(words, "sync-speed", rate = rate, time = time)
    };
    html! { <>
        <label for="sync-bar">{words.say("sync-title")}</label>
        <progress id="sync-bar" value={have.0.to_string()} max={want.0.max(1).to_string()} />
        <span class="figures">
            {tell!(words, "sync-count", have = have.0, want = want.0)}{" · "}{speed}
        </span>
    </> }
}

/// Seconds by which this clock is off, when most peers say so: more than the two
/// spacings that a block's time may be ahead. Positive when it is behind.
fn clock_off(state: &State) -> Option<i64> {
    let spacing = state.status.as_ref()?.spacing;
    let median = median_offset(&state.peers)?;
    (median.unsigned_abs() > u64::from(spacing) * 2).then_some(median)
}

fn median_offset(peers: &Rc<Vec<PeerView>>) -> Option<i64> {
    let mut offsets: Vec<_> = peers.iter().filter_map(|peer| peer.clock_offset).collect();
    offsets.sort_unstable();
    // One peer alone may be the one whose clock is off.
    (offsets.len() >= 2).then(|| i64::from(offsets[offsets.len() / 2]))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use tablon_core::hash::PeerId;
    use tablon_core::view::{LinkKind, PeerState};

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn one_liar_does_not_move_the_median_and_one_peer_is_no_evidence() {
        let peers = |offsets: &[i32]| {
            Rc::new(
                offsets
                    .iter()
                    .map(|offset| PeerView {
                        id: PeerId([0; 32]),
                        link: LinkKind::Webrtc,
                        state: PeerState::Connected,
                        height: None,
                        round_trip: None,
                        clock_offset: Some(*offset),
                    })
                    .collect(),
            )
        };
        assert_eq!(median_offset(&peers(&[9_999])), None);
        assert_eq!(median_offset(&peers(&[1, 9_999, 0])), Some(1));
        assert_eq!(median_offset(&peers(&[90, 91, 0, 95])), Some(91));
    }
}
