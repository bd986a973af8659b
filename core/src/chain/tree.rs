//! The tree of headers: every branch known, its work, and the heaviest leaf.
//!
//! Headers are checked before they enter; a body comes later, parents first.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::Point;
use super::entries::{Entries, Number};
use crate::difficulty::Parent;
use crate::hash::BlockHash;
use crate::header::Header;
use crate::params::Params;
use crate::rules::RuleError;
use crate::target::{CompactTarget, Work};
use crate::units::Height;

/// Headers without a body, at most: 20,000 of some 210 bytes are 4 MB. Above it
/// the branch with the least work loses its leaf, so that cheap headers from
/// near genesis push out each other before the chain being fetched; when only
/// one branch is there, it grows no further.
pub const MAX_MISSING: usize = 20_000;

/// Names of blocks found invalid that are remembered, at most. Each cost its
/// maker a proof of work; forgetting one only means checking it again.
pub const MAX_INVALID: usize = 1_000;

/// A header in its place.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The header.
    pub header: Header,
    /// Its hash.
    pub hash: BlockHash,
    /// Its height.
    pub height: Height,
    /// Work of the chain up to and with it.
    pub work: Work,
    /// Whether its body and all bodies below it are in the store.
    pub held: bool,
    /// Its target before any easing, and what it took: what a child's difficulty
    /// follows from, beside its time.
    base: CompactTarget,
    solve_time: u32,
    seen: u64,
    /// Genesis' own, of genesis.
    parent: Number,
    /// An ancestor further down, so that a walk of n blocks takes log n steps.
    skip: Number,
    /// The newest of what stands on it, and what stands beside it on its parent and
    /// came before it. Genesis stands on nothing: its number says that there is none.
    child: Number,
    sibling: Number,
}

// What a tab keeps of each block of its network's chain, and the index has 21 bytes.
const _: () = assert!(size_of::<Entry>() <= 184);

impl Entry {
    /// What a child's difficulty follows from.
    pub fn as_parent(&self) -> Parent {
        Parent {
            time: self.header.time,
            base: self.base,
            solve_time: i64::from(self.solve_time),
            is_genesis: self.height == Height(0),
        }
    }

    /// Its place, without the tree around it.
    pub fn point(&self) -> Point {
        Point {
            hash: self.hash,
            height: self.height,
            work: self.work,
            parent: self.as_parent(),
        }
    }

    /// Its number in the order in which headers came.
    pub fn seen(&self) -> u64 {
        self.seen
    }
}

/// Why a header does not enter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InsertError {
    /// It is there already.
    #[error("header {0} is known")]
    Known(BlockHash),
    /// Its parent is not known.
    #[error("the parent {previous} of header {hash} is not known")]
    Orphan {
        /// The header.
        hash: BlockHash,
        /// Its parent.
        previous: BlockHash,
    },
    /// It, or its parent, was found invalid before.
    #[error("block {0} is invalid or stands on an invalid one")]
    Invalid(BlockHash),
    /// Too many headers lack their bodies, all of them on its own branch.
    #[error("{MAX_MISSING} headers lack their bodies, header {0} is one too many")]
    Crowded(BlockHash),
    /// It breaks a rule.
    #[error(transparent)]
    Rule(#[from] RuleError),
}

/// Every header known.
#[derive(Debug, Clone)]
pub struct Tree {
    params: Params,
    entries: Entries,
    /// By work, the first seen of equals last: the end of the set is the best.
    leaves: BTreeSet<(Work, Reverse<u64>, BlockHash)>,
    missing: usize,
    seen: u64,
    invalid: BTreeSet<BlockHash>,
}

impl Tree {
    /// A tree of genesis alone.
    pub fn new(params: Params) -> Self {
        let header = params.genesis();
        let point = Point::genesis(&params);
        let hash = point.hash;
        let mut entries = Entries::default();
        let genesis = entries.insert(Entry {
            header,
            hash,
            height: point.height,
            work: point.work,
            held: true,
            base: point.parent.base,
            solve_time: params.spacing,
            seen: 0,
            parent: Number::GENESIS,
            skip: Number::GENESIS,
            child: Number::GENESIS,
            sibling: Number::GENESIS,
        });
        debug_assert_eq!(genesis, Number::GENESIS);
        Self {
            params,
            leaves: BTreeSet::from([(Work::ZERO, Reverse(0), hash)]),
            entries,
            missing: 0,
            seen: 0,
            invalid: BTreeSet::new(),
        }
    }

