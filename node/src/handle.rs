//! A node that runs: ask, watch, stop.

use std::net::SocketAddr;
use std::sync::Arc;

use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::hash::NetworkId;
use tablon_core::node::MAX_THREADS;
use tablon_core::relay::MAX_ADDRESSES;
use tablon_core::view::Delta;
use tokio::sync::{broadcast, oneshot};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use zeroize::Zeroizing;

use crate::config::MAX_RELAYS;
use crate::driver::{self, Door, Event, Ways};
use crate::http;
use crate::keys::KeyError;
use crate::links::{self, Linker};
use crate::relay;
use crate::rtc;
use crate::store::StoreFileError;
use crate::tls::{Trust, TrustError};
use crate::token::{self, TokenError};
use crate::wallet::WalletError;
use crate::{Config, PeerAddress};

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The chain's file.
    #[error(transparent)]
    Store(#[from] StoreFileError),
    /// The node's key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The wallet.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// The address is taken, or not this machine's.
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// The file of authorities.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// More relays than a node speaks to.
    #[error("{0} relays are named, at most {MAX_RELAYS} are taken")]
    Relays(usize),
    /// More addresses than a node tells.
    #[error("{0} addresses of this node are named, at most {MAX_ADDRESSES} are taken")]
    Addresses(usize),
    /// The address for WebRTC is taken, or not this machine's.
    #[error("cannot take WebRTC on {0}: {1}")]
    Webrtc(SocketAddr, std::io::Error),
    /// The token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// More threads than a node takes.
    #[error("{0} threads are asked for, at most {MAX_THREADS} are taken")]
    Threads(u32),
    /// The system gives no thread.
    #[error("cannot start a thread: {0}")]
    Thread(std::io::Error),
}

/// A node. Dropping it stops it without waiting; [`Node::stop`] waits until the
/// store is closed.
#[derive(Debug)]
pub struct Node {
    door: Door,
    network: NetworkId,
    address: Option<SocketAddr>,
    linker: Arc<Linker>,
    stopping: CancellationToken,
    tasks: TaskTracker,
    closed: Option<oneshot::Receiver<()>>,
}

impl Node {
    /// Open the store, and begin to listen, link and mine as the configuration
    /// says. Needs a tokio runtime with time and I/O.
    pub async fn start(config: Config) -> Result<Self, StartError> {
        if config.threads > MAX_THREADS {
            return Err(StartError::Threads(config.threads));
        }
        if config.relays.len() > MAX_RELAYS {
            return Err(StartError::Relays(config.relays.len()));
        }
        if config.addresses.len() > MAX_ADDRESSES {
            return Err(StartError::Addresses(config.addresses.len()));
        }
        let trust = Arc::new(Trust::read(config.authorities.as_deref())?);
        let stopping = CancellationToken::new();
        let tasks = TaskTracker::new();
        // First the address: a second node by mistake should not open a store.
        let listener = match config.listen {
            Some(wanted) => {
                let failed = |error| StartError::Listen(wanted, error);
                let listener = tablon_server::listen(wanted).map_err(failed)?;
                let address = listener.local_addr().map_err(failed)?;
                Some((listener, address))
            }
            None => None,
        };
        let bound = listener.as_ref().map(|(_, address)| *address);
        let lines = config.relays.iter().map(|_| relay::Line::new());
        let (lines, orders): (Vec<_>, Vec<_>) = lines.unzip();
        let (calls, called) = links::call::channel();
        let rtc = match config.webrtc {
            Some(wanted) => {
                let failed = |error| StartError::Webrtc(wanted, error);
                Some(rtc::Sockets::bind(wanted).await.map_err(failed)?)
            }
            None => None,
        };
        let (offers, offered) = rtc::Orders::new();
        let ways = Ways {
            relays: lines,
            calls,
            rtc: rtc.as_ref().map(|_| offers),
            addresses: config.told(bound),
        };
        let started = driver::start(&config, ways, stopping.clone()).await?;
        let linker = Arc::new(Linker::new(
            started.key.clone(),
            config.network.network_id(),
            started.door.clone(),
            Arc::clone(&trust),
            stopping.clone(),
            tasks.clone(),
        ));
        let own = links::call::OwnPlaces {
            peers: config.peers.clone(),
            networks: config.private_networks.clone(),
        };
        let node = Self {
            door: started.door,
            network: config.network.network_id(),
            address: bound,
            linker,
            stopping,
            tasks,
            closed: Some(started.closed),
        };
        node.tasks
            .spawn(links::call::serve(node.linker(), own, called));
        if let Some(sockets) = rtc {
            let service = rtc::Service {
                me: started.key.public().peer_id(),
                sockets,
                door: node.door(),
                orders: offered,
            };
            node.tasks.spawn(service.serve(node.stopping()));
        }
        for (number, (address, orders)) in config.relays.iter().zip(orders).enumerate() {
            let client = relay::Client {
                number,
                address: address.clone(),
                network: node.network,
                key: started.key.clone(),
                door: node.door(),
                trust: Arc::clone(&trust),
            };
            node.tasks.spawn(client.serve(orders, node.stopping()));
        }
        for peer in &config.peers {
            if !node.link(peer.clone()) {
                tracing::warn!(%peer, "too many peers; this one is not dialled");
            }
        }
        if let Some((listener, address)) = listener {
            let token = token_of(&config)?;
            let served = http::Served::new(&node, &config, address, token);
            node.tasks.spawn(http::serve(listener, served));
        }
        Ok(node)
    }

