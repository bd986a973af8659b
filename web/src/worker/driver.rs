//! The loop around `Node::step`.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::rc::{Rc, Weak};

use gloo::timers::callback::Timeout;
use tablon_core::command::{Command, Refusal};
use tablon_core::hash::{NetworkId, PeerId};
use tablon_core::keys::SecretKey;
use tablon_core::node::{Input, Introducer, LinkEvent, Node, Output, RequestId};
use tablon_core::relay::SignalStep;
use tablon_core::units::Millis;
use wasm_bindgen_futures::spawn_local;

use super::budget::Budget;
use super::lines::Lines;
use super::open::Opened;
use super::relay::{Relay, RelayEvent};
use super::slot::Slot;
use super::tunnel::{TunnelEvent, Tunnels};
use super::wallet::Wallet;
use super::{now, tell};
use crate::threads::{FromNode, LinkPolicy, Notice, RelayState, WalletCommand};

/// `setTimeout` takes no longer wait, milliseconds.
const LONGEST_WAIT: u64 = 60 * 60 * 1000;

/// Requests to the wallet that wait, at most: each may take a second, in which
/// the node stands still.
const MAX_WALLET_TASKS: usize = 16;

/// The node and all that serves it.
pub(super) struct Driver(Rc<Inner>);

struct Inner {
    node: RefCell<Node>,
    /// What the opening left to do, until it begins.
    first: RefCell<Vec<Output>>,
    notices: RefCell<Vec<Notice>>,
    /// Inputs wait here while a step is under way: outputs never re-enter.
    inbox: RefCell<VecDeque<Input>>,
    stepping: Cell<bool>,
    /// The store failed: no further step, until the page starts a new worker.
    stopped: Cell<bool>,
    wake: RefCell<Option<Timeout>>,
    relay: OnceCell<Relay>,
    lines: OnceCell<Lines>,
    slot: Slot,
    budget: Budget,
    /// Away while it is busy with an task.
    wallet: Cell<Option<Wallet>>,
    /// One at a time, in order; at most [`MAX_WALLET_TASKS`].
    wallet_tasks: RefCell<VecDeque<WalletTask>>,
}

/// Something for the wallet to do.
enum WalletTask {
    Obey(RequestId, WalletCommand),
    Follow(NetworkId, u32),
}

impl Driver {
    pub(super) fn new(opened: Opened, relay: String) -> Self {
        let network = opened.params.network_id();
        let key = opened.node.key().clone();
        let inner = Rc::new(Inner {
            node: RefCell::new(opened.node),
            first: RefCell::new(opened.outputs),
            notices: RefCell::new(opened.notices),
            inbox: RefCell::default(),
            stepping: Cell::new(false),
            stopped: Cell::new(false),
            wake: RefCell::default(),
            relay: OnceCell::new(),
            lines: OnceCell::new(),
            slot: opened.slot,
            budget: opened.budget,
            wallet: Cell::new(Some(opened.wallet)),
            wallet_tasks: RefCell::default(),
        });
        let weak = Rc::downgrade(&inner);
        let hear_relay = move |event| with(&weak, |inner| inner.relay_said(event));
        let tunnels = inner.tunnels(network, key.clone());
        inner
            .relay
            .get_or_init(|| Relay::new(relay, network, key.clone(), hear_relay));
        let weak = Rc::downgrade(&inner);
        let feed = move |input| with(&weak, |inner| inner.feed(input));
        inner
            .lines
            .get_or_init(|| Lines::new(network, key, tell, feed))
            .add_tunnels(tunnels);
        Self(inner)
    }

    /// Say that the node runs, and do what its opening left to do.
    pub(super) fn begin(&self) {
        let status = self.0.node.borrow().status(now());
        tell(&FromNode::Started {
            slot: self.0.slot.number,
            status: Box::new(status),
        });
        if let Some(wallet) = self.0.wallet.take() {
            tell(&FromNode::WalletState(wallet.state()));
            self.0.wallet.set(Some(wallet));
        }
        for notice in self.0.notices.take() {
            tell(&FromNode::Notice(notice));
        }
        for output in self.0.first.take() {
            self.0.handle_output(output);
        }
        self.0.on_relay(Relay::connect);
        self.feed(Input::Tick);
    }

    /// Give the node an input.
    pub(super) fn feed(&self, input: Input) {
        self.0.feed(input);
    }

    /// Have the node say what the page wants said.
    pub(super) fn signal(&self, to: PeerId, session: u32, step: SignalStep) {
        self.0
            .on_lines(|lines| lines.page_signals(to, session, &step));
        self.feed(Input::Signal { to, session, step });
    }