    /// The header's entry.
    pub fn get(&self, hash: BlockHash) -> Option<&Entry> {
        self.entries
            .find(hash)
            .map(|number| self.entries.at(number))
    }

    /// The number under which [`Tree::at`] gives the header while it is known.
    pub(super) fn number(&self, hash: BlockHash) -> Option<Number> {
        self.entries.find(hash)
    }

    pub(super) fn at(&self, number: Number) -> &Entry {
        self.entries.at(number)
    }

    // The entry of a header that is known.
    fn known(&self, hash: BlockHash) -> &Entry {
        self.get(hash).expect("the header is known")
    }

    /// Work of a block alone; none of genesis, which nobody found.
    pub fn own_work(&self, entry: &Entry) -> Work {
        if entry.height == Height(0) {
            return Work::ZERO;
        }
        let target = entry.header.bits.target();
        let target = target.expect("the bits equal those required, which name a target");
        self.params.engine.work(target)
    }

    /// Whether the header is known.
    pub fn contains(&self, hash: BlockHash) -> bool {
        self.entries.find(hash).is_some()
    }

    /// Whether the block was found invalid.
    pub fn is_invalid(&self, hash: BlockHash) -> bool {
        self.invalid.contains(&hash)
    }

    /// Headers without a body.
    pub fn missing(&self) -> usize {
        self.missing
    }

    /// The leaf with most work, first seen of equals, with or without bodies.
    pub fn heaviest(&self) -> &Entry {
        let (_, _, hash) = self.leaves.last().expect("genesis is never removed");
        self.known(*hash)
    }

    /// Whether a header may enter: it is new, its parent is known, and it keeps
    /// every rule that does not depend on a clock.
    pub fn check(&self, header: &Header) -> Result<(), InsertError> {
        self.place_of(header, header.hash()).map(|_| ())
    }

    fn place_of(&self, header: &Header, hash: BlockHash) -> Result<(Number, Point), InsertError> {
        if self.contains(hash) {
            return Err(InsertError::Known(hash));
        }
        if self.is_invalid(hash) || self.is_invalid(header.previous) {
            return Err(InsertError::Invalid(hash));
        }
        let Some(parent) = self.number(header.previous) else {
            return Err(InsertError::Orphan {
                hash,
                previous: header.previous,
            });
        };
        let point = self.at(parent).point().child(&self.params, header)?;
        Ok((parent, point))
    }

    /// Every header known from a height on, in no order.
    pub fn from(&self, height: Height) -> impl Iterator<Item = &Entry> {
        let entries = self.entries.iter();
        entries.filter(move |entry| entry.height >= height)
    }

    /// Leaves with more work than this, with or without bodies.
    pub fn heavier_than(&self, work: Work) -> impl Iterator<Item = BlockHash> {
        let by_work = self.leaves.iter().rev();
        by_work
            .take_while(move |(own, _, _)| *own > work)
            .map(|(_, _, hash)| *hash)
    }

    /// Check a header and put it in its place.
    pub fn insert(&mut self, header: Header) -> Result<&Entry, InsertError> {
        let hash = header.hash();
        let (parent, point) = self.place_of(&header, hash)?;
        let skip = self.ancestor_number(parent, skip_height(point.height));
        if !self.make_room(header.previous) {
            return Err(InsertError::Crowded(hash));
        }
        self.seen += 1;
        self.missing += 1;
        let below = self.entries.at(parent);
        (self.leaves).remove(&(below.work, Reverse(below.seen), below.hash));
        self.leaves.insert((point.work, Reverse(self.seen), hash));
        let solve_time = u32::try_from(point.parent.solve_time);
        let number = self.entries.insert(Entry {
            header,
            hash,
            height: point.height,
            work: point.work,
            held: false,
            base: point.parent.base,
            solve_time: solve_time.expect("a time is 32 bits, and after the parent's"),
            seen: self.seen,
            parent,
            skip,
            child: Number::GENESIS,
            sibling: below.child,
        });
        self.entries.at_mut(parent).child = number;
        Ok(self.entries.at(number))
    }

