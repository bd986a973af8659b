//! Watching one block or post as it spreads: who has it when, by which way, how
//! often, and what that costs.

use std::collections::{BTreeMap, BTreeSet};

use rand_chacha::rand_core::Rng;
use tablon_core::hash::TxId;
use tablon_core::view::Delta;
use tablon_core::wire::Message;

use super::World;

/// Median latency of a link one way, ms, and the spread of its logarithm: about
/// 30 ms within a country and 200 across an ocean.
const MEDIAN: f64 = 80.0;
const SPREAD: f64 = 0.6;
/// One message in so many is lost on the way and sent again.
const LOST: u64 = 100;
/// That takes so long at least, ms.
const SENT_AGAIN: u64 = 200;

/// What is being watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Content {
    Block,
    Post,
}

/// How it came to a tab.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    pub(crate) at: u64,
    /// Links that it passed.
    pub(crate) hops: u32,
}

/// Follows the next new block or post.
#[derive(Debug)]
pub(crate) struct Probe {
    content: Content,
    id: Option<TxId>,
    from: BTreeMap<usize, usize>,
    pub(crate) arrivals: BTreeMap<usize, Arrival>,
    /// Times that it was delivered whole.
    pub(crate) copies: u64,
    /// Bytes of all messages but those that keep links alive.
    pub(crate) bytes: u64,
    /// Bytes of the content itself.
    pub(crate) size: u64,
}

impl Probe {
    pub(crate) fn new(content: Content) -> Self {
        Self {
            content,
            id: None,
            from: BTreeMap::new(),
            arrivals: BTreeMap::new(),
            copies: 0,
            bytes: 0,
            size: 0,
        }
    }

    pub(super) fn carries(&mut self, frame: &[u8]) {
        let alive = |message: &Message| {
            matches!(
                message,
                Message::Ping(_) | Message::Pong(_) | Message::Neighbours(_) | Message::Hello(_)
            )
        };
        let small = frame.len() < 400;
        if small && Message::from_frame(frame).is_ok_and(|message| alive(&message)) {
            return;
        }
        self.bytes += frame.len() as u64;
    }

    pub(super) fn delivers(&mut self, from: usize, to: usize, frame: &[u8]) {
        // Bodies and transactions alone are as long as that.
        if frame.len() < 130 {
            return;
        }
        let carries = match (Message::from_frame(frame), self.content) {
            (Ok(Message::NewBlock(_) | Message::Block(_)), Content::Block) => true,
            (Ok(Message::Transactions(list)), Content::Post) => {
                list.iter().any(|post| Some(post.id()) == self.id)
            }
            _ => false,
        };
        if carries {
            self.copies += 1;
            self.size = frame.len() as u64;
            self.from.entry(to).or_insert(from);
        }
    }

    pub(super) fn shows(&mut self, at: u64, who: usize, delta: &Delta) {
        match (delta, self.content) {
            (Delta::Tip { .. }, Content::Block) => {}
            (Delta::Post { post, .. }, Content::Post) => {
                if *self.id.get_or_insert(post.id) != post.id {
                    return;
                }
            }
            _ => return,
        }
        let hops = match self.from.get(&who) {
            None => 0,
            Some(from) => self.arrivals.get(from).map_or(0, |before| before.hops + 1),
        };
        self.arrivals.entry(who).or_insert(Arrival { at, hops });
    }
}

impl World {
    /// Latency of a link between two homes, ms: log-normal.
    pub(super) fn far_latency(&mut self) -> u64 {
        let mut uniform = || (self.rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
        let (a, b) = (1.0 - uniform(), uniform());
        let normal = (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos();
        (MEDIAN * (SPREAD * normal).exp()).clamp(1.0, 2_000.0) as u64
    }

    /// How long this message takes longer because it was lost on the way.
    pub(super) fn sent_again(&mut self) -> u64 {
        match self.below(LOST) {
            0 => SENT_AGAIN + self.exponential(100.0),
            _ => 0,
        }
    }

    /// The quickest way from a tab to every other along open links, ms and links.
    pub(crate) fn quickest_from(&self, origin: usize) -> BTreeMap<usize, (u64, u32)> {
        let mut done = BTreeMap::new();
        let mut edge = BTreeSet::from([(0, 0, origin)]);
        while let Some((time, hops, who)) = edge.pop_first() {
            if done.contains_key(&who) {
                continue;
            }
            done.insert(who, (time, hops));
            for other in self.links_of(who) {
                let link = &self.links[&super::pair(who, other)];
                edge.insert((time + link.latency, hops + 1, other));
            }
        }
        done
    }

    /// Links from a tab to the farthest other.
    pub(crate) fn links_to_farthest(&self, origin: usize) -> u32 {
        let mut reached = BTreeSet::from([origin]);
        let mut ring = vec![origin];
        let mut links = 0;
        loop {
            let mut next = Vec::new();
            for who in ring {
                let new = self.links_of(who).into_iter();
                next.extend(new.filter(|other| reached.insert(*other)));
            }
            if next.is_empty() {
                return links;
            }
            (ring, links) = (next, links + 1);
        }
    }
}
