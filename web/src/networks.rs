//! The networks of this tab: one node each, of which one is shown. Which they
//! are is kept for the next start, and the page's address names the shown one.

mod address;
pub(crate) mod birth;
mod erase;
mod joined;
mod link_policy;
mod offer;
mod remembered;
mod unread;
mod watchers;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use serde::Serialize;
use tablon_core::command::Refusal;
use tablon_core::hash::NetworkId;
use tablon_core::params::Params;
use wasm_bindgen_futures::spawn_local;

use crate::client::{self, Client, Event};
use crate::threads::{Erased, WalletState};
use joined::Joined;
use watchers::Watchers;

pub use watchers::Watch;

/// Networks of one tab, at most: each is a node, a store and up to eight links.
pub const MAX_NETWORKS: usize = 8;

/// How long the other nodes wait for the one whose wallet they may take,
/// milliseconds: then they start without.
const WALLET_TIMEOUT_MS: u32 = 10_000;

/// The networks of this tab. Clones are the same.
#[derive(Clone)]
pub struct Networks(Rc<Inner>);

impl PartialEq for Networks {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// A network of this tab, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Genesis' hash.
    pub id: NetworkId,
    /// What follows `#/n/` in its link.
    pub link: String,
    /// Its own name.
    pub name: String,
    /// It is the one that is shown.
    pub current: bool,
    /// Its node.
    pub state: NodeState,
    /// Height of its tip; 0 until its node runs.
    pub height: u32,
    /// Connected neighbours.
    pub peers: u32,
    /// Posts of others since it was last shown, at most 999.
    pub unread: u32,
}

/// What a network's node is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeState {
    /// Starting, also again after an accident.
    Opening,
    /// Running.
    Running,
    /// Its store has reached its budget of disk: the person is asked.
    Asking,
    /// It will not run.
    Stopped,
}

/// What becomes of the files of a network that is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Data {
    /// They stay, and are there again when one comes back.
    Keep,
    /// This slot's chain, keys and wallet are deleted.
    Delete,
}

/// What those who watch are told.
#[derive(Debug, Clone)]
pub enum Change {
    /// The list is another one now.
    Changed {
        /// All of it.
        list: Vec<Entry>,
    },
    /// Another network is shown: ask [`Networks::current`].
    Current,
    /// A network was left and its files were deleted.
    Deleted {
        /// The network's name.
        name: String,
        /// What is gone.
        files: Vec<Erased>,
    },
}

struct Inner {
    /// In the order in which they were joined, at most [`MAX_NETWORKS`].
    joined: RefCell<Vec<Rc<Joined>>>,
    shown: RefCell<Shown>,
    /// The node whose start the others wait for, to take its wallet.
    lead: Cell<Option<NetworkId>>,
    patience: RefCell<Option<Timeout>>,
    watchers: Rc<Watchers>,
    listeners: RefCell<Vec<EventListener>>,
}

/// What the page shows.
#[derive(Clone)]
enum Shown {
    Joined(Rc<Joined>),
    /// What the address names and this browser has not joined. Nothing of it runs
    /// or is kept: a link on any site leads here.
    Offered(Rc<Joined>),
    /// A client that says why there is nothing to be seen at this address.
    Nothing(Client),
}

impl Shown {
    fn nothing(refusal: Refusal) -> Self {
        Self::Nothing(Client::refused(refusal.message))
    }
}

impl Networks {
    /// Show what the page's address names, or the default network; join it if this
    /// browser knows it, and those joined before; install `window.tablon`.
    pub fn start() -> Networks {
        let networks = Networks(Rc::new(Inner {
            joined: RefCell::default(),
            // Until the address is read, below.
            shown: RefCell::new(Shown::Nothing(Client::refused(String::new()))),
            lead: Cell::default(),
            watchers: Rc::default(),
            listeners: RefCell::default(),
            patience: RefCell::default(),
        }));
        let inner = &networks.0;
        for params in remembered::networks() {
            inner.add(&params);
        }
        let known = inner.joined.borrow().clone();
        let shown = address::named()
            .unwrap_or_else(|| Ok(Params::default_network()))
            .and_then(|params| inner.shown_at(&params, Inner::find_or_add))
            .unwrap_or_else(Shown::nothing);
        if let Shown::Joined(joined) = &shown {
            joined.unread.borrow_mut().show();
            remembered::keep(&joined.link);
        }
        inner.shown.replace(shown);
        inner.begin(&known);
        inner.tell_of_changes();
        inner.watch_the_address();
        inner.watch_the_link_policy();
        crate::api::install(&networks);
        networks
    }

