//! Addresses that a peer itself has named, called once: the first that leads to that
//! very peer is the link. Addresses to stay linked to are [`super::dial`]'s.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ipnet::IpNet;
use tablon_core::handshake::Role;
use tablon_core::hash::PeerId;
use tablon_core::links::{Announced, CallLimits, NotCalled, Space, canonical_host};
use tablon_core::node::LinkOrigin;
use tablon_core::units::Millis;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::dial::open;
use super::socket::{self, End, Socket, Wanted};
use super::{Linker, MAX_CALLS};
use crate::PeerAddress;
use crate::driver::Event;
use crate::reach::Reach;

/// For one address, from the connection to the proof.
const EACH_WITHIN: Duration = Duration::from_secs(4);

/// A peer, and where it says that it is.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) peer: PeerId,
    /// At most [`tablon_core::relay::MAX_ADDRESSES`].
    pub(crate) addresses: Vec<PeerAddress>,
}

/// What the host itself has named: there strangers' addresses may lead, however far in that
/// is.
#[derive(Debug)]
pub(crate) struct OwnPlaces {
    /// Nodes to stay linked to.
    pub(crate) peers: Vec<PeerAddress>,
    /// Networks whose addresses are called for anybody.
    pub(crate) networks: Vec<IpNet>,
}

impl OwnPlaces {
    fn include(&self, address: &PeerAddress) -> bool {
        let place = address.place();
        let is_peer = |peer: &PeerAddress| host(peer) == host(address);
        let network = |ip: IpAddr| {
            let ip = ip.to_canonical();
            self.networks.iter().any(|network| network.contains(&ip))
        };
        self.peers.iter().any(is_peer) || place.address().is_some_and(network)
    }
}

// The same for every way to write it.
fn host(address: &PeerAddress) -> String {
    let place = address.place();
    match place.address() {
        Some(ip) => ip.to_canonical().to_string(),
        None => canonical_host(place.host()),
    }
}

/// The driver's end, and the one that [`serve`] takes.
pub(crate) fn channel() -> (mpsc::Sender<Call>, mpsc::Receiver<Call>) {
    mpsc::channel(MAX_CALLS)
}

/// Call as the driver says, until the node stops. The driver has at most
/// [`MAX_CALLS`] dials under way.
pub(crate) async fn serve(linker: Arc<Linker>, own: OwnPlaces, mut calls: mpsc::Receiver<Call>) {
    let stopping = linker.stopping.clone();
    let bounds = Arc::new(Bounds::new(own));
    while let Some(Some(call)) = stopping.run_until_cancelled(calls.recv()).await {
        let (caller, bounds) = (Arc::clone(&linker), Arc::clone(&bounds));
        linker
            .tasks
            .spawn(async move { caller.call(call, &bounds).await });
    }
}

/// Which addresses are called, and how often: [`CallLimits`] with the host's own places.
struct Bounds {
    own: OwnPlaces,
    since: Instant,
    limits: Mutex<CallLimits>,
    /// The host has read that something is not called, which only it can allow.
    said: AtomicBool,
}

impl Bounds {
    fn new(own: OwnPlaces) -> Self {
        Self {
            own,
            since: Instant::now(),
            limits: Mutex::new(CallLimits::new(Space::Public, Millis(0))),
            said: AtomicBool::new(false),
        }
    }

    // Once aloud: strangers must not fill the log.
    fn passed_over(&self, peer: PeerId, reason: &NotCalled) {
        let is_inner = matches!(reason, NotCalled::Inner(_));
        if is_inner && !self.said.swap(true, Ordering::Relaxed) {
            tracing::info!(%peer, %reason, "not called; --private-network would allow it");
        } else {
            tracing::debug!(%peer, %reason, "not called");
        }
    }

    fn choose(&self, addresses: Vec<PeerAddress>) -> Result<Vec<(PeerAddress, Reach)>, NotCalled> {
        let announced = addresses.into_iter().map(|address| {
            let is_own = self.own.include(&address);
            let reach = if is_own {
                Reach::Anywhere
            } else {
                Reach::Public
            };
            let host = host(&address);
            let address = (address, reach);
            Announced {
                address,
                host,
                is_own,
            }
        });
        let now = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.with(|limits| limits.choose(announced, Millis(now)))
    }

    fn proved(&self, address: &PeerAddress) {
        self.with(|limits| limits.proved(&host(address)));
    }

    fn with<T>(&self, act: impl FnOnce(&mut CallLimits) -> T) -> T {
        act(&mut self.limits.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Linker {
    async fn call(&self, Call { peer, addresses }: Call, bounds: &Bounds) {
        let chosen = bounds.choose(addresses).unwrap_or_else(|reason| {
            bounds.passed_over(peer, &reason);
            Vec::new()
        });
        for (address, reach) in &chosen {
            let reached = timeout(EACH_WITHIN, self.reach(address, *reach, peer)).await;
            match reached.unwrap_or_else(|_| Err("it did not answer in time".into())) {
                Ok(socket) => {
                    tracing::info!(%address, %peer, "linked");
                    bounds.proved(address);
                    let end = socket::serve_proven(
                        socket,
                        peer,
                        Wanted::called(LinkOrigin::Outbound),
                        self,
                    )
                    .await;
                    tracing::debug!(%peer, reason = %end, "a link that was called ended");
                    return;
                }
                Err(reason) => tracing::debug!(%address, %peer, reason, "not reached"),
            }
        }
        self.door.tell(Event::CallFailed { peer }).await;
    }

    async fn reach(
        &self,
        address: &PeerAddress,
        reach: Reach,
        required: PeerId,
    ) -> Result<Socket, String> {
        let mut socket = open(address, reach, &self.trust).await?;
        let end = match socket.greet(Role::Caller, self).await {
            Ok(received) if received == required => return Ok(socket),
            Ok(received) => End::Stranger { required, received },
            Err(end) => end,
        };
        socket.farewell(&end).await;
        Err(end.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn behind_the_hosts_door_only_what_it_told_of_is_called() {
        let address = |text: &str| text.parse::<PeerAddress>().unwrap();
        let bounds = Bounds::new(OwnPlaces {
            peers: vec![address("http://10.0.0.7:8000"), address("http://nas:8000")],
            networks: vec!["192.168.4.0/22".parse().unwrap()],
        });
        for (text, expected) in [
            ("ws://10.0.0.7:9000/peer", Some(Reach::Anywhere)),
            ("ws://nas:9000/peer", Some(Reach::Anywhere)),
            ("ws://NAS.:9001/peer", Some(Reach::Anywhere)),
            ("ws://[::ffff:192.168.4.1]/peer", Some(Reach::Anywhere)),
            ("ws://010.0.0.7:9000/peer", None),
            ("ws://192.168.7.255:80/peer", Some(Reach::Anywhere)),
            ("ws://board.example/peer", Some(Reach::Public)),
            ("ws://10.0.0.8:8000/peer", None),
            ("ws://192.168.8.1/peer", None),
            ("ws://127.0.0.1:6379/peer", None),
            ("ws://localhost:6379/peer", None),
            ("ws://[::1]:6379/peer", None),
            ("ws://printer/peer", None),
        ] {
            let chosen = bounds.choose(vec![address(text)]);
            let reach = chosen.ok().map(|chosen| chosen[0].1);
            assert_eq!(reach, expected, "{text}");
        }
    }
}
