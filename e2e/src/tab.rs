//! One tab: what scripts see of it (`window.tablon`) and what people do in it.

use std::fmt;

use data_encoding::BASE64;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tablon_core::view::{BlockView, PeerView, Status, TransactionView};

use crate::bidi::Bidi;
use crate::browser::Kind;
use crate::wait::until;

/// Keys that are not letters, as WebDriver names them.
pub mod key {
    /// Enter.
    pub const ENTER: char = '\u{e007}';
    /// Tabulator.
    pub const TAB: char = '\u{e004}';
    /// Shift.
    pub const SHIFT: char = '\u{e008}';
    /// Control.
    pub const CONTROL: char = '\u{e009}';
    /// Escape.
    pub const ESCAPE: char = '\u{e00c}';
}

/// Milliseconds within which the node answers a call, however busy it is.
const ANSWER: u32 = 30_000;

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
        let params = json!({"context": self.context, "wait": "complete"});
        self.ask("browsingContext.reload", params).await;
        self.ready().await;
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

    /// Run a function of one argument in the page; a promise is waited for.
    /// Panics when it throws.
    pub async fn eval(&self, function: &str, argument: &Value) -> Value {
        let result = self.try_eval(function, argument).await;
        result.unwrap_or_else(|refused| panic!("tab {}: {function}: {refused:?}", self.name))
    }

    /// Run a function of one argument in the page; a promise is waited for.
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

    /// Call a method of `window.tablon`.
    pub async fn call(&self, method: &str, arguments: Value) -> Result<Value, Refused> {
        let call = json!({"method": method, "arguments": arguments, "patience": ANSWER});
        let function = "({method, arguments: list, patience}) => Promise.race([
            tablon[method](...list),
            new Promise((_, reject) => setTimeout(reject, patience, new Error(
                `tablon.${method} has not answered within ${patience} ms`))),
        ])";
        self.try_eval(function, &call).await
    }

    async fn told<T: DeserializeOwned>(&self, method: &str, arguments: Value) -> T {
        let value = self.call(method, arguments).await;
        let value = value.unwrap_or_else(|refused| {
            panic!("tab {}: {method} was refused: {refused:?}", self.name)
        });
        serde_json::from_value(value.clone())
            .unwrap_or_else(|error| panic!("tab {}: {method} gave {value}: {error}", self.name))
    }

    /// `status()`.
    pub async fn status(&self) -> Status {
        self.told("status", json!([])).await
    }

    /// `status()`, or none while the node is away.
    pub async fn try_status(&self) -> Option<Status> {
        let value = self.call("status", json!([])).await.ok()?;
        serde_json::from_value(value).ok()
    }

    /// Post and give the id.
    pub async fn post(&self, body: &str) -> String {
        let options = json!({"name": self.name});
        self.told("post", json!([body, options])).await
    }

    /// Mine with so many threads; 0 stops.
    pub async fn mine(&self, threads: u32) {
        self.told("mine", json!([threads])).await
    }

    /// `pending()`.
    pub async fn pending(&self) -> Vec<TransactionView> {
        self.told("pending", json!([])).await
    }

    /// `peers()`.
    pub async fn peers(&self) -> Vec<PeerView> {
        self.told("peers", json!([])).await
    }

    /// Every block from genesis on, asked for in pages.
    pub async fn chain(&self) -> Vec<BlockView> {
        let mut chain: Vec<BlockView> = Vec::new();
        loop {
            let page = json!([{"from": chain.len(), "limit": 100}]);
            let more: Vec<BlockView> = self.told("chain", page).await;
            if more.is_empty() {
                return chain;
            }
            chain.extend(more);
        }
    }

    /// Ids of all posts on the chain, oldest first.
    pub async fn confirmed(&self) -> Vec<String> {
        let chain = self.chain().await;
        let posts = chain.iter().flat_map(|block| &block.transactions);
        posts.map(|post| post.id.to_string()).collect()
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

    /// Click the middle of the first element that `selector` finds, once it is
    /// there, stands still and nothing lies over it.
    pub async fn click(&self, selector: &str) {
        let what = format!("tab {} can click {selector}", self.name);
        let spot = "selector => {
            const element = document.querySelector(selector);
            if (!element) return null;
            element.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
            const box = element.getBoundingClientRect();
            const x = Math.round(box.x + box.width / 2), y = Math.round(box.y + box.height / 2);
            return element.contains(document.elementFromPoint(x, y)) ? {x, y} : null;
        }";
        let mut before = Value::Null;
        let at = until(&[self], &what, async || {
            let now = self.eval(spot, &json!(selector)).await;
            let rests = now.is_object() && now == before;
            before = now;
            rests.then(|| before.clone())
        })
        .await;
        let actions = json!([
            {"type": "pointerMove", "x": at["x"], "y": at["y"]},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]);
        self.act(json!({"type": "pointer", "id": "mouse", "actions": actions}))
            .await;
    }

    /// Type, a key at a time.
    pub async fn type_text(&self, text: &str) {
        for key in text.chars() {
            self.press(&[key]).await;
        }
    }

    /// Press these keys together: all down in order, all up in reverse.
    pub async fn press(&self, keys: &[char]) {
        let stroke = |kind, key: &char| json!({"type": kind, "value": key});
        let down = keys.iter().map(|key| stroke("keyDown", key));
        let up = keys.iter().rev().map(|key| stroke("keyUp", key));
        let actions: Vec<Value> = down.chain(up).collect();
        self.act(json!({"type": "key", "id": "keyboard", "actions": actions}))
            .await;
    }

    async fn act(&self, source: Value) {
        let params = json!({"context": self.context, "actions": [source]});
        self.ask("input.performActions", params).await;
    }

    /// Make the page so many CSS pixels large.
    pub async fn resize(&self, width: u32, height: u32) {
        let viewport = json!({"width": width, "height": height});
        let params = json!({"context": self.context, "viewport": viewport});
        self.ask("browsingContext.setViewport", params).await;
    }

    /// Wait until what has changed is drawn: two frames, in the foreground.
    pub async fn drawn(&self) {
        self.activate().await;
        let frames = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done())))";
        self.eval(frames, &Value::Null).await;
    }

    /// What is on the screen, as PNG.
    pub async fn screenshot(&self) -> Vec<u8> {
        let params = json!({"context": self.context});
        let shot = self.ask("browsingContext.captureScreenshot", params).await;
        let data = shot["data"].as_str().unwrap_or_default();
        BASE64
            .decode(data.as_bytes())
            .expect("a screenshot is base64")
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
            Ok(status) => {
                let notices = self.texts(".notices .banner").await;
                format!("{self}: {status}, notices {notices:?}")
            }
            Err(refused) => format!("{self}: no status: {refused:?}"),
        }
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
                const value = await ({function})(JSON.parse(input));
                return JSON.stringify({{value: value === undefined ? null : value}});
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
