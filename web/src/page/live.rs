//! What is read out to those who do not see the board change: rarely, and in sum.

use gloo::timers::callback::Timeout;
use yew::prelude::*;

use super::i18n::{tell, use_words};

/// Notes that come within this time are announced together, milliseconds.
const TOGETHER: u32 = 4_000;

/// What to announce.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Posts by others heard of so far.
    pub(crate) heard: u64,
}

/// A polite live region, not shown.
#[component]
pub(crate) fn Live(props: &Props) -> Html {
    let words = use_words();
    let said = use_mut_ref(|| props.heard);
    let count = use_state_eq(|| 0u64);
    let waiting = use_mut_ref(|| None::<Timeout>);
    let latest = use_mut_ref(|| props.heard);
    latest.replace(props.heard);
    {
        let (count, waiting) = (count.setter(), waiting.clone());
        use_effect_with(props.heard, move |heard| {
            if *heard < *said.borrow() {
                // The node was started again and counts anew.
                said.replace(*heard);
            }
            if *heard > *said.borrow() && waiting.borrow().is_none() {
                let forget = waiting.clone();
                waiting.replace(Some(Timeout::new(TOGETHER, move || {
                    let now = *latest.borrow();
                    count.set(now.saturating_sub(said.replace(now)));
                    forget.replace(None);
                })));
            }
        });
    }
    html! {
        <p class="unseen" aria-live="polite">
            if *count > 0 { {tell!(words, "heard", n = *count)} }
        </p>
    }
}
