//! Signals: who may say what to whom, and which way.

use super::{Fed, network};
use crate::command::{Command, Reply};
use crate::hash::PeerId;
use crate::keys::SecretKey;
use crate::node::{Input, Introducer, LinkEvent, Output, RequestId};
use crate::relay::{ANYONE, Signal, SignalStep, SignedSignal};
use crate::target::Work;
use crate::wire::Message;

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed([seed; 32])
}

fn id(seed: u8) -> PeerId {
    key(seed).public().peer_id()
}

fn offer() -> SignalStep {
    SignalStep::Offer { sdp: "v=0".into() }
}

fn signed(from: u8, to: PeerId, step: SignalStep) -> SignedSignal {
    let signal = Signal {
        network: network().network_id(),
        from: key(from).public(),
        to,
        session: 7,
        step,
    };
    SignedSignal::sign(signal, &key(from))
}

// With two neighbours, 10 and 11; the node's own key is 2.
fn fed() -> Fed {
    let mut fed = Fed::new(&network());
    fed.meet(id(10), Work::ZERO);
    fed.meet(id(11), Work::ZERO);
    fed.owed();
    fed
}

fn told(fed: &mut Fed, by: u8, signal: SignedSignal) -> Vec<Output> {
    fed.hear(id(by), &Message::Signal(Box::new(signal)));
    fed.owed()
}

fn says_to(outputs: &[Output], peer: PeerId) -> Vec<Message> {
    let sent = outputs.iter().filter_map(|output| match output {
        Output::Send { peer: to, frame } if *to == peer => Message::from_frame(frame).ok(),
        _ => None,
    });
    sent.collect()
}

fn why_dropped(outputs: &[Output]) -> String {
    let reasons = outputs.iter().filter_map(|output| match output {
        Output::Disconnect { reason, .. } => Some(reason.clone()),
        _ => None,
    });
    reasons.collect()
}

#[test]
fn a_signal_goes_by_the_neighbour_that_names_the_addressee_and_else_by_the_relay() {
    let mut fed = fed();
    let to = id(20);
    let input = |step| Input::Signal {
        to,
        session: 1,
        step,
    };
    fed.feed(input(offer()));
    assert!(matches!(&fed.owed()[..], [Output::Relay(_), ..]));
    fed.hear(id(11), &Message::Neighbours(vec![to]));
    fed.owed();
    fed.feed(input(offer()));
    let said = says_to(&fed.owed(), id(11));
    let [Message::Signal(signal)] = &said[..] else {
        panic!("{said:?}")
    };
    assert_eq!(signal.verify(), Some(id(2)));
    // It is gone from there: the relay again.
    fed.hear(id(11), &Message::Unreachable(to));
    assert!(fed.owed().contains(&Output::Unreachable { peer: to }));
    fed.feed(input(offer()));
    assert!(matches!(&fed.owed()[..], [Output::Relay(_), ..]));
}

// It costs a neighbour nothing to say so, of anybody, at any time.
#[test]
fn a_neighbours_unasked_word_does_not_end_a_dial_that_went_by_the_relay() {
    let mut fed = fed();
    let to = id(20);
    fed.feed(Input::Signal {
        to,
        session: 1,
        step: offer(),
    });
    fed.owed();
    let ended = |fed: &mut Fed| fed.owed().contains(&Output::Unreachable { peer: to });
    fed.hear(id(11), &Message::Unreachable(to));
    assert!(!ended(&mut fed));
    fed.feed(Input::Unreachable { peer: to });
    assert!(ended(&mut fed), "the relay's word ends it");
}

#[test]
fn a_neighbour_that_names_everybody_and_swallows_a_signal_carries_no_second_one() {
    let mut fed = fed();
    let named: Vec<PeerId> = (20..28).map(id).collect();
    fed.hear(id(11), &Message::Neighbours(named.clone()));
    fed.owed();
    let mut swallowed = 0;
    for to in named {
        let step = offer();
        let session = 1;
        fed.feed(Input::Signal { to, session, step });
        swallowed += says_to(&fed.owed(), id(11)).len();
        fed.feed(Input::Link(LinkEvent::DialFailed { peer: to }));
        fed.owed();
    }
    assert_eq!(swallowed, 1);
}

