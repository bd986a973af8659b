//! Opening a node in a worker: slots, keys, wallets, damaged stores, and what is
//! left when a network was left.

use gloo::timers::future::TimeoutFuture;
use redb::StorageBackend;
use tablon_core::params::Params;
use tablon_core::view::{Status, Storage};
use tablon_web::last_words::scope;
use tablon_web::threads::{Distrust, Notice, WalletCommand};
use tablon_web::worker::erase;
use tablon_web::worker::files::Files;
use tablon_web::worker::open::{Opened, Start, open};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{FileSystemDirectoryHandle, FileSystemRemoveOptions};

// Every test has a network of its own, so that none meets another's files.
fn network(name: &str) -> Params {
    Params {
        name: name.into(),
        ..Params::default_network()
    }
}

fn start(params: &Params) -> Start {
    Start {
        network: Some(params.to_link()),
        // As a reload does: the browser frees a lock a moment after its holder
        // is gone, and a slot that one prefers is waited for.
        preferred: Some(0),
        distrust: None,
        wallet_from: None,
        budget_bytes: 1 << 30,
    }
}

fn new_tab(params: &Params) -> Start {
    Start {
        preferred: None,
        ..start(params)
    }
}

async fn opened(start: Start) -> Opened {
    open(start).await.unwrap()
}

async fn forget_everything() {
    let root: FileSystemDirectoryHandle =
        JsFuture::from(scope().navigator().storage().get_directory())
            .await
            .unwrap()
            .unchecked_into();
    let options = FileSystemRemoveOptions::new();
    options.set_recursive(true);
    // Absent the first time.
    let _ = JsFuture::from(root.remove_entry_with_options("tablon", &options)).await;
}

fn status(opened: &Opened) -> Status {
    let now = tablon_core::units::Millis(js_sys::Date::now() as u64);
    opened.node.status(now)
}

fn storage(opened: &Opened) -> Storage {
    status(opened).storage
}

async fn spoil(params: &Params) {
    let files = Files::open(params.network_id(), 0).await.unwrap();
    let file = files.file("redb").await.unwrap();
    let length = file.len().unwrap();
    assert!(length > 0, "the node keeps a store");
    let noise: Vec<u8> = (0..length).map(|i| (i * 37 % 251) as u8).collect();
    file.write(0, &noise).unwrap();
}

#[wasm_bindgen_test]
async fn a_node_has_the_same_keys_and_store_when_it_is_opened_again() {
    forget_everything().await;
    let params = network("again");
    let first = opened(start(&params)).await;
    assert_eq!(first.slot.number, 0);
    assert!(
        matches!(storage(&first), Storage::Durable { bytes, recovered: false } if bytes > 0),
        "{:?}",
        storage(&first)
    );
    assert_eq!(first.notices, []);
    let key = first.node.key().public();
    let address = status(&first).address;
    assert_eq!(address, first.wallet.state().address);
    assert!(!status(&first).locked);
    drop(first);

    let second = opened(start(&params)).await;
    assert_eq!(second.slot.number, 0);
    assert_eq!(second.node.key().public(), key);
    assert_eq!(status(&second).address, address);
}

#[wasm_bindgen_test]
async fn a_node_whose_wallet_has_a_password_starts_locked() {
    forget_everything().await;
    let params = network("locked");
    let mut first = opened(start(&params)).await;
    let address = status(&first).address;
    let command = WalletCommand::SetPassword {
        old: None,
        new: "correct horse".into(),
    };
    first.wallet.obey(command).await.unwrap();
    drop(first);
    let second = opened(start(&params)).await;
    assert!(status(&second).locked);
    assert_eq!(
        status(&second).address,
        address,
        "it still earns the blocks"
    );
}

#[wasm_bindgen_test]
async fn a_network_that_is_new_here_begins_with_the_identity_of_another() {
    forget_everything().await;
    let (home, work) = (network("home"), network("work"));
    let first = opened(start(&home)).await;
    let second = opened(Start {
        wallet_from: Some((home.network_id(), 0)),
        ..start(&work)
    })
    .await;
    assert_eq!(status(&second).address, status(&first).address);
    assert_ne!(second.node.key().public(), first.node.key().public());
}

