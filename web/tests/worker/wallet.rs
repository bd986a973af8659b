//! The wallet of a slot: how it begins, rests, is locked, moves and is forgotten.

use redb::StorageBackend;
use tablon_core::hash::NetworkId;
use tablon_core::keys::Address;
use tablon_core::node;
use tablon_core::params::Params;
use tablon_core::wallet::record::{APART, AtRest, Found, Record, read};
use tablon_core::wallet::{Identity, to_text};
use tablon_web::threads::{Notice, WalletCommand, WalletReply, WalletState};
use tablon_web::worker::files::Files;
use tablon_web::worker::wallet::Wallet;
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

const PASSWORD: &str = "correct horse";
const WORDS: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";

/// A slot of a network of its own, so that no test meets another's files.
async fn slot(name: &str) -> Files {
    let files = Files::open(network(name), 0).await.unwrap();
    files.erase().await.unwrap();
    files
}

fn network(name: &str) -> NetworkId {
    Params {
        name: name.into(),
        ..Params::default_network()
    }
    .network_id()
}

/// The wallet as a start finds it, and what the person is told.
async fn start(files: &Files) -> (Wallet, Vec<Notice>) {
    let mut notices = Vec::new();
    let wallet = Wallet::load(files, None, &mut notices).await.unwrap();
    (wallet, notices)
}

async fn started(files: &Files) -> Wallet {
    let (wallet, notices) = start(files).await;
    assert_eq!(notices, []);
    wallet
}

async fn state(wallet: &mut Wallet, command: WalletCommand) -> WalletState {
    let name = format!("{command:?}");
    match wallet.obey(command).await {
        Ok(WalletReply::State(state)) => {
            assert_eq!(state, wallet.state(), "{name}");
            state
        }
        other => panic!("{name}: {other:?}"),
    }
}

async fn refused(wallet: &mut Wallet, command: WalletCommand) -> (String, String) {
    let before = wallet.state();
    let name = format!("{command:?}");
    let refusal = wallet.obey(command).await.expect_err(&name);
    assert_eq!(wallet.state(), before, "{name}: nothing has changed");
    (refusal.code, refusal.message)
}

#[track_caller]
fn is((code, message): (String, String), expected: &str, words: &str) {
    assert_eq!(code, expected, "{message}");
    assert!(message.contains(words), "{message}");
}

fn set_password(old: Option<&str>, new: &str) -> WalletCommand {
    WalletCommand::SetPassword {
        old: old.map(Into::into),
        new: new.into(),
    }
}

fn unlock(password: &str) -> WalletCommand {
    WalletCommand::Unlock {
        password: password.into(),
    }
}

fn import(file: Vec<u8>, password: &str) -> WalletCommand {
    WalletCommand::Import {
        file,
        password: password.into(),
    }
}

fn import_words(words: &str) -> WalletCommand {
    WalletCommand::ImportWords {
        words: words.into(),
    }
}

async fn export(wallet: &mut Wallet, password: &str) -> Vec<u8> {
    let command = WalletCommand::Export {
        password: password.into(),
    };
    match wallet.obey(command).await {
        Ok(WalletReply::File(file)) => file,
        other => panic!("{other:?}"),
    }
}

async fn words(wallet: &mut Wallet, password: Option<&str>) -> String {
    let command = WalletCommand::Words {
        password: password.map(Into::into),
    };
    match wallet.obey(command).await {
        Ok(WalletReply::Words(words)) => words,
        other => panic!("{other:?}"),
    }
}

/// The account for which the node signs; none while the wallet is locked.
fn signs_for(wallet: &Wallet) -> Option<Address> {
    let of_node = wallet.for_node();
    assert_eq!(of_node.address(), wallet.state().address);
    match of_node {
        node::Wallet::Open(key) => Some(key.public().address()),
        node::Wallet::Locked(_) => None,
    }
}

