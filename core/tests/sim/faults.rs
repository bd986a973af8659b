//! Peers that follow a script instead of the protocol, and blocks forged for them.

use tablon_core::block::{Block, Coinbase, merkle_root};
use tablon_core::chain::{Chain, Entry};
use tablon_core::difficulty::required_bits;
use tablon_core::hash::{PeerId, StateRoot};
use tablon_core::header::Header;
use tablon_core::keys::{Address, SecretKey};
use tablon_core::miner;
use tablon_core::params::{HEADER_VERSION, Params};
use tablon_core::relay::{Signal, SignalStep, SignedSignal};
use tablon_core::rules::check_transaction;
use tablon_core::store::MemoryBackend;
use tablon_core::transaction::{Action, Draft, Post, Transaction};
use tablon_core::units::{Height, Millis, Timestamp};
use tablon_core::wire::{Hello, MAX_BLOCKS, MAX_HEADERS, Message, PROTOCOL};

use crate::node::secret;

/// What a puppet does when a message arrives: push the answers.
pub(crate) type Script = Box<dyn FnMut(&Message, &mut Vec<Message>)>;

/// What a puppet says first on a link, given the time, ms.
pub(crate) type Greeting = Box<dyn Fn(u64) -> Vec<Message>>;

/// What a puppet sends of itself at a time, on all its links.
pub(crate) type Beat = Box<dyn FnMut(u64) -> Vec<Vec<u8>>>;

/// A peer that is no node.
pub(crate) struct Puppet {
    pub(crate) id: PeerId,
    pub(crate) key: SecretKey,
    pub(crate) script: Script,
    /// What it says first on a link.
    pub(crate) greeting: Option<Greeting>,
    /// How often it acts of itself, ms, and how.
    pub(crate) beat: Option<(u64, Beat)>,
    /// Whether it is in the relay's room and takes every offer.
    pub(crate) accepts: bool,
    /// Everything that it was sent.
    pub(crate) heard: Vec<Message>,
}

impl Puppet {
    pub(crate) fn new(number: u32, script: Script) -> Self {
        let key = secret(0xcc, number);
        Self {
            id: key.public().peer_id(),
            key,
            script,
            greeting: None,
            beat: None,
            accepts: false,
            heard: Vec::new(),
        }
    }

    /// Its answer to an offer.
    pub(crate) fn answers(&self, offer: &SignedSignal) -> Option<SignedSignal> {
        let Signal {
            network,
            from,
            to,
            session,
            ref step,
        } = offer.signal;
        let offered = self.accepts && to == self.id && matches!(step, SignalStep::Offer { .. });
        offered.then(|| {
            let answer = Signal {
                network,
                from: self.key.public(),
                to: from.peer_id(),
                session,
                step: SignalStep::Answer {
                    sdp: "v=0 answer".into(),
                },
            };
            SignedSignal::sign(answer, &self.key)
        })
    }
}

/// Answers pings and nothing else.
pub(crate) fn only_pongs() -> Script {
    Box::new(|message, answers| {
        if let Message::Ping(number) = message {
            answers.push(Message::Pong(*number));
        }
    })
}

/// Who is paid for forged blocks.
pub(crate) const MINER: Address = Address([0xfa; 20]);

/// Makes blocks, sound or not, on a chain of its own.
pub(crate) struct Forge {
    pub(crate) params: Params,
    pub(crate) chain: Chain,
    made: u64,
}

impl Forge {
    pub(crate) fn new(params: &Params) -> Self {
        let chain = Chain::open(params.clone(), MemoryBackend::default());
        Self {
            params: params.clone(),
            chain: chain.expect("memory can be written"),
            made: 0,
        }
    }

