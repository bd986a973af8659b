//! The loop around core's `Node::step`: one thread, one input at a time, and what
//! each output asks for. When the store fails the node is closed and opened again,
//! until the disk takes what it is given.

mod blocks;
mod door;
mod links;
mod mining;
mod orders;
mod relays;
mod reopen;
mod signals;

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::hash::PeerId;
use tablon_core::keys::SecretKey;
use tablon_core::node::{self, Input, LinkEvent, MinerReport, Output, RequestId};
use tablon_core::units::Millis;
use tablon_core::view::{Delta, Storage};
use tokio::runtime;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

pub(crate) use door::{Door, Event};
use links::Links;
use orders::Orders;
use relays::Relays;
use reopen::Failures;
use signals::Signals;

use crate::courier::Courier;
use crate::handle::StartError;
use crate::links::Call;
use crate::miners::Miners;
use crate::stamps::Stamping;
use crate::{Config, PeerAddress, keys, relay, rtc, store, wallet};

/// Events that wait for the driver, at most; who has more to say waits. A full message is
/// the largest, so 2.1 MiB. Some take 5 ms, and whoever comes last waits for all.
const MAX_EVENTS: usize = 16;

/// Messages of links that this node or its host chose that wait for the driver, at most.
/// They are heard first: strangers' never delay them by more than one.
const MAX_CHOSEN: usize = 16;

/// Changes that a slow watcher may be behind: some minutes of a busy board.
const MAX_NEWS: usize = 1_024;

/// The ways by which the driver reaches others.
#[derive(Debug)]
pub(crate) struct Ways {
    pub(crate) relays: Vec<relay::Line>,
    /// Whom to call at the addresses that they named.
    pub(crate) calls: mpsc::Sender<Call>,
    /// Connections to tabs, unless they are switched off.
    pub(crate) rtc: Option<rtc::Orders>,
    /// Told to whoever wants to link to this node.
    pub(crate) addresses: Vec<PeerAddress>,
}

/// A driver that runs.
pub(crate) struct Started {
    pub(crate) door: Door,
    pub(crate) key: SecretKey,
    /// Resolves when the store is closed.
    pub(crate) closed: oneshot::Receiver<()>,
}

/// Open keys, wallet and store, and start the thread.
pub(crate) async fn start(
    config: &Config,
    ways: Ways,
    stopping: CancellationToken,
) -> Result<Started, StartError> {
    let (opened, heard) = oneshot::channel();
    let (closing, closed) = oneshot::channel();
    let config = config.clone();
    let run = move || match Driver::open(&config, ways, stopping) {
        Err(error) => {
            let _ = opened.send(Err(error));
        }
        Ok((driver, first, door)) => {
            let key = driver.config.key.clone();
            if opened.send(Ok((door, key))).is_ok() {
                driver.run(first);
            }
            let _ = closing.send(());
        }
    };
    let thread = thread::Builder::new().name("node".into());
    thread.spawn(run).map_err(StartError::Thread)?;
    let (door, key) = heard.await.expect("the thread says how it went")?;
    Ok(Started { door, key, closed })
}

/// A node that is open, or waits to be opened again.
enum Core {
    Open(Box<node::Node>),
    Failed { again: Instant },
}

struct Driver {
    core: Core,
    failures: Failures,
    config: node::Config,
    path: Option<PathBuf>,
    events: mpsc::Receiver<Event>,
    chosen: mpsc::Receiver<Event>,
    /// For stamps and miners, which speak to the driver as all do.
    sender: mpsc::WeakSender<Event>,
    news: broadcast::Sender<Arc<Delta>>,
    stopping: CancellationToken,
    /// Of the core that is open: what an older one asked for is void.
    epoch: u32,
    inbox: VecDeque<Input>,
    wake: Instant,
    requests: BTreeMap<RequestId, oneshot::Sender<Result<Reply, Refusal>>>,
    last_request: u32,
    links: Links,
    relays: Relays,
    signals: Signals,
    courier: Option<Courier>,
    stamping: Option<Stamping>,
    orders: Orders,
    miners: Miners,
    reported: Instant,
}

fn now() -> Millis {
    let time = SystemTime::now().duration_since(UNIX_EPOCH);
    Millis(time.map_or(0, |time| time.as_millis() as u64)) // for 584 million years
}

fn refusal(code: &str, message: impl Into<String>) -> Refusal {
    Refusal {
        code: code.into(),
        message: message.into(),
    }
}

