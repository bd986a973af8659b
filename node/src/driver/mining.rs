//! Work for miners, this machine's and foreign ones.

use std::time::Duration;

use tablon_core::command::{BlockAt, Command, Refusal, Reply};
use tablon_core::header::Header;
use tablon_core::node::{Input, MinerReport, MiningJob, RequestId};
use tablon_core::view::MiningState;
use tokio::time::Instant;

use super::{Core, Driver, refusal};

/// Between two reports of the hash rate.
const REPORT: Duration = Duration::from_millis(500);

impl Driver {
    // Tell core what is wanted of miners now, and how fast they are.
    pub(super) fn mind_the_miners(&mut self) {
        if let Core::Failed { .. } = self.core {
            return;
        }
        for command in self.orders.changes() {
            self.last_request = self.last_request.wrapping_add(1);
            let id = RequestId(self.last_request); // whose reply nobody awaits
            self.feed(Input::Command { id, command });
        }
        if self.orders.threads() > 0 && self.reported.elapsed() >= REPORT {
            self.reported = Instant::now();
            let hashes = self.miners.hashes();
            self.feed(Input::Miner(MinerReport::Hashed { hashes }));
        }
    }

    pub(super) fn mine(&mut self, job: Option<MiningJob>) {
        let threads = self.orders.threads();
        self.orders.note(job.as_ref());
        let job = job.filter(|_| threads > 0);
        if let Err(error) = self.miners.work(job, threads) {
            tracing::warn!(%error, threads, "fewer miners than asked for");
        }
    }

    pub(super) fn get_work(&mut self) -> Result<MiningJob, Refusal> {
        self.orders.expect_foreign_miners();
        self.mind_the_miners();
        if let Some(job) = self.orders.current() {
            return Ok(job);
        }
        let why = match self.ask_now(Command::Status)? {
            Reply::Status(status) if status.mining.state == MiningState::Syncing => {
                "the chain is still being fetched"
            }
            Reply::Status(status) if status.mining.state == MiningState::NothingToMine => {
                "nothing is pending, and empty blocks are not wanted"
            }
            Reply::Status(status) if status.mining.state == MiningState::StoreFailed => {
                "nothing can be stored now"
            }
            _ => "the tip is ahead of this node's clock",
        };
        Err(refusal(
            "no_work",
            format!("there is nothing to mine: {why}"),
        ))
    }

    // Whether the header is a block now.
    pub(super) fn submit(&mut self, header: &Header) -> bool {
        let Some(job) = self.orders.job_of(header) else {
            return false;
        };
        let nonce = header.nonce;
        self.feed(Input::Miner(MinerReport::Solved {
            job,
            nonce,
            rolled: 0,
        }));
        let at = BlockAt::Hash(header.hash());
        self.ask_now(Command::Block { at }).is_ok()
    }
}
