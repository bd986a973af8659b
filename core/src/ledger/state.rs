//! The state root: one hash over all accounts.
//!
//! A sparse Merkle tree (Dahlberg, Pulls, Peeters 2016) in which a subtree with a
//! single account is that account's leaf, as Diem's has it: the tree's shape
//! follows from the set of its keys alone, whatever order they came in, so undoing
//! a block gives the same bytes again. A change costs the hashes on the way to the
//! root, about log2 of the number of accounts, and proofs are as long (see ADR 6).
//!
//! ```text
//! key    SHA-256(address): nobody chooses their place cheaply
//! leaf   SHA-256(0 | key | SHA-256(account's canonical bytes))
//! inner  SHA-256(1 | left | right)      empty: 32 zero bytes
//! ```

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Account;
use crate::hash::{StateRoot, sha256};
use crate::keys::Address;
use crate::store::StoreError;

/// Where an account stands in the tree: its path from the root, a bit a level.
pub type Key = [u8; 32];
type Hash = [u8; 32];

/// Levels of the tree, at most.
const DEPTH: u16 = 256;

/// Stands for a subtree without accounts.
const EMPTY: Hash = [0; 32];

/// The hash of an account's bytes by its key; `None` where there is no account.
pub type Leaves = BTreeMap<Key, Option<Hash>>;

/// Nodes to write, or to remove.
pub type Writes = BTreeMap<Position, Option<Node>>;

/// A place in the tree: the first `depth` bits of a key. Places are ordered by their
/// bits, so that those which lie together in the store are written one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Bits that count.
    pub depth: u16,
    /// The bits; those that do not count are zero.
    pub prefix: Key,
}

/// What stands at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Node {
    /// The only account below this place.
    Leaf {
        /// Its whole key.
        key: Key,
        /// Hash of its bytes.
        value: Hash,
    },
    /// Two accounts or more.
    Inner(Hash),
}

/// Where nodes are read from.
pub trait Nodes {
    /// What stands there.
    fn node(&self, at: Position) -> Result<Option<Node>, StoreError>;

    /// Where an account stands: [`key`], which need not be hashed anew each time.
    fn key(&self, address: Address) -> Key {
        key(address)
    }
}

/// The leaf that an account makes.
pub fn leaf(address: Address, account: &Account) -> (Key, Option<Hash>) {
    (key(address), value(account))
}

/// The hash of an account's bytes; none for one like any that nobody has used.
pub fn value(account: &Account) -> Option<[u8; 32]> {
    account.bytes().map(|bytes| sha256(&[&bytes]))
}

/// Where an account stands.
pub fn key(address: Address) -> Key {
    sha256(&[&address.0])
}

/// The root of what is there.
pub fn root(nodes: &impl Nodes) -> Result<StateRoot, StoreError> {
    Ok(StateRoot(hash(nodes.node(ROOT)?)))
}

/// The root once these leaves are set, and what must be written for it.
pub fn update(nodes: &impl Nodes, leaves: &Leaves) -> Result<(StateRoot, Writes), StoreError> {
    let leaves: Vec<_> = leaves.iter().map(|(key, value)| (*key, *value)).collect();
    let mut update = Update {
        nodes,
        writes: Writes::new(),
    };
    let root = update.rebuild(ROOT, &leaves)?;
    update.writes.insert(ROOT, root);
    Ok((StateRoot(hash(root)), update.writes))
}

const ROOT: Position = Position {
    depth: 0,
    prefix: [0; 32],
};

impl Ord for Position {
    fn cmp(&self, other: &Self) -> Ordering {
        // Few ways share eight bytes: numbers decide, which are quicker compared.
        let first = |at: &Self| at.prefix.first_chunk().copied().map(u64::from_be_bytes);
        (first(self).cmp(&first(other)))
            .then_with(|| self.prefix[8..].cmp(&other.prefix[8..]))
            .then(self.depth.cmp(&other.depth))
    }
}

impl PartialOrd for Position {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Position {
    fn children(self) -> [Self; 2] {
        let mut right = self.prefix;
        right[usize::from(self.depth / 8)] |= 0x80 >> (self.depth % 8);
        let depth = self.depth + 1;
        [self.prefix, right].map(|prefix| Self { depth, prefix })
    }

    // Whether the way to `key` goes right from here.
    fn goes_right(self, key: &Key) -> bool {
        key[usize::from(self.depth / 8)] & (0x80 >> (self.depth % 8)) != 0
    }
}

fn hash(node: Option<Node>) -> Hash {
    match node {
        None => EMPTY,
        Some(Node::Leaf { key, value }) => leaf_hash(&key, &value),
        Some(Node::Inner(hash)) => hash,
    }
}

fn leaf_hash(key: &Key, value: &Hash) -> Hash {
    sha256(&[&[0], key, value])
}

fn inner_hash(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[1], left, right])
}

