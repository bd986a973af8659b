//! A tab's first miner worker, taken out of its page's hands: it gets orders that a page
//! has given, in whatever order is wanted, and tells what it has found.
//!
//! Nothing is known here of how page and workers write to each other. Orders are noted
//! when a page gives them, and given again; a report is known by what the worker, when it
//! had nothing else to do, said last after the same order. While it still tries its kernels
//! by turns it says now this, now that: each may come upon another nonce first.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::tab::Tab;
use crate::wait::until;

/// `miner` in a page: the worker, its orders so far, and the means to have it alone.
const WATCH: &str = "() => {
    const Real = Worker;
    const form = told => JSON.stringify(told, (_, value) =>
        typeof value === 'bigint' ? `${value}` :
        value instanceof Map ? [...value] :
        value instanceof ArrayBuffer ? [...new Uint8Array(value)] : value);
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
                this.hear(form(event.data));
            });
        }
        order(message) { super.postMessage(structuredClone(message)); }
        postMessage(message, ...rest) {
            this.orders?.push(structuredClone(message));
            if (!this.hear) super.postMessage(message, ...rest);
        }
        // What it says when it has found what this order asks for.
        async report(order) {
            const told = [];
            while (told.length < 3 || told.slice(-3).some(text => text !== told.at(-1))) {
                let last, silent;
                await new Promise(done => {
                    this.hear = text => {
                        last = text;
                        clearTimeout(silent);
                        silent = setTimeout(done, 300);
                    };
                    this.order(order);
                });
                told.push(last);
            }
            return told.at(-1);
        }
    };
}";

/// Have it in every page to come of this browser.
pub async fn watch(browser: &Browser) {
    browser.preload(WATCH).await;
}

/// Wait until the page has given so many orders.
pub async fn ordered(tab: &Tab, orders: usize) {
    let what = format!("the page has given {orders} orders");
    until(&[tab], &what, async || {
        let given = "orders => (window.miner?.orders.length ?? 0) >= orders";
        let given = tab.eval(given, &json!(orders)).await;
        (given == true).then_some(())
    })
    .await;
}

const AWAIT: &str = "() => {
    new BroadcastChannel('orders').onmessage = ({ data }) => miner.orders.push(...data);
}";
const HAND_OVER: &str = "orders => {
    new BroadcastChannel('orders').postMessage(miner.orders.slice(0, orders));
}";

/// Note the first orders of another tab of the same browser behind this one's own; gives
/// the place of the first.
pub async fn take_over(tab: &Tab, other: &Tab, orders: usize) -> usize {
    tab.eval(AWAIT, &Value::Null).await;
    ordered(other, orders).await;
    let place = tab.eval("() => miner.orders.length", &Value::Null).await;
    let place = place.as_u64().expect("a length") as usize;
    other.eval(HAND_OVER, &json!(orders)).await;
    ordered(tab, place + orders).await;
    place
}
