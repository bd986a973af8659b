//! What the relay is for.

use tablon_core::hash::PeerId;
use tablon_core::relay::{FromRelay, IceServer, MAX_SAMPLE, SignedSignal, ToRelay};
use tablon_relay::{Config, Limits, Page, code};

use crate::common::{Heard, NETWORK, OTHER_NETWORK, Relay, Tab, hello, key, offer, peer, stream};

#[tokio::test]
async fn two_tabs_of_one_network_are_introduced() {
    let relay = Relay::start(Limits::default()).await;
    let mut ana = Tab::connect(relay.address).await;
    assert_eq!(ana.enter(&key(1), NETWORK).await, []);
    let mut bob = Tab::connect(relay.address).await;
    assert_eq!(bob.enter(&key(2), NETWORK).await, [peer(1)]);

    let sent = offer(2, 1, "v=0");
    bob.say(&ToRelay::Signal(sent.clone())).await;
    let received = ana.hear_signal().await;
    assert_eq!(received, sent);
    assert_eq!(received.verify(), Some(peer(2)), "the tab verifies it too");

    let answer = offer(1, 2, "v=1");
    ana.say(&ToRelay::Signal(answer.clone())).await;
    assert_eq!(bob.hear_signal().await, answer);
}

#[tokio::test]
async fn networks_do_not_see_each_other() {
    let relay = Relay::start(Limits::default()).await;
    let mut ana = relay.tab(1).await;
    let mut other = Tab::connect(relay.address).await;
    assert_eq!(other.enter(&key(2), OTHER_NETWORK).await, []);

    ana.say(&ToRelay::Signal(offer(1, 2, "v=0"))).await;
    let absent = FromRelay::Absent { peer: peer(2) };
    assert_eq!(ana.hear().await, Heard::Frame(absent));
    ana.say(&ToRelay::Peers).await;
    assert_eq!(ana.hear_peers().await, []);
}

#[tokio::test]
async fn the_sender_is_told_when_the_addressee_has_left() {
    let relay = Relay::start(Limits::default()).await;
    let mut ana = relay.tab(1).await;
    let bob = relay.tab(2).await;
    drop(bob);
    relay.until("bob has left", |s| s["peers"] == 1).await;
    ana.say(&ToRelay::Signal(offer(1, 2, "v=0"))).await;
    let absent = FromRelay::Absent { peer: peer(2) };
    assert_eq!(ana.hear().await, Heard::Frame(absent));
}

#[tokio::test]
async fn a_reload_replaces_the_old_socket() {
    let relay = Relay::start(Limits::default()).await;
    let mut old = relay.tab(1).await;
    let mut bob = relay.tab(2).await;
    let mut new = relay.tab(1).await;
    old.is_refused(&["newer socket"], code::REPLACED).await;
    drop(old);
    relay
        .until("two sockets are left", |s| s["sockets"] == 2)
        .await;

    // The end of the old socket has not taken the new one's place away.
    bob.say(&ToRelay::Signal(offer(2, 1, "v=0"))).await;
    assert_eq!(new.hear_signal().await, offer(2, 1, "v=0"));
    bob.say(&ToRelay::Peers).await;
    assert_eq!(bob.hear_peers().await, [peer(1)]);
}

#[tokio::test]
async fn a_big_room_is_sampled_anew_each_time() {
    let relay = Relay::start(Limits::default()).await;
    let mut tabs = Vec::new();
    for number in 1..=60 {
        tabs.push(relay.tab(number).await);
    }
    let mut newcomer = Tab::connect(relay.address).await;
    let first = newcomer.enter(&key(61), NETWORK).await;
    newcomer.say(&ToRelay::Peers).await;
    let second = newcomer.hear_peers().await;
    for sample in [&first, &second] {
        assert_eq!(sample.len(), MAX_SAMPLE);
        assert!(!sample.contains(&peer(61)), "a tab is not its own peer");
    }
    let sorted = |sample: &[PeerId]| {
        let mut sample = sample.to_vec();
        sample.sort();
        sample
    };
    // Equal by chance: 1 in 60 over 24, about 1e-17.
    assert_ne!(sorted(&first), sorted(&second));
}

#[tokio::test]
async fn ice_servers_are_told_in_the_welcome() {
    let servers = vec![IceServer {
        urls: vec!["stun:stun.example:3478".into()],
        username: None,
        credential: None,
    }];
    let relay = Relay::start_with(Config {
        page: Page::Folder("/nonexistent".into()),
        ice: servers.clone(),
        ..Config::default()
    })
    .await;
    let mut tab = Tab::connect(relay.address).await;
    let nonce = tab.challenge().await;
    tab.say(&hello(&key(1), nonce, NETWORK)).await;
    let welcome = FromRelay::Welcome {
        peers: vec![],
        ice_servers: servers,
        tunnel: 64 * 1024,
    };
    assert_eq!(tab.hear().await, Heard::Frame(welcome));
}

#[tokio::test]
async fn what_the_signature_does_not_cover_is_not_forwarded() {
    let relay = Relay::start(Limits::default()).await;
    let mut ana = relay.tab(1).await;
    let mut bob = relay.tab(2).await;
    let signed = serde_json::to_string(&ToRelay::Signal(offer(1, 2, "v=0"))).unwrap();
    let smuggled = signed.replacen('{', r#"{"smuggled":"anything at all","#, 1);
    ana.say_text(smuggled).await;
    assert_eq!(bob.hear_signal().await, offer(1, 2, "v=0"));
    relay
        .until("it was forwarded", |s| s["frames_forwarded"] == 1)
        .await;
}

#[tokio::test]
async fn a_page_of_any_origin_may_connect() {
    let relay = Relay::start(Limits::default()).await;
    let stream = stream(relay.address).await;
    let origin = [("origin", "https://elsewhere.example")];
    let mut tab = Tab::connect_by(stream, relay.address, &origin).await;
    assert_eq!(tab.enter(&key(1), NETWORK).await, []);
}

#[tokio::test]
async fn statistics_count_and_name_nobody() {
    let relay = Relay::start(Limits::default()).await;
    let mut ana = relay.tab(1).await;
    let mut bob = relay.tab(2).await;
    let _other = Tab::join(relay.address, 3, OTHER_NETWORK).await;
    let signal: SignedSignal = offer(1, 2, "v=0");
    ana.say(&ToRelay::Signal(signal)).await;
    bob.hear_signal().await;
    let stats = relay.stats().await;
    assert_eq!(stats["sockets"], 3);
    assert_eq!(stats["sockets_opened"], 3);
    assert_eq!(stats["peers"], 3);
    assert_eq!(stats["rooms"], 2);
    assert_eq!(
        stats["rooms_by_peers"],
        serde_json::json!({"1": 1, "2-8": 1})
    );
    assert_eq!(stats["frames_forwarded"], 1);
    assert_eq!(stats["refused"], serde_json::json!({}));
    let text = stats.to_string();
    for secret in [peer(1).to_string(), NETWORK.to_string(), "127.0.0".into()] {
        assert!(!text.contains(&secret), "{text}");
    }
}

#[tokio::test]
async fn a_relay_that_stops_tells_every_tab() {
    let relay = Relay::start(Limits::default()).await;
    let mut ana = relay.tab(1).await;
    let mut stranger = Tab::connect(relay.address).await;
    stranger.challenge().await;
    let stopping = tokio::spawn(relay.stop());
    assert_eq!(ana.hear().await, Heard::Closed(code::RESTART));
    assert_eq!(stranger.hear().await, Heard::Closed(code::RESTART));
    stopping.await.unwrap();
}
