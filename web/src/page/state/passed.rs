//! What passes from neighbour to neighbour: for the picture of the network.

use std::collections::VecDeque;

use tablon_core::hash::PeerId;
use tablon_core::view::News;

/// Passings kept: each is drawn for two seconds, and more at once nobody can tell
/// apart.
const PASSED_KEPT: usize = 16;

/// A block or post that came here and went on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Passing {
    /// Which, counted from 1.
    pub(crate) number: u64,
    /// What it was.
    pub(crate) what: News,
    /// Who gave it; absent when it was made here.
    pub(crate) from: Option<PeerId>,
    /// Who got it.
    pub(crate) to: Vec<PeerId>,
}

/// The last of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Passed {
    /// Oldest first, at most [`PASSED_KEPT`].
    pub(crate) held: VecDeque<Passing>,
    /// How many there have been.
    pub(crate) count: u64,
}

impl Passed {
    /// Another one.
    pub(crate) fn note(&mut self, what: News, from: Option<PeerId>, to: Vec<PeerId>) {
        self.count += 1;
        self.held.push_back(Passing {
            number: self.count,
            what,
            from,
            to,
        });
        while self.held.len() > PASSED_KEPT {
            self.held.pop_front();
        }
    }
}
