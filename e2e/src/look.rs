//! How the page looks: every place of it, in every size, theme and language.

use serde_json::json;

use crate::tab::Tab;

/// A phone, a laptop and a projector, in CSS pixels.
pub const SIZES: [(u32, u32); 3] = [(390, 844), (1280, 800), (1920, 1080)];

/// The languages that the page speaks.
pub const LANGUAGES: [&str; 2] = ["en", "es"];

/// Paper, and a true dark.
pub const THEMES: [&str; 2] = ["light", "dark"];

/// The places of the page, as they stand in its address, and what is there
/// once they are drawn.
pub const PLACES: [(&str, &str); 13] = [
    ("", ".at-board .note"),
    ("blocks", ".block-table tbody tr"),
    ("b/1", ".block-dialog .header-fields"),
    ("b/0", ".block-dialog .header-fields"),
    ("node", ".at-node #mining-switch"),
    ("network", "#by-hand"),
    ("wall", ".at-wall"),
    ("wallet", ".at-wallet #wallet-safety"),
    ("networks", ".at-networks .network"),
    ("people", ".at-people .own-part"),
    ("letters", ".at-letters .correspondents"),
    ("transfers", ".at-transfers #balance"),
    ("proof", ".at-proof .proof-result"),
];

/// Load the page anew in this language and theme.
pub async fn dress(tab: &Tab, language: &str, theme: &str) {
    let keep = "([language, theme]) => {
        localStorage.setItem('tablon.language', language);
        localStorage.setItem('tablon.theme', theme);
    }";
    tab.eval(keep, &json!([language, theme])).await;
    tab.reload().await;
}

/// Go to one of the [`PLACES`] and wait until it is drawn.
pub async fn show(tab: &Tab, (place, drawn): (&str, &str)) {
    tab.visit(place).await;
    if !place.starts_with("b/") {
        tab.until_gone(".block-dialog").await;
    }
    tab.until_there(drawn).await;
}
