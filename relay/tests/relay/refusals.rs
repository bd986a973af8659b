//! Bad input: refused with the rule and the values, and the right close code.

use tablon_core::relay::{FromRelay, MAX_RELAY_FRAME, SignalStep, SignedSignal, ToRelay};
use tablon_relay::{Limits, code};
use tokio::io::AsyncWriteExt as _;

use crate::common::{Heard, NETWORK, OTHER_NETWORK, Relay, Tab, bulky, hello, key, offer, peer};

#[tokio::test]
async fn a_hello_that_does_not_prove_its_key_is_refused() {
    let relay = Relay::start(Limits::default()).await;

    let mut eve = Tab::connect(relay.address).await;
    let nonce = eve.challenge().await;
    let ToRelay::Hello {
        signature,
        network,
        protocol,
        ..
    } = hello(&key(9), nonce, NETWORK)
    else {
        unreachable!("hello() makes a hello");
    };
    let as_ana = ToRelay::Hello {
        protocol,
        network,
        key: key(1).public(),
        signature,
    };
    eve.say(&as_ana).await;
    eve.is_refused(&["signed", &peer(1).to_string()], code::POLICY)
        .await;

    let mut replayer = Tab::connect(relay.address).await;
    replayer.challenge().await;
    replayer.say(&hello(&key(9), nonce, NETWORK)).await;
    replayer
        .is_refused(&["this socket's challenge"], code::POLICY)
        .await;

    let mut mover = Tab::connect(relay.address).await;
    let nonce = mover.challenge().await;
    let ToRelay::Hello {
        key,
        signature,
        protocol,
        ..
    } = hello(&key(9), nonce, NETWORK)
    else {
        unreachable!("hello() makes a hello");
    };
    let moved = ToRelay::Hello {
        protocol,
        network: OTHER_NETWORK,
        key,
        signature,
    };
    mover.say(&moved).await;
    mover
        .is_refused(&[&OTHER_NETWORK.to_string()], code::POLICY)
        .await;

    relay
        .until("all were counted", |s| s["refused"]["hello_forged"] == 3)
        .await;
    assert_eq!(relay.stats().await["peers"], 0);
}

#[tokio::test]
async fn another_protocol_is_refused_by_number_even_if_its_hello_differs() {
    let relay = Relay::start(Limits::default()).await;
    for text in [
        r#"{"type":"hello","protocol":3,"rooms":[],"proof":"of another kind"}"#,
        &serde_json::to_string(&ToRelay::Hello {
            protocol: 3,
            network: NETWORK,
            key: key(1).public(),
            signature: key(1).sign(b""),
        })
        .unwrap(),
    ] {
        let mut tab = Tab::connect(relay.address).await;
        tab.challenge().await;
        tab.say_text(text.into()).await;
        tab.is_refused(&["protocol 2", "received 3"], code::PROTOCOL)
            .await;
    }
}

#[tokio::test]
async fn anything_before_a_hello_is_refused() {
    let relay = Relay::start(Limits::default()).await;
    for frame in [ToRelay::Peers, ToRelay::Signal(offer(1, 2, "v=0"))] {
        let mut tab = Tab::connect(relay.address).await;
        tab.challenge().await;
        tab.say(&frame).await;
        tab.is_refused(&["first frame is a hello"], code::PROTOCOL)
            .await;
    }
}

#[tokio::test]
async fn a_second_hello_is_refused() {
    let relay = Relay::start(Limits::default()).await;
    let mut tab = Tab::connect(relay.address).await;
    let nonce = tab.challenge().await;
    tab.say(&hello(&key(1), nonce, NETWORK)).await;
    tab.hear().await;
    tab.say(&hello(&key(1), nonce, NETWORK)).await;
    tab.is_refused(&["once"], code::PROTOCOL).await;
}

