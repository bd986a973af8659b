//! One tab: what is loaded in it and what it shows. What people do in it is in
//! [`hands`], what scripts see of it in [`tablon`].

pub mod hands;
pub mod tablon;

use std::fmt;

use serde_json::{Value, json};

pub use hands::key;

use crate::bidi::Bidi;
use crate::browser::Kind;
use crate::wait::until;

/// A promise of `window.tablon` that was rejected, or a script that threw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The error's `code`, or else its name.
    pub code: String,
    /// Its message.
    pub message: String,
}

/// A tab.
#[derive(Debug, Clone)]
pub struct Tab {
    name: String,
    kind: Kind,
    context: String,
    bidi: Bidi,
}

impl Tab {
    pub(crate) fn new(name: &str, kind: Kind, context: String, bidi: Bidi) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            context,
            bidi,
        }
    }

    /// What messages call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    async fn ask(&self, method: &str, params: Value) -> Value {
        let answer = self.bidi.send(method, params).await;
        answer.unwrap_or_else(|error| panic!("tab {}: {error}", self.name))
    }

    /// Load a page.
    pub async fn go(&self, url: &str) {
        let params = json!({"context": self.context, "url": url, "wait": "complete"});
        self.ask("browsingContext.navigate", params).await;
    }

    /// Load the page anew and wait until its board is ready.
    pub async fn reload(&self) {
        self.load_anew().await;
        self.ready().await;
    }

    /// Load the page anew, whatever it shows then.
    pub async fn load_anew(&self) {
        let params = json!({"context": self.context, "wait": "complete"});
        self.ask("browsingContext.reload", params).await;
    }

    /// Close it.
    pub async fn close(self) {
        let params = json!({"context": self.context});
        self.ask("browsingContext.close", params).await;
    }

    /// Bring it to the front.
    pub async fn activate(&self) {
        let params = json!({"context": self.context});
        self.ask("browsingContext.activate", params).await;
    }

    /// Wait until `await window.tablon.ready` is through.
    pub async fn ready(&self) {
        let what = format!("tab {} has window.tablon", self.name);
        until(&[], &what, async || {
            let there = self.eval("() => !!window.tablon", &json!(null)).await;
            (there == true).then_some(())
        })
        .await;
        let ready = self.try_eval("() => tablon.ready", &json!(null)).await;
        ready.unwrap_or_else(|refused| panic!("tab {} is not ready: {refused:?}", self.name));
    }

    /// The same of a board that this browser may not know yet: then it is joined,
    /// as a person does whom the link was sent to.
    pub async fn enter(&self) {
        let join = "() => {
            const look = setInterval(() => {
                const button = document.getElementById('offer-join');
                if (button) button.click();
                if (button || document.querySelector('.page:not(.at-offer)')) clearInterval(look);
            }, 20);
        }";
        self.eval(join, &json!(null)).await;
        self.ready().await;
    }

    /// Run a function of one argument in the page; a promise is waited for.
    /// Panics when it throws.
    pub async fn eval(&self, function: &str, argument: &Value) -> Value {
        let result = self.try_eval(function, argument).await;
        result.unwrap_or_else(|refused| panic!("tab {}: {function}: {refused:?}", self.name))
    }

    /// Run a function of one argument in the page; a promise is waited for.
    /// Values are JSON; a `Uint8Array` is `{"base64": "..."}`, both ways.
    pub async fn try_eval(&self, function: &str, argument: &Value) -> Result<Value, Refused> {
        let params = json!({
            "functionDeclaration": wrapped(function),
            "arguments": [{"type": "string", "value": argument.to_string()}],
            "awaitPromise": true,
            "target": {"context": self.context},
        });
        let answer = self.bidi.send("script.callFunction", params).await;
        let answer = answer.map_err(|message| Refused {
            code: "webdriver".into(),
            message,
        })?;
        unwrapped(&answer)
    }

    /// The text of every element that `selector` finds, as it is shown.
    pub async fn texts(&self, selector: &str) -> Vec<String> {
        let function = "selector => [...document.querySelectorAll(selector)].map(e => e.innerText)";
        let texts = self.eval(function, &json!(selector)).await;
        serde_json::from_value(texts).expect("a list of texts")
    }

    /// All that is shown.
    pub async fn text(&self) -> String {
        self.texts("body").await.concat()
    }

    /// Wait until something that `selector` finds shows these words.
    pub async fn until_shown(&self, selector: &str, words: &str) {
        let what = format!("tab {} shows {words:?} in {selector}", self.name);
        until(&[self], &what, async || {
            let texts = self.texts(selector).await;
            texts.iter().any(|text| text.contains(words)).then_some(())
        })
        .await;
    }

    /// Wait until there is something that `selector` finds.
    pub async fn until_there(&self, selector: &str) {
        let what = format!("tab {} has a {selector}", self.name);
        until(&[self], &what, async || {
            (!self.texts(selector).await.is_empty()).then_some(())
        })
        .await;
    }

    /// Wait until there is nothing that `selector` finds.
    pub async fn until_gone(&self, selector: &str) {
        let what = format!("tab {} has no {selector}", self.name);
        until(&[self], &what, async || {
            self.texts(selector).await.is_empty().then_some(())
        })
        .await;
    }

    /// A command of Chromium's own protocol, to this tab.
    pub async fn chromium(&self, method: &str, params: Value) -> Value {
        assert_eq!(self.kind, Kind::Chromium, "only Chromium speaks this");
        let whose = json!({"context": self.context});
        let session = self.ask("goog:cdp.getSession", whose).await["session"].take();
        let command = json!({"method": method, "params": params, "session": session});
        self.ask("goog:cdp.sendCommand", command).await["result"].take()
    }

    /// What the browser calls it.
    pub fn context(&self) -> &str {
        &self.context
    }

    /// How it stands, for the message of a failure.
    pub async fn describe(&self) -> String {
        match self.call("status", json!([])).await {
            Ok(status) => format!("{self}: {status}, shows {}", self.glance().await),
            Err(refused) => format!(
                "{self}: no status: {refused:?}, shows {}",
                self.glance().await
            ),
        }
    }

    /// What one sees at first sight.
    async fn glance(&self) -> String {
        const LETTERS: usize = 1_500;
        let text = self.texts("#main, .notices, .toasts").await.join(" | ");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        format!("{:?}", text.chars().take(LETTERS).collect::<String>())
    }
}