    /// The body of `hash` is in the store, and so are all below it.
    pub fn hold(&mut self, hash: BlockHash) {
        let number = self.number(hash).expect("only known headers are held");
        let entry = self.entries.at_mut(number);
        if !entry.held {
            entry.held = true;
            self.missing -= 1;
        }
    }

    /// Remove a block found invalid and all that stand on it.
    pub fn condemn(&mut self, hash: BlockHash) {
        if self.invalid.len() >= MAX_INVALID {
            self.invalid.pop_first();
        }
        self.invalid.insert(hash);
        self.remove(hash);
    }

    /// Remove a header and all that stand on it; gives what was removed.
    pub fn remove(&mut self, hash: BlockHash) -> Vec<BlockHash> {
        let mut removed = Vec::new();
        let Some(number) = self.number(hash) else {
            return removed;
        };
        self.unlink(number);
        let mut stack = vec![number];
        while let Some(number) = stack.pop() {
            let entry = self.entries.at(number);
            (self.leaves).remove(&(entry.work, Reverse(entry.seen), entry.hash));
            self.missing -= usize::from(!entry.held);
            removed.push(entry.hash);
            stack.extend(self.numbers_on(entry));
            self.entries.remove(number);
        }
        removed
    }

    // Take an entry from among what stands on its parent.
    fn unlink(&mut self, number: Number) {
        let Entry {
            parent, sibling, ..
        } = *self.at(number);
        let before = {
            let mut beside = self.numbers_on(self.at(parent));
            beside.find(|beside| self.at(*beside).sibling == number)
        };
        match before {
            Some(before) => self.entries.at_mut(before).sibling = sibling,
            None => self.entries.at_mut(parent).child = sibling,
        }
        let parent = self.entries.at(parent);
        if parent.child == Number::GENESIS {
            (self.leaves).insert((parent.work, Reverse(parent.seen), parent.hash));
        }
    }

    // Drop the lightest leaf without a body, though not the newcomer's parent.
    fn make_room(&mut self, parent: BlockHash) -> bool {
        if self.missing < MAX_MISSING {
            return true;
        }
        let lightest = self
            .leaves
            .iter()
            .map(|(_, _, hash)| *hash)
            .find(|hash| !self.known(*hash).held && *hash != parent);
        lightest.is_some_and(|hash| !self.remove(hash).is_empty())
    }

    /// The ancestor of `entry` at `height`; itself when it stands no higher.
    pub fn ancestor<'a>(&'a self, entry: &'a Entry, height: Height) -> &'a Entry {
        if entry.height <= height {
            return entry;
        }
        self.at(self.ancestor_number(self.towards(entry, height), height))
    }

    fn ancestor_number(&self, from: Number, height: Height) -> Number {
        let mut number = from;
        while self.at(number).height > height {
            number = self.towards(self.at(number), height);
        }
        number
    }

    // The next on the way from `entry` down to `height`.
    fn towards(&self, entry: &Entry, height: Height) -> Number {
        // The skip of a parent may lead further than one's own: taking it
        // then costs a step and saves many (Bitcoin Core, `GetAncestor`).
        let skip = skip_height(entry.height);
        let next = skip_height(Height(entry.height.0 - 1));
        let far = skip > height && !(next.0 + 2 < skip.0 && next >= height);
        if skip == height || far {
            entry.skip
        } else {
            entry.parent
        }
    }

    /// Whether `above` is `below` or stands on it; false when either is not known.
    pub fn stands_on(&self, above: BlockHash, below: BlockHash) -> bool {
        let (Some(above), Some(below)) = (self.get(above), self.get(below)) else {
            return false;
        };
        self.ancestor(above, below.height).hash == below.hash
    }

