//! A neighbour that breaks the rules: a page of the same origin without a node
//! speaks to an honest tab on the channels of one browser, in bytes made here.

mod forge;
mod markup;

use serde_json::{Value, json};
use tablon_core::block::Block;
use tablon_core::hash::{BlockHash, PeerId, TxId};
use tablon_core::keys::SecretKey;
use tablon_core::params::Params;
use tablon_core::relay::{ANYONE, Signal, SignalStep, SignedSignal};
use tablon_core::view::PeerState;
use tablon_core::wire::{
    Hello, MAX_ANNOUNCED, MAX_BLOCKS, MAX_FRAME, MAX_HEADERS, MAX_IDS, MAX_LOCATOR, MAX_NEIGHBOURS,
    Message,
};
use tablon_e2e::browser::Browser;
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::Tab;
use tablon_e2e::tab::tablon::file;
use tablon_e2e::wait::{until, until_all};

use self::forge::{Forge, post, seal, unsolve};
use crate::support::{assert_posts, mine_until_settled};

/// The words of `web/src/worker/siblings/words.rs`, in bytes: ask for a link, and keep it.
/// The tab may ask as well as soon as it hears of us: the ask of the lower id stands.
const DIAL: &str = "({network, to, me, session}) => {
    const VERSION = 2, ASK = 1, [AGREE, FULL, FRAME, GONE] = [0, 1, 2, 3];
    const word = bytes => Uint8Array.from([VERSION, ...bytes]);
    const number = n => n < 128 ? [n] : [n % 128 + 128, ...number(Math.floor(n / 128))];
    const read = ([byte, ...more]) => byte < 128 ? byte : byte % 128 + 128 * read(more);
    const id = hex => hex.match(/../g).map(byte => parseInt(byte, 16));
    const hex = bytes => [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');
    const channel = (...names) => new BroadcastChannel(['tablon', network, ...names].join('/'));
    const [own, theirs, link] = [channel(me), channel(to), channel(me, session)];
    return new Promise((agreed, not) => {
        setTimeout(not, 10_000, new Error('the tab does not answer'));
        window.over = false;
        const keep = link => {
            link.onmessage = ({data}) => { over ||= data[1] === GONE; };
            window.say = bytes => link.postMessage(word([FRAME, ...number(bytes.length), ...bytes]));
            agreed();
        };
        link.onmessage = ({data}) => {
            if (data[1] === AGREE) keep(link);
            if (data[1] === FULL) not(new Error('the tab has no room'));
        };
        own.onmessage = ({data}) => {
            if (data[1] !== ASK || hex(data.slice(2, 34)) !== to || me < to) return;
            const link = channel(to, read(data.slice(34)));
            link.postMessage(word([AGREE]));
            keep(link);
        };
        theirs.postMessage(word([ASK, ...id(me), ...number(session)]));
    });
}";

/// Why neighbours went, by their id.
const LISTEN: &str = "() => {
    window.gone = {};
    tablon.on('peer', peer => { if (peer.state === 'gone') gone[peer.id] = peer.reason; });
}";

/// An honest tab, and a page beside it that speaks for anybody.
struct Meeting {
    ana: Tab,
    mallory: Tab,
    forge: Forge,
    /// Three blocks that ana has taken.
    blocks: Vec<Block>,
    /// Lives of mallory so far.
    met: u8,
}

impl Meeting {
    async fn new(relay: &Relay, chromium: &Browser, params: &Params) -> Self {
        let ana = chromium.open_board(&relay.board(params), "ana").await;
        ana.eval(LISTEN, &Value::Null).await;
        let beside = format!("http://{}/healthz", relay.address());
        let mallory = chromium.open(&beside, "mallory").await;
        let mut meeting = Self {
            ana,
            mallory,
            forge: Forge::new(params),
            blocks: Vec::new(),
            met: 0,
        };
        let teller = meeting.greet().await;
        for _ in 0..3 {
            let block = meeting.forge.grow();
            let news = Message::NewBlock(Box::new(block.clone()));
            meeting.say(&[news.to_frame()]).await;
            meeting.blocks.push(block);
        }
        let tip = meeting.forge.chain.tip().hash;
        until_all(&[&meeting.ana], "ana has the blocks", |status| {
            status.tip == tip
        })
        .await;
        assert_eq!(meeting.why(teller).await, None, "nothing was wrong so far");
        meeting
    }

