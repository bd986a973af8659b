//! A neighbour that the node has chosen, which keeps to the protocol and measures how
//! soon it is answered.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tablon_core::handshake::{Handshake, Role};
use tablon_core::hash::PeerId;
use tablon_core::keys::SecretKey;
use tablon_core::wire::{Hello, Message};
use tokio_tungstenite::tungstenite::{self, Message as Frame, WebSocket};

use crate::common::PATIENCE;
use crate::links::hear;

/// Eighty pings a second, which take a fifth of what a peer may ask.
const PING_EVERY: Duration = Duration::from_millis(12);

/// The neighbour.
pub(super) struct Honest {
    pub(super) id: PeerId,
    orders: Sender<Message>,
    seen: Arc<Seen>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Seen {
    pings: Mutex<Pings>,
    /// Bytes of messages from the node.
    bytes: AtomicU64,
    /// Why the link ended.
    lost: Mutex<Option<String>>,
}

#[derive(Default)]
struct Pings {
    under_way: BTreeMap<u64, Instant>,
    answered: Vec<Duration>,
}

/// What it saw while something went on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight {
    /// Of all pings; one that is still under way has taken as long as that so far.
    pub(super) median: Duration,
    pub(super) longest: Duration,
    /// Of what the node sent it.
    pub(super) bytes: u64,
}

impl Honest {
    /// Take the link of a node that dials this listener.
    pub(super) fn take(listener: &TcpListener, hello: &Hello) -> Self {
        let key = SecretKey::from_seed([0x11; 32]);
        let id = key.public().peer_id();
        let (stream, _) = listener.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut socket = tungstenite::accept(stream).unwrap();
        let (handshake, greeting) = Handshake::begin(Role::Callee, key, hello.network, [0x12; 32]);
        socket.send(Frame::Binary(greeting.into())).unwrap();
        let (handshake, proof) = handshake.greeted(&hear(&mut socket).unwrap()).unwrap();
        socket.send(Frame::Binary(proof.into())).unwrap();
        handshake.proven(&hear(&mut socket).unwrap()).unwrap();
        say(&mut socket, &Message::Hello(hello.clone())).unwrap();
        let (orders, ordered) = channel();
        let seen = Arc::new(Seen::default());
        let witness = Arc::clone(&seen);
        let thread = thread::spawn(move || {
            let Err(reason) = serve(socket, &ordered, &witness) else {
                return;
            };
            *witness.lost.lock().unwrap() = Some(reason);
        });
        Self {
            id,
            orders,
            seen,
            thread: Some(thread),
        }
    }

    /// Say something to the node.
    pub(super) fn say(&self, message: Message) {
        // When the link is lost, that is told.
        let _ = self.orders.send(message);
    }

    /// Measure from now on.
    pub(super) fn begins(&self) {
        self.seen.pings.lock().unwrap().answered.clear();
        self.seen.bytes.store(0, Ordering::Relaxed);
    }

    /// What was measured since.
    pub(super) fn saw(&self) -> Sight {
        let pings = self.seen.pings.lock().unwrap();
        let under_way = pings.under_way.values().map(Instant::elapsed);
        let mut all: Vec<Duration> = pings.answered.iter().copied().chain(under_way).collect();
        all.sort();
        Sight {
            median: all.get(all.len() / 2).copied().unwrap_or(Duration::MAX),
            longest: all.last().copied().unwrap_or(Duration::MAX),
            bytes: self.seen.bytes.load(Ordering::Relaxed),
        }
    }

    /// Why the link is no more.
    pub(super) fn lost(&self) -> Option<String> {
        self.seen.lost.lock().unwrap().clone()
    }
}

impl Drop for Honest {
    fn drop(&mut self) {
        let (closed, _) = channel();
        self.orders = closed;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn say(socket: &mut WebSocket<TcpStream>, message: &Message) -> Result<(), String> {
    let frame = Frame::Binary(message.to_frame().into());
    socket.send(frame).map_err(|error| error.to_string())
}

// Until nobody gives orders any more; an error is the end of the link.
fn serve(
    mut socket: WebSocket<TcpStream>,
    orders: &Receiver<Message>,
    seen: &Seen,
) -> Result<(), String> {
    let (mut due, mut number) = (Instant::now(), 0);
    loop {
        loop {
            use std::sync::mpsc::TryRecvError::{Disconnected, Empty};
            match orders.try_recv() {
                Ok(message) => say(&mut socket, &message)?,
                Err(Empty) => break,
                Err(Disconnected) => return Ok(()),
            }
        }
        let now = Instant::now();
        if now >= due {
            due = now + PING_EVERY;
            number += 1;
            let mut pings = seen.pings.lock().unwrap();
            pings.under_way.insert(number, Instant::now());
            drop(pings);
            say(&mut socket, &Message::Ping(number))?;
        }
        let wait = due.saturating_duration_since(now);
        let wait = wait.max(Duration::from_millis(1)); // none would be for ever
        socket.get_ref().set_read_timeout(Some(wait)).unwrap();
        let frame = match socket.read() {
            Ok(Frame::Binary(frame)) => frame,
            Ok(Frame::Close(close)) => return Err(format!("the node closed: {close:?}")),
            Ok(_) => continue,
            Err(tungstenite::Error::Io(error))
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) =>
            {
                continue;
            }
            Err(error) => return Err(error.to_string()),
        };
        let size = frame.len() as u64;
        seen.bytes.fetch_add(size, Ordering::Relaxed);
        match Message::from_frame(&frame).map_err(|error| error.to_string())? {
            Message::Ping(asked) => say(&mut socket, &Message::Pong(asked))?,
            Message::Pong(answered) => {
                let mut pings = seen.pings.lock().unwrap();
                if let Some(begun) = pings.under_way.remove(&answered) {
                    pings.answered.push(begun.elapsed());
                }
            }
            // What the attackers say through the node.
            _ => {}
        }
    }
}
