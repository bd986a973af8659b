//! The life of a network's node: started, heard, felt, and started again when it dies.

use std::rc::Rc;

use gloo::timers::callback::Timeout;
use tablon_core::command::Refusal;
use tablon_core::hash::PeerId;
use tablon_core::relay::SignalStep;
use tablon_core::view::Status;

use super::pulse::{Beat, Pulse};
use super::restart::{Death, Next};
use super::{Event, Inner, Wishes, refusal, surroundings};
use crate::child::{Child, Said};
use crate::links::Links;
use crate::miners::MinerEvent;
use crate::threads::{FromNode, Notice, ToNode};
use crate::worker::siblings::Farewell;

/// The living worker; dropping it ends it.
pub(super) struct NodeWorker {
    pub(super) child: Child,
    pub(super) phase: Phase,
    /// Felt while it runs. Opening may take long: a large store is repaired in
    /// one go, and a store whose node dies is put aside in the end.
    pulse: Option<Pulse>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Loading,
    Opening,
    Running,
}

impl Inner {
    pub(super) fn spawn(self: &Rc<Self>) {
        // Left while it waited to be started.
        if self.restart.borrow().given_up().is_some() {
            return;
        }
        let this = Rc::downgrade(self);
        let started = Child::start_own("tablon node", move |said| {
            let Some(this) = this.upgrade() else { return };
            match said {
                Said::Message(message) => this.heard(message),
                Said::Death(reason) => this.ended(Death {
                    reason,
                    ..Death::default()
                }),
            }
        });
        match started {
            Ok(child) => {
                *self.node.borrow_mut() = Some(NodeWorker {
                    child,
                    phase: Phase::Loading,
                    pulse: None,
                });
            }
            Err(reason) => self.stop(format!("the node's worker does not start: {reason}")),
        }
    }

    fn enter(&self, phase: Phase) {
        if let Some(node) = self.node.borrow_mut().as_mut() {
            node.phase = phase;
        }
    }

    fn heard(self: &Rc<Self>, message: FromNode) {
        if let Some(node) = self.node.borrow().as_ref()
            && let Some(pulse) = &node.pulse
        {
            pulse.felt();
        }
        match message {
            FromNode::Ready => {
                let Some(network) = &self.network else { return };
                self.enter(Phase::Opening);
                let links = surroundings::link_policy();
                self.told_links.set(links);
                self.send(&ToNode::Start {
                    network: Some(network.link.clone()),
                    relay: surroundings::relay_address(),
                    slot: surroundings::former_slot(network.id),
                    distrust: self.restart.borrow().distrust(),
                    wallet_from: self.wallet_from.get(),
                    links,
                    budget_bytes: surroundings::budget(network.id),
                });
            }
            FromNode::Started { slot, status } => self.started(slot, status),
            FromNode::Reply { id, result } => {
                self.calls.replied(id, result);
            }
            FromNode::Wallet { id, result } => self.calls.wallet_replied(id, result),
            FromNode::WalletState(state) => self.emit(Event::Wallet(state)),
            // Only an eraser says so.
            FromNode::Erased { .. } => {}
            FromNode::Pong => {}
            FromNode::Show(delta) => {
                self.sealing_sees(&delta);
                self.emit(Event::Show(delta));
            }
            FromNode::OverBudget(over) => self.over_budget(over),
            FromNode::Relay(state) => self.emit(Event::Relay(state)),
            FromNode::Notice(notice) => self.emit(Event::Notice(notice)),
            FromNode::Fatal {
                reason,
                retry: true,
                damaged,
            } => self.ended(Death {
                reason,
                damaged,
                ..Death::default()
            }),
            FromNode::Fatal { reason, .. } => self.stop(reason),
            FromNode::Ice { servers } => self.on_links(|links| links.set_ice(servers)),
            FromNode::Dial { peer } => self.on_links(|links| links.dial(peer)),
            FromNode::Signal {
                from,
                session,
                step,
            } => self.signalled(from, session, step),
            FromNode::Unreachable { peer } => self.on_links(|links| links.unreachable(peer)),
            FromNode::Paste { to, session, text } => {
                self.invitations.end((to, session), Ok(Some(text)));
            }
            FromNode::Frame { peer, bytes } => self.on_links(|links| links.send(peer, &bytes)),
            FromNode::Disconnect { peer, reason } => {
                self.on_links(|links| links.disconnect(peer, &reason));
            }
            FromNode::Mine { job } => self.mining.mine(job),
            FromNode::Stamp { job, work } => self.mining.stamp(job, work),
        }
    }

    pub(super) fn on_links(&self, act: impl FnOnce(&Links)) {
        // Cloned, so that what the links report may come back here.
        let links = self.links.borrow().clone();
        if let Some(links) = links {
            act(&links);
        }
    }

