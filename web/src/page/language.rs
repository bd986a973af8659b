//! Which language the page speaks: as chosen, else as the browser asks for.

use yew::prelude::*;

use super::i18n::{Lang, Words, use_words};
use super::memory::{self, Key};

/// Languages that the browser asks for, most wanted first.
fn wanted() -> Vec<String> {
    let navigator = gloo::utils::window().navigator();
    navigator
        .languages()
        .iter()
        .filter_map(|tag| tag.as_string())
        .collect()
}

/// The words to begin with.
pub(crate) fn recall() -> Words {
    let lang = memory::recall(Key::Language)
        .as_deref()
        .and_then(Lang::from_tag)
        .or_else(|| wanted().iter().find_map(|tag| Lang::from_tag(tag)))
        .unwrap_or(Lang::En);
    speak(lang)
}

/// The words of `lang`, with the numbers of the reader's own country where the
/// browser names one that speaks it; also says so to screen readers.
fn speak(lang: Lang) -> Words {
    let _ = gloo::utils::document_element().set_attribute("lang", lang.code());
    let locale = wanted()
        .into_iter()
        .find(|tag| Lang::from_tag(tag) == Some(lang))
        .unwrap_or_else(|| lang.code().to_owned());
    Words::new(lang, &locale)
}

/// What the switch reports to.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Gets the new words.
    pub(crate) onchange: Callback<Words>,
}

/// A list of the languages, each in its own words.
#[component]
pub(crate) fn LanguageSwitch(props: &Props) -> Html {
    let words = use_words();
    let onchange = {
        let report = props.onchange.clone();
        Callback::from(move |event: Event| {
            let select: web_sys::HtmlSelectElement = event.target_unchecked_into();
            if let Some(lang) = Lang::from_tag(&select.value()) {
                memory::keep(Key::Language, Some(lang.code()));
                report.emit(speak(lang));
            }
        })
    };
    html! {
        <select class="quiet" id="language" {onchange} aria-label={words.say("language")}>
            { for Lang::ALL.into_iter().map(|lang| html! {
                <option value={lang.code()} lang={lang.code()} selected={lang == words.lang()}>
                    {lang.name()}
                </option>
            }) }
        </select>
    }
}
