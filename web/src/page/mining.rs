//! The miner: switch, threads, rate, and what it costs, in plain words.

use std::rc::Rc;

use tablon_core::command::{Command, Refusal};
use tablon_core::view::{MiningState, Status};
use wasm_bindgen_futures::spawn_local;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use super::format;
use super::i18n::{Words, tell, use_words};
use super::memory::{self, Key};
use super::refusal::refused;
use super::sparkline::Sparkline;
use super::state::Rates;
use super::term::{Explained, Term, use_id};
use crate::client::{Client, Pause, offers_gpu};

/// Threads that the node takes, at most.
const MOST: u32 = 64;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The node.
    pub(crate) status: Rc<Status>,
    /// Its hash rate over the last two minutes.
    pub(crate) rates: Rc<Rates>,
}

/// The part of "My node" that mines.
#[component]
pub(crate) fn Miner(props: &Props) -> Html {
    let words = use_words();
    let client = use_context::<Client>().expect("the app provides its client");
    let refusal = use_state(|| None::<Refusal>);
    let mining = props.status.mining;
    let on = mining.threads > 0;
    let cores = cores();
    let wanted = use_state(|| {
        let kept = memory::recall(Key::Threads).and_then(|threads| threads.parse().ok());
        kept.unwrap_or(1).clamp(1, cores.max(1))
    });
    let threads = if on { mining.threads } else { *wanted };
    let duty = use_state_eq(|| client.duty());
    let gpu = use_state_eq(|| client.gpu());
    {
        let (client, duty, gpu) = (client.clone(), duty.setter(), gpu.setter());
        use_effect_with((), move |()| {
            let kept = memory::recall(Key::Duty).and_then(|duty| duty.parse().ok());
            client.set_duty(kept.unwrap_or(client.duty()));
            duty.set(client.duty());
            client.set_gpu(client.gpu() || memory::recall(Key::Gpu).is_some() && offers_gpu());
            gpu.set(client.gpu());
        });
    }
    let pause = client.pause().filter(|_| on);
    let kernel = client.kernel().filter(|_| on);
    let duty_id = use_id("duty");
    let switch_id = use_id("mine");
    let only_id = use_id("only-pending");
    let gpu_id = use_id("gpu");

    let ask = {
        let (client, refusal) = (client.clone(), refusal.setter());
        move |command: Command| {
            let (client, refusal) = (client.clone(), refusal.clone());
            spawn_local(async move { refusal.set(client.call(command).await.err()) });
        }
    };
    let toggle = {
        let ask = ask.clone();
        Callback::from(move |_| {
            ask(Command::Mine {
                threads: if on { 0 } else { threads },
            });
        })
    };
    let set_threads = |to: u32| {
        let (ask, wanted) = (ask.clone(), wanted.setter());
        Callback::from(move |_| {
            wanted.set(to);
            memory::keep(Key::Threads, Some(&to.to_string()));
            if on {
                ask(Command::Mine { threads: to });
            }
        })
    };
    let set_duty = {
        let (client, duty) = (client.clone(), duty.setter());
        Callback::from(move |event: InputEvent| {
            let field = event.target_unchecked_into::<HtmlInputElement>();
            client.set_duty(field.value_as_number() as u32);
            duty.set(client.duty());
            memory::keep(Key::Duty, Some(&client.duty().to_string()));
        })
    };
    // It may have failed since.
    let gpu_on = *gpu && client.gpu();
    let toggle_gpu = {
        let (client, gpu) = (client.clone(), gpu.setter());
        Callback::from(move |_| {
            client.set_gpu(!gpu_on);
            gpu.set(!gpu_on);
            memory::keep(Key::Gpu, (!gpu_on).then_some("on"));
        })
    };
    let toggle_empty = {
        let ask = ask.clone();
        let allowed = !mining.empty_blocks;
        Callback::from(move |_| ask(Command::MineEmpty { allowed }))
    };

    html! {
        <section class="mining card" aria-labelledby={switch_id.clone()}>
            <div class="switch-row">
                <h3 id={switch_id.clone()}><Explained term={Term::Mining} /></h3>
                <button type="button" id="mining-switch" class="switch" role="switch" aria-checked={on.to_string()}
                        aria-labelledby={switch_id} onclick={toggle}>
                    <span class="switch-word" aria-hidden="true">{ if on { words.say("on") } else { words.say("off") } }</span>
                </button>
            </div>
            <p class="mining-state" role="status">{state(&words, mining.state, pause)}</p>
            <div class="rate-row">
                <Explained term={Term::HashRate}>
                    <span class="rate figures">{format::hash_rate(&words, mining.hashrate as f64)}</span>
                </Explained>
                <Sparkline samples={props.rates.samples.iter().copied().collect::<Vec<_>>()}
                           label={words.say("rate-history")} />
            </div>
            <div class="switch-row">
                <span id="threads-label">{words.say("threads")}</span>
                <div class="stepper" role="group" aria-labelledby="threads-label">
                    <button type="button" aria-label={words.say("threads-fewer")}
                            disabled={threads <= 1} onclick={set_threads(threads.saturating_sub(1))}>{"−"}</button>
                    <output id="mining-threads" class="figures" aria-live="polite">{threads}</output>
                    <button type="button" aria-label={words.say("threads-more")}
                            disabled={threads >= MOST} onclick={set_threads(threads + 1)}>{"+"}</button>
                </div>
            </div>
            if threads > cores {
                <p class="small">{tell!(words, "threads-beyond", n = cores)}</p>
            }
            <div class="switch-row">
                <label for={duty_id.clone()}>{words.say("duty")}</label>
                <input type="range" id={duty_id.clone()} class="duty" min="10" max="100" step="10"
                       value={duty.to_string()} oninput={set_duty}
                       aria-valuetext={tell!(words, "duty-value", percent = *duty)} />
                <output for={duty_id} id="mining-duty" class="figures">{tell!(words, "duty-value", percent = *duty)}</output>
            </div>
            <p class="small">{tell!(words, "duty-cost", percent = *duty)}</p>
            <div class="switch-row">
                <span id={only_id.clone()}>{words.say("mine-only-pending")}</span>
                <button type="button" id="mine-only-pending" class="switch" role="switch"
                        aria-checked={(!mining.empty_blocks).to_string()}
                        aria-labelledby={only_id} onclick={toggle_empty}>
                    <span class="switch-word" aria-hidden="true">{ if mining.empty_blocks { words.say("off") } else { words.say("on") } }</span>
                </button>
            </div>
            if offers_gpu() {
                <div class="switch-row">
                    <span id={gpu_id.clone()}>{words.say("mine-on-gpu")}</span>
                    <button type="button" id="mine-on-gpu" class="switch" role="switch"
                            aria-checked={gpu_on.to_string()}
                            aria-labelledby={gpu_id} onclick={toggle_gpu}>
                        <span class="switch-word" aria-hidden="true">{ if gpu_on { words.say("on") } else { words.say("off") } }</span>
                    </button>
                </div>
                if gpu_on {
                    <p class="small">{words.say("gpu-cost")}</p>
                }
            }
            if let Some(refusal) = &*refusal {
                <p class="refused" role="alert">{refused(&words, refusal)}</p>
            }
            <dl class="facts">
                <div>
                    <dt><Explained term={Term::Difficulty}
                        story={tell!(words, "story-difficulty",
                            tries = format::number(props.status.expected_hashes))} /></dt>
                    <dd id="difficulty" class="figures">{tell!(words, "zero-bits",
                        n = props.status.difficulty_bits)}</dd>
                </div>
                <div>
                    <dt>{words.say("blocks-found")}</dt>
                    <dd class="figures">{format::number(mining.found)}</dd>
                </div>
                if let Some(kernel) = kernel {
                    <div>
                        <dt>{words.say("kernel")}</dt>
                        <dd id="mining-kernel">{kernel}</dd>
                    </div>
                }
            </dl>
            <p class="small">{ energy(&words, mining.state == MiningState::On && pause.is_none(), threads.min(cores), cores, *duty) }</p>
        </section>
    }
}

