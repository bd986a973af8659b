//! Participants: who has joined, under which name, and who has left.

use serde_json::json;
use tablon_core::view::{AccountView, Membership};
use tablon_e2e::browser::Browser;
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::{Tab, key};
use tablon_e2e::wait::until_connected;

use crate::support::{join, seal};

const OWN: &str = ".own-part";

async fn write_name(tab: &Tab, name: &str) {
    tab.write(OWN, "Your name as a participant", name).await;
    tab.click(&format!("{OWN} form button[type='submit']"))
        .await;
}

async fn participants(tab: &Tab) -> Vec<AccountView> {
    tab.told("participants", json!([])).await
}

/// Write on the board, as people do.
async fn write_note(tab: &Tab, text: &str) {
    tab.visit("").await;
    tab.until_there(".at-board #composer-body").await;
    tab.click("#composer-body").await;
    tab.press(&[key::CONTROL, 'a']).await;
    tab.type_text(text).await;
    tab.press(&[key::CONTROL, key::ENTER]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_is_listed_everywhere_and_their_notes_carry_a_mark() {
    let relay = Relay::start().await;
    let url = relay.board(&easy("joining"));
    let chromium = Browser::chromium().await;
    let firefox = Browser::firefox().await;
    let ana = chromium.open_board(&url, "ana").await;
    let ben = firefox.open_board(&url, "ben").await;
    let all = [&ana, &ben];
    until_connected(&all, 1).await;
    let address = ana.status().await.address;

    ana.visit("people").await;
    ben.visit("people").await;
    ben.until_shown("#main", "Nobody has joined yet.").await;
    ana.until_shown(OWN, "You have not joined.").await;
    write_name(&ana, "Ana Torres").await;
    ana.until_shown(OWN, "Joining as Ana Torres: it waits for a block.")
        .await;
    // Not before the block.
    assert!(participants(&ben).await.is_empty());
    seal(&ben, &all, 1).await;
    ana.until_shown(OWN, "You are a participant since").await;
    let person = format!(".person[data-address='{address}']");
    ben.until_shown(&format!("{person} .name"), "Ana Torres")
        .await;
    ben.until_shown("#main h3", "1 participant").await;
    let listed = participants(&ben).await;
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (
            listed[0].address,
            listed[0].name.as_str(),
            listed[0].membership
        ),
        (address, "Ana Torres", Membership::Joined)
    );
    assert!(listed[0].key.is_some());

    // Notes under this very name have the mark; the form has taken it over.
    write_note(&ana, "It is me").await;
    ana.until_shown(".note .text", "It is me").await;
    let other = json!(["It is me, too", {"name": "Ana T."}]);
    ana.told::<String>("post", other).await;
    let forged = json!(["I am somebody else", {"name": "Ana Torres"}]);
    ben.told::<String>("post", forged).await;
    seal(&ben, &all, 3).await;
    ben.visit("").await;
    for tab in all {
        let marks = "() => Object.fromEntries(
            [...document.querySelectorAll('.note')].map(note => [
                note.querySelector('.text').innerText,
                [!!note.querySelector('.joined'), !!note.querySelector('.alike')],
            ]))";
        tab.until_shown(".note .text", "I am somebody else").await;
        tab.until_there(".note .alike").await;
        assert_eq!(
            tab.eval(marks, &json!(null)).await,
            json!({
                "I am somebody else": [false, true],
                "It is me": [true, false],
                "It is me, too": [false, false],
            }),
            "{tab}"
        );
    }

    // Another key under the same name is another person, and both are marked.
    let namesake: String = ben.told("join", json!(["Ana Torres"])).await;
    assert_eq!(namesake.len(), 64);
    seal(&ana, &all, 1).await;
    ben.visit("people").await;
    ben.until_shown("#main h3", "2 participants").await;
    ben.until_shown(&format!("{person} .alike"), "looks like another")
        .await;
    chromium.finish().await;
    firefox.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_made_to_be_taken_for_another_is_refused_with_the_reason() {
    let relay = Relay::start().await;
    let chromium = Browser::chromium().await;
    let ana = chromium
        .open_board(&relay.board(&easy("homographs")), "ana")
        .await;
    ana.visit("people").await;
    // The first letter is Cyrillic.
    let cases = [
        (
            "\u{410}na",
            "text_mixed_scripts",
            "The name mixes letters of several scripts that look alike",
        ),
        (
            "An\u{200b}a",
            "text_invisible",
            "There is an invisible character in the name",
        ),
        (
            "Ana\u{a0}Torres",
            "text_special_space",
            "There is an unusual space in the name",
        ),
        (
            "Ana  Torres",
            "text_doubled_space",
            "There are two spaces in a row in the name",
        ),
        ("", "text_empty", "Nothing is written yet"),
    ];
    for (name, code, told) in cases {
        ana.refused("join", json!([name]), code).await;
        ana.paste(OWN, "Your name as a participant", name).await;
        ana.click(&format!("{OWN} form button[type='submit']"))
            .await;
        ana.until_shown(&format!("{OWN} .refused"), told).await;
        assert_eq!(ana.written(OWN, "Your name as a participant").await, name);
    }
    let refused = ana
        .refused("join", json!(["\u{410}na"]), "text_mixed_scripts")
        .await;
    assert!(refused.message.contains("U+0410"), "{refused:?}");
    assert_eq!(ana.status().await.pending, 0);
    chromium.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_left_writes_nothing_until_they_join_again() {
    let relay = Relay::start().await;
    let url = relay.board(&easy("leaving"));
    let chromium = Browser::chromium().await;
    let firefox = Browser::firefox().await;
    let ben = chromium.open_board(&url, "ben").await;
    let ana = firefox.open_board(&url, "Ana").await;
    let all = [&ana, &ben];
    until_connected(&all, 1).await;
    ana.refused("leave", json!([]), "not_a_participant").await;
    join(&ana, &ben, &all).await;
    let address = ana.status().await.address;

    ana.visit("people").await;
    ana.click_on(&format!("{OWN} button"), "Leave…").await;
    ana.until_shown(OWN, "for all to see").await;
    ana.click_on(&format!("{OWN} button.primary"), "Leave")
        .await;
    ana.until_shown(OWN, "Leaving: it waits for a block.").await;
    seal(&ben, &all, 1).await;
    ana.until_shown(OWN, "You left in block #").await;
    ben.visit("people").await;
    ben.until_shown("#main", "Nobody has joined yet.").await;
    let account: AccountView = ben.told("account", json!([address])).await;
    assert_eq!(
        (account.membership, account.name.as_str()),
        (Membership::Left, "Ana")
    );

    let refused = ana
        .refused("post", json!(["still here?"]), "has_left")
        .await;
    assert!(
        refused.message.contains("must join again first"),
        "{refused:?}"
    );
    write_note(&ana, "still here?").await;
    ana.until_shown(
        ".compose-status .refused",
        "You have left, so nodes refuse what you write. Join again",
    )
    .await;
    assert_eq!(ana.status().await.pending, 0);

    ana.visit("people").await;
    ana.until_shown(OWN, "Until you join again").await;
    write_name(&ana, "Ana").await;
    seal(&ben, &all, 1).await;
    ben.until_shown(&format!(".person[data-address='{address}'] .name"), "Ana")
        .await;
    // The text that was refused is there still.
    ana.visit("").await;
    ana.until_there(".at-board #composer-body").await;
    ana.click("#composer-body").await;
    ana.press(&[key::CONTROL, key::ENTER]).await;
    ana.until_shown(".note .text", "still here?").await;
    seal(&ben, &all, 1).await;
    ana.until_shown(".note[data-state='confirmed'] .text", "still here?")
        .await;
    chromium.finish().await;
    firefox.finish().await;
}
