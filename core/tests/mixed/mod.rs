//! A chain of blocks with transactions of every kind, the same wherever it is
//! made: natively and in a browser its state roots must be the same.

use tablon_core::block::{Block, Coinbase, merkle_root};
use tablon_core::chain::Chain;
use tablon_core::difficulty::required_bits;
use tablon_core::hash::{StateRoot, TxId};
use tablon_core::header::Header;
use tablon_core::keys::{Address, SecretKey};
use tablon_core::ledger::{Accounts, LedgerError};
use tablon_core::miner;
use tablon_core::params::{HEADER_VERSION, Params};
use tablon_core::rules::{CheckedTransaction, check_transaction};
use tablon_core::sealed;
use tablon_core::store::MemoryBackend;
use tablon_core::target::CompactTarget;
use tablon_core::transaction::{Action, Draft, Join, Post, Secret, Transaction, Transfer};
use tablon_core::units::{Amount, Timestamp};

/// Blocks of the chain.
const BLOCKS: u32 = 2_000;

/// What [`grow`] must come to, once and for ever.
pub(crate) const GOLDEN: &str = include_str!("../vectors/mixed-3.txt");

const AUTHORS: u32 = 12;
const START: u32 = 1_700_000_000;

// Knuth's MMIX generator: every choice follows from it.
struct Choices(u64);

impl Choices {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 = (self.0)
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as u32) % bound
    }
}

fn key(who: u32) -> SecretKey {
    SecretKey::from_seed([who as u8 + 1; 32])
}

fn network() -> Params {
    Params {
        name: "mixed".into(),
        spacing: 10,
        initial: CompactTarget(0x207f_ffff),
        easiest: CompactTarget(0x207f_ffff),
        stamp_bits: 0,
        ..Params::default_network()
    }
}

struct Maker {
    params: Params,
    chain: Chain,
    choices: Choices,
    last_post: Option<(TxId, Address)>,
}

/// Grow the chain; gives its last block, its last state root and its supply.
pub(crate) fn grow() -> String {
    let params = network();
    let chain = Chain::open(params.clone(), MemoryBackend::default());
    let mut maker = Maker {
        params,
        chain: chain.expect("memory"),
        choices: Choices(2026),
        last_post: None,
    };
    for _ in 0..BLOCKS {
        maker.block();
    }
    let views = maker.chain.read().expect("memory");
    let root = views.state_root().expect("memory");
    let tip = maker.chain.tip();
    assert_eq!(
        views
            .body(tip.height, tip.header)
            .expect("held")
            .coinbase
            .state_root,
        root
    );
    let accounts = views.accounts().expect("memory");
    let (mut count, mut supply) = (0, Amount::ZERO);
    for account in accounts {
        count += 1;
        supply = supply.saturating_add(account.expect("memory").1.balance);
    }
    let reward = maker.params.reward().0 * u64::from(tip.height.0);
    assert_eq!(supply, Amount(reward));
    format!(
        "block {} {}\nroot {root}\n{count} accounts\n{supply} coins\n",
        tip.height, tip.hash
    )
}

impl Maker {
    fn action(&mut self) -> Action {
        let someone = self.choices.below(AUTHORS);
        let to = match self.choices.below(6) {
            0 => Address([self.choices.below(256) as u8; 20]),
            _ => key(someone).public().address(),
        };
        match self.choices.below(8) {
            0 | 1 => Action::Post(Post {
                name: "Ana".into(),
                topic: "plaza".into(),
                body: format!("note {}", self.choices.below(1 << 30)),
                reply_to: self.last_post.map(|(id, _)| id),
            }),
            2 => Action::Join(Join {
                name: format!("Ana {}", self.choices.below(100)),
            }),
            3 => Action::Leave,
            4 => Action::Secret(Secret {
                to,
                sealed: vec![9; sealed::OVERHEAD + 1 + self.choices.below(40) as usize],
            }),
            _ => {
                let tipped = self.last_post.filter(|_| someone.is_multiple_of(2));
                Action::Transfer(Transfer {
                    to: tipped.map_or(to, |(_, author)| author),
                    amount: Amount((1 + self.choices.below(90)).into()),
                    tip: tipped.map(|(id, _)| id),
                })
            }
        }
    }

    fn transaction(&mut self, who: u32, seq: u32) -> Transaction {
        let action = self.action();
        let author = key(who);
        let (network, time) = (self.params.network_id(), Timestamp(START));
        let draft = Draft::new(network, author.public(), seq, time, action);
        let job = draft.stamp_job(|size| self.params.required_stamp_bits(size));
        let stamp = miner::search_stamp(&job, 0, u64::MAX).expect("few bits");
        draft.finish(stamp, &author)
    }

    fn block(&mut self) {
        let miner = key(self.choices.below(AUTHORS)).public().address();
        let network = self.params.network_id();
        let mut taken: Vec<CheckedTransaction> = Vec::new();
        let mut root = self.root(miner, &taken).expect("an empty block");
        for _ in 0..self.choices.below(4) {
            let who = self.choices.below(AUTHORS);
            let views = self.chain.read().expect("memory");
            let address = key(who).public().address();
            let next = views.account(address).expect("memory").next_seq;
            let of_author = taken.iter().filter(|one| one.author() == address);
            let seq = next + of_author.count() as u32;
            let transaction = self.transaction(who, seq);
            let checked = check_transaction(&self.params, network, transaction);
            taken.push(checked.expect("sound by itself"));
            match self.root(miner, &taken) {
                Ok(next) => root = next,
                // Overspent, or its author has left: the ledger does not take it.
                Err(LedgerError::Rule(_)) => drop(taken.pop()),
                Err(LedgerError::Store(error)) => panic!("{error}"),
            }
        }
        if let Some(post) = (taken.iter()).find(|one| matches!(one.get().action, Action::Post(_))) {
            self.last_post = Some((post.id(), post.author()));
        }
        let transactions = taken.into_iter().map(CheckedTransaction::into_inner);
        self.seal(miner, root, transactions.collect());
    }

    fn root(&self, miner: Address, taken: &[CheckedTransaction]) -> Result<StateRoot, LedgerError> {
        self.chain.state_root_after(miner, taken)
    }

    fn seal(&mut self, miner: Address, state_root: StateRoot, transactions: Vec<Transaction>) {
        let tip = self.chain.tip();
        let time = Timestamp(START + tip.height.0 * self.params.spacing);
        let coinbase = Coinbase {
            height: tip.height.next(),
            miner,
            state_root,
            extra_nonce: 0,
        };
        let mut header = Header {
            version: HEADER_VERSION,
            previous: tip.hash,
            merkle_root: merkle_root(&coinbase, &transactions),
            time,
            bits: required_bits(&self.params, &tip.as_parent(), time),
            nonce: 0,
        };
        let target = header.bits.target().expect("required bits");
        let bytes = header.to_bytes();
        let nonce = miner::search(&bytes[..76], &target.to_le_bytes(), 0, u32::MAX);
        header.nonce = nonce.expect("an easy target");
        self.chain.insert_header(header).expect("a sound header");
        let block = Block {
            header,
            coinbase,
            transactions,
        };
        let checked = self.chain.check_body(block).expect("a known header");
        let change = self.chain.extend(vec![checked.expect("a sound body")]);
        assert!(change.expect("memory").moved());
    }
}
