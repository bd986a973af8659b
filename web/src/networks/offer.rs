//! What the page's address leads to. A network that this browser does not know is
//! offered: the page shows what it is and what it costs, and the person says
//! whether to join.

use std::rc::Rc;

use tablon_core::command::Refusal;
use tablon_core::params::Params;

use super::{Inner, Joined, Networks, Shown, address, remembered};

impl Networks {
    /// The network that waits for the person to join it, if one is shown.
    pub fn offered(&self) -> Option<Params> {
        let offered = self.0.offered()?;
        Params::from_link(&offered.link).ok()
    }

    /// Join the network that is offered.
    pub fn accept(&self) -> Result<(), Refusal> {
        let Some(params) = self.offered() else {
            return Ok(());
        };
        self.0.join(&params)?;
        Ok(())
    }

    /// Show a network of this tab instead of the one that is offered: the first,
    /// or the default one.
    pub fn decline(&self) {
        if self.0.offered().is_some() {
            self.0.decline();
        }
    }
}

impl Inner {
    pub(super) fn offered(&self) -> Option<Rc<Joined>> {
        match &*self.shown.borrow() {
            Shown::Offered(joined) => Some(joined.clone()),
            Shown::Joined(_) | Shown::Nothing(_) => None,
        }
    }

    /// Whether a link may be followed without asking: to the page's own board, and
    /// to what was joined here or in another tab of this browser.
    pub(super) fn is_known(&self, params: &Params) -> bool {
        let id = params.network_id();
        let default = Params::default_network();
        id == default.network_id()
            || self.find(id).is_some()
            || remembered::networks()
                .iter()
                .any(|known| known.network_id() == id)
    }

    /// What is to be seen at a link; `join` joins a network that may be followed.
    pub(super) fn shown_at(
        self: &Rc<Self>,
        params: &Params,
        join: impl FnOnce(&Rc<Self>, &Params) -> Result<Rc<Joined>, Refusal>,
    ) -> Result<Shown, Refusal> {
        match self.is_known(params) {
            true => join(self, params).map(Shown::Joined),
            false => Ok(Shown::Offered(self.make(params))),
        }
    }

    fn decline(self: &Rc<Self>) {
        let first = self.joined.borrow().first().cloned();
        let next = match first {
            Some(first) => Ok(first),
            None => self.join(&Params::default_network()),
        };
        if let Ok(next) = &next {
            address::replace_by(&next.link);
        }
        self.switch_to(next.map_or_else(Shown::nothing, Shown::Joined));
    }

    pub(super) fn watch_the_address(self: &Rc<Self>) {
        let this = Rc::downgrade(self);
        let on_change = move || {
            if let Some(this) = this.upgrade() {
                this.address_changed();
            }
        };
        *self.listeners.borrow_mut() = address::listeners(on_change);
    }

    fn address_changed(self: &Rc<Self>) {
        let next = match address::named() {
            Some(named) => named
                .and_then(|params| self.shown_at(&params, Self::join))
                .unwrap_or_else(Shown::nothing),
            // Without a name it is the default network that a reload would show;
            // a tab that has not joined it stays where it is.
            None => match self.find(Params::default_network().network_id()) {
                Some(joined) => Shown::Joined(joined),
                None if self.offered().is_some() => return self.decline(),
                None => return,
            },
        };
        self.switch_to(next);
    }
}
