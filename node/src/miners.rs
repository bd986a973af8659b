//! Threads that mine, with the kernel that is fastest on this machine. They take up
//! a new job within some [`SLICE`]s, and sleep while there is none.

use std::io;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tablon_core::node::{JobId, MiningJob};
use tablon_kernel::Kernel;

/// Between two looks at the job: work on an old tip is lost, and so would be
/// preparing each of too many slices.
const SLICE: Duration = Duration::from_millis(2);
/// Nonces of a slice, at least and at most: 4 ms of a core that does a million a
/// second, 3 ms of one that does 300 million. They double and halve between.
const SLICE_NONCES: RangeInclusive<u64> = 1 << 12..=1 << 20;

/// The threads of one node. Dropping it ends them.
pub(crate) struct Miners {
    shared: Arc<Shared>,
    /// One a thread, set when it is to end.
    threads: Vec<Arc<AtomicBool>>,
    found: Arc<dyn Fn(JobId, u32) + Send + Sync>,
}

#[derive(Debug, Default)]
struct Shared {
    task: Mutex<Task>,
    changed: Condvar,
    /// Changes with the task: what a busy thread looks at.
    number: AtomicU64,
    hashes: AtomicU64,
}

#[derive(Debug, Default)]
struct Task {
    /// The work; none rests all threads.
    job: Option<Arc<MiningJob>>,
    /// Among so many threads.
    threads: usize,
    number: u64,
}

impl Shared {
    fn task(&self) -> MutexGuard<'_, Task> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Task)) {
        let mut task = self.task();
        change(&mut task);
        task.number += 1;
        self.number.store(task.number, Ordering::Release);
        self.changed.notify_all();
    }
}

impl Miners {
    /// No thread yet; `found` runs on the thread that found a nonce, and may wait.
    pub(crate) fn new(found: impl Fn(JobId, u32) + Send + Sync + 'static) -> Self {
        Self {
            shared: Arc::default(),
            threads: Vec::new(),
            found: Arc::new(found),
        }
    }

    /// Do this from now on, on so many threads.
    pub(crate) fn work(&mut self, job: Option<MiningJob>, threads: usize) -> io::Result<()> {
        self.retire(threads);
        self.shared.change(|task| {
            task.job = job.map(Arc::new);
            task.threads = threads;
        });
        while self.threads.len() < threads {
            let place = self.threads.len();
            let (shared, found) = (Arc::clone(&self.shared), Arc::clone(&self.found));
            let retired = Arc::new(AtomicBool::new(false));
            let flag = Arc::clone(&retired);
            let thread = thread::Builder::new().name(format!("miner {place}"));
            thread.spawn(move || run(place, &flag, &shared, &*found))?;
            self.threads.push(retired);
        }
        Ok(())
    }

    // They end by themselves, at the latest after a chunk; a thread that takes the
    // place of one meanwhile is another.
    fn retire(&mut self, left: usize) {
        for retired in self.threads.drain(left.min(self.threads.len())..) {
            retired.store(true, Ordering::Relaxed);
        }
    }

    /// Hashes tried since this was last asked.
    pub(crate) fn hashes(&self) -> u64 {
        self.shared.hashes.swap(0, Ordering::Relaxed)
    }
}

impl Drop for Miners {
    fn drop(&mut self) {
        self.retire(0);
        self.shared.change(|task| task.job = None);
    }
}

fn run(place: usize, retired: &AtomicBool, shared: &Shared, found: &dyn Fn(JobId, u32)) {
    // Here and not where threads are started: its timing would hold the driver up.
    let kernel = Kernel::fastest();
    tracing::debug!(place, kernel = kernel.name(), "a miner begins");
    let mut slice = *SLICE_NONCES.start();
    let mut seen = 0;
    loop {
        let (job, threads) = {
            let mut task = shared.task();
            loop {
                // Set before the change that wakes this thread, so never missed.
                if retired.load(Ordering::Relaxed) {
                    return;
                }
                match &task.job {
                    Some(job) if task.number != seen => {
                        seen = task.number;
                        break (Arc::clone(job), task.threads);
                    }
                    // Resting, or this job's nonces are all tried or one is found.
                    _ => {
                        let waited = shared.changed.wait(task);
                        task = waited.unwrap_or_else(PoisonError::into_inner);
                    }
                }
            }
        };
        let header: &[u8; 76] =
            (job.header.as_slice().try_into()).expect("the node makes a job's header of 76 bytes");
        // Each thread has its own part of the nonces.
        let share = u64::from(u32::MAX) / threads as u64;
        let first = share * place as u64;
        let mut tried = 0;
        while tried < share && shared.number.load(Ordering::Acquire) == seen {
            let count = slice.min(share - tried);
            let at = (first + tried) as u32; // below 2^32, as share * threads is
            let begun = Instant::now();
            let nonce = kernel.search(header, &job.target, at, count as u32);
            let done = nonce.map_or(count, |nonce| u64::from(nonce.wrapping_sub(at)) + 1);
            shared.hashes.fetch_add(done, Ordering::Relaxed);
            if let Some(nonce) = nonce {
                // A block is on its way: the next job comes with its tip.
                found(job.job, nonce);
                break;
            }
            tried += count;
            slice = next_slice(slice, begun.elapsed());
        }
    }
}

