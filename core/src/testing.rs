//! What tests of this crate share: keys, posts and blocks made quickly.

use crate::block::{Block, Coinbase, merkle_root};
use crate::chain::Entry;
use crate::difficulty::required_bits;
use crate::hash::TxId;
use crate::header::Header;
use crate::keys::{Address, SecretKey};
use crate::miner;
use crate::params::{HEADER_VERSION, Params};
use crate::rules::{CheckedTransaction, check_transaction};
use crate::target::CompactTarget;
use crate::transaction::{Action, Draft, Post, Transaction};
use crate::units::Timestamp;

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

pub(crate) fn author(who: u8) -> SecretKey {
    SecretKey::from_seed([who; 32])
}

pub(crate) fn post(params: &Params, key: &SecretKey, seq: u32, body: &str) -> Transaction {
    let action = Action::Post(Post {
        name: String::new(),
        topic: String::new(),
        body: body.into(),
        reply_to: None::<TxId>,
    });
    let draft = Draft::new(
        params.network_id(),
        key.public(),
        seq,
        Timestamp(1_700_000_000),
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
    let above = parent.as_parent();
    // Genesis' time is 0; its child starts the clock.
    let time = Timestamp(above.time.0.max(1_700_000_000) + seconds);
    let coinbase = Coinbase {
        height: parent.height.next(),
        miner: Address([seconds as u8; 20]),
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
    block
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
