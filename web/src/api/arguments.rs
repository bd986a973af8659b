//! What scripts pass: read, or refused with the argument's name and what came.

use js_sys::{Array, ArrayBuffer, JSON, Object, Reflect, Symbol, Uint8Array};
use tablon_core::command::{BlockAt, Refusal};
use tablon_core::hash::{NetworkId, TxId};
use tablon_core::keys::Address;
use tablon_core::units::{Amount, Height};
use wasm_bindgen::{JsCast, JsValue};

use crate::miner::DUTIES;

/// Characters of a wrong value that its refusal shows.
const MAX_SHOWN_CHARS: usize = 80;

/// Bytes of a file that is passed, at most: proofs and wallets are smaller by far.
const MAX_BYTES: u32 = 1 << 20;

/// JavaScript's `Number.MAX_SAFE_INTEGER`: no more coins will ever be.
const LARGEST: f64 = 9_007_199_254_740_991.0;

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
    if let Some(bytes) = as_bytes(value) {
        return format!("a Uint8Array of {} bytes", bytes.length());
    }
    // Fails for an object that contains itself.
    let text = JSON::stringify(value)
        .ok()
        .and_then(|text| text.as_string())
        .unwrap_or_else(|| "an object".into());
    if text.chars().count() > MAX_SHOWN_CHARS {
        let start: String = text.chars().take(MAX_SHOWN_CHARS).collect();
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

/// A password or words: no error repeats what came.
pub fn secret(value: &JsValue, name: &str) -> Result<String, BadArgument> {
    value.as_string().ok_or_else(|| BadArgument {
        name: name.into(),
        wanted: "a string".into(),
        received: match value.is_null() || value.is_undefined() {
            true => "nothing".into(),
            false => "something else".into(),
        },
    })
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

/// Percent of the time that miners work.
pub fn duty(value: &JsValue, name: &str) -> Result<u32, BadArgument> {
    whole(value, name)
        .ok()
        .filter(|percent| DUTIES.contains(percent))
        .ok_or_else(|| {
            let wanted = format!("a whole number from {} to {}", DUTIES.start(), DUTIES.end());
            bad(name, wanted, value)
        })
}

/// An argument that may be absent.
pub fn optional<T>(
    value: &JsValue,
    name: &str,
    parse: impl FnOnce(&JsValue, &str) -> Result<T, BadArgument>,
) -> Result<Option<T>, BadArgument> {
    if value.is_null() || value.is_undefined() {
        return Ok(None);
    }
    parse(value, name).map(Some)
}

/// A whole number of 8 bits.
pub fn small(value: &JsValue, name: &str) -> Result<u8, BadArgument> {
    let number = whole(value, name).ok().map(u8::try_from);
    number
        .and_then(Result::ok)
        .ok_or_else(|| bad(name, format!("a whole number from 0 to {}", u8::MAX), value))
}

/// Coins.
pub fn amount(value: &JsValue, name: &str) -> Result<Amount, BadArgument> {
    value
        .as_f64()
        .filter(|number| number.fract() == 0.0 && (0.0..=LARGEST).contains(number))
        .map(|number| Amount(number as u64))
        .ok_or_else(|| bad(name, format!("a whole number from 0 to {LARGEST}"), value))
}

/// An account.
pub fn address(value: &JsValue, name: &str) -> Result<Address, BadArgument> {
    value
        .as_string()
        .and_then(|text| text.trim().parse().ok())
        .ok_or_else(|| bad(name, "an address (tablon1...)", value))
}

/// A transaction's id.
pub fn id(value: &JsValue, name: &str) -> Result<TxId, BadArgument> {
    value
        .as_string()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| bad(name, "a post's id (64 hexadecimal digits)", value))
}

/// A network's id.
pub fn network(value: &JsValue, name: &str) -> Result<NetworkId, BadArgument> {
    value
        .as_string()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| bad(name, "a network's id (64 hexadecimal digits)", value))
}

/// A file.
pub fn bytes(value: &JsValue, name: &str) -> Result<Vec<u8>, BadArgument> {
    as_bytes(value)
        .filter(|bytes| bytes.length() <= MAX_BYTES)
        .map(|bytes| bytes.to_vec())
        .ok_or_else(|| {
            let wanted = format!("a Uint8Array of at most {MAX_BYTES} bytes");
            bad(name, wanted, value)
        })
}

// By what it is, not by `instanceof`: a frame has constructors of its own.
fn as_bytes(value: &JsValue) -> Option<&Uint8Array> {
    let tag = Reflect::get(value, &Symbol::to_string_tag()).ok()?;
    (ArrayBuffer::is_view(value) && tag == "Uint8Array").then(|| value.unchecked_ref())
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
        // Of any realm: a frame has an `Object` of its own.
        if !value.is_object() || Array::is_array(value) {
            return Err(bad(name, wanted(), value));
        }
        let object: &Object = value.unchecked_ref();
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
        optional(&value, name, parse)
    }

    /// A string.
    pub fn text(&self, name: &str) -> Result<Option<String>, BadArgument> {
        self.field(name, text)
    }

    /// A whole number of 32 bits.
    pub fn whole(&self, name: &str) -> Result<Option<u32>, BadArgument> {
        self.field(name, whole)
    }

    /// `true` or `false`.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, BadArgument> {
        self.field(name, boolean)
    }

    /// A whole number of 8 bits.
    pub fn small(&self, name: &str) -> Result<Option<u8>, BadArgument> {
        self.field(name, small)
    }

    /// A transaction's id.
    pub fn id(&self, name: &str) -> Result<Option<TxId>, BadArgument> {
        self.field(name, id)
    }

    /// An account.
    pub fn address(&self, name: &str) -> Result<Option<Address>, BadArgument> {
        self.field(name, address)
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
