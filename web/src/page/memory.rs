//! The few choices that this browser remembers. A browser that forbids it
//! (private windows) forgets them with the tab; nothing else changes.

/// What is remembered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// Language of the page.
    Language,
    /// Light, dark, or as the system.
    Theme,
    /// The author's name.
    Name,
    /// Threads to mine with.
    Threads,
    /// Percent of the time to mine.
    Duty,
    /// Whether the GPU mines as well.
    Gpu,
    /// Minutes without input after which the wallet is locked.
    LockAfter,
    /// The hint to keep the identity safe has been read.
    SafetyRead,
    /// Hashes a second of one thread, as last measured.
    Rate,
}

impl Key {
    fn name(self) -> &'static str {
        match self {
            Self::Language => "tablon.language",
            Self::Theme => "tablon.theme",
            Self::Name => "tablon.name",
            Self::Threads => "tablon.threads",
            Self::Duty => "tablon.duty",
            Self::Gpu => "tablon.gpu",
            Self::LockAfter => "tablon.lock-after",
            Self::SafetyRead => "tablon.safety-read",
            Self::Rate => "tablon.rate",
        }
    }
}

fn local() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// As it was last kept.
pub(crate) fn recall(key: Key) -> Option<String> {
    local()?.get_item(key.name()).ok()?
}

/// Keep it; `None` forgets.
pub(crate) fn keep(key: Key, value: Option<&str>) {
    if let Some(storage) = local() {
        let _ = match value {
            Some(value) => storage.set_item(key.name(), value),
            None => storage.remove_item(key.name()),
        };
    }
}

const DRAFT: &str = "tablon.draft";

fn session() -> Option<web_sys::Storage> {
    web_sys::window()?.session_storage().ok()?
}

/// The unfinished post of this tab, if a reload interrupted it.
pub(crate) fn recall_draft() -> Option<String> {
    session()?.get_item(DRAFT).ok()?
}

/// Keep the unfinished post for a reload; an empty one is forgotten.
pub(crate) fn keep_draft(text: &str) {
    if let Some(storage) = session() {
        let _ = if text.is_empty() {
            storage.remove_item(DRAFT)
        } else {
            storage.set_item(DRAFT, text)
        };
    }
}
