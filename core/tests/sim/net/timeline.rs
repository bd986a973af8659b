//! What happened that matters, told when a scenario fails.

use std::collections::{BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::thread::panicking;

use tablon_core::hash::BlockHash;
use tablon_core::view::Delta;

use super::{START, World};

/// Lines kept, at most.
const MAX_LINES: usize = 600;

#[derive(Debug, Default)]
pub(super) struct Timeline {
    headline: String,
    lines: VecDeque<(u64, String)>,
    tips: BTreeSet<BlockHash>,
}

impl World {
    /// What a failure tells first.
    pub(crate) fn headline(&mut self, text: String) {
        self.timeline.headline = text;
    }

    /// One event that matters.
    pub(crate) fn note(&mut self, text: String) {
        self.trace(|| text.clone());
        let lines = &mut self.timeline.lines;
        lines.push_back((self.now, text));
        if lines.len() > MAX_LINES {
            lines.pop_front();
        }
    }

    /// A node showed something: its reorganisations, and the first to have a tip,
    /// are told.
    pub(super) fn note_shown(&mut self, who: usize, delta: &Delta) {
        let Delta::Tip {
            fork,
            disconnected,
            height,
            hash,
            ..
        } = delta
        else {
            return;
        };
        let short = short(*hash);
        if !disconnected.is_empty() {
            let off = disconnected.len();
            self.note(format!(
                "tab {who} reorganises: {off} off above {fork}, now {height} {short}"
            ));
        } else if !self.timeline.tips.contains(hash) {
            self.note(format!("tip {height} {short} first at tab {who}"));
        }
        self.timeline.tips.insert(*hash);
    }

    /// The timeline as text.
    pub(crate) fn told(&self) -> String {
        let mut text = String::new();
        for (at, line) in &self.timeline.lines {
            let _ = writeln!(text, "{:>9.3} s  {line}", (at - START) as f64 / 1e3);
        }
        text
    }
}

/// The end of a hash, by which people know it again.
pub(super) fn short(hash: BlockHash) -> String {
    hash.to_string()[56..].to_owned()
}

impl Drop for World {
    #[allow(clippy::print_stderr)]
    fn drop(&mut self) {
        if panicking() {
            let headline = &self.timeline.headline;
            eprintln!("{headline}\nwhat happened before:\n{}", self.told());
        }
    }
}
