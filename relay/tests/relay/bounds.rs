//! Each bound, and somebody who tries to pass it.

use std::time::{Duration, Instant};

use tablon_core::relay::{FromRelay, ToRelay};
use tablon_relay::{Config, Limits, Page, code};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::common::{
    Heard, NETWORK, OTHER_NETWORK, PATIENCE, Relay, Tab, answer, bulky, key, narrow_stream, offer,
    peer, raw, stream, stream_from,
};

/// For senders that are to be stopped by another bound than their own rate.
fn no_rate() -> Limits {
    Limits {
        frame_burst: u32::MAX,
        byte_burst: u32::MAX,
        ..Limits::default()
    }
}

#[tokio::test]
async fn a_full_relay_says_so_and_takes_the_next_when_one_leaves() {
    let relay = Relay::start(Limits {
        sockets: 2,
        ..Limits::default()
    })
    .await;
    let ana = relay.tab(1).await;
    let _bob = relay.tab(2).await;
    let mut third = Tab::connect(relay.address).await;
    third
        .is_refused(&["at most 2 sockets"], code::TRY_LATER)
        .await;
    drop(ana);
    relay.until("ana has left", |s| s["sockets"] == 1).await;
    relay.tab(3).await;
}

#[tokio::test]
async fn one_address_cannot_take_every_socket() {
    let relay = Relay::start(Limits {
        sockets_per_address: 2,
        ..Limits::default()
    })
    .await;
    let _ana = relay.tab(1).await;
    let _bob = relay.tab(2).await;
    let mut third = Tab::connect(relay.address).await;
    third
        .is_refused(&["at most 2", "one address"], code::TRY_LATER)
        .await;
    let elsewhere = stream_from([127, 0, 0, 2], relay.address).await;
    let mut other = Tab::connect_by(elsewhere, relay.address, &[]).await;
    other.enter(&key(3), NETWORK).await;
}

#[tokio::test]
async fn behind_a_proxy_the_bound_is_by_the_address_it_adds() {
    let relay = Relay::start_with(Config {
        page: Page::Folder("/nonexistent".into()),
        behind_proxy: true,
        limits: Limits {
            sockets_per_address: 1,
            connections_per_address: 1,
            ..Limits::default()
        },
        ..Config::default()
    })
    .await;
    let from = async |address: &str| {
        let stream = stream(relay.address).await;
        Tab::connect_by(stream, relay.address, &[("x-forwarded-for", address)]).await
    };
    let mut ana = from("10.0.0.1").await;
    ana.enter(&key(1), NETWORK).await;
    let mut bob = from("6.6.6.6, 10.0.0.2").await;
    bob.enter(&key(2), NETWORK).await;
    let mut again = from("7.7.7.7, 10.0.0.1").await;
    again.is_refused(&["one address"], code::TRY_LATER).await;
}

#[tokio::test]
async fn connections_above_the_bound_are_closed_at_once() {
    let relay = Relay::start(Limits {
        connections: 3,
        ..Limits::default()
    })
    .await;
    // A socket and two that have not said anything.
    let _ana = relay.tab(1).await;
    let held = [stream(relay.address).await, stream(relay.address).await];
    assert!(is_closed(stream(relay.address).await).await);
    drop(held);
    relay
        .until("there is room again", |s| s["connections"] == 2)
        .await;
    assert_eq!(relay.stats().await["refused"]["connections_full"], 1);
}

#[tokio::test]
async fn one_address_cannot_take_every_connection() {
    let relay = Relay::start(Limits {
        connections_per_address: 2,
        ..Limits::default()
    })
    .await;
    let _held = [stream(relay.address).await, stream(relay.address).await];
    assert!(is_closed(stream(relay.address).await).await);
    let elsewhere = stream_from([127, 0, 0, 2], relay.address).await;
    let mut other = Tab::connect_by(elsewhere, relay.address, &[]).await;
    other.enter(&key(1), NETWORK).await;
}

#[tokio::test]
async fn rooms_are_counted_and_one_that_empties_makes_place() {
    let relay = Relay::start(Limits {
        rooms: 1,
        ..Limits::default()
    })
    .await;
    let ana = relay.tab(1).await;
    let mut other = Tab::connect(relay.address).await;
    let nonce = other.challenge().await;
    other
        .say(&crate::common::hello(&key(2), nonce, OTHER_NETWORK))
        .await;
    other
        .is_refused(&["at most 1 rooms"], code::TRY_LATER)
        .await;
    drop(ana);
    relay.until("the room is gone", |s| s["rooms"] == 0).await;
    Tab::join(relay.address, 2, OTHER_NETWORK).await;
}

