//! The links that are open: one a peer.

use std::collections::BTreeMap;

use tablon_core::handshake::Role;
use tablon_core::hash::PeerId;
use tablon_core::view::LinkKind;

use crate::links::{LinkId, Outbox};

/// By peer. Core takes at most eight neighbours and has the others ended at once.
#[derive(Debug, Default)]
pub(super) struct Links(BTreeMap<PeerId, Link>);

#[derive(Debug)]
struct Link {
    id: LinkId,
    kind: LinkKind,
    role: Role,
    outbox: Outbox,
}

impl Links {
    /// A link opened; whether it is the one to use. Both sides must keep the same one
    /// of two: the better kind, which WebRTC is; of two WebSockets when both dialled at
    /// once, that of the lower id. One that the same side dials again replaces the
    /// former, which is dead.
    pub(super) fn up(
        &mut self,
        me: PeerId,
        peer: PeerId,
        id: LinkId,
        kind: LinkKind,
        role: Role,
        outbox: Outbox,
    ) -> bool {
        let of_lower = (role == Role::Caller) == (me < peer);
        // Of two offers the connections' own table has kept one.
        let replaces = |known: &Link| match (known.kind, kind) {
            (_, LinkKind::Webrtc) => true,
            (LinkKind::Webrtc, _) => false,
            _ => known.role == role || of_lower,
        };
        if !self.0.get(&peer).is_none_or(replaces) {
            outbox.end("this peer is linked already".into());
            return false;
        }
        let former = self.0.insert(
            peer,
            Link {
                id,
                kind,
                role,
                outbox,
            },
        );
        if let Some(former) = former {
            former.outbox.end("replaced by a newer link".into());
        }
        true
    }

    /// A link is gone; whether it was the one in use.
    pub(super) fn down(&mut self, peer: PeerId, id: LinkId) -> bool {
        self.is(peer, id) && self.0.remove(&peer).is_some()
    }

    pub(super) fn is(&self, peer: PeerId, id: LinkId) -> bool {
        self.0.get(&peer).is_some_and(|link| link.id == id)
    }

    pub(super) fn has(&self, peer: PeerId) -> bool {
        self.0.contains_key(&peer)
    }

    /// Send; says why the link had to be ended, if so.
    pub(super) fn send(&mut self, peer: PeerId, frame: Vec<u8>) -> Option<String> {
        if self.0.get(&peer)?.outbox.push(frame) {
            return None;
        }
        let reason = "it does not read what it is sent";
        self.end(peer, reason.into());
        Some(reason.into())
    }

    pub(super) fn end(&mut self, peer: PeerId, reason: String) {
        if let Some(link) = self.0.remove(&peer) {
            link.outbox.end(reason);
        }
    }

    pub(super) fn end_all(&mut self, reason: &str) {
        for (_, link) in std::mem::take(&mut self.0) {
            link.outbox.end(reason.into());
        }
    }
}
