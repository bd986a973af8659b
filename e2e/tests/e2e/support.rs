//! What several tests ask.

use std::path::{Path, PathBuf};

use serde_json::json;
use tablon_core::hash::BlockHash;
use tablon_core::target::{CompactTarget, Work};
use tablon_core::view::BlockView;
use tablon_e2e::tab::Tab;
use tablon_e2e::wait::{until, until_all, until_one_tip};

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
