//! A network of one's own.

use tablon_core::command::Refusal;
use tablon_core::params::{Birth, Choices, LinkError, Params};
use tablon_core::text::{MAX_NAME, TextError};
use web_sys::{HtmlInputElement, SubmitEvent};
use yew::prelude::*;

use super::super::format;
use super::super::i18n::{Words, tell, use_words};
use super::super::refusal::refused;
use super::super::term::{Explained, Term, use_id};
use super::super::wallet::Under;
use super::share::Share;
use super::speed;
use crate::networks::{Networks, birth};

/// A number or name of the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Name,
    Spacing,
    Bits,
    Reward,
    Stamp,
    Margin,
}

/// What is written in the form.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Draft {
    name: String,
    spacing: String,
    bits: String,
    reward: String,
    stamp: String,
    margin: String,
}

impl Draft {
    /// As the default network has it, so that a name is enough.
    fn new() -> Self {
        let usual = Choices::usual("");
        Self {
            name: usual.name,
            spacing: usual.spacing.to_string(),
            bits: usual.first_bits.to_string(),
            reward: usual.reward.to_string(),
            stamp: usual.stamp_bits.to_string(),
            margin: usual.margin.to_string(),
        }
    }

    fn get(&self, field: Field) -> &str {
        match field {
            Field::Name => &self.name,
            Field::Spacing => &self.spacing,
            Field::Bits => &self.bits,
            Field::Reward => &self.reward,
            Field::Stamp => &self.stamp,
            Field::Margin => &self.margin,
        }
    }

    fn with(&self, field: Field, value: String) -> Self {
        let mut draft = self.clone();
        *match field {
            Field::Name => &mut draft.name,
            Field::Spacing => &mut draft.spacing,
            Field::Bits => &mut draft.bits,
            Field::Reward => &mut draft.reward,
            Field::Stamp => &mut draft.stamp,
            Field::Margin => &mut draft.margin,
        } = value;
        draft
    }

    fn number(&self, field: Field) -> Result<u32, Wrong> {
        let number = self.get(field).trim().parse();
        number.map_err(|_| Wrong(field, Why::NotWhole))
    }

    /// Bits of a field, for the estimate beside it.
    fn bits(&self, field: Field) -> Option<u32> {
        self.number(field).ok().filter(|bits| *bits <= 60)
    }

    /// The parameters, or what is wrong first.
    fn params(&self, birth: Birth) -> Result<Params, Wrong> {
        // A number above 255 is out of every byte's bounds, which the parameters name.
        let byte = |number| u8::try_from(number).unwrap_or(u8::MAX);
        let choices = Choices {
            name: self.name.clone(),
            spacing: self.number(Field::Spacing)?,
            first_bits: self.number(Field::Bits)?,
            reward: self.number(Field::Reward)?,
            stamp_bits: byte(self.number(Field::Stamp)?),
            margin: byte(self.number(Field::Margin)?),
        };
        Params::custom(&choices, birth).map_err(|error| Wrong::of(&error))
    }
}

/// What is wrong, and with which field.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Wrong(Field, Why);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Why {
    NotWhole,
    Between(u32, u32),
    NameEmpty,
    NameTooLong,
    Other(String),
}

impl Wrong {
    fn of(error: &LinkError) -> Self {
        match error {
            LinkError::OutOfBounds {
                what, least, most, ..
            } => {
                let field = [
                    ("spacing", Field::Spacing),
                    ("difficulty", Field::Bits),
                    ("reward", Field::Reward),
                    ("stamp", Field::Stamp),
                    ("margin", Field::Margin),
                ];
                let field = field
                    .into_iter()
                    .find(|(word, _)| what.contains(word))
                    .map_or(Field::Name, |(_, field)| field);
                Self(field, Why::Between(*least, *most))
            }
            LinkError::Name(TextError::Empty(_)) => Self(Field::Name, Why::NameEmpty),
            LinkError::Name(TextError::TooLong { .. }) => Self(Field::Name, Why::NameTooLong),
            other => Self(Field::Name, Why::Other(other.to_string())),
        }
    }

    fn say(&self, words: &Words) -> Html {
        let text = match &self.1 {
            Why::NotWhole => words.say("create-not-whole"),
            Why::Between(least, most) => {
                tell!(words, "create-between", least = *least, most = *most)
            }
            Why::NameEmpty => words.say("create-name-empty"),
            Why::NameTooLong => tell!(words, "create-name-long", n = MAX_NAME),
            Why::Other(reason) => tell!(words, "refused", reason = reason.as_str()),
        };
        html! { {text} }
    }
}

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Hashes a second of one thread of this computer, where known.
    pub(crate) speed: Option<f64>,
}

#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    Writing,
    Wrong(Wrong),
    Refused(Refusal),
    Made { name: String, link: String },
}

