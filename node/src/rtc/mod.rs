//! WebRTC to tabs, which can be called in no other way: one ordered data channel a
//! peer, opened with the same signals as between tabs (`web/src/links.rs`).
//!
//! ```text
//! driver -- Order --> service --> table (who is dialled, who is linked)
//!        <-- Event --         \-> connection (str0m) <-> sockets (UDP)
//! ```
//! [`str0m`] is a state machine without I/O; one task here owns the sockets, the
//! clock and all connections. What tells one peer's datagrams from another's is ICE:
//! who does not know a connection's password is not heard.

mod connection;
mod description;
mod service;
mod sockets;
mod table;
#[cfg(test)]
mod tests;

use tablon_core::hash::PeerId;
use tablon_core::relay::SignalStep;
use tokio::sync::mpsc;

pub(crate) use service::Service;
pub(crate) use sockets::Sockets;

/// Orders that wait, at most: eight for each attempt that there may be, 2.5 MiB at worst.
/// What does not fit is lost, as signals may be.
const MAX_ORDERS: usize = 160;

/// What the driver wants.
#[derive(Debug)]
pub(crate) enum Order {
    /// Offer the peer a connection: a link follows, or [`crate::driver::Event::RtcFailed`].
    Dial {
        /// Whom.
        peer: PeerId,
        /// Of the offer.
        session: u32,
    },
    /// A verified step of another node.
    Signal {
        /// Who said it.
        from: PeerId,
        /// Connection attempt.
        session: u32,
        /// The step.
        step: SignalStep,
    },
    /// Signals do not reach this peer now.
    Unreachable {
        /// Who.
        peer: PeerId,
    },
}

/// The driver's end. The other is the [`Service`]'s.
#[derive(Debug)]
pub(crate) struct Orders(mpsc::Sender<Order>);

impl Orders {
    /// Both ends.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Order>) {
        let (orders, received) = mpsc::channel(MAX_ORDERS);
        (Self(orders), received)
    }

    /// Have it done; false when too much waits already. Never waits.
    pub(crate) fn give(&self, order: Order) -> bool {
        self.0.try_send(order).is_ok()
    }
}