    /// The node of the network that is shown.
    pub fn current(&self) -> Client {
        self.0.current()
    }

    /// The networks of this tab, in the order in which they were joined.
    pub fn list(&self) -> Vec<Entry> {
        self.0.list()
    }

    /// The nodes of this tab with their wallets, as far as they have said how
    /// those are: what locks one should lock all.
    pub(crate) fn wallets(&self) -> Vec<(Client, WalletState)> {
        let joined = self.0.joined.borrow();
        joined
            .iter()
            .filter_map(|joined| Some((joined.client.clone(), joined.wallet.get()?)))
            .collect()
    }

    /// Join the network of a link, or of a whole address with `#/n/<link>`; it is
    /// not shown yet. Its node has this tab's identity unless it has one already.
    pub fn join(&self, link: &str) -> Result<NetworkId, Refusal> {
        let params = address::parse(link)?;
        let joined = self.0.join(&params)?;
        self.0.tell_of_changes();
        Ok(joined.id)
    }

    /// Show a network of this tab; the page's address names it from then on.
    pub fn show(&self, id: NetworkId) -> Result<(), Refusal> {
        let joined = self.0.find(id).ok_or_else(|| no_such_network(id))?;
        self.0.switch_to(Shown::Joined(joined.clone()));
        address::go_to(&joined.link);
        Ok(())
    }

    /// Stop a network's node and close its links. When it was shown, the next one
    /// is; after the last one that is the default network. To leave that one
    /// when there is no other is refused, unless its data is deleted: then it
    /// begins afresh.
    pub async fn leave(&self, id: NetworkId, data: Data) -> Result<(), Refusal> {
        self.depart(id, data).await.map(drop)
    }

    /// The same, and say what was deleted.
    pub async fn depart(&self, id: NetworkId, data: Data) -> Result<Vec<Erased>, Refusal> {
        let inner = &self.0;
        let left = inner.find(id).ok_or_else(|| no_such_network(id))?;
        let default = Params::default_network();
        let others = inner.joined.borrow().len() > 1;
        let afresh = !others && id == default.network_id();
        if afresh && data == Data::Keep {
            return Err(refusal(
                "last_network",
                format!("{:?} is the only network of this tab", left.name),
            ));
        }
        inner.joined.borrow_mut().retain(|joined| joined.id != id);
        remembered::forget(&left.link, id);
        if inner.shows(id) && !afresh {
            let next = inner.joined.borrow().first().cloned();
            let next = match next {
                Some(next) => next,
                None => inner.join(&default)?,
            };
            inner.switch_to(Shown::Joined(next.clone()));
            address::replace_by(&next.link);
        }
        let slot = left.client.slot();
        left.client.end("this tab has left the network");
        inner.tell_of_changes();

        let files = match (data, slot) {
            (Data::Delete, Some(slot)) => erase::erase(id, slot).await,
            _ => Ok(Vec::new()),
        };
        if afresh {
            let begun = inner.join(&default)?;
            inner.switch_to(Shown::Joined(begun));
        }
        let files = files?;
        if data == Data::Delete {
            inner.watchers.tell(&Change::Deleted {
                name: left.name.clone(),
                files: files.clone(),
            });
        }
        Ok(files)
    }

    /// Be told of changes until the [`Watch`] is dropped; of the list as it is at
    /// once, before this returns.
    pub fn watch(&self, callback: impl Fn(&Change) + 'static) -> Watch {
        callback(&Change::Changed { list: self.list() });
        self.0.watchers.add(Rc::new(callback))
    }

