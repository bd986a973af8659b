//! What tests of this crate share: keys, posts and blocks made quickly.

mod disk;
pub(crate) mod ledger;
pub(crate) mod mixed;

pub(crate) use disk::Disk;

use crate::block::{Block, Coinbase, merkle_root};
use crate::chain::{Chain, Change, Entry};
use crate::difficulty::required_bits;
use crate::hash::TxId;
use crate::header::Header;
use crate::keys::{Address, SecretKey};
use crate::miner;
use crate::params::{HEADER_VERSION, Params};
use crate::rules::{CheckedTransaction, check_transaction};
use crate::store::MemoryBackend;
use crate::target::CompactTarget;
use crate::transaction::{Action, Draft, Post, Transaction};
use crate::units::Timestamp;
use ledger::Ledger;

/// A network whose blocks take a few hashes: spacing 10 s, no stamp to speak of.
pub(crate) fn easy_network() -> Params {
    Params {
        name: "test".into(),
        spacing: 10,
        initial: CompactTarget(0x207f_ffff),
        easiest: CompactTarget(0x207f_ffff),
        stamp_bits: 0,
        ..Params::default_network()
    }
}

/// An empty chain in memory, and where it is kept.
pub(crate) fn empty_chain(params: &Params) -> (Chain, MemoryBackend) {
    let backend = MemoryBackend::default();
    let chain = Chain::open(params.clone(), backend.clone()).expect("memory can be written");
    (chain, backend)
}

/// Give a chain sound blocks, parents first, in one batch.
pub(crate) fn give(chain: &mut Chain, blocks: &[Block]) -> Change {
    let mut checked = Vec::new();
    for block in blocks {
        // Known already, or on a branch that was found invalid meanwhile.
        let _ = chain.insert_header(block.header);
        if let Some(body) = chain.check_body(block.clone()) {
            checked.push(body.expect("a sound body"));
        }
    }
    chain.extend(checked).expect("memory can be written")
}

/// The entry that a block has in the chain's tree.
pub(crate) fn entry(chain: &Chain, block: &Block) -> Entry {
    let entry = chain.tree().get(block.header.hash());
    entry.expect("its header was taken").clone()
}

/// Make `count` empty blocks on `parent`, `seconds` apart, and give their headers.
pub(crate) fn branch(chain: &mut Chain, parent: &Entry, seconds: u32, count: usize) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut parent = parent.clone();
    for _ in 0..count {
        let block = block_on(&chain.params().clone(), &parent, seconds, Vec::new());
        chain.insert_header(block.header).expect("a sound header");
        parent = entry(chain, &block);
        blocks.push(block);
    }
    blocks
}

/// The same on top of a block.
pub(crate) fn branch_on(
    chain: &mut Chain,
    parent: &Block,
    seconds: u32,
    count: usize,
) -> Vec<Block> {
    let parent = entry(chain, parent);
    branch(chain, &parent, seconds, count)
}

pub(crate) fn author(who: u8) -> SecretKey {
    SecretKey::from_seed([who; 32])
}

pub(crate) fn post(params: &Params, key: &SecretKey, seq: u32, body: &str) -> Transaction {
    post_of(
        params,
        key,
        seq,
        Post {
            name: String::new(),
            topic: String::new(),
            body: body.into(),
            reply_to: None::<TxId>,
        },
    )
}

/// Stamped and signed whatever it says.
pub(crate) fn post_of(params: &Params, key: &SecretKey, seq: u32, post: Post) -> Transaction {
    act(params, key, seq, Action::Post(post))
}

/// The same with any action.
pub(crate) fn act(params: &Params, key: &SecretKey, seq: u32, action: Action) -> Transaction {
    let draft = Draft::new(
        params.network_id(),
        key.public(),
        seq,
        Timestamp(1_800_000_000),
        action,
    );
    let job = draft.stamp_job(|size| params.required_stamp_bits(size));
    let stamp = miner::search_stamp(&job, 0, u64::MAX).expect("few bits are found soon");
    draft.finish(stamp, key)
}

pub(crate) fn post_with_number(
    params: &Params,
    key: &SecretKey,
    seq: u32,
    body: &str,
) -> CheckedTransaction {
    let transaction = post(params, key, seq, body);
    check_transaction(params, params.network_id(), transaction).expect("it keeps every rule")
}

/// A block on `parent`, `seconds` later, mined.
pub(crate) fn block_on(
    params: &Params,
    parent: &Entry,
    seconds: u32,
    transactions: Vec<Transaction>,
) -> Block {
    let miner = Address([seconds as u8; 20]);
    block_by(params, parent, seconds, miner, transactions)
}

/// The same, mined by an account.
pub(crate) fn block_by(
    params: &Params,
    parent: &Entry,
    seconds: u32,
    miner: Address,
    transactions: Vec<Transaction>,
) -> Block {
    let above = parent.as_parent();
    // Genesis' time is 0; its child starts the clock.
    let time = Timestamp(above.time.0.max(1_700_000_000) + seconds);
    let height = parent.height.next();
    let ledger = Ledger::of(parent.hash).after(params, height, miner, &transactions);
    let coinbase = Coinbase {
        height,
        miner,
        state_root: ledger.root(),
        extra_nonce: 0,
    };
    let header = Header {
        version: HEADER_VERSION,
        previous: parent.hash,
        merkle_root: merkle_root(&coinbase, &transactions),
        time,
        bits: required_bits(params, &above, time),
        nonce: 0,
    };
    let mut block = Block {
        header,
        coinbase,
        transactions,
    };
    solve(&mut block);
    ledger.remember(block.header.hash());
    block
}

/// Make the header commit to the body as it is now, and solve it.
pub(crate) fn seal(block: &mut Block) {
    block.header.merkle_root = block.merkle_root();
    solve(block);
}

pub(crate) fn solve(block: &mut Block) {
    let target = block
        .header
        .bits
        .target()
        .expect("required bits name a target");
    let bytes = block.header.to_bytes();
    block.header.nonce =
        miner::search(&bytes[..76], &target.to_le_bytes(), 0, u32::MAX).expect("easy targets");
}
