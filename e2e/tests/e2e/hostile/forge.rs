//! Blocks and posts, sound or not, made outside any tab.

use std::time::{SystemTime, UNIX_EPOCH};

use tablon_core::block::{Block, Coinbase, merkle_root};
use tablon_core::chain::{Chain, Entry};
use tablon_core::difficulty::{earliest_time, required_bits};
use tablon_core::hash::StateRoot;
use tablon_core::header::Header;
use tablon_core::keys::{Address, SecretKey};
use tablon_core::miner;
use tablon_core::params::{HEADER_VERSION, Params};
use tablon_core::rules::check_transaction;
use tablon_core::store::MemoryBackend;
use tablon_core::transaction::{Action, Draft, Post, Transaction};
use tablon_core::units::{Millis, Timestamp};
use tablon_core::wire::{Hello, PROTOCOL};

/// Makes blocks on a chain of its own.
pub(super) struct Forge {
    pub(super) params: Params,
    pub(super) chain: Chain,
    made: u64,
}

impl Forge {
    pub(super) fn new(params: &Params) -> Self {
        let chain = Chain::open(params.clone(), MemoryBackend::default());
        Self {
            params: params.clone(),
            chain: chain.expect("memory can be written"),
            made: 0,
        }
    }

    /// A solved block on the tip. What breaks the ledger's rules has no state
    /// root: it gets one that is wrong.
    pub(super) fn block(&mut self, posts: Vec<Transaction>) -> Block {
        self.made += 1;
        let parent = self.chain.tip().clone();
        let miner = Address([0xfa; 20]);
        let network = self.params.network_id();
        let checked = (posts.iter())
            .map(|post| check_transaction(&self.params, network, post.clone()))
            .collect::<Result<Vec<_>, _>>();
        let state_root = checked
            .ok()
            .and_then(|checked| self.chain.state_root_after(miner, &checked).ok())
            .unwrap_or(StateRoot::default());
        let coinbase = Coinbase {
            height: parent.height.next(),
            miner,
            state_root,
            extra_nonce: self.made,
        };
        let time = self.time_after(&parent);
        let header = Header {
            version: HEADER_VERSION,
            previous: parent.hash,
            merkle_root: merkle_root(&coinbase, &posts),
            time,
            bits: required_bits(&self.params, &parent.as_parent(), time),
            nonce: 0,
        };
        let mut block = Block {
            header,
            coinbase,
            transactions: posts,
        };
        seal(&mut block);
        block
    }

    // An hour ago, so that blocks one after the other are not ahead of the clock, and as
    // soon after the parent as the rules let it.
    fn time_after(&self, parent: &Entry) -> Timestamp {
        let began = Timestamp((now().0 / 1000) as u32 - 3_600);
        began.max(earliest_time(&self.params, &parent.as_parent()))
    }

    /// A block of nothing, taken into the forge's own chain.
    pub(super) fn grow(&mut self) -> Block {
        self.take(Vec::new())
    }

    /// A block of these, taken into the forge's own chain.
    pub(super) fn take(&mut self, transactions: Vec<Transaction>) -> Block {
        let block = self.block(transactions);
        self.chain
            .insert_header(block.header)
            .expect("a sound header");
        let checked = self.chain.check_body(block.clone());
        let checked = checked.expect("its header is known").expect("a sound body");
        self.chain.extend(vec![checked]).expect("memory");
        block
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
            time: now(),
        }
    }

    /// A stamped and signed post.
    pub(super) fn post(&self, who: &SecretKey, seq: u32, body: &str) -> Transaction {
        post(&self.params, who, seq, body)
    }
}

pub(super) fn post(params: &Params, who: &SecretKey, seq: u32, body: &str) -> Transaction {
    let draft = Draft::new(
        params.network_id(),
        who.public(),
        seq,
        Timestamp((now().0 / 1000) as u32),
        Action::Post(Post {
            name: String::new(),
            topic: String::new(),
            body: body.into(),
            reply_to: None,
        }),
    );
    let job = draft.stamp_job(|size| params.required_stamp_bits(size));
    let stamp = miner::search_stamp(&job, 0, u64::MAX).expect("few bits");
    draft.finish(stamp, who)
}

pub(super) fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Millis(since.expect("the clock is right").as_millis() as u64)
}

/// Make a header commit to its body and solve it.
pub(super) fn seal(block: &mut Block) {
    block.header.merkle_root = block.merkle_root();
    let target = block.header.bits.target().expect("required bits");
    let bytes = block.header.to_bytes();
    let found = miner::search(&bytes[..76], &target.to_le_bytes(), 0, u32::MAX);
    block.header.nonce = found.expect("easy targets");
}

/// Find a nonce that does not do.
pub(super) fn unsolve(block: &mut Block) {
    let target = block.header.bits.target().expect("required bits");
    while target.is_met_by(block.header.hash()) {
        block.header.nonce = block.header.nonce.wrapping_add(1);
    }
}
