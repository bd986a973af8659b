//! Who is told of changes.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use super::{Change, Entry};

type Callback = Rc<dyn Fn(&Change)>;

/// The page's components, and what scripts began to watch.
#[derive(Default)]
pub(super) struct Watchers {
    callbacks: RefCell<Vec<(u64, Callback)>>,
    last: Cell<u64>,
    /// The list as last told, so that nobody is told the same twice.
    told: RefCell<Vec<Entry>>,
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
            let mut callbacks = watchers.callbacks.borrow_mut();
            callbacks.retain(|(id, _)| *id != self.id);
        }
    }
}

impl Watchers {
    pub(super) fn add(self: &Rc<Self>, callback: Callback) -> Watch {
        let id = self.last.get() + 1;
        self.last.set(id);
        self.callbacks.borrow_mut().push((id, callback));
        Watch {
            id,
            watchers: Rc::downgrade(self),
        }
    }

    pub(super) fn tell(&self, change: &Change) {
        // Copied, since a callback may begin or end a watch.
        let callbacks = self.callbacks.borrow().clone();
        for (_, callback) in callbacks {
            callback(change);
        }
    }

    /// Tell of the list, if it is another one now.
    pub(super) fn tell_of(&self, list: Vec<Entry>) {
        let former = self.told.replace(list.clone());
        if former != list {
            self.tell(&Change::Changed { list });
        }
    }
}
