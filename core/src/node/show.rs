//! Views: what the page and programs are told.

use super::{Node, Output};
use crate::chain::Change;
use crate::difficulty::required_bits;
use crate::hash::{BlockHash, PeerId, TxId};
use crate::rules::CheckedTransaction;
use crate::store::StoreError;
use crate::units::{Millis, Timestamp};
use crate::view::{Delta, LEAP_SHOWN, MAX_SHOWN, News, StampView, Status, Storage, SyncProgress};

/// Status is shown no more often than this, ms.
const STATUS_TIME: u64 = 250;

#[derive(Debug, Default)]
pub(super) struct Show {
    last: Option<Status>,
    at: Option<Millis>,
    waiting: bool,
    /// What a stamp must be, and when that was looked at.
    stamp: Option<(Millis, StampView)>,
}

impl Show {
    pub(super) fn due(&self) -> Option<Millis> {
        self.at
            .filter(|_| self.waiting)
            .map(|at| at.plus(STATUS_TIME))
    }
}

impl Node {
    pub(super) fn status_at(&self, now: Millis) -> Status {
        self.status_with(now, self.stamp_view())
    }

    fn status_with(&self, now: Millis, stamp: StampView) -> Status {
        let params = self.chain.params();
        let tip = self.chain.tip();
        let parent = tip.as_parent();
        let next = Timestamp(parent.time.0.saturating_add(1));
        let time = self.corrected(now).timestamp().max(next);
        let target = required_bits(params, &parent, time)
            .target()
            .expect("required bits name a target");
        let want = self.target().map_or(tip.height, |leaf| leaf.height);
        Status {
            network: self.chain.network(),
            network_name: params.name.clone(),
            network_link: params.to_link(),
            spacing: params.spacing,
            slot: self.config.slot,
            node: self.config.key.public().peer_id(),
            address: self.me(),
            locked: self.config.wallet.key().is_none(),
            balance: self.own.account.balance,
            outgoing: self.mempool.outgoing(self.me()),
            incoming: self.mempool.incoming(self.me()),
            joined: (self.own.account.participant.as_ref())
                .filter(|known| !known.left)
                .map(|known| known.name.clone()),
            reward: params.reward(),
            supply: self.supply(),
            state_root: self.own.state_root,
            height: tip.height,
            tip: tip.hash,
            tip_time: tip.header.time,
            difficulty_bits: target.zero_bits(),
            expected_hashes: target.work().saturating_u64(),
            peers: self.connected_count(),
            known_nodes: self.known_nodes() as u32, // bounded by what is known
            clock: self.clock_view(),
            pending: self.mempool.len() as u32, // bounded by its bytes
            stamp,
            mining: self.mining_view(),
            storage: self.storage(),
            sync: SyncProgress {
                syncing: self.is_syncing(),
                have: tip.height,
                want: want.max(tip.height),
                rate: self.progress.rate(),
                seconds_left: self.progress.seconds_for(want.above(tip.height)),
            },
        }
    }

    pub(super) fn measure_progress(&mut self) {
        if self.is_syncing() {
            let height = self.chain.tip().height;
            self.progress.sample(self.now, height);
        } else {
            self.progress.rest();
        }
    }

    fn connected_count(&self) -> u32 {
        let connected = self.peers.values().filter(|peer| peer.is_connected());
        connected.count() as u32 // at most MAX_NEIGHBOURS
    }

    fn storage(&self) -> Storage {
        if let Some(reason) = self.chain.store_failure() {
            return Storage::StoreFailed {
                bytes: self.chain.store_bytes(),
                reason: reason.into(),
            };
        }
        match &self.config.storage {
            Storage::Durable { recovered, .. } => Storage::Durable {
                bytes: self.chain.store_bytes(),
                recovered: *recovered,
            },
            other @ (Storage::Memory { .. } | Storage::StoreFailed { .. }) => other.clone(),
        }
    }

    /// Show the status when it changed, a few times a second at most.
    pub(super) fn show_status(&mut self) {
        // A full pool is looked through for it: not at every step.
        let recent = (self.show.stamp).filter(|(at, _)| self.now.since(*at) < STATUS_TIME);
        let (at, stamp) = recent.unwrap_or_else(|| (self.now, self.stamp_view()));
        self.show.stamp = Some((at, stamp));
        let status = self.status_with(self.clock, stamp);
        if self.show.last.as_ref() == Some(&status) {
            self.show.waiting = false;
            return;
        }
        if let Some(at) = self.show.at
            && self.now.since(at) < STATUS_TIME
        {
            self.show.waiting = true;
            return;
        }
        self.show.at = Some(self.now);
        self.show.waiting = false;
        self.show.last = Some(status.clone());
        self.out.push(Output::Show(Delta::Status(Box::new(status))));
    }

    pub(super) fn show_tip(&mut self, change: &Change) -> Result<(), StoreError> {
        let views = self.chain.read()?;
        let tip = self.chain.tip();
        let (height, hash) = (tip.height, tip.hash);
        let shown = match change.connected.len() {
            few @ 0..=MAX_SHOWN => few,
            _ => LEAP_SHOWN,
        };
        let mut connected = Vec::new();
        for block in &change.connected[change.connected.len() - shown..] {
            if let Some(entry) = self.chain.tree().get(block.hash()) {
                connected.push(self.block_view(&views, entry, &block.to_block())?);
            }
        }
        self.out.push(Output::Show(Delta::Tip {
            fork: change.fork,
            disconnected: change
                .disconnected
                .iter()
                .map(|block| block.header.hash())
                .collect(),
            connected,
            height,
            hash,
        }));
        Ok(())
    }

    pub(super) fn show_post(
        &mut self,
        transaction: &CheckedTransaction,
        loosened: bool,
    ) -> Result<(), StoreError> {
        let views = self.chain.read()?;
        let post = self.transaction_view(&views, transaction.id(), transaction.get())?;
        self.out.push(Output::Show(Delta::Post { post, loosened }));
        Ok(())
    }

    pub(super) fn show_dropped(&mut self, id: TxId, reason: &str) {
        self.out.push(Output::Show(Delta::Dropped {
            id,
            reason: reason.into(),
        }));
    }

    /// Those of the blocks just kept that stand beside the best chain.
    pub(super) fn show_branches(&mut self, kept: &[BlockHash]) {
        let entries = kept.iter().filter_map(|hash| self.chain.tree().get(*hash));
        let beside = entries.filter(|entry| entry.held && !self.chain.is_active(entry));
        let shown = beside.map(|entry| Delta::Branch {
            height: entry.height,
            hash: entry.hash,
        });
        self.out.extend(shown.map(Output::Show));
    }

    pub(super) fn show_passed(&mut self, what: News, from: Option<PeerId>, to: Vec<PeerId>) {
        self.out
            .push(Output::Show(Delta::Passed { what, from, to }));
    }

    pub(super) fn show_peer(&mut self, id: PeerId) {
        if let Some(peer) = self.peers.get(&id) {
            self.out.push(Output::Show(Delta::Peer(peer.view())));
        }
    }

    pub(super) fn show_peer_gone(&mut self, id: PeerId, reason: &str) {
        self.out.push(Output::Show(Delta::PeerGone {
            id,
            reason: reason.into(),
        }));
    }
}
