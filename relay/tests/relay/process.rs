//! The binary itself: its line on standard output, its end, and a crowd.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use tablon_core::keys::SecretKey;
use tablon_core::relay::{FromRelay, Signal, SignalStep, SignedSignal, ToRelay};
use tablon_relay::code;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::common::{Heard, NETWORK, PATIENCE, Tab, get, hello, stream};

async fn start(args: &[&str]) -> (Child, SocketAddr) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tablon-relay"))
        .args(["--listen", "127.0.0.1:0"])
        .args(args)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = timeout(PATIENCE, lines.next_line())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    let address = line
        .strip_prefix("listening on http://")
        .expect("the line that e2e waits for");
    (child, address.parse().unwrap())
}

#[cfg(unix)]
async fn signal(child: &Child, name: &str) {
    let pid = child.id().unwrap().to_string();
    let sent = Command::new("kill")
        .args(["-s", name, &pid])
        .status()
        .await
        .unwrap();
    assert!(sent.success());
}

#[cfg(unix)]
async fn stops_cleanly_at(name: &str) {
    let (mut child, address) = start(&["--quiet"]).await;
    let mut ana = Tab::join(address, 1, NETWORK).await;
    let mut bob = Tab::join(address, 2, NETWORK).await;
    // Neither one that says nothing nor one that reads nothing holds it up.
    let _idle = stream(address).await;
    let _deaf = Tab::join(address, 3, NETWORK).await;
    signal(&child, name).await;
    let asked = Instant::now();
    assert_eq!(ana.hear().await, Heard::Closed(code::RESTART));
    assert_eq!(bob.hear().await, Heard::Closed(code::RESTART));
    let status = timeout(PATIENCE, child.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(
        asked.elapsed() < Duration::from_secs(3),
        "{:?}",
        asked.elapsed()
    );
}

#[cfg(unix)]
#[tokio::test]
async fn sigterm_closes_sockets_with_1012_and_exits() {
    stops_cleanly_at("TERM").await;
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_does_the_same() {
    stops_cleanly_at("INT").await;
}

#[tokio::test]
async fn the_binary_serves_as_soon_as_it_has_said_so() {
    let (_child, address) = start(&["--quiet"]).await;
    assert_ne!(address.port(), 0);
    assert_eq!(get(address, "/healthz").await.text(), "ok");
}

#[tokio::test]
async fn a_bad_argument_is_named() {
    for (args, word) in [
        (vec!["--page", "/nonexistent"], "/nonexistent"),
        (vec!["--listen", "nowhere"], "nowhere"),
        (vec!["--ice", "turn:x"], "--turn"),
        (vec!["--turn", "turn:x"], "--turn-secret"),
        (vec!["--tunnel-rate", "100"], "4096 at least"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_tablon-relay"))
            .args(&args)
            .kill_on_drop(true)
            .output();
        let output = timeout(PATIENCE, output).await.unwrap().unwrap();
        assert!(!output.status.success(), "{args:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(word), "{args:?}: {said}");
    }
}

#[tokio::test]
async fn nothing_that_a_tab_sends_is_logged() {
    let child = Command::new(env!("CARGO_BIN_EXE_tablon-relay"))
        .args(["--listen", "127.0.0.1:0", "--verbose"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = child.unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = timeout(PATIENCE, lines.next_line())
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    let address: SocketAddr = line.rsplit('/').next().unwrap().parse().unwrap();
    let mut ana = Tab::join(address, 1, NETWORK).await;
    let mut bob = Tab::join(address, 2, NETWORK).await;
    ana.say(&ToRelay::Signal(crate::common::offer(1, 2, "SECRET-SDP")))
        .await;
    bob.hear_signal().await;
    ana.say_text(r#"{"type":"SECRET-TYPE"}"#.into()).await;
    ana.is_refused(&["SECRET-TYPE"], code::PROTOCOL).await;
    drop((ana, bob));
    #[cfg(unix)]
    signal(&child, "TERM").await;
    #[cfg(not(unix))]
    child.start_kill().unwrap();
    let output = timeout(PATIENCE, child.wait_with_output())
        .await
        .unwrap()
        .unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    assert!(log.contains("malformed"), "the reason is logged: {log}");
    for secret in [
        "SECRET",
        "127.0.0.1",
        &crate::common::peer(1).to_string()[..8],
    ] {
        assert!(!log.contains(secret), "{secret} in {log}");
    }
}

/// A crowd on one machine: more than a school, far below the bounds.
const CROWD: u16 = 1_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_tabs_are_introduced() {
    let (child, address) = start(&["--quiet", "--max-sockets-per-address", "2000"]).await;
    let memory_before = resident_kib(&child);
    let started = Instant::now();
    let mut tabs = Vec::new();
    let mut places = HashMap::new();
    for number in 0..CROWD {
        let mut seed = [3; 32];
        seed[..2].copy_from_slice(&number.to_le_bytes());
        let key = SecretKey::from_seed(seed);
        let mut tab = Tab::connect(address).await;
        let nonce = tab.challenge().await;
        tab.say(&hello(&key, nonce, NETWORK)).await;
        let Heard::Frame(FromRelay::Welcome { peers, .. }) = tab.hear().await else {
            panic!("tab {number} is welcome");
        };
        assert_eq!(peers.len(), usize::from(number).min(24));
        places.insert(key.public().peer_id(), tabs.len());
        tabs.push((tab, key, peers));
    }
    let joined = started.elapsed();
    let memory = resident_kib(&child).saturating_sub(memory_before);

    let started = Instant::now();
    let mut signals = 0_u32;
    let (mut last, key, peers) = tabs.pop().unwrap();
    for to in peers {
        let signal = Signal {
            network: NETWORK,
            from: key.public(),
            to,
            session: 1,
            step: SignalStep::Full,
        };
        last.say(&ToRelay::Signal(SignedSignal::sign(signal, &key)))
            .await;
        let heard = tabs[places[&to]].0.hear_signal().await;
        assert_eq!(heard.signal.from, key.public());
        signals += 1;
    }
    eprintln!(
        "{CROWD} tabs joined in {joined:?}, {} KiB of memory each; a signal takes {:?}",
        memory / u64::from(CROWD),
        started.elapsed() / signals
    );
    assert!(joined < PATIENCE, "{joined:?}");
}

/// Memory of a process, where the system tells.
fn resident_kib(child: &Child) -> u64 {
    let path = format!("/proc/{}/status", child.id().unwrap());
    let status = std::fs::read_to_string(path).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let digits = line.and_then(|line| line.split_whitespace().next());
    digits.and_then(|digits| digits.parse().ok()).unwrap_or(0)
}