impl fmt::Display for Tab {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tab {} ({:?})", self.name, self.kind)
    }
}

/// Values cross as JSON text, which all browsers carry alike; what is thrown
/// crosses as a value, since a rejection is what many tests want to see.
fn wrapped(function: &str) -> String {
    format!(
        "async input => {{
            try {{
                const value = await ({function})(JSON.parse(input, (_, value) =>
                    typeof value?.base64 === 'string' ? Uint8Array.fromBase64(value.base64) : value));
                return JSON.stringify({{value: value === undefined ? null : value}}, (_, value) =>
                    value instanceof Uint8Array ? {{base64: value.toBase64()}} : value);
            }} catch (error) {{
                const code = String(error?.code || error?.name);
                return JSON.stringify({{threw: {{code, message: String(error?.message ?? error)}}}});
            }}
        }}"
    )
}

fn unwrapped(answer: &Value) -> Result<Value, Refused> {
    let text = answer["result"]["value"].as_str();
    let Some(mut value) = text.and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
        return Err(Refused {
            code: "webdriver".into(),
            message: answer.to_string(),
        });
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match &value["threw"] {
        Value::Null => Ok(value["value"].take()),
        threw => Err(Refused {
            code: text(&threw["code"]),
            message: text(&threw["message"]),
        }),
    }
}