    /// The key of mallory's present life.
    fn key(&self) -> SecretKey {
        SecretKey::from_seed([self.met; 32])
    }

    /// A new life, linked to ana.
    async fn dial(&mut self) -> PeerId {
        self.met += 1;
        let me = self.key().public().peer_id();
        self.dial_as(me).await;
        me
    }

    async fn dial_as(&self, me: PeerId) {
        let status = self.ana.status().await;
        let call = json!({
            "network": status.network, "to": status.node, "me": me, "session": self.met,
        });
        self.mallory.eval(DIAL, &call).await;
    }

    /// The same, and it has said a sound hello.
    async fn greet(&mut self) -> PeerId {
        let me = self.dial().await;
        let hello = Message::Hello(self.forge.hello());
        self.say(&[hello.to_frame()]).await;
        until(&[&self.ana], "ana has taken the hello", async || {
            let peers = self.ana.peers().await;
            let there = peers
                .iter()
                .any(|peer| peer.id == me && peer.state == PeerState::Connected);
            there.then_some(())
        })
        .await;
        me
    }

    async fn say(&self, frames: &[Vec<u8>]) {
        let frames: Vec<Value> = frames.iter().map(|frame| file(frame)).collect();
        let say = "frames => frames.forEach(say)";
        self.mallory.eval(say, &Value::Array(frames)).await;
    }

    /// Why ana let it go.
    async fn why(&self, peer: PeerId) -> Option<String> {
        let why = self.ana.eval("id => gone[id]", &json!(peer)).await;
        why.as_str().map(str::to_owned)
    }

    /// It is dropped for this reason and not taken back; ana is as before.
    async fn must_be_dropped(&self, peer: PeerId, reason: &str, before: BlockHash) {
        let what = format!("ana has dropped it because {reason:?}");
        let why = until(&[&self.ana], &what, async || self.why(peer).await).await;
        assert!(why.contains(reason), "{why:?} is not {reason:?}");
        let status = self.ana.status().await;
        assert_eq!((status.tip, status.peers), (before, 0), "{reason}");
    }
}

type Frames = Box<dyn Fn(&mut Meeting) -> Vec<Vec<u8>>>;

fn messages(make: impl Fn(&mut Meeting) -> Vec<Message> + 'static) -> Frames {
    Box::new(move |meeting| make(meeting).iter().map(Message::to_frame).collect())
}

fn author() -> SecretKey {
    SecretKey::from_seed([0x77; 32])
}

fn signed(meeting: &Meeting, by: &SecretKey, to: PeerId, step: SignalStep) -> SignedSignal {
    let signal = Signal {
        network: meeting.forge.params.network_id(),
        from: by.public(),
        to,
        session: 7,
        step,
    };
    SignedSignal::sign(signal, by)
}

