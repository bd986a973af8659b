//! Headers first: asking, taking, giving and announcing them.

use super::peer::Claim;
use super::{Fault, Misbehaviour, Node};
use crate::chain::{Change, InsertError, MAX_MISSING};
use crate::hash::{BlockHash, PeerId};
use crate::header::Header;
use crate::rules::{RuleError, time_not_ahead};
use crate::units::Height;
use crate::wire::{MAX_ANNOUNCED, MAX_HEADERS, Message};

/// Headers from the near future that are held back until due, at most. They
/// have passed no proof yet, so they are few; what is dropped is sent again.
pub const MAX_EARLY: usize = 16;

/// No more headers are asked for while so many lack their bodies: half of what
/// the tree can hold, so that a fetch never pushes itself out.
const ENOUGH: usize = MAX_MISSING / 2;

/// Headers that are not due yet.
#[derive(Debug, Default)]
pub(super) struct Early(Vec<(PeerId, Header)>);

impl Node {
    /// Ask for what follows the heaviest chain known here.
    pub(super) fn request_headers(&mut self, id: PeerId) {
        let from = self.chain.tree().heaviest().hash;
        self.request_headers_after(id, from);
    }

    fn request_headers_after(&mut self, id: PeerId, from: BlockHash) {
        let now = self.now;
        let crowded = self.chain.tree().missing() > ENOUGH;
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
        peer.headers_asked = Some(now);
        peer.headers_owed += 1;
        self.send(id, &Message::GetHeaders(locator));
    }

    /// Whoever has more, once there is room, and whoever claims more work than
    /// is known here and has not been asked.
    pub(super) fn ask_for_headers(&mut self) {
        let tree = self.chain.tree();
        let (best, crowded) = (tree.heaviest().work, tree.missing() > ENOUGH);
        if crowded {
            return;
        }
        let to_ask: Vec<PeerId> = self
            .peers
            .values()
            .filter(|peer| {
                peer.headers_asked.is_none()
                    && (peer.more_headers || peer.claim.is_some_and(|claim| claim.work > best))
            })
            .map(|peer| peer.id)
            .collect();
        for id in to_ask {
            self.request_headers(id);
        }
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

    pub(super) fn headers(&mut self, id: PeerId, headers: Vec<Header>) -> Result<(), Fault> {
        let peer = self.peer(id);
        if peer.headers_owed == 0 {
            return Err(Misbehaviour::UnaskedHeaders.into());
        }
        peer.headers_owed -= 1;
        peer.headers_asked = None;
        if let Some(first) = headers.first()
            && !self.chain.tree().contains(first.previous)
        {
            return Err(Misbehaviour::HeadersDoNotFollow(first.hash()).into());
        }
        let full = headers.len() == MAX_HEADERS;
        match self.take_headers(id, headers)? {
            Some(last) if full => self.request_headers_after(id, last),
            _ => self.lower_claim(id),
        }
        Ok(())
    }

    pub(super) fn tip_told(&mut self, id: PeerId, headers: Vec<Header>) -> Result<(), Fault> {
        let Some(first) = headers.first() else {
            return Ok(());
        };
        if self.chain.tree().contains(first.previous) {
            self.take_headers(id, headers)?;
        } else if self.chain.tree().is_invalid(first.previous) {
            return Err(Misbehaviour::InvalidBranch(first.hash()).into());
        } else {
            // On a block that is not known here: ask what leads to it.
            self.request_headers(id);
        }
        Ok(())
    }

    // All that the peer has is known now: its claim is what its headers prove.
    fn lower_claim(&mut self, id: PeerId) {
        let best = self.chain.tree().heaviest().work;
        let tip = self.chain.tip();
        let (work, height, hash) = (tip.work, tip.height, tip.hash);
        let peer = self.peer(id);
        if let Some(claim) = &mut peer.claim
            && claim.work > best
        {
            *claim = Claim {
                height,
                tip: hash,
                work,
            };
        }
    }

    fn take_headers(
        &mut self,
        id: PeerId,
        headers: Vec<Header>,
    ) -> Result<Option<BlockHash>, Misbehaviour> {
        let mut last: Option<BlockHash> = None;
        for header in headers {
            let hash = header.hash();
            if last.is_some_and(|last| header.previous != last) {
                return Err(Misbehaviour::HeadersDoNotFollow(hash));
            }
            if self.hold_early(id, header) {
                break;
            }
            match self.chain.insert_header(header) {
                Ok(_) | Err(InsertError::Known(_)) => {}
                Err(InsertError::Rule(rule)) => return Err(Misbehaviour::Header { hash, rule }),
                Err(InsertError::Invalid(hash)) => return Err(Misbehaviour::InvalidBranch(hash)),
                // Its parent was pushed out by heavier branches meanwhile.
                Err(InsertError::Orphan { .. }) => break,
            }
            last = Some(hash);
        }
        if let Some(last) = last {
            self.raise_claim(id, last);
        }
        Ok(last)
    }

    // Whether the header is not due yet; it is tried again on every tick.
    fn hold_early(&mut self, id: PeerId, header: Header) -> bool {
        let ahead = time_not_ahead(self.chain.params(), self.now, &header);
        if !matches!(ahead, Err(RuleError::TimeAhead { .. })) {
            return false;
        }
        let early = &mut self.early.0;
        if !early.iter().any(|(_, held)| *held == header) {
            if early.len() >= MAX_EARLY {
                early.remove(0);
            }
            early.push((id, header));
        }
        true
    }

    pub(super) fn take_early_headers(&mut self) {
        let (params, now) = (self.chain.params(), self.now);
        let (due, later) = std::mem::take(&mut self.early.0)
            .into_iter()
            .partition(|(_, header)| time_not_ahead(params, now, header).is_ok());
        self.early.0 = later;
        let due: Vec<(PeerId, Header)> = due;
        for (id, header) in due {
            // Wrong ones are not worth a disconnection now: the peer may be gone.
            if self.chain.insert_header(header).is_ok() && self.peers.contains_key(&id) {
                self.raise_claim(id, header.hash());
            }
        }
    }

    pub(super) fn raise_claim(&mut self, id: PeerId, hash: BlockHash) {
        let Some(entry) = self.chain.tree().get(hash) else {
            return;
        };
        let proven = Claim {
            height: entry.height,
            tip: hash,
            work: entry.work,
        };
        let peer = self.peer(id);
        if peer.claim.is_none_or(|claim| claim.work <= proven.work) {
            peer.claim = Some(proven);
            self.show_peer(id);
        }
    }

    /// Tell neighbours of a new tip by its headers, unless they are known to
    /// have it.
    pub(super) fn announce_tip(&mut self, change: &Change) {
        let tip = self.chain.tip();
        let (hash, work) = (tip.hash, tip.work);
        let from = change.connected.len().saturating_sub(MAX_ANNOUNCED);
        let headers: Vec<Header> = change.connected[from..]
            .iter()
            .map(|block| *block.header())
            .collect();
        let message = Message::Tip(headers);
        let to: Vec<PeerId> = self
            .peers
            .values()
            .filter(|peer| {
                peer.claim
                    .is_some_and(|claim| claim.tip != hash && claim.work < work)
            })
            .map(|peer| peer.id)
            .collect();
        for id in to {
            self.send(id, &message);
        }
    }
}
