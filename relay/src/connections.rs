//! Who may come in: how many connections and sockets there are, in all and
//! from one address.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::limits::Limits;
use crate::refusal::Refusal;

/// Counts everybody inside.
#[derive(Debug)]
pub(crate) struct ConnectionLimiter {
    limits: Limits,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    all: Count,
    /// An address is here only while it has a connection or a socket, and every
    /// socket has a connection: at most `limits.connections`, twice for IPv6.
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

/// A block of addresses that is counted as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Source {
    /// An IPv4 address, or the /64 of an IPv6 one, within which any subscriber has
    /// 2^64 addresses to come from.
    Subscriber(IpAddr),
    /// The /48 of an IPv6 address: what a site or a cheap tunnel broker's customer is
    /// given, 65,536 times a /64.
    Site(Ipv6Addr),
}

/// What one address is counted under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    subscriber: Source,
    site: Option<Source>,
}

/// Addresses that a /48 counts for: a company or a campus, and not the relay.
const SUBSCRIBERS_PER_SITE: usize = 4;

impl From<IpAddr> for Origin {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self {
                subscriber: Source::Subscriber(address.into()),
                site: None,
            },
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                let subnet = Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0);
                Self {
                    subscriber: Source::Subscriber(subnet.into()),
                    site: Some(Source::Site(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))),
                }
            }
        }
    }
}

impl Origin {
    /// The widest block: for what no subscriber needs much of.
    pub(crate) fn widest(self) -> Source {
        self.site.unwrap_or(self.subscriber)
    }

    fn sources(self) -> impl Iterator<Item = Source> {
        [Some(self.subscriber), self.site].into_iter().flatten()
    }
}

impl Source {
    /// How much of a bound by address this block may take.
    fn share(self, of_address: usize) -> usize {
        match self {
            Self::Subscriber(_) => of_address,
            Self::Site(_) => SUBSCRIBERS_PER_SITE.saturating_mul(of_address),
        }
    }
}

/// The right to be inside, handed back when dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    limiter: Arc<ConnectionLimiter>,
    origin: Option<Origin>,
    kind: Kind,
}

