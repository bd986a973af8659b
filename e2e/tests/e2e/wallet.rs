//! The identity: kept under a password, carried to another browser, found again.

use std::time::Duration;

use serde_json::json;
use tablon_core::units::Amount;
use tablon_e2e::browser::{Browser, Kind, Options};
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::tablon::file;
use tablon_e2e::tab::{Tab, key};
use tablon_e2e::wait::{until, until_all};

use crate::support::{files, mine_until_settled, saved};

const PASSWORD: &str = "trompeta niebla 42";
const WRONG: &str = "trompeta niebla 43";

const SAFETY: &str = "#wallet-safety";
const OTHER: &str = "#wallet-other";

/// Open one of the lines of a card.
async fn unfold(tab: &Tab, card: &str, title: &str) {
    tab.click_on(&format!("{card} .fold h4 button"), title)
        .await;
    tab.until_there(&format!("{card} .fold-inside")).await;
}

async fn send(tab: &Tab, card: &str) {
    tab.click(&format!("{card} .fold-inside button[type='submit']"))
        .await;
}

/// Set the wallet's first password in the page.
async fn set_password(tab: &Tab) {
    tab.visit("wallet").await;
    unfold(tab, SAFETY, "Set a password").await;
    tab.write(SAFETY, "New password", PASSWORD).await;
    tab.write(SAFETY, "Repeat the new password", PASSWORD).await;
    send(tab, SAFETY).await;
    until(&[tab], "the wallet has a password", async || {
        tab.wallet().await.has_password.then_some(())
    })
    .await;
}

/// Give a password to the field that asks for it.
async fn unlock(tab: &Tab, password: &str) {
    tab.write("form.unlock", "Password", password).await;
    tab.click("form.unlock button[type='submit']").await;
}

