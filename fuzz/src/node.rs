//! A real node, and a driver whose every move a fuzzer chooses.

mod ask;
mod beginnings;
pub mod moves;
mod say;

use std::collections::{BTreeSet, VecDeque};

use tablon_core::hash::PeerId;
use tablon_core::keys::{Address, SecretKey};
use tablon_core::miner;
use tablon_core::node::{
    Config, Input, Introducer, JobId, LinkEvent, LinkOrigin, MAX_NEIGHBOURS, MAX_THREADS,
    MinerReport, MiningJob, Node, Output, RequestId, Wallet,
};
use tablon_core::transaction::{Stamp, StampJob};
use tablon_core::units::{Amount, Millis};
use tablon_core::view::{LinkKind, Storage};
use tablon_core::wire::{MAX_FRAME, Message};

use super::bytes::Bytes;
use super::keys::key;
use super::pages::{Memory, Pages};
use super::world::{START, World};
use beginnings::beginning;
use say::signal_step;

/// Peers that there are.
const PEERS: usize = 14;
/// Moves in one run, at most, and restarts among them, which take as long as twenty
/// others: runs stay short, and a long life has a beginning that is stored.
const MOVES: usize = 128;
const RESTARTS: u8 = 2;
/// Requests of the node that wait for an answer, at most.
const ASKED: usize = 256;

/// Moves of a driver, after a byte that says what is stored: no input makes the node
/// panic, stop, pass its bounds or owe what a driver cannot do.
pub fn node_step(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let mut driver = Driver::on(beginning(&mut bytes));
    for _ in 0..MOVES {
        if bytes.is_empty() {
            break;
        }
        driver.play(&mut bytes);
    }
    // What it has opened already opens again.
    if driver.backend.writes() > driver.opened {
        driver.restart();
    }
}

struct Driver {
    world: &'static World,
    node: Option<Node>,
    backend: Memory,
    /// What had been written to it when the node was open.
    opened: u64,
    now: Millis,
    up: BTreeSet<PeerId>,
    asked: VecDeque<(PeerId, Message)>,
    mining: Option<MiningJob>,
    stamping: Option<(JobId, StampJob)>,
    requests: u32,
    unanswered: BTreeSet<RequestId>,
    starts: u8,
}

fn peer_key(number: usize) -> SecretKey {
    key(100 + number as u8) // below PEERS
}

fn peer_id(number: usize) -> PeerId {
    peer_key(number).public().peer_id()
}

impl Driver {
    fn on(image: Pages) -> Self {
        let mut driver = Self {
            world: World::get(),
            node: None,
            backend: Memory::of(image),
            opened: 0,
            // Every sound block is due, and one that is not will be soon.
            now: Millis((u64::from(START) + 130) * 1_000),
            up: BTreeSet::new(),
            asked: VecDeque::new(),
            mining: None,
            stamping: None,
            requests: 0,
            unanswered: BTreeSet::new(),
            starts: 0,
        };
        driver.start();
        driver
    }

    fn start(&mut self) {
        self.starts = self.starts.wrapping_add(1);
        let config = Config {
            params: self.world.params.clone(),
            slot: 0,
            wallet: Wallet::Open(key(0)),
            key: key(99),
            seed: [self.starts; 32],
            storage: Storage::Memory {
                reason: "a fuzzer's".into(),
            },
        };
        let opened = Node::open(config, self.backend.clone(), self.now);
        let (node, outputs) = opened.expect("its own store opens");
        self.node = Some(node);
        self.opened = self.backend.writes();
        self.handle_output(outputs);
    }

    fn restart(&mut self) {
        let node = self.node.take().expect("a node runs");
        let before = node.status(self.now);
        drop(node);
        self.up.clear();
        self.asked.clear();
        self.mining = None;
        self.stamping = None;
        self.unanswered.clear();
        self.start();
        let node = self.node.as_ref().expect("it was started");
        let after = node.status(self.now);
        assert_eq!((before.tip, before.height), (after.tip, after.height));
        assert_eq!(before.state_root, after.state_root);
    }

    fn step(&mut self, input: Input) {
        let node = self.node.as_mut().expect("a node runs");
        let outputs = node.step(self.now, input);
        self.handle_output(outputs);
    }

