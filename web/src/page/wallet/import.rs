//! Another identity instead of this one: from a file, from 12 words, or from an
//! address that a QR code brought.

use tablon_core::keys::Address;
use tablon_core::wallet;
use wasm_bindgen_futures::spawn_local;
use web_sys::{File, HtmlInputElement, SubmitEvent};
use yew::prelude::*;

use super::super::file::{self, Unread};
use super::super::fingerprint::Fingerprint;
use super::super::i18n::{Words, tell, use_words};
use super::super::term::use_id;
use super::field::{About, End, Kind, Password, Under, clear, focus, said, text_of, use_wallet};
use crate::threads::{WalletCommand, WalletReply};

/// Bytes of a file that is read at all: an identity has a few hundred.
const LARGEST: usize = 65_536;

/// Words of an identity.
const WORDS: usize = 12;

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The identity until now.
    pub(crate) address: Address,
    /// A file that the page's address brought; else one is chosen.
    #[prop_or_default]
    pub(crate) file: Option<Vec<u8>>,
}

/// From a file.
#[component]
pub(crate) fn FromFile(props: &Props) -> Html {
    let words = use_words();
    let asking = use_wallet();
    let now = use_state_eq(|| None::<Address>);
    let before = *use_memo((), |()| props.address);
    let wrong = use_state_eq(|| None::<AttrValue>);
    // Whose file it is, as the file says.
    let shows = use_state_eq(|| None::<Address>);
    let (chosen, password) = (use_node_ref(), use_node_ref());
    let (id, about) = (use_id("file"), use_id("about"));
    if let Some(now) = *now {
        return html! { <Changed {before} {now} /> };
    }
    let send = {
        let (asking, now, password) = (asking.clone(), now.setter(), password.clone());
        move |file: Vec<u8>| {
            let (now, field) = (now.clone(), password.clone());
            let command = WalletCommand::Import {
                file,
                password: text_of(&password),
            };
            asking.ask(command, move |reply| {
                clear(&field);
                if let WalletReply::State(state) = reply {
                    now.set(Some(state.address));
                }
            });
        }
    };
    let onchoose = {
        let (shows, wrong) = (shows.setter(), wrong.setter());
        let (asking, chosen) = (asking.clone(), chosen.clone());
        Callback::from(move |_: Event| {
            asking.calm();
            wrong.set(None);
            shows.set(None);
            let Some(file) = file_in(&chosen) else {
                return;
            };
            let shows = shows.clone();
            spawn_local(async move {
                // What is wrong with it is said when it is to be taken over.
                if let Ok(bytes) = file::read(&file, LARGEST).await {
                    shows.set(address_in(&bytes));
                }
            });
        })
    };
    let onsubmit = {
        let (wrong, chosen, words) = (wrong.clone(), chosen.clone(), words.clone());
        let (brought, asking) = (props.file.clone(), asking.clone());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            wrong.set(None);
            if let Some(file) = &brought {
                send(file.clone());
                return;
            }
            let Some(file) = file_in(&chosen) else {
                wrong.set(Some(words.say("import-no-file")));
                focus(&chosen);
                return;
            };
            asking.calm();
            let (wrong, words, send) = (wrong.clone(), words.clone(), send.clone());
            spawn_local(async move {
                match file::read(&file, LARGEST).await {
                    Ok(bytes) => send(bytes),
                    Err(Unread::TooLong) => wrong.set(Some(words.say("import-not-identity"))),
                    Err(Unread::Unreadable) => wrong.set(Some(words.say("import-unreadable"))),
                }
            });
        })
    };
    let busy = asking.working();
    let of_file = (*wrong)
        .clone()
        .map(|wrong| html! { {wrong} })
        .or_else(|| said(&words, &asking, About::Source));
    html! {
        <form class="form" {onsubmit}>
            if props.file.is_none() {
                <div class="entry">
                    <label for={id.clone()}>{words.say("import-file")}</label>
                    <input {id} ref={chosen} type="file" disabled={busy} onchange={onchoose}
                           aria-invalid={of_file.is_some().then_some("true")} aria-describedby={about.clone()} />
                    <Under id={about} wrong={of_file} />
                </div>
                if let Some(address) = *shows {
                    <Shows {address} />
                }
            } else if let Some(wrong) = of_file {
                <p class="refused small" role="alert">{wrong}</p>
            }
            <Password label={words.say("import-password")} kind={Kind::Current} field={password} {busy}
                wrong={said(&words, &asking, About::Password)} />
            <Aside address={props.address} />
            <End label={words.say("import")} working={words.say("importing")} {busy}
                wrong={said(&words, &asking, About::Form)} />
        </form>
    }
}

fn file_in(field: &NodeRef) -> Option<File> {
    field.cast::<HtmlInputElement>()?.files()?.get(0)
}

