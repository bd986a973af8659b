//! A worker that dies is reported and started again.
//!
//! The deaths are real ones: a message that no thread of the page sends makes
//! the wasm panic, an exception that nobody catches ends the node's script, and
//! a loop without end holds its thread.

use tablon_core::view::LinkKind;
use tablon_e2e::browser::Browser;
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::{until, until_all};

use crate::support::{assert_posts, mine_until_settled, until_linked};

// Both a moment later: a worker that is gone tells the driver no result.
const NONSENSE: &str =
    "setTimeout(() => dispatchEvent(new MessageEvent('message', {data: 'nonsense'})))";
const EXCEPTION: &str = "setTimeout(() => { throw new Error('struck by lightning') })";
const ENDLESS: &str = "setTimeout(() => { for (;;); })";

async fn strike(chromium: &Browser, tab: &Tab, script: &str, expression: &str) {
    let devtools = chromium.devtools().await;
    let struck = devtools.in_workers(tab.context(), script, expression).await;
    assert!(
        struck.clone().is_ok_and(|count| count > 0),
        "{script}: {struck:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_dies_is_reported_and_started_again() {
    let relay = Relay::start().await;
    let url = relay.board(&easy("dying node"));
    let chromium = Browser::chromium().await;
    // Last words of the panic, in the worker's console and in the page's.
    chromium.console().expect("panicked");
    let ana = chromium.open_board(&url, "ana").await;
    // Linked by the page, which outlives its node.
    let ben = chromium.person().await.open_board(&url, "ben").await;
    until_linked(&ana, &ben, LinkKind::Webrtc).await;
    let mut posts = vec![ana.post("confirmed before").await];
    mine_until_settled(&[&ana], &[&ana, &ben], 2).await;
    posts.push(ana.post("pending before").await);
    let before = ana.status().await;

    for (strike_with, words) in [
        (NONSENSE, "panicked"),
        (EXCEPTION, "struck by lightning"),
        (ENDLESS, "it has not answered"),
    ] {
        strike(&chromium, &ana, "node.js", strike_with).await;
        ana.until_shown(".notices", "The node stopped and was started again")
            .await;
        ana.until_shown(".notices", words).await;
        until(&[&ana], "the node answers again", async || {
            ana.try_status().await
        })
        .await;
        let after = ana.status().await;
        assert_eq!(
            (after.address, after.tip, after.pending, after.slot),
            (before.address, before.tip, before.pending, before.slot)
        );
    }
    until_linked(&ana, &ben, LinkKind::Webrtc).await;
    mine_until_settled(&[&ana], &[&ana, &ben], 3).await;
    assert_posts(&[&ana, &ben], &posts).await;
    chromium.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_miner_that_dies_is_reported_and_started_again() {
    let relay = Relay::start().await;
    let chromium = Browser::chromium().await;
    chromium.console().expect("panicked");
    let ana = chromium
        .open_board(&relay.board(&easy("dying miner")), "ana")
        .await;
    ana.mine(1).await;
    until_all(&[&ana], "the first block is there", |status| {
        status.height.0 >= 1
    })
    .await;

    // All of them: who mines and who finds stamps.
    strike(&chromium, &ana, "miner_loader.js", NONSENSE).await;
    ana.until_shown(".notices", "A miner stopped and was started again")
        .await;
    let height = ana.status().await.height.0;
    let posts = [ana.post("after the miners died").await];
    mine_until_settled(&[&ana], &[&ana], height + 2).await;
    assert_posts(&[&ana], &posts).await;
    chromium.finish().await;
}
