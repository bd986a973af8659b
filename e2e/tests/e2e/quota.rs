//! A browser that has no more room for the board: what it keeps is read on, and
//! nothing that was acknowledged is lost.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tablon_core::view::Storage;
use tablon_e2e::browser::Browser;
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::{until, until_all};

use crate::support::{hashes, mine_until_settled};

const ROUNDS: u32 = 20;

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

fn bytes(storage: &Storage) -> u64 {
    match storage {
        Storage::Durable { bytes, .. } | Storage::StoreFailed { bytes, .. } => *bytes,
        Storage::Memory { reason } => panic!("it keeps nothing: {reason}"),
    }
}

/// Posts and mines until the store has outgrown the megabyte that it begins with: from
/// then on its file grows with whatever is stored.
async fn grow(tab: &Tab, stored: &mut BTreeSet<String>) {
    let begun = bytes(&tab.status().await.storage);
    for _ in 0..20 {
        post_many(tab, stored).await;
        tab.mine(1).await;
        until_all(&[tab], "all is mined", |status| status.pending == 0).await;
        tab.mine(0).await;
        if bytes(&tab.status().await.storage) > begun {
            return;
        }
    }
    panic!("the store has not grown");
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
    grow(&tab, &mut stored).await;
    for round in 0..ROUNDS {
        let before = hashes(&tab.chain().await);
        leave(&tab, &origin, Some(10)).await;
        tab.mine(round % 2).await;
        refusals += u32::from(post_many(&tab, &mut stored).await);
        assert_stored(&tab, &stored, &format!("round {round}, full")).await;
        tab.mine(0).await;
        tab.reload().await;
        let status = tab.status().await;
        let kept = !matches!(
            status.storage,
            Storage::Memory { .. }
                | Storage::Durable {
                    recovered: true,
                    ..
                }
        );
        assert!(
            kept,
            "round {round}: a full disk is no damage: {:?}",
            status.storage
        );
        assert!(
            hashes(&tab.chain().await).starts_with(&before),
            "round {round}"
        );
        assert_stored(&tab, &stored, &format!("round {round}, opened while full")).await;

        leave(&tab, &origin, None).await;
        until(&[&tab], "the node stores again by itself", async || {
            let storage = tab.status().await.storage;
            matches!(
                storage,
                Storage::Durable {
                    recovered: false,
                    ..
                }
            )
            .then_some(())
        })
        .await;
        mine_until_settled(&[&tab], &[&tab], tab.status().await.height.0 + 1).await;
        stored.insert(tab.post("there is room again").await);
        tab.reload().await;
        assert_stored(&tab, &stored, &format!("round {round}, with room")).await;
    }
    assert!(
        refusals >= ROUNDS / 4,
        "the quota was reached in {refusals} rounds"
    );
    chromium.finish().await;
}
