//! Somebody in a board's room who is no tab: a key, a socket to the relay, and whatever
//! it likes to say there.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use tablon_core::hash::PeerId;
use tablon_core::keys::SecretKey;
use tablon_core::params::Params;
use tablon_core::relay::{
    FromRelay, RELAY_PROTOCOL, Signal, SignalStep, SignedSignal, ToRelay, hello_bytes,
};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// A stranger in the room.
pub struct Stranger {
    key: SecretKey,
    network: tablon_core::hash::NetworkId,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Stranger {
    /// Comes into the room by the front door.
    pub async fn enters(relay: SocketAddr, board: &Params, seed: u8) -> Self {
        let (key, network) = (SecretKey::from_seed([seed; 32]), board.network_id());
        let url = format!("ws://{relay}/signal");
        let (socket, _) = connect_async(url).await.expect("the relay listens");
        let mut stranger = Self {
            key,
            network,
            socket,
        };
        let FromRelay::Challenge { nonce } = stranger.hears().await else {
            panic!("a challenge comes first");
        };
        let signature = stranger.key.sign(&hello_bytes(nonce, network));
        let hello = ToRelay::Hello {
            protocol: RELAY_PROTOCOL,
            network,
            key: stranger.key.public(),
            signature,
        };
        stranger.says(&hello).await;
        let welcome = stranger.hears().await;
        assert!(matches!(welcome, FromRelay::Welcome { .. }), "{welcome:?}");
        stranger
    }

    async fn hears(&mut self) -> FromRelay {
        loop {
            let message = self.socket.next().await.expect("the relay speaks");
            if let Message::Text(text) = message.expect("a sound frame") {
                return serde_json::from_str(&text).expect("the relay's protocol");
            }
        }
    }

    async fn says(&mut self, message: &ToRelay) {
        let text = serde_json::to_string(message).expect("it has a JSON form");
        let sent = self.socket.send(Message::text(text)).await;
        sent.expect("the relay reads");
    }

    /// Offers each of these a connection again and again, so often a second in all, and
    /// never comes.
    pub async fn offers_for_ever(mut self, to: Vec<PeerId>, per_second: u32) {
        let mut session = 0;
        loop {
            for peer in &to {
                session += 1;
                let signal = Signal {
                    network: self.network,
                    from: self.key.public(),
                    to: *peer,
                    session,
                    step: SignalStep::Offer { sdp: SDP.into() },
                };
                let signed = SignedSignal::sign(signal, &self.key);
                self.says(&ToRelay::Signal(signed)).await;
                // What the relay answers is read, or it would close the socket.
                let wait = Duration::from_secs(1) / per_second;
                let _ = tokio::time::timeout(wait, async {
                    loop {
                        self.hears().await;
                    }
                })
                .await;
            }
        }
    }
}

/// What a browser takes for an offer of a data channel.
const SDP: &str = "v=0\r\n\
o=- 4611731400430051336 2 IN IP4 127.0.0.1\r\n\
s=-\r\n\
t=0 0\r\n\
a=group:BUNDLE 0\r\n\
m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n\
c=IN IP4 0.0.0.0\r\n\
a=ice-ufrag:abcd\r\n\
a=ice-pwd:abcdefghijklmnopqrstuvwx\r\n\
a=fingerprint:sha-256 00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:\
10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F\r\n\
a=setup:actpass\r\n\
a=mid:0\r\n\
a=sctp-port:5000\r\n";
