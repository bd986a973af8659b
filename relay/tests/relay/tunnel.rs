//! The tunnel: what two tabs say through the relay, and what it does not carry.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::SinkExt as _;
use tablon_core::relay::{FromRelay, MAX_RELAY_FRAME, Signal, SignalStep, SignedSignal, ToRelay};
use tablon_relay::{Config, Limits, Page, code};
use tokio::time::{sleep, timeout};
use tungstenite::Message;

use crate::common::{
    Heard, NETWORK, OTHER_NETWORK, Relay, Tab, hello, key, narrow_stream, offer, peer, stream,
};

/// The largest piece: what a frame holds beside the id.
const LARGEST: usize = MAX_RELAY_FRAME - 32;

/// A tunnel whose rate no test meets.
fn wide() -> Limits {
    Limits {
        tunnel_rate: u32::MAX,
        tunnel_total: u32::MAX,
        tunnel_per_address: u32::MAX,
        ..Limits::default()
    }
}

/// Both signal to the other that they want a tunnel.
async fn agree(one: (u8, &mut Tab), other: (u8, &mut Tab)) {
    let nonce = [7; 16];
    let asks = about_tunnel(one.0, other.0, SignalStep::Tunnel { nonce });
    one.1.say(&ToRelay::Signal(asks.clone())).await;
    assert_eq!(other.1.hear_signal().await, asks);
    let agrees = about_tunnel(other.0, one.0, SignalStep::Tunnelled { nonce });
    other.1.say(&ToRelay::Signal(agrees.clone())).await;
    assert_eq!(one.1.hear_signal().await, agrees);
}

fn about_tunnel(from: u8, to: u8, step: SignalStep) -> SignedSignal {
    let key = key(from);
    let signal = Signal {
        network: NETWORK,
        from: key.public(),
        to: peer(to),
        session: 7,
        step,
    };
    SignedSignal::sign(signal, &key)
}

async fn pair(relay: &Relay) -> (Tab, Tab) {
    let (mut ana, mut bob) = (relay.tab(1).await, relay.tab(2).await);
    agree((1, &mut ana), (2, &mut bob)).await;
    (ana, bob)
}

// Anybody of a room could fill anybody's tunnel, 128 KiB/s of one's data allowance
// until the tab closed, without ever having been spoken to.
#[tokio::test]
async fn only_two_that_both_asked_for_a_tunnel_here_have_one() {
    let relay = Relay::start(Limits::default()).await;
    let mut ana = relay.tab(1).await;
    let mut bob = relay.tab(2).await;
    let refused = async |tab: &mut Tab| {
        tab.tunnel(peer(2), b"hola").await;
        let absent = FromRelay::Absent { peer: peer(2) };
        assert_eq!(tab.hear().await, Heard::Frame(absent));
    };
    refused(&mut ana).await;
    // An offer of a direct link is none of a tunnel, nor is asking alone.
    ana.say(&ToRelay::Signal(offer(1, 2, "v=0"))).await;
    bob.hear_signal().await;
    bob.say(&ToRelay::Signal(offer(2, 1, "v=0"))).await;
    ana.hear_signal().await;
    refused(&mut ana).await;
    let asks = about_tunnel(1, 2, SignalStep::Tunnel { nonce: [1; 16] });
    ana.say(&ToRelay::Signal(asks)).await;
    bob.hear_signal().await;
    refused(&mut ana).await;
    let agrees = about_tunnel(2, 1, SignalStep::Tunnelled { nonce: [2; 16] });
    bob.say(&ToRelay::Signal(agrees)).await;
    ana.hear_signal().await;
    ana.tunnel(peer(2), b"hola").await;
    assert_eq!(bob.hear_piece().await.1, b"hola");
    // A third has nothing of it, nor has the next socket of the same tab.
    let mut eve = relay.tab(3).await;
    refused(&mut eve).await;
    let mut again = relay.tab(1).await;
    refused(&mut again).await;
    bob.say(&ToRelay::Peers).await;
    bob.hear_peers().await;
}

