//! Decoders: no bytes make one panic, and what is read is written again as it was.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tablon_core::block::{Block, Coinbase, MAX_BLOCK};
use tablon_core::command::Command;
use tablon_core::difficulty::{Parent, earliest_time, next_base, required_bits};
use tablon_core::encode::{decode, encode};
use tablon_core::hash::{BlockHash, MerkleRoot, PeerId, StateRoot, TxId, sha256};
use tablon_core::header::{HEADER_BYTES, Header};
use tablon_core::keys::{Address, PublicKey, SecretKey, Signature};
use tablon_core::ledger::Account;
use tablon_core::ledger::state::{AccountProof, Node};
use tablon_core::params::Params;
use tablon_core::proof::Proof;
use tablon_core::relay::{FromRelay, SignedSignal, ToRelay};
use tablon_core::rules::{check_block, check_header, check_transaction};
use tablon_core::sealed::{self, MAX_SECRET_TEXT, OVERHEAD};
use tablon_core::target::CompactTarget;
use tablon_core::text::{Field, TextError, check_body, check_label, check_name, skeleton};
use tablon_core::transaction::{MAX_TRANSACTION, Transaction};
use tablon_core::tunnel::{Side, TAG, Tunnel};
use tablon_core::units::{Amount, Timestamp};
use tablon_core::wallet::{self, Identity};
use tablon_core::wire::{MAX_FRAME, Message};

use super::bytes::Bytes;

// An error must be able to say what is wrong.
fn told<T, E: ToString>(result: Result<T, E>) -> Option<T> {
    match result {
        Ok(value) => Some(value),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            None
        }
    }
}

/// What a neighbour sends: [`Message::from_frame`].
pub fn message(data: &[u8]) {
    if let Some(message) = told(Message::from_frame(data)) {
        assert!(data.len() <= MAX_FRAME);
        assert_eq!(message.to_frame(), data);
        if let Message::Signal(signed) = message {
            signed.verify();
        }
    }
}

/// A block, and the rules that it is checked by.
pub fn block(data: &[u8]) {
    if let Some(block) = told(decode::<Block>("a block", data, MAX_BLOCK)) {
        assert_eq!(encode(&block), data);
        let params = Params::default_network();
        let height = block.coinbase.height;
        told(check_block(&params, params.network_id(), height, block));
    }
}

/// A transaction, and the rules that it is checked by.
pub fn transaction(data: &[u8]) {
    let decoded = decode::<Transaction>("a transaction", data, MAX_TRANSACTION);
    if let Some(transaction) = told(decoded) {
        assert_eq!(encode(&transaction), data);
        let (id, params) = (transaction.id(), Params::default_network());
        transaction.is_signed(id);
        let network = params.network_id();
        told(check_transaction(&params, network, transaction.clone()));
        // The same as its network and stamp would have it.
        let free = Params {
            stamp_bits: 0,
            ..params
        };
        told(check_transaction(&free, transaction.network, transaction));
    }
}

/// A header, and the rules that it is checked by on any parent of any network.
pub fn header(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let raw: [u8; HEADER_BYTES] = bytes.array();
    let header = Header::from_bytes(&raw);
    assert_eq!(header.to_bytes(), raw);
    assert_eq!(decode("a header", &raw, HEADER_BYTES), Ok(header));
    if let Some(target) = told(header.bits.target()) {
        assert!(target.compact().target().expect("a cut target") <= target);
        target.work();
        target.is_met_by(header.hash());
    }
    let params = Params {
        spacing: 5 + u32::from(bytes.u16()) % 3_596,
        initial: CompactTarget(bytes.u32()),
        easiest: CompactTarget(bytes.u32()),
        ..Params::default_network()
    };
    let Some(params) = told(Params::from_link(&params.to_link())) else {
        return;
    };
    let easiest = params.easiest.target().expect("it was checked");
    let base = CompactTarget(bytes.u32());
    let parent = Parent {
        time: Timestamp(bytes.u32()),
        base: match base.target() {
            Ok(target) if target <= easiest => base,
            _ => params.initial,
        },
        solve_time: i64::from(bytes.u32()).max(1),
        is_genesis: bytes.u8() & 1 == 1,
    };
    let base = next_base(&params, &parent).target().expect("a base");
    let required = required_bits(&params, &parent, header.time);
    let target = required.target().expect("required bits");
    assert!(base <= easiest && target <= easiest);
    assert!(
        header.time <= parent.time || base <= target,
        "it only eases"
    );
    assert!(earliest_time(&params, &parent) > parent.time || parent.time.0 == u32::MAX);
    // Nought is below every target.
    told(check_header(
        &params,
        &parent,
        &header,
        BlockHash::default(),
    ));
    let due = Header {
        bits: required,
        ..header
    };
    told(check_header(&params, &parent, &due, BlockHash::default()));
}