// The relay carries pieces between two that asked each other for a tunnel by it alone.
#[test]
fn a_tunnel_is_asked_for_by_the_relay_even_of_a_neighbours_neighbour() {
    let mut fed = fed();
    let to = id(20);
    fed.hear(id(11), &Message::Neighbours(vec![to]));
    fed.owed();
    for step in [
        SignalStep::Tunnel { nonce: [1; 16] },
        SignalStep::Tunnelled { nonce: [2; 16] },
    ] {
        let session = 1;
        fed.feed(Input::Signal { to, session, step });
        let owed = fed.owed();
        assert!(matches!(&owed[..], [Output::Relay(_), ..]), "{owed:?}");
        assert!(says_to(&owed, id(11)).is_empty());
    }
}

#[test]
fn what_mends_a_link_does_not_go_by_that_link() {
    let mut fed = fed();
    let by_its_own = |fed: &mut Fed, step| {
        fed.feed(Input::Signal {
            to: id(10),
            session: 1,
            step,
        });
        !says_to(&fed.owed(), id(10)).is_empty()
    };
    let candidate = || SignalStep::Candidate {
        candidate: String::new(),
        mid: None,
        line: None,
    };
    // Its last signal came by its own link.
    told(&mut fed, 10, signed(10, id(2), candidate()));
    assert!(by_its_own(&mut fed, candidate()));
    let restart = || SignalStep::Restart { sdp: "v=0".into() };
    assert!(!by_its_own(&mut fed, restart()));
    assert!(!by_its_own(&mut fed, candidate()), "nor what follows");
    fed.hear(id(11), &Message::Neighbours(vec![id(10)]));
    fed.owed();
    fed.feed(Input::Signal {
        to: id(10),
        session: 1,
        step: restart(),
    });
    assert_eq!(
        says_to(&fed.owed(), id(11)).len(),
        1,
        "a common neighbour has it"
    );
}

#[test]
fn a_neighbour_speaks_to_another_and_is_told_who_is_not_there() {
    let mut fed = fed();
    let outputs = told(&mut fed, 10, signed(10, id(11), offer()));
    assert!(matches!(
        &says_to(&outputs, id(11))[..],
        [Message::Signal(_)]
    ));
    let outputs = told(&mut fed, 10, signed(10, id(12), offer()));
    assert_eq!(says_to(&outputs, id(10)), [Message::Unreachable(id(12))]);
}

#[test]
fn a_signal_for_this_node_is_heard_and_answered_the_way_it_came() {
    let mut fed = fed();
    let outputs = told(&mut fed, 10, signed(20, id(2), offer()));
    let heard = outputs
        .iter()
        .any(|output| matches!(output, Output::Signal { from, session: 7, .. } if *from == id(20)));
    assert!(heard);
    fed.feed(Input::Signal {
        to: id(20),
        session: 7,
        step: SignalStep::Full,
    });
    assert_eq!(says_to(&fed.owed(), id(10)).len(), 1);
}

#[test]
fn signals_that_break_a_rule_cost_the_neighbour_its_link() {
    let mut changed = signed(10, id(11), offer());
    changed.signal.session += 1;
    let mut elsewhere = signed(10, id(11), offer());
    elsewhere.signal.network.0[0] ^= 1;
    let elsewhere = SignedSignal::sign(elsewhere.signal, &key(10));
    let invitation = SignalStep::Invitation { sdp: "v=0".into() };
    for (signal, reason) in [
        (changed, "not signed by its author"),
        (elsewhere, "it is of network"),
        (signed(20, id(11), offer()), "in the name of"),
        (signed(2, id(11), offer()), "do not carry"),
        (signed(10, ANYONE, invitation), "do not carry"),
    ] {
        let why = why_dropped(&told(&mut fed(), 10, signal));
        assert!(why.contains(reason), "{why:?} is not {reason:?}");
    }
}

