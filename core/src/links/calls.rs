//! Which of the addresses that peers announce are called, and how often.
//!
//! A peer that is dialled may announce any address, and identities are free: without bounds a
//! crowd of strangers has every node and tab of a board knock at a host of its choice,
//! or at machines behind the caller's own door (server-side request forgery).

use std::collections::VecDeque;

use super::Space;
use crate::units::Millis;

/// Calls to one host, at most, of which one comes back every [`HOST_REFILL_MS`].
const MAX_CALLS_PER_HOST: u32 = 6;
/// A host is called once more after so long, ms.
const HOST_REFILL_MS: u64 = 10_000;
/// Calls to a host where a peer has proved its key: a classroom of nodes may be there.
const MAX_CALLS_PER_KNOWN_HOST: u32 = 24;
/// Calls to all hosts, at most: as many as dials that may be under way, since a node
/// that starts comes to all that the relay names.
const MAX_CALLS: u32 = 24;
/// One more call is made after so long, ms.
const REFILL_MS: u64 = 5_000;
/// Hosts that are remembered as known, at most.
const MAX_KNOWN_HOSTS: usize = 64;
/// Hosts whose calls are counted, at most. More than the bounds let arise: a host is
/// forgotten once all its calls have come back, after 60 s, a known one after 240 s.
const MAX_COUNTED_HOSTS: usize = 256;

/// Why an address is not called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCalled {
    /// None that can be.
    #[error("no address that it announced can be called from here")]
    Nowhere,
    /// For a stranger nobody calls further in.
    #[error("{0} is behind a door, where nobody is called for strangers")]
    Inner(String),
    /// One host, once too often.
    #[error("{host} was called too often: at most {limit} times, then once every {} s", HOST_REFILL_MS / 1_000)]
    Host {
        /// Which.
        host: String,
        /// [`MAX_CALLS_PER_HOST`] or [`MAX_CALLS_PER_KNOWN_HOST`].
        limit: u32,
    },
    /// All hosts together, once too often.
    #[error("hosts were called too often: at most {MAX_CALLS} times, then once every {} s", REFILL_MS / 1_000)]
    Often,
}

/// An address that a peer announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Announced<A> {
    /// What the driver calls.
    pub address: A,
    /// Its host, as a URL names it; an address always in the same notation.
    pub host: String,
    /// The node's own host named this place: it may be behind the door.
    pub is_own: bool,
}

/// Calls still open, and when one came back.
#[derive(Debug, Clone, Copy)]
struct Allowance {
    used: u32,
    at: Millis,
}

impl Allowance {
    fn new(now: Millis) -> Self {
        Self { used: 0, at: now }
    }

    fn fill(&mut self, refill_ms: u64, now: Millis) {
        let back = now.since(self.at) / refill_ms;
        self.used = self
            .used
            .saturating_sub(u32::try_from(back).unwrap_or(u32::MAX));
        self.at = match self.used {
            0 => now,
            _ => self.at.plus(back.saturating_mul(refill_ms)),
        };
    }
}

/// What a node has called of late, and what it may call.
#[derive(Debug)]
pub struct CallLimits {
    /// Strangers' addresses lead no further in than this.
    innermost: Space,
    all: Allowance,
    /// At most [`MAX_COUNTED_HOSTS`].
    hosts: Vec<(String, Allowance)>,
    /// At most [`MAX_KNOWN_HOSTS`], the oldest first.
    known: VecDeque<String>,
}

impl CallLimits {
    /// None yet. `innermost` is as far in as strangers' addresses may lead.
    pub fn new(innermost: Space, now: Millis) -> Self {
        Self {
            innermost,
            all: Allowance::new(now),
            hosts: Vec::new(),
            known: VecDeque::new(),
        }
    }

