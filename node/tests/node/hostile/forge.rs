//! A chain of the test's own, which the node has as well, and what is forged on it.

use std::path::Path;
use std::sync::OnceLock;
use std::time::UNIX_EPOCH;

use tablon_core::block::{Block, Coinbase, merkle_root};
use tablon_core::chain::{Chain, Point};
use tablon_core::difficulty::required_bits;
use tablon_core::hash::{MerkleRoot, StateRoot};
use tablon_core::header::Header;
use tablon_core::keys::{Address, SecretKey};
use tablon_core::miner;
use tablon_core::params::{HEADER_VERSION, Params};
use tablon_core::rules::check_transaction;
use tablon_core::store::MemoryBackend;
use tablon_core::transaction::{Action, Draft, Post, Transaction};
use tablon_core::units::{Millis, Timestamp};
use tablon_core::wire::{Hello, PROTOCOL};

use crate::common::quick;

/// Blocks of the chain that every node begins with: more than an answer to a request
/// for headers takes.
const BLOCKS: u32 = 1_200;
/// Of these so many, the last but one, are nearly full: more than strangers are given
/// at once.
const FULL_BLOCKS: u32 = 64;
/// Seconds that the chain ends ago, so that there is time for honest blocks.
const AGO: u32 = 900;
/// Who is paid for forged blocks.
const MINER: Address = Address([0xfa; 20]);

/// Makes blocks, sound or not, on the chain that the honest peer and the node share.
pub(super) struct Forge {
    pub(super) params: Params,
    pub(super) chain: Chain,
    made: u64,
}

pub(super) fn now_ms() -> u64 {
    let since = UNIX_EPOCH.elapsed().unwrap();
    since.as_millis() as u64 // for 584 million years
}

pub(super) fn now_s() -> u32 {
    (now_ms() / 1_000) as u32 // until 2106
}

impl Forge {
    /// The chain, and a node's store with it at `path`.
    pub(super) fn with_store(path: &Path) -> Self {
        static STORE: OnceLock<Vec<u8>> = OnceLock::new();
        let bytes = STORE.get_or_init(first_store);
        std::fs::write(path, bytes).unwrap();
        let backend = MemoryBackend::default();
        backend.spoil(|empty| empty.clone_from(bytes));
        Self::on(backend)
    }

    fn on(backend: MemoryBackend) -> Self {
        let params = quick();
        Self {
            chain: Chain::open(params.clone(), backend).unwrap(),
            params,
            made: 0,
        }
    }

    /// A solved block on the tip at `time`.
    pub(super) fn block(&mut self, time: u32, transactions: Vec<Transaction>) -> Block {
        self.made += 1;
        let tip = self.chain.tip();
        let coinbase = Coinbase {
            height: tip.height.next(),
            miner: MINER,
            state_root: self.state_root(&transactions),
            extra_nonce: self.made,
        };
        let time = Timestamp(time);
        let header = Header {
            version: HEADER_VERSION,
            previous: tip.hash,
            merkle_root: merkle_root(&coinbase, &transactions),
            time,
            bits: required_bits(&self.params, &tip.as_parent(), time),
            nonce: 0,
        };
        let mut block = Block {
            header,
            coinbase,
            transactions,
        };
        solve(&mut block.header);
        block
    }

    // What breaks the ledger's rules has no root: any will do.
    fn state_root(&self, transactions: &[Transaction]) -> StateRoot {
        let network = self.params.network_id();
        let checked = transactions
            .iter()
            .map(|one| check_transaction(&self.params, network, one.clone()))
            .collect::<Result<Vec<_>, _>>();
        let root = checked
            .ok()
            .and_then(|checked| self.chain.state_root_after(MINER, &checked).ok());
        root.unwrap_or_default()
    }

    /// Take a sound block into the chain.
    pub(super) fn keep(&mut self, block: &Block) {
        self.chain.insert_header(block.header).unwrap();
        let checked = self.chain.check_body(block.clone()).unwrap().unwrap();
        self.chain.extend(vec![checked]).unwrap();
    }