    /// Be told what happens on the network that is shown, whichever that is.
    pub(crate) fn follow(&self, callback: impl Fn(&Event) + 'static) -> Follow {
        let callback = Rc::new(callback);
        let attend = move |client: &Client| {
            let callback = callback.clone();
            client.watch(move |event| callback(event))
        };
        let inner = Rc::downgrade(&self.0);
        let now = Rc::new(RefCell::new(Some(attend(&self.current()))));
        let attended = now.clone();
        let change = self.0.watchers.add(Rc::new(move |change| {
            if let (Change::Current, Some(inner)) = (change, inner.upgrade()) {
                // The former one ends before the new one tells how things stand.
                attended.take();
                attended.replace(Some(attend(&inner.current())));
            }
        }));
        Follow {
            _now: now,
            _change: change,
        }
    }
}

/// Ends the following when dropped.
pub(crate) struct Follow {
    _now: Rc<RefCell<Option<client::Watch>>>,
    _change: Watch,
}

impl Inner {
    fn find(&self, id: NetworkId) -> Option<Rc<Joined>> {
        let joined = self.joined.borrow();
        joined.iter().find(|joined| joined.id == id).cloned()
    }

    fn find_or_add(self: &Rc<Self>, params: &Params) -> Result<Rc<Joined>, Refusal> {
        if let Some(joined) = self.find(params.network_id()) {
            return Ok(joined);
        }
        if self.joined.borrow().len() >= MAX_NETWORKS {
            return Err(refusal(
                "too_many_networks",
                format!("a tab is part of at most {MAX_NETWORKS} networks: leave one first"),
            ));
        }
        Ok(self.add(params))
    }

    fn add(self: &Rc<Self>, params: &Params) -> Rc<Joined> {
        // Who waits at the card for an answer waits for the same node.
        let offered = self
            .offered()
            .filter(|offered| offered.id == params.network_id());
        let joined = offered.unwrap_or_else(|| self.make(params));
        self.joined.borrow_mut().push(joined.clone());
        joined
    }

    /// A network whose node does not run yet.
    fn make(self: &Rc<Self>, params: &Params) -> Rc<Joined> {
        let id = params.network_id();
        let client = Client::idle(params);
        let this = Rc::downgrade(self);
        let watch = client.watch(move |event| {
            if let Some(this) = this.upgrade() {
                this.heard(id, event);
            }
        });
        Rc::new(Joined::new(params, client, watch))
    }

    /// Join while others run.
    fn join(self: &Rc<Self>, params: &Params) -> Result<Rc<Joined>, Refusal> {
        if let Some(joined) = self.find(params.network_id()) {
            return Ok(joined);
        }
        let from = self.whose_wallet();
        let joined = self.find_or_add(params)?;
        remembered::keep(&joined.link);
        // Else it begins with the others that wait.
        if self.lead.get().is_none() {
            joined.client.begin(from);
        }
        if self
            .offered()
            .is_some_and(|offered| offered.id == joined.id)
        {
            self.switch_to(Shown::Joined(joined.clone()));
        }
        Ok(joined)
    }

    /// The network whose wallet a new one takes: what is shown, or any other
    /// that runs.
    fn whose_wallet(&self) -> Option<(NetworkId, u32)> {
        let joined = self.joined.borrow();
        let running = |joined: &&Rc<Joined>| joined.state.get() == NodeState::Running;
        let source = joined
            .iter()
            .filter(running)
            .max_by_key(|joined| self.shows(joined.id))?;
        Some((source.id, source.client.slot()?))
    }

    /// Start the nodes. One that this browser knows already leads: a new slot of
    /// another network takes the identity that it has.
    fn begin(self: &Rc<Self>, known: &[Rc<Joined>]) {
        let shown = match &*self.shown.borrow() {
            Shown::Joined(joined) => Some(joined.clone()),
            Shown::Offered(_) | Shown::Nothing(_) => None,
        };
        let lead = shown
            .filter(|shown| known.is_empty() || known.iter().any(|known| known.id == shown.id))
            .or_else(|| known.first().cloned());
        let Some(lead) = lead else { return };
        self.lead.set(Some(lead.id));
        let this = Rc::downgrade(self);
        *self.patience.borrow_mut() = Some(Timeout::new(WALLET_TIMEOUT_MS, move || {
            if let Some(this) = this.upgrade() {
                this.begin_the_others(None);
            }
        }));
        lead.client.begin(None);
    }

