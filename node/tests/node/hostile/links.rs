//! Who links, how often, and what is said first.

use std::io;

use tablon_core::hash::{BlockHash, PeerId};
use tablon_core::units::Millis;
use tablon_core::wire::{MAX_NEIGHBOURS, Message, PROTOCOL};

use crate::common::exchange;

use super::attacker::{Attacker, Peer, Reads};
use super::siege::{Attack, attack, refused};

pub(super) const ATTACKS: &[Attack] = &[
    attack("a new name with each link", new_names),
    attack(
        "a new name, and all that a new link may ask",
        new_names_that_ask,
    ),
    attack("one name on many sockets", one_name),
    attack("a crowd of names that all want to stay", crowd),
    attack("links that never say hello", no_hello),
    refused(
        "messages before the hello",
        before_the_hello,
        &["more than 20000 units"],
    ),
    refused("hello after hello", second_hello, &["a hello is said once"]),
    refused(
        "hellos of other networks and protocols",
        foreign_hellos,
        &["it is of network", "it speaks protocol"],
    ),
    attack("hellos that claim a million blocks", boasts),
    attack("clocks that are all an hour ahead, or years", false_clocks),
    refused(
        "false lists of neighbours",
        false_neighbours,
        &["more than 20000 units"],
    ),
    refused(
        "lists of neighbours that are too long",
        long_neighbours,
        &["4000 neighbours, at most 8"],
    ),
    refused(
        "prunes and grafts",
        prunes_and_grafts,
        &["more than 20000 units"],
    ),
];

fn new_names(it: &mut Attacker<'_>) {
    it.again(|it| it.linked().map(|_| ()));
}

// A link begins with 500 units however many there were before: a request for headers
// takes 100.
fn new_names_that_ask(it: &mut Attacker<'_>) {
    let ask = Message::GetHeaders(vec![it.forge.params.network_id()]);
    it.again(|it| {
        let mut peer = it.linked()?;
        for _ in 0..4 {
            peer.say(&ask)?;
        }
        let mut answers = 0;
        while answers < 4 {
            let heard = peer.socket.hear(it.until())?;
            answers += u32::from(matches!(
                Message::from_frame(&heard),
                Ok(Message::Headers(_))
            ));
        }
        Ok(())
    });
}

fn one_name(it: &mut Attacker<'_>) {
    let (key, hello) = (it.name(), it.forge.hello());
    it.hold(400, |it| {
        let mut peer = it.silent(key.clone())?;
        peer.say(&Message::Hello(hello.clone()))?;
        Ok(peer)
    });
}

fn crowd(it: &mut Attacker<'_>) {
    it.hold(400, Attacker::linked);
}

fn no_hello(it: &mut Attacker<'_>) {
    it.hold(400, |it| {
        let key = it.name();
        it.silent(key)
    });
}

fn before_the_hello(it: &mut Attacker<'_>) {
    let ask = Message::GetHeaders(vec![it.forge.params.network_id()]).to_frame();
    it.flood_as(
        |it| {
            let key = it.name();
            it.silent(key)
        },
        Reads::All,
        |_, _| ask.clone(),
    );
}

fn second_hello(it: &mut Attacker<'_>) {
    let hello = Message::Hello(it.forge.hello()).to_frame();
    it.flood(Reads::All, |_| hello.clone());
}

fn foreign_hellos(it: &mut Attacker<'_>) {
    it.again(|it| {
        let mut hello = it.forge.hello();
        match it.made % 2 {
            0 => hello.network = BlockHash([9; 32]),
            _ => hello.protocol = PROTOCOL + 1,
        }
        let mut peer = it.greeting(hello)?;
        loop {
            peer.socket.hear(it.until())?;
        }
    });
}

fn boasts(it: &mut Attacker<'_>) {
    it.answer_as(boasting, |it, message| {
        it.made += u64::from(matches!(message, Message::GetHeaders(_)));
        Vec::new()
    });
}

fn false_clocks(it: &mut Attacker<'_>) {
    let mut number = 0;
    it.hold(400, |it| {
        number += 1;
        let mut hello = it.forge.hello();
        hello.time = match number % 10 {
            0 => Millis(0),
            5 => Millis(u64::MAX),
            _ => hello.time.plus(3_600_000),
        };
        it.greeting(hello)
    });
    let status = exchange(it.node, "GET", "/api/v1/status", &[], "");
    let clock = status.expect("a status").json()["clock"].take();
    if clock["offset"] != 0 || clock["corrected"] != false {
        it.fault = Some(format!("it believes {clock}"));
    }
}

fn false_neighbours(it: &mut Attacker<'_>) {
    it.flood(Reads::All, |it| {
        let mut names = Vec::new();
        for place in 0..MAX_NEIGHBOURS as u64 {
            let mut name = [0xdd; 32];
            name[..8].copy_from_slice(&(it.made * 8 + place).to_le_bytes());
            names.push(PeerId(name));
        }
        Message::Neighbours(names).to_frame()
    });
}

fn long_neighbours(it: &mut Attacker<'_>) {
    let names = vec![PeerId([4; 32]); 4_000];
    let frame = Message::Neighbours(names).to_frame();
    it.again(|it| {
        let mut peer = it.linked()?;
        peer.send(&frame)?;
        loop {
            peer.socket.hear(it.until())?;
        }
    });
}

fn prunes_and_grafts(it: &mut Attacker<'_>) {
    it.flood(Reads::All, |it| match it.made % 2 {
        0 => Message::Prune.to_frame(),
        _ => Message::Graft.to_frame(),
    });
}

/// A link that claims far more than there is.
pub(super) fn boasting(it: &mut Attacker<'_>) -> io::Result<Peer> {
    let boast = it.forge.boast();
    it.greeting(boast)
}
