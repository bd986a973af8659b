//! `window.tablon` as `docs/api.md` describes it, asked of a real node.

use serde_json::{Value, json};
use tablon_core::params::Params;
use tablon_e2e::browser::{Kind, Options};
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::{until, until_all, until_connected, until_one_tip};

use crate::forms::{BLOCK, BRANCH, NOTE, PEER, STATUS, TRANSACTION, assert_fields};
use crate::support::mine_until_settled;

/// Keep what `on` tells, in the page.
const LISTEN: &str = "() => {
    window.heard = {tip: [], post: [], peer: []};
    window.ends = Object.keys(heard).map(event => tablon.on(event, value => heard[event].push(value)));
}";

async fn heard(tab: &Tab, event: &str) -> Vec<Value> {
    let list = tab.eval("event => heard[event]", &json!(event)).await;
    list.as_array().cloned().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_gives_what_its_document_says_in_chromium() {
    contract(Kind::Chromium).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_gives_what_its_document_says_in_firefox() {
    contract(Kind::Firefox).await;
}

async fn contract(kind: Kind) {
    let relay = Relay::start().await;
    let network = easy("api");
    let url = relay.board(&network);
    let browser = Options::new(kind).start().await;
    let ana = browser.open_board(&url, "ana").await;
    // Before ben is there: two tabs of one browser find each other at once.
    ana.eval(LISTEN, &json!(null)).await;
    let ben = browser.open_board(&url, "ben").await;
    ben.eval(LISTEN, &json!(null)).await;
    until_connected(&[&ana, &ben], 1).await;

    status_has_the_documented_form(&ana, &network).await;

    // Posts, pending, and events of both sides.
    let options = json!({"name": "Ana", "topic": "garden"});
    let first = ana
        .call("post", json!(["the roses", options]))
        .await
        .unwrap();
    let first = first.as_str().expect("post gives an id").to_owned();
    let options = json!({"replyTo": first});
    let answer = ana
        .call("post", json!(["and the bees", options]))
        .await
        .unwrap();
    until_all(&[&ben], "ben has both posts", |status| status.pending == 2).await;
    let pending = ben.call("pending", json!([])).await.unwrap();
    assert_eq!(pending.as_array().map(Vec::len), Some(2));
    let told = heard(&ben, "post").await;
    let told = told
        .iter()
        .find(|post| post["id"] == first.as_str())
        .expect("on('post') told of it");
    let mut fields = TRANSACTION.to_vec();
    fields.push("loosened");
    assert_fields(told, &fields);
    assert_eq!(
        (
            &told["name"],
            &told["topic"],
            &told["content"],
            &told["own"],
            &told["loosened"]
        ),
        (
            &json!("Ana"),
            &json!("garden"),
            &json!("the roses"),
            &json!(false),
            &json!(false)
        )
    );

    // Blocks.
    mine_until_settled(&[&ana], &[&ana, &ben], 3).await;
    let height = ana.status().await.height.0;
    let chain = ben.call("chain", json!([])).await.unwrap();
    let chain = chain.as_array().expect("chain gives a list");
    assert_eq!(chain.len() as u32, height + 1);
    for (index, block) in chain.iter().enumerate() {
        assert_fields(block, BLOCK);
        assert_eq!(block["index"], index);
        assert_eq!(block["header"].as_str().map(str::len), Some(160));
        if index > 0 {
            assert_eq!(block["previous_hash"], chain[index - 1]["hash"]);
            assert!(block["zero_bits"].as_u64() >= block["difficulty_bits"].as_u64());
        }
    }
    assert_eq!(chain[0]["hash"], network.network_id().to_string());
    assert_eq!(
        (&chain[0]["previous_hash"], &chain[0]["miner"]),
        (&json!("0".repeat(64)), &json!(null))
    );
    let part = ana
        .call("chain", json!([{"from": 1, "limit": 2}]))
        .await
        .unwrap();
    assert_eq!(
        part,
        json!([chain[1], chain[2]])
            .as_array()
            .map(|_| part.clone())
            .unwrap()
    );
    assert_eq!(part.as_array().map(Vec::len), Some(2));
    let beyond = ana
        .call("chain", json!([{"from": height + 1}]))
        .await
        .unwrap();
    assert_eq!(beyond, json!([]));
    let sealed: Vec<&Value> = chain
        .iter()
        .filter_map(|block| block["transactions"].as_array())
        .flatten()
        .collect();
    assert_eq!(sealed.len(), 2);
    for post in &sealed {
        assert_fields(post, TRANSACTION);
    }
    let reply = sealed
        .iter()
        .find(|post| post["id"] == answer)
        .expect("the answer is in a block");
    assert_eq!(reply["reply_to"], first.as_str());

    // block() by index and by hash.
    let by_index = ben.call("block", json!([1])).await.unwrap();
    let by_hash = ben.call("block", json!([chain[1]["hash"]])).await.unwrap();
    assert_eq!((&by_index, &by_hash), (&chain[1], &chain[1]));

    // branches(): one chain, no branch.
    let branches = ben.call("branches", json!([{"limit": 500}])).await.unwrap();
    let branches = branches.as_array().expect("branches gives a list");
    assert_eq!(branches.len(), chain.len());
    for (branch, block) in branches.iter().zip(chain) {
        assert_fields(branch, BRANCH);
        assert_eq!(
            (&branch["hash"], &branch["standing"]),
            (&block["hash"], &json!("best"))
        );
    }

    // notes(), in pages.
    let notes = ben.call("notes", json!([{"limit": 1}])).await.unwrap();
    assert_fields(&notes[0], NOTE);
    let before = json!({"height": notes[0]["height"], "place": notes[0]["place"]});
    let older = ben
        .call("notes", json!([{"before": before}]))
        .await
        .unwrap();
    assert_eq!(older.as_array().map(Vec::len), Some(1));
    assert_ne!(older[0]["post"]["id"], notes[0]["post"]["id"]);

    // peers() and on('peer'), on('tip').
    let peers = ana.call("peers", json!([])).await.unwrap();
    assert_fields(&peers[0], PEER);
    assert_eq!(
        (&peers[0]["link"], &peers[0]["state"]),
        (&json!("broadcast"), &json!("connected"))
    );
    assert!(peers[0]["sent"].as_u64() > Some(0), "{peers}");
    assert!(peers[0]["received"].as_u64() > Some(0), "{peers}");
    assert_eq!(peers[0]["neighbours"], json!([]), "ben has nobody else");
    assert_eq!(peers[0]["id"], ben.status().await.node.to_string());
    let came = heard(&ana, "peer").await;
    assert!(
        came.iter().any(|peer| peer["state"] == "connected"),
        "{came:#?}"
    );
    let tips = heard(&ben, "tip").await;
    let last = tips.last().expect("on('tip') told of blocks");
    assert_fields(
        last,
        &["fork", "disconnected", "connected", "height", "hash"],
    );
    assert_eq!(last["height"], height);
    assert_fields(&last["connected"][0], BLOCK);

    // mine() and mineEmpty().
    for method in [("mineEmpty", json!([false])), ("mine", json!([2]))] {
        assert_eq!(ana.call(method.0, method.1).await, Ok(Value::Null));
    }
    let status = ana.call("status", json!([])).await.unwrap();
    assert_eq!(
        (
            &status["mining"]["threads"],
            &status["mining"]["state"],
            &status["mining"]["empty_blocks"]
        ),
        (&json!(2), &json!("nothing_to_mine"), &json!(false))
    );
    assert_eq!(ana.call("mine", json!([0])).await, Ok(Value::Null));
    assert_eq!(ana.call("resynchronise", json!([])).await, Ok(Value::Null));
    until_one_tip(&[&ana, &ben]).await;

    wrong_arguments_are_refused(&ana).await;
    an_ended_watch_is_silent(&ana, &ben).await;

    // A peer that goes is told of.
    ben.close().await;
    until(&[&ana], "on('peer') tells that ben went", async || {
        let told = heard(&ana, "peer").await;
        told.iter()
            .any(|peer| peer["state"] == "gone" && peer["reason"].is_string())
            .then_some(())
    })
    .await;
    browser.finish().await;
}

async fn status_has_the_documented_form(tab: &Tab, network: &Params) {
    let status = tab.call("status", json!([])).await.unwrap();
    assert_fields(&status, STATUS);
    assert_fields(
        &status["mining"],
        &["threads", "hashrate", "state", "empty_blocks", "found"],
    );
    assert_fields(
        &status["sync"],
        &["syncing", "have", "want", "rate", "seconds_left"],
    );
    assert_fields(&status["clock"], &["offset", "samples", "corrected"]);
    assert_fields(&status["storage"], &["kind", "bytes", "recovered"]);
    assert_eq!(status["network"], network.network_id().to_string());
    assert_eq!(status["network_link"], network.to_link());
    assert_eq!(status["network_name"], network.name);
    assert_eq!(
        status["tip"], status["network"],
        "the tip is genesis so far"
    );
}

async fn wrong_arguments_are_refused(tab: &Tab) {
    let cases = [
        (
            "post",
            json!([]),
            "bad_argument",
            "body must be a string, received null",
        ),
        (
            "post",
            json!(["x", {"reply_to": "y"}]),
            "bad_argument",
            "no fields but name, topic, replyTo",
        ),
        (
            "post",
            json!(["x", {"replyTo": "y"}]),
            "bad_argument",
            "64 hexadecimal digits",
        ),
        (
            "chain",
            json!([{"from": -1}]),
            "bad_argument",
            "a whole number from 0 to 4294967295, received -1",
        ),
        (
            "chain",
            json!([{"limit": 1.5}]),
            "bad_argument",
            "received 1.5",
        ),
        ("block", json!(["zz"]), "bad_argument", "\"zz\""),
        (
            "block",
            json!([4_000_000_000_u32]),
            "no_such_block",
            "no block has height 4000000000",
        ),
        (
            "block",
            json!(["0".repeat(64)]),
            "no_such_block",
            "no block here has hash 0000",
        ),
        (
            "notes",
            json!([{"before": 7}]),
            "bad_argument",
            "height and place",
        ),
        ("paste", json!([7]), "bad_argument", "text must be a string"),
        ("paste", json!(["hello"]), "no_invitation", "an invitation"),
        ("mine", json!(["two"]), "bad_argument", "received \"two\""),
        (
            "mine",
            json!([65]),
            "too_many_threads",
            "65 threads are asked for, at most 64 are taken",
        ),
        (
            "mineEmpty",
            json!(["yes"]),
            "bad_argument",
            "true or false, received \"yes\"",
        ),
        (
            "on",
            json!(["blocks", null]),
            "bad_argument",
            "one of tip, branch, post, unverified, passed, peer, wallet, received \"blocks\"",
        ),
        (
            "on",
            json!(["tip", "no function"]),
            "bad_argument",
            "a function, received \"no function\"",
        ),
    ];
    for (method, arguments, code, words) in cases {
        // A missing argument and null are not the same to a script.
        let arguments = if method == "post" && arguments == json!([]) {
            json!([null])
        } else {
            arguments
        };
        let refused = tab.call(method, arguments.clone()).await;
        let refused = refused.expect_err("a wrong argument is refused");
        assert_eq!(refused.code, code, "{method} {arguments}: {refused:?}");
        assert!(
            refused.message.contains(words),
            "{method} {arguments}: {refused:?}"
        );
    }
    let status = tab.status().await;
    assert_eq!((status.pending, status.mining.threads), (0, 0));
}

async fn an_ended_watch_is_silent(ana: &Tab, ben: &Tab) {
    let before = heard(ana, "post").await.len();
    ana.eval(
        "() => { const [, endPost] = ends; endPost(); endPost(); }",
        &json!(null),
    )
    .await;
    let id = ben.post("nobody listens").await;
    until_all(&[ana], "the post has come", |status| status.pending == 1).await;
    assert_eq!(heard(ana, "post").await.len(), before);
    assert!(
        heard(ben, "post")
            .await
            .iter()
            .any(|post| post["id"] == id.as_str())
    );
}
