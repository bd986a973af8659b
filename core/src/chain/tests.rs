//! Fork choice, undo and bounds, on real stores in memory.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::{Chain, Entry, InsertError, MAX_STALE, Tree};
use crate::block::Block;
use crate::chain::OpenError;
use crate::hash::BlockHash;
use crate::keys::PublicKey;
use crate::params::Params;
use crate::target::Work;
use crate::testing::{
    author, block_on, branch, branch_on, easy_network, empty_chain, entry, give, post, seal,
};
use crate::transaction::Transaction;
use crate::units::Height;

/// What the ledger and its indexes hold, row by row.
pub(crate) fn ledger(chain: &Chain) -> Vec<String> {
    let of_ledger = |row: &String| {
        let others = ["about ", "headers/", "bodies/", "pending/"];
        !others.iter().any(|table| row.starts_with(table))
    };
    chain
        .store()
        .contents()
        .into_iter()
        .filter(of_ledger)
        .collect()
}

fn pending(chain: &Chain) -> BTreeSet<Vec<u8>> {
    let waiting = chain.read().unwrap().pending().unwrap();
    waiting.iter().map(crate::encode::encode).collect()
}

/// A branch of blocks, each with the posts given for it.
fn branch_with(
    chain: &mut Chain,
    parent: &Entry,
    seconds: u32,
    posts: Vec<Vec<Transaction>>,
) -> Vec<Block> {
    let params = chain.params().clone();
    let mut parent = parent.clone();
    let mut blocks = Vec::new();
    for posts in posts {
        let block = block_on(&params, &parent, seconds, posts);
        chain.insert_header(block.header).expect("a sound header");
        parent = entry(chain, &block);
        blocks.push(block);
    }
    blocks
}

fn tip_of(blocks: &[Block]) -> BlockHash {
    blocks.last().expect("a branch has blocks").header.hash()
}

#[test]
fn a_heavier_branch_replaces_a_lighter_and_the_first_seen_wins_a_tie() {
    let params = easy_network();
    let (mut chain, _) = empty_chain(&params);
    let genesis = chain.tip().clone();
    let first = branch(&mut chain, &genesis, 10, 2);
    let second = branch(&mut chain, &genesis, 11, 3);
    let change = give(&mut chain, &first);
    assert_eq!((change.fork, change.connected.len()), (Height(0), 2));
    // As much work as the first: it was seen later.
    assert!(!give(&mut chain, &second[..2]).moved());
    assert_eq!(chain.tip().hash, tip_of(&first));
    let change = give(&mut chain, &second[2..]);
    assert_eq!(chain.tip().hash, tip_of(&second));
    assert_eq!((change.fork, change.connected.len()), (Height(0), 3));
    let off: Vec<_> = change
        .disconnected
        .iter()
        .map(|b| b.header.hash())
        .collect();
    assert_eq!(off, [first[1].header.hash(), first[0].header.hash()]);
    assert!(!chain.is_active(&entry(&chain, &first[0])));
    assert!(chain.is_active(&entry(&chain, &second[0])));
}

// An hour is one block: what undoes more than 20 is deep.
fn with_margin(margin: u8) -> Params {
    Params {
        margin,
        spacing: 3_600,
        ..easy_network()
    }
}

#[test]
fn a_margin_holds_back_no_rival_that_undoes_little() {
    for (margin, own) in [(1, 20), (6, 20), (100, 100)] {
        let (mut chain, _) = empty_chain(&with_margin(margin));
        let genesis = chain.tip().clone();
        let first = branch(&mut chain, &genesis, 3_600, own);
        let rival = branch(&mut chain, &genesis, 3_601, own + 1);
        assert!(give(&mut chain, &first).moved());
        assert!(give(&mut chain, &rival).moved(), "{margin}");
        assert!(!chain.holds_back());
    }
}