    /// A solved block on `parent` at `time`.
    pub(crate) fn block(&mut self, parent: &Entry, time: u32, posts: Vec<Transaction>) -> Block {
        self.made += 1;
        let miner = MINER;
        let coinbase = Coinbase {
            height: parent.height.next(),
            miner,
            state_root: self.state_root(parent, miner, &posts),
            extra_nonce: self.made,
        };
        let (above, time) = (parent.as_parent(), Timestamp(time));
        let header = Header {
            version: HEADER_VERSION,
            previous: parent.hash,
            merkle_root: merkle_root(&coinbase, &posts),
            time,
            bits: required_bits(&self.params, &above, time),
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

    // What breaks the ledger's rules has no root: any will do.
    fn state_root(&self, parent: &Entry, miner: Address, posts: &[Transaction]) -> StateRoot {
        let network = self.params.network_id();
        let checked = (posts.iter())
            .map(|post| check_transaction(&self.params, network, post.clone()))
            .collect::<Result<Vec<_>, _>>();
        let Ok(checked) = checked else {
            return StateRoot::default();
        };
        let root = if parent.hash == self.chain.tip().hash {
            self.chain.state_root_after(miner, &checked)
        } else {
            self.standing_on(parent).state_root_after(miner, &checked)
        };
        root.unwrap_or_default()
    }

    // The forge's chain as far as `parent`, which may be on a stale branch.
    fn standing_on(&self, parent: &Entry) -> Chain {
        let mut chain = Self::new(&self.params).chain;
        let views = self.chain.read().expect("memory");
        let genesis = self.params.network_id();
        for hash in self.chain.tree().path(genesis, parent.hash) {
            let entry = self.chain.tree().get(hash).expect("on the path");
            let header = entry.header;
            let block = views
                .body(entry.height, header)
                .expect("the forge holds what it builds on");
            chain.insert_header(header).expect("a sound header");
            if let Some(Ok(checked)) = chain.check_body(block) {
                chain.extend(vec![checked]).expect("memory");
            }
        }
        chain
    }

    /// Take a block into the forge's own chain.
    pub(crate) fn keep(&mut self, block: &Block) -> Entry {
        let _ = self.chain.insert_header(block.header);
        if let Some(Ok(checked)) = self.chain.check_body(block.clone()) {
            self.chain.extend(vec![checked]).expect("memory");
        }
        let entry = self.chain.tree().get(block.header.hash());
        entry.expect("a sound header").clone()
    }

    /// `count` empty blocks a spacing apart, the last one at `end`.
    pub(crate) fn grow(&mut self, count: u32, end: u32) -> Vec<Block> {
        let mut blocks = Vec::new();
        for left in (0..count).rev() {
            let parent = self.chain.tip().clone();
            let time = end - left * self.params.spacing;
            let block = self.block(&parent, time, Vec::new());
            self.keep(&block);
            blocks.push(block);
        }
        blocks
    }

    /// The hello of a node with this chain.
    pub(crate) fn hello(&self) -> Hello {
        let tip = self.chain.tip();
        Hello {
            protocol: PROTOCOL,
            network: self.params.network_id(),
            height: tip.height,
            tip: tip.hash,
            work: tip.work,
            time: Millis(crate::net::START),
        }
    }
}

/// Make a header commit to its body and solve it.
pub(crate) fn seal(block: &mut Block) {
    block.header.merkle_root = block.merkle_root();
    solve(block);
}

pub(crate) fn solve(block: &mut Block) {
    let target = block.header.bits.target().expect("required bits");
    let bytes = block.header.to_bytes();
    let found = miner::search(&bytes[..76], &target.to_le_bytes(), 0, u32::MAX);
    block.header.nonce = found.expect("easy targets");
}

/// Find a nonce that does not do.
pub(crate) fn unsolve(block: &mut Block) {
    let target = block.header.bits.target().expect("required bits");
    while target.is_met_by(block.header.hash()) {
        block.header.nonce = block.header.nonce.wrapping_add(1);
    }
}

pub(crate) fn post(params: &Params, who: &SecretKey, seq: u32, body: &str) -> Transaction {
    let draft = Draft::new(
        params.network_id(),
        who.public(),
        seq,
        Timestamp((crate::net::START / 1000) as u32),
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

/// How a puppet with a whole chain treats requests for bodies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bodies {
    /// It says that it has none of them.
    Absent,
    /// It says nothing.
    Silent,
}

/// Gives the headers of `blocks`, a chain from genesis on, and no body.
pub(crate) fn headers_alone(blocks: &[Block], bodies: Bodies) -> Script {
    let headers: Vec<Header> = blocks.iter().map(|block| block.header).collect();
    Box::new(move |message, answers| match message {
        Message::Ping(number) => answers.push(Message::Pong(*number)),
        Message::GetHeaders(locator) => {
            let known = headers
                .iter()
                .rposition(|header| locator.contains(&header.hash()));
            let from = known.map_or(0, |place| place + 1);
            let part = headers[from..].iter().take(MAX_HEADERS).copied();
            answers.push(Message::Headers(part.collect()));
        }
        Message::GetBlocks(hashes) if bodies == Bodies::Absent => {
            assert!(hashes.len() <= MAX_BLOCKS);
            answers.push(Message::Absent(hashes.clone()));
        }
        _ => {}
    })
}

/// The height that a hello claims beyond any chain.
pub(crate) fn boast(hello: &mut Hello) {
    hello.height = Height(1_000_000);
    hello.tip.0[0] ^= 1;
    for _ in 0..20 {
        hello.work = hello.work.plus(hello.work);
    }
}