#[tokio::test]
async fn a_full_room_refuses_newcomers_but_not_a_reload() {
    let relay = Relay::start(Limits {
        peers_per_room: 2,
        ..Limits::default()
    })
    .await;
    let _ana = relay.tab(1).await;
    let _bob = relay.tab(2).await;
    let mut third = Tab::connect(relay.address).await;
    let nonce = third.challenge().await;
    third
        .say(&crate::common::hello(&key(3), nonce, NETWORK))
        .await;
    third
        .is_refused(&["at most 2 peers"], code::TRY_LATER)
        .await;
    relay.tab(2).await;
}

#[tokio::test]
async fn a_socket_that_says_no_hello_is_closed() {
    let limits = Limits {
        hello_within: Duration::from_millis(200),
        ..Limits::default()
    };
    let relay = Relay::start(limits).await;
    let mut mute = Tab::connect(relay.address).await;
    mute.challenge().await;
    mute.is_refused(&["within 200ms"], code::POLICY).await;
}

#[tokio::test]
async fn a_socket_that_answers_no_ping_is_closed_and_one_that_does_stays() {
    let limits = Limits {
        ping_every: Duration::from_millis(100),
        silent_for: Duration::from_millis(600),
        // The tab wakes up after that and reads why.
        close_within: PATIENCE,
        ..Limits::default()
    };
    let relay = Relay::start(limits).await;
    let mut listening = relay.tab(1).await;
    let mut frozen = relay.tab(2).await;
    // A tab that does not read answers no ping.
    let (heard, ()) = tokio::join!(
        timeout(Duration::from_secs(2), listening.hear()),
        sleep(Duration::from_secs(2)),
    );
    assert!(heard.is_err(), "nothing but pings: {heard:?}");
    frozen.is_refused(&["pings", "600ms"], code::POLICY).await;
    listening.say(&ToRelay::Peers).await;
    assert_eq!(listening.hear_peers().await, []);
}

#[tokio::test]
async fn a_flood_is_cut_off_and_others_go_on() {
    let relay = Relay::start(Limits::default()).await;
    let mut ana = relay.tab(1).await;
    let mut bob = relay.tab(2).await;
    let mut flood = relay.tab(9).await;
    let flooding = tokio::spawn(async move {
        let frame = ToRelay::Signal(answer(9, 2, "flood"));
        for _ in 0..1_000_000 {
            if !flood.try_say(&frame).await {
                return true;
            }
        }
        false
    });
    let mut floods = 0;
    for _ in 0..20 {
        ana.say(&ToRelay::Signal(answer(1, 2, "v=0"))).await;
        while bob.hear_signal().await != answer(1, 2, "v=0") {
            floods += 1;
        }
    }
    assert!(
        flooding.await.unwrap(),
        "the flood's socket is closed in the end"
    );
    assert!(floods <= 300, "{floods} got through");
    let refused = relay.stats().await["refused"].clone();
    assert_eq!(refused, serde_json::json!({"too_many_frames": 1}));
}

#[tokio::test]
async fn a_tab_that_sends_too_fast_is_told_the_rate() {
    let relay = Relay::start(Limits::default()).await;
    let mut hasty = relay.tab(1).await;
    for _ in 0..300 {
        hasty.say(&ToRelay::Peers).await;
    }
    hasty
        .is_refused(&["256 frames", "8 a second"], code::POLICY)
        .await;
}

#[tokio::test]
async fn bytes_have_a_rate_of_their_own() {
    let relay = Relay::start(Limits {
        byte_burst: 20_000,
        bytes_per_second: 1,
        ..Limits::default()
    })
    .await;
    let mut ana = relay.tab(1).await;
    ana.say(&bulky(1, 2, 10_000)).await;
    assert!(matches!(ana.hear().await, Heard::Frame(_)), "absent");
    ana.say(&bulky(1, 2, 10_000)).await;
    ana.is_refused(&["20000 bytes"], code::POLICY).await;
}

#[tokio::test]
async fn pings_are_paid_for_like_frames() {
    use futures_util::SinkExt as _;
    let relay = Relay::start(Limits {
        frame_burst: 10,
        frames_per_second: 1,
        ..Limits::default()
    })
    .await;
    let mut ana = relay.tab(1).await;
    for _ in 0..20 {
        let ping = tungstenite::Message::Ping("x".into());
        if ana.socket.send(ping).await.is_err() {
            break;
        }
    }
    ana.is_refused(&["10 frames"], code::POLICY).await;
}

