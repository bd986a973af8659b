//! The time of day for "12 s ago": one slow clock for the whole page.

use gloo::timers::callback::Interval;
use tablon_core::units::Millis;
use yew::prelude::*;

use super::format;
use super::i18n::use_words;
use super::intl;

/// Seconds since 1970 by this computer's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Now(pub(crate) u32);

/// Five seconds: ages need no more, and nothing on the page may flicker.
const TICK: u32 = 5_000;

/// This computer's clock.
pub(crate) fn read() -> Millis {
    Millis(js_sys::Date::now() as u64)
}

/// Provides [`Now`] to everything inside.
#[component]
pub(crate) fn Clock(props: &yew::html::ChildrenProps) -> Html {
    let now = use_state(|| Now(read().timestamp().0));
    {
        let now = now.clone();
        use_effect_with((), move |()| {
            let set = now.setter();
            let interval = Interval::new(TICK, move || set.set(Now(read().timestamp().0)));
            move || drop(interval)
        });
    }
    html! { <ContextProvider<Now> context={*now}>{props.children.clone()}</ContextProvider<Now>> }
}

/// The time by the page's clock.
#[hook]
pub(crate) fn use_now() -> u32 {
    use_context::<Now>().map_or(0, |now| now.0)
}

/// When.
#[derive(Properties, PartialEq)]
pub(crate) struct AgoProps {
    /// Seconds since 1970.
    pub(crate) at: u32,
}

/// How long ago, and on pointing at it the exact time.
#[component]
pub(crate) fn Ago(props: &AgoProps) -> Html {
    let words = use_words();
    let now = use_now().max(props.at);
    html! {
        <time class="ago" title={intl::date_time(props.at)}>{format::ago(&words, props.at, now)}</time>
    }
}
