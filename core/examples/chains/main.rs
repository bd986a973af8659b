//! Long chains, natively: what a block costs at height 1,000 and at 100,000, what
//! opening takes, and what a first sync is spent on.
//!
//! ```text
//! cargo run --release --example chains                         all of it
//! cargo run --release --example chains make FILE BLOCKS POSTS  a chain's file
//! cargo run --release --example chains accept|open|sync FILE   one figure
//! ```

#![expect(clippy::print_stdout, reason = "printing is what it is for")]
#![expect(
    clippy::disallowed_methods,
    reason = "the core has no clock and no files, but what measures it needs them"
)]

mod acceptance;
mod board;
mod opening;
mod sync;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use board::{Board, Unflushed};
use rustix::time::{ClockId, clock_gettime};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => all(),
        ["make", file, blocks, posts] => make(Path::new(file), number(blocks), number(posts)),
        ["link"] => println!("{}", board::easy_network().to_link()),
        ["accept", file] => acceptance::measure(Path::new(file)),
        ["open", file] => opening::measure(Path::new(file)),
        ["sync", file] => sync::measure(Path::new(file)),
        _ => panic!("make FILE BLOCKS POSTS, link, accept FILE, open FILE or sync FILE"),
    }
}

fn number(text: &str) -> u32 {
    text.parse().expect("a whole number")
}

fn make(path: &Path, blocks: u32, posts: u32) {
    Board::on(Unflushed::open(path)).grow(blocks, posts);
}

// Each in a process of its own, so that none finds the memory of another.
fn all() {
    let folder = std::env::temp_dir().join(format!("tablon-chains-{}", std::process::id()));
    std::fs::create_dir(&folder).expect("a folder for temporary files");
    let file = |name: &str| -> PathBuf { folder.join(name) };
    for (blocks, posts) in [("1000", "1"), ("10000", "1"), ("100000", "1")] {
        run(&["make", &file(blocks).to_string_lossy(), blocks, posts]);
        run(&["open", &file(blocks).to_string_lossy()]);
        run(&["accept", &file(blocks).to_string_lossy()]);
    }
    run(&["make", &file("long").to_string_lossy(), "10000", "10"]);
    run(&["sync", &file("long").to_string_lossy()]);
    std::fs::remove_dir_all(folder).expect("a folder of its own");
}

fn run(arguments: &[&str]) {
    let program = std::env::current_exe().expect("a program has a file");
    let done = Command::new(program).args(arguments).status();
    assert!(done.is_ok_and(|status| status.success()), "{arguments:?}");
}

/// Time that this thread has run: others on the machine do not count.
fn own_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.try_into().expect("a thread's time is not negative")
}

fn tell(what: &str, figure: u128, unit: &str) {
    println!("{what}\t{figure}\t{unit}");
}