/// What a tab and the relay say to each other, as JSON.
pub fn relay_frame(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    if let Some(ToRelay::Signal(signed)) = json::<ToRelay>(text) {
        signed.verify();
    }
    if let Some(FromRelay::Signal(signed)) = json::<FromRelay>(text) {
        signed.verify();
    }
}

fn json<T>(text: &str) -> Option<T>
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let value: T = told(serde_json::from_str(text))?;
    let again = serde_json::to_string(&value).expect("it has a JSON form");
    assert_eq!(serde_json::from_str::<T>(&again).expect("it reads"), value);
    Some(value)
}

/// An invitation as people paste it.
pub fn signal(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    if let Some(signed) = told(SignedSignal::from_text(text)) {
        let word: String = text.split_whitespace().collect();
        assert_eq!(signed.to_text(), word);
        signed.verify();
    }
}

/// A network's link, and what follows from its parameters.
pub fn link(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    if let Some(params) = told(Params::from_link(text)) {
        assert_eq!(params.to_link(), text.trim());
        let genesis = params.genesis();
        assert_eq!(params.network_id(), genesis.hash());
        assert!(params.required_stamp_bits(MAX_TRANSACTION) < 64);
        let parent = Parent {
            time: genesis.time,
            base: params.initial,
            solve_time: params.spacing.into(),
            is_genesis: true,
        };
        assert_eq!(
            required_bits(&params, &parent, Timestamp(1)),
            params.initial
        );
    }
}

/// A wallet's file, its text, and the twelve words.
pub fn wallet(data: &[u8]) {
    open_wallet(data);
    // As if whoever made it had a right checksum.
    let sum = sha256(&[data]);
    open_wallet(&[data, &sum[..4]].concat());
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    if let Some(file) = told(wallet::from_text(text)) {
        let word: String = text.split_whitespace().collect();
        assert_eq!(wallet::to_text(&file), word);
        open_wallet(&file);
    }
    if let Some(identity) = told(Identity::from_words(text)) {
        let again = Identity::from_words(&identity.words()).expect("its own words");
        assert_eq!(again.entropy(), identity.entropy());
    }
}

fn open_wallet(file: &[u8]) {
    if told(wallet::address_in(file)).is_none() {
        return;
    }
    assert_eq!(file.len(), wallet::LENGTH);
    let memory = u32::from_le_bytes(file[9..13].try_into().expect("four bytes"));
    // An honest file may take a second, which a fuzzer has not.
    if memory <= 64 && file[13] <= 2 {
        told(wallet::open(file, "a password"));
    }
}

/// A proof of publication.
pub fn proof(data: &[u8]) {
    read_proof(data);
    // As if whoever made it had a right checksum.
    read_proof(&[data, &sha256(&[data])].concat());
    let whole = [b"tablon proof 1\n\0", data].concat();
    read_proof(&[&whole[..], &sha256(&[&whole])].concat());
}

fn read_proof(file: &[u8]) {
    if let Some(proof) = told(Proof::from_file(file)) {
        assert_eq!(proof.to_file().proof, file);
        told(proof.verify());
    }
}

/// What stands at an address of the ledger.
pub fn account_proof(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let (root, address) = (StateRoot(bytes.array()), Address(bytes.array()));
    let account = Account {
        balance: Amount(bytes.u64()),
        next_seq: bytes.u32(),
        participant: None,
    };
    let proof = decode::<AccountProof>("a proof of an account", bytes.rest(), 64 * 1024);
    if let Some(proof) = told(proof) {
        proof.shows(root, address, &account);
        proof.shows(root, address, &Account::default());
    }
}

