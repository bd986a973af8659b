//! `window.tablon.networks`: which networks this tab is part of.

use js_sys::Object;
use tablon_core::command::Refusal;
use tablon_core::hash::NetworkId;
use tablon_core::params::{Choices, Params};
use wasm_bindgen::JsValue;

use super::arguments::{self, BadArgument, Options};
use super::{method, set, values};
use crate::networks::{Data, Networks, birth};

/// The object.
pub(super) fn object(networks: &Networks) -> Object {
    let object = Object::new();
    let list = method(
        networks,
        |_| Ok(()),
        async |networks, ()| Ok(values::plain(&networks.list())),
    );
    let create = method(networks, create, async |networks, choices| {
        join(&networks, &made(&choices)?.to_link())
    });
    let join = method(
        networks,
        |[link, ..]| arguments::text(link, "link"),
        async |networks, link| join(&networks, &link),
    );
    let show = method(
        networks,
        |[id, ..]| arguments::network(id, "id"),
        async |networks, id| networks.show(id).map(|()| JsValue::UNDEFINED),
    );
    let leave = method(networks, leave, async |networks, (id, data)| {
        let files = networks.depart(id, data).await?;
        Ok(values::plain(&files))
    });
    for (name, method) in [
        ("list", list),
        ("create", create),
        ("join", join),
        ("show", show),
        ("leave", leave),
    ] {
        set(&object, name, &method);
    }
    object
}

/// Joins, and gives the network's entry in the list.
fn join(networks: &Networks, link: &str) -> Result<JsValue, Refusal> {
    let id = networks.join(link)?;
    let entry = networks.list().into_iter().find(|entry| entry.id == id);
    Ok(values::plain(&entry))
}

fn made(choices: &Choices) -> Result<Params, Refusal> {
    Params::custom(choices, birth::now()).map_err(|error| Refusal {
        code: "network_link".into(),
        message: error.to_string(),
    })
}

fn create([name, options, _]: [&JsValue; 3]) -> Result<Choices, BadArgument> {
    let known = &["spacing", "firstBits", "reward", "stampBits", "margin"];
    let options = Options::read(options, "options", known)?;
    let usual = Choices::usual(&arguments::text(name, "name")?);
    Ok(Choices {
        name: usual.name,
        spacing: options.whole("spacing")?.unwrap_or(usual.spacing),
        first_bits: options.whole("firstBits")?.unwrap_or(usual.first_bits),
        reward: options.whole("reward")?.unwrap_or(usual.reward),
        stamp_bits: options.small("stampBits")?.unwrap_or(usual.stamp_bits),
        margin: options.small("margin")?.unwrap_or(usual.margin),
    })
}

fn leave([id, options, _]: [&JsValue; 3]) -> Result<(NetworkId, Data), BadArgument> {
    let options = Options::read(options, "options", &["deleteData"])?;
    let data = match options.boolean("deleteData")? {
        Some(true) => Data::Delete,
        _ => Data::Keep,
    };
    Ok((arguments::network(id, "id")?, data))
}
