//! Before a key is proven: connections, upgrades and handshakes.

use std::io;
use std::time::Duration;

use tablon_core::encode::encode;
use tablon_core::handshake::{Handshake, Role};
use tablon_core::hash::BlockHash;
use tablon_core::header::Header;
use tablon_core::wire::{MAX_FRAME, Message, PROTOCOL};

use super::attacker::Attacker;
use super::forge::now_ms;
use super::siege::{Attack, attack, refused};
use super::socket::{BINARY, LAST, Socket, announced, frame, upgrade};

pub(super) const ATTACKS: &[Attack] = &[
    attack("heads of requests that are never finished", half_heads),
    attack("upgrades that are none", bad_upgrades),
    attack("a thousand sockets that say nothing", mute_sockets),
    attack("half handshakes, and gone", half_handshakes),
    attack("half handshakes that stay", stalled_handshakes),
    attack("handshakes a byte at a time", slow_handshakes),
    refused(
        "handshakes of other networks and protocols",
        foreign_handshakes,
        &["it is of network", "it speaks protocol"],
    ),
    refused(
        "proofs by another key",
        foreign_proofs,
        &["it does not prove"],
    ),
    refused(
        "a handshake that was overheard, again",
        replayed_handshakes,
        &["it does not prove"],
    ),
    refused(
        "the node's own greeting sent back",
        mirrored_greetings,
        &["it is this node itself"],
    ),
    refused(
        "frames in place of a handshake",
        other_frames,
        &["does not read", "at most 128 are taken"],
    ),
    refused(
        "messages in place of a handshake",
        early_messages,
        &["does not read"],
    ),
    attack(
        "full frames, all but a byte, before a handshake",
        unfinished_frames,
    ),
    attack("sockets opened and closed", quick_sockets),
];

type Begun = (Handshake, Vec<u8>);

fn begin(it: &mut Attacker<'_>) -> Begun {
    let (key, network) = (it.name(), it.forge.params.network_id());
    Handshake::begin(Role::Caller, key, network, [7; 32])
}

// Until the node hangs up, or the attack is over. A greeting and a proof are all that it
// may say to somebody who has proven nothing.
fn listen(it: &mut Attacker<'_>, socket: &mut Socket) -> io::Result<()> {
    loop {
        let heard = socket.hear(it.until())?;
        if let Ok(message @ Message::Hello(_)) = Message::from_frame(&heard) {
            it.fault = Some(format!("it was greeted: {message:?}"));
        }
    }
}

fn half_heads(it: &mut Attacker<'_>) {
    let head = format!("GET /peer HTTP/1.1\r\nhost: {}\r\nx-a: ", it.node) + &"a".repeat(15_000);
    it.hold(1_000, |it| {
        let mut socket = Socket::connect(it.node)?;
        socket.write(head.as_bytes(), it.until())?;
        Ok(socket)
    });
}

fn bad_upgrades(it: &mut Attacker<'_>) {
    let good = upgrade(it.node, it.address());
    let body = "POST /peer HTTP/1.1\r\nhost: a\r\ncontent-length: 60000\r\n\r\n".to_owned();
    let tries = [
        good.replace("sec-websocket-key", "sec-websocket-kay"),
        good.replace("version: 13", "version: 12"),
        good.replace("HTTP/1.1", "HTTP/1.0"),
        good.replace("upgrade: websocket", "upgrade: h2c"),
        // Many at once, on one connection.
        "GET /peer HTTP/1.1\r\nhost: a\r\n\r\n".repeat(400),
        body + &"b".repeat(60_000),
        "\r\n".repeat(8_000),
        "GET /peer HTTP/1.1\r\n".to_owned() + &"a: b\r\n".repeat(100) + "\r\n",
    ];
    let mut number = 0;
    it.again(|it| {
        number += 1;
        let mut socket = Socket::connect(it.node)?;
        socket.write(tries[number % tries.len()].as_bytes(), it.until())?;
        std::thread::sleep(Duration::from_millis(1));
        socket.heard().map(|_| ())
    });
}

fn mute_sockets(it: &mut Attacker<'_>) {
    it.hold(1_000, Attacker::socket);
}

fn half_handshakes(it: &mut Attacker<'_>) {
    it.again(|it| {
        let (_, greeting) = begin(it);
        it.socket()?.say(&greeting, it.until())
    });
}

