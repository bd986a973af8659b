//! `window.tablon`: the node for scripts and for the browser's console. It gives
//! the same commands as the page uses, as promises; `docs/api.md` describes it.
//!
//! Made of plain objects and closures, since exported functions would be
//! carried by the worker's wasm as well.

pub mod arguments;
mod events;
mod values;

use js_sys::{Function, Object, Promise, Reflect};
use tablon_core::command::{Command, Refusal, Reply};
use tablon_core::units::Height;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use crate::client::{Client, Event};
use arguments::{BadArgument, Options};

/// Blocks or notes in one answer when nobody says how many.
const USUAL_LIMIT: u32 = 50;

/// What a method makes of its arguments, of which none takes more than two.
type Parse = fn(&JsValue, &JsValue) -> Result<Command, BadArgument>;

/// Put `window.tablon` there, or take over the one that `before.js` made for
/// scripts that were there before the wasm.
pub fn install(client: &Client) {
    let api = early().unwrap_or_default();
    let begin = Reflect::get(&api, &"begin".into()).ok();
    match begin.and_then(|begin| begin.dyn_into::<Function>().ok()) {
        Some(begin) => {
            // A promise that is resolved with a promise follows it.
            let _ = begin.call1(&JsValue::UNDEFINED, &ready(client));
            let _ = Reflect::delete_property(&api, &"begin".into());
        }
        None => set(&api, "ready", &ready(client).into()),
    }
    let on = |name: &str, parse: Parse| {
        set(&api, name, &method(client, parse));
    };
    on("status", |_, _| Ok(Command::Status));
    on("post", post);
    on("pending", |_, _| Ok(Command::Pending));
    on("chain", chain);
    on("block", |first, _| {
        Ok(Command::Block {
            at: arguments::block_at(first, "hashOrIndex")?,
        })
    });
    on("notes", notes);
    on("mine", |first, _| {
        Ok(Command::Mine {
            threads: arguments::whole(first, "threads")?,
        })
    });
    on("mineEmpty", |first, _| {
        Ok(Command::MineEmpty {
            allowed: arguments::boolean(first, "allowed")?,
        })
    });
    on("peers", |_, _| Ok(Command::Peers));
    on("resynchronise", |_, _| Ok(Command::Resynchronise));
    set(&api, "on", &events::on(client));
    set(&js_sys::global(), "tablon", &api);
}

fn early() -> Option<Object> {
    Reflect::get(&js_sys::global(), &"tablon".into())
        .ok()?
        .dyn_into()
        .ok()
}

fn post(body: &JsValue, options: &JsValue) -> Result<Command, BadArgument> {
    let options = Options::read(options, "options", &["name", "topic", "replyTo"])?;
    Ok(Command::Post {
        body: arguments::text(body, "body")?,
        name: options.text("name")?.unwrap_or_default(),
        topic: options.text("topic")?.unwrap_or_default(),
        reply_to: options.id("replyTo")?,
    })
}

fn chain(options: &JsValue, _: &JsValue) -> Result<Command, BadArgument> {
    let options = Options::read(options, "options", &["from", "limit"])?;
    Ok(Command::Chain {
        from: Height(options.whole("from")?.unwrap_or(0)),
        limit: options.whole("limit")?.unwrap_or(USUAL_LIMIT),
    })
}

fn notes(options: &JsValue, _: &JsValue) -> Result<Command, BadArgument> {
    let options = Options::read(options, "options", &["before", "limit"])?;
    Ok(Command::Notes {
        before: options.place("before")?,
        limit: options.whole("limit")?.unwrap_or(USUAL_LIMIT),
    })
}

/// A method that reads its arguments, asks the node and promises the answer.
fn method(client: &Client, parse: Parse) -> JsValue {
    let client = client.clone();
    let method = move |first: JsValue, second: JsValue| -> Promise {
        let client = client.clone();
        let command = parse(&first, &second).map_err(Refusal::from);
        future_to_promise(async move {
            let answer = match command {
                Ok(command) => client.call(command).await,
                Err(refusal) => Err(refusal),
            };
            answer
                .map(|reply| shown(&reply))
                .map_err(|refusal| error(&refusal))
        })
    };
    Closure::<dyn Fn(JsValue, JsValue) -> Promise>::new(method).into_js_value()
}

fn shown(reply: &Reply) -> JsValue {
    match reply {
        Reply::Status(status) => values::status(status),
        Reply::Posted(id) => JsValue::from(id.to_string()),
        Reply::Pending(list) => values::plain(list),
        Reply::Blocks(list) => values::plain(list),
        Reply::Block(block) => values::plain(block),
        Reply::Notes(list) => values::plain(list),
        Reply::Peers(list) => values::plain(list),
        Reply::Done(()) => JsValue::UNDEFINED,
    }
}

/// Settles when the node runs, or when it is certain that it never will.
fn ready(client: &Client) -> Promise {
    let client = client.clone();
    let promise = Promise::new(&mut |resolve, reject| {
        let watch = client.watch(move |event| {
            // Settling a second time does nothing; nobody catches what these throw.
            let _ = match event {
                Event::Started { .. } => resolve.call0(&JsValue::UNDEFINED),
                Event::Fatal {
                    reason,
                    retry: false,
                } => reject.call1(&JsValue::UNDEFINED, &stopped(reason)),
                _ => return,
            };
        });
        // As long as the page: restarts are none of its concern.
        std::mem::forget(watch);
    });
    // A page that never asks is not to be told of an unhandled rejection.
    let heard = JsFuture::from(promise.clone());
    wasm_bindgen_futures::spawn_local(async move {
        let _ = heard.await;
    });
    promise
}

fn stopped(reason: &str) -> JsValue {
    error(&Refusal {
        code: "node_stopped".into(),
        message: reason.into(),
    })
}

/// An `Error` with the refusal's `message` and `code`.
fn error(refusal: &Refusal) -> JsValue {
    let error = js_sys::Error::new(&refusal.message);
    set(&error, "code", &JsValue::from_str(&refusal.code));
    error.into()
}

fn set(object: &JsValue, name: &str, value: &JsValue) {
    Reflect::set(object, &JsValue::from_str(name), value)
        .expect("a plain object takes any property");
}
