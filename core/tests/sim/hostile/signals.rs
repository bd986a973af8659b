//! Signals that are false, misplaced, or too many.

use tablon_core::hash::{BlockHash, PeerId};
use tablon_core::keys::SecretKey;
use tablon_core::node::{Input, Output};
use tablon_core::relay::{ANYONE, Signal, SignalStep, SignedSignal};
use tablon_core::wire::Message;

use super::{Meeting, meet};
use crate::faults::only_pongs;
use crate::node::secret;

impl Meeting {
    fn signed(&self, key: &SecretKey, to: PeerId, step: SignalStep) -> SignedSignal {
        let signal = Signal {
            network: self.forge.params.network_id(),
            from: key.public(),
            to,
            session: 1,
            step,
        };
        SignedSignal::sign(signal, key)
    }

    fn key(&mut self) -> SecretKey {
        let puppet = self.puppet;
        self.world.puppet_at(puppet).key.clone()
    }

    fn signals(&mut self, signed: SignedSignal) {
        self.say(&Message::Signal(Box::new(signed)));
    }

    fn heard_of(&self, what: impl Fn(&Message) -> bool) -> usize {
        let heard = self.world.heard(self.puppet).iter();
        heard.filter(|message| what(message)).count()
    }
}

fn offer() -> SignalStep {
    SignalStep::Offer {
        sdp: "v=0 offer".into(),
    }
}

#[test]
pub(super) fn a_signal_whose_words_were_changed() {
    let mut meeting = meet(1, only_pongs());
    let (key, to) = (meeting.key(), meeting.world.id(meeting.tab));
    let mut signed = meeting.signed(&key, to, offer());
    signed.signal.step = SignalStep::Offer {
        sdp: "v=0 another".into(),
    };
    meeting.signals(signed);
    meeting.must_be_dropped("a signal is not signed by its author");
}

#[test]
pub(super) fn a_signal_larger_than_any_offer() {
    let mut meeting = meet(20, only_pongs());
    let (key, to) = (meeting.key(), meeting.world.id(meeting.tab));
    let offer = |letters: usize| SignalStep::Offer {
        sdp: "a".repeat(letters),
    };
    let fits = meeting.signed(&key, to, offer(16_000));
    meeting.signals(fits);
    meeting.world.run(1_000);
    assert_eq!(meeting.why(), None);
    let large = meeting.signed(&key, to, offer(16_384));
    meeting.signals(large);
    meeting.must_be_dropped("at most 16384 are carried");
}

#[test]
pub(super) fn a_signal_in_the_name_of_another() {
    let mut meeting = meet(2, only_pongs());
    let other = secret(9, 9);
    let signed = meeting.signed(&other, PeerId([3; 32]), offer());
    meeting.signals(signed);
    meeting.must_be_dropped("it signals to another in the name of");
}

#[test]
pub(super) fn a_signal_of_the_node_itself_played_back() {
    let mut meeting = meet(3, only_pongs());
    let (tab, puppet) = (meeting.tab, meeting.world.id(meeting.puppet));
    let dial = Input::Signal {
        to: puppet,
        session: 7,
        step: offer(),
    };
    meeting.world.feed(tab, dial);
    meeting.world.run(1_000);
    let heard = meeting.world.heard(meeting.puppet).iter();
    let own = heard.rev().find_map(|message| match message {
        Message::Signal(signed) => Some(signed.clone()),
        _ => None,
    });
    meeting.signals(*own.expect("it came to its neighbour"));
    meeting.must_be_dropped("a signal came that neighbours do not carry");
}

#[test]
pub(super) fn an_invitation_that_people_should_carry() {
    let mut meeting = meet(4, only_pongs());
    let key = meeting.key();
    let invitation = SignalStep::Invitation {
        sdp: "v=0 invitation".into(),
    };
    let signed = meeting.signed(&key, ANYONE, invitation);
    meeting.signals(signed);
    meeting.must_be_dropped("a signal came that neighbours do not carry");
}

