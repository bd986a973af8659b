//! What a browser's console was told: uncaught exceptions, warnings and errors
//! of page and workers, and violations of the page's policy. A test fails when
//! there is anything that it did not announce.

use std::sync::{Arc, Mutex};

use serde_json::Value;

/// Runs in every document before its own scripts: a violation of the content
/// security policy is an error in the console in every browser.
pub(crate) const PRELOAD: &str = "() => addEventListener('securitypolicyviolation', event => \
    console.error(`content security policy: ${event.effectiveDirective} forbids ${event.blockedURI}`))";

/// The console of one browser; clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Console(Arc<Mutex<Kept>>);

#[derive(Debug, Default)]
struct Kept {
    entries: Vec<Entry>,
    expected: Vec<String>,
}

/// One warning or error.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The tab's browsing context.
    pub context: String,
    /// `error` or `warn`.
    pub level: String,
    /// What was said.
    pub text: String,
}

impl Console {
    /// Take `log.entryAdded`.
    pub(crate) fn heard(&self, event: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let level = text(&event["level"]);
        if level == "error" || level == "warn" {
            self.kept().entries.push(Entry {
                context: text(&event["source"]["context"]),
                level,
                text: text(&event["text"]),
            });
        }
    }

    /// Announce that entries with these words are part of the test.
    pub fn expect(&self, words: &str) {
        self.kept().expected.push(words.to_owned());
    }

    /// All warnings and errors so far.
    pub fn entries(&self) -> Vec<Entry> {
        self.kept().entries.clone()
    }

    /// Panics when there is one that was not announced.
    pub fn check(&self) {
        let unexpected: Vec<Entry> = {
            let kept = self.kept();
            let is_expected =
                |entry: &&Entry| !kept.expected.iter().any(|words| entry.text.contains(words));
            kept.entries.iter().filter(is_expected).cloned().collect()
        };
        assert!(
            unexpected.is_empty(),
            "the console was told what no test announced: {unexpected:#?}"
        );
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.lock().expect("no panic under this lock")
    }
}
