//! WebDriver BiDi: numbered commands and events as JSON over one WebSocket
//! (<https://w3c.github.io/webdriver-bidi/>).

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::stream::SplitSink;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

/// A command that takes longer will never be answered.
const ANSWER: Duration = Duration::from_secs(120);

type Sink = SplitSink<WebSocketStream<MaybeTlsStream<TcpStream>>, Message>;

/// A session; clones are the same one.
#[derive(Debug, Clone)]
pub struct Bidi(Arc<Inner>);

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

impl Bidi {
    /// Connect to a session; `hear` gets the name and the parameters of each event.
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
            .map_err(|error| format!("no BiDi session at {address}: {error}"))?;
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
                            // Nobody waits when the command ran out of time.
                            let _ = waiter.map(|waiter| waiter.send(message));
                        }
                        (None, Some(method)) => hear(method, &message["params"]),
                        (None, None) => {}
                    }
                }
                // The waiters of an ended session learn it at once.
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

    /// Send a command and give its result, or the browser's words.
    pub async fn send(&self, method: &str, params: Value) -> Result<Value, String> {
        let id = self.0.last.fetch_add(1, Ordering::Relaxed) + 1;
        let (answer, answered) = oneshot::channel();
        self.0
            .waiting
            .lock()
            .expect("no panic under this lock")
            .insert(id, answer);
        let text = json!({"id": id, "method": method, "params": params}).to_string();
        let sent = self.0.sink.lock().await.send(Message::text(text)).await;
        sent.map_err(|error| format!("{method}: {error}"))?;
        let mut answer = match timeout(ANSWER, answered).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => return Err(format!("{method}: the session has ended")),
            Err(_) => return Err(format!("{method}: no answer within {ANSWER:?}")),
        };
        if answer["type"] == "success" {
            return Ok(answer["result"].take());
        }
        let (error, message) = (&answer["error"], &answer["message"]);
        Err(format!("{method}: {error}: {message}"))
    }
}
