//! The relay is away, or lies.

use tablon_core::hash::PeerId;
use tablon_core::keys::SecretKey;
use tablon_core::relay::{FromRelay, MAX_RELAY_FRAME, Signal, SignalStep, SignedSignal};
use tablon_e2e::browser::Browser;
use tablon_e2e::fake_relay::FakeRelay;
use tablon_e2e::network::easy;
use tablon_e2e::proxy::Proxy;
use tablon_e2e::relay::{Relay, board};
use tablon_e2e::wait::{until_all, until_connected};
use tokio_tungstenite::tungstenite::Message;

use crate::support::{assert_posts, mine_until_settled, until_kept};

#[tokio::test(flavor = "multi_thread")]
async fn with_the_relay_killed_posts_and_blocks_flow_between_connected_tabs() {
    let relay = Relay::start().await;
    let proxy = Proxy::start(relay.address()).await;
    let url = board(proxy.address(), &easy("killed relay"));
    let chromium = Browser::chromium().await;
    let firefox = Browser::firefox().await;
    // Firefox says every failed attempt to connect.
    firefox.console().expect("/signal");
    let ana = chromium.open_board(&url, "ana").await;
    let ben = firefox.open_board(&url, "ben").await;
    let all = [&ana, &ben];
    until_connected(&all, 1).await;
    for tab in all {
        until_kept(tab).await;
    }

    relay.kill().await;
    for tab in all {
        tab.until_shown(".notices", "The relay is away").await;
    }
    // The miner, too, starts without the server that the page came from.
    let posts = [ana.post("from ana").await, ben.post("from ben").await];
    until_all(&all, "both posts are everywhere", |status| {
        status.pending == 2
    })
    .await;
    mine_until_settled(&[&ana], &all, 2).await;
    let height = ana.status().await.height.0;
    mine_until_settled(&[&ben], &all, height + 2).await;
    assert_posts(&all, &posts).await;

    let relay = Relay::start().await;
    proxy.switch_to(relay.address());
    for tab in all {
        tab.until_gone(".notices .banner").await;
    }
    let stats = relay.stats().await;
    // In a profile of its own, whom nobody but the relay can introduce.
    let late = chromium.person().await.open_board(&url, "late").await;
    until_connected(&[&late], 1).await;
    until_all(&[&late], "the latecomer has the chain", |status| {
        status.height.0 >= height + 2
    })
    .await;
    assert_posts(&[&late], &posts).await;
    chromium.finish().await;
    firefox.finish().await;
    drop(stats);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_talks_nonsense_is_left_and_tried_again_and_the_node_lives() {
    let relay = Relay::start().await;
    let mut fake = FakeRelay::start(relay.address()).await;
    let url = board(fake.address(), &easy("nonsense"));
    let chromium = Browser::chromium().await;
    let ana = chromium.open_board(&url, "ana").await;

    let nonsense = [
        (Message::text("nonsense"), "what is no frame"),
        (Message::text(r#"{"type":"challenge"}"#), "what is no frame"),
        (
            Message::text(r#"{"type":"welcome","peers":["x"],"ice_servers":[]}"#),
            "what is no frame",
        ),
        (
            Message::binary(vec![0, 159, 146, 150]),
            "a piece of the tunnel begins with 32 bytes of peer id, received 4",
        ),
        (
            Message::text("x".repeat(MAX_RELAY_FRAME + 1)),
            "at most 16384 bytes, received 16385",
        ),
    ];
    for (frame, words) in nonsense {
        let mut caller = fake.next_caller().await;
        caller.say_raw(frame).await;
        ana.until_shown(".notices", words).await;
        assert_eq!(
            caller.hear().await,
            None,
            "the tab hangs up after {words:?}"
        );
    }

    // Let in by the sixth, it is told of nobody who is there.
    let mut caller = fake.next_caller().await;
    caller.let_in(vec![PeerId([9; 32])]).await;
    ana.until_gone(".notices .banner").await;

    // Signals that are forged, for somebody else, or from nowhere: all dropped.
    let me = ana.status().await;
    let (stranger, forger) = (SecretKey::from_seed([1; 32]), SecretKey::from_seed([2; 32]));
    let signal = |to, network| Signal {
        network,
        from: stranger.public(),
        to,
        session: 1,
        step: SignalStep::Offer { sdp: "v=0".into() },
    };
    let forged = SignedSignal::sign(signal(me.node, me.network), &forger);
    let astray = SignedSignal::sign(signal(PeerId([8; 32]), me.network), &stranger);
    let elsewhere = SignedSignal::sign(
        signal(me.node, tablon_core::hash::BlockHash([3; 32])),
        &stranger,
    );
    // Signed well, and its SDP is none.
    let hollow = SignedSignal::sign(signal(me.node, me.network), &stranger);
    for signed in [forged, astray, elsewhere, hollow] {
        caller.say(&FromRelay::Signal(signed)).await;
    }
    let posts = [ana.post("still here").await];
    mine_until_settled(&[&ana], &[&ana], 2).await;
    assert_posts(&[&ana], &posts).await;
    let now = ana.status().await;
    assert_eq!((now.node, now.peers), (me.node, 0));
    assert_eq!(ana.texts(".notices .banner").await, Vec::<String>::new());
    chromium.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_is_refused_says_the_relays_reason() {
    let relay = Relay::start().await;
    let mut fake = FakeRelay::start(relay.address()).await;
    let url = board(fake.address(), &easy("refused"));
    let chromium = Browser::chromium().await;
    let ana = chromium.open_board(&url, "ana").await;
    let mut caller = fake.next_caller().await;
    let reason = "the house is full: 40 of 40".to_owned();
    caller.say(&FromRelay::Refused { reason }).await;
    ana.until_shown(".notices", "the house is full: 40 of 40")
        .await;
    chromium.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_opens_again_while_its_relay_is_away() {
    let relay = Relay::start().await;
    let proxy = Proxy::start(relay.address()).await;
    let url = board(proxy.address(), &easy("kept page"));
    let chromium = Browser::chromium().await;
    let ana = chromium.open_board(&url, "ana").await;
    let posts = [ana.post("kept").await];
    mine_until_settled(&[&ana], &[&ana], 2).await;
    until_kept(&ana).await;

    relay.kill().await;
    ana.reload().await;
    ana.until_shown(".notices", "The relay is away").await;
    assert_posts(&[&ana], &posts).await;
    let height = ana.status().await.height.0;
    mine_until_settled(&[&ana], &[&ana], height + 1).await;
    chromium.finish().await;
}
