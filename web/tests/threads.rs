//! Every message between the threads survives the crossing.

use std::collections::BTreeSet;
use std::fmt::Debug;

use js_sys::{Function, Object, Reflect, Uint8Array};
use tablon_core::command::{BlockAt, Command, ProofFile, Refusal, Reply};
use tablon_core::hash::{BlockHash, MerkleRoot, PeerId, StateRoot, TxId};
use tablon_core::keys::{Address, PublicKey};
use tablon_core::node::{JobId, MiningJob, RequestId};
use tablon_core::relay::{IceServer, SignalStep};
use tablon_core::transaction::{Stamp, StampJob};
use tablon_core::units::{Amount, Height, Timestamp};
use tablon_core::view::{
    AccountView, BlockView, BranchView, ClockView, Delta, Kind, LinkKind, Membership, Mining,
    MiningState, News, NoteView, PeerState, PeerView, ProofView, SecretView, Standing, Status,
    Storage, SyncProgress, TransactionView,
};
use tablon_web::messages::{self, Message, NoMessage};
use tablon_web::threads::{
    Distrust, Erased, FromMiner, FromNode, Notice, RelayState, ToMiner, ToNode, WalletCommand,
    WalletReply, WalletState,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

fn cross<T: Message>(message: &T) -> T {
    let clone: Function = Reflect::get(&js_sys::global(), &"structuredClone".into())
        .unwrap()
        .unchecked_into();
    let written = messages::write(message);
    let crossed = clone.call1(&JsValue::UNDEFINED, &written).unwrap();
    messages::read(&crossed).unwrap()
}

/// Each crosses as it is, and a part of it is refused.
fn check<T: Message + PartialEq + Debug>(samples: &[T]) {
    for message in samples {
        assert_eq!(&cross(message), message);
        let bytes = messages::write(message);
        for end in 0..bytes.length().min(200) {
            let cut: JsValue = bytes.slice(0, end).into();
            let read = messages::read::<T>(&cut);
            assert!(read.is_err(), "{end} bytes of {message:?}: {read:?}");
        }
    }
}

/// The samples have every one of `all` variants: the name comes from a match
/// without a wildcard, so that a new variant must be given a sample.
fn complete<T>(messages: &[T], all: usize, name: fn(&T) -> &'static str) {
    let names: BTreeSet<_> = messages.iter().map(name).collect();
    assert_eq!(names.len(), all, "samples are there for {names:?} only");
}

fn peer() -> PeerId {
    PeerId([0xab; 32])
}

fn status() -> Status {
    Status {
        network: BlockHash([1; 32]),
        network_name: "Tablón ñandú 🦤".into(),
        network_link: "abc-_".into(),
        spacing: 15,
        slot: u32::MAX,
        node: peer(),
        address: Address([7; 20]),
        locked: true,
        balance: Amount((1 << 53) + 1),
        outgoing: Amount(1),
        incoming: Amount(u64::MAX),
        joined: Some("Ñandú".into()),
        reward: Amount(50),
        supply: Amount(600),
        state_root: StateRoot([9; 32]),
        height: Height(12),
        tip: BlockHash([2; 32]),
        tip_time: Timestamp(u32::MAX),
        difficulty_bits: 20,
        // Above 2^53, where JavaScript's numbers are not exact any more.
        expected_hashes: u64::MAX,
        peers: 3,
        known_nodes: 9,
        clock: ClockView {
            offset: -40,
            voices: 3,
            corrected: true,
        },
        pending: 4,
        mining: Mining {
            threads: 2,
            hashrate: (1 << 53) + 1,
            state: MiningState::NothingToMine,
            empty_blocks: false,
            found: 1,
        },
        storage: Storage::Durable {
            bytes: 1 << 40,
            recovered: true,
        },
        sync: SyncProgress {
            syncing: true,
            have: Height(1),
            want: Height(2),
            rate: 1_234,
            seconds_left: Some(5),
        },
    }
}

fn transaction() -> TransactionView {
    TransactionView {
        id: TxId([3; 32]),
        kind: Kind::Transfer,
        author: Address([8; 20]),
        key: PublicKey([9; 32]),
        name: String::new(),
        joined: true,
        topic: "plaza".into(),
        content: "línea\nwith 'quotes' and \u{1F4CC}".into(),
        reply_to: Some(TxId([4; 32])),
        tips: Amount(3),
        to: Some(Address([9; 20])),
        amount: Some(Amount(u64::MAX)),
        tip: Some(TxId([5; 32])),
        sealed: Some(90),
        timestamp: Timestamp(1_700_000_000),
        seq: 5,
        stamp_bits: 16,
        own: true,
    }
}

fn block(miner: Option<Address>) -> BlockView {
    BlockView {
        index: Height(0),
        hash: BlockHash([5; 32]),
        previous_hash: BlockHash::default(),
        merkle_root: MerkleRoot([6; 32]),
        version: 0x2000_0000,
        timestamp: Timestamp(0),
        bits: 0x1e0f_ffff,
        nonce: u32::MAX,
        difficulty_bits: 20,
        zero_bits: 24,
        header: "00".repeat(80),
        miner,
        state_root: StateRoot([9; 32]),
        on_best_chain: true,
        size: 300,
        transactions: vec![transaction()],
    }
}

fn note() -> NoteView {
    NoteView {
        height: Height(1),
        place: 0,
        post: transaction(),
    }
}

fn branches() -> Vec<BranchView> {
    let standings = [Standing::Best, Standing::Stale, Standing::Header];
    let branch = |standing| BranchView {
        hash: BlockHash([1; 32]),
        previous_hash: BlockHash([2; 32]),
        height: Height(3),
        timestamp: Timestamp(4),
        standing,
    };
    standings.map(branch).to_vec()
}

fn peer_view() -> PeerView {
    PeerView {
        id: peer(),
        link: LinkKind::Webrtc,
        state: PeerState::Greeting,
        height: None,
        round_trip: Some(12),
        clock_offset: Some(-40),
        sent: 1 << 40,
        received: u64::MAX,
        neighbours: vec![peer(); 8],
    }
}

fn account() -> AccountView {
    AccountView {
        address: Address([1; 20]),
        key: Some(PublicKey([2; 32])),
        balance: Amount(u64::MAX),
        outgoing: Amount(0),
        incoming: Amount(1),
        transactions: 4,
        membership: Membership::Left,
        name: "Ana".into(),
        since: Some(Height(2)),
        own: true,
    }
}

fn wallet_state() -> WalletState {
    WalletState {
        address: Address([7; 20]),
        locked: true,
        has_password: true,
        backed_up: false,
        durable: true,
    }
}

fn wallet_commands() -> Vec<WalletCommand> {
    let password = || "contraseña".to_owned();
    vec![
        WalletCommand::State,
        WalletCommand::SetPassword {
            old: Some(password()),
            new: password(),
        },
        WalletCommand::SetPassword {
            old: None,
            new: password(),
        },
        WalletCommand::Unlock {
            password: password(),
        },
        WalletCommand::Lock,
        WalletCommand::Words { password: None },
        WalletCommand::BackedUp,
        WalletCommand::Export {
            password: password(),
        },
        WalletCommand::Import {
            file: vec![0, 255],
            password: password(),
        },
        WalletCommand::ImportWords {
            words: "zoo zoo".into(),
        },
        WalletCommand::Forget,
    ]
}

fn steps() -> Vec<SignalStep> {
    vec![
        SignalStep::Offer {
            sdp: "v=0\r\n".into(),
        },
        SignalStep::Answer {
            sdp: "v=0\r\n".into(),
        },
        SignalStep::Candidate {
            candidate: "candidate:1 1 UDP 2122 10.0.0.1 5000 typ host".into(),
            mid: None,
            line: Some(0),
        },
        SignalStep::Full,
        SignalStep::Restart {
            sdp: "v=0\r\n".into(),
        },
        SignalStep::Invitation {
            sdp: "v=0\r\n".into(),
        },
        SignalStep::Acceptance {
            sdp: "v=0\r\n".into(),
        },
        SignalStep::Tunnel { nonce: [255; 16] },
        SignalStep::Tunnelled { nonce: [0; 16] },
        SignalStep::Ask,
        SignalStep::At {
            addresses: vec!["wss://node.example/peer".into()],
        },
    ]
}

fn commands() -> Vec<Command> {
    vec![
        Command::Status,
        Command::Post {
            body: "hola".into(),
            name: String::new(),
            topic: "t".into(),
            reply_to: Some(TxId([1; 32])),
        },
        Command::Join { name: "Ana".into() },
        Command::Leave,
        Command::Transfer {
            to: Address([1; 20]),
            amount: Amount(u64::MAX),
            tip: Some(TxId([1; 32])),
        },
        Command::Secret {
            to: Address([1; 20]),
            text: "psst".into(),
        },
        Command::Account { address: None },
        Command::Account {
            address: Some(Address([1; 20])),
        },
        Command::Participants {
            after: Some(Address([1; 20])),
            limit: 3,
        },
        Command::Transfers {
            of: None,
            before: Some((Height(4), 2)),
            limit: 3,
        },
        Command::Secrets {
            before: None,
            limit: 3,
        },
        Command::Proof { id: TxId([1; 32]) },
        Command::VerifyProof {
            proof: vec![0, 255],
        },
        Command::Pending,
        Command::Chain {
            from: Height(0),
            limit: 500,
        },
        Command::Block {
            at: BlockAt::Height(Height(3)),
        },
        Command::Block {
            at: BlockAt::Hash(BlockHash([3; 32])),
        },
        Command::Branches {
            from: Height(3),
            limit: 500,
        },
        Command::Notes {
            before: Some((Height(4), 2)),
            limit: 20,
        },
        Command::Notes {
            before: None,
            limit: 20,
        },
        Command::Mine { threads: 4 },
        Command::MineEmpty { allowed: false },
        Command::Peers,
        Command::Paste {
            text: "abc-_".into(),
        },
        Command::Resynchronise,
    ]
}

fn deltas() -> Vec<Delta> {
    vec![
        Delta::Status(Box::new(status())),
        Delta::Tip {
            fork: Height(3),
            disconnected: vec![BlockHash([1; 32])],
            connected: vec![block(Some(Address([1; 20]))), block(None)],
            height: Height(5),
            hash: BlockHash([2; 32]),
        },
        Delta::Post {
            post: transaction(),
            loosened: true,
        },
        Delta::Dropped {
            id: TxId([1; 32]),
            reason: "mempool full".into(),
        },
        Delta::Branch {
            height: Height(3),
            hash: BlockHash([1; 32]),
        },
        Delta::Unverified {
            posts: vec![note()],
        },
        Delta::Unverified { posts: vec![] },
        Delta::Passed {
            what: News::Block,
            from: None,
            to: vec![peer()],
        },
        Delta::Passed {
            what: News::Post,
            from: Some(peer()),
            to: vec![],
        },
        Delta::Peer(peer_view()),
        Delta::PeerGone {
            id: peer(),
            reason: "left".into(),
        },
    ]
}

fn replies() -> Vec<Reply> {
    vec![
        Reply::Status(Box::new(Status {
            storage: Storage::Memory {
                reason: "private window".into(),
            },
            ..status()
        })),
        Reply::Posted(TxId([1; 32])),
        Reply::Pending(vec![transaction()]),
        Reply::Pending(vec![]),
        Reply::Blocks(vec![block(None)]),
        Reply::Blocks(vec![]),
        Reply::Block(Box::new(block(None))),
        Reply::Branches(branches()),
        Reply::Branches(vec![]),
        Reply::Notes(vec![note()]),
        Reply::Notes(vec![]),
        Reply::Account(Box::new(account())),
        Reply::Accounts(vec![account()]),
        Reply::Accounts(vec![]),
        Reply::Secrets(vec![SecretView {
            height: None,
            place: 0,
            transaction: transaction(),
            text: Some("psst".into()),
            problem: None,
        }]),
        Reply::Proof(ProofFile {
            proof: vec![0, 255],
        }),
        Reply::Verified(Box::new(ProofView {
            network: BlockHash([1; 32]),
            network_name: "other".into(),
            transaction: transaction(),
            block: BlockHash([2; 32]),
            height: Height(3),
            timestamp: Timestamp(4),
            blocks: 5,
            named: BlockHash([3; 32]),
            named_height: Height(7),
            expected_hashes: u64::MAX,
            on_best_chain: None,
        })),
        Reply::Peers(vec![peer_view()]),
        Reply::Peers(vec![]),
        Reply::Done(()),
    ]
}

#[wasm_bindgen_test]
fn what_the_page_says_to_the_node() {
    let bytes: Vec<u8> = (0..=255).collect();
    let mut messages = vec![
        ToNode::Start {
            network: Some("abc".into()),
            relay: "ws://localhost/signal".into(),
            slot: Some(0),
            distrust: Some(Distrust {
                reason: "it died".into(),
                damaged: true,
            }),
            wallet_from: Some((BlockHash([1; 32]), 2)),
        },
        ToNode::Start {
            network: None,
            relay: String::new(),
            slot: None,
            distrust: None,
            wallet_from: None,
        },
        ToNode::Erase {
            network: BlockHash([1; 32]),
            slot: 255,
        },
        ToNode::WalletFrom {
            network: BlockHash([1; 32]),
            slot: 255,
        },
        ToNode::Ping,
        ToNode::LinkUp {
            peer: peer(),
            link: LinkKind::Webrtc,
        },
        ToNode::LinkIs {
            peer: peer(),
            link: LinkKind::Turn,
        },
        ToNode::LinkDown {
            peer: peer(),
            reason: "left".into(),
        },
        ToNode::DialFailed { peer: peer() },
        ToNode::Frame {
            peer: peer(),
            bytes,
        },
        ToNode::Frame {
            peer: peer(),
            bytes: vec![],
        },
        ToNode::Solved {
            job: JobId(1),
            nonce: u32::MAX,
            rolled: 0x2000,
        },
        ToNode::Hashed { hashes: 1 << 60 },
        ToNode::Stamped {
            job: JobId(2),
            stamp: Stamp([255; 8]),
        },
    ];
    messages.extend(steps().into_iter().map(|step| ToNode::Signal {
        to: peer(),
        session: u32::MAX,
        step,
    }));
    messages.extend(commands().into_iter().map(|command| ToNode::Command {
        id: RequestId(u32::MAX),
        command,
    }));
    messages.extend(wallet_commands().into_iter().map(|command| ToNode::Wallet {
        id: RequestId(u32::MAX),
        command,
    }));
    check(&messages);
    complete(&messages, 15, |message| match message {
        ToNode::Start { .. } => "start",
        ToNode::Erase { .. } => "erase",
        ToNode::Wallet { .. } => "wallet",
        ToNode::WalletFrom { .. } => "wallet from",
        ToNode::Ping => "ping",
        ToNode::Command { .. } => "command",
        ToNode::Signal { .. } => "signal",
        ToNode::LinkUp { .. } => "up",
        ToNode::LinkIs { .. } => "is",
        ToNode::LinkDown { .. } => "down",
        ToNode::DialFailed { .. } => "failed",
        ToNode::Frame { .. } => "frame",
        ToNode::Solved { .. } => "solved",
        ToNode::Hashed { .. } => "hashed",
        ToNode::Stamped { .. } => "stamped",
    });
    complete(&steps(), 11, |step| match step {
        SignalStep::Offer { .. } => "offer",
        SignalStep::Answer { .. } => "answer",
        SignalStep::Candidate { .. } => "candidate",
        SignalStep::Full => "full",
        SignalStep::Restart { .. } => "restart",
        SignalStep::Invitation { .. } => "invitation",
        SignalStep::Acceptance { .. } => "acceptance",
        SignalStep::Tunnel { .. } => "tunnel",
        SignalStep::Tunnelled { .. } => "tunnelled",
        SignalStep::Ask => "ask",
        SignalStep::At { .. } => "at",
    });
    complete(&wallet_commands(), 10, |command| match command {
        WalletCommand::State => "state",
        WalletCommand::SetPassword { .. } => "set password",
        WalletCommand::Unlock { .. } => "unlock",
        WalletCommand::Lock => "lock",
        WalletCommand::Words { .. } => "words",
        WalletCommand::BackedUp => "backed up",
        WalletCommand::Export { .. } => "export",
        WalletCommand::Import { .. } => "import",
        WalletCommand::ImportWords { .. } => "import words",
        WalletCommand::Forget => "forget",
    });
    complete(&commands(), 22, |command| match command {
        Command::Status => "status",
        Command::Post { .. } => "post",
        Command::Join { .. } => "join",
        Command::Leave => "leave",
        Command::Transfer { .. } => "transfer",
        Command::Secret { .. } => "secret",
        Command::Account { .. } => "account",
        Command::Participants { .. } => "participants",
        Command::Transfers { .. } => "transfers",
        Command::Secrets { .. } => "secrets",
        Command::Proof { .. } => "proof",
        Command::VerifyProof { .. } => "verify",
        Command::Pending => "pending",
        Command::Chain { .. } => "chain",
        Command::Block { .. } => "block",
        Command::Notes { .. } => "notes",
        Command::Mine { .. } => "mine",
        Command::MineEmpty { .. } => "mine empty",
        Command::Branches { .. } => "branches",
        Command::Peers => "peers",
        Command::Paste { .. } => "paste",
        Command::Resynchronise => "resynchronise",
    });
}

#[wasm_bindgen_test]
fn what_the_node_says_to_the_page() {
    let mut messages = vec![
        FromNode::Ready,
        FromNode::Pong,
        FromNode::Started {
            slot: 2,
            status: Box::new(status()),
        },
        FromNode::Reply {
            id: RequestId(1),
            result: Err(Refusal {
                code: "body_too_long".into(),
                message: "at most 4096 bytes, received 5000".into(),
            }),
        },
        FromNode::Wallet {
            id: RequestId(1),
            result: Ok(WalletReply::State(wallet_state())),
        },
        FromNode::Wallet {
            id: RequestId(1),
            result: Ok(WalletReply::Words("zoo zoo".into())),
        },
        FromNode::Wallet {
            id: RequestId(1),
            result: Ok(WalletReply::File((0..=255).collect())),
        },
        FromNode::Wallet {
            id: RequestId(1),
            result: Err(Refusal {
                code: "wallet_wrong_password".into(),
                message: "no".into(),
            }),
        },
        FromNode::WalletState(wallet_state()),
        FromNode::Erased {
            result: Ok(vec![Erased {
                file: "redb".into(),
                bytes: 1 << 40,
            }]),
        },
        FromNode::Relay(RelayState::Connecting),
        FromNode::Relay(RelayState::Connected),
        FromNode::Relay(RelayState::Away {
            retry_ms: 500,
            reason: "away".into(),
        }),
        FromNode::Ice {
            servers: vec![IceServer {
                urls: vec!["stun:localhost".into()],
                username: None,
                credential: Some("secret".into()),
            }],
        },
        FromNode::Dial { peer: peer() },
        FromNode::Unreachable { peer: peer() },
        FromNode::Paste {
            to: peer(),
            session: u32::MAX,
            text: "abc-_".into(),
        },
        FromNode::Frame {
            peer: peer(),
            bytes: vec![0, 255],
        },
        FromNode::Disconnect {
            peer: peer(),
            reason: "rule".into(),
        },
        FromNode::Mine { job: None },
        FromNode::Mine {
            job: Some(mining_job()),
        },
        FromNode::Stamp {
            job: JobId(2),
            work: stamp_job(),
        },
        FromNode::Fatal {
            reason: "panicked".into(),
            retry: true,
            damaged: false,
        },
    ];
    let reason = || "because".to_owned();
    let notices = [
        Notice::NodeRestarted { reason: reason() },
        Notice::MinerRestarted { reason: reason() },
        Notice::NoMiners { reason: reason() },
        Notice::NoGpu { reason: reason() },
        Notice::StoreRecovered { reason: reason() },
        Notice::WalletReplaced { reason: reason() },
    ];
    complete(&notices, 6, |notice| match notice {
        Notice::NodeRestarted { .. } => "node",
        Notice::MinerRestarted { .. } => "miner",
        Notice::NoMiners { .. } => "no miners",
        Notice::NoGpu { .. } => "no gpu",
        Notice::StoreRecovered { .. } => "store",
        Notice::WalletReplaced { .. } => "wallet",
    });
    complete(&deltas(), 9, |delta| match delta {
        Delta::Status(_) => "status",
        Delta::Tip { .. } => "tip",
        Delta::Post { .. } => "post",
        Delta::Dropped { .. } => "dropped",
        Delta::Branch { .. } => "branch",
        Delta::Unverified { .. } => "unverified",
        Delta::Passed { .. } => "passed",
        Delta::Peer(_) => "peer",
        Delta::PeerGone { .. } => "gone",
    });
    messages.extend(notices.map(FromNode::Notice));
    messages.extend(deltas().into_iter().map(FromNode::Show));
    messages.extend(replies().into_iter().map(|reply| FromNode::Reply {
        id: RequestId(0),
        result: Ok(reply),
    }));
    messages.extend(steps().into_iter().map(|step| FromNode::Signal {
        from: peer(),
        session: 0,
        step,
    }));
    check(&messages);
    complete(&messages, 20, |message| match message {
        FromNode::Ready => "ready",
        FromNode::Wallet { .. } => "wallet",
        FromNode::WalletState(_) => "wallet state",
        FromNode::Erased { .. } => "erased",
        FromNode::Pong => "pong",
        FromNode::Started { .. } => "started",
        FromNode::Reply { .. } => "reply",
        FromNode::Show(_) => "show",
        FromNode::Relay(_) => "relay",
        FromNode::Ice { .. } => "ice",
        FromNode::Dial { .. } => "dial",
        FromNode::Signal { .. } => "signal",
        FromNode::Unreachable { .. } => "unreachable",
        FromNode::Paste { .. } => "paste",
        FromNode::Frame { .. } => "frame",
        FromNode::Disconnect { .. } => "disconnect",
        FromNode::Mine { .. } => "mine",
        FromNode::Stamp { .. } => "stamp",
        FromNode::Notice(_) => "notice",
        FromNode::Fatal { .. } => "fatal",
    });
}

fn mining_job() -> MiningJob {
    MiningJob {
        job: JobId(1),
        header: vec![7; 76],
        target: [0xff; 32],
        threads: 4,
    }
}

fn stamp_job() -> StampJob {
    StampJob {
        prefix: vec![1, 2, 3],
        bits: 14,
    }
}

#[wasm_bindgen_test]
fn what_the_page_and_its_miners_say() {
    let orders = [
        ToMiner::Mine {
            job: mining_job(),
            index: 3,
        },
        ToMiner::MineOnGpu { job: mining_job() },
        ToMiner::Rest,
        ToMiner::Duty { percent: 70 },
        ToMiner::Stamp {
            job: JobId(2),
            work: stamp_job(),
        },
    ];
    check(&orders);
    complete(&orders, 5, |order| match order {
        ToMiner::Mine { .. } => "mine",
        ToMiner::MineOnGpu { .. } => "mine on gpu",
        ToMiner::Rest => "rest",
        ToMiner::Duty { .. } => "duty",
        ToMiner::Stamp { .. } => "stamp",
    });
    let answers = [
        FromMiner::Ready,
        FromMiner::Solved {
            job: JobId(1),
            nonce: u32::MAX,
            rolled: 0x2000,
        },
        FromMiner::Hashed { hashes: 1 << 60 },
        FromMiner::Chosen {
            kernel: "simd 4".into(),
        },
        FromMiner::NoGpu {
            reason: "none".into(),
        },
        FromMiner::Stamped {
            job: JobId(2),
            stamp: Stamp([255; 8]),
        },
        FromMiner::Died {
            reason: "panicked".into(),
        },
    ];
    check(&answers);
    complete(&answers, 7, |answer| match answer {
        FromMiner::Ready => "ready",
        FromMiner::Solved { .. } => "solved",
        FromMiner::Hashed { .. } => "hashed",
        FromMiner::Chosen { .. } => "chosen",
        FromMiner::NoGpu { .. } => "no gpu",
        FromMiner::Stamped { .. } => "stamped",
        FromMiner::Died { .. } => "died",
    });
}

#[wasm_bindgen_test]
fn the_bytes_of_a_message_are_handed_over_not_copied() {
    let channel = web_sys::MessageChannel::new().unwrap();
    struct Port(web_sys::MessagePort, std::cell::Cell<u32>);
    impl messages::Target for Port {
        fn post(&self, message: &JsValue, transfer: &JsValue) -> Result<(), JsValue> {
            let bytes: &Uint8Array = message.unchecked_ref();
            self.0.post_message_with_transferable(message, transfer)?;
            self.1.set(bytes.length());
            Ok(())
        }
    }
    let port = Port(channel.port1(), std::cell::Cell::new(9));
    let message = ToNode::Frame {
        peer: peer(),
        bytes: vec![1; 1000],
    };
    messages::send(&port, &message);
    assert_eq!(port.1.get(), 0, "a transferred buffer is empty here");
}

#[wasm_bindgen_test]
fn no_log_shows_a_password_or_the_words() {
    let shown = format!("{:?}", wallet_commands());
    assert!(
        !shown.contains("contraseña") && !shown.contains("zoo"),
        "{shown}"
    );
    let reply = format!("{:?}", WalletReply::Words("zoo zoo".into()));
    assert!(!reply.contains("zoo"), "{reply}");
}

fn refused<T: Message + Debug>(message: &JsValue) -> String {
    messages::read::<T>(message).unwrap_err().to_string()
}

#[wasm_bindgen_test]
fn what_is_no_message_is_refused_with_what_came() {
    for value in [JsValue::NULL, "ready".into(), Object::new().into()] {
        assert_eq!(messages::read::<FromMiner>(&value), Err(NoMessage::NoBytes));
    }
    let foreign: JsValue = Uint8Array::from([1, 2, 3, 4, 0].as_slice()).into();
    let refusal = refused::<FromMiner>(&foreign);
    assert!(
        refusal.starts_with("5 bytes that begin with [01, 02, 03, 04], not with ["),
        "{refusal}"
    );
    assert!(refusal.ends_with("another version of this program"));
    let nothing: JsValue = Uint8Array::new_with_length(0).into();
    let refusal = refused::<FromMiner>(&nothing);
    assert!(refusal.starts_with("0 bytes that begin with [], not with ["));

    let ready = messages::write(&FromMiner::Ready).to_vec();
    let with = |more: &[u8]| -> JsValue {
        let bytes = [&ready[..4], more].concat();
        Uint8Array::from(bytes.as_slice()).into()
    };
    let left = refused::<FromMiner>(&with(&[0, 9, 9]));
    assert_eq!(left, "2 of 3 bytes are left over");
    let unknown = refused::<FromMiner>(&with(&[200, 1]));
    assert!(unknown.starts_with("2 bytes cannot be read: "), "{unknown}");
    // A text that says that it is longer than all there is.
    let endless = refused::<FromMiner>(&with(&[6, 0xff, 0xff, 0xff, 0xff, 0x0f]));
    assert!(endless.starts_with("6 bytes cannot be read: "), "{endless}");
}

#[wasm_bindgen_test]
fn the_bytes_of_a_password_are_overwritten_once_they_are_read() {
    for command in wallet_commands() {
        let id = RequestId(1);
        let written = messages::write(&ToNode::Wallet { id, command });
        messages::read::<ToNode>(&written).unwrap();
        assert!(written.to_vec().iter().all(|byte| *byte == 0));
    }
    let result = Ok(WalletReply::Words("zoo zoo".into()));
    let written = messages::write(&FromNode::Wallet {
        id: RequestId(1),
        result,
    });
    messages::read::<FromNode>(&written).unwrap();
    assert!(written.to_vec().iter().all(|byte| *byte == 0));
}
