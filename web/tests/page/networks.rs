//! Several networks in one tab: joined by link, by address and from memory,
//! shown in turn, left with their data or without. The workers are the test's own.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use gloo::timers::future::TimeoutFuture;
use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::hash::{NetworkId, TxId};
use tablon_core::keys::Address;
use tablon_core::params::Params;
use tablon_core::units::Height;
use tablon_core::view::{Delta, NoteView, TransactionView};
use tablon_web::networks::{Change, Data, Entry, MAX_NETWORKS, Networks, NodeState};
use tablon_web::threads::{Erased, FromNode, ToNode, WalletState};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::stage::{self, Actor, block, js, last, post, status, workers};

fn network(name: &str) -> Params {
    Params {
        name: name.into(),
        ..Params::default_network()
    }
}

fn default() -> Params {
    Params::default_network()
}

/// An empty stage and the networks that were joined before.
fn remembered(links: &[String]) {
    stage::set();
    let text = serde_json::to_string(links).unwrap();
    let window = web_sys::window().unwrap();
    let storage = window.local_storage().unwrap().unwrap();
    storage.set_item("tablon.networks", &text).unwrap();
}

fn memory() -> Vec<String> {
    let text = js("localStorage['tablon.networks'] ?? '[]'").as_string();
    serde_json::from_str(&text.unwrap()).unwrap()
}

fn address() -> String {
    js("location.hash").as_string().unwrap()
}

async fn visit(hash: &str) {
    js(&format!("location.hash = '{hash}'"));
    // The browser tells of it in a task of its own.
    TimeoutFuture::new(50).await;
}

/// Its node is loaded, and runs at this height.
fn starts(actor: &Actor, network: &Params, height: u32) -> ToNode {
    actor.says(&FromNode::Ready);
    let mut got = actor.got();
    assert_eq!(got.len(), 1, "{got:?}");
    actor.says(&FromNode::Started {
        slot: 4,
        status: status(network, height),
    });
    got.remove(0)
}

/// It will not run: nobody waits for it any longer.
fn gives_up(actor: &Actor) {
    actor.says(&FromNode::Ready);
    actor.says(&FromNode::Fatal {
        reason: "no".into(),
        retry: false,
        damaged: false,
    });
}

/// The network and the wallet that a node is started with.
#[track_caller]
fn order(start: &ToNode) -> (String, Option<(NetworkId, u32)>) {
    match start {
        ToNode::Start {
            network,
            wallet_from,
            ..
        } => (network.clone().unwrap(), *wallet_from),
        other => panic!("{other:?}"),
    }
}

fn names(networks: &Networks) -> Vec<String> {
    networks
        .list()
        .into_iter()
        .map(|entry| entry.name + if entry.current { "*" } else { "" })
        .collect()
}

fn entry(networks: &Networks, network: &Params) -> Entry {
    let id = network.network_id();
    let list = networks.list();
    list.into_iter().find(|entry| entry.id == id).unwrap()
}

fn code<T: std::fmt::Debug>(result: Result<T, Refusal>) -> String {
    result.unwrap_err().code
}

/// The name of a network, and what was deleted of it.
type Deleted = (String, Vec<Erased>);

/// What comes of something that takes its time.
type Later<T> = Rc<RefCell<Option<T>>>;

fn later<T: 'static>(future: impl Future<Output = T> + 'static) -> Later<T> {
    let later = Later::default();
    let put = later.clone();
    spawn_local(async move {
        let outcome = future.await;
        put.borrow_mut().replace(outcome);
    });
    later
}

/// Two networks that run; the first one is shown.
async fn two() -> (Networks, [Params; 2], [Actor; 2]) {
    let params = [network("one"), network("two")];
    remembered(&[params[0].to_link()]);
    visit(&format!("#/n/{}/", params[0].to_link())).await;
    let networks = Networks::start();
    let first = last();
    starts(&first, &params[0], 10);
    networks.join(&params[1].to_link()).unwrap();
    let second = last();
    starts(&second, &params[1], 20);
    (networks, params, [first, second])
}