    /// What the page says of its links.
    pub(super) fn link(&self, event: LinkEvent) {
        self.0.on_lines(|lines| lines.page_said(event));
    }

    /// Make these links alone, and close the others.
    pub(super) fn restrict_links(&self, policy: LinkPolicy) {
        self.0.on_lines(|lines| lines.restrict(policy));
    }

    /// The store may take so many bytes.
    pub(super) fn raise_budget(&self, bytes: u64) {
        self.0.budget.raise(bytes);
    }

    /// Have the wallet do something.
    pub(super) fn wallet(&self, id: RequestId, command: WalletCommand) {
        self.0.send_wallet(WalletTask::Obey(id, command));
    }

    /// The same account's wallet in another network changed.
    pub(super) fn wallet_from(&self, network: NetworkId, slot: u32) {
        self.0.send_wallet(WalletTask::Follow(network, slot));
    }

    /// Whether a step is under way. Between two messages none is, unless an
    /// exception cut it off: then inputs wait for ever.
    pub(super) fn is_stepping(&self) -> bool {
        self.0.stepping.get()
    }
}

fn with(weak: &Weak<Inner>, act: impl FnOnce(&Rc<Inner>)) {
    if let Some(inner) = weak.upgrade() {
        act(&inner);
    }
}

impl Inner {
    fn feed(self: &Rc<Self>, input: Input) {
        if self.stopped.get() {
            return;
        }
        self.inbox.borrow_mut().push_back(input);
        if self.stepping.replace(true) {
            return;
        }
        while let Some(input) = self.next() {
            let seeks_peers = matches!(
                input,
                Input::Command {
                    command: Command::Resynchronise,
                    ..
                }
            );
            let outputs = self.node.borrow_mut().step(now(), input);
            if let Some(over) = self.budget.take_refused() {
                tell(&FromNode::OverBudget(over));
            }
            for output in outputs {
                self.handle_output(output);
            }
            if seeks_peers {
                self.on_relay(Relay::hurry);
            }
        }
        self.stepping.set(false);
    }

    fn next(&self) -> Option<Input> {
        if self.stopped.get() {
            return None;
        }
        self.inbox.borrow_mut().pop_front()
    }

    fn handle_output(self: &Rc<Self>, output: Output) {
        match output {
            Output::Send { peer, frame } => self.on_lines(|lines| lines.send(peer, frame)),
            Output::Disconnect { peer, reason } => {
                self.on_lines(|lines| lines.disconnect(peer, reason));
            }
            Output::Dial {
                peer,
                tunnel: false,
            } => self.on_lines(|lines| lines.dial(peer)),
            Output::Dial { peer, tunnel: true } => self.on_lines(|lines| lines.dial_tunnel(peer)),
            Output::Signal {
                from,
                key,
                session,
                step,
            } => {
                self.on_tunnels(|tunnels| tunnels.signal(from, key, session, &step));
                self.on_lines(|lines| lines.signal(from, session, &step));
                let of_the_page = !matches!(
                    step,
                    SignalStep::Tunnel { .. }
                        | SignalStep::Tunnelled { .. }
                        | SignalStep::Ask
                        | SignalStep::At { .. }
                );
                if of_the_page {
                    tell(&FromNode::Signal {
                        from,
                        session,
                        step,
                    });
                }
            }
            Output::Relay(signed) => self.on_relay(|relay| relay.signal(*signed)),
            Output::Paste(signed) => tell(&FromNode::Paste {
                to: signed.signal.to,
                session: signed.signal.session,
                text: signed.to_text(),
            }),
            Output::Unreachable { peer } => self.on_lines(|lines| lines.unreachable(peer)),
            Output::FindPeers => {
                self.on_lines(Lines::find_peers);
                self.on_relay(Relay::find_peers);
            }
            Output::Mine { job } => tell(&FromNode::Mine { job }),
            Output::Stamp { job, work } => tell(&FromNode::Stamp { job, work }),
            Output::Reply { id, result } => tell(&FromNode::Reply { id, result }),
            Output::Show(delta) => tell(&FromNode::Show(delta)),
            Output::Stop { reason, corrupt } => {
                self.stopped.set(true);
                tell(&FromNode::Fatal {
                    reason,
                    retry: true,
                    damaged: corrupt,
                });
            }
            Output::WakeAt(time) => self.wake_at(time),
        }
    }

