//! A text with a button that copies it.

use gloo::timers::callback::Timeout;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::i18n::use_words;
use super::term::use_id;

/// How long "Copied" stands, milliseconds.
const COPIED_MS: u32 = 4_000;

/// What to copy.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The text.
    pub(crate) text: AttrValue,
    /// What it is.
    pub(crate) label: AttrValue,
}

#[derive(Clone, Copy, PartialEq)]
enum Outcome {
    None,
    Copied,
    Refused,
}

/// The text in a field, so that it can be copied by hand where the browser
/// forbids it to the page (clipboards need https).
#[component]
pub(crate) fn Copy(props: &Props) -> Html {
    let words = use_words();
    let field = use_node_ref();
    let outcome = use_state_eq(|| Outcome::None);
    let fade = use_mut_ref(|| None::<Timeout>);
    let id = use_id("copy");
    let onclick = {
        let (field, outcome, text) = (field.clone(), outcome.setter(), props.text.clone());
        Callback::from(move |_| {
            let (field, outcome, text, fade) =
                (field.clone(), outcome.clone(), text.clone(), fade.clone());
            spawn_local(async move {
                if write(&text).await {
                    outcome.set(Outcome::Copied);
                } else {
                    if let Some(field) = field.cast::<HtmlInputElement>() {
                        field.select();
                    }
                    outcome.set(Outcome::Refused);
                }
                fade.replace(Some(Timeout::new(COPIED_MS, move || {
                    outcome.set(Outcome::None)
                })));
            });
        })
    };
    html! {
        <div class="copy">
            <label for={id.clone()}>{props.label.clone()}</label>
            <div class="copy-row">
                <input {id} ref={field} type="text" readonly=true value={props.text.clone()} />
                <button type="button" {onclick}>
                    { match *outcome {
                        Outcome::Copied => words.say("copied"),
                        _ => words.say("copy"),
                    } }
                </button>
            </div>
            <span class="small" role="status">
                if *outcome == Outcome::Refused { {words.say("copy-by-hand")} }
            </span>
        </div>
    }
}

/// What to copy.
#[derive(Properties, PartialEq)]
pub(crate) struct BesideProps {
    /// The text.
    pub(crate) text: AttrValue,
    /// What it is, for those who do not see what stands beside the button.
    pub(crate) label: AttrValue,
}

/// A button alone, beside a short form of the text. Where the browser forbids
/// copying, the whole text is shown to be copied by hand.
#[component]
pub(crate) fn CopyBeside(props: &BesideProps) -> Html {
    let words = use_words();
    let outcome = use_state_eq(|| Outcome::None);
    let fade = use_mut_ref(|| None::<Timeout>);
    let onclick = {
        let (outcome, text) = (outcome.setter(), props.text.clone());
        Callback::from(move |_| {
            let (outcome, text, fade) = (outcome.clone(), text.clone(), fade.clone());
            spawn_local(async move {
                if write(&text).await {
                    outcome.set(Outcome::Copied);
                    let later = Timeout::new(COPIED_MS, move || outcome.set(Outcome::None));
                    fade.replace(Some(later));
                } else {
                    outcome.set(Outcome::Refused);
                }
            });
        })
    };
    if *outcome == Outcome::Refused {
        return html! { <code class="whole">{props.text.clone()}</code> };
    }
    html! { <>
        <button type="button" class="quiet small" {onclick} aria-label={props.label.clone()}>
            { if *outcome == Outcome::Copied { words.say("copied") } else { words.say("copy") } }
        </button>
    </> }
}

async fn write(text: &str) -> bool {
    let navigator = gloo::utils::window().navigator();
    // `navigator.clipboard` is undefined outside https and localhost.
    let there = js_sys::Reflect::get(&navigator, &"clipboard".into())
        .is_ok_and(|clipboard| !clipboard.is_undefined());
    there
        && JsFuture::from(navigator.clipboard().write_text(text))
            .await
            .is_ok()
}