#[wasm_bindgen_test]
async fn the_first_start_joins_the_default_network() {
    stage::set();
    let networks = Networks::start();
    assert_eq!(workers().len(), 1);
    let start = starts(&last(), &default(), 3);
    assert_eq!(order(&start), (default().to_link(), None));
    let entry = entry(&networks, &default());
    assert_eq!(
        (entry.state, entry.height, entry.current),
        (NodeState::Running, 3, true)
    );
    assert_eq!(memory(), [default().to_link()]);
    assert_eq!(address(), "", "nobody asked for another address");
}

#[wasm_bindgen_test]
async fn the_address_names_the_network_that_is_shown() {
    let named = network("named");
    remembered(&[named.to_link()]);
    visit(&format!("#/n/{}/blocks", named.to_link())).await;
    let networks = Networks::start();
    assert_eq!(names(&networks), ["named*"]);
    assert_eq!(order(&starts(&last(), &named, 3)).0, named.to_link());
}

#[wasm_bindgen_test]
async fn those_joined_before_start_after_the_shown_one_and_may_take_its_wallet() {
    let (home, work) = (default(), network("work"));
    remembered(&[work.to_link(), home.to_link()]);
    let networks = Networks::start();
    assert_eq!(names(&networks), ["work", "Tablón*"]);
    assert_eq!(workers().len(), 1, "the shown one is not kept waiting");
    assert_eq!(order(&starts(&last(), &home, 3)), (home.to_link(), None));
    assert_eq!(workers().len(), 2);
    assert_eq!(
        order(&starts(&last(), &work, 3)),
        (work.to_link(), Some((home.network_id(), 4)))
    );
}

#[wasm_bindgen_test]
async fn a_network_that_is_new_here_waits_for_the_identity_that_this_browser_has() {
    let (home, new) = (default(), network("new"));
    remembered(&[home.to_link()]);
    visit(&format!("#/n/{}/", new.to_link())).await;
    let networks = Networks::start();
    networks.accept().unwrap();
    assert_eq!(names(&networks), ["Tablón", "new*"]);
    assert_eq!(workers().len(), 1);
    assert_eq!(order(&starts(&last(), &home, 3)).0, home.to_link());
    assert_eq!(
        order(&starts(&last(), &new, 3)),
        (new.to_link(), Some((home.network_id(), 4)))
    );
    assert_eq!(memory(), [home.to_link(), new.to_link()]);
}

#[wasm_bindgen_test]
async fn a_network_that_does_not_start_keeps_no_other_waiting() {
    let (home, work) = (default(), network("work"));
    remembered(&[home.to_link(), work.to_link()]);
    let networks = Networks::start();
    gives_up(&last());
    assert_eq!(workers().len(), 2);
    assert_eq!(order(&starts(&last(), &work, 3)), (work.to_link(), None));
    assert_eq!(entry(&networks, &home).state, NodeState::Stopped);
    assert_eq!(entry(&networks, &work).state, NodeState::Running);
}

#[wasm_bindgen_test]
async fn what_is_remembered_and_names_no_network_is_dropped() {
    let mut old = default();
    old.rules -= 1;
    let mut links = vec!["!!".into(), old.to_link(), String::new()];
    links.extend((0..12).map(|number| network(&format!("n{}", number / 2)).to_link()));
    remembered(&links);
    let networks = Networks::start();
    assert_eq!(
        names(&networks),
        ["n0", "n1", "n2", "n3", "n4", "n5", "Tablón*"]
    );
    gives_up(&last());

    remembered(
        &(0..20)
            .map(|n| network(&format!("n{n}")).to_link())
            .collect::<Vec<_>>(),
    );
    let networks = Networks::start();
    assert_eq!(networks.list().len(), MAX_NETWORKS);
    let call = later({
        let shown = networks.current();
        async move { shown.call(Command::Status).await }
    });
    TimeoutFuture::new(0).await;
    let refused = call.take().unwrap().unwrap_err();
    assert_eq!(refused.code, "node_stopped");
    assert!(refused.message.contains("at most 8"), "{refused}");
    gives_up(&last());

    stage::set();
    js("localStorage['tablon.networks'] = '{nonsense'");
    assert_eq!(names(&Networks::start()), ["Tablón*"]);
    gives_up(&last());
}