#[wasm_bindgen_test]
async fn what_a_slot_keeps_is_deleted_once_nobody_holds_it() {
    forget_everything().await;
    let params = network("erased");
    let first = opened(start(&params)).await;
    let address = status(&first).address;
    let id = params.network_id();
    let refused = erase(id, 0).await.unwrap_err();
    assert_eq!(refused.code, "files_in_use");
    let beside = opened(new_tab(&params)).await;
    drop(first);

    let erased = erase(id, 0).await.unwrap();
    let files: Vec<_> = erased.iter().map(|erased| &*erased.file).collect();
    assert_eq!(files, ["keys", "redb", "wallet"]);
    assert!(erased.iter().all(|erased| erased.bytes > 0), "{erased:?}");
    assert_eq!(erase(id, 0).await.unwrap(), [], "there is nothing left");

    let again = opened(start(&params)).await;
    assert_ne!(status(&again).address, address);
    assert_eq!(again.notices, []);
    // Another tab's files are its own.
    let kept = Files::open(id, beside.slot.number).await.unwrap();
    assert!(kept.kinds().await.unwrap().contains(&"wallet".to_owned()));
}

#[wasm_bindgen_test]
async fn tabs_side_by_side_are_nodes_of_their_own() {
    let params = network("side by side");
    let first = opened(new_tab(&params)).await;
    let second = opened(new_tab(&params)).await;
    assert_eq!((first.slot.number, second.slot.number), (0, 1));
    assert_ne!(first.node.key().public(), second.node.key().public());

    // The lowest free one is taken, and a reload takes its own back.
    drop(first);
    TimeoutFuture::new(300).await;
    let third = opened(new_tab(&params)).await;
    assert_eq!(third.slot.number, 0);
    drop(second);
    let reloaded = opened(Start {
        preferred: Some(1),
        ..start(&params)
    })
    .await;
    assert_eq!(reloaded.slot.number, 1);
}

#[wasm_bindgen_test]
async fn a_slot_that_another_tab_has_taken_is_waited_for_and_then_left_to_it() {
    let params = network("taken");
    let _first = opened(start(&params)).await;
    let begun = js_sys::Date::now();
    let second = opened(Start {
        preferred: Some(0),
        ..start(&params)
    })
    .await;
    assert_eq!(second.slot.number, 1);
    assert!(
        js_sys::Date::now() - begun >= 1_900.0,
        "it was not waited for"
    );
}

#[wasm_bindgen_test]
async fn a_corrupt_store_is_kept_aside_and_the_name_is_not_lost() {
    forget_everything().await;
    let params = network("corrupt");
    let first = opened(start(&params)).await;
    let (key, address) = (first.node.key().public(), status(&first).address);
    drop(first);

    for accident in 1..=3 {
        spoil(&params).await;
        let opened = opened(start(&params)).await;
        assert!(
            matches!(&opened.notices[..], [Notice::StoreRecovered { reason }] if !reason.is_empty()),
            "accident {accident}: {:?} {:?} {:?}",
            opened.notices,
            opened.slot,
            storage(&opened)
        );
        assert!(matches!(
            storage(&opened),
            Storage::Durable {
                recovered: true,
                ..
            }
        ));
        assert_eq!(opened.node.key().public(), key, "accident {accident}");
        assert_eq!(status(&opened).address, address, "accident {accident}");
    }
    let files = Files::open(params.network_id(), 0).await.unwrap();
    for (kept, exists) in [
        ("redb.corrupt-1", true),
        ("redb.corrupt-2", true),
        ("redb.corrupt-3", false),
    ] {
        let length = files.file(kept).await.unwrap().len().unwrap();
        assert_eq!(length > 0, exists, "{kept} has {length} bytes");
    }
}