impl ConnectionLimiter {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            inside: Mutex::default(),
        }
    }

    /// Let a TCP connection in. Without an `origin` only the total counts: behind
    /// a proxy every connection has the proxy's address.
    pub(crate) fn connection(self: &Arc<Self>, origin: Option<Origin>) -> Option<Permit> {
        let mut inside = self.lock();
        let per_address = self.limits.connections_per_address;
        let fits = inside.all.connections < self.limits.connections
            && inside.has_room(origin, per_address, |count| count.connections);
        fits.then(|| self.enter(&mut inside, origin, Kind::Connection))
    }

    /// Let a WebSocket in.
    pub(crate) fn socket(self: &Arc<Self>, origin: Origin) -> Result<Permit, Refusal> {
        let Limits {
            sockets,
            sockets_per_address,
            ..
        } = self.limits;
        let mut inside = self.lock();
        if inside.all.sockets >= sockets {
            Err(Refusal::RelayFull { limit: sockets })
        } else if !inside.has_room(Some(origin), sockets_per_address, |count| count.sockets) {
            Err(Refusal::AddressFull {
                limit: sockets_per_address,
            })
        } else {
            Ok(self.enter(&mut inside, Some(origin), Kind::Socket))
        }
    }

    /// How many are inside.
    pub(crate) fn count(&self) -> Count {
        self.lock().all
    }

    fn enter(self: &Arc<Self>, inside: &mut Inside, origin: Option<Origin>, kind: Kind) -> Permit {
        *inside.all.of(kind) += 1;
        for source in origin.into_iter().flat_map(Origin::sources) {
            *inside.by_source.entry(source).or_default().of(kind) += 1;
        }
        Permit {
            limiter: Arc::clone(self),
            origin,
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
    fn has_room(
        &self,
        origin: Option<Origin>,
        per_address: usize,
        counted: impl Fn(&Count) -> usize,
    ) -> bool {
        origin.into_iter().flat_map(Origin::sources).all(|source| {
            let inside = self.by_source.get(&source).map_or(0, &counted);
            inside < source.share(per_address)
        })
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

impl Drop for Permit {
    fn drop(&mut self) {
        let mut inside = self.limiter.lock();
        *inside.all.of(self.kind) -= 1;
        for source in self.origin.into_iter().flat_map(Origin::sources) {
            if let Some(count) = inside.by_source.get_mut(&source) {
                *count.of(self.kind) -= 1;
                if *count == Count::default() {
                    inside.by_source.remove(&source);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::from(text.parse::<IpAddr>().unwrap())
    }

    #[test]
    fn a_whole_ipv6_subnet_is_one_address_and_a_mapped_ipv4_is_itself() {
        assert_eq!(origin("2001:db8:1:2::1"), origin("2001:db8:1:2:ffff::9"));
        assert_ne!(origin("2001:db8:1:2::1"), origin("2001:db8:1:3::1"));
        assert_eq!(origin("::ffff:10.0.0.1"), origin("10.0.0.1"));
        assert_ne!(origin("10.0.0.1"), origin("10.0.0.2"));
    }

    // 65,536 subnets of one customer took every socket of the relay.
    #[test]
    fn a_customer_with_a_48_takes_what_four_addresses_take() {
        let limiter = Arc::new(ConnectionLimiter::new(Limits {
            connections_per_address: 3,
            sockets_per_address: 2,
            ..Limits::default()
        }));
        let subnet = |number: u16| origin(&format!("2001:db8:1:{number:x}::1"));
        let connections = (0..500).filter_map(|number| limiter.connection(Some(subnet(number))));
        let connections: Vec<Permit> = connections.collect();
        assert_eq!(connections.len(), 12);
        let sockets: Vec<Permit> = (0..500)
            .filter_map(|number| limiter.socket(subnet(number)).ok())
            .collect();
        assert_eq!(sockets.len(), 8);
        let neighbour = origin("2001:db8:2::1");
        assert!(limiter.socket(neighbour).is_ok() && limiter.connection(Some(neighbour)).is_some());
        drop((connections, sockets));
        assert!(limiter.lock().by_source.is_empty());
    }

    #[test]
    fn nobody_passes_a_bound_and_a_place_given_back_is_free_again() {
        let limiter = Arc::new(ConnectionLimiter::new(Limits {
            connections: 3,
            connections_per_address: 2,
            sockets: 2,
            sockets_per_address: 1,
            ..Limits::default()
        }));
        let (a, b, c) = (origin("10.0.0.1"), origin("10.0.0.2"), origin("10.0.0.3"));
        let first = limiter.connection(Some(a)).unwrap();
        let _second = limiter.connection(Some(a)).unwrap();
        assert!(
            limiter.connection(Some(a)).is_none(),
            "two from one address"
        );
        let _third = limiter.connection(Some(b)).unwrap();
        assert!(limiter.connection(Some(c)).is_none(), "three in all");
        assert!(limiter.connection(None).is_none(), "three in all");
        drop(first);
        assert!(limiter.connection(Some(a)).is_some());

        let _socket = limiter.socket(a).unwrap();
        let again = limiter.socket(a).unwrap_err();
        assert_eq!(again, Refusal::AddressFull { limit: 1 });
        let _other = limiter.socket(b).unwrap();
        let third = limiter.socket(c).unwrap_err();
        assert_eq!(third, Refusal::RelayFull { limit: 2 });
    }

    #[test]
    fn an_address_that_left_is_forgotten() {
        let limiter = Arc::new(ConnectionLimiter::new(Limits::default()));
        for last in 0..=255 {
            let origin = Origin::from(IpAddr::from([10, 0, 0, last]));
            drop((limiter.connection(Some(origin)), limiter.socket(origin)));
        }
        assert!(limiter.lock().by_source.is_empty());
        assert_eq!(limiter.count(), Count::default());
    }
}
