//! Headers first: asking, taking, giving and announcing them.

use std::collections::BTreeSet;

use super::peer::{Claim, Peer};
use super::presync::Weighed;
use super::{Fault, Misbehaviour, Node};
use crate::chain::{InsertError, MAX_MISSING};
use crate::encode::encode;
use crate::hash::{BlockHash, PeerId};
use crate::header::Header;
use crate::rules::time_not_ahead;
use crate::store::StoreError;
use crate::target::Work;
use crate::units::{Height, Timestamp};
use crate::view::News;
use crate::wire::{MAX_ANNOUNCED, MAX_HEADERS, Message, SMALL_BLOCK};

/// Headers from the near future that are held back until due, at most. Those
/// due last leave first: a far future costs its maker little work, because the
/// target eases with time.
pub const MAX_EARLY: usize = 16;

/// Peers remembered to have told of one of them, at most.
const MAX_TELLERS: usize = 16;

/// No more headers are asked for while the chain being fetched is so many blocks
/// ahead: half of what the tree can hold, so that a fetch never pushes itself out.
const MAX_FETCH_LEAD: u32 = MAX_MISSING as u32 / 2;

/// Who has shown that it has the chain being fetched up to fewer blocks above the tip
/// is the next to be asked for headers: soon it could not be asked for bodies.
const MIN_SHOWN_LEAD: u32 = 2 * MAX_HEADERS as u32;

/// An answer takes no longer, or another is asked as well, ms.
const ASK_ANOTHER_MS: u64 = 2_000;

/// Headers that are not due yet.
#[derive(Debug, Default)]
pub(super) struct Early(Vec<EarlyHeader>);

#[derive(Debug)]
struct EarlyHeader {
    header: Header,
    /// How far its stamp was ahead of the own clock when it came, seconds.
    ahead: i64,
    told_by: BTreeSet<PeerId>,
}

impl Early {
    /// The own clock was set, and reads this.
    pub(super) fn measure_by(&mut self, now: Timestamp) {
        for held in &mut self.0 {
            held.ahead = i64::from(held.header.time.0) - i64::from(now.0);
        }
    }
}

impl Node {
    /// Ask for what follows the heaviest chain known here.
    pub(super) fn request_headers(&mut self, id: PeerId) {
        self.peer(id).presync = None;
        let from = self.chain.tree().heaviest().hash;
        self.request_headers_after(id, from);
    }

    fn request_headers_after(&mut self, id: PeerId, from: BlockHash) {
        let crowded = self.is_crowded();
        let locator = self.chain.tree().locator(from);
        let peer = self.peer(id);
        if peer.headers_asked.is_some() {
            return;
        }
        if crowded {
            peer.more_headers = true;
            return;
        }
        peer.more_headers = false;
        self.send_request(id, locator);
    }

    // What follows what a peer gave: of another that has to show that it has this
    // branch, if there is one. A branch that is not the heaviest, or is being weighed,
    // is the giver's own.
    fn request_more(&mut self, id: PeerId, last: BlockHash) {
        let heaviest = self.chain.tree().heaviest().hash == last;
        let peer = self.peer(id);
        let weighed = peer.presync.is_some();
        let claim = peer.claim;
        let passes_on = heaviest && !weighed && claim.is_some_and(|claim| self.leads_on(&claim));
        match self.least_shown().filter(|_| passes_on) {
            Some(other) if other != id => self.request_headers(other),
            _ => self.request_headers_after(id, last),
        }
    }

    // While a chain is fetched, of those that claim more than is known of it: the one
    // that has shown least, if that will soon be too little. Its answer shows that it
    // has what stands below, and it gives bodies as well; its claim alone shows nothing.
    fn least_shown(&self) -> Option<PeerId> {
        let tree = self.chain.tree();
        let heaviest = Some(tree.heaviest()).filter(|entry| !entry.held)?;
        let enough = Height(self.chain.tip().height.0.saturating_add(MIN_SHOWN_LEAD));
        let claims_more = |peer: &Peer| {
            let claim = peer.claim.filter(|claim| self.leads_on(claim));
            claim.is_some_and(|claim| claim.work > heaviest.work)
        };
        let shown = |peer: &Peer| {
            let proven = peer.proven.and_then(|hash| tree.get(hash));
            proven.map_or(Height(0), |entry| entry.height)
        };
        (self.peers.values())
            .filter(|peer| peer.headers_asked.is_none() && peer.doubts() == 0)
            .filter(|peer| claims_more(peer) && shown(peer) < enough)
            .min_by_key(|peer| shown(peer))
            .map(|peer| peer.id)
    }

