//! Tabs of one browser, which need neither relay nor network to find each other.

use serde_json::json;
use tablon_core::view::LinkKind;
use tablon_e2e::browser::{Browser, Kind, Options};
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::until_all;

use crate::support::{assert_posts, mine_until_settled, until_kept, until_linked};

async fn agree(ana: &Tab, ben: &Tab) {
    until_linked(ana, ben, LinkKind::Broadcast).await;
    let all = [ana, ben];
    let posts = [ana.post("from ana").await, ben.post("from ben").await];
    until_all(&all, "both posts are in both tabs", |status| {
        status.pending == 2
    })
    .await;
    mine_until_settled(&[ana], &all, 2).await;
    let height = ana.status().await.height.0;
    mine_until_settled(&[ben], &all, height + 1).await;
    assert_posts(&all, &posts).await;
}

/// The network's cable is pulled, as far as this tab can tell.
async fn unplug(tab: &Tab) {
    let offline = json!({
        "offline": true, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1,
    });
    tab.chromium("Network.enable", json!({})).await;
    tab.chromium("Network.emulateNetworkConditions", offline)
        .await;
    let online = tab.eval("() => navigator.onLine", &json!(null)).await;
    assert_eq!(online, false);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_of_one_browser_agree_with_the_relay_dead_and_the_network_gone() {
    let relay = Relay::start().await;
    let url = relay.board(&easy("siblings offline"));
    let chromium = Browser::chromium().await;
    // The relay's socket, and what the service worker would rather have afresh.
    for words in ["/signal", "Failed to fetch"] {
        chromium.console().expect(words);
    }
    let ana = chromium.open_board(&url, "ana").await;
    until_kept(&ana).await;
    relay.kill().await;
    unplug(&ana).await;
    ana.until_shown(".notices", "The relay is away").await;

    // The second one was never told of the first, and comes from the kept page.
    let ben = chromium.open_board(&url, "ben").await;
    unplug(&ben).await;
    agree(&ana, &ben).await;
    ben.reload().await;
    until_linked(&ana, &ben, LinkKind::Broadcast).await;
    chromium.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_of_a_firefox_without_webrtc_agree() {
    let relay = Relay::start().await;
    let url = relay.board(&easy("siblings in firefox"));
    let firefox = Options::new(Kind::Firefox)
        .preference("media.peerconnection.enabled", false)
        .start()
        .await;
    let ana = firefox.open_board(&url, "ana").await;
    let ben = firefox.open_board(&url, "ben").await;
    agree(&ana, &ben).await;
    firefox.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_closes_is_missed_at_once_by_the_other_one() {
    let relay = Relay::start().await;
    let url = relay.board(&easy("siblings part"));
    let chromium = Browser::chromium().await;
    let ana = chromium.open_board(&url, "ana").await;
    let ben = chromium.open_board(&url, "ben").await;
    until_linked(&ana, &ben, LinkKind::Broadcast).await;
    let keep = "() => {
        window.gone = [];
        tablon.on('peer', peer => { if (peer.state === 'gone') gone.push(peer.reason); });
    }";
    ana.eval(keep, &json!(null)).await;
    ben.close().await;
    until_all(&[&ana], "ben is gone", |status| status.peers == 0).await;
    // Its last word, and no patience that ended.
    let reasons = ana.eval("() => gone", &json!(null)).await;
    assert_eq!(reasons, json!(["the peer left"]));
    chromium.finish().await;
}
