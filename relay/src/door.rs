//! Who may come in: how many connections and sockets there are, in all and
//! from one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::limits::Limits;
use crate::refusal::Refusal;

/// Counts everybody inside.
#[derive(Debug)]
pub(crate) struct Door {
    limits: Limits,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    all: Count,
    /// An address is here only while it has a connection or a socket, and every
    /// socket has a connection: at most `limits.connections`.
    by_source: HashMap<Source, Count>,
}

/// How many are inside.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) connections: usize,
    pub(crate) sockets: usize,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Connection,
    Socket,
}

/// What counts as one address: an IPv4 address, or the /64 of an IPv6 one,
/// within which any subscriber has 2^64 addresses to come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Source(IpAddr);

impl From<IpAddr> for Source {
    fn from(address: IpAddr) -> Self {
        Self(match address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        })
    }
}

/// The right to be inside, handed back when dropped.
#[derive(Debug)]
pub(crate) struct Pass {
    door: Arc<Door>,
    source: Option<Source>,
    kind: Kind,
}

impl Door {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            inside: Mutex::default(),
        }
    }

    /// Let a TCP connection in. Without a `source` only the total counts: behind
    /// a proxy every connection has the proxy's address.
    pub(crate) fn connection(self: &Arc<Self>, source: Option<Source>) -> Option<Pass> {
        let mut inside = self.lock();
        let of_source = inside.of(source).connections;
        let fits = inside.all.connections < self.limits.connections
            && of_source < self.limits.connections_per_address;
        fits.then(|| self.enter(&mut inside, source, Kind::Connection))
    }

    /// Let a WebSocket in.
    pub(crate) fn socket(self: &Arc<Self>, source: Source) -> Result<Pass, Refusal> {
        let Limits {
            sockets,
            sockets_per_address,
            ..
        } = self.limits;
        let mut inside = self.lock();
        if inside.all.sockets >= sockets {
            Err(Refusal::RelayFull { limit: sockets })
        } else if inside.of(Some(source)).sockets >= sockets_per_address {
            Err(Refusal::AddressFull {
                limit: sockets_per_address,
            })
        } else {
            Ok(self.enter(&mut inside, Some(source), Kind::Socket))
        }
    }

    /// How many are inside.
    pub(crate) fn count(&self) -> Count {
        self.lock().all
    }

    fn enter(self: &Arc<Self>, inside: &mut Inside, source: Option<Source>, kind: Kind) -> Pass {
        *inside.all.of(kind) += 1;
        if let Some(source) = source {
            *inside.by_source.entry(source).or_default().of(kind) += 1;
        }
        Pass {
            door: Arc::clone(self),
            source,
            kind,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside
            .lock()
            .expect("nothing under this lock panics, so it is never poisoned")
    }
}

impl Inside {
    fn of(&self, source: Option<Source>) -> Count {
        source
            .and_then(|source| self.by_source.get(&source))
            .copied()
            .unwrap_or_default()
    }
}

impl Count {
    fn of(&mut self, kind: Kind) -> &mut usize {
        match kind {
            Kind::Connection => &mut self.connections,
            Kind::Socket => &mut self.sockets,
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut inside = self.door.lock();
        *inside.all.of(self.kind) -= 1;
        let Some(source) = self.source else { return };
        if let Some(count) = inside.by_source.get_mut(&source) {
            *count.of(self.kind) -= 1;
            if *count == Count::default() {
                inside.by_source.remove(&source);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::from(text.parse::<IpAddr>().unwrap())
    }

    #[test]
    fn a_whole_ipv6_subnet_is_one_address_and_a_mapped_ipv4_is_itself() {
        assert_eq!(source("2001:db8:1:2::1"), source("2001:db8:1:2:ffff::9"));
        assert_ne!(source("2001:db8:1:2::1"), source("2001:db8:1:3::1"));
        assert_eq!(source("::ffff:10.0.0.1"), source("10.0.0.1"));
        assert_ne!(source("10.0.0.1"), source("10.0.0.2"));
    }

    #[test]
    fn nobody_passes_a_bound_and_a_place_given_back_is_free_again() {
        let door = Arc::new(Door::new(Limits {
            connections: 3,
            connections_per_address: 2,
            sockets: 2,
            sockets_per_address: 1,
            ..Limits::default()
        }));
        let (a, b, c) = (source("10.0.0.1"), source("10.0.0.2"), source("10.0.0.3"));
        let first = door.connection(Some(a)).unwrap();
        let _second = door.connection(Some(a)).unwrap();
        assert!(door.connection(Some(a)).is_none(), "two from one address");
        let _third = door.connection(Some(b)).unwrap();
        assert!(door.connection(Some(c)).is_none(), "three in all");
        assert!(door.connection(None).is_none(), "three in all");
        drop(first);
        assert!(door.connection(Some(a)).is_some());

        let _socket = door.socket(a).unwrap();
        let again = door.socket(a).unwrap_err();
        assert_eq!(again, Refusal::AddressFull { limit: 1 });
        let _other = door.socket(b).unwrap();
        let third = door.socket(c).unwrap_err();
        assert_eq!(third, Refusal::RelayFull { limit: 2 });
    }

    #[test]
    fn an_address_that_left_is_forgotten() {
        let door = Arc::new(Door::new(Limits::default()));
        for last in 0..=255 {
            let source = Source::from(IpAddr::from([10, 0, 0, last]));
            drop((door.connection(Some(source)), door.socket(source)));
        }
        assert!(door.lock().by_source.is_empty());
        assert_eq!(door.count(), Count::default());
    }
}
