//! A relay that says what a test wants: the page comes from the real one, but
//! `/signal` is answered here, frame by frame.

use std::net::{Ipv4Addr, SocketAddr};

use futures_util::{SinkExt, StreamExt};
use tablon_core::hash::PeerId;
use tablon_core::relay::{FromRelay, ToRelay};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, accept_async};

use crate::wait::PATIENCE;

/// The relay that lies.
#[derive(Debug)]
pub struct FakeRelay {
    address: SocketAddr,
    callers: mpsc::Receiver<Caller>,
    task: JoinHandle<()>,
}

/// A tab at the other end of a `/signal` socket.
#[derive(Debug)]
pub struct Caller {
    socket: WebSocketStream<TcpStream>,
}

impl FakeRelay {
    /// Listen on a free port; everything but `/signal` comes from `page`.
    pub async fn start(page: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a free port on loopback");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        let (calls, callers) = mpsc::channel(16);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, page, calls.clone()));
            }
        });
        Self {
            address,
            callers,
            task,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next tab that calls.
    pub async fn next_caller(&mut self) -> Caller {
        timeout(PATIENCE, self.callers.recv())
            .await
            .expect("a tab calls the relay in time")
            .expect("the relay runs as long as it is asked")
    }
}

impl Drop for FakeRelay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Caller {
    /// Say something of the protocol.
    pub async fn say(&mut self, frame: &FromRelay) {
        let text = serde_json::to_string(frame).expect("a frame is plain JSON");
        self.say_raw(Message::text(text)).await;
    }

    /// Say anything at all.
    pub async fn say_raw(&mut self, message: Message) {
        self.socket
            .send(message)
            .await
            .expect("the tab is at the other end");
    }

    /// Let the tab in, as a relay does that knows nobody else.
    pub async fn let_in(&mut self, peers: Vec<PeerId>) {
        let nonce = PeerId([7; 32]);
        self.say(&FromRelay::Challenge { nonce }).await;
        match self.hear().await {
            Some(ToRelay::Hello { .. }) => {}
            other => panic!("a challenge is answered by a hello, heard {other:?}"),
        }
        let welcome = FromRelay::Welcome {
            peers,
            ice_servers: Vec::new(),
            tunnel: 0,
        };
        self.say(&welcome).await;
    }

    /// The next frame, or none when the tab has hung up.
    pub async fn hear(&mut self) -> Option<ToRelay> {
        loop {
            let message = timeout(PATIENCE, self.socket.next())
                .await
                .expect("the tab says something or hangs up in time");
            match message {
                Some(Ok(Message::Text(text))) => {
                    return Some(serde_json::from_str(&text).expect("a tab speaks the protocol"));
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(_) | Err(_)) | None => return None,
            }
        }
    }
}

async fn serve(mut stream: TcpStream, page: SocketAddr, calls: mpsc::Sender<Caller>) {
    const SIGNAL: &[u8] = b"GET /signal";
    let mut start = [0; SIGNAL.len()];
    loop {
        match stream.peek(&mut start).await {
            Ok(0) | Err(_) => return,
            Ok(length) if length < start.len() => tokio::task::yield_now().await,
            Ok(_) => break,
        }
    }
    if start == SIGNAL {
        if let Ok(socket) = accept_async(stream).await {
            // The test may be over.
            let _ = calls.send(Caller { socket }).await;
        }
    } else if let Ok(mut page) = TcpStream::connect(page).await {
        let _ = copy_bidirectional(&mut stream, &mut page).await;
    }
}
