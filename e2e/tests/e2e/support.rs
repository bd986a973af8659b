//! What several tests ask.

use tablon_core::hash::BlockHash;
use tablon_core::target::{CompactTarget, Work};
use tablon_core::view::BlockView;
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::{until_all, until_one_tip};

/// Let `miners` mine until nothing is pending anywhere and the chain has at
/// least this height, then until all agree.
///
/// Two miners who stop at once may leave two tips of equal work, between which
/// nobody has to choose: the first one goes on until its chain is the heaviest.
pub(crate) async fn mine_until_settled(miners: &[&Tab], all: &[&Tab], height: u32) {
    for tab in miners {
        tab.mine(1).await;
    }
    let what = format!("nothing is pending and block {height} is there");
    until_all(all, &what, |status| {
        status.pending == 0 && status.height.0 >= height
    })
    .await;
    let (last, others) = miners.split_first().expect("somebody mines");
    if !others.is_empty() {
        let mut highest = 0;
        for tab in others {
            tab.mine(0).await;
            highest = highest.max(tab.status().await.height.0);
        }
        let what = format!("{last} has mined past block {highest}");
        until_all(&[last], &what, |status| status.height.0 > highest).await;
    }
    last.mine(0).await;
    until_one_tip(all).await;
}

/// Every one of `posts` is on the chain of every tab, once, and nothing else.
pub(crate) async fn assert_posts(tabs: &[&Tab], posts: &[String]) {
    for tab in tabs {
        assert_eq!(
            sorted(tab.confirmed().await),
            sorted(posts.to_vec()),
            "{tab}"
        );
    }
}

pub(crate) fn sorted(mut list: Vec<String>) -> Vec<String> {
    list.sort();
    list
}

/// The pending posts' ids, in order of their letters.
pub(crate) async fn pending(tab: &Tab) -> Vec<String> {
    let pending = tab.pending().await;
    sorted(pending.iter().map(|post| post.id.to_string()).collect())
}

pub(crate) fn hashes(chain: &[BlockView]) -> Vec<BlockHash> {
    chain.iter().map(|block| block.hash).collect()
}

/// What the chain weighs.
pub(crate) fn work(chain: &[BlockView]) -> Work {
    chain.iter().fold(Work::ZERO, |sum, block| {
        let target = CompactTarget(block.bits).target();
        sum.plus(target.expect("a block of a chain has a target").work())
    })
}