#[tokio::test]
async fn a_slow_reader_is_dropped() {
    let relay = Relay::start(Limits {
        queue_bytes: 64 * 1024,
        kernel_unsent: 4 * 1024,
        send_within: Duration::from_millis(500),
        ..no_rate()
    })
    .await;
    let mut ana = relay.tab(1).await;
    let mut carl = relay.tab(3).await;
    let stream = narrow_stream(relay.address).await;
    let mut slow = Tab::connect_by(stream, relay.address, &[]).await;
    slow.enter(&key(2), NETWORK).await;

    for _ in 0..100 {
        ana.say(&bulky(1, 2, 15_000)).await;
    }
    let reason = ana.hear_refusal().await;
    assert!(reason.contains("65536 bytes wait for one peer"), "{reason}");
    relay
        .until("the slow one is out", |s| {
            s["refused"]["slow_reader"] == 1 && s["sockets"] == 2
        })
        .await;
    // Ana may have met a full queue often; that is no fault of hers.
    ana.say(&ToRelay::Signal(offer(1, 3, "v=0"))).await;
    assert_eq!(carl.hear_signal().await, offer(1, 3, "v=0"));
}

#[tokio::test]
async fn a_reader_who_only_sips_is_dropped() {
    let relay = Relay::start(Limits {
        queue_bytes: 1 << 20,
        kernel_unsent: 4 * 1024,
        send_within: Duration::from_millis(500),
        ..no_rate()
    })
    .await;
    let mut ana = relay.tab(1).await;
    let stream = narrow_stream(relay.address).await;
    let mut sipping = Tab::connect_by(stream, relay.address, &[]).await;
    sipping.enter(&key(2), NETWORK).await;
    for _ in 0..60 {
        ana.say(&bulky(1, 2, 15_000)).await;
    }
    // Every send ends in time, but the last of 900 KB would wait for 6 s.
    let started = Instant::now();
    while matches!(sipping.hear().await, Heard::Frame(_)) {
        sleep(Duration::from_millis(100)).await;
        assert!(started.elapsed() < PATIENCE, "sips to the end");
    }
    let stats = relay.stats().await;
    assert_eq!(stats["refused"]["slow_reader"], 1, "{stats}");
}

#[tokio::test]
async fn a_crowd_cannot_drive_a_reader_out() {
    let relay = Relay::start(Limits {
        queue_frames: 4,
        ..no_rate()
    })
    .await;
    let mut bob = relay.tab(2).await;
    let mut crowd = Vec::new();
    for number in 10..20 {
        crowd.push(relay.tab(number).await);
    }
    for _ in 0..50 {
        for (number, tab) in (10..).zip(&mut crowd) {
            tab.say(&ToRelay::Signal(answer(number, 2, "v=0"))).await;
        }
    }
    relay
        .until("every signal was handled", |s| {
            s["frames_forwarded"].as_u64().unwrap_or(0)
                + s["refused"]["crowded"].as_u64().unwrap_or(0)
                == 500
        })
        .await;
    bob.say(&ToRelay::Peers).await;
    while !matches!(bob.hear().await, Heard::Frame(FromRelay::Peers { .. })) {}
    assert_eq!(relay.stats().await["peers"], 11);
}

#[tokio::test]
async fn a_stuck_reader_is_dropped_even_if_little_waits() {
    let relay = Relay::start(Limits {
        queue_bytes: 64 * 1024 * 1024,
        queue_frames: 10_000,
        kernel_unsent: 4 * 1024,
        send_within: Duration::from_millis(300),
        ..no_rate()
    })
    .await;
    let mut ana = relay.tab(1).await;
    let stream = narrow_stream(relay.address).await;
    let mut stuck = Tab::connect_by(stream, relay.address, &[]).await;
    stuck.enter(&key(2), NETWORK).await;
    for _ in 0..100 {
        ana.say(&bulky(1, 2, 15_000)).await;
    }
    relay
        .until("the stuck one is out", |s| s["refused"]["slow_reader"] == 1)
        .await;
    relay
        .until("its socket is free", |s| s["sockets"] == 1)
        .await;
}