    fn signalled(&self, from: PeerId, session: u32, step: SignalStep) {
        let accepts = matches!(step, SignalStep::Acceptance { .. });
        self.on_links(|links| match links.signal(from, session, step) {
            Ok(()) if accepts => self.invitations.end((from, session), Ok(None)),
            Ok(()) => {}
            Err(unlinked) => self.invitations.end((from, session), Err(unlinked.into())),
        });
    }

    fn miners_said(&self, event: MinerEvent) {
        match event {
            MinerEvent::Report(report) => self.send(&ToNode::Miner(report)),
            // The page asks for it.
            MinerEvent::Chosen { .. } => {}
            MinerEvent::NoGpu { reason } => self.emit(Event::Notice(Notice::NoGpu { reason })),
            MinerEvent::Notice(notice) => self.emit(Event::Notice(notice)),
        }
    }

    fn started(self: &Rc<Self>, slot: u32, status: Box<Status>) {
        self.slot.set(Some(slot));
        if let Some(network) = &self.network {
            surroundings::keep_slot(network.id, slot);
        }
        self.enter(Phase::Running);
        self.start_watchdog();
        *self.farewell.borrow_mut() = Some(Farewell::new(status.network, status.node));
        let this = Rc::downgrade(self);
        let links = Links::new(status.node, move |message| {
            if let Some(this) = this.upgrade() {
                this.send(&message);
            }
        });
        // It may have been chosen anew while the store was opened.
        let policy = surroundings::link_policy();
        self.tell_links(policy);
        links.restrict(policy);
        *self.links.borrow_mut() = Some(links);
        let this = Rc::downgrade(self);
        self.mining.begin(move |event| {
            if let Some(this) = this.upgrade() {
                this.miners_said(event);
            }
        });
        let died_of = self.restart.borrow_mut().started();
        self.emit(Event::Started { slot, status });
        self.mining.prepare_later();
        if let Some(reason) = died_of {
            self.emit(Event::Notice(Notice::NodeRestarted { reason }));
            let Wishes { mine, mine_empty } = self.wishes.borrow().clone();
            for command in [mine_empty, mine].into_iter().flatten() {
                // Nobody waits for the answer; the status shows what came of it.
                let _ = self.ask(command);
            }
        }
        self.send_calls();
    }

    fn start_watchdog(self: &Rc<Self>) {
        let this = Rc::downgrade(self);
        let pulse = Pulse::start(move |beat| {
            let Some(this) = this.upgrade() else { return };
            match beat {
                Beat::Ask => this.send(&ToNode::Ping),
                Beat::Dead(reason) => this.ended(Death {
                    reason,
                    ..Death::default()
                }),
            }
        });
        if let Some(node) = self.node.borrow_mut().as_mut() {
            node.pulse = Some(pulse);
        }
    }

    /// The worker is dead: end what is left of it, refuse what it was asked,
    /// and start another after a while.
    fn ended(self: &Rc<Self>, mut death: Death) {
        let Some(node) = self.node.take() else {
            return;
        };
        death.while_opening = node.phase == Phase::Opening;
        drop(node);
        self.part();
        self.mining.end();
        if let Some(over) = self.over_budget.get() {
            return self.rest(over);
        }
        let next = self.restart.borrow_mut().died(&death);
        let reason = death.reason;
        match next {
            Next::Again { wait } => {
                self.calls.refuse_sent(&cut_off("node_restarted", &reason));
                self.emit(Event::Fatal {
                    reason,
                    retry: true,
                });
                let this = Rc::downgrade(self);
                Timeout::new(wait, move || {
                    if let Some(this) = this.upgrade() {
                        this.spawn();
                    }
                })
                .forget();
            }
            Next::GiveUp => self.stop(reason),
        }
    }

    /// The node does not run, and starting it again would be in vain.
    pub(super) fn stop(&self, reason: String) {
        self.node.take();
        self.part();
        self.mining.end();
        self.restart.borrow_mut().give_up(reason.clone());
        self.calls.refuse_all(&cut_off("node_stopped", &reason));
        self.emit(Event::Fatal {
            reason,
            retry: false,
        });
    }

    /// Close the links, and let the tabs beside this one know.
    fn part(&self) {
        self.links.take();
        self.farewell.take();
        self.invitations.end_all();
    }

    /// Leaving closes the links, so that the peers need not wait for a timeout.
    pub(super) fn watch_the_window(self: &Rc<Self>) {
        let this = Rc::downgrade(self);
        let on_leave = move || {
            if let Some(this) = this.upgrade() {
                this.part();
            }
        };
        *self.listeners.borrow_mut() = Some(surroundings::on_leave(on_leave));
    }
}

fn cut_off(code: &str, reason: &str) -> Refusal {
    let message = format!("the node stopped before it answered: {reason}");
    refusal(code, message)
}
