//! Tabs and a headless node that no tab can call: they link by WebRTC.

use tablon_core::view::LinkKind;
use tablon_e2e::browser::{Kind, Options};
use tablon_e2e::network::easy;
use tablon_e2e::node::Node;
use tablon_e2e::relay::Relay;
use tablon_e2e::wait::{until, until_all};

use crate::headless::{at, until_agreed, until_called};
use crate::support::{mine_until_settled, sorted};

/// Nobody listens there: a node whose door is shut to tabs, behind a home's router
/// for instance.
const NOWHERE: &str = "ws://127.0.0.1:1/peer";

async fn a_node_that_nobody_can_call_is_linked(kind: Kind, network: &str) {
    let network = easy(network);
    let relay = Relay::start_with(&["--tunnel-rate", "0"]).await;
    let arguments = ["--relay", &at(&relay), "--address", NOWHERE];
    let node = Node::start(&network, &arguments).await;
    let browser = Options::new(kind).start().await;
    // Firefox tells of each call that nobody takes.
    if kind == Kind::Firefox {
        browser.console().expect("/peer");
    }
    let ana = browser.person().await;
    let tab = ana.open_board(&relay.board(&network), "ana").await;
    until_called(&tab, &node, LinkKind::Webrtc).await;

    // Bodies near the largest there are, both ways.
    let long = "x".repeat(4_000);
    tab.post(&long).await;
    node.post("node", &long).await;
    until_all(&[&tab], "both posts wait", |status| status.pending == 2).await;
    mine_until_settled(&[&tab], &[&tab], 1).await;
    until_agreed(&[&tab], &[&node]).await;
    assert_eq!(sorted(node.contents().await), [long.clone(), long]);

    // A tab that closes is gone from the node at once, not after a silence.
    tab.close().await;
    until(&[], "the node has no neighbour left", async || {
        node.links().await.is_empty().then_some(())
    })
    .await;
    browser.finish().await;
    node.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_links_by_webrtc_to_a_node_that_it_cannot_call() {
    a_node_that_nobody_can_call_is_linked(Kind::Chromium, "webrtc to a node").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_of_firefox_links_by_webrtc_to_a_node_that_it_cannot_call() {
    a_node_that_nobody_can_call_is_linked(Kind::Firefox, "webrtc to a node firefox").await;
}