    fn wake_at(self: &Rc<Self>, time: Millis) {
        let wait = time.since(now()).min(LONGEST_WAIT);
        let weak = Rc::downgrade(self);
        let timeout = Timeout::new(wait as u32, move || {
            with(&weak, |inner| inner.feed(Input::Tick));
        });
        *self.wake.borrow_mut() = Some(timeout);
    }

    fn send_wallet(self: &Rc<Self>, task: WalletTask) {
        if self.wallet_tasks.borrow().len() >= MAX_WALLET_TASKS {
            // What another network changed is found at the next start.
            if let WalletTask::Obey(id, _) = task {
                let refusal = Refusal {
                    code: "busy".into(),
                    message: format!("at most {MAX_WALLET_TASKS} requests may wait for the wallet"),
                };
                let result = Err(refusal);
                tell(&FromNode::Wallet { id, result });
            }
            return;
        }
        self.wallet_tasks.borrow_mut().push_back(task);
        let Some(mut wallet) = self.wallet.take() else {
            return;
        };
        let this = self.clone();
        spawn_local(async move {
            while let Some(task) = this.next_wallet_task() {
                this.run(&mut wallet, task).await;
            }
            this.wallet.set(Some(wallet));
        });
    }

    fn next_wallet_task(&self) -> Option<WalletTask> {
        self.wallet_tasks.borrow_mut().pop_front()
    }

    async fn run(self: &Rc<Self>, wallet: &mut Wallet, task: WalletTask) {
        match task {
            WalletTask::Obey(id, command) => {
                let changes = !matches!(
                    command,
                    WalletCommand::State
                        | WalletCommand::Words { .. }
                        | WalletCommand::Export { .. }
                );
                let result = wallet.obey(command).await;
                if changes && result.is_ok() {
                    self.wallet_changed(wallet);
                }
                tell(&FromNode::Wallet { id, result });
            }
            WalletTask::Follow(network, slot) => {
                if wallet.follow(network, slot).await {
                    self.wallet_changed(wallet);
                }
            }
        }
    }

    /// The node signs or does not before anybody hears of it.
    fn wallet_changed(self: &Rc<Self>, wallet: &Wallet) {
        self.feed(Input::Wallet(wallet.for_node()));
        tell(&FromNode::WalletState(wallet.state()));
    }

    fn on_relay(&self, act: impl FnOnce(&Relay)) {
        if let Some(relay) = self.relay.get() {
            act(relay);
        }
    }

    fn on_lines(&self, act: impl FnOnce(&Lines)) {
        if let Some(lines) = self.lines.get() {
            act(lines);
        }
    }

    fn on_tunnels(&self, act: impl FnOnce(&Tunnels)) {
        self.on_lines(|lines| lines.on_tunnels(act));
    }

    fn tunnels(self: &Rc<Self>, network: NetworkId, key: SecretKey) -> Tunnels {
        let weak = Rc::downgrade(self);
        let held = move || {
            let inner = weak.upgrade();
            inner.map_or(0, |inner| inner.relay.get().map_or(0, Relay::held))
        };
        let weak = Rc::downgrade(self);
        let report = move |event| with(&weak, |inner| inner.tunnel_said(event));
        Tunnels::new(network, key, held, report)
    }

    fn tunnel_said(self: &Rc<Self>, event: TunnelEvent) {
        match event {
            TunnelEvent::Say { to, session, step } => {
                self.feed(Input::Signal { to, session, step });
            }
            TunnelEvent::Bytes { to, bytes } => self.on_relay(|relay| relay.carry(to, &bytes)),
            TunnelEvent::Link(event) => self.on_lines(|lines| lines.tunnel_said(event)),
        }
    }

    fn relay_said(self: &Rc<Self>, event: RelayEvent) {
        match event {
            RelayEvent::State(state) => {
                if matches!(state, RelayState::Away { .. }) {
                    self.on_tunnels(|tunnels| tunnels.rate(0));
                }
                tell(&FromNode::Relay(state));
            }
            RelayEvent::Ice(servers) => tell(&FromNode::Ice { servers }),
            RelayEvent::Peers(peers) => self.feed(Input::Introduced {
                by: Introducer::Relay,
                peers,
            }),
            RelayEvent::Signal(signed) => self.feed(Input::Signalled(signed)),
            RelayEvent::Unreachable { peer } => {
                self.on_tunnels(|tunnels| tunnels.absent(peer));
                self.feed(Input::Unreachable { peer });
            }
            RelayEvent::Tunnel(rate) => self.on_tunnels(|tunnels| tunnels.rate(rate)),
            RelayEvent::Piece { from, sealed } => {
                self.on_tunnels(|tunnels| tunnels.piece(from, &sealed));
            }
        }
    }
}
