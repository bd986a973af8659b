//! What WebSockets allow, or do not, on links that are proven.

use std::io;

use tablon_core::hash::BlockHash;
use tablon_core::wire::{MAX_FRAME, Message};

use super::attacker::Attacker;
use super::siege::{Attack, attack, refused};
use super::socket::{BINARY, CLOSE, CONTINUATION, LAST, PING, PONG, TEXT, announced, frame};

pub(super) const ATTACKS: &[Attack] = &[
    refused(
        "text, and frames of kinds that there are not",
        unknown_kinds,
        &["text, where bytes are spoken"],
    ),
    attack("a frame that says that it is a terabyte", terabyte),
    attack("frames and fragments over the bound", over_the_bound),
    attack("a message that grows without end", growing),
    attack("fragments without end and without a byte", empty_fragments),
    attack("messages of 65,000 fragments", many_fragments),
    attack(
        "a message that is never finished, on every link",
        unfinished,
    ),
    attack("a frame announced and withheld, on every link", withheld),
    refused(
        "pings of the WebSocket, whose pongs are not read",
        pings,
        &["64 pings of the WebSocket"],
    ),
    refused(
        "pongs of the WebSocket that nobody asked for",
        pongs,
        &["64 pings of the WebSocket"],
    ),
    attack("control frames that are too long", long_control_frames),
    attack("a close, and on", closed_and_on),
    attack("a message a byte at a time", a_byte_at_a_time),
    refused(
        "frames that decode to nothing",
        no_messages,
        &["are not a message", "not the canonical form"],
    ),
    refused(
        "lists that say that they are longer than they are",
        false_lengths,
        &["are not a message"],
    ),
];

// On links, say these bytes and see what comes of it.
fn again(it: &mut Attacker<'_>, bytes: &[Vec<u8>]) {
    let mut number = 0;
    it.again(|it| {
        number += 1;
        let mut peer = it.linked()?;
        peer.socket
            .write(&bytes[number % bytes.len()], it.until())?;
        loop {
            peer.socket.hear(it.until())?;
        }
    });
}

// After these the same bytes again and again on four links, none of which is read.
fn stream(it: &mut Attacker<'_>, first: &[u8], bytes: &[u8]) {
    it.act_as(
        |it| {
            let mut peer = it.linked()?;
            peer.socket.write(first, it.until())?;
            Ok(peer)
        },
        |it, peer| {
            it.made += 1;
            peer.socket.write(bytes, it.until())
        },
    );
}

fn unknown_kinds(it: &mut Attacker<'_>) {
    let mut unmasked = frame(LAST | BINARY, b"abc");
    unmasked[1] &= 0x7f;
    again(
        it,
        &[
            frame(LAST | TEXT, b"hello"),
            frame(LAST | TEXT, &[0xff; 1_000]),
            frame(LAST | 0x3, b"reserved"),
            frame(LAST | 0xb, b"reserved"),
            frame(LAST | 0x40 | BINARY, b"compressed, it says"),
            // Goes on with what has not begun.
            frame(LAST | CONTINUATION, b"abc"),
            unmasked,
        ],
    );
}

fn terabyte(it: &mut Attacker<'_>) {
    again(
        it,
        &[
            announced(LAST | BINARY, 1 << 40),
            announced(LAST | BINARY, u64::MAX),
            announced(LAST | BINARY, 16 << 20),
        ],
    );
}

fn over_the_bound(it: &mut Attacker<'_>) {
    let part = vec![0; MAX_FRAME / 4];
    let mut parts = frame(BINARY, &part);
    for _ in 0..4 {
        parts.extend(frame(CONTINUATION, &part));
    }
    again(it, &[frame(LAST | BINARY, &vec![0; MAX_FRAME + 1]), parts]);
}

fn growing(it: &mut Attacker<'_>) {
    let bytes = frame(CONTINUATION, &[1; 60_000]);
    stream(it, &frame(BINARY, &[1; 60_000]), &bytes);
}