struct Update<'n, N> {
    nodes: &'n N,
    writes: Writes,
}

impl<N: Nodes> Update<'_, N> {
    // What stands at a place once the leaves below it, in order, are set. What
    // stands below it is written; itself it is left to the caller.
    fn rebuild(
        &mut self,
        at: Position,
        leaves: &[(Key, Option<Hash>)],
    ) -> Result<Option<Node>, StoreError> {
        match self.nodes.node(at)? {
            Some(Node::Inner(_)) => {}
            lone => return Ok(self.build_subtree(at, &merged(lone, leaves))),
        }
        let places = at.children();
        let (left, right) = leaves.split_at(leaves.partition_point(|(key, _)| !at.goes_right(key)));
        let mut children = [None; 2];
        for ((child, place), leaves) in children.iter_mut().zip(places).zip([left, right]) {
            *child = if leaves.is_empty() {
                self.nodes.node(place)?
            } else {
                let child = self.rebuild(place, leaves)?;
                self.writes.insert(place, child);
                child
            };
        }
        Ok(match children {
            [None, None] => None,
            [Some(lone @ Node::Leaf { .. }), None] | [None, Some(lone @ Node::Leaf { .. })] => {
                // It moves up; both places below are empty now.
                self.writes.extend(places.map(|place| (place, None)));
                Some(lone)
            }
            [left, right] => Some(Node::Inner(inner_hash(&hash(left), &hash(right)))),
        })
    }

    // Make a subtree of these accounts, in order, where none or one was.
    fn build_subtree(&mut self, at: Position, leaves: &[(Key, Hash)]) -> Option<Node> {
        match leaves {
            [] => None,
            [(key, value)] => Some(Node::Leaf {
                key: *key,
                value: *value,
            }),
            many => {
                let places = at.children();
                let middle = many.partition_point(|(key, _)| !at.goes_right(key));
                let (left, right) = many.split_at(middle);
                let mut children = [None; 2];
                for ((child, place), leaves) in children.iter_mut().zip(places).zip([left, right]) {
                    *child = self.build_subtree(place, leaves);
                    self.writes.insert(place, *child);
                }
                Some(Node::Inner(inner_hash(
                    &hash(children[0]),
                    &hash(children[1]),
                )))
            }
        }
    }
}

// The accounts that stand under a place where so far a lone one stood, or none.
fn merged(lone: Option<Node>, leaves: &[(Key, Option<Hash>)]) -> Vec<(Key, Hash)> {
    let mut all: BTreeMap<Key, Hash> = BTreeMap::new();
    if let Some(Node::Leaf { key, value }) = lone {
        all.insert(key, value);
    }
    for (key, value) in leaves {
        match value {
            Some(value) => all.insert(*key, *value),
            None => all.remove(key),
        };
    }
    all.into_iter().collect()
}

/// Shows what a state root says of one address: its account, or that it has none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountProof {
    /// Hashes beside the way from the root, the root's own children first; at
    /// most 256.
    pub siblings: Vec<[u8; 32]>,
    /// The leaf at the end of the way: the address' own, or another's whose key
    /// begins in the same way.
    pub end: Option<([u8; 32], [u8; 32])>,
}

/// Prove what stands at an address.
pub fn prove(nodes: &impl Nodes, address: Address) -> Result<AccountProof, StoreError> {
    let key = key(address);
    let mut at = ROOT;
    let mut siblings = Vec::new();
    loop {
        let end = match nodes.node(at)? {
            None => None,
            Some(Node::Leaf { key, value }) => Some((key, value)),
            Some(Node::Inner(_)) => {
                let [left, right] = at.children();
                let (way, beside) = match at.goes_right(&key) {
                    true => (right, left),
                    false => (left, right),
                };
                siblings.push(hash(nodes.node(beside)?));
                at = way;
                continue;
            }
        };
        return Ok(AccountProof { siblings, end });
    }
}

impl AccountProof {
    /// Whether under `root` the address has exactly this account; the default one
    /// for an address that nobody has used.
    pub fn shows(&self, root: StateRoot, address: Address, account: &Account) -> bool {
        let (key, value) = leaf(address, account);
        let depth = self.siblings.len();
        if depth > usize::from(DEPTH) {
            return false;
        }
        let end_fits = match (self.end, value) {
            (Some((end, hash)), Some(value)) => end == key && hash == value,
            (None, None) => true,
            // Another account stands alone where this one would stand.
            (Some((end, _)), None) => end != key && shared_bits(&end, &key) >= depth,
            (None, Some(_)) => false,
        };
        let mut hash = (self.end).map_or(EMPTY, |(key, value)| leaf_hash(&key, &value));
        for (level, beside) in self.siblings.iter().enumerate().rev() {
            let right = key[level / 8] & (0x80 >> (level % 8)) != 0;
            hash = match right {
                true => inner_hash(beside, &hash),
                false => inner_hash(&hash, beside),
            };
        }
        end_fits && hash == root.0
    }
}

