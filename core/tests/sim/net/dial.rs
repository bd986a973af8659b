//! Opening links as a browser's driver does it: an offer and its answer travel
//! as signals, by whatever way the nodes send them, and only then a link opens.
//! When both sides offer at once, the offer of the lower id stands.

use tablon_core::hash::PeerId;
use tablon_core::node::{Input, MAX_NEIGHBOURS};
use tablon_core::relay::SignalStep;
use tablon_core::view::LinkKind;

use super::{Event, Party, World, pair};
use crate::node::Attempt;

/// Links that a driver holds open, at most: its node may have one too many while
/// it parts with another.
const MAX_LINKS: usize = MAX_NEIGHBOURS + 1;
/// Attempts under way at a tab, at most.
const MAX_ATTEMPTS: usize = 16;
/// An attempt without its answer or its link is given up after so long, ms.
const PATIENCE: u64 = 15_000;

/// What happens on the way to a link.
#[derive(Debug)]
pub(super) enum Step {
    /// A description of this side is ready: it goes out as a signal.
    Described {
        who: usize,
        life: u32,
        to: PeerId,
        session: u32,
        step: SignalStep,
    },
    /// Both descriptions are known: the channel opens, if it can.
    Open {
        offers: usize,
        answers: usize,
        session: u32,
    },
    /// It has taken too long.
    GiveUp {
        who: usize,
        life: u32,
        peer: PeerId,
        session: u32,
    },
}

impl World {
    pub(super) fn dials(&mut self, step: Step) {
        match step {
            Step::Described {
                who,
                life,
                to,
                session,
                step,
            } => {
                if self.life(who) == life && self.attempt(who, to, session).is_some() {
                    self.feed(who, Input::Signal { to, session, step });
                }
            }
            Step::Open {
                offers,
                answers,
                session,
            } => self.try_to_open(offers, answers, session),
            Step::GiveUp {
                who,
                life,
                peer,
                session,
            } => {
                if self.life(who) == life && self.attempt(who, peer, session).is_some() {
                    self.abandon(who, peer);
                }
            }
        }
    }

    /// A node wants a link.
    pub(super) fn dial(&mut self, who: usize, peer: PeerId, tunnel: bool) {
        let to = self.by_id.get(&peer).copied();
        let kind = to.and_then(|to| self.links.get(&pair(who, to)).map(|link| link.kind));
        if kind.is_some_and(|kind| tunnel || kind != LinkKind::Tunnel) {
            return;
        }
        if let Some(attempt) = self.at_mut(who).attempts.get_mut(&peer) {
            attempt.dialled = true;
            return;
        }
        if kind.is_none() && self.is_full(who) {
            self.feed(who, Input::DialFailed { peer });
            return;
        }
        if let Some(to) = to.filter(|to| self.are_siblings(who, *to)) {
            if self.is_open(to) && !self.is_full(to) {
                self.link_by(who, to, LinkKind::Broadcast);
            } else {
                self.feed(who, Input::DialFailed { peer });
            }
            return;
        }
        let tab = self.at_mut(who);
        tab.sessions += 1;
        // Different on both sides, as random numbers are.
        let session = tab.sessions << 16 | tab.number;
        let step = match tunnel {
            true => SignalStep::Tunnel { nonce: [7; 16] },
            false => SignalStep::Offer {
                sdp: "v=0 offer".into(),
            },
        };
        let attempt = Attempt {
            session,
            offers: true,
            answered: false,
            dialled: true,
            kind: kind_of(&step),
        };
        self.begin(who, peer, attempt, step);
    }

    /// A verified step from another node.
    pub(super) fn hears_step(&mut self, who: usize, from: PeerId, session: u32, step: &SignalStep) {
        match step {
            SignalStep::Offer { .. } | SignalStep::Tunnel { .. } => {
                self.offered(who, from, session, step);
            }
            SignalStep::Answer { .. } | SignalStep::Tunnelled { .. } => {
                let attempt = self.attempt(who, from, session);
                if let Some(attempt) = attempt.filter(|attempt| attempt.offers) {
                    attempt.answered = true;
                    let answers = self.by_id[&from];
                    let delay = 30 + self.below(200);
                    let open = Step::Open {
                        offers: who,
                        answers,
                        session,
                    };
                    self.schedule(self.now + delay, Event::Dials(open));
                }
            }
            SignalStep::Full => {
                let attempt = self.attempt(who, from, session);
                if attempt.is_some_and(|attempt| attempt.offers) {
                    self.abandon(who, from);
                }
            }
            _ => {}
        }
    }

    /// Signals do not reach this peer: what waits for its answer is over.
    pub(super) fn no_way_to(&mut self, who: usize, peer: PeerId) {
        let attempt = self.at(who).attempts.get(&peer);
        if attempt.is_some_and(|attempt| attempt.offers && !attempt.answered) {
            self.abandon(who, peer);
        }
    }

