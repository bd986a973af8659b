//! Nothing that a link, a board or a neighbour wants is done before the person has
//! agreed: joining, filling the disk, telling addresses.

use serde_json::{Value, json};
use tablon_core::view::{LinkKind, Storage};
use tablon_e2e::browser::Browser;
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::{until, until_all};

use crate::support::{hashes, links, until_linked};

/// What a page leaves behind in its browser, and what of it runs.
const TRACES: &str = "async () => {
    const files = [];
    for await (const name of (await navigator.storage.getDirectory()).keys()) files.push(name);
    const {held, pending} = await navigator.locks.query();
    return {local: {...localStorage}, session: {...sessionStorage}, files,
        locks: [...held, ...pending].map(lock => lock.name), workers};
}";

/// Counts the workers and connections that a page makes.
const COUNT: &str = "() => {
    window.workers = 0;
    window.connections = 0;
    window.Worker = class extends Worker {
        constructor(...made) { super(...made); workers++; }
    };
    window.RTCPeerConnection = class extends RTCPeerConnection {
        constructor(...made) { super(...made); connections++; }
    };
}";

async fn asks_before_it_joins(browser: Browser) {
    let relay = Relay::start().await;
    browser.preload(COUNT).await;
    let network = easy("Vecinos");
    let ana = browser.open(&relay.board(&network), "ana").await;
    ana.until_shown("#offer", "Join this board?").await;
    ana.until_shown("#offer", "Vecinos").await;
    ana.until_shown("#offer", "A block about every").await;
    ana.until_shown("#offer", "about 16,384 tries").await;
    ana.until_shown("#offer", "about 16 tries").await;
    ana.until_shown("#offer", "more than 256 MB").await;
    ana.until_shown("#offer .cheap", "almost free").await;
    let nothing = json!({"local": {}, "session": {}, "files": [], "locks": [], "workers": 0});
    assert_eq!(ana.eval(TRACES, &Value::Null).await, nothing);
    assert_eq!(relay.stats().await["rooms"], 0);

    ana.click("#offer-join").await;
    ana.ready().await;
    assert_eq!(ana.status().await.network, network.network_id());
    ana.until_there(".at-board #composer-body").await;
    // From now on it is known, here and in other tabs.
    ana.reload().await;
    ana.until_there(".at-board #composer-body").await;
    let bea = browser.open(&relay.board(&network), "bea").await;
    bea.ready().await;
    bea.until_there(".at-board #composer-body").await;

    // Another one is declined, and one is where one was.
    bea.eval(
        "link => { location.hash = `#/n/${link}/`; }",
        &json!(easy("Forasteros").to_link()),
    )
    .await;
    bea.until_shown("#offer", "Forasteros").await;
    bea.click("#offer-decline").await;
    bea.until_gone("#offer").await;
    assert_eq!(bea.status().await.network, network.network_id());
    assert_eq!(bea.networks().await.len(), 1);
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_an_unknown_board_asks_before_anything_runs_or_is_kept() {
    asks_before_it_joins(Browser::chromium().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_an_unknown_board_asks_in_firefox_as_well() {
    asks_before_it_joins(Browser::firefox().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_keeps_no_handle_on_the_page_that_it_opened() {
    let (relay, other) = (Relay::start().await, Relay::start().await);
    let chromium = Browser::chromium().await;
    let beside = format!("http://{}/healthz", other.address());
    let site = chromium.open(&beside, "site").await;
    let open = "async url => {
        const board = window.open(url);
        for (let n = 0; board && !board.closed && n < 500; n++) await new Promise(done => setTimeout(done, 20));
        return !board || board.closed;
    }";
    let severed = site.eval(open, &json!(relay.board(&easy("target")))).await;
    assert_eq!(severed, true);
    chromium.finish().await;
}

/// Posts of 4 KB that are mined at once, as many as may wait of one author, until the page
/// asks.
async fn fill(tab: &Tab) {
    let post = "async () => { for (let n = 0; n < 30; n++) await tablon.post(`${n} `.padEnd(3_900, 'x')); }";
    for _ in 0..60 {
        // Refused while the node rests.
        let posted = tab.try_eval(post, &Value::Null).await;
        let mined = until(&[], "all is mined, or the page asks", async || {
            if !tab.texts("#budget").await.is_empty() {
                return Some(false);
            }
            let status = tab.try_status().await?;
            (status.pending == 0).then_some(true)
        })
        .await;
        if !mined {
            return;
        }
        posted.unwrap_or_else(|refused| panic!("{tab}: {refused:?}"));
    }
    panic!("{tab}: the page has not asked");
}

/// Size of the store on disk, bytes; it may be one that takes no more for now.
async fn on_disk(tab: &Tab) -> u64 {
    match tab.status().await.storage {
        Storage::Durable {
            bytes,
            recovered: false,
        }
        | Storage::StoreFailed { bytes, .. } => bytes,
        other => panic!("{tab} keeps its chain on disk, not {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_board_that_has_reached_its_budget_of_disk_asks_and_loses_nothing() {
    let relay = Relay::start().await;
    let network = easy("glutton");
    let chromium = Browser::chromium().await;
    let ana = chromium.open_board(&relay.board(&network), "ana").await;
    let bytes = on_disk(&ana).await;
    let keep = "([id, bytes]) => localStorage.setItem(`tablon.budget.${id}`, bytes)";
    ana.eval(keep, &json!([network.network_id(), bytes])).await;
    ana.reload().await;
    ana.post("the first one").await;
    ana.mine(1).await;
    fill(&ana).await;
    ana.until_shown("#budget", "needs more").await;
    // What was stored is there after a reload, whole.
    ana.reload().await;
    ana.mine(0).await;
    let before = ana.chain().await;
    let kept = on_disk(&ana).await;
    assert!(kept <= bytes, "it has grown from {bytes} to {kept} bytes");
    assert!(before.len() > 1);

    ana.mine(1).await;
    fill(&ana).await;
    ana.click("#budget-raise").await;
    ana.until_gone("#budget").await;
    until_all(&[&ana], "the node runs again", |_| true).await;
    ana.mine(1).await;
    until_all(&[&ana], "it goes on", |status| {
        status.pending == 0 && status.height.0 > before.len() as u32
    })
    .await;
    ana.mine(0).await;
    let after = ana.chain().await;
    assert_eq!(hashes(&after)[..before.len()], hashes(&before)[..]);
    chromium.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn links_by_relay_alone_hold_at_once_and_after_a_reload() {
    let relay = Relay::start().await;
    let url = relay.board(&easy("by relay"));
    let (one, other) = (Browser::chromium().await, Browser::chromium().await);
    one.preload(COUNT).await;
    let ana = one.open_board(&url, "ana").await;
    let ben = other.open_board(&url, "ben").await;
    until_linked(&ana, &ben, LinkKind::Webrtc).await;
    let made = async || ana.eval("() => connections", &Value::Null).await;
    assert_ne!(made().await, 0);

    ana.visit("network").await;
    ana.until_shown("#addresses h3", "Who learns your network address")
        .await;
    ana.until_shown("#addresses", "anybody on this board can learn yours")
        .await;
    ana.click("#relay-only").await;
    let before = made().await;
    until(&[&ana], "no direct link is left", async || {
        let links = links(&ana).await;
        (!links.values().any(|link| *link == LinkKind::Webrtc)).then_some(())
    })
    .await;
    until_linked(&ana, &ben, LinkKind::Tunnel).await;
    assert_eq!(made().await, before, "no connection was even begun");
    ana.reload().await;
    until_linked(&ana, &ben, LinkKind::Tunnel).await;
    assert_eq!(made().await, 0);
    let posts = [ben.post("through the relay").await];
    ben.mine(1).await;
    until_all(&[&ana, &ben], "both have the block", |status| {
        status.pending == 0 && status.height.0 > 0
    })
    .await;
    ben.mine(0).await;
    assert_eq!(ana.confirmed().await, posts);

    // And back.
    ana.visit("network").await;
    ana.click("#relay-only").await;
    until_linked(&ana, &ben, LinkKind::Webrtc).await;
    one.finish().await;
    other.finish().await;
}
