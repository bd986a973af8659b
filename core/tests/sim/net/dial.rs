//! Opening links as a browser's driver does it: an offer and its answer travel
//! as signals, by whatever way the nodes send them, and only then a link opens.
//! Whose offer stands, and who gives way, are the rules that drivers go by.

use tablon_core::hash::PeerId;
use tablon_core::links::{
    Attempt, Dialled, GaveWay, MAX_LINKS, Offered, UNANSWERED_MS, UNOPENED_MS,
};
use tablon_core::node::{Input, LinkEvent};
use tablon_core::relay::SignalStep;
use tablon_core::units::Millis;
use tablon_core::view::LinkKind;

use super::{Event, Party, World, pair};
use crate::node::Opening;

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
    /// Both descriptions are known: a check of connectivity arrives, if it can.
    Check {
        offers: usize,
        answers: usize,
        session: u32,
    },
    /// The channel opens, if it can.
    Open {
        offers: usize,
        answers: usize,
        session: u32,
    },
    /// It has taken too long: to be answered, or to open.
    GiveUp {
        who: usize,
        life: u32,
        peer: PeerId,
        session: u32,
        unanswered: bool,
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
            Step::Check {
                offers,
                answers,
                session,
            } => self.check(offers, answers, session),
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
                unanswered,
            } => {
                let attempt = (self.life(who) == life)
                    .then(|| self.attempt(who, peer, session))
                    .flatten();
                if attempt.is_some_and(|attempt| !unanswered || !attempt.connection.answered) {
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
        let has_room = kind.is_some() || !self.has_all_links(who);
        let attempts = &mut self.at_mut(who).attempts;
        let dialled = match has_room || attempts.of(peer).is_some() {
            true => attempts.dial(peer),
            false => Dialled::Full,
        };
        match dialled {
            Dialled::UnderWay => return,
            Dialled::Full => {
                self.feed(who, Input::Link(LinkEvent::DialFailed { peer }));
                return;
            }
            Dialled::Offer => {}
        }
        if let Some(to) = to.filter(|to| self.are_siblings(who, *to)) {
            if self.is_open(to) && !self.has_all_links(to) {
                self.link_by(who, to, LinkKind::Broadcast);
            } else {
                self.feed(who, Input::Link(LinkEvent::DialFailed { peer }));
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
        self.begin(who, peer, session, true, step);
        if let Some(attempt) = self.attempt(who, peer, session) {
            attempt.dialled = true;
        }
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
                    attempt.connection.answered = true;
                    let (offers, answers) = (who, self.by_id[&from]);
                    let delay = 30 + self.below(200);
                    let check = Step::Check {
                        offers,
                        answers,
                        session,
                    };
                    self.schedule(self.now + delay / 2, Event::Dials(check));
                    let open = Step::Open {
                        offers,
                        answers,
                        session,
                    };
                    self.schedule(self.now + delay, Event::Dials(open));
                }
            }
            SignalStep::Full => {
                let refused = self.at_mut(who).attempts.refused(from, session);
                self.end(who, from, refused);
            }
            _ => {}
        }
    }

    /// Signals do not reach this peer: what waits for its answer is over.
    pub(super) fn no_way_to(&mut self, who: usize, peer: PeerId) {
        let attempt = self.at(who).attempts.of(peer);
        if attempt.is_some_and(|attempt| attempt.offers && !attempt.connection.answered) {
            self.abandon(who, peer);
        }
    }

    fn offered(&mut self, who: usize, from: PeerId, session: u32, step: &SignalStep) {
        let party = self.by_id.get(&from);
        let linked = party.is_some_and(|party| self.linked(who, *party));
        let has_room = linked || !self.has_all_links(who);
        let offered = (self.at_mut(who).attempts).offered(from, session, has_room);
        let dialled = match offered {
            Offered::Passed => return,
            Offered::Full { dialled, .. } => {
                self.say_full(who, from, session);
                if dialled {
                    self.feed(who, Input::Link(LinkEvent::DialFailed { peer: from }));
                }
                return;
            }
            Offered::Answer {
                dialled, gave_way, ..
            } => {
                self.give_way(who, gave_way);
                dialled
            }
        };
        let answer = match step {
            SignalStep::Tunnel { .. } => SignalStep::Tunnelled { nonce: [8; 16] },
            _ => SignalStep::Answer {
                sdp: "v=0 answer".into(),
            },
        };
        self.begin(who, from, session, false, answer);
        if let Some(attempt) = self.attempt(who, from, session) {
            attempt.dialled = dialled;
        }
    }

    fn say_full(&mut self, who: usize, to: PeerId, session: u32) {
        let step = SignalStep::Full;
        self.feed(who, Input::Signal { to, session, step });
    }

    fn give_way(&mut self, who: usize, gave_way: Option<GaveWay<Opening>>) {
        if let Some(gave_way) = gave_way {
            self.say_full(who, gave_way.peer, gave_way.session);
        }
    }

    fn check(&mut self, offers: usize, answers: usize, session: u32) {
        let from = self.id(offers);
        let passes = !self.walls.contains(&pair(offers, answers));
        if let Party::Tab(tab) = &mut self.parties[answers]
            && passes
        {
            let gave_way = tab.attempts.proven(from, session);
            self.give_way(answers, gave_way);
        }
    }

    fn begin(&mut self, who: usize, peer: PeerId, session: u32, offers: bool, step: SignalStep) {
        let (life, now) = (self.life(who), Millis(self.now));
        let opening = Opening {
            answered: !offers,
            kind: kind_of(&step),
        };
        let attempt = Attempt::new(opening, session, offers, now);
        self.at_mut(who).attempts.begin(peer, attempt);
        let described = Step::Described {
            who,
            life,
            to: peer,
            session,
            step,
        };
        let delay = 20 + self.below(80);
        self.schedule(self.now + delay, Event::Dials(described));
        let waits = [(true, UNANSWERED_MS), (false, UNANSWERED_MS + UNOPENED_MS)];
        for (unanswered, ms) in waits {
            let give_up = Step::GiveUp {
                who,
                life,
                peer,
                session,
                unanswered,
            };
            self.schedule(self.now + u64::from(ms), Event::Dials(give_up));
        }
    }

    fn try_to_open(&mut self, offers: usize, answers: usize, session: u32) {
        let ids = [self.id(offers), self.id(answers)];
        let Some(kind) = self
            .attempt(offers, ids[1], session)
            .map(|attempt| attempt.connection.kind)
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
                let attempt = tab.attempts.take(peer);
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
        let attempt = self.at_mut(who).attempts.take(peer);
        self.end(who, peer, attempt);
    }

    fn end(&mut self, who: usize, peer: PeerId, attempt: Option<Attempt<Opening>>) {
        if attempt.is_some_and(|attempt| attempt.dialled) {
            self.feed(who, Input::Link(LinkEvent::DialFailed { peer }));
        }
    }

    fn attempt(&mut self, who: usize, peer: PeerId, session: u32) -> Option<&mut Attempt<Opening>> {
        match &mut self.parties[who] {
            Party::Tab(tab) => tab.attempts.get(peer, session),
            Party::Puppet(_) => None,
        }
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
        SignalStep::Tunnel { .. } | SignalStep::Tunnelled { .. } => LinkKind::Tunnel,
        _ => LinkKind::Webrtc,
    }
}
