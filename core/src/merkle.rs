//! Merkle tree over a block's body, in the manner of RFC 6962: leaves and inner
//! nodes are hashed with different prefixes and nothing is ever duplicated, so
//! that neither CVE-2012-2459 (two bodies, one root) nor a node passed off as a
//! leaf can occur.

use serde::{Deserialize, Serialize};

use crate::hash::{MerkleRoot, sha256};

/// Levels of a proof, at most: a tree of 2^32 leaves.
pub const MAX_DEPTH: usize = 32;

/// The way from one leaf to the root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MerkleProof {
    /// The leaf's place, from 0.
    pub index: u32,
    /// Leaves in the tree.
    pub leaves: u32,
    /// Sibling hashes from the leaf up.
    pub path: Vec<[u8; 32]>,
}

/// The root over `leaves`; SHA-256 of nothing when there are none.
pub fn root<'a>(leaves: impl IntoIterator<Item = &'a [u8]>) -> MerkleRoot {
    let hashes: Vec<_> = leaves.into_iter().map(leaf_hash).collect();
    MerkleRoot(subtree(&hashes))
}

/// The proof that the leaf at `index` is under the root; `None` past the end.
pub fn prove<'a>(leaves: impl IntoIterator<Item = &'a [u8]>, index: u32) -> Option<MerkleProof> {
    let hashes: Vec<_> = leaves.into_iter().map(leaf_hash).collect();
    let mut path = Vec::new();
    let mut range = hashes.as_slice();
    let mut at = index as usize;
    if at >= range.len() {
        return None;
    }
    while range.len() > 1 {
        let (left, right) = range.split_at(split(range.len()));
        if at < left.len() {
            path.push(subtree(right));
            range = left;
        } else {
            path.push(subtree(left));
            at -= left.len();
            range = right;
        }
    }
    path.reverse();
    Some(MerkleProof {
        index,
        leaves: u32::try_from(hashes.len()).ok()?,
        path,
    })
}

impl MerkleProof {
    /// Whether `leaf` is at the proof's place under `root` (RFC 9162, 2.1.3.2).
    pub fn verify(&self, leaf: &[u8], root: MerkleRoot) -> bool {
        if self.index >= self.leaves || self.path.len() > MAX_DEPTH {
            return false;
        }
        let (mut node, mut last) = (self.index, self.leaves - 1);
        let mut hash = leaf_hash(leaf);
        for sibling in &self.path {
            if last == 0 {
                return false;
            }
            if node & 1 == 1 || node == last {
                hash = node_hash(sibling, &hash);
                while node & 1 == 0 && node != 0 {
                    node >>= 1;
                    last >>= 1;
                }
            } else {
                hash = node_hash(&hash, sibling);
            }
            node >>= 1;
            last >>= 1;
        }
        last == 0 && MerkleRoot(hash) == root
    }
}

fn leaf_hash(leaf: &[u8]) -> [u8; 32] {
    sha256(&[&[0], leaf])
}

fn node_hash(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    sha256(&[&[1], left, right])
}

// Depth is logarithmic: a block has at most some thousand leaves.
fn subtree(hashes: &[[u8; 32]]) -> [u8; 32] {
    match hashes {
        [] => sha256(&[]),
        [one] => *one,
        _ => {
            let (left, right) = hashes.split_at(split(hashes.len()));
            node_hash(&subtree(left), &subtree(right))
        }
    }
}

// The largest power of two smaller than `leaves`.
fn split(leaves: usize) -> usize {
    leaves.next_power_of_two() / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(root: MerkleRoot) -> String {
        data_encoding::HEXLOWER.encode(&root.0)
    }

    // Test tree of the certificate-transparency reference implementation.
    const LEAVES: [&str; 8] = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ];
    const ROOTS: [&str; 8] = [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    #[test]
    fn roots_are_those_of_certificate_transparency() {
        let leaves: Vec<Vec<u8>> = LEAVES
            .iter()
            .map(|hex| data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap())
            .collect();
        for (count, expected) in (1..=8).zip(ROOTS) {
            assert_eq!(
                hex(root(leaves[..count].iter().map(Vec::as_slice))),
                expected
            );
        }
    }

    #[test]
    fn a_body_with_its_last_leaf_doubled_has_another_root() {
        let three: [&[u8]; 3] = [b"a", b"b", b"c"];
        let four: [&[u8]; 4] = [b"a", b"b", b"c", b"c"];
        assert_ne!(root(three), root(four)); // CVE-2012-2459
    }

    proptest::proptest! {
        #[test]
        fn every_leaf_is_proven_and_nothing_else(count in 1usize..70, at in 0usize..70, other: u8) {
            let at = at % count;
            let leaves: Vec<Vec<u8>> = (0..count).map(|i| vec![i as u8, 1]).collect();
            let slices = || leaves.iter().map(Vec::as_slice);
            let root = root(slices());
            let proof = prove(slices(), at as u32).unwrap();
            proptest::prop_assert!(proof.verify(&leaves[at], root));
            proptest::prop_assert!(!proof.verify(&[other], root));
            let mut elsewhere = proof.clone();
            elsewhere.index = (elsewhere.index + 1) % count.max(2) as u32;
            proptest::prop_assert!(!elsewhere.verify(&leaves[at], root));
            let mut longer = proof;
            longer.path.push([0; 32]);
            proptest::prop_assert!(!longer.verify(&leaves[at], root));
        }
    }
}
