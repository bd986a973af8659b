//! Two nodes' connections in one process, over real sockets; and what strangers send
//! to them.

mod path;

use std::collections::BTreeMap;
use std::time::Duration;

use tablon_core::hash::PeerId;
use tablon_core::relay::SignalStep;
use tablon_core::view::LinkKind;
use tablon_core::wire::MAX_FRAME;
use tokio::net::UdpSocket;
use tokio::sync::{broadcast, mpsc};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Order, Orders, Service, Sockets};
use crate::driver::{Door, Event};
use crate::links::{LinkId, Outbox};

/// Nothing here takes so long, unless it hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// What the driver would do, by hand.
struct Side {
    id: PeerId,
    orders: Orders,
    events: mpsc::Receiver<Event>,
    addresses: Vec<std::net::SocketAddr>,
    links: BTreeMap<PeerId, (LinkId, Outbox)>,
    said: Vec<(PeerId, u32, SignalStep)>,
    frames: Vec<Vec<u8>>,
    downs: Vec<String>,
    failed: Vec<PeerId>,
    stopping: CancellationToken,
}

impl Drop for Side {
    fn drop(&mut self) {
        self.stopping.cancel();
    }
}

impl Side {
    async fn new(number: u8) -> Self {
        let sockets = Sockets::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
        let addresses = sockets.addresses();
        let (sender, events) = mpsc::channel(8);
        let (news, _) = broadcast::channel(1);
        let (orders, received) = Orders::new();
        let stopping = CancellationToken::new();
        let service = Service {
            me: PeerId([number; 32]),
            sockets,
            door: Door::new(sender.clone(), sender, news.downgrade()),
            orders: received,
        };
        tokio::spawn(service.serve(stopping.clone()));
        Self {
            id: PeerId([number; 32]),
            orders,
            events,
            addresses,
            links: BTreeMap::new(),
            said: Vec::new(),
            frames: Vec::new(),
            downs: Vec::new(),
            failed: Vec::new(),
            stopping,
        }
    }

    fn dial(&self, peer: PeerId, session: u32) {
        assert!(self.orders.give(Order::Dial { peer, session }));
    }

    fn hear(&self, from: PeerId, session: u32, step: SignalStep) {
        let signal = Order::Signal {
            from,
            session,
            step,
        };
        assert!(self.orders.give(signal));
    }

    fn note(&mut self, event: Event) {
        match event {
            Event::Say { to, session, step } => self.said.push((to, session, step)),
            Event::LinkUp {
                peer,
                link,
                kind,
                outbox,
                ..
            } => {
                assert_eq!(kind, LinkKind::Webrtc);
                self.links.insert(peer, (link, outbox));
            }
            Event::LinkDown { peer, link, reason } => {
                if self
                    .links
                    .get(&peer)
                    .is_some_and(|(known, _)| *known == link)
                {
                    self.links.remove(&peer);
                }
                self.downs.push(reason);
            }
            Event::Frame { frame, .. } => self.frames.push(frame),
            Event::RtcFailed { peer } => self.failed.push(peer),
            other => panic!("{other:?}"),
        }
    }

    async fn next(&mut self) {
        let event = self.events.recv().await.expect("the service runs");
        self.note(event);
    }

    async fn until(&mut self, is: impl Fn(&Self) -> bool) {
        let waiting = async {
            while !is(self) {
                self.next().await;
            }
        };
        timeout(PATIENCE, waiting).await.expect("in time");
    }

    fn send(&self, to: PeerId, frame: Vec<u8>) -> bool {
        self.links[&to].1.push(frame)
    }
}

/// Carry signals between both until `is`.
async fn until(a: &mut Side, b: &mut Side, is: impl Fn(&Side, &Side) -> bool) {
    let carrying = async {
        while !is(a, b) {
            for (to, session, step) in std::mem::take(&mut a.said) {
                if to == b.id {
                    b.hear(a.id, session, step);
                }
            }
            for (to, session, step) in std::mem::take(&mut b.said) {
                if to == a.id {
                    a.hear(b.id, session, step);
                }
            }
            if is(a, b) {
                break;
            }
            tokio::select! {
                () = a.next() => {}
                () = b.next() => {}
            }
        }
    };
    timeout(PATIENCE, carrying).await.expect("in time");
}

async fn linked() -> (Side, Side) {
    let (mut a, mut b) = (Side::new(1).await, Side::new(2).await);
    a.dial(b.id, 7);
    until(&mut a, &mut b, |a, b| a.links.len() + b.links.len() == 2).await;
    (a, b)
}

fn noise(length: usize, seed: u8) -> Vec<u8> {
    (0..length)
        .map(|at| (at as u8).wrapping_mul(31) ^ seed)
        .collect()
}

