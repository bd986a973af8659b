//! "Seal it now", as the client of a node sees to it.

use gloo::timers::future::TimeoutFuture;
use tablon_core::command::{Command, Reply};
use tablon_core::hash::BlockHash;
use tablon_core::units::Height;
use tablon_core::view::{Delta, TransactionView};
use tablon_web::threads::{FromNode, ToNode};
use wasm_bindgen_futures::spawn_local;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::client::{Scene, asked, replies, told};
use crate::stage::last;
use crate::threads::samples::transaction;

/// A block comes.
fn a_block() {
    last().says(&FromNode::Show(Delta::Tip {
        fork: Height(0),
        disconnected: vec![],
        connected: vec![],
        height: Height(1),
        hash: BlockHash([1; 32]),
    }));
}

/// The node is asked what waits, and tells so many transactions of the wallet's.
async fn waits(own: usize) {
    let (id, command) = told(asked).await;
    assert_eq!(command, Command::Pending);
    let one = |own| TransactionView {
        own,
        ..transaction()
    };
    let mut all = vec![one(true); own];
    all.push(one(false));
    replies(id, Ok(Reply::Pending(all)));
    TimeoutFuture::new(0).await;
}

async fn sealing(scene: &Scene, own: usize) {
    let client = scene.client.clone();
    spawn_local(async move { client.seal(2).await.expect("the node mines") });
    let (id, command) = told(asked).await;
    assert_eq!(command, Command::Mine { threads: 2 });
    assert_eq!(scene.client.tries_to_seal(), None);
    replies(id, Ok(Reply::Done(())));
    waits(own).await;
}

#[wasm_bindgen_test]
async fn sealing_mines_until_nothing_of_ones_own_waits_whatever_is_shown() {
    let scene = Scene::running();
    sealing(&scene, 2).await;
    assert!(scene.client.tries_to_seal().is_some());
    a_block();
    waits(1).await;
    assert_eq!(last().got(), [], "it mines on");
    a_block();
    waits(0).await;
    let (_, command) = told(asked).await;
    assert_eq!(command, Command::Mine { threads: 0 });
    assert_eq!(scene.client.tries_to_seal(), None);
    a_block();
    TimeoutFuture::new(0).await;
    assert_eq!(last().got(), [], "it is over");
}

#[wasm_bindgen_test]
async fn what_is_in_a_block_by_then_is_not_mined_for() {
    let scene = Scene::running();
    sealing(&scene, 0).await;
    let (_, command) = told(asked).await;
    assert_eq!(command, Command::Mine { threads: 0 });
}

#[wasm_bindgen_test]
async fn a_miner_that_the_person_sets_meanwhile_is_the_persons_to_stop() {
    for threads in [0, 3] {
        let scene = Scene::running();
        sealing(&scene, 1).await;
        a_block();
        scene.call(Command::Mine { threads }).await;
        assert_eq!(scene.client.tries_to_seal(), None);
        // It was asked before what waits: the answer stops nothing now.
        let all: Vec<_> = last().got().into_iter().filter_map(asked).collect();
        let [(pending, Command::Pending), (mine, Command::Mine { .. })] = all[..] else {
            panic!("{all:?}");
        };
        replies(pending, Ok(Reply::Pending(vec![])));
        replies(mine, Ok(Reply::Done(())));
        TimeoutFuture::new(0).await;
        let later = last().got();
        let stops = |message: &ToNode| {
            matches!(
                message,
                ToNode::Command {
                    command: Command::Mine { threads: 0 },
                    ..
                }
            )
        };
        assert!(!later.iter().any(stops), "{later:?}");
    }
}