/// Whose identity it is, as the file itself says, also when it is kept as the
/// text of a QR code.
fn address_in(file: &[u8]) -> Option<Address> {
    wallet::address_in(file).ok().or_else(|| {
        let file = wallet::from_text(std::str::from_utf8(file).ok()?).ok()?;
        wallet::address_in(&file).ok()
    })
}

/// Whom to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct ShowsProps {
    /// The address in the file.
    pub(crate) address: Address,
}

/// Whose identity a file says it is.
#[component]
pub(crate) fn Shows(props: &ShowsProps) -> Html {
    let words = use_words();
    html! {
        <div class="with-identity" role="status">
            <Fingerprint of={props.address.0.to_vec()} large={true} />
            <div>
                <p>{words.say("arrived-lead")}</p>
                <code>{props.address.to_string()}</code>
            </div>
        </div>
    }
}

/// From 12 words.
#[component]
pub(crate) fn FromWords(props: &Props) -> Html {
    let words = use_words();
    let asking = use_wallet();
    let now = use_state_eq(|| None::<Address>);
    let before = *use_memo((), |()| props.address);
    let wrong = use_state_eq(|| None::<usize>);
    let field = use_node_ref();
    let (id, about) = (use_id("words"), use_id("about"));
    if let Some(now) = *now {
        return html! { <Changed {before} {now} /> };
    }
    let onsubmit = {
        let (asking, field) = (asking.clone(), field.clone());
        let (wrong, now) = (wrong.clone(), now.setter());
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let typed = tidy(&text_of(&field));
            let count = typed.split(' ').filter(|word| !word.is_empty()).count();
            asking.calm();
            if count != WORDS {
                wrong.set(Some(count));
                focus(&field);
                return;
            }
            wrong.set(None);
            let (field, now) = (field.clone(), now.clone());
            asking.ask(WalletCommand::ImportWords { words: typed }, move |reply| {
                clear(&field);
                if let WalletReply::State(state) = reply {
                    now.set(Some(state.address));
                }
            });
        })
    };
    let busy = asking.working();
    let of_words = wrong
        .map(|n| html! { {tell!(words, "import-words-count", n = n, needed = WORDS)} })
        .or_else(|| said(&words, &asking, About::Source));
    html! {
        <form class="form" {onsubmit}>
            <div class="entry">
                <label for={id.clone()}>{words.say("import-words-label")}</label>
                <textarea {id} ref={field} rows="3" autocomplete="off" autocapitalize="none" spellcheck="false"
                          lang="en" readonly={busy} aria-describedby={about.clone()}
                          aria-invalid={of_words.is_some().then_some("true")} />
                <Under id={about} wrong={of_words} hint={words.say("import-words-hint")} />
            </div>
            <Aside address={props.address} />
            <p class="small">{words.say("import-words-unsealed")}</p>
            <End label={words.say("import")} working={words.say("importing")} {busy}
                wrong={said(&words, &asking, About::Form).or_else(|| said(&words, &asking, About::Password))} />
        </form>
    }
}

/// The words as the node takes them: numbers, points and line ends that came
/// along when they were copied are left out.
fn tidy(typed: &str) -> String {
    typed
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect::<Vec<_>>()
        .join(" ")
}

#[derive(Properties, PartialEq)]
struct AsideProps {
    address: Address,
}

/// What becomes of the present identity.
#[component]
fn Aside(props: &AsideProps) -> Html {
    let words = use_words();
    html! {
        <div class="with-identity small">
            <Fingerprint of={props.address.0.to_vec()} />
            <p>{aside(&words, &props.address)}</p>
        </div>
    }
}

fn aside(words: &Words, address: &Address) -> AttrValue {
    tell!(
        words,
        "import-aside",
        key = super::super::format::short_key(address)
    )
}

#[derive(Properties, PartialEq)]
struct ChangedProps {
    before: Address,
    now: Address,
}

/// Who one is now.
#[component]
fn Changed(props: &ChangedProps) -> Html {
    let words = use_words();
    let same = props.before == props.now;
    html! {
        <div class="with-identity" role="status">
            <Fingerprint of={props.now.0.to_vec()} large={true} />
            <div>
                <p>{ if same { words.say("import-same") } else { words.say("import-done") } }</p>
                <code>{props.now.to_string()}</code>
                if !same {
                    <p class="small">{tell!(words, "import-former",
                        key = super::super::format::short_key(&props.before))}</p>
                }
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn words_are_taken_as_they_were_written_down() {
        assert_eq!(
            tidy(" 1. Abandon\n2. ability 3) able, "),
            "abandon ability able"
        );
        assert_eq!(tidy("  "), "");
    }
}