#[tokio::test]
async fn two_nodes_open_a_link_and_the_largest_frames_cross_both_ways() {
    let (mut a, mut b) = linked().await;
    for length in [1, 16 * 1024 - 1, 16 * 1024, MAX_FRAME] {
        assert!(a.send(b.id, noise(length, 1)));
        assert!(b.send(a.id, noise(length, 2)));
    }
    until(&mut a, &mut b, |a, b| {
        a.frames.len() == 4 && b.frames.len() == 4
    })
    .await;
    assert_eq!(a.frames[3], noise(MAX_FRAME, 2));
    assert_eq!(b.frames[3], noise(MAX_FRAME, 1));
}

#[tokio::test]
async fn many_frames_at_once_arrive_whole_and_in_order() {
    let (a, mut b) = linked().await;
    for number in 0..60_u8 {
        assert!(a.send(b.id, noise(100_000, number)), "{number}");
    }
    b.until(|b| b.frames.len() == 60).await;
    for (number, frame) in (0..).zip(&b.frames) {
        assert_eq!(*frame, noise(100_000, number), "{number}");
    }
}

#[tokio::test]
async fn when_both_dial_at_once_the_offer_of_the_lower_id_stands() {
    let (mut a, mut b) = (Side::new(1).await, Side::new(2).await);
    a.dial(b.id, 7);
    b.dial(a.id, 8);
    a.until(|a| !a.said.is_empty()).await;
    b.until(|b| !b.said.is_empty()).await;
    until(&mut a, &mut b, |a, b| a.links.len() + b.links.len() == 2).await;
    assert!(a.send(b.id, vec![1]));
    b.until(|b| b.frames.len() == 1).await;
    assert!(a.failed.is_empty() && b.failed.is_empty());
    assert!(a.downs.is_empty() && b.downs.is_empty());
}

#[tokio::test]
async fn a_link_that_one_side_ends_is_told_to_the_other() {
    let (mut a, mut b) = linked().await;
    let (_, outbox) = a.links.remove(&b.id).unwrap();
    outbox.end("enough".into());
    b.until(|b| !b.downs.is_empty()).await;
    assert_eq!(b.downs, ["the peer left"]);
    assert!(b.links.is_empty());
    // And one whose node stops.
    let (a, mut b) = linked().await;
    a.stopping.cancel();
    b.until(|b| !b.downs.is_empty()).await;
}

#[tokio::test]
async fn a_peer_that_offers_anew_replaces_its_link_only_once_it_opens() {
    let (mut a, mut b) = linked().await;
    // An old offer, repeated by a relay: nobody answers for it.
    let mut other = Side::new(3).await;
    other.dial(b.id, 9);
    other.until(|other| !other.said.is_empty()).await;
    let (_, session, offer) = other.said.remove(0);
    b.hear(a.id, session, offer);
    b.until(|b| !b.said.is_empty()).await;
    assert!(a.send(b.id, vec![5]));
    b.until(|b| b.frames.len() == 1).await;
    assert!(b.downs.is_empty());
    // A true one.
    let (_, outbox) = a.links.remove(&b.id).unwrap();
    let first = b.links[&a.id].0;
    drop(outbox);
    a.until(|a| !a.downs.is_empty()).await;
    a.said.clear();
    b.said.clear();
    a.dial(b.id, 10);
    until(&mut a, &mut b, |a, b| {
        a.links.contains_key(&b.id) && b.links.get(&a.id).is_some_and(|link| link.0 != first)
    })
    .await;
}

#[tokio::test]
async fn garbage_from_strangers_and_forged_datagrams_change_nothing() {
    let (mut a, mut b) = linked().await;
    let stranger = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for number in 0..2_000_u32 {
        // Every first byte: STUN, DTLS, RTP and what is none of them; every length.
        let mut bytes = noise((number as usize * 7) % 1_500, number as u8);
        if let Some(first) = bytes.first_mut() {
            *first = number as u8;
        }
        if number % 3 == 0 && bytes.len() >= 20 {
            bytes[..8].copy_from_slice(&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]);
            let length = (bytes.len() - 20) as u16 & !3;
            bytes[2..4].copy_from_slice(&length.to_be_bytes());
        }
        stranger.send_to(&bytes, b.addresses[0]).await.unwrap();
    }
    assert!(a.send(b.id, vec![1]));
    b.until(|b| b.frames == [[1]]).await;
    assert!(a.downs.is_empty() && b.downs.is_empty());
    assert!(a.send(b.id, vec![2]));
    until(&mut a, &mut b, |_, b| b.frames.len() == 2).await;
}

