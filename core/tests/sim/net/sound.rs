//! What people do and see, and what must hold when all is quiet.

use std::collections::BTreeSet;

use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::hash::{BlockHash, TxId};
use tablon_core::node::{Input, MAX_INTRODUCED, MAX_NEIGHBOURS, RequestId};
use tablon_core::rules::time_not_ahead;
use tablon_core::units::{Height, Millis};
use tablon_core::view::{Delta, MAX_SHOWN, MAX_UNVERIFIED, Status};

use super::{Acknowledged, Party, START, World};

impl World {
    /// Ask a node and get the answer at once.
    pub(crate) fn ask(&mut self, who: usize, command: Command) -> Result<Reply, Refusal> {
        let id = self.request(who, command);
        let replies = &mut self.at_mut(who).replies;
        replies.remove(&id).expect("answered within the step")
    }

    /// Ask a node; the answer comes later.
    pub(crate) fn request(&mut self, who: usize, command: Command) -> RequestId {
        let tab = self.at_mut(who);
        tab.requests += 1;
        let id = RequestId(tab.requests);
        self.feed(who, Input::Command { id, command });
        id
    }

    /// Write a post.
    pub(crate) fn post(&mut self, who: usize, body: &str) -> RequestId {
        let command = Command::Post {
            body: body.into(),
            name: String::new(),
            topic: String::new(),
            reply_to: None,
        };
        self.request(who, command)
    }

    /// Mine with so many hashes a second; 0 stops.
    pub(crate) fn mine(&mut self, who: usize, rate: u64) {
        self.at_mut(who).rate = rate;
        let threads = u32::from(rate > 0);
        self.ask(who, Command::Mine { threads })
            .expect("one thread");
    }

    pub(crate) fn status(&self, who: usize) -> Status {
        let tab = self.at(who);
        tab.alive().status(tab.time(self.now))
    }

    pub(crate) fn tip(&self, who: usize) -> (Height, BlockHash) {
        let status = self.status(who);
        (status.height, status.tip)
    }

    /// Whether a tab stands on a block that nobody with a right clock takes yet.
    pub(crate) fn is_ahead_of_time(&self, who: usize) -> bool {
        let tip = self.status(who).tip_time;
        time_not_ahead(&self.params, Millis(self.now), tip).is_err()
    }

    /// Whether all open tabs have one tip.
    pub(crate) fn agreed(&self) -> bool {
        let tips: BTreeSet<_> = self
            .open_tabs()
            .into_iter()
            .map(|who| self.tip(who))
            .collect();
        tips.len() <= 1
    }

    /// Ids of the transactions on a node's chain, newest block first.
    pub(crate) fn on_chain(&mut self, who: usize) -> Vec<TxId> {
        let mut blocks = Vec::new();
        loop {
            let from = Height(blocks.len() as u32);
            let page = self.ask(who, Command::Chain { from, limit: 500 });
            let Ok(Reply::Blocks(page)) = page else {
                panic!("{page:?}")
            };
            if page.is_empty() {
                break;
            }
            blocks.extend(page);
        }
        let transactions = blocks.iter().rev().flat_map(|block| &block.transactions);
        transactions.map(|transaction| transaction.id).collect()
    }

    /// Ids of the transactions that wait at a node.
    pub(crate) fn pending(&mut self, who: usize) -> Vec<TxId> {
        match self.ask(who, Command::Pending) {
            Ok(Reply::Pending(waiting)) => waiting.iter().map(|post| post.id).collect(),
            other => panic!("{other:?}"),
        }
    }

    /// Whether every acknowledged post is at every open tab.
    pub(crate) fn all_posts_everywhere(&mut self) -> bool {
        let acknowledged: Vec<TxId> = self.acknowledged.iter().map(|post| post.id).collect();
        self.open_tabs().into_iter().all(|who| {
            let mut there: BTreeSet<_> = self.on_chain(who).into_iter().collect();
            there.extend(self.pending(who));
            acknowledged.iter().all(|id| there.contains(id))
        })
    }

    /// One tip; every acknowledged post on the chain or waiting at every node,
    /// once; and no node thinks ill of an honest one.
    pub(crate) fn must_be_sound(&mut self) {
        assert!(self.agreed(), "one tip\n{}", self.summary());
        let roots: BTreeSet<_> = (self.open_tabs().into_iter())
            .map(|who| self.status(who).state_root)
            .collect();
        assert!(roots.len() <= 1, "one state root: {roots:?}");
        let acknowledged = self.acknowledged.clone();
        for who in self.open_tabs() {
            self.watchers_see_the_tip(who);
            let (chain, pending) = (self.on_chain(who), self.pending(who));
            let once: BTreeSet<_> = chain.iter().copied().collect();
            assert_eq!(once.len(), chain.len(), "a post stands once on the chain");
            for Acknowledged { by, id } in &acknowledged {
                let times = usize::from(once.contains(id))
                    + pending.iter().filter(|waiting| *waiting == id).count();
                assert_eq!(
                    times,
                    1,
                    "post {id} of tab {by} at tab {who}\n{}",
                    self.summary()
                );
            }
        }
        self.no_honest_tab_was_punished();
    }

