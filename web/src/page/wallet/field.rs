//! What the wallet's forms are made of. A password is read from its field when
//! the form is sent and stands nowhere else.

use tablon_core::command::Refusal;
use wasm_bindgen_futures::spawn_local;
use web_sys::{HtmlElement, HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use super::super::i18n::{Words, use_words};
use super::super::refusal::refused;
use super::super::term::use_id;
use super::super::who::use_me;
use crate::client::Client;
use crate::threads::{WalletCommand, WalletReply};

/// What a form is doing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Doing {
    /// Waits for the person.
    Nothing,
    /// Waits for the node: deriving a key from a password takes a second or more.
    Working,
    /// The node refused.
    Refused(Refusal),
}

/// A form's way to the wallet.
#[derive(Clone)]
pub(crate) struct Asking {
    client: Client,
    doing: UseStateHandle<Doing>,
}

impl Asking {
    /// Whether the node is at work.
    pub(crate) fn working(&self) -> bool {
        *self.doing == Doing::Working
    }

    /// The refusal, unless the last question went well.
    pub(crate) fn refusal(&self) -> Option<&Refusal> {
        match &*self.doing {
            Doing::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// Nothing is wrong (any longer).
    pub(crate) fn calm(&self) {
        self.doing.set(Doing::Nothing);
    }

    /// Ask, once at a time; `done` gets the answer unless it is a refusal.
    pub(crate) fn ask(&self, command: WalletCommand, done: impl FnOnce(WalletReply) + 'static) {
        if self.working() {
            return;
        }
        self.doing.set(Doing::Working);
        let Self { client, doing } = self.clone();
        spawn_local(async move {
            match client.wallet(command).await {
                Ok(reply) => {
                    doing.set(Doing::Nothing);
                    done(reply);
                }
                Err(refusal) => doing.set(Doing::Refused(refusal)),
            }
        });
    }
}

/// A way to the wallet for one form.
#[hook]
pub(crate) fn use_wallet() -> Asking {
    Asking {
        client: use_context::<Client>().expect("the app provides its client"),
        doing: use_state(|| Doing::Nothing),
    }
}

/// What a refusal is about: it is said beside that field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// The password.
    Password,
    /// The file or the words.
    Source,
    /// Anything else: said at the form's end.
    Form,
}

impl About {
    /// By the refusal's code.
    pub(crate) fn of(refusal: &Refusal) -> Self {
        match refusal.code.as_str() {
            "wallet_wrong_password" => Self::Password,
            "wallet_not_a_file" => Self::Source,
            code if code.starts_with("wallet_password") => Self::Password,
            code if code.starts_with("wallet_file") || code.starts_with("wallet_word") => {
                Self::Source
            }
            _ => Self::Form,
        }
    }
}

/// The refusal's words, when it is about `about`.
pub(crate) fn said(words: &Words, asking: &Asking, about: About) -> Option<Html> {
    let refusal = asking.refusal()?;
    (About::of(refusal) == about).then(|| refused(words, refusal))
}

/// What stands in a field.
pub(crate) fn text_of(field: &NodeRef) -> String {
    if let Some(field) = field.cast::<HtmlInputElement>() {
        return field.value();
    }
    field
        .cast::<HtmlTextAreaElement>()
        .map(|field| field.value())
        .unwrap_or_default()
}

/// Empty a field.
pub(crate) fn clear(field: &NodeRef) {
    if let Some(field) = field.cast::<HtmlInputElement>() {
        field.set_value("");
    }
    if let Some(field) = field.cast::<HtmlTextAreaElement>() {
        field.set_value("");
    }
}

/// Go to a field.
pub(crate) fn focus(field: &NodeRef) {
    if let Some(field) = field.cast::<HtmlElement>() {
        let _ = field.focus();
    }
}

/// Which password is meant, for the browser's own keeper of passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One that exists.
    Current,
    /// One being chosen.
    New,
}

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct PasswordProps {
    /// What it is the password of.
    pub(crate) label: AttrValue,
    /// Whether it exists.
    pub(crate) kind: Kind,
    /// Where to read it.
    pub(crate) field: NodeRef,
    /// What is wrong with it.
    #[prop_or_default]
    pub(crate) wrong: Option<Html>,
    /// How to choose it.
    #[prop_or_default]
    pub(crate) hint: Option<AttrValue>,
    /// Whether the node is at work on it.
    #[prop_or_default]
    pub(crate) busy: bool,
}

/// A password, hidden until one asks to see it.
#[component]
pub(crate) fn Password(props: &PasswordProps) -> Html {
    let words = use_words();
    let seen = use_state_eq(|| false);
    let (id, about) = (use_id("password"), use_id("about"));
    let toggle = {
        let seen = seen.clone();
        Callback::from(move |_| seen.set(!*seen))
    };
    let described = (props.wrong.is_some() || props.hint.is_some()).then(|| about.clone());
    html! {
        <div class="entry">
            <label for={id.clone()}>{props.label.clone()}</label>
            <div class="entry-row">
                <input {id} ref={props.field.clone()} type={if *seen { "text" } else { "password" }}
                       autocomplete={match props.kind {
                           Kind::Current => "current-password",
                           Kind::New => "new-password",
                       }}
                       autocapitalize="none" spellcheck="false" readonly={props.busy}
                       aria-invalid={props.wrong.is_some().then_some("true")}
                       aria-describedby={described} />
                <button type="button" class="quiet" aria-pressed={seen.to_string()} onclick={toggle}>
                    {words.say("password-see")}
                </button>
            </div>
            <Under id={about} wrong={props.wrong.clone()} hint={props.hint.clone()} />
        </div>
    }
}