/// One frame too many or too bad for each kind of misbehaviour, and the reason
/// that people are told.
fn cases() -> Vec<(&'static str, Frames)> {
    let hash = BlockHash([5; 32]);
    let id = TxId([6; 32]);
    let offer = || SignalStep::Offer { sdp: "v=0".into() };
    vec![
        (
            "a frame does not read",
            Box::new(|_| vec![b"GET / HTTP/1.1".to_vec()]),
        ),
        (
            "a frame is at most 132096 bytes, received 132097",
            Box::new(|_| vec![vec![0; MAX_FRAME + 1]]),
        ),
        (
            "a hello is said once",
            messages(|meeting| vec![Message::Hello(meeting.forge.hello())]),
        ),
        (
            "49 hashes in a locator, at most 48",
            messages(move |_| vec![Message::GetHeaders(vec![hash; MAX_LOCATOR + 1])]),
        ),
        (
            "1001 headers, at most 1000",
            messages(|meeting| {
                let header = meeting.blocks[0].header;
                vec![Message::Headers(vec![header; MAX_HEADERS + 1])]
            }),
        ),
        (
            "9 headers of a tip, at most 8",
            messages(|meeting| {
                let header = meeting.blocks[0].header;
                vec![Message::Tip(vec![header; MAX_ANNOUNCED + 1])]
            }),
        ),
        (
            "17 blocks wanted, at most 16",
            messages(move |_| vec![Message::GetBlocks(vec![hash; MAX_BLOCKS + 1])]),
        ),
        (
            "513 ids, at most 512",
            messages(move |_| vec![Message::Inventory(vec![id; MAX_IDS + 1])]),
        ),
        (
            "9 neighbours, at most 8",
            messages(|_| {
                let many = vec![PeerId([9; 32]); MAX_NEIGHBOURS + 1];
                vec![Message::Neighbours(many)]
            }),
        ),
        (
            "does not follow",
            messages(|meeting| {
                let headers = meeting.blocks.iter().map(|block| block.header);
                vec![Message::Tip(headers.rev().collect())]
            }),
        ),
        (
            "is above its target",
            messages(|meeting| {
                let mut block = meeting.forge.block(Vec::new());
                unsolve(&mut block);
                vec![Message::Tip(vec![block.header])]
            }),
        ),
        (
            "lacks 0x20000000",
            messages(|meeting| {
                let mut block = meeting.forge.block(Vec::new());
                block.header.version = 2;
                seal(&mut block);
                vec![Message::Tip(vec![block.header])]
            }),
        ),
        (
            "the body's Merkle root is",
            messages(|meeting| {
                let mut block = meeting.forge.block(Vec::new());
                block.coinbase.extra_nonce += 1_000;
                vec![Message::NewBlock(Box::new(block))]
            }),
        ),
        (
            "is not by its author",
            messages(|meeting| {
                let mut bad = meeting.forge.post(&author(), 0, "hola");
                bad.signature.0[3] ^= 1;
                vec![Message::Transactions(vec![bad])]
            }),
        ),
        (
            "is for network",
            messages(|_| {
                let other = easy("another");
                vec![Message::Transactions(vec![post(
                    &other,
                    &author(),
                    0,
                    "hola",
                )])]
            }),
        ),
        (
            "was not asked for",
            messages(|meeting| {
                let block = meeting.forge.block(Vec::new());
                vec![Message::Block(Box::new(block))]
            }),
        ),
        (
            "headers came that were not asked for",
            messages(|_| vec![Message::Headers(Vec::new()), Message::Headers(Vec::new())]),
        ),
        (
            "a pong answers no ping",
            messages(|_| vec![Message::Pong(1), Message::Pong(1)]),
        ),
        (
            "a signal is not signed by its author",
            messages(move |meeting| {
                let mut signal = signed(meeting, &meeting.key(), PeerId([8; 32]), offer());
                signal.signature.0[3] ^= 1;
                vec![Message::Signal(Box::new(signal))]
            }),
        ),
        (
            "a signal came that neighbours do not carry",
            messages(|meeting| {
                let step = SignalStep::Invitation { sdp: "v=0".into() };
                let signal = signed(meeting, &meeting.key(), ANYONE, step);
                vec![Message::Signal(Box::new(signal))]
            }),
        ),
        (
            "it signals to another in the name of",
            messages(move |meeting| {
                let signal = signed(meeting, &author(), PeerId([8; 32]), offer());
                vec![Message::Signal(Box::new(signal))]
            }),
        ),
        (
            "bytes came unasked, at most 16384 are sent so",
            messages(|meeting| {
                let body = "x".repeat(4_000);
                let posts = (0..5).map(|seq| meeting.forge.post(&author(), seq, &body));
                let posts = posts.collect();
                vec![Message::NewBlock(Box::new(meeting.forge.block(posts)))]
            }),
        ),
        (
            "it asks for more than",
            messages(move |_| vec![Message::GetHeaders(vec![hash]); 250]),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn neighbours_that_break_a_rule_are_dropped_for_it_and_the_tab_goes_on() {
    let relay = Relay::start().await;
    let chromium = Browser::chromium().await;
    let mut meeting = Meeting::new(&relay, &chromium, &easy("hostile")).await;
    let tip = meeting.forge.chain.tip().hash;
    let mut posts = Vec::new();
    // Its first life told the truth, and ends without a word.
    let mut last = meeting.key().public().peer_id();
    let what = "ana has let the silent one go";
    until(&[&meeting.ana], what, async || meeting.why(last).await).await;
    for (reason, frames) in cases() {
        let peer = meeting.greet().await;
        let frames = frames(&mut meeting);
        meeting.say(&frames).await;
        meeting.must_be_dropped(peer, reason, tip).await;
        posts.push(meeting.ana.post(reason).await);
        last = peer;
    }
    // Nobody of them is talked to again so soon.
    meeting.dial_as(last).await;
    until(&[&meeting.ana], "ana hangs up at once", async || {
        let over = meeting.mallory.eval("() => over", &Value::Null).await;
        (over == true).then_some(())
    })
    .await;
    let status = meeting.ana.status().await;
    assert_eq!((status.tip, status.peers), (tip, 0));

    let ana = &meeting.ana;
    let height = ana.status().await.height.0;
    mine_until_settled(&[ana], &[ana], height + 1).await;
    assert_posts(&[ana], &posts).await;
    ana.visit("node").await;
    ana.click(".peers details summary").await;
    ana.until_shown(".peers .gone", "it asks for more than")
        .await;
    chromium.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_false_hello_or_none_and_a_branch_known_to_be_invalid_end_the_acquaintance() {
    let relay = Relay::start().await;
    let chromium = Browser::chromium().await;
    let mut meeting = Meeting::new(&relay, &chromium, &easy("false hello")).await;
    let tip = meeting.forge.chain.tip().hash;
    let silent = meeting.key().public().peer_id();
    let what = "ana has let the silent one go";
    let why = until(&[&meeting.ana], what, async || meeting.why(silent).await).await;
    assert!(why.contains("did not answer within 15 s"), "{why}");

    type Change = fn(&mut Hello);
    let hellos: [(&str, Change); 2] = [
        ("it is of network 0101", |hello| {
            hello.network = BlockHash([1; 32]);
        }),
        ("it speaks protocol 1, this node speaks 2", |hello| {
            hello.protocol = 1;
        }),
    ];
    for (reason, change) in hellos {
        let peer = meeting.dial().await;
        let mut hello = meeting.forge.hello();
        change(&mut hello);
        meeting.say(&[Message::Hello(hello).to_frame()]).await;
        meeting.must_be_dropped(peer, reason, tip).await;
    }

    // A post that is not its author's next: only the ledger sees that.
    let peer = meeting.greet().await;
    let bad = meeting.forge.post(&author(), 4, "hola");
    let bad = meeting.forge.block(vec![bad]);
    let header = bad.header;
    meeting
        .say(&[Message::NewBlock(Box::new(bad)).to_frame()])
        .await;
    meeting.must_be_dropped(peer, "invalid", tip).await;
    let peer = meeting.greet().await;
    meeting.say(&[Message::Tip(vec![header]).to_frame()]).await;
    let reason = "is invalid or stands on an invalid one";
    meeting.must_be_dropped(peer, reason, tip).await;

    let ana = &meeting.ana;
    let posts = [ana.post("still here").await];
    let height = ana.status().await.height.0;
    mine_until_settled(&[ana], &[ana], height + 1).await;
    assert_posts(&[ana], &posts).await;
    chromium.finish().await;
}