fn state(words: &Words, state: MiningState, pause: Option<Pause>) -> AttrValue {
    if state == MiningState::On
        && let Some(pause) = pause
    {
        return words.say(match pause {
            Pause::LowBattery => "mining-low-battery",
            Pause::HiddenOnBattery => "mining-hidden",
        });
    }
    match state {
        MiningState::Off => words.say("mining-off"),
        MiningState::On => words.say("mining-on"),
        MiningState::NothingToMine => words.say("mining-nothing"),
        MiningState::Syncing => words.say("mining-syncing"),
        MiningState::StoreFailed => words.say("mining-store-failed"),
    }
}

/// A page cannot measure watts, and says so: 3 to 10 W is what one busy core of
/// a laptop or phone draws above idle.
fn energy(words: &Words, on: bool, threads: u32, cores: u32, duty: u32) -> AttrValue {
    let (low, high) = (3 * threads * duty, 10 * threads * duty);
    let (low, high) = ((low / 100).max(1), high / 100);
    if on {
        tell!(
            words,
            "energy-on",
            n = threads,
            cores = cores,
            low = low,
            high = high
        )
    } else {
        tell!(
            words,
            "energy-off",
            n = threads,
            cores = cores,
            low = low,
            high = high
        )
    }
}

/// Cores that the browser admits to.
fn cores() -> u32 {
    (gloo::utils::window().navigator().hardware_concurrency() as u32).clamp(1, MOST)
}
