//! How soon a miner worker takes up a new job: from the order, given while it works on a
//! job that nothing meets, to its report of a nonce for the new one. The new one is met
//! by one hash in 512, a tenth of a millisecond's work.
//!
//! Nothing is known here of how page and workers write to each other: both orders are the
//! page's own, noted when it gave them and given again, and the report is known by what
//! an idle worker said last when it got the same order.

use serde_json::{Value, json};
use tablon_core::params::Params;
use tablon_e2e::browser::{Browser, Kind};
use tablon_e2e::network::{easy, zero_bits};
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::until;

use crate::tell;

const ROUNDS: usize = 50;

/// Keeps the first miner's orders, and lets others than the page hear and order it.
pub(crate) const WATCH: &str = "() => {
    const Real = Worker;
    window.Worker = class extends Real {
        constructor(url, options) {
            super(url, options);
            if (options?.name !== 'tablon miner 0') return;
            window.miner = this;
            this.orders = [];
            // Before the page's own listener, which hears nothing once `hear` is there.
            this.addEventListener('message', event => {
                if (!this.hear) return;
                event.stopImmediatePropagation();
                this.hear(event.data);
            });
        }
        order(message) { super.postMessage(structuredClone(message)); }
        postMessage(message, ...rest) {
            this.orders?.push(structuredClone(message));
            if (!this.hear) super.postMessage(message, ...rest);
        }
    };
}";

const AWAIT: &str = "() => {
    new BroadcastChannel('bench').onmessage = ({ data }) => { window.quick = data; };
}";
const HAND_OVER: &str = "() => new BroadcastChannel('bench').postMessage(miner.orders[0])";

const MEASURE: &str = "async rounds => {
    const slow = miner.orders[0];
    const form = told => JSON.stringify(told, (_, value) =>
        typeof value === 'bigint' ? `${value}` :
        value instanceof Map ? [...value] :
        value instanceof ArrayBuffer ? [...new Uint8Array(value)] : value);
    const pause = ms => new Promise(done => setTimeout(done, ms));
    let told = [];
    miner.hear = data => told.push(form(data));
    // The first time it leaves the slow job, the second time it was idle.
    for (let time = 0; time < 2; time += 1) {
        told = [];
        miner.order(quick);
        await pause(500);
    }
    const found = told.at(-1);
    const took = [];
    for (let round = 0; round < rounds; round += 1) {
        miner.order(slow);
        // Never a multiple of a slice, so that orders come at any part of one.
        await pause(60 + round % 23);
        const begun = performance.now();
        miner.order(quick);
        await new Promise((done, failed) => {
            const late = setTimeout(failed, 10_000, new Error(`not told: ${found}`));
            miner.hear = data => {
                if (form(data) !== found) return;
                took.push(Math.round((performance.now() - begun) * 1_000));
                clearTimeout(late);
                done();
            };
        });
    }
    return took;
}";

/// In this tab, which mines in vain with one worker. Its page is cut off from it.
pub(crate) async fn measure(kind: Kind, browser: &Browser, relay: &Relay, tab: &Tab) {
    tab.eval(AWAIT, &Value::Null).await;
    let board = relay.board(&quick());
    let other = browser.open_board(&board, "quick").await;
    other.mine(1).await;
    until(&[&other], "the other tab's miner has a job", async || {
        let ordered = other.eval("() => window.miner?.orders.length > 0", &Value::Null);
        (ordered.await == true).then_some(())
    })
    .await;
    other.eval(HAND_OVER, &Value::Null).await;
    until(&[tab], "the tab has the other's job", async || {
        let there = tab.eval("() => !!window.quick", &Value::Null).await;
        (there == true).then_some(())
    })
    .await;
    other.close().await;
    tab.activate().await;

    let took = tab.eval(MEASURE, &json!(ROUNDS)).await;
    let took = took.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut took: Vec<u64> = took.iter().filter_map(Value::as_u64).collect();
    assert_eq!(took.len(), ROUNDS, "{kind:?}: {took:?}");
    took.sort_unstable();
    let what = format!("{kind:?}: a new job taken up");
    for (which, took) in [("median", took[ROUNDS / 2]), ("worst", took[ROUNDS - 1])] {
        tell(&format!("{what}, {which} of {ROUNDS}"), took, "us");
    }
}

fn quick() -> Params {
    Params {
        initial: zero_bits(9),
        easiest: zero_bits(9),
        ..easy("quick")
    }
}