    /// An honest block on the tip, kept.
    pub(super) fn next(&mut self) -> Block {
        let time = self.chain.tip().header.time.0 + self.params.spacing;
        let block = self.block(time, Vec::new());
        self.keep(&block);
        block
    }

    /// Solved headers without bodies on a place of the chain, so many seconds apart.
    pub(super) fn headers(&mut self, from: Point, count: usize, apart: u32) -> Vec<Header> {
        self.made += 1;
        let mut at = from;
        let mut headers = Vec::with_capacity(count);
        for number in 0..count {
            let mut root = [0xee; 32];
            root[..8].copy_from_slice(&self.made.to_le_bytes());
            root[8..16].copy_from_slice(&(number as u64).to_le_bytes());
            let time = Timestamp(at.parent.time.0.max(self.params.born.0) + apart);
            let mut header = Header {
                version: HEADER_VERSION,
                previous: at.hash,
                merkle_root: MerkleRoot(root),
                time,
                bits: required_bits(&self.params, &at.parent, time),
                nonce: 0,
            };
            solve(&mut header);
            at = at.child(&self.params, &header).unwrap();
            headers.push(header);
        }
        headers
    }

    /// The hello of a node with this chain.
    pub(super) fn hello(&self) -> Hello {
        let tip = self.chain.tip();
        Hello {
            protocol: PROTOCOL,
            network: self.params.network_id(),
            height: tip.height,
            tip: tip.hash,
            work: tip.work,
            time: Millis(now_ms()),
        }
    }

    /// A hello that claims a million times the work by a tip that nobody knows.
    pub(super) fn boast(&self) -> Hello {
        let mut hello = self.hello();
        hello.height.0 += 1_000_000;
        hello.tip.0[0] ^= 1;
        for _ in 0..20 {
            hello.work = hello.work.plus(hello.work);
        }
        hello
    }

    pub(super) fn post(&self, who: &SecretKey, seq: u32, body: &str) -> Transaction {
        let post = Post {
            name: String::new(),
            topic: String::new(),
            body: body.into(),
            reply_to: None,
        };
        self.act(who, seq, now_s(), Action::Post(post))
    }

    /// Stamped and signed, whatever it does.
    pub(super) fn act(&self, who: &SecretKey, seq: u32, time: u32, action: Action) -> Transaction {
        let network = self.params.network_id();
        let draft = Draft::new(network, who.public(), seq, Timestamp(time), action);
        let job = draft.stamp_job(|size| self.params.required_stamp_bits(size));
        let stamp = miner::search_stamp(&job, 0, u64::MAX).unwrap();
        draft.finish(stamp, who)
    }
}

// What a node's file has after a first sync, made once.
fn first_store() -> Vec<u8> {
    let backend = MemoryBackend::default();
    let mut forge = Forge::on(backend.clone());
    let end = now_s() - AGO;
    let author = SecretKey::from_seed([0xa0; 32]);
    let (text, mut seq) = ("x".repeat(4_000), 0);
    for left in (0..BLOCKS).rev() {
        let mut posts = Vec::new();
        if (1..=FULL_BLOCKS).contains(&left) {
            // 102 KiB
            for _ in 0..25 {
                posts.push(forge.post(&author, seq, &text));
                seq += 1;
            }
        }
        let block = forge.block(end - left * forge.params.spacing, posts);
        forge.keep(&block);
    }
    drop(forge);
    let mut bytes = Vec::new();
    backend.spoil(|stored| bytes.clone_from(stored));
    bytes
}

/// Make a header commit to its body and solve it.
pub(super) fn seal(block: &mut Block) {
    block.header.merkle_root = block.merkle_root();
    solve(&mut block.header);
}

pub(super) fn solve(header: &mut Header) {
    let target = header.bits.target().unwrap().to_le_bytes();
    let found = miner::search(&header.to_bytes()[..76], &target, 0, u32::MAX);
    header.nonce = found.unwrap();
}
