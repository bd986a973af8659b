//! Tabs that open, crash and open again, and puppets.

use tablon_core::hash::PeerId;
use tablon_core::links::Attempts;
use tablon_core::node::{Input, Node};
use tablon_core::wire::Message;

use super::{Event, Party, World};
use crate::disk::Disk;
use crate::faults::{Beat, Puppet, Script};
use crate::node::{Record, Tab};

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
        let tab = Tab::new(who as u32);
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
        tab.peers.clear();
        tab.attempts = Attempts::new(tab.id());
        let (config, time) = (tab.config(&params, seed), tab.time(now));
        if let Some(record) = &mut tab.record {
            *record = Record {
                disk: tab.disk.after_kill(),
                begun: time,
                ..Record::default()
            };
        }
        let (node, outputs) = Node::open(config, tab.disk.clone(), time).expect("it opens");
        if let Some(record) = &mut tab.record {
            record.opened.clone_from(&outputs);
        }
        tab.node = Some(node);
        for output in outputs {
            self.handle_output(who, output);
        }
    }

    /// Kill a tab: its links break, and what it had not committed is lost.
    pub(crate) fn crash(&mut self, who: usize) {
        let disk = self.at(who).disk.after_kill();
        self.die(who, disk);
    }

    /// Cut a tab's power: what it had not synced is there, lost or cut.
    pub(crate) fn cut_power(&mut self, who: usize) {
        let disk = self.at(who).disk.clone();
        let disk = disk.after_power_failure(&mut self.rng);
        self.die(who, disk);
    }

    fn die(&mut self, who: usize, disk: Disk) {
        let tab = self.at_mut(who);
        tab.disk = if tab.forgets { Disk::default() } else { disk };
        let forgets = tab.forgets;
        tab.node = None;
        tab.life += 1;
        tab.frozen = None;
        tab.inbox.clear();
        if forgets {
            self.acknowledged.retain(|post| post.by != who);
        }
        for whom in self.links_of(who) {
            self.unlink(who, whom);
            let delay = 50 + self.below(500);
            self.tell_down(whom, who, delay, "the peer crashed");
        }
    }

    /// Give a tab no time for so long; what comes meanwhile waits.
    pub(crate) fn freeze(&mut self, who: usize, ms: u64) {
        let until = self.now + ms;
        let tab = self.at_mut(who);
        tab.frozen = Some(until);
        let life = tab.life;
        self.schedule(until, Event::Thaw { who, life });
    }

    /// Whether it is open and gets time.
    pub(crate) fn is_awake(&self, who: usize) -> bool {
        let tab = self.at(who);
        tab.node.is_some() && tab.frozen.is_none()
    }

    pub(crate) fn thaw(&mut self, who: usize) {
        let tab = self.at_mut(who);
        tab.frozen = None;
        for input in std::mem::take(&mut tab.inbox) {
            self.feed(who, input);
        }
        self.feed(who, Input::Tick);
    }

    /// A peer that follows a script.
    pub(crate) fn puppet(&mut self, script: Script) -> usize {
        let who = self.parties.len();
        let puppet = Puppet::new(who as u32, script);
        self.by_id.insert(puppet.id, who);
        self.parties.push(Party::Puppet(Box::new(puppet)));
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

    pub(crate) fn puppet_at(&mut self, who: usize) -> &mut Puppet {
        match &mut self.parties[who] {
            Party::Puppet(puppet) => puppet,
            Party::Tab(_) => panic!("{who} is a tab"),
        }
    }

    /// A puppet acts of itself from now on, every so many ms.
    pub(crate) fn beats(&mut self, who: usize, every: u64, act: Beat) {
        self.puppet_at(who).beat = Some((every, act));
        let first = self.now + self.below(every);
        self.schedule(first, Event::Beat { who });
    }

    pub(super) fn is_open(&self, who: usize) -> bool {
        matches!(&self.parties[who], Party::Tab(tab) if tab.node.is_some())
    }

    /// Tabs that are open.
    pub(crate) fn open_tabs(&self) -> Vec<usize> {
        (0..self.parties.len())
            .filter(|who| self.is_open(*who))
            .collect()
    }

    pub(super) fn life(&self, who: usize) -> u32 {
        match &self.parties[who] {
            Party::Tab(tab) => tab.life,
            Party::Puppet(_) => 0,
        }
    }
}
