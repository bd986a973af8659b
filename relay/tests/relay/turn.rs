//! Credentials for a TURN server, as tabs are told them.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tablon_core::relay::{FromRelay, IceServer};
use tablon_relay::{Config, Limits, Page, Turn};

use crate::common::{Heard, NETWORK, Relay, Tab, hello, key};

async fn relay(turn_for: Duration) -> Relay {
    Relay::start_with(Config {
        page: Page::Folder("/nonexistent".into()),
        turn: Some(Turn {
            urls: vec!["turn:turn.example:3478".into()],
            secret: "north".into(),
        }),
        limits: Limits {
            turn_for,
            ..Limits::default()
        },
        ..Config::default()
    })
    .await
}

async fn welcome(tab: &mut Tab) -> IceServer {
    match tab.hear().await {
        Heard::Frame(FromRelay::Welcome { ice_servers, .. }) => {
            let [server] = ice_servers.try_into().expect("there is one server");
            server
        }
        other => panic!("a welcome is due, heard {other:?}"),
    }
}

async fn enter(relay: &Relay, number: u8) -> (Tab, IceServer) {
    let mut tab = Tab::connect(relay.address).await;
    let nonce = tab.challenge().await;
    tab.say(&hello(&key(number), nonce, NETWORK)).await;
    let server = welcome(&mut tab).await;
    (tab, server)
}

#[tokio::test]
async fn credentials_are_good_for_an_hour_and_name_nobody() {
    let relay = relay(Limits::default().turn_for).await;
    let (_ana, for_ana) = enter(&relay, 1).await;
    let (_bob, for_bob) = enter(&relay, 2).await;
    assert_eq!(for_ana.urls, ["turn:turn.example:3478"]);
    let name = for_ana.username.unwrap();
    let (until, tab) = name.split_once(':').unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let left = until.parse::<u64>().unwrap() - now.as_secs();
    assert!((3_590..=3_600).contains(&left), "{left} s");
    assert_eq!(tab.len(), 8);
    assert_ne!(Some(name), for_bob.username);
    assert_ne!(for_ana.credential, for_bob.credential);
}

#[tokio::test]
async fn a_tab_that_stays_is_given_others_before_they_end() {
    let relay = relay(Duration::from_secs(2)).await;
    let (mut ana, first) = enter(&relay, 1).await;
    let second = welcome(&mut ana).await;
    assert_ne!(first.username, second.username);
    let until = |server: &IceServer| -> u64 {
        let name = server.username.as_ref().unwrap();
        name.split(':').next().unwrap().parse().unwrap()
    };
    assert!(until(&second) > until(&first));
}
