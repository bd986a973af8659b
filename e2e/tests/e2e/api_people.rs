//! What `docs/api.md` says of coins, people, secrets, proofs, wallet and
//! networks, asked of real nodes; and its examples, as they stand there.

use serde_json::{Value, json};
use tablon_e2e::browser::{Kind, Options};
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::{Tab, tablon::file};
use tablon_e2e::wait::{until, until_connected};

use crate::forms::{ACCOUNT, NOTE, PROOF, SECRET, TRANSACTION, assert_fields};
use crate::support::{join, mine_until_settled, seal};

#[tokio::test(flavor = "multi_thread")]
async fn the_api_of_accounts_is_as_its_document_says_in_chromium() {
    contract(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_of_accounts_is_as_its_document_says_in_firefox() {
    contract(Kind::Firefox).await;
}

async fn contract(kind: Kind) {
    let relay = Relay::start().await;
    let network = easy("api of accounts");
    let url = relay.board(&network);
    let browser = Options::new(kind).start().await;
    let ana = browser.open_board(&url, "ana").await;
    let ben = browser.open_board(&url, "ben").await;
    let all = [&ana, &ben];
    until_connected(&all, 1).await;
    join(&ben, &ana, &all).await;
    let me = ana.status().await.address;
    let reader = ben.status().await.address;

    // One transaction of each kind that is no post.
    let post = ben.post("to be tipped").await;
    seal(&ana, &all, 1).await;
    let tip = ana
        .told::<String>("transfer", json!([reader, 2, {"tip": post}]))
        .await;
    let secret = ana.told::<String>("secret", json!([reader, "psst"])).await;
    let waiting: Value = ana.told("secrets", json!([])).await;
    assert_fields(&waiting[0], SECRET);
    assert_eq!(
        (&waiting[0]["height"], &waiting[0]["text"]),
        (&json!(null), &json!("psst"))
    );
    ben.told::<String>("leave", json!([])).await;
    seal(&ana, &all, 3).await;

    // Accounts.
    let account: Value = ana.told("account", json!([])).await;
    assert_fields(&account, ACCOUNT);
    assert_eq!(
        (&account["address"], &account["own"], &account["membership"]),
        (&json!(me), &json!(true), &json!("never"))
    );
    let account: Value = ana.told("account", json!([reader])).await;
    assert_eq!(
        (
            &account["balance"],
            &account["name"],
            &account["membership"]
        ),
        (&json!(2), &json!("ben"), &json!("left"))
    );
    assert_eq!(account["key"].as_str().map(str::len), Some(64));
    let people: Value = ana.told("participants", json!([{"limit": 5}])).await;
    assert_eq!(people, json!([]));

    // Transfers, of oneself and of somebody else.
    for arguments in [json!([]), json!([{"of": reader, "limit": 1}])] {
        let transfers: Value = ana.told("transfers", arguments).await;
        assert_fields(&transfers[0], NOTE);
        assert_fields(&transfers[0]["post"], TRANSACTION);
        let transfer = &transfers[0]["post"];
        assert_eq!(
            (
                &transfer["id"],
                &transfer["amount"],
                &transfer["tip"],
                &transfer["to"]
            ),
            (&json!(tip), &json!(2), &json!(post), &json!(reader))
        );
    }
    let first: Value = ana.told("transfers", json!([])).await;
    let before = json!({"height": first[0]["height"], "place": first[0]["place"]});
    let older: Value = ana.told("transfers", json!([{"before": before}])).await;
    assert_eq!(older, json!([]));

    // Secrets, with both ends and without.
    let secrets: Value = ben.told("secrets", json!([{"limit": 5}])).await;
    assert_fields(&secrets[0], SECRET);
    assert_eq!(
        (
            &secrets[0]["transaction"]["id"],
            &secrets[0]["text"],
            &secrets[0]["problem"]
        ),
        (&json!(secret), &json!("psst"), &json!(null))
    );
    assert!(secrets[0]["height"].is_u64(), "{secrets:#}");

    // Proofs.
    let proof = ana.file("proof.export", json!([secret])).await;
    let proven: Value = ben.told("proof.verify", json!([file(&proof)])).await;
    assert_fields(&proven, PROOF);
    assert_fields(&proven["transaction"], TRANSACTION);
    assert_eq!(
        (
            &proven["network_name"],
            &proven["on_best_chain"],
            &proven["transaction"]["kind"]
        ),
        (&json!(network.name), &json!(true), &json!("secret"))
    );
    ana.refused("proof.verify", json!(["no file"]), "bad_argument")
        .await;

    wallet_is_watched(&ana).await;

    // Networks.
    let made: Value = ana
        .told(
            "networks.create",
            json!(["made here", {"spacing": 5, "firstBits": 12, "reward": 7, "stampBits": 4, "margin": 1}]),
        )
        .await;
    assert_eq!(
        (&made["name"], &made["current"], &made["unread"]),
        (&json!("made here"), &json!(false), &json!(0))
    );
    let id = made["id"].clone();
    until(&[&ana], "the made network runs", async || {
        let list = ana.networks().await;
        let found = list.iter().find(|held| json!(held.id) == id)?;
        (found.state == "running").then_some(())
    })
    .await;
    ana.call("networks.show", json!([id])).await.unwrap();
    let status = ana.status().await;
    assert_eq!(
        (json!(status.network), status.spacing, status.reward.0),
        (id.clone(), 5, 7)
    );
    let deleted: Value = ana
        .told("networks.leave", json!([id, {"deleteData": true}]))
        .await;
    let files: Vec<&str> = deleted
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            assert_fields(entry, &["file", "bytes"]);
            entry["file"].as_str()
        })
        .collect();
    assert_eq!(files, ["keys", "redb", "wallet"]);
    assert_eq!(ana.status().await.network, network.network_id());
    for (method, arguments, code) in [
        ("networks.create", json!([""]), "network_link"),
        (
            "networks.create",
            json!(["x", {"speed": 1}]),
            "bad_argument",
        ),
        (
            "networks.create",
            json!(["x", {"spacing": 0}]),
            "network_link",
        ),
        ("networks.join", json!(["#/n/x"]), "network_link"),
        ("networks.leave", json!([id]), "no_such_network"),
        ("networks.show", json!([7]), "bad_argument"),
    ] {
        ana.refused(method, arguments, code).await;
    }
    browser.finish().await;
}