#[tokio::test]
async fn descriptions_that_are_none_end_the_attempt_and_no_more() {
    let mut a = Side::new(1).await;
    let audio = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";
    let bare = "v=0\r\no=- 1 2 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=application 9 UDP/DTLS/SCTP \
                webrtc-datachannel\r\n";
    let long = "a=".repeat(8_000);
    for (number, sdp) in (0..).zip(["", "v=0", audio, bare, &long]) {
        let peer = PeerId([number + 50; 32]);
        a.hear(peer, 1, SignalStep::Offer { sdp: sdp.into() });
    }
    // Candidates, answers and restarts of nobody.
    let stranger = PeerId([9; 32]);
    a.hear(stranger, 1, SignalStep::Answer { sdp: bare.into() });
    a.hear(stranger, 1, SignalStep::Restart { sdp: bare.into() });
    a.hear(stranger, 1, SignalStep::Full);
    // A dial of this node's that is answered with nonsense.
    a.dial(stranger, 4);
    a.until(|a| !a.said.is_empty()).await;
    a.hear(stranger, 4, SignalStep::Answer { sdp: bare.into() });
    a.until(|a| a.failed == [stranger]).await;
    assert!(a.links.is_empty());
}

#[tokio::test]
async fn candidates_without_end_are_kept_in_part_and_the_link_opens() {
    let (mut a, mut b) = (Side::new(1).await, Side::new(2).await);
    a.dial(b.id, 7);
    a.until(|a| !a.said.is_empty()).await;
    for number in 0..1_000_u32 {
        // TEST-NET-2 (RFC 5737), and what no node can use.
        let candidate = match number % 3 {
            0 => format!(
                "candidate:{number} 1 udp 9 198.51.100.1 {} typ host",
                number + 1
            ),
            1 => format!("candidate:{number} 1 tcp 9 198.51.100.1 9 typ host tcptype active"),
            _ => format!("candidate:{number} 1 udp 9 {number}.local 9 typ host"),
        };
        let step = SignalStep::Candidate {
            candidate,
            mid: Some("0".into()),
            line: Some(0),
        };
        let from = b.id;
        let session = 7;
        // Orders that do not fit are lost: these come faster than they are taken.
        let _ = a.orders.give(Order::Signal {
            from,
            session,
            step,
        });
        if number % 50 == 0 {
            tokio::task::yield_now().await;
        }
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    until(&mut a, &mut b, |a, b| a.links.len() + b.links.len() == 2).await;
}

#[tokio::test]
async fn a_dial_too_many_fails_at_once_and_one_that_signals_do_not_reach_gives_its_place_back() {
    let mut busy = Side::new(1).await;
    for number in 0..24 {
        busy.dial(PeerId([100 + number; 32]), 1);
    }
    busy.until(|busy| busy.said.len() == 24).await;
    let last = PeerId([99; 32]);
    busy.dial(last, 1);
    busy.until(|busy| busy.failed == [last]).await;
    let first = PeerId([100; 32]);
    assert!(busy.orders.give(Order::Unreachable { peer: first }));
    busy.until(|busy| busy.failed.len() == 2).await;
    busy.said.clear();
    busy.dial(last, 2);
    busy.until(|busy| !busy.said.is_empty()).await;
    // Its own dials take no place of those who offer.
    let mut other = Side::new(2).await;
    other.dial(busy.id, 5);
    until(&mut other, &mut busy, |other, _| other.links.len() == 1).await;
}

// Offers are signed by keys that cost nothing, and nobody comes.
#[tokio::test]
async fn a_hundred_offers_of_nobody_keep_no_dial_and_no_offer_of_somebody_from_opening() {
    let (mut a, mut b, mut c) = (Side::new(1).await, Side::new(2).await, Side::new(3).await);
    c.dial(a.id, 7);
    c.until(|c| !c.said.is_empty()).await;
    let offer = c.said[0].2.clone();
    let mut strangers = (0..100).map(|number| PeerId([100 + number; 32]));
    let full = |(_, _, step): &&(PeerId, u32, SignalStep)| *step == SignalStep::Full;
    let mut flood = async |a: &mut Side| {
        a.said.clear();
        for stranger in strangers.by_ref().take(50) {
            a.hear(stranger, 7, offer.clone());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // All but the last four have given way.
        a.until(|a| a.said.iter().filter(full).count() >= 46).await;
    };
    flood(&mut a).await;
    a.dial(b.id, 1);
    until(&mut a, &mut b, |a, _| a.links.len() == 1).await;
    flood(&mut a).await;
    let mut d = Side::new(4).await;
    d.dial(a.id, 9);
    until(&mut d, &mut a, |d, _| d.links.len() == 1).await;
}

#[tokio::test]
async fn a_peer_that_never_reads_holds_so_much_and_is_dropped() {
    let (mut a, b) = linked().await;
    // b's driver takes nothing, so its service stops reading once it holds as much as
    // it may, more than waits here at a time: what is refused now may be taken soon.
    let mut sent = 0;
    let filling = async {
        while a.downs.is_empty() {
            sent += usize::from(a.send(b.id, vec![0; MAX_FRAME]));
            assert!(sent < 400, "{sent} frames of {MAX_FRAME} bytes wait");
            let _ = timeout(Duration::from_millis(2), a.next()).await;
        }
    };
    timeout(PATIENCE, filling).await.expect("in time");
    assert_eq!(a.downs, ["it does not read within 10 s"]);
}
