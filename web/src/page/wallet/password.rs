//! The wallet's password: the first one, or another.

use web_sys::SubmitEvent;
use yew::prelude::*;

use super::super::i18n::{Words, tell, use_words};
use super::field::{About, Account, End, Kind, Password, clear, said, text_of, use_wallet};
use crate::threads::WalletCommand;

/// Characters of a password, at least and at most.
pub(super) const LEAST: usize = 8;
const MOST: usize = 128;

/// What is wrong with a password being chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// Fewer than [`LEAST`] characters.
    Short,
    /// More than [`MOST`] characters.
    Long,
    /// Not the same twice.
    Differs,
}

/// Check a password and its repetition.
pub(super) fn check(new: &str, again: &str) -> Result<(), Wrong> {
    match new.chars().count() {
        n if n < LEAST => Err(Wrong::Short),
        n if n > MOST => Err(Wrong::Long),
        _ if new != again => Err(Wrong::Differs),
        _ => Ok(()),
    }
}

impl Wrong {
    /// For the field of the new password.
    pub(super) fn of_new(self, words: &Words) -> Option<Html> {
        let text = match self {
            Self::Short => tell!(words, "password-short", n = LEAST),
            Self::Long => tell!(words, "password-long", n = MOST),
            Self::Differs => return None,
        };
        Some(html! { {text} })
    }

    /// For the field of its repetition.
    pub(super) fn of_again(self, words: &Words) -> Option<Html> {
        (self == Self::Differs).then(|| html! { {words.say("password-differs")} })
    }
}

/// What to draw.
#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// Whether there is a password already.
    pub(crate) change: bool,
    /// Called once it is set.
    pub(crate) ondone: Callback<()>,
}

/// The form.
#[component]
pub(crate) fn SetPassword(props: &Props) -> Html {
    let words = use_words();
    let asking = use_wallet();
    let wrong = use_state_eq(|| None::<Wrong>);
    let (old, new, again) = (use_node_ref(), use_node_ref(), use_node_ref());
    let onsubmit = {
        let (asking, wrong, ondone) = (asking.clone(), wrong.clone(), props.ondone.clone());
        let fields = [old.clone(), new.clone(), again.clone()];
        let change = props.change;
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let [old, new, again] = fields.each_ref().map(text_of);
            if let Err(why) = check(&new, &again) {
                asking.calm();
                wrong.set(Some(why));
                return;
            }
            wrong.set(None);
            let old = change.then_some(old);
            let (fields, ondone) = (fields.clone(), ondone.clone());
            asking.ask(WalletCommand::SetPassword { old, new }, move |_| {
                fields.iter().for_each(clear);
                ondone.emit(());
            });
        })
    };
    let busy = asking.working();
    let refused = said(&words, &asking, About::Password);
    let (of_old, of_new) = if props.change {
        (refused, None)
    } else {
        (None, refused)
    };
    html! {
        <form class="form" {onsubmit}>
            <p>{words.say("password-lead")}</p>
            <Account />
            if props.change {
                <Password label={words.say("password-old")} kind={Kind::Current} field={old} {busy} wrong={of_old} />
            }
            <Password label={words.say("password-new")} kind={Kind::New} field={new} {busy}
                wrong={wrong.and_then(|wrong| wrong.of_new(&words)).or(of_new)}
                hint={tell!(words, "password-hint", n = LEAST)} />
            <Password label={words.say("password-again")} kind={Kind::New} field={again} {busy}
                wrong={wrong.and_then(|wrong| wrong.of_again(&words))} />
            <End label={words.say("password-set")} working={words.say("password-setting")} {busy}
                wrong={said(&words, &asking, About::Form)} />
        </form>
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_password_has_its_bounds_in_characters_and_is_said_twice() {
        let long = "ñ".repeat(MOST);
        for (new, again, result) in [
            ("1234567", "1234567", Err(Wrong::Short)),
            ("ñandúes!", "ñandúes!", Ok(())),
            ("12345678", "12345679", Err(Wrong::Differs)),
            (long.as_str(), long.as_str(), Ok(())),
        ] {
            assert_eq!(check(new, again), result, "{new}");
        }
        assert_eq!(check(&(long.clone() + "x"), &long), Err(Wrong::Long));
    }
}
