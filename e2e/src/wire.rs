//! Numbered calls and events as JSON over one WebSocket: what WebDriver BiDi and
//! Chromium's own protocol have in common.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// A call that takes longer will never be answered.
const ANSWER: Duration = Duration::from_secs(120);

type Sink = SplitSink<WebSocketStream<MaybeTlsStream<TcpStream>>, Message>;

/// A connection; clones are the same one.
#[derive(Debug, Clone)]
pub struct Wire(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    sink: tokio::sync::Mutex<Sink>,
    waiting: Arc<Waiting>,
    last: AtomicU64,
    reader: JoinHandle<()>,
}

type Waiting = Mutex<HashMap<u64, oneshot::Sender<Value>>>;

impl Drop for Inner {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Wire {
    /// Connect; `hear` gets the name and the parameters of each event.
    pub async fn connect(
        address: &str,
        hear: impl Fn(&str, &Value) + Send + 'static,
    ) -> Result<Self, String> {
        // A screenshot is one message of some megabytes.
        let config = WebSocketConfig::default()
            .max_message_size(None)
            .max_frame_size(None);
        let (socket, _) = connect_async_with_config(address, Some(config), true)
            .await
            .map_err(|error| format!("nobody answers at {address}: {error}"))?;
        let (sink, mut stream) = socket.split();
        let waiting = Arc::new(Waiting::default());
        let reader = tokio::spawn({
            let waiting = waiting.clone();
            async move {
                while let Some(Ok(message)) = stream.next().await {
                    let Message::Text(text) = message else {
                        continue;
                    };
                    let Ok(message) = serde_json::from_str::<Value>(&text) else {
                        continue;
                    };
                    match (message["id"].as_u64(), message["method"].as_str()) {
                        (Some(id), _) => {
                            let waiter = waiting
                                .lock()
                                .expect("no panic under this lock")
                                .remove(&id);
                            // Nobody waits when the call ran out of time.
                            let _ = waiter.map(|waiter| waiter.send(message));
                        }
                        (None, Some(method)) => hear(method, &message["params"]),
                        (None, None) => {}
                    }
                }
                // Who waits learns of the end at once.
                waiting.lock().expect("no panic under this lock").clear();
            }
        });
        Ok(Self(Arc::new(Inner {
            sink: sink.into(),
            waiting,
            last: AtomicU64::new(0),
            reader,
        })))
    }

    /// Send a call, to which its number is added, and give the whole answer.
    pub async fn call(&self, mut call: Value) -> Result<Value, String> {
        let id = self.0.last.fetch_add(1, Ordering::Relaxed) + 1;
        call["id"] = id.into();
        let (answer, answered) = oneshot::channel();
        self.0
            .waiting
            .lock()
            .expect("no panic under this lock")
            .insert(id, answer);
        let method = &call["method"];
        let message = Message::text(call.to_string());
        let sent = self.0.sink.lock().await.send(message).await;
        sent.map_err(|error| format!("{method}: {error}"))?;
        match timeout(ANSWER, answered).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(_)) => Err(format!("{method}: the session has ended")),
            Err(_) => Err(format!("{method}: no answer within {ANSWER:?}")),
        }
    }
}
