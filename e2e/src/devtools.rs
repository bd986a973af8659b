//! Chromium's own protocol, for what WebDriver does not reach: the inside of
//! workers (<https://chromedevtools.github.io/devtools-protocol/>).

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep};

use crate::wait::PATIENCE;
use crate::wire::Wire;

/// Chromium crashes no renderer that is just about to give way to another: it is
/// asked again after so long.
const SETTLING: Duration = Duration::from_millis(5);

/// A connection to a running Chromium.
#[derive(Debug)]
pub struct DevTools {
    wire: Wire,
    crashed: Arc<Notify>,
}

impl DevTools {
    /// Connect to the browser that runs on this profile.
    pub async fn connect(profile: &Path) -> Result<Self, String> {
        // Where it listens: the port on one line, the path on the next.
        let file = profile.join("DevToolsActivePort");
        let text = tokio::fs::read_to_string(&file).await;
        let text = text.map_err(|error| format!("{}: {error}", file.display()))?;
        let (port, path) = text.split_once('\n').unwrap_or((&text, ""));
        let address = format!("ws://127.0.0.1:{port}{}", path.trim());
        let crashed = Arc::new(Notify::new());
        let heard = crashed.clone();
        let wire = Wire::connect(&address, move |method, _| {
            if method == "Inspector.targetCrashed" {
                heard.notify_one();
            }
        });
        let wire = wire.await?;
        Ok(Self { wire, crashed })
    }

    async fn send(&self, session: &Value, method: &str, params: Value) -> Result<Value, String> {
        let mut call = json!({"method": method, "params": params});
        if session.is_string() {
            call["sessionId"] = session.clone();
        }
        let mut answer = self.wire.call(call).await?;
        match &answer["error"] {
            Value::Null => Ok(answer["result"].take()),
            error => Err(format!("{method}: {error}")),
        }
    }

    /// Run an expression inside every worker of the page `context` whose script
    /// is `script`; gives how many there were.
    pub async fn in_workers(
        &self,
        context: &str,
        script: &str,
        expression: &str,
    ) -> Result<usize, String> {
        let browser = Value::Null;
        let filter = json!({"filter": [{"type": "worker"}]});
        let found = self.send(&browser, "Target.getTargets", filter).await?;
        let workers = found["targetInfos"].as_array().into_iter().flatten();
        let wanted: Vec<&Value> = workers
            .filter(|worker| {
                let url = worker["url"].as_str().unwrap_or_default();
                worker["parentFrameId"] == context && url.ends_with(script)
            })
            .collect();
        for worker in &wanted {
            let whom = json!({"targetId": worker["targetId"], "flatten": true});
            let attached = self.send(&browser, "Target.attachToTarget", whom).await?;
            let what = json!({"expression": expression});
            self.send(&attached["sessionId"], "Runtime.evaluate", what)
                .await?;
        }
        Ok(wanted.len())
    }

    /// Crash the renderer of the page `context`: page and workers end in the middle
    /// of whatever they do.
    pub async fn crash(&self, context: &str) -> Result<(), String> {
        let whom = json!({"targetId": context, "flatten": true});
        let mut attached = self
            .send(&Value::Null, "Target.attachToTarget", whom)
            .await?;
        let session = attached["sessionId"].take();
        self.send(&session, "Inspector.enable", json!({})).await?;
        let begun = Instant::now();
        loop {
            // The command itself is never answered.
            let refused = tokio::select! {
                () = self.crashed.notified() => return Ok(()),
                answer = self.send(&session, "Page.crash", json!({})) => match answer {
                    Ok(_) => return Ok(()),
                    Err(refused) => refused,
                },
            };
            if !refused.contains("pending navigations") || begun.elapsed() > PATIENCE {
                return Err(refused);
            }
            sleep(SETTLING).await;
        }
    }

    /// Close the page `context` without asking it.
    pub async fn close(&self, context: &str) -> Result<(), String> {
        let whom = json!({"targetId": context});
        let closed = self.send(&Value::Null, "Target.closeTarget", whom).await;
        closed.map(drop)
    }
}
