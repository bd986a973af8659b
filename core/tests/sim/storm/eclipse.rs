//! Hostile puppets that press in on one tab, each in its own way.

use std::rc::Rc;

use tablon_core::hash::{PeerId, TxId};
use tablon_core::units::Millis;
use tablon_core::wire::Message;

use crate::faults::{Beat, Bodies, Forge, Script, boast, headers_alone, only_pongs};
use crate::net::{START, World};

/// Blocks of a chain that is announced and not given: more than the honest one
/// will have.
const WITHHELD: u32 = 60;
/// Blocks of a chain that comes a body at a time: the honest one overtakes it.
/// (A chain that stays heavier is the better one, however slowly it comes.)
const DRIPPED: u32 = 12;
/// How often a puppet acts of itself, ms.
const BEAT: u64 = 1_000;

/// A puppet's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Says hello and nothing else.
    Silent,
    /// Claims work beyond all and gives no header.
    Boasts,
    /// Gives the headers of a heavy chain and no body.
    Withholds,
    /// Gives one body of it in a quarter of a minute.
    Drips,
    /// Announces posts that it does not give.
    AnnouncesPosts,
    /// Sends what does not read.
    Garbage,
    /// Asks as much as it may.
    Floods,
    /// Wants news by name, then whole, and so on.
    Flaps,
    /// Names neighbours that are not there.
    Names,
}

impl Kind {
    pub(super) const ALL: [Self; 9] = [
        Self::Silent,
        Self::Boasts,
        Self::Withholds,
        Self::Drips,
        Self::AnnouncesPosts,
        Self::Garbage,
        Self::Floods,
        Self::Flaps,
        Self::Names,
    ];
}

pub(super) fn puppets(world: &mut World, kinds: &[Kind]) -> Vec<usize> {
    if kinds.is_empty() {
        return Vec::new();
    }
    let mut forge = Forge::new(&world.params);
    let empty = forge.hello();
    let end = (START / 1_000) as u32 - 5;
    let dripped = Rc::new(forge.grow(DRIPPED, end - WITHHELD * world.params.spacing));
    let of_dripped = forge.hello();
    let mut withheld = dripped.to_vec();
    withheld.extend(forge.grow(WITHHELD - DRIPPED, end));
    let of_withheld = forge.hello();
    let make = |kind: &Kind| {
        let script: Script = match kind {
            Kind::Silent => Box::new(|_, _| {}),
            Kind::Withholds => headers_alone(&withheld, Bodies::Silent),
            Kind::Drips => headers_alone(&dripped, Bodies::Silent),
            _ => only_pongs(),
        };
        let mut hello = match kind {
            Kind::Withholds => of_withheld.clone(),
            Kind::Drips => of_dripped.clone(),
            _ => empty.clone(),
        };
        if *kind == Kind::Boasts {
            boast(&mut hello);
        }
        (script, hello)
    };
    let mut all = Vec::new();
    for (number, kind) in kinds.iter().enumerate() {
        let (script, hello) = make(kind);
        let who = world.puppet(script);
        let puppet = world.puppet_at(who);
        puppet.greeting = Some(Box::new(move |now| {
            let mut hello = hello.clone();
            hello.time = Millis(now);
            vec![Message::Hello(hello)]
        }));
        if let Some(act) = beat(*kind, number as u8) {
            world.beats(who, BEAT, act);
        }
        if *kind == Kind::Drips {
            let mut blocks: Vec<_> = dripped.to_vec();
            blocks.reverse();
            let act: Beat = Box::new(move |_| {
                let block = blocks.pop().into_iter();
                block
                    .map(|block| Message::Block(Box::new(block)).to_frame())
                    .collect()
            });
            world.beats(who, 14_000, act);
        }
        all.push(who);
    }
    all
}

fn beat(kind: Kind, number: u8) -> Option<Beat> {
    let mut beats = 0u32;
    let some_id = move |beats: u32, at: u32| {
        let mut id = [number; 32];
        id[..4].copy_from_slice(&beats.to_le_bytes());
        id[4..8].copy_from_slice(&at.to_le_bytes());
        id
    };
    let says: Box<dyn Fn(u32) -> Vec<Message>> = match kind {
        Kind::AnnouncesPosts => Box::new(move |beats| {
            let ids = (0..10).map(|at| TxId(some_id(beats, at)));
            vec![Message::Inventory(ids.collect())]
        }),
        // Half of what its bucket lets through.
        Kind::Floods => Box::new(|_| {
            let mut asks = vec![Message::Ping(7); 100];
            asks.extend(vec![Message::GetHeaders(Vec::new()); 10]);
            asks
        }),
        Kind::Flaps => Box::new(|beats| match beats % 2 {
            0 => vec![Message::Prune; 20],
            _ => vec![Message::Graft; 20],
        }),
        Kind::Names => Box::new(move |beats| {
            let names = (0..8).map(|at| PeerId(some_id(beats, at)));
            vec![Message::Neighbours(names.collect())]
        }),
        Kind::Garbage => {
            return Some(Box::new(move |_| {
                beats += 1;
                match beats % 20 {
                    0 => vec![vec![0xff; 33]],
                    _ => Vec::new(),
                }
            }));
        }
        Kind::Silent | Kind::Boasts | Kind::Withholds | Kind::Drips => return None,
    };
    Some(Box::new(move |_| {
        beats += 1;
        says(beats).iter().map(Message::to_frame).collect()
    }))
}