#[test]
fn a_flood_of_signals_does_not_make_this_node_too_fast_for_its_neighbour() {
    let mut fed = fed();
    let signal = signed(10, id(11), offer());
    let mut carried = 0;
    for _ in 0..400 {
        let outputs = told(&mut fed, 10, signal.clone());
        assert_eq!(why_dropped(&outputs), "");
        carried += says_to(&outputs, id(11)).len();
    }
    assert_eq!(carried, 150);
}

#[test]
fn a_relay_that_repeats_or_redirects_a_signal_is_not_heard() {
    let mut fed = fed();
    let to_another = signed(20, id(3), offer());
    fed.feed(Input::Signalled(Box::new(to_another)));
    let mut changed = signed(20, id(2), offer());
    changed.signal.step = SignalStep::Offer { sdp: "v=1".into() };
    fed.feed(Input::Signalled(Box::new(changed)));
    let heard = |output: &Output| matches!(output, Output::Signal { .. });
    assert!(!fed.owed().iter().any(heard));
    fed.feed(Input::Signalled(Box::new(signed(20, id(2), offer()))));
    assert!(fed.owed().iter().any(heard));
}

#[test]
fn an_invitation_carried_by_people_is_taken_by_whoever_has_it_and_answered_to_its_author() {
    let mut fed = fed();
    fed.feed(Input::Signal {
        to: ANYONE,
        session: 3,
        step: SignalStep::Invitation { sdp: "v=0".into() },
    });
    let outputs = fed.owed();
    let [Output::Paste(own), ..] = &outputs[..] else {
        panic!("{outputs:?}")
    };
    let invitation = signed(20, ANYONE, SignalStep::Invitation { sdp: "v=0".into() });
    let to_another = signed(20, id(3), SignalStep::Acceptance { sdp: "v=0".into() });
    let cases = [
        (own.to_text(), "own_invitation"),
        (to_another.to_text(), "other_node"),
        (signed(20, id(2), offer()).to_text(), "no_invitation"),
        ("hello".to_owned(), "no_invitation"),
        (invitation.to_text()[1..].to_owned(), "no_invitation"),
    ];
    for (text, code) in cases {
        assert_eq!(paste(&mut fed, &text), Err(code.to_owned()));
    }
    let folded = invitation.to_text().replacen('A', "A\n ", 3);
    assert_eq!(paste(&mut fed, &folded), Ok(Reply::Done(())));
}

fn paste(fed: &mut Fed, text: &str) -> Result<Reply, String> {
    fed.owed();
    fed.feed(Input::Command {
        id: RequestId(1),
        command: Command::Paste { text: text.into() },
    });
    let replies = fed.owed().into_iter().find_map(|output| match output {
        Output::Reply { result, .. } => Some(result),
        _ => None,
    });
    replies.unwrap().map_err(|refusal| refusal.code)
}

#[test]
fn a_relay_that_names_thousands_does_not_push_out_what_neighbours_name() {
    let mut fed = fed();
    fed.hear(id(10), &Message::Neighbours(vec![id(30), id(31)]));
    let peers = (0..5_000_u32).map(|number| {
        let mut id = [0; 32];
        id[..4].copy_from_slice(&number.to_le_bytes());
        PeerId(id)
    });
    fed.feed(Input::Introduced {
        by: Introducer::Relay,
        peers: peers.collect(),
    });
    let dialled: Vec<PeerId> = (fed.owed().into_iter())
        .filter_map(|output| match output {
            Output::Dial { peer, .. } => Some(peer),
            _ => None,
        })
        .collect();
    assert!(
        dialled.contains(&id(30)) && dialled.contains(&id(31)),
        "{dialled:?}"
    );
}