#[test]
fn a_margin_holds_back_a_rival_that_undoes_much_until_it_leads_by_more_or_is_given_way() {
    let (mut chain, _) = empty_chain(&with_margin(2));
    let genesis = chain.tip().clone();
    let first = branch(&mut chain, &genesis, 3_600, 21);
    let rival = branch(&mut chain, &genesis, 3_601, 25);
    assert!(give(&mut chain, &first).moved());
    // Blocks of one weight: 22 and 23 lead by no more than two.
    assert!(!give(&mut chain, &rival[..21]).moved());
    assert!(!chain.holds_back(), "a tie is no lead");
    assert!(!give(&mut chain, &rival[21..22]).moved() && chain.holds_back());
    assert!(!give(&mut chain, &rival[22..23]).moved() && chain.holds_back());
    let child = branch_on(&mut chain, &first[20], 3_600, 1);
    assert!(
        give(&mut chain, &child).moved(),
        "its own child needs no lead"
    );
    assert!(chain.holds_back());
    let mut other = empty_chain(&with_margin(2)).0;
    for blocks in [&first, &rival[..23].to_vec()] {
        give(&mut other, blocks);
    }
    // Now the lead must be over the new tip.
    assert!(!give(&mut chain, &rival[23..24]).moved());
    assert!(give(&mut chain, &rival[24..]).moved() && !chain.holds_back());
    assert_eq!(chain.tip().hash, tip_of(&rival));

    assert!(other.holds_back());
    assert!(other.give_way().unwrap().moved() && !other.holds_back());
    assert_eq!(other.tip().hash, tip_of(&rival[..23]));
    assert!(!other.give_way().unwrap().moved());
}

#[test]
fn undoing_a_branch_restores_accounts_places_and_notes_byte_for_byte() {
    let params = easy_network();
    let (one, two, three) = (author(1), author(2), author(3));
    let say = |key, seq, text: &str| post(&params, key, seq, text);
    let (mut chain, _) = empty_chain(&params);
    let genesis = chain.tip().clone();
    let common = branch_with(
        &mut chain,
        &genesis,
        10,
        vec![vec![say(&one, 0, "one"), say(&two, 0, "two")]],
    );
    give(&mut chain, &common);
    let fork = chain.tip().clone();
    let shared = say(&one, 1, "in both branches");
    let left = branch_with(
        &mut chain,
        &fork,
        10,
        vec![
            vec![shared.clone(), say(&one, 2, "left"), say(&three, 0, "left")],
            vec![say(&two, 1, "left"), say(&one, 3, "left")],
        ],
    );
    let right = branch_with(
        &mut chain,
        &fork,
        11,
        vec![
            vec![say(&two, 1, "right")],
            vec![say(&two, 2, "right"), shared],
            vec![say(&one, 2, "right")],
        ],
    );
    give(&mut chain, &left);
    let on_left = ledger(&chain);
    give(&mut chain, &right);
    assert_eq!(chain.tip().hash, tip_of(&right));
    assert_ne!(ledger(&chain), on_left);
    let waits = pending(&chain);
    assert_eq!(waits.len(), 4, "all of the left branch but the shared one");

    let left_again = branch_on(&mut chain, &left[1], 10, 2);
    give(&mut chain, &left_again);
    assert_eq!(chain.tip().hash, tip_of(&left_again));
    let (mut straight, _) = empty_chain(&params);
    give(&mut straight, &common);
    give(&mut straight, &left);
    assert_eq!(ledger(&straight), on_left);
    give(&mut straight, &left_again);
    assert_eq!(ledger(&straight), ledger(&chain));
}

#[test]
fn loosened_posts_are_kept_by_the_transaction_that_loosens_them() {
    let params = easy_network();
    let (mut chain, backend) = empty_chain(&params);
    let genesis = chain.tip().clone();
    let lost = post(&params, &author(1), 0, "not lost");
    let left = branch_with(&mut chain, &genesis, 10, vec![vec![lost.clone()]]);
    let right = branch(&mut chain, &genesis, 11, 2);
    give(&mut chain, &left);
    give(&mut chain, &right);
    // The process is killed at once: nothing but the backend's bytes is left.
    let killed = Chain::open(params, backend.snapshot()).unwrap();
    assert_eq!(killed.tip().hash, tip_of(&right));
    assert_eq!(
        pending(&killed),
        BTreeSet::from([crate::encode::encode(&lost)])
    );
    assert_eq!(ledger(&killed), ledger(&chain));
}

#[test]
fn an_invalid_block_amid_a_heavier_branch_is_condemned_and_the_best_valid_stays() {
    let params = easy_network();
    let (mut chain, _) = empty_chain(&params);
    let genesis = chain.tip().clone();
    let first = branch(&mut chain, &genesis, 10, 2);
    give(&mut chain, &first);
    let bad_post = post(&params, &author(1), 7, "out of order");
    let rival = branch_with(
        &mut chain,
        &genesis,
        11,
        vec![vec![], vec![], vec![], vec![bad_post], vec![], vec![]],
    );
    // Held while it is lighter, so that the bad block is met in the store as well
    // as in the batch.
    for batches in [1, 2, 3, 6] {
        let (mut chain, _) = empty_chain(&params);
        give(&mut chain, &first);
        let mut invalid = Vec::new();
        for batch in rival.chunks(rival.len() / batches) {
            invalid.extend(give(&mut chain, batch).invalid);
        }
        assert_eq!(chain.tip().hash, rival[2].header.hash(), "{batches}");
        let names: Vec<_> = invalid.iter().map(|(hash, _)| *hash).collect();
        assert_eq!(names, [rival[3].header.hash()]);
        for block in &rival[3..] {
            assert!(!chain.tree().contains(block.header.hash()));
        }
        assert!(matches!(
            chain.insert_header(rival[3].header),
            Err(InsertError::Invalid(_))
        ));
        let rows = chain.store().contents();
        assert_eq!(
            rows.iter().filter(|row| row.starts_with("bodies/")).count(),
            5
        );
    }
}

