//! Tabs and headless nodes on one board: they find each other by the relay and by
//! each other, and the node keeps the board when no tab is left.

use std::net::Ipv4Addr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tablon_core::handshake::{Handshake, Role};
use tablon_core::keys::SecretKey;
use tablon_core::params::Params;
use tablon_core::view::LinkKind;
use tablon_e2e::browser::{Browser, Kind, Options};
use tablon_e2e::network::easy;
use tablon_e2e::node::Node;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::{until, until_all, until_one_tip, until_within};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{LINKED, links, mine_until_settled, sorted};

/// The relay, as a node is told of it.
pub(crate) fn at(relay: &Relay) -> String {
    format!("http://{}", relay.address())
}

/// Wait until tab and node both say that a link of this kind connects them.
pub(crate) async fn until_called(tab: &Tab, node: &Node, kind: LinkKind) {
    let ids = [tab.status().await.node, node.status().await.node];
    let what = format!(
        "{tab} and the node at {} are linked by {kind:?}",
        node.address()
    );
    until_within(LINKED, &[tab], &what, async || {
        let there = links(tab).await.get(&ids[1]) == Some(&kind);
        (there && node.links().await.get(&ids[0]) == Some(&kind)).then_some(())
    })
    .await;
}

/// Wait until tabs and nodes have one tip.
pub(crate) async fn until_agreed(tabs: &[&Tab], nodes: &[&Node]) {
    let tip = until_one_tip(tabs).await.tip;
    until(tabs, "the nodes have the tabs' tip", async || {
        for node in nodes {
            if node.status().await.tip != tip {
                return None;
            }
        }
        Some(())
    })
    .await;
}

