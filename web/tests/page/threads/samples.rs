//! A value of every kind that crosses between the threads.

use tablon_core::command::{BlockAt, Command, ProofFile, Reply};
use tablon_core::hash::{BlockHash, MerkleRoot, PeerId, StateRoot, TxId};
use tablon_core::keys::{Address, PublicKey};
use tablon_core::node::{JobId, MiningJob};
use tablon_core::relay::SignalStep;
use tablon_core::transaction::StampJob;
use tablon_core::units::{Amount, Height, Timestamp};
use tablon_core::view::{
    AccountView, BlockView, BranchView, ClockView, Delta, Kind, LinkKind, Membership, Mining,
    MiningState, News, NoteView, PeerState, PeerView, ProofView, SecretView, StampView, Standing,
    Status, Storage, SyncProgress, TransactionView,
};
use tablon_web::threads::{WalletCommand, WalletState};

pub(crate) fn peer() -> PeerId {
    PeerId([0xab; 32])
}

pub(crate) fn status() -> Status {
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
            samples: 3,
            corrected: true,
        },
        pending: 4,
        stamp: StampView {
            required_bits: 14,
            enter_bits: 15,
            next_block_bits: 17,
        },
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

pub(crate) fn transaction() -> TransactionView {
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

pub(crate) fn block(miner: Option<Address>) -> BlockView {
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

pub(crate) fn note() -> NoteView {
    NoteView {
        height: Height(1),
        place: 0,
        post: transaction(),
    }
}

pub(crate) fn branches() -> Vec<BranchView> {
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

pub(crate) fn peer_view() -> PeerView {
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

pub(crate) fn account() -> AccountView {
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

pub(crate) fn wallet_state() -> WalletState {
    WalletState {
        address: Address([7; 20]),
        locked: true,
        has_password: true,
        backed_up: false,
        durable: true,
    }
}

pub(crate) fn wallet_commands() -> Vec<WalletCommand> {
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

pub(crate) fn steps() -> Vec<SignalStep> {
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

pub(crate) fn commands() -> Vec<Command> {
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

pub(crate) fn deltas() -> Vec<Delta> {
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

pub(crate) fn replies() -> Vec<Reply> {
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

pub(crate) fn mining_job() -> MiningJob {
    MiningJob {
        job: JobId(1),
        header: vec![7; 76],
        target: [0xff; 32],
        threads: 4,
    }
}

pub(crate) fn stamp_job() -> StampJob {
    StampJob {
        prefix: vec![1, 2, 3],
        bits: 14,
    }
}
