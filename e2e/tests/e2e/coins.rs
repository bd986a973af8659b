//! Coins: what is paid is seen by both, what is not there cannot be paid.

use serde_json::{Value, json};
use tablon_core::units::Amount;
use tablon_core::view::NoteView;
use tablon_e2e::browser::Browser;
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::{Tab, key};
use tablon_e2e::wait::{until_all, until_connected};

use crate::support::{mine_until_settled, seal, until_fact};

/// Coins of one block on [`easy`] networks.
const REWARD: u64 = 50;

/// Let a tab mine some blocks; gives what its account has then.
async fn earn(miner: &Tab, all: &[&Tab]) -> u64 {
    mine_until_settled(&[miner], all, 2).await;
    let status = miner.status().await;
    let coins = REWARD * u64::from(status.height.0);
    assert_eq!(status.balance, Amount(coins));
    assert_eq!(status.supply, Amount(coins));
    coins
}

/// Fill in the wallet's form and send it.
async fn pay(tab: &Tab, to: &str, coins: &str) {
    tab.paste("#pay", "To", to).await;
    tab.write("#pay", "Coins", coins).await;
    tab.click("#pay button[type='submit']").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_is_seen_by_both_while_it_waits_and_once_it_is_confirmed() {
    let relay = Relay::start().await;
    let url = relay.board(&easy("a payment"));
    let chromium = Browser::chromium().await;
    let firefox = Browser::firefox().await;
    let cleo = chromium.open_board(&url, "cleo").await;
    let ana = chromium.open_board(&url, "ana").await;
    let ben = firefox.open_board(&url, "ben").await;
    let all = [&ana, &ben, &cleo];
    until_connected(&all, 2).await;
    let coins = earn(&ana, &all).await;
    ana.visit("wallet").await;
    ben.visit("wallet").await;
    ana.until_shown("#balance", &format!("{coins} coins")).await;
    ben.until_shown("#balance", "0 coins").await;
    ben.until_shown("#main", "Each block that you mine brings 50 coins")
        .await;

    let to = ben.status().await.address.to_string();
    pay(&ana, &to, "30").await;
    ana.until_shown("#pay", "30 coins wait for a block, on their way to")
        .await;
    // The form is ready for the next payment.
    assert_eq!(ana.written("#pay", "To").await, "");
    until_all(&all, "the payment waits everywhere", |status| {
        status.pending == 1
    })
    .await;
    let (payer, payee) = (ana.status().await, ben.status().await);
    assert_eq!(
        (payer.balance, payer.outgoing, payer.incoming),
        (Amount(coins), Amount(30), Amount(0))
    );
    assert_eq!(
        (payee.balance, payee.outgoing, payee.incoming),
        (Amount(0), Amount(0), Amount(30))
    );
    until_fact(&ana, "On the way out", "30 coins").await;
    until_fact(&ben, "On the way in", "30 coins").await;
    ana.until_shown("#pay", &format!("You can spend {} coins.", coins - 30))
        .await;
    let id = ana.pending().await[0].id;
    let row = |state: &str| format!(".transfer[data-id='{id}'][data-state='{state}']");
    ben.visit("transfers").await;
    ben.until_there(&row("pending")).await;

    // Mined by a third tab: what ana and ben have is what was paid alone.
    seal(&cleo, &all, 1).await;
    let (payer, payee) = (ana.status().await, ben.status().await);
    assert_eq!(
        (payer.balance, payer.outgoing, payer.incoming),
        (Amount(coins - 30), Amount(0), Amount(0))
    );
    assert_eq!((payee.balance, payee.incoming), (Amount(30), Amount(0)));
    assert_eq!(payer.state_root, payee.state_root);
    ana.until_shown("#balance", &format!("{} coins", coins - 30))
        .await;
    until_fact(&ana, "On the way out", "0 coins").await;
    ben.until_shown("#balance", "30 coins").await;
    ben.until_shown(&row("confirmed"), "+30").await;
    ana.visit("transfers").await;
    ana.until_shown(&row("confirmed"), "−30").await;
    // Whoever looks sees both accounts.
    for (address, balance) in [(payer.address, coins - 30), (payee.address, 30)] {
        let account: Value = cleo.told("account", json!([address])).await;
        assert_eq!(account["balance"], balance, "{account}");
    }
    chromium.finish().await;
    firefox.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn coins_that_are_not_there_are_refused_and_the_form_keeps_its_input() {
    let relay = Relay::start().await;
    let url = relay.board(&easy("overspent"));
    let firefox = Browser::firefox().await;
    let ben = firefox.open_board(&url, "ben").await;
    let ana = firefox.open_board(&url, "ana").await;
    until_connected(&[&ana, &ben], 1).await;
    let coins = earn(&ana, &[&ana, &ben]).await;
    let to = ben.status().await.address.to_string();

    let transfer = |amount: u64| json!([to, amount]);
    let refused = ana
        .refused("transfer", transfer(coins + 1), "overspent")
        .await;
    let says = format!("has {coins} coins to spend, {} are asked for", coins + 1);
    assert!(refused.message.contains(&says), "{refused:?}");
    let refused = ana
        .refused("transfer", transfer(0), "nothing_transferred")
        .await;
    assert!(refused.message.contains("at least 1 coin"), "{refused:?}");
    ana.refused("transfer", json!([to, 1.5]), "bad_argument")
        .await;
    ana.refused("transfer", json!(["ben", 1]), "bad_argument")
        .await;
    assert_eq!(ana.status().await.pending, 0);

    // What waits is spent already.
    ana.told::<String>("transfer", transfer(coins - 20)).await;
    let refused = ana.refused("transfer", transfer(21), "overspent").await;
    assert!(
        refused.message.contains("has 20 coins to spend, 21 are"),
        "{refused:?}"
    );

    ana.visit("wallet").await;
    pay(&ana, &to, "9999").await;
    ana.until_shown("#pay .refused", "You do not have that many coins left")
        .await;
    ana.until_shown("#pay .refused", "has 20 coins to spend, 9999 are asked for")
        .await;
    assert_eq!(ana.written("#pay", "To").await, to);
    assert_eq!(ana.written("#pay", "Coins").await, "9999");
    // Put right, it goes.
    ana.write("#pay", "Coins", "20").await;
    ana.until_gone("#pay .refused").await;
    ana.press(&[key::ENTER]).await;
    ana.until_shown("#pay", "20 coins wait for a block").await;
    until_all(&[&ana, &ben], "both payments wait", |status| {
        status.pending == 2
    })
    .await;
    assert_eq!(ben.status().await.incoming, Amount(coins));

    // What is no address and no amount is said beside its field.
    pay(&ana, &to[..30], "1").await;
    ana.until_shown("#pay .refused", "Check the address").await;
    pay(&ana, &to, "one").await;
    ana.until_shown("#pay .refused", "Write a whole number of coins")
        .await;
    firefox.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tips_for_a_note_add_up_and_stand_at_it_in_every_tab() {
    let relay = Relay::start().await;
    let url = relay.board(&easy("tips"));
    let chromium = Browser::chromium().await;
    let firefox = Browser::firefox().await;
    let ana = chromium.open_board(&url, "ana").await;
    let ben = firefox.open_board(&url, "ben").await;
    let all = [&ana, &ben];
    until_connected(&all, 1).await;
    earn(&ben, &all).await;
    let id = ana.post("Who waters the roses?").await;
    seal(&ben, &all, 1).await;

    let note = format!(".note[data-id='{id}']");
    // Nobody tips themselves.
    ana.until_there(&note).await;
    let buttons = ana.texts(&format!("{note} .actions button")).await;
    assert!(!buttons.contains(&"Tip".to_owned()), "{buttons:?}");
    ben.click_on(&format!("{note} .actions button"), "Tip")
        .await;
    let form = format!("{note} .tip-form");
    ben.write(&form, "Coins", "0").await;
    ben.click(&format!("{form} button[type='submit']")).await;
    ben.until_shown(&form, "Write a whole number of coins")
        .await;
    ben.write(&form, "Coins", "7").await;
    ben.click(&format!("{form} button[type='submit']")).await;
    until_all(&all, "the tip waits everywhere", |status| {
        status.pending == 1
    })
    .await;
    // Not before the block.
    assert!(ana.texts(&format!("{note} .tips")).await.is_empty());
    seal(&ben, &all, 1).await;
    ana.until_shown(&format!("{note} .tips"), "you got 7 coins")
        .await;
    ben.until_shown(&format!("{note} .tips"), "7 coins in tips")
        .await;

    let author = ana.status().await.address;
    ben.told::<String>("transfer", json!([author, 3, {"tip": id}]))
        .await;
    seal(&ben, &all, 1).await;
    ana.until_shown(&format!("{note} .tips"), "you got 10 coins")
        .await;
    ben.until_shown(&format!("{note} .tips"), "10 coins in tips")
        .await;
    for tab in all {
        let notes: Vec<NoteView> = tab.told("notes", json!([])).await;
        assert_eq!(notes[0].post.tips, Amount(10), "{tab}");
    }
    assert_eq!(ana.status().await.balance, Amount(10));
    // Ben has mined every block.
    let mined = REWARD * u64::from(ben.status().await.height.0);
    assert_eq!(ben.status().await.balance, Amount(mined - 10));
    // A reload asks the ledger anew.
    ana.reload().await;
    ana.until_shown(&format!("{note} .tips"), "you got 10 coins")
        .await;
    chromium.finish().await;
    firefox.finish().await;
}