#[wasm_bindgen_test]
async fn one_joins_by_a_link_or_by_a_whole_address_and_a_bad_one_is_refused() {
    stage::set();
    let networks = Networks::start();
    starts(&last(), &default(), 3);
    let work = network("work");
    let id = networks.join(&work.to_link()).unwrap();
    assert_eq!(id, work.network_id());
    assert_eq!(
        order(&starts(&last(), &work, 3)).1,
        Some((default().network_id(), 4)),
        "it has this tab's identity"
    );
    for again in [
        format!(" {}\n", work.to_link()),
        format!("https://board.example/#/n/{}/blocks", work.to_link()),
    ] {
        assert_eq!(networks.join(&again), Ok(id), "{again}");
    }
    assert_eq!(names(&networks), ["Tablón*", "work"]);
    assert_eq!(workers().len(), 2);

    let mut wild = work.clone();
    wild.spacing = 0;
    for (link, words) in [
        ("", "network link"),
        ("https://board.example/", "base64url"),
        ("#/n/!!/", "base64url"),
        (&*wild.to_link(), "the spacing in seconds must lie from 5"),
    ] {
        let refused = networks.join(link).unwrap_err();
        assert_eq!(refused.code, "network_link", "{link}");
        assert!(refused.message.contains(words), "{refused}");
    }
    for number in 2..MAX_NETWORKS {
        networks
            .join(&network(&format!("n{number}")).to_link())
            .unwrap();
    }
    let ninth = networks.join(&network("ninth").to_link());
    assert_eq!(code(ninth), "too_many_networks");
    assert_eq!(
        networks.join(&work.to_link()),
        Ok(id),
        "it is there already"
    );
}

#[wasm_bindgen_test]
async fn another_network_is_shown_and_the_address_and_scripts_follow() {
    let (networks, [one, two], [first, second]) = two().await;
    let told: Rc<RefCell<Vec<String>>> = Rc::default();
    let tell = told.clone();
    let _watch = networks.watch(move |change| {
        tell.borrow_mut().push(match change {
            Change::Changed { list } => format!("{} networks", list.len()),
            Change::Current => "current".into(),
            Change::Deleted { .. } => "deleted".into(),
        });
    });
    assert_eq!(told.take(), ["2 networks"], "how things stand, at once");
    js("globalThis.tips = []; tablon.on('tip', tip => tips.push(tip.height))");

    networks.show(two.network_id()).unwrap();
    assert_eq!(names(&networks), ["one", "two*"]);
    assert_eq!(told.take(), ["current", "2 networks"]);
    assert_eq!(address(), format!("#/n/{}/", two.to_link()));
    TimeoutFuture::new(0).await;
    second.got();
    js("void tablon.status()");
    TimeoutFuture::new(50).await;
    assert!(
        matches!(
            &second.got()[..],
            [ToNode::Command {
                command: Command::Status,
                ..
            }]
        ),
        "a script asks what is shown"
    );
    let tip = |height| {
        FromNode::Show(Delta::Tip {
            fork: Height(height - 1),
            disconnected: vec![],
            connected: vec![block(height, vec![])],
            height: Height(height),
            hash: tablon_core::hash::BlockHash([1; 32]),
        })
    };
    first.says(&tip(11));
    second.says(&tip(21));
    assert_eq!(js("String(tips)").as_string().unwrap(), "21");

    let nowhere = networks.show(network("three").network_id());
    assert_eq!(code(nowhere), "no_such_network");
    assert_eq!(names(&networks), ["one", "two*"]);

    // Back in the tab's history.
    js("history.back()");
    TimeoutFuture::new(200).await;
    assert_eq!(address(), format!("#/n/{}/", one.to_link()));
    assert_eq!(names(&networks), ["one*", "two"]);
    assert!(
        first.is_alive() && second.is_alive(),
        "nothing was reloaded"
    );
}

