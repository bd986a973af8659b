//! TCP connections: so many in all and from one address. One that waits for a request
//! costs its opener nothing, so it gives way to a newer one, the oldest first; one
//! that is served does not.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::origin::{Origin, Source};

/// TCP connections at once, links included: twice a thousand clients. What they
/// hold is a head ([`super::MAX_HEAD`]) and a body ([`super::answer::MAX_BODY`]) each,
/// 160 MiB at worst; answers have a budget of their own.
pub(crate) const MAX_CONNECTIONS: usize = 2_048;

/// Of these from one address: a class whose pupils each have a browser's six open,
/// most of which wait.
const MAX_OF_ONE: usize = 256;

/// All connections.
#[derive(Debug, Default)]
pub(super) struct Connections(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    last_number: u64,
    /// At most [`MAX_CONNECTIONS`].
    open: BTreeMap<u64, Connection>,
    /// Those that wait for a request, by the order in which they began to.
    idle: BTreeMap<u64, u64>,
    /// An address is here only while it has a connection.
    by_source: BTreeMap<Source, usize>,
}

#[derive(Debug)]
struct Connection {
    origin: Origin,
    /// Requests and links that are served.
    serving: u32,
    /// Since when it waits for a request; none while one is served.
    idle_since: Option<u64>,
    gives_way: CancellationToken,
}

/// A connection's place, handed back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    connections: Arc<Connections>,
    number: u64,
    gives_way: CancellationToken,
}

/// Held while a request is served.
#[derive(Debug)]
pub(super) struct Serving(Arc<Place>);

impl Connections {
    /// A place for one more; none when all that could give way are being served.
    pub(super) fn open(self: &Arc<Self>, origin: Origin) -> Option<Place> {
        let mut inner = self.lock();
        let count = |source| inner.by_source.get(&source).copied().unwrap_or(0);
        if let Some(full) = origin.exceeds(MAX_OF_ONE, count) {
            inner.part_with_oldest(|origin| origin.sources().any(|own| own == full))?;
        }
        if inner.open.len() >= MAX_CONNECTIONS {
            inner.part_with_oldest(|_| true)?;
        }
        inner.last_number += 1;
        let number = inner.last_number;
        let gives_way = CancellationToken::new();
        let connection = Connection {
            origin,
            serving: 0,
            idle_since: Some(number),
            gives_way: gives_way.clone(),
        };
        inner.open.insert(number, connection);
        inner.idle.insert(number, number);
        for source in origin.sources() {
            *inner.by_source.entry(source).or_default() += 1;
        }
        Some(Place {
            connections: Arc::clone(self),
            number,
            gives_way,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn part_with_oldest(&mut self, fits: impl Fn(Origin) -> bool) -> Option<()> {
        let of = |number: &u64| self.open.get(number).map(|open| open.origin);
        let oldest = self
            .idle
            .values()
            .find(|number| of(number).is_some_and(&fits));
        let number = *oldest?;
        if let Some(connection) = self.open.get(&number) {
            connection.gives_way.cancel();
        }
        self.close(number);
        Some(())
    }

    fn close(&mut self, number: u64) {
        let Some(connection) = self.open.remove(&number) else {
            return; // it gave way before
        };
        if let Some(since) = connection.idle_since {
            self.idle.remove(&since);
        }
        for source in connection.origin.sources() {
            if let Some(count) = self.by_source.get_mut(&source) {
                *count -= 1;
                if *count == 0 {
                    self.by_source.remove(&source);
                }
            }
        }
    }
}

impl Place {
    /// Resolves when this connection has to give way to a newer one.
    pub(super) async fn gives_way(&self) {
        self.gives_way.cancelled().await;
    }

    /// A request has come whole: the connection stays as long as this is held.
    pub(super) fn serve(self: &Arc<Self>) -> Serving {
        let mut inner = self.connections.lock();
        let since = inner.open.get_mut(&self.number).and_then(|open| {
            open.serving += 1;
            open.idle_since.take()
        });
        if let Some(since) = since {
            inner.idle.remove(&since);
        }
        Serving(Arc::clone(self))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let mut inner = self.0.connections.lock();
        inner.last_number += 1;
        let since = inner.last_number;
        let Some(connection) = inner.open.get_mut(&self.0.number) else {
            return;
        };
        connection.serving -= 1;
        if connection.serving == 0 {
            connection.idle_since = Some(since);
            inner.idle.insert(since, self.0.number);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.connections.lock().close(self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::from(text.parse::<IpAddr>().unwrap())
    }

    fn open(connections: &Arc<Connections>, address: &str) -> Option<Arc<Place>> {
        connections.open(origin(address)).map(Arc::new)
    }

    #[test]
    fn connections_that_ask_nothing_give_way_the_oldest_first() {
        let connections = Arc::new(Connections::default());
        let idle = || open(&connections, "127.0.0.1").unwrap();
        let idle: Vec<Arc<Place>> = (0..2_100).map(|_| idle()).collect();
        let gone = idle.iter().filter(|place| place.gives_way.is_cancelled());
        assert_eq!(gone.count(), 52);
        assert!(idle[51].gives_way.is_cancelled() && !idle[52].gives_way.is_cancelled());
        // One that was served is the newest of those that wait.
        drop(idle[52].serve());
        let serving = idle[53].serve();
        let _two = (
            open(&connections, "10.0.0.1"),
            open(&connections, "10.0.0.1"),
        );
        assert!(!idle[52].gives_way.is_cancelled() && !idle[53].gives_way.is_cancelled());
        assert!(idle[54].gives_way.is_cancelled() && idle[55].gives_way.is_cancelled());
        drop((serving, idle));
        drop(_two);
        let inner = connections.lock();
        assert!(inner.open.is_empty() && inner.idle.is_empty() && inner.by_source.is_empty());
    }

    #[test]
    fn an_address_with_its_share_parts_with_its_own() {
        let connections = Arc::new(Connections::default());
        let honest = open(&connections, "10.0.0.9").unwrap();
        let flood = |at: u32| open(&connections, &format!("2001:db8:1:{at:x}::1"));
        let flood: Vec<_> = (0..3_000).filter_map(flood).collect();
        let left = flood.iter().filter(|place| !place.gives_way.is_cancelled());
        assert_eq!(left.count(), 512);
        assert!(!honest.gives_way.is_cancelled());
        // All of an address that are served leave it none.
        let served: Vec<_> = (0..256)
            .map(|_| open(&connections, "10.0.0.1").unwrap().serve())
            .collect();
        assert!(open(&connections, "10.0.0.1").is_none());
        drop(served);
        assert!(open(&connections, "10.0.0.1").is_some());
    }
}
