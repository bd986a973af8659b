//! Secrets: two can read them, everybody else sees that there was one.

use serde_json::json;
use tablon_core::view::{Kind, TransactionView};
use tablon_e2e::browser::Browser;
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::{until, until_connected};

use crate::support::{join, seal};

const SECRET: &str = "Under the third tile, ñandú.";
const ANSWER: &str = "Not there any more.";

/// Write to the one whose conversation is open.
async fn write(tab: &Tab, text: &str) {
    tab.write(".conversation", "Your secret", text).await;
    tab.click(".conversation form button[type='submit']").await;
    // Once the node has it, the field is empty again.
    until(&[tab], "the secret is on its way", async || {
        let left = tab.written(".conversation", "Your secret").await;
        left.is_empty().then_some(())
    })
    .await;
}

/// All that a tab knows, as its scripts see it, has nothing of this text.
async fn assert_knows_nothing(tab: &Tab, text: &str) {
    let all = "async () => JSON.stringify([
        await tablon.chain({limit: 500}), await tablon.pending(), await tablon.secrets()])";
    let all = tab.eval(all, &json!(null)).await.to_string();
    assert!(!all.contains(text), "{tab}: {all}");
    let shown = tab.text().await;
    assert!(!shown.contains(text), "{tab}: {shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_read_by_its_author_and_its_reader_alone() {
    let relay = Relay::start().await;
    let url = relay.board(&easy("secrets"));
    let chromium = Browser::chromium().await;
    let firefox = Browser::firefox().await;
    let cleo = chromium.open_board(&url, "Cleo").await;
    let ana = chromium.open_board(&url, "Ana").await;
    let fay = firefox.open_board(&url, "Fay").await;
    let all = [&ana, &fay, &cleo];
    until_connected(&all, 2).await;
    join(&fay, &cleo, &all).await;
    let (author, reader) = (ana.status().await.address, fay.status().await.address);

    // From the list of people, as one finds somebody.
    ana.visit("people").await;
    ana.click_on(
        &format!(".person[data-address='{reader}'] a"),
        "Write a secret",
    )
    .await;
    ana.until_shown(".conversation", "Nothing has been written yet.")
        .await;
    write(&ana, SECRET).await;
    ana.until_shown(".letter[data-state='pending'] .text", SECRET)
        .await;
    // It can be read while it waits.
    until(&[&fay], "the secret has come", async || {
        fay.secrets().await.first().map(|_| ())
    })
    .await;
    fay.visit("letters").await;
    fay.click(".correspondent").await;
    fay.until_shown(".letter[data-state='pending'] .text", SECRET)
        .await;

    seal(&cleo, &all, 1).await;
    for tab in [&ana, &fay] {
        tab.until_shown(".letter[data-state='confirmed'] .text", SECRET)
            .await;
        let secrets = tab.secrets().await;
        assert_eq!(secrets.len(), 1, "{tab}: {secrets:#?}");
        assert_eq!(secrets[0].text.as_deref(), Some(SECRET), "{tab}");
    }

    // The third one sees who, to whom, when and how much.
    let chain = cleo.chain().await;
    let sealed: Vec<&TransactionView> = chain
        .iter()
        .flat_map(|block| &block.transactions)
        .filter(|transaction| transaction.kind == Kind::Secret)
        .collect();
    assert_eq!(sealed.len(), 1);
    let bytes = sealed[0].sealed.expect("a secret has a length");
    assert_eq!((sealed[0].author, sealed[0].to), (author, Some(reader)));
    assert!(bytes as usize > SECRET.len());
    assert_eq!(
        (sealed[0].content.as_str(), sealed[0].name.as_str()),
        ("", "")
    );
    assert!(cleo.secrets().await.is_empty());
    assert_knows_nothing(&cleo, SECRET).await;
    cleo.visit("letters").await;
    cleo.until_shown("#main", "No secrets yet.").await;
    let holder = chain
        .iter()
        .find(|block| {
            block
                .transactions
                .iter()
                .any(|held| held.kind == Kind::Secret)
        })
        .expect("some block holds it");
    cleo.visit(&format!("b/{}", holder.index)).await;
    cleo.until_shown(
        ".block-dialog .entry-line",
        &format!("sends a secret of {bytes} bytes to"),
    )
    .await;
    assert_knows_nothing(&cleo, SECRET).await;

    // Both find it again after a reload, the author included.
    for tab in [&ana, &fay] {
        tab.reload().await;
        tab.until_shown(".letter[data-state='confirmed'] .text", SECRET)
            .await;
    }
    chromium.finish().await;
    firefox.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_with_one_person_stand_together_as_a_conversation() {
    let relay = Relay::start().await;
    let url = relay.board(&easy("conversation"));
    let chromium = Browser::chromium().await;
    let firefox = Browser::firefox().await;
    let ana = chromium.open_board(&url, "Ana").await;
    let fay = firefox.open_board(&url, "Fay").await;
    let all = [&ana, &fay];
    until_connected(&all, 1).await;
    join(&fay, &fay, &all).await;
    let (author, reader) = (ana.status().await.address, fay.status().await.address);
    ana.told::<String>("secret", json!([reader, SECRET])).await;
    seal(&fay, &all, 1).await;

    // No key of Ana's is known yet to which one could seal.
    fay.refused("secret", json!([author, ANSWER]), "no_such_participant")
        .await;
    fay.visit(&format!("letters/{author}")).await;
    fay.until_shown(".conversation .letter .text", SECRET).await;
    fay.until_shown(".conversation", "This address has never joined")
        .await;
    join(&ana, &fay, &all).await;
    write(&fay, ANSWER).await;
    ana.visit(&format!("letters/{reader}")).await;
    ana.until_shown(".letter[data-state='pending'] .text", ANSWER)
        .await;
    seal(&fay, &all, 1).await;
    for tab in all {
        tab.until_shown(".letter[data-state='confirmed'] .text", ANSWER)
            .await;
        // Newest first.
        assert_eq!(tab.texts(".letter .text").await, [ANSWER, SECRET], "{tab}");
        assert_eq!(tab.texts(".correspondent .beginning").await, [ANSWER]);
    }
    ana.until_shown(".correspondent .name", "Fay").await;
    fay.until_shown(".correspondent .name", "Ana").await;

    // What cannot be sent is refused, and the text stays.
    let long = "x".repeat(2_049);
    let refused = ana
        .refused("secret", json!([reader, long]), "text_too_long")
        .await;
    assert!(
        refused.message.contains("2049 bytes long, at most 2048"),
        "{refused:?}"
    );
    ana.paste(".conversation", "Your secret", &long).await;
    ana.until_shown(".conversation .refused", "1 byte too long")
        .await;
    assert_eq!(
        ana.written(".conversation", "Your secret").await.len(),
        2_049
    );
    chromium.finish().await;
    firefox.finish().await;
}
