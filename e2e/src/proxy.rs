//! A cable that can be pulled: a TCP proxy whose other end is switched or cut,
//! while the address that tabs know stays.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};

use crate::lan::Machine;

/// The proxy; dropped, it closes everything.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    upstream: watch::Sender<Option<SocketAddr>>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Listen on a free port and lead to `upstream`.
    pub async fn start(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.expect("a free port on loopback");
        Self::run(listener, upstream, None)
    }

    /// Listen on a free port of the machine's own loopback and lead out to
    /// `upstream`.
    pub fn out_of(machine: &Machine, upstream: SocketAddr) -> Self {
        let listener = machine.listen().and_then(|listener| {
            listener.set_nonblocking(true)?;
            TcpListener::from_std(listener)
        });
        let listener = listener.expect("a free port on the machine's loopback");
        Self::run(listener, upstream, None)
    }

    /// Listen here and lead to the same address of the machine's own loopback.
    pub async fn into(machine: &Machine, address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await;
        let listener = listener.expect("the port is free here, too");
        Self::run(listener, address, Some(machine.clone()))
    }

    fn run(listener: TcpListener, upstream: SocketAddr, machine: Option<Machine>) -> Self {
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let (upstream, leads_to) = watch::channel(Some(upstream));
        let task = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let mut leads_to = leads_to.clone();
                let Some(upstream) = *leads_to.borrow_and_update() else {
                    continue;
                };
                let machine = machine.clone();
                tokio::spawn(async move {
                    tokio::select! {
                        () = carry(client, upstream, machine) => {}
                        // Switched, cut, or the proxy is gone.
                        _ = leads_to.changed() => {}
                    }
                });
            }
        });
        Self {
            address,
            upstream,
            task,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cut every connection; new ones lead to `upstream`.
    pub fn switch_to(&self, upstream: SocketAddr) {
        self.upstream.send_replace(Some(upstream));
    }

    /// Cut every connection, and each new one at once.
    pub fn cut(&self) {
        self.upstream.send_replace(None);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn carry(mut client: TcpStream, upstream: SocketAddr, machine: Option<Machine>) {
    // Whoever is not there or hangs up closes the other side as well.
    if let Ok(mut server) = connect(upstream, machine).await {
        let _ = copy_bidirectional(&mut client, &mut server).await;
    }
}

async fn connect(upstream: SocketAddr, machine: Option<Machine>) -> io::Result<TcpStream> {
    let Some(machine) = machine else {
        return TcpStream::connect(upstream).await;
    };
    let connected = spawn_blocking(move || machine.connect(upstream)).await;
    let stream = connected.map_err(io::Error::other)??;
    stream.set_nonblocking(true)?;
    TcpStream::from_std(stream)
}