#[wasm_bindgen_test]
async fn a_link_that_one_follows_is_shown_and_a_broken_one_says_why() {
    stage::set();
    let networks = Networks::start();
    starts(&last(), &default(), 3);
    let work = network("work");
    networks.join(&work.to_link()).unwrap();
    visit(&format!("#/n/{}/blocks", work.to_link())).await;
    assert_eq!(names(&networks), ["Tablón", "work*"]);
    assert_eq!(
        address(),
        format!("#/n/{}/blocks", work.to_link()),
        "the place stays"
    );
    starts(&last(), &work, 3);

    visit("#/n/!!/").await;
    assert_eq!(names(&networks), ["Tablón", "work"]);
    let call = later({
        let shown = networks.current();
        async move { shown.call(Command::Status).await }
    });
    TimeoutFuture::new(0).await;
    let refused = call.take().unwrap().unwrap_err();
    assert_eq!(refused.code, "node_stopped");
    assert!(refused.message.contains("base64url"), "{refused}");

    // An address that names none is the default network's.
    visit("#/wall").await;
    assert_eq!(names(&networks), ["Tablón*", "work"]);
    assert_eq!(workers().len(), 2);
}

#[wasm_bindgen_test]
async fn a_tab_that_has_not_joined_the_default_network_stays_where_it_is() {
    let work = network("work");
    remembered(&[work.to_link()]);
    visit(&format!("#/n/{}/", work.to_link())).await;
    let networks = Networks::start();
    starts(&last(), &work, 3);
    visit("#/wall").await;
    assert_eq!(names(&networks), ["work*"]);
    assert_eq!(workers().len(), 1);
}

fn comes(actor: &Actor, post: TransactionView) {
    let loosened = false;
    actor.says(&FromNode::Show(Delta::Post { post, loosened }));
}

fn mined(actor: &Actor, height: u32, posts: Vec<TransactionView>) {
    actor.says(&FromNode::Show(Delta::Tip {
        fork: Height(height - 1),
        disconnected: vec![],
        connected: vec![block(height, posts)],
        height: Height(height),
        hash: tablon_core::hash::BlockHash([1; 32]),
    }));
}

/// Answer the one question that waits.
fn answer(actor: &Actor, reply: Reply) -> Command {
    let mut asked: Vec<_> = actor
        .got()
        .into_iter()
        .filter_map(|message| match message {
            ToNode::Command { id, command } => Some((id, command)),
            _ => None,
        })
        .collect();
    assert_eq!(asked.len(), 1, "{asked:?}");
    let (id, command) = asked.remove(0);
    actor.says(&FromNode::Reply {
        id,
        result: Ok(reply),
    });
    command
}

#[wasm_bindgen_test]
async fn posts_that_come_while_another_network_is_shown_are_unread_once() {
    let (networks, [one, two], [first, second]) = two().await;
    // A network that was never seen: whatever is on it is new.
    TimeoutFuture::new(0).await;
    let asked = answer(&second, Reply::Notes(vec![]));
    assert!(matches!(asked, Command::Notes { before: None, .. }));
    TimeoutFuture::new(0).await;
    let unread = |params: &Params| entry(&networks, params).unread;

    comes(&first, post(1));
    comes(&second, post(1));
    comes(
        &second,
        TransactionView {
            own: true,
            ..post(2)
        },
    );
    comes(
        &second,
        TransactionView {
            kind: tablon_core::view::Kind::Transfer,
            ..post(3)
        },
    );
    assert_eq!((unread(&one), unread(&two)), (0, 1));
    mined(&second, 21, vec![post(1), post(4)]);
    assert_eq!(unread(&two), 2, "one that gets its block is no new one");
    comes(&second, post(5));
    second.says(&FromNode::Show(Delta::Dropped {
        id: TxId([5; 32]),
        reason: "full".into(),
    }));
    assert_eq!(unread(&two), 2);

    networks.show(two.network_id()).unwrap();
    assert_eq!((unread(&one), unread(&two)), (0, 0));
    // What waited while it was shown is no news when it gets its block.
    TimeoutFuture::new(0).await;
    let asked = answer(&first, Reply::Pending(vec![post(1)]));
    assert_eq!(asked, Command::Pending);
    TimeoutFuture::new(0).await;
    mined(&first, 11, vec![post(1), post(9)]);
    assert_eq!(unread(&one), 1);
    comes(&second, post(8));
    assert_eq!(unread(&two), 0);
}

