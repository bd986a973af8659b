//! Nodes at a relay: introduced by it, living without it, and not harmed by one that
//! lies.

use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use tablon_core::command::{Command, Reply};
use tablon_core::hash::PeerId;
use tablon_core::keys::SecretKey;
use tablon_core::relay::{
    FromRelay, MAX_RELAY_FRAME, Signal, SignalStep, SignedSignal, ToRelay, hello_bytes,
};
use tablon_node::{Config, Node};
use tokio_tungstenite::tungstenite::{Message as Frame, WebSocket, accept};

use crate::common::{LOCAL, PATIENCE, Program, post, quick, start, wait_until};

/// A relay in this process, until it is dropped.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    runtime: Option<tokio::runtime::Runtime>,
}

impl Relay {
    pub(crate) fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap())
    }

    fn start_at(address: SocketAddr) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        // A port that was just given up is free within moments.
        let listener = wait_until(|| {
            let bound = runtime.block_on(tokio::net::TcpListener::bind(address));
            bound.ok()
        });
        let address = listener.local_addr().unwrap();
        let config = tablon_relay::Config {
            page: tablon_relay::Page::Folder("/nonexistent".into()),
            ..tablon_relay::Config::default()
        };
        runtime.spawn(tablon_relay::serve(
            config,
            listener,
            std::future::pending(),
        ));
        Self {
            address,
            runtime: Some(runtime),
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The ids of a node's neighbours.
pub(crate) fn neighbours(node: &Program) -> BTreeSet<String> {
    let peers = node.get("/api/v1/peers").json();
    let id = |peer: &serde_json::Value| peer["id"].as_str().unwrap().to_owned();
    peers.as_array().unwrap().iter().map(id).collect()
}

pub(crate) fn id(node: &Program) -> String {
    let status = node.get("/api/v1/status").json();
    status["node"].as_str().unwrap().to_owned()
}

fn wait_linked(one: &Program, other: &Program) {
    let (a, b) = (id(one), id(other));
    wait_until(|| (neighbours(one).contains(&b) && neighbours(other).contains(&a)).then_some(()));
}

fn wait_posted(node: &Program, text: &str) {
    wait_until(|| node.posts().iter().any(|post| post == text).then_some(()));
}

#[test]
fn two_nodes_that_only_know_a_relay_link_and_live_on_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::start();
    let url = relay.url();
    let more = [&LOCAL[..], &["--webrtc", "off", "--relay", &url]].concat();
    let first = start(&folder.path().join("first"), &more);
    let second = start(&folder.path().join("second"), &more);
    wait_linked(&first, &second);
    let peers = first.get("/api/v1/peers").json();
    assert_eq!(peers[0]["link"], "websocket", "{peers}");
    drop(relay);
    assert_eq!(
        first.post("/new_transaction", &post("Ana", "alone")).status,
        201
    );
    wait_posted(&second, "alone");
}

#[test]
fn two_nodes_that_only_know_a_third_link_to_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let third = start(&folder.path().join("third"), &[]);
    let first = start(&folder.path().join("first"), &["--peer", &third.url()]);
    let second = start(&folder.path().join("second"), &["--peer", &third.url()]);
    wait_linked(&first, &second);
    third.kill();
    assert_eq!(
        first
            .post("/new_transaction", &post("Ana", "without the third"))
            .status,
        201
    );
    wait_posted(&second, "without the third");
}

// Elsewhere 127.0.0.1 alone is this machine.
#[cfg(target_os = "linux")]
#[test]
fn a_relay_that_dies_and_returns_introduces_again() {
    let folder = tempfile::tempdir().unwrap();
    // An address of its own: between its two lives no other test takes the port.
    let relay = Relay::start_at("127.0.0.3:0".parse().unwrap());
    let (address, url) = (relay.address, relay.url());
    let first = start(&folder.path().join("first"), &["--relay", &url]);
    let second = start(&folder.path().join("second"), &["--relay", &url]);
    wait_linked(&first, &second);
    drop(relay);
    second.kill();
    wait_until(|| neighbours(&first).is_empty().then_some(()));
    let late = start(&folder.path().join("late"), &["--relay", &url]);
    thread::sleep(Duration::from_secs(1));
    assert!(neighbours(&first).is_empty());
    let _again = Relay::start_at(address);
    wait_linked(&first, &late);
}

#[test]
fn a_node_at_two_relays_joins_their_rooms() {
    let folder = tempfile::tempdir().unwrap();
    let (here, there) = (Relay::start(), Relay::start());
    let first = start(&folder.path().join("first"), &["--relay", &here.url()]);
    let second = start(&folder.path().join("second"), &["--relay", &there.url()]);
    let both = format!("{},{}", here.url(), there.url());
    let third = start(&folder.path().join("third"), &["--relay", &both]);
    wait_linked(&first, &third);
    wait_linked(&second, &third);
    // And by the third the others find each other.
    wait_linked(&first, &second);
}

