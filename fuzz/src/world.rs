//! What the fuzzed node's neighbours have to give: two branches, broken blocks and
//! loose transactions, made once.

use std::sync::OnceLock;

use tablon_core::block::{Block, Coinbase};
use tablon_core::chain::Chain;
use tablon_core::difficulty::required_bits;
use tablon_core::hash::{MerkleRoot, StateRoot};
use tablon_core::header::Header;
use tablon_core::keys::Address;
use tablon_core::miner;
use tablon_core::params::{HEADER_VERSION, Params};
use tablon_core::rules::check_transaction;
use tablon_core::sealed;
use tablon_core::store::MemoryBackend;
use tablon_core::target::CompactTarget;
use tablon_core::transaction::{Action, Draft, Join, Post, Secret, Transaction, Transfer};
use tablon_core::units::{Amount, Timestamp};

use super::keys::key;

/// When the branches begin, seconds since 1970.
pub const START: u32 = 1_700_000_000;

/// Blocks of each branch, genesis not counted.
const LENGTH: usize = 12;
/// Blocks that both branches share.
const SHARED: usize = 4;

/// A small network, on which every block takes two hashes and a stamp none.
pub struct World {
    /// Its parameters.
    pub params: Params,
    /// From genesis' child on.
    pub branch: Vec<Block>,
    /// One block longer, the first four the same.
    pub rival: Vec<Block>,
    /// On top of the branch: a wrong state root, a body of another block, one
    /// transaction twice, a header far in the future, one without its work.
    pub broken: Vec<Block>,
    /// Transactions in no block, sound ones first.
    pub loose: Vec<Transaction>,
}

impl World {
    /// The one world.
    pub fn get() -> &'static Self {
        static WORLD: OnceLock<World> = OnceLock::new();
        WORLD.get_or_init(Self::new)
    }

    fn new() -> Self {
        let params = Params {
            name: "fuzz".into(),
            spacing: 10,
            initial: CompactTarget(0x207f_ffff),
            easiest: CompactTarget(0x207f_ffff),
            stamp_bits: 0,
            ..Params::default_network()
        };
        let act = |who, seq, action| transaction(&params, who, seq, action);
        let transfer = |to: u8, amount| {
            Action::Transfer(Transfer {
                to: key(to).public().address(),
                amount: Amount(amount),
                tip: None,
            })
        };
        let join = |name: &str| Action::Join(Join { name: name.into() });
        let first = act(1, 0, post("hola"));
        let sealed = |to: u8| {
            let network = params.network_id();
            let sealed = sealed::seal(network, &key(1), key(to).public(), [9; 24], "psst");
            Action::Secret(Secret {
                to: key(to).public().address(),
                sealed: sealed.expect("an honest key"),
            })
        };
        let tip = Action::Transfer(Transfer {
            to: key(1).public().address(),
            amount: Amount(3),
            tip: Some(first.id()),
        });

        let mut forge = Forge::new(&params);
        forge.add(0, vec![first]);
        forge.add(0, vec![act(1, 1, join("Ana")), act(2, 0, join("Bea"))]);
        forge.add(1, vec![act(0, 0, tip), act(0, 1, transfer(2, 7))]);
        forge.add(2, vec![act(1, 2, sealed(0)), act(0, 2, post("dos"))]);
        let mut rival = Forge::new(&params);
        for block in &forge.blocks[..SHARED] {
            rival.keep(block.clone());
        }
        rival.add(3, vec![act(1, 3, post("only here"))]);
        while rival.blocks.len() <= LENGTH {
            rival.add(3, Vec::new());
        }
        forge.add(1, vec![act(0, 3, join("yo")), act(2, 1, Action::Leave)]);
        forge.add(1, vec![act(1, 3, sealed(2))]);
        while forge.blocks.len() < LENGTH {
            forge.add(2, Vec::new());
        }

        let broken = broken(&forge, act(3, 0, post("twice")));
        let mut forged = act(1, 4, post("not by me"));
        forged.signature.0[3] ^= 1;
        let loose = vec![
            act(1, 4, post("next")),
            act(1, 5, transfer(3, 1)),
            act(2, 2, join("Bea again")),
            act(3, 0, post("new here")),
            act(3, 1, Action::Leave),
            act(1, 9, post("too soon")),
            act(3, 0, transfer(1, 1_000_000)),
            act(1, 4, post("another for the same number")),
            forged,
        ];
        Self {
            branch: forge.blocks,
            rival: rival.blocks,
            broken,
            loose,
            params,
        }
    }
}

