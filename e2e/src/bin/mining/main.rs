//! The miner of a tab, in headless Chromium and Firefox: how fast it is, how well it
//! keeps to its share of the time, how soon it takes up a new job. A line each, in three
//! columns divided by tabs, for `cargo xtask bench`.

#![expect(clippy::print_stdout, reason = "printing is what it is for")]

mod cancel;
mod rate;

use tablon_core::params::Params;
use tablon_core::target::CompactTarget;
use tablon_e2e::browser::{Browser, Kind, Options};
use tablon_e2e::miner;
use tablon_e2e::relay::Relay;

#[tokio::main]
async fn main() {
    let relay = Relay::start().await;
    for kind in [Kind::Chromium, Kind::Firefox] {
        let browser = start(kind).await;
        miner::watch(&browser).await;
        let tab = browser.open_board(&relay.board(&unminable()), "ana").await;
        rate::measure(kind, &tab).await;
        cancel::measure(kind, &browser, &relay, &tab).await;
        browser.finish().await;
    }
    relay.stop().await;
}

async fn start(kind: Kind) -> Browser {
    let options = Options::new(kind);
    let options = match kind {
        Kind::Chromium => options,
        // Its clock goes by whole milliseconds otherwise.
        Kind::Firefox => options.preference("privacy.reduceTimerPrecision", false),
    };
    options.start().await
}

/// A network on which nobody finds a block while it is measured.
fn unminable() -> Params {
    Params {
        name: "bench".into(),
        initial: CompactTarget(0x1800_ffff),
        ..Params::default_network()
    }
}

fn median(mut figures: Vec<u64>) -> u64 {
    figures.sort_unstable();
    figures[figures.len() / 2]
}

fn tell(what: &str, figure: u64, unit: &str) {
    println!("{what}\t{figure}\t{unit}");
}
