//! Bad input is refused with the rule and the values, and nothing changes.

use serde_json::{Value, json};
use tablon_e2e::browser::Browser;
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::key;

#[tokio::test(flavor = "multi_thread")]
async fn bad_posts_are_refused_with_rule_and_values() {
    let relay = Relay::start().await;
    let chromium = Browser::chromium().await;
    let ana = chromium
        .open_board(&relay.board(&easy("bad posts")), "ana")
        .await;

    let long = |length: usize| Value::from("x".repeat(length));
    let cases: [(Value, Value, &str, &str); 9] = [
        (
            long(4_097),
            json!({}),
            "text_too_long",
            "the body is 4097 bytes long, at most 4096 are taken",
        ),
        (
            "ñ".repeat(2_049).into(),
            json!({}),
            "text_too_long",
            "the body is 4098 bytes long, at most 4096",
        ),
        ("".into(), json!({}), "text_empty", "the body is empty"),
        (" \n\t ".into(), json!({}), "text_", "the body"),
        (
            "bell \u{7}".into(),
            json!({}),
            "text_control_character",
            "the body has the control character U+0007 at byte 5",
        ),
        (
            "ok".into(),
            json!({"name": "n".repeat(49)}),
            "text_too_long",
            "the name is 49 bytes long, at most 48",
        ),
        (
            "ok".into(),
            json!({"topic": "a\u{1b}[31m"}),
            "text_control_character",
            "U+001B",
        ),
        (
            "ok".into(),
            json!({"name": "abc\u{202e}def"}),
            "text_direction_change",
            "U+202E",
        ),
        (
            42.into(),
            json!({}),
            "bad_argument",
            "body must be a string, received 42",
        ),
    ];
    for (body, options, code, message) in cases {
        let refused = ana.call("post", json!([body, options])).await;
        let refused = refused.expect_err("a bad post is refused");
        assert!(refused.code.starts_with(code), "{refused:?}");
        assert!(
            refused.message.contains(message),
            "{message:?} in {refused:?}"
        );
    }
    let status = ana.status().await;
    assert_eq!((status.pending, status.height.0), (0, 0));

    // The longest that is taken is taken.
    ana.call("post", json!([long(4_096)]))
        .await
        .expect("4,096 bytes are taken");
    assert_eq!(ana.status().await.pending, 1);
    chromium.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_composer_says_why_it_refuses_and_keeps_the_text() {
    let relay = Relay::start().await;
    let chromium = Browser::chromium().await;
    let ana = chromium
        .open_board(&relay.board(&easy("composer refuses")), "ana")
        .await;
    ana.click("#composer-body").await;
    ana.press(&[key::CONTROL, key::ENTER]).await;
    ana.until_shown(".compose-status .refused", "empty").await;

    // As if pasted; typed it would take minutes.
    let fill = "text => {
        const field = document.querySelector('#composer-body');
        field.value = text;
        field.dispatchEvent(new InputEvent('input', {bubbles: true}));
    }";
    ana.eval(fill, &json!("x".repeat(4_100))).await;
    ana.until_shown(".compose-status .refused", "4 bytes too long")
        .await;
    ana.press(&[key::CONTROL, key::ENTER]).await;
    ana.until_shown(".compose-status .refused", "4100").await;
    let length = "() => document.querySelector('#composer-body').value.length";
    assert_eq!(ana.eval(length, &json!(null)).await, 4_100);
    assert_eq!(ana.status().await.pending, 0);
    chromium.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_network_link_is_told_and_opens_no_board() {
    let relay = Relay::start().await;
    let chromium = Browser::chromium().await;
    // A browser whose last tab is closed would end.
    chromium.blank("keeps the browser open").await;
    let mut wild = easy("wild");
    wild.spacing = 0;
    let cases = [
        ("!!".to_owned(), "base64url"),
        ("AAAA".to_owned(), "network link"),
        (
            wild.to_link(),
            "the spacing in seconds must lie from 5 to 3600, received 0",
        ),
    ];
    for (link, words) in cases {
        let url = format!("http://{}/#/n/{link}", relay.address());
        let tab = chromium.open(&url, words).await;
        tab.until_shown(".notices", words).await;
        let refused = tab
            .call("status", json!([]))
            .await
            .expect_err("no node runs");
        assert_eq!(refused.code, "node_stopped");
        assert!(refused.message.contains(words), "{refused:?}");
        tab.close().await;
    }
    chromium.finish().await;
}