// What it sends before it hears so would otherwise end its socket, as refused signals do.
#[tokio::test]
async fn who_sends_on_to_one_that_has_loaded_its_page_anew_keeps_its_socket() {
    let relay = Relay::start(Limits::default()).await;
    let (mut ana, _bob) = pair(&relay).await;
    let mut again = relay.tab(2).await;
    for _ in 0..60 {
        ana.tunnel(peer(2), b"hola").await;
        let absent = FromRelay::Absent { peer: peer(2) };
        assert_eq!(ana.hear().await, Heard::Frame(absent));
    }
    agree((1, &mut ana), (2, &mut again)).await;
    ana.tunnel(peer(2), b"hola").await;
    assert_eq!(again.hear_piece().await.1, b"hola");
}

#[tokio::test]
async fn one_address_cannot_take_the_whole_tunnel() {
    let rate = 64 * 1024;
    let relay = Relay::start_with(Config {
        page: Page::Folder("/nonexistent".into()),
        behind_proxy: true,
        limits: Limits {
            tunnel_rate: rate,
            tunnel_total: 8 * rate,
            tunnel_per_address: 2 * rate,
            ..Limits::default()
        },
        ..Config::default()
    })
    .await;
    let tab = async |number: u8, address: &str| {
        let stream = stream(relay.address).await;
        let headers = [("x-forwarded-for", address)];
        let mut tab = Tab::connect_by(stream, relay.address, &headers).await;
        tab.enter(&key(number), NETWORK).await;
        tab
    };
    // Eight pairs of one customer, each of another subnet of its /48.
    let mut crowd = Vec::new();
    for number in (10..26).step_by(2) {
        let mut one = tab(number, &format!("2001:db8:1:{number}::1")).await;
        let mut other = tab(number + 1, &format!("2001:db8:1:{number}::2")).await;
        agree((number, &mut one), (number + 1, &mut other)).await;
        let (to, bytes) = (peer(number + 1), Arc::new(AtomicUsize::new(0)));
        crowd.push((
            Arc::clone(&bytes),
            tokio::spawn(async move {
                loop {
                    let frame = [&to.0[..], &[number; LARGEST]].concat();
                    if one.socket.send(Message::binary(frame)).await.is_err() {
                        return;
                    }
                }
            }),
            tokio::spawn(async move {
                while let Heard::Piece(_, piece) = other.hear().await {
                    bytes.fetch_add(piece.len(), Ordering::Relaxed);
                }
            }),
        ));
    }
    let started = Instant::now();
    // Meanwhile two of another address are carried as fast as one tab may send.
    let mut ana = tab(1, "10.0.0.1").await;
    let mut bob = tab(2, "10.0.0.2").await;
    agree((1, &mut ana), (2, &mut bob)).await;
    for number in 0..12 {
        ana.tunnel(peer(2), &[number; LARGEST]).await;
        assert_eq!(bob.hear_piece().await, (peer(1), vec![number; LARGEST]));
    }
    let all: usize = (crowd.iter())
        .map(|(bytes, _, _)| bytes.load(Ordering::Relaxed))
        .sum();
    // 128 KiB a second, of which one second's was saved up, and a frame that is held.
    let most = 131_072 * (started.elapsed().as_secs() as usize + 2) + 16_384;
    assert!(all <= most, "{all} of {most}");
    assert!(all > 65_536, "the crowd is carried, too: {all}");
    for (_, sending, hearing) in crowd {
        sending.abort();
        hearing.abort();
    }
}

#[tokio::test]
async fn two_tabs_talk_through_it_in_order() {
    let relay = Relay::start(wide()).await;
    let (mut ana, mut bob) = pair(&relay).await;
    for number in 0..100_u8 {
        ana.tunnel(peer(2), &[number; 500]).await;
        bob.tunnel(peer(1), &[number, 1]).await;
    }
    for number in 0..100_u8 {
        assert_eq!(bob.hear_piece().await, (peer(1), vec![number; 500]));
        assert_eq!(ana.hear_piece().await, (peer(2), vec![number, 1]));
    }
    // Signals go on beside it.
    ana.tunnel(peer(2), &[7; LARGEST]).await;
    ana.say(&ToRelay::Signal(offer(1, 2, "v=0"))).await;
    assert_eq!(bob.hear_piece().await, (peer(1), vec![7; LARGEST]));
    assert_eq!(bob.hear_signal().await, offer(1, 2, "v=0"));
}

