//! The dials of the node that are under way beyond this browser. Each goes two ways
//! at once, and has failed only when both have:
//!
//! ```text
//! the page    Offer ─▶  Answer                          a data channel
//! a call      the same Offer, or an Ask ─▶  At          a WebSocket
//! ```
//! The page's offer asks for addresses, too. Where the page makes none (the browser
//! has no WebRTC, or all its places are taken) an `Ask` does.
//!
//! Addresses are taken once a dial, of the peer dialled, in answer to what was said
//! to it: nobody makes this tab call anywhere by telling addresses unasked.

use std::collections::BTreeMap;

use gloo::timers::callback::Timeout;
use tablon_core::hash::PeerId;

/// Milliseconds from an ask to its answer, as for the page's offers.
pub(super) const ASK_TIMEOUT_MS: u32 = 15_000;

/// As many as the node dials at once, which is its own to bound.
#[derive(Default)]
pub(super) struct Dials(BTreeMap<PeerId, Dial>);

/// None of the three: the dial has failed.
#[derive(Default)]
struct Dial {
    /// The page has not given up.
    page: bool,
    /// Of the offer or ask that addresses may answer.
    session: Option<u32>,
    call: Call,
}

#[derive(Default)]
enum Call {
    /// Nobody has been asked but by the page's offer.
    #[default]
    None,
    /// An ask waits for its answer, so long.
    Asked { _patience: Timeout },
    /// Addresses are being called.
    UnderWay,
    /// They lead nowhere.
    Failed,
}

/// What comes of a way that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Next {
    /// The other one is under way, or there is no dial.
    Wait,
    /// Nobody has been asked for addresses yet: do it, and say so.
    Ask,
    /// It was the last one, and the dial is over.
    Failed,
}

impl Dials {
    /// The page is told to dial.
    pub(super) fn begin(&mut self, peer: PeerId) {
        self.0.entry(peer).or_default().page = true;
    }

    /// The page offers a connection.
    pub(super) fn offered(&mut self, peer: PeerId, session: u32) {
        if let Some(dial) = self.0.get_mut(&peer).filter(|dial| dial.page) {
            dial.session = Some(session);
        }
    }

    /// An ask was sent, and is waited for so long.
    pub(super) fn asked(&mut self, peer: PeerId, session: u32, patience: Timeout) {
        if let Some(dial) = self.0.get_mut(&peer) {
            dial.session = Some(session);
            dial.call = Call::Asked {
                _patience: patience,
            };
        }
    }

    /// The peer told addresses; whether to call them.
    pub(super) fn told(&mut self, peer: PeerId, session: u32) -> bool {
        let Some(dial) = self.0.get_mut(&peer) else {
            return false;
        };
        let asked = dial.session.take_if(|asked| *asked == session).is_some();
        if asked {
            dial.call = Call::UnderWay;
        }
        asked
    }

    /// The peer has no room, or is not there: an ask of this session, or of any, is
    /// answered. (The page hears of its offers itself.)
    pub(super) fn refused(&mut self, peer: PeerId, session: Option<u32>) -> Next {
        let asked = (self.0.get(&peer)).filter(|dial| matches!(dial.call, Call::Asked { .. }));
        match asked {
            Some(dial) if session.is_none() || session == dial.session => self.call_failed(peer),
            _ => Next::Wait,
        }
    }

    /// The page has given up.
    pub(super) fn page_failed(&mut self, peer: PeerId) -> Next {
        let Some(dial) = self.0.get_mut(&peer).filter(|dial| dial.page) else {
            return Next::Wait;
        };
        dial.page = false;
        match dial.call {
            Call::None if dial.session.is_none() => Next::Ask,
            Call::Asked { .. } | Call::UnderWay => Next::Wait,
            Call::None | Call::Failed => self.over(peer),
        }
    }

    /// No address led to the peer, or none was told.
    pub(super) fn call_failed(&mut self, peer: PeerId) -> Next {
        let Some(dial) = self.0.get_mut(&peer) else {
            return Next::Wait;
        };
        dial.call = Call::Failed;
        match dial.page {
            true => Next::Wait,
            false => self.over(peer),
        }
    }

    /// Whether the page is still trying.
    pub(super) fn is_with_page(&self, peer: PeerId) -> bool {
        self.0.get(&peer).is_some_and(|dial| dial.page)
    }

    /// Peers that are asked for addresses, or called at them.
    pub(super) fn calling(&self) -> Vec<PeerId> {
        let calling = self.0.iter().filter(|(_, dial)| match dial.call {
            Call::Asked { .. } | Call::UnderWay => true,
            Call::None | Call::Failed => false,
        });
        calling.map(|(peer, _)| *peer).collect()
    }

    /// A line opened, or the node wants none.
    pub(super) fn end(&mut self, peer: PeerId) {
        self.0.remove(&peer);
    }

    fn over(&mut self, peer: PeerId) -> Next {
        self.0.remove(&peer);
        Next::Failed
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    const PEER: PeerId = PeerId([1; 32]);
    const OTHER: PeerId = PeerId([2; 32]);

    fn offered() -> Dials {
        let mut dials = Dials::default();
        dials.begin(PEER);
        dials.offered(PEER, 7);
        dials
    }

    #[wasm_bindgen_test]
    fn addresses_that_nobody_asked_for_are_not_called() {
        let mut dials = offered();
        dials.offered(OTHER, 8);
        assert!(!dials.told(OTHER, 8));
        assert!(!dials.told(PEER, 8));
        assert!(dials.told(PEER, 7));
        // A relay repeats what the peer once signed.
        assert!(!dials.told(PEER, 7));
        dials.end(PEER);
        assert!(!dials.told(PEER, 7));
    }

    #[wasm_bindgen_test]
    fn a_dial_fails_when_the_last_of_its_ways_has() {
        let mut dials = offered();
        assert_eq!(dials.page_failed(PEER), Next::Failed);
        assert_eq!(dials.page_failed(PEER), Next::Wait);

        let mut dials = offered();
        assert!(dials.told(PEER, 7));
        assert_eq!(dials.page_failed(PEER), Next::Wait);
        assert_eq!(dials.call_failed(PEER), Next::Failed);

        let mut dials = offered();
        assert!(dials.told(PEER, 7));
        assert_eq!(dials.call_failed(PEER), Next::Wait);
        assert_eq!(dials.page_failed(PEER), Next::Failed);
    }

    #[wasm_bindgen_test]
    fn a_page_that_offers_nothing_leaves_an_ask() {
        let asked = || {
            let mut dials = Dials::default();
            dials.begin(PEER);
            assert_eq!(dials.page_failed(PEER), Next::Ask);
            dials.asked(PEER, 9, Timeout::new(ASK_TIMEOUT_MS, || {}));
            dials
        };
        assert_eq!(asked().refused(PEER, Some(8)), Next::Wait);
        assert_eq!(asked().refused(PEER, Some(9)), Next::Failed);
        assert_eq!(asked().refused(PEER, None), Next::Failed);
        let mut told = asked();
        assert!(told.told(PEER, 9));
        // What is said of the ask now comes late.
        assert_eq!(told.refused(PEER, None), Next::Wait);
        assert_eq!(told.call_failed(PEER), Next::Failed);
    }
}