    /// The last block that both chains share.
    pub fn fork(&self, a: BlockHash, b: BlockHash) -> BlockHash {
        let (a, b) = (self.known(a), self.known(b));
        let shared = |height| {
            let of_a = self.ancestor(a, height);
            (of_a.hash == self.ancestor(b, height).hash).then_some(of_a.hash)
        };
        let top = a.height.min(b.height);
        if let Some(hash) = shared(top) {
            return hash;
        }
        // Shared at `low`, not at `high`.
        let (mut low, mut high) = (0, top.0);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            match shared(Height(middle)) {
                Some(_) => low = middle,
                None => high = middle,
            }
        }
        shared(Height(low)).expect("two chains of one tree share genesis")
    }

    /// Hashes above `from` up to `to`, oldest first; `from` is an ancestor of `to`.
    pub fn path(&self, from: BlockHash, to: BlockHash) -> Vec<BlockHash> {
        let mut path = Vec::new();
        let mut at = self.known(to);
        while at.hash != from {
            path.push(at.hash);
            at = self.at(at.parent);
        }
        path.reverse();
        path
    }

    /// Hashes without bodies from the last held ancestor up to `to`, oldest first.
    pub fn missing_below(&self, to: BlockHash) -> Vec<BlockHash> {
        let mut path = Vec::new();
        let mut entry = self.known(to);
        while !entry.held {
            path.push(entry.hash);
            entry = self.at(entry.parent);
        }
        path.reverse();
        path
    }

    /// A locator: hashes from `from` back to genesis, dense first, then with
    /// doubling gaps, as Bitcoin's `getheaders` has it. At most 10 + 32 + 1.
    pub fn locator(&self, from: BlockHash) -> Vec<BlockHash> {
        let mut locator = Vec::new();
        let mut entry = self.known(from);
        let mut gap = 1u32;
        loop {
            locator.push(entry.hash);
            if entry.height == Height(0) {
                return locator;
            }
            if locator.len() >= 10 {
                gap = gap.saturating_mul(2);
            }
            entry = self.ancestor(entry, Height(entry.height.0.saturating_sub(gap)));
        }
    }

    /// What stands on an entry.
    pub fn children<'a>(&'a self, entry: &'a Entry) -> impl Iterator<Item = &'a Entry> {
        self.numbers_on(entry).map(|child| self.at(child))
    }

    fn numbers_on(&self, entry: &Entry) -> impl Iterator<Item = Number> {
        let next = |number: Number| (number != Number::GENESIS).then_some(number);
        std::iter::successors(next(entry.child), move |at| next(self.at(*at).sibling))
    }
}