#[test]
fn a_second_copy_of_a_held_block_changes_nothing() {
    let params = easy_network();
    let (mut chain, backend) = empty_chain(&params);
    let genesis = chain.tip().clone();
    let blocks = branch(&mut chain, &genesis, 10, 3);
    give(&mut chain, &blocks);
    let before = chain.store().contents();
    for block in &blocks {
        assert!(!give(&mut chain, std::slice::from_ref(block)).moved());
        assert_eq!(chain.store().contents(), before);
    }
    assert!(chain.stale.is_empty(), "the best chain is not stale");
    let again = Chain::open(params, backend.snapshot()).unwrap();
    assert_eq!(again.tip().hash, tip_of(&blocks));
}

#[test]
fn another_networks_store_is_refused_with_both_names() {
    let params = easy_network();
    let (chain, backend) = empty_chain(&params);
    drop(chain);
    let other = Params {
        name: "another".into(),
        ..params.clone()
    };
    let before = backend.snapshot();
    match Chain::open(other.clone(), backend.clone()) {
        Err(OpenError::OtherNetwork { stored, wanted }) => {
            assert_eq!((stored, wanted), (params.network_id(), other.network_id()));
        }
        other => panic!("{other:?}"),
    }
    drop(before);
    Chain::open(params, backend).expect("it is as it was");
}

#[test]
fn stale_bodies_are_bounded_and_the_lightest_leaves_go() {
    let params = easy_network();
    let (mut chain, backend) = empty_chain(&params);
    let genesis = chain.tip().clone();
    let best = branch(&mut chain, &genesis, 10, 6);
    give(&mut chain, &best);
    let long = branch(&mut chain, &genesis, 11, 5);
    give(&mut chain, &long);
    for number in 0..MAX_STALE as u32 + 200 {
        let mut twig = block_on(&params, &genesis, 12, Vec::new());
        twig.coinbase.extra_nonce = number.into();
        seal(&mut twig);
        give(&mut chain, &[twig]);
        assert!(chain.stale.len() <= MAX_STALE);
    }
    assert_eq!(chain.tip().hash, tip_of(&best));
    // A branch of five is heavier than twigs of one.
    assert!(
        long.iter()
            .all(|block| chain.stale.contains(&block.header.hash()))
    );
    let rows = chain.store().contents();
    let bodies = rows.iter().filter(|row| row.starts_with("bodies/")).count();
    assert_eq!(bodies, MAX_STALE + best.len());
    let again = Chain::open(params, backend.snapshot()).unwrap();
    assert_eq!(again.tip().hash, tip_of(&best));
}

#[test]
fn a_branch_longer_than_the_bound_on_stale_bodies_can_still_take_over() {
    let params = easy_network();
    let (mut chain, _) = empty_chain(&params);
    let genesis = chain.tip().clone();
    let length = MAX_STALE + 100;
    let first = branch(&mut chain, &genesis, 10, length);
    for batch in first.chunks(32) {
        give(&mut chain, batch);
    }
    let rival = branch(&mut chain, &genesis, 10 + 1, length * 2);
    let heavier = (rival.iter())
        .position(|block| entry(&chain, block).work > chain.tip().work)
        .expect("twice as long");
    assert!(heavier > MAX_STALE);
    for batch in rival.chunks(32) {
        give(&mut chain, batch);
    }
    assert_eq!(chain.tip().hash, tip_of(&rival));
    assert_eq!(chain.stale.len(), MAX_STALE);
}

// ---- random trees ---------------------------------------------------------

/// A tree of blocks, some of whose posts break the order of numbers.
struct Forest {
    params: Params,
    /// Parents first.
    blocks: Vec<Block>,
    /// Heaviest work of a branch without an invalid block.
    best: Work,
    valid: BTreeSet<BlockHash>,
}

