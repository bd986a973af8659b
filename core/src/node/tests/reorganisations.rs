//! Reorganisations under a node with transactions of every kind.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::{network, node};
use crate::block::Block;
use crate::chain::Entry;
use crate::chain::tests::ledger as rows;
use crate::hash::TxId;
use crate::node::{Input, Node};
use crate::rules::check_transaction;
use crate::store::MemoryBackend;
use crate::testing::ledger::Ledger;
use crate::testing::mixed::{address, below, somebody, transactions};
use crate::testing::{block_by, entry, solve};
use crate::transaction::Transaction;
use crate::units::{Amount, Millis};

fn take(node: &mut Node, blocks: &[Block]) {
    let mut checked = Vec::new();
    for block in blocks {
        let _ = node.chain.insert_header(block.header);
        let body = node.chain.check_body(block.clone());
        checked.push(body.expect("a known header").expect("a sound body"));
    }
    let change = node.extend(checked).expect("memory");
    assert_eq!(change.invalid, []);
    node.step(Millis(1_800_000_000_000), Input::Tick);
}

/// Blocks with transactions of every kind on `parent`; every now and then one that
/// `wished` has already.
fn grow(
    node: &mut Node,
    rng: &mut ChaCha8Rng,
    mut parent: Entry,
    count: u32,
    seconds: u32,
    wished: &[Block],
) -> Vec<Block> {
    let params = network();
    let mut blocks = Vec::new();
    for number in 0..count as usize {
        let shared = match wished.get(number) {
            Some(block) if below(rng, 3) == 0 => block.transactions.as_slice(),
            _ => &[],
        };
        let ledger = Ledger::of(parent.hash);
        let height = parent.height.next();
        let many = below(rng, 4);
        let content = transactions(&params, rng, &ledger, height, shared, many);
        let miner = address(somebody(rng));
        let block = block_by(&params, &parent, seconds, miner, content);
        let _ = node.chain.insert_header(block.header);
        parent = entry(&node.chain, &block);
        blocks.push(block);
    }
    blocks
}

fn supply_is_exact(node: &Node) {
    let views = node.chain.read().unwrap();
    let accounts = views.accounts().unwrap();
    let sum = accounts.map(|account| account.unwrap().1.balance.0).sum();
    assert_eq!(Amount(sum), node.supply());
    let tip = Ledger::of(node.chain.tip().hash);
    assert_eq!(views.state_root().unwrap(), tip.root());
    assert_eq!(sum, tip.supply());
}

fn ids(blocks: &[Block]) -> BTreeSet<TxId> {
    let transactions = blocks.iter().flat_map(|block| &block.transactions);
    transactions.map(Transaction::id).collect()
}

/// What of these the ledger of the tip still takes, in whatever order.
fn still_valid(node: &Node, mut transactions: Vec<Transaction>) -> BTreeSet<TxId> {
    let params = network();
    let tip = node.chain.tip();
    let ledger = Ledger::of(tip.hash);
    let mut overlay = crate::ledger::Overlay::new(&ledger);
    let mut valid = BTreeSet::new();
    loop {
        let before = transactions.len();
        transactions.retain(|transaction| {
            let checked = check_transaction(&params, params.network_id(), transaction.clone());
            let checked = checked.expect("it was in a block");
            let taken = overlay.apply(tip.height.next(), &checked).is_ok();
            if taken {
                valid.insert(checked.id());
            }
            !taken
        });
        if transactions.len() == before {
            return valid;
        }
    }
}

/// A block as this node's miner would make it.
fn mine(node: &mut Node) -> Block {
    let time = node.next_time();
    let mut block = node.template(time).expect("memory");
    solve(&mut block);
    let body = block.clone();
    take(node, &[body]);
    block
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_reorganisation_keeps_the_supply_undoes_exactly_and_loses_nothing_valid(
        seed: u64,
        // As many of 1 to 3 as of 30 to 100.
        depth in (0.0f64..4.6).prop_map(|exponent| exponent.exp() as u32),
        common in 0u32..12,
    ) {
        Ledger::forget_all();
        let params = network();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut node = node(&params, MemoryBackend::default());
        let genesis = node.chain.tip().clone();
        let trunk = grow(&mut node, &mut rng, genesis, common + 1, 10, &[]);
        take(&mut node, &trunk);
        supply_is_exact(&node);
        let fork = node.chain.tip().clone();
        let losing = grow(&mut node, &mut rng, fork.clone(), depth, 11, &[]);
        take(&mut node, &losing);
        supply_is_exact(&node);
        let winning = grow(&mut node, &mut rng, fork, depth + 1 + depth / 8, 10, &losing);
        take(&mut node, &winning);
        let tip = winning.last().unwrap().header.hash();
        prop_assert_eq!(node.chain.tip().hash, tip);
        supply_is_exact(&node);

        // A node that never saw the losing branch holds the same rows.
        let mut other = self::node(&params, MemoryBackend::default());
        take(&mut other, &trunk);
        take(&mut other, &winning);
        prop_assert_eq!(rows(&node.chain), rows(&other.chain));

        // What the losing branch had and the new chain still takes waits here, and
        // is mined soon.
        let won = ids(&winning);
        let lost = losing.iter().flat_map(|block| block.transactions.clone());
        let lost = lost.filter(|transaction| !won.contains(&transaction.id()));
        let valid = still_valid(&node, lost.collect());
        for id in &valid {
            prop_assert!(node.mempool.get(*id).is_some(), "{} was dropped", id);
        }
        let mut mined = BTreeSet::new();
        for _ in 0..8 {
            if mined.is_superset(&valid) {
                break;
            }
            // What others wait for is in a block before.
            let block = mine(&mut node);
            mined.extend(ids(&[block]));
        }
        let left: Vec<_> = valid.difference(&mined).collect();
        prop_assert!(left.is_empty(), "not mined: {:?} of {}", left, valid.len());
    }
}
