//! A net of many tabs that needs nobody in the middle.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tablon_core::hash::PeerId;
use tablon_core::view::LinkKind;
use tablon_e2e::browser::Browser;
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::{until, until_all, until_connected, until_one_tip, until_within};

use crate::support::{LINKED, assert_posts, links, mine_until_settled, until_kept, until_linked};

/// Links of a node, at most.
const MOST: usize = 8;

/// Who is linked to whom.
#[derive(Debug, Default)]
struct Net(BTreeMap<PeerId, BTreeSet<PeerId>>);

impl Net {
    async fn of(tabs: &[&Tab]) -> Self {
        let mut net = Self::default();
        for tab in tabs {
            let node = tab.status().await.node;
            net.0.insert(node, links(tab).await.into_keys().collect());
        }
        net
    }

    /// Everybody has so many neighbours, and they are of this net.
    fn each_has(&self, least: usize) -> bool {
        self.0.values().all(|linked| {
            linked.len() >= least && linked.iter().all(|peer| self.0.contains_key(peer))
        })
    }

    /// News from anyone can reach everyone.
    fn is_one(&self) -> bool {
        let mut reached = BTreeSet::new();
        let mut at: Vec<PeerId> = self.0.keys().next().copied().into_iter().collect();
        while let Some(peer) = at.pop() {
            if reached.insert(peer) {
                at.extend(self.0.get(&peer).into_iter().flatten());
            }
        }
        self.0.keys().all(|peer| reached.contains(peer))
    }

    fn assert_bounds(&self) {
        for (peer, linked) in &self.0 {
            assert!(linked.len() <= MOST, "{peer} has too many: {self:#?}");
            let others = self.0.len() - 1;
            assert!(
                linked.len() < others || others < 3,
                "{peer} is linked to everybody: {self:#?}"
            );
        }
    }
}

/// Wait until the tabs, and nobody else, are one net in which everybody has so
/// many neighbours.
async fn until_one_net(tabs: &[&Tab], least: usize) -> Net {
    let what = format!("the tabs are one net, each with {least} neighbours or more");
    let mut seen = Net::default();
    let net = until_within(LINKED, &[], &what, async || {
        seen = Net::of(tabs).await;
        let sound = seen.each_has(least) && seen.is_one();
        sound.then(|| std::mem::take(&mut seen))
    })
    .await;
    net.assert_bounds();
    net
}

/// One post of each of `authors`, mined by `miner`, on the chain of all.
async fn news_reach_all(authors: &[&Tab], miner: &Tab, all: &[&Tab], posts: &mut Vec<String>) {
    for author in authors {
        posts.push(author.post(&format!("news from {}", author.name())).await);
    }
    let count = authors.len() as u32;
    until_all(all, "the posts are everywhere", |status| {
        status.pending == count
    })
    .await;
    let height = miner.status().await.height.0;
    mine_until_settled(&[miner], all, height + 1).await;
    assert_posts(all, posts).await;
}

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

#[tokio::test(flavor = "multi_thread")]
async fn of_four_tabs_of_one_browser_nobody_is_linked_to_all_the_others() {
    let relay = Relay::start().await;
    let url = relay.board(&easy("four tabs"));
    let chromium = Browser::chromium().await;
    let mut tabs = Vec::new();
    for name in ["ana", "ben", "cleo", "dora"] {
        tabs.push(chromium.open_board(&url, name).await);
    }
    let all: Vec<&Tab> = tabs.iter().collect();
    until_all(&all, "all know of four", |status| status.known_nodes == 4).await;
    // Those who came first had everybody: that takes a while to change.
    until_within(LINKED, &all, "nobody has everybody", async || {
        let net = Net::of(&all).await;
        let fewer = net.0.values().all(|linked| linked.len() <= 2);
        (fewer && net.each_has(1) && net.is_one()).then_some(())
    })
    .await;
    let mut posts = Vec::new();
    news_reach_all(&all, all[0], &all, &mut posts).await;
    chromium.finish().await;
}

/// Two browsers whose relays never heard of each other, and are gone.
async fn strangers(network: &str) -> (Browser, Tab, Browser, Tab) {
    let network = easy(network);
    let (here, there) = (Relay::start().await, Relay::start().await);
    let chromium = Browser::chromium().await;
    let firefox = Browser::firefox().await;
    for browser in [&chromium, &firefox] {
        browser.console().expect("/signal");
    }
    let ana = chromium.open_board(&here.board(&network), "ana").await;
    let ben = firefox.open_board(&there.board(&network), "ben").await;
    for tab in [&ana, &ben] {
        until_kept(tab).await;
    }
    here.kill().await;
    there.kill().await;
    for tab in [&ana, &ben] {
        tab.until_shown(".notices", "The relay is away").await;
        assert_eq!(tab.status().await.peers, 0);
    }
    (chromium, ana, firefox, ben)
}

async fn a_post_crosses(ana: &Tab, ben: &Tab) {
    until_linked(ana, ben, LinkKind::Webrtc).await;
    let mut posts = Vec::new();
    news_reach_all(&[ana, ben], ana, &[ana, ben], &mut posts).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_and_its_answer_carried_by_people_link_two_browsers_without_any_relay() {
    let (chromium, ana, firefox, ben) = strangers("by hand").await;
    let invitation: String = ana.told("invite", json!([])).await;
    // Mail programs break long lines.
    let broken = format!(" {}\r\n{}\n", &invitation[..70], &invitation[70..]);
    let answer: String = ben.told("paste", json!([broken])).await;
    assert_eq!(
        ana.told::<Value>("paste", json!([answer])).await,
        Value::Null
    );
    a_post_crosses(&ana, &ben).await;

    // What makes no sense is refused with the reason.
    for (tab, text, code) in [
        (&ben, "hello", "no_invitation"),
        (&ben, invitation.as_str(), "already_linked"),
        (&ana, invitation.as_str(), "own_invitation"),
    ] {
        tab.refused("paste", json!([text]), code).await;
    }
    chromium.finish().await;
    firefox.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_link_their_browsers_by_the_pages_panel() {
    let (chromium, ana, firefox, ben) = strangers("by hand, on the page").await;
    for tab in [&ana, &ben] {
        tab.visit("network").await;
        tab.click("#by-hand summary").await;
    }
    let shown = async |tab: &Tab, place: &str| {
        let what = format!("{tab} shows a text in {place}");
        let value = "place => document.querySelector(`${place} input`)?.value";
        until(&[tab], &what, async || {
            let text = tab.eval(value, &json!(place)).await;
            text.as_str()
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
        })
        .await
    };
    let take = async |tab: &Tab, text: &str| {
        let fill = "text => document.querySelector('.by-hand-text').value = text";
        tab.eval(fill, &json!(text)).await;
        tab.click("#by-hand-take").await;
    };
    ana.click("#by-hand-invite").await;
    let invitation = shown(&ana, "#by-hand-invitation").await;
    take(&ben, &invitation).await;
    let answer = shown(&ben, "#by-hand-answer").await;
    take(&ana, &answer).await;
    for tab in [&ana, &ben] {
        tab.until_there(".by-hand-status strong").await;
    }
    a_post_crosses(&ana, &ben).await;
    chromium.finish().await;
    firefox.finish().await;
}