fn empty_fragments(it: &mut Attacker<'_>) {
    let bytes = frame(CONTINUATION, b"").repeat(10_000);
    stream(it, &frame(BINARY, b""), &bytes);
}

fn many_fragments(it: &mut Attacker<'_>) {
    // Two bytes each: together a ping that is no message.
    let mut bytes = frame(BINARY, &[1, 1]);
    bytes.extend(frame(CONTINUATION, &[1, 1]).repeat(65_000));
    bytes.extend(frame(LAST | CONTINUATION, &[]));
    stream(it, b"", &bytes);
}

fn unfinished(it: &mut Attacker<'_>) {
    let mut bytes = frame(BINARY, &vec![1; MAX_FRAME / 2]);
    bytes.extend(frame(CONTINUATION, &vec![1; MAX_FRAME / 2 - 10]));
    bytes.extend(announced(LAST | CONTINUATION, 8));
    it.hold(200, |it| {
        let mut peer = it.linked()?;
        peer.socket.write(&bytes, it.until())?;
        Ok(peer)
    });
}

fn withheld(it: &mut Attacker<'_>) {
    let bytes = announced(LAST | BINARY, MAX_FRAME as u64);
    it.hold(200, |it| {
        let mut peer = it.linked()?;
        peer.socket.write(&bytes, it.until())?;
        Ok(peer)
    });
}

fn pings(it: &mut Attacker<'_>) {
    stream(it, b"", &frame(LAST | PING, &[7; 125]).repeat(500));
}

fn pongs(it: &mut Attacker<'_>) {
    stream(it, b"", &frame(LAST | PONG, b"").repeat(10_000));
}

fn long_control_frames(it: &mut Attacker<'_>) {
    again(
        it,
        &[
            frame(LAST | PING, &[0; 126]),
            frame(LAST | PING, &[0; 60_000]),
            // In parts, which control frames have not.
            frame(PING, b"abc"),
            frame(LAST | CLOSE, &[0; 60_000]),
            frame(LAST | CLOSE, &[0]),
        ],
    );
}

fn closed_and_on(it: &mut Attacker<'_>) {
    let ask = Message::GetHeaders(vec![BlockHash::default()]).to_frame();
    let mut bytes = frame(LAST | CLOSE, &1_000u16.to_be_bytes());
    bytes.extend(frame(LAST | BINARY, &ask).repeat(100));
    again(it, &[bytes]);
}

fn a_byte_at_a_time(it: &mut Attacker<'_>) {
    let ids = vec![BlockHash([3; 32]); 16];
    let bytes = frame(LAST | BINARY, &Message::GetBlocks(ids).to_frame());
    it.again(|it| {
        let mut peer = it.linked()?;
        while it.goes_on() {
            peer.socket.write_slowly(&bytes, it.until())?;
        }
        io::Result::Ok(())
    });
}

fn no_messages(it: &mut Attacker<'_>) {
    again(
        it,
        &[
            frame(LAST | BINARY, b""),
            frame(LAST | BINARY, &[0xff; 100]),
            frame(LAST | BINARY, &vec![0xff; MAX_FRAME]),
            // A ping whose number is written too long.
            frame(LAST | BINARY, &[1, 0x85, 0x00]),
            // One with a byte too many.
            frame(LAST | BINARY, &[1, 5, 5]),
        ],
    );
}

fn false_lengths(it: &mut Attacker<'_>) {
    // Tags of the lists, and four thousand million entries each.
    let lists = [3u8, 4, 5, 6, 8, 9, 10, 11, 15];
    let frames = lists.map(|tag| {
        let mut bytes = vec![tag, 0xff, 0xff, 0xff, 0xff, 0x0f];
        bytes.resize(MAX_FRAME, 0);
        frame(LAST | BINARY, &bytes)
    });
    again(it, &frames);
}