#[tokio::test]
async fn a_tab_of_another_room_is_not_reached() {
    let relay = Relay::start(Limits::default()).await;
    let mut ana = relay.tab(1).await;
    let mut other = Tab::join(relay.address, 2, OTHER_NETWORK).await;
    for to in [peer(2), peer(3)] {
        ana.tunnel(to, b"hola").await;
        let absent = FromRelay::Absent { peer: to };
        assert_eq!(ana.hear().await, Heard::Frame(absent));
    }
    other.say(&ToRelay::Peers).await;
    assert_eq!(other.hear_peers().await, [], "nothing came before");
}

#[tokio::test]
async fn before_the_welcome_nothing_is_carried() {
    let relay = Relay::start(Limits::default()).await;
    let mut bob = relay.tab(2).await;
    let mut stranger = Tab::connect(relay.address).await;
    stranger.challenge().await;
    stranger.tunnel(peer(2), b"hola").await;
    stranger
        .is_refused(&["first frame is a hello", "binary"], code::PROTOCOL)
        .await;
    bob.say(&ToRelay::Peers).await;
    assert_eq!(bob.hear_peers().await, []);
}

#[tokio::test]
async fn a_host_may_switch_it_off() {
    let relay = Relay::start(Limits {
        tunnel_rate: 0,
        faults: 2,
        ..Limits::default()
    })
    .await;
    let mut ana = Tab::connect(relay.address).await;
    let nonce = ana.challenge().await;
    ana.say(&hello(&key(1), nonce, NETWORK)).await;
    let welcome = ana.hear().await;
    assert!(
        matches!(welcome, Heard::Frame(FromRelay::Welcome { tunnel: 0, .. })),
        "{welcome:?}"
    );
    let mut bob = relay.tab(2).await;
    for _ in 0..3 {
        ana.tunnel(peer(2), b"hola").await;
    }
    for _ in 0..3 {
        let reason = ana.hear_refusal().await;
        assert!(reason.contains("switched the tunnel off"), "{reason}");
    }
    ana.is_refused(&["at most 2"], code::POLICY).await;
    bob.say(&ToRelay::Peers).await;
    assert_eq!(bob.hear_peers().await, []);
    assert_eq!(relay.stats().await["refused"]["no_tunnel"], 3);
}

#[tokio::test]
async fn what_is_over_the_rate_is_slowed_and_not_torn() {
    let rate = 64 * 1024;
    for limits in [
        Limits {
            tunnel_rate: rate,
            ..wide()
        },
        Limits {
            tunnel_total: rate,
            ..wide()
        },
    ] {
        let relay = Relay::start(limits).await;
        let (mut ana, mut bob) = pair(&relay).await;
        let started = Instant::now();
        let piece = |number: u8| vec![number; LARGEST];
        let sending = async {
            for number in 0..12 {
                ana.tunnel(peer(2), &piece(number)).await;
            }
        };
        let hearing = async {
            for number in 0..12 {
                assert_eq!(bob.hear_piece().await, (peer(1), piece(number)));
            }
        };
        tokio::join!(sending, hearing);
        // 192 KiB, of which one second's worth passes at once.
        let took = started.elapsed();
        assert!(took >= Duration::from_millis(1_900), "{took:?}");
        assert!(took < Duration::from_secs(10), "{took:?}");
        assert_eq!(relay.stats().await["refused"], serde_json::json!({}));
    }
}

#[tokio::test]
async fn small_frames_are_paid_for_too() {
    let relay = Relay::start(Limits {
        tunnel_rate: 64 * 1024,
        ..Limits::default()
    })
    .await;
    let (mut ana, mut bob) = pair(&relay).await;
    let started = Instant::now();
    for number in 0..=255 {
        ana.tunnel(peer(2), &[number]).await;
    }
    for number in 0..=255 {
        assert_eq!(bob.hear_piece().await, (peer(1), vec![number]));
    }
    let took = started.elapsed();
    assert!(took >= Duration::from_millis(900), "{took:?}");
}