#[wasm_bindgen_test]
async fn after_a_reload_the_posts_above_the_last_height_seen_are_unread() {
    let (networks, [one, two], [_, second]) = two().await;
    networks.show(two.network_id()).unwrap();
    mined(&second, 21, vec![]);
    networks.show(one.network_id()).unwrap();
    mined(&second, 22, vec![post(1)]);
    assert_eq!(
        js(&format!("localStorage['tablon.seen.{}']", two.network_id())),
        "21"
    );

    // The same browser, a new page.
    let kept = [one.to_link(), two.to_link()];
    let seen = format!("localStorage['tablon.seen.{}'] = 21", two.network_id());
    remembered(&kept);
    js(&seen);
    visit(&format!("#/n/{}/", one.to_link())).await;
    let networks = Networks::start();
    starts(&last(), &one, 10);
    let second = last();
    starts(&second, &two, 24);
    TimeoutFuture::new(0).await;
    let note = |height, number| NoteView {
        height: Height(height),
        place: 0,
        post: post(number),
    };
    let asked = answer(
        &second,
        Reply::Notes(vec![note(24, 3), note(22, 1), note(21, 7)]),
    );
    assert!(matches!(asked, Command::Notes { before: None, .. }));
    TimeoutFuture::new(0).await;
    assert_eq!(entry(&networks, &two).unread, 2);
    // More blocks at once than are shown: the node is asked again.
    second.says(&FromNode::Show(Delta::Tip {
        fork: Height(24),
        disconnected: vec![],
        connected: vec![block(90, vec![post(5)])],
        height: Height(90),
        hash: tablon_core::hash::BlockHash([1; 32]),
    }));
    TimeoutFuture::new(0).await;
    answer(
        &second,
        Reply::Notes(vec![note(90, 5), note(60, 4), note(24, 3), note(22, 1)]),
    );
    TimeoutFuture::new(0).await;
    assert_eq!(entry(&networks, &two).unread, 4);
}

#[wasm_bindgen_test]
async fn a_network_that_is_left_ends_and_stays_away() {
    let (networks, [one, two], [first, second]) = two().await;
    let call = later({
        let shown = networks.current();
        async move { shown.call(Command::Status).await }
    });
    TimeoutFuture::new(0).await;
    let left = {
        let networks = networks.clone();
        let id = one.network_id();
        later(async move { networks.leave(id, Data::Keep).await })
    };
    TimeoutFuture::new(50).await;
    assert_eq!(left.take(), Some(Ok(())));
    assert_eq!(code(call.take().unwrap()), "node_stopped");
    assert!(!first.is_alive() && second.is_alive());
    assert_eq!(names(&networks), ["two*"]);
    assert_eq!(address(), format!("#/n/{}/", two.to_link()));
    assert_eq!(memory(), [two.to_link()]);
    assert_eq!(workers().len(), 2, "nothing is deleted");

    // It is not started again either, whatever was under way.
    let again = {
        let networks = networks.clone();
        later(async move { networks.leave(one.network_id(), Data::Keep).await })
    };
    TimeoutFuture::new(800).await;
    assert_eq!(code(again.take().unwrap()), "no_such_network");
    assert_eq!(workers().len(), 2);
}

