//! What a board is and what it costs, before one joins it.

use tablon_core::params::Params;
use tablon_core::target::CompactTarget;
use yew::prelude::*;

use super::super::fingerprint::Fingerprint;
use super::super::format;
use super::super::i18n::{Words, tell, use_words};
use super::super::state::Rates;
use super::super::term::{Explained, Term};
use super::speed;
use crate::client::BUDGET_BYTES;
use crate::networks::Networks;
use crate::threads::LinkPolicy;

/// Blocks that take fewer tries than these bits ask for are cheaper than the page's
/// own board ever makes them.
const CHEAP_BELOW_BITS: u32 = 16;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The board.
    pub(crate) params: Params,
}

/// Its parameters, and the costs in plain words.
#[component]
pub(crate) fn Terms(props: &Props) -> Html {
    let words = use_words();
    let networks = use_context::<Networks>().expect("the app provides its networks");
    let params = &props.params;
    let id = params.network_id();
    let stamp = params.stamp_bits.into();
    html! {
        <div class="terms">
            <dl class="facts">
                <div>
                    <dt>{words.say("terms-name")}</dt>
                    <dd class="terms-name"><bdi>{params.name.clone()}</bdi></dd>
                </div>
                <div>
                    <dt><Explained term={Term::Genesis}>{words.say("terms-id")}</Explained></dt>
                    <dd class="terms-id">
                        <Fingerprint of={id.0.to_vec()} />
                        <code title={id.to_string()}>{format::ends(&id.to_string(), 6)}</code>
                    </dd>
                </div>
                <div>
                    <dt><Explained term={Term::Spacing}>{words.say("terms-spacing")}</Explained></dt>
                    <dd class="figures">{format::duration(&words, params.spacing.into())}</dd>
                </div>
                <div>
                    <dt><Explained term={Term::Difficulty}>{words.say("terms-difficulty")}</Explained></dt>
                    <dd class="figures">{effort(&words, zero_bits(params.initial))}</dd>
                </div>
                <div>
                    <dt><Explained term={Term::Stamp}>{words.say("terms-stamp")}</Explained></dt>
                    <dd class="figures">{effort(&words, stamp)}</dd>
                </div>
            </dl>
            if zero_bits(params.easiest) < CHEAP_BELOW_BITS {
                <p class="banner cheap">{words.say("terms-cheap")}</p>
            }
            <h3>{words.say("terms-costs")}</h3>
            <ul class="costs">
                <li>{tell!(words, "terms-disk", size = format::bytes(&words, BUDGET_BYTES).to_string())}</li>
                <li>{ match networks.link_policy() {
                    LinkPolicy::Direct => words.say("terms-address"),
                    LinkPolicy::RelayOnly => words.say("terms-address-hidden"),
                } }</li>
                if !networks.list().is_empty() {
                    <li>{words.say("terms-identity")}</li>
                }
                <li>{words.say("terms-later")}</li>
                <li>{words.say("terms-mining")}</li>
            </ul>
        </div>
    }
}

fn zero_bits(target: CompactTarget) -> u32 {
    target.target().map_or(0, |target| target.zero_bits())
}

/// Tries that so many bits take, and how long that is here, where known.
fn effort(words: &Words, bits: u32) -> AttrValue {
    let tries = format::number(2u64.saturating_pow(bits)).to_string();
    let known = speed::of_one_thread(None, &Rates::default());
    match known.map(|rate| speed::seconds(bits, rate)) {
        None => tell!(words, "terms-tries", tries = tries),
        Some(seconds) if seconds < 1.0 => tell!(words, "terms-tries-moment", tries = tries),
        Some(seconds) => {
            let time = format::duration(words, seconds.round() as u64).to_string();
            tell!(words, "terms-tries-time", tries = tries, time = time)
        }
    }
}
