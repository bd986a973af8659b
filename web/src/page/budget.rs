//! The question before a board takes more of the disk than it may.

use yew::prelude::*;

use super::format;
use super::i18n::{tell, use_words};
use super::route::{Place, use_route};
use crate::client::Client;
use crate::threads::OverBudget;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// What the store asked for.
    pub(crate) over: OverBudget,
}

/// Whether to go on, and with how much.
#[component]
pub(crate) fn Budget(props: &Props) -> Html {
    let words = use_words();
    let route = use_route();
    let client = use_context::<Client>().expect("the app provides its client");
    let next = next_bytes(props.over);
    let size = |bytes| format::bytes(&words, bytes).to_string();
    let onraise = Callback::from(move |_: MouseEvent| client.raise_budget(next));
    html! {
        <div class="banner grave" id="budget">
            <strong>{tell!(words, "budget-title", size = size(props.over.budget_bytes))}</strong>
            <p>{words.say("budget-about")}</p>
            <div class="form-end">
                <button type="button" class="primary" id="budget-raise" onclick={onraise}>
                    {tell!(words, "budget-raise", size = size(next))}
                </button>
                <a class="button" href={route.href(Place::Networks)}>{words.say("budget-leave")}</a>
            </div>
        </div>
    }
}

/// Twice as much, or what is needed now: a store grows by doubling.
fn next_bytes(over: OverBudget) -> u64 {
    over.wanted_bytes.max(over.budget_bytes.saturating_mul(2))
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn what_is_agreed_to_is_enough_for_the_step_that_was_refused() {
        for (wanted_bytes, budget_bytes, next) in [(257, 256, 512), (900, 256, 900)] {
            let over = OverBudget {
                wanted_bytes,
                budget_bytes,
            };
            assert_eq!(next_bytes(over), next);
        }
    }
}