async fn wallet_is_watched(tab: &Tab) {
    let listen = "() => {
        window.wallets = [];
        window.stop = tablon.on('wallet', state => wallets.push(state));
    }";
    tab.eval(listen, &json!(null)).await;
    let set: Value = tab
        .told("wallet.setPassword", json!(["correct horse battery"]))
        .await;
    assert_fields(
        &set,
        &["address", "locked", "has_password", "backed_up", "durable"],
    );
    for (method, arguments, code) in [
        (
            "wallet.setPassword",
            json!(["another one"]),
            "wallet_password_needed",
        ),
        (
            "wallet.setPassword",
            json!(["another one", "wrong"]),
            "wallet_wrong_password",
        ),
        (
            "wallet.setPassword",
            json!(["short", "correct horse battery"]),
            "wallet_password_short",
        ),
        ("wallet.words", json!([]), "wallet_password_needed"),
        (
            "wallet.export",
            json!(["wrong one"]),
            "wallet_wrong_password",
        ),
        ("wallet.unlock", json!([7]), "bad_argument"),
    ] {
        let refused = tab.refused(method, arguments, code).await;
        // No error repeats what came.
        assert!(!refused.message.contains("wrong one"), "{refused:?}");
    }
    for (method, locked) in [("wallet.lock", true), ("wallet.unlock", false)] {
        let state: Value = tab.told(method, json!(["correct horse battery"])).await;
        assert_eq!(state["locked"], locked, "{method}");
    }
    let told = "() => wallets.map(wallet => [wallet.has_password, wallet.locked])";
    until(&[tab], "on('wallet') told of every change", async || {
        let heard = tab.eval(told, &json!(null)).await;
        let all = json!([[false, false], [true, false], [true, true], [true, false]]);
        (heard == all).then_some(())
    })
    .await;
    tab.eval("() => stop()", &json!(null)).await;
    let fresh: Value = tab.told("wallet.forget", json!([])).await;
    assert_ne!(fresh["address"], set["address"]);
    assert_eq!(
        (&fresh["has_password"], &fresh["backed_up"]),
        (&json!(false), &json!(false))
    );
    tab.refused("wallet.lock", json!([]), "wallet_no_password")
        .await;
    let heard = tab.eval(told, &json!(null)).await;
    assert_eq!(heard.as_array().map(Vec::len), Some(4), "{heard}");
}

/// One after the other, as a reader would paste them into the console.
#[tokio::test(flavor = "multi_thread")]
async fn the_documents_examples_run_in_a_page() {
    let document = include_str!("../../../docs/api.md");
    let relay = Relay::start().await;
    let url = relay.board(&easy("examples"));
    let firefox = Options::new(Kind::Firefox).start().await;
    let ben = firefox.open_board(&url, "ben").await;
    let ana = firefox.open_board(&url, "ana").await;
    let all = [&ana, &ben];
    until_connected(&all, 1).await;
    join(&ben, &ana, &all).await;
    ben.post("something to read").await;
    seal(&ana, &all, 1).await;

    let mut count = 0;
    for example in document.split("```js\n").skip(1) {
        let (example, _) = example.split_once("```").expect("an example ends");
        let run = format!("async () => {{ {example} }}");
        let result = ana.try_eval(&run, &json!(null)).await;
        assert_eq!(result, Ok(Value::Null), "{example}");
        count += 1;
    }
    assert!(count > 10, "only {count} examples");
    // What they wrote is good: two posts, a tip, a name, a secret.
    ana.mine(0).await;
    mine_until_settled(&[&ben], &all, 0).await;
    assert_eq!(ana.account().await.transactions, 5);
    firefox.finish().await;
}
