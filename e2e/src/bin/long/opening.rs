//! Opening the page: with nothing cached, and with a long chain in its store.

use serde_json::json;
use tablon_e2e::browser::{Browser, Kind, Options};
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::Tab;

use crate::chain::{Chain, Givers};
use crate::{median, memory, sync, tasks, tell};

/// How often the page is opened; the median is told.
const OPENINGS: usize = 7;

/// Marks when one can post, and when the newest block is shown.
const MARK: &str = "() => {
    const marks = { 'can post': '.composer button[type=submit]:enabled',
                    'chain shown': '.blocks-row [data-height]:not([data-height=\"0\"])' };
    const look = new MutationObserver(() => {
        for (const [name, selector] of Object.entries(marks)) {
            if (document.querySelector(selector)) {
                performance.mark(name);
                delete marks[name];
            }
        }
        if (!Object.keys(marks).length) look.disconnect();
    });
    look.observe(document, { subtree: true, childList: true, attributes: true });
}";

/// From a cold cache, an empty board.
pub(crate) async fn cold() {
    let relay = Relay::start().await;
    let board = relay.board(&easy("cold"));
    for kind in [Kind::Chromium, Kind::Firefox] {
        let (mut ready, mut usable) = (Vec::new(), Vec::new());
        for opening in 1..=OPENINGS {
            // A profile of its own each time: nothing is cached.
            let browser = Options::new(kind).start().await;
            browser.preload(MARK).await;
            let tab = browser.open_board(&board, "cold").await;
            ready.push(at(&tab, "tablon ready").await);
            usable.push(at(&tab, "can post").await);
            // What any board costs, whatever its length.
            if kind == Kind::Chromium && opening == OPENINGS {
                memory::report(&browser, &tab, "Chromium: empty board").await;
            }
            browser.finish().await;
        }
        tell(
            &format!("{kind:?}: opened, cold cache: ready"),
            median(ready),
            "ms",
        );
        tell(
            &format!("{kind:?}: opened, cold cache: one can post"),
            median(usable),
            "ms",
        );
    }
    relay.stop().await;
}

/// From the store of a tab that has the chain.
pub(crate) async fn warm(chain: &Chain) {
    let givers = Givers::start(chain).await;
    let browser = Browser::chromium().await;
    tasks::watch(&browser).await;
    let blocks = chain.length.blocks;
    let what = format!("Chromium: first sync of {blocks} blocks");
    let tab = sync::run(&browser, &givers, chain, &what).await;
    tasks::report(&tab, &what).await;
    memory::report(&browser, &tab, &what).await;
    let mut profile = browser.close().await;

    let what = format!("Chromium: tab with {blocks} blocks, opened");
    let board = givers.relay.board(&chain.network);
    let (mut ready, mut usable, mut shown) = (Vec::new(), Vec::new(), Vec::new());
    for opening in 0..OPENINGS {
        let browser = Options::new(Kind::Chromium).profile(profile).start().await;
        tasks::watch(&browser).await;
        browser.preload(MARK).await;
        let tab = browser.open_board(&board, "warm").await;
        ready.push(at(&tab, "tablon ready").await);
        usable.push(at(&tab, "can post").await);
        tab.until_there(&format!("[data-height='{blocks}']")).await;
        shown.push(at(&tab, "chain shown").await);
        if opening + 1 == OPENINGS {
            tasks::report(&tab, &what).await;
            memory::report(&browser, &tab, &what).await;
        }
        profile = browser.close().await;
    }
    tell(&format!("{what}: ready"), median(ready), "ms");
    tell(&format!("{what}: one can post"), median(usable), "ms");
    tell(
        &format!("{what}: its newest blocks are shown"),
        median(shown),
        "ms",
    );
    givers.stop().await;
}

// From the beginning of the navigation, by the page's own clock.
async fn at(tab: &Tab, mark: &str) -> u64 {
    let read = "async mark => {
        const found = () => performance.getEntriesByName(mark)[0];
        while (!found()) await new Promise(resolve => setTimeout(resolve, 20));
        return Math.round(found().startTime);
    }";
    let at = tab.eval(read, &json!(mark)).await;
    at.as_u64().expect("a whole number of milliseconds")
}
