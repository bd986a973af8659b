//! Who is where: rooms by network id, at most one socket a peer.
//!
//! The lock is held for a look-up or a sample of 24, never across an await.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use axum::extract::ws::Message;
use indexmap::IndexMap;
use rand::seq::index;
use tablon_core::hash::{NetworkId, PeerId};
use tablon_core::relay::MAX_SAMPLE;
use tokio::sync::{mpsc, oneshot};

use crate::bucket::Bucket;
use crate::limits::{Limits, TUNNEL_PARTNERS, TUNNELS_OF_A_TAB};
use crate::offers::Addressed;
use crate::outbox::{Backlog, Full, Outbox, Queued};
use crate::refusal::Refusal;

/// All rooms of the relay.
#[derive(Debug)]
pub(crate) struct Rooms {
    limits: Limits,
    backlog: Backlog,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// At most `limits.rooms`; a room goes with its last peer.
    rooms: HashMap<NetworkId, Room>,
    last_serial: u64,
}

/// At most `limits.peers_per_room`. Indexed, so that a sample costs its own
/// size and not the room's.
type Room = IndexMap<PeerId, Member>;

#[derive(Debug)]
struct Member {
    /// Tells this socket from a later one of the same peer.
    serial: u64,
    outbox: Outbox,
    /// What others may begin with this peer.
    addressed: Addressed,
    /// What may come through the tunnel.
    tunnel: Bucket,
    /// To whom this socket has said something about a tunnel, the last
    /// [`TUNNEL_PARTNERS`]: 512 bytes a peer.
    tunnel_partners: VecDeque<PeerId>,
    /// Ends the socket's task with the reason.
    dismiss: oneshot::Sender<Refusal>,
}

/// A peer's place in a room, given up when dropped.
#[derive(Debug)]
pub(crate) struct Membership {
    rooms: Arc<Rooms>,
    pub(crate) network: NetworkId,
    pub(crate) peer: PeerId,
    serial: u64,
}

/// What comes to a seat.
#[derive(Debug)]
pub(crate) struct MemberReceivers {
    /// Frames for the peer.
    pub(crate) inbox: mpsc::Receiver<Queued>,
    /// The relay lets go of this socket.
    pub(crate) dismissed: oneshot::Receiver<Refusal>,
}

/// Whether two peers want a tunnel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Agreement {
    /// Both have signalled so to the other.
    Both,
    /// One of them has not.
    Missing,
    /// The other is not in the room.
    Absent,
}

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    Queued,
    Absent,
    Dropped(Full),
}

impl Rooms {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            backlog: Backlog::new(&limits),
            limits,
            inner: Mutex::default(),
        }
    }

    /// Take a place. An older socket of the same peer is dismissed: a reloaded
    /// tab comes back before the relay notices that it was gone.
    pub(crate) fn join(
        self: &Arc<Self>,
        network: NetworkId,
        peer: PeerId,
    ) -> Result<(Membership, MemberReceivers), Refusal> {
        let limits = &self.limits;
        let mut inner = self.lock();
        match inner.rooms.get(&network) {
            None if inner.rooms.len() >= limits.rooms => {
                return Err(Refusal::RoomsFull {
                    limit: limits.rooms,
                });
            }
            Some(room) if room.len() >= limits.peers_per_room && !room.contains_key(&peer) => {
                return Err(Refusal::RoomFull {
                    limit: limits.peers_per_room,
                });
            }
            _ => {}
        }
        inner.last_serial += 1;
        let serial = inner.last_serial;
        let (outbox, inbox) = Outbox::new(limits, self.backlog.clone());
        let (dismiss, dismissed) = oneshot::channel();
        let rate = limits.tunnel_rate.saturating_mul(TUNNELS_OF_A_TAB);
        let member = Member {
            serial,
            outbox,
            addressed: Addressed::new(Instant::now()),
            tunnel: Bucket::new(rate, rate, Instant::now()),
            tunnel_partners: VecDeque::new(),
            dismiss,
        };
        if let Some(older) = inner.rooms.entry(network).or_default().insert(peer, member) {
            // It may have ended by itself in the meantime.
            let _ = older.dismiss.send(Refusal::Replaced);
        }
        let membership = Membership {
            rooms: Arc::clone(self),
            network,
            peer,
            serial,
        };
        Ok((membership, MemberReceivers { inbox, dismissed }))
    }

    /// `(rooms, peers, rooms by number of peers)`, for statistics.
    pub(crate) fn census(&self) -> (usize, usize, BTreeMap<&'static str, usize>) {
        let inner = self.lock();
        let mut by_size = BTreeMap::new();
        let mut peers = 0;
        for room in inner.rooms.values() {
            peers += room.len();
            let class = match room.len() {
                0..=1 => "1",
                2..=8 => "2-8",
                9..=64 => "9-64",
                65..=512 => "65-512",
                _ => "513-",
            };
            *by_size.entry(class).or_default() += 1;
        }
        (inner.rooms.len(), peers, by_size)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner
            .lock()
            .expect("nothing under this lock panics, so it is never poisoned")
    }

    fn leave(&self, membership: &Membership) {
        let mut inner = self.lock();
        let Some(room) = inner.rooms.get_mut(&membership.network) else {
            return;
        };
        // Not if a newer socket of the same peer has taken the place.
        if room
            .get(&membership.peer)
            .is_some_and(|m| m.serial == membership.serial)
        {
            room.swap_remove(&membership.peer);
        }
        if room.is_empty() {
            inner.rooms.remove(&membership.network);
        }
    }
}

