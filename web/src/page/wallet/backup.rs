//! The 12 words: shown when asked for, then two of them asked back, so that
//! "written down" is true.

use web_sys::SubmitEvent;
use yew::prelude::*;

use super::super::i18n::{tell, use_words};
use super::super::term::{Explained, Term, use_id};
use super::field::{About, Account, End, Kind, Password, Under, clear, said, text_of, use_wallet};
use crate::threads::{WalletCommand, WalletReply};

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Whether the wallet asks for its password first.
    pub(crate) has_password: bool,
    /// Called once they are written down.
    pub(crate) ondone: Callback<()>,
}

/// How far one is. The words live here, and only while the form is open.
#[derive(Clone, PartialEq)]
enum Step {
    Warning,
    Reading(Vec<String>),
    Checking {
        words: Vec<String>,
        asked: [usize; 2],
    },
}

/// The form in its three steps.
#[component]
pub(crate) fn Backup(props: &Props) -> Html {
    let step = use_state(|| Step::Warning);
    match (*step).clone() {
        Step::Warning => {
            let onshown = {
                let step = step.setter();
                Callback::from(move |words| step.set(Step::Reading(words)))
            };
            html! { <Ask has_password={props.has_password} {onshown} /> }
        }
        Step::Reading(list) => {
            let onread = {
                let (step, list) = (step.setter(), list.clone());
                Callback::from(move |()| {
                    step.set(Step::Checking {
                        words: list.clone(),
                        asked: two_of(list.len(), js_sys::Math::random(), js_sys::Math::random()),
                    });
                })
            };
            html! { <Read {list} {onread} /> }
        }
        Step::Checking { words: list, asked } => {
            let onback = {
                let (step, list) = (step.setter(), list.clone());
                Callback::from(move |()| step.set(Step::Reading(list.clone())))
            };
            html! { <Check {list} {asked} {onback} ondone={props.ondone.clone()} /> }
        }
    }
}

/// Two places of a list, in order, by two numbers from 0 to 1.
fn two_of(n: usize, first: f64, second: f64) -> [usize; 2] {
    let pick = |n: usize, by: f64| ((by * n as f64) as usize).min(n.saturating_sub(1));
    let a = pick(n, first);
    let b = pick(n.saturating_sub(1), second);
    // The second is drawn from the others.
    let b = if b >= a { b + 1 } else { b };
    [a.min(b), a.max(b)]
}

/// Whether what was typed is that word.
fn is_word(typed: &str, word: &str) -> bool {
    typed.trim().eq_ignore_ascii_case(word)
}

#[derive(Properties, PartialEq)]
struct AskProps {
    has_password: bool,
    onshown: Callback<Vec<String>>,
}

#[component]
fn Ask(props: &AskProps) -> Html {
    let words = use_words();
    let asking = use_wallet();
    let field = use_node_ref();
    let onsubmit = {
        let (asking, field, onshown) = (asking.clone(), field.clone(), props.onshown.clone());
        let has_password = props.has_password;
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let password = has_password.then(|| text_of(&field));
            let (field, onshown) = (field.clone(), onshown.clone());
            asking.ask(WalletCommand::Words { password }, move |reply| {
                clear(&field);
                if let WalletReply::Words(words) = reply {
                    onshown.emit(words.split_whitespace().map(str::to_owned).collect());
                }
            });
        })
    };
    let busy = asking.working();
    html! {
        <form class="form" {onsubmit}>
            <p><Explained term={Term::RecoveryWords}>{words.say("words-what")}</Explained>
                {" "}{words.say("words-lead")}</p>
            <p>{words.say("words-warning")}</p>
            <Account />
            if props.has_password {
                <Password label={words.say("password")} kind={Kind::Current} {field} {busy}
                    wrong={said(&words, &asking, About::Password)} />
            }
            <End label={words.say("words-show")} working={words.say("words-fetching")} {busy}
                wrong={said(&words, &asking, About::Form)} />
        </form>
    }
}

#[derive(Properties, PartialEq)]
struct ReadProps {
    list: Vec<String>,
    onread: Callback<()>,
}

#[component]
fn Read(props: &ReadProps) -> Html {
    let words = use_words();
    let onclick = {
        let onread = props.onread.clone();
        Callback::from(move |_| onread.emit(()))
    };
    html! {
        <div class="form">
            <p>{words.say("words-read")}</p>
            <ol class="twelve" lang="en" translate="no">
                { for props.list.iter().map(|word| html! { <li>{word.clone()}</li> }) }
            </ol>
            <div class="form-end">
                <button type="button" class="primary" {onclick}>{words.say("words-check")}</button>
            </div>
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct CheckProps {
    list: Vec<String>,
    asked: [usize; 2],
    onback: Callback<()>,
    ondone: Callback<()>,
}

#[component]
fn Check(props: &CheckProps) -> Html {
    let words = use_words();
    let asking = use_wallet();
    let fields = [use_node_ref(), use_node_ref()];
    let ids = [use_id("word"), use_id("word")];
    let about = [use_id("about"), use_id("about")];
    let wrong = use_state_eq(|| [false; 2]);
    let onsubmit = {
        let (asking, wrong, ondone) = (asking.clone(), wrong.clone(), props.ondone.clone());
        let (fields, list, asked) = (fields.clone(), props.list.clone(), props.asked);
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let bad = [0, 1].map(|i| {
                let word = list.get(asked[i]).map_or("", String::as_str);
                !is_word(&text_of(&fields[i]), word)
            });
            wrong.set(bad);
            if bad == [false; 2] {
                let ondone = ondone.clone();
                asking.ask(WalletCommand::BackedUp, move |_| ondone.emit(()));
            }
        })
    };
    let onback = {
        let onback = props.onback.clone();
        Callback::from(move |_| onback.emit(()))
    };
    html! {
        <form class="form" {onsubmit}>
            <p>{words.say("words-check-lead")}</p>
            { for (0..2).map(|i| {
                let n = props.asked[i] + 1;
                html! {
                    <div class="entry">
                        <label for={ids[i].clone()}>{tell!(words, "words-nth", n = n)}</label>
                        <input id={ids[i].clone()} ref={fields[i].clone()} type="text" autocomplete="off"
                               autocapitalize="none" spellcheck="false" lang="en"
                               aria-invalid={wrong[i].then_some("true")} aria-describedby={about[i].clone()} />
                        <Under id={about[i].clone()}
                            wrong={wrong[i].then(|| html! { {tell!(words, "words-not", n = n)} })} />
                    </div>
                }
            }) }
            <End label={words.say("words-written")} working={words.say("words-noting")} busy={asking.working()}
                wrong={asking.refusal().map(|refusal| super::super::refusal::refused(&words, refusal))}>
                <button type="button" class="quiet" onclick={onback}>{words.say("words-back")}</button>
            </End>
        </form>
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn two_different_words_are_asked_in_order() {
        for first in 0..12 {
            for second in 0..12 {
                let by = |n: i32| f64::from(n) / 12.0;
                let [a, b] = two_of(12, by(first), by(second));
                assert!(a < b && b < 12, "{first} {second}: {a} {b}");
            }
        }
        assert_eq!(two_of(12, 0.999_999, 0.999_999), [10, 11]);
        assert_eq!(two_of(12, 0.0, 0.0), [0, 1]);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_word_is_taken_as_people_type_it() {
        assert!(is_word(" Abandon ", "abandon"));
        assert!(!is_word("abando", "abandon"));
        assert!(!is_word("", "abandon"));
    }
}