    /// Ask the node something. A refusal says what rule was broken, and nothing has
    /// changed then; what a reply reports as stored is on the disk.
    pub async fn ask(&self, command: Command) -> Result<Reply, Refusal> {
        self.door.ask(command).await
    }

    /// Hear what changes from now on.
    pub fn watch(&self) -> Watch {
        self.door.watch()
    }

    /// Stay linked to another node, as with [`Config::peers`]. At most 64; false
    /// when there are as many.
    pub fn link(&self, peer: PeerAddress) -> bool {
        links::keep(&self.linker, peer)
    }

    /// The network's id.
    pub fn network(&self) -> NetworkId {
        self.network
    }

    /// Where HTTP and links are served, if they are.
    pub fn address(&self) -> Option<SocketAddr> {
        self.address
    }

    /// End links and requests, close the store, and return when all is done.
    pub async fn stop(mut self) {
        self.stopping.cancel();
        self.tasks.close();
        if timeout(http::STOP_WITHIN, self.tasks.wait()).await.is_err() {
            tracing::warn!(left = self.tasks.len(), "connections were cut");
        }
        if let Some(closed) = self.closed.take() {
            // An error says that the driver is gone: then the store is closed, too.
            let _ = closed.await;
        }
    }

    pub(crate) fn door(&self) -> Door {
        self.door.clone()
    }

    pub(crate) fn linker(&self) -> Arc<Linker> {
        Arc::clone(&self.linker)
    }

    pub(crate) fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    pub(crate) fn tasks(&self) -> TaskTracker {
        self.tasks.clone()
    }
}

fn token_of(config: &Config) -> Result<Zeroizing<String>, TokenError> {
    match (&config.token, &config.data) {
        (Some(token), _) => Ok(token.clone()),
        (None, Some(data)) => {
            let path = driver::beside(data, ".token");
            let token = token::load(&path)?;
            tracing::info!(file = %path.display(), "the token that writing needs");
            Ok(token)
        }
        // Nobody can know it: a node in memory is a program's, which asks directly.
        (None, None) => Ok(token::draw()),
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.stopping.cancel();
    }
}

impl Door {
    /// As [`Node::ask`].
    pub(crate) async fn ask(&self, command: Command) -> Result<Reply, Refusal> {
        self.request(|answer| Event::Ask { command, answer }).await
    }
}

/// What changes at a node; see [`Node::watch`].
#[derive(Debug)]
pub struct Watch(pub(crate) broadcast::Receiver<Arc<Delta>>);

/// What a [`Watch`] hears.
#[derive(Debug, Clone)]
pub enum News {
    /// A change.
    Delta(Arc<Delta>),
    /// So many changes came faster than they were heard, and are missed: ask for
    /// what you need to know.
    Missed(u64),
}

impl Watch {
    /// The next change; `None` when the node has stopped.
    pub async fn next(&mut self) -> Option<News> {
        match self.0.recv().await {
            Ok(delta) => Some(News::Delta(delta)),
            Err(broadcast::error::RecvError::Lagged(missed)) => Some(News::Missed(missed)),
            Err(broadcast::error::RecvError::Closed) => None,
        }
    }
}