fn forest(seed: u64, count: usize) -> Forest {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut below = |bound: usize| (rng.next_u64() % bound as u64) as usize;
    let params = easy_network();
    let mut tree = Tree::new(params.clone());
    let genesis = tree.heaviest().clone();
    // Each block's entry, whether its branch is valid, and what its authors'
    // next numbers are.
    type Numbers = BTreeMap<PublicKey, u32>;
    let mut made: Vec<(Entry, bool, Numbers)> = vec![(genesis, true, Numbers::new())];
    let mut blocks = Vec::new();
    let mut best = Work::ZERO;
    let mut valid = BTreeSet::new();
    while blocks.len() < count {
        // Mostly on a late block, so that branches grow.
        let back = 1 + below(made.len().min(4));
        let parent = match below(4) {
            0 => below(made.len()),
            _ => made.len() - back,
        };
        let (parent, mut sound, mut numbers) = made[parent].clone();
        let mut posts = Vec::new();
        for _ in 0..below(4) {
            let key = author(1 + below(3) as u8);
            let next = numbers.entry(key.public()).or_default();
            let wrong = below(12) == 0;
            let text = format!("{} {}", blocks.len(), posts.len());
            posts.push(post(&params, &key, *next + u32::from(wrong), &text));
            *next += 1;
            sound &= !wrong;
        }
        let seconds = 5 + below(200) as u32;
        let block = block_on(&params, &parent, seconds, posts);
        let Ok(entry) = tree.insert(block.header) else {
            continue;
        };
        if sound {
            best = best.max(entry.work);
            valid.insert(entry.hash);
        }
        made.push((entry.clone(), sound, numbers));
        blocks.push(block);
    }
    Forest {
        params,
        blocks,
        best,
        valid,
    }
}

/// A random order, parents first.
fn shuffled(forest: &Forest, rng: &mut ChaCha8Rng) -> Vec<Block> {
    let mut waiting: Vec<&Block> = forest.blocks.iter().collect();
    let mut known = BTreeSet::from([forest.params.network_id()]);
    let mut order = Vec::new();
    while !waiting.is_empty() {
        let ready: Vec<usize> = (0..waiting.len())
            .filter(|place| known.contains(&waiting[*place].header.previous))
            .collect();
        let next = ready[(rng.next_u64() % ready.len() as u64) as usize];
        let block = waiting.swap_remove(next);
        known.insert(block.header.hash());
        order.push(block.clone());
    }
    order
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_order_of_blocks_ends_at_the_heaviest_valid_tip_and_its_ledger(seed: u64) {
        let forest = forest(seed, 30);
        let mut rng = ChaCha8Rng::seed_from_u64(!seed);
        let mut tips = BTreeMap::new();
        for _ in 0..4 {
            let order = shuffled(&forest, &mut rng);
            let (mut chain, backend) = empty_chain(&forest.params);
            let mut rest = order.as_slice();
            while !rest.is_empty() {
                let size = 1 + (rng.next_u64() % 8) as usize;
                let (batch, later) = rest.split_at(size.min(rest.len()));
                give(&mut chain, batch);
                rest = later;
            }
            let tip = chain.tip().clone();
            prop_assert_eq!(tip.work, forest.best);
            prop_assert!(tip.height == Height(0) || forest.valid.contains(&tip.hash));

            // As if only the blocks of that branch had ever come.
            let path: BTreeSet<BlockHash> = chain.tree().path(forest.params.network_id(), tip.hash).into_iter().collect();
            let straight: Vec<Block> = forest.blocks.iter().filter(|block| path.contains(&block.header.hash())).cloned().collect();
            let (mut direct, _) = empty_chain(&forest.params);
            give(&mut direct, &straight);
            prop_assert_eq!(ledger(&direct), ledger(&chain));

            // And the same again after a crash.
            let again = Chain::open(forest.params.clone(), backend.snapshot()).unwrap();
            prop_assert_eq!(again.tip().hash, tip.hash);
            prop_assert_eq!(ledger(&again), ledger(&chain));
            prop_assert_eq!(again.stale.clone(), chain.stale.clone());
            tips.insert(tip.hash, ());
        }
        // More than one tip only when several have the most work.
        let (chain, _) = { let (mut chain, backend) = empty_chain(&forest.params); give(&mut chain, &forest.blocks); (chain, backend) };
        let equals = forest.valid.iter().filter(|hash| chain.tree().get(**hash).is_some_and(|entry| entry.work == forest.best)).count();
        prop_assert!(tips.len() <= equals.max(1));
    }
}
