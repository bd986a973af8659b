//! Tabs that post and mine agree, and a latecomer agrees with them.

use tablon_core::view::LinkKind;
use tablon_e2e::browser::Browser;
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::wait::{until_all, until_connected, until_one_tip};

use crate::support::{assert_posts, hashes, links, mine_until_settled, until_linked};

/// On the relay's own copy of the page, as a binary that stands alone has it.
#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_in_chromium_reach_one_tip() {
    let relay = Relay::start_alone().await;
    let board = relay.board(&easy("two tabs"));
    let chromium = Browser::chromium().await;
    let ana = chromium.open_board(&board, "ana").await;
    let ben = chromium.open_board(&board, "ben").await;
    let all = [&ana, &ben];
    until_linked(&ana, &ben, LinkKind::Broadcast).await;
    assert_ne!(ana.status().await.slot, ben.status().await.slot);

    ana.mine(1).await;
    ben.mine(1).await;
    let posts = [ana.post("from ana").await, ben.post("from ben").await];
    mine_until_settled(&all, &all, 4).await;

    assert_posts(&all, &posts).await;
    chromium.finish().await;
    relay.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_profiles_of_chromium_reach_one_tip() {
    let relay = Relay::start().await;
    let board = relay.board(&easy("two profiles"));
    let chromium = Browser::chromium().await;
    let ana = chromium.open_board(&board, "ana").await;
    let ben = chromium.person().await.open_board(&board, "ben").await;
    let all = [&ana, &ben];
    until_linked(&ana, &ben, LinkKind::Webrtc).await;
    ana.mine(1).await;
    ben.mine(1).await;
    let posts = [ana.post("from ana").await, ben.post("from ben").await];
    mine_until_settled(&all, &all, 4).await;
    assert_posts(&all, &posts).await;
    chromium.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_tabs_in_chromium_and_one_in_firefox_reach_one_tip() {
    let relay = Relay::start().await;
    let board = relay.board(&easy("six tabs"));
    let chromium = Browser::chromium().await;
    let firefox = Browser::firefox().await;
    let mut tabs = Vec::new();
    for name in ["ana", "ben", "cleo"] {
        tabs.push(chromium.open_board(&board, name).await);
    }
    for name in ["dora", "emil"] {
        let person = chromium.person().await;
        tabs.push(person.open_board(&board, name).await);
    }
    tabs.push(firefox.open_board(&board, "fay").await);
    let all: Vec<_> = tabs.iter().collect();
    until_connected(&all, 2).await;

    let miners = [all[0], all[5]];
    for tab in miners {
        tab.mine(1).await;
    }
    let mut posts = Vec::new();
    for round in 1..=2 {
        for tab in &all {
            let body = format!("{} writes note {round}", tab.name());
            posts.push(tab.post(&body).await);
        }
    }
    mine_until_settled(&miners, &all, 6).await;

    assert_posts(&all, &posts).await;
    let chain = hashes(&all[0].chain().await);
    for tab in &all {
        assert_eq!(hashes(&tab.chain().await), chain, "{tab}");
    }
    // Nobody is linked to all the others: nobody can cut everyone off.
    for tab in &all {
        let linked = links(tab).await.len();
        assert!(linked < all.len() - 1, "{tab} has {linked} neighbours");
    }
    chromium.finish().await;
    firefox.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_joins_late_gets_the_whole_chain() {
    let relay = Relay::start().await;
    let board = relay.board(&easy("late"));
    let chromium = Browser::chromium().await;
    let ana = chromium.open_board(&board, "ana").await;
    let mut posts = Vec::new();
    ana.mine(1).await;
    for height in [3, 6, 9, 12] {
        posts.push(ana.post(&format!("after block {height}")).await);
        until_all(&[&ana], "the chain grows", |status| {
            status.height.0 >= height
        })
        .await;
    }
    mine_until_settled(&[&ana], &[&ana], 12).await;
    let waiting = ana.post("still waiting when the latecomer comes").await;

    let late = chromium.person().await.open_board(&board, "late").await;
    until_one_tip(&[&ana, &late]).await;
    assert_eq!(late.chain().await.len(), ana.chain().await.len());
    assert_eq!(hashes(&late.chain().await), hashes(&ana.chain().await));
    assert_posts(&[&ana, &late], &posts).await;
    until_all(&[&late], "the waiting post has come as well", |status| {
        status.pending == 1
    })
    .await;
    assert_eq!(late.pending().await[0].id.to_string(), waiting);
    chromium.finish().await;
}