#[tokio::test]
async fn what_waits_for_all_slow_readers_together_is_bounded() {
    let relay = Relay::start(Limits {
        queue_bytes: 64 * 1024 * 1024,
        queue_frames: 10_000,
        queue_bytes_of_all: 100_000,
        kernel_unsent: 4 * 1024,
        ..no_rate()
    })
    .await;
    let mut ana = relay.tab(1).await;
    let stream = narrow_stream(relay.address).await;
    let mut slow = Tab::connect_by(stream, relay.address, &[]).await;
    slow.enter(&key(2), NETWORK).await;
    for _ in 0..100 {
        ana.say(&bulky(1, 2, 15_000)).await;
    }
    let reason = ana.hear_refusal().await;
    assert!(
        reason.contains("at most 100000 bytes wait for all"),
        "{reason}"
    );
    // It was not the sender's fault: more of it does not close the socket.
    relay
        .until("many were dropped", |s| {
            s["refused"]["busy"].as_u64() > Some(20)
        })
        .await;
    assert_eq!(relay.stats().await["peers"], 2);
}

#[tokio::test]
async fn a_request_that_never_ends_is_cut() {
    let relay = Relay::start(Limits {
        head_within: Duration::from_millis(300),
        ..Limits::default()
    })
    .await;
    for beginning in ["", "GET / HT", "GET / HTTP/1.1\r\nHost: x\r\nX: "] {
        let mut slow = stream(relay.address).await;
        slow.write_all(beginning.as_bytes()).await.unwrap();
        assert!(is_closed(slow).await, "{beginning:?}");
    }
    // Between two requests too.
    let mut idle = stream(relay.address).await;
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    assert!(is_closed(idle).await);
    relay.until("all are gone", |s| s["connections"] == 1).await;
}

#[tokio::test]
async fn a_download_that_is_never_read_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    // Not a type that is compressed, and more than the system buffers.
    std::fs::write(folder.path().join("big.png"), vec![7; 24 << 20]).unwrap();
    let relay = Relay::start_with(Config {
        page: Page::Folder(folder.path().into()),
        limits: Limits {
            page_within: Duration::from_millis(500),
            close_within: Duration::from_millis(200),
            ..Limits::default()
        },
        ..Config::default()
    })
    .await;
    let mut slow = narrow_stream(relay.address).await;
    slow.write_all(b"GET /big.png HTTP/1.1\r\nHost: x\r\n\r\n")
        .await
        .unwrap();
    relay.until("it has begun", |s| s["connections"] == 2).await;
    relay.until("it is gone", |s| s["connections"] == 1).await;
    drop(slow);
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let relay = Relay::start(Limits::default()).await;
    let many: String = (0..100).map(|n| format!("X-{n}: y\r\n")).collect();
    let long = format!("X: {}\r\n", "y".repeat(20_000));
    for headers in [many, long] {
        let head = format!("GET / HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
        assert_eq!(raw(relay.address, head.as_bytes()).await.status, 431);
    }
    let path = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(20_000));
    let status = raw(relay.address, path.as_bytes()).await.status;
    assert!([414, 431].contains(&status), "{status}");
}

/// The relay closes, whatever it says before.
async fn is_closed(mut stream: TcpStream) -> bool {
    let started = Instant::now();
    let mut rest = Vec::new();
    let ended = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    ended.is_ok() && started.elapsed() < Duration::from_secs(10)
}

// Each name costs nothing, and the addressee holds a place for each offer.
#[tokio::test]
async fn a_crowd_of_names_offers_one_peer_no_more_than_a_class_would() {
    let relay = Relay::start(Limits::default()).await;
    let mut bob = relay.tab(200).await;
    let mut passed = 0;
    for number in 1..=25 {
        let mut tab = relay.tab(number).await;
        for _ in 0..5 {
            tab.say(&ToRelay::Signal(offer(number, 200, "v=0"))).await;
        }
        // Those that reach nobody are answered; the peers asked for come after them.
        tab.say(&ToRelay::Peers).await;
        let mut absent = 0;
        loop {
            match tab.hear().await {
                Heard::Frame(FromRelay::Absent { peer: who }) if who == peer(200) => absent += 1,
                Heard::Frame(FromRelay::Peers { .. }) => break,
                other => panic!("{other:?}"),
            }
        }
        assert!(absent >= 2, "three at once are the most of one");
        passed += 5 - absent;
    }
    assert!((48..75).contains(&passed), "{passed} of 125");
    for _ in 0..passed {
        bob.hear_signal().await;
    }
}