    /// The addresses, of those that a dialled peer announced, to call one after the other:
    /// one at most at a host where no peer has proved its key yet.
    ///
    /// # Errors
    /// When there is none: why the last was passed over.
    pub fn choose<A>(
        &mut self,
        announced: impl IntoIterator<Item = Announced<A>>,
        now: Millis,
    ) -> Result<Vec<A>, NotCalled> {
        let (mut chosen, mut why) = (Vec::new(), NotCalled::Nowhere);
        let mut has_unknown = false;
        for Announced {
            address,
            host,
            is_own,
        } in announced
        {
            let host = canonical_host(&host);
            let is_known = self.known.contains(&host);
            if has_unknown && !is_known {
                continue;
            }
            match self.call(&host, is_own, is_known, now) {
                Ok(()) => {
                    has_unknown |= !is_known;
                    chosen.push(address);
                }
                Err(error) => why = error,
            }
        }
        match chosen.is_empty() {
            true => Err(why),
            false => Ok(chosen),
        }
    }

    /// A peer has proved its key at this host.
    pub fn proved(&mut self, host: &str) {
        let host = canonical_host(host);
        self.known.retain(|known| *known != host);
        self.known.push_back(host);
        if self.known.len() > MAX_KNOWN_HOSTS {
            self.known.pop_front();
        }
    }

    fn call(
        &mut self,
        host: &str,
        is_own: bool,
        is_known: bool,
        now: Millis,
    ) -> Result<(), NotCalled> {
        if !is_own && Space::of_host(host) > self.innermost {
            return Err(NotCalled::Inner(host.to_owned()));
        }
        self.hosts.retain_mut(|(_, calls)| {
            calls.fill(HOST_REFILL_MS, now);
            calls.used > 0
        });
        self.all.fill(REFILL_MS, now);
        // Known or not: where a name leads its owner may change at any time.
        if self.all.used >= MAX_CALLS {
            return Err(NotCalled::Often);
        }
        let limit = match is_known {
            true => MAX_CALLS_PER_KNOWN_HOST,
            false => MAX_CALLS_PER_HOST,
        };
        let counted = self.hosts.iter().position(|(counted, _)| counted == host);
        let used = counted.map_or(0, |at| self.hosts[at].1.used);
        let has_place = counted.is_some() || self.hosts.len() < MAX_COUNTED_HOSTS;
        if used >= limit || !has_place {
            let host = host.to_owned();
            return Err(NotCalled::Host { host, limit });
        }
        let at = counted.unwrap_or_else(|| {
            self.hosts.push((host.to_owned(), Allowance::new(now)));
            self.hosts.len() - 1
        });
        self.hosts[at].1.used += 1;
        self.all.used += 1;
        Ok(())
    }
}

