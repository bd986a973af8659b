//! Where a note is written. Its text lives here and nowhere else, so that no
//! block that comes in makes typing wait.

use tablon_core::command::Command;
use tablon_core::hash::TxId;
use tablon_core::text::{MAX_BODY, MAX_NAME, MAX_TOPIC};
use web_sys::{HtmlElement, HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::form_request::{self, Progress, use_form_request};
use super::i18n::{Words, tell, use_words};
use super::memory::{self, Key};
use super::term::use_id;
use super::wallet::Unlock;
use super::who::use_me;
use crate::client::Client;

/// Counted aloud from here on.
const NEARLY_FULL: i64 = 256;

/// Id of the board's message field: `n` goes there.
pub(crate) const BODY: &str = "composer-body";

/// What is written.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The note to answer; the board's own composer has none.
    #[prop_or_default]
    pub(crate) reply_to: Option<TxId>,
    /// Called once the post is kept, or when an answer is given up.
    #[prop_or_default]
    pub(crate) ondone: Callback<()>,
    /// Whether the node can take a post.
    #[prop_or(true)]
    pub(crate) ready: bool,
}

/// Name, message, topic, and what became of it.
#[component]
pub(crate) fn Composer(props: &Props) -> Html {
    let words = use_words();
    let request = use_form_request();
    let me = use_me();
    let locked = me.locked;
    let answering = props.reply_to.is_some();
    // Until one writes another: the name one has joined under, else the last used.
    let edited = use_state(|| None::<String>);
    let last_used = use_memo((), |()| memory::recall(Key::Name).unwrap_or_default());
    let name = match &*edited {
        Some(name) => name.clone(),
        None => me.joined.unwrap_or_else(|| (*last_used).clone()),
    };
    let body = use_state(|| {
        if answering {
            String::new()
        } else {
            memory::recall_draft().unwrap_or_default()
        }
    });
    let topic = use_state(String::new);
    let client = use_context::<Client>().expect("the app provides its client");
    let field = use_node_ref();
    let (name_id, topic_id, own_body_id) = (use_id("name"), use_id("topic"), use_id("body"));
    let body_id = if answering { own_body_id } else { BODY.into() };
    let status_id = use_id("status");

    {
        let field = field.clone();
        use_effect_with(answering, move |answering| {
            if *answering && let Some(field) = field.cast::<HtmlElement>() {
                let _ = field.focus();
            }
        });
    }

    let on_name = {
        let edited = edited.setter();
        Callback::from(move |event: InputEvent| {
            let name = event.target_unchecked_into::<HtmlInputElement>().value();
            edited.set(Some(name));
        })
    };
    let on_topic = {
        let topic = topic.clone();
        Callback::from(move |event: InputEvent| {
            topic.set(event.target_unchecked_into::<HtmlInputElement>().value());
        })
    };
    let on_body = {
        let (body, request) = (body.clone(), request.clone());
        Callback::from(move |event: InputEvent| {
            let text = event.target_unchecked_into::<HtmlTextAreaElement>().value();
            if !answering {
                memory::keep_draft(&text);
            }
            body.set(text);
            request.calm();
        })
    };

    let stamping = request.is_working();
    let remaining = MAX_BODY as i64 - body.len() as i64;
    let post = {
        let (name, body, topic) = (name.clone(), body.clone(), topic.clone());
        let (request, ondone, reply_to) = (request.clone(), props.ondone.clone(), props.reply_to);
        let able = props.ready && !locked;
        Callback::from(move |()| {
            if !able {
                return;
            }
            memory::keep(Key::Name, Some(name.trim()).filter(|name| !name.is_empty()));
            let command = Command::Post {
                body: (*body).clone(),
                name: name.trim().to_owned(),
                topic: topic.trim().to_owned(),
                reply_to,
            };
            let (body, ondone) = (body.clone(), ondone.clone());
            request.run(command, move |_| {
                body.set(String::new());
                if reply_to.is_none() {
                    memory::keep_draft("");
                }
                ondone.emit(());
            });
        })
    };
    let onsubmit = {
        let post = post.clone();
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            post.emit(());
        })
    };
    let onkeydown = {
        let ondone = props.ondone.clone();
        Callback::from(move |event: KeyboardEvent| match event.key().as_str() {
            "Enter" if event.ctrl_key() || event.meta_key() => {
                event.prevent_default();
                post.emit(());
            }
            "Escape" if answering => ondone.emit(()),
            _ => {}
        })
    };

    let onfocusin = { Callback::from(move |_: FocusEvent| client.prepare_stamps()) };
    let label = if answering {
        words.say("compose-answer")
    } else {
        words.say("compose-message")
    };
    html! { <>
        <form class={classes!("composer", answering.then_some("answer"))} {onsubmit} {onkeydown} {onfocusin}
              aria-label={label.clone()}>
            <div class="field name-field">
                <label for={name_id.clone()}>{words.say("compose-name")}</label>
                <input id={name_id} class="composer-name" type="text" autocomplete="nickname" maxlength={MAX_NAME.to_string()}
                       placeholder={words.say("compose-name-hint")}
                       value={name} oninput={on_name} />
            </div>
            <div class="field">
                <label for={body_id.clone()}>{label}</label>
                <textarea id={body_id} ref={field} dir="auto" rows={if answering { "2" } else { "3" }}
                          placeholder={(!answering).then(|| words.say("compose-hint"))} readonly={stamping}
                          aria-describedby={status_id.clone()}
                          aria-invalid={(remaining < 0).then_some("true")}
                          value={(*body).clone()} oninput={on_body} />
            </div>
            if !answering {
                <details class="topic-field">
                    <summary>{words.say("compose-topic-open")}</summary>
                    <label for={topic_id.clone()}>{words.say("compose-topic")}</label>
                    <input id={topic_id} class="composer-topic" type="text" autocomplete="off" maxlength={MAX_TOPIC.to_string()}
                           value={(*topic).clone()} oninput={on_topic} />
                </details>
            }
            <div class="compose-end">
                <p id={status_id} class="compose-status" role="status">
                    {said(&words, &request.progress, remaining)}
                </p>
                if answering {
                    <button type="button" class="quiet" onclick={
                        let ondone = props.ondone.clone();
                        move |_| ondone.emit(())
                    }>{words.say("cancel")}</button>
                }
                <button type="submit" class="primary"
                        disabled={stamping || locked || !props.ready}>
                    { if answering { words.say("post-answer") } else { words.say("post") } }
                </button>
            </div>
        </form>
        if locked && !body.is_empty() {
            <Unlock why={words.say("locked-post")} />
        }
    </> }
}

/// The line beside the button: always there, so that nothing jumps.
fn said(words: &Words, progress: &Progress, remaining: i64) -> Html {
    form_request::said(words, progress, words.say("compose-posted")).unwrap_or_else(|| {
        if remaining < 0 {
            html! { <span class="refused">{tell!(words, "compose-too-long", n = -remaining)}</span> }
        } else {
            room_left(words, remaining)
        }
    })
}

/// How many bytes more may be written.
pub(crate) fn room_left(words: &Words, remaining: i64) -> Html {
    // Said to all, but not read out at every letter.
    let live = (remaining >= NEARLY_FULL).then_some("off");
    html! { <span class="figures" aria-live={live}>{tell!(words, "compose-remaining", n = remaining)}</span> }
}
