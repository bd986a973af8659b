//! The page's side of one network's node: starts it, asks it, watches it, and
//! starts it again when it dies. The page and `window.tablon` both go through
//! here; which networks there are is [`crate::networks`]' to know.

mod budget;
mod calls;
mod invitations;
mod life;
mod mining;
mod power;
mod pulse;
mod restart;
mod sealing;
mod surroundings;
mod watchers;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo::events::EventListener;
use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::hash::NetworkId;
use tablon_core::params::Params;
use tablon_core::relay::{ANYONE, SignedSignal};
use tablon_core::view::{Delta, Status};

use crate::links::Links;
use crate::threads::{
    LinkPolicy, Notice, OverBudget, RelayState, ToNode, WalletCommand, WalletReply, WalletState,
};
use crate::worker::siblings::Farewell;
use calls::{Answer, Calls};
use invitations::PendingInvitations;
use life::{NodeWorker, Phase};
use mining::Mining;
use restart::Restart;
use sealing::Sealing;
use watchers::Watchers;

pub use power::Pause;
pub(crate) use surroundings::{
    BUDGET_BYTES, forget_budget, keep_link_policy, link_policy, offers_gpu, on_link_policy,
};
pub use watchers::Watch;

/// What a watcher is told.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "most events are the large one, and few are held at a time"
)]
pub enum Event {
    /// The node runs.
    Started {
        /// Which of this browser's nodes it is.
        slot: u32,
        /// How it is; kept up to date for late watchers.
        status: Box<Status>,
    },
    /// The wallet as it is now; the last one is kept for late watchers.
    Wallet(WalletState),
    /// Something changed.
    Show(Delta),
    /// The relay came or went.
    Relay(RelayState),
    /// Something that the person should know.
    Notice(Notice),
    /// The node does not run.
    Fatal {
        /// Why, for people.
        reason: String,
        /// Whether it is being started again.
        retry: bool,
    },
    /// The store would grow beyond its budget of disk; none: the person has agreed.
    OverBudget(Option<OverBudget>),
    /// What this browser lacks. Without `Web Workers` nothing runs; without
    /// `WebRTC` the node runs alone.
    Unsupported(Vec<String>),
}

/// A network's node, as the page has it. Clones are the same node.
#[derive(Clone)]
pub struct Client(Rc<Inner>);

impl PartialEq for Client {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

struct Inner {
    /// None when the page's address names no network: then nothing ever runs.
    network: Option<Network>,
    /// Which of this browser's nodes it is, once it has started.
    slot: Cell<Option<u32>>,
    /// Another network of this tab, whose wallet a new slot takes.
    wallet_from: Cell<Option<(NetworkId, u32)>>,
    watchers: Rc<Watchers>,
    node: RefCell<Option<NodeWorker>>,
    links: RefCell<Option<Links>>,
    mining: Rc<Mining>,
    sealing: Sealing,
    /// The tabs beside this one hear of the node's end when it is dropped.
    farewell: RefCell<Option<Farewell>>,
    calls: Calls,
    invitations: PendingInvitations,
    wishes: RefCell<Wishes>,
    restart: RefCell<Restart>,
    /// What the worker was told last.
    told_links: Cell<LinkPolicy>,
    /// The person is asked, and has not answered yet.
    over_budget: Cell<Option<OverBudget>>,
    listeners: RefCell<Option<EventListener>>,
}

struct Network {
    id: NetworkId,
    link: String,
}

/// What the node forgets with its life and is told again after a restart.
#[derive(Default, Clone)]
struct Wishes {
    mine: Option<Command>,
    mine_empty: Option<Command>,
}

impl Wishes {
    fn note(&mut self, command: Command) {
        match command {
            Command::Mine { .. } => self.mine = Some(command),
            Command::MineEmpty { .. } => self.mine_empty = Some(command),
            _ => {}
        }
    }
}

impl Client {
    /// Start this network's node worker and its links.
    pub fn start(network: &Params) -> Client {
        let client = Client::idle(network);
        client.begin(None);
        client
    }

