//! Those who ask for much.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tablon_core::target::Work;
use tablon_core::units::{Height, Millis};
use tablon_core::wire::{Hello, Message, PROTOCOL};
use tokio_tungstenite::tungstenite::Message as Frame;

#[cfg(target_os = "linux")]
use crate::common::resident_mib;
use crate::common::{Program, post, quick, start, wait_until};
use crate::links::{connect, hear, shake};

/// A node whose chain has a megabyte of posts.
fn with_much(folder: &tempfile::TempDir) -> Program {
    let node = start(&folder.path().join("store"), &[]);
    let text = "x".repeat(4_000);
    let mut posted = 0;
    while posted < 250 {
        match node.post("/new_transaction", &post("Ana", &text)).status {
            201 => posted += 1,
            // As many as may wait of one author do.
            503 => assert_eq!(node.get("/mine").status, 200),
            status => panic!("{status}"),
        }
    }
    wait_until(|| {
        node.get("/mine");
        (node.get("/pending_tx").body == "[]").then_some(())
    });
    assert!(node.get("/chain").body.len() > 1_000_000);
    node
}

fn now_ms() -> u64 {
    let since = std::time::UNIX_EPOCH.elapsed().unwrap();
    since.as_millis() as u64 // for 584 million years
}

fn asks(address: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let ask = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n\r\n");
    // The node may hang up before all is written.
    let _ = stream.write_all(ask.as_bytes());
    stream
}

#[cfg(target_os = "linux")]
#[test]
fn readers_that_never_read_hold_a_bounded_share_of_memory() {
    rlimit::increase_nofile_limit(4_096).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let node = with_much(&folder);
    let rest = resident_mib(node.id());
    let paths = [
        "/chain",
        "/api/v1/blocks",
        "/api/v1/transactions?limit=500",
        "/",
    ];
    let deaf: Vec<TcpStream> = (0..1_500)
        .map(|number| asks(node.address, paths[number % paths.len()]))
        .collect();
    let mut most = rest;
    for _ in 0..80 {
        most = most.max(resident_mib(node.id()));
        thread::sleep(Duration::from_millis(100));
    }
    eprintln!("{rest} MiB at rest, {most} MiB with 1,500 readers that never read");
    // 32 MiB of answers, and 15 KiB a connection: measured 48 MiB.
    assert!(most - rest <= 64, "{rest} -> {most} MiB");
    // They are let go in time, and whoever reads is answered.
    wait_until(|| (node.get("/chain").status == 200).then_some(()));
    drop(deaf);
    assert_eq!(node.get("/api/v1/blocks").status, 200);
}

#[test]
fn a_crowd_of_readers_delays_no_peer() {
    let folder = tempfile::tempdir().unwrap();
    let node = with_much(&folder);
    let mut honest = connect(&node);
    shake(&mut honest, 1, quick().network_id()).unwrap();
    let hello = Message::Hello(Hello {
        protocol: PROTOCOL,
        network: quick().network_id(),
        height: Height(0),
        tip: quick().network_id(),
        work: Work::ZERO,
        time: Millis(now_ms()),
    });
    honest.send(Frame::Binary(hello.to_frame().into())).unwrap();
    let mut ping = |number: u64| {
        let begun = Instant::now();
        let ping = Message::Ping(number).to_frame();
        honest.send(Frame::Binary(ping.into())).unwrap();
        loop {
            match Message::from_frame(&hear(&mut honest).unwrap()).unwrap() {
                Message::Pong(answered) if answered == number => return begun.elapsed(),
                Message::Ping(asked) => {
                    let pong = Message::Pong(asked).to_frame();
                    honest.send(Frame::Binary(pong.into())).unwrap();
                }
                _ => {} // it offers its chain, which is not asked for
            }
        }
    };
    let mut median = |from: u64| {
        let mut pings: Vec<Duration> = (from..from + 41)
            .map(|number| {
                // Below what a peer may send in a second.
                thread::sleep(Duration::from_millis(50));
                ping(number)
            })
            .collect();
        pings.sort();
        pings[20]
    };
    let alone = median(0);
    let (done, answers) = (AtomicBool::new(false), AtomicUsize::new(0));
    let address = node.address;
    let among = thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    let mut stream = TcpStream::connect(address).unwrap();
                    let ask = format!(
                        "GET /api/v1/blocks HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
                    );
                    let _ = stream.write_all(ask.as_bytes());
                    let mut answer = Vec::new();
                    let _ = stream.read_to_end(&mut answer);
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        thread::sleep(Duration::from_millis(500));
        let among = median(100);
        done.store(true, Ordering::Relaxed);
        among
    });
    let answers = answers.load(Ordering::Relaxed);
    eprintln!("ping {alone:?} alone, {among:?} among 64 readers; {answers} answers");
    assert!(answers > 0);
    // Measured: 0.9 ms. It was 351 ms when the node's own thread read for them.
    assert!(among <= Duration::from_millis(20), "{alone:?} -> {among:?}");
}