// Where an entry's `skip` leads: the height without its lowest one bit, for odd
// heights without the two lowest but one (Bitcoin Core, `GetSkipHeight`).
fn skip_height(height: Height) -> Height {
    let without_lowest_one = |height: u32| height & height.wrapping_sub(1);
    Height(match height.0 {
        0 | 1 => 0,
        odd if odd & 1 == 1 => without_lowest_one(without_lowest_one(odd - 1)) + 1,
        even => without_lowest_one(even),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{block_on, easy_network};

    // A header on `parent`; `salt` makes it another one.
    fn header(tree: &Tree, parent: BlockHash, salt: u8) -> Header {
        let parent = tree.get(parent).unwrap();
        block_on(&tree.params, parent, 10 + u32::from(salt), Vec::new()).header
    }

    fn grow(tree: &mut Tree, from: BlockHash, salt: u8, count: usize) -> Vec<BlockHash> {
        let mut at = from;
        let mut hashes = Vec::new();
        for _ in 0..count {
            at = tree.insert(header(tree, at, salt)).unwrap().hash;
            hashes.push(at);
        }
        hashes
    }

    #[test]
    fn ancestors_forks_and_locators_are_those_of_a_plain_walk() {
        let mut tree = Tree::new(easy_network());
        let genesis = tree.heaviest().hash;
        let trunk = grow(&mut tree, genesis, 0, 150);
        let twig = grow(&mut tree, trunk[69], 1, 60);
        let walk = |from: BlockHash, height: Height| {
            let mut at = tree.known(from);
            while at.height > height {
                at = tree.known(at.header.previous);
            }
            at.hash
        };
        for top in [trunk[149], trunk[70], twig[59], twig[0], genesis] {
            let entry = tree.get(top).unwrap();
            for height in 0..=160 {
                let found = tree.ancestor(entry, Height(height)).hash;
                assert_eq!(found, walk(top, Height(height)));
            }
        }
        for (a, b, fork) in [
            (trunk[149], twig[59], trunk[69]),
            (twig[0], trunk[70], trunk[69]),
            (trunk[149], trunk[3], trunk[3]),
            (genesis, twig[5], genesis),
            (twig[7], twig[7], twig[7]),
        ] {
            assert_eq!(tree.fork(a, b), fork);
            assert_eq!(tree.fork(b, a), fork);
        }
        assert!(tree.stands_on(twig[9], trunk[69]) && !tree.stands_on(twig[9], trunk[70]));
        assert!(!tree.stands_on(twig[9], BlockHash([1; 32])));
        let locator = tree.locator(trunk[149]);
        let heights: Vec<u32> = locator
            .iter()
            .map(|hash| tree.known(*hash).height.0)
            .collect();
        let expected = [
            150, 149, 148, 147, 146, 145, 144, 143, 142, 141, 139, 135, 127, 111, 79, 15, 0,
        ];
        assert_eq!(heights, expected);
    }

    #[test]
    fn headers_without_bodies_are_bounded_and_the_lightest_branch_gives_way() {
        let mut tree = Tree::new(easy_network());
        let genesis = tree.heaviest().hash;
        let chain = grow(&mut tree, genesis, 0, 500);
        // A lone branch grows up to the bound and no further.
        let mut rival = grow(&mut tree, genesis, 1, MAX_MISSING - 500);
        assert_eq!(tree.missing(), MAX_MISSING);
        // The newcomer is on the heaviest branch: the lighter one loses its leaf.
        rival.extend(grow(&mut tree, rival[rival.len() - 1], 1, 100));
        assert_eq!(tree.missing(), MAX_MISSING);
        assert!(!tree.contains(chain[499]) && !tree.contains(chain[400]));
        assert!(tree.contains(chain[399]));
        rival.extend(grow(&mut tree, rival[rival.len() - 1], 1, 400));
        assert!(!tree.contains(chain[0]));
        let one_more = header(&tree, rival[rival.len() - 1], 1);
        let error = tree.insert(one_more).unwrap_err();
        assert_eq!(error, InsertError::Crowded(one_more.hash()));
        assert_eq!(tree.missing(), MAX_MISSING);
        // With bodies there is room again.
        tree.hold(rival[0]);
        tree.insert(one_more).unwrap();
        assert_eq!(tree.heaviest().hash, one_more.hash());
    }

    #[test]
    fn branches_leave_from_any_place_among_their_siblings() {
        let mut tree = Tree::new(easy_network());
        let genesis = tree.heaviest().hash;
        let trunk = grow(&mut tree, genesis, 0, 3);
        for leaving in 0..4 {
            let twigs: Vec<BlockHash> = (1..5)
                .map(|salt| grow(&mut tree, trunk[0], salt, 2)[0])
                .collect();
            assert_eq!(tree.remove(twigs[leaving]).len(), 2);
            let on = tree.children(tree.get(trunk[0]).unwrap());
            let on: BTreeSet<BlockHash> = on.map(|child| child.hash).collect();
            let stayed = twigs.iter().filter(|twig| **twig != twigs[leaving]);
            let stayed: BTreeSet<BlockHash> = stayed.chain([&trunk[1]]).copied().collect();
            assert_eq!(on, stayed);
            assert_eq!(tree.missing(), 3 + 6);
            for twig in stayed.into_iter().filter(|twig| *twig != trunk[1]) {
                tree.remove(twig);
            }
        }
        tree.remove(trunk[1]);
        assert_eq!(tree.heaviest().hash, trunk[0]);
        tree.remove(trunk[0]);
        assert_eq!(tree.heaviest().hash, genesis);
        assert_eq!((tree.missing(), tree.leaves.len()), (0, 1));
    }

    #[test]
    fn names_of_invalid_blocks_are_bounded() {
        let mut tree = Tree::new(easy_network());
        let genesis = tree.heaviest().hash;
        for number in 0..MAX_INVALID as u32 + 300 {
            let mut hash = [0; 32];
            hash[..4].copy_from_slice(&number.to_be_bytes());
            tree.condemn(BlockHash(hash));
        }
        assert_eq!(tree.invalid.len(), MAX_INVALID);
        let branch = grow(&mut tree, genesis, 0, 5);
        tree.condemn(branch[2]);
        assert_eq!(tree.heaviest().hash, branch[1]);
        assert_eq!(tree.missing(), 2);
        assert!(!tree.contains(branch[4]));
        assert_eq!(tree.children(tree.heaviest()).count(), 0);
    }
}
