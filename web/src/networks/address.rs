//! The network that the page's address names, and how the address changes.

use gloo::events::EventListener;
use tablon_core::command::Refusal;
use tablon_core::params::Params;
use wasm_bindgen::JsCast;
use web_sys::{Location, PageTransitionEvent, Window};

use super::refusal;

fn window() -> Window {
    web_sys::window().expect("the networks live in a page")
}

fn location() -> Location {
    window().location()
}

/// The network of the address; none when it names none.
pub(super) fn named() -> Option<Result<Params, Refusal>> {
    link_in(&location().hash().unwrap_or_default()).map(parse)
}

/// Read a bare link, or a whole address with `#/n/<link>`.
pub(super) fn parse(text: &str) -> Result<Params, Refusal> {
    let text = text.trim();
    let link = link_in(text).unwrap_or(text);
    Params::from_link(link).map_err(|error| refusal("network_link", error.to_string()))
}

/// What follows `#/n/`, up to the next `/`.
fn link_in(address: &str) -> Option<&str> {
    let (_, link) = address.split_once("#/n/")?;
    let link = link.split(['/', '?']).next()?;
    (!link.is_empty()).then_some(link)
}

fn fragment(link: &str) -> String {
    format!("#/n/{link}/")
}

/// Name this network, as a new entry of the tab's history.
pub(super) fn go_to(link: &str) {
    // Fails only in a document that is no longer shown.
    let _ = location().set_hash(&fragment(link));
}

/// Name this network in place of the one that was left: to go back must not
/// join it again.
pub(super) fn replace_by(link: &str) {
    let _ = location().replace(&fragment(link));
}

/// Call `on_change` when the address changes; load the page anew when it comes
/// back from the browser's back-forward cache.
pub(super) fn listeners(on_change: impl Fn() + 'static) -> Vec<EventListener> {
    vec![
        EventListener::new(&window(), "hashchange", move |_| on_change()),
        EventListener::new(&window(), "pageshow", |event| {
            if event.unchecked_ref::<PageTransitionEvent>().persisted() {
                let _ = location().reload();
            }
        }),
    ]
}

#[cfg(test)]
mod tests {
    use super::link_in;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn only_an_address_that_names_a_network_is_taken_for_one() {
        for (address, network) in [
            ("", None),
            ("#/wall", None),
            ("#/n/", None),
            ("#/n//wall", None),
            ("#/n/abc-_", Some("abc-_")),
            ("#/n/abc/wall", Some("abc")),
            ("https://board.example/#/n/abc?x", Some("abc")),
        ] {
            assert_eq!(link_in(address), network, "{address}");
        }
    }
}
