//! The page that people see: components draw, one [`state`] decides, and every
//! word comes from `web/messages/`. It reaches the node through
//! [`crate::client`] alone, with the same commands as `window.tablon`.

mod app;
mod block;
mod blocks;
mod board;
mod budget;
mod clock;
mod composer;
mod copy;
mod entry;
mod estimate;
mod feed;
mod file;
mod fingerprint;
mod forks;
mod form_request;
mod format;
mod gradual;
mod hashes;
mod i18n;
mod idle;
mod intl;
mod invite;
mod language;
mod letters;
mod linkify;
mod live;
mod map;
mod masthead;
mod memory;
mod mining;
mod my_node;
mod network;
mod networks;
mod note;
mod notices;
mod offer;
mod pages;
mod peers;
mod people;
mod place;
mod proof;
mod qr;
mod reduce;
mod refusal;
mod route;
mod sealing;
mod sparkline;
mod state;
mod strip;
mod sync;
mod term;
mod theme;
mod tip;
mod toasts;
mod transfers;
mod wall;
mod wallet;
mod who;

/// Put the page in place of the words that stood there while it loaded.
pub fn run() {
    console_error_panic_hook::set_once();
    let body = gloo::utils::document()
        .get_element_by_id("page")
        .unwrap_or_else(|| gloo::utils::body().into());
    yew::Renderer::<app::App>::with_root(body).render();
}
