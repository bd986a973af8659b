//! Numbers and dates as the reader writes them, by the browser's `Intl`.
//! Natively (tests) they stay plain.

pub(crate) use leaf::{date_time, number, set_locale};

#[cfg(target_arch = "wasm32")]
mod leaf {
    use std::cell::RefCell;
    use std::collections::HashMap;

    use js_sys::{Array, Function, Intl, Object, Reflect};
    use wasm_bindgen::{JsCast, JsValue};

    thread_local! {
        static LOCALE: RefCell<String> = RefCell::new("en".to_owned());
        // Making a formatter costs far more than using it; the digits asked for are 0 to 2.
        static NUMBERS: RefCell<HashMap<usize, Function>> = RefCell::default();
        static DATES: RefCell<Option<Function>> = RefCell::default();
    }

    /// From now on, write as this BCP 47 locale does.
    pub(crate) fn set_locale(locale: &str) {
        LOCALE.with_borrow_mut(|held| locale.clone_into(held));
        NUMBERS.with_borrow_mut(HashMap::clear);
        DATES.take();
    }

    fn locales() -> Array {
        LOCALE.with_borrow(|locale| Array::of1(&JsValue::from_str(locale)))
    }

    fn options(entries: &[(&str, JsValue)]) -> Object {
        let options = Object::new();
        for (key, value) in entries {
            let _ = Reflect::set(&options, &JsValue::from_str(key), value);
        }
        options
    }

    /// With at most `digits` digits after the point.
    pub(crate) fn number(value: f64, digits: usize) -> String {
        NUMBERS.with_borrow_mut(|held| {
            let format = held.entry(digits).or_insert_with(|| {
                let most = JsValue::from_f64(digits as f64);
                let options = options(&[
                    ("maximumFractionDigits", most.clone()),
                    ("minimumFractionDigits", most),
                ]);
                formatter(&Intl::NumberFormat::new(&locales(), &options))
            });
            written(format, value).unwrap_or_else(|| value.to_string())
        })
    }

    /// Day and time to the second, in the reader's time zone.
    pub(crate) fn date_time(seconds: u32) -> String {
        DATES.with_borrow_mut(|held| {
            let format = held.get_or_insert_with(|| {
                let options = options(&[
                    ("dateStyle", "medium".into()),
                    ("timeStyle", "medium".into()),
                ]);
                formatter(&Intl::DateTimeFormat::new(&locales(), &options))
            });
            written(format, f64::from(seconds) * 1000.0).unwrap_or_else(|| seconds.to_string())
        })
    }

    /// The function that formats, which browsers bind to its object.
    fn formatter(format: &JsValue) -> Function {
        Reflect::get(format, &"format".into())
            .ok()
            .and_then(|format| format.dyn_into().ok())
            .expect("formatters have had `format` since ECMA-402's first edition")
    }

    fn written(format: &Function, value: f64) -> Option<String> {
        let text = format.call1(&JsValue::UNDEFINED, &JsValue::from_f64(value));
        text.ok()?.as_string()
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod leaf {
    /// Natively there is one locale.
    pub(crate) fn set_locale(_: &str) {}

    /// With `digits` digits after the point.
    pub(crate) fn number(value: f64, digits: usize) -> String {
        format!("{value:.digits$}")
    }

    /// Seconds since 1970, as they are.
    pub(crate) fn date_time(seconds: u32) -> String {
        seconds.to_string()
    }
}
