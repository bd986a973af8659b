//! `window.tablon.wallet`. Passwords and words go to the node worker and stay
//! there; what comes back in plain is only what was asked for by name.

use js_sys::{Object, Uint8Array};
use wasm_bindgen::JsValue;

use super::arguments::{self, BadArgument, secret};
use super::{Parse, method, set, values};
use crate::networks::Networks;
use crate::threads::{WalletCommand, WalletReply};

/// The object.
pub(super) fn object(networks: &Networks) -> Object {
    let wallet = Object::new();
    let on = |name: &str, parse: Parse<WalletCommand>| {
        let method = method(networks, parse, async |networks, command| {
            let reply = networks.current().wallet(command).await?;
            Ok(shown(&reply))
        });
        set(&wallet, name, &method);
    };
    on("state", |_| Ok(WalletCommand::State));
    on("setPassword", set_password);
    on("unlock", |[password, ..]| {
        Ok(WalletCommand::Unlock {
            password: secret(password, "password")?,
        })
    });
    on("lock", |_| Ok(WalletCommand::Lock));
    on("words", |[password, ..]| {
        Ok(WalletCommand::Words {
            password: arguments::optional(password, "password", secret)?,
        })
    });
    on("backedUp", |_| Ok(WalletCommand::BackedUp));
    on("export", |[password, ..]| {
        Ok(WalletCommand::Export {
            password: secret(password, "password")?,
        })
    });
    on("import", |[file, password, _]| {
        Ok(WalletCommand::Import {
            file: arguments::bytes(file, "file")?,
            password: secret(password, "password")?,
        })
    });
    on("importWords", |[words, ..]| {
        Ok(WalletCommand::ImportWords {
            words: secret(words, "words")?,
        })
    });
    on("forget", |_| Ok(WalletCommand::Forget));
    wallet
}

fn set_password([new, old, _]: [&JsValue; 3]) -> Result<WalletCommand, BadArgument> {
    Ok(WalletCommand::SetPassword {
        old: arguments::optional(old, "old", secret)?,
        new: secret(new, "password")?,
    })
}

fn shown(reply: &WalletReply) -> JsValue {
    match reply {
        WalletReply::State(state) => values::plain(state),
        WalletReply::Words(words) => JsValue::from_str(words),
        WalletReply::File(file) => Uint8Array::from(file.as_slice()).into(),
    }
}