    // What the node asks of its driver is possible, and it keeps its bounds.
    fn handle_output(&mut self, outputs: Vec<Output>) {
        let mut wakes = 0;
        for output in outputs {
            match output {
                Output::Send { peer, frame } => self.send(peer, &frame),
                Output::Disconnect { peer, .. } => {
                    self.up.remove(&peer);
                }
                Output::Mine { job } => self.mining = job,
                Output::Stamp { job, work } => self.stamping = Some((job, work)),
                Output::Reply { id, .. } => {
                    assert!(self.unanswered.remove(&id), "{id:?} is answered once");
                }
                Output::Stop { reason, .. } => panic!("memory never fails: {reason}"),
                Output::WakeAt(time) => {
                    assert!(time > self.now, "{time:?} is not after {:?}", self.now);
                    wakes += 1;
                }
                Output::Relay(signed) | Output::Paste(signed) => {
                    assert_eq!(signed.verify(), Some(key(99).public().peer_id()));
                }
                Output::Signal { from, key, .. } => assert_eq!(key.peer_id(), from),
                Output::Dial { .. }
                | Output::Unreachable { .. }
                | Output::FindPeers
                | Output::Show(_) => {}
            }
        }
        assert_eq!(wakes, 1, "one wish to be woken");
        self.bounds();
    }

    fn send(&mut self, peer: PeerId, frame: &[u8]) {
        assert!(frame.len() <= MAX_FRAME, "{} bytes", frame.len());
        assert!(self.up.contains(&peer), "no link to {peer}");
        let message = Message::from_frame(frame).expect("a frame of a node reads");
        let asks = matches!(
            message,
            Message::Ping(_)
                | Message::GetHeaders(_)
                | Message::GetBlocks(_)
                | Message::GetTransactions(_)
        );
        if asks && self.asked.len() < ASKED {
            self.asked.push_back((peer, message));
        }
    }

    fn bounds(&self) {
        let node = self.node.as_ref().expect("a node runs");
        let status = node.status(self.now);
        assert!(self.up.len() <= MAX_NEIGHBOURS, "{} links", self.up.len());
        assert!(status.peers as usize <= self.up.len());
        assert!(status.known_nodes >= 1);
        assert!(status.mining.threads <= MAX_THREADS);
        let supply = u64::from(status.height.0) * u64::from(self.world.params.reward);
        assert_eq!(status.supply, Amount(supply));
        assert!(status.balance <= status.supply);
        assert!(status.outgoing <= status.balance);
        assert!(status.sync.have <= status.sync.want);
    }

