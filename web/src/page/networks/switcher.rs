//! The network that is shown, and a quick way to the others.

use web_sys::HtmlElement;
use yew::prelude::*;

use super::super::i18n::{tell, use_words};
use super::super::route::{Place, use_route};
use super::super::term::use_id;
use super::{Unread, board_of, line_of};
use crate::networks::Entry;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// All networks of this tab.
    pub(crate) entries: Vec<Entry>,
    /// How the shown one's node is connected: said in the button where the
    /// masthead has no room beside it.
    pub(crate) line: AttrValue,
    /// The class that goes with it.
    pub(crate) tone: &'static str,
}

/// A button that names the network, and the list that it opens: the browser's
/// own popover, as for the explained words.
#[component]
pub(crate) fn Switcher(props: &Props) -> Html {
    let words = use_words();
    let route = use_route();
    let id = use_id("switcher");
    let list = use_node_ref();
    let shown = props.entries.iter().find(|entry| entry.current);
    let elsewhere: u32 = props
        .entries
        .iter()
        .filter(|entry| !entry.current)
        .map(|entry| entry.unread)
        .sum();
    let name = shown.map_or_else(|| words.say("networks"), |entry| entry.name.clone().into());
    let onclick = {
        let list = list.clone();
        Callback::from(move |_: MouseEvent| {
            if let Some(list) = list.cast::<HtmlElement>() {
                let _ = list.hide_popover();
            }
        })
    };
    html! {
        <div class="switcher">
            <button type="button" class="switcher-button" popovertarget={id.clone()}>
                <span class="switcher-words">
                    <bdi>{name}</bdi>
                    <span class={classes!("switcher-line", props.tone)}>
                        <span class="dot" aria-hidden="true"></span>
                        <span>{props.line.clone()}</span>
                    </span>
                </span>
                if elsewhere > 0 {
                    <span class="badge figures" aria-hidden="true">{super::format::number(elsewhere)}</span>
                    <span class="unseen">{tell!(words, "switcher-unread", n = elsewhere)}</span>
                }
                <span class="unseen">{words.say("networks")}</span>
                <svg class="chevron" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
                    <path d="M6 8l4 4 4-4" />
                </svg>
            </button>
            <div {id} ref={list} popover="auto" class="switcher-list">
                <ul>
                    { for props.entries.iter().map(|entry| html! {
                        <li key={entry.id.to_string()}>
                            <a href={board_of(entry)} aria-current={entry.current.then_some("true")}
                               onclick={onclick.clone()}>
                                <bdi class="name">{entry.name.clone()}</bdi>
                                <Unread n={entry.unread} />
                                <span class="small figures">{line_of(&words, entry)}</span>
                            </a>
                        </li>
                    }) }
                </ul>
                <a class="switcher-all" href={route.href(Place::Networks)} {onclick}>{words.say("switcher-all")}</a>
            </div>
        </div>
    }
}
