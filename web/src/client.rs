//! The page's side of the node: starts it, asks it, watches it, and starts it
//! again when it dies. The page and `window.tablon` both go through here.

mod pulse;
mod restart;
mod surroundings;
mod watchers;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use futures_channel::oneshot;
use gloo::events::EventListener;
use gloo::timers::callback::Timeout;
use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::node::RequestId;
use tablon_core::view::{Delta, Status};

use crate::child::{Child, Said};
use crate::links::Links;
use crate::miners::{MinerEvent, Miners};
use crate::threads::{FromNode, Notice, RelayState, ToNode};
use pulse::{Beat, Pulse};
use restart::{Death, Next, Restart};
use watchers::Watchers;

pub use watchers::Watch;

/// The node's script, beside the page: a module that loads the wasm.
const NODE_SCRIPT: &str = "node_loader.js";

/// Calls that wait for an answer, at most: a script in the page that posts
/// faster than the node answers is refused, not buffered without end.
const MAX_CALLS: usize = 1024;

/// What a watcher is told.
#[derive(Clone, Debug)]
pub enum Event {
    /// The node runs.
    Started {
        /// Which of this browser's nodes it is.
        slot: u32,
        /// How it is; kept up to date for late watchers.
        status: Box<Status>,
    },
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
    /// What this browser lacks. Without `Web Workers` nothing runs; without
    /// `WebRTC` the node runs alone.
    Unsupported(Vec<String>),
}

/// The node, as the page has it. Clones are the same node.
#[derive(Clone)]
pub struct Client(Rc<Inner>);

impl PartialEq for Client {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

struct Inner {
    watchers: Rc<Watchers>,
    node: RefCell<Option<NodeWorker>>,
    links: RefCell<Option<Links>>,
    miners: RefCell<Option<Miners>>,
    calls: RefCell<BTreeMap<RequestId, Call>>,
    wishes: RefCell<Wishes>,
    last_id: Cell<u32>,
    restart: RefCell<Restart>,
    listeners: RefCell<Vec<EventListener>>,
}

struct Call {
    /// Kept until the node runs; taken when sent.
    unsent: Option<Command>,
    answer: oneshot::Sender<Result<Reply, Refusal>>,
}

/// What the node forgets with its life and is told again after a restart.
#[derive(Default, Clone)]
struct Wishes {
    mine: Option<Command>,
    mine_empty: Option<Command>,
}

impl Wishes {
    fn note(&mut self, command: &Command) {
        match command {
            Command::Mine { .. } => self.mine = Some(command.clone()),
            Command::MineEmpty { .. } => self.mine_empty = Some(command.clone()),
            _ => {}
        }
    }
}

/// The living worker; dropping it ends it.
struct NodeWorker {
    child: Child,
    phase: Phase,
    /// Felt while it runs. Opening may take long: a large store is repaired in
    /// one go, and a store whose node dies is put aside in the end.
    pulse: Option<Pulse>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Loading,
    Opening,
    Running,
}

impl Client {
    /// Start the node worker and the links, and install `window.tablon`.
    pub fn start() -> Client {
        let client = Client(Rc::new(Inner {
            watchers: Rc::default(),
            node: RefCell::default(),
            links: RefCell::default(),
            miners: RefCell::default(),
            calls: RefCell::default(),
            wishes: RefCell::default(),
            last_id: Cell::new(0),
            restart: RefCell::new(Restart::new()),
            listeners: RefCell::default(),
        }));
        crate::api::install(&client);
        let lacking = surroundings::lacking();
        let no_workers = lacking.iter().any(|name| name == surroundings::WORKERS);
        if !lacking.is_empty() {
            client.0.emit(Event::Unsupported(lacking));
        }
        if no_workers {
            client
                .0
                .stop("this browser has no web workers, in which the node would run".into());
        } else {
            client.0.watch_the_window();
            client.0.spawn();
        }
        client
    }

    /// Ask the node. Waits while the node starts.
    pub async fn call(&self, command: Command) -> Result<Reply, Refusal> {
        let answer = self.0.ask(command)?;
        answer
            .await
            .unwrap_or_else(|_| Err(refusal("node_stopped", "the node went away".into())))
    }

    /// Be told of everything that happens, until the [`Watch`] is dropped. A
    /// late watcher is told at once, before this returns, how things stand: the
    /// latest `Unsupported`, `Started`, `Relay`, the last few `Notice`s, and
    /// `Fatal` if the node does not run.
    pub fn watch(&self, callback: impl Fn(&Event) + 'static) -> Watch {
        self.0.watchers.add(Rc::new(callback))
    }
}

impl Inner {
    fn emit(&self, event: Event) {
        self.watchers.tell(&event);
    }

    fn ask(&self, command: Command) -> Result<oneshot::Receiver<Result<Reply, Refusal>>, Refusal> {
        if let Some(reason) = self.restart.borrow().given_up() {
            return Err(refusal("node_stopped", reason.to_owned()));
        }
        let waiting = self.calls.borrow().len();
        if waiting >= MAX_CALLS {
            return Err(refusal(
                "too_many_calls",
                format!("at most {MAX_CALLS} calls may wait for an answer, {waiting} do"),
            ));
        }
        self.wishes.borrow_mut().note(&command);
        let id = RequestId(self.last_id.get().wrapping_add(1));
        self.last_id.set(id.0);
        let (answer, receiver) = oneshot::channel();
        let call = Call {
            unsent: Some(command),
            answer,
        };
        self.calls.borrow_mut().insert(id, call);
        self.send_calls();
        Ok(receiver)
    }

