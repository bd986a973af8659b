//! A node on a file that refuses, lies about what it did, or does not grow, and is
//! killed or loses its power: what was acknowledged is there again.

use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tablon_core::command::{Command, Reply};
use tablon_core::hash::{BlockHash, TxId};
use tablon_core::miner;
use tablon_core::node::{
    Config, Input, MinerReport, MiningJob, Node, OpenError, Output, RequestId, Wallet,
};
use tablon_core::params::Params;
use tablon_core::store::{PartialFile, Whole};
use tablon_core::target::CompactTarget;
use tablon_core::units::{Height, Millis};
use tablon_core::view::Storage;

use super::bytes::Bytes;
use super::keys::key;
use super::pages::Pages;

/// Moves in one run, at most: each may open the store or write to it.
const MOVES: usize = 24;

/// The answer of Chromium's file to a write at its quota, which writes nothing.
const CHROMIUM_AT_QUOTA: u64 = 4_294_967_288;

/// How the file behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Honest,
    /// Each write, truncation and flush as the script says.
    Scripted,
    /// At its quota, as Chromium's: what is there is written over, and nothing grows.
    Full,
    /// Every write and truncation is refused.
    Refuses,
}

const MANNERS: [Manner; 3] = [Manner::Scripted, Manner::Full, Manner::Refuses];

/// What becomes of one write or truncation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Done,
    Refused,
    /// Nothing is done, and a count is told that was never asked for.
    Lie,
    /// A part is done, and that is said.
    Part,
    /// Nothing is done, and that is said.
    Nothing,
}

#[derive(Debug, Clone)]
struct Inner {
    pages: Pages,
    /// As they were when they were last flushed.
    flushed: Pages,
    manner: Manner,
    script: Vec<u8>,
    at: usize,
}

impl Inner {
    fn fate(&mut self, grows: bool) -> Fate {
        match self.manner {
            Manner::Honest => Fate::Done,
            Manner::Refuses => Fate::Refused,
            Manner::Full if grows => Fate::Lie,
            Manner::Full => Fate::Done,
            Manner::Scripted => {
                self.at += 1;
                let byte = self.script.get(self.at % self.script.len().max(1));
                match byte.copied().unwrap_or_default() % 16 {
                    0 => Fate::Refused,
                    1 => Fate::Lie,
                    2 => Fate::Part,
                    3 => Fate::Nothing,
                    _ => Fate::Done,
                }
            }
        }
    }
}

/// A file in memory. A clone is the same file.
#[derive(Debug, Clone)]
struct Liar(Arc<Mutex<Inner>>);

impl Liar {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn behave(&self, manner: Manner) {
        self.inner().manner = manner;
    }

    /// What a killed program leaves.
    fn after_kill(&self) -> Self {
        Self(Arc::new(Mutex::new(self.inner().clone())))
    }

    /// What a power failure leaves: of what was not flushed, nothing.
    fn after_power_failure(&self) -> Self {
        let left = self.after_kill();
        let flushed = self.inner().flushed.clone();
        left.inner().pages = flushed;
        left
    }
}

fn refused() -> io::Error {
    io::Error::new(ErrorKind::StorageFull, "the quota is exceeded")
}

impl PartialFile for Liar {
    fn size(&self) -> io::Result<u64> {
        Ok(self.inner().pages.len() as u64)
    }