    /// A client whose node is not started before [`Client::begin`]; calls wait.
    pub(crate) fn idle(network: &Params) -> Client {
        Client::new(Some(Network {
            id: network.network_id(),
            link: network.to_link(),
        }))
    }

    /// A client whose node will never run, for an address that names no network.
    pub(crate) fn refused(reason: String) -> Client {
        let client = Client::new(None);
        client.0.stop(reason);
        client
    }

    fn new(network: Option<Network>) -> Client {
        Client(Rc::new(Inner {
            network,
            slot: Cell::default(),
            wallet_from: Cell::default(),
            watchers: Rc::default(),
            node: RefCell::default(),
            links: RefCell::default(),
            mining: Rc::default(),
            sealing: Sealing::default(),
            farewell: RefCell::default(),
            calls: Calls::default(),
            invitations: PendingInvitations::default(),
            wishes: RefCell::default(),
            restart: RefCell::new(Restart::new()),
            told_links: Cell::default(),
            over_budget: Cell::default(),
            listeners: RefCell::default(),
        }))
    }

    /// Start the node; a slot without a wallet takes the one of `wallet_from`.
    pub(crate) fn begin(&self, wallet_from: Option<(NetworkId, u32)>) {
        if self.0.restart.borrow().given_up().is_some() {
            return;
        }
        self.0.wallet_from.set(wallet_from);
        let lacking = surroundings::lacking();
        let no_workers = lacking.iter().any(|name| name == surroundings::WORKERS);
        if !lacking.is_empty() {
            self.0.emit(Event::Unsupported(lacking));
        }
        if no_workers {
            self.0
                .stop("this browser has no web workers, in which the node would run".into());
        } else {
            self.0.watch_the_window();
            self.0.mining.watch_the_power();
            self.0.spawn();
        }
    }

    /// Stop the node for good and close its links.
    pub(crate) fn end(&self, reason: &str) {
        self.0.listeners.take();
        self.0.stop(reason.to_owned());
    }

    /// The slot that the node has, or had before a reload.
    pub(crate) fn slot(&self) -> Option<u32> {
        self.0.slot.get().or_else(|| {
            let network = self.0.network.as_ref()?;
            surroundings::former_slot(network.id)
        })
    }

    /// Tell the node that the same account's wallet changed in another network.
    pub(crate) fn wallet_changed_in(&self, network: NetworkId, slot: u32) {
        self.0.when_running(&ToNode::WalletFrom { network, slot });
    }

    /// Make these links alone from now on, and close the others.
    pub(crate) fn restrict_links(&self, policy: LinkPolicy) {
        // The node first: what it hears of closed links, it must not open again.
        self.0.tell_links(policy);
        self.0.on_links(|links| links.restrict(policy));
    }

    /// Ask the node. Waits while the node starts.
    pub async fn call(&self, command: Command) -> Result<Reply, Refusal> {
        answered(self.0.ask(command)?).await
    }

    /// Ask the node about its wallet. Waits while the node starts; a wallet with
    /// a password is locked again after a restart of the node.
    pub async fn wallet(&self, command: WalletCommand) -> Result<WalletReply, Refusal> {
        self.0.check_hope()?;
        let answer = self.0.calls.wallet(command)?;
        self.0.send_calls();
        answered(answer).await
    }

    /// A text with which another person's node can link to this one, without any
    /// relay: it is pasted there, and what comes of that is pasted here. The one
    /// made before is void then.
    pub async fn invite(&self) -> Result<String, Refusal> {
        // Links are there once the node runs.
        self.call(Command::Status).await?;
        let links = self.0.links.borrow().clone();
        let links = links.ok_or_else(went_away)?;
        let session = links.invite()?;
        let text = answered(self.0.invitations.begin((ANYONE, session))?).await?;
        text.ok_or_else(went_away)
    }

