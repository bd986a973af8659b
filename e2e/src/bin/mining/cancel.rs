//! How soon a miner worker takes up a new job: from the order, given while it works on a
//! job that nothing meets, to its report of a nonce for the new one. The new one is met
//! by one hash in 512, a tenth of a millisecond's work.

use serde_json::{Value, json};
use tablon_core::params::Params;
use tablon_e2e::browser::{Browser, Kind};
use tablon_e2e::miner;
use tablon_e2e::network::{easy, zero_bits};
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::Tab;

use crate::tell;

const ROUNDS: usize = 50;

const MEASURE: &str = "async ([rounds, quick]) => {
    const slow = miner.orders[0];
    quick = miner.orders[quick];
    const found = await miner.report(quick);
    const took = [];
    for (let round = 0; round < rounds; round += 1) {
        miner.order(slow);
        // Never a multiple of a slice, so that orders come at any part of one.
        await new Promise(done => setTimeout(done, 60 + round % 23));
        const begun = performance.now();
        miner.order(quick);
        await new Promise((done, failed) => {
            const late = setTimeout(failed, 10_000, new Error(`not told: ${found}`));
            miner.hear = text => {
                if (text !== found) return;
                took.push(Math.round((performance.now() - begun) * 1_000));
                clearTimeout(late);
                done();
            };
        });
    }
    return took;
}";

/// In this tab, which mines in vain with one worker. Its page loses the worker.
pub(crate) async fn measure(kind: Kind, browser: &Browser, relay: &Relay, tab: &Tab) {
    let other = browser.open_board(&relay.board(&quick()), "quick").await;
    other.mine(1).await;
    let place = miner::take_over(tab, &other, 1).await;
    other.close().await;
    tab.activate().await;

    let took = tab.eval(MEASURE, &json!([ROUNDS, place])).await;
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
