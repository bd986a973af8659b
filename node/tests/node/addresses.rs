//! Peers that tell where they are, and lie.

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tablon_core::hash::PeerId;
use tablon_core::keys::SecretKey;
use tablon_core::relay::{FromRelay, Signal, SignalStep, SignedSignal, ToRelay};

use crate::common::{LOCAL, quick, start, wait_until};
use crate::relay::{Liar, hear, neighbours, say};

/// Names that a liar gives at once, as many as a relay may.
const NAMED_AT_ONCE: u8 = 24;

/// A relay that introduces ever other peers, each of which says that it is at these
/// addresses. Counts how many have been asked.
fn crowd(addresses: Vec<String>) -> (Liar, Arc<AtomicU32>) {
    let asked = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&asked);
    let liar = Liar::start(move |_, socket| {
        let keys: Vec<SecretKey> = (1..=240)
            .map(|seed| SecretKey::from_seed([seed; 32]))
            .collect();
        let named = |from: usize| {
            let some = keys.iter().cycle().skip(from).take(NAMED_AT_ONCE.into());
            let peers: Vec<PeerId> = some.map(|key| key.public().peer_id()).collect();
            FromRelay::Peers { peers }
        };
        let mut from = 0;
        if say(socket, &named(from)).is_none() {
            return;
        }
        while let Some(frame) = hear(socket) {
            let said = match frame {
                ToRelay::Peers => {
                    from += usize::from(NAMED_AT_ONCE);
                    say(socket, &named(from))
                }
                ToRelay::Signal(signed) if signed.signal.step == SignalStep::Ask => {
                    counted.fetch_add(1, Ordering::Relaxed);
                    let is_asked = |key: &&SecretKey| key.public().peer_id() == signed.signal.to;
                    let key = keys.iter().find(is_asked).expect("it was named");
                    let to = signed.verify().unwrap();
                    let session = signed.signal.session;
                    // A wrong session first, which nothing must come of.
                    let mut answers = [session ^ 1, session].map(|session| {
                        let signal = Signal {
                            network: quick().network_id(),
                            from: key.public(),
                            to,
                            session,
                            step: SignalStep::At {
                                addresses: addresses.clone(),
                            },
                        };
                        FromRelay::Signal(SignedSignal::sign(signal, key))
                    });
                    (answers.iter_mut()).try_for_each(|answer| say(socket, answer))
                }
                ToRelay::Hello { .. } | ToRelay::Signal(_) => Some(()),
            };
            if said.is_none() {
                return;
            }
        }
    });
    (liar, asked)
}

/// Counts who comes, and shows everybody the door.
fn victim() -> (String, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let came = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&came);
    thread::spawn(move || {
        for stream in listener.incoming() {
            counted.fetch_add(1, Ordering::Relaxed);
            drop(stream);
        }
    });
    (format!("127.0.0.1:{port}"), came)
}

fn wait_asked(asked: &AtomicU32, number: u32) {
    wait_until(|| (asked.load(Ordering::Relaxed) >= number).then_some(()));
}

#[test]
fn nobody_has_a_node_call_what_only_its_machine_reaches() {
    let folder = tempfile::tempdir().unwrap();
    let (address, came) = victim();
    let (_, port) = address.rsplit_once(':').unwrap();
    let hosts = ["127.0.0.1", "localhost", "[::1]", "0.0.0.0"];
    for host in hosts {
        let (liar, asked) = crowd(vec![format!("ws://{host}:{port}/peer")]);
        let more = ["--webrtc", "off", "--relay", &liar.url()];
        let node = start(&folder.path().join("node"), &more);
        wait_asked(&asked, 5);
        drop(node);
        assert_eq!(came.load(Ordering::Relaxed), 0, "{host}");
    }
}

#[test]
fn a_crowd_aims_a_node_at_one_host_six_times_and_then_six_times_a_minute() {
    let folder = tempfile::tempdir().unwrap();
    let (address, came) = victim();
    let (liar, asked) = crowd(vec![format!("ws://{address}/peer")]);
    let more = ["--webrtc", "off", "--relay", &liar.url()];
    let node = start(&folder.path().join("node"), &[&LOCAL[..], &more].concat());
    let begun = Instant::now();
    wait_asked(&asked, 30);
    let most = 6 + u32::try_from(begun.elapsed().as_secs() / 10).unwrap();
    thread::sleep(Duration::from_millis(200));
    let came = came.load(Ordering::Relaxed);
    assert!((6..=most).contains(&came), "{came} calls, at most {most}");
    assert!(neighbours(&node).is_empty());
}

#[test]
fn an_address_that_leads_to_another_key_is_no_link() {
    let folder = tempfile::tempdir().unwrap();
    let other = start(&folder.path().join("other"), &[]);
    let (liar, asked) = crowd(vec![format!("ws://{}/peer", other.address)]);
    let more = ["--webrtc", "off", "--relay", &liar.url()];
    let node = start(&folder.path().join("node"), &[&LOCAL[..], &more].concat());
    wait_asked(&asked, 8);
    assert!(neighbours(&node).is_empty());
    assert!(neighbours(&other).is_empty());
}
