//! The whole core behind one function, so that its wasm32 build can be looked at:
//! a module without imports has no clock, no randomness, no socket and no file.
//!
//! `cargo build --release -p tablon-core --example whole --target wasm32-unknown-unknown`

// The one function must keep its name, and `no_mangle` counts as unsafe because
// two of a name would clash; there is one.
#![allow(unsafe_code)]

use tablon_core::command::{BlockAt, Command};
use tablon_core::hash::{PeerId, TxId};
use tablon_core::keys::{Address, SecretKey};
use tablon_core::miner;
use tablon_core::node::{
    Config, Input, Introducer, LinkEvent, LinkOrigin, MinerReport, Node, Output, RequestId, Wallet,
};
use tablon_core::params::Params;
use tablon_core::store::MemoryBackend;
use tablon_core::target::CompactTarget;
use tablon_core::text::{check_name, skeleton};
use tablon_core::units::{Amount, Height, Millis};
use tablon_core::view::{LinkKind, Storage};
use tablon_core::wallet::{self, Cost, Identity};

/// Drive a node through every kind of input; gives four bytes of the tip that it
/// reached, the same on every machine.
#[unsafe(no_mangle)]
pub extern "C" fn whole(seed: u32) -> u32 {
    let mut key = [1; 32];
    key[..4].copy_from_slice(&seed.to_le_bytes());
    let config = Config {
        // Easy blocks: this is run to be looked at, not to mine.
        params: Params {
            initial: CompactTarget(0x2000_ffff),
            easiest: CompactTarget(0x2000_ffff),
            ..Params::default_network()
        },
        slot: 0,
        wallet: Wallet::Open(SecretKey::from_seed(key)),
        key: SecretKey::from_seed([2; 32]),
        seed: key,
        storage: Storage::Memory {
            reason: "an example".into(),
        },
    };
    let now = Millis(1_700_000_000_000);
    let Ok((mut node, mut owed)) = Node::open(config, MemoryBackend::default(), now) else {
        return 0;
    };
    for (number, input) in (0..).zip(inputs()) {
        let now = now.plus(number * 100);
        owed.extend(node.step(now, input));
        let mut next = Vec::new();
        for output in owed.drain(..) {
            next.extend(answer(output).map(|input| node.step(now, input)));
        }
        owed.extend(next.into_iter().flatten());
    }
    let tip = node.status(now).tip.0;
    u32::from_le_bytes([tip[0], tip[1], tip[2], tip[3]]) ^ kept(key)
}

// What people keep, sealed and opened again.
fn kept(random: [u8; 32]) -> u32 {
    let [salt, entropy] =
        [0, 16].map(|from| random[from..from + 16].try_into().unwrap_or_default());
    let identity = Identity::from_entropy(entropy);
    let again = Identity::from_words(&identity.words());
    let cost = Cost::new(Cost::LEAST_MEMORY, 1).unwrap_or(Cost::STANDARD);
    let file = wallet::seal(&identity, "correct horse", salt, [4; 24], cost).unwrap_or_default();
    let text = wallet::to_text(&file);
    let opened = wallet::from_text(&text).and_then(|file| wallet::open(&file, "correct horse"));
    let name = check_name("Ana").is_ok() && skeleton("Ana") == skeleton("ana");
    match (again, opened) {
        (Ok(again), Ok(opened)) => u32::from(
            name && again.address() == opened.address() && wallet::address_in(&file).is_ok(),
        ),
        _ => 0,
    }
}

fn inputs() -> Vec<Input> {
    let peer = PeerId([3; 32]);
    let command = |command| Input::Command {
        id: RequestId(1),
        command,
    };
    vec![
        command(Command::Mine { threads: 1 }),
        command(Command::Join { name: "Ana".into() }),
        command(Command::Leave),
        command(Command::Transfer {
            to: Address::default(),
            amount: Amount(1),
            tip: None,
        }),
        command(Command::Secret {
            to: SecretKey::from_seed([1; 32]).public().address(),
            text: "hola".into(),
        }),
        command(Command::Account { address: None }),
        command(Command::Participants {
            after: None,
            limit: 1,
        }),
        command(Command::Secrets {
            before: None,
            limit: 1,
        }),
        command(Command::Proof { id: TxId([5; 32]) }),
        command(Command::VerifyProof { proof: vec![1] }),
        command(Command::Post {
            body: "hola".into(),
            name: "Ana".into(),
            topic: String::new(),
            reply_to: None,
        }),
        Input::Introduced {
            by: Introducer::Relay,
            peers: vec![peer],
        },
        Input::Link(LinkEvent::Up {
            peer,
            link: LinkKind::Local,
            origin: LinkOrigin::Inbound(None),
        }),
        Input::Link(LinkEvent::Received {
            peer,
            frame: vec![0; 90],
        }),
        Input::Link(LinkEvent::Down {
            peer,
            reason: "over".into(),
        }),
        Input::Link(LinkEvent::DialFailed { peer }),
        Input::Miner(MinerReport::Hashed { hashes: 1_000 }),
        Input::Tick,
        command(Command::Status),
        command(Command::Pending),
        command(Command::Peers),
        command(Command::Resynchronise),
        command(Command::MineEmpty { allowed: false }),
        command(Command::Chain {
            from: Height(0),
            limit: 10,
        }),
        command(Command::Block {
            at: BlockAt::Height(Height(1)),
        }),
        command(Command::Notes {
            before: None,
            limit: 10,
        }),
    ]
}

// What a driver would answer, with its workers.
fn answer(output: Output) -> Option<Input> {
    match output {
        Output::Mine { job } => {
            let job = job?;
            let nonce = miner::search(&job.header, &job.target, 0, u32::MAX)?;
            Some(Input::Miner(MinerReport::Solved {
                job: job.job,
                nonce,
                rolled: 0,
            }))
        }
        Output::Stamp { job, work } => {
            let stamp = miner::search_stamp(&work, 0, u64::MAX)?;
            Some(Input::Miner(MinerReport::Stamped { job, stamp }))
        }
        _ => None,
    }
}
