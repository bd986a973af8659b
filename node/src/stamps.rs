//! Stamps are sought away from the driver: the node goes on meanwhile.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tablon_core::miner::search_stamp;
use tablon_core::node::JobId;
use tablon_core::transaction::{Stamp, StampJob};

/// Stamps tried between two looks at whether anybody still waits: some 10 ms.
const CHUNK: u64 = 1 << 14;

/// The search under way; dropping it ends the search.
#[derive(Debug)]
pub(crate) struct Stamping {
    given_up: Arc<AtomicBool>,
}

impl Stamping {
    /// Look for a stamp on a thread of its own; `found` runs there.
    pub(crate) fn begin(
        job: JobId,
        work: StampJob,
        found: impl FnOnce(JobId, Stamp) + Send + 'static,
    ) -> io::Result<Self> {
        let given_up = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&given_up);
        let search = move || {
            // Anywhere but at 0: the same text posted twice gets another stamp.
            let mut first = rand::random::<u64>();
            while !flag.load(Ordering::Relaxed) {
                if let Some(stamp) = search_stamp(&work, first, CHUNK) {
                    return found(job, stamp);
                }
                first = first.wrapping_add(CHUNK);
            }
        };
        thread::Builder::new().name("stamp".into()).spawn(search)?;
        Ok(Self { given_up })
    }
}

impl Drop for Stamping {
    fn drop(&mut self) {
        self.given_up.store(true, Ordering::Relaxed);
    }
}
