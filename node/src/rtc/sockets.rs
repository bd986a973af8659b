//! One UDP socket an address of this machine, shared by all connections. ICE answers
//! from the address that was asked, which a socket on all addresses does not tell.

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::task::Poll;

use tokio::io::ReadBuf;
use tokio::net::UdpSocket;

/// Addresses of this machine that are used, at most: two interfaces of either family
/// and a few of containers. Each is a candidate in every description.
const MAX_SOCKETS: usize = 8;

/// A datagram, at most: who sends more than an Ethernet's 1,500 bytes is cut, and
/// what is cut does not decrypt.
pub(super) const DATAGRAM: usize = 2_000;

/// The sockets.
#[derive(Debug)]
pub(crate) struct Sockets {
    sockets: Vec<(SocketAddr, UdpSocket)>,
    /// The one that is looked at first: a flood at one must not silence the others.
    next: usize,
}

impl Sockets {
    /// Bind `wanted`, or each of this machine's addresses when it is unspecified;
    /// with port 0 each takes a free one.
    pub(crate) async fn bind(wanted: SocketAddr) -> io::Result<Self> {
        let mut sockets = Vec::new();
        let mut failed = None;
        for address in addresses(wanted.ip())?.into_iter().take(MAX_SOCKETS) {
            match UdpSocket::bind((address, wanted.port())).await {
                Ok(socket) => sockets.push((socket.local_addr()?, socket)),
                // One that has just gone, or is of a family that is switched off.
                Err(error) => failed = Some(error),
            }
        }
        match (sockets.is_empty(), failed) {
            (true, Some(error)) => Err(error),
            _ => Ok(Self { sockets, next: 0 }),
        }
    }

    /// Where they are.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.sockets.iter().map(|(address, _)| *address).collect()
    }

    /// The next datagram: its bytes, whence, and to which of the addresses.
    pub(super) async fn receive<'a>(
        &mut self,
        buffer: &'a mut [u8; DATAGRAM],
    ) -> (&'a [u8], SocketAddr, SocketAddr) {
        let (length, from, to) = poll_fn(|context| {
            for offset in 0..self.sockets.len() {
                let index = (self.next + offset) % self.sockets.len();
                let (address, socket) = &self.sockets[index];
                let mut bytes = ReadBuf::new(&mut buffer[..]);
                match socket.poll_recv_from(context, &mut bytes) {
                    Poll::Ready(Ok(from)) => {
                        self.next = index + 1;
                        return Poll::Ready((bytes.filled().len(), from, *address));
                    }
                    // About a datagram that was sent before (ICMP): look again.
                    Poll::Ready(Err(_)) => context.waker().wake_by_ref(),
                    Poll::Pending => {}
                }
            }
            Poll::Pending
        })
        .await;
        (&buffer[..length], from, to)
    }

    /// Send; what cannot leave is lost, as datagrams may be.
    pub(super) async fn send(&self, from: SocketAddr, to: SocketAddr, bytes: &[u8]) {
        let socket = self.sockets.iter().find(|(address, _)| *address == from);
        if let Some((_, socket)) = socket
            && let Err(error) = socket.send_to(bytes, to).await
        {
            tracing::trace!(%from, %to, %error, "not sent");
        }
    }
}

fn addresses(wanted: IpAddr) -> io::Result<Vec<IpAddr>> {
    if !wanted.is_unspecified() {
        return Ok(vec![wanted]);
    }
    let all = if_addrs::get_if_addrs()?.into_iter().map(|one| one.ip());
    let of_family = |address: &IpAddr| wanted.is_ipv6() || address.is_ipv4();
    let found: Vec<IpAddr> = all
        .filter(|address| of_family(address) && is_useful(address))
        .collect();
    match found.is_empty() {
        // A machine without a network: its own tabs are left.
        true => Ok(vec![Ipv4Addr::LOCALHOST.into()]),
        false => Ok(found),
    }
}

// Link-local ones need a zone, which no candidate can tell.
fn is_useful(address: &IpAddr) -> bool {
    let link_local = match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    };
    !address.is_loopback() && !link_local && !address.is_unspecified()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_address_of_this_machine_has_a_socket() {
        let all = Sockets::bind("0.0.0.0:0".parse().unwrap()).await.unwrap();
        let addresses = all.addresses();
        assert!(
            (1..=MAX_SOCKETS).contains(&addresses.len()),
            "{addresses:?}"
        );
        let named = |address: &SocketAddr| !address.ip().is_unspecified() && address.port() > 0;
        assert!(addresses.iter().all(named), "{addresses:?}");
    }

    #[tokio::test]
    async fn an_address_that_is_not_here_is_an_error() {
        // TEST-NET-2 (RFC 5737).
        Sockets::bind("198.51.100.1:0".parse().unwrap())
            .await
            .unwrap_err();
    }

    #[tokio::test]
    async fn a_flood_at_one_socket_does_not_silence_another() {
        let address = "127.0.0.1:0".parse().unwrap();
        let mut both = Sockets::bind(address).await.unwrap();
        both.sockets
            .append(&mut Sockets::bind(address).await.unwrap().sockets);
        let addresses = both.addresses();
        let sender = UdpSocket::bind(address).await.unwrap();
        for _ in 0..100 {
            sender.send_to(b"flood", addresses[0]).await.unwrap();
        }
        sender.send_to(b"word", addresses[1]).await.unwrap();
        let mut buffer = [0; DATAGRAM];
        let mut heard = Vec::new();
        for _ in 0..3 {
            heard.push(both.receive(&mut buffer).await.2);
        }
        assert!(heard.contains(&addresses[1]), "{heard:?}");
    }
}
