//! A relay in this process, tabs that speak to it, and plain HTTP.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tablon_core::hash::{BlockHash, NetworkId, PeerId};
use tablon_core::keys::SecretKey;
use tablon_core::relay::{
    ChallengeNonce, FromRelay, RELAY_PROTOCOL, Signal, SignalStep, SignedSignal, ToRelay,
    hello_bytes,
};
use tablon_relay::{Config, Limits, Page, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::WebSocketStream;
use tungstenite::Message;
use tungstenite::client::IntoClientRequest as _;
use tungstenite::handshake::client::Request;
use tungstenite::protocol::CloseFrame;

pub(crate) const NETWORK: NetworkId = BlockHash([1; 32]);
pub(crate) const OTHER_NETWORK: NetworkId = BlockHash([2; 32]);

/// Nothing on loopback takes longer, even on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Relay {
    pub(crate) async fn start(limits: Limits) -> Self {
        Self::start_with(Config {
            page: Page::Folder("/nonexistent".into()),
            limits,
            ..Config::default()
        })
        .await
    }

    pub(crate) async fn start_with(config: Config) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(serve(config, listener, async {
            // A dropped relay goes on until the test's runtime ends.
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
        }));
        Self {
            address,
            stop,
            task,
        }
    }

    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        timeout(PATIENCE, self.task).await.unwrap().unwrap();
    }

    pub(crate) async fn tab(&self, number: u8) -> Tab {
        Tab::join(self.address, number, NETWORK).await
    }

    pub(crate) async fn stats(&self) -> serde_json::Value {
        let answer = get(self.address, "/stats.json").await;
        serde_json::from_slice(&answer.body).unwrap()
    }

    /// Wait until the statistics are as described.
    pub(crate) async fn until(&self, what: &str, holds: impl Fn(&serde_json::Value) -> bool) {
        let mut last = serde_json::Value::Null;
        for _ in 0..400 {
            last = self.stats().await;
            if holds(&last) {
                return;
            }
            sleep(Duration::from_millis(25)).await;
        }
        panic!("{what}: {last}");
    }
}

pub(crate) fn key(number: u8) -> SecretKey {
    SecretKey::from_seed([number; 32])
}

pub(crate) fn peer(number: u8) -> PeerId {
    key(number).public().peer_id()
}

/// A signed offer of tab `from` to tab `to`.
pub(crate) fn offer(from: u8, to: u8, sdp: &str) -> SignedSignal {
    signal(from, to, SignalStep::Offer { sdp: sdp.into() })
}

/// The same with an answer, of which there may be more than of what begins a link.
pub(crate) fn answer(from: u8, to: u8, sdp: &str) -> SignedSignal {
    signal(from, to, SignalStep::Answer { sdp: sdp.into() })
}

fn signal(from: u8, to: u8, step: SignalStep) -> SignedSignal {
    let key = key(from);
    let signal = Signal {
        network: NETWORK,
        from: key.public(),
        to: peer(to),
        session: 7,
        step,
    };
    SignedSignal::sign(signal, &key)
}

/// A signal of about `size` bytes.
pub(crate) fn bulky(from: u8, to: u8, size: usize) -> ToRelay {
    ToRelay::Signal(answer(from, to, &"x".repeat(size)))
}

pub(crate) fn hello(key: &SecretKey, nonce: ChallengeNonce, network: NetworkId) -> ToRelay {
    ToRelay::Hello {
        protocol: RELAY_PROTOCOL,
        network,
        key: key.public(),
        signature: key.sign(&hello_bytes(nonce, network)),
    }
}

/// What a tab hears.
#[derive(Debug, PartialEq)]
pub(crate) enum Heard {
    Frame(FromRelay),
    /// Through the tunnel: from whom, and the piece.
    Piece(PeerId, Vec<u8>),
    Closed(u16),
    /// Closed or broken without a close code.
    Gone,
}

pub(crate) struct Tab {
    pub(crate) socket: WebSocketStream<TcpStream>,
}