fn stalled_handshakes(it: &mut Attacker<'_>) {
    it.hold(500, |it| {
        let (_, greeting) = begin(it);
        let mut socket = it.socket()?;
        socket.say(&greeting, it.until())?;
        Ok(socket)
    });
}

fn slow_handshakes(it: &mut Attacker<'_>) {
    it.again(|it| {
        let (_, greeting) = begin(it);
        let bytes = upgrade(it.node, it.address()).into_bytes();
        let mut socket = Socket::connect(it.node)?;
        socket.write_slowly(&bytes, it.until())?;
        socket.write_slowly(&frame(LAST | BINARY, &greeting), it.until())
    });
}

fn foreign_handshakes(it: &mut Attacker<'_>) {
    it.again(|it| {
        let key = it.name();
        let other = BlockHash([9; 32]);
        let foreign = match it.made % 2 {
            0 => Handshake::begin(Role::Caller, key, other, [7; 32]).1,
            _ => {
                let network = it.forge.params.network_id();
                encode(&(PROTOCOL + 1, network, key.public(), [7u8; 32]))
            }
        };
        let mut socket = it.socket()?;
        socket.say(&foreign, it.until())?;
        listen(it, &mut socket)
    });
}

fn foreign_proofs(it: &mut Attacker<'_>) {
    it.again(|it| {
        let (_, greeting) = begin(it);
        let (other, _) = begin(it);
        let mut socket = it.socket()?;
        socket.say(&greeting, it.until())?;
        let heard = socket.hear(it.until())?;
        let (_, proof) = other.greeted(&heard).map_err(io::Error::other)?;
        socket.say(&proof, it.until())?;
        listen(it, &mut socket)
    });
}

fn replayed_handshakes(it: &mut Attacker<'_>) {
    let overheard = |it: &mut Attacker<'_>| {
        let (handshake, greeting) = begin(it);
        let mut socket = it.socket()?;
        socket.say(&greeting, it.until())?;
        let heard = socket.hear(it.until())?;
        let (_, proof) = handshake.greeted(&heard).map_err(io::Error::other)?;
        socket.say(&proof, it.until())?;
        io::Result::Ok([greeting, proof])
    };
    let overheard = overheard(it).expect("a sound handshake");
    it.again(|it| {
        let mut socket = it.socket()?;
        for said in &overheard {
            socket.say(said, it.until())?;
        }
        listen(it, &mut socket)
    });
}

fn mirrored_greetings(it: &mut Attacker<'_>) {
    it.again(|it| {
        let mut socket = it.socket()?;
        let greeting = socket.hear(it.until())?;
        socket.say(&greeting, it.until())?;
        listen(it, &mut socket)
    });
}

fn other_frames(it: &mut Attacker<'_>) {
    let frames = [
        vec![],
        vec![0; 128],
        vec![0xff; 99],
        // More than a handshake takes, and as much as a socket does.
        vec![0; 129],
        vec![0; MAX_FRAME],
    ];
    let mut number = 0;
    it.again(|it| {
        number += 1;
        let mut socket = it.socket()?;
        socket.say(&frames[number % frames.len()], it.until())?;
        listen(it, &mut socket)
    });
}

fn early_messages(it: &mut Attacker<'_>) {
    let hello = it.forge.hello();
    let header = Header::from_bytes(&[0xff; 80]);
    let messages = [
        Message::Hello(hello),
        Message::Ping(now_ms()),
        Message::Headers(vec![header; 1_000]),
    ];
    it.again(|it| {
        let mut socket = it.socket()?;
        for message in &messages {
            socket.say(&message.to_frame(), it.until())?;
        }
        listen(it, &mut socket)
    });
}

fn unfinished_frames(it: &mut Attacker<'_>) {
    let mut bytes = announced(LAST | BINARY, MAX_FRAME as u64);
    bytes.extend(vec![1; MAX_FRAME - 1]);
    it.hold(800, |it| {
        let mut socket = it.socket()?;
        socket.write(&bytes, it.until())?;
        Ok(socket)
    });
}

fn quick_sockets(it: &mut Attacker<'_>) {
    it.again(|it| it.socket().map(|_| ()));
}