    /// Coins are what the blocks brought, no more and no less, on every tab's word
    /// and by adding up every account that a block or a transfer can have reached.
    pub(crate) fn supply_must_be_exact(&mut self) {
        for who in self.open_tabs() {
            let status = self.status(who);
            let mined = u64::from(status.height.0) * status.reward.0;
            assert_eq!(status.supply.0, mined, "tab {who}");
        }
        let mut accounts = vec![crate::faults::MINER];
        for party in &self.parties {
            if let Party::Tab(tab) = party {
                accounts.extend(tab.wallets().map(|key| key.public().address()));
            }
        }
        let who = self.open_tabs()[0];
        let mut sum = 0;
        for address in accounts {
            let address = Some(address);
            match self.ask(who, Command::Account { address }) {
                Ok(Reply::Account(view)) => sum += view.balance.0,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(sum, self.status(who).supply.0, "the balances add up");
    }

    /// Whether a tab may go by a wrong time: right clocks are no majority among its own
    /// and those that the neighbours which it chose have told, or its own is wrong and it
    /// is led to them too slowly.
    pub(crate) fn is_outvoted(&self, who: usize) -> bool {
        const NEAR: i64 = 15;
        // Half a minute at ten seconds a second.
        const SOON: i64 = 300;
        let tab = self.at(who);
        let own = tab.clock / 1_000;
        let chosen = tab.peers.values().filter(|peer| {
            let party = self.by_id.get(&peer.id);
            party.is_some_and(|party| self.dialled(who, *party))
        });
        let told = chosen.filter_map(|peer| peer.clock_offset);
        let errors: Vec<i64> = told
            .map(|offset| own + i64::from(offset))
            .chain([own])
            .collect();
        let right = errors.iter().filter(|error| error.abs() <= NEAR).count();
        match own.abs() > NEAR {
            true => right * 2 <= errors.len() || own.abs() > SOON,
            // In doubt the own clock counts.
            false => right * 2 < errors.len(),
        }
    }

    /// Every list that a peer can grow, as far as people see it.
    pub(crate) fn bounds_must_hold(&mut self) {
        for who in self.open_tabs() {
            let status = self.status(who);
            let known = status.known_nodes as usize;
            assert!(status.peers as usize <= MAX_NEIGHBOURS, "tab {who}");
            assert!(
                known <= 1 + MAX_INTRODUCED + 9 * MAX_NEIGHBOURS,
                "tab {who}"
            );
            assert!(self.links_of(who).len() <= MAX_NEIGHBOURS + 1, "tab {who}");
            assert!(status.clock.samples as usize <= MAX_NEIGHBOURS, "tab {who}");
            assert!(status.sync.want >= status.sync.have, "tab {who}");
            for peer in self.at(who).peers.values() {
                assert!(
                    peer.neighbours.len() <= MAX_NEIGHBOURS,
                    "tab {who}: {peer:?}"
                );
            }
            for delta in &self.at(who).deltas {
                let (shown, most) = match delta {
                    Delta::Tip { connected, .. } => (connected.len(), MAX_SHOWN),
                    Delta::Unverified { posts } => (posts.len(), MAX_UNVERIFIED),
                    Delta::Passed { to, .. } => (to.len(), MAX_NEIGHBOURS),
                    _ => continue,
                };
                assert!(shown <= most, "tab {who}: {shown} of {most}: {delta:?}");
            }
        }
    }

    // What was shown since the tab opened adds up to what is.
    fn watchers_see_the_tip(&self, who: usize) {
        let mut height = None;
        for delta in &self.at(who).deltas {
            if let Delta::Tip {
                fork,
                disconnected,
                height: new,
                ..
            } = delta
            {
                if let Some(before) = height {
                    assert_eq!(fork.0 + disconnected.len() as u32, before);
                }
                height = Some(new.0);
            }
        }
        let shown = self
            .at(who)
            .deltas
            .iter()
            .rev()
            .find_map(|delta| match delta {
                Delta::Tip { height, hash, .. } => Some((*height, *hash)),
                _ => None,
            });
        assert!(shown.is_none_or(|shown| shown == self.tip(who)));
    }

    pub(crate) fn no_honest_tab_was_punished(&self) {
        for closed in &self.closed {
            let honest = matches!(self.parties[closed.whom], Party::Tab(_));
            let fair = [
                "neighbours are the most",
                "did not answer",
                "makes room",
                "too few nodes",
                "drawn in its place",
            ]
            .iter()
            .any(|fair| closed.reason.contains(fair));
            assert!(!honest || fair, "{closed:?}");
        }
    }

    /// Why `by` closed its link to `whom`, the last time.
    pub(crate) fn why_closed(&self, by: usize, whom: usize) -> Option<&str> {
        let mut of_them = self.closed.iter().rev();
        of_them
            .find(|closed| closed.by == by && closed.whom == whom)
            .map(|closed| closed.reason.as_str())
    }

    pub(crate) fn summary(&self) -> String {
        let mut text = format!("after {} ms:\n", self.now - START);
        for who in self.open_tabs() {
            let status = self.status(who);
            text += &format!(
                "  tab {who}: height {} tip {} pending {} peers {:?} want {} syncing {} mining {:?}\n",
                status.height,
                &status.tip.to_string()[52..],
                status.pending,
                self.links_of(who),
                status.sync.want,
                status.sync.syncing,
                status.mining.state,
            );
        }
        for closed in self.closed.iter().rev().take(8) {
            text += &format!("  {} ms: {closed:?}\n", closed.at - START);
        }
        text
    }
}
