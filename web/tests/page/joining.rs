//! Links to boards that this browser does not know, and boards that want more of the
//! disk than they may take: nothing goes on before the person has agreed. The workers
//! are the test's own.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;

use gloo::timers::future::TimeoutFuture;
use redb::StorageBackend;
use redb::backends::InMemoryBackend;
use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::params::Params;
use tablon_web::client::{Client, Event};
use tablon_web::networks::{Change, MAX_NETWORKS, Networks, NodeState};
use tablon_web::threads::{FromNode, LinkPolicy, OverBudget, ToNode};
use tablon_web::worker::budget::{Budget, Budgeted};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::stage::{self, Actor, js, last, status, workers};

fn network(name: &str) -> Params {
    Params {
        name: name.into(),
        ..Params::default_network()
    }
}

async fn visit(params: &Params) {
    js(&format!("location.hash = '#/n/{}/'", params.to_link()));
    // The browser tells of it in a task of its own.
    TimeoutFuture::new(50).await;
}

fn kept() -> String {
    js("JSON.stringify([{...localStorage}, {...sessionStorage}])")
        .as_string()
        .unwrap()
}

fn shown(networks: &Networks) -> Vec<(String, bool)> {
    let list = networks.list().into_iter();
    list.map(|entry| (entry.name, entry.current)).collect()
}

/// Its node is loaded, and runs; gives what it was started with.
fn starts(actor: &Actor, network: &Params) -> ToNode {
    actor.says(&FromNode::Ready);
    let mut got = actor.got();
    actor.says(&FromNode::Started {
        slot: 4,
        status: status(network, 3),
    });
    got.remove(0)
}

type Answers = Rc<RefCell<Vec<Result<Reply, Refusal>>>>;

fn ask(client: &Client) -> Answers {
    let answers: Answers = Rc::default();
    let (client, put) = (client.clone(), answers.clone());
    spawn_local(async move {
        let answer = client.call(Command::Status).await;
        put.borrow_mut().push(answer);
    });
    answers
}

#[wasm_bindgen_test]
async fn a_link_to_an_unknown_board_starts_and_remembers_nothing_before_the_click() {
    stage::set();
    let stranger = network("stranger");
    visit(&stranger).await;
    let networks = Networks::start();
    TimeoutFuture::new(100).await;
    assert_eq!(networks.offered(), Some(stranger.clone()));
    assert_eq!(shown(&networks), []);
    assert_eq!(workers().len(), 0);
    assert_eq!(kept(), "[{},{}]");
    // A script that asks waits with the person.
    let asked = ask(&networks.current());
    let ready = js(
        "globalThis.settled = 'no'; tablon.ready.then(() => settled = 'yes', () => settled = 'refused')",
    );
    drop(ready);
    TimeoutFuture::new(50).await;
    assert!(asked.borrow().is_empty());
    assert_eq!(js("settled"), "no");

    networks.accept().unwrap();
    assert_eq!(networks.offered(), None);
    assert_eq!(shown(&networks), [("stranger".to_owned(), true)]);
    let start = starts(&last(), &stranger);
    assert!(
        matches!(&start, ToNode::Start { network, .. } if *network == Some(stranger.to_link())),
        "{start:?}"
    );
    let told = last().got();
    assert!(
        told.iter().any(|message| matches!(
            message,
            ToNode::Command {
                command: Command::Status,
                ..
            }
        )),
        "{told:?}"
    );
    TimeoutFuture::new(0).await;
    assert_eq!(js("settled"), "yes");
    let memory = js("localStorage['tablon.networks']").as_string().unwrap();
    assert!(memory.contains(&stranger.to_link()), "{memory}");
}

