//! Nodes that nobody can call, linked by WebRTC.

use std::net::SocketAddr;

use tablon_core::command::{Command, Reply};
use tablon_core::hash::PeerId;
use tablon_core::view::{LinkKind, PeerState};
use tablon_node::{Config, Node};
use tokio::runtime::Runtime;

use crate::common::{quick, start, wait_until};
use crate::relay::Relay;

fn hidden(relay: &Relay) -> Config {
    Config {
        network: quick(),
        relays: vec![relay.url().parse().unwrap()],
        webrtc: Some("127.0.0.1:0".parse().unwrap()),
        ..Config::default()
    }
}

async fn links(node: &Node) -> Vec<(PeerId, LinkKind)> {
    let Ok(Reply::Peers(peers)) = node.ask(Command::Peers).await else {
        panic!("the reply to peers is peers");
    };
    let connected = peers.into_iter();
    let connected = connected.filter(|peer| peer.state == PeerState::Connected);
    connected.map(|peer| (peer.id, peer.link)).collect()
}

#[test]
fn two_nodes_that_listen_nowhere_link_by_webrtc() {
    let relay = Relay::start();
    let runtime = Runtime::new().unwrap();
    let start = || runtime.block_on(Node::start(hidden(&relay))).unwrap();
    let (one, two) = (start(), start());
    for node in [&one, &two] {
        let by_webrtc = || {
            let links = runtime.block_on(links(node));
            matches!(links[..], [(_, LinkKind::Webrtc)]).then_some(())
        };
        wait_until(by_webrtc);
    }
    // One stops: the other knows at once.
    runtime.block_on(one.stop());
    wait_until(|| runtime.block_on(links(&two)).is_empty().then_some(()));
    runtime.block_on(two.stop());
}

#[test]
fn of_two_ways_to_one_peer_both_sides_keep_webrtc() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::start();
    let more = ["--relay", &relay.url(), "--webrtc", "127.0.0.1:0"];
    let one = start(&folder.path().join("one"), &more);
    let two = start(&folder.path().join("two"), &more);
    for node in [&one, &two] {
        wait_until(|| {
            let peers = node.get("/api/v1/peers").json();
            (peers[0]["link"] == "webrtc").then_some(())
        });
    }
}

#[test]
fn an_address_for_webrtc_that_is_not_here_is_said_at_the_start() {
    // TEST-NET-2 (RFC 5737).
    let elsewhere: SocketAddr = "198.51.100.1:0".parse().unwrap();
    let config = Config {
        webrtc: Some(elsewhere),
        ..Config::default()
    };
    let runtime = Runtime::new().unwrap();
    let error = runtime.block_on(Node::start(config)).unwrap_err();
    assert!(error.to_string().contains("198.51.100.1:0"), "{error}");
}
