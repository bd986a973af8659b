//! Who is told what happens, and what a late watcher is told first.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use tablon_core::view::Delta;

use super::Event;

/// Notices kept for late watchers; older ones are no news.
const KEPT_NOTICES: usize = 8;

type Callback = Rc<dyn Fn(&Event)>;

/// All watchers and how things stand.
#[derive(Default)]
pub(super) struct Watchers {
    callbacks: RefCell<Vec<(u64, Callback)>>,
    last: Cell<u64>,
    standing: RefCell<Standing>,
}

#[derive(Default)]
struct Standing {
    unsupported: Option<Event>,
    started: Option<Event>,
    wallet: Option<Event>,
    relay: Option<Event>,
    notices: VecDeque<Event>,
    fatal: Option<Event>,
    over_budget: Option<Event>,
}

/// Ends the watching when dropped.
#[must_use = "dropping it ends the watching"]
pub struct Watch {
    id: u64,
    watchers: Weak<Watchers>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(watchers) = self.watchers.upgrade() {
            watchers
                .callbacks
                .borrow_mut()
                .retain(|(id, _)| *id != self.id);
        }
    }
}

impl Watchers {
    pub(super) fn add(self: &Rc<Self>, callback: Callback) -> Watch {
        let id = self.last.get() + 1;
        self.last.set(id);
        let events = self.standing.borrow().events();
        for event in &events {
            callback(event);
        }
        self.callbacks.borrow_mut().push((id, callback));
        Watch {
            id,
            watchers: Rc::downgrade(self),
        }
    }

    pub(super) fn tell(&self, event: &Event) {
        self.standing.borrow_mut().note(event);
        // Copied, since a callback may begin or end a watch.
        let callbacks: Vec<Callback> = self
            .callbacks
            .borrow()
            .iter()
            .map(|(_, callback)| callback.clone())
            .collect();
        for callback in callbacks {
            callback(event);
        }
    }
}

impl Standing {
    fn note(&mut self, event: &Event) {
        match event {
            Event::Unsupported(_) => self.unsupported = Some(event.clone()),
            Event::Started { .. } => {
                self.started = Some(event.clone());
                self.fatal = None;
            }
            Event::Show(Delta::Status(new)) => {
                if let Some(Event::Started { status, .. }) = &mut self.started {
                    status.clone_from(new);
                }
            }
            Event::Show(_) => {}
            Event::Wallet(_) => self.wallet = Some(event.clone()),
            Event::OverBudget(over) => {
                self.over_budget = over.map(|_| event.clone());
            }
            Event::Relay(_) => self.relay = Some(event.clone()),
            Event::Notice(_) => {
                if self.notices.len() == KEPT_NOTICES {
                    self.notices.pop_front();
                }
                self.notices.push_back(event.clone());
            }
            Event::Fatal { .. } => {
                self.started = None;
                self.wallet = None;
                self.relay = None;
                self.fatal = Some(event.clone());
            }
        }
    }

    fn events(&self) -> Vec<Event> {
        [&self.unsupported, &self.started, &self.wallet, &self.relay]
            .into_iter()
            .flatten()
            .chain(&self.notices)
            .chain(&self.over_budget)
            .chain(&self.fatal)
            .cloned()
            .collect()
    }
}