#[test]
fn a_node_without_an_address_calls_one_that_has_one() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::start();
    let shown = start(&folder.path().join("shown"), &["--relay", &relay.url()]);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let hidden = Config {
        network: quick(),
        listen: None,
        relays: vec![relay.url().parse().unwrap()],
        private_networks: vec![LOCAL[1].parse().unwrap()],
        ..Config::default()
    };
    let hidden = runtime.block_on(Node::start(hidden)).unwrap();
    let status = runtime.block_on(hidden.ask(Command::Status)).unwrap();
    let Reply::Status(status) = status else {
        panic!("the reply to a status is a status");
    };
    let node = status.node.to_string();
    wait_until(|| neighbours(&shown).contains(&node).then_some(()));
    runtime.block_on(hidden.stop());
}

pub(crate) type Socket = WebSocket<TcpStream>;

/// A relay that says what a test wants: each connection is greeted properly and then
/// handed to `lies` with its number.
pub(crate) struct Liar {
    address: SocketAddr,
    /// Connections that were greeted.
    calls: Arc<Mutex<u32>>,
}

impl Liar {
    pub(crate) fn start(lies: impl Fn(u32, &mut Socket) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let calls = Arc::new(Mutex::new(0));
        let counted = Arc::clone(&calls);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                let Ok(mut socket) = accept(stream) else {
                    continue;
                };
                if greet(&mut socket).is_none() {
                    continue;
                }
                let number = {
                    let mut calls = counted.lock().unwrap();
                    *calls += 1;
                    *calls
                };
                lies(number, &mut socket);
            }
        });
        Self { address, calls }
    }

    pub(crate) fn url(&self) -> String {
        format!("ws://{}/signal", self.address)
    }

    fn wait_called(&self, times: u32) {
        wait_until(|| (*self.calls.lock().unwrap() >= times).then_some(()));
    }
}

pub(crate) fn say(socket: &mut Socket, frame: &FromRelay) -> Option<()> {
    let text = serde_json::to_string(frame).unwrap();
    socket.send(Frame::text(text)).ok()
}

pub(crate) fn hear(socket: &mut Socket) -> Option<ToRelay> {
    loop {
        match socket.read().ok()? {
            Frame::Text(text) => return Some(serde_json::from_str(&text).unwrap()),
            Frame::Close(_) => return None,
            _ => {}
        }
    }
}

fn greet(socket: &mut Socket) -> Option<()> {
    let nonce = PeerId([7; 32]);
    say(socket, &FromRelay::Challenge { nonce })?;
    let ToRelay::Hello {
        network,
        key,
        signature,
        ..
    } = hear(socket)?
    else {
        panic!("a hello comes first");
    };
    assert!(key.verify(&hello_bytes(nonce, network), &signature));
    say(
        socket,
        &FromRelay::Welcome {
            peers: Vec::new(),
            ice_servers: Vec::new(),
            tunnel: 0,
        },
    )
}

fn drain(socket: &mut Socket) {
    while hear(socket).is_some() {}
}

#[test]
fn a_relay_that_speaks_nonsense_is_left_and_called_again() {
    let folder = tempfile::tempdir().unwrap();
    let liar = Liar::start(|number, socket| {
        // The node may hang up before all is written.
        let _ = match number {
            1 => socket.send(Frame::text("no frame")),
            2 => socket.send(Frame::text(r#"{"type":"welcome"}"#)),
            3 => socket.send(Frame::text("x".repeat(4 * MAX_RELAY_FRAME))),
            4 => socket.send(Frame::binary(vec![0; 100 * 1024])),
            5 => socket.send(Frame::text("[".repeat(MAX_RELAY_FRAME))),
            _ => return drain(socket),
        };
        drain(socket);
    });
    let node = start(&folder.path().join("node"), &["--relay", &liar.url()]);
    liar.wait_called(6);
    assert!(neighbours(&node).is_empty());
    assert_eq!(
        node.post("/new_transaction", &post("Ana", "alive")).status,
        201
    );
}

#[test]
fn a_flood_of_names_and_forged_signals_is_borne() {
    let folder = tempfile::tempdir().unwrap();
    let liar = Liar::start(|number, socket| {
        if number > 1 {
            return drain(socket);
        }
        let forger = SecretKey::from_seed([3; 32]);
        for round in 0..400_u32 {
            let name = |at: u32| {
                let mut id = [0; 32];
                id[..4].copy_from_slice(&(round * 1_000 + at).to_le_bytes());
                PeerId(id)
            };
            // A few hundred fit in a frame; 24 are taken.
            let peers = (0..200).map(name).collect();
            let signal = Signal {
                network: quick().network_id(),
                from: SecretKey::from_seed([4; 32]).public(),
                to: name(1),
                session: round,
                step: SignalStep::Ask,
            };
            let forged = SignedSignal::sign(signal, &forger);
            if say(socket, &FromRelay::Peers { peers }).is_none()
                || say(socket, &FromRelay::Signal(forged)).is_none()
                || socket.send(Frame::binary(vec![0; 1_000])).is_err()
            {
                return;
            }
        }
        drain(socket);
    });
    let node = start(&folder.path().join("node"), &["--relay", &liar.url()]);
    liar.wait_called(1);
    for number in 0..20 {
        let text = format!("in the flood {number}");
        assert_eq!(
            node.post("/new_transaction", &post("Ana", &text)).status,
            201
        );
    }
    assert!(neighbours(&node).is_empty());
}
