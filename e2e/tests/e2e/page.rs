//! The page as people use it: keyboard, languages, blocks down to genesis,
//! mining, policy.

use serde_json::json;
use tablon_e2e::browser::{Browser, Kind, Options};
use tablon_e2e::look::{PLACES, show};
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::key;
use tablon_e2e::wait::{until, until_all};

use crate::support::mine_until_settled;

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_written_by_keyboard_and_seen_pending_then_confirmed() {
    written_by_keyboard(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_written_by_keyboard_in_firefox_too() {
    written_by_keyboard(Kind::Firefox).await;
}

async fn written_by_keyboard(kind: Kind) {
    let relay = Relay::start().await;
    let browser = Options::new(kind).start().await;
    let ana = browser
        .open_board(&relay.board(&easy("keyboard")), "ana")
        .await;
    ana.until_shown("#mining-switch", "Off").await;

    // `n` leads to the message, Shift+Tab to the name before it.
    ana.press(&['n']).await;
    until(&[&ana], "the message field has the focus", async || {
        let focus = ana
            .eval("() => document.activeElement.id", &json!(null))
            .await;
        (focus == "composer-body").then_some(())
    })
    .await;
    ana.press(&[key::SHIFT, key::TAB]).await;
    ana.type_text("Ana María").await;
    ana.press(&[key::TAB]).await;
    ana.type_text("Hola, <b>tablón</b> https://example.org/")
        .await;
    ana.press(&[key::CONTROL, key::ENTER]).await;

    ana.until_shown(".note[data-state='pending'] .name", "Ana María")
        .await;
    ana.until_shown(".note[data-state='pending'] .text", "<b>tablón</b>")
        .await;
    ana.until_there(".note .text a[href='https://example.org/'][rel~='noopener']")
        .await;
    let value = "() => document.querySelector('#composer-body').value";
    assert_eq!(ana.eval(value, &json!(null)).await, "");

    // Mining is switched on by keyboard as well.
    ana.eval(
        "() => document.querySelector('#mining-switch').focus()",
        &json!(null),
    )
    .await;
    ana.press(&[key::ENTER]).await;
    ana.until_shown("#mining-switch", "On").await;
    ana.until_shown(".mining-state", "On").await;
    ana.until_there(".note[data-state='confirmed']").await;
    until(&[&ana], "the confirmations are counted", async || {
        let counted = "() => Number(document.querySelector('.note').dataset.confirmations)";
        let count = ana.eval(counted, &json!(null)).await.as_u64();
        count.filter(|count| *count >= 3)
    })
    .await;
    ana.press(&[key::ENTER]).await;
    ana.until_shown("#mining-switch", "Off").await;
    assert_eq!(ana.status().await.mining.threads, 0);
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_that_comes_to_a_full_wall_leaves_the_others_where_they_are() {
    const FULL: usize = 6;
    let relay = Relay::start().await;
    let browser = Options::new(Kind::Chromium).start().await;
    let ana = browser
        .open_board(&relay.board(&easy("still")), "ana")
        .await;
    ana.visit("wall").await;
    for number in 0..FULL {
        ana.post(&format!("before {number}")).await;
    }
    ana.until_shown(".note .text", "before 5").await;
    let remember = "() => {
        for (const note of document.querySelectorAll('.note')) note.remembered = true;
    }";
    ana.eval(remember, &json!(null)).await;
    ana.post("after").await;
    ana.until_shown(".note .text", "after").await;
    let remembered =
        "() => [...document.querySelectorAll('.note')].map(note => note.remembered === true)";
    let kept = ana.eval(remembered, &json!(null)).await;
    assert_eq!(kept, json!([false, true, true, true, true, true]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_block_of_the_strip_leads_down_to_genesis() {
    let relay = Relay::start().await;
    let chromium = Browser::chromium().await;
    let ana = chromium
        .open_board(&relay.board(&easy("to genesis")), "ana")
        .await;
    ana.post("in some block").await;
    mine_until_settled(&[&ana], &[&ana], 3).await;
    let chain = ana.chain().await;
    let tip = chain.len() - 1;

    ana.until_there(&format!(".strip .block-card[data-height='{tip}']"))
        .await;
    ana.click(&format!(".strip .block-card[data-height='{tip}']"))
        .await;
    for block in chain.iter().rev() {
        ana.until_shown(".block-dialog h2", &format!("#{}", block.index))
            .await;
        ana.until_shown(".block-dialog", "It is the block’s hash.")
            .await;
        // Every hash is shown whole somewhere, if broken into parts.
        let all = ana.texts(".block-dialog").await.concat();
        let joined: String = all.split_whitespace().collect();
        for field in [
            block.hash.to_string(),
            block.previous_hash.to_string(),
            block.merkle_root.to_string(),
            format!("0x{:08x}", block.bits),
        ] {
            assert!(
                joined.contains(&field),
                "block {}: no {field} in {all}",
                block.index
            );
        }
        for post in &block.transactions {
            assert!(all.contains(&post.content), "{all}");
        }
        if block.index.0 > 0 {
            let before = "() => [...document.querySelectorAll('.block-dialog nav a')]
                .find(a => a.innerText.includes('The block before')).setAttribute('data-test', 'before')";
            ana.eval(before, &json!(null)).await;
            ana.click(".block-dialog a[data-test='before']").await;
        }
    }
    ana.until_shown(".block-dialog", "The first block").await;
    ana.press(&[key::ESCAPE]).await;
    ana.until_gone(".block-dialog").await;
    chromium.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_nothing_pending_the_miner_rests_when_told_to_and_says_so() {
    let relay = Relay::start().await;
    let chromium = Browser::chromium().await;
    let ana = chromium
        .open_board(&relay.board(&easy("only when notes wait")), "ana")
        .await;
    ana.click("#mine-only-pending").await;
    ana.until_shown("#mine-only-pending", "On").await;
    ana.click("#mining-switch").await;
    ana.until_shown(".mining-state", "Nothing to mine").await;
    ana.until_shown(".block-card.next", "nothing to mine").await;
    assert_eq!(ana.status().await.height.0, 0);

    ana.post("now there is something").await;
    until_all(&[&ana], "the note is in a block", |status| {
        status.pending == 0 && status.height.0 == 1
    })
    .await;
    ana.until_shown(".mining-state", "Nothing to mine").await;
    assert_eq!(ana.status().await.height.0, 1);

    // Empty blocks are what is mined by default.
    ana.click("#mine-only-pending").await;
    until_all(&[&ana], "empty blocks come", |status| status.height.0 >= 3).await;
    chromium.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_speaks_the_browsers_language_and_another_when_told() {
    let relay = Relay::start().await;
    let url = relay.board(&easy("languages"));
    for kind in [Kind::Chromium, Kind::Firefox] {
        let browser = Options::new(kind).languages("es-MX,es,en").start().await;
        let ana = browser.open_board(&url, "ana").await;
        ana.until_shown("form.composer button.primary", "Publicar")
            .await;
        assert_eq!(
            ana.eval("() => document.documentElement.lang", &json!(null))
                .await,
            "es"
        );

        let choose = "code => {
            const list = document.querySelector('#language');
            list.value = code;
            list.dispatchEvent(new Event('change', {bubbles: true}));
        }";
        ana.eval(choose, &json!("en")).await;
        ana.until_shown("form.composer button.primary", "Post")
            .await;
        assert_eq!(
            ana.eval("() => document.documentElement.lang", &json!(null))
                .await,
            "en"
        );
        // The choice outlives a reload, whatever the browser asks for.
        ana.reload().await;
        ana.until_shown("form.composer button.primary", "Post")
            .await;
        browser.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_without_webrtc_is_told_so_and_runs_alone() {
    let relay = Relay::start().await;
    let firefox = Options::new(Kind::Firefox)
        .preference("media.peerconnection.enabled", false)
        .start()
        .await;
    let ana = firefox
        .open_board(&relay.board(&easy("no webrtc")), "ana")
        .await;
    ana.until_shown(".notices", "lacks WebRTC").await;
    ana.post("to myself").await;
    mine_until_settled(&[&ana], &[&ana], 1).await;
    firefox.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_stops_scripts_that_are_not_the_pages_own() {
    let relay = Relay::start().await;
    let chromium = Browser::chromium().await;
    let ana = chromium
        .open_board(&relay.board(&easy("policy")), "ana")
        .await;
    ana.post("drawn everywhere").await;
    mine_until_settled(&[&ana], &[&ana], 1).await;
    for place in PLACES {
        show(&ana, place).await;
    }
    chromium.console().check();

    // Also the proof that a violation would be seen by every other test.
    chromium.console().expect("content security policy");
    let inject = "() => {
        const script = document.createElement('script');
        script.textContent = 'window.owned = true';
        document.body.append(script);
        const frame = document.createElement('iframe');
        frame.src = 'http://127.0.0.1:9/';
        document.body.append(frame);
        return window.owned === true;
    }";
    assert_eq!(ana.eval(inject, &json!(null)).await, false);
    until(&[&ana], "both violations are seen", async || {
        let seen = chromium.console().entries();
        (seen
            .iter()
            .filter(|entry| entry.text.starts_with("content security policy"))
            .count()
            >= 2)
            .then_some(())
    })
    .await;
    chromium.finish().await;
}