#[tokio::test]
async fn what_would_wait_too_long_is_dropped_with_the_values() {
    let relay = Relay::start(Limits {
        tunnel_total: 16 * 1024,
        tunnel_within: Duration::from_millis(500),
        ..wide()
    })
    .await;
    let (mut ana, mut bob) = pair(&relay).await;
    ana.tunnel(peer(2), &[1; LARGEST]).await;
    assert_eq!(bob.hear_piece().await.1[0], 1);
    ana.tunnel(peer(2), &[2; LARGEST]).await;
    let reason = ana.hear_refusal().await;
    for word in ["at most 16384 bytes", "all tabs together", "500ms"] {
        assert!(reason.contains(word), "{word:?} is missing in {reason:?}");
    }
    // It was not the sender's fault, and the next may pass.
    sleep(Duration::from_millis(800)).await;
    ana.tunnel(peer(2), b"small").await;
    assert_eq!(bob.hear_piece().await.1, b"small");
    assert_eq!(relay.stats().await["refused"]["tunnel_busy"], 1);
}

#[tokio::test]
async fn a_crowd_cannot_flood_one_tab() {
    let rate = 64 * 1024;
    let relay = Relay::start(Limits {
        tunnel_rate: rate,
        ..Limits::default()
    })
    .await;
    let mut bob = relay.tab(2).await;
    // All agree before the first sends, after which signals come among pieces.
    let mut agreed = Vec::new();
    for number in 10..20 {
        let mut tab = relay.tab(number).await;
        agree((number, &mut tab), (2, &mut bob)).await;
        agreed.push((number, tab));
    }
    let mut crowd = Vec::new();
    for (number, mut tab) in agreed {
        crowd.push(tokio::spawn(async move {
            let frame = [&peer(2).0[..], &[number; LARGEST]].concat();
            for _ in 0..100 {
                if tab
                    .socket
                    .send(Message::binary(frame.clone()))
                    .await
                    .is_err()
                {
                    return;
                }
            }
            // Refusals are read no more, but the socket stays open.
            sleep(Duration::from_secs(30)).await;
        }));
    }
    let started = Instant::now();
    let mut bytes = 0;
    while started.elapsed() < Duration::from_secs(3) {
        if let Ok((_, piece)) = timeout(Duration::from_secs(1), bob.hear_piece()).await {
            bytes += piece.len();
        }
    }
    // Two tunnels' rate, and what two had saved up.
    let most = 2 * rate as usize * (started.elapsed().as_secs() as usize + 2);
    assert!(bytes <= most, "{bytes} of {most}");
    for sender in crowd {
        sender.abort();
    }
}

#[tokio::test]
async fn a_slow_reader_does_not_grow_memory() {
    let relay = Relay::start(Limits {
        queue_tunnel: 64 * 1024,
        kernel_unsent: 4 * 1024,
        tunnel_within: Duration::from_millis(300),
        send_within: Duration::from_secs(60),
        ..wide()
    })
    .await;
    let mut ana = relay.tab(1).await;
    let mut carl = relay.tab(3).await;
    let stream = narrow_stream(relay.address).await;
    let mut slow = Tab::connect_by(stream, relay.address, &[]).await;
    slow.enter(&key(2), NETWORK).await;
    agree((1, &mut ana), (2, &mut slow)).await;

    // 4 MiB for one who does not read: almost all waits with the sender.
    let sending = tokio::spawn(async move {
        for _ in 0..256 {
            let frame = [&peer(2).0[..], &[1; LARGEST]].concat();
            if ana.socket.send(Message::binary(frame)).await.is_err() {
                break;
            }
        }
        ana
    });
    relay
        .until("a piece waited too long", |s| {
            s["refused"]["tunnel_full"].as_u64() > Some(0)
        })
        .await;
    let stats = relay.stats().await;
    let queued = stats["tunnel_bytes"].as_u64().unwrap();
    // The share, one under way, and what the two systems buffer.
    assert!(queued < 1024 * 1024, "{queued}");

    // The reader's signals still find a place, and it keeps its seat.
    carl.say(&ToRelay::Signal(offer(3, 2, "v=0"))).await;
    loop {
        match slow.hear().await {
            Heard::Piece(from, _) => assert_eq!(from, peer(1)),
            Heard::Frame(FromRelay::Signal(signal)) => {
                break assert_eq!(signal, offer(3, 2, "v=0"));
            }
            other => panic!("{other:?}"),
        }
    }
    sending.abort();
}