// How many nonces to try next, when so many took so long.
fn next_slice(nonces: u64, took: Duration) -> u64 {
    let next = if took < SLICE / 2 {
        nonces * 2
    } else if took > SLICE {
        nonces / 2
    } else {
        nonces
    };
    next.clamp(*SLICE_NONCES.start(), *SLICE_NONCES.end())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::mpsc;
    use std::time::Duration;

    use tablon_core::hash::sha256d;

    use super::*;

    fn job(number: u32, byte: u8) -> MiningJob {
        let mut target = [0xff; 32];
        target[31] = byte;
        MiningJob {
            job: JobId(number),
            header: vec![number as u8; 76],
            target,
            threads: 2,
        }
    }

    #[test]
    fn what_is_found_is_of_the_newest_job_and_meets_its_target() {
        let (sender, receiver) = mpsc::channel();
        let mut miners = Miners::new(move |job, nonce| sender.send((job, nonce)).unwrap());
        // Nothing meets the first: only the new job ends it.
        let mut hopeless = job(1, 0);
        hopeless.target = [0; 32];
        miners.work(Some(hopeless), 2).unwrap();
        miners.work(Some(job(2, 0)), 2).unwrap();
        let (id, nonce) = receiver.recv_timeout(Duration::from_secs(20)).unwrap();
        assert_eq!(id, JobId(2));
        let header = [vec![2; 76], nonce.to_le_bytes().to_vec()].concat();
        assert_eq!(sha256d(&header)[31], 0);
        assert!(miners.hashes() > 0);
        miners.work(None, 0).unwrap();
    }

    #[test]
    fn a_new_tip_ends_the_work_on_the_old_one() {
        let (sender, receiver) = mpsc::channel();
        let mut miners = Miners::new(move |job, _| sender.send(job).unwrap());
        for round in 0..20 {
            let mut hopeless = job(2 * round, 0);
            hopeless.target = [0; 32];
            miners.work(Some(hopeless), 2).unwrap();
            // So long that slices have grown to their size.
            thread::sleep(Duration::from_millis(40));
            // Whatever nonce is tried first meets this one.
            miners.work(Some(job(2 * round + 1, 0xff)), 2).unwrap();
            while receiver.recv_timeout(Duration::from_secs(20)).unwrap() != JobId(2 * round + 1) {}
        }
    }

    #[test]
    fn jobs_that_came_and_went_while_a_block_was_reported_are_not_begun() {
        let (sender, receiver) = mpsc::channel();
        let (free, reporting) = mpsc::channel::<()>();
        let reporting = Mutex::new(reporting);
        let mut miners = Miners::new(move |job, _| {
            sender.send(job).unwrap();
            reporting.lock().unwrap().recv().unwrap();
        });
        let heard = || receiver.recv_timeout(Duration::from_secs(20)).unwrap();
        miners.work(Some(job(1, 0xff)), 1).unwrap();
        assert_eq!(heard(), JobId(1));
        // The thread is still in its report.
        for number in 2..10 {
            miners.work(Some(job(number, 0xff)), 1).unwrap();
        }
        free.send(()).unwrap();
        assert_eq!(heard(), JobId(9));
        free.send(()).unwrap();
    }

    #[test]
    fn a_thread_that_has_read_a_job_reports_none_of_before() {
        const JOBS: u32 = 300;
        let (sender, receiver) = mpsc::channel();
        let mut miners = Miners::new(move |job, _| {
            let thread = thread::current();
            sender
                .send((thread.name().unwrap().to_owned(), job))
                .unwrap();
        });
        for number in 0..=JOBS {
            // Now and then each thread is deep in a job, or just about to begin one.
            if number % 7 == 0 {
                thread::yield_now();
            }
            miners.work(Some(job(number, 0xff)), 3).unwrap();
        }
        let mut newest = BTreeMap::new();
        while newest.len() < 3 || newest.values().any(|job| *job != JOBS) {
            let (thread, JobId(job)) = receiver.recv_timeout(Duration::from_secs(20)).unwrap();
            let before = newest.insert(thread.clone(), job);
            assert!(before < Some(job), "{thread}: {before:?}, then {job}");
        }
    }

    #[test]
    fn slices_grow_and_shrink_to_their_time_and_no_further() {
        let mut slice = *SLICE_NONCES.start();
        for _ in 0..30 {
            slice = next_slice(slice, Duration::ZERO);
        }
        assert_eq!(slice, *SLICE_NONCES.end());
        assert_eq!(next_slice(slice, SLICE), slice);
        for _ in 0..30 {
            slice = next_slice(slice, SLICE * 2);
        }
        assert_eq!(slice, *SLICE_NONCES.start());
    }

    #[test]
    fn threads_that_are_sent_away_go_even_when_others_come_at_once() {
        let mut miners = Miners::new(|_, _| {});
        for _ in 0..50 {
            miners.work(None, 4).unwrap();
            miners.work(None, 0).unwrap();
        }
        // Each thread holds the shared state until it has ended.
        let begin = std::time::Instant::now();
        while Arc::strong_count(&miners.shared) > 1 {
            assert!(begin.elapsed() < Duration::from_secs(20));
            thread::sleep(Duration::from_millis(5));
        }
    }
}
