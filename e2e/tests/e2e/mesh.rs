//! A net of tabs that needs nobody in the middle.

use serde_json::{Value, json};
use tablon_core::view::LinkKind;
use tablon_e2e::browser::Browser;
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::{until, until_all, until_within};

use crate::net::{Net, news_reach_all};
use crate::support::{LINKED, until_kept, until_linked};

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
