//! Hashes a second, with one worker and two, and of one at a share of the time.

use std::time::Duration;

use serde_json::json;
use tablon_e2e::browser::Kind;
use tablon_e2e::tab::Tab;

use crate::{median, tell};

/// Time for the hash rate to settle: it is a mean over the last 5 s.
const SETTLED: Duration = Duration::from_secs(7);
/// Until a worker has found its kernel.
const CHOSEN: Duration = Duration::from_secs(5);
/// Shares of the time, in percent. They take turns: what else the machine does meets
/// them all alike.
const DUTIES: [u32; 3] = [100, 50, 10];
const TURNS: usize = 3;

/// Leaves the tab mining with one worker, all the time.
pub(crate) async fn measure(kind: Kind, tab: &Tab) {
    for threads in [2, 1] {
        tab.mine(threads).await;
        tokio::time::sleep(CHOSEN).await;
        let what = format!("{kind:?}: mining, workers: {threads}");
        tell(&what, rate(tab).await, "hashes/s");
    }
    let mut rates = DUTIES.map(|_| Vec::new());
    for _ in 0..TURNS {
        for (duty, rates) in DUTIES.into_iter().zip(&mut rates) {
            at(tab, duty).await;
            rates.push(rate(tab).await);
        }
    }
    for (duty, rates) in DUTIES.into_iter().zip(rates) {
        let what = format!("{kind:?}: mining at {duty} % of the time");
        tell(&what, median(rates), "hashes/s");
    }
    at(tab, 100).await;
}

async fn at(tab: &Tab, duty: u32) {
    let set = tab.call("mineDuty", json!([duty])).await;
    set.expect("a share within the bounds");
}

async fn rate(tab: &Tab) -> u64 {
    tokio::time::sleep(SETTLED).await;
    tab.status().await.mining.hashrate
}
