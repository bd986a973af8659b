//! One network of the tab: its node as the list shows it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use tablon_core::command::{Command, Reply};
use tablon_core::hash::NetworkId;
use tablon_core::params::Params;
use tablon_core::view::{Delta, Status};
use wasm_bindgen_futures::spawn_local;

use super::unread::Unread;
use super::{Entry, NodeState, remembered};
use crate::client::{Client, Event, Watch};
use crate::threads::WalletState;

/// A network of the tab.
pub(super) struct Joined {
    pub(super) id: NetworkId,
    pub(super) link: String,
    pub(super) name: String,
    pub(super) client: Client,
    pub(super) state: Cell<NodeState>,
    height: Cell<u32>,
    peers: Cell<u32>,
    /// As its node last said.
    pub(super) wallet: Cell<Option<WalletState>>,
    pub(super) unread: RefCell<Unread>,
    _watch: Watch,
}

impl Joined {
    /// A network whose node has said nothing yet.
    pub(super) fn new(params: &Params, client: Client, watch: Watch) -> Self {
        let id = params.network_id();
        Self {
            id,
            link: params.to_link(),
            name: params.name.clone(),
            client,
            state: Cell::new(NodeState::Opening),
            height: Cell::default(),
            peers: Cell::default(),
            wallet: Cell::default(),
            unread: RefCell::new(Unread::above(remembered::seen(id))),
            _watch: watch,
        }
    }

    /// How it is, for the list.
    pub(super) fn entry(&self, current: bool) -> Entry {
        Entry {
            id: self.id,
            link: self.link.clone(),
            name: self.name.clone(),
            current,
            state: self.state.get(),
            height: self.height.get(),
            peers: self.peers.get(),
            unread: self.unread.borrow().count(),
        }
    }

    /// Its node said so.
    pub(super) fn heard(&self, event: &Event) {
        match event {
            Event::Started { status, .. } => {
                self.state.set(NodeState::Running);
                self.status(status);
            }
            Event::OverBudget(Some(_)) => self.state.set(NodeState::Asking),
            Event::OverBudget(None) => self.state.set(NodeState::Opening),
            // Its node has ended over the question.
            Event::Fatal { .. } if self.state.get() == NodeState::Asking => {}
            Event::Fatal { retry: true, .. } => self.state.set(NodeState::Opening),
            Event::Fatal { .. } => self.state.set(NodeState::Stopped),
            Event::Show(delta) => self.show(delta),
            Event::Wallet(state) => self.wallet.set(Some(*state)),
            Event::Relay(_) | Event::Notice(_) | Event::Unsupported(_) => {}
        }
    }

    fn status(&self, status: &Status) {
        if self.state.get() == NodeState::Opening {
            self.state.set(NodeState::Running);
        }
        self.height.set(status.height.0);
        self.peers.set(status.peers);
        self.unread.borrow_mut().status(status);
        self.saw();
    }

    fn show(&self, delta: &Delta) {
        match delta {
            Delta::Status(status) => self.status(status),
            Delta::Tip {
                fork,
                connected,
                height,
                ..
            } => {
                self.height.set(height.0);
                self.unread.borrow_mut().connected(*fork, connected);
                self.saw();
            }
            Delta::Post { post, loosened } => self.unread.borrow_mut().posted(post, *loosened),
            Delta::Dropped { id, .. } => self.unread.borrow_mut().dropped(id),
            Delta::Branch { .. }
            | Delta::Unverified { .. }
            | Delta::Passed { .. }
            | Delta::Peer(_)
            | Delta::PeerGone { .. } => {}
        }
    }

    /// While it is shown, what is there has been seen.
    pub(super) fn saw(&self) {
        if self.state.get() == NodeState::Running && self.unread.borrow_mut().saw(self.height.get())
        {
            remembered::keep_seen(self.id, self.height.get());
        }
    }

    /// Another network's node has the same account.
    pub(super) fn look_at(&self, other: &Joined) {
        let durable = other.wallet.get().is_some_and(|wallet| wallet.durable);
        if let Some(slot) = other.client.slot().filter(|_| durable) {
            self.client.wallet_changed_in(other.id, slot);
        }
    }

    /// Another network is shown. What waits for a block was seen, and is no news
    /// when it has one.
    pub(super) fn hide(self: Rc<Self>) {
        self.unread.borrow_mut().hide();
        spawn_local(async move {
            if let Ok(Reply::Pending(waiting)) = self.client.call(Command::Pending).await {
                self.unread.borrow_mut().read(waiting);
            }
        });
    }
}