async fn locked_after_a_reload(kind: Kind) {
    let relay = Relay::start().await;
    let browser = Options::new(kind).start().await;
    let ana = browser
        .open_board(&relay.board(&easy("locked")), "ana")
        .await;
    let address = ana.wallet().await.address;

    // Two that differ, and one that is short, are told apart before anything is done.
    ana.visit("wallet").await;
    unfold(&ana, SAFETY, "Set a password").await;
    ana.write(SAFETY, "New password", PASSWORD).await;
    ana.write(SAFETY, "Repeat the new password", WRONG).await;
    send(&ana, SAFETY).await;
    ana.until_shown(&format!("{SAFETY} .refused"), "The two are not the same")
        .await;
    ana.write(SAFETY, "New password", "1234567").await;
    send(&ana, SAFETY).await;
    ana.until_shown(&format!("{SAFETY} .refused"), "at least 8 characters")
        .await;
    assert!(!ana.wallet().await.has_password);
    ana.click_on(&format!("{SAFETY} .fold h4 button"), "Set a password")
        .await;
    set_password(&ana).await;
    let wallet = ana.wallet().await;
    assert_eq!((wallet.address, wallet.locked), (address, false));
    ana.post("before the reload").await;
    mine_until_settled(&[&ana], &[&ana], 1).await;

    ana.reload().await;
    let status = ana.status().await;
    assert_eq!((status.address, status.locked), (address, true));
    for (method, arguments) in [
        ("post", json!(["locked"])),
        ("transfer", json!([address, 1])),
        ("join", json!(["Ana"])),
    ] {
        let refused = ana.refused(method, arguments, "wallet_locked").await;
        assert!(refused.message.contains("locked"), "{refused:?}");
    }

    // It reads and mines all the same.
    assert_eq!(ana.confirmed().await.len(), 1);
    mine_until_settled(&[&ana], &[&ana], status.height.0 + 1).await;
    assert!(ana.status().await.balance > status.balance);

    // Who writes is asked for the password, and loses nothing of what was written.
    ana.visit("").await;
    ana.until_there(".at-board #composer-body").await;
    ana.click("#composer-body").await;
    ana.type_text("Only with my key").await;
    ana.until_shown(
        "form.unlock",
        "The wallet is locked. Unlock it to post this.",
    )
    .await;
    unlock(&ana, WRONG).await;
    ana.until_shown("form.unlock .refused", "This is not the password.")
        .await;
    ana.refused("wallet.unlock", json!([WRONG]), "wallet_wrong_password")
        .await;
    assert!(ana.wallet().await.locked);
    unlock(&ana, PASSWORD).await;
    ana.until_gone("form.unlock").await;
    assert!(!ana.status().await.locked);
    ana.click("#composer-body").await;
    ana.press(&[key::CONTROL, key::ENTER]).await;
    ana.until_shown(".note[data-state='pending'] .text", "Only with my key")
        .await;
    assert_eq!(ana.pending().await[0].author, address);

    // By hand it is locked at once.
    ana.visit("wallet").await;
    ana.click_on(&format!("{SAFETY} button"), "Lock now").await;
    ana.until_there("#wallet-unlock form.unlock").await;
    assert!(ana.wallet().await.locked);
    ana.until_shown("#main", "Unlock the wallet to pay.").await;
    unlock(&ana, PASSWORD).await;
    ana.until_gone("#wallet-unlock").await;
    ana.until_there("#pay").await;
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wallet_with_a_password_is_locked_after_a_reload_until_it_is_given() {
    locked_after_a_reload(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_firefox_too_a_wallet_with_a_password_is_locked_after_a_reload() {
    locked_after_a_reload(Kind::Firefox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_identity_goes_as_a_file_from_chromium_to_firefox() {
    let relay = Relay::start().await;
    let url = relay.board(&easy("moving"));
    let folder = tempfile::tempdir().expect("a temporary folder");
    let chromium = Options::new(Kind::Chromium)
        .downloads(folder.path())
        .start()
        .await;
    let firefox = Browser::firefox().await;
    let ana = chromium.open_board(&url, "ana").await;
    let address = ana.wallet().await.address;

    // The wallet has no password: the file gets one of its own.
    ana.visit("wallet").await;
    unfold(&ana, SAFETY, "Keep a file, or move to a phone").await;
    ana.write(SAFETY, "Password for the file", PASSWORD).await;
    ana.write(SAFETY, "Repeat the new password", PASSWORD).await;
    send(&ana, SAFETY).await;
    ana.click_on(&format!("{SAFETY} button"), "Save the file")
        .await;
    let identity = saved(&ana, folder.path(), ".tablon-id").await;
    let link = ana.written(SAFETY, "The same as a link").await;
    assert!(!ana.wallet().await.has_password);

    let ben = firefox.open_board(&url, "ben").await;
    let former = ben.wallet().await.address;
    assert_ne!(former, address);
    ben.visit("wallet").await;
    unfold(&ben, OTHER, "Take one over from a file").await;
    ben.choose(OTHER, "File (.tablon-id)", &identity).await;
    ben.write(OTHER, "The file’s password", WRONG).await;
    send(&ben, OTHER).await;
    ben.until_shown(&format!("{OTHER} .refused"), "This is not the password.")
        .await;
    assert_eq!(ben.wallet().await.address, former);
    // The chosen file is chosen still.
    ben.write(OTHER, "The file’s password", PASSWORD).await;
    send(&ben, OTHER).await;
    ben.until_shown(&format!("{OTHER} [role='status']"), "You are now:")
        .await;
    ben.until_shown(&format!("{OTHER} code"), &address.to_string())
        .await;
    ben.until_shown(OTHER, "is put aside").await;
    let wallet = ben.wallet().await;
    assert_eq!(
        (wallet.address, wallet.locked, wallet.has_password),
        (address, false, true)
    );
    let kept = files(&ben).await;
    assert!(
        kept.iter().any(|name| name.ends_with(".wallet.former-1")),
        "{kept:?}"
    );
    // It signs as the other one did, and is the same after a reload.
    ben.post("from the other browser").await;
    assert_eq!(ben.pending().await[0].author, address);
    ben.reload().await;
    let wallet = ben.wallet().await;
    assert_eq!((wallet.address, wallet.locked), (address, true));

    // The link brings the same identity, out of the address at once.
    let cleo = firefox.open_board(&link, "cleo").await;
    cleo.until_shown("#wallet-arrived code", &address.to_string())
        .await;
    let hash = cleo.eval("() => location.hash", &json!(null)).await;
    assert!(!hash.to_string().contains("/id/"), "{hash}");
    cleo.write("#wallet-arrived", "The file’s password", PASSWORD)
        .await;
    cleo.click("#wallet-arrived button[type='submit']").await;
    until(&[&cleo], "cleo has the identity", async || {
        (cleo.wallet().await.address == address).then_some(())
    })
    .await;

    // Whatever is no file says so, and nothing changes.
    let bytes = std::fs::read(&identity).expect("a saved file is there");
    let mut damaged = bytes.clone();
    damaged[bytes.len() / 2] ^= 1;
    for (bytes, code) in [
        (damaged.as_slice(), "wallet_file_damaged"),
        (&bytes[..60], "wallet_file_damaged"),
        (b"GIF89a", "wallet_not_a_file"),
    ] {
        ana.refused("wallet.import", json!([file(bytes), PASSWORD]), code)
            .await;
    }
    assert_eq!(ana.wallet().await.address, address);
    chromium.finish().await;
    firefox.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twelve_words_bring_the_identity_to_another_tab() {
    let relay = Relay::start().await;
    let url = relay.board(&easy("words"));
    let chromium = Browser::chromium().await;
    let firefox = Browser::firefox().await;
    let ana = chromium.open_board(&url, "ana").await;
    let address = ana.wallet().await.address;
    ana.visit("wallet").await;
    unfold(&ana, SAFETY, "Write down the 12 words").await;
    send(&ana, SAFETY).await;
    ana.until_there(".twelve li").await;
    let words = ana.texts(".twelve li").await;
    let words: Vec<&str> = words.iter().map(|word| word.trim()).collect();
    assert_eq!(words.len(), 12);
    let told: String = ana.told("wallet.words", json!([])).await;
    assert_eq!(told, words.join(" "));

    // Two of them are asked back.
    ana.click_on(&format!("{SAFETY} button"), "Check what I wrote")
        .await;
    ana.until_shown(&format!("{SAFETY} label"), "Word ").await;
    let asked = ana.texts(&format!("{SAFETY} .fold-inside label")).await;
    assert_eq!(asked.len(), 2, "{asked:?}");
    ana.write(SAFETY, asked[0].trim(), "wrong").await;
    send(&ana, SAFETY).await;
    ana.until_shown(&format!("{SAFETY} .refused"), "That is not word")
        .await;
    for label in &asked {
        let number = label.trim().trim_start_matches("Word ");
        let number: usize = number.parse().expect("a label tells which word");
        ana.write(SAFETY, label.trim(), words[number - 1]).await;
    }
    send(&ana, SAFETY).await;
    ana.until_shown(&format!("{SAFETY} .fold-standing"), "written down")
        .await;
    assert!(ana.wallet().await.backed_up);

    // Typed as people write them.
    let ben = firefox.open_board(&url, "ben").await;
    let former = ben.wallet().await.address;
    ben.visit("wallet").await;
    unfold(&ben, OTHER, "Take one over from 12 words").await;
    let numbered: Vec<String> = (1..)
        .zip(&words)
        .map(|(number, word)| format!("{number}. {word}"))
        .collect();
    ben.write(OTHER, "The 12 words", &numbered.join(" ").to_uppercase())
        .await;
    send(&ben, OTHER).await;
    ben.until_shown(OTHER, "You are now:").await;
    ben.until_shown(&format!("{OTHER} code"), &address.to_string())
        .await;
    assert_eq!(ben.wallet().await.address, address);
    assert_ne!(former, address);
    let kept = files(&ben).await;
    assert!(
        kept.iter().any(|name| name.ends_with(".wallet.former-1")),
        "{kept:?}"
    );

    // Coins that the one has mined, the other one has.
    mine_until_settled(&[&ana], &[&ana, &ben], 1).await;
    until_all(&[&ana, &ben], "both have the coins", |status| {
        status.balance > Amount(0)
    })
    .await;
    assert_eq!(ana.status().await.balance, ben.status().await.balance);
    chromium.finish().await;
    firefox.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_word_is_named_with_its_place_and_stays_to_be_put_right() {
    let relay = Relay::start().await;
    let firefox = Browser::firefox().await;
    let ana = firefox
        .open_board(&relay.board(&easy("wrong words")), "ana")
        .await;
    let address = ana.wallet().await.address;
    ana.visit("wallet").await;
    unfold(&ana, OTHER, "Take one over from 12 words").await;
    let refused = format!("{OTHER} .refused");
    let eleven = "abandon ".repeat(10) + "about";
    let cases = [
        (eleven.clone(), "There are 11 words, and 12 are needed."),
        (
            eleven.replacen("abandon ", "abandon abandom ", 1),
            "word 2, \"abandom\", is not in the list: did you mean \"abandon\"",
        ),
        ("abandon ".repeat(12), "The words do not fit together"),
    ];
    for (words, told) in cases {
        ana.paste(OTHER, "The 12 words", &words).await;
        send(&ana, OTHER).await;
        ana.until_shown(&refused, told).await;
        assert_eq!(ana.written(OTHER, "The 12 words").await, words);
        assert_eq!(ana.wallet().await.address, address);
    }
    let right = "abandon ".repeat(11) + "about";
    ana.paste(OTHER, "The 12 words", &right).await;
    send(&ana, OTHER).await;
    ana.until_shown(OTHER, "You are now:").await;
    assert_ne!(ana.wallet().await.address, address);
    let told: String = ana.told("wallet.words", json!([])).await;
    assert_eq!(told, right);
    firefox.finish().await;
}

async fn killed_after_a_password(kind: Kind) {
    let relay = Relay::start().await;
    let url = relay.board(&easy("killed wallet"));
    let browser = Options::new(kind).start().await;
    let ana = browser.open_board(&url, "ana").await;
    let address = ana.wallet().await.address;
    set_password(&ana).await;
    // What it has said is kept.
    let profile = browser.kill().await;

    let browser = Options::new(kind).profile(profile).start().await;
    let ana = browser.open_board(&url, "ana again").await;
    let wallet = ana.wallet().await;
    assert_eq!((wallet.address, wallet.locked), (address, true));
    ana.visit("wallet").await;
    unlock(&ana, WRONG).await;
    ana.until_shown("form.unlock .refused", "This is not the password.")
        .await;
    unlock(&ana, PASSWORD).await;
    ana.until_gone("#wallet-unlock").await;
    ana.post("still me").await;
    assert_eq!(ana.pending().await[0].author, address);
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_killed_after_a_password_was_set_opens_the_wallet_with_it() {
    killed_after_a_password(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn firefox_killed_after_a_password_was_set_opens_the_wallet_with_it() {
    killed_after_a_password(Kind::Firefox).await;
}

/// Each kill comes at another moment after the password was asked for: from
/// before the key is derived to after the wallet is on disk.
#[tokio::test(flavor = "multi_thread")]
async fn a_browser_killed_while_a_password_is_set_has_the_wallet_with_the_old_or_the_new_one() {
    let relay = Relay::start().await;
    let url = relay.board(&easy("killed in the middle"));
    let mut browser = Browser::chromium().await;
    let mut ana = browser.open_board(&url, "ana").await;
    let address = ana.wallet().await.address;
    let mut password = "password number 0".to_owned();
    ana.call("wallet.setPassword", json!([password]))
        .await
        .expect("a first password is taken");
    let mut taken = Vec::new();
    for (number, wait) in (1..).zip([0, 250, 500, 750, 1_000, 2_000]) {
        let next = format!("password number {number}");
        let ask = "([next, old]) => { tablon.wallet.setPassword(next, old); }";
        ana.eval(ask, &json!([next, password])).await;
        tokio::time::sleep(Duration::from_millis(wait)).await;
        let profile = browser.kill().await;

        browser = Options::new(Kind::Chromium).profile(profile).start().await;
        ana = browser.open_board(&url, "ana").await;
        let wallet = ana.wallet().await;
        assert_eq!(
            (wallet.address, wallet.locked, wallet.durable),
            (address, true, true),
            "killed after {wait} ms"
        );
        assert!(ana.texts(".notices .banner").await.is_empty());
        let mut opens = Vec::new();
        for candidate in [&password, &next] {
            match ana.call("wallet.unlock", json!([candidate])).await {
                Ok(_) => opens.push(candidate.clone()),
                Err(refused) => assert_eq!(refused.code, "wallet_wrong_password"),
            }
        }
        assert_eq!(opens.len(), 1, "killed after {wait} ms: {opens:?}");
        taken.push(opens[0] == next);
        password = opens.remove(0);
    }
    eprintln!("new passwords that were on disk at the kill: {taken:?}");
    browser.finish().await;
}
