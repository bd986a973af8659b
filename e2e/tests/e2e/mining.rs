//! Mining in real tabs: by the kernels that the browser compiles, for a share of
//! the time, in both browsers.

use serde_json::json;
use tablon_core::header::ROLLED_BITS;
use tablon_core::params::{HEADER_VERSION, Params};
use tablon_core::target::CompactTarget;
use tablon_e2e::browser::{Browser, Kind, Options};
use tablon_e2e::miner;
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::until;

use crate::support::mine_until_settled;

/// A network on which nobody finds a block while a test looks.
fn unminable(name: &str) -> Params {
    Params {
        name: name.into(),
        initial: CompactTarget(0x1800_ffff),
        ..Params::default_network()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_browsers_mine_one_chain_with_their_kernels() {
    let relay = Relay::start().await;
    let url = relay.board(&easy("two miners"));
    let chromium = Browser::chromium().await;
    let firefox = Browser::firefox().await;
    let ana = chromium.open_board(&url, "ana").await;
    let ben = firefox.open_board(&url, "ben").await;
    for miner in [&ana, &ben] {
        let height = miner.status().await.height.0;
        mine_until_settled(&[miner], &[&ana, &ben], height + 8).await;
        assert!(miner.status().await.mining.found >= 8);
    }
    for block in ana.chain().await {
        assert_eq!(block.version & !ROLLED_BITS, HEADER_VERSION);
    }
    chromium.finish().await;
    firefox.finish().await;
}

const IDLE_CORE: &str = "() => {
    const Real = Worker;
    window.Worker = class extends Real {
        constructor(url, options) {
            super(url, options);
            this.idle = options?.name === 'tablon miner 0';
        }
        postMessage(message, ...rest) {
            if (!this.idle) super.postMessage(message, ...rest);
        }
    };
}";

/// Set in the versions that the GPU tries, and in no other.
const BY_GPU: u32 = 1 << 28;

#[tokio::test(flavor = "multi_thread")]
async fn the_gpu_mines_blocks_once_it_is_switched_on() {
    let relay = Relay::start().await;
    let browser = Options::new(Kind::Chromium).gpu().start().await;
    // A GPU in software finds a block in twenty, so the core's miner gets no work.
    browser.preload(IDLE_CORE).await;
    let ana = browser
        .open_board(&relay.board(&easy("by gpu")), "ana")
        .await;
    ana.until_shown("#mine-on-gpu", "Off").await;
    ana.click("#mine-on-gpu").await;
    ana.until_shown("#mine-on-gpu", "On").await;
    ana.mine(1).await;
    until(&[&ana], "a block that the GPU found", async || {
        let chain = ana.chain().await;
        chain
            .iter()
            .any(|block| block.version & BY_GPU != 0)
            .then_some(())
    })
    .await;
    ana.mine(0).await;
    browser.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_is_no_gpu_none_is_offered() {
    let relay = Relay::start().await;
    let browser = Browser::firefox().await;
    let ana = browser
        .open_board(&relay.board(&easy("no gpu")), "ana")
        .await;
    ana.until_there("#mining-switch").await;
    let offered = "() => [!!navigator.gpu, !!document.querySelector('#mine-on-gpu')]";
    let offered = ana.eval(offered, &json!(null)).await;
    assert_eq!(offered[0], offered[1], "{offered}");
    browser.finish().await;
}

/// Gives two jobs at once, again and again, and tells what was found between one pair
/// and the next: `o` for the old one, `n` for the new one.
const TWO_JOBS: &str = "async ([rounds, place]) => {
    const [old, next] = miner.orders.slice(place);
    const [o, n] = [await miner.report(old), await miner.report(next)];
    if (o === n) throw new Error(`two jobs and one report: ${o}`);
    const told = [];
    for (let round = 0; round < rounds; round += 1) {
        let found = '';
        await new Promise((done, failed) => {
            const late = setTimeout(failed, 10_000, new Error(`only ${found} in ${round}`));
            miner.hear = text => {
                if (text === o) found += 'o';
                if (text !== n) return;
                found += 'n';
                clearTimeout(late);
                // What it says now would be of the old one.
                setTimeout(done, 50);
            };
            miner.order(old);
            miner.order(next);
        });
        told.push(found);
    }
    return told;
}";

#[tokio::test(flavor = "multi_thread")]
async fn a_miner_that_has_read_a_new_job_finds_nothing_for_the_old_one() {
    let relay = Relay::start().await;
    let in_vain = relay.board(&unminable("two jobs"));
    let in_no_time = relay.board(&easy("two jobs"));
    for browser in [Browser::chromium().await, Browser::firefox().await] {
        miner::watch(&browser).await;
        let ana = browser.open_board(&in_vain, "ana").await;
        ana.mine(1).await;
        kernel(&ana).await;
        let ben = browser.open_board(&in_no_time, "ben").await;
        ben.mine(1).await;
        let place = miner::take_over(&ana, &ben, 2).await;
        ben.close().await;
        ana.activate().await;
        let told = ana.eval(TWO_JOBS, &json!([30, place])).await;
        // The old one may be through before the new one is read.
        for found in told.as_array().expect("a list") {
            assert!(found == "n" || found == "on", "{told}");
        }
        browser.finish().await;
    }
}

/// Wait until the miner has found its kernel.
async fn kernel(tab: &Tab) -> String {
    let shown = "() => document.querySelector('#mining-kernel')?.textContent ?? ''";
    until(&[tab], "a kernel is chosen", async || {
        let kernel = tab.eval(shown, &json!(null)).await;
        let kernel = kernel.as_str().filter(|name| !name.is_empty());
        kernel.map(str::to_owned)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_fastest_kernel_is_found_and_told() {
    let relay = Relay::start().await;
    let url = relay.board(&unminable("a contest"));
    for browser in [Browser::chromium().await, Browser::firefox().await] {
        let ana = browser.open_board(&url, "ana").await;
        ana.mine(1).await;
        // Both have simd128, and nothing without it comes near.
        let kernel = kernel(&ana).await;
        assert_ne!(kernel, "scalar");
        assert_ne!(kernel, "portable");
        ana.mine(0).await;
        browser.finish().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_of_the_time_is_a_share_of_the_hashes() {
    let relay = Relay::start().await;
    let chromium = Browser::chromium().await;
    let ana = chromium
        .open_board(&relay.board(&unminable("at leisure")), "ana")
        .await;
    ana.mine(1).await;
    let rate = async |least: u64| {
        until(&[&ana], "the hash rate settles", async || {
            tokio::time::sleep(SETTLED).await;
            let rate = ana.status().await.mining.hashrate;
            (rate >= least).then_some(rate)
        })
        .await
    };
    let whole = rate(1).await;
    ana.call("mineDuty", json!([20]))
        .await
        .expect("within bounds");
    let fifth = rate(1).await;
    // Other work on the machine makes either slower, so the bounds are wide.
    assert!(fifth * 2 < whole, "{fifth} of {whole} hashes/s at 20 %");
    ana.call("mineDuty", json!([100]))
        .await
        .expect("within bounds");
    let again = rate(fifth * 2).await;
    assert!(again > fifth);
    chromium.finish().await;
}

/// The hash rate is a mean over the last 5 s.
const SETTLED: std::time::Duration = std::time::Duration::from_secs(7);
