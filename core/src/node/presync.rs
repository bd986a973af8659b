//! Headers that may be too light to keep are weighed before any is kept, after
//! the manner of Bitcoin Core's headers presync (pull request 25717): a first pass
//! follows the chain with one point and one name a thousand headers; only when it
//! outweighs the best chain a second pass fetches it again and keeps it. Spam of
//! cheap headers costs no memory.

use super::{Fault, Misbehaviour, Node};
use crate::chain::{MAX_MISSING, Point};
use crate::hash::{BlockHash, PeerId};
use crate::header::Header;
use crate::wire::{MAX_ANNOUNCED, MAX_HEADERS};

/// Full messages that a first pass may take: as many as the tree can keep.
pub(super) const MAX_MARKS: usize = MAX_MISSING / MAX_HEADERS;

/// A chain being weighed.
#[derive(Debug)]
pub(super) struct Presync {
    /// The block known here on which it stands.
    start: BlockHash,
    /// How far it was followed.
    at: Point,
    /// The last header of each full message.
    marks: Vec<BlockHash>,
    /// In the second pass, the mark that the next message must end with.
    next: Option<usize>,
}

/// What to do with headers.
pub(super) enum Weighed {
    /// Keep them.
    Take,
    /// Keep nothing yet: ask for what follows this one.
    More(BlockHash),
    /// They are not worth keeping.
    Light,
}

impl Node {
    /// Weigh an answer, whose first header stands on a known block or goes on
    /// where the last answer ended.
    pub(super) fn weigh(&mut self, id: PeerId, headers: &[Header]) -> Result<Weighed, Fault> {
        let (Some(first), Some(last)) = (headers.first(), headers.last()) else {
            return Ok(Weighed::Light);
        };
        let presync = self.peer(id).presync.take();
        if let Some(presync) = &presync
            && let Some(next) = presync.next
        {
            return Ok(self.second_pass(id, presync, next, headers, last.hash()));
        }
        let (mut marks, start, from) = match presync {
            Some(presync) if presync.at.hash == first.previous => {
                (presync.marks, presync.start, presync.at)
            }
            // It is on another branch than when it began.
            Some(_) => return Ok(Weighed::Light),
            None => match self.chain.tree().get(first.previous) {
                Some(known) => (Vec::new(), known.hash, known.point()),
                None => return Err(Misbehaviour::HeadersDoNotFollow(first.hash()).into()),
            },
        };
        let at = self.follow(from, headers)?;
        let full = headers.len() == MAX_HEADERS;
        let first_of_its_chain = marks.is_empty();
        if self.is_worth(&at) {
            if first_of_its_chain {
                return Ok(Weighed::Take);
            }
            self.peer(id).presync = Some(Presync {
                start,
                at,
                marks,
                next: Some(0),
            });
            return Ok(Weighed::More(start));
        }
        if !full || marks.len() >= MAX_MARKS {
            return Ok(Weighed::Light);
        }
        marks.push(at.hash);
        self.peer(id).presync = Some(Presync {
            start,
            at,
            marks,
            next: None,
        });
        Ok(Weighed::More(at.hash))
    }

    // What came in the first pass must come again.
    fn second_pass(
        &mut self,
        id: PeerId,
        presync: &Presync,
        next: usize,
        headers: &[Header],
        last: BlockHash,
    ) -> Weighed {
        let follows = headers.first().map(|first| first.previous);
        let expected = match next.checked_sub(1) {
            Some(before) => presync.marks[before],
            None => presync.start,
        };
        if follows != Some(expected) || presync.marks[next] != last {
            return Weighed::Light;
        }
        if next + 1 < presync.marks.len() {
            self.peer(id).presync = Some(Presync {
                start: presync.start,
                at: presync.at,
                marks: presync.marks.clone(),
                next: Some(next + 1),
            });
        }
        Weighed::Take
    }

    // All of them, by every rule that does not depend on a clock.
    fn follow(&self, from: Point, headers: &[Header]) -> Result<Point, Misbehaviour> {
        let mut at = from;
        for header in headers {
            let hash = header.hash();
            if header.previous != at.hash {
                return Err(Misbehaviour::HeadersDoNotFollow(hash));
            }
            if self.chain.tree().is_invalid(hash) {
                return Err(Misbehaviour::InvalidBranch(hash));
            }
            at = at
                .child(self.chain.params(), header)
                .map_err(|rule| Misbehaviour::Header { hash, rule })?;
        }
        Ok(at)
    }

    /// Whether a chain up to here is kept: it outweighs the best one, or would
    /// with a few blocks more.
    pub(super) fn is_worth(&self, at: &Point) -> bool {
        let tip = self.chain.tip();
        let near = (self.chain.tree().own_work(tip)).times(MAX_ANNOUNCED as u32);
        at.work.plus(near) > tip.work
    }

    /// Whether headers told unasked, on a known block, are worth keeping.
    pub(super) fn is_worth_telling(&self, headers: &[Header]) -> Result<bool, Misbehaviour> {
        let known = headers
            .first()
            .and_then(|first| self.chain.tree().get(first.previous));
        match known {
            Some(known) => Ok(self.is_worth(&self.follow(known.point(), headers)?)),
            None => Ok(false),
        }
    }
}