    fn send_request(&mut self, id: PeerId, locator: Vec<BlockHash>) {
        let now = self.now;
        let peer = self.peer(id);
        peer.headers_asked = Some(now);
        peer.headers_owed += 1;
        self.send(id, &Message::GetHeaders(locator));
    }

    // Counts what is being fetched, not all that lack a body: thousands of cheap
    // headers on a light branch must not keep a node from asking.
    fn is_crowded(&self) -> bool {
        let tip = self.chain.tip().height;
        self.target()
            .is_some_and(|target| target.height.above(tip) > MAX_FETCH_LEAD)
    }

    /// Whoever has more, once there is room, and whoever claims more work than
    /// is held here by a tip that is not known: who has shown too little of the chain
    /// that is fetched, then the heaviest claim; the next when one takes its time.
    pub(super) fn ask_for_headers(&mut self) {
        if self.is_asking() || self.is_crowded() {
            return;
        }
        let heaviest_claim = || {
            let able = self.peers.values().filter(|peer| {
                let unknown = peer.claim.is_some_and(|claim| self.leads_on(&claim));
                peer.headers_asked.is_none() && (peer.more_headers || unknown)
            });
            let first = able.max_by_key(|peer| peer.claim.map(|claim| claim.work));
            first.map(|peer| peer.id)
        };
        if let Some(id) = self.least_shown().or_else(heaviest_claim) {
            self.request_headers(id);
        }
    }

    // Whether an answer may be expected any moment.
    fn is_asking(&self) -> bool {
        let asked = self.peers.values().filter_map(|peer| peer.headers_asked);
        asked
            .into_iter()
            .any(|at| self.now.since(at) < ASK_ANOTHER_MS)
    }

    // Whether a claim is of more work than is held here, by a tip not known here.
    fn leads_on(&self, claim: &Claim) -> bool {
        claim.work > self.chain.tip().work && !self.chain.tree().contains(claim.tip)
    }

    pub(super) fn give_headers(&mut self, id: PeerId, locator: &[BlockHash]) {
        let known = locator
            .iter()
            .filter_map(|hash| self.chain.tree().get(*hash))
            .find(|entry| self.chain.is_active(entry));
        let from = known.map_or(Height(0), |entry| entry.height);
        let headers = (from.0 + 1..)
            .map_while(|height| self.chain.at(Height(height)))
            .take(MAX_HEADERS)
            .map(|entry| entry.header)
            .collect();
        self.send(id, &Message::Headers(headers));
    }

    pub(super) fn on_headers(&mut self, id: PeerId, headers: Vec<Header>) -> Result<(), Fault> {
        let peer = self.peer(id);
        if peer.headers_owed == 0 {
            return Err(Misbehaviour::UnaskedHeaders.into());
        }
        peer.headers_owed -= 1;
        peer.headers_asked = None;
        if let Some(first) = headers.first()
            && self.chain.tree().is_invalid(first.previous)
        {
            return Err(Misbehaviour::InvalidBranch(first.hash()).into());
        }
        match self.weigh(id, &headers)? {
            Weighed::Take => {}
            Weighed::More(after) => {
                self.send_request(id, vec![after]);
                return Ok(());
            }
            Weighed::Light => {
                self.lower_claim(id);
                return Ok(());
            }
        }
        let full = headers.len() == MAX_HEADERS;
        match self.take_headers(id, headers)? {
            Taken::All(last) if full => self.request_more(id, last),
            _ => self.lower_claim(id),
        }
        Ok(())
    }