    /// Hand over what waits, in order, once the node runs.
    fn send_calls(&self) {
        let node = self.node.borrow();
        let Some(node) = node.as_ref().filter(|node| node.phase == Phase::Running) else {
            return;
        };
        let unsent: Vec<(RequestId, Command)> = self
            .calls
            .borrow_mut()
            .iter_mut()
            .filter_map(|(id, call)| Some((*id, call.unsent.take()?)))
            .collect();
        for (id, command) in unsent {
            node.child.send(&ToNode::Command { id, command });
        }
    }

    fn send(&self, message: &ToNode) {
        if let Some(node) = self.node.borrow().as_ref() {
            node.child.send(message);
        }
    }

    fn spawn(self: &Rc<Self>) {
        let this = Rc::downgrade(self);
        let started = Child::start(NODE_SCRIPT, "tablon node", move |said| {
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
                self.enter(Phase::Opening);
                self.send(&ToNode::Start {
                    network: surroundings::network_link(),
                    relay: surroundings::relay_address(),
                    slot: surroundings::former_slot(),
                    distrust: self.restart.borrow().distrust(),
                });
            }
            FromNode::Started { slot, status } => self.started(slot, status),
            FromNode::Reply { id, result } => {
                let call = self.calls.borrow_mut().remove(&id);
                if let Some(call) = call {
                    // The caller may have lost interest.
                    let _ = call.answer.send(result.map(|answer| answer.0));
                }
            }
            FromNode::Pong => {}
            FromNode::Show(delta) => self.emit(Event::Show(delta)),
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
            } => self.on_links(|links| links.signal(from, session, step)),
            FromNode::Unreachable { peer, reason } => {
                self.on_links(|links| links.unreachable(peer, &reason));
            }
            FromNode::Frame { peer, bytes } => self.on_links(|links| links.send(peer, &bytes)),
            FromNode::Disconnect { peer, reason } => {
                self.on_links(|links| links.disconnect(peer, &reason));
            }
            FromNode::Mine { job } => self.on_miners(|miners| miners.mine(job)),
            FromNode::Stamp { job, work } => self.on_miners(|miners| miners.stamp(job, work)),
        }
    }

    fn on_links(&self, act: impl FnOnce(&Links)) {
        // Cloned, so that what the links report may come back here.
        let links = self.links.borrow().clone();
        if let Some(links) = links {
            act(&links);
        }
    }

    fn on_miners(&self, act: impl FnOnce(&Miners)) {
        let miners = self.miners.borrow().clone();
        if let Some(miners) = miners {
            act(&miners);
        }
    }

    fn miners_said(&self, event: MinerEvent) {
        match event {
            MinerEvent::Solved { job, nonce } => self.send(&ToNode::Solved { job, nonce }),
            MinerEvent::Hashed { hashes } => self.send(&ToNode::Hashed { hashes }),
            MinerEvent::Stamped { job, stamp } => self.send(&ToNode::Stamped { job, stamp }),
            MinerEvent::Notice(notice) => self.emit(Event::Notice(notice)),
        }
    }

    fn started(self: &Rc<Self>, slot: u32, status: Box<Status>) {
        surroundings::keep_slot(slot);
        self.enter(Phase::Running);
        self.feel_the_pulse();
        let this = Rc::downgrade(self);
        *self.links.borrow_mut() = Some(Links::new(status.node, move |message| {
            if let Some(this) = this.upgrade() {
                this.send(&message);
            }
        }));
        let this = Rc::downgrade(self);
        let miners = Miners::new(move |event| {
            if let Some(this) = this.upgrade() {
                this.miners_said(event);
            }
        });
        *self.miners.borrow_mut() = Some(miners);
        let died_of = self.restart.borrow_mut().started();
        self.emit(Event::Started { slot, status });
        self.on_miners(Miners::prepare);
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

    fn feel_the_pulse(self: &Rc<Self>) {
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
        self.links.take();
        self.miners.take();
        let next = self.restart.borrow_mut().died(&death);
        let reason = death.reason;
        match next {
            Next::Again { wait } => {
                self.refuse_calls("node_restarted", &reason, |call| call.unsent.is_none());
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
    fn stop(&self, reason: String) {
        self.node.take();
        self.links.take();
        self.miners.take();
        self.restart.borrow_mut().give_up(reason.clone());
        self.refuse_calls("node_stopped", &reason, |_| true);
        self.emit(Event::Fatal {
            reason,
            retry: false,
        });
    }

    fn refuse_calls(&self, code: &str, reason: &str, which: impl Fn(&Call) -> bool) {
        let refused: BTreeMap<RequestId, Call> = {
            let mut calls = self.calls.borrow_mut();
            let all = std::mem::take(&mut *calls);
            let (refused, kept) = all.into_iter().partition(|(_, call)| which(call));
            *calls = kept;
            refused
        };
        for call in refused.into_values() {
            let message = format!("the node stopped before it answered: {reason}");
            let _ = call.answer.send(Err(refusal(code, message)));
        }
    }

    /// Leaving closes the links, so that the peers need not wait for a timeout;
    /// a page that the browser kept and shows again begins anew.
    fn watch_the_window(self: &Rc<Self>) {
        let this = Rc::downgrade(self);
        let on_leave = move || {
            if let Some(links) = this.upgrade().and_then(|this| this.links.take()) {
                drop(links);
            }
        };
        *self.listeners.borrow_mut() = surroundings::listeners(on_leave);
    }
}

fn refusal(code: &str, message: String) -> Refusal {
    Refusal {
        code: code.into(),
        message,
    }
}
