//! Reading the chain off the node's thread: a snapshot is taken there, and read and
//! written as JSON here, so that a crowd of readers delays no peer.

use std::sync::Arc;
use std::thread;

use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::node::Snapshot;
use tokio::sync::Semaphore;

use crate::driver::{Door, Event};

/// Commands that read and that the node itself answers, at once: a message of a peer
/// waits for no more than these.
const MAX_ASKED: usize = 2;

/// Threads that read snapshots, at most.
const MAX_THREADS: usize = 4;

/// Reads for all requests.
#[derive(Debug)]
pub(super) struct Reader {
    door: Door,
    asked: Semaphore,
    threads: Arc<Semaphore>,
}

impl Reader {
    pub(super) fn new(door: Door) -> Self {
        // One core stays with the node.
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let threads = cores.saturating_sub(1).clamp(1, MAX_THREADS);
        Self {
            door,
            asked: Semaphore::new(MAX_ASKED),
            threads: Arc::new(Semaphore::new(threads)),
        }
    }

    /// Ask the node itself, in turn.
    pub(super) async fn ask(&self, command: Command) -> Result<Reply, Refusal> {
        let turn = self.asked.acquire().await;
        let _turn = turn.expect("the semaphore is never closed");
        self.door.ask(command).await
    }

    /// Read a snapshot on a thread for it, in turn.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Snapshot) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        // The turn is the thread's: a request that is gone does not end the reading.
        let turn = Arc::clone(&self.threads).acquire_owned().await;
        let turn = turn.expect("the semaphore is never closed");
        let snapshot = self
            .door
            .request(|answer| Event::Snapshot { answer })
            .await?;
        let reading = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            read(&snapshot)
        });
        reading.await.map_err(|_| Refusal {
            code: "node_stopped".into(),
            message: "the node has stopped".into(),
        })?
    }
}

/// The store's fault, as a refusal.
pub(super) fn store_failed(error: impl ToString) -> Refusal {
    Refusal {
        code: "store_failed".into(),
        message: error.to_string(),
    }
}
