//! Tabs that open, crash and open again, and puppets.

use tablon_core::hash::PeerId;
use tablon_core::node::Node;
use tablon_core::wire::Message;

use super::{Party, World};
use crate::faults::{Puppet, Script};
use crate::node::Tab;

impl World {
    /// Open a new tab.
    pub(crate) fn tab(&mut self) -> usize {
        let who = self.closed_tab();
        self.open(who);
        who
    }

    /// A tab that is not open yet.
    pub(crate) fn closed_tab(&mut self) -> usize {
        let who = self.parties.len();
        let tab = Tab::new(who as u8);
        self.by_id.insert(tab.id(), who);
        self.parties.push(Party::Tab(Box::new(tab)));
        who
    }

    /// Open a closed or crashed tab from its store.
    pub(crate) fn open(&mut self, who: usize) {
        let (params, seed, now) = (self.params.clone(), self.seed, self.now);
        let tab = self.at_mut(who);
        assert!(tab.node.is_none(), "tab {who} is open");
        tab.life += 1;
        tab.deltas.clear();
        let (config, time) = (tab.config(&params, seed), tab.time(now));
        let (node, outputs) = Node::open(config, tab.backend.clone(), time).expect("it opens");
        tab.node = Some(node);
        for output in outputs {
            self.owe(who, output);
        }
    }

    /// Kill a tab: what it had not committed is lost, its links break.
    pub(crate) fn crash(&mut self, who: usize) {
        let tab = self.at_mut(who);
        tab.backend = tab.backend.snapshot();
        tab.node = None;
        tab.life += 1;
        let links: Vec<_> = self.links_of(who);
        for whom in links {
            self.unlink(who, whom);
            let delay = 50 + self.below(500);
            self.tell_down(whom, who, delay, "the peer crashed");
        }
    }

    /// A peer that follows a script.
    pub(crate) fn puppet(&mut self, script: Script) -> usize {
        let who = self.parties.len();
        let puppet = Puppet::new(who as u8, script);
        self.by_id.insert(puppet.id, who);
        self.parties.push(Party::Puppet(puppet));
        who
    }

    pub(crate) fn at(&self, who: usize) -> &Tab {
        match &self.parties[who] {
            Party::Tab(tab) => tab,
            Party::Puppet(_) => panic!("{who} is a puppet"),
        }
    }

    pub(crate) fn at_mut(&mut self, who: usize) -> &mut Tab {
        match &mut self.parties[who] {
            Party::Tab(tab) => tab,
            Party::Puppet(_) => panic!("{who} is a puppet"),
        }
    }

    pub(crate) fn heard(&self, who: usize) -> &[Message] {
        match &self.parties[who] {
            Party::Puppet(puppet) => &puppet.heard,
            Party::Tab(_) => panic!("{who} is a tab"),
        }
    }

    pub(crate) fn id(&self, who: usize) -> PeerId {
        match &self.parties[who] {
            Party::Tab(tab) => tab.id(),
            Party::Puppet(puppet) => puppet.id,
        }
    }

    /// Tabs that are open.
    pub(crate) fn open_tabs(&self) -> Vec<usize> {
        (0..self.parties.len())
            .filter(|who| matches!(&self.parties[*who], Party::Tab(tab) if tab.node.is_some()))
            .collect()
    }

    pub(super) fn life(&self, who: usize) -> u32 {
        match &self.parties[who] {
            Party::Tab(tab) => tab.life,
            Party::Puppet(_) => 0,
        }
    }
}
