//! What a tab has said that it keeps is there again: after a reload, after the
//! browser was closed or killed, and as far as can be after damage to its files.

use serde_json::json;
use tablon_core::view::{Status, Storage};
use tablon_e2e::browser::{Browser, Kind, Options};
use tablon_e2e::network::easy;
use tablon_e2e::proxy::Proxy;
use tablon_e2e::relay::{Relay, board};
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::{until, until_connected, until_one_tip};

use crate::support::{assert_posts, files, hashes, mine_until_settled, pending};

fn is_durable(status: &Status) -> bool {
    matches!(
        status.storage,
        Storage::Durable {
            recovered: false,
            ..
        }
    )
}

/// Slot, address, node id, height, tip and pending posts are as they were.
async fn assert_unchanged(tab: &Tab, before: &Status, waiting: &[String]) {
    let now = tab.status().await;
    assert!(is_durable(&now), "{now:?}");
    assert_eq!(
        (
            now.slot,
            now.address,
            now.node,
            now.height,
            now.tip,
            now.pending
        ),
        (
            before.slot,
            before.address,
            before.node,
            before.height,
            before.tip,
            before.pending
        ),
        "{tab}"
    );
    assert_eq!(pending(tab).await, waiting, "{tab}");
}

async fn grown(tab: &Tab) -> (Status, Vec<String>) {
    tab.post("this one is confirmed").await;
    mine_until_settled(&[tab], &[tab], 3).await;
    tab.post("these two").await;
    tab.post("are pending").await;
    let waiting = pending(tab).await;
    assert_eq!(waiting.len(), 2);
    (tab.status().await, waiting)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reload_keeps_chain_key_and_pending_posts() {
    let relay = Relay::start().await;
    let url = relay.board(&easy("reload"));
    let chromium = Browser::chromium().await;
    // Not in slot 0, so that the slot must really be found again.
    let other = chromium.open_board(&url, "other").await;
    let ana = chromium.open_board(&url, "ana").await;
    until_connected(&[&ana, &other], 1).await;
    let (before, waiting) = grown(&ana).await;
    assert_eq!(before.slot, 1);

    for _ in 0..2 {
        ana.reload().await;
        assert_unchanged(&ana, &before, &waiting).await;
    }
    until_connected(&[&ana, &other], 1).await;
    mine_until_settled(&[&ana], &[&ana, &other], 4).await;
    chromium.finish().await;
}

async fn reopened(kind: Kind, killed: bool) {
    let relay = Relay::start().await;
    // A profile belongs to an address, so the relay's must stay: that of a proxy does.
    let url = relay.board(&easy("reopened"));
    let browser = Options::new(kind).start().await;
    let ana = browser.open_board(&url, "ana").await;
    let (before, waiting) = grown(&ana).await;

    let profile = if killed {
        browser.kill().await
    } else {
        browser.console().check();
        browser.close().await
    };
    let browser = Options::new(kind).profile(profile).start().await;
    let ana = browser.open_board(&url, "ana again").await;
    assert_unchanged(&ana, &before, &waiting).await;
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_was_closed_finds_everything_again() {
    reopened(Kind::Chromium, false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_was_killed_finds_everything_again() {
    reopened(Kind::Chromium, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn firefox_killed_finds_everything_again() {
    reopened(Kind::Firefox, true).await;
}

/// Overwrite a file of the board's with nonsense, from a document of the same
/// origin in which no node runs.
async fn spoil(vandal: &Tab, file: &str) {
    let function = "async file => {
        const root = await navigator.storage.getDirectory();
        const folder = await root.getDirectoryHandle('tablon');
        const handle = await folder.getFileHandle(file);
        const size = (await handle.getFile()).size;
        const writable = await handle.createWritable({keepExistingData: true});
        await writable.write(new Uint8Array(size).fill(0x5a));
        await writable.close();
        return size;
    }";
    let size = vandal.eval(function, &json!(file)).await;
    assert!(size.as_u64().is_some_and(|size| size > 0), "{file}: {size}");
}

/// The tab `ben` grows a board with `ana`, closes, and comes back to a spoilt file.
async fn after_damage(kind: Kind, suffix: &str, told: &str) -> (Status, Status, Vec<String>) {
    let relay = Relay::start().await;
    let network = easy("damage");
    let (near, far) = (
        Proxy::start(relay.address()).await,
        Proxy::start(relay.address()).await,
    );
    // Of two addresses, so that ben's files are those of slot 0 and ana keeps hers.
    let chromium = Browser::chromium().await;
    let browser = Options::new(kind).start().await;
    let ana = chromium
        .open_board(&board(near.address(), &network), "ana")
        .await;
    let url = board(far.address(), &network);
    let ben = browser.open_board(&url, "ben").await;
    until_connected(&[&ana, &ben], 1).await;
    let posts = [ana.post("from ana").await, ben.post("from ben").await];
    mine_until_settled(&[&ana], &[&ana, &ben], 3).await;
    let before = ben.status().await;
    assert!(is_durable(&before));

    // A page without a node; leaving the board ends the node there.
    let vandal = &ben;
    vandal
        .go(&format!("http://{}/healthz", far.address()))
        .await;
    let file = format!("{}-0.{suffix}", network.network_id());
    spoil_when_free(vandal, &file).await;

    ben.go(&url).await;
    ben.enter().await;
    ben.until_shown(".notices", told).await;
    until_one_tip(&[&ana, &ben]).await;
    assert_posts(&[&ana, &ben], &posts).await;
    assert_eq!(hashes(&ben.chain().await), hashes(&ana.chain().await));
    let after = ben.status().await;
    let kept = files(&ben).await;
    // The told-of damage is a warning in no console.
    chromium.finish().await;
    browser.finish().await;
    (before, after, kept)
}

/// The ended node's worker may hold its file for a moment longer.
async fn spoil_when_free(vandal: &Tab, file: &str) {
    let function = "async file => {
        const root = await navigator.storage.getDirectory();
        const folder = await root.getDirectoryHandle('tablon');
        const handle = await folder.getFileHandle(file);
        try {
            const writable = await handle.createWritable();
            await writable.abort();
            return true;
        } catch (error) {
            if (error.name === 'NoModificationAllowedError') return false;
            throw error;
        }
    }";
    until(&[], "the store's file is free", async || {
        (vandal.eval(function, &json!(file)).await == true).then_some(())
    })
    .await;
    spoil(vandal, file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrupt_store_is_kept_aside_and_rebuilt_from_peers() {
    let (before, after, files) = after_damage(Kind::Chromium, "redb", "was damaged").await;
    assert!(
        matches!(
            after.storage,
            Storage::Durable {
                recovered: true,
                ..
            }
        ),
        "{:?}",
        after.storage
    );
    // The keys are in files of their own: nobody loses their name.
    assert_eq!((after.address, after.node), (before.address, before.node));
    assert!(
        files.iter().any(|name| name.ends_with("-0.redb.corrupt-1")),
        "{files:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrupt_node_key_is_kept_aside_and_a_new_one_drawn() {
    let (before, after, files) = after_damage(Kind::Firefox, "keys", "was damaged").await;
    assert_ne!(after.node, before.node);
    // It is not the identity.
    assert_eq!((after.address, after.tip), (before.address, before.tip));
    assert!(
        files.iter().any(|name| name.ends_with("-0.keys.corrupt-1")),
        "{files:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrupt_wallet_is_kept_aside_and_the_page_says_so() {
    let told = "The wallet on disk could not be read";
    let (before, after, files) = after_damage(Kind::Chromium, "wallet", told).await;
    assert_ne!(after.address, before.address);
    assert_eq!((after.node, after.tip), (before.node, before.tip));
    assert!(
        files
            .iter()
            .any(|name| name.ends_with("-0.wallet.corrupt-1")),
        "{files:?}"
    );
}

/// The board works, and says that it is kept in memory only, and why.
async fn without_storage(options: Options) {
    let relay = Relay::start().await;
    let url = relay.board(&easy("no storage"));
    let browser = options.start().await;
    let ana = browser.open_board(&url, "ana").await;
    let storage = ana.status().await.storage;
    match &storage {
        Storage::Memory { reason } => assert!(!reason.is_empty()),
        Storage::Durable { .. } | Storage::StoreFailed { .. } => {
            panic!("the browser was told to keep nothing: {storage:?}")
        }
    }
    ana.until_shown(".notices", "in memory only").await;
    let posts = [ana.post("for the moment").await];
    mine_until_settled(&[&ana], &[&ana], 2).await;
    assert_posts(&[&ana], &posts).await;
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn private_windows_of_firefox_fall_back_to_memory_and_say_so() {
    let private = Options::new(Kind::Firefox).preference("browser.privatebrowsing.autostart", true);
    without_storage(private).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn firefox_without_private_files_falls_back_to_memory_and_says_so() {
    without_storage(Options::new(Kind::Firefox).preference("dom.fs.enabled", false)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chromium_that_blocks_all_site_data_falls_back_to_memory_and_says_so() {
    let blocked = "profile.default_content_setting_values.cookies";
    without_storage(Options::new(Kind::Chromium).preference(blocked, 2)).await;
}