// How many bits two keys share from the front on.
fn shared_bits(a: &Key, b: &Key) -> usize {
    let differ = a.iter().zip(b).position(|(a, b)| a != b);
    differ.map_or(256, |byte| {
        byte * 8 + (a[byte] ^ b[byte]).leading_zeros() as usize
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::units::Amount;

    /// A tree in memory.
    #[derive(Debug, Clone, PartialEq, Eq, Default)]
    struct Plain(BTreeMap<Position, Node>);

    impl Nodes for Plain {
        fn node(&self, at: Position) -> Result<Option<Node>, StoreError> {
            Ok(self.0.get(&at).copied())
        }
    }

    impl Plain {
        fn set(&mut self, leaves: &Leaves) -> StateRoot {
            let (root, writes) = update(self, leaves).unwrap();
            for (at, node) in writes {
                match node {
                    Some(node) => self.0.insert(at, node),
                    None => self.0.remove(&at),
                };
            }
            root
        }
    }

    // Few bits, so that keys crowd together and share long ways.
    fn crowded() -> impl Strategy<Value = (Key, Option<Hash>)> {
        (0u8..24, 0u8..4, proptest::option::of(1u8..9)).prop_map(|(first, last, value)| {
            let mut key = [0; 32];
            key[0] = first << 3;
            key[31] = last;
            (key, value.map(|value| [value; 32]))
        })
    }

    proptest! {
        #[test]
        fn the_tree_follows_from_its_accounts_alone_whatever_their_order(
            batches in proptest::collection::vec(proptest::collection::vec(crowded(), 0..12), 1..12)
        ) {
            let mut grown = Plain::default();
            let mut all = Leaves::new();
            for batch in &batches {
                let leaves: Leaves = batch.iter().copied().collect();
                all.extend(leaves.clone());
                let before = grown.clone();
                let undo: Leaves = leaves.keys().map(|key| {
                    let value = before.0.values().find_map(|node| match node {
                        Node::Leaf { key: other, value } if other == key => Some(*value),
                        _ => None,
                    });
                    (*key, value)
                }).collect();
                let root = grown.set(&leaves);
                let mut planted = Plain::default();
                prop_assert_eq!(planted.set(&all), root);
                prop_assert_eq!(&planted, &grown);
                // Undone, every node is as it was, and the change comes again.
                let mut undone = grown.clone();
                undone.set(&undo);
                prop_assert_eq!(&undone, &before);
            }
        }
    }

    fn account(balance: u64) -> Account {
        Account {
            balance: Amount(balance),
            ..Account::default()
        }
    }

    #[test]
    fn a_proof_shows_an_account_or_its_absence_and_nothing_else() {
        let mut tree = Plain::default();
        let address = |number: u8| Address([number; 20]);
        let leaves = (1..=100).map(|who| leaf(address(who), &account(who.into())));
        let root = tree.set(&leaves.collect());
        for who in 0..=120 {
            let proof = prove(&tree, address(who)).unwrap();
            let held = if (1..=100).contains(&who) { who } else { 0 };
            for claim in [0, 1, 7, 100, 101] {
                let right = claim == held;
                assert_eq!(
                    proof.shows(root, address(who), &account(claim.into())),
                    right,
                    "account {who} has {held}, claimed {claim}"
                );
            }
            assert!(!proof.shows(StateRoot([1; 32]), address(who), &account(held.into())));
            for at in 0..proof.siblings.len() {
                let mut spoiled = proof.clone();
                spoiled.siblings[at][5] ^= 1;
                assert!(!spoiled.shows(root, address(who), &account(held.into())));
            }
            let mut endless = proof.clone();
            endless.siblings.resize(300, [0; 32]);
            assert!(!endless.shows(root, address(who), &account(held.into())));
        }
    }

    #[test]
    fn a_change_touches_no_more_of_the_tree_than_the_way_to_its_root() {
        let mut tree = Plain::default();
        let address = |number: u32| {
            let mut bytes = [0; 20];
            bytes[..4].copy_from_slice(&number.to_be_bytes());
            Address(bytes)
        };
        let leaves = (0..4_096).map(|who| leaf(address(who), &account(1)));
        tree.set(&leaves.collect());
        for who in [5, 77, 4_000, 5_000] {
            let one = [leaf(address(who), &account(2))].into_iter().collect();
            let (_, writes) = update(&tree, &one).unwrap();
            // 12 levels on average; the longest way of 4,096 has about twice as many.
            assert!(writes.len() <= 2 * 26, "{}", writes.len());
        }
    }
}
