//! What the first byte of each move means, and what follows it.

/// A link opens: peer, kind of link.
pub const UP: u8 = 0;
/// A link opens and its hello comes: peer, whose chain.
pub const GREET: u8 = 1;
/// A link breaks: peer.
pub const DOWN: u8 = 2;
/// Any bytes come: peer, length in two bytes, bytes.
pub const RAW: u8 = 3;
/// A message comes: peer, kind, what is in it.
pub const SAY: u8 = 4;
/// The same with a byte changed or the end cut: place in two bytes, change.
pub const SPOIL: u8 = 5;
/// What the node asked first is answered: from which branch.
pub const ANSWER: u8 = 6;
/// Everything that the node asked is answered: from which branch.
pub const ANSWER_ALL: u8 = 7;
/// Peers are introduced: by whom, how many, first of them.
pub const INTRODUCE: u8 = 8;
/// A dial fails: peer.
pub const DIAL_FAILED: u8 = 9;
/// Time passes: milliseconds in two bytes, how often doubled.
pub const WAIT: u8 = 10;
/// The clock is set back: milliseconds in two bytes, how often doubled.
pub const SET_BACK: u8 = 11;
/// The miners find a nonce.
pub const SOLVE: u8 = 12;
/// The miners claim any nonce: job, nonce.
pub const CLAIM: u8 = 13;
/// The miners count: hashes.
pub const HASHED: u8 = 14;
/// The stamp is found.
pub const STAMP: u8 = 15;
/// Any stamp is claimed: job, stamp.
pub const MISSTAMP: u8 = 16;
/// A person asks: command, what is in it.
pub const ASK: u8 = 17;
/// The wallet is locked, opened or replaced: which.
pub const WALLET: u8 = 18;
/// A link turns out to be of another kind: peer, kind.
pub const LINK_IS: u8 = 19;
/// A signal is to be sent: peer, step.
pub const SIGNAL: u8 = 20;
/// A signal comes by the relay: peer, step, how it is spoiled.
pub const SIGNALLED: u8 = 21;
/// The relay does not reach a peer: peer.
pub const UNREACHABLE: u8 = 22;
/// The tab is killed and opened again.
pub const RESTART: u8 = 23;
/// How many there are.
pub const COUNT: u8 = 24;
