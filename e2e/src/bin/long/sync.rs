//! A first sync in a tab, from two headless nodes.

use std::time::Duration;

use serde_json::json;
use tablon_e2e::browser::{Browser, Kind, Options};
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::until_within;

use crate::chain::{Chain, Givers};
use crate::{memory, tasks, tell};

/// Far longer than it takes.
const PATIENCE: Duration = Duration::from_secs(1_200);

/// Time, posts a second, long tasks.
pub(crate) async fn measure(kind: Kind, chain: &Chain) {
    let givers = Givers::start(chain).await;
    let browser = Options::new(kind).start().await;
    let what = format!("{kind:?}: first sync of {} blocks", chain.length.blocks);
    if kind == Kind::Chromium {
        tasks::watch(&browser).await;
        let tools = tasks::trace(&browser).await;
        let tab = run(&browser, &givers, chain, &what).await;
        tasks::report(&tab, &what).await;
        tasks::report_traced(tools, &what).await;
        memory::report(&browser, &tab, &what).await;
    } else {
        run(&browser, &givers, chain, &what).await;
    }
    browser.finish().await;
    givers.stop().await;
}

/// Open the board in a tab and wait until it has the chain.
pub(crate) async fn run(browser: &Browser, givers: &Givers, chain: &Chain, what: &str) -> Tab {
    let url = givers.relay.board(&chain.network);
    let tab = browser.open_board(&url, "tab").await;
    let ready = now(&tab).await;
    let done = until_synced(&tab, chain).await;
    tell(&format!("{what}, from navigation"), done, "ms");
    let posts = u64::from(chain.length.blocks) * u64::from(chain.length.posts);
    tell(
        &format!("{what}: posts"),
        posts * 1000 / (done - ready).max(1),
        "posts/s",
    );
    tab
}

/// Wait until it has the chain; milliseconds after the navigation.
pub(crate) async fn until_synced(tab: &Tab, chain: &Chain) -> u64 {
    let what = format!("it has {} blocks", chain.length.blocks);
    until_within(PATIENCE, &[tab], &what, async || {
        let status = tab.try_status().await?;
        (status.height.0 == chain.length.blocks).then_some(())
    })
    .await;
    now(tab).await
}

async fn now(tab: &Tab) -> u64 {
    let now = tab
        .eval("() => Math.round(performance.now())", &json!(null))
        .await;
    now.as_u64().expect("a whole number of milliseconds")
}
