//! Somebody who has read the code: thousands of names, a few addresses, and one thread,
//! so that what the node bears decides and not what the machine does. An attacker that
//! is cut off comes back under another name.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::thread;
use std::time::{Duration, Instant};

use tablon_core::handshake::{Handshake, Role};
use tablon_core::keys::SecretKey;
use tablon_core::wire::{Hello, Message};

use super::forge::Forge;
use super::siege::Watch;
use super::socket::Socket;

/// How long an attack lasts, and at most until the node has said what it should.
const LASTS: Duration = Duration::from_millis(500);
const LASTS_AT_MOST: Duration = Duration::from_secs(10);
/// Links that an attacker has at a time: as many as come by themselves and are taken.
const CREW: usize = 4;
/// Addresses that one attacker comes from.
const ADDRESSES: u8 = 4;
/// Messages said one after another on each of them.
const BURST: usize = 4;
/// Between two rounds, so that the attacker's thread leaves the machine to the node.
const BREATH: Duration = Duration::from_micros(200);

/// What is noted of what the node says, at most.
const MAX_REFUSALS: usize = 1_000;

/// One attacker.
pub(super) struct Attacker<'s> {
    pub(super) node: SocketAddr,
    pub(super) forge: &'s mut Forge,
    /// Messages said, or what else is counted.
    pub(super) made: u64,
    /// What the node has said when it cut the attacker off.
    pub(super) refusals: Vec<String>,
    /// What it saw that must not be.
    pub(super) fault: Option<String>,
    pub(super) watch: &'s Watch,
    number: u8,
    names: u64,
    sockets: u8,
    /// What the node should say.
    expected: &'static [&'static str],
    since: Instant,
    until: Instant,
}

/// Whether an attacker reads what it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reads {
    All,
    Nothing,
}

/// A link of the attacker's that the node has taken, or will when it looks.
pub(super) struct Peer {
    pub(super) socket: Socket,
    pub(super) key: SecretKey,
    until: Instant,
}