/// Until what it returns is called, the browser's files take nothing, as Chromium's at
/// their quota.
fn no_room() -> js_sys::Function {
    let source = "const kind = FileSystemSyncAccessHandle.prototype;
        const {write, truncate} = kind;
        kind.write = () => 4294967288;
        kind.truncate = () => {};
        return () => { kind.write = write; kind.truncate = truncate; };";
    let mend = js_sys::Function::new_no_args(source).call0(&wasm_bindgen::JsValue::NULL);
    mend.unwrap().unchecked_into()
}

#[wasm_bindgen_test]
async fn a_store_without_room_is_read_and_neither_damaged_nor_put_aside() {
    forget_everything().await;
    let params = network("full");
    let first = opened(start(&params)).await;
    let (key, address) = (first.node.key().public(), status(&first).address);
    drop(first);
    let mend = no_room();
    let full = opened(start(&params)).await;
    mend.call0(&wasm_bindgen::JsValue::NULL).unwrap();
    assert_eq!(full.notices, []);
    assert!(
        matches!(storage(&full), Storage::StoreFailed { .. }),
        "{:?}",
        storage(&full)
    );
    assert_eq!(full.node.key().public(), key);
    assert_eq!(status(&full).address, address);
    drop(full);
    let again = opened(start(&params)).await;
    assert_eq!(again.notices, []);
    assert!(matches!(
        storage(&again),
        Storage::Durable {
            recovered: false,
            ..
        }
    ));
}

#[wasm_bindgen_test]
async fn a_first_visit_without_room_is_in_memory_and_leaves_nothing_damaged() {
    forget_everything().await;
    let params = network("born full");
    let mend = no_room();
    let full = opened(start(&params)).await;
    mend.call0(&wasm_bindgen::JsValue::NULL).unwrap();
    assert_eq!(full.notices, []);
    assert!(
        matches!(&storage(&full), Storage::Memory { reason } if reason.contains("no room")),
        "{:?}",
        storage(&full)
    );
    drop(full);
    let again = opened(start(&params)).await;
    assert_eq!(again.notices, []);
    assert!(matches!(
        storage(&again),
        Storage::Durable {
            recovered: false,
            ..
        }
    ));
}

#[wasm_bindgen_test]
async fn a_store_that_is_only_suspected_never_pushes_out_one_put_aside() {
    forget_everything().await;
    let params = network("suspected");
    let address = status(&opened(start(&params)).await).address;
    let suspicion = Distrust {
        reason: "it died three times".into(),
        damaged: false,
    };
    for recovered in [true, true, false] {
        let opened = opened(Start {
            distrust: Some(suspicion.clone()),
            ..start(&params)
        })
        .await;
        assert_eq!(
            matches!(storage(&opened), Storage::Durable { .. }),
            recovered,
            "{:?}",
            storage(&opened)
        );
        // A store that cannot be used is no reason to be somebody else.
        assert_eq!(status(&opened).address, address);
        assert!(opened.wallet.state().durable);
    }
}

#[wasm_bindgen_test]
async fn damaged_keys_are_kept_aside_and_the_person_is_told() {
    forget_everything().await;
    let params = network("keys");
    let first = opened(start(&params)).await;
    let (key, address) = (first.node.key().public(), status(&first).address);
    drop(first);
    let files = Files::open(params.network_id(), 0).await.unwrap();
    files.file("keys").await.unwrap().write(20, b"x").unwrap();

    let second = opened(start(&params)).await;
    assert!(
        matches!(&second.notices[..], [Notice::StoreRecovered { reason }] if reason.contains("checksum")),
        "{:?}",
        second.notices
    );
    assert_ne!(second.node.key().public(), key);
    assert_eq!(
        status(&second).address,
        address,
        "the identity lies elsewhere"
    );
    drop(second);
    assert!(files.file("keys.corrupt-1").await.unwrap().len().unwrap() > 0);
}

#[wasm_bindgen_test]
async fn a_link_that_names_no_network_is_refused_with_a_reason() {
    let error = open(Start {
        network: Some("n0 netw0rk".into()),
        preferred: None,
        distrust: None,
        wallet_from: None,
        budget_bytes: 1 << 30,
    })
    .await
    .err()
    .unwrap();
    assert!(error.contains("network link"), "{error}");
}
