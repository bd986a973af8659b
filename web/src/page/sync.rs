//! How the fetching of the chain goes: counts, speed, what is left, and a bar.

use tablon_core::view::SyncProgress;
use yew::prelude::*;

use super::format;
use super::i18n::{Words, tell, use_words};
use super::intl;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// As the node says.
    pub(crate) sync: SyncProgress,
}

/// In place of the next block: there, nothing moves when it comes or goes.
#[component]
pub(crate) fn Fetching(props: &Props) -> Html {
    let words = use_words();
    let sync = &props.sync;
    let text = line(&words, sync);
    html! {
        <div class="block-card next fetching" id="fetching">
            <strong>{words.say("sync-short")}</strong>
            <span class="figures">{tell!(words, "sync-of", have = sync.have.0, want = sync.want.0)}</span>
            <progress id="sync-bar" aria-label={words.say("sync-title")} aria-valuetext={text}
                value={sync.have.0.to_string()} max={sync.want.0.max(1).to_string()} />
            <span class="figures">{speed(&words, sync)}</span>
            <span class="figures">{left(&words, sync)}</span>
        </div>
    }
}

/// All of it in one line.
pub(crate) fn line(words: &Words, sync: &SyncProgress) -> AttrValue {
    let parts = [count(words, sync), speed(words, sync), left(words, sync)];
    let said: Vec<_> = parts
        .iter()
        .filter(|part| !part.is_empty())
        .map(AttrValue::as_str)
        .collect();
    said.join(", ").into()
}

fn count(words: &Words, sync: &SyncProgress) -> AttrValue {
    tell!(words, "sync-count", have = sync.have.0, want = sync.want.0)
}

fn speed(words: &Words, sync: &SyncProgress) -> AttrValue {
    if sync.rate == 0 {
        return words.say("sync-measuring");
    }
    let rate = f64::from(sync.rate) / 100.0;
    // A slow one is told with its fraction.
    let rate = intl::number(rate, usize::from(rate < 10.0));
    tell!(words, "sync-speed", rate = rate)
}

fn left(words: &Words, sync: &SyncProgress) -> AttrValue {
    match sync.seconds_left {
        Some(seconds) => {
            let time = format::duration(words, seconds.max(1).into()).to_string();
            tell!(words, "sync-left", time = time)
        }
        None => AttrValue::default(),
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use tablon_core::units::Height;

    use super::super::i18n::Lang;
    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn the_line_says_what_is_known_and_no_more() {
        let words = Words::new(Lang::En, "en");
        let mut sync = SyncProgress {
            syncing: true,
            have: Height(1_200),
            want: Height(10_000),
            rate: 8_500,
            seconds_left: Some(104),
        };
        assert_eq!(
            line(&words, &sync),
            "1,200 of 10,000 blocks, 85 a second, about 2 min left"
        );
        sync.rate = 150;
        assert!(line(&words, &sync).contains("1.5 a second"));
        (sync.rate, sync.seconds_left) = (0, None);
        assert_eq!(
            line(&words, &sync),
            "1,200 of 10,000 blocks, measuring the speed…"
        );
    }
}