pub(crate) fn beside(data: &std::path::Path, ending: &str) -> PathBuf {
    let mut name = data.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

impl Driver {
    fn open(
        config: &Config,
        ways: Ways,
        stopping: CancellationToken,
    ) -> Result<(Self, Vec<Output>, Door), StartError> {
        // The store's lock comes before the keys: two nodes that are started at
        // once must not both draw some.
        let lock = match &config.data {
            Some(path) => Some(store::StoreFile::take(path)?),
            None => None,
        };
        let key = match &config.data {
            Some(path) => keys::load(&beside(path, ".key"))?,
            None => keys::draw(),
        };
        let password = config.wallet_password.as_ref().map(|word| word.as_str());
        let beside_data = || Some(beside(config.data.as_ref()?, ".wallet"));
        let wallet = match config.wallet.clone().or_else(beside_data) {
            Some(path) => wallet::load(&path, password)?,
            None => node::Wallet::Open(wallet::draw().key()),
        };
        drop(lock);
        let core = node::Config {
            params: config.network.clone(),
            slot: 0,
            wallet,
            key,
            seed: rand::random(),
            storage: Storage::Memory {
                reason: String::new(), // told anew with each opening
            },
        };
        if let Some(path) = &config.data {
            store::mark_when_the_database_panics(path);
        }
        let (node, first) = store::open(config.data.as_deref(), &core, now())?;
        let (sender, events) = mpsc::channel(MAX_EVENTS);
        let (news, _) = broadcast::channel(MAX_NEWS);
        let (of_chosen, chosen) = mpsc::channel(MAX_CHOSEN);
        let door = Door::new(sender.clone(), of_chosen, news.downgrade());
        let orders = Orders::new(config.threads, door.hurries());
        let found = sender.downgrade();
        let miners = Miners::new(move |job, nonce| {
            tell(&found, Event::Found { job, nonce });
        });
        let driver = Self {
            core: Core::Open(Box::new(node)),
            failures: Failures::default(),
            config: core,
            path: config.data.clone(),
            events,
            chosen,
            sender: sender.downgrade(),
            news,
            stopping,
            epoch: 0,
            inbox: VecDeque::new(),
            wake: Instant::now(),
            requests: BTreeMap::new(),
            last_request: 0,
            links: Links::default(),
            relays: Relays::new(ways.relays),
            signals: Signals::new(&ways.addresses, ways.calls, ways.rtc),
            courier: None,
            stamping: None,
            orders,
            miners,
            reported: Instant::now(),
        };
        Ok((driver, first, door))
    }

    fn run(mut self, first: Vec<Output>) {
        let runtime = runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime without I/O needs nothing of the system");
        runtime.block_on(async {
            for output in first {
                self.handle_output(output);
            }
            self.drain();
            while self.turn().await {}
        });
        self.links.end_all("this node stops");
    }

    // One event or the time for it; false when it is time to stop.
    async fn turn(&mut self) -> bool {
        self.mind_the_miners();
        let due = match &self.core {
            Core::Open(_) => self
                .signals
                .due()
                .map_or(self.wake, |due| due.min(self.wake)),
            Core::Failed { again } => *again,
        };
        let event = tokio::select! {
            biased;
            () = self.stopping.cancelled() => return false,
            Some(event) = self.chosen.recv() => Some(event),
            event = self.events.recv() => match event {
                Some(event) => Some(event),
                None => return false,
            },
            () = sleep_until(due) => None,
        };
        self.give_up_late_dials();
        match event {
            Some(event) => self.handle(event),
            None => match self.core {
                Core::Open(_) => self.feed(Input::Tick),
                Core::Failed { .. } => self.reopen(),
            },
        }
        true
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Ask { command, answer } => self.ask(command, answer),
            Event::Look => {}
            Event::Snapshot { answer } => {
                let _ = answer.send(self.snapshot());
            }
            Event::GetWork { answer } => {
                let work = self.get_work();
                let _ = answer.send(work);
            }
            Event::Submit { header, answer } => {
                let taken = self.submit(&header);
                let _ = answer.send(Ok(taken));
            }
            Event::AddBlock { block, answer } => {
                let added = self.add_block(*block);
                let _ = answer.send(added);
            }
            Event::Found { job, nonce } => self.feed(Input::Miner(MinerReport::Solved {
                job,
                nonce,
                rolled: 0,
            })),
            Event::Stamped { epoch, job, stamp } => {
                if epoch == self.epoch {
                    self.stamping = None;
                    self.feed(Input::Miner(MinerReport::Stamped { job, stamp }));
                }
            }
            Event::LinkUp {
                peer,
                link,
                kind,
                role,
                origin,
                outbox,
                taken,
            } => {
                let me = self.config.key.public().peer_id();
                if let Core::Failed { .. } = self.core {
                    outbox.end("the node's store failed".into());
                } else if self.links.up(me, peer, link, kind, role, outbox) {
                    self.signals.over(peer);
                    let link = kind;
                    self.feed(Input::Link(LinkEvent::Up { peer, link, origin }));
                }
                let _ = taken.send(self.links.has(peer));
            }
            Event::LinkDown { peer, link, reason } => {
                if self.links.down(peer, link) {
                    self.feed(Input::Link(LinkEvent::Down { peer, reason }));
                }
            }
            Event::CallFailed { peer } => {
                self.call_failed(peer);
                self.drain();
            }
            Event::RtcFailed { peer } => {
                self.rtc_failed(peer);
                self.drain();
            }
            Event::Say { to, session, step } => self.feed(Input::Signal { to, session, step }),
            Event::Relay { relay, said } => self.relay_said(relay, said),
            Event::Frame { peer, link, frame } => {
                if self.links.is(peer, link) {
                    self.feed(Input::Link(LinkEvent::Received { peer, frame }));
                }
            }
        }
    }

    fn ask(&mut self, command: Command, answer: oneshot::Sender<Result<Reply, Refusal>>) {
        // Miners are the driver's, for people who order and for /mine and getwork.
        if let Some(reply) = self.orders.take(&command) {
            let _ = answer.send(Ok(reply));
            return;
        }
        if let Core::Failed { .. } = self.core {
            let _ = answer.send(Err(blocks::store_failed()));
            return;
        }
        self.last_request = self.last_request.wrapping_add(1);
        let id = RequestId(self.last_request);
        self.requests.insert(id, answer);
        self.feed(Input::Command { id, command });
    }

    // For questions that core answers within the step.
    fn ask_now(&mut self, command: Command) -> Result<Reply, Refusal> {
        let (answer, mut heard) = oneshot::channel();
        self.ask(command, answer);
        let late = |_| refusal("store_failed", "the node's store failed");
        heard.try_recv().map_err(late)?
    }

    fn feed(&mut self, input: Input) {
        self.inbox.push_back(input);
        self.drain();
    }

    // Outputs that make inputs do so after the step that gave them.
    fn drain(&mut self) {
        while let Some(input) = self.inbox.pop_front() {
            let Core::Open(node) = &mut self.core else {
                self.inbox.clear();
                return;
            };
            for output in node.step(now(), input) {
                self.handle_output(output);
            }
        }
    }

    fn handle_output(&mut self, output: Output) {
        match output {
            Output::Send { peer, frame } => self.send(peer, frame),
            Output::Disconnect { peer, reason } => self.disconnect(peer, reason),
            // The tunnel is for tabs: whoever reaches the relay can call this node.
            Output::Dial { peer, .. } => self.dial(peer),
            Output::Signal {
                from,
                session,
                step,
                ..
            } => self.signalled(from, session, step),
            Output::Unreachable { peer } => self.unreachable(peer),
            Output::Relay(signed) => {
                let peer = signed.signal.to;
                if !self.relays.carry(*signed) {
                    self.inbox.push_back(Input::Unreachable { peer });
                }
            }
            // Nobody here to carry it.
            Output::Paste(_) => {}
            Output::FindPeers => self.relays.find_peers(),
            Output::Mine { job } => self.mine(job),
            Output::Stamp { job, work } => self.stamp(job, work),
            Output::Reply { id, result } => {
                if let Some(answer) = self.requests.remove(&id) {
                    // Whoever asked may have gone.
                    let _ = answer.send(result);
                }
            }
            Output::Show(delta) => {
                // An error says that nobody watches.
                let _ = self.news.send(Arc::new(delta));
            }
            Output::Stop { reason, corrupt } => self.fail(reason, corrupt),
            Output::WakeAt(time) => {
                self.wake = Instant::now() + Duration::from_millis(time.since(now()));
            }
        }
    }

    fn send(&mut self, peer: PeerId, frame: Vec<u8>) {
        if let Some(courier) = self.courier.as_mut().filter(|it| it.peer == peer) {
            courier.hear(&frame);
        } else if let Some(reason) = self.links.send(peer, frame) {
            self.inbox
                .push_back(Input::Link(LinkEvent::Down { peer, reason }));
        }
    }

    fn disconnect(&mut self, peer: PeerId, reason: String) {
        if let Some(courier) = self.courier.as_mut().filter(|it| it.peer == peer) {
            courier.dismissed = Some(reason);
        } else {
            tracing::debug!(%peer, reason, "disconnected");
            self.links.end(peer, reason);
        }
    }

    fn stamp(&mut self, job: node::JobId, work: tablon_core::transaction::StampJob) {
        let (sender, epoch) = (self.sender.clone(), self.epoch);
        let begun = Stamping::begin(job, work, move |job, stamp| {
            tell(&sender, Event::Stamped { epoch, job, stamp });
        });
        match begun {
            Ok(stamping) => self.stamping = Some(stamping),
            // The writer waits until the system has a thread for a later one.
            Err(error) => tracing::error!(%error, "no thread to find a stamp with"),
        }
    }
}

// From another thread; waits for room. An error says that the driver is gone.
fn tell(sender: &mpsc::WeakSender<Event>, event: Event) {
    if let Some(sender) = sender.upgrade() {
        let _ = sender.blocking_send(event);
    }
}
