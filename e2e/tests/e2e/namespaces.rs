//! Two machines whose wire breaks, and is mended.

use std::time::Duration;

use tablon_core::view::LinkKind;
use tablon_e2e::browser::{Browser, Kind, Options};
use tablon_e2e::lan::{self, Lan};
use tablon_e2e::network::easy;
use tablon_e2e::proxy::Proxy;
use tablon_e2e::relay::{Relay, board};
use tablon_e2e::wait::{until_all, until_one_tip, until_within};

use crate::support::{
    assert_posts, hashes, links, mine_until_settled, pending, sorted, until_linked, work,
};

/// A wire that has gone silent is noticed within this: 10 s until the next ping
/// and 15 s without an answer, and as much again when ICE is tried anew.
const NOTICED: Duration = Duration::from_secs(60);

async fn parted(network: &str, relay_too: bool) {
    if !lan::is_to_be_had(&[]) {
        return;
    }
    let lan = Lan::new(2).await;
    // No tunnel: it would be a way around the wire.
    let relay = Relay::start_with(&["--tunnel-rate", "0"]).await;
    let network = easy(network);
    let mut proxies = Vec::new();
    let mut browsers: Vec<Browser> = Vec::new();
    let mut tabs = Vec::new();
    for (number, name) in ["ana", "ben"].into_iter().enumerate() {
        let machine = lan.machine(number);
        let proxy = Proxy::out_of(machine, relay.address());
        let browser = Options::new(Kind::Chromium).on(machine).start().await;
        browser.console().expect("/signal");
        let url = board(proxy.address(), &network);
        tabs.push(browser.open_board(&url, name).await);
        proxies.push(proxy);
        browsers.push(browser);
    }
    let [ana, ben] = &tabs[..] else {
        unreachable!("two were opened")
    };
    let all = [ana, ben];
    until_linked(ana, ben, LinkKind::Webrtc).await;
    let mut posts = vec![ana.post("while all is well").await];
    until_all(&all, "the post is in both tabs", |status| {
        status.pending == 1
    })
    .await;
    mine_until_settled(&[ben], &all, 2).await;
    let past = hashes(&ana.chain().await);

    lan.machine(0).part_from(&[lan.machine(1).address()]).await;
    if relay_too {
        proxies.iter().for_each(Proxy::cut);
    }
    let what = "both have noticed that the other is away";
    until_within(NOTICED, &all, what, async || {
        let alone = links(ana).await.is_empty() && links(ben).await.is_empty();
        alone.then_some(())
    })
    .await;

    // Both go on; ana's side makes more work.
    let bens = vec![ben.post("ben alone").await, ben.post("still alone").await];
    let anas = vec![ana.post("ana alone").await];
    let base = past.len() as u32 - 1;
    mine_until_settled(&[ben], &[ben], base + 2).await;
    let lost = ben.chain().await;
    mine_until_settled(&[ana], &[ana], lost.len() as u32 + 3).await;
    let won = ana.chain().await;
    assert!(work(&won) > work(&lost), "{won:#?}\n{lost:#?}");
    let waiting = ben.post("never in a block of ben's").await;

    lan.machine(0).rejoin().await;
    for proxy in &proxies {
        proxy.switch_to(relay.address());
    }
    until_linked(ana, ben, LinkKind::Webrtc).await;
    let tip = until_one_tip(&all).await;
    assert_eq!(tip.tip, won.last().expect("a chain has a genesis").hash);
    until_all(&all, "what ben's blocks held waits everywhere", |status| {
        status.pending == 3
    })
    .await;
    let mut loosened = bens.clone();
    loosened.push(waiting.clone());
    for tab in all {
        assert_eq!(pending(tab).await, sorted(loosened.clone()), "{tab}");
    }
    posts.extend(anas);
    posts.extend(bens);
    posts.push(waiting);
    mine_until_settled(&[ben], &all, tip.height.0 + 1).await;
    assert_posts(&all, &posts).await;
    for browser in browsers {
        browser.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_whose_wire_breaks_agree_when_it_is_mended() {
    parted("broken wire", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_that_lose_the_wire_and_the_relay_agree_when_both_are_back() {
    parted("broken wire and no relay", true).await;
}
