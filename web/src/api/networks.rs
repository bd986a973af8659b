//! `window.tablon.networks`: which networks this tab is part of.

use js_sys::Object;
use tablon_core::command::Refusal;
use tablon_core::hash::NetworkId;
use tablon_core::params::Params;
use wasm_bindgen::JsValue;

use super::arguments::{self, BadArgument, Options};
use super::{method, set, values};
use crate::networks::{Data, Networks};

/// What a network is made of when nobody says otherwise: bits of the first
/// blocks, about a second of one thread.
const FIRST_BITS: u32 = 20;

/// The object.
pub(super) fn object(networks: &Networks) -> Object {
    let object = Object::new();
    let list = method(
        networks,
        |_| Ok(()),
        async |networks, ()| Ok(values::plain(&networks.list())),
    );
    let create = method(networks, create, async |networks, wish| {
        join(&networks, &wish.params()?.to_link())
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

struct Wish {
    name: String,
    spacing: u32,
    first_bits: u32,
    reward: u32,
    stamp_bits: u8,
    margin: u8,
}

impl Wish {
    fn params(&self) -> Result<Params, Refusal> {
        Params::custom(
            &self.name,
            self.spacing,
            self.first_bits,
            self.reward,
            self.stamp_bits,
            self.margin,
        )
        .map_err(|error| Refusal {
            code: "network_link".into(),
            message: error.to_string(),
        })
    }
}

fn create([name, options, _]: [&JsValue; 3]) -> Result<Wish, BadArgument> {
    let known = &["spacing", "firstBits", "reward", "stampBits", "margin"];
    let options = Options::read(options, "options", known)?;
    let usual = Params::default_network();
    Ok(Wish {
        name: arguments::text(name, "name")?,
        spacing: options.whole("spacing")?.unwrap_or(usual.spacing),
        first_bits: options.whole("firstBits")?.unwrap_or(FIRST_BITS),
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
