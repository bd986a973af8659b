//! What scripts pass: read, or refused with the argument's name and what came.

use js_sys::{Array, JSON, Object, Reflect};
use tablon_core::command::{BlockAt, Refusal};
use tablon_core::hash::TxId;
use tablon_core::units::Height;
use wasm_bindgen::{JsCast, JsValue};

/// Characters of a wrong value that its refusal shows.
const SHOWN: usize = 80;

/// A wrong argument.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} must be {wanted}, received {received}")]
pub struct BadArgument {
    name: String,
    wanted: String,
    received: String,
}

impl From<BadArgument> for Refusal {
    fn from(bad: BadArgument) -> Self {
        Self {
            code: "bad_argument".into(),
            message: bad.to_string(),
        }
    }
}

fn bad(name: &str, wanted: impl Into<String>, received: &JsValue) -> BadArgument {
    BadArgument {
        name: name.into(),
        wanted: wanted.into(),
        received: describe(received),
    }
}

/// A value in a few words: what it is and how it reads.
fn describe(value: &JsValue) -> String {
    if value.is_undefined() {
        return "nothing".into();
    }
    if value.is_function() {
        return "a function".into();
    }
    if value.is_symbol() {
        return "a symbol".into();
    }
    if value.is_bigint() {
        return "a BigInt".into();
    }
    if let Some(value) = value.as_f64() {
        return value.to_string();
    }
    // Fails for an object that contains itself.
    let text = JSON::stringify(value)
        .ok()
        .and_then(|text| text.as_string())
        .unwrap_or_else(|| "an object".into());
    if text.chars().count() > SHOWN {
        let start: String = text.chars().take(SHOWN).collect();
        return format!("{start}…");
    }
    text
}

/// A string.
pub fn text(value: &JsValue, name: &str) -> Result<String, BadArgument> {
    value
        .as_string()
        .ok_or_else(|| bad(name, "a string", value))
}

/// `true` or `false`.
pub fn boolean(value: &JsValue, name: &str) -> Result<bool, BadArgument> {
    value
        .as_bool()
        .ok_or_else(|| bad(name, "true or false", value))
}

/// A whole number of 32 bits.
pub fn whole(value: &JsValue, name: &str) -> Result<u32, BadArgument> {
    value
        .as_f64()
        .filter(|number| number.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(number))
        .map(|number| number as u32)
        .ok_or_else(|| {
            bad(
                name,
                format!("a whole number from 0 to {}", u32::MAX),
                value,
            )
        })
}

/// A function.
pub fn function(value: &JsValue, name: &str) -> Result<js_sys::Function, BadArgument> {
    value
        .dyn_ref::<js_sys::Function>()
        .cloned()
        .ok_or_else(|| bad(name, "a function", value))
}

/// One of the given words.
pub fn word(
    value: &JsValue,
    name: &str,
    words: &'static [&'static str],
) -> Result<&'static str, BadArgument> {
    let text = value.as_string();
    words
        .iter()
        .find(|word| text.as_deref() == Some(word))
        .copied()
        .ok_or_else(|| bad(name, format!("one of {}", words.join(", ")), value))
}

/// A block's hash or its height.
pub fn block_at(value: &JsValue, name: &str) -> Result<BlockAt, BadArgument> {
    let wanted = "a block's hash (64 hexadecimal digits) or its index";
    match value.as_string() {
        Some(text) => text.parse().map(BlockAt::Hash).ok(),
        None => whole(value, name).map(Height).map(BlockAt::Height).ok(),
    }
    .ok_or_else(|| bad(name, wanted, value))
}

/// An object with optional fields, all known by name.
#[derive(Debug)]
pub struct Options(Option<Object>);

impl Options {
    /// Read an argument that may be absent. A field of another name is refused:
    /// `reply_to` for `replyTo` would else be lost without a word.
    pub fn read(value: &JsValue, name: &str, known: &[&str]) -> Result<Self, BadArgument> {
        if value.is_null() || value.is_undefined() {
            return Ok(Self(None));
        }
        let wanted = || format!("an object with no fields but {}", known.join(", "));
        let object = value
            .dyn_ref::<Object>()
            .filter(|object| !object.is_function() && !Array::is_array(object))
            .ok_or_else(|| bad(name, wanted(), value))?;
        // Not `Object.keys`, whose binding does not expect a proxy to throw.
        let fields = Reflect::own_keys(object).map_err(|_| bad(name, wanted(), value))?;
        for field in fields.iter() {
            if !known.contains(&field.as_string().unwrap_or_default().as_str()) {
                return Err(bad(name, wanted(), value));
            }
        }
        Ok(Self(Some(object.clone())))
    }

    fn field<T>(
        &self,
        name: &str,
        parse: impl FnOnce(&JsValue, &str) -> Result<T, BadArgument>,
    ) -> Result<Option<T>, BadArgument> {
        let Some(object) = &self.0 else {
            return Ok(None);
        };
        // A getter that throws gives nothing.
        let value = Reflect::get(object, &JsValue::from_str(name)).unwrap_or_default();
        if value.is_null() || value.is_undefined() {
            return Ok(None);
        }
        parse(&value, name).map(Some)
    }

    /// A string.
    pub fn text(&self, name: &str) -> Result<Option<String>, BadArgument> {
        self.field(name, text)
    }

    /// A whole number of 32 bits.
    pub fn whole(&self, name: &str) -> Result<Option<u32>, BadArgument> {
        self.field(name, whole)
    }

    /// A transaction's id.
    pub fn id(&self, name: &str) -> Result<Option<TxId>, BadArgument> {
        self.field(name, |value, name| {
            value
                .as_string()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| bad(name, "a post's id (64 hexadecimal digits)", value))
        })
    }

    /// A confirmed post's place, `{height, place}`, as a note has it.
    pub fn place(&self, name: &str) -> Result<Option<(Height, u32)>, BadArgument> {
        self.field(name, |value, name| {
            let part = |part: &str| {
                let number = Reflect::get(value, &JsValue::from_str(part)).unwrap_or_default();
                whole(&number, part).ok()
            };
            match (part("height"), part("place")) {
                (Some(height), Some(place)) => Ok((Height(height), place)),
                _ => Err(bad(
                    name,
                    "an object with height and place, like a note",
                    value,
                )),
            }
        })
    }
}