    fn read_at(&self, offset: u64, out: &mut [u8]) -> io::Result<u64> {
        let inner = self.inner();
        let there = inner.pages.len().saturating_sub(offset as usize);
        let count = there.min(out.len());
        inner.pages.read(offset, &mut out[..count])?;
        Ok(count as u64)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> io::Result<u64> {
        let mut inner = self.inner();
        let start = offset as usize;
        let grows = start + data.len() > inner.pages.len();
        let count = match inner.fate(grows) {
            Fate::Done => data.len(),
            Fate::Part => data.len() / 2,
            Fate::Refused => return Err(refused()),
            Fate::Lie => return Ok(CHROMIUM_AT_QUOTA),
            Fate::Nothing => return Ok(0),
        };
        let end = start + count;
        if end > inner.pages.len() {
            inner.pages.resize(end);
        }
        inner.pages.write(offset, &data[..count])?;
        Ok(count as u64)
    }

    fn truncate(&self, size: u64) -> io::Result<()> {
        let mut inner = self.inner();
        let (before, after) = (inner.pages.len(), size as usize);
        let reached = match inner.fate(after > before) {
            Fate::Done => after,
            Fate::Refused => return Err(refused()),
            Fate::Lie | Fate::Nothing => before,
            // Only what grows takes room by and by.
            Fate::Part if after > before => before + (after - before) / 2,
            Fate::Part => before,
        };
        inner.pages.resize(reached);
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let mut inner = self.inner();
        match inner.fate(false) {
            Fate::Refused => Err(refused()),
            Fate::Done | Fate::Lie | Fate::Part | Fate::Nothing => {
                inner.flushed = inner.pages.clone();
                Ok(())
            }
        }
    }

    fn close(&self) {}
}

struct Board {
    params: Params,
    file: Liar,
    node: Option<Node>,
    now: Millis,
    job: Option<MiningJob>,
    requests: u32,
    starts: u8,
    /// The store failed in a way that the driver answers by opening it again.
    stopped: bool,
    /// Posts whose writers were told that they are stored.
    posts: Vec<TxId>,
    /// The highest block that was shown.
    shown: (Height, Option<BlockHash>),
    /// The last command's answer.
    reply: Option<Reply>,
}

/// The first 32 bytes are the script, the next one says how the file behaves when the
/// store is made, then come the moves.
pub fn store_lies(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let script = bytes.some(32).to_vec();
    let mut board = match MANNERS.get(bytes.below(8)) {
        Some(manner) => Board::on(Pages::default(), script, *manner),
        None => Board::on(newborn(), script, Manner::Honest),
    };
    for _ in 0..MOVES {
        if bytes.is_empty() {
            break;
        }
        board.play(&mut bytes);
    }
    board.finish();
}

// A store that was opened once and closed: it is the same in every run.
fn newborn() -> Pages {
    static IMAGE: OnceLock<Pages> = OnceLock::new();
    let image = IMAGE.get_or_init(|| {
        let Board { node, file, .. } = Board::on(Pages::default(), Vec::new(), Manner::Honest);
        drop(node);
        file.inner().pages.clone()
    });
    image.clone()
}

impl Board {
    fn on(pages: Pages, script: Vec<u8>, manner: Manner) -> Self {
        let params = Params {
            name: "lies".into(),
            spacing: 10,
            initial: CompactTarget(0x207f_ffff),
            easiest: CompactTarget(0x207f_ffff),
            stamp_bits: 0,
            ..Params::default_network()
        };
        let file = Liar(Arc::new(Mutex::new(Inner {
            flushed: pages.clone(),
            pages,
            manner,
            script,
            at: 0,
        })));
        let mut board = Self {
            params,
            file,
            node: None,
            now: Millis(1_790_000_000_000),
            job: None,
            requests: 0,
            starts: 0,
            stopped: false,
            posts: Vec::new(),
            shown: (Height(0), None),
            reply: None,
        };
        board.open();
        board
    }

    fn play(&mut self, bytes: &mut Bytes<'_>) {
        match bytes.below(9) {
            0 | 1 => self.post(usize::from(bytes.u8())),
            2 => self.mine(),
            3 => {
                let manner = *bytes.pick(&MANNERS);
                self.file.behave(manner);
            }
            4 => self.file.behave(Manner::Honest),
            5 => self.kill(),
            8 => self.fail_power(),
            6 => {
                self.now = self.now.plus(100 * u64::from(bytes.u8()));
                self.feed(Input::Tick);
            }
            _ => self.read(),
        }
    }

    fn config(&self) -> Config {
        Config {
            params: self.params.clone(),
            slot: 0,
            wallet: Wallet::Open(key(1)),
            key: key(2),
            seed: [self.starts; 32],
            storage: Storage::Durable {
                bytes: 0,
                recovered: false,
            },
        }
    }

    fn open(&mut self) {
        self.starts = self.starts.wrapping_add(1);
        self.job = None;
        self.stopped = false;
        let kept = !self.posts.is_empty() || self.shown.1.is_some();
        let opened = Node::open(self.config(), Whole(self.file.clone()), self.now);
        let (node, outputs) = match opened {
            Ok(opened) => opened,
            Err(OpenError::Store(error)) if !error.is_corrupt() && !kept => {
                // The disk is full, and nothing was ever stored: there is room now.
                self.file.behave(Manner::Honest);
                let again = Node::open(self.config(), Whole(self.file.clone()), self.now);
                again.expect("with room a new store is made")
            }
            Err(error) => panic!("a store that was whole does not open: {error}"),
        };
        self.node = Some(node);
        self.handle_output(outputs);
        self.ask(Command::MineEmpty { allowed: true });
        self.ask(Command::Mine { threads: 1 });
        self.check_chain();
    }

    fn kill(&mut self) {
        self.open_again(self.file.after_kill());
    }

    fn fail_power(&mut self) {
        self.open_again(self.file.after_power_failure());
    }

