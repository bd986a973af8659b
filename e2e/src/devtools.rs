//! Chromium's own protocol, for what WebDriver does not reach: the inside of
//! workers (<https://chromedevtools.github.io/devtools-protocol/>).

use std::path::Path;

use serde_json::{Value, json};

use crate::wire::Wire;

/// A connection to a running Chromium.
#[derive(Debug)]
pub struct DevTools(Wire);

impl DevTools {
    /// Connect to the browser that runs on this profile.
    pub async fn connect(profile: &Path) -> Result<Self, String> {
        // Where it listens: the port on one line, the path on the next.
        let file = profile.join("DevToolsActivePort");
        let text = tokio::fs::read_to_string(&file).await;
        let text = text.map_err(|error| format!("{}: {error}", file.display()))?;
        let (port, path) = text.split_once('\n').unwrap_or((&text, ""));
        let address = format!("ws://127.0.0.1:{port}{}", path.trim());
        Wire::connect(&address, |_, _| ()).await.map(Self)
    }

    async fn send(&self, session: &Value, method: &str, params: Value) -> Result<Value, String> {
        let mut call = json!({"method": method, "params": params});
        if session.is_string() {
            call["sessionId"] = session.clone();
        }
        let mut answer = self.0.call(call).await?;
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
}
