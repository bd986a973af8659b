//! Twenty tabs at once.

use tablon_core::view::LinkKind;
use tablon_e2e::browser::Browser;
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::{until_connected, until_one_tip, until_within};

use crate::net::{Net, news_reach_all, until_one_net};
use crate::support::{LINKED, assert_posts, links, until_kept, until_linked};

#[tokio::test(flavor = "multi_thread")]
async fn twenty_tabs_are_one_net_and_stay_one_when_the_relay_and_then_neighbours_are_killed() {
    let relay = Relay::start().await;
    let url = relay.board(&easy("twenty tabs"));
    let chromium = Browser::chromium().await;
    let fragile = Browser::chromium().await;
    // Every tab tries to call the relay when that is gone.
    chromium.console().expect("/signal");
    let host = chromium.person().await;
    let mut tabs = vec![host.open_board(&url, "tab 1").await];
    for number in 2..=19 {
        let person = chromium.person().await;
        let tab = person.open_board(&url, &format!("tab {number}")).await;
        until_connected(&[&tab], 1).await;
        tabs.push(tab);
    }
    let doomed = fragile.open_board(&url, "tab 20").await;
    let mut all: Vec<&Tab> = tabs.iter().collect();
    all.push(&doomed);
    until_one_net(&all, 2).await;
    let mut posts = Vec::new();
    let authors = [all[0], all[7], all[13], &doomed];
    news_reach_all(&authors, all[4], &all, &mut posts).await;
    Net::of(&all).await.assert_bounds();

    until_kept(all[0]).await;
    relay.kill().await;
    until_one_net(&all, 2).await;
    news_reach_all(&[all[2], all[11]], all[0], &all, &mut posts).await;

    // A whole browser, and the tab next to one that goes on.
    all.pop();
    fragile.kill().await;
    let near = links(all[0]).await;
    let mut next = None;
    for (place, tab) in all.iter().enumerate().skip(1) {
        if near.contains_key(&tab.status().await.node) {
            next = Some(place);
        }
    }
    let victim = all.remove(next.expect("some neighbour is left"));
    let devtools = chromium.devtools().await;
    let crashed = devtools.crash(victim.context()).await;
    crashed.unwrap_or_else(|error| panic!("{victim} does not crash: {error}"));
    until_one_net(&all, 2).await;
    news_reach_all(&[all[1], all[9]], all[5], &all, &mut posts).await;

    // A newcomer, whom only a tab of its own browser can introduce.
    let late = host.open_board(&url, "late").await;
    until_linked(&late, all[0], LinkKind::Broadcast).await;
    let what = "the newcomer has neighbours beyond its own browser";
    until_within(LINKED, &[&late, all[0]], what, async || {
        let kinds = links(&late).await;
        let beyond = kinds.values().filter(|kind| **kind == LinkKind::Webrtc);
        (beyond.count() >= 1 && kinds.len() >= 2).then_some(())
    })
    .await;
    all.push(&late);
    until_one_tip(&all).await;
    assert_posts(&[&late], &posts).await;
    news_reach_all(&[&late], all[3], &all, &mut posts).await;
    Net::of(&all).await.assert_bounds();
    chromium.finish().await;
}
