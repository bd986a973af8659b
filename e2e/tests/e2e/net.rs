//! Who is linked to whom, and whether news reach everybody.

use std::collections::{BTreeMap, BTreeSet};

use tablon_core::hash::PeerId;
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::{until_all, until_within};

use crate::support::{LINKED, assert_posts, links, mine_until_settled};

/// Links of a node, at most.
const MOST: usize = 8;

/// Who is linked to whom.
#[derive(Debug, Default)]
pub(crate) struct Net(pub(crate) BTreeMap<PeerId, BTreeSet<PeerId>>);

impl Net {
    pub(crate) async fn of(tabs: &[&Tab]) -> Self {
        let mut net = Self::default();
        for tab in tabs {
            let node = tab.status().await.node;
            net.0.insert(node, links(tab).await.into_keys().collect());
        }
        net
    }

    /// Everybody has so many neighbours, and they are of this net.
    pub(crate) fn each_has(&self, least: usize) -> bool {
        self.0.values().all(|linked| {
            linked.len() >= least && linked.iter().all(|peer| self.0.contains_key(peer))
        })
    }

    /// News from anyone can reach everyone.
    pub(crate) fn is_one(&self) -> bool {
        let mut reached = BTreeSet::new();
        let mut at: Vec<PeerId> = self.0.keys().next().copied().into_iter().collect();
        while let Some(peer) = at.pop() {
            if reached.insert(peer) {
                at.extend(self.0.get(&peer).into_iter().flatten());
            }
        }
        self.0.keys().all(|peer| reached.contains(peer))
    }

    pub(crate) fn assert_bounds(&self) {
        for (peer, linked) in &self.0 {
            assert!(linked.len() <= MOST, "{peer} has too many: {self:#?}");
            let others = self.0.len() - 1;
            assert!(
                linked.len() < others || others < 3,
                "{peer} is linked to everybody: {self:#?}"
            );
        }
    }
}

/// Wait until the tabs, and nobody else, are one net in which everybody has so
/// many neighbours.
pub(crate) async fn until_one_net(tabs: &[&Tab], least: usize) -> Net {
    let what = format!("the tabs are one net, each with {least} neighbours or more");
    let mut seen = Net::default();
    let net = until_within(LINKED, &[], &what, async || {
        seen = Net::of(tabs).await;
        let sound = seen.each_has(least) && seen.is_one();
        sound.then(|| std::mem::take(&mut seen))
    })
    .await;
    net.assert_bounds();
    net
}

/// One post of each of `authors`, mined by `miner`, on the chain of all.
pub(crate) async fn news_reach_all(
    authors: &[&Tab],
    miner: &Tab,
    all: &[&Tab],
    posts: &mut Vec<String>,
) {
    for author in authors {
        posts.push(author.post(&format!("news from {}", author.name())).await);
    }
    let count = authors.len() as u32;
    until_all(all, "the posts are everywhere", |status| {
        status.pending == count
    })
    .await;
    let height = miner.status().await.height.0;
    mine_until_settled(&[miner], all, height + 1).await;
    assert_posts(all, posts).await;
}
