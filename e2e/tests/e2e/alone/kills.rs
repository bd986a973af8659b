//! A tab or its whole browser ends at any moment, while it posts and mines: what
//! it had promised is there again.

use std::collections::BTreeSet;
use std::time::Duration;

use fastrand::Rng;
use serde_json::json;
use tablon_core::hash::BlockHash;
use tablon_core::mempool::MAX_PER_AUTHOR;
use tablon_e2e::browser::{Browser, Kind, Options};
use tablon_e2e::network::easy;
use tablon_e2e::relay::Relay;
use tablon_e2e::tab::Tab;
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::support::{hashes, mine_until_settled};

const KILLS: u32 = 50;

/// A life lasts up to so many milliseconds, counted from the first byte of the
/// page, so that it may end while the store is opened, or from the first post.
const LONGEST_LIFE: u64 = 1_500;

/// How one ends.
#[derive(Debug, Clone, Copy)]
enum End {
    /// The tab closes, without being asked.
    Closed,
    /// Its process crashes.
    Crashed,
    /// All of the browser's processes are killed.
    Killed,
}

/// What the node has promised to keep.
#[derive(Debug, Default)]
struct Promised {
    /// Posts whose promise resolved.
    posts: Vec<String>,
    /// Tips that its status told.
    blocks: BTreeSet<BlockHash>,
}

impl Promised {
    async fn assert_kept(&self, tab: &Tab, lives: &str) {
        let chain = tab.chain().await;
        let held: BTreeSet<BlockHash> = hashes(&chain).into_iter().collect();
        let lost: Vec<_> = self.blocks.difference(&held).collect();
        assert!(lost.is_empty(), "blocks are lost after {lives}: {lost:?}");
        let sealed = chain.iter().flat_map(|block| &block.transactions);
        let mut known: BTreeSet<String> = sealed.map(|post| post.id.to_string()).collect();
        known.extend(tab.pending().await.iter().map(|post| post.id.to_string()));
        let lost: Vec<_> = (self.posts.iter())
            .filter(|post| !known.contains(*post))
            .collect();
        assert!(lost.is_empty(), "posts are lost after {lives}: {lost:?}");
    }

    /// Check what was promised before, then post and mine without end.
    async fn live(&mut self, tab: &Tab, url: &str, lives: &str, posted: &Notify) {
        tab.go(url).await;
        tab.enter().await;
        assert_eq!(tab.status().await.slot, 0, "{lives}");
        self.assert_kept(tab, lives).await;
        tab.mine(1).await;
        for number in 0_u32.. {
            // A quick machine posts faster than it mines, and no author may have
            // more than a few posts wait: the former life may have ended there.
            loop {
                let status = tab.status().await;
                self.blocks.insert(status.tip);
                if (status.pending as usize) < MAX_PER_AUTHOR {
                    break;
                }
            }
            let body = json!([format!("{number} of {lives}")]);
            let id: String = tab.told("post", body).await;
            self.posts.push(id);
            posted.notify_one();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_killed_tabs_and_browsers_lose_nothing_that_was_acknowledged() {
    let seed = std::env::var("TABLON_E2E_SEED").ok();
    let seed = seed.and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| fastrand::u64(..));
    eprintln!("again: TABLON_E2E_SEED={seed}");
    let mut rng = Rng::with_seed(seed);
    let relay = Relay::start().await;
    let url = relay.board(&easy("killed at any moment"));
    let mut browser = Browser::chromium().await;
    // A browser whose last tab closes ends.
    let mut _anchor = browser.blank("anchor").await;
    let mut promised = Promised::default();
    let mut ended = [0; 3];
    for number in 0..KILLS {
        let end = match rng.u32(..10) {
            0..4 => End::Closed,
            4..8 => End::Crashed,
            _ => End::Killed,
        };
        ended[end as usize] += 1;
        let life = Duration::from_millis(rng.u64(..LONGEST_LIFE));
        let works = rng.u32(..10) < 6;
        let tab = browser.blank("ana").await;
        let lives = format!("life {number}, {life:?} until {end:?}, works: {works}, seed {seed}");
        let posted = Notify::new();
        let over = async {
            if works {
                posted.notified().await;
            }
            sleep(life).await;
        };
        tokio::select! {
            biased;
            () = over => {}
            () = promised.live(&tab, &url, &lives, &posted) => unreachable!("it never stops of itself"),
        }
        match end {
            End::Closed => {
                let devtools = browser.devtools().await;
                let closed = devtools.close(tab.context()).await;
                closed.unwrap_or_else(|error| panic!("{lives}: {error}"));
            }
            End::Crashed => {
                let devtools = browser.devtools().await;
                let crashed = devtools.crash(tab.context()).await;
                crashed.unwrap_or_else(|error| panic!("{lives}: {error}"));
                // An empty shell is left.
                let closed = devtools.close(tab.context()).await;
                closed.unwrap_or_else(|error| panic!("{lives}: {error}"));
            }
            End::Killed => {
                let profile = browser.kill().await;
                browser = Options::new(Kind::Chromium).profile(profile).start().await;
                _anchor = browser.blank("anchor").await;
            }
        }
    }
    eprintln!(
        "{ended:?} closed, crashed and killed; {} posts and {} blocks were promised",
        promised.posts.len(),
        promised.blocks.len()
    );
    let ana = browser.open_board(&url, "ana at last").await;
    promised.assert_kept(&ana, "the last life").await;
    assert!(
        promised.posts.len() > 20,
        "seed {seed}: hardly anything was promised"
    );
    let height = ana.status().await.height.0;
    mine_until_settled(&[&ana], &[&ana], height + 1).await;
    let chain: BTreeSet<String> = ana.confirmed().await.into_iter().collect();
    let lost: Vec<_> = (promised.posts.iter())
        .filter(|post| !chain.contains(*post))
        .collect();
    assert!(lost.is_empty(), "seed {seed}: {lost:?}");
    browser.finish().await;
}
