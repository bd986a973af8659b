//! What answers hold in memory, all together: reserved before they are made, and
//! handed back once they have left.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::answer::Problem;
use crate::origin::{Origin, Source};

/// What the budget is counted in.
const UNIT_BYTES: usize = 1_024;

/// All answers together: 32 MiB. With 15 KiB a connection, [`super::MAX_CONNECTIONS`] of
/// which none reads hold less than 64.
const ALL_UNITS: usize = 32 * 1_024;

/// All answers to one address together: half of it, which the largest answer takes.
const OF_ONE_UNITS: usize = ALL_UNITS / 2;

/// For room to come: as long as a reader may stand still.
const ROOM_WITHIN: Duration = Duration::from_secs(10);

/// The budget.
#[derive(Debug)]
pub(super) struct Budget {
    room_within: Duration,
    all: Arc<Semaphore>,
    /// An address is here only while something is reserved for it.
    by_source: Mutex<BTreeMap<Source, Arc<Semaphore>>>,
}

/// Part of the budget, handed back when dropped.
#[derive(Debug)]
pub(super) struct Reserved {
    permits: Vec<OwnedSemaphorePermit>,
}

struct Held {
    bytes: Vec<u8>,
    _reserved: Reserved,
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Budget {
    pub(super) fn new() -> Self {
        Self::with(ROOM_WITHIN)
    }

    fn with(room_within: Duration) -> Self {
        Self {
            room_within,
            all: Arc::new(Semaphore::new(ALL_UNITS)),
            by_source: Mutex::default(),
        }
    }

    /// Room for an answer of so many bytes at most, waited for.
    pub(super) async fn reserve(&self, origin: Origin, bytes: usize) -> Result<Reserved, Problem> {
        let units = bytes.div_ceil(UNIT_BYTES).clamp(1, OF_ONE_UNITS) as u32; // some thousands
        let waiting = async {
            let mut permits = Vec::new();
            for source in origin.sources() {
                permits.push(of(self.of_source(source), units).await);
            }
            permits.push(of(Arc::clone(&self.all), units).await);
            Reserved { permits }
        };
        timeout(self.room_within, waiting).await.map_err(|_| {
            let message = format!(
                "answers that wait to be read hold {} MiB, or {} MiB for this address; ask again",
                (ALL_UNITS * UNIT_BYTES) >> 20,
                (OF_ONE_UNITS * UNIT_BYTES) >> 20
            );
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message)
        })
    }

    fn of_source(&self, source: Source) -> Arc<Semaphore> {
        let mut sources = self
            .by_source
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        sources.retain(|_, units| Arc::strong_count(units) > 1);
        let units = sources.entry(source);
        Arc::clone(units.or_insert_with(|| Arc::new(Semaphore::new(OF_ONE_UNITS))))
    }
}

async fn of(units: Arc<Semaphore>, wanted: u32) -> OwnedSemaphorePermit {
    let permit = units.acquire_many_owned(wanted).await;
    permit.expect("the budget is never closed")
}

impl Reserved {
    /// The answer, or a piece of it, that was made: what it does not need is free
    /// again, the rest once it has left.
    pub(super) fn hold(mut self, mut bytes: Vec<u8>) -> Bytes {
        bytes.shrink_to_fit();
        let units = bytes.len().div_ceil(UNIT_BYTES);
        for permit in &mut self.permits {
            let spare = permit.num_permits().saturating_sub(units);
            drop(permit.split(spare));
        }
        let _reserved = self;
        Bytes::from_owner(Held { bytes, _reserved })
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    const MIB: usize = 1 << 20;

    fn origin(text: &str) -> Origin {
        Origin::from(text.parse::<IpAddr>().unwrap())
    }

    #[tokio::test]
    async fn answers_hold_32_mib_and_no_more() {
        let budget = Budget::with(Duration::from_millis(50));
        let here = origin("127.0.0.1");
        let mut held = Vec::new();
        for _ in 0..32 {
            let room = budget.reserve(here, MIB).await.unwrap();
            held.push(room.hold(vec![0; MIB]));
        }
        let full = budget.reserve(here, 1).await.unwrap_err();
        assert_eq!((full.status.as_u16(), full.code.as_str()), (503, "busy"));
        held.pop();
        // What is not needed is free again.
        let small = budget.reserve(here, MIB).await.unwrap().hold(vec![0; 10]);
        assert!(budget.reserve(here, MIB / 2).await.is_ok());
        assert!(budget.reserve(here, MIB).await.is_err());
        drop((small, held));
        assert!(budget.reserve(here, 16 * MIB).await.is_ok());
    }

    #[tokio::test]
    async fn one_address_holds_half() {
        let budget = Budget::with(Duration::from_millis(50));
        let mut held = Vec::new();
        for _ in 0..16 {
            let room = budget.reserve(origin("10.0.0.1"), MIB).await.unwrap();
            held.push(room.hold(vec![0; MIB]));
        }
        assert!(budget.reserve(origin("10.0.0.1"), 1).await.is_err());
        assert!(budget.reserve(origin("10.0.0.2"), MIB).await.is_ok());
        drop(held);
        assert!(budget.reserve(origin("10.0.0.1"), MIB).await.is_ok());
    }
}
