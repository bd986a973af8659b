//! What a block costs that is put on a chain of some height: the same everywhere?

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use redb::backends::FileBackend;
use tablon_core::chain::Chain;

use crate::board::{Board, Tallied, Unflushed, file};
use crate::{own_time, tell};

/// Blocks that are measured; the median is told.
const BLOCKS: usize = 201;
/// Posts in each.
const POSTS: u32 = 10;

/// Measure on a copy of the chain at `path`: one block a commit, as news come.
pub(crate) fn measure(path: &Path) {
    let copy = path.with_extension("copy");
    let height;
    let blocks: Vec<_> = {
        std::fs::copy(path, &copy).expect("a disk with room");
        let mut board = Board::on(Unflushed::open(&copy));
        height = board.chain.tip().height;
        let mut next = |_| {
            let block = board.next(POSTS);
            board.take(block.clone());
            block
        };
        (0..BLOCKS).map(&mut next).collect()
    };
    for flushed in [false, true] {
        std::fs::copy(path, &copy).expect("a disk with room");
        let params = crate::board::easy_network();
        let tally;
        let opened = if flushed {
            let (backend, written) =
                Tallied::over(FileBackend::new(file(&copy)).expect("its own file"));
            tally = written;
            Chain::open(params, backend)
        } else {
            let (backend, written) = Tallied::over(Unflushed::open(&copy));
            tally = written;
            Chain::open(params, backend)
        };
        let mut chain = opened.expect("a sound store");
        let before = tally.load(Ordering::Relaxed);
        let (mut checks, mut stores) = (Vec::new(), Vec::new());
        for block in blocks.clone() {
            let start = own_time();
            chain.insert_header(block.header).expect("a sound header");
            let checked = chain.check_body(block);
            let checked = checked.expect("a known header").expect("a sound block");
            let between = own_time();
            chain.extend(vec![checked]).expect("a disk with room");
            checks.push(between - start);
            stores.push(own_time() - between);
        }
        let how = if flushed { "flushed" } else { "unflushed" };
        if !flushed {
            let what = format!("native: at height {height}, a block of {POSTS} posts checked");
            tell(&what, median(checks).as_micros(), "us");
            let written = (tally.load(Ordering::Relaxed) - before) / BLOCKS as u64;
            let what = format!("native: at height {height}, written for it");
            tell(&what, written.into(), "bytes");
        }
        let what = format!("native: at height {height}, it put on the chain, {how}");
        tell(&what, median(stores).as_micros(), "us");
    }
    std::fs::remove_file(copy).expect("its own file");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
