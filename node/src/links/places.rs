//! Places for links that others opened: so many in all, and from one address.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Links that others opened, at most, whether they have proved their key or not:
/// eight times the neighbours that core keeps.
pub(super) const MAX_TAKEN: usize = 64;

/// Of these from one address, at most: the neighbours that a node may have and as
/// many newcomers, all of one household. A stranger alone cannot take every place.
pub(super) const MAX_OF_ONE: usize = 16;

/// Who has a place. An address is here only while it has one.
#[derive(Debug, Default)]
pub(super) struct Places(Mutex<BTreeMap<IpAddr, usize>>);

/// The right to be linked, handed back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    source: IpAddr,
}

impl Places {
    /// Take a place; an error says which bound is reached. This machine's own address
    /// counts in the total alone: a proxy here passes on everybody from it.
    pub(super) fn take(self: &Arc<Self>, address: IpAddr) -> Result<Place, String> {
        let source = source(address);
        let mut taken = self.lock();
        let all: usize = taken.values().sum();
        if all >= MAX_TAKEN {
            return Err(format!("{MAX_TAKEN} links are open already"));
        }
        let of_source = taken.entry(source).or_default();
        if *of_source >= MAX_OF_ONE && !source.is_loopback() {
            return Err(format!(
                "{MAX_OF_ONE} links are open from this address already"
            ));
        }
        *of_source += 1;
        Ok(Place {
            places: Arc::clone(self),
            source,
        })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        if let Some(count) = taken.get_mut(&self.source) {
            *count -= 1;
            if *count == 0 {
                taken.remove(&self.source);
            }
        }
    }
}

/// What counts as one address: an IPv4 address, or the /64 of an IPv6 one, within
/// which any subscriber has 2^64 to come from.
fn source(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            let [a, b, c, d, ..] = address.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(places: &Arc<Places>, addresses: impl Iterator<Item = String>) -> Vec<Place> {
        let take = |text: String| places.take(text.parse().unwrap()).ok();
        addresses.filter_map(take).collect()
    }

    #[test]
    fn one_address_cannot_take_every_place() {
        let places = Arc::new(Places::default());
        let of_one = fill(&places, (0..100).map(|_| "10.0.0.1".to_owned()));
        assert_eq!(of_one.len(), MAX_OF_ONE);
        let mapped = places.take("::ffff:10.0.0.1".parse().unwrap()).unwrap_err();
        assert!(mapped.contains("from this address"), "{mapped}");
        let subnet = fill(&places, (0..100).map(|at| format!("2001:db8::{at:x}")));
        assert_eq!(subnet.len(), MAX_OF_ONE);
        let others = fill(&places, (0..100).map(|at| format!("10.0.1.{at}")));
        assert_eq!(others.len(), MAX_TAKEN - 2 * MAX_OF_ONE);
        drop((of_one, subnet, others));
        assert!(places.lock().is_empty());
    }

    #[test]
    fn behind_a_proxy_on_this_machine_the_total_alone_counts() {
        for address in ["127.0.0.1", "::1"] {
            let places = Arc::new(Places::default());
            let taken = fill(&places, (0..100).map(|_| address.to_owned()));
            assert_eq!(taken.len(), MAX_TAKEN);
        }
    }
}