    fn begin_the_others(&self, wallet_from: Option<(NetworkId, u32)>) {
        let Some(lead) = self.lead.take() else { return };
        self.patience.take();
        let mut others = self.joined.borrow().clone();
        others.sort_by_key(|joined| !self.shows(joined.id));
        for joined in others.iter().filter(|joined| joined.id != lead) {
            joined.client.begin(wallet_from);
        }
    }

    fn current(&self) -> Client {
        match &*self.shown.borrow() {
            Shown::Joined(joined) | Shown::Offered(joined) => joined.client.clone(),
            Shown::Nothing(client) => client.clone(),
        }
    }

    fn shows(&self, id: NetworkId) -> bool {
        matches!(&*self.shown.borrow(), Shown::Joined(joined) if joined.id == id)
    }

    fn switch_to(self: &Rc<Self>, next: Shown) {
        let same = match (&*self.shown.borrow(), &next) {
            (Shown::Joined(former), Shown::Joined(next)) => Rc::ptr_eq(former, next),
            (Shown::Offered(former), Shown::Offered(next)) => former.id == next.id,
            (Shown::Joined(_) | Shown::Offered(_) | Shown::Nothing(_), _) => false,
        };
        if same {
            return;
        }
        if let Shown::Joined(joined) = &next {
            joined.unread.borrow_mut().show();
            joined.saw();
        }
        let former = self.shown.replace(next);
        if let Shown::Joined(former) = former {
            former.hide();
        }
        self.watchers.tell(&Change::Current);
        self.tell_of_changes();
    }

    fn list(&self) -> Vec<Entry> {
        let joined = self.joined.borrow();
        joined
            .iter()
            .map(|joined| joined.entry(self.shows(joined.id)))
            .collect()
    }

    fn tell_of_changes(&self) {
        self.watchers.tell_of(self.list());
    }

    fn heard(self: &Rc<Self>, id: NetworkId, event: &Event) {
        let wallet_from = match event {
            Event::Started { slot, .. } => Some(Some((id, *slot))),
            Event::Fatal { retry: false, .. } => Some(None),
            _ => None,
        };
        if let Some(wallet_from) = wallet_from.filter(|_| self.lead.get() == Some(id)) {
            self.begin_the_others(wallet_from);
        }
        // Not there any more when it is being left.
        let Some(joined) = self.find(id) else { return };
        joined.heard(event);
        if let Event::Wallet(state) = event {
            self.compare_wallets(&joined, state);
        }
        if joined.unread.borrow_mut().wants_a_count() {
            self.count(joined);
        }
        self.tell_of_changes();
    }

    /// One account in several networks has one password: nodes with the same
    /// account are told to look at each other's wallets; the newer one counts.
    fn compare_wallets(&self, changed: &Joined, state: &WalletState) {
        let joined = self.joined.borrow().clone();
        for other in joined.iter().filter(|other| other.id != changed.id) {
            let theirs = other.wallet.get();
            if theirs.is_some_and(|theirs| theirs.address == state.address) {
                other.look_at(changed);
                changed.look_at(other);
            }
        }
    }

    /// Ask for the posts above the last height seen, newest first.
    fn count(self: &Rc<Self>, joined: Rc<Joined>) {
        let this = Rc::downgrade(self);
        spawn_local(async move {
            unread::count(&joined.client, &joined.unread).await;
            if let Some(this) = this.upgrade() {
                this.tell_of_changes();
            }
        });
    }
}

fn no_such_network(id: NetworkId) -> Refusal {
    refusal(
        "no_such_network",
        format!("this tab is not part of network {id}"),
    )
}

fn refusal(code: &str, message: String) -> Refusal {
    Refusal {
        code: code.into(),
        message,
    }
}