impl Tab {
    /// An open socket, before any frame.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::connect_by(stream(address).await, address, &[]).await
    }

    pub(crate) async fn connect_by(
        stream: TcpStream,
        address: SocketAddr,
        headers: &[(&'static str, &str)],
    ) -> Self {
        let mut request: Request = format!("ws://{address}/signal")
            .into_client_request()
            .unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let opening = tokio_tungstenite::client_async(request, stream);
        let (socket, _) = timeout(PATIENCE, opening).await.unwrap().unwrap();
        Self { socket }
    }

    pub(crate) async fn join(address: SocketAddr, number: u8, network: NetworkId) -> Self {
        let mut tab = Self::connect(address).await;
        tab.enter(&key(number), network).await;
        tab
    }

    pub(crate) async fn challenge(&mut self) -> ChallengeNonce {
        match self.hear().await {
            Heard::Frame(FromRelay::Challenge { nonce }) => nonce,
            other => panic!("a challenge comes first, heard {other:?}"),
        }
    }

    /// Answer the challenge and return the peers of the welcome.
    pub(crate) async fn enter(&mut self, key: &SecretKey, network: NetworkId) -> Vec<PeerId> {
        let nonce = self.challenge().await;
        self.say(&hello(key, nonce, network)).await;
        match self.hear().await {
            Heard::Frame(FromRelay::Welcome { peers, .. }) => peers,
            other => panic!("a welcome comes next, heard {other:?}"),
        }
    }

    pub(crate) async fn say(&mut self, frame: &ToRelay) {
        self.say_text(serde_json::to_string(frame).unwrap()).await;
    }

    pub(crate) async fn say_text(&mut self, text: String) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// For floods, during which the relay may close at any time.
    pub(crate) async fn try_say(&mut self, frame: &ToRelay) -> bool {
        let text = serde_json::to_string(frame).unwrap();
        self.socket.send(Message::text(text)).await.is_ok()
    }

    pub(crate) async fn hear(&mut self) -> Heard {
        loop {
            let message = timeout(PATIENCE, self.socket.next())
                .await
                .expect("the relay says something in time");
            return match message {
                Some(Ok(Message::Text(text))) => Heard::Frame(
                    serde_json::from_str(&text).expect("the relay speaks its protocol"),
                ),
                Some(Ok(Message::Binary(bytes))) => {
                    let (from, piece) = bytes.split_first_chunk().expect("an id comes first");
                    Heard::Piece(PeerId(*from), piece.to_vec())
                }
                Some(Ok(Message::Close(Some(CloseFrame { code, .. })))) => {
                    Heard::Closed(code.into())
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                Some(Ok(_) | Err(_)) | None => Heard::Gone,
            };
        }
    }

    /// Send a piece through the tunnel.
    pub(crate) async fn tunnel(&mut self, to: PeerId, piece: &[u8]) {
        let frame = [&to.0, piece].concat();
        self.socket.send(Message::binary(frame)).await.unwrap();
    }

    pub(crate) async fn hear_piece(&mut self) -> (PeerId, Vec<u8>) {
        match self.hear().await {
            Heard::Piece(from, piece) => (from, piece),
            other => panic!("a piece was sent, heard {other:?}"),
        }
    }

    pub(crate) async fn hear_signal(&mut self) -> SignedSignal {
        match self.hear().await {
            Heard::Frame(FromRelay::Signal(signal)) => signal,
            other => panic!("a signal was sent, heard {other:?}"),
        }
    }

    pub(crate) async fn hear_peers(&mut self) -> Vec<PeerId> {
        match self.hear().await {
            Heard::Frame(FromRelay::Peers { peers }) => peers,
            other => panic!("peers were asked for, heard {other:?}"),
        }
    }

    /// The next refusal; what was said before it is passed over.
    pub(crate) async fn hear_refusal(&mut self) -> String {
        loop {
            match self.hear().await {
                Heard::Frame(FromRelay::Refused { reason }) => return reason,
                Heard::Frame(_) => {}
                other => panic!("a refusal is due, heard {other:?}"),
            }
        }
    }

    /// The relay refuses with a reason that has `words` and closes with `code`.
    pub(crate) async fn is_refused(&mut self, words: &[&str], code: u16) {
        let reason = self.hear_refusal().await;
        for word in words {
            assert!(reason.contains(word), "{word:?} is missing in {reason:?}");
        }
        assert_eq!(self.hear().await, Heard::Closed(code), "after {reason:?}");
    }
}

pub(crate) async fn stream(address: SocketAddr) -> TcpStream {
    let connecting = TcpStream::connect(address);
    let stream = timeout(PATIENCE, connecting).await.unwrap().unwrap();
    // As browsers do for WebSockets: else a second frame waits for an answer.
    stream.set_nodelay(true).unwrap();
    stream
}

/// A connection from another address of this machine: all of 127.0.0.0/8 is.
pub(crate) async fn stream_from(local: [u8; 4], address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind((IpAddr::from(local), 0).into()).unwrap();
    timeout(PATIENCE, socket.connect(address))
        .await
        .unwrap()
        .unwrap()
}

/// A connection whose system buffers little for a reader who does not read.
pub(crate) async fn narrow_stream(address: SocketAddr) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 * 1024).unwrap();
    timeout(PATIENCE, socket.connect(address))
        .await
        .unwrap()
        .unwrap()
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }
}

pub(crate) async fn get(address: SocketAddr, path: &str) -> Answer {
    request(address, "GET", path, "").await
}

/// One request exactly as written, which an HTTP client would tidy up.
pub(crate) async fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &str,
) -> Answer {
    let host = if headers.to_ascii_lowercase().contains("host:") {
        String::new()
    } else {
        format!("Host: {address}\r\n")
    };
    let head = format!("{method} {path} HTTP/1.1\r\n{host}Connection: close\r\n{headers}\r\n");
    raw(address, head.as_bytes()).await
}

pub(crate) async fn raw(address: SocketAddr, request: &[u8]) -> Answer {
    let mut stream = stream(address).await;
    stream.write_all(request).await.unwrap();
    let mut bytes = Vec::new();
    // A reset after the answer is no concern of the test.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut bytes))
        .await
        .unwrap();
    let split = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .expect("an answer has a head");
    let head = String::from_utf8(bytes[..split].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = lines
        .next()
        .unwrap()
        .split(' ')
        .nth(1)
        .unwrap()
        .parse()
        .unwrap();
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    Answer {
        status,
        headers,
        body: bytes[split + 4..].to_vec(),
    }
}
