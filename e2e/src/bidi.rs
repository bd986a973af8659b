//! WebDriver BiDi: commands and events of a whole browser
//! (<https://w3c.github.io/webdriver-bidi/>).

use serde_json::{Value, json};

use crate::wire::Wire;

/// A session; clones are the same one.
#[derive(Debug, Clone)]
pub struct Bidi(Wire);

impl Bidi {
    /// Connect to a session; `hear` gets the name and the parameters of each event.
    pub async fn connect(
        address: &str,
        hear: impl Fn(&str, &Value) + Send + 'static,
    ) -> Result<Self, String> {
        Wire::connect(address, hear).await.map(Self)
    }

    /// Send a command and give its result, or the browser's words.
    pub async fn send(&self, method: &str, params: Value) -> Result<Value, String> {
        let command = json!({"method": method, "params": params});
        let mut answer = self.0.call(command).await?;
        if answer["type"] == "success" {
            return Ok(answer["result"].take());
        }
        let (error, message) = (&answer["error"], &answer["message"]);
        Err(format!("{method}: {error}: {message}"))
    }
}