    pub(super) fn on_tip(&mut self, id: PeerId, headers: Vec<Header>) -> Result<(), Fault> {
        let Some(first) = headers.first() else {
            return Ok(());
        };
        if self.chain.tree().contains(first.previous) {
            // What comes by name from one that sends names is waited for.
            let last = headers.last().map(Header::hash);
            if let Some(last) = last.filter(|last| !self.chain.tree().contains(*last))
                && self.peer(id).pruned
            {
                self.fetch.wait_for(last, self.now);
            }
            if self.is_worth_telling(&headers)? {
                self.take_headers(id, headers)?;
            }
        } else if self.chain.tree().is_invalid(first.previous) {
            return Err(Misbehaviour::InvalidBranch(first.hash()).into());
        } else {
            // On a block that is not known here: ask what leads to it, after
            // whoever has just been asked.
            self.peer(id).more_headers = true;
        }
        Ok(())
    }

    // All that the peer gives is known now: it has what its headers prove.
    fn lower_claim(&mut self, id: PeerId) {
        let tree = self.chain.tree();
        let network = self.chain.network();
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        if peer.claim.is_none_or(|claim| tree.contains(claim.tip)) {
            return;
        }
        let proven = peer.proven.and_then(|hash| tree.get(hash));
        peer.claim = Some(proven.map_or(
            Claim {
                height: Height(0),
                tip: network,
                work: Work::ZERO,
            },
            Claim::of,
        ));
        self.show_peer(id);
    }

    fn take_headers(&mut self, id: PeerId, headers: Vec<Header>) -> Result<Taken, Misbehaviour> {
        let mut last = None;
        let mut whole = true;
        for header in headers {
            let hash = header.hash();
            if last.is_some_and(|last| header.previous != last) {
                return Err(Misbehaviour::HeadersDoNotFollow(hash));
            }
            // Who has a block has its parent.
            last.get_or_insert(header.previous);
            if self.hold_early(id, &header) {
                whole = false;
                break;
            }
            match self.chain.insert_header(header) {
                Ok(_) | Err(InsertError::Known(_)) => {}
                Err(InsertError::Rule(rule)) => return Err(Misbehaviour::Header { hash, rule }),
                Err(InsertError::Invalid(hash)) => return Err(Misbehaviour::InvalidBranch(hash)),
                // Its parent was pushed out by heavier branches meanwhile, or it
                // is one too many itself.
                Err(InsertError::Orphan { .. } | InsertError::Crowded(_)) => {
                    whole = false;
                    break;
                }
            }
            last = Some(hash);
        }
        if let Some(last) = last {
            self.raise_claim(id, last);
        }
        Ok(match last {
            Some(last) if whole => Taken::All(last),
            _ => Taken::Part,
        })
    }

    // Whether the header is sound but not due yet; it is tried again when due.
    fn hold_early(&mut self, id: PeerId, header: &Header) -> bool {
        let due = time_not_ahead(self.chain.params(), self.network_clock(), header.time).is_ok();
        if due || self.chain.tree().check(header).is_err() {
            return false;
        }
        let ahead = self.ahead_of_the_clock(header.time);
        let early = &mut self.early.0;
        if let Some(held) = early.iter_mut().find(|held| held.header == *header) {
            if held.told_by.len() < MAX_TELLERS {
                held.told_by.insert(id);
            }
            return true;
        }
        early.push(EarlyHeader {
            header: *header,
            ahead,
            told_by: BTreeSet::from([id]),
        });
        if early.len() > MAX_EARLY {
            early.sort_by_key(|held| held.header.time);
            early.pop();
        }
        true
    }