/// The form, and then how to bring others.
#[component]
pub(crate) fn Create(props: &Props) -> Html {
    let words = use_words();
    let networks = use_context::<Networks>().expect("the app provides its networks");
    let draft = use_state(Draft::new);
    let outcome = use_state(|| Outcome::Writing);
    if let Outcome::Made { name, link } = &*outcome {
        let again = {
            let (draft, outcome) = (draft.setter(), outcome.setter());
            Callback::from(move |_| {
                draft.set(Draft::new());
                outcome.set(Outcome::Writing);
            })
        };
        return html! {
            <div class="form">
                <p role="status">{tell!(words, "create-done", name = name.as_str())}</p>
                <Share link={link.clone()} />
                <div class="form-end">
                    <a class="button primary" href={format!("#/n/{link}/")}>{words.say("create-go")}</a>
                    <button type="button" class="quiet" onclick={again}>{words.say("create-another")}</button>
                </div>
            </div>
        };
    }
    let edit = {
        let (draft, outcome) = (draft.clone(), outcome.setter());
        Callback::from(move |(field, value): (Field, String)| {
            draft.set(draft.with(field, value));
            outcome.set(Outcome::Writing);
        })
    };
    let onsubmit = {
        let (draft, outcome) = (draft.clone(), outcome.setter());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            outcome.set(match draft.params(birth::now()) {
                Err(wrong) => Outcome::Wrong(wrong),
                Ok(params) => match networks.join(&params.to_link()) {
                    Err(refusal) => Outcome::Refused(refusal),
                    Ok(_) => Outcome::Made {
                        link: params.to_link(),
                        name: params.name,
                    },
                },
            });
        })
    };
    let entry = |field: Field, label: Html, hint: Option<AttrValue>| {
        let wrong = match &*outcome {
            Outcome::Wrong(wrong) if wrong.0 == field => Some(wrong.say(&words)),
            _ => None,
        };
        let value = draft.get(field).to_owned();
        html! { <Entry {field} {label} {value} {wrong} {hint} onedit={edit.clone()} /> }
    };
    let term = |term: Term, text: AttrValue| html! { <Explained {term}>{text}</Explained> };
    html! {
        <form class="form" {onsubmit}>
            <p>{words.say("create-lead")}</p>
            {entry(Field::Name, html! { {words.say("create-name")} }, None)}
            <div class="entry-grid">
                {entry(Field::Spacing, term(Term::Spacing, words.say("create-spacing")), None)}
                {entry(Field::Bits, term(Term::Difficulty, words.say("create-bits")),
                    Some(takes(&words, draft.bits(Field::Bits), props.speed)))}
                {entry(Field::Reward, term(Term::Reward, words.say("create-reward")), None)}
                {entry(Field::Stamp, term(Term::Stamp, words.say("create-stamp")),
                    Some(takes(&words, draft.bits(Field::Stamp), props.speed)))}
                {entry(Field::Margin, term(Term::Margin, words.say("create-margin")), None)}
            </div>
            <div class="form-end">
                <button type="submit" class="primary">{words.say("create")}</button>
            </div>
            if let Outcome::Refused(refusal) = &*outcome {
                <p class="refused small" role="alert">{refused(&words, refusal)}</p>
            }
        </form>
    }
}

/// How long so many bits take on this computer.
fn takes(words: &Words, bits: Option<u32>, speed: Option<f64>) -> AttrValue {
    match (bits, speed) {
        (None, _) => words.say("create-takes-what"),
        (_, None) => words.say("create-takes-unknown"),
        (Some(bits), Some(speed)) => {
            let seconds = speed::seconds(bits, speed);
            if seconds < 1.0 {
                words.say("create-takes-moment")
            } else {
                let time = format::duration(words, seconds.round() as u64).to_string();
                tell!(words, "create-takes", time = time)
            }
        }
    }
}

#[derive(Properties, PartialEq)]
struct EntryProps {
    field: Field,
    label: Html,
    value: String,
    wrong: Option<Html>,
    hint: Option<AttrValue>,
    onedit: Callback<(Field, String)>,
}

/// One field: its name may be an explained word, which is a button and so cannot
/// stand in a `<label>`.
#[component]
fn Entry(props: &EntryProps) -> Html {
    let (id, name, about) = (use_id("create"), use_id("name"), use_id("about"));
    let oninput = {
        let (onedit, field) = (props.onedit.clone(), props.field);
        Callback::from(move |event: InputEvent| {
            let value = event.target_unchecked_into::<HtmlInputElement>().value();
            onedit.emit((field, value));
        })
    };
    let is_name = props.field == Field::Name;
    html! {
        <div class="entry">
            <span id={name.clone()} class="label">{props.label.clone()}</span>
            <input {id} type="text" class={(!is_name).then_some("short")} aria-labelledby={name}
                   inputmode={(!is_name).then_some("numeric")} autocomplete="off"
                   aria-invalid={props.wrong.is_some().then_some("true")} aria-describedby={about.clone()}
                   value={props.value.clone()} {oninput} />
            <Under id={about} wrong={props.wrong.clone()} hint={props.hint.clone()} />
        </div>
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;
    use tablon_core::units::Timestamp;

    const BIRTH: Birth = Birth {
        salt: [7; 16],
        born: Timestamp(1_800_000_000),
    };

    #[wasm_bindgen_test(unsupported = test)]
    fn a_name_is_enough() {
        let draft = Draft::new().with(Field::Name, " Vecinos ".into());
        let params = draft
            .params(BIRTH)
            .expect("the defaults are within all bounds");
        assert_eq!(params.name, "Vecinos");
        assert_eq!(params.spacing, 15);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn what_is_wrong_is_said_beside_its_field() {
        let named = Draft::new().with(Field::Name, "Vecinos".into());
        for (field, value, wrong) in [
            (Field::Name, "", Wrong(Field::Name, Why::NameEmpty)),
            (Field::Spacing, "15 s", Wrong(Field::Spacing, Why::NotWhole)),
            (
                Field::Spacing,
                "0",
                Wrong(Field::Spacing, Why::Between(5, 3_600)),
            ),
            (Field::Bits, "61", Wrong(Field::Bits, Why::Between(1, 60))),
            (
                Field::Stamp,
                "999",
                Wrong(Field::Stamp, Why::Between(0, 32)),
            ),
            (
                Field::Margin,
                "101",
                Wrong(Field::Margin, Why::Between(0, 100)),
            ),
        ] {
            let draft = named.with(field, value.into());
            assert_eq!(draft.params(BIRTH), Err(wrong), "{field:?} {value}");
        }
    }
}