/// One spelling of a name: with the dot of the root, and letters of either size, it is the
/// same machine. Drivers write addresses in one way.
pub fn canonical_host(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND_MS: u64 = 1_000;

    fn announced(hosts: &[&str]) -> Vec<Announced<String>> {
        let announced = hosts.iter().map(|host| Announced {
            address: format!("ws://{host}/peer"),
            host: (*host).to_owned(),
            is_own: false,
        });
        announced.collect()
    }

    fn stranger(calls: &mut CallLimits, host: &str, now: u64) -> bool {
        calls.choose(announced(&[host]), Millis(now)).is_ok()
    }

    #[test]
    fn a_crowd_that_aims_at_one_host_has_it_called_six_times_and_then_six_times_a_minute() {
        let mut calls = CallLimits::new(Space::Public, Millis(0));
        // Four strangers a second, for ten minutes, who spell it in three ways.
        let spellings = ["shop.example", "SHOP.example", "shop.example."];
        let called = (0..2_400_u64).filter(|at| {
            let host = spellings[(at % 3) as usize];
            stranger(&mut calls, host, at * 250)
        });
        assert_eq!(called.count(), 6 + 59);
    }

    #[test]
    fn a_crowd_that_aims_at_hosts_without_end_has_twelve_called_a_minute() {
        let mut calls = CallLimits::new(Space::Public, Millis(0));
        let mut most = 0;
        let called = (0..12_000_u64).filter(|at| {
            let called = stranger(&mut calls, &format!("h{at}.example"), at * 50);
            most = most.max(calls.hosts.len());
            called
        });
        assert_eq!(called.count(), 24 + 119);
        assert!(most <= 40, "{most} hosts are counted");
        assert_eq!(
            calls.choose(announced(&["h.example"]), Millis(599_950)),
            Err(NotCalled::Often)
        );
    }

    #[test]
    fn names_that_have_proved_keys_and_then_lead_elsewhere_are_called_no_oftener_in_all() {
        let mut calls = CallLimits::new(Space::Public, Millis(0));
        let names: Vec<String> = (0..64).map(|at| format!("{at}.example")).collect();
        for name in &names {
            calls.proved(name);
        }
        let all: Vec<&str> = names.iter().map(String::as_str).collect();
        // Three names a dial, four dials a second, for ten minutes.
        let mut called = 0;
        for at in 0..2_400 {
            let three: Vec<&str> = (0..3).map(|one| all[(at * 3 + one) % 64]).collect();
            let now = Millis(at as u64 * 250);
            called += calls
                .choose(announced(&three), now)
                .map_or(0, |chosen| chosen.len());
        }
        assert_eq!(called, 24 + 119);
    }

    #[test]
    fn of_unknown_hosts_one_is_called_a_dial() {
        let mut calls = CallLimits::new(Space::Public, Millis(0));
        calls.proved("Known.example");
        let hosts = ["a.example", "b.example", "known.example", "c.example"];
        let chosen = calls.choose(announced(&hosts), Millis(0)).unwrap();
        assert_eq!(chosen, ["ws://a.example/peer", "ws://known.example/peer"]);
    }

    #[test]
    fn nobody_has_a_machine_behind_the_door_called_but_its_own_person() {
        for (innermost, host, is_open) in [
            (Space::Public, "192.168.1.1", false),
            (Space::Public, "127.0.0.1", false),
            (Space::Public, "localhost", false),
            (Space::Public, "board.example", true),
            (Space::Private, "192.168.1.1", true),
            (Space::Private, "[::1]", false),
            (Space::Loopback, "127.0.0.1", true),
        ] {
            let mut calls = CallLimits::new(innermost, Millis(0));
            assert_eq!(stranger(&mut calls, host, 0), is_open, "{host}");
            let mut own = announced(&[host]);
            own[0].is_own = true;
            assert!(calls.choose(own, Millis(0)).is_ok(), "{host}");
        }
        let mut calls = CallLimits::new(Space::Public, Millis(0));
        let both = calls.choose(announced(&["10.0.0.1", "board.example"]), Millis(0));
        assert_eq!(both.unwrap(), ["ws://board.example/peer"]);
        let none: Vec<Announced<String>> = Vec::new();
        assert_eq!(calls.choose(none, Millis(0)), Err(NotCalled::Nowhere));
    }

    #[test]
    fn a_classroom_of_nodes_at_one_host_is_called_once_one_has_proved_its_key() {
        let mut calls = CallLimits::new(Space::Private, Millis(0));
        assert!(stranger(&mut calls, "10.0.0.1", 0));
        calls.proved("10.0.0.1");
        let called = (0..30).filter(|_| stranger(&mut calls, "10.0.0.1", SECOND_MS));
        assert_eq!(called.count(), 23);
        // Who proves its key at ten thousand hosts is remembered at 64.
        for number in 0..10_000 {
            calls.proved(&format!("h{number}.example"));
        }
        assert_eq!(calls.known.len(), 64);
    }

    #[test]
    fn a_clock_that_goes_back_neither_opens_nor_closes_the_bounds() {
        let mut calls = CallLimits::new(Space::Public, Millis(0));
        for _ in 0..6 {
            assert!(stranger(&mut calls, "a.example", 1_000 * SECOND_MS));
        }
        assert!(!stranger(&mut calls, "a.example", 0));
        assert!(!stranger(&mut calls, "a.example", 1_000 * SECOND_MS));
        assert!(stranger(&mut calls, "a.example", 1_010 * SECOND_MS));
    }
}
