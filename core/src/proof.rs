//! Proof of publication: a small file that shows, to whoever knows one block of
//! a network, that a transaction was in the chain by then. No node is asked.
//!
//! ```text
//! "tablon proof 1\n\0"   16 bytes
//! Proof                  canonical bytes: parameters, transaction, coinbase,
//!                        two Merkle paths, headers from its block to the named one
//! SHA-256                of all before: a torn file is told from a false one
//! ```
//!
//! What it cannot show: that the named block is on the chain that others follow.
//! The work in its headers says what a forgery would have cost.

use serde::{Deserialize, Serialize};

use crate::block::{Block, Coinbase};
use crate::command::ProofFile;
use crate::encode::{DecodeError, decode, encode};
use crate::hash::{BlockHash, MerkleRoot, NetworkId, sha256};
use crate::header::Header;
use crate::merkle::{self, MerkleProof};
use crate::params::{LinkError, Params};
use crate::rules::{RuleError, check_transaction};
use crate::target::{NoTarget, Work};
use crate::transaction::{MAX_TRANSACTION, Transaction};
use crate::units::{Height, Timestamp};

/// Blocks after the transaction's own in a file, at most: 8 KB of headers.
pub const MAX_CONFIRMATIONS: u32 = 100;

/// Bytes of a file, at most: a transaction, two paths, the headers, and a little.
pub const MAX_PROOF: usize = MAX_TRANSACTION + 2 * 33 * 32 + 80 * 101 + 2_048;

const MAGIC: &[u8; 16] = b"tablon proof 1\n\0";
const CHECKSUM: usize = 32;

/// A proof as it came, verified or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The network, whole: its id follows.
    params: Params,
    /// What was published.
    transaction: Transaction,
    /// The way from it to the Merkle root.
    path: MerkleProof,
    /// First leaf of its block: states the height.
    coinbase: Coinbase,
    /// The way from there to the Merkle root.
    coinbase_path: MerkleProof,
    /// From the transaction's block to the named one, each the child of the one
    /// before.
    headers: Vec<Header>,
}

/// What a proof proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The network.
    pub network: NetworkId,
    /// Its name.
    pub network_name: String,
    /// What was published.
    pub transaction: Transaction,
    /// In which block.
    pub block: BlockHash,
    /// At which height, as the block's miner stated.
    pub height: Height,
    /// When, as the block's miner stated.
    pub time: Timestamp,
    /// Blocks in the file.
    pub blocks: u32,
    /// The last of them.
    pub named: BlockHash,
    /// Its height.
    pub named_height: Height,
    /// Hashes that they took on average.
    pub work: Work,
}

/// Why a file proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Something else.
    #[error("the file is no proof of publication: it does not begin like one")]
    NotAProof,
    /// Torn or altered.
    #[error("the proof is damaged: its checksum does not match")]
    Damaged,
    /// Not a value.
    #[error("the proof does not read: {0}")]
    Malformed(#[from] DecodeError),
    /// Parameters that make no network.
    #[error("the proof's network is refused: {0}")]
    Network(#[from] LinkError),
    /// The transaction breaks a rule by itself.
    #[error("the proof's transaction is refused: {0}")]
    Transaction(#[from] RuleError),
    /// No header at all, or too many.
    #[error("a proof has 1 to {most} headers, this one has {received}")]
    Headers {
        /// Most.
        most: u32,
        /// Received.
        received: usize,
    },
    /// Not under the block's Merkle root.
    #[error("the {what} is not in the block: no path leads to its Merkle root {root}")]
    NotInBlock {
        /// Transaction or coinbase.
        what: &'static str,
        /// The block's.
        root: MerkleRoot,
    },
    /// Headers that do not follow each other.
    #[error("block {hash} in the proof does not follow the one before it")]
    Broken {
        /// The block.
        hash: BlockHash,
    },
    /// A block older than its network: somebody prepared it.
    #[error("block {hash} in the proof is of {received}, before {born}, when its network was made")]
    BeforeBirth {
        /// The block.
        hash: BlockHash,
        /// When the network was made.
        born: Timestamp,
        /// The header's time.
        received: Timestamp,
    },
    /// Bits that name no target, or one easier than the network allows.
    #[error("block {hash} in the proof has bits 0x{bits:08x}, which its network does not allow")]
    Bits {
        /// The block.
        hash: BlockHash,
        /// Its compact target.
        bits: u32,
    },
    /// A header without its work.
    #[error("block {hash} in the proof is above its own target {target}")]
    NoWork {
        /// The block.
        hash: BlockHash,
        /// Its target.
        target: String,
    },
}

impl ProofError {
    /// A stable name of what is wrong, for programs and translations.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAProof => "proof_not_a_file",
            Self::Damaged => "proof_damaged",
            Self::Malformed(_) => "proof_malformed",
            Self::Network(_) => "proof_network",
            Self::Transaction(_) => "proof_transaction",
            Self::Headers { .. } => "proof_headers",
            Self::NotInBlock { .. } => "proof_not_in_block",
            Self::Broken { .. } => "proof_broken",
            Self::BeforeBirth { .. } => "proof_before_birth",
            Self::Bits { .. } => "proof_bits",
            Self::NoWork { .. } => "proof_no_work",
        }
    }
}