/// Whose password it is, for the browser's keeper of passwords; nobody sees it.
#[component]
pub(crate) fn Account() -> Html {
    let address = use_me().address.map(|address| address.to_string());
    html! { <input type="text" hidden=true readonly=true autocomplete="username" value={address} /> }
}

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct UnderProps {
    /// For the field's `aria-describedby`.
    pub(crate) id: AttrValue,
    /// What is wrong.
    #[prop_or_default]
    pub(crate) wrong: Option<Html>,
    /// Shown while nothing is wrong.
    #[prop_or_default]
    pub(crate) hint: Option<AttrValue>,
}

/// The line under a field: what is wrong, else how to fill it in.
#[component]
pub(crate) fn Under(props: &UnderProps) -> Html {
    html! {
        <div id={props.id.clone()}>
            if let Some(wrong) = &props.wrong {
                <p class="refused small" role="alert">{wrong.clone()}</p>
            } else if let Some(hint) = &props.hint {
                <p class="small">{hint.clone()}</p>
            }
        </div>
    }
}

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct EndProps {
    /// What the button says.
    pub(crate) label: AttrValue,
    /// What it says while the node is at work.
    pub(crate) working: AttrValue,
    /// Whether the node is at work.
    pub(crate) busy: bool,
    /// What is wrong, of no field in particular.
    #[prop_or_default]
    pub(crate) wrong: Option<Html>,
    /// Buttons beside it.
    #[prop_or_default]
    pub(crate) children: Html,
}

/// A form's button, and what is going on.
#[component]
pub(crate) fn End(props: &EndProps) -> Html {
    html! { <>
        <div class="form-end">
            <button type="submit" class="primary" disabled={props.busy}>{props.label.clone()}</button>
            {props.children.clone()}
            <span class="small" role="status">
                if props.busy { {props.working.clone()} }
            </span>
        </div>
        if let Some(wrong) = &props.wrong {
            <p class="refused small" role="alert">{wrong.clone()}</p>
        }
    </> }
}

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct FoldProps {
    /// What it is about.
    pub(crate) title: AttrValue,
    /// How it stands, in a word or two.
    #[prop_or_default]
    pub(crate) standing: Option<AttrValue>,
    /// Whether it is done; steps alone have that.
    #[prop_or_default]
    pub(crate) done: Option<bool>,
    /// Opened by what the person did elsewhere.
    pub(crate) open: bool,
    /// Asks to open or to close it.
    pub(crate) ontoggle: Callback<bool>,
    /// What is inside, while it is open.
    pub(crate) children: Html,
}

/// A line that opens. What is inside exists only while it is open, so nothing
/// typed there outlives it.
#[component]
pub(crate) fn Fold(props: &FoldProps) -> Html {
    let id = use_id("fold");
    let onclick = {
        let (ontoggle, open) = (props.ontoggle.clone(), props.open);
        Callback::from(move |_| ontoggle.emit(!open))
    };
    html! {
        <div class={classes!("fold", props.open.then_some("open"))}>
            <h4><button type="button" aria-expanded={props.open.to_string()}
                        aria-controls={props.open.then(|| id.clone())} {onclick}>
                if let Some(done) = props.done {
                    <svg class={classes!("mark", done.then_some("done"))} viewBox="0 0 20 20"
                         aria-hidden="true" focusable="false">
                        <circle cx="10" cy="10" r="8" />
                        if done { <path d="M6 10.4l2.8 2.8L14.2 7.6" /> }
                    </svg>
                }
                <span class="fold-title">{props.title.clone()}</span>
                if let Some(standing) = &props.standing {
                    <span class="fold-standing">{standing.clone()}</span>
                }
                <svg class="chevron" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
                    <path d="M6 8l4 4 4-4" />
                </svg>
            </button></h4>
            if props.open {
                <div {id} class="fold-inside">{props.children.clone()}</div>
            }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_refusal_stands_beside_the_field_that_it_is_about() {
        for (code, about) in [
            ("wallet_wrong_password", About::Password),
            ("wallet_file_damaged", About::Source),
            ("wallet_not_a_file", About::Source),
            ("wallet_word_unknown", About::Source),
            ("wallet_words_checksum", About::Source),
            ("wallet_password_short", About::Password),
            ("wallet_not_kept", About::Form),
            ("store_failed", About::Form),
        ] {
            let refusal = Refusal {
                code: code.into(),
                message: String::new(),
            };
            assert_eq!(About::of(&refusal), about, "{code}");
        }
    }
}