impl Membership {
    /// A random sample of the others in the room, at most [`MAX_SAMPLE`].
    pub(crate) fn sample(&self) -> Vec<PeerId> {
        let inner = self.rooms.lock();
        let Some(room) = inner.rooms.get(&self.network) else {
            return Vec::new();
        };
        // One more than asked for, because one may be this peer itself.
        let wanted = room.len().min(MAX_SAMPLE + 1);
        index::sample(&mut rand::rng(), room.len(), wanted)
            .into_iter()
            .filter_map(|at| room.get_index(at))
            .map(|(peer, _)| *peer)
            .filter(|peer| *peer != self.peer)
            .take(MAX_SAMPLE)
            .collect()
    }

    /// Queue a frame for a peer of the same room; never waits. A peer whose queue
    /// is full keeps its seat: others filled it, and could so drive it out.
    pub(crate) fn deliver(&self, to: PeerId, frame: Message) -> Delivery {
        let inner = self.rooms.lock();
        let room = inner.rooms.get(&self.network);
        let Some(member) = room.and_then(|room| room.get(&to)) else {
            return Delivery::Absent;
        };
        match member.outbox.push(frame, None) {
            Ok(()) => Delivery::Queued,
            Err(full) => Delivery::Dropped(full),
        }
    }

    /// Whether one more link may be begun with a peer of the room; true of one that is not
    /// there.
    pub(crate) fn may_begin(&self, to: PeerId, now: Instant) -> bool {
        let mut inner = self.rooms.lock();
        let room = inner.rooms.get_mut(&self.network);
        let member = room.and_then(|room| room.get_mut(&to));
        member.is_none_or(|member| member.addressed.take(now))
    }

    /// This peer has signalled to another about a tunnel.
    pub(crate) fn note_tunnel_partner(&self, to: PeerId) {
        let mut inner = self.rooms.lock();
        let room = inner.rooms.get_mut(&self.network);
        let member = room.and_then(|room| room.get_mut(&self.peer));
        let Some(member) = member.filter(|member| member.serial == self.serial) else {
            return;
        };
        let partners = &mut member.tunnel_partners;
        partners.retain(|partner| *partner != to);
        partners.push_back(to);
        if partners.len() > TUNNEL_PARTNERS {
            partners.pop_front();
        }
    }

    /// Nobody is sent what it has not agreed to: each of the two must have signalled
    /// to the other about a tunnel, here and by its socket of now.
    pub(crate) fn tunnel_agreement(&self, to: PeerId) -> Agreement {
        let inner = self.rooms.lock();
        let room = inner.rooms.get(&self.network);
        let member = |peer| room.and_then(|room| room.get(peer));
        let Some(other) = member(&to) else {
            return Agreement::Absent;
        };
        let asked = member(&self.peer).is_some_and(|own| own.tunnel_partners.contains(&to));
        match asked && other.tunnel_partners.contains(&self.peer) {
            true => Agreement::Both,
            false => Agreement::Missing,
        }
    }

    /// Where a frame of `cost` bytes through the tunnel goes, and after what time;
    /// the time alone when it is longer than `within`. `None` if the peer is not in
    /// the room.
    pub(crate) fn tunnel(
        &self,
        to: PeerId,
        cost: usize,
        within: Duration,
        now: Instant,
    ) -> Option<Result<(Outbox, Duration), Duration>> {
        let mut inner = self.rooms.lock();
        let member = inner.rooms.get_mut(&self.network)?.get_mut(&to)?;
        let wait = member.tunnel.borrow(cost, within, now);
        Some(wait.map(|wait| (member.outbox.clone(), wait)))
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.rooms.leave(self);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use tablon_core::hash::BlockHash;

    use super::*;

    const NETWORK: NetworkId = BlockHash([1; 32]);

    fn peer(number: u8) -> PeerId {
        PeerId([number; 32])
    }

    #[test]
    fn a_sample_is_bounded_names_others_only_and_reaches_everybody() {
        let rooms = Arc::new(Rooms::new(Limits::default()));
        let seats: Vec<_> = (0..100)
            .map(|n| rooms.join(NETWORK, peer(n)).unwrap())
            .collect();
        let mut seen = HashSet::new();
        // Missing one of 99 in 200 samples of 24 has odds of about 1e-22.
        for _ in 0..200 {
            let sample = seats[0].0.sample();
            assert_eq!(sample.len(), MAX_SAMPLE);
            assert_eq!(sample.iter().collect::<HashSet<_>>().len(), MAX_SAMPLE);
            seen.extend(sample);
        }
        assert_eq!(seen.len(), 99);
        assert!(!seen.contains(&peer(0)));
    }

    #[test]
    fn a_room_goes_with_its_last_peer() {
        let rooms = Arc::new(Rooms::new(Limits::default()));
        let first = rooms.join(NETWORK, peer(1)).unwrap();
        let second = rooms.join(NETWORK, peer(2)).unwrap();
        assert_eq!(rooms.census().0, 1);
        drop(first);
        assert_eq!(rooms.census(), (1, 1, BTreeMap::from([("1", 1)])));
        drop(second);
        assert_eq!(rooms.census(), (0, 0, BTreeMap::new()));
    }

    #[test]
    fn the_older_socket_of_a_peer_leaves_the_newer_ones_place_alone() {
        let rooms = Arc::new(Rooms::new(Limits::default()));
        let (older, mut mail) = rooms.join(NETWORK, peer(1)).unwrap();
        let _newer = rooms.join(NETWORK, peer(1)).unwrap();
        assert_eq!(mail.dismissed.try_recv(), Ok(Refusal::Replaced));
        drop(older);
        assert_eq!(rooms.census().1, 1);
    }
}
