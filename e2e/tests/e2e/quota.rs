//! A browser that has no more room for the board: what it keeps is read on, and
//! nothing that was acknowledged is lost.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tablon_core::view::Storage;
use tablon_e2e::browser::Browser;
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::until;

use crate::support::{hashes, mine_until_settled};

/// So often the store meets its quota, and so often at each time it is opened there.
const TIMES: u32 = 2;
const ROUNDS: u32 = 10;

/// Posts of 3.5 KB written with no room: more than the free pages of a store take, and
/// no more than may wait of one author.
const POSTS: usize = 34;
const POST_BYTES: usize = 3_500;

/// Leaves the board's origin so many bytes, or lifts that.
async fn leave(tab: &Tab, origin: &str, bytes: Option<u32>) {
    let mut what = json!({"origin": origin});
    if let Some(bytes) = bytes {
        what["quotaSize"] = bytes.into();
    }
    tab.chromium("Storage.overrideQuotaForOrigin", what).await;
}

/// Posts, and keeps the ids of those that are acknowledged. Returns whether one was refused
/// because nothing can be stored.
async fn post_many(tab: &Tab, stored: &mut BTreeSet<String>) -> bool {
    let mut refused = false;
    for number in 0..POSTS {
        let body = format!("{number} {}", "x".repeat(POST_BYTES));
        match tab.call("post", json!([body])).await {
            Ok(Value::String(id)) => {
                stored.insert(id);
            }
            Ok(other) => panic!("an id, not {other}"),
            Err(error) => match error.code.as_str() {
                "store_failed" => refused = true,
                // The page's node may have been opened again.
                "node_restarted" | "pool_too_many" | "pool_too_large" => {}
                _ => panic!("{error:?}"),
            },
        }
    }
    refused
}

/// Posts and mines until nothing more can be stored.
async fn fill(tab: &Tab, stored: &mut BTreeSet<String>) {
    for _ in 0..40 {
        if post_many(tab, stored).await {
            return;
        }
        tab.mine(1).await;
        until(&[tab], "all is mined, or the store is full", async || {
            let status = tab.status().await;
            let full = matches!(status.storage, Storage::StoreFailed { .. });
            (full || status.pending == 0).then_some(())
        })
        .await;
        tab.mine(0).await;
    }
    panic!("the quota is not reached");
}

async fn assert_stored(tab: &Tab, stored: &BTreeSet<String>, what: &str) {
    // What waits first: it may be mined in between, and then is on the chain.
    let waiting = tab.pending().await;
    let mut there: BTreeSet<String> = waiting.iter().map(|post| post.id.to_string()).collect();
    let chain = tab.chain().await;
    let sealed = chain.iter().flat_map(|block| &block.transactions);
    there.extend(sealed.map(|post| post.id.to_string()));
    let lost: Vec<_> = stored.difference(&there).collect();
    assert!(lost.is_empty(), "{what}: acknowledged and gone: {lost:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_full_quotas_lose_nothing_acknowledged_and_damage_nothing() {
    let relay = Relay::start().await;
    let chromium = Browser::chromium().await;
    let tab = chromium.blank("ana").await;
    let mut refusals = 0;
    let url = relay.board(&easy("quota"));
    let origin = format!("http://{}", relay.address());
    tab.go(&url).await;
    tab.enter().await;
    let mut stored = BTreeSet::new();
    for time in 0..TIMES {
        leave(&tab, &origin, Some(10)).await;
        fill(&tab, &mut stored).await;
        for round in 0..ROUNDS {
            let what = format!("time {time}, round {round}");
            tab.mine(round % 2).await;
            refusals += u32::from(post_many(&tab, &mut stored).await);
            assert_stored(&tab, &stored, &what).await;
            tab.mine(0).await;
            let before = hashes(&tab.chain().await);
            tab.reload().await;
            let storage = tab.status().await.storage;
            let kept = match &storage {
                Storage::Durable { recovered, .. } => !recovered,
                Storage::StoreFailed { .. } => true,
                Storage::Memory { .. } => false,
            };
            assert!(kept, "{what}: a full disk is no damage: {storage:?}");
            assert!(hashes(&tab.chain().await).starts_with(&before), "{what}");
            assert_stored(&tab, &stored, &format!("{what}, opened while full")).await;
        }
        leave(&tab, &origin, None).await;
        until(&[&tab], "the node stores again by itself", async || {
            let storage = tab.status().await.storage;
            let stores = matches!(storage, Storage::Durable { recovered, .. } if !recovered);
            stores.then_some(())
        })
        .await;
        mine_until_settled(&[&tab], &[&tab], tab.status().await.height.0 + 1).await;
        stored.insert(tab.post("there is room again").await);
        tab.reload().await;
        assert_stored(&tab, &stored, "with room").await;
    }
    assert!(
        refusals >= TIMES * ROUNDS / 2,
        "something was refused in {refusals} rounds"
    );
    chromium.finish().await;
}
