//! Where no direct link opens, the relay carries what two nodes say, sealed.

use tablon_core::view::LinkKind;
use tablon_e2e::browser::Browser;
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::{until_all, until_within};

use crate::support::{LINKED, assert_posts, links, mine_until_settled, until_linked};

/// There is WebRTC, and it finds no way out: only addresses of a TURN server
/// count, and there is none.
const NO_CANDIDATES: &str = "() => {
    const Real = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Real {
        constructor(configuration) { super({...configuration, iceTransportPolicy: 'relay'}); }
    };
}";

/// There is no WebRTC, as in some browsers that are made for privacy.
const NO_WEBRTC: &str = "() => { delete window.RTCPeerConnection; }";

/// Two browsers, the first of which has been spoilt.
async fn pair(relay: &Relay, network: &str, spoil: &str) -> (Browser, Tab, Browser, Tab) {
    let url = relay.board(&easy(network));
    let (spoilt, sound) = (Browser::chromium().await, Browser::chromium().await);
    spoilt.preload(spoil).await;
    // It tries, each time anew: an extension may have been switched off.
    spoilt.console().expect("RTCPeerConnection is not defined");
    let ana = spoilt.open_board(&url, "ana").await;
    let ben = sound.open_board(&url, "ben").await;
    (spoilt, ana, sound, ben)
}

async fn agree_through_the_relay(network: &str, spoil: &str) {
    let relay = Relay::start().await;
    let (spoilt, ana, sound, ben) = pair(&relay, network, spoil).await;
    until_linked(&ana, &ben, LinkKind::Tunnel).await;
    let all = [&ana, &ben];
    // A body that fills several pieces of the tunnel once it is in a block.
    let long = "x".repeat(4_000);
    let posts = [
        ana.post("through the relay").await,
        ben.post(&long).await,
        ben.post("and back").await,
    ];
    until_all(&all, "the posts are in both tabs", |status| {
        status.pending == 3
    })
    .await;
    mine_until_settled(&[&ana, &ben], &all, 3).await;
    assert_posts(&all, &posts).await;
    spoilt.finish().await;
    sound.finish().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_whose_webrtc_finds_no_way_agrees_through_the_relay() {
    agree_through_the_relay("tunnel", NO_CANDIDATES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_without_webrtc_agrees_through_the_relay() {
    agree_through_the_relay("tunnel without webrtc", NO_WEBRTC).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_relay_carries_nothing_both_say_that_they_are_alone_and_go_on() {
    let relay = Relay::start_with(&["--tunnel-rate", "0"]).await;
    let (spoilt, ana, sound, ben) = pair(&relay, "no tunnel", NO_CANDIDATES).await;
    for tab in [&ana, &ben] {
        // It knows of the other one: nobody is told that they are alone there.
        until_within(
            LINKED,
            &[tab],
            "it says that nobody is reached",
            async || {
                let text = tab.texts(".alone, .notices").await.concat();
                text.contains("cannot be reached").then_some(())
            },
        )
        .await;
        assert!(links(tab).await.is_empty());
        let posts = [tab.post("to myself").await];
        mine_until_settled(&[tab], &[tab], 2).await;
        assert_posts(&[tab], &posts).await;
    }
    spoilt.finish().await;
    sound.finish().await;
}