/// The bytes that lie in the file.
async fn on_disk(files: &Files, kind: &str) -> Vec<u8> {
    files.snapshot(kind, 1 << 20).await.unwrap_or_default()
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

#[wasm_bindgen_test]
async fn the_first_start_draws_a_wallet_that_works_at_once_and_a_reload_finds_it() {
    let files = slot("first start").await;
    let first = started(&files).await;
    let fresh = first.state();
    assert_eq!(
        fresh,
        WalletState {
            address: fresh.address,
            locked: false,
            has_password: false,
            backed_up: false,
            durable: true,
        }
    );
    assert_eq!(signs_for(&first), Some(fresh.address));
    drop(first);
    let mut again = started(&files).await;
    assert_eq!(again.state(), fresh);

    let backed_up = state(&mut again, WalletCommand::BackedUp).await;
    assert!(backed_up.backed_up);
    assert_eq!(started(&files).await.state(), backed_up);
    let other = started(&slot("another first start").await).await;
    assert_ne!(other.state().address, fresh.address);
}

#[wasm_bindgen_test]
async fn with_a_password_it_is_locked_at_the_next_start_until_the_right_one_comes() {
    let files = slot("password").await;
    let mut wallet = started(&files).await;
    let address = wallet.state().address;
    let bare = words(&mut wallet, None).await;
    let entropy = *Identity::from_words(&bare).unwrap().entropy();
    assert!(has(&on_disk(&files, "wallet").await, &entropy));

    let sealed = state(&mut wallet, set_password(None, PASSWORD)).await;
    assert!(sealed.has_password && !sealed.locked);
    let disk = on_disk(&files, "wallet").await;
    assert!(!has(&disk, &entropy), "the bare one is in neither copy");
    assert!(!has(&disk, PASSWORD.as_bytes()));

    let mut wallet = started(&files).await;
    assert!(wallet.state().locked);
    assert_eq!(wallet.state().address, address);
    assert_eq!(signs_for(&wallet), None);
    is(
        refused(&mut wallet, unlock("correct house")).await,
        "wallet_wrong_password",
        "does not open",
    );
    let begun = js_sys::Date::now();
    let open = state(&mut wallet, unlock(PASSWORD)).await;
    console_log!("unlocked in {} ms", js_sys::Date::now() - begun);
    assert!(!open.locked);
    assert_eq!(signs_for(&wallet), Some(address));
    // Also while it is open, the words are for those who know the password.
    is(
        refused(&mut wallet, WalletCommand::Words { password: None }).await,
        "wallet_password_needed",
        "password",
    );
    assert_eq!(words(&mut wallet, Some(PASSWORD)).await, bare);

    assert!(state(&mut wallet, WalletCommand::Lock).await.locked);
    assert_eq!(signs_for(&wallet), None);
    assert_eq!(words(&mut wallet, Some(PASSWORD)).await, bare);
    assert!(wallet.state().locked, "to show the words unlocks nothing");
}

#[wasm_bindgen_test]
async fn a_wallet_without_a_password_has_nothing_to_lock() {
    let mut wallet = started(&slot("no password").await).await;
    for command in [WalletCommand::Lock, unlock(PASSWORD)] {
        is(
            refused(&mut wallet, command).await,
            "wallet_no_password",
            "no password",
        );
    }
}

#[wasm_bindgen_test]
async fn another_password_needs_the_one_so_far() {
    let files = slot("another password").await;
    let mut wallet = started(&files).await;
    for (new, code, words) in [
        ("short", "wallet_password_short", "at least 8"),
        (&"x".repeat(129), "wallet_password_long", "at most 128"),
        ("tab\tin it", "wallet_password_character", "U+0009"),
    ] {
        is(
            refused(&mut wallet, set_password(None, new)).await,
            code,
            words,
        );
    }
    state(&mut wallet, set_password(None, PASSWORD)).await;
    is(
        refused(&mut wallet, set_password(None, "staple staple")).await,
        "wallet_password_needed",
        "password",
    );
    is(
        refused(
            &mut wallet,
            set_password(Some("wrong horse"), "staple staple"),
        )
        .await,
        "wallet_wrong_password",
        "does not open",
    );
    state(&mut wallet, set_password(Some(PASSWORD), "staple staple")).await;

    let mut wallet = started(&files).await;
    is(
        refused(&mut wallet, unlock(PASSWORD)).await,
        "wallet_wrong_password",
        "does not open",
    );
    state(&mut wallet, unlock("staple staple")).await;
}

#[wasm_bindgen_test]
async fn an_exported_file_brings_the_identity_to_another_slot() {
    let mut ana = started(&slot("export").await).await;
    let address = ana.state().address;
    let bare = export(&mut ana, "for the file").await;
    assert!(
        !ana.state().has_password,
        "the password is the file's alone"
    );
    state(&mut ana, set_password(None, PASSWORD)).await;
    let command = WalletCommand::Export {
        password: "for the file".into(),
    };
    is(
        refused(&mut ana, command).await,
        "wallet_wrong_password",
        "does not open",
    );
    let sealed = export(&mut ana, PASSWORD).await;

    let files = slot("import").await;
    for (file, password) in [
        (bare.clone(), "for the file"),
        (sealed, PASSWORD),
        // As the text of a QR code.
        (to_text(&bare).into_bytes(), "for the file"),
    ] {
        files.erase().await.unwrap();
        let mut ben = started(&files).await;
        assert_ne!(ben.state().address, address);
        let taken = state(&mut ben, import(file, password)).await;
        assert_eq!(taken.address, address);
        assert!(taken.has_password && !taken.locked && taken.backed_up);
        let mut ben = started(&files).await;
        assert_eq!(ben.state().address, address);
        assert!(ben.state().locked);
        state(&mut ben, unlock(password)).await;
    }

    let mut ben = started(&files).await;
    let mut damaged = bare.clone();
    damaged[60] ^= 1;
    for (file, password, code) in [
        (bare.clone(), "another one", "wallet_wrong_password"),
        (damaged, "for the file", "wallet_file_damaged"),
        (bare[..50].to_vec(), "for the file", "wallet_file_damaged"),
        (
            b"a photograph".to_vec(),
            "for the file",
            "wallet_not_a_file",
        ),
        (Vec::new(), "for the file", "wallet_not_a_file"),
    ] {
        is(refused(&mut ben, import(file, password)).await, code, "");
    }
}

#[wasm_bindgen_test]
async fn twelve_words_bring_an_identity_back_and_a_slip_is_named() {
    let files = slot("words").await;
    let mut wallet = started(&files).await;
    state(&mut wallet, set_password(None, PASSWORD)).await;
    let taken = state(&mut wallet, import_words(&WORDS.to_uppercase())).await;
    assert_eq!(
        taken.address,
        Identity::from_words(WORDS).unwrap().address()
    );
    assert!(!taken.has_password && !taken.locked && taken.backed_up);
    assert_eq!(words(&mut wallet, None).await, WORDS);
    assert_eq!(started(&files).await.state(), taken);

    for (text, code, message) in [
        ("legal winner", "wallet_words_count", "2 words"),
        (
            &*WORDS.replace("sausage", "sausge"),
            "wallet_word_unknown",
            "word 6, \"sausge\"",
        ),
        (
            &*WORDS.replace("legal winner thank year", "winner legal thank year"),
            "wallet_words_checksum",
            "do not fit",
        ),
    ] {
        is(
            refused(&mut wallet, import_words(text)).await,
            code,
            message,
        );
    }
}

#[wasm_bindgen_test]
async fn the_last_three_wallets_that_were_replaced_are_kept_and_forgotten_on_demand() {
    let files = slot("former").await;
    let mut wallet = started(&files).await;
    let mut former = Vec::new();
    for number in b'a'..=b'e' {
        let old = words(&mut wallet, None).await;
        former.push(*Identity::from_words(&old).unwrap().entropy());
        let new = Identity::from_entropy([number; 16]);
        state(&mut wallet, import_words(&new.words())).await;
        // The same again replaces nothing.
        state(&mut wallet, import_words(&new.words())).await;
    }
    let mut kept = Vec::new();
    for kind in files.kinds().await.unwrap() {
        assert!(!kind.contains("former-4"), "{kind}");
        if kind.starts_with("wallet.former") {
            kept.extend(on_disk(&files, &kind).await);
        }
    }
    for (number, entropy) in former.iter().enumerate() {
        assert_eq!(has(&kept, entropy), number >= 2, "{number}");
    }

    let forgotten = wallet.state().address;
    let new = state(&mut wallet, WalletCommand::Forget).await;
    assert_ne!(new.address, forgotten);
    assert!(!new.backed_up && !new.has_password && !new.locked);
    assert_eq!(signs_for(&wallet), Some(new.address));
    assert_eq!(files.kinds().await.unwrap(), ["wallet"]);
    let disk = on_disk(&files, "wallet").await;
    assert!(!has(&disk, &[b'e'; 16]), "nothing is left of it");
    assert_eq!(started(&files).await.state(), new);
}

#[wasm_bindgen_test]
async fn a_damaged_wallet_is_put_aside_and_the_person_is_told() {
    let files = slot("damaged").await;
    let old = started(&files).await.state();
    for at in [40, APART + 40] {
        let file = files.file("wallet").await.unwrap();
        file.write(at, b"???").unwrap();
    }
    let (wallet, notices) = start(&files).await;
    assert!(
        matches!(&notices[..], [Notice::WalletReplaced { reason }] if reason.contains("checksum")),
        "{notices:?}"
    );
    assert_ne!(wallet.state().address, old.address);
    assert!(!on_disk(&files, "wallet.corrupt-1").await.is_empty());
    assert_eq!(started(&files).await.state(), wallet.state());
}

#[wasm_bindgen_test]
async fn one_damaged_copy_costs_nothing_and_is_made_good() {
    let files = slot("one copy").await;
    let old = started(&files).await.state();
    for at in [40, APART + 40] {
        files
            .file("wallet")
            .await
            .unwrap()
            .write(at, b"???")
            .unwrap();
        assert_eq!(started(&files).await.state(), old);
        let found = read(&files.file("wallet").await.unwrap()).unwrap();
        assert!(matches!(found, Found::Whole(_, true)));
    }
}

#[wasm_bindgen_test]
async fn a_wallet_that_a_newer_page_sealed_is_put_aside_not_overwritten() {
    let files = slot("newer").await;
    drop(started(&files).await);
    let record = Record {
        version: u64::MAX / 2,
        backed_up: true,
        at_rest: AtRest::Sealed(b"TABLONID of the future".to_vec()),
    };
    record.write(&files.file("wallet").await.unwrap()).unwrap();
    let (_, notices) = start(&files).await;
    assert!(
        matches!(&notices[..], [Notice::WalletReplaced { .. }]),
        "{notices:?}"
    );
    let aside = on_disk(&files, "wallet.corrupt-1").await;
    assert!(has(&aside, b"of the future"));
}

#[wasm_bindgen_test]
async fn in_memory_it_works_the_same_and_says_that_it_is_not_kept() {
    let mut wallet = Wallet::in_memory();
    let fresh = wallet.state();
    assert!(!fresh.durable && !fresh.locked);
    assert_ne!(Wallet::in_memory().state().address, fresh.address);
    state(&mut wallet, set_password(None, PASSWORD)).await;
    assert!(state(&mut wallet, WalletCommand::Lock).await.locked);
    state(&mut wallet, unlock(PASSWORD)).await;
    let file = export(&mut wallet, PASSWORD).await;
    state(&mut wallet, import_words(WORDS)).await;
    let back = state(&mut wallet, import(file, PASSWORD)).await;
    assert_eq!(back.address, fresh.address);
    assert_ne!(
        state(&mut wallet, WalletCommand::Forget).await.address,
        fresh.address
    );
}

#[wasm_bindgen_test]
async fn a_new_slot_takes_the_wallet_of_another_network_sealed_or_not() {
    let home = slot("home").await;
    let mut ana = started(&home).await;
    let away = slot("away").await;
    let from = Some((network("home"), 0));
    let mut notices = Vec::new();
    let copy = Wallet::load(&away, from, &mut notices).await.unwrap();
    assert_eq!(copy.state(), ana.state());
    drop(copy);

    // It has one now: what the other network has later does not come by itself.
    let other = state(&mut ana, import_words(WORDS)).await;
    let kept = Wallet::load(&away, from, &mut notices).await.unwrap();
    assert_ne!(kept.state().address, other.address);

    state(&mut ana, set_password(None, PASSWORD)).await;
    let farther = slot("farther away").await;
    let mut copy = Wallet::load(&farther, from, &mut notices).await.unwrap();
    assert_eq!(copy.state().address, other.address);
    assert!(copy.state().locked);
    state(&mut copy, unlock(PASSWORD)).await;

    // A network of which this browser knows nothing gives nothing.
    let nowhere = Some((network("nowhere"), 0));
    let lonely = slot("lonely").await;
    let drawn = Wallet::load(&lonely, nowhere, &mut notices).await.unwrap();
    assert!(!drawn.state().has_password);
    assert_eq!(notices, []);
}

#[wasm_bindgen_test]
async fn a_password_set_for_an_account_counts_on_all_its_networks() {
    let here = slot("here").await;
    let mut ana = started(&here).await;
    let there = slot("there").await;
    let (at_here, at_there) = (network("here"), network("there"));
    let mut notices = Vec::new();
    let mut copy = Wallet::load(&there, Some((at_here, 0)), &mut notices)
        .await
        .unwrap();
    assert!(!copy.follow(at_here, 0).await, "they are the same");

    state(&mut ana, set_password(None, PASSWORD)).await;
    assert!(copy.follow(at_here, 0).await);
    assert!(copy.state().has_password);
    assert!(!copy.state().locked, "what is in use stays in use");
    assert!(!ana.follow(at_there, 0).await, "and it does not come back");
    assert!(started(&there).await.state().locked);

    // Another account's wallet is none of its concern.
    state(&mut ana, import_words(WORDS)).await;
    assert!(!copy.follow(at_here, 0).await);

    // The same account's words free it from a password that nobody knows.
    let mut locked = started(&there).await;
    let theirs = words(&mut copy, Some(PASSWORD)).await;
    state(&mut ana, import_words(&theirs)).await;
    assert!(locked.follow(at_here, 0).await);
    assert!(!locked.state().locked && !locked.state().has_password);
}