    /// Take what another node's person sent: an invitation, for which the answer to
    /// carry back is given, or such an answer, with which all is done.
    pub async fn paste(&self, text: String) -> Result<Option<String>, Refusal> {
        let carried = SignedSignal::from_text(&text).ok();
        let invitation = carried.map(|carried| {
            let signal = carried.signal;
            (signal.from.peer_id(), signal.session)
        });
        let Some(invitation) = invitation else {
            // The node says what is wrong with it.
            return self.call(Command::Paste { text }).await.map(|_| None);
        };
        let outcome = self.0.invitations.begin(invitation)?;
        if let Err(refusal) = self.call(Command::Paste { text }).await {
            self.0.invitations.end(invitation, Err(refusal));
        }
        answered(outcome).await
    }

    /// Have the miners work so much of the time, percent; kept over restarts of
    /// the node, not over reloads.
    pub fn set_duty(&self, percent: u32) {
        self.0.mining.set_duty(percent);
    }

    /// Percent of the time that miners work.
    pub fn duty(&self) -> u32 {
        self.0.mining.duty()
    }

    /// Have the GPU mine as well while miners do; kept as the duty is.
    pub fn set_gpu(&self, wanted: bool) {
        self.0.mining.set_gpu(wanted);
    }

    /// Whether the GPU is to mine as well: not once it failed.
    pub fn gpu(&self) -> bool {
        self.0.mining.gpu()
    }

    /// The kernel that the miners found the fastest here, once they did.
    pub fn kernel(&self) -> Option<String> {
        self.0.mining.kernel()
    }

    /// Why miners rest although somebody wants to mine.
    pub fn pause(&self) -> Option<Pause> {
        self.0.mining.pause()
    }

    /// Load what finds stamps now: somebody begins to write.
    pub fn prepare_stamps(&self) {
        self.0.mining.prepare();
    }

    /// Be told of everything that happens, until the [`Watch`] is dropped. A
    /// late watcher is told at once, before this returns, how things stand: the
    /// latest `Unsupported`, `Started`, `Wallet`, `Relay`, the last few
    /// `Notice`s, `OverBudget`, and `Fatal` if the node does not run.
    pub fn watch(&self, callback: impl Fn(&Event) + 'static) -> Watch {
        self.0.watchers.add(Rc::new(callback))
    }
}

async fn answered<T>(answer: Answer<T>) -> Result<T, Refusal> {
    answer.await.unwrap_or_else(|_| Err(went_away()))
}

fn went_away() -> Refusal {
    refusal("node_stopped", "the node went away".into())
}

impl Inner {
    fn emit(&self, event: Event) {
        self.watchers.tell(&event);
    }

    fn ask(&self, command: Command) -> Result<Answer<Reply>, Refusal> {
        self.check_hope()?;
        let answer = self.calls.command(command.clone())?;
        if matches!(command, Command::Mine { .. }) {
            self.sealing.hand_over();
        }
        self.wishes.borrow_mut().note(command);
        self.send_calls();
        Ok(answer)
    }

    /// A node that will never run answers nothing.
    fn check_hope(&self) -> Result<(), Refusal> {
        match self.restart.borrow().given_up() {
            Some(reason) => Err(refusal("node_stopped", reason.to_owned())),
            None => self.refuse_over_budget(),
        }
    }

    /// Hand over what waits, in order, once the node runs.
    fn send_calls(&self) {
        let node = self.node.borrow();
        if let Some(node) = node.as_ref().filter(|node| node.phase == Phase::Running) {
            for message in self.calls.take_unsent() {
                node.child.send(&message);
            }
        }
    }

    /// A node that does not run yet reads for itself what this would tell it.
    fn when_running(&self, message: &ToNode) {
        let node = self.node.borrow();
        if let Some(node) = node.as_ref().filter(|node| node.phase == Phase::Running) {
            node.child.send(message);
        }
    }

    /// A node that does not run yet is told when it does.
    fn tell_links(&self, policy: LinkPolicy) {
        let runs = (self.node.borrow().as_ref()).is_some_and(|node| node.phase == Phase::Running);
        if runs && self.told_links.replace(policy) != policy {
            self.send(&ToNode::Links(policy));
        }
    }

    fn send(&self, message: &ToNode) {
        if let Some(node) = self.node.borrow().as_ref() {
            node.child.send(message);
        }
    }
}

fn refusal(code: &str, message: String) -> Refusal {
    Refusal {
        code: code.into(),
        message,
    }
}
