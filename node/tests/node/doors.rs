//! Those who come and do nothing.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::common::{Program, quick, start, wait_until};
use crate::links::{connect, shake};

fn links(node: &Program, seed: u8) -> bool {
    shake(&mut connect(node), seed, quick().network_id()).is_ok()
}

// Every one of them seems to come from this machine, as through a proxy.
#[test]
fn sockets_that_prove_nothing_do_not_close_peer() {
    let folder = tempfile::tempdir().unwrap();
    for (name, options) in [("plain", &[][..]), ("proxied", &["--behind-proxy"])] {
        let node = start(&folder.path().join(name), options);
        let idle: Vec<_> = (0..64).map(|_| connect(&node)).collect();
        assert!(links(&node, 1), "{name}: 64 idle sockets");
        let more: Vec<_> = (0..200).map(|_| connect(&node)).collect();
        assert!(links(&node, 2), "{name}: 264 idle sockets");
        drop((idle, more));
    }
}

#[test]
fn connections_that_ask_nothing_do_not_close_http() {
    rlimit::increase_nofile_limit(4_096).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let node = start(&folder.path().join("store"), &[]);
    // Half say nothing, half have asked once and keep the connection.
    let idle: Vec<TcpStream> = (0..2_100)
        .map(|number| {
            let mut stream = TcpStream::connect(node.address).unwrap();
            if number % 2 == 0 {
                let ask = format!(
                    "GET /api/v1/status HTTP/1.1\r\nhost: {}\r\n\r\n",
                    node.address
                );
                let _ = stream.write_all(ask.as_bytes());
            }
            stream
        })
        .collect();
    assert_eq!(node.get("/api/v1/status").status, 200);
    assert!(links(&node, 1), "/peer");
    // The oldest have given way.
    let mut first = &idle[1];
    first
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    assert_eq!(first.read(&mut [0; 1]).unwrap_or(0), 0);
}

// An open link is served for as long as it lasts: newer connections do not end it.
#[test]
fn a_link_stays_while_others_come() {
    rlimit::increase_nofile_limit(8_192).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let node = start(&folder.path().join("store"), &[]);
    let mut honest = connect(&node);
    shake(&mut honest, 1, quick().network_id()).unwrap();
    let peers = || node.get("/api/v1/peers").json().as_array().unwrap().len();
    wait_until(|| (peers() == 1).then_some(()));
    let idle = (0..2_100).map(|_| TcpStream::connect(node.address).unwrap());
    let idle: Vec<TcpStream> = idle.collect();
    assert_eq!(peers(), 1);
    drop(idle);
}