impl Proof {
    /// Prove the transaction at `place` of a block; `after` are the headers that
    /// follow the block's own, at most [`MAX_CONFIRMATIONS`].
    ///
    /// # Panics
    /// When the block has no transaction there.
    pub fn new(params: &Params, block: &Block, place: u32, after: Vec<Header>) -> Self {
        let mut leaves = vec![encode(&block.coinbase)];
        leaves.extend(block.transactions.iter().map(encode));
        let prove = |index| {
            let path = merkle::prove(leaves.iter().map(Vec::as_slice), index);
            path.expect("the caller names a transaction of the block")
        };
        let mut headers = vec![block.header];
        headers.extend(after);
        headers.truncate(MAX_CONFIRMATIONS as usize + 1);
        Self {
            params: params.clone(),
            transaction: block.transactions[place as usize].clone(),
            path: prove(place + 1),
            coinbase: block.coinbase,
            coinbase_path: prove(0),
            headers,
        }
    }

    /// The file.
    pub fn to_file(&self) -> ProofFile {
        let mut proof = MAGIC.to_vec();
        proof.extend(encode(self));
        proof.extend(sha256(&[&proof]));
        ProofFile { proof }
    }

    /// Read a file of at most [`MAX_PROOF`] bytes.
    pub fn from_file(file: &[u8]) -> Result<Self, ProofError> {
        let rest = file.strip_prefix(MAGIC).ok_or(ProofError::NotAProof)?;
        let size = rest.len().checked_sub(CHECKSUM);
        let body = &rest[..size.ok_or(ProofError::Damaged)?];
        let (content, sum) = file.split_at(MAGIC.len() + body.len());
        if sha256(&[content]) != sum {
            return Err(ProofError::Damaged);
        }
        Ok(decode("a proof", body, MAX_PROOF)?)
    }

    /// Check every step from the transaction to the named block.
    pub fn verify(&self) -> Result<Proven, ProofError> {
        self.params.check()?;
        let network = self.params.network_id();
        let transaction = check_transaction(&self.params, network, self.transaction.clone())?;
        if self.headers.is_empty() || self.headers.len() > MAX_CONFIRMATIONS as usize + 1 {
            return Err(ProofError::Headers {
                most: MAX_CONFIRMATIONS + 1,
                received: self.headers.len(),
            });
        }
        let first = self.headers[0];
        let in_block = |what, leaf: Vec<u8>, path: &MerkleProof, fits: bool| {
            if fits && path.verify(&leaf, first.merkle_root) {
                return Ok(());
            }
            let root = first.merkle_root;
            Err(ProofError::NotInBlock { what, root })
        };
        let (path, coinbase) = (&self.path, &self.coinbase_path);
        let same_tree = path.leaves == coinbase.leaves;
        in_block("transaction", encode(&self.transaction), path, same_tree)?;
        let is_first = coinbase.index == 0;
        in_block("coinbase", encode(&self.coinbase), coinbase, is_first)?;
        let work = self.work()?;
        let named = self.headers[self.headers.len() - 1];
        let after = self.headers.len() as u32 - 1; // at most MAX_CONFIRMATIONS
        Ok(Proven {
            network,
            network_name: self.params.name.clone(),
            transaction: transaction.into_inner(),
            block: first.hash(),
            height: self.coinbase.height,
            time: first.time,
            blocks: after + 1,
            named: named.hash(),
            named_height: Height(self.coinbase.height.0.saturating_add(after)),
            work,
        })
    }

