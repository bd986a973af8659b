//! What counts as one address.

use std::net::{IpAddr, Ipv6Addr};

/// A block of addresses that is counted as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// An IPv4 address, or the /64 of an IPv6 one, within which any subscriber has
    /// 2^64 to come from.
    Subscriber(IpAddr),
    /// The /48 of an IPv6 address: what a site or a cheap tunnel broker's customer is
    /// given, 65,536 times a /64.
    Site(Ipv6Addr),
}

/// Where somebody comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// This machine: its programs, or everybody whom a proxy here passes on. The
    /// totals alone count.
    Here,
    /// Elsewhere.
    Address {
        subscriber: Source,
        site: Option<Source>,
    },
}

/// Addresses that a /48 counts for: half of the places for links at most.
const SUBSCRIBERS_PER_SITE: usize = 2;

impl From<IpAddr> for Origin {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            address if address.is_loopback() => Self::Here,
            IpAddr::V4(address) => Self::Address {
                subscriber: Source::Subscriber(address.into()),
                site: None,
            },
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                let subnet = Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0);
                Self::Address {
                    subscriber: Source::Subscriber(subnet.into()),
                    site: Some(Source::Site(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0))),
                }
            }
        }
    }
}

impl Origin {
    /// What it is counted under; nothing when it is this machine.
    pub(crate) fn sources(self) -> impl Iterator<Item = Source> {
        let sources = match self {
            Self::Here => [None, None],
            Self::Address { subscriber, site } => [Some(subscriber), site],
        };
        sources.into_iter().flatten()
    }

    /// The first block that has its share already: `count` says how many it has,
    /// `of_address` is the bound of one address.
    pub(crate) fn exceeds(
        self,
        of_address: usize,
        count: impl Fn(Source) -> usize,
    ) -> Option<Source> {
        self.sources()
            .find(|source| count(*source) >= source.share(of_address))
    }
}

impl Source {
    fn share(self, of_address: usize) -> usize {
        match self {
            Self::Subscriber(_) => of_address,
            Self::Site(_) => SUBSCRIBERS_PER_SITE * of_address,
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
    fn a_subnet_is_one_address_and_this_machine_none() {
        assert_eq!(origin("2001:db8:1:2::1"), origin("2001:db8:1:2:ffff::9"));
        assert_ne!(origin("2001:db8:1:2::1"), origin("2001:db8:1:3::1"));
        assert_eq!(origin("::ffff:10.0.0.1"), origin("10.0.0.1"));
        for here in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(origin(here), Origin::Here, "{here}");
        }
    }

    #[test]
    fn a_48_counts_for_two_addresses() {
        let one = origin("2001:db8:1:2::1");
        let of_site = |sites: usize| {
            move |source| match source {
                Source::Subscriber(_) => 0,
                Source::Site(_) => sites,
            }
        };
        assert!(one.exceeds(10, of_site(19)).is_none());
        assert!(one.exceeds(10, of_site(20)).is_some());
        assert!(one.exceeds(10, |_| 10).is_some());
        assert!(Origin::Here.exceeds(10, |_| 1_000).is_none());
    }
}
