//! Light, dark, or as the system has it: an attribute that the style sheet reads.

use yew::prelude::*;

use super::i18n::use_words;
use super::memory::{self, Key};

/// The choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Paper.
    Light,
    /// A true dark.
    Dark,
}

impl Theme {
    /// As remembered.
    pub(crate) fn recall() -> Self {
        match memory::recall(Key::Theme).as_deref() {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }

    fn attribute(self) -> Option<&'static str> {
        match self {
            Self::System => None,
            Self::Light => Some("light"),
            Self::Dark => Some("dark"),
        }
    }

    /// Put it on the page and remember it.
    pub(crate) fn apply(self) {
        let root = gloo::utils::document_element();
        let _ = match self.attribute() {
            Some(theme) => root.set_attribute("data-theme", theme),
            None => root.remove_attribute("data-theme"),
        };
        memory::keep(Key::Theme, self.attribute());
    }

    fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }
}

/// A button that goes through the three.
#[component]
pub(crate) fn ThemeSwitch() -> Html {
    let words = use_words();
    let theme = use_state(Theme::recall);
    let name = match *theme {
        Theme::System => words.say("theme-system"),
        Theme::Light => words.say("theme-light"),
        Theme::Dark => words.say("theme-dark"),
    };
    let label = format!("{}: {name}", words.say("theme"));
    let onclick = {
        let theme = theme.clone();
        Callback::from(move |_| {
            let next = theme.next();
            next.apply();
            theme.set(next);
        })
    };
    html! {
        <button type="button" class="quiet icon" {onclick} aria-label={label.clone()} title={label}>
            <svg viewBox="0 0 20 20" aria-hidden="true" focusable="false">
                { match *theme {
                    Theme::System => html! { <>
                        <circle cx="10" cy="10" r="6.5" class="stroke" />
                        <path d="M10 3.5 a6.5 6.5 0 0 1 0 13 z" class="fill" />
                    </> },
                    Theme::Light => html! { <>
                        <circle cx="10" cy="10" r="3.5" class="stroke" />
                        <path class="stroke" d="M10 1.5v2.5M10 16v2.5M1.5 10H4M16 10h2.5M4 4l1.8 1.8M14.2 14.2 16 16M4 16l1.8-1.8M14.2 5.8 16 4" />
                    </> },
                    Theme::Dark => html! {
                        <path class="fill" d="M8 2.2 A8 8 0 1 0 17.8 12 A6.6 6.6 0 0 1 8 2.2 z" />
                    },
                } }
            </svg>
        </button>
    }
}