    // The work of the headers, each of which follows the one before it. That
    // their targets are those which the schedule requires cannot be seen without
    // the blocks below.
    fn work(&self) -> Result<Work, ProofError> {
        let easiest = self.params.easiest.target().map_err(LinkError::from)?;
        let mut work = Work::ZERO;
        let mut before: Option<(BlockHash, Timestamp)> = None;
        for header in &self.headers {
            let hash = header.hash();
            if before.is_some_and(|(parent, time)| header.previous != parent || header.time <= time)
            {
                return Err(ProofError::Broken { hash });
            }
            if header.time < self.params.born {
                return Err(ProofError::BeforeBirth {
                    hash,
                    born: self.params.born,
                    received: header.time,
                });
            }
            let bits = |_: NoTarget| ProofError::Bits {
                hash,
                bits: header.bits.0,
            };
            let target = header.bits.target().map_err(bits)?;
            if target > easiest {
                return Err(bits(NoTarget {
                    bits: header.bits.0,
                }));
            }
            if !self.params.engine.verify(hash, target) {
                let target = target.to_string();
                return Err(ProofError::NoWork { hash, target });
            }
            work = work.plus(self.params.engine.work(target));
            before = Some((hash, header.time));
        }
        Ok(work)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{author, block_on, branch_on, easy_network, empty_chain, give, post};

    // A post in the second place of a block that ten others stand on.
    fn proof() -> (Proof, Vec<Block>) {
        let params = easy_network();
        let (mut chain, _) = empty_chain(&params);
        let posts = (0..5).map(|who| post(&params, &author(who + 1), 0, "hola"));
        let block = block_on(&params, &chain.tip().clone(), 10, posts.collect());
        give(&mut chain, std::slice::from_ref(&block));
        let after = branch_on(&mut chain, &block, 10, 10);
        let headers = after.iter().map(|block| block.header).collect();
        let proof = Proof::new(&params, &block, 1, headers);
        let blocks = std::iter::once(block).chain(after).collect();
        (proof, blocks)
    }

    #[test]
    fn a_proof_names_what_was_published_where_and_under_how_much_work() {
        let (proof, blocks) = proof();
        let file = proof.to_file().proof;
        assert!(file.len() < 2_048, "{}", file.len());
        let proven = Proof::from_file(&file).unwrap().verify().unwrap();
        assert_eq!(proven.transaction, blocks[0].transactions[1]);
        assert_eq!(proven.network, easy_network().network_id());
        assert_eq!(proven.block, blocks[0].header.hash());
        assert_eq!(proven.height, Height(1));
        assert_eq!(proven.time, blocks[0].header.time);
        assert_eq!(proven.blocks, 11);
        assert_eq!(proven.named, blocks[10].header.hash());
        assert_eq!(proven.named_height, Height(11));
        let own = |block: &Block| block.header.bits.target().unwrap().work();
        let work = (blocks.iter().map(own)).fold(Work::ZERO, Work::plus);
        assert_eq!(proven.work, work);
    }

    #[test]
    fn a_changed_byte_is_refused_wherever_it_is_and_whoever_mends_the_checksum() {
        let (proof, _) = proof();
        let file = proof.to_file().proof;
        for at in 0..file.len() {
            let mut changed = file.clone();
            changed[at] ^= 1 << (at % 8);
            let refused = Proof::from_file(&changed).and_then(|proof| proof.verify());
            assert!(refused.is_err(), "byte {at}");
            let end = changed.len() - CHECKSUM;
            let sum = sha256(&[&changed[..end]]);
            changed[end..].copy_from_slice(&sum);
            if at < end {
                let forged = Proof::from_file(&changed).and_then(|proof| proof.verify());
                // Of the last header's time, bits and nonce its work alone depends:
                // another hash, which nobody knows.
                if let Ok(forged) = forged {
                    let sound = proof.verify().unwrap();
                    assert_ne!(forged.named, sound.named, "byte {at} forges a proof");
                    assert_eq!(forged.block, sound.block, "byte {at}");
                    assert_eq!(forged.transaction, sound.transaction, "byte {at}");
                }
            }
        }
        for length in 0..file.len() {
            assert!(Proof::from_file(&file[..length]).is_err(), "{length} bytes");
        }
    }

    #[test]
    fn each_step_of_a_forged_proof_is_refused_by_name() {
        let (sound, _) = proof();
        let refused = |forge: fn(&mut Proof)| {
            let mut forged = sound.clone();
            forge(&mut forged);
            forged.verify().unwrap_err().code()
        };
        assert_eq!(refused(|p| p.params.spacing = 0), "proof_network");
        assert_eq!(refused(|p| p.params.spacing = 11), "proof_transaction");
        assert_eq!(refused(|p| p.transaction.seq = 9), "proof_transaction");
        assert_eq!(refused(|p| p.headers.clear()), "proof_headers");
        let endless = |p: &mut Proof| p.headers = vec![p.headers[0]; 102];
        assert_eq!(refused(endless), "proof_headers");
        assert_eq!(refused(|p| p.path.index = 3), "proof_not_in_block");
        assert_eq!(refused(|p| p.path.leaves = 7), "proof_not_in_block");
        assert_eq!(
            refused(|p| p.coinbase.height = Height(7)),
            "proof_not_in_block"
        );
        assert_eq!(refused(|p| p.coinbase_path.index = 1), "proof_not_in_block");
        let cut = |p: &mut Proof| p.headers = p.headers[1..].to_vec();
        assert_eq!(refused(cut), "proof_not_in_block");
        let gap = |p: &mut Proof| p.headers.truncate(5);
        assert!({
            let mut q = sound.clone();
            gap(&mut q);
            q.verify().is_ok()
        });
        let torn = |p: &mut Proof| {
            p.headers.remove(4);
        };
        assert_eq!(refused(torn), "proof_broken");
        assert_eq!(refused(|p| p.headers.swap(2, 3)), "proof_broken");
        let easier = |p: &mut Proof| p.headers[10].bits = crate::target::CompactTarget(0x2100_ffff);
        assert_eq!(refused(easier), "proof_bits");
        let unsolved = |p: &mut Proof| {
            let last = &mut p.headers[10];
            let target = last.bits.target().unwrap();
            while target.is_met_by(last.hash()) {
                last.nonce = last.nonce.wrapping_add(1);
            }
        };
        assert_eq!(refused(unsolved), "proof_no_work");
    }

    #[test]
    fn a_block_older_than_its_network_proves_nothing() {
        let born = |seconds| Params {
            born: Timestamp(seconds),
            ..easy_network()
        };
        // The block is ten seconds after 1,700,000,000.
        for (params, refused) in [
            (born(1_700_000_010), None),
            (born(1_700_000_011), Some("proof_before_birth")),
        ] {
            let (chain, _) = empty_chain(&params);
            let posts = vec![post(&params, &author(1), 0, "prepared")];
            let block = block_on(&params, &chain.tip().clone(), 10, posts);
            let proof = Proof::new(&params, &block, 0, Vec::new());
            let code = proof.verify().err().map(|error| error.code());
            assert_eq!(code, refused);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(
            bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)
        ) {
            let mut file = MAGIC.to_vec();
            file.extend(&bytes);
            file.extend(sha256(&[&file]));
            proptest::prop_assert!(Proof::from_file(&file).and_then(|proof| proof.verify()).is_err());
            proptest::prop_assert!(Proof::from_file(&bytes).is_err());
        }
    }
}
