//! Something that is asked of the node from a form: working, refused or done.

use gloo::timers::callback::Timeout;
use tablon_core::command::{Command, Refusal, Reply};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;

use super::i18n::{Words, tell, use_words};
use super::refusal::refused;
use super::term::{Explained, Term};
use super::who::use_me;
use crate::client::Client;

/// How long "Sent" stands, milliseconds: what was sent then says itself how it fares.
const DONE_SHOWN: u32 = 8_000;

/// How far it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Progress {
    /// Not asked yet, or a while ago.
    Idle,
    /// The stamp is being worked out.
    Working,
    /// The node refused.
    Refused(Refusal),
    /// The node has it.
    Done,
}

/// A form's way to the node.
#[derive(Clone)]
pub(crate) struct FormRequest {
    client: Client,
    /// How far it is.
    pub(crate) progress: UseStateHandle<Progress>,
}

impl FormRequest {
    /// Whether the node is at it.
    pub(crate) fn is_working(&self) -> bool {
        *self.progress == Progress::Working
    }

    /// What was said of the last attempt holds no longer.
    pub(crate) fn calm(&self) {
        if !matches!(*self.progress, Progress::Idle | Progress::Working) {
            self.progress.set(Progress::Idle);
        }
    }

    /// Ask, once at a time; `done` gets the answer unless it is a refusal.
    pub(crate) fn run(&self, command: Command, done: impl FnOnce(Reply) + 'static) {
        if self.is_working() {
            return;
        }
        self.progress.set(Progress::Working);
        let Self { client, progress } = self.clone();
        spawn_local(async move {
            match client.call(command).await {
                Ok(reply) => {
                    progress.set(Progress::Done);
                    done(reply);
                }
                Err(refusal) => progress.set(Progress::Refused(refusal)),
            }
        });
    }
}

/// A way to the node for one form.
#[hook]
pub(crate) fn use_form_request() -> FormRequest {
    let client = use_context::<Client>().expect("the app provides its client");
    let progress = use_state(|| Progress::Idle);
    {
        let shown = progress.clone();
        use_effect_with((*progress).clone(), move |progress| {
            let fade = (*progress == Progress::Done)
                .then(|| Timeout::new(DONE_SHOWN, move || shown.set(Progress::Idle)));
            move || drop(fade)
        });
    }
    FormRequest { client, progress }
}

/// The stamp is being worked out, and how much more than usual it takes.
#[component]
fn Stamping() -> Html {
    let words = use_words();
    let said = match use_me().extra_stamp_bits {
        0 => words.say("compose-stamping"),
        bits => tell!(words, "compose-stamping-more", times = 1_i64 << bits),
    };
    html! { <Explained term={Term::Stamp}>{said}</Explained> }
}

/// What to say beside the button, if anything: the stamp being worked out, why
/// it was refused, or that it is done.
pub(crate) fn said(words: &Words, progress: &Progress, done: AttrValue) -> Option<Html> {
    match progress {
        Progress::Idle => None,
        Progress::Working => Some(html! { <Stamping /> }),
        Progress::Refused(refusal) => {
            Some(html! { <span class="refused">{refused(words, refusal)}</span> })
        }
        Progress::Done => Some(html! { {done} }),
    }
}
