//! Places for links that others opened: so many in all and from one address, for
//! those that have proved their key and, apart, for those that have yet to.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::origin::{Origin, Source};

/// Links that others opened and proved their key, at most: eight times the
/// neighbours that core keeps.
const MAX_PROVEN: usize = 64;

/// Links whose other end has yet to prove its key, at most. They cost their opener
/// nothing, so one more is always taken and the oldest gives way: whoever would keep
/// out a handshake of two round trips must open 64 sockets within them.
const MAX_UNPROVEN: usize = 64;

/// Of either kind from one address, at most: the neighbours that a node may have and
/// as many newcomers, all of one household. A stranger alone cannot take every place.
const MAX_OF_ONE: usize = 16;

/// All places.
#[derive(Debug, Default)]
pub(super) struct Places(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    last_number: u64,
    /// By the order in which they came, at most [`MAX_UNPROVEN`].
    unproven: BTreeMap<u64, Opened>,
    proven: usize,
    /// An address is here only while it has a proven link.
    by_source: BTreeMap<Source, usize>,
}

#[derive(Debug)]
struct Opened {
    origin: Origin,
    /// Dropped to make way.
    _stay: oneshot::Sender<()>,
}

/// The right to shake hands, handed back when dropped.
#[derive(Debug)]
pub(super) struct Unproven {
    places: Arc<Places>,
    origin: Origin,
    number: u64,
    stay: oneshot::Receiver<()>,
}

/// The right to be linked, handed back when dropped.
#[derive(Debug)]
pub(super) struct Proven {
    places: Arc<Places>,
    origin: Origin,
}

impl Places {
    /// Open a link. Where there are too many the oldest gives way: of its own address,
    /// if that has its share, and else of all.
    pub(super) fn open(self: &Arc<Self>, address: IpAddr) -> Unproven {
        let origin = Origin::from(address);
        let mut inner = self.lock();
        inner.make_way(origin);
        inner.last_number += 1;
        let number = inner.last_number;
        let (sender, stay) = oneshot::channel();
        let opened = Opened {
            origin,
            _stay: sender,
        };
        inner.unproven.insert(number, opened);
        Unproven {
            places: Arc::clone(self),
            origin,
            number,
            stay,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn make_way(&mut self, origin: Origin) {
        let count = |source| {
            let of_source = |opened: &&Opened| opened.origin.sources().any(|own| own == source);
            self.unproven.values().filter(of_source).count()
        };
        if let Some(full) = origin.exceeds(MAX_OF_ONE, count) {
            let oldest = self
                .unproven
                .iter()
                .find(|(_, opened)| opened.origin.sources().any(|own| own == full));
            if let Some(number) = oldest.map(|(number, _)| *number) {
                self.unproven.remove(&number);
            }
        }
        if self.unproven.len() >= MAX_UNPROVEN {
            self.unproven.pop_first();
        }
    }
}

impl Unproven {
    /// Resolves when this link has to give way to a newer one.
    pub(super) async fn gives_way(&mut self) {
        let _ = (&mut self.stay).await;
    }

    /// The other end proved its key: a place among those that are linked; an error says
    /// which bound is reached.
    pub(super) fn prove(self) -> Result<Proven, String> {
        let origin = self.origin;
        let mut inner = self.places.lock();
        if inner.proven >= MAX_PROVEN {
            return Err(format!("{MAX_PROVEN} links are open already"));
        }
        let count = |source| inner.by_source.get(&source).copied().unwrap_or(0);
        if origin.exceeds(MAX_OF_ONE, count).is_some() {
            return Err(format!(
                "{MAX_OF_ONE} links are open from this address already"
            ));
        }
        inner.proven += 1;
        for source in origin.sources() {
            *inner.by_source.entry(source).or_default() += 1;
        }
        drop(inner);
        Ok(Proven {
            places: Arc::clone(&self.places),
            origin,
        })
    }
}

impl Drop for Unproven {
    fn drop(&mut self) {
        self.places.lock().unproven.remove(&self.number);
    }
}

impl Drop for Proven {
    fn drop(&mut self) {
        let mut inner = self.places.lock();
        inner.proven -= 1;
        for source in self.origin.sources() {
            if let Some(count) = inner.by_source.get_mut(&source) {
                *count -= 1;
                if *count == 0 {
                    inner.by_source.remove(&source);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(places: &Arc<Places>, addresses: impl Iterator<Item = String>) -> Vec<Proven> {
        let take = |text: String| places.open(text.parse().unwrap()).prove().ok();
        addresses.filter_map(take).collect()
    }

    fn stays(unproven: &mut Unproven) -> bool {
        unproven.stay.try_recv() == Err(oneshot::error::TryRecvError::Empty)
    }

    #[test]
    fn one_address_cannot_take_every_place() {
        let places = Arc::new(Places::default());
        let of_one = fill(&places, (0..100).map(|_| "10.0.0.1".to_owned()));
        assert_eq!(of_one.len(), 16);
        let mapped = places.open("::ffff:10.0.0.1".parse().unwrap()).prove();
        let mapped = mapped.unwrap_err();
        assert!(mapped.contains("from this address"), "{mapped}");
        let subnet = fill(&places, (0..100).map(|at| format!("2001:db8::{at:x}")));
        assert_eq!(subnet.len(), 16);
        let others = fill(&places, (0..100).map(|at| format!("10.0.1.{at}")));
        assert_eq!(others.len(), 64 - 2 * 16);
        drop((of_one, subnet, others));
        let inner = places.lock();
        assert!(inner.by_source.is_empty() && inner.unproven.is_empty() && inner.proven == 0);
    }

    #[test]
    fn behind_a_proxy_on_this_machine_the_total_alone_counts() {
        for address in ["127.0.0.1", "::1"] {
            let places = Arc::new(Places::default());
            let taken = fill(&places, (0..100).map(|_| address.to_owned()));
            assert_eq!(taken.len(), 64);
        }
    }

    // They closed `/peer`: each held a place for as long as it pleased, ten seconds,
    // and came again.
    #[test]
    fn sockets_that_prove_nothing_give_way_the_oldest_first() {
        let places = Arc::new(Places::default());
        let here = "127.0.0.1".parse().unwrap();
        let mut idle: Vec<Unproven> = (0..200).map(|_| places.open(here)).collect();
        let left = idle.iter_mut().map(stays).collect::<Vec<bool>>();
        assert_eq!(left.iter().filter(|stays| **stays).count(), 64);
        assert!(left[136..].iter().all(|stays| *stays));
        let honest = places.open("10.0.0.9".parse().unwrap());
        assert!(honest.prove().is_ok());
    }

    #[test]
    fn an_address_with_its_share_parts_with_its_own() {
        let places = Arc::new(Places::default());
        let mut honest = places.open("10.0.0.9".parse().unwrap());
        let flood = |at: usize| format!("2001:db8:1:{at:x}::1").parse().unwrap();
        // 32 of one /48 are what two addresses may have: the next are its own loss.
        let mut flood: Vec<Unproven> = (0..500).map(|at| places.open(flood(at))).collect();
        assert_eq!(flood.iter_mut().map(stays).filter(|it| *it).count(), 32);
        assert!(stays(&mut honest));
        let proven = places.open("10.0.0.8".parse().unwrap()).prove();
        assert!(proven.is_ok());
    }
}
