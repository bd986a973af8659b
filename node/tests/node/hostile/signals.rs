//! Signals: what a node passes on to its neighbours, and what it answers itself.

use std::net::TcpListener;

use tablon_core::handshake::{Handshake, Role};
use tablon_core::hash::{BlockHash, PeerId};
use tablon_core::keys::{PublicKey, SecretKey, Signature};
use tablon_core::relay::{Signal, SignalStep, SignedSignal};
use tablon_core::wire::Message;

use super::attacker::{Attacker, Reads};
use super::siege::{Attack, attack, refused};

pub(super) const ATTACKS: &[Attack] = &[
    refused(
        "signals to an honest neighbour, of 130,000 bytes",
        |it| signals_of(it, 130_000),
        &["at most 16384 are carried"],
    ),
    attack("signals to an honest neighbour, of 16,000 bytes", |it| {
        signals_of(it, 16_000);
    })
    .afresh(),
    attack("signals to an honest neighbour, many", many_signals),
    refused(
        "signals to nobody",
        signals_to_nobody,
        &["more than 20000 units"],
    ),
    refused(
        "signals that their author did not sign",
        unsigned_signals,
        &["is not signed by its author"],
    ),
    refused(
        "signals of another network, and of others",
        others_signals,
        &["in the name of", "it is of network"],
    ),
    refused(
        "invitations, which people carry",
        invitations,
        &["that neighbours do not carry"],
    ),
    attack("offers to the node under hundreds of names", offers),
    attack("one offer after another under one name", repeated_offers),
    attack("offers that are no descriptions", bad_offers),
    attack("asks where the node is, without end", asks),
    attack("addresses that the node did not ask for", addresses),
    attack("candidates of connections that there are not", candidates),
    attack("tunnels through a neighbour", tunnels),
    refused(
        "word that neighbours cannot be reached",
        unreachable,
        &["more than 20000 units"],
    ),
];

fn signed(
    it: &Attacker<'_>,
    key: &SecretKey,
    to: PeerId,
    session: u32,
    step: SignalStep,
) -> SignedSignal {
    let signal = Signal {
        network: it.forge.params.network_id(),
        from: key.public(),
        to,
        session,
        step,
    };
    SignedSignal::sign(signal, key)
}

fn frame(signal: SignedSignal) -> Vec<u8> {
    Message::Signal(Box::new(signal)).to_frame()
}

// The node's own name, as every hello's link has it.
fn node(it: &mut Attacker<'_>) -> PeerId {
    let (key, network) = (it.name(), it.forge.params.network_id());
    let (handshake, greeting) = Handshake::begin(Role::Caller, key, network, [7; 32]);
    let mut socket = it.socket().unwrap();
    socket.say(&greeting, it.until()).unwrap();
    let (handshake, proof) = handshake
        .greeted(&socket.hear(it.until()).unwrap())
        .unwrap();
    socket.say(&proof, it.until()).unwrap();
    handshake.proven(&socket.hear(it.until()).unwrap()).unwrap()
}

