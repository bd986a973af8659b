//! What several tests ask.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use tablon_core::hash::{BlockHash, PeerId};
use tablon_core::target::{CompactTarget, Work};
use tablon_core::view::{BlockView, LinkKind, PeerState};
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::{until, until_all, until_one_tip, until_within};

/// Let `miners` mine until nothing is pending anywhere and the chain has at
/// least this height, then until all agree.
///
/// Two miners who stop at once may leave two tips of equal work, between which
/// nobody has to choose: the first one goes on until its chain is the heaviest. A
/// block of another's that gives way then loosens what it held, and that is mined
/// by the first one as well.
pub(crate) async fn mine_until_settled(miners: &[&Tab], all: &[&Tab], height: u32) {
    for tab in miners {
        tab.mine(1).await;
    }
    let what = format!("nothing is pending and block {height} is there");
    let settled = async || {
        until_all(all, &what, |status| {
            status.pending == 0 && status.height.0 >= height
        })
        .await;
    };
    settled().await;
    let (last, others) = miners.split_first().expect("somebody mines");
    if !others.is_empty() {
        let mut highest = 0;
        for tab in others {
            tab.mine(0).await;
            highest = highest.max(tab.status().await.height.0);
        }
        let what = format!("{last} has mined past block {highest}");
        until_all(&[last], &what, |status| status.height.0 > highest).await;
        until_one_tip(all).await;
        settled().await;
    }
    last.mine(0).await;
    until_one_tip(all).await;
}

/// Its connected neighbours, and by what each is reached.
pub(crate) async fn links(tab: &Tab) -> BTreeMap<PeerId, LinkKind> {
    let connected = tab.peers().await.into_iter();
    let connected = connected.filter(|peer| peer.state == PeerState::Connected);
    connected.map(|peer| (peer.id, peer.link)).collect()
}

/// Wait until both say that a link of this kind connects them.
pub(crate) async fn until_linked(one: &Tab, other: &Tab, kind: LinkKind) {
    let ids = [one.status().await.node, other.status().await.node];
    let what = format!("{one} and {other} are linked by {kind:?}");
    until_within(LINKED, &[one, other], &what, async || {
        let there = links(one).await.get(&ids[1]) == Some(&kind);
        (there && links(other).await.get(&ids[0]) == Some(&kind)).then_some(())
    })
    .await;
}

/// A link opens within this, however many better ones are tried before: 20 s a
/// dial and 10 s between two of them.
pub(crate) const LINKED: Duration = Duration::from_secs(120);

/// Wait until so many transactions wait everywhere, and let `miner` put them
/// into blocks.
pub(crate) async fn seal(miner: &Tab, all: &[&Tab], waiting: u32) {
    let what = format!("{waiting} transactions wait everywhere");
    until_all(all, &what, |status| status.pending == waiting).await;
    mine_until_settled(&[miner], all, 0).await;
}

/// Become a participant under the tab's own name, in a block of `miner`'s.
pub(crate) async fn join(tab: &Tab, miner: &Tab, all: &[&Tab]) {
    tab.told::<String>("join", json!([tab.name()])).await;
    seal(miner, all, 1).await;
    let name = tab.status().await.joined;
    assert_eq!(name.as_deref(), Some(tab.name()));
}

/// Wait until the page says of what is called `name` that it is `value`.
pub(crate) async fn until_fact(tab: &Tab, name: &str, value: &str) {
    let said = "([name, value]) => [...document.querySelectorAll('#main dt')].some(dt =>
        dt.innerText.trim() === name && dt.nextElementSibling.innerText.trim() === value)";
    let what = format!("{tab} says {value:?} of {name:?}");
    until(&[tab], &what, async || {
        (tab.eval(said, &json!([name, value])).await == true).then_some(())
    })
    .await;
}

/// The file with this ending that a page has saved in `folder`, once it is whole.
pub(crate) async fn saved(tab: &Tab, folder: &Path, ending: &str) -> PathBuf {
    let what = format!("a file *{ending} is saved in {}", folder.display());
    until(&[tab], &what, async || {
        let files = std::fs::read_dir(folder).ok()?;
        let paths = files.filter_map(|file| Some(file.ok()?.path()));
        let mut whole = paths.filter(|path| path.to_string_lossy().ends_with(ending));
        // Browsers make the name first and write later.
        whole.find(|path| std::fs::metadata(path).is_ok_and(|file| file.len() > 0))
    })
    .await
}

/// Wait until the page is kept for use without the relay: all that it is made of,
/// by a service worker that answers for this page already.
pub(crate) async fn until_kept(tab: &Tab) {
    let kept = "async () => navigator.serviceWorker.controller
        && (await (await caches.open('tablon')).keys()).length";
    until(&[tab], "the page is kept", async || {
        let count = tab.eval(kept, &json!(null)).await;
        count.as_u64().filter(|count| *count >= 9)
    })
    .await;
}

/// Names of all files that the tab's origin keeps.
pub(crate) async fn files(tab: &Tab) -> Vec<String> {
    let function = "async () => {
        const root = await navigator.storage.getDirectory();
        const folder = await root.getDirectoryHandle('tablon');
        const names = [];
        for await (const name of folder.keys()) names.push(name);
        return names.sort();
    }";
    let names = tab.eval(function, &json!(null)).await;
    serde_json::from_value(names).expect("a list of names")
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