    pub(super) fn take_early_headers(&mut self) {
        let (params, clock) = (self.chain.params(), self.network_clock());
        let (due, later): (Vec<_>, _) = std::mem::take(&mut self.early.0)
            .into_iter()
            .partition(|held| time_not_ahead(params, clock, held.header.time).is_ok());
        self.early.0 = later;
        for held in due {
            let EarlyHeader {
                header,
                ahead,
                told_by,
            } = held;
            // Wrong ones are not worth a disconnection now: the peer may be gone.
            if !matches!(
                self.chain.insert_header(header),
                Ok(_) | Err(InsertError::Known(_))
            ) {
                continue;
            }
            self.note_held_back(header.hash(), ahead);
            for id in told_by {
                // Over a newer link its hello has the first word.
                let peer = self.peers.get(&id);
                if peer.is_some_and(Peer::is_connected) {
                    self.raise_claim(id, header.hash());
                    // What stands on it was not taken, because it was not there.
                    self.request_headers(id);
                }
            }
        }
    }

    pub(super) fn raise_claim(&mut self, id: PeerId, hash: BlockHash) {
        let tree = self.chain.tree();
        let Some(entry) = tree.get(hash) else {
            return;
        };
        let peer = self.peers.get_mut(&id);
        let Some(peer) = peer.filter(|peer| peer.is_connected()) else {
            return;
        };
        let before = peer.proven.and_then(|hash| tree.get(hash));
        if before.is_none_or(|before| before.work < entry.work) {
            peer.proven = Some(hash);
        }
        if peer.claim.is_some_and(|claim| claim.work <= entry.work) {
            peer.claim = Some(Claim::of(entry));
            self.show_peer(id);
        }
    }

    /// Tell each neighbour of the tip, once, unless it is known to have as much:
    /// whole when it is small and news, else by its last headers. Looked at after
    /// every input: a hello that crossed with a new block cannot make a neighbour
    /// miss it.
    pub(super) fn announce_tip(&mut self) -> Result<(), StoreError> {
        let tip = self.chain.tip();
        let hash = tip.hash;
        let untold = |peer: &&Peer| {
            peer.told != hash && peer.claim.is_some_and(|claim| claim.work < tip.work)
        };
        let to: Vec<PeerId> = (self.peers.values())
            .filter(untold)
            .map(|peer| peer.id)
            .collect();
        if to.is_empty() {
            return Ok(());
        }
        let from = self.fetch.giver_of(hash);
        let mut whole = None;
        for id in &to {
            let peer = &self.peers[id];
            let news = self.news_for(peer);
            let message = match (peer.pushes || from.is_none()) && news.len() == 1 {
                true => {
                    if whole.is_none() {
                        whole = Some(self.whole_tip()?);
                    }
                    whole.clone().flatten()
                }
                false => None,
            };
            let message = message.unwrap_or(Message::Tip(news));
            self.peer(*id).told = hash;
            self.send(*id, &message);
        }
        self.show_passed(News::Block, from, to);
        Ok(())
    }

    // The last headers of the best chain, those that a peer lacks: it has what it
    // was told of here, and what it told of itself.
    fn news_for(&self, peer: &Peer) -> Vec<Header> {
        let (tree, tip) = (self.chain.tree(), self.chain.tip());
        let has = peer.tips().chain([peer.told]);
        let shared = has
            .filter(|hash| tree.contains(*hash))
            .filter_map(|hash| tree.get(tree.fork(hash, tip.hash)))
            .map(|fork| fork.height)
            .max();
        let news = tip.height.above(shared.unwrap_or_default());
        let first = tip.height.0 + 1 - news.clamp(1, MAX_ANNOUNCED as u32);
        (first..=tip.height.0)
            .filter_map(|height| self.chain.at(Height(height)))
            .map(|entry| entry.header)
            .collect()
    }

    fn whole_tip(&self) -> Result<Option<Message>, StoreError> {
        let tip = self.chain.tip();
        let views = self.chain.read()?;
        // A large one is not read to learn that.
        if views.body_size(tip.height, tip.hash)? > SMALL_BLOCK {
            return Ok(None);
        }
        let block = views.body(tip.height, tip.header)?;
        let small = encode(&block).len() <= SMALL_BLOCK;
        Ok(small.then(|| Message::NewBlock(Box::new(block))))
    }
}

// Whether headers were taken to their end, and where that is.
enum Taken {
    All(BlockHash),
    Part,
}