    fn play(&mut self, bytes: &mut Bytes<'_>) {
        match bytes.u8() % moves::COUNT {
            moves::UP => {
                let peer = peer_id(bytes.below(PEERS));
                let link = *bytes.pick(&LINKS);
                self.link_up(peer, link);
            }
            moves::GREET => self.greet(bytes),
            moves::DOWN => {
                let peer = peer_id(bytes.below(PEERS));
                self.up.remove(&peer);
                let reason = "it broke".into();
                self.step(Input::Link(LinkEvent::Down { peer, reason }));
            }
            moves::RAW => {
                let peer = peer_id(bytes.below(PEERS));
                let length = usize::from(bytes.u16()) % 4_096;
                let frame = bytes.some(length).to_vec();
                self.step(Input::Link(LinkEvent::Received { peer, frame }));
            }
            moves::SAY => {
                let peer = peer_id(bytes.below(PEERS));
                let frame = self.message(bytes).to_frame();
                self.step(Input::Link(LinkEvent::Received { peer, frame }));
            }
            moves::SPOIL => {
                let peer = peer_id(bytes.below(PEERS));
                let mut frame = self.message(bytes).to_frame();
                let place = usize::from(bytes.u16()) % frame.len();
                match bytes.u8() {
                    0 => frame.truncate(place),
                    change => frame[place] ^= change,
                }
                self.step(Input::Link(LinkEvent::Received { peer, frame }));
            }
            moves::ANSWER => {
                let from = bytes.u8();
                if let Some((peer, asked)) = self.asked.pop_front() {
                    self.answer(peer, asked, from);
                }
            }
            moves::ANSWER_ALL => {
                let from = bytes.u8();
                for _ in 0..self.asked.len() {
                    if let Some((peer, asked)) = self.asked.pop_front() {
                        self.answer(peer, asked, from);
                    }
                }
            }
            moves::INTRODUCE => {
                let by = *bytes.pick(&[Introducer::Siblings, Introducer::Relay]);
                let (count, first) = (bytes.below(40), bytes.below(PEERS));
                let known = (first..PEERS).map(peer_id);
                let strangers = (0..=u8::MAX).map(|number| PeerId([number; 32]));
                let peers = known.chain(strangers).take(count).collect();
                self.step(Input::Introduced { by, peers });
            }
            moves::DIAL_FAILED => {
                let peer = peer_id(bytes.below(PEERS));
                self.step(Input::Link(LinkEvent::DialFailed { peer }));
            }
            moves::WAIT => {
                // At most 500,000 years from 1970, far beyond a header's clock.
                let limit = Millis(u64::MAX / 1_000);
                self.now = self.now.plus(span(bytes)).min(limit);
                self.step(Input::Tick);
            }
            moves::SET_BACK => {
                self.now = Millis(self.now.0.saturating_sub(span(bytes)));
                self.step(Input::Tick);
            }
            moves::SOLVE => {
                if let Some(MiningJob {
                    job,
                    header,
                    target,
                    ..
                }) = self.mining.clone()
                    && let Some(nonce) = miner::search(&header, &target, 0, 64)
                {
                    self.step(Input::Miner(MinerReport::Solved {
                        job,
                        nonce,
                        rolled: 0,
                    }));
                }
            }
            moves::CLAIM => {
                let (job, nonce) = (JobId(bytes.u8().into()), bytes.u32());
                let rolled = bytes.u32();
                self.step(Input::Miner(MinerReport::Solved { job, nonce, rolled }));
            }
            moves::HASHED => {
                let hashes = bytes.u64();
                self.step(Input::Miner(MinerReport::Hashed { hashes }));
            }
            moves::STAMP => {
                if let Some((job, work)) = self.stamping.take()
                    && let Some(stamp) = miner::search_stamp(&work, 0, 1_024)
                {
                    self.step(Input::Miner(MinerReport::Stamped { job, stamp }));
                }
            }
            moves::MISSTAMP => {
                let (job, stamp) = (JobId(bytes.u8().into()), Stamp(bytes.array()));
                self.step(Input::Miner(MinerReport::Stamped { job, stamp }));
            }
            moves::ASK => {
                let command = self.command(bytes);
                self.requests += 1;
                let id = RequestId(self.requests);
                self.unanswered.insert(id);
                self.step(Input::Command { id, command });
            }
            moves::WALLET => {
                let wallet = match bytes.below(4) {
                    0 => Wallet::Locked(key(0).public().address()),
                    1 => Wallet::Open(key(1)),
                    2 => Wallet::Locked(Address([8; 20])),
                    _ => Wallet::Open(key(0)),
                };
                self.step(Input::Wallet(wallet));
            }
            moves::LINK_IS => {
                let peer = peer_id(bytes.below(PEERS));
                let link = *bytes.pick(&LINKS);
                self.step(Input::Link(LinkEvent::Is { peer, link }));
            }
            moves::SIGNAL => {
                let (to, session) = (peer_id(bytes.below(PEERS)), bytes.u8().into());
                let step = signal_step(bytes);
                self.step(Input::Signal { to, session, step });
            }
            moves::SIGNALLED => {
                let signed = self.signed(bytes);
                self.step(Input::Signalled(Box::new(signed)));
            }
            moves::UNREACHABLE => {
                let peer = peer_id(bytes.below(PEERS));
                self.step(Input::Unreachable { peer });
            }
            moves::RESTART if self.starts > RESTARTS => {}
            moves::RESTART => self.restart(),
            _ => unreachable!("below COUNT"),
        }
    }

    fn link_up(&mut self, peer: PeerId, link: LinkKind) {
        self.up.insert(peer);
        let origin = LinkOrigin::Inbound(None);
        self.step(Input::Link(LinkEvent::Up { peer, link, origin }));
    }

    fn greet(&mut self, bytes: &mut Bytes<'_>) {
        let peer = peer_id(bytes.below(PEERS));
        self.link_up(peer, LinkKind::Webrtc);
        let frame = Message::Hello(self.hello(bytes)).to_frame();
        self.step(Input::Link(LinkEvent::Received { peer, frame }));
    }
}

const LINKS: [LinkKind; 5] = [
    LinkKind::Webrtc,
    LinkKind::Broadcast,
    LinkKind::Turn,
    LinkKind::Tunnel,
    LinkKind::Local,
];

fn span(bytes: &mut Bytes<'_>) -> u64 {
    u64::from(bytes.u16()) << bytes.below(40)
}
