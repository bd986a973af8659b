//! How others come to a network.

use yew::prelude::*;

use super::super::copy::Copy;
use super::super::i18n::use_words;
use super::super::invite;
use super::super::qr::Qr;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// What follows `#/n/`.
    pub(crate) link: String,
}

/// Its address as text and as a QR code.
#[component]
pub(crate) fn Share(props: &Props) -> Html {
    let words = use_words();
    let link = invite::link_of(&props.link);
    html! {
        <div class="beside">
            <div class="grow">
                <Copy text={link.clone()} label={words.say("board-link")} />
                <p class="small">
                    { if invite::is_local() { words.say("alone-localhost") } else { words.say("share-lead") } }
                </p>
            </div>
            if !invite::is_local() {
                <Qr text={link} label={words.say("qr-label")} />
            }
        </div>
    }
}