/// A sealed message, and keys that nobody can hold.
pub fn sealed(data: &[u8]) {
    let (network, own) = (BlockHash([7; 32]), SecretKey::from_seed([1; 32]));
    let known = SecretKey::from_seed([2; 32]);
    let open = |from, to, bytes: &[u8]| sealed::open(network, &own, from, to, bytes);
    for (from, to) in [
        (known.public(), own.public()),
        (own.public(), known.public()),
        (known.public(), known.public()),
    ] {
        assert_eq!(told(open(from, to, data)), None);
    }
    let mut bytes = Bytes::new(data);
    let (stranger, nonce) = (PublicKey(bytes.array()), bytes.array());
    told(open(stranger, own.public(), bytes.some(64)));
    let text = String::from_utf8_lossy(bytes.rest());
    if let Some(sealed) = told(sealed::seal(network, &own, stranger, nonce, &text)) {
        assert!(sealed.len() <= MAX_SECRET_TEXT + OVERHEAD);
        let opened = open(own.public(), stranger, &sealed);
        assert_eq!(opened.as_deref(), Ok(&*text));
    }
}

/// What came through the relay's tunnel.
pub fn tunnel(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let (network, nonces) = (BlockHash([7; 32]), [[1; 16], [2; 16]]);
    let own = SecretKey::from_seed([1; 32]);
    let stranger = PublicKey(bytes.array());
    for side in [Side::Asks, Side::Agrees] {
        if let Some(mut tunnel) = Tunnel::new(network, &own, stranger, side, nonces) {
            assert_eq!(tunnel.open(bytes.some(40)), None);
        }
    }
    let other = SecretKey::from_seed([2; 32]);
    let piece = bytes.rest();
    let mut here = Tunnel::new(network, &own, other.public(), Side::Asks, nonces);
    let mut there = Tunnel::new(network, &other, own.public(), Side::Agrees, nonces);
    let (Some(here), Some(there)) = (&mut here, &mut there) else {
        panic!("honest keys");
    };
    assert_eq!(there.open(piece), None);
    assert_eq!(here.seal(b"lost").len(), 4 + TAG);
    let sealed = here.seal(piece);
    assert_eq!(there.open(&sealed).as_deref(), Some(piece));
}

/// Bodies, names and topics.
pub fn text(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let fits = |field: Field, result: Result<(), TextError>| {
        let taken = told(result).is_some();
        assert!(!taken || text.len() <= field.limit());
        taken
    };
    fits(Field::Body, check_body(text));
    fits(Field::Topic, check_label(Field::Topic, text));
    let label = fits(Field::Name, check_label(Field::Name, text));
    let name = fits(Field::Name, check_name(text));
    assert!(label || !name, "a name is a label");
    skeleton(text);
}

/// Ids, keys, addresses and amounts as people and programs write them.
pub fn ids(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let low = text.to_lowercase();
    fn parsed<T: std::str::FromStr<Err: ToString> + ToString>(text: &str, low: &str) {
        if let Some(value) = told(text.parse::<T>()) {
            assert_eq!(value.to_string(), low);
        }
    }
    parsed::<Address>(text, &low);
    parsed::<BlockHash>(text, &low);
    parsed::<MerkleRoot>(text, &low);
    parsed::<PeerId>(text, &low);
    parsed::<TxId>(text, &low);
    let quoted = Value::from(text).to_string();
    json::<PublicKey>(&quoted);
    json::<Signature>(&quoted);
    json::<Command>(text);
}

/// Rows of the store: the first byte says of which table.
pub fn store_row(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let table = bytes.u8();
    let row = bytes.rest();
    match table {
        0 => drop(read::<(Coinbase, Vec<Transaction>)>(row, MAX_BLOCK)),
        1 => drop(read::<Vec<(Address, Account)>>(row, 4 * MAX_BLOCK)),
        2 => {
            if let Some(account) = read::<Account>(row, 128) {
                assert!(account.bytes().is_none_or(|bytes| bytes == row));
                account.is_participant();
            }
        }
        3 => drop(read::<Node>(row, 65)),
        4 => drop(read::<Transaction>(row, MAX_TRANSACTION)),
        _ => drop(read::<Vec<PeerId>>(row, 1_024)),
    }
}

fn read<T>(row: &[u8], limit: usize) -> Option<T>
where
    T: Serialize + DeserializeOwned,
{
    let value: T = told(decode("a row", row, limit))?;
    assert_eq!(encode(&value), row);
    Some(value)
}