    fn open_again(&mut self, left: Liar) {
        self.node = None;
        self.file = left;
        self.open();
    }

    fn feed(&mut self, input: Input) {
        let Some(node) = &mut self.node else { return };
        let outputs = node.step(self.now, input);
        self.handle_output(outputs);
        if self.stopped {
            // What was answered before it stopped stands.
            let reply = self.reply.take();
            self.kill();
            self.reply = reply;
        }
    }

    fn handle_output(&mut self, outputs: Vec<Output>) {
        let mut stamps = Vec::new();
        for output in outputs {
            match output {
                Output::Mine { job } => self.job = job,
                Output::Stamp { job, work } => {
                    let stamp = miner::search_stamp(&work, 0, u64::MAX);
                    let stamp = stamp.expect("no bits are asked for");
                    stamps.push(Input::Miner(MinerReport::Stamped { job, stamp }));
                }
                Output::Reply { result, .. } => {
                    if let Ok(Reply::Posted(id)) = result {
                        self.posts.push(id);
                    }
                    self.reply = result.ok();
                }
                Output::Stop { reason, corrupt } => {
                    assert!(!corrupt, "a full disk is no damage: {reason}");
                    self.stopped = true;
                }
                _ => {}
            }
        }
        let Some(node) = &self.node else { return };
        let status = node.status(self.now);
        // What is read while nothing is stored need not have reached the disk.
        let stores = !matches!(status.storage, Storage::StoreFailed { .. });
        if stores && status.height > self.shown.0 {
            self.shown = (status.height, Some(status.tip));
        }
        for stamp in stamps {
            self.feed(stamp);
        }
    }

    fn ask(&mut self, command: Command) -> Option<Reply> {
        self.requests += 1;
        self.reply = None;
        let id = RequestId(self.requests);
        self.feed(Input::Command { id, command });
        self.reply.take()
    }

    fn post(&mut self, size: usize) {
        self.now = self.now.plus(10);
        let body = format!("{} {}", self.requests, "x".repeat(14 * size));
        self.ask(Command::Post {
            body,
            name: String::new(),
            topic: String::new(),
            reply_to: None,
        });
    }

    fn mine(&mut self) {
        self.now = self.now.plus(10_000);
        self.feed(Input::Tick);
        let Some(job) = self.job.clone() else { return };
        let nonce = miner::search(&job.header, &job.target, 0, u32::MAX);
        self.feed(Input::Miner(MinerReport::Solved {
            job: job.job,
            nonce: nonce.expect("targets are easy"),
            rolled: 0,
        }));
    }

    // Reads go on whatever becomes of writes.
    fn read(&mut self) {
        let limit = 100;
        let read = self.ask(Command::Notes {
            before: None,
            limit,
        });
        assert!(matches!(read, Some(Reply::Notes(_))), "{read:?}");
    }

    fn check_chain(&mut self) {
        let (from, hash) = self.shown;
        let Some(hash) = hash else { return };
        match self.ask(Command::Chain { from, limit: 1 }) {
            Some(Reply::Blocks(blocks)) => {
                assert_eq!(blocks.first().map(|block| block.hash), Some(hash));
            }
            other => panic!("the chain is read: {other:?}"),
        }
    }

    fn check_posts(&mut self) {
        let limit = 100;
        let Some(Reply::Notes(notes)) = self.ask(Command::Notes {
            before: None,
            limit,
        }) else {
            panic!("posts are read");
        };
        let Some(Reply::Pending(pending)) = self.ask(Command::Pending) else {
            panic!("waiting posts are read");
        };
        let there: Vec<TxId> = (notes.iter().map(|note| note.post.id))
            .chain(pending.iter().map(|waiting| waiting.id))
            .collect();
        for post in &self.posts {
            assert!(there.contains(post), "{post} was acknowledged and is gone");
        }
    }

    // There is room again: the node stores by itself, and all is there after a kill.
    fn finish(&mut self) {
        self.file.behave(Manner::Honest);
        self.kill_and_check();
        let before = self.posts.len();
        self.post(1);
        assert_eq!(self.posts.len(), before + 1, "with room a post is stored");
        self.file.behave(Manner::Full);
        // No free page is left at some time, or all fits.
        for _ in 0..3 {
            self.post(250);
        }
        self.read();
        self.file.behave(Manner::Honest);
        for _ in 0..3 {
            self.now = self.now.plus(5_000);
            self.feed(Input::Tick);
        }
        let before = self.posts.len();
        self.post(1);
        assert_eq!(self.posts.len(), before + 1, "it goes on by itself");
        self.kill_and_check();
    }

    fn kill_and_check(&mut self) {
        self.kill();
        self.check_posts();
    }
}
