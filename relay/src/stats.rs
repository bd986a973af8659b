//! What `/stats.json` tells: counts only. No address, peer id or network id is
//! kept, so none can be asked for.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde::Serialize;
use tablon_core::relay::RELAY_PROTOCOL;

use crate::Relay;

/// Counters since the start.
#[derive(Debug)]
pub(crate) struct Stats {
    started: Instant,
    sockets_opened: AtomicU64,
    frames_forwarded: AtomicU64,
    tunnel_frames: AtomicU64,
    tunnel_bytes: AtomicU64,
    /// By rule; the rules are a closed list, so this is bounded.
    refused: Mutex<BTreeMap<&'static str, u64>>,
}

/// The answer of `/stats.json`.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    version: &'static str,
    protocol: u16,
    uptime_seconds: u64,
    connections: usize,
    sockets: usize,
    sockets_opened: u64,
    rooms: usize,
    peers: usize,
    /// Number of rooms by how many peers are in them.
    rooms_by_peers: BTreeMap<&'static str, usize>,
    frames_forwarded: u64,
    tunnel_frames: u64,
    /// With the ids before the pieces.
    tunnel_bytes: u64,
    refused: BTreeMap<&'static str, u64>,
}

impl Stats {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            sockets_opened: AtomicU64::new(0),
            frames_forwarded: AtomicU64::new(0),
            tunnel_frames: AtomicU64::new(0),
            tunnel_bytes: AtomicU64::new(0),
            refused: Mutex::default(),
        }
    }

    pub(crate) fn opened(&self) {
        self.sockets_opened.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn forwarded(&self) {
        self.frames_forwarded.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn tunnelled(&self, bytes: usize) {
        self.tunnel_frames.fetch_add(1, Ordering::Relaxed);
        self.tunnel_bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn refused(&self, rule: &'static str) {
        *self
            .refused
            .lock()
            .expect("nothing under this lock panics, so it is never poisoned")
            .entry(rule)
            .or_default() += 1;
    }

    pub(crate) fn report(&self, relay: &Relay) -> Report {
        let (rooms, peers, rooms_by_peers) = relay.rooms.census();
        let inside = relay.limiter.count();
        Report {
            version: env!("CARGO_PKG_VERSION"),
            protocol: RELAY_PROTOCOL,
            uptime_seconds: self.started.elapsed().as_secs(),
            connections: inside.connections,
            sockets: inside.sockets,
            sockets_opened: self.sockets_opened.load(Ordering::Relaxed),
            rooms,
            peers,
            rooms_by_peers,
            frames_forwarded: self.frames_forwarded.load(Ordering::Relaxed),
            tunnel_frames: self.tunnel_frames.load(Ordering::Relaxed),
            tunnel_bytes: self.tunnel_bytes.load(Ordering::Relaxed),
            refused: self
                .refused
                .lock()
                .expect("nothing under this lock panics, so it is never poisoned")
                .clone(),
        }
    }
}
