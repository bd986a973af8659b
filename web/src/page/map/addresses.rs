//! Who learns this computer's addresses, and how to keep them.

use yew::prelude::*;

use super::super::i18n::use_words;
use super::super::term::use_id;
use crate::networks::Networks;
use crate::threads::LinkPolicy;

/// What is so, and the switch.
#[component]
pub(super) fn Addresses() -> Html {
    let words = use_words();
    let networks = use_context::<Networks>().expect("the app provides its networks");
    let policy = use_state_eq(|| networks.link_policy());
    let (label, about) = (use_id("relay-only"), use_id("relay-only-about"));
    let relay_only = *policy == LinkPolicy::RelayOnly;
    let toggle = {
        let policy = policy.clone();
        Callback::from(move |_: MouseEvent| {
            let next = match *policy {
                LinkPolicy::Direct => LinkPolicy::RelayOnly,
                LinkPolicy::RelayOnly => LinkPolicy::Direct,
            };
            networks.restrict_links(next);
            policy.set(next);
        })
    };
    html! {
        <section class="card addresses" id="addresses" aria-labelledby="addresses-title">
            <h3 id="addresses-title">{words.say("addresses")}</h3>
            <p>{words.say("addresses-lead")}</p>
            <div class="switch-row">
                <span id={label.clone()}>{words.say("relay-only")}</span>
                <button type="button" id="relay-only" class="switch" role="switch"
                        aria-checked={relay_only.to_string()} aria-labelledby={label}
                        aria-describedby={about.clone()} onclick={toggle}>
                    <span class="switch-word" aria-hidden="true">{ if relay_only { words.say("on") } else { words.say("off") } }</span>
                </button>
            </div>
            <p id={about} class="small">
                { if relay_only { words.say("relay-only-on") } else { words.say("relay-only-off") } }
            </p>
        </section>
    }
}
