//! Relays: they introduce this node to tabs and other nodes, and carry signals. None
//! is trusted. What one brings is bounded here and verified by core, and when it is
//! away the node goes on with the neighbours it has.
//!
//! Pieces of the tunnel are not taken: the tunnel is the last resort of two tabs
//! that nothing else connects, and whoever can reach the relay can call a node that
//! has an address.

mod client;
mod pace;

use tablon_core::hash::PeerId;
use tablon_core::relay::{SignedSignal, ToRelay};
use tokio::sync::mpsc;

pub(crate) use client::Client;

/// Frames that wait for one relay, at most: a full set of dials and answers, ten
/// signals each for sixteen peers. 2.5 MiB at worst.
const MAX_ORDERS: usize = 160;

/// What a relay says, or how it is.
#[derive(Debug)]
pub(crate) enum Said {
    /// It has let this node in.
    Here,
    /// It is gone; it is called again.
    Away,
    /// Some others of the room, at most [`tablon_core::relay::MAX_SAMPLE`].
    Peers(Vec<PeerId>),
    /// A signal, as the relay gave it.
    Signal(Box<SignedSignal>),
    /// It does not carry signals to this peer.
    Unreachable(PeerId),
}

/// The driver's end of a relay. The other is the [`Client`]'s.
#[derive(Debug)]
pub(crate) struct Line(mpsc::Sender<ToRelay>);

impl Line {
    /// Both ends.
    pub(crate) fn new() -> (Self, mpsc::Receiver<ToRelay>) {
        let (orders, received) = mpsc::channel(MAX_ORDERS);
        (Self(orders), received)
    }

    /// Have it said; false when too much waits already. Never waits.
    #[must_use]
    pub(crate) fn say(&self, frame: ToRelay) -> bool {
        self.0.try_send(frame).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relay_that_never_reads_pins_so_much_and_no_more() {
        let (line, _orders) = Line::new();
        let taken = (0..1_000).filter(|_| line.say(ToRelay::Peers)).count();
        assert_eq!(taken, MAX_ORDERS);
    }
}