#[tokio::test]
async fn two_that_send_all_they_can_to_each_other_do_not_block() {
    let relay = Relay::start(Limits {
        queue_tunnel: 32 * 1024,
        kernel_unsent: 4 * 1024,
        ..wide()
    })
    .await;
    let (ana, bob) = pair(&relay).await;
    let all = [(ana, 2), (bob, 1)].map(|(tab, other)| {
        tokio::spawn(async move {
            use futures_util::StreamExt as _;
            let (mut send, mut receive) = tab.socket.split();
            let sending = async {
                for number in 0..=255_u8 {
                    let frame = [&peer(other).0[..], &[number; LARGEST]].concat();
                    send.send(Message::binary(frame)).await.unwrap();
                }
            };
            let hearing = async {
                let mut next = 0;
                while next < 256 {
                    match receive.next().await.unwrap().unwrap() {
                        Message::Binary(frame) => {
                            assert_eq!(usize::from(frame[32]), next);
                            next += 1;
                        }
                        Message::Ping(_) => {}
                        other => panic!("{other:?}"),
                    }
                }
            };
            tokio::join!(sending, hearing);
        })
    });
    let started = Instant::now();
    for side in all {
        timeout(Duration::from_secs(30), side)
            .await
            .unwrap()
            .unwrap();
    }
    let took = started.elapsed().as_secs_f64();
    eprintln!("a tunnel without a rate: {:.1} MiB/s each way", 4.0 / took);
}

#[tokio::test]
async fn a_frame_too_large_or_with_no_piece_is_refused() {
    let relay = Relay::start(Limits::default()).await;
    let mut bob = relay.tab(2).await;
    let limit = MAX_RELAY_FRAME.to_string();
    for (frame, words, close) in [
        (
            vec![1; 31],
            ["32 bytes of a peer id", "received 31 bytes"],
            code::PROTOCOL,
        ),
        (
            peer(2).0.to_vec(),
            ["a piece for it", "received 32 bytes"],
            code::PROTOCOL,
        ),
        (vec![], ["a piece for it", "received 0"], code::PROTOCOL),
        (
            vec![1; MAX_RELAY_FRAME + 1],
            [&limit, "received 16385"],
            code::TOO_BIG,
        ),
        (
            vec![1; 1_000_000],
            [&limit, "bytes, received"],
            code::TOO_BIG,
        ),
    ] {
        let mut ana = relay.tab(1).await;
        let _ = ana.socket.send(Message::binary(frame)).await;
        ana.is_refused(&words, close).await;
    }
    bob.say(&ToRelay::Peers).await;
    bob.hear_peers().await;
}

#[tokio::test]
async fn what_is_carried_is_counted_and_names_nobody() {
    let relay = Relay::start(Limits::default()).await;
    let (mut ana, mut bob) = pair(&relay).await;
    for _ in 0..3 {
        ana.tunnel(peer(2), &[1; 1_000]).await;
        bob.hear_piece().await;
    }
    ana.tunnel(peer(9), &[1; 1_000]).await;
    ana.hear().await;
    let stats = relay.stats().await;
    assert_eq!(stats["tunnel_frames"], 3);
    assert_eq!(stats["tunnel_bytes"], 3 * 1_032);
    assert_eq!(stats["frames_forwarded"], 2);
    assert!(!stats.to_string().contains(&peer(1).to_string()));
}
