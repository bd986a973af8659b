//! Links between nodes, and strangers at `/peer`.

use std::net::TcpStream;

use tablon_core::handshake::{Handshake, Role};
use tablon_core::hash::{BlockHash, NetworkId};
use tablon_core::keys::SecretKey;
use tablon_core::wire::{MAX_FRAME, Message};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message as Frame, WebSocket, client};

use crate::common::{PATIENCE, Program, post, quick, start, wait_until};

pub(crate) fn connect(node: &Program) -> WebSocket<TcpStream> {
    let stream = TcpStream::connect(node.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let config = WebSocketConfig::default();
    let url = format!("ws://{}/peer", node.address);
    let (socket, _) = client::client_with_config(url, stream, Some(config)).unwrap();
    socket
}

pub(crate) fn hear(socket: &mut WebSocket<TcpStream>) -> Result<Vec<u8>, String> {
    loop {
        match socket.read() {
            Ok(Frame::Binary(bytes)) => return Ok(bytes.to_vec()),
            Ok(Frame::Close(Some(close))) => return Err(close.reason.to_string()),
            Ok(Frame::Close(None)) => return Err("closed".into()),
            Ok(_) => {}
            Err(error) => return Err(error.to_string()),
        }
    }
}

/// Shake hands as `seed`; whether the other side proved itself.
pub(crate) fn shake(
    socket: &mut WebSocket<TcpStream>,
    seed: u8,
    network: NetworkId,
) -> Result<(), String> {
    let key = SecretKey::from_seed([seed; 32]);
    let (handshake, greeting) = Handshake::begin(Role::Caller, key, network, [seed; 32]);
    socket.send(Frame::Binary(greeting.into())).unwrap();
    let greeting = hear(socket)?;
    let (handshake, proof) = handshake
        .greeted(&greeting)
        .map_err(|error| error.to_string())?;
    socket.send(Frame::Binary(proof.into())).unwrap();
    let proof = hear(socket)?;
    handshake
        .proven(&proof)
        .map(|_| ())
        .map_err(|error| error.to_string())
}

#[test]
fn whoever_proves_its_key_is_greeted_as_a_node() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(&folder.path().join("store"), &[]);
    let mut socket = connect(&node);
    shake(&mut socket, 1, quick().network_id()).unwrap();
    let hello = Message::from_frame(&hear(&mut socket).unwrap()).unwrap();
    assert!(matches!(hello, Message::Hello(hello) if hello.network == quick().network_id()));
    // When the node stops, it says so.
    node.terminate();
    let end = loop {
        match hear(&mut socket) {
            Ok(_) => {}
            Err(end) => break end,
        }
    };
    assert!(end.contains("stops"), "{end}");
}

#[test]
fn strangers_at_the_door_are_told_why_and_the_node_lives() {
    let folder = tempfile::tempdir().unwrap();
    let node = start(&folder.path().join("store"), &[]);
    let end = |mut socket: WebSocket<TcpStream>| loop {
        match hear(&mut socket) {
            Ok(_) => {}
            Err(end) => break end,
        }
    };
    // Another network: each side sees it by itself.
    let said = shake(&mut connect(&node), 1, BlockHash([9; 32])).unwrap_err();
    assert!(said.contains("of network"), "{said}");
    let mut mute = connect(&node);
    mute.send(Frame::Text("hello".into())).unwrap();
    assert!(end(mute).contains("text"));
    let mut garbage = connect(&node);
    garbage.send(Frame::Binary(vec![0; 50].into())).unwrap();
    assert!(end(garbage).contains("does not read"));
    let mut large = connect(&node);
    large.send(Frame::Binary(vec![0; 1_000].into())).unwrap();
    assert!(end(large).contains("at most 128"));
    // After the handshake: no message, then one over the bound.
    let mut liar = connect(&node);
    shake(&mut liar, 2, quick().network_id()).unwrap();
    liar.send(Frame::Binary(vec![0xff; 100].into())).unwrap();
    assert!(end(liar).contains("does not read"));
    let mut flood = connect(&node);
    shake(&mut flood, 3, quick().network_id()).unwrap();
    // The node may hang up before all is written.
    let _ = flood.send(Frame::Binary(vec![0; MAX_FRAME + 1].into()));
    end(flood);
    assert_eq!(
        node.post("/new_transaction", &post("Ana", "alive")).status,
        201
    );
}

#[test]
fn three_nodes_that_all_dial_each_other_hold_one_chain() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(&folder.path().join("first"), &["--mine", "1"]);
    let second = start(&folder.path().join("second"), &["--peer", &first.url()]);
    let peers = format!("{},{}", first.url(), second.url());
    let third = start(&folder.path().join("third"), &["--peer", &peers]);
    for (node, other) in [(&first, &second), (&first, &third), (&second, &third)] {
        let body = format!(r#"{{"node_address": "{}"}}"#, other.url());
        assert_eq!(node.post("/register_with", &body).status, 200);
    }
    for (number, node) in [&first, &second, &third].into_iter().enumerate() {
        let text = format!("from {number}");
        assert_eq!(
            node.post("/new_transaction", &post("Ana", &text)).status,
            201
        );
    }
    for node in [&first, &second, &third] {
        wait_until(|| {
            let chain = node.get("/pending_tx").body == "[]";
            (chain && node.posts().len() == 3).then_some(())
        });
    }
    // The one that mined dies; the others link to each other and go on.
    first.kill();
    assert_eq!(
        second
            .post("/new_transaction", &post("Ana", "after"))
            .status,
        201
    );
    assert!(second.get("/mine").body.contains("is mined"));
    wait_until(|| (third.tip() == second.tip()).then_some(()));
}

// Elsewhere 127.0.0.1 alone is this machine.
#[cfg(target_os = "linux")]
#[test]
fn a_node_that_comes_later_is_dialled_again() {
    let folder = tempfile::tempdir().unwrap();
    // An address of its own: between its two lives no other test takes the port.
    let late = start(&folder.path().join("late"), &["--listen", "127.0.0.2:0"]);
    let address = late.address.to_string();
    late.terminate();
    let node = start(
        &folder.path().join("node"),
        &["--peer", &format!("http://{address}")],
    );
    assert_eq!(
        node.post("/new_transaction", &post("Ana", "early")).status,
        201
    );
    let late = start(&folder.path().join("late"), &["--listen", &address]);
    wait_until(|| late.get("/pending_tx").body.contains("early").then_some(()));
}
