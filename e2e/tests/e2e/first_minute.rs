//! The first minute on a board that nobody else holds: open, write, see it, seal it.

use std::time::{Duration, Instant};

use serde_json::Value;
use tablon_e2e::browser::Browser;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::until_all;

/// The first own note, while it is wholly on the screen; tells where it is else.
const IN_VIEW: &str = "() => {
    const at = document.querySelector('.note.own').getBoundingClientRect();
    const bar = document.querySelector('.bottom-bar')?.getBoundingClientRect();
    const floor = bar?.height ? bar.top : innerHeight;
    return at.top >= 0 && at.bottom <= floor ? '' : `${at.top}..${at.bottom} of ${floor}`;
}";

async fn is_in_view(tab: &Tab) {
    let at = tab.eval(IN_VIEW, &Value::Null).await;
    assert_eq!(at, "", "the own note");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_writes_sees_the_note_and_has_it_sealed_with_one_tap() {
    let relay = Relay::start().await;
    for (width, height) in [(390, 844), (1280, 800)] {
        let browser = Browser::chromium().await;
        let begun = Instant::now();
        // The default board, as everybody meets it.
        let tab = browser
            .open(&format!("http://{}/", relay.address()), "ana")
            .await;
        tab.resize(width, height).await;
        tab.write(".composer", "Your note", "Is anybody here?")
            .await;
        tab.click(".composer button[type='submit']").await;
        tab.until_there(".note.own[data-state='pending']").await;
        is_in_view(&tab).await;
        tab.until_there(".alone").await;
        is_in_view(&tab).await;
        tab.click(".seal-now").await;
        tab.until_there(".note.own[data-state='confirmed']").await;
        until_all(&[&tab], "the miner rests again", |status| {
            status.mining.threads == 0
        })
        .await;
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(20), "{took:?}");
        tab.until_gone(".sealing").await;
        is_in_view(&tab).await;
        // What is written next has its own button, and nothing is said to be mined.
        tab.write(".composer", "Your note", "And a second one")
            .await;
        tab.click(".composer button[type='submit']").await;
        tab.until_there(".note.own[data-state='pending'] .seal-now")
            .await;
        browser.finish().await;
    }
}