/// A post without a name.
pub fn post(body: &str) -> Action {
    Action::Post(Post {
        name: String::new(),
        topic: String::new(),
        body: body.into(),
        reply_to: None,
    })
}

/// Stamped and signed whatever it says.
pub fn transaction(params: &Params, who: u8, seq: u32, action: Action) -> Transaction {
    let key = key(who);
    let time = Timestamp(START);
    let draft = Draft::new(params.network_id(), key.public(), seq, time, action);
    let job = draft.stamp_job(|size| params.required_stamp_bits(size));
    let stamp = miner::search_stamp(&job, 0, u64::MAX).expect("few bits");
    draft.finish(stamp, &key)
}

struct Forge {
    params: Params,
    chain: Chain,
    blocks: Vec<Block>,
}

impl Forge {
    fn new(params: &Params) -> Self {
        let chain = Chain::open(params.clone(), MemoryBackend::default());
        Self {
            params: params.clone(),
            chain: chain.expect("memory can be written"),
            blocks: Vec::new(),
        }
    }

    // A block on top, a spacing after the last one.
    fn block(&self, miner: u8, transactions: Vec<Transaction>) -> Block {
        let network = self.params.network_id();
        let miner = key(miner).public().address();
        let parent = self.chain.tip();
        let checked = (transactions.iter())
            .map(|each| check_transaction(&self.params, network, each.clone()))
            .collect::<Result<Vec<_>, _>>();
        let root = checked
            .ok()
            .map(|all| self.chain.state_root_after(miner, &all));
        let above = parent.as_parent();
        let time = Timestamp(above.time.0.max(START) + self.params.spacing);
        let mut block = Block {
            header: Header {
                version: HEADER_VERSION,
                previous: parent.hash,
                merkle_root: MerkleRoot::default(),
                time,
                bits: required_bits(&self.params, &above, time),
                nonce: 0,
            },
            coinbase: Coinbase {
                height: parent.height.next(),
                miner,
                // What breaks the ledger's rules has none.
                state_root: root.and_then(Result::ok).unwrap_or_default(),
                extra_nonce: 0,
            },
            transactions,
        };
        seal(&mut block);
        block
    }

    fn add(&mut self, miner: u8, transactions: Vec<Transaction>) {
        self.keep(self.block(miner, transactions));
    }

    fn keep(&mut self, block: Block) {
        let entry = self.chain.insert_header(block.header);
        let height = entry.expect("a sound header").height;
        let checked = self
            .chain
            .check_body(block.clone())
            .expect("it was inserted");
        self.chain
            .extend(vec![checked.expect("a sound body")])
            .expect("memory can be written");
        assert_eq!(self.chain.tip().height, height, "a sound block");
        self.blocks.push(block);
    }
}

fn broken(forge: &Forge, twice: Transaction) -> Vec<Block> {
    let mut wrong_root = forge.block(1, Vec::new());
    wrong_root.coinbase.state_root = StateRoot([1; 32]);
    seal(&mut wrong_root);
    let mut other_body = forge.block(2, Vec::new());
    other_body.transactions = vec![twice.clone()];
    let repeated = forge.block(1, vec![twice.clone(), twice]);
    let mut early = forge.block(3, Vec::new());
    early.header.time.0 += 40;
    let parent = forge.chain.tip().as_parent();
    early.header.bits = required_bits(&forge.params, &parent, early.header.time);
    seal(&mut early);
    let mut unproven = forge.block(2, Vec::new());
    unproven.coinbase.miner = Address([5; 20]);
    seal(&mut unproven);
    let target = unproven.header.bits.target().expect("required bits");
    while target.is_met_by(unproven.header.hash()) {
        unproven.header.nonce = unproven.header.nonce.wrapping_add(1);
    }
    vec![wrong_root, other_body, repeated, early, unproven]
}

/// Make the header commit to the body and solve it.
pub fn seal(block: &mut Block) {
    block.header.merkle_root = block.merkle_root();
    let target = block.header.bits.target().expect("required bits");
    let bytes = block.header.to_bytes();
    let found = miner::search(&bytes[..76], &target.to_le_bytes(), 0, u32::MAX);
    block.header.nonce = found.expect("two hashes on average");
}