#[wasm_bindgen_test]
async fn a_page_that_is_led_from_link_to_link_joins_none_of_them() {
    stage::set();
    let networks = Networks::start();
    starts(&last(), &Params::default_network());
    let before = kept();
    let told: Rc<RefCell<Vec<Option<String>>>> = Rc::default();
    let tell = told.clone();
    let seen = networks.clone();
    let _watch = networks.watch(move |change| {
        if let Change::Current = change {
            let offered = seen.offered().map(|params| params.name);
            tell.borrow_mut().push(offered);
        }
    });
    let names: Vec<String> = (0..MAX_NETWORKS + 4).map(|n| format!("n{n}")).collect();
    for name in &names {
        visit(&network(name)).await;
    }
    let offered: Vec<String> = told.take().into_iter().flatten().collect();
    assert_eq!(offered, names);
    assert_eq!(workers().len(), 1);
    assert_eq!(shown(&networks), [("Tablón".to_owned(), false)]);
    assert_eq!(kept(), before);

    // Who wants none of it is where one was, and back does not join either.
    networks.decline();
    assert_eq!(networks.offered(), None);
    assert_eq!(shown(&networks), [("Tablón".to_owned(), true)]);
    js("history.back()");
    TimeoutFuture::new(200).await;
    assert_eq!(networks.offered().unwrap().name, "n10");
    assert_eq!(workers().len(), 1);
}

#[wasm_bindgen_test]
async fn who_declines_the_first_link_of_all_gets_the_pages_own_board() {
    for leave in ["decline", "address"] {
        stage::set();
        visit(&network("stranger")).await;
        let networks = Networks::start();
        match leave {
            "decline" => networks.decline(),
            _ => drop(js("location.hash = '#/'")),
        }
        TimeoutFuture::new(50).await;
        assert_eq!(shown(&networks), [("Tablón".to_owned(), true)], "{leave}");
        assert_eq!(workers().len(), 1, "{leave}");
        starts(&last(), &Params::default_network());
    }
}

#[wasm_bindgen_test]
async fn a_board_joined_in_another_tab_of_this_browser_needs_no_card() {
    stage::set();
    let networks = Networks::start();
    starts(&last(), &Params::default_network());
    let street = network("street");
    let links = [Params::default_network().to_link(), street.to_link()];
    let text = serde_json::to_string(&links).unwrap();
    js(&format!("localStorage['tablon.networks'] = '{text}'"));
    visit(&street).await;
    assert_eq!(networks.offered(), None);
    assert_eq!(workers().len(), 2);
}

#[wasm_bindgen_test]
async fn a_script_that_joins_what_is_offered_shows_it() {
    stage::set();
    let stranger = network("stranger");
    visit(&stranger).await;
    let networks = Networks::start();
    let asked = networks.current();
    networks.join(&stranger.to_link()).unwrap();
    assert_eq!(shown(&networks), [("stranger".to_owned(), true)]);
    assert!(asked == networks.current(), "what waited is answered");
    assert_eq!(workers().len(), 1);
}

const WANTED: u64 = 300_000_000;

/// A node whose store may not grow, as its driver says so and then ends.
fn refuses(actor: &Actor) {
    actor.says(&FromNode::OverBudget(OverBudget {
        wanted_bytes: WANTED,
        budget_bytes: 256_000_000,
    }));
    actor.says(&FromNode::Fatal {
        reason: "the store could not be written".into(),
        retry: true,
        damaged: false,
    });
}

#[wasm_bindgen_test]
async fn a_board_beyond_its_budget_rests_until_its_person_agrees() {
    stage::set();
    let networks = Networks::start();
    let home = Params::default_network();
    let start = starts(&last(), &home);
    assert!(
        matches!(
            start,
            ToNode::Start {
                budget_bytes: 256_000_000,
                ..
            }
        ),
        "{start:?}"
    );
    let client = networks.current();
    let told: Rc<RefCell<Vec<Option<u64>>>> = Rc::default();
    let tell = told.clone();
    let _watch = client.watch(move |event| {
        if let Event::OverBudget(over) = event {
            tell.borrow_mut().push(over.map(|over| over.wanted_bytes));
        }
    });
    refuses(&last());
    assert_eq!(told.take(), [Some(WANTED)]);
    assert_eq!(networks.list()[0].state, NodeState::Asking);
    let asked = ask(&client);
    TimeoutFuture::new(1_500).await;
    assert_eq!(workers().len(), 1, "it is not started again to ask again");
    let refusal = asked.take().remove(0).unwrap_err();
    assert_eq!(refusal.code, "disk_budget");
    assert!(refusal.message.contains("256000000"), "{refusal}");

    client.raise_budget(600_000_000);
    assert_eq!(told.take(), [None]);
    assert_eq!(workers().len(), 2);
    let start = starts(&last(), &home);
    assert!(
        matches!(
            start,
            ToNode::Start {
                budget_bytes: 600_000_000,
                distrust: None,
                ..
            }
        ),
        "{start:?}"
    );
    assert_eq!(networks.list()[0].state, NodeState::Running);

    // A node that reads on in spite of it is told, and stays.
    last().got();
    last().says(&FromNode::OverBudget(OverBudget {
        wanted_bytes: 1_100_000_000,
        budget_bytes: 600_000_000,
    }));
    client.raise_budget(1_200_000_000);
    let raised = [ToNode::Budget {
        bytes: 1_200_000_000,
    }];
    assert_eq!(last().got(), raised);
    assert_eq!(told.take(), [Some(1_100_000_000), None]);
    // What it said before it heard that asks nobody again.
    last().says(&FromNode::OverBudget(OverBudget {
        wanted_bytes: 1_100_000_000,
        budget_bytes: 600_000_000,
    }));
    assert_eq!(told.take(), []);
    assert_eq!(last().got(), raised);
    assert_eq!(workers().len(), 2);
}

