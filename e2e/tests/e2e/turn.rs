//! Two machines that reach a TURN server and not each other.

use serde_json::json;
use tablon_core::view::LinkKind;
use tablon_e2e::browser::{Browser, Kind, Options};
use tablon_e2e::lan::{self, Lan};
use tablon_e2e::network::easy;
use tablon_e2e::proxy::Proxy;
use tablon_e2e::relay::{Relay, board};
use tablon_e2e::tab::Tab;
use tablon_e2e::turn::{SECRET, TurnServer};
use tablon_e2e::wait::until_all;

use crate::support::{assert_posts, mine_until_settled, until_linked};

#[tokio::test(flavor = "multi_thread")]
async fn machines_behind_strict_firewalls_agree_by_way_of_a_turn_server() {
    if !lan::is_to_be_had(&["turnserver"]) {
        return;
    }
    let lan = Lan::new(2).await;
    let turn = TurnServer::start(&lan).await;
    let relay = Relay::start_with(&[
        "--turn",
        turn.url(),
        "--turn-secret",
        SECRET,
        "--tunnel-rate",
        "0",
    ])
    .await;
    lan.machine(0).part_from(&[lan.machine(1).address()]).await;
    let network = easy("strict firewalls");
    let mut doors: Vec<(Proxy, Browser)> = Vec::new();
    let mut tabs: Vec<Tab> = Vec::new();
    for (number, name) in ["ana", "ben"].into_iter().enumerate() {
        let machine = lan.machine(number);
        let proxy = Proxy::out_of(machine, relay.address());
        let browser = Options::new(Kind::Chromium).on(machine).start().await;
        let url = board(proxy.address(), &network);
        tabs.push(browser.open_board(&url, name).await);
        doors.push((proxy, browser));
    }
    let all: Vec<&Tab> = tabs.iter().collect();
    until_linked(all[0], all[1], LinkKind::Turn).await;
    let kinds = all[0].eval(
        "async () => (await tablon.peers()).map(peer => peer.link)",
        &json!(null),
    );
    assert_eq!(kinds.await, json!(["turn"]));

    let posts = [all[0].post("from ana").await, all[1].post("from ben").await];
    until_all(&all, "both posts are in both tabs", |status| {
        status.pending == 2
    })
    .await;
    mine_until_settled(&all, &all, 2).await;
    assert_posts(&all, &posts).await;
    for (_, browser) in doors {
        browser.finish().await;
    }
    turn.kill().await;
}