// Signals made under the name of the link on which they are said.
fn say_as_oneself(
    it: &mut Attacker<'_>,
    signal: impl FnMut(&mut Attacker<'_>, &SecretKey) -> Vec<u8>,
) {
    it.flood_as(Attacker::linked, Reads::All, signal);
}

fn signals_of(it: &mut Attacker<'_>, bytes: usize) {
    let (honest, sdp) = (it.watch.honest.id, "a".repeat(bytes));
    say_as_oneself(it, |it, key| {
        let step = SignalStep::Offer { sdp: sdp.clone() };
        frame(signed(it, key, honest, it.made as u32, step))
    });
}

fn many_signals(it: &mut Attacker<'_>) {
    let honest = it.watch.honest.id;
    say_as_oneself(it, |it, key| {
        frame(signed(it, key, honest, it.made as u32, SignalStep::Ask))
    });
}

fn signals_to_nobody(it: &mut Attacker<'_>) {
    say_as_oneself(it, |it, key| {
        frame(signed(it, key, PeerId([3; 32]), 1, SignalStep::Ask))
    });
}

fn unsigned_signals(it: &mut Attacker<'_>) {
    let honest = it.watch.honest.id;
    say_as_oneself(it, |it, key| {
        let mut signal = signed(it, key, honest, 1, SignalStep::Ask);
        match it.made % 3 {
            0 => signal.signature = Signature([9; 64]),
            1 => signal.signal.session = 2,
            _ => signal.signal.from = PublicKey([0xff; 32]),
        }
        frame(signal)
    });
}

fn others_signals(it: &mut Attacker<'_>) {
    let honest = it.watch.honest.id;
    say_as_oneself(it, |it, key| {
        let other = it.name();
        let mut signal = signed(it, &other, honest, 1, SignalStep::Ask);
        if it.made % 2 == 0 {
            signal.signal.network = BlockHash([9; 32]);
            signal.signal.from = key.public();
            signal = SignedSignal::sign(signal.signal, key);
        }
        frame(signal)
    });
}

fn invitations(it: &mut Attacker<'_>) {
    let node = node(it);
    say_as_oneself(it, |it, key| {
        let step = SignalStep::Invitation { sdp: "v=0".into() };
        frame(signed(it, key, node, 1, step))
    });
}

/// As a browser offers a data channel.
const OFFER: &str = "v=0\r\n\
    o=- 4611731400430051336 2 IN IP4 127.0.0.1\r\n\
    s=-\r\n\
    t=0 0\r\n\
    a=group:BUNDLE 0\r\n\
    a=msid-semantic: WMS\r\n\
    m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n\
    c=IN IP4 0.0.0.0\r\n\
    a=ice-ufrag:abcd\r\n\
    a=ice-pwd:abcdefghijklmnopqrstuvwx\r\n\
    a=ice-options:trickle\r\n\
    a=fingerprint:sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F\r\n\
    a=setup:actpass\r\n\
    a=mid:0\r\n\
    a=sctp-port:5000\r\n\
    a=max-message-size:262144\r\n";

fn offers(it: &mut Attacker<'_>) {
    let node = node(it);
    it.flood(Reads::All, |it| {
        let other = it.name();
        let step = SignalStep::Offer { sdp: OFFER.into() };
        frame(signed(it, &other, node, it.made as u32, step))
    });
}

fn repeated_offers(it: &mut Attacker<'_>) {
    let (node, other) = (node(it), it.name());
    it.flood(Reads::All, |it| {
        let step = SignalStep::Offer { sdp: OFFER.into() };
        frame(signed(it, &other, node, it.made as u32, step))
    });
}

fn bad_offers(it: &mut Attacker<'_>) {
    let node = node(it);
    let large = OFFER.to_owned() + &"a=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\n".repeat(2_500);
    let offers = ["", "v=0", &"v=0\r\n".repeat(20_000), &large];
    let offers = offers.map(str::to_owned);
    it.flood(Reads::All, |it| {
        let other = it.name();
        let sdp = offers[it.made as usize % offers.len()].clone();
        frame(signed(it, &other, node, 1, SignalStep::Offer { sdp }))
    });
}

fn asks(it: &mut Attacker<'_>) {
    let node = node(it);
    it.flood(Reads::All, |it| {
        let other = it.name();
        frame(signed(it, &other, node, 1, SignalStep::Ask))
    });
}

// A node that called them would be anybody's tool.
fn addresses(it: &mut Attacker<'_>) {
    let node = node(it);
    let victim = TcpListener::bind("127.0.0.1:0").unwrap();
    victim.set_nonblocking(true).unwrap();
    let address = format!("ws://{}/peer", victim.local_addr().unwrap());
    it.flood(Reads::All, |it| {
        let other = it.name();
        let addresses = vec![address.clone()];
        frame(signed(it, &other, node, 1, SignalStep::At { addresses }))
    });
    if victim.accept().is_ok() {
        it.fault = Some("it called where it was told to".into());
    }
}

fn candidates(it: &mut Attacker<'_>) {
    let node = node(it);
    it.flood(Reads::All, |it| {
        let other = it.name();
        let step = SignalStep::Candidate {
            candidate: "candidate:1 1 udp 2122260223 127.0.0.1 9 typ host".into(),
            mid: Some("0".into()),
            line: Some(0),
        };
        frame(signed(it, &other, node, 1, step))
    });
}

fn tunnels(it: &mut Attacker<'_>) {
    let honest = it.watch.honest.id;
    say_as_oneself(it, |it, key| {
        let step = SignalStep::Tunnel { nonce: [1; 16] };
        frame(signed(it, key, honest, it.made as u32, step))
    });
}

fn unreachable(it: &mut Attacker<'_>) {
    let honest = it.watch.honest.id;
    it.flood(Reads::All, |it| match it.made % 2 {
        0 => Message::Unreachable(honest).to_frame(),
        _ => {
            let mut name = [0xdd; 32];
            name[..8].copy_from_slice(&it.made.to_le_bytes());
            Message::Unreachable(PeerId(name)).to_frame()
        }
    });
}
