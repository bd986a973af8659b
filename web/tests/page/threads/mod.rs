//! Every message between the threads survives the crossing.

mod bytes;
pub(crate) mod samples;

use std::collections::BTreeSet;
use std::fmt::Debug;

use js_sys::{Function, Reflect};
use tablon_core::command::{Command, Refusal};
use tablon_core::hash::BlockHash;
use tablon_core::node::{JobId, LinkEvent, LinkOrigin, MinerReport, RequestId};
use tablon_core::relay::{IceServer, SignalStep};
use tablon_core::transaction::Stamp;
use tablon_core::view::{Delta, LinkKind};
use tablon_web::messages::{self, Message};
use tablon_web::threads::{
    Distrust, Erased, FromMiner, FromNode, LinkPolicy, Notice, OverBudget, RelayState, ToMiner,
    ToNode, WalletCommand, WalletReply,
};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;

use self::samples::{
    commands, deltas, mining_job, peer, replies, stamp_job, status, steps, wallet_commands,
    wallet_state,
};

fn cross<T: Message>(message: &T) -> T {
    let clone: Function = Reflect::get(&js_sys::global(), &"structuredClone".into())
        .unwrap()
        .unchecked_into();
    let written = messages::write(message);
    let crossed = clone.call1(&JsValue::UNDEFINED, &written).unwrap();
    messages::read(&crossed).unwrap()
}

/// Each crosses as it is, and a part of it is refused. `digest` is of their bytes.
fn check<T: Message + PartialEq + Debug>(samples: &[T], digest: u32) {
    assert_eq!(
        format!("{:#010x}", digest_of(samples)),
        format!("{digest:#010x}"),
        "the bytes changed: raise `threads::SCHEMA` and write the digest here"
    );
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

// FNV-1a, without the version before each.
fn digest_of<T: Message>(samples: &[T]) -> u32 {
    let bytes = samples.iter().flat_map(|sample| {
        let written = messages::write(sample).to_vec();
        written.into_iter().skip(4)
    });
    bytes.fold(0x811c_9dc5, |digest: u32, byte| {
        (digest ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// The samples have every one of `all` variants: the name comes from a match
/// without a wildcard, so that a new variant must be given a sample.
fn complete<T>(messages: &[T], all: usize, name: fn(&T) -> &'static str) {
    let names: BTreeSet<_> = messages.iter().map(name).collect();
    assert_eq!(names.len(), all, "samples are there for {names:?} only");
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
            links: LinkPolicy::RelayOnly,
            budget_bytes: u64::MAX,
        },
        ToNode::Start {
            network: None,
            relay: String::new(),
            slot: None,
            distrust: None,
            wallet_from: None,
            links: LinkPolicy::Direct,
            budget_bytes: 0,
        },
        ToNode::Links(LinkPolicy::RelayOnly),
        ToNode::Budget { bytes: 1 << 40 },
        ToNode::Erase {
            network: BlockHash([1; 32]),
            slot: 255,
        },
        ToNode::WalletFrom {
            network: BlockHash([1; 32]),
            slot: 255,
        },
        ToNode::Ping,
        ToNode::Link(LinkEvent::Up {
            peer: peer(),
            link: LinkKind::Webrtc,
            origin: LinkOrigin::Inbound(None),
        }),
        ToNode::Link(LinkEvent::Is {
            peer: peer(),
            link: LinkKind::Turn,
        }),
        ToNode::Link(LinkEvent::Down {
            peer: peer(),
            reason: "left".into(),
        }),
        ToNode::Link(LinkEvent::DialFailed { peer: peer() }),
        ToNode::Link(LinkEvent::Received {
            peer: peer(),
            frame: bytes,
        }),
        ToNode::Link(LinkEvent::Received {
            peer: peer(),
            frame: vec![],
        }),
        ToNode::Miner(MinerReport::Solved {
            job: JobId(1),
            nonce: u32::MAX,
            rolled: 0x2000,
        }),
        ToNode::Miner(MinerReport::Hashed { hashes: 1 << 60 }),
        ToNode::Miner(MinerReport::Stamped {
            job: JobId(2),
            stamp: Stamp([255; 8]),
        }),
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
    check(&messages, 0x8bf6_dfd6);
    complete(&messages, 17, |message| match message {
        ToNode::Start { .. } => "start",
        ToNode::Erase { .. } => "erase",
        ToNode::Wallet { .. } => "wallet",
        ToNode::WalletFrom { .. } => "wallet from",
        ToNode::Links(_) => "links",
        ToNode::Budget { .. } => "budget",
        ToNode::Ping => "ping",
        ToNode::Command { .. } => "command",
        ToNode::Signal { .. } => "signal",
        ToNode::Link(LinkEvent::Up { .. }) => "up",
        ToNode::Link(LinkEvent::Is { .. }) => "is",
        ToNode::Link(LinkEvent::Down { .. }) => "down",
        ToNode::Link(LinkEvent::DialFailed { .. }) => "failed",
        ToNode::Link(LinkEvent::Received { .. }) => "frame",
        ToNode::Miner(MinerReport::Solved { .. }) => "solved",
        ToNode::Miner(MinerReport::Hashed { .. }) => "hashed",
        ToNode::Miner(MinerReport::Stamped { .. }) => "stamped",
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
        FromNode::OverBudget(OverBudget {
            wanted_bytes: u64::MAX,
            budget_bytes: 1 << 28,
        }),
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
    check(&messages, 0x2937_3b83);
    complete(&messages, 21, |message| match message {
        FromNode::Ready => "ready",
        FromNode::Wallet { .. } => "wallet",
        FromNode::WalletState(_) => "wallet state",
        FromNode::Erased { .. } => "erased",
        FromNode::Pong => "pong",
        FromNode::Started { .. } => "started",
        FromNode::Reply { .. } => "reply",
        FromNode::Show(_) => "show",
        FromNode::OverBudget(_) => "over budget",
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
    check(&orders, 0x662b_a88d);
    complete(&orders, 5, |order| match order {
        ToMiner::Mine { .. } => "mine",
        ToMiner::MineOnGpu { .. } => "mine on gpu",
        ToMiner::Rest => "rest",
        ToMiner::Duty { .. } => "duty",
        ToMiner::Stamp { .. } => "stamp",
    });
    let answers = [
        FromMiner::Ready,
        FromMiner::Report(MinerReport::Solved {
            job: JobId(1),
            nonce: u32::MAX,
            rolled: 0x2000,
        }),
        FromMiner::Report(MinerReport::Hashed { hashes: 1 << 60 }),
        FromMiner::Chosen {
            kernel: "simd 4".into(),
        },
        FromMiner::NoGpu {
            reason: "none".into(),
        },
        FromMiner::Report(MinerReport::Stamped {
            job: JobId(2),
            stamp: Stamp([255; 8]),
        }),
        FromMiner::Died {
            reason: "panicked".into(),
        },
    ];
    check(&answers, 0x464e_c3c2);
    complete(&answers, 7, |answer| match answer {
        FromMiner::Ready => "ready",
        FromMiner::Report(MinerReport::Solved { .. }) => "solved",
        FromMiner::Report(MinerReport::Hashed { .. }) => "hashed",
        FromMiner::Chosen { .. } => "chosen",
        FromMiner::NoGpu { .. } => "no gpu",
        FromMiner::Report(MinerReport::Stamped { .. }) => "stamped",
        FromMiner::Died { .. } => "died",
    });
}