#[wasm_bindgen_test]
async fn what_was_agreed_to_is_forgotten_with_the_board() {
    stage::set();
    let work = network("work");
    let networks = Networks::start();
    starts(&last(), &Params::default_network());
    let id = networks.join(&work.to_link()).unwrap();
    starts(&last(), &work);
    networks.show(id).unwrap();
    networks.current().raise_budget(600_000_000);
    assert!(kept().contains("600000000"), "{}", kept());
    networks
        .leave(id, tablon_web::networks::Data::Keep)
        .await
        .unwrap();
    assert!(!kept().contains("600000000"), "{}", kept());
}

#[wasm_bindgen_test]
fn a_file_does_not_grow_beyond_its_budget_and_says_what_it_asked_for() {
    let budget = Budget::of(1_000);
    let file = Budgeted::new(InMemoryBackend::new(), budget.clone());
    file.set_len(1_000).unwrap();
    assert_eq!(budget.take_refused(), None);
    let error = file.set_len(1_001).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::QuotaExceeded);
    assert_eq!(
        error.to_string(),
        "the store may take 1000 bytes of disk, it needs 1001"
    );
    assert_eq!(file.len().unwrap(), 1_000, "it is as it was");
    file.write(990, &[1; 10]).unwrap();
    let over = OverBudget {
        wanted_bytes: 1_001,
        budget_bytes: 1_000,
    };
    assert_eq!(budget.take_refused(), Some(over));
    assert_eq!(budget.take_refused(), None, "it is said once");
    budget.raise(1_001);
    file.set_len(1_001).unwrap();
    // One that was larger before is used, and may shrink.
    budget.raise(10);
    file.set_len(500).unwrap();
    assert_eq!(budget.take_refused(), None);
}

#[wasm_bindgen_test]
async fn the_choice_of_links_is_remembered_and_holds_in_every_tab_at_once() {
    stage::set();
    let networks = Networks::start();
    let home = Params::default_network();
    let first = last();
    let start = starts(&first, &home);
    assert!(
        matches!(
            start,
            ToNode::Start {
                links: LinkPolicy::Direct,
                ..
            }
        ),
        "{start:?}"
    );
    first.got();
    networks.restrict_links(LinkPolicy::RelayOnly);
    assert_eq!(first.got(), [ToNode::Links(LinkPolicy::RelayOnly)]);
    assert_eq!(networks.link_policy(), LinkPolicy::RelayOnly);
    let work = network("work");
    networks.join(&work.to_link()).unwrap();
    let second = last();
    let start = starts(&second, &work);
    assert!(
        matches!(
            start,
            ToNode::Start {
                links: LinkPolicy::RelayOnly,
                ..
            }
        ),
        "{start:?}"
    );
    second.got();
    first.got();
    // Another tab takes it back.
    js("localStorage.removeItem('tablon.links');
        window.dispatchEvent(new StorageEvent('storage', { key: 'tablon.links' }));");
    for actor in [&first, &second] {
        assert_eq!(actor.got(), [ToNode::Links(LinkPolicy::Direct)]);
    }
}