    fn offered(&mut self, who: usize, from: PeerId, session: u32, step: &SignalStep) {
        let own = self.id(who);
        let mut dialled = false;
        if let Some(attempt) = self.at(who).attempts.get(&from) {
            let ours_stands = attempt.offers && own < from;
            if ours_stands || attempt.session == session {
                return;
            }
            dialled = attempt.dialled;
        }
        self.at_mut(who).attempts.remove(&from);
        let party = self.by_id.get(&from);
        let linked = party.is_some_and(|party| self.linked(who, *party));
        if self.is_full(who) && !linked {
            let (to, step) = (from, SignalStep::Full);
            self.feed(who, Input::Signal { to, session, step });
            if dialled {
                self.feed(who, Input::DialFailed { peer: from });
            }
            return;
        }
        let answer = match step {
            SignalStep::Tunnel { .. } => SignalStep::Tunnelled { nonce: [8; 16] },
            _ => SignalStep::Answer {
                sdp: "v=0 answer".into(),
            },
        };
        let attempt = Attempt {
            session,
            offers: false,
            answered: true,
            dialled,
            kind: kind_of(step),
        };
        self.begin(who, from, attempt, answer);
    }

    fn begin(&mut self, who: usize, peer: PeerId, attempt: Attempt, step: SignalStep) {
        let (life, session) = (self.life(who), attempt.session);
        self.at_mut(who).attempts.insert(peer, attempt);
        let described = Step::Described {
            who,
            life,
            to: peer,
            session,
            step,
        };
        let delay = 20 + self.below(80);
        self.schedule(self.now + delay, Event::Dials(described));
        let give_up = Step::GiveUp {
            who,
            life,
            peer,
            session,
        };
        self.schedule(self.now + PATIENCE, Event::Dials(give_up));
    }

    fn try_to_open(&mut self, offers: usize, answers: usize, session: u32) {
        let ids = [self.id(offers), self.id(answers)];
        let Some(kind) = self
            .attempt(offers, ids[1], session)
            .map(|attempt| attempt.kind)
        else {
            return;
        };
        let willing = match &self.parties[answers] {
            Party::Tab(_) => self.attempt(answers, ids[0], session).is_some(),
            Party::Puppet(_) => true,
        };
        let passes = match kind {
            LinkKind::Tunnel => self.relay.up && self.relay.tunnels,
            _ => !self.walls.contains(&pair(offers, answers)),
        };
        let together = self.part_of(offers) == self.part_of(answers);
        let linked = self.linked(offers, answers);
        let full = !linked && (self.has_all_links(offers) || self.has_all_links(answers));
        if !willing || !passes || !together || full {
            return;
        }
        let mut dialled = Vec::new();
        for (who, peer) in [(offers, ids[1]), (answers, ids[0])] {
            if let Party::Tab(tab) = &mut self.parties[who] {
                let attempt = tab.attempts.remove(&peer);
                if attempt.is_some_and(|attempt| attempt.dialled) {
                    dialled.push(who);
                }
            }
        }
        // A link that stood is replaced: its last frames are lost.
        self.unlink(offers, answers);
        self.link_by(offers, answers, kind);
        if dialled.contains(&answers) {
            self.dialled_too(answers, offers);
        }
    }

    fn abandon(&mut self, who: usize, peer: PeerId) {
        let attempt = self.at_mut(who).attempts.remove(&peer);
        if attempt.is_some_and(|attempt| attempt.dialled) {
            self.feed(who, Input::DialFailed { peer });
        }
    }

    fn attempt(&mut self, who: usize, peer: PeerId, session: u32) -> Option<&mut Attempt> {
        match &mut self.parties[who] {
            Party::Tab(tab) => tab
                .attempts
                .get_mut(&peer)
                .filter(|attempt| attempt.session == session),
            Party::Puppet(_) => None,
        }
    }

    fn is_full(&self, who: usize) -> bool {
        let attempts = match &self.parties[who] {
            Party::Tab(tab) => tab.attempts.len(),
            Party::Puppet(_) => 0,
        };
        self.has_all_links(who) || attempts >= MAX_ATTEMPTS
    }

    fn has_all_links(&self, who: usize) -> bool {
        matches!(self.parties[who], Party::Tab(_)) && self.links_of(who).len() >= MAX_LINKS
    }

    pub(super) fn are_siblings(&self, a: usize, b: usize) -> bool {
        (self.browsers.iter()).any(|browser| browser.contains(&a) && browser.contains(&b))
    }
}

fn kind_of(step: &SignalStep) -> LinkKind {
    match step {
        SignalStep::Tunnel { .. } => LinkKind::Tunnel,
        _ => LinkKind::Webrtc,
    }
}
