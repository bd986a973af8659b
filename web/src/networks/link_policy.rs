//! Which links to others the tabs of this browser make: on all networks alike, and
//! remembered.

use std::rc::Rc;

use super::{Inner, Networks};
use crate::client::{keep_link_policy, link_policy, on_link_policy};
use crate::threads::LinkPolicy;

impl Networks {
    /// The links that are made now.
    pub fn link_policy(&self) -> LinkPolicy {
        link_policy()
    }

    /// Make these links alone from now on, and close the others.
    pub fn restrict_links(&self, policy: LinkPolicy) {
        keep_link_policy(policy);
        self.0.restrict_links();
    }
}

impl Inner {
    pub(super) fn watch_the_link_policy(self: &Rc<Self>) {
        let this = Rc::downgrade(self);
        let listener = on_link_policy(move || {
            if let Some(this) = this.upgrade() {
                this.restrict_links();
            }
        });
        self.listeners.borrow_mut().push(listener);
    }

    fn restrict_links(&self) {
        let joined = self.joined.borrow().clone();
        for joined in joined {
            joined.client.restrict_links(link_policy());
        }
    }
}
