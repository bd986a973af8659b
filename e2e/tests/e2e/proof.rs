//! Proof of publication: saved by one, checked by another one who asks nobody.

use std::path::Path;

use serde_json::json;
use tablon_core::view::ProofView;
use tablon_e2e::browser::{Browser, Kind, Options};
use tablon_e2e::network::easy;
use tablon_e2e::proxy::Proxy;
use tablon_e2e::relay::{Relay, board};
use tablon_e2e::tab::Tab;
use tablon_e2e::tab::tablon::file;
use tablon_e2e::wait::{until, until_connected};

use crate::support::{mine_until_settled, saved, seal};

const FIELD: &str = "Choose a .tablon-proof file, or drop it here";

/// Save the proof of a confirmed note from its menu.
async fn save_proof(tab: &Tab, id: &str, folder: &Path) -> Vec<u8> {
    let note = format!(".note[data-id='{id}']");
    tab.click(&format!("{note} button.more")).await;
    tab.click_on(
        &format!("{note} .menu button"),
        "Save a proof of publication",
    )
    .await;
    let path = saved(tab, folder, ".tablon-proof").await;
    assert!(
        path.to_string_lossy().contains(&id[56..]),
        "named after its note: {path:?}"
    );
    std::fs::read(path).expect("a saved file is there")
}

/// Have the page check a file; gives the verdict's class and what it says.
async fn check(tab: &Tab, folder: &Path, name: &str, bytes: &[u8]) -> (bool, String) {
    let path = folder.join(name);
    std::fs::write(&path, bytes).expect("a temporary folder takes files");
    tab.visit("proof").await;
    tab.choose(".drop", FIELD, &path).await;
    tab.until_shown(".proof-result .verdict h3", name).await;
    let verdict = tab.texts(".proof-result .verdict").await.concat();
    let holds = !tab.texts(".proof-result .verdict.holds").await.is_empty();
    (holds, verdict)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_saved_in_chromium_holds_in_firefox_also_with_the_relay_killed() {
    let relay = Relay::start().await;
    let proxy = Proxy::start(relay.address()).await;
    let url = board(proxy.address(), &easy("proof"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let chromium = Options::new(Kind::Chromium)
        .downloads(folder.path())
        .start()
        .await;
    let firefox = Browser::firefox().await;
    // Firefox says every failed attempt to connect.
    firefox.console().expect("/signal");
    let ana = chromium.open_board(&url, "ana").await;
    let ben = firefox.open_board(&url, "ben").await;
    let all = [&ana, &ben];
    until_connected(&all, 1).await;
    let id = ana.post("I said so first.").await;
    // Only what is in a block can be proven.
    ana.refused("proof.export", json!([id]), "no_such_transaction")
        .await;
    seal(&ana, &all, 1).await;
    mine_until_settled(&[&ana], &all, ana.status().await.height.0 + 2).await;
    let height = ana.status().await.height.0;

    let proof = save_proof(&ana, &id, folder.path()).await;
    assert_eq!(proof, ana.file("proof.export", json!([id])).await);
    let (holds, verdict) = check(&ben, folder.path(), "told.tablon-proof", &proof).await;
    assert!(holds, "{verdict}");
    assert!(
        verdict.contains("told.tablon-proof is a valid proof"),
        "{verdict}"
    );
    assert!(
        verdict.contains(&format!(
            "The proof ends in block #{height}, which this node has checked"
        )),
        "{verdict}"
    );
    ben.until_shown(".proven .text", "I said so first.").await;
    let view: ProofView = ben.told("proof.verify", json!([file(&proof)])).await;
    assert_eq!(view.transaction.id.to_string(), id);
    assert_eq!(view.transaction.content, "I said so first.");
    assert_eq!(view.transaction.author, ana.status().await.address);
    assert_eq!(
        (view.named_height.0, view.on_best_chain),
        (height, Some(true))
    );

    // On another board the file proves the same, but for the chain.
    let elsewhere = board(proxy.address(), &easy("another board"));
    let dora = firefox.open_board(&elsewhere, "dora").await;
    let (holds, verdict) = check(&dora, folder.path(), "foreign.tablon-proof", &proof).await;
    assert!(holds, "{verdict}");
    assert!(verdict.contains("It is of another board"), "{verdict}");

    // Without relay and without anybody else.
    let kept = "async () => (await (await caches.open('tablon')).keys()).length";
    until(
        &[&ben],
        "the page is kept for use without the relay",
        async || {
            let count = ben.eval(kept, &json!(null)).await;
            count.as_u64().filter(|count| *count >= 9)
        },
    )
    .await;
    relay.kill().await;
    dora.close().await;
    chromium.finish().await;
    ben.reload().await;
    ben.until_shown(".connection", "Offline").await;
    assert_eq!(ben.status().await.peers, 0);
    let (holds, verdict) = check(&ben, folder.path(), "offline.tablon-proof", &proof).await;
    assert!(holds, "{verdict}");
    assert!(
        verdict.contains("You need to believe nobody else."),
        "{verdict}"
    );
    firefox.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proof_with_a_changed_byte_is_refused_in_a_sentence() {
    let relay = Relay::start().await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let chromium = Browser::chromium().await;
    let ana = chromium
        .open_board(&relay.board(&easy("forged proof")), "ana")
        .await;
    let id = ana.post("I said so first.").await;
    mine_until_settled(&[&ana], &[&ana], 2).await;
    let proof = ana.file("proof.export", json!([id])).await;

    let at = proof
        .windows(5)
        .position(|word| word == b"first")
        .expect("the text stands in the file as it is");
    let mut changed = proof.clone();
    changed[at] = b'F';
    let (holds, verdict) = check(&ana, folder.path(), "changed.tablon-proof", &changed).await;
    assert!(!holds, "{verdict}");
    assert!(
        verdict.contains("changed.tablon-proof proves nothing"),
        "{verdict}"
    );
    assert!(
        verdict.contains("damaged or changed after it was made: its checksum"),
        "{verdict}"
    );
    // With a checksum that fits again, the signature does not.
    let whole = changed.len() - 32;
    let sum = tablon_core::hash::sha256(&[&changed[..whole]]);
    changed[whole..].copy_from_slice(&sum);
    let (holds, verdict) = check(&ana, folder.path(), "forged.tablon-proof", &changed).await;
    assert!(!holds, "{verdict}");
    assert!(
        verdict.contains("What it claims was published breaks a rule of its board"),
        "{verdict}"
    );

    // Any byte of it, anywhere.
    for place in (0..proof.len()).step_by(proof.len() / 40) {
        let mut changed = proof.clone();
        changed[place] ^= 1;
        let refused = ana.call("proof.verify", json!([file(&changed)])).await;
        let refused = refused.expect_err("a changed file proves nothing");
        assert!(
            ["proof_not_a_file", "proof_damaged"].contains(&refused.code.as_str()),
            "byte {place}: {refused:?}"
        );
    }
    for (bytes, code) in [
        (&proof[..proof.len() - 1], "proof_damaged"),
        (&proof[..0], "proof_not_a_file"),
        (b"GIF89a", "proof_not_a_file"),
    ] {
        ana.refused("proof.verify", json!([file(bytes)]), code)
            .await;
    }
    // A sound one is still taken by the same page.
    let (holds, verdict) = check(&ana, folder.path(), "sound.tablon-proof", &proof).await;
    assert!(holds, "{verdict}");
    chromium.finish().await;
}