#[test]
pub(super) fn a_signal_from_another_network() {
    let mut meeting = meet(5, only_pongs());
    let (key, to) = (meeting.key(), meeting.world.id(meeting.tab));
    let mut signal = meeting.signed(&key, to, offer()).signal;
    signal.network = BlockHash([1; 32]);
    meeting.signals(SignedSignal::sign(signal, &key));
    meeting.must_be_dropped("it is of network 0101");
}

#[test]
fn a_signal_for_nobody_known_is_answered_and_goes_no_further() {
    let mut meeting = meet(6, only_pongs());
    let key = meeting.key();
    let stranger = PeerId([3; 32]);
    let signed = meeting.signed(&key, stranger, offer());
    meeting.signals(signed);
    meeting.world.run(1_000);
    assert_eq!(
        meeting.heard_of(|message| *message == Message::Unreachable(stranger)),
        1
    );
    assert_eq!(meeting.why(), None);
}

#[test]
fn signals_poured_on_one_neighbour_are_carried_at_a_bearable_rate() {
    let mut meeting = meet(7, only_pongs());
    let (tab, key) = (meeting.tab, meeting.key());
    let other = meeting.world.puppet(only_pongs());
    meeting.world.link(tab, other);
    let hello = Message::Hello(meeting.forge.hello());
    meeting.world.send_as(other, tab, hello.to_frame());
    meeting.world.run(1_000);
    let to = meeting.world.id(other);
    for _ in 0..400 {
        let signed = meeting.signed(&key, to, offer());
        meeting.signals(signed);
    }
    meeting.world.run(2_000);
    let carried = meeting.world.heard(other).iter();
    let carried = carried.filter(|message| matches!(message, Message::Signal(_)));
    let carried = carried.count();
    assert!((150..200).contains(&carried), "{carried} of 400");
    let refused = meeting.heard_of(|message| *message == Message::Unreachable(to));
    assert_eq!(carried + refused, 400);
    assert_eq!(meeting.why(), None);
}

#[test]
fn signals_of_thousands_of_made_up_nodes_leave_the_last_ways_and_no_more() {
    let mut meeting = meet(8, only_pongs());
    let (tab, own) = (meeting.tab, meeting.world.id(meeting.tab));
    let keys: Vec<SecretKey> = (0..74).map(|number| secret(7, number)).collect();
    for key in &keys {
        let signed = meeting.signed(key, own, offer());
        meeting.signals(signed);
        meeting.world.run(5);
    }
    meeting.world.run(1_000);
    // Where an answer goes shows which way is remembered.
    let by_neighbour = |meeting: &mut Meeting, key: &SecretKey| {
        let (to, time) = (key.public().peer_id(), meeting.world.now);
        let answer = Input::Signal {
            to,
            session: 1,
            step: SignalStep::Full,
        };
        let tab = meeting.world.at_mut(tab);
        let time = tab.time(time);
        let node = tab.node.as_mut().expect("it is open");
        let outputs = node.step(time, answer);
        !outputs
            .iter()
            .any(|output| matches!(output, Output::Relay(_)))
    };
    let last = keys.last().expect("there are some").clone();
    assert!(by_neighbour(&mut meeting, &last));
    assert!(!by_neighbour(&mut meeting, &keys[0]));
    let remembered = keys.iter().filter(|key| by_neighbour(&mut meeting, key));
    assert_eq!(remembered.count(), 64);
}

#[test]
fn an_offer_of_a_peer_in_its_cool_off_is_not_heard() {
    let mut meeting = meet(9, only_pongs());
    let (tab, key) = (meeting.tab, meeting.key());
    let own = meeting.world.id(tab);
    let signed = meeting.signed(&key, own, offer());
    meeting.send(vec![0xff; 7]);
    meeting.world.run(1_000);
    assert!(meeting.why().is_some());
    meeting.world.feed(tab, Input::Signalled(Box::new(signed)));
    assert!(meeting.world.at(tab).attempts.iter().next().is_none());
}
