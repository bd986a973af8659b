//! A cable that can be pulled: a TCP proxy whose other end is switched or cut,
//! while the address that tabs know stays.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

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
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a free port on loopback");
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
                tokio::spawn(async move {
                    tokio::select! {
                        () = carry(client, upstream) => {}
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

async fn carry(mut client: TcpStream, upstream: SocketAddr) {
    // Whoever is not there or hangs up closes the other side as well.
    if let Ok(mut server) = TcpStream::connect(upstream).await {
        let _ = copy_bidirectional(&mut client, &mut server).await;
    }
}