impl<'s> Attacker<'s> {
    pub(super) fn new(
        node: SocketAddr,
        forge: &'s mut Forge,
        watch: &'s Watch,
        number: u8,
        expected: &'static [&'static str],
    ) -> Self {
        let mut attacker = Self {
            node,
            forge,
            made: 0,
            refusals: Vec::new(),
            fault: None,
            watch,
            number,
            names: 0,
            sockets: 0,
            expected,
            since: Instant::now(),
            until: Instant::now(),
        };
        attacker.begins();
        attacker
    }

    /// The attack begins now: what was prepared before does not count.
    pub(super) fn begins(&mut self) {
        self.watch.begins();
        self.since = Instant::now();
        self.until = self.since + LASTS;
    }

    /// Whether the attack is not over yet. On a busy machine it takes longer until the
    /// node has had enough.
    pub(super) fn goes_on(&mut self) -> bool {
        let now = Instant::now();
        if now < self.until {
            return true;
        }
        let goes_on = self.unsaid().is_some() && now < self.since + LASTS_AT_MOST;
        if goes_on {
            self.until = now + LASTS;
        }
        goes_on
    }

    /// Something that the node should say and has not said.
    pub(super) fn unsaid(&self) -> Option<&'static str> {
        let said = |expected: &str| self.refusals.iter().any(|said| said.contains(expected));
        self.expected
            .iter()
            .copied()
            .find(|expected| !said(expected))
    }

    /// When it is over.
    pub(super) fn until(&self) -> Instant {
        self.until
    }

    /// Wait for the end.
    pub(super) fn waits(&self) {
        thread::sleep(self.until.saturating_duration_since(Instant::now()));
    }

    pub(super) fn breathes(&self) {
        thread::sleep(BREATH);
    }

    /// A name that nobody has had.
    pub(super) fn name(&mut self) -> SecretKey {
        self.names += 1;
        let mut seed = [0xbb; 32];
        seed[..8].copy_from_slice(&self.names.to_le_bytes());
        seed[8] = self.number;
        SecretKey::from_seed(seed)
    }

    /// The next of its addresses, which no other attack has.
    pub(super) fn address(&mut self) -> IpAddr {
        self.sockets = (self.sockets + 1) % ADDRESSES;
        Ipv4Addr::new(10, 0, self.number, self.sockets).into()
    }

    /// A WebSocket that has proven nothing.
    pub(super) fn socket(&mut self) -> io::Result<Socket> {
        let from = self.address();
        Socket::open(self.node, from, self.until)
    }

    /// One whose handshake is done under this name.
    pub(super) fn proven(&mut self, key: &SecretKey) -> io::Result<Socket> {
        let mut socket = self.socket()?;
        let network = self.forge.params.network_id();
        let (handshake, greeting) =
            Handshake::begin(Role::Caller, key.clone(), network, [self.number; 32]);
        socket.say(&greeting, self.until)?;
        let greeting = socket.hear(self.until)?;
        let (handshake, proof) = handshake.greeted(&greeting).map_err(io::Error::other)?;
        socket.say(&proof, self.until)?;
        let proof = socket.hear(self.until)?;
        handshake.proven(&proof).map_err(io::Error::other)?;
        Ok(socket)
    }

    /// A link under this name that has said nothing.
    pub(super) fn silent(&mut self, key: SecretKey) -> io::Result<Peer> {
        let socket = self.proven(&key)?;
        Ok(Peer {
            socket,
            key,
            until: self.until,
        })
    }

    /// A link that has said this hello.
    pub(super) fn greeting(&mut self, hello: Hello) -> io::Result<Peer> {
        let key = self.name();
        let mut peer = self.silent(key)?;
        peer.say(&Message::Hello(hello))?;
        Ok(peer)
    }

    /// A link like an honest peer's.
    pub(super) fn linked(&mut self) -> io::Result<Peer> {
        let hello = self.forge.hello();
        self.greeting(hello)
    }

    // What came of it, unless the node has hung up.
    fn succeeded<T>(&mut self, done: io::Result<T>) -> Option<T> {
        match done {
            Ok(done) => return Some(done),
            Err(error) if error.kind() != io::ErrorKind::ConnectionAborted => {}
            Err(refused) if self.refusals.len() < MAX_REFUSALS => {
                self.refusals.push(refused.to_string());
            }
            Err(_) => {}
        }
        None
    }

    /// Until the end, whatever the node says to it.
    pub(super) fn again(&mut self, mut once: impl FnMut(&mut Self) -> io::Result<()>) {
        while self.goes_on() {
            self.made += 1;
            let done = once(self);
            self.succeeded(done);
            self.breathes();
        }
    }

    /// Open one after another and keep so many open until the end.
    pub(super) fn hold<T>(
        &mut self,
        most: usize,
        mut open: impl FnMut(&mut Self) -> io::Result<T>,
    ) {
        let mut held = Vec::new();
        while self.goes_on() && held.len() < most {
            self.made += 1;
            let opened = open(self);
            held.extend(self.succeeded(opened));
        }
        self.waits();
    }

    /// Say on four links what `next` gives, one frame after another, as fast as the node
    /// reads. A link that was cut off is opened anew.
    pub(super) fn flood(&mut self, reads: Reads, mut next: impl FnMut(&mut Self) -> Vec<u8>) {
        self.flood_as(Self::linked, reads, |it, _| next(it));
    }

    /// The same on links that are opened so; `next` is told under which name it speaks.
    pub(super) fn flood_as(
        &mut self,
        open: impl FnMut(&mut Self) -> io::Result<Peer>,
        reads: Reads,
        mut next: impl FnMut(&mut Self, &SecretKey) -> Vec<u8>,
    ) {
        self.act_as(open, |it, peer| {
            for _ in 0..BURST {
                it.made += 1;
                let message = next(it, &peer.key);
                peer.send(&message)?;
            }
            match reads {
                Reads::All => while peer.socket.heard()?.is_some() {},
                Reads::Nothing => {}
            }
            Ok(())
        });
    }

    /// Answer what the node says on four links that are opened so, until the end.
    pub(super) fn answer_as(
        &mut self,
        open: impl FnMut(&mut Self) -> io::Result<Peer>,
        mut answer: impl FnMut(&mut Self, &Message) -> Vec<Vec<u8>>,
    ) {
        self.act_as(open, |it, peer| {
            peer.answers(|message| {
                let answers = answer(it, message);
                it.made += answers.len() as u64;
                answers
            })
        });
    }

    /// On four links that are opened so do something in turn, until the end.
    pub(super) fn act_as(
        &mut self,
        mut open: impl FnMut(&mut Self) -> io::Result<Peer>,
        mut act: impl FnMut(&mut Self, &mut Peer) -> io::Result<()>,
    ) {
        let mut crew: Vec<Peer> = Vec::new();
        while self.goes_on() {
            if crew.len() < CREW {
                let opened = open(self);
                crew.extend(self.succeeded(opened));
            }
            crew.retain_mut(|peer| {
                let acted = act(self, peer);
                self.succeeded(acted).is_some()
            });
            self.breathes();
        }
    }
}

impl Peer {
    /// One message, if it is one.
    pub(super) fn send(&mut self, frame: &[u8]) -> io::Result<()> {
        self.socket.say(frame, self.until)
    }

    pub(super) fn say(&mut self, message: &Message) -> io::Result<()> {
        self.send(&message.to_frame())
    }

    /// Answer all that has come, pings included.
    fn answers(&mut self, mut answer: impl FnMut(&Message) -> Vec<Vec<u8>>) -> io::Result<()> {
        while let Some(heard) = self.socket.heard()? {
            let message = Message::from_frame(&heard).map_err(io::Error::other)?;
            let mut answers = answer(&message);
            if let Message::Ping(number) = message {
                answers.push(Message::Pong(number).to_frame());
            }
            for frame in answers {
                self.send(&frame)?;
            }
        }
        Ok(())
    }
}
