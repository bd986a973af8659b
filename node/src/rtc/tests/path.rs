//! Two connections without sockets and with a clock of the test's: a path that is
//! lost, and found again.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::Input;
use str0m::net::{Protocol, Receive};
use tablon_core::relay::SignalStep;

use super::super::connection::{Common, Connection, Happening, Letter};
use crate::links::Outbox;

struct Pair {
    ends: [Connection; 2],
    now: Instant,
    /// Whether datagrams and signals arrive.
    path: bool,
    /// What was said, opened, received and closed, by end.
    said: Vec<(usize, SignalStep)>,
    received: [Vec<Vec<u8>>; 2],
    opened: usize,
    closed: Vec<(usize, String)>,
}

impl Pair {
    fn new() -> Self {
        let now = Instant::now();
        let address = |port| SocketAddr::from(([10, 0, 0, 1], port));
        let [offers, answers] = [1, 2].map(|port| Common::new(&[address(port)]));
        let mut offering = Connection::offer(7, &offers, now);
        let Some(Happening::Say(SignalStep::Offer { sdp })) = offering.out.happenings.pop_front()
        else {
            panic!("an offer is said first");
        };
        let answering = Connection::answer(7, &sdp, &answers, now);
        Self {
            ends: [offering, answering],
            now,
            path: true,
            said: Vec::new(),
            received: Default::default(),
            opened: 0,
            closed: Vec::new(),
        }
    }

    // Everything that both want, and then the next moment that either waits for.
    fn turn(&mut self) {
        for end in 0..2 {
            let other = 1 - end;
            for happening in std::mem::take(&mut self.ends[end].out.happenings) {
                match happening {
                    Happening::Say(step) => self.said.push((end, step)),
                    Happening::Proven => {}
                    Happening::Opened => self.opened += 1,
                    Happening::Received(frame) => self.received[end].push(frame),
                    Happening::Closed(reason) => self.closed.push((end, reason)),
                }
            }
            for datagram in std::mem::take(&mut self.ends[end].out.datagrams) {
                let received = Receive::new(
                    Protocol::Udp,
                    datagram.source,
                    datagram.destination,
                    &datagram.contents,
                );
                let received = received.unwrap();
                let input = Input::Receive(self.now, received);
                if self.path && self.ends[other].accepts(&input) {
                    let Input::Receive(_, received) = input else {
                        continue;
                    };
                    self.ends[other].receive(received, self.now);
                }
            }
        }
        let idle = |end: &Connection| end.out.datagrams.is_empty() && end.out.happenings.is_empty();
        if self.ends.iter().all(idle) {
            let due = self.ends.iter().map(Connection::due).min();
            self.now = due.map_or(self.now, |due| due.max(self.now)) + Duration::from_millis(1);
            for end in &mut self.ends {
                end.pass(self.now);
            }
        }
    }

    fn carry(&mut self) {
        for (end, step) in std::mem::take(&mut self.said) {
            let to = &mut self.ends[1 - end];
            match step {
                SignalStep::Answer { sdp } => to.answered(&sdp, self.now),
                SignalStep::Restart { sdp } => to.restarted(&sdp, self.now),
                other => panic!("{other:?}"),
            }
        }
    }

    fn until(&mut self, is: impl Fn(&Self) -> bool) {
        for _ in 0..100_000 {
            if is(self) {
                return;
            }
            self.turn();
            if self.path {
                self.carry();
            }
        }
        panic!("nothing came of it");
    }

    fn send(&mut self, end: usize, frame: Vec<u8>) {
        let (outbox, mut mail) = Outbox::new();
        assert!(outbox.push(frame));
        let queued = mail.frames.try_recv().unwrap();
        self.ends[end].post(Letter::Frame(queued), self.now);
    }
}

#[test]
fn a_path_that_comes_back_carries_what_was_sent_meanwhile() {
    let mut pair = Pair::new();
    pair.until(|pair| pair.opened == 2);
    pair.path = false;
    pair.send(0, vec![1; 50_000]);
    let restarts = |said: &[(usize, SignalStep)]| {
        let restart = |(_, step): &&(usize, SignalStep)| matches!(step, SignalStep::Restart { .. });
        said.iter().filter(restart).count()
    };
    pair.until(|pair| restarts(&pair.said) > 0);
    assert_eq!(pair.said[0].0, 0, "who offered looks for another path");
    pair.path = true;
    pair.until(|pair| pair.received[1].len() == 1);
    assert_eq!(pair.received[1][0], vec![1; 50_000]);
    pair.send(1, vec![2]);
    pair.until(|pair| pair.received[0] == [[2]]);
    assert!(pair.closed.is_empty(), "{:?}", pair.closed);
}

#[test]
fn a_path_that_stays_away_ends_the_link_on_both_sides() {
    let mut pair = Pair::new();
    pair.until(|pair| pair.opened == 2);
    pair.path = false;
    let lost = pair.now;
    pair.until(|pair| pair.closed.len() == 2);
    let reason = |(_, reason): &(usize, String)| reason == "the network path to the peer is gone";
    assert!(pair.closed.iter().all(reason), "{:?}", pair.closed);
    let silence = pair.now - lost;
    assert!(silence < Duration::from_secs(60), "{silence:?}");
}

#[test]
fn a_repeated_restart_of_old_moves_nothing() {
    let mut pair = Pair::new();
    pair.until(|pair| pair.opened == 2);
    pair.path = false;
    pair.until(|pair| !pair.said.is_empty());
    let (_, restart) = pair.said[0].clone();
    pair.path = true;
    pair.until(|pair| pair.said.is_empty());
    pair.send(0, vec![1]);
    pair.until(|pair| pair.received[1].len() == 1);
    let SignalStep::Restart { sdp } = restart else {
        panic!("a restart is said");
    };
    pair.ends[1].restarted(&sdp, pair.now);
    assert!(pair.ends[1].out.happenings.is_empty());
    pair.send(0, vec![2]);
    pair.until(|pair| pair.received[1].len() == 2);
}

#[test]
fn an_offer_that_nobody_answers_is_given_up() {
    let mut pair = Pair::new();
    pair.path = false;
    let begin = pair.now;
    pair.until(|pair| pair.closed.len() == 2);
    assert_eq!((pair.now - begin).as_secs(), 15);
    assert_eq!(pair.opened, 0);
}