#[wasm_bindgen_test]
async fn the_data_of_a_network_that_is_left_can_be_deleted_and_it_is_said_what() {
    let (networks, [_, two], [_, second]) = two().await;
    let told: Rc<RefCell<Vec<Deleted>>> = Rc::default();
    let tell = told.clone();
    let _watch = networks.watch(move |change| {
        if let Change::Deleted { name, files } = change {
            tell.borrow_mut().push((name.clone(), files.clone()));
        }
    });
    let left = {
        let networks = networks.clone();
        let id = two.network_id();
        later(async move { networks.leave(id, Data::Delete).await })
    };
    TimeoutFuture::new(0).await;
    assert!(!second.is_alive(), "its files are free");
    assert_eq!(names(&networks), ["one*"]);
    let eraser = last();
    assert_eq!(eraser.name(), "tablon eraser");
    eraser.says(&FromNode::Ready);
    assert_eq!(
        eraser.got(),
        [ToNode::Erase {
            network: two.network_id(),
            slot: 4
        }]
    );
    let files = vec![Erased {
        file: "redb".into(),
        bytes: 1_000_000,
    }];
    eraser.says(&FromNode::Erased {
        result: Ok(files.clone()),
    });
    TimeoutFuture::new(0).await;
    assert_eq!(left.take(), Some(Ok(())));
    assert_eq!(told.take(), [("two".to_owned(), files)]);
    assert!(!eraser.is_alive());

    // One whose files cannot be deleted was left all the same.
    let id = networks.join(&network("three").to_link()).unwrap();
    starts(&last(), &network("three"), 1);
    let left = {
        let networks = networks.clone();
        later(async move { networks.leave(id, Data::Delete).await })
    };
    TimeoutFuture::new(0).await;
    last().fails("no such script");
    TimeoutFuture::new(0).await;
    let refused = left.take().unwrap().unwrap_err();
    assert_eq!(refused.code, "erase_failed");
    assert!(refused.message.contains("no such script"), "{refused}");
    assert_eq!(names(&networks), ["one*"]);
    assert_eq!(told.take(), []);
}

#[wasm_bindgen_test]
async fn after_the_last_network_comes_the_default_one_which_can_only_begin_afresh() {
    let work = network("work");
    remembered(&[work.to_link()]);
    visit(&format!("#/n/{}/", work.to_link())).await;
    let networks = Networks::start();
    starts(&last(), &work, 3);
    let leave = |id, data| {
        let networks = networks.clone();
        later(async move { networks.leave(id, data).await })
    };
    let left = leave(work.network_id(), Data::Keep);
    TimeoutFuture::new(50).await;
    assert_eq!(left.take(), Some(Ok(())));
    assert_eq!(names(&networks), ["Tablón*"]);
    assert_eq!(memory(), [default().to_link()]);
    let home = last();
    starts(&home, &default(), 3);

    let id = default().network_id();
    let left = leave(id, Data::Keep);
    TimeoutFuture::new(0).await;
    assert_eq!(code(left.take().unwrap()), "last_network");
    assert!(home.is_alive());

    let left = leave(id, Data::Delete);
    TimeoutFuture::new(0).await;
    assert!(!home.is_alive());
    let eraser = last();
    eraser.says(&FromNode::Ready);
    eraser.says(&FromNode::Erased { result: Ok(vec![]) });
    TimeoutFuture::new(0).await;
    assert_eq!(left.take(), Some(Ok(())));
    assert_eq!(names(&networks), ["Tablón*"]);
    starts(&last(), &default(), 0);
    assert_eq!(entry(&networks, &default()).height, 0);
    assert_eq!(memory(), [default().to_link()]);
}

#[wasm_bindgen_test]
async fn a_wallet_that_changes_is_shown_to_the_nodes_with_the_same_account() {
    let (networks, [one, two], [first, second]) = two().await;
    let three = network("three");
    networks.join(&three.to_link()).unwrap();
    let third = last();
    starts(&third, &three, 1);
    let wallet = |number, durable| {
        FromNode::WalletState(WalletState {
            address: Address([number; 20]),
            locked: false,
            has_password: false,
            backed_up: false,
            durable,
        })
    };
    first.says(&wallet(1, true));
    second.says(&wallet(1, true));
    third.says(&wallet(3, true));
    let told = |actor: &Actor| -> Vec<ToNode> {
        let got = actor.got().into_iter();
        got.filter(|message| matches!(message, ToNode::WalletFrom { .. }))
            .collect()
    };
    let from = |network: &Params| ToNode::WalletFrom {
        network: network.network_id(),
        slot: 4,
    };
    assert_eq!(told(&first), [from(&two)]);
    assert_eq!(told(&second), [from(&one)]);
    second.says(&wallet(1, true));
    assert_eq!(told(&first), [from(&two)]);
    assert_eq!(told(&third), [], "another account");
    second.got();
    first.says(&wallet(1, false));
    assert_eq!(told(&second), [], "there is no file to look at");
}