/// The story of two nodes and three tabs, the last of which closes.
async fn the_board_outlives_its_tabs(kind: Kind, network: &str) {
    let network = easy(network);
    let relay = Relay::start().await;
    let one = Node::start(&network, &["--relay", &at(&relay)]).await;
    let two = Node::start(&network, &["--peer", &one.url()]).await;
    let url = relay.board(&network);
    let browser = Options::new(kind).start().await;
    // Firefox tells of a call that is given up because WebRTC was quicker.
    if kind == Kind::Firefox {
        browser.console().expect("/peer");
    }
    let mut tabs = Vec::new();
    for name in ["ana", "ben", "eva"] {
        tabs.push(browser.person().await.open_board(&url, name).await);
    }
    let all: Vec<&Tab> = tabs.iter().collect();
    until_all(&all, "each tab has a neighbour", |status| status.peers > 0).await;

    // Node two is known to no relay: what it says comes through node one.
    all[0].post("from a tab").await;
    two.post("node", "by http").await;
    let waiting = "both posts wait everywhere";
    until_all(&all, waiting, |status| status.pending == 2).await;
    mine_until_settled(&[all[1]], &all, 1).await;
    until_agreed(&all, &[&one, &two]).await;
    for node in [&one, &two] {
        let contents = sorted(node.contents().await);
        assert_eq!(contents, ["by http", "from a tab"]);
    }
    for tab in &all {
        tab.until_shown("#main", "by http").await;
    }
    let chain = all[0].confirmed().await;
    drop(all);

    for tab in tabs {
        tab.close().await;
    }
    let alone = "the node's tabs are gone";
    until(&[], alone, async || {
        (one.links().await.len() == 1).then_some(())
    })
    .await;
    let late = browser.person().await.open_board(&url, "late").await;
    until_all(&[&late], "the whole board is there", |status| {
        status.height.0 > 0 && !status.sync.syncing
    })
    .await;
    until_agreed(&[&late], &[&one, &two]).await;
    assert_eq!(late.confirmed().await, chain);
    late.until_shown("#main", "from a tab").await;
    browser.finish().await;
    one.stop().await;
    two.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_and_three_tabs_keep_one_chain_that_outlives_the_tabs() {
    the_board_outlives_its_tabs(Kind::Chromium, "outlives").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_and_three_tabs_of_firefox_keep_one_chain_that_outlives_the_tabs() {
    the_board_outlives_its_tabs(Kind::Firefox, "outlives firefox").await;
}

/// A node that speaks by WebSocket alone, and a relay that carries nothing.
async fn node_without_webrtc(network: &Params) -> (Relay, Node) {
    let relay = Relay::start_with(&["--tunnel-rate", "0"]).await;
    let arguments = ["--relay", &at(&relay), "--webrtc", "off"];
    let node = Node::start(network, &arguments).await;
    (relay, node)
}

async fn agree_by_socket(browser: Browser, network: Params) {
    let (relay, node) = node_without_webrtc(&network).await;
    let tab = browser.open_board(&relay.board(&network), "ana").await;
    until_called(&tab, &node, LinkKind::Websocket).await;
    // A body near the largest there is, both ways.
    let long = "x".repeat(4_000);
    let posts = [tab.post(&long).await, node.post("node", &long).await];
    until_all(&[&tab], "both posts wait", |status| status.pending == 2).await;
    mine_until_settled(&[&tab], &[&tab], 1).await;
    until_agreed(&[&tab], &[&node]).await;
    assert_eq!(node.contents().await, [long.clone(), long]);
    assert_eq!(sorted(tab.confirmed().await), sorted(posts.to_vec()));
    tab.visit("node").await;
    tab.until_shown(".peer-link", "public node").await;
    browser.finish().await;
    node.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chromium_without_webrtc_calls_the_node() {
    let browser = Browser::chromium().await;
    browser
        .preload("() => { delete window.RTCPeerConnection; }")
        .await;
    let console = browser.console();
    console.expect("RTCPeerConnection is not defined");
    agree_by_socket(browser, easy("called from chromium")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_firefox_without_webrtc_calls_the_node() {
    let browser = Options::new(Kind::Firefox)
        .preference("media.peerconnection.enabled", false)
        .start()
        .await;
    let console = browser.console();
    console.expect("RTCPeerConnection is not defined");
    agree_by_socket(browser, easy("called from firefox")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_the_node_answers_with_its_address_alone_ends_well() {
    let network = easy("offered in vain");
    let (relay, node) = node_without_webrtc(&network).await;
    let browser = Browser::chromium().await;
    let tab = browser.open_board(&relay.board(&network), "ana").await;
    let keep = "() => {
        window.gone = [];
        tablon.on('peer', peer => { if (peer.state === 'gone') gone.push(peer.reason); });
    }";
    tab.eval(keep, &json!(null)).await;
    until_called(&tab, &node, LinkKind::Websocket).await;
    // That nothing happens is seen by waiting alone: an offer waits 15 s for its
    // answer.
    tokio::time::sleep(Duration::from_secs(17)).await;
    until_called(&tab, &node, LinkKind::Websocket).await;
    let gone = tab.eval("() => gone", &json!(null)).await;
    assert_eq!(gone, json!([]));
    browser.finish().await;
    node.stop().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_whose_address_leads_to_another_key_is_not_linked() {
    let network = easy("lying address");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let elsewhere = format!("ws://{}/peer", listener.local_addr().unwrap());
    let relay = Relay::start_with(&["--tunnel-rate", "0"]).await;
    let arguments = [
        "--relay",
        &at(&relay),
        "--webrtc",
        "off",
        "--address",
        &elsewhere,
    ];
    let liar = Node::start(&network, &arguments).await;
    let browser = Browser::chromium().await;
    let tab = browser.open_board(&relay.board(&network), "ana").await;
    let node = tab.status().await.node;

    // Whoever is there proves a key, and not the one that was dialled.
    let called = timeout(LINKED, listener.accept()).await;
    let (stream, _) = called.expect("the tab calls the address").unwrap();
    let mut socket = accept_async(stream).await.unwrap();
    let key = SecretKey::from_seed([5; 32]);
    let id = network.network_id();
    let (handshake, greeting) = Handshake::begin(Role::Callee, key.clone(), id, [6; 32]);
    socket.send(Message::binary(greeting)).await.unwrap();
    let greeted = socket.next().await.unwrap().unwrap().into_data();
    let (handshake, proof) = handshake.greeted(&greeted).unwrap();
    socket.send(Message::binary(proof)).await.unwrap();
    let proof = socket.next().await.unwrap().unwrap().into_data();
    assert_eq!(handshake.proven(&proof), Ok(node));
    match socket.next().await {
        Some(Ok(Message::Close(Some(close)))) => {
            let other = key.public().peer_id();
            let expected = format!("the node there is {other}");
            assert!(close.reason.starts_with(&expected), "{close}");
        }
        other => panic!("the tab should hang up, but {other:?}"),
    }
    assert!(links(&tab).await.is_empty());
    assert!(liar.links().await.is_empty());
    browser.finish().await;
    liar.stop().await;
    relay.stop().await;
}