#[tokio::test]
async fn frames_outside_the_protocol_close_the_socket() {
    let relay = Relay::start(Limits::default()).await;
    let deep = format!("{}{}", "[".repeat(8_000), "]".repeat(8_000));
    let long_type = format!(r#"{{"type":"{}"}}"#, "ñ".repeat(4_000));
    for text in [
        "",
        "{}",
        "null",
        "[1]",
        "hola",
        r#"{"type":"shout"}"#,
        r#"{"type":"signal"}"#,
        r#"{"type":"peers"} {"type":"peers"}"#,
        r#"{"type":"hello","protocol":99999}"#,
        &deep,
        &long_type,
    ] {
        for mut tab in [relay.tab(1).await, {
            let mut stranger = Tab::connect(relay.address).await;
            stranger.challenge().await;
            stranger
        }] {
            tab.say_text(text.into()).await;
            let reason = tab.hear_refusal().await;
            assert!(reason.starts_with("a frame is one JSON object"), "{reason}");
            assert!(reason.len() <= 300, "little is echoed: {}", reason.len());
            assert_eq!(tab.hear().await, Heard::Closed(code::PROTOCOL));
        }
    }
}

#[tokio::test]
async fn bad_text_and_bad_framing_have_their_own_close_codes() {
    let relay = Relay::start(Limits::default()).await;

    // Final text frame, masked with zeros, one byte that is no UTF-8.
    let mut tab = relay.tab(1).await;
    let bad_text = [0x81, 0x81, 0, 0, 0, 0, 0xff];
    tab.socket.get_mut().write_all(&bad_text).await.unwrap();
    tab.is_refused(&["UTF-8"], code::INVALID).await;

    // Not masked, which every client must do; then a reserved opcode.
    for bytes in [&[0x81, 0x01, b'x'][..], &[0x83, 0x80, 0, 0, 0, 0]] {
        let mut tab = relay.tab(1).await;
        tab.socket.get_mut().write_all(bytes).await.unwrap();
        tab.is_refused(&["RFC 6455"], code::PROTOCOL).await;
    }
}

#[tokio::test]
async fn a_frame_at_the_bound_passes_and_one_above_it_does_not() {
    let relay = Relay::start(Limits::default()).await;
    let mut ana = relay.tab(1).await;
    let mut bob = relay.tab(2).await;
    let empty = serde_json::to_string(&bulky(1, 2, 0)).unwrap().len();
    let fits = MAX_RELAY_FRAME - empty;
    ana.say(&bulky(1, 2, fits)).await;
    let ToRelay::Signal(sent) = bulky(1, 2, fits) else {
        unreachable!("bulky() makes a signal");
    };
    assert_eq!(bob.hear_signal().await, sent);

    let limit = MAX_RELAY_FRAME.to_string();
    ana.say(&bulky(1, 2, fits + 1)).await;
    let above = (MAX_RELAY_FRAME + 1).to_string();
    ana.is_refused(&[&limit, &above], code::TOO_BIG).await;

    // Too large to be read at all: the refusal arrives all the same.
    let mut ana = relay.tab(1).await;
    ana.try_say(&bulky(1, 2, 1_000_000)).await;
    ana.is_refused(&[&limit], code::TOO_BIG).await;

    // In fragments, each of them small.
    let mut ana = relay.tab(1).await;
    let mut fragments = Vec::new();
    for number in 0..40 {
        let first = if number == 0 { 0x01 } else { 0x00 };
        // Length in two bytes: 1,000. Masked with zeros.
        fragments.extend_from_slice(&[first, 0xfe, 0x03, 0xe8, 0, 0, 0, 0]);
        fragments.extend_from_slice(&[b'x'; 1_000]);
    }
    ana.socket.get_mut().write_all(&fragments).await.unwrap();
    ana.is_refused(&[&limit], code::TOO_BIG).await;
}

#[tokio::test]
async fn a_frame_that_grows_past_the_bound_when_written_anew_is_refused() {
    let relay = Relay::start(Limits::default()).await;
    let mut ana = relay.tab(1).await;
    let _bob = relay.tab(2).await;
    let frame = |length: usize| {
        let mut signal = offer(1, 2, "").signal;
        signal.step = SignalStep::Candidate {
            candidate: "x".repeat(length),
            mid: None,
            line: None,
        };
        let signed = ToRelay::Signal(SignedSignal::sign(signal, &key(1)));
        let text = serde_json::to_string(&signed).unwrap();
        text.replace(r#","mid":null,"line":null"#, "")
    };
    let fits = MAX_RELAY_FRAME - frame(0).len();
    let text = frame(fits);
    assert_eq!(text.len(), MAX_RELAY_FRAME);
    ana.say_text(text).await;
    let reason = ana.hear_refusal().await;
    assert!(reason.contains("at most 16384 bytes"), "{reason}");
}

#[tokio::test]
async fn a_signal_of_another_kind_room_or_key_is_refused() {
    let relay = Relay::start(Limits::default()).await;
    let mut eve = relay.tab(9).await;
    let mut bob = relay.tab(2).await;

    // Ana's own signal, replayed by Eve.
    eve.say(&ToRelay::Signal(offer(1, 2, "v=0"))).await;
    let reason = eve.hear_refusal().await;
    assert!(reason.contains(&peer(9).to_string()), "{reason}");
    assert!(reason.contains(&peer(1).to_string()), "{reason}");

    // Eve's key named, Ana's signature.
    let mut forged = offer(9, 2, "v=0");
    forged.signature = offer(1, 2, "v=0").signature;
    eve.say(&ToRelay::Signal(forged)).await;
    let reason = eve.hear_refusal().await;
    assert!(reason.contains("signature"), "{reason}");

    // Eve's own, changed after signing.
    let mut changed = offer(9, 2, "v=0");
    changed.signal.step = SignalStep::Full;
    eve.say(&ToRelay::Signal(changed)).await;
    eve.hear_refusal().await;

    // A signal for another network.
    let mut signal = offer(9, 2, "v=0").signal;
    signal.network = OTHER_NETWORK;
    eve.say(&ToRelay::Signal(SignedSignal::sign(signal, &key(9))))
        .await;
    let reason = eve.hear_refusal().await;
    assert!(reason.contains(&NETWORK.to_string()), "{reason}");
    assert!(reason.contains(&OTHER_NETWORK.to_string()), "{reason}");

    // What people carry, which no relay knows.
    let mut signal = offer(9, 2, "v=0").signal;
    signal.step = SignalStep::Acceptance { sdp: "v=0".into() };
    eve.say(&ToRelay::Signal(SignedSignal::sign(signal, &key(9))))
        .await;
    let reason = eve.hear_refusal().await;
    assert!(reason.contains("people carry"), "{reason}");

    // Nothing of it reached Bob, and Eve may still speak for herself.
    eve.say(&ToRelay::Signal(offer(9, 2, "v=9"))).await;
    assert_eq!(bob.hear_signal().await, offer(9, 2, "v=9"));
    let refused = relay.stats().await["refused"].clone();
    let expected = serde_json::json!({
        "not_the_sender": 1, "signal_forged": 2, "other_room": 1, "for_people": 1
    });
    assert_eq!(refused, expected);
}

#[tokio::test]
async fn too_many_refused_signals_end_the_socket() {
    let relay = Relay::start(Limits {
        faults: 2,
        ..Limits::default()
    })
    .await;
    let mut eve = relay.tab(9).await;
    for _ in 0..3 {
        eve.say(&ToRelay::Signal(offer(1, 2, "v=0"))).await;
    }
    for _ in 0..3 {
        let heard = eve.hear().await;
        assert!(
            matches!(heard, Heard::Frame(FromRelay::Refused { .. })),
            "{heard:?}"
        );
    }
    eve.is_refused(&["at most 2"], code::POLICY).await;
}
