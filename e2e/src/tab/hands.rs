//! What people do in a tab: look for the field that has a label, click, type,
//! choose a file.

use std::path::Path;

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::Tab;
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

impl Tab {
    /// Go to a place of the page, on the network that is shown.
    pub async fn visit(&self, place: &str) {
        let go = "place => {
            const front = location.hash.startsWith('#/n/')
                ? location.hash.split('/').slice(0, 3).join('/') : '#';
            location.hash = `${front}/${place}`;
        }";
        self.eval(go, &json!(place)).await;
    }

    /// Click the middle of the first visible element that `selector` finds, once
    /// it is there, stands still and nothing lies over it.
    pub async fn click(&self, selector: &str) {
        self.click_on(selector, "").await;
    }

    /// The same, of those that show these words.
    pub async fn click_on(&self, selector: &str, words: &str) {
        let what = format!("tab {} can click {selector} {words:?}", self.name);
        let spot = "([selector, words]) => {
            const element = [...document.querySelectorAll(selector)].find(
                element => element.checkVisibility() && element.innerText.includes(words));
            if (!element) return null;
            element.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
            const box = element.getBoundingClientRect();
            const x = Math.round(box.x + box.width / 2), y = Math.round(box.y + box.height / 2);
            return element.contains(document.elementFromPoint(x, y)) ? {x, y} : null;
        }";
        // Nobody clicks in a tab that they do not see.
        self.activate().await;
        let mut before = Value::Null;
        let at = until(&[self], &what, async || {
            let now = self.eval(spot, &json!([selector, words])).await;
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

    /// A selector for the field within `scope` that has this label.
    pub async fn field(&self, scope: &str, label: &str) -> String {
        let what = format!("tab {} has a field {label:?} in {scope}", self.name);
        let find = "([scope, label]) => {
            for (const field of document.querySelectorAll(
                ['input', 'textarea', 'select'].map(tag => `:is(${scope}) ${tag}`).join())) {
                const by = field.getAttribute('aria-labelledby');
                const names = by ? [document.getElementById(by)] : [...field.labels];
                if (names.some(name => name?.innerText.trim() === label)) return `#${CSS.escape(field.id)}`;
            }
            return null;
        }";
        until(&[self], &what, async || {
            let found = self.eval(find, &json!([scope, label])).await;
            found.as_str().map(str::to_owned)
        })
        .await
    }

    /// Type this into the field within `scope` that has this label, in place of
    /// what stands there.
    pub async fn write(&self, scope: &str, label: &str, text: &str) {
        let field = self.field(scope, label).await;
        self.click(&field).await;
        self.press(&[key::CONTROL, 'a']).await;
        self.type_text(text).await;
    }

    /// The same, as if pasted: long texts take minutes to type.
    pub async fn paste(&self, scope: &str, label: &str, text: &str) {
        let field = self.field(scope, label).await;
        self.click(&field).await;
        let fill = "([field, text]) => {
            const element = document.querySelector(field);
            element.value = text;
            element.dispatchEvent(new InputEvent('input', {bubbles: true}));
        }";
        self.eval(fill, &json!([field, text])).await;
    }

    /// What stands in the field within `scope` that has this label.
    pub async fn written(&self, scope: &str, label: &str) -> String {
        let field = self.field(scope, label).await;
        let value = "field => document.querySelector(field).value";
        let value = self.eval(value, &json!(field)).await;
        value.as_str().unwrap_or_default().to_owned()
    }

    /// Choose a file in the field within `scope` that has this label.
    pub async fn choose(&self, scope: &str, label: &str, file: &Path) {
        let field = self.field(scope, label).await;
        let css = json!({"type": "css", "value": field});
        let locate = json!({"context": self.context, "locator": css});
        let found = self.ask("browsingContext.locateNodes", locate).await;
        let element = json!({"sharedId": found["nodes"][0]["sharedId"]});
        let params = json!({"context": self.context, "element": element, "files": [file]});
        self.ask("input.setFiles", params).await;
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
}
