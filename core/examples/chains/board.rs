//! A board whose chain grows as fast as it can be computed.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use redb::StorageBackend;
use redb::backends::FileBackend;
use tablon_core::block::{Block, Coinbase, merkle_root};
use tablon_core::chain::Chain;
use tablon_core::difficulty::required_bits;
use tablon_core::header::Header;
use tablon_core::keys::SecretKey;
use tablon_core::miner;
use tablon_core::params::{HEADER_VERSION, Params};
use tablon_core::rules::check_transaction;
use tablon_core::target::CompactTarget;
use tablon_core::transaction::{Action, Draft, Post, Transaction};
use tablon_core::units::Timestamp;

/// Time of the first block.
pub(crate) const START: u32 = 1_700_000_000;

/// Who writes, in turn, and mines.
const AUTHORS: u32 = 250;

/// A network on which every second hash is a block, and stamps are free.
pub(crate) fn easy_network() -> Params {
    Params {
        name: "bench".into(),
        initial: CompactTarget(0x207f_ffff),
        easiest: CompactTarget(0x207f_ffff),
        stamp_bits: 0,
        ..Params::default_network()
    }
}

/// A chain and those who write on it.
pub(crate) struct Board {
    pub(crate) chain: Chain,
    authors: Vec<SecretKey>,
    posts: u32,
}

impl Board {
    /// A board on what the store holds; the posts in it are this board's own.
    pub(crate) fn on(backend: impl StorageBackend) -> Self {
        let key = |number: u32| {
            let mut seed = [1; 32];
            seed[..4].copy_from_slice(&number.to_le_bytes());
            SecretKey::from_seed(seed)
        };
        let chain = Chain::open(easy_network(), backend).expect("a sound store");
        let authors: Vec<_> = (0..AUTHORS).map(key).collect();
        let views = chain.read().expect("a sound store");
        let written = authors.iter().map(|author| {
            let next = views.next_seq(author.public().address());
            next.expect("a sound store")
        });
        Self {
            posts: written.sum(),
            authors,
            chain,
        }
    }

    fn post(&mut self, time: Timestamp) -> Transaction {
        let number = self.posts;
        self.posts += 1;
        let author = &self.authors[(number % AUTHORS) as usize];
        let params = self.chain.params();
        let action = Action::Post(Post {
            name: "Ana".into(),
            topic: String::new(),
            body: format!("Post {number} of ordinary length, as people write them on a board."),
            reply_to: None,
        });
        let (network, seq) = (self.chain.network(), number / AUTHORS);
        let draft = Draft::new(network, author.public(), seq, time, action);
        let job = draft.stamp_job(|size| params.required_stamp_bits(size));
        let stamp = miner::search_stamp(&job, 0, u64::MAX).expect("one bit at most");
        draft.finish(stamp, author)
    }

    /// The next block, with so many posts, not on the chain yet.
    pub(crate) fn next(&mut self, posts: u32) -> Block {
        let (parent, previous, below) = {
            let tip = self.chain.tip();
            (tip.as_parent(), tip.hash, tip.height)
        };
        let params = self.chain.params().clone();
        let time = Timestamp(START + below.0 * params.spacing);
        let miner = self.authors[below.0 as usize % self.authors.len()].public();
        let transactions: Vec<_> = (0..posts).map(|_| self.post(time)).collect();
        let checked: Result<Vec<_>, _> = (transactions.iter())
            .map(|post| check_transaction(&params, self.chain.network(), post.clone()))
            .collect();
        let checked = checked.expect("sound posts");
        let root = (self.chain).state_root_after(miner.address(), &checked);
        let coinbase = Coinbase {
            height: below.next(),
            miner: miner.address(),
            state_root: root.expect("sound posts"),
            extra_nonce: 0,
        };
        let mut header = Header {
            version: HEADER_VERSION,
            previous,
            merkle_root: merkle_root(&coinbase, &transactions),
            time,
            bits: required_bits(&params, &parent, time),
            nonce: 0,
        };
        let target = header.bits.target().expect("required bits name a target");
        let target = target.to_le_bytes();
        header.nonce =
            miner::search(&header.to_bytes()[..76], &target, 0, u32::MAX).expect("an easy target");
        Block {
            header,
            coinbase,
            transactions,
        }
    }

    /// Put a block on the chain.
    pub(crate) fn take(&mut self, block: Block) {
        (self.chain.insert_header(block.header)).expect("a sound header");
        let checked = self.chain.check_body(block);
        let checked = checked.expect("a known header").expect("a sound block");
        self.chain.extend(vec![checked]).expect("a disk with room");
    }

    /// Grow by so many blocks of so many posts.
    pub(crate) fn grow(&mut self, blocks: u32, posts: u32) {
        for _ in 0..blocks {
            let block = self.next(posts);
            self.take(block);
        }
    }
}

/// A file that is never flushed: what is made here can be made again.
#[derive(Debug)]
pub(crate) struct Unflushed(FileBackend);

impl Unflushed {
    pub(crate) fn open(path: &Path) -> Self {
        Self(FileBackend::new(file(path)).expect("a file of this program's own"))
    }
}

/// The file at `path`, made when absent.
pub(crate) fn file(path: &Path) -> File {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    let opened = options.open(path);
    opened.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl StorageBackend for Unflushed {
    fn len(&self) -> io::Result<u64> {
        self.0.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.0.read(offset, out)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.0.set_len(len)
    }
    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.0.write(offset, data)
    }
    fn close(&self) -> io::Result<()> {
        self.0.close()
    }
}

/// Counts what is written: the same on every machine, however busy.
#[derive(Debug)]
pub(crate) struct Tallied<B> {
    inner: B,
    written: Arc<AtomicU64>,
}

impl<B> Tallied<B> {
    pub(crate) fn over(inner: B) -> (Self, Arc<AtomicU64>) {
        let written = Arc::new(AtomicU64::new(0));
        let tally = written.clone();
        (Self { inner, written }, tally)
    }
}

impl<B: StorageBackend> StorageBackend for Tallied<B> {
    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }
    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.inner.read(offset, out)
    }
    fn set_len(&self, len: u64) -> io::Result<()> {
        self.inner.set_len(len)
    }
    fn sync_data(&self) -> io::Result<()> {
        self.inner.sync_data()
    }
    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        (self.written).fetch_add(data.len() as u64, Ordering::Relaxed);
        self.inner.write(offset, data)
    }
    fn close(&self) -> io::Result<()> {
        self.inner.close()
    }
}
